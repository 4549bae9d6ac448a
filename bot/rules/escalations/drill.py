"""The monthly drill: a test call to a role of each agency, with the time to acknowledge. It is about no child.

It is in no figure, asks for no decision and has a table of its own, so that it is never taken for a call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.rules.catalogue import date_words
from bot.rules.escalations.calls import whom
from bot.rules.partnership.partnership import Partnership, Person
from bot.rules.time.clock import at, local_day, say_time

#: A drill that was not begun in time begins later, in working hours, until so long after; then it is left out.
LATEST = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class DrillCall:
    """The test call of one agency in one month (2026-12). `person` is empty where nobody could be called."""

    id: int
    month: str
    agency: str
    role: str
    person: str
    called_at: datetime
    acknowledge_by: datetime
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""

    @property
    def minutes(self) -> int | None:
        """Whole minutes from the call to the acknowledgement, rounded up; None without one."""
        if self.acknowledged_at is None:
            return None
        return -(-(self.acknowledged_at - self.called_at) // timedelta(minutes=1))

    def acknowledge(self, by: str, when: datetime) -> DrillCall:
        return replace(self, acknowledged_at=when, acknowledged_by=by)

    @property
    def in_time(self) -> bool:
        return self.acknowledged_at is not None and self.acknowledged_at <= self.acknowledge_by


def month_due(p: Partnership, now: datetime) -> str | None:
    """Return the month whose drill may begin now; None without one, and outside working hours.

    On a day that is not worked the drill moves to the next one that is, into the next month too.
    """
    calendar = p.calendar()
    if p.drill is None or not calendar.speaks(now):
        return None
    this = local_day(now).replace(day=1)
    for month in (this, (this - timedelta(days=1)).replace(day=1)):
        day = month.replace(day=p.drill.day)
        due_at = at(day if calendar.works(day) else calendar.next_day(day), p.drill.time)
        if due_at <= now < due_at + LATEST:
            return f"{month:%Y-%m}"
    return None


def called(
    p: Partnership, agency: str, now: datetime, away: Mapping[str, str], reached: Callable[[Person], bool]
) -> Person | None:
    """Return the person to call, as a real call would find them; a role held by area is tried area by area."""
    role = p.drill.role(agency) if p.drill else ""
    found = (whom(p, role, agency, area.id, now, away, reached) for area in p.areas)
    return next((person for person in found if person is not None), None)


def month_words(month: str) -> str:
    """Write 'December 2026'."""
    return date_words(date.fromisoformat(f"{month}-01"), "%B %Y")


def clock_words(when: datetime) -> str:
    return say_time(when)
