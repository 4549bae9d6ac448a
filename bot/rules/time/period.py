"""Periods as people type them, 2017-H1, 2016/17 or "last month", as whole local days with one name each (R5).

Words are first put into one spelling (`_plain`), then tried as each form below; a text that can be read in two ways
has two readings, and is asked. `year_begins` is the month in which the partnership's own year begins: it decides what
"Q2", "H1", "last half" and "year to date" mean. 2017-Q2 and 2017-H1 are always those of the calendar year.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from itertools import product
from typing import NamedTuple

from bot.rules.catalogue import _, date_words, n_
from bot.rules.model import Period
from bot.rules.time.clock import Span, add_months, last_units, local_day, months, this_unit, whole_months

FIRST_YEAR, LAST_YEAR = 1990, 2100
LONGEST_WORDS = 500  # characters: chat accepts far more, nobody types a longer period
LONGEST_PERIOD = 80  # characters of the longest period in one spelling
LONGEST_RUN = 12  # words of the longest period: "between the 1st of april 2017 and the 30th of june 2017"
EXAMPLES = "2017-H1, 2017-Q2, 2017-05, 2016/17, last month, last-6m, 2017-01-01..2017-06-30"
#: Words that may stand between the two periods of a comparison.
BETWEEN = frozenset({"v", "vs", "versus", "with", "against", "and", "to"})
#: The months in which these years begin, whatever the partnership's own year: calendar, financial, academic (1 Sep).
_YEARS = {"cy": 1, "fy": 4, "ay": 9}


class PeriodError(ValueError):
    """The words are not a period; the message gives the reason and examples.

    It never repeats the words: they may be a child's name typed in the wrong place.
    """


class SeveralReadings(PeriodError):
    """The words can be read as each of these periods; `at` and `used` are their place among the words of a question."""

    def __init__(self, readings: Sequence[Period], at: int = 0, used: int = 0) -> None:
        listed = [f"{r.label}{_months_named(r)}" for r in readings]
        ways = {2: "two", 3: "three"}.get(len(readings), "several")
        super().__init__(
            _(
                "That period can be read in {ways} ways: {listed} or {listed2}.",
                ways=ways,
                listed=", ".join(listed[:-1]),
                listed2=listed[-1],
            )
        )
        self.readings, self.at, self.used = tuple(readings), at, used


def _months_named(period: Period) -> str:
    """Return the days after a label that does not say them itself."""
    first, last = period.first, period.last
    return (
        _(
            " ({day} {first} to {day2} {last})",
            day=first.day,
            first=date_words(first, "%b %Y"),
            day2=last.day,
            last=date_words(last, "%b %Y"),
        )
        if whole_months(first, last)
        else ""
    )


def parse_period(words: str, now: datetime, year_begins: int = 1) -> Period:
    """Parse the words as a period, seen from `now`; PeriodError where they name none, SeveralReadings where several.

    "this ..." is the whole month, quarter, half or year that `now` is in, "last ..." always complete ones: "last-6m"
    the six calendar months before this one, "last 90 days" the ninety days to yesterday. A month, quarter or half
    without a year is the last one that is over, a day without a year the last one that is over, or today.
    """
    if len(words) > LONGEST_WORDS:
        raise PeriodError(_("That is too long for a period. Write for example {examples}.", examples=EXAMPLES))
    text = _plain(words)
    try:
        found = _read(text, _Seen(local_day(now), year_begins), *_FORMS) if len(text) <= LONGEST_PERIOD else []
    except ValueError:
        raise PeriodError(
            _("The calendar has no such date. Write for example {examples}.", examples=EXAMPLES)
        ) from None
    readings, fault = (
        list[Period](),
        PeriodError(_("I do not know that period. Write for example {examples}.", examples=EXAMPLES)),
    )
    for span in dict.fromkeys(found):
        try:
            readings.append(period_of(span.first, span.last))
        except PeriodError as wrong:
            fault = wrong
    if not readings:
        raise fault
    if len(readings) > 1:
        raise SeveralReadings(readings)
    return readings[0]


# -- one spelling --

_MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_SAME = {
    **{word: str(number) for number, word in enumerate(_NUMBERS, 1)},
    **{word: f"{number}th" for number, word in enumerate(("first", "second", "third", "fourth"), 1)},
    **dict.fromkeys(("the", "of", "month of"), ""),
    **dict.fromkeys(("until", "till", "through"), "to"),
    **dict.fromkeys(("previous", "prior"), "last"),
    **dict.fromkeys(("current",), "this"),
    **dict.fromkeys(("days",), "day"),
    **dict.fromkeys(("weeks", "wk", "wks"), "week"),
    **dict.fromkeys(("fortnights",), "fortnight"),
    **dict.fromkeys(("months", "mth", "mths"), "month"),
    **dict.fromkeys(("quarters", "qtr", "qtrs"), "quarter"),
    **dict.fromkeys(("halves", "half-year", "half-years", "half year", "half years"), "half"),
    **dict.fromkeys(("years", "yr", "yrs"), "year"),
    **{
        f"{kind}{gap}{year}": short
        for short, kinds in {
            "fy": ("financial", "fin", "fiscal"),
            "ay": ("academic", "school"),
            "cy": ("calendar",),
        }.items()
        for kind in kinds
        for year in ("year", "years", "yr", "yrs")
        for gap in (" ", "-")
    },
    "f/y": "fy",
    **dict.fromkeys(("wc", "w/b", "week commencing", "week beginning", "week starting"), "w/c"),
    **dict.fromkeys(("week ending", "week ended"), "w/e"),
    **dict.fromkeys(("ended", "end"), "ending"),
    **{
        f"{short}td": f"{unit} to date"
        for short, unit in (("y", "year"), ("q", "quarter"), ("m", "month"), ("fy", "fy"))
    },
    **dict.fromkeys(("so far", "to now", "to today", "onward", "onwards"), "to date"),
}
_SPELLINGS = re.compile(
    rf"(?<![a-z0-9/])(?:{'|'.join(re.escape(word) for word in sorted(_SAME, key=len, reverse=True))})(?![a-z0-9/])"
)


def _plain(words: str) -> str:
    """Return the words in small letters and one spelling: "The First Half of 2016–17" is "1th half 2016-17"."""
    text = re.sub("[\u2010-\u2015\u2212]", "-", words.casefold())
    text = re.sub("['\u2018\u2019]", "", text.replace(",", " ").replace(";", " "))
    text = _SPELLINGS.sub(lambda found: _SAME[found[0]], " ".join(text.split()))
    text = re.sub(r"(?<=[0-9])(?:st|nd|rd)\b", "th", text)
    return " ".join(text.replace("..", " .. ").split())


# -- days and months --


class _Seen(NamedTuple):
    """The day from which words are read, and the month in which the partnership's year begins."""

    today: date
    year_begins: int


