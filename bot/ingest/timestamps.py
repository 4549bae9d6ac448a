"""Dates and times as exports write them: ISO or dd/mm/yyyy, London wall time unless an offset is given.

People in chat are asked which of two times they mean (R22); a file cannot be. In a file a time that comes twice is the
earlier one, a time that does not exist is the moment the clocks jumped to, and both are listed with the load.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple, TypeVar

from bot.ingest.errors import CellError
from bot.rules.time.clock import LONDON, day_start

_DAY = r"(?:(\d{4})-(\d{2})-(\d{2})|(\d{1,2})/(\d{1,2})/(\d{4}))"
_TIME = r"(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?"
_ZONE = r"(Z|UTC|GMT|BST|[+-]\d{2}:?\d{2})"
_MOMENT = re.compile(rf"{_DAY}(?:[T ]{_TIME}(?: ?{_ZONE})?)?", re.ASCII)
_MIDNIGHT = re.compile(r"[T ]00:00(?::00(?:\.0+)?)?")
_HOUR = timedelta(hours=1)

FORMS = "write it as 2017-05-31 or 31/05/2017"
TIMED_FORMS = "write it as 2017-05-31 14:30 or 31/05/2017 14:30"


class Timestamp(NamedTuple):
    """An instant; `date_only` if the export gave the day alone, which is then 00:00 London time.

    `later` is the other instant of a wall time that came twice; `moved`: the wall time did not exist.
    """

    at: datetime
    date_only: bool = False
    later: datetime | None = None
    moved: bool = False

    @property
    def how_read(self) -> str:
        """The reading of a time of a clock-change night, in words; empty for every other time."""
        local = self.at.astimezone(LONDON)
        if self.moved:
            return f"did not exist, as the clocks went forward: read as {local:%H:%M %Z}"
        if self.later is not None:
            which = "earlier" if self.at < self.later else "later"
            return f"came twice that night: read as the {which} one, {local:%H:%M %Z}"
        return ""


def fitting(moment: Timestamp | None, after: Timestamp | None) -> Timestamp | None:
    """Choose, of a time that came twice, the earlier one, unless only the later is not before `after`."""
    if moment is None or moment.later is None or after is None or moment.at >= after.at:
        return moment
    return moment._replace(at=moment.later) if moment.later >= after.at else moment


@lru_cache(maxsize=20_000)
def read_day(text: str) -> date:
    """Read a date. Midnight after it is ignored, because databases add it when they export a date."""
    found = _MOMENT.fullmatch(_MIDNIGHT.sub("", text))
    if not found or found[7]:
        raise CellError("is not a date", FORMS)
    return _day(found, FORMS)


def read_moment(text: str) -> Timestamp:
    """Read an instant, in UTC; for London times of the two clock-change nights see the module's first lines."""
    midnight, since = _midnight(text[:10]), _since_midnight(text[10:])
    if midnight and since is not None:  # nearly all of a million cells
        return Timestamp(midnight + since)
    found = _MOMENT.fullmatch(text)
    if not found:
        raise CellError("is not a date and time", TIMED_FORMS)
    day = _day(found, TIMED_FORMS)
    if not found[7]:
        return Timestamp(day_start(day), date_only=True)
    hour, minute, second = int(found[7]), int(found[8]), int(found[9] or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise CellError("is not a time of day", "hours go from 00 to 23, minutes from 00 to 59")
    wall = datetime(day.year, day.month, day.day, hour, minute, second)  # noqa: DTZ001 - a wall time
    if found[10]:
        return Timestamp(wall.replace(tzinfo=_zone(found[10])).astimezone(UTC))
    return _in_london(wall, day)


@lru_cache(maxsize=20_000)
def _midnight(text: str) -> datetime | None:
    """Return 00:00 of a day written in ten characters; None if it is no day, or one on which the clocks change."""
    try:
        day = read_day(text)
    except CellError:
        return None
    return day_start(day) if _offset(day) is not None else None


@lru_cache(maxsize=3000)
def _since_midnight(text: str) -> timedelta | None:
    """Return the time after a day, such as ' 14:30'; None for any other text, also for a time with an offset."""
    found = re.fullmatch(rf"[T ]{_TIME}", text, re.ASCII)
    if not found or int(found[1]) > 23 or int(found[2]) > 59 or int(found[3] or 0) > 59:
        return None
    return timedelta(hours=int(found[1]), minutes=int(found[2]), seconds=int(found[3] or 0))


def _day(found: re.Match[str], advice: str) -> date:
    year, month, day = (found[1], found[2], found[3]) if found[1] else (found[6], found[5], found[4])
    if not 1901 <= int(year) <= 2100:
        raise CellError(f"is in the year {year}", advice)
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise CellError("is not a day of the calendar", advice) from None


def _zone(text: str) -> timezone:
    if text in {"Z", "UTC", "GMT"}:
        return UTC
    if text == "BST":
        return timezone(_HOUR)
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 14 or minutes > 59:
        raise CellError("has an impossible offset", "write the offset as +01:00 (BST) or +00:00 (GMT)")
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if text[0] == "-" else offset)


def _in_london(wall: datetime, day: date) -> Timestamp:
    offset = _offset(day)
    if offset is not None:
        return Timestamp((wall - offset).replace(tzinfo=UTC))
    first, second = (wall.replace(tzinfo=LONDON, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return Timestamp(first)
    if first.astimezone(LONDON).replace(tzinfo=None) == wall:
        return Timestamp(first, later=second)
    return Timestamp(first.replace(minute=0, second=0), moved=True)  # London's clocks jump on the hour


_SLASHES = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(.*)", re.ASCII | re.DOTALL)
T = TypeVar("T")


def month_first(read: Callable[[str], T]) -> Callable[[str], T]:
    """Return the reader for a system that writes mm/dd/yyyy; ISO dates are read unchanged."""

    def swapped(text: str) -> T:
        found = _SLASHES.fullmatch(text)
        return read(f"{found[2]}/{found[1]}/{found[3]}{found[4]}" if found else text)

    return swapped


@lru_cache(maxsize=40_000)
def _offset(day: date) -> timedelta | None:
    """Return London's offset from UTC if it is the same all day; None on the two days of the clock change."""
    start, end = day_start(day), day_start(day + timedelta(days=1))
    return start.astimezone(LONDON).utcoffset() if end - start == timedelta(days=1) else None
