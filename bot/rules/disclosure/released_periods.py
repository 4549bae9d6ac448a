"""Half-years that may be shown beyond one person: those of the partnership's own year, and no two that overlap.

Two periods that overlap may differ by one child, and a hidden count of three months is a half-year less the other
three. So every period that was shown is kept, and a new `year_begins` holds from the end of the last one: until there
the half-years are those of the year as it began when they were shown. Days that belong to no such half-year, because
the year changed, are never shown beyond one person.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from bot.rules.model import Period
from bot.rules.time.clock import add_months, whole_months
from bot.rules.time.period import FIRST_YEAR, period_of

HALF = 6  # months


def may_be_released(period: Period, shown: Sequence[Period], year_begins: int) -> bool:
    """Return True for a half-year of the year in force in those days that overlaps with no other one shown."""
    if whole_months(period.first, period.last) != HALF:
        return False
    if period in shown:
        return True
    later = [p for p in shown if p.last >= period.last]
    # The year in force is that of the half-year shown next after these days; after the last one it is the file's.
    begins = min(later, key=lambda p: p.last).first.month if later else year_begins
    return (period.first.month - begins) % HALF == 0 and overlapping(period, shown) is None


def overlapping(period: Period, shown: Sequence[Period]) -> Period | None:
    """Return the first period shown that has some of these days, and not the same ones."""
    common = (p for p in shown if p.first <= period.last and period.first <= p.last and p != period)
    return min(common, key=lambda p: p.first, default=None)


def newest_released(until: date, shown: Sequence[Period], year_begins: int) -> Period | None:
    """Return the newest half-year that may be shown and ends on this day or before; None where there is none."""
    after = (until + timedelta(days=1)).replace(day=1)
    while after.year > FIRST_YEAR:
        half = period_of(add_months(after, -HALF), after - timedelta(days=1))
        if may_be_released(half, shown, year_begins):
            return half
        after = add_months(after, -1)
    return None


def shown_before_the_copy(shown: Sequence[Period], last: Period, today: date) -> Period | None:
    """Return the period to keep as shown after a restore; None where that is known already.

    Between the backup and the restore half-years may have been shown that the backup lacks. `last` is the newest
    half-year of the own year that is over. Where the year changed since the last one known, all days until today count
    as shown, so that none of them is shown in another half-year.
    """
    newest = max(shown, key=lambda p: p.last, default=None)
    if newest is None or (newest.first.month - last.first.month) % HALF == 0:
        return last if newest is None or newest.last < last.first else None
    begins = newest.last + timedelta(days=1)
    if begins > today:
        return None
    ends = today + timedelta(days=whole_months(begins, today) == HALF)  # no half-year, which could be shown again
    return period_of(begins, ends)