class _Point(NamedTuple):
    """A day, or a month where `day` is None; without a year `year` is None."""

    year: int | None
    month: int
    day: int | None = None

    def of(self, year: int) -> Span:
        if self.day is None:
            return months(year, self.month, 1)
        return Span(day := date(year, self.month, self.day), day)

    def last(self, until: date) -> Span:
        """Return these days of their own year, or the last such ones that end on the day `until` or before."""
        if self.year is not None:
            return self.of(self.year)
        for year in range(until.year, until.year - 9, -1):  # 29 February may be eight years ago
            try:
                if (span := self.of(year)).last <= until:
                    return span
            except ValueError:
                continue
        raise ValueError("no such day")

    def over(self, today: date) -> Span:
        return self.last(today if self.day else today - timedelta(days=1))

    def begun(self, today: date) -> Span:
        """Return these days, or the last such ones that have begun."""
        return self.over(today) if self.year or self.day else _Point(None, self.month).last(_month_end(today))


def _month_end(day: date) -> date:
    return add_months(day.replace(day=1), 1) - timedelta(days=1)


def _year(text: str) -> int:
    """Return a year of four digits, or of two: 90 to 99 are those of the last century."""
    return int(text) if len(text) == 4 else int(text) + (1900 if int(text) >= 90 else 2000)


