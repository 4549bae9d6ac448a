"""Which days are worked, as the partnership's quiet hours say: for what people have to do, never for the 72 hours."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from bot.rules.posting import QuietHours

_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def is_worked(day: date, hours: QuietHours, holidays: Iterable[date] = ()) -> bool:
    """A weekday of the partnership, not one of its closed days and no holiday. Without weekdays, any day."""
    weekday = not hours.working_days or _NAMES[day.weekday()] in hours.working_days
    return weekday and day not in hours.extra_closed and day not in set(holidays)


def nth_after(day: date, n: int, hours: QuietHours, holidays: Iterable[date] = ()) -> date:
    """The nth working day after a day, which itself does not count; for 0 the day itself."""
    closed = frozenset(holidays)
    while n > 0:
        day += timedelta(days=1)
        n -= is_worked(day, hours, closed)
    return day
