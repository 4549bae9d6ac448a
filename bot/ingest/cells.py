"""Readers of single cells: codes, choices, words for places, dates and times; and rules on the times of one row.

Free text is never read. Dates are ISO or dd/mm/yyyy; times are London wall time unless an offset is given. People in
chat are asked which of two times they mean (R22); a file cannot be. In a file a time that comes twice is the earlier
one, a time that does not exist is the moment the clocks jumped to, and both are listed with the load.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from bot.ingest.rejects import CellError, Kind, Problem
from bot.rules.text.area_names import PlaceName
from bot.rules.time.clock import LONDON, day_start, local_day

Reader = Callable[[str], Any]

_CODE = re.compile(r"[A-Za-z0-9._/-]{1,32}", re.ASCII)
_DIGIT = re.compile(r"[0-9]")
#: Noughts, -1 and empty days occur in many rows: read as a code, they would make one child of all.
_NO_CODE = re.compile(r"[0._/-]*|-1|0?1/0?1/1900|1900-01-01|31/12/9999|9999-12-31", re.ASCII)


class Column(NamedTuple):
    """One column that is read. The partnership file cannot leave out a required one."""

    name: str
    read: Reader
    kind: Kind
    required: bool = False


#: Spaces without width, which `str.strip` leaves.
_SPACES = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_NOTHING = re.compile(
    r"|null|\(null\)|n/a|#n/a|n\.a\.|-+|none|nil|unknown|not known|not recorded|tbc|tba|to be confirmed"
    r"|(00/00/0000|0000-00-00|0?1/0?1/1900|1900-01-01|31/12/9999|9999-12-31)([t ][0:.]+)?([t ]23:59(:59)?)?",
    re.IGNORECASE,
)


def says_nothing(text: str) -> bool:
    """Return whether a cell holds one of the ways in which systems write an empty one, such as NULL or 31/12/9999."""
    return _NOTHING.fullmatch(text.strip().strip(_SPACES).strip()) is not None


def read_code(text: str) -> str:
    """Read a code as the other system writes it: 1-32 letters, digits, and . _ / - (no spaces).

    One of them is a digit: "Jane.Smith" is spelled like a code and is a name.
    """
    if not _CODE.fullmatch(text) or not _DIGIT.search(text):
        raise CellError("must be a code with a digit in it, not a name", "export the system's own code for it")
    if _NO_CODE.fullmatch(text):
        raise CellError("is no code of anybody", "export the system's own code for it, or leave the cell empty")
    return text


def code_or(known: Collection[str]) -> Reader:
    """Return a reader of codes, and of the partnership file's own words for people, which may have no digit."""
    words = {word for word in known if _CODE.fullmatch(word)}

    def read(text: str) -> str:
        return text if text in words else read_code(text)

    return read


def authority_but(own: Collection[str], others: Mapping[str, str]) -> Reader:
    """Return a reader of the authority that looks after the child: a code, or a name with a code in `others`.

    The partnership's own authorities are read as None.
    """
    codes = {name.casefold(): code for name, code in others.items()} | {name.casefold(): None for name in own}

    def read(text: str) -> str | None:
        if text.casefold() in codes:
            return codes[text.casefold()]
        try:
            return read_code(text)
        except CellError:
            raise CellError(
                "is no authority's code, and no name in own_authorities or other_authorities",
                "add the name to one of them in the partnership file, or export the code; until then the child counts "
                "as ours, and its interviews stay in the lists",
            ) from None

    return read


def read_codes(text: str) -> tuple[str, ...]:
    """Read codes separated by semicolons, each once, in order."""
    return tuple(sorted({read_code(part.strip()) for part in text.split(";") if part.strip()}))


def choice(*words: str, **aliases: str) -> Reader:
    """Return a reader of a few words; an alias means another word."""
    return one_of({word: word for word in words}, aliases)


def one_of(meanings: Mapping[str, Any], aliases: Mapping[str, str] | None = None) -> Reader:
    """Return a reader of words with meanings; case, spaces and dashes do not matter."""
    known = {word.lower(): meaning for word, meaning in meanings.items()}
    known |= {alias: meanings[word] for alias, word in (aliases or {}).items()}

    def read(text: str) -> Any:
        found = known.get(text) or known.get(re.sub(r"[\s_-]+", "_", text.lower()))
        if found is None:
            raise CellError("is not one of the words of this column", f"use one of: {', '.join(meanings)}")
        return found

    return read


