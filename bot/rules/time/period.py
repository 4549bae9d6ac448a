"""Periods as people type them, 2017-H1 or "last month", as whole local days with one name each (R5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta

from bot.rules.model import Period
from bot.rules.time.clock import Span, add_months, last_units, local_day, months, this_unit, whole_months

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
    if whole := _match(text, _WHOLE):
        return whole
    # The unit that today is in ("this ..."), or complete units before it ("last ...").
    found = _RELATIVE.fullmatch({"today": "this day", "yesterday": "last day"}.get(text, text))
    if not found:
        return None
    unit = found["unit"][0]
    if found["which"] == "last":
        return last_units(unit, int(found["n"] or 1), today)
    return None if found["n"] else this_unit(unit, today)


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
    """Read a year, a half-year or a quarter."""
    named = found.groupdict()
    size = {"h": 6, "q": 3}.get(named.get("u", ""), 12)
    return months(int(named["y"]), (int(named.get("n", 1)) - 1) * size + 1, size)


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
    (re.compile(_Y), _part),
    *((re.compile(f"{_Y}{_GAP}{part}"), _part) for part in _HALF_OR_QUARTER),
    *((re.compile(f"{part}{_GAP}{_Y}"), _part) for part in _HALF_OR_QUARTER),
)
_RELATIVE = re.compile(
    "(?P<which>this|last)[ -]{1,3}(?:(?P<n>[0-9]{1,4})" + _GAP + ")?"
    "(?P<unit>d|days?|w|weeks?|m|months?|q|quarters?|half|halves|half[ -]?years?|y|years?)"
)


FIRST_YEAR, LAST_YEAR = 1990, 2100
LONGEST_WORDS = 500  # characters: chat accepts far more, nobody types a longer period
LONGEST_RUN = 7  # words of the longest period: "1 jan 2017 to 30 jun 2017"
EXAMPLES = "2017-H1, 2017-Q2, 2017-05, last month, last-6m, 2017-01-01..2017-06-30"
#: Words that may stand between the two periods of a comparison.
BETWEEN = frozenset({"v", "vs", "versus", "with", "against", "and", "to"})


class PeriodError(ValueError):
    """The words are not a period; the message gives the reason and examples.

    It never repeats the words: they may be a child's name typed in the wrong place.
    """


def parse_period(words: str, now: datetime) -> Period:
    """Parse the words as a period, seen from `now`; PeriodError where they name none.

    "this ..." is the whole month, quarter, half or year that `now` is in, "last ..." always complete
    ones: "last-6m" the six calendar months before this one, "last 90 days" the ninety days to yesterday.
    """
    if len(words) > LONGEST_WORDS:
        raise PeriodError(f"That is too long for a period. Write for example {EXAMPLES}.")
    try:
        span = read_span(words, local_day(now))
    except (ValueError, OverflowError):
        raise PeriodError(f"The calendar has no such date. Write for example {EXAMPLES}.") from None
    if span is None:
        raise PeriodError(f"I do not know that period. Write for example {EXAMPLES}.")
    return period_of(span.first, span.last)


def period_of(first: date, last: date) -> Period:
    """Return the days first..last with their one label, so that two ways of asking give equal periods."""
    if last < first:
        raise PeriodError(f"The period {first} to {last} ends before it begins.")
    if first.year < FIRST_YEAR or last.year > LAST_YEAR:
        raise PeriodError(f"Periods lie between {FIRST_YEAR} and {LAST_YEAR}.")
    count = whole_months(first, last)
    if count in (1, 3, 6, 12) and (first.month - 1) % count == 0:  # a month, quarter, half-year or year
        part = (first.month - 1) // count + 1
        label = {1: f"{first:%Y-%m}", 3: f"{first.year}-Q{part}", 6: f"{first.year}-H{part}", 12: f"{first.year}"}[
            count
        ]
    elif count:
        begins = f"{first:%b}" if first.year == last.year else f"{first:%b %Y}"
        label = f"{begins}-{last:%b %Y}"
    else:
        label = first.isoformat() if first == last else f"{first}..{last}"
    return Period(label, first, last)


def previous(period: Period) -> Period:
    """Return the period just before: as many calendar months where it is whole months, else as many days.

    PeriodError where that would begin before FIRST_YEAR.
    """
    last = period.first - timedelta(days=1)
    count = whole_months(period.first, period.last)
    if count:
        return period_of(add_months(period.first, -count), last)
    return period_of(period.first - timedelta(days=period.days), last)


def following(period: Period) -> Period:
    """Return the period just after, measured like `previous`; PeriodError where it would end after LAST_YEAR."""
    first = period.last + timedelta(days=1)
    count = whole_months(period.first, period.last)
    if count:
        return period_of(first, add_months(first, count) - timedelta(days=1))
    return period_of(first, first + timedelta(days=period.days - 1))


def half_year_of(day: date) -> Period:
    """Return the half-year a day is in: January to June or July to December."""
    return period_of(*months(day.year, 1 if day.month <= 6 else 7, 6))


def find_periods(tokens: Sequence[str], now: datetime) -> tuple[list[Period], list[str]]:
    """Find every period in the order written, and the words left over; "v" or "with" between two is dropped.

    "to" between days or months makes one period of both; between halves it separates two.
    """
    periods: list[Period] = []
    rest: list[str] = []
    since = 0  # words left over since the last period
    at = 0
    while at < len(tokens):
        # The longest period that begins with this word.
        period, used = None, 0
        for used in range(min(LONGEST_RUN, len(tokens) - at), 0, -1):
            with suppress(PeriodError):
                period = parse_period(" ".join(tokens[at : at + used]), now)
                break
        if period is None:
            rest.append(tokens[at])
            at, since = at + 1, since + 1
            continue
        if periods and since == 1 and rest[-1].casefold().rstrip(".") in BETWEEN:
            rest.pop()
        periods.append(period)
        at, since = at + used, 0
    return periods, rest
