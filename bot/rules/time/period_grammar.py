"""Grammar of days, months and longer periods, for `bot.rules.time.period` (domain.md 12.1).

Every pattern is matched against the whole text and repeats only within bounds, so that the longest
nonsense costs no more than its length.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date

from bot.rules.time.day_span import Span, last_units, months, this_unit

Form = tuple[re.Pattern[str], Callable[[re.Match[str]], Span | None]]

_MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)


def read_span(words: str, today: date) -> Span | None:
    """Parse the words as days, seen from `today`; None where they are not a period.

    ValueError or OverflowError where they are written like one that the calendar does not have.
    """
    text = re.sub("[\u2010-\u2015\u2212]", "-", words.casefold())
    text = " ".join(text.split()).strip(",;").removeprefix("from ")
    text = text.replace(" ..", "..").replace(".. ", "..")
    # Two days or months with "..", "to" or a dash between; "jan-jun 2017" lends its year to "jan".
    for between in ("..", " to ", " - ", "-"):
        left, _, right = text.partition(between)
        if end := _match(right, _DAY_OR_MONTH):
            begin = _match(left, _DAY_OR_MONTH) or _match(f"{left} {end.first.year:04}", _DAY_OR_MONTH)
            if begin:
                return Span(begin.first, end.last)
    return _match(text, _WHOLE) or _relative(text, today)


def _match(text: str, forms: Sequence[Form]) -> Span | None:
    for pattern, read in forms:
        found = pattern.fullmatch(text)
        if found:
            return read(found)
    return None


def _day(found: re.Match[str]) -> Span | None:
    month = _month_number(found["m"])
    if month is None:
        return None
    day = date(int(found["y"]), month, int(found["d"]))
    return Span(day, day)


def _month(found: re.Match[str]) -> Span | None:
    month = _month_number(found["m"])
    return None if month is None else months(int(found["y"]), month, 1)


def _part(found: re.Match[str]) -> Span | None:
    """Read a half-year or a quarter."""
    size = 6 if found["u"] == "h" else 3
    return months(int(found["y"]), (int(found["n"]) - 1) * size + 1, size)


def _year(found: re.Match[str]) -> Span:
    return months(int(found["y"]), 1, 12)


def _month_number(text: str) -> int | None:
    if text.isdigit():
        return int(text)
    return next((n for n, name in enumerate(_MONTH_NAMES, 1) if name.startswith(text)), None)


_Y, _D, _GAP = "(?P<y>[0-9]{4})", "(?P<d>[0-9]{1,2})", "[ -]{0,3}"
_MM, _MON = "(?P<m>[0-9]{1,2})", "(?P<m>[a-z]{3,9})"
_DAY_OR_MONTH = (
    (re.compile(f"{_Y}-{_MM}-{_D}"), _day),
    (re.compile(f"{_D}/{_MM}/{_Y}"), _day),
    (re.compile(f"{_D} {_MON} {_Y}"), _day),
    (re.compile(f"{_Y}-{_MM}"), _month),
    (re.compile(f"{_MON}{_GAP}{_Y}"), _month),
    (re.compile(f"{_Y}{_GAP}{_MON}"), _month),
)
_HALF_OR_QUARTER = "(?P<u>h)(?P<n>[12])", "(?P<u>q)(?P<n>[1-4])"
_WHOLE = (
    *_DAY_OR_MONTH,
    (re.compile(_Y), _year),
    *((re.compile(f"{_Y}{_GAP}{part}"), _part) for part in _HALF_OR_QUARTER),
    *((re.compile(f"{part}{_GAP}{_Y}"), _part) for part in _HALF_OR_QUARTER),
)
_RELATIVE = re.compile(
    "(?P<which>this|last)[ -]{1,3}(?:(?P<n>[0-9]{1,4})" + _GAP + ")?"
    "(?P<unit>d|days?|w|weeks?|m|months?|q|quarters?|half|halves|half[ -]?years?|y|years?)"
)


def _relative(text: str, today: date) -> Span | None:
    """Read the unit that today is in ("this ..."), or complete units before it ("last ...")."""
    text = {"today": "this day", "yesterday": "last day"}.get(text, text)
    found = _RELATIVE.fullmatch(text)
    if not found:
        return None
    unit = found["unit"][0]
    if found["which"] == "last":
        return last_units(unit, int(found["n"] or 1), today)
    return None if found["n"] else this_unit(unit, today)
