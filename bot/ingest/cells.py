"""Readers of single cells: codes, choices, words for places, dates and times; and rules on the times of one row.

Free text is never read. Dates are read as programs and people write them, the day before the month unless the
partnership file says otherwise; times are London wall time unless an offset is given. People in
chat are asked which of two times they mean (R22); a file cannot be. In a file a time that comes twice is the earlier
one, a time that does not exist is the moment the clocks jumped to, and both are listed with the load.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from bot.ingest.rejects import CellError, Kind, Problem
from bot.rules.text.area_names import PlaceName
from bot.rules.time.clock import LONDON, day_start, local_day

Reader = Callable[[str], Any]

_CODE = re.compile(r"[A-Za-z0-9._/-]{1,32}", re.ASCII)
_LONG_CODE = re.compile(r"(?=.*[0-9])[A-Za-z0-9._/{}-]{33,80}", re.ASCII)
_DIGIT = re.compile(r"[0-9]")
#: A spreadsheet has made a number or a date of the code, and its digits are gone.
_SHORTENED = re.compile(r"[0-9]+(?:[.,][0-9]+)?E\+[0-9]+", re.ASCII | re.IGNORECASE)
_MADE_A_DATE = re.compile(r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}|[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]00:00(:00)?)?", re.ASCII)
_AS_TEXT = "export it again, and open it in no spreadsheet before it is loaded, or with this column as text"
_WHOLE_NUMBER = re.compile(r"([0-9]+)\.0+", re.ASCII)
#: Noughts, -1 and empty days occur in many rows: read as a code, they would make one child of all.
_NO_CODE = re.compile(r"[0._/-]*|-1|0?1/0?1/1900|1900-01-01|31/12/9999|9999-12-31", re.ASCII)


class Column(NamedTuple):
    """One column that is read. The partnership file cannot leave out a required one; a file may lack optional ones."""

    name: str
    read: Reader
    kind: Kind
    required: bool = False
    optional: bool = False


#: Characters that are not seen, spaces of every width, and dashes of every length, as they are read.
_AS_TYPED = (
    dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u202d\u2060\ufeff"))
    | dict.fromkeys([0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " ")
    | dict.fromkeys([*range(0x2010, 0x2016), 0x2212], "-")
)


def undecorated(text: str) -> str:
    """Return a cell without what spreadsheets put around it and hidden characters: '12345 and ="12345" are 12345."""
    text = (text if text.isascii() else text.translate(_AS_TYPED)).strip()
    if text.startswith('="') and text.endswith('"') and len(text) > 2:
        return text[2:-1].strip()
    return text[1:].removesuffix("'") if text.startswith("'") else text


_NOTHING = re.compile(
    r"|null|\(null\)|n/a|#n/a|n\.a\.|-+|none|nil|unknown|not known|not recorded|tbc|tba|to be confirmed"
    r"|(00/00/0000|0000-00-00|0?[01]/0?1/1900|1900-01-01|31/12/9999|9999-12-31)([t ][0:.]+)?([t ]23:59(:59)?)?",
    re.IGNORECASE,
)


def says_nothing(text: str) -> bool:
    """Return whether a cell holds one of the ways in which systems write an empty one, such as NULL or 31/12/9999."""
    return _NOTHING.fullmatch(undecorated(text)) is not None


#: Errors that a spreadsheet shows in place of a value, as its file and its CSV have them; the reason, and advice.
#: #N/A is none: it is a look-up that found nothing.
SHEET_ERRORS = frozenset({"#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"})
SHEET_ERROR = ("is an error that the spreadsheet shows", "put its formula right, or empty the cell")


