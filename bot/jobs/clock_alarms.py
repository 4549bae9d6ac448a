"""Alarms for a clock that jumped: one that is not confirmed, one that is known to be wrong, and one that was moved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.jobs.job import Job, Run
from bot.rules.catalogue import _
from bot.rules.time.trusted import MOVED, NOT_CONFIRMED, WRONG, ClockVerdict

KIND = "clock"


def plan(run: Run, now: datetime) -> None:
    """Alarm of what is told of the clock; each kind once a day."""
    if run.verdict is None:
        return
    for text, begins in _alarms(run.verdict):
        with run.writing() as connection:
            run.alarm(connection, text, now, begins)


def _alarms(verdict: ClockVerdict) -> Iterator[tuple[str, str]]:
    """Yield each alarm with the beginning that tells it from others."""
    if verdict.reason:
        what = _(
            "Digests and reminders wait; calls go on, and may come early. Put the clock right, or, "
            "where it is right, confirm it at the terminal: clock --confirm."
        )
        yield _("{reason} {what}", reason=verdict.reason, what=what), NOT_CONFIRMED
    if verdict.told:
        yield verdict.told, MOVED if verdict.told.startswith(MOVED) else WRONG


JOB = Job((KIND,), plan=plan, go_on=(KIND,))
