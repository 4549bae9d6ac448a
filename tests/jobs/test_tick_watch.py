"""Each job has its own health: one that fails twice in a row fails, until it works again."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from bot.conversation.outbound import CannotPost, CannotTell, PostRefused
from bot.jobs.job import Composed, Job, Ready, Run
from bot.jobs.tick_watch import GRACE, PAST, TickWatch
from bot.rules.delivery.delivery import Delivery
from bot.store.database import DatabaseError
from tests.jobs.test_delivery import Notes
from tests.support.job_scene import Scene


class Faulty:
    """A job whose one part raises while `says` is set; it posts a note of its own."""

    def __init__(self, part: str) -> None:
        self.says: Exception | None = KeyError("a mistake")
        self.notes = Notes()
        whole = replace(self.notes.job, kinds=("faulty", *self.notes.job.kinds))
        self.job = {
            "plan": replace(whole, plan=self._part),
            "tend": replace(whole, tend=self._part),
            "compose": replace(whole, compose=self._compose),
        }[part]

    def _part(self, run: Run, now: datetime) -> None:
        if self.says:
            raise self.says

    def _compose(self, run: Run, d: Delivery, now: datetime) -> Composed:
        self._part(run, now)
        composed = self.notes.compose(run, d, now)
        assert isinstance(composed, Ready)
        return composed


def failing(bot: Scene, later: float = 0.0) -> tuple[str, ...]:
    return bot.watch.failing(time.monotonic() + later)


@pytest.mark.parametrize("part", ["plan", "tend", "compose"])
def test_a_job_that_raises_on_every_tick_fails_and_no_other(bot: Scene, part: str) -> None:
    faulty, well = Faulty(part), Job(("well",))
    counted: list[str] = []
    bot.watch.on_failure = counted.append
    bot.tick(well, faulty.job)
    assert failing(bot) == ()  # it may pass
    bot.wait(seconds=10)
    bot.tick(well, faulty.job)
    assert failing(bot) == ("faulty",)
    assert counted == ["faulty", "faulty"]
    assert len(bot.alarms()) == 1  # not one each tick
    faulty.says = None
    bot.wait(seconds=61)
    bot.tick(well, faulty.job)
    assert failing(bot) == ()
    assert len(counted) == 2


@pytest.mark.parametrize("says", [CannotPost(PostRefused("is_archived", "archived")), CannotTell()])
def test_a_message_that_its_platform_does_not_take_is_no_failure_of_its_job(bot: Scene, says: Exception) -> None:
    faulty = Faulty("compose")
    bot.tick(faulty.job)
    assert failing(bot, GRACE) == ("faulty",)
    faulty.says = says
    bot.wait(seconds=10)
    bot.tick(faulty.job)
    assert failing(bot, GRACE) == ()


def test_a_failure_that_nothing_puts_right_shows_without_a_second() -> None:
    watch = TickWatch()
    watch.failed("digest", "plan")
    now = time.monotonic()
    assert watch.failing(now + GRACE / 2) == ()
    assert watch.failing(now + GRACE) == ("digest",)
    assert watch.failing(now + PAST + 1) == ()  # its message is gone, or nobody ticks, which shows elsewhere


def test_messages_that_work_do_not_hide_one_that_does_not() -> None:
    watch = TickWatch()
    for _ in range(2):
        watch.failed("reminder", "1")
        watch.worked("reminder", "2")
    assert watch.failing(time.monotonic()) == ("reminder",)
    watch.worked("reminder", "1")
    assert watch.failing(time.monotonic()) == ()


def test_a_wrong_statement_of_one_job_stops_no_other(bot: Scene) -> None:
    """Only a database that is itself at fault ends the tick."""
    notes, faulty = Notes(), Faulty("tend")
    faulty.says = IntegrityError("", {}, Exception("a row that is there"))
    bot.tick(faulty.job, replace(notes.job, kinds=("note",)))
    assert len(bot.alarms()) == 1
    faulty.says = OperationalError("", {}, Exception("the disk is gone"))
    with pytest.raises(DatabaseError):
        bot.tick(faulty.job)
    assert failing(bot) == ("faulty",)  # the readiness names the job, and the tick


def test_every_statement_is_a_sign_that_the_tick_goes_on(bot: Scene) -> None:
    """A digest of a large county reads for a minute in one transaction."""
    moved = [bot.watch.moved]
    with bot.run().reading() as connection:
        for _ in range(3):
            connection.exec_driver_sql("SELECT 1")
            moved.append(bot.watch.moved)
    with bot.run().writing() as connection:
        connection.exec_driver_sql("SELECT 1")
        moved.append(bot.watch.moved)
    with bot.run().facts() as facts:
        moved.append(bot.watch.moved)
        facts.connection.exec_driver_sql("SELECT 1")
        moved.append(bot.watch.moved)
    assert moved == sorted(set(moved))
