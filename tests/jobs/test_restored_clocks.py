"""An older copy is put back while the clock is a day off: no digest comes twice, and calls are made."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.jobs.audit_checkpoints import read
from bot.jobs.job import Run
from bot.jobs.rollback import Rollback
from bot.rules.effects import NotifyRole
from bot.store import audit_chain
from bot.store.database import reading, writing
from bot.store.delivery import replicas
from bot.store.delivery.replicas import Restored
from tests.jobs.test_clock_jumps import Clocks
from tests.jobs.test_rollback_property import Life, Told
from tests.support.factories import NOW, episode, hours
from tests.support.job_scene import scene

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@dataclass
class MovedLife(Life):
    """A life by clocks that may be off. A process that starts knows no time but that of the last tick it finds."""

    clocks: Clocks | None = None

    @property
    def moved(self) -> Clocks:
        assert self.clocks is not None
        return self.clocks

    def run(self) -> Run:
        keeper = self.moved.keeper()
        verdict = keeper.look(self.bot.database)
        return replace(self.bot.run(), clock=lambda _: keeper.at(self.moved.shown()), verdict=verdict)

    def starts(self) -> None:
        self.process, self.bot.started = Rollback(self.heads), None
        self.moved.keepers.clear()

    def until(self, minutes: float) -> None:
        """Tick every five minutes until so long after eight."""
        while self.bot.now < NOW + minutes * MINUTE:
            self.tick(5)

    def restored(self) -> None:
        """Put the copy back as the verb does where a person says that the clock is right."""
        (head,), _ = read(self.heads.newest)
        self.put_back()
        with writing(self.bot.database) as connection:
            row, at = audit_chain.newest_row(connection)
            shown = self.moved.shown()
            wrote = [t for t in (at, replicas.newest(connection), head.at) if t is not None]
            replicas.note_restore(connection, Restored(max([shown, *wrote]), "copy", row, at), shown)
            self.bot.run().record(connection, audit_chain.RESTORE, shown)

    def is_sure(self) -> bool:
        return self.moved.keeper().look(self.bot.database).sure


@contextmanager
def living(folder: Path, *, has_platform: bool = False) -> Iterator[MovedLife]:
    with scene(f"sqlite:///{folder}/bot.sqlite") as bot:
        bot.chat = Told(describes=dict(bot.chat.describes), bot=bot, own_clock=lambda: bot.now)
        bot.put(episode(1, NOW - hours(30), area="north"))
        bot.now = NOW - 60 * MINUTE
        yield MovedLife(bot, folder, clocks=Clocks(bot, has_platform=has_platform))


@pytest.mark.parametrize("has_platform", [False, True])
@pytest.mark.parametrize("off", [DAY, -DAY, hours(3)])
@pytest.mark.parametrize("when", ["before the copy", "at the restore", "after it"])
@pytest.mark.parametrize("by", ["the verb", "hand", "hand, with its heads"])
def test_nothing_stays_twice_and_calls_are_made(
    tmp_path: Path, by: str, when: str, off: timedelta, has_platform: bool
) -> None:
    with living(tmp_path, has_platform=has_platform) as life:
        bot, clocks = life.bot, life.moved
        life.until(-30)
        if when == "before the copy":
            clocks.off = off
            life.starts()
            life.until(-20)
            life.copy()
            clocks.off = timedelta()
            life.starts()
        else:
            life.copy()
        life.until(-10)
        if not life.is_sure():
            with writing(bot.database) as connection:
                replicas.confirm(connection, bot.now)
        life.until(15)
        assert bot.chat.messages, "the morning's digests"
        clocks.off = off if when == "at the restore" else timedelta()
        if by == "the verb":
            life.restored()
        else:
            life.put_back()
        if by.endswith("heads"):
            shutil.rmtree(tmp_path / "heads")
        life.starts()
        life.until(25)
        if when == "after it":
            clocks.off = off
            life.starts()
            life.until(35)
        clocks.off = timedelta()
        life.starts()
        life.tick(1)
        if not life.is_sure():
            with writing(bot.database) as connection:
                replicas.confirm(connection, bot.now)
        bot.put(episode(2, bot.now - hours(2), area="north", birth=date(2006, 1, 1)), taken_at=bot.now)
        life.until(100)
        in_channels = [k for k in bot.chat.messages if k.destination in bot.chat.describes]
        assert set(Counter(k.message.marker for k in in_channels).values()) <= {1}
        todays = [d for d in bot.ledger("digest") if d.slot == "2017-07-05"]
        assert {d.state for d in todays} <= {"sent", "missed"}
        assert any("OX-" in k.text for k in bot.chat.to("police")), "a call was made"


def test_a_notice_that_came_between_the_last_tick_and_the_copy_is_not_sent_again(tmp_path: Path) -> None:
    with living(tmp_path) as life:
        bot = life.bot
        life.until(-20)
        with writing(bot.database) as connection:  # as a verb does, while nothing ticks
            bot.run().alarm(connection, "Something is wrong.", bot.now)
        life.bot.wait(seconds=20)
        life.copy()
        life.until(-10)
        before = len(bot.chat.to("admin"))
        assert before
        life.put_back()
        life.starts()
        life.until(10)
        told = [k.text for k in bot.chat.to("admin")]
        assert sum("Something is wrong." in text for text in told) == 1


def test_an_older_copy_shows_by_a_head_that_a_clock_ahead_has_dated(tmp_path: Path) -> None:
    with living(tmp_path) as life:
        life.moved.off = DAY
        life.until(-20)
        life.copy()
        life.bot.say(NotifyRole("system_admin", "alarm", "Something is wrong.", life.bot.now))
        life.until(-10)
        life.put_back()
        life.moved.off = timedelta()
        life.starts()
        life.tick(1)
        with reading(life.bot.database) as connection:
            assert audit_chain.restores(connection, audit_chain.NOTICED)