def _month_number(text: str) -> int | None:
    if text.isdigit():
        return int(text)
    return next((n for n, name in enumerate(_MONTH_NAMES, 1) if name.startswith(text)), None)


_GAP = "[ -]{0,3}"
_Y4, _Y = "(?P<y>[0-9]{4})", "(?P<y>[0-9]{4}|[0-9]{2})"
_D, _TH = "(?P<d>[0-9]{1,2})", "(?:th)?"
_MM, _MON = "(?P<m>[0-9]{1,2})", "(?P<m>[a-z]{3,9})"
_WEEKDAY = "(?:(?P<weekday>mon|tue|tues|wed|wednes|thu|thurs|fri|sat|satur|sun)(?:day)? )?"
_POINTS = tuple(
    re.compile(form)
    for form in (
        *(f"{_Y4}{between}{_MM}{between}{_D}" for between in "-/"),
        *(f"{_D}{between}{_MM}{between}{_Y}" for between in ("/", r"\.", "-")),
        f"{_WEEKDAY}{_D}{_TH}{_GAP}{_MON}(?:{_GAP}{_Y})?",
        f"{_MON} {_D}th(?: {_Y4})?",
        f"{_MON} {_D} {_Y4}",
        f"{_MON} (?P<d>[0-9])",
        f"{_D}/{_MM}",
        f"{_Y4}-{_MM}",
        f"{_MM}[/.-]{_Y4}",
        "(?P<m>[0-9]{1,2})/(?P<y>[0-9]{2})",
        f"{_MON}(?:{_GAP}{_Y})?",
        f"{_Y4}{_GAP}{_MON}",
    )
)


def _points(text: str, today: date) -> list[_Point]:
    """Return every reading of the text as a day or a month. ValueError where each is one the calendar does not have."""
    points, wrong = list[_Point](), False
    text = re.sub(" (this|last) year$", lambda found: f" {today.year - (found[1] == 'last')}", text)
    for pattern in _POINTS:
        found = pattern.fullmatch(text)
        if found is None or (month := _month_number(found["m"])) is None:
            continue
        named = found.groupdict()
        year, day = named.get("y"), named.get("d")
        point = _Point(_year(year) if year else None, month, int(day) if day else None)
        if year and len(year) == 2 and not day and not found["m"].isdigit():
            # "jun 17" is June 2017; "may 31" may be a day too, because no month of 2031 has begun.
            as_day = _Point(None, month, int(year))
            points += [as_day] if point.of(_year(year)).first > today and _exists(as_day) else []
        weekday = (named.get("weekday") or "")[:3]
        if _exists(point) and f"{point.over(today).first:%a}".casefold().startswith(weekday):
            points.append(point)
        else:
            wrong = True
    if wrong and not points:
        raise ValueError("no such day")
    return points


def _exists(point: _Point) -> bool:
    try:
        point.of(2000 if point.year is None else point.year)
    except ValueError:
        return False
    return True


def _days_and_months(text: str, seen: _Seen) -> list[Span]:
    return [point.over(seen.today) for point in _points(text, seen.today)]


def _ranges(text: str, seen: _Seen) -> list[Span]:
    """Read two days or months with "..", "to", "and" or a dash between; "jan-jun 2017" lends its year to "jan"."""
    betweens = [" and ", " to "] if text.startswith("between ") else [" .. ", " to ", " - ", "-"]
    text = text.removeprefix("from ").removeprefix("between ")
    for between in betweens:
        left, found, right = (part.strip() for part in text.partition(between))
        if found and (spans := _range(left, right, seen)):
            return spans
    return []


def _range(left: str, right: str, seen: _Seen) -> list[Span]:
    today = seen.today
    if right in ("today", "yesterday"):
        end = today - timedelta(days=right == "yesterday")
        return [Span(point.begun(today).first, end) for point in _points(left, today)]
    ends = _points(right, today)
    if re.fullmatch("[0-9]{1,2}(?:th)?", left):  # "1 to 17 june" lends its month
        begins = [_Point(end.year, end.month, int(left.removesuffix("th"))) for end in ends if end.day]
    else:
        begins = _points(left, today) if ends else []
    pairs = list(product(begins, ends))
    of_a_kind = [(begin, end) for begin, end in pairs if (begin.day is None) == (end.day is None)]
    return [_from_to(begin, end, today) for begin, end in of_a_kind or pairs]


