"""Whenever a database is copied and put back, each digest is in its channel once, and each call is made."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.jobs import digest, escalations, notices
from bot.jobs.audit_checkpoints import Heads
from bot.jobs.rollback import Rollback
from bot.store import installation
from bot.store.database import writing
from tests.support.factories import NOW, episode, hours
from tests.support.job_scene import KEY, Scene, scene

JOBS = (digest.JOB, escalations.JOB, notices.JOB)
HAPPENS = ("nothing", "nothing", "copy", "put back", "all put back", "restart", "an answer is lost")


@dataclass
class Life:
    """A bot on a file that is copied and put back, and the process that looks for that."""

    bot: Scene
    folder: Path
    heads: Heads = field(init=False)
    process: Rollback = field(init=False)

    def __post_init__(self) -> None:
        with writing(self.bot.database) as connection:
            held = installation.held(connection, ())
            made = installation.stamp(connection, "Invented", False, held, NOW, is_default=True)
        self.heads = Heads(self.bot.database, KEY, self.folder / "heads", made)
        self.process = Rollback(self.heads)
        self.copy()

    def copy(self) -> None:
        self.bot.database.dispose()
        shutil.copy(self.folder / "bot.sqlite", self.folder / "copy")

    def put_back(self) -> None:
        self.bot.database.dispose()
        shutil.copy(self.folder / "copy", self.folder / "bot.sqlite")

    def happen(self, what: str) -> None:
        if what == "copy":
            self.copy()
        elif what == "put back":
            self.put_back()
        elif what == "all put back":  # with the heads, while nothing ran
            self.put_back()
            shutil.rmtree(self.folder / "heads", ignore_errors=True)
            self.bot.wait(minutes=2)
        elif what == "an answer is lost":
            self.bot.chat.fates = ["taken"]
        if what in ("restart", "all put back"):
            self.process = Rollback(self.heads)

    def tick(self, minutes: float) -> None:
        run = self.bot.run()
        self.process.look(run)
        self.bot.tick(*JOBS)
        self.process.keep(run)
        self.bot.wait(minutes=minutes)


@settings(max_examples=40, deadline=None)
@given(
    steps=st.lists(st.tuples(st.sampled_from(HAPPENS), st.sampled_from([0.5, 3, 11])), min_size=4, max_size=14),
    begins=st.sampled_from([-20, -3, 5]),
)
def test_each_digest_is_there_once_and_each_call_is_made(steps: list[tuple[str, float]], begins: int) -> None:
    with tempfile.TemporaryDirectory() as name, scene(f"sqlite:///{name}/bot.sqlite") as bot:
        under_13 = date(2006, 1, 1)
        bot.put(episode(1, NOW - hours(30), area="north"), episode(2, NOW - hours(2), area="north", birth=under_13))
        bot.now = NOW + timedelta(minutes=begins)
        life = Life(bot, Path(name))
        for what, minutes in steps:
            life.happen(what)
            life.tick(minutes)
        bot.chat.fates = []
        for minutes in (1, 1, 11, 11, 11):
            life.tick(minutes)
        in_channels = [k for k in bot.chat.messages if k.destination in bot.chat.describes]
        leads = Counter(k.destination for k in in_channels if k.message.thread is None)
        assert leads == dict.fromkeys(bot.chat.describes, 1)
        assert set(Counter(k.message.marker for k in in_channels).values()) == {1}
        for person in ("police", "north-manager"):
            assert any("OX-" in k.text for k in bot.chat.to(person)), "a call was made"
        assert {d.state for d in bot.ledger("escalation")} <= {"sent", "dropped"}
