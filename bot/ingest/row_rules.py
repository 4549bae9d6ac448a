"""Rules on the cells of one row together: nothing ends before it begins, nothing lies in the future."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from bot.ingest.errors import Problem
from bot.ingest.timestamps import Timestamp
from bot.rules.time.clock import local_day

#: Two clocks may differ a little, and by an hour where one was not put back; a later time has not come yet.
AHEAD = timedelta(hours=1)
#: A child is in no list before the absence began, so a start in the future is dropped; a file's stamp may be some
#: minutes early.
START_AHEAD = timedelta(minutes=5)
#: The reason for an empty cell that a row needs.
EMPTY = "is empty"


def earlier(first: Timestamp, second: Timestamp) -> bool:
    """Return whether `first` is before `second`; by days where either has no time of day."""
    if first.date_only or second.date_only:
        return local_day(first.at) < local_day(second.at)
    return first.at < second.at


def not_before(start: Timestamp | None, what: str, **later: Timestamp | None) -> Iterator[Problem]:
    """Each of the later times, if known, must not be before `start` (903 rule 567)."""
    for column, moment in later.items():
        if start and moment and earlier(moment, start):
            yield Problem(column, f"is before {what}", "correct the times in the system they come from")


def to_the_minute(moment: Timestamp) -> Timestamp:
    """Return the time without seconds: those of one minute do not matter between last seen and report."""
    return moment._replace(at=moment.at.replace(second=0, microsecond=0))


def not_ahead(taken_at: datetime, margin: timedelta = AHEAD, **moments: Timestamp | None) -> Iterator[Problem]:
    """Nothing can have happened after the export was taken."""
    limit = taken_at + margin
    for column, moment in moments.items():
        if moment and moment.at > limit:
            yield Problem(
                column,
                "is later than the time the export was taken",
                "correct the time, or say when the export was taken",
            )


def not_ahead_days(taken_at: datetime, **days: date | None) -> Iterator[Problem]:
    for column, day in days.items():
        if day and day > local_day(taken_at + AHEAD):
            yield Problem(
                column, "is later than the day the export was taken", "correct the date in the system it comes from"
            )
