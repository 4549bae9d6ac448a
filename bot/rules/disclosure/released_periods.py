"""Periods that may be shown beyond one person: half-years of the partnership's own year with their families.

The family of a half-year is its two quarters, its six months and, with the year's other half, the year. Their figures
are worked out together. Two half-years that overlap may differ by one child, and are worked out apart. So every
half-year that was shown is kept, and a new `year_begins` holds from the end of the last one: until there the half-years
are those of the year as it began when they were shown. Days that belong to no such half-year, because the year changed,
are never shown beyond one person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

from bot.rules.disclosure.rounding import Count
from bot.rules.model import Period
from bot.rules.time.clock import Span, add_months, whole_months
from bot.rules.time.period import FIRST_YEAR, period_of

MONTH, QUARTER, HALF, YEAR = 1, 3, 6, 12  # months


def may_be_released(period: Period, shown: Sequence[Period], year_begins: int) -> bool:
    """Return True for a half-year of the year in force in those days that overlaps with no other one shown.

    True for the quarters, months and the year of such half-years too.
    """
    return bool(halves_of(period, shown, year_begins))


def halves_of(period: Period, shown: Sequence[Period], year_begins: int) -> tuple[Period, ...]:
    """Return the half-years in whose family a period is: one, or the two of a year; none for any other period."""
    length = whole_months(period.first, period.last)
    if length == YEAR:
        halves = _half(period.first), _half(add_months(period.first, HALF))
        ours = period.first.month == year_begins and all(_may_be_shown(h, shown, year_begins) for h in halves)
        return halves if ours else ()
    if length not in (MONTH, QUARTER, HALF) or period.first.year <= FIRST_YEAR:
        return ()
    around = (_half(add_months(period.first, -before)) for before in range(0, HALF, length))
    return tuple(h for h in around if _may_be_shown(h, shown, year_begins))[:1]


def records_when_released(
    months: Sequence[Span],
    records: Sequence[int],
    sheet_of: Callable[[Period], Mapping[tuple[str, str], Count] | None],
) -> list[int]:
    """Return the records of each month, and 0 of one whose sheet prints no episode of the county.

    Its records came after the release: until a new issue the printed 0 is a gap, and no count.
    """

    def was_empty(month: Span) -> bool:
        sheet = sheet_of(period_of(*month))
        return sheet is not None and sheet.get(("county", "episodes")) == 0

    return [0 if n and was_empty(month) else n for month, n in zip(months, records, strict=True)]


def parts_of(period: Period, months: int) -> tuple[Period, ...]:
    """Split a period of whole months into periods of so many."""
    length = whole_months(period.first, period.last)
    return tuple(_span(add_months(period.first, n), months) for n in range(0, length, months))


def year_of(half: Period, year_begins: int) -> Period | None:
    """Return the partnership's year that a half-year is of; None where it is of another year's halves."""
    before = (half.first.month - year_begins) % YEAR
    return _span(add_months(half.first, -before), YEAR) if before in (0, HALF) else None


def years_with(half: Period) -> tuple[Period, Period]:
    """Return the two years of which a half-year is a half."""
    return _span(add_months(half.first, -HALF), YEAR), _span(half.first, YEAR)


def family_of(half: Period, *years: Period) -> tuple[Period, ...]:
    """Return a half-year, its quarters and months, and the year that is worked out with it."""
    return half, *parts_of(half, QUARTER), *parts_of(half, MONTH), *years


def _half(first: date) -> Period:
    return _span(first, HALF)


def _span(first: date, months: int) -> Period:
    return period_of(first, add_months(first, months) - timedelta(days=1))


def _may_be_shown(half: Period, shown: Sequence[Period], year_begins: int) -> bool:
    if half in shown:
        return True
    later = [p for p in shown if p.last >= half.last]
    # The year in force is that of the half-year shown next after these days; after the last one it is the file's.
    begins = min(later, key=lambda p: p.last).first.month if later else year_begins
    return (half.first.month - begins) % HALF == 0 and overlapping(half, shown) is None


def overlapping(period: Period, shown: Sequence[Period]) -> Period | None:
    """Return the first period shown that has some of these days, and not the same ones."""
    common = (p for p in shown if p.first <= period.last and period.first <= p.last and p != period)
    return min(common, key=lambda p: p.first, default=None)


def newest_released(
    until: date, shown: Sequence[Period], year_begins: int, months: int = HALF, over: date | None = None
) -> Period | None:
    """Return the newest half-year that may be shown and ends on this day or before; None where there is none.

    With other `months` the newest month or quarter of half-years that end on the day `over` or before.
    """
    after = (until + timedelta(days=1)).replace(day=1)
    while after.year > FIRST_YEAR:
        period = period_of(add_months(after, -months), after - timedelta(days=1))
        halves = halves_of(period, shown, year_begins)
        if halves and halves[-1].last <= (over or until):
            return period
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