class Readers(NamedTuple):
    """The readers that depend on the partnership file: of teams, districts, workers, authorities and times."""

    team: PlaceWords
    district: PlaceWords
    worker: Reader
    authority: Reader
    day: Reader
    moment: Reader


class PlaceWords:
    """Reader of a team or area. An unknown word is not an error: the word is not kept, its row is.

    `says_unknown` knows the partnership file's words for "not known".
    """

    def __init__(self, find: Callable[[str], PlaceName | None], says_unknown: Callable[[str], bool]) -> None:
        self.says_unknown = says_unknown
        self._find = find
        self._seen: dict[str, PlaceName] = {}

    def __call__(self, text: str) -> str | None:
        place = self._seen.get(text) or self._find(text)
        if place is None:
            return None
        self._seen[text] = place  # only known words are remembered: there are few, and free text must not pile up
        return place.word


_DAY = r"(?:(\d{4})-(\d{2})-(\d{2})|(\d{1,2})/(\d{1,2})/(\d{4}))"
_TIME = r"(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?"
_MOMENT = re.compile(rf"{_DAY}(?:[T ]{_TIME}(?: ?(Z|UTC|GMT|BST|[+-]\d{{2}}:?\d{{2}}))?)?", re.ASCII)
_MIDNIGHT = re.compile(r"[T ]00:00(?::00(?:\.0+)?)?")

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
    return _instant(wall, found[10] or "")


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


def _instant(wall: datetime, zone: str) -> Timestamp:
    """Return the instant of a wall time with its offset, or in London where there is none."""
    if zone in {"Z", "UTC", "GMT"}:
        return Timestamp(wall.replace(tzinfo=UTC))
    if zone:
        hours, minutes = (1, 0) if zone == "BST" else (int(zone[1:3]), int(zone[-2:]))
        if hours > 14 or minutes > 59:
            raise CellError("has an impossible offset", "write the offset as +01:00 (BST) or +00:00 (GMT)")
        offset = timedelta(hours=hours, minutes=minutes)
        return Timestamp((wall + offset if zone[0] == "-" else wall - offset).replace(tzinfo=UTC))
    usual = _offset(wall.date())
    if usual is not None:
        return Timestamp((wall - usual).replace(tzinfo=UTC))
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


#: Two clocks may differ a little, and by an hour where one was not put back; a later time has not come yet.
AHEAD = timedelta(hours=1)
#: A child is in no list before the absence began, so a start in the future is dropped; a file's stamp may be some
#: minutes early.
START_AHEAD = timedelta(minutes=5)
#: The reason for an empty cell that a row needs.
EMPTY = "is empty"


def earlier(first: Timestamp, second: Timestamp) -> bool:
    """Return whether `first` is before `second`; by days where either has no time of day."""
    if first.date_only or second.date_only:
        return local_day(first.at) < local_day(second.at)
    return first.at < second.at


def not_before(start: Timestamp | None, what: str, **later: Timestamp | None) -> Iterator[Problem]:
    """Each of the later times, if known, must not be before `start` (903 rule 567)."""
    for column, moment in later.items():
        if start and moment and earlier(moment, start):
            yield Problem(column, f"is before {what}", "correct the times in the system they come from")


def to_the_minute(moment: Timestamp) -> Timestamp:
    """Return the time without seconds: those of one minute do not matter between last seen and report."""
    return moment._replace(at=moment.at.replace(second=0, microsecond=0))


def not_ahead(taken_at: datetime, margin: timedelta = AHEAD, **moments: Timestamp | None) -> Iterator[Problem]:
    """Nothing can have happened after the export was taken."""
    limit = taken_at + margin
    for column, moment in moments.items():
        if moment and moment.at > limit:
            yield Problem(
                column,
                "is later than the time the export was taken",
                "correct the time, or say when the export was taken",
            )


def not_ahead_days(taken_at: datetime, **days: date | None) -> Iterator[Problem]:
    for column, day in days.items():
        if day and day > local_day(taken_at + AHEAD):
            yield Problem(
                column, "is later than the day the export was taken", "correct the date in the system it comes from"
            )
