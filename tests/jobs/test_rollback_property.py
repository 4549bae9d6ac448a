"""Whenever a database is copied and put back, each digest is in its channel once, and each call is made; one that is
made again says so.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.conversation.outbound import Message, Outcome
from bot.jobs import digest, escalations, notices
from bot.jobs.audit_checkpoints import Heads
from bot.jobs.delivery import tick
from bot.jobs.job import Run
from bot.jobs.rollback import Rollback
from bot.rules.delivery.delivery import MAY_REPEAT
from bot.store import installation
from bot.store.database import reading, writing
from bot.store.delivery import escalations as calls
from bot.store.delivery import ledger
from bot.store.schema.delivery import delivery
from tests.support.factories import NOW, episode, hours
from tests.support.job_scene import KEY, Scene, scene
from tests.support.memory_platform import MemoryChat

JOBS = (digest.JOB, escalations.JOB, notices.JOB)
HAPPENS = ("nothing", "nothing", "copy", "put back", "all put back", "restart", "a load", "an answer is lost", "killed")


class Killed(BaseException):
    """The process ends between two steps."""


@dataclass
class Told(MemoryChat):
    """A chat that notes which calls each message tells, as the database of that time has them."""

    bot: Scene | None = None
    calls: list[tuple[str, frozenset[object], bool]] = field(default_factory=list)

    def post(self, destination: str, message: Message) -> Outcome:
        assert self.bot is not None
        with reading(self.bot.database) as connection:
            found = ledger.find(connection, delivery.c.marker == message.marker, delivery.c.kind == "escalation")
            all_of = [*found, *ledger.told_with(connection, found)]
            rows = calls.of_messages(connection, [int(d.slot.partition("|")[0]) for d in all_of])
        told = frozenset((r.key, r.tier) for r in rows)
        if told:
            self.calls.append((destination, told, message.reply.text[:1] == (MAY_REPEAT,)))
        return super().post(destination, message)


@dataclass
class Life:
    """A bot on a file that is copied and put back, and the process that looks for that."""

    bot: Scene
    folder: Path
    heads: Heads = field(init=False)
    process: Rollback = field(init=False)
    #: Children that the database and the copy have from loads, and when each absence began: they are loaded again.
    loaded: int = 0
    copied: int = 0
    began: dict[int, datetime] = field(default_factory=dict)
    dies: bool = False

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
        self.copied = self.loaded

    def put_back(self) -> None:
        self.bot.database.dispose()
        shutil.copy(self.folder / "copy", self.folder / "bot.sqlite")
        self.loaded = self.copied

    def happen(self, what: str) -> None:
        if what == "copy":
            self.copy()
        elif what == "put back":
            self.put_back()
        elif what == "all put back":  # with the heads, while nothing ran
            self.put_back()
            shutil.rmtree(self.folder / "heads", ignore_errors=True)
            self.bot.wait(minutes=2)
        elif what in ("a load", "killed"):  # killed between its calls
            self.loaded += 1
            began = self.began.setdefault(self.loaded, self.bot.now - hours(1))
            new = episode(2 + self.loaded, began, area="north", birth=date(2006, 1, 1))
            self.bot.put(new, taken_at=self.bot.now - timedelta(seconds=self.loaded))
        elif what == "an answer is lost":
            self.bot.chat.fates = ["taken"]
        self.dies = what == "killed"
        if what in ("restart", "all put back"):
            self.process = Rollback(self.heads)

    def run(self) -> Run:
        return self.bot.run()

    def tick(self, minutes: float) -> None:
        run = replace(self.run(), before_calls=self.process.before_calls, step=self.step)
        self.process.look(run)
        self.bot.started = self.bot.started or self.bot.now
        try:
            tick(run, JOBS, self.bot.started)
        except Killed:
            self.process = Rollback(self.heads)
        else:
            self.process.keep(run)
        self.bot.wait(minutes=minutes)

    def step(self, name: str) -> None:
        if self.dies and name == "posted":
            raise Killed


@settings(max_examples=40, deadline=None)
@given(
    steps=st.lists(st.tuples(st.sampled_from(HAPPENS), st.sampled_from([0.5, 3, 11, 40])), min_size=4, max_size=14),
    begins=st.sampled_from([-20, -3, 5]),
)
# The copy was made in the second of the tick that had noticed an older database.
@example(steps=[("nothing", 11), ("put back", 11), ("copy", 0.5), ("all put back", 0.5)], begins=-20)
# Nothing outside the database tells of its calls but the conversations of people, and the head kept before they left.
@example(steps=[("nothing", 0.5), ("all put back", 0.5)], begins=-20)
# In the database that was replaced, a call of the copy was told in the message of another one.
@example(
    steps=[("a load", 11), ("nothing", 40), ("killed", 0.5), ("copy", 11), ("nothing", 3), ("put back", 0.5)], begins=5
)
@example(steps=[("nothing", 0.5), ("copy", 0.5), ("killed", 0.5), ("put back", 3)], begins=-20)
def test_each_digest_is_there_once_and_each_call_is_made(steps: list[tuple[str, float]], begins: int) -> None:
    with tempfile.TemporaryDirectory() as name, scene(f"sqlite:///{name}/bot.sqlite") as bot:
        chat = bot.chat = Told(describes=dict(bot.chat.describes), bot=bot, own_clock=lambda: bot.now)
        under_13 = date(2006, 1, 1)
        bot.put(episode(1, NOW - hours(30), area="north"), episode(2, NOW - hours(2), area="north", birth=under_13))
        bot.now = NOW + timedelta(minutes=begins)
        life = Life(bot, Path(name))
        for what, minutes in steps:
            life.happen(what)
            life.tick(minutes)
        chat.fates, life.dies = [], False
        for minutes in (1, 1, 11, 11, 11):
            life.tick(minutes)
        in_channels = [k for k in chat.messages if k.destination in chat.describes]
        leads = Counter(k.destination for k in in_channels if k.message.thread is None)
        assert leads == dict.fromkeys(chat.describes, 1)
        assert set(Counter(k.message.marker for k in in_channels).values()) == {1}
        for person in ("police", "north-manager"):
            assert any("OX-" in k.text for k in chat.to(person)), "a call was made"
        assert {d.state for d in bot.ledger("escalation")} <= {"sent", "dropped"}
        for n, (person, told, says_so) in enumerate(chat.calls):
            again = any(person == p and told & earlier for p, earlier, _ in chat.calls[:n])
            assert says_so or not again, "a call that is made again says that it may repeat an earlier one"