def _from_to(begin: _Point, end: _Point, today: date) -> Span:
    """Return the days between. A year at the end is lent to the begin; one at the begin leads to the end after it."""
    if begin.year is not None and end.year is None:
        first, last = begin.of(begin.year).first, end.of(begin.year).last
        return Span(first, last if last >= first else end.of(begin.year + 1).last)
    last = end.over(today).last
    if begin.year is None and end.year is not None:
        return Span(begin.of(end.year).first, last)
    return Span(begin.last(last if begin.day else _month_end(last)).first, last)


# -- years, halves and quarters --

_TWELVE = "(?P<one>[0-9]{4}|[0-9]{2})(?P<between>[/-])(?P<two>[0-9]{4}|[0-9]{2})"
_PART = "(?:(?P<u>[hq])(?P<n>[1-4])|(?P<u2>half|quarter) (?P<n2>[1-4])|(?P<n3>[1-4])th (?P<u3>half|quarter))"
_PARTS = tuple(
    re.compile(form) for form in (f"{_PART}{_GAP}(?P<of>.+)", f"(?P<of>.*?[0-9y]){_GAP}{_PART}", f"{_PART}(?P<of>)")
)


def _starts(text: str, seen: _Seen) -> list[date]:
    """Return the first day of each year of twelve months that the text may name."""
    if relative := re.fullmatch("(this|last) (year|[fac]y)", text):
        span = this_unit("y", seen.today, _YEARS.get(relative[2], seen.year_begins))
        return [span.first if relative[1] == "this" else add_months(span.first, -12)]
    text = re.sub("^year (?=[0-9])", "", text)
    named = re.fullmatch("(?P<kind>[fac]y) ?(?P<years>[0-9/-]+)|(?P<years2>[0-9/-]+) (?P<kind2>[fac]y)", text)
    kind, years = (named["kind"] or named["kind2"], named["years"] or named["years2"]) if named else ("", text)
    if re.fullmatch("[0-9]{4}", years):
        # "financial year 2017" begins or ends in 2017.
        backs = (0,) if kind in ("", "cy") else (1, 0)
        return [date(int(years) - back, _YEARS[kind or "cy"], 1) for back in backs]
    if re.fullmatch("[0-9]{2}", years) and kind == "fy":  # FY17 ends in 2017
        return [date(_year(years) - 1, _YEARS["fy"], 1)]
    found = re.fullmatch(_TWELVE, years)
    if found is None or kind == "cy" or not _follows(found["one"], found["two"]):
        return []
    if not kind and found["between"] == "-" and len(found["one"]) == 2:  # 16-17 may be ages, or days
        return []
    return [date(_year(found["one"]), _YEARS[kind or "fy"], 1)]


def _follows(one: str, two: str) -> bool:
    """Return True for 2016 and 17, 2016 and 2017, 16 and 17."""
    return str(_year(one) + 1).endswith(two)


def _years(text: str, seen: _Seen) -> list[Span]:
    spans = [months(first.year, first.month, 12) for first in _starts(text, seen)]
    if both := re.fullmatch("([0-9]{4})-([0-9]{4})", text):  # 2016-2017 is two calendar years, or a financial one
        spans += [Span(date(int(both[1]), 1, 1), date(int(both[2]), 12, 31))] if spans else []
    return spans


def _halves_and_quarters(text: str, seen: _Seen) -> list[Span]:
    for pattern in _PARTS:
        found = pattern.fullmatch(text)
        if found is None:
            continue
        unit = next(filter(None, (found["u"], found["u2"], found["u3"])))[0]
        number = int(next(filter(None, (found["n"], found["n2"], found["n3"]))))
        size = 6 if unit == "h" else 3
        if number * size > 12:
            continue
        if found["of"]:
            starts = _starts(found["of"], seen)
        else:  # the last one that is over
            first = this_unit("y", seen.today, seen.year_begins).first
            over = add_months(first, number * size) <= seen.today
            starts = [first if over else add_months(first, -12)]
        if starts:
            begins = [add_months(first, (number - 1) * size) for first in starts]
            return [months(first.year, first.month, size) for first in begins]
    return []


