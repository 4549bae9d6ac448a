"""Runs of whole days on the calendar: months, half-years, weeks, and stepping between them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

_UNIT_DAYS = {"d": 1, "w": 7}
_UNIT_MONTHS = {"m": 1, "q": 3, "h": 6, "y": 12}


class Span(NamedTuple):
    """First and last day, both included."""

    first: date
    last: date


def months(year: int, month: int, count: int) -> Span:
    """Return `count` calendar months from the 1st of `month`; ValueError for a month or year that is none."""
    first = date(year, month, 1)
    return Span(first, add_months(first, count) - timedelta(days=1))


def add_months(first: date, count: int) -> date:
    """Return the 1st of a month, `count` months later (earlier where negative). ValueError outside years 1-9999."""
    years, month = divmod(first.month - 1 + count, 12)
    return date(first.year + years, month + 1, 1)


def whole_months(first: date, last: date) -> int:
    """Count the calendar months that the days first..last fill exactly; 0 where they do not."""
    after = last + timedelta(days=1)
    if first.day != 1 or after.day != 1:
        return 0
    return (after.year - first.year) * 12 + after.month - first.month


def this_unit(unit: str, today: date) -> Span:
    """Return the whole day, week (from Monday), month, quarter, half-year or year that `today` is in."""
    begins = _begins(unit, today)
    return Span(begins, _later(begins, unit, 1) - timedelta(days=1))


def last_units(unit: str, count: int, today: date) -> Span:
    """Return the `count` complete units before the one `today` is in. OverflowError or ValueError before year 1."""
    begins = _begins(unit, today)
    return Span(_later(begins, unit, -count), begins - timedelta(days=1))


def _begins(unit: str, today: date) -> date:
    if unit in _UNIT_DAYS:
        return today - timedelta(days=today.weekday() if unit == "w" else 0)
    size = _UNIT_MONTHS[unit]
    return date(today.year, (today.month - 1) // size * size + 1, 1)


def _later(day: date, unit: str, count: int) -> date:
    if unit in _UNIT_DAYS:
        return day + timedelta(days=count * _UNIT_DAYS[unit])
    return add_months(day, count * _UNIT_MONTHS[unit])
