"""Break-glass, a look at a child outside one's area: its conditions, the leads who are told, and their review."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from bot.rules.access.permissions import holds
from bot.rules.partnership.partnership import BreakGlass, Partnership, Person
from bot.rules.partnership.roles import Agency
from bot.rules.time.clock import day_start, local_day

#: The agencies that act on a missing child together: in each, a lead is told of every look.
BOTH: tuple[Agency, ...] = ("police", "council")

#: The days over which looks are counted against the partnership's limit.
QUOTA_DAYS = timedelta(days=30)

Answer = Literal["open", "still_open", "quota", "not_found"]


def answer(*, missing: bool, reason: bool, opened: bool, used: int, rules: BreakGlass) -> Answer:
    """Decide the answer about a child that no role of the person covers.

    `missing` is false for a child who is not missing and for no child at all, so that nothing below can tell
    them apart; the limit comes before it, or being refused for the limit would say that the child is missing.
    """
    if opened and missing:
        return "still_open"
    if not reason:
        return "not_found"
    if used >= rules.most_in_30_days:
        return "quota"
    return "open" if missing else "not_found"


def review_due(opened_at: datetime, partnership: Partnership) -> datetime:
    """Return the end of the last working day on which a lead can still review the look in time.

    The day of the look does not count, nor does a bank holiday.
    """
    last = local_day(opened_at)
    for _ in range(partnership.break_glass.review_working_days):
        last = partnership.calendar().next_day(last)
    return day_start(last + timedelta(days=1))


def agencies_that_hear(people: Iterable[Person], area: str, now: datetime) -> tuple[Agency, ...]:
    """Return the agencies, of both, in which a strategic lead of the area is listed today."""
    today = local_day(now)
    leads = {p.agency for p in people if holds(p, "strategic_lead", area, today)}
    return tuple(agency for agency in BOTH if agency in leads)