# -- seen from today --

_UNIT = "(?P<unit>d|day|w|week|fortnight|m|month|q|quarter|half|y|year|[fac]y)"
_RELATIVE = re.compile(f"(?P<which>this|last|past|rolling)[ -]{{1,3}}(?:(?P<n>[0-9]{{1,4}}){_GAP})?{_UNIT}")
_MONTHS_OF = {"m": 1, "q": 3, "h": 6, "y": 12}


def _relative(text: str, seen: _Seen) -> list[Span]:
    """Read the unit that today is in ("this ..."), complete units before it ("last ..."), or days to yesterday."""
    found = _RELATIVE.fullmatch({"today": "this day", "yesterday": "last day"}.get(text, text))
    if not found:
        return []
    which, count, word, today = found["which"], int(found["n"] or 1), found["unit"], seen.today
    begins = _YEARS.get(word, seen.year_begins)
    unit = "y" if word in _YEARS else word[0]
    if word == "fortnight":
        unit, count = "w", 2 * count
    # Where the partnership's own year is not the calendar's, "year" may mean either.
    years = (begins, 1) if word in ("y", "year") else (begins,)
    if which == "this":
        return [] if found["n"] or word == "fortnight" else [this_unit(unit, today, year) for year in years]
    yesterday = today - timedelta(days=1)
    if which == "rolling" and unit in _MONTHS_OF and word not in _YEARS:
        return [last_units("m", count * _MONTHS_OF[unit], today)]
    if which == "past" and unit in ("d", "w"):
        return [last_units("d", count * (7 if unit == "w" else 1), today)]
    if which == "past":
        return [Span(_months_before(today, count * _MONTHS_OF[unit]), yesterday)] if word not in _YEARS else []
    if word == "fortnight":  # two whole weeks, or fourteen days
        return [last_units("w", count, today), last_units("d", 7 * count, today)]
    return [last_units(unit, count, today, year) for year in years]


_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _weekday(text: str, seen: _Seen) -> list[Span]:
    """Read "monday" as the last one that is over, or today."""
    if text not in _WEEKDAYS:
        return []
    day = seen.today - timedelta(days=(seen.today.weekday() - _WEEKDAYS.index(text)) % 7)
    return [Span(day, day)]


def _months_before(day: date, count: int) -> date:
    """Return the same day of the month `count` months before, or the last day of that month."""
    end = _month_end(add_months(day.replace(day=1), -count))
    return end.replace(day=min(day.day, end.day))


_SINCE = re.compile(
    "since (?P<since>.+?)(?: to date)?|(?:from )?(?P<to_date>.+) to date|from (?P<on>.+) on|to date (?P<so_far>.+)"
)


def _to_today(text: str, seen: _Seen) -> list[Span]:
    """Read "since ...", "... to date" and "from ... onwards", to today. "from ..." alone may be that, or those days."""
    found = _SINCE.fullmatch(text)
    if found:
        begin = next(filter(None, found.groups()))
        if begin == "year":  # the partnership's own, the financial or the calendar year
            return [Span(_starts(f"this {year}", seen)[0], seen.today) for year in ("year", "fy", "cy")]
        begin = f"this {begin}" if re.fullmatch(_UNIT, begin) else begin
        return [Span(span.first, seen.today) for span in _read(begin, seen, _begun, *_NAMED, _relative, _weekday)]
    alone = text.removeprefix("from ")
    if alone == text:
        return []
    if whole := _relative(alone, seen):
        return whole
    begins = _read(alone, seen, _begun, *_NAMED, _weekday)
    closed = _read(alone, seen, _days_and_months, *_NAMED, _weekday)
    return [*closed, *(Span(span.first, seen.today) for span in begins)]


def _begun(text: str, seen: _Seen) -> list[Span]:
    return [point.begun(seen.today) for point in _points(text, seen.today)]


