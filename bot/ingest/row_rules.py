"""What the cells of one row must say together: nothing ends before it begins, nothing lies in the time to come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from bot.ingest.errors import Problem
from bot.ingest.timestamps import Timestamp
from bot.rules.time.clock import local_day

#: Two clocks may differ a little, and by an hour where one was not put back; a later time has not come yet.
AHEAD = timedelta(hours=1)
#: A child is in no list before the absence began, so a start to come is none; but for the minutes of a file's stamp.
START_AHEAD = timedelta(minutes=5)
#: What an empty cell that a row needs is told as.
EMPTY = "is empty"
#: How long before the start a grade may have been noted.
GRADED_BEFORE = timedelta(hours=24)


def earlier(first: Timestamp, second: Timestamp) -> bool:
    """Whether `first` is before `second`; by days where either has no time of day."""
    if first.date_only or second.date_only:
        return local_day(first.at) < local_day(second.at)
    return first.at < second.at


def not_before(start: Timestamp | None, what: str, **later: Timestamp | None) -> Iterator[Problem]:
    """Each of the later times, if it is known, must not be before `start` (903 rule 567)."""
    for column, moment in later.items():
        if start and moment and earlier(moment, start):
            yield Problem(column, f"is before {what}", "correct the times in the system they come from")


def seen_before_report(last_seen: Timestamp | None, reported: Timestamp | None) -> Iterator[Problem]:
    """Nobody is reported missing before being last seen; the seconds of one minute do not matter.

    The report holds: it is the earlier time, and the child has been missing no shorter than that.
    """
    if not last_seen or not reported or last_seen.at <= reported.at:  # nearly every row
        return
    if earlier(_minute(reported), _minute(last_seen)):
        yield Problem("last_seen_at", "is after the report", "correct the times in the police system")


def _minute(moment: Timestamp) -> Timestamp:
    return moment._replace(at=moment.at.replace(second=0, microsecond=0))


def graded_near_start(start: Timestamp | None, graded: Timestamp | None) -> Iterator[Problem]:
    """A grade may be noted with the report; one from more than a day before the start belongs elsewhere."""
    if not start or not graded or start.at <= graded.at:  # nearly every row
        return
    if earlier(graded, start._replace(at=start.at - GRADED_BEFORE)):
        yield Problem(
            "risk_at",
            "is more than 24 hours before the child was last seen",
            "correct the time of the grade in the police system",
        )


def born_by(birth: date | None, start: Timestamp | None) -> Iterator[Problem]:
    """Nobody goes missing before being born; who would be an adult stays, with the age in doubt (episodes/age.py)."""
    if birth and start and birth > local_day(start.at):
        yield Problem("birth_date", "is after the episode began", "correct the birth date or the time")


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