def read_code(text: str) -> str:
    """Read a code as the other system writes it: 1-32 letters, digits, and . _ / - (no spaces).

    One of them is a digit: "Jane.Smith" is spelled like a code and is a name.
    """
    if not _CODE.fullmatch(text) or not _DIGIT.search(text):
        if _SHORTENED.fullmatch(text):
            raise CellError("was shortened by a spreadsheet, which took the code for a number", _AS_TEXT)
        if _LONG_CODE.fullmatch(text):
            raise CellError("is a code longer than 32 characters", "export the system's shorter code for it")
        raise CellError("must be a code with a digit in it, not a name", "export the system's own code for it")
    if text[0].isalpha():
        return text
    if _NO_CODE.fullmatch(text):
        raise CellError("is no code of anybody", "export the system's own code for it, or leave the cell empty")
    if _MADE_A_DATE.fullmatch(text):
        raise CellError("is a date, perhaps because a spreadsheet took the code for one", _AS_TEXT)
    number = _WHOLE_NUMBER.fullmatch(text)
    return number[1] if number else text


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
    codes: dict[str, str | None] = {undecorated(name).casefold(): code for name, code in others.items()}
    codes |= dict.fromkeys(undecorated(name).casefold() for name in own)

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


class Codes(NamedTuple):
    """The codes of a cell that can be read, each once and in order; of the others, the first fault."""

    codes: tuple[str, ...]
    fault: CellError | None = None


def read_codes(text: str) -> Codes:
    """Read codes separated by semicolons; words for nothing are none. CellError where no code can be read."""
    found, faults = set(), []
    for part in (part.strip() for part in text.split(";")):
        if part and not says_nothing(part):
            try:
                found.add(read_code(part))
            except CellError as fault:
                faults.append(fault)
    if faults and not found:
        raise faults[0]
    return Codes(tuple(sorted(found)), next(iter(faults), None))


def choice(*words: str) -> CodedWords:
    """Return a reader of a few words that mean themselves."""
    return CodedWords({word: word for word in words})


_APART = re.compile(r"[\s_\-\u2010-\u2015]+")


def spelling(word: str) -> str:
    """Return a word for comparison: case, spaces, dashes and apostrophes do not matter."""
    return _APART.sub("_", word.casefold().replace("'", "").replace("\u2019", "")).strip("_")