_ENDING = re.compile("(?:(?P<n>[0-9]{1,2}) )?(?P<unit>month|quarter|half|year|[fa]y) (?:ending|to) (?P<end>.+)")


def _ending(text: str, seen: _Seen) -> list[Span]:
    """Read "year ending march 2017", "quarter to june" and "12 months to 31 march 2017"."""
    found = _ENDING.fullmatch(text)
    if not found:
        return []
    count = int(found["n"] or 1) * _MONTHS_OF.get(found["unit"][0], 12)
    spans = [point.over(seen.today) for point in _points(found["end"], seen.today)]
    return [Span(_months_before(span.last + timedelta(days=1), count), span.last) for span in spans]


_ISO_WEEK = tuple(
    re.compile(form) for form in (f"{_Y4}{_GAP}w(?P<w>[0-9]{{1,2}})", f"w(?:eek )?(?P<w>[0-9]{{1,2}}){_GAP}{_Y4}")
)


def _weeks(text: str, seen: _Seen) -> list[Span]:
    """Read "w/c 26 june", "w/e 2 july" and weeks by number, 2017-W26. Without a year it is the last that has begun."""
    week, six = timedelta(weeks=1), timedelta(days=6)
    for pattern in _ISO_WEEK:
        if found := pattern.fullmatch(text):
            monday = date.fromisocalendar(int(found["y"]), int(found["w"]), 1)
            return [Span(monday, monday + six)]
    if text.startswith("w/c "):
        points = [p for p in _points(text[4:], seen.today) if p.day]
        return [Span(day := p.over(seen.today).first, day + six) for p in points]
    if text.startswith("w/e "):
        points = [p for p in _points(text[4:], seen.today) if p.day]
        return [Span((day := p.over(seen.today + six).last) - week + timedelta(days=1), day) for p in points]
    return []


Form = Callable[[str, _Seen], list[Span]]
#: Forms with a name of their own, as against those seen from today.
_NAMED: tuple[Form, ...] = (_years, _halves_and_quarters)
_FORMS: tuple[Form, ...] = (_days_and_months, *_NAMED, _relative, _weekday, _to_today, _ending, _weeks, _ranges)


def _read(text: str, seen: _Seen, *forms: Form) -> list[Span]:
    """Return every reading of the text in these forms. ValueError where it has none, and the calendar lacks one."""
    spans, wrong = list[Span](), None
    for form in forms:
        try:
            spans += form(text, seen)
        except (ValueError, OverflowError) as fault:
            wrong = fault
    if wrong and not spans:
        raise ValueError("no such day") from wrong
    return spans


# -- one label for the same days --


def period_of(first: date, last: date) -> Period:
    """Return the days first..last with their one label, so that two ways of asking give equal periods."""
    if last < first:
        raise PeriodError(_("The period {first} to {last} ends before it begins.", first=first, last=last))
    if first.year < FIRST_YEAR or last.year > LAST_YEAR:
        raise PeriodError(
            _("Periods lie between {first_year} and {last_year}.", first_year=FIRST_YEAR, last_year=LAST_YEAR)
        )
    count = whole_months(first, last)
    if count == 12 and first.month == _YEARS["fy"]:
        label = f"{first.year}/{last:%y}"
    elif count == 1 and first.month == (first.year + 1) % 100:  # 2011-12 may be a financial year too
        label = f"{first:%b %Y}"
    elif count in (1, 3, 6, 12) and (first.month - 1) % count == 0:  # a month, quarter, half-year or year
        part = (first.month - 1) // count + 1
        label = {1: f"{first:%Y-%m}", 3: f"{first:%Y}-Q{part}", 6: f"{first:%Y}-H{part}", 12: f"{first:%Y}"}[count]
    elif count:
        begins = f"{first:%b}" if first.year == last.year else f"{first:%b %Y}"
        label = f"{begins}-{last:%b %Y}"
    else:
        label = first.isoformat() if first == last else f"{first}..{last}"
    return Period(label, first, last)


