"""Two interviews on the edge of the 72 hours across a clock change, where wall-clock sums go wrong."""

from datetime import UTC, datetime

from bot.practice.calendar import HOUR, wall
from bot.practice.interviews import Diary
from bot.practice.meetings import SLACK, soon
from bot.practice.shapes import Absence, Child

FORWARD = datetime(2017, 3, 26, 1, 0, tzinfo=UTC)
BACK = datetime(2016, 10, 30, 1, 0, tzinfo=UTC)


def sharpen(absences: list[Absence], diaries: dict[Child, Diary]) -> None:
    """In spring, one recorded after exactly 72:00:00: in time. In autumn, one recorded an hour too late."""
    spring = next(a for a in absences if across(a, FORWARD) and on_time(a) and office_hours(a.due))
    spring.interview.recorded = spring.due
    autumn = next(a for a in absences if across(a, BACK) and too_late(a) and soon(a, diaries[a.child]))
    hold(autumn, soon(autumn, diaries[autumn.child])[-1])
    autumn.interview.recorded = autumn.due + HOUR


def across(absence: Absence, change: datetime) -> bool:
    return absence.clock_start < change < absence.due


def on_time(absence: Absence) -> bool:
    recorded = absence.interview.recorded
    return recorded is not None and recorded <= absence.due


def too_late(absence: Absence) -> bool:
    recorded = absence.interview.recorded
    return recorded is not None and recorded > absence.due and office_hours(absence.due + HOUR)


def hold(absence: Absence, held: datetime) -> None:
    absence.interview.held = held
    if absence.interview.offered:
        absence.interview.offered = min(absence.interview.offered, held - SLACK)


def office_hours(moment: datetime) -> bool:
    return 7 <= wall(moment).hour < 22