class CodedWords:
    """Reader of the words of one coded column: ours, the partnership's own, then the usual synonyms.

    `meanings` are our words with the value of each. The partnership's `own` words are given with one of ours; "" means
    an empty cell. `names` is the same for every spelling that is known. What a synonym was read for is counted.
    """

    def __init__(
        self,
        meanings: Mapping[str, Any],
        own: Mapping[str, str] | None = None,
        synonyms: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self.meanings = meanings
        self._known = {spelling(word): meaning for word, meaning in meanings.items()}
        self._known |= {spelling(word): meanings.get(ours) for word, ours in (own or {}).items()}
        usual = ((spelling(word), ours) for ours, words in (synonyms or {}).items() for word in words)
        self._synonyms = {word: ours for word, ours in usual if word not in self._known}
        ours_and_own = {spelling(word): word for word in meanings} | {spelling(w): n for w, n in (own or {}).items()}
        self.names = self._synonyms | ours_and_own
        self._as_written: dict[str, list[Any]] = {}  # by a synonym as written: the meaning, and the number of cells

    def __call__(self, text: str) -> Any:
        found = self._known.get(text, self)
        if found is not self:
            return found
        if seen := self._as_written.get(text):
            seen[1] += 1
            return seen[0]
        word = spelling(text)
        if word in self._known:
            found = self._known[text] = self._known[word]  # a known word has few spellings
        elif word in self._synonyms:
            found = self.meanings[self._synonyms[word]]
            self._as_written[text] = [found, 1]
        else:
            raise CellError(
                "is not one of the words of this column",
                f"use one of: {', '.join(self.meanings)}; or say under words in the partnership file what it means",
            )
        return found

    def with_words(self, own: Mapping[str, str], synonyms: Mapping[str, tuple[str, ...]]) -> CodedWords:
        """Return a reader of the same words that knows the partnership's own and the usual ones, too."""
        return CodedWords(self.meanings, own, synonyms)

    def read_as(self) -> Iterator[tuple[str, str, int]]:
        """Yield each synonym that was met, as it is first written, with our word and the number of its cells."""
        cells: dict[str, int] = {}
        written: dict[str, str] = {}
        for text, (_, number) in self._as_written.items():
            word = spelling(text)
            cells[word] = cells.get(word, 0) + number
            written.setdefault(word, " ".join(text.split()))
        yield from ((written[word], self._synonyms[word], number) for word, number in cells.items())


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


_MONTH_NAMES = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_NAMED = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_NTH = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?,? )?"
#: The forms of a day, without regard to case; the first that fits.
_DAYS = [
    re.compile(_WEEKDAY + form + r"(?!\d)", re.ASCII | re.IGNORECASE)
    for form in (
        r"(?P<year>\d{4})(?P<sep>[-/.])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})",
        r"(?P<day>\d{1,2})(?P<sep>[-/.])(?P<month>\d{1,2})(?P=sep)(?P<year>\d{4}|\d{2})",
        rf"{_NTH}[ ./-]?{_NAMED},?[ ./-]?(?P<year>\d{{4}}|\d{{2}})",
        rf"{_NAMED}[ -]?{_NTH},?[ -](?P<year>\d{{4}})",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})",
    )
]
_TIME = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d{1,9})?)?)? ?"
    r"(?:(?P<half>[ap])\.?m\.?)? ?(?:h(?:ou)?rs?)? ?"
    r"(?P<zone>Z|UTC|GMT|BST|[+-]\d{2}(?::?\d{2})?)?",
    re.ASCII | re.IGNORECASE,
)
#: Radio logs write 0905.
_WITHOUT_COLON = re.compile(r"^(\d{2})(\d{2})(?!\d)", re.ASCII)
_AFTER_DAY = re.compile(r"T|,? at |, ?| - | ", re.IGNORECASE)
_USUAL_DAY = re.compile(r"\d{4}-\d\d-\d\d|\d\d/\d\d/\d{4}", re.ASCII)
_USUAL_TIME = re.compile(r"[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?", re.ASCII)
_MIDNIGHT = re.compile(r"(?:00?:00(?::00(?:[.,]0+)?)?|12:00(?::00)? ?am)", re.IGNORECASE)
#: The days since 30 December 1899, as spreadsheets count them: from 1927 to 2100.
_SERIAL = re.compile(r"([1-7]\d{4})(\.\d+)?", re.ASCII)
_FIRST_SERIAL = datetime(1899, 12, 30)  # noqa: DTZ001 - a wall time

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
    if number := _SERIAL.fullmatch(text):
        return _of_serial(number).date()
    day, rest = _split(text, "is not a date", FORMS)
    if rest and not _MIDNIGHT.fullmatch(rest):
        raise CellError("is not a date", FORMS)
    return day