def in_words(period: Period) -> str:
    """Write 'January to June 2017', 'July 2017', '2017', '5 July 2017' or '22 December 2016 to 10 January 2017'."""
    first, last = period.first, period.last
    count = whole_months(first, last)
    if count == 12 and first.month == 1:
        return f"{first.year}"
    if count == 1 or first == last:
        return date_words(first, "%B %Y") if count else f"{first.day} {date_words(first, '%B %Y')}"
    if count:
        return _(
            "{first}{year} to {last}",
            first=date_words(first, "%B"),
            year=f" {first.year}" if first.year != last.year else "",
            last=date_words(last, "%B %Y"),
        )
    year = f" {first.year}" if first.year != last.year else ""
    month = f" {date_words(first, '%B')}{year}" if (first.year, first.month) != (last.year, last.month) else ""
    return _("{day}{month} to {day2} {last}", day=first.day, month=month, day2=last.day, last=date_words(last, "%B %Y"))


def one_before(period: Period) -> str:
    """Name the period just before this one: 'the half-year before', 'the 10 days before'."""
    count = whole_months(period.first, period.last)
    named = {1: _("month"), 3: _("quarter"), 6: _("half-year"), 12: _("year")}.get(count)
    days = n_("day", "{n} days", period.days)
    return _("the {named} before", named=named or (_("{count} months", count=count) if count else days))


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


def half_year_of(day: date, year_begins: int = 1) -> Period:
    """Return the half-year a day is in, of a year that begins in the month `year_begins`."""
    return period_of(*this_unit("h", day, year_begins))


def find_periods(tokens: Sequence[str], now: datetime, year_begins: int = 1) -> tuple[list[Period], list[str]]:
    """Find every period in the order written, and the words left over; "v" or "with" between two is dropped.

    "to" between days or months makes one period of both; between halves it separates two. SeveralReadings where one
    can be read in two ways; so can "june" in "june and july 2016", where the year may be meant for both.
    """
    periods: list[Period] = []
    rest: list[str] = []
    before: tuple[int, int] | None = None  # the period just before, with a word of comparison between or none
    at = 0
    while at < len(tokens):
        period, used = longest_period(tokens, at, now, year_begins)
        if period is None:
            rest.append(tokens[at])
            # One word of comparison is dropped, where it turns out to stand between two periods.
            between = tokens[at].casefold().rstrip(".") in BETWEEN
            before = before if before and between and sum(before) == at else None
            at += 1
            continue
        if before:
            begin, length = before
            if begin + length < at:
                rest.pop()
            lent = (*tokens[begin : begin + length], tokens[at + used - 1])
            readings = {_or_none(" ".join(lent), now, year_begins), periods[-1]} - {None}
            if len(readings) > 1:
                raise SeveralReadings(sorted(filter(None, readings), key=lambda p: p.first), begin, length)
        periods.append(period)
        before = at, used
        at += used
    return periods, rest


def longest_period(tokens: Sequence[str], at: int, now: datetime, year_begins: int) -> tuple[Period | None, int]:
    """Return the longest period that begins with this word, and the number of its words."""
    for used in range(min(LONGEST_RUN, len(tokens) - at), 0, -1):
        run = tokens[at : at + used]
        follows = tokens[at + used : at + used + 1]
        if run[-1].casefold() in ("the", "of"):
            continue
        if used > 2 and _DAYS_OF_TWO.fullmatch(" ".join((*run, *follows)).casefold()):
            continue  # "1 june 10 june" is two days
        try:
            return parse_period(" ".join(run), now, year_begins), used
        except SeveralReadings as several:
            raise SeveralReadings(several.readings, at, used) from None
        except PeriodError:
            continue
    return None, 0


_DAYS_OF_TWO = re.compile(
    f"[0-9]{{1,2}}(?:st|nd|rd|th)? [a-z]{{3,9}} [0-9]{{1,2}} (?:{'|'.join(name[:3] for name in _MONTH_NAMES)})[a-z]*"
)


def _or_none(words: str, now: datetime, year_begins: int) -> Period | None:
    try:
        return parse_period(words, now, year_begins)
    except PeriodError:
        return None