def read_moment(text: str) -> Timestamp:
    """Read an instant, in UTC; for London times of the two clock-change nights see the module's first lines."""
    midnight, since = _midnight(text[:10]), _since_midnight(text[10:])
    if midnight and since is not None:  # nearly all of a million cells
        return Timestamp(midnight + since)
    if number := _SERIAL.fullmatch(text):
        wall = _of_serial(number)
        # A spreadsheet has the same number for a day and for its midnight.
        day_alone = wall.time() == time.min
        return Timestamp(day_start(wall.date()), date_only=True) if day_alone else _instant(wall, "")
    day, rest = _split(text, "is not a date and time", TIMED_FORMS)
    if not rest:
        return Timestamp(day_start(day), date_only=True)
    found = _TIME.fullmatch(_WITHOUT_COLON.sub(r"\1:\2", rest))
    if not found or not (found["minute"] or found["half"]):
        raise CellError("is not a date and time", TIMED_FORMS)
    hour, minute, second = int(found["hour"]), int(found["minute"] or 0), int(found["second"] or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise CellError("is not a time of day", "hours go from 00 to 23, minutes from 00 to 59")
    if half := (found["half"] or "").lower():
        hour = _of_24(hour, half)
    wall = datetime(day.year, day.month, day.day, hour, minute, second)  # noqa: DTZ001 - a wall time
    return _instant(wall, (found["zone"] or "").upper())


def _of_24(hour: int, half: str) -> int:
    """Return the hour of a day of 24; some programs write 18:30 PM and 00:30 AM."""
    if (half == "a" and hour > 12) or (half == "p" and hour == 0):
        raise CellError("is not a time of day", "it says am or pm, and the hour says otherwise")
    return hour % 12 + 12 * (half == "p") if hour <= 12 else hour


def _of_serial(number: re.Match[str]) -> datetime:
    """Return the wall time of a spreadsheet's number: whole days, and the fraction of a day to the second."""
    seconds = round(float(number[2] or 0) * 86400)
    wall = _FIRST_SERIAL + timedelta(days=int(number[1]), seconds=seconds)
    if wall.year > 2100:
        raise CellError(f"is in the year {wall.year}, read as a spreadsheet's number of days", TIMED_FORMS)
    return wall


def date_only(read: Callable[[str], Timestamp]) -> Callable[[str], Timestamp]:
    """Return the reader for a column that holds days and is exported with 00:00: midnight is no time of day."""

    def read_date(text: str) -> Timestamp:
        found = read(text)
        return found._replace(date_only=True) if found.at == day_start(local_day(found.at)) else found

    return read_date


@lru_cache(maxsize=20_000)
def _midnight(text: str) -> datetime | None:
    """Return 00:00 of a day written in ten characters; None if it is no day, or one on which the clocks change."""
    if not _USUAL_DAY.fullmatch(text):
        return None
    try:
        day = read_day(text)
    except CellError:
        return None
    return day_start(day) if _offset(day) is not None else None


@lru_cache(maxsize=3000)
def _since_midnight(text: str) -> timedelta | None:
    """Return the time after a day, such as ' 14:30'; None for any other text, also for a time with an offset."""
    found = _USUAL_TIME.fullmatch(text)
    if not found or int(found[1]) > 23 or int(found[2]) > 59 or int(found[3] or 0) > 59:
        return None
    return timedelta(hours=int(found[1]), minutes=int(found[2]), seconds=int(found[3] or 0))


@lru_cache(maxsize=20_000)
def _split(text: str, fault: str, advice: str) -> tuple[date, str]:
    """Return the day that a text begins with, and the time after it as it is written."""
    text = " ".join(text.split())
    found = next((match for form in _DAYS if (match := form.match(text))), None)
    if found is None:
        raise CellError(fault, advice)
    rest = text[found.end() :]
    after = _AFTER_DAY.match(rest)
    if rest and not (after and rest[after.end() :]):
        raise CellError(fault, advice)
    return _day(found.groupdict(), advice), rest[after.end() :] if after else ""


def whole_year(digits: str) -> int:
    """Return the year; one of two digits is from 1970 to 2069."""
    return int(digits) + (0 if len(digits) > 2 else 2000 if digits < "70" else 1900)


def _day(found: Mapping[str, str | None], advice: str) -> date:
    year, day = whole_year(found["year"] or ""), int(found["day"] or 0)
    name = found.get("name")
    month = _MONTH_NAMES.index(name[:3].lower()) + 1 if name else int(found["month"] or 0)
    if not 1901 <= year <= 2100:
        raise CellError(f"is in the year {found['year']}", advice)
    try:
        return date(year, month, day)
    except ValueError:
        raise CellError("is not a day of the calendar", advice) from None


def _instant(wall: datetime, zone: str) -> Timestamp:
    """Return the instant of a wall time with its offset, or in London where there is none."""
    if zone in {"Z", "UTC", "GMT"}:
        return Timestamp(wall.replace(tzinfo=UTC))
    if zone:
        hours, minutes = (1, 0) if zone == "BST" else (int(zone[1:3]), int(zone[3:].lstrip(":") or 0))
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


#: A day in three numbers of which the order of the first two has to be known.
IN_NUMBERS = re.compile(
    rf"{_WEEKDAY}(?P<first>\d{{1,2}})(?P<sep>[-/.])(?P<second>\d{{1,2}})(?P=sep)(?P<year>\d{{4}}|\d{{2}})(?!\d)",
    re.ASCII | re.IGNORECASE,
)
T = TypeVar("T")


def month_first(read: Callable[[str], T]) -> Callable[[str], T]:
    """Return the reader for a system that writes mm/dd/yyyy; ISO dates are read unchanged."""

    def swapped(text: str) -> T:
        found = IN_NUMBERS.match(text)
        return read(f"{found['second']}/{found['first']}/{found['year']}{text[found.end() :]}" if found else text)

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
