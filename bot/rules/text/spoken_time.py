"""Days and times as people write them ("mon 9am", "4/7 15:30", "half past three"), in London, seen from a moment.

An hour from 1 to 12 without am or pm may be before or after noon, unless it is written as on a 24-hour clock (15:30,
03:30, 1530): the readings on the step's side of now are kept, a single one is the moment, and of several it is asked.
A time that the clocks repeat has two readings as well, one that they skip has none. A part of a day ("this morning")
is no time. Days come before months, as in Britain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from bot.rules.catalogue import _
from bot.rules.partnership.partnership import Calendar
from bot.rules.time.clock import add_months, instants, local_day, say_day_near, say_near, to_london

AFTERNOON = time(14)
NIGHT_ENDS = 6
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ZONES = {"bst": timedelta(hours=1), "+01:00": timedelta(hours=1), "gmt": timedelta(), "+00:00": timedelta()}
_NUMBERS = {
    word: n
    for n, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), 1
    )
}
_MINUTES = {"five": 5, "ten": 10, "quarter": 15, "a quarter": 15, "twenty": 20, "half": 30} | {
    f"twenty{gap}five": 25 for gap in (" ", "-")
}
#: First and last hour of each part of a day. A night begins on its day and ends at six of the next.
_PARTS: Mapping[str, range] = {
    "morning": range(12),
    "am": range(12),
    "lunchtime": range(11, 15),
    "afternoon": range(12, 19),
    "pm": range(12, 24),
    "evening": range(16, 24),
    "night": range(18, 30),
}

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_TH = "(?:st|nd|rd|th)"
_COUNT = rf"(?:\d{{1,3}}|an?|{'|'.join(_NUMBERS)})"
_HOUR = rf"(?:\d{{1,2}}|{'|'.join(_NUMBERS)})"
_PART_WORDS = "|".join(_PARTS)
_PAST = "|".join(sorted(_MINUTES, key=len, reverse=True))

_DAY = re.compile(
    r"(?<![\w/.:#-])(?:"
    r"(?P<iso>\d{4}-\d{1,2}-\d{1,2})(?=t\d|(?![\w/.-]))"
    r"|(?:(?P<slash>\d{1,2}(?P<mark>[/.-])\d{1,2}(?P=mark)(?:\d\d)?\d\d|\d{1,2}/\d{1,2})(?![.-]\d)"
    rf"|(?P<dm>\d{{1,2}}{_TH}?(?:[ -]| of ){_MONTH}(?:(?:,? |-)20\d\d)?)"
    rf"|(?P<md>{_MONTH} \d{{1,2}}{_TH}?(?:,? 20\d\d)?)(?![:.]\d)"
    rf"|(?:on )?the (?P<only>\d{{1,2}}{_TH})"
    r"|(?P<near>today|tomorrow|yesterday)"
    rf"|(?P<ago>{_COUNT} (?:days?|weeks?) ago)"
    r"|(?:(?P<which>next|this|last|on) )?(?P<week>mon|tues?|wed(?:s|nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"
    rf"(?: (?:the )?(?P<number>\d{{1,2}}{_TH})(?! (?:of )?{_MONTH}))?"
    r"|(?P<work>next(?: working)?(?= morning| afternoon)|next working day))(?![\w/-]))",
    re.ASCII,
)
#: A weekday or a near day, and the date that says the same day.
_KINDS = {"near": "near", "ago": "near", "work": "near", "week": "week"}
_TIME = re.compile(
    r"(?<![\w:.+/#-])(?:"
    r"(?:12 )?(?P<name>noon|midday|midnight)"
    r"|t?(?P<hour>\d{1,2})(?P<sep>[:.h])(?P<minute>\d\d)"
    r"|(?P<four>(?:(?<=\bat )|(?!20))\d{4}|20\d\d(?= ?h(?:ou)?rs?\b))"
    rf"|(?P<past>{_PAST}|\d{{1,2}}(?: minutes?| mins?)?) past (?P<past_hour>{_HOUR})"
    rf"|(?P<to>{_PAST}|\d{{1,2}} (?:minutes?|mins?)) to (?P<to_hour>{_HOUR})"
    rf"|half (?P<half_hour>{_HOUR})"
    rf"|(?P<oclock>{_HOUR})(?= ?[ap]m\b| ?o'?clock\b|h(?:rs?)?\b| (?:in the |at )?(?:{_PART_WORDS})\b)"
    rf"|(?:(?<=\bat )|(?<=\buntil )|(?<=\btill )|(?<=\bby ))(?P<bare>{_HOUR})"
    r")(?: ?(?P<half>am|pm)\b)?(?: ?(?:h(?:ou)?rs?|h|o'?clock)\b)?(?: ?(?P<half2>am|pm)\b)?"
    r"(?: ?(?P<zone>bst|gmt|\+0[01]:00))?(?![\w/-])(?![.:]\w)",
    re.ASCII,
)
_PART = re.compile(rf"(?<!\w)(?:in the |at )?(?P<part>{_PART_WORDS})(?!\w)", re.ASCII)
_PLANNED = re.compile(rf"(?<!\w)for (?:{_DAY.pattern}|{_TIME.pattern})", re.ASCII)
#: Words after which a time is a limit.
_LIMITS = ("by", "until", "till", "before", "after", "since")
_UNIT = r"(?:h|hrs?|hours?|m|mins?|minutes?)"
_DISTANCE = re.compile(
    rf"(?<!\w)(?:(?:in|for) (?P<ahead>(?:half )?{_COUNT}) ?(?P<unit>{_UNIT})"
    rf"|(?P<ago>(?:half )?{_COUNT}) ?(?P<unit_ago>{_UNIT}) ago"
    r"|(?:just |right )?(?P<now>now))(?!\w)",
    re.ASCII,
)
#: Small words and marks between the parts of a moment that begins a text.
_FIRST = re.compile(r"(?:at|on|this)? |[,:] ?", re.ASCII)
_SAME = (
    (re.compile(r"(?<!\S)@ ?(?=\d)", re.ASCII), "at "),
    (re.compile(r"(?<!\w)([ap])\.m\b\.?", re.ASCII), r"\1m"),
    (re.compile(r"(?<!\w)(?:early|earlier|late|later) (?=today|tonight|this|last|in the)", re.ASCII), ""),
    (re.compile(r"(?<!\w)tonight(?!\w)", re.ASCII), "today night"),
    (re.compile(r"(?<!\w)last (?=night|evening)", re.ASCII), "yesterday "),
    (re.compile(rf"(?<!\w)this (?=(?:early |late )?(?:{_PART_WORDS})\b)", re.ASCII), "today "),
    (re.compile(r"(?<!\w)(?:early|late|mid)[ -]?(?=(?:morning|afternoon|evening)\b)", re.ASCII), ""),
)


class NotATime(ValueError):
    """The words name no day or time, or more than one; the text gives the reason and an example."""


class SeveralMoments(NotATime):
    """The words may mean several moments, and the text asks which; `rest` are the words left over."""

    def __init__(self, moments: Sequence[datetime], rest: tuple[str, ...], now: datetime) -> None:
        super().__init__(_which(moments, now))
        self.moments = tuple(moments)
        self.rest = rest


class SpokenTime(NamedTuple):
    """The moment found among the words, and the words left over. `day` alone: without a time of day.

    `note` says how an hour without am or pm was read.
    """

    at: datetime | None
    day: date | None
    rest: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class _NamedDay:
    """A day as it was named: its words by kind (date, weekday, near), which have to agree."""

    start: int
    end: int
    parts: Mapping[str, re.Match[str]]


@dataclass(frozen=True, slots=True)
class _SeenFrom:
    """The moment from which days are seen, and the side of it that is meant."""

    now: datetime
    calendar: Calendar
    ahead: bool

    @property
    def today(self) -> date:
        return local_day(self.now)

    def right(self, day: date, wall: time | None) -> bool:
        """Return True if a time of this day is on the side that is meant; without a time the day itself is."""
        if day != self.today or wall is None:
            return day >= self.today if self.ahead else day <= self.today
        return (wall > to_london(self.now).time()) == self.ahead


def hear(words: Sequence[str], now: datetime, calendar: Calendar, *, ahead: bool, opening: bool = False) -> SpokenTime:
    """Find one moment or day among the words. With `ahead`, a weekday or a date without its year is a coming one.

    With `opening`, a morning is the opening of the working day and an afternoon 14:00; otherwise neither is a time.
    SeveralMoments where more than one moment may be meant; NotATime where two are named, or none exists.
    """
    seen, text = _SeenFrom(now, calendar, ahead), _tidy(words)
    if not ahead and _PLANNED.search(text):
        raise NotATime(_('A time after "for" is to come: say booked with it, for example: booked tomorrow 10:00.'))
    text, distance = _cut(_DISTANCE, text, "time")
    text, days = _cut_days(text)
    if len(days) > 1:
        raise NotATime(_("You named more than one day. Name one."))
    text, clock = _cut(_TIME, text, "time", () if opening else _LIMITS if ahead else (*_LIMITS, "to", "from"))
    text, part = _cut(_PART, text, "time")
    named, rest = (days[0] if days else None), tuple(text.split())
    if distance:
        if named or clock or part:
            raise NotATime(_("Say how long, or until when, not both."))
        return SpokenTime(now + _span(distance, opening), None, rest)
    if clock:
        moments = _moments(clock, named, part["part"] if part else "", seen)
        at, note = _chosen(moments, rest, seen, alone=not (named or part))
        return SpokenTime(at, None, rest, note)
    if part and opening:
        return SpokenTime(_opening(part["part"], named, seen), None, rest)
    if named:
        return SpokenTime(None, _one(_days(named, None, seen)), rest)
    return SpokenTime(None, seen.today if part else None, rest)


def hear_days(words: Sequence[str], now: datetime, calendar: Calendar) -> tuple[list[date], tuple[str, ...]]:
    """Find every day among the words, in their order, each the next such day; and the words left over."""
    text, named = _cut_days(_tidy(words))
    found = list[date]()
    for each in named:
        seen_from = datetime.combine(found[-1], time(12), UTC) if found else now
        found.append(_one(_days(each, time.max, _SeenFrom(seen_from, calendar, ahead=True))))
        if not 2000 <= found[-1].year < 2200:  # the next day is seen from this one
            raise NotATime(_("That is too far away."))
    return found, tuple(text.split())


def written(moment: datetime) -> str:
    """Write a moment as it is typed: '2017-07-05 15:30', with BST or GMT in the hour that the clocks repeat."""
    local = to_london(moment)
    zone = f" {local:%Z}" if len(instants(local.replace(tzinfo=None))) > 1 else ""
    return f"{local:%Y-%m-%d %H:%M}{zone}"


def moment_last(text: str) -> str:
    """Return the text with a moment at its beginning put at its end: "today 3pm held", "at 10 called"."""
    low, at, end = text.casefold(), 0, 0
    while found := next(filter(None, (p.match(low, at) for p in (_FIRST, _DAY, _TIME, _PART))), None):
        at = found.end()
        end = at if found.re is not _FIRST else end
    return f"{text[end:].strip(' ,:')} {text[:end]}".strip() if end else text


def _tidy(words: Sequence[str]) -> str:
    """Return the words in one case and spelling, with single spaces."""
    text = " ".join(" ".join(words).casefold().replace("\u2019", "'").split())
    for pattern, same in _SAME:
        text = pattern.sub(same, text)
    return " ".join(text.split())


def _cut(
    pattern: re.Pattern[str], text: str, what: str, limits: Sequence[str] = ()
) -> tuple[str, re.Match[str] | None]:
    """Return the text without the one match, and the match. After a word of `limits` ("until 4pm") it is refused."""
    found = pattern.search(text)
    if found is None:
        return text, None
    if set(text[: found.start()].split()[-1:]) & set(limits):
        raise NotATime(_("That is a limit, not a moment: say at what time, like 16:15."))
    left = _without(text, found.start(), found.end())
    if pattern.search(left):
        raise NotATime(_("You named more than one {what}. Name one.", what=what))
    return left, found


def _cut_days(text: str) -> tuple[str, list[_NamedDay]]:
    """Return the text without its days, and the days. Beside one another, a weekday and its date are one day."""
    days = list[_NamedDay]()
    for match in _DAY.finditer(text):
        kind = _KINDS.get(match.lastgroup or "", "date") if not match["week"] else "week"
        last = days[-1] if days else None
        if last and kind not in last.parts and text[last.end : match.start()].strip(" ,") in ("", "the"):
            days[-1] = _NamedDay(last.start, match.end(), {**last.parts, kind: match})
        else:
            days.append(_NamedDay(match.start(), match.end(), {kind: match}))
    for each in reversed(days):
        text = _without(text, each.start, each.end)
    return text, days


def _without(text: str, start: int, end: int) -> str:
    return " ".join(f"{text[:start]} {text[end:]}".split())


def _opening(part: str, named: _NamedDay | None, seen: _SeenFrom) -> datetime:
    """Return the hour of a reminder for a part of a day: the opening of the working day, or 14:00."""
    wall = {"afternoon": AFTERNOON, "morning": seen.calendar.hours.end}.get(part)
    if wall is None:
        raise NotATime(_("At what time? Write the hour, like 18:30."))
    day = _one(_days(named, wall, seen)) if named else seen.today
    return _instants(day, wall, None)[0]


def _span(found: re.Match[str], opening: bool) -> timedelta:
    """Return a length of time: after now, or before it. Only a reminder waits "for" a time."""
    if found["now"]:
        return timedelta()
    if found[0].startswith("for") and not opening:
        raise NotATime(_("Say at what time, not for how long."))
    words, unit = found["ahead"] or found["ago"], found["unit"] or found["unit_ago"]
    n = _number(words.removeprefix("half ")) * (0.5 if words.startswith("half ") else 1)
    span = timedelta(hours=n) if unit.startswith("h") else timedelta(minutes=n)
    return span if found["ahead"] else -span


def _number(word: str) -> int:
    return 1 if word in ("a", "an") else _NUMBERS.get(word) or int(word)


# -- of the readings, the one that can be meant --


def _chosen(
    moments: Sequence[datetime], rest: tuple[str, ...], seen: _SeenFrom, *, alone: bool = False
) -> tuple[datetime, str]:
    """Return the only moment that can be meant, and a note on how it was read. SeveralMoments asks which.

    Of an hour of the night, said `alone`, without am or pm, the afternoon before may be meant: little is done at night.
    Where none is on the right side of now, the nearest is returned, and the caller says why it cannot be.
    """
    right = [m for m in moments if (m > seen.now) == seen.ahead]
    if len(right) > 1:
        raise SeveralMoments(right, rest, seen.now)
    if not right:
        return (max if seen.ahead else min)(moments), ""
    at = right[0]
    local = to_london(at)
    others = [f"{to_london(m):%H:%M}" for m in moments if to_london(m).time() != local.time()]
    if others and alone and not seen.ahead and local.hour < NIGHT_ENDS:
        afternoon = _instants(_plus(local.date(), -1), time(local.hour + 12, local.minute), None)
        raise SeveralMoments([*afternoon, at], rest, seen.now)
    return at, _(
        "I read the time as {local}, not {others}.", local=f"{local:%H:%M}", others=_(" or ").join(others)
    ) if others else ""


def _which(moments: Sequence[datetime], now: datetime) -> str:
    """Write the question: '03:30 or 15:30 on Wed 5 Jul?', 'the first (BST) or the second (GMT)?'."""
    walls = [to_london(m) for m in moments]
    if len({w.replace(tzinfo=None) for w in walls}) == 1:
        return f"{say_day_near(moments[0], now)} {walls[0]:%H:%M} comes twice: the first (BST) or the second (GMT)?"
    if len({w.date() for w in walls}) == 1 and len({w.time() for w in walls}) == len(walls):
        day = say_day_near(moments[0], now)
        return f"{' or '.join(f'{w:%H:%M}' for w in walls)} on {day}?"
    return f"{' or '.join(say_near(m, now) for m in moments)}?"


def _moments(clock: re.Match[str], named: _NamedDay | None, part: str, seen: _SeenFrom) -> list[datetime]:
    """Return the moments that a time may mean, each once, in their order. NotATime where none exists."""
    walls = _walls(clock)
    fitting = [w for w in walls if not part or {w.hour, w.hour + 24} & set(_PARTS[part])]
    if not fitting:
        raise NotATime(f"{walls[0]:%H:%M} is not in the {part}: leave one of the two out.")
    moments, fault = set[datetime](), NotATime(_("There is no such time."))
    for wall in fitting:
        for day in _days_of(wall, named, seen, either=len(walls) > 1):
            # Midnight is of the day before or after; a night ends on the next day.
            next_too = clock["name"] == "midnight" or (part == "night" and wall.hour < 6)
            for each in (day, _plus(day, 1)) if next_too else (day,):
                try:
                    moments.update(_instants(each, wall, clock["zone"]))
                except NotATime as none:
                    fault = none
    if not moments:
        raise fault
    return sorted(moments)


def _days_of(wall: time, named: _NamedDay | None, seen: _SeenFrom, *, either: bool) -> list[date]:
    """Return the days that may be meant with a time; without one it is today's.

    Of a coming hour before or after noon (`either`) tomorrow's is meant where today's is over.
    """
    if named:
        return _days(named, wall, seen)
    over = seen.ahead and either and not seen.right(seen.today, wall)
    return [_plus(seen.today, 1) if over else seen.today]


def _instants(day: date, wall: time, zone: str | None) -> tuple[datetime, ...]:
    """Return the instants of a London wall time. BST or GMT chooses one of two; NotATime where there is none."""
    try:
        found = instants(datetime.combine(day, wall))
    except OverflowError:
        raise NotATime(_("That is too far away.")) from None
    if not found:
        raise NotATime(f"{day:%d/%m/%Y} {wall:%H:%M} does not exist: the clocks went forward that night.")
    fitting = tuple(m for m in found if zone is None or to_london(m).utcoffset() == _ZONES[zone])
    if not fitting:
        raise NotATime(_("The clocks do not say {zone} on that day: leave it out.", zone=(zone or "").upper()))
    return fitting


def _walls(found: re.Match[str]) -> tuple[time, ...]:
    """Return the times of day that may be meant: two for an hour from 1 to 12 without am or pm."""
    if found["name"]:
        return (time(0 if found["name"] == "midnight" else 12),)
    hour, minute, exact = _digits(found)
    half = found["half"] or found["half2"]
    if half and not 1 <= hour <= 12:
        raise NotATime(_("With am or pm the hour is from 1 to 12; without, write 16:15."))
    if hour > 23 or minute > 59:
        raise NotATime(_("There is no such time of day. Write it like 16:15."))
    if found["to"]:
        # Of "ten to twelve pm" either noon or midnight may be meant.
        half = half if hour != 12 else None
        hour, minute, exact = (hour - 1) % 24 or (12 if hour == 1 else 0), (60 - minute) % 60, hour > 12
    if half:
        return (time(hour % 12 + (12 if half == "pm" else 0), minute),)
    if exact or not 1 <= hour <= 12:
        return (time(hour, minute),)
    return time(hour % 12, minute), time(hour % 12 + 12, minute)


def _digits(found: re.Match[str]) -> tuple[int, int, bool]:
    """Return the hour and the minutes as they were said; true where they are of a 24-hour clock."""
    if found["four"]:
        return int(found["four"][:2]), int(found["four"][2:]), True
    if spoken := found["past"] or found["to"]:
        minutes = spoken.split(" min")[0]
        return _number(found["past_hour"] or found["to_hour"]), _MINUTES.get(minutes) or int(minutes), False
    if found["half_hour"]:
        return _number(found["half_hour"]), 30, False
    digits = found["hour"] or found["oclock"] or found["bare"]
    return _number(digits), int(found["minute"] or 0), digits[0] == "0" or (found["sep"] == ":" and len(digits) == 2)


# -- days --


def _one(days: Sequence[date]) -> date:
    if len(days) > 1:
        raise NotATime(_("{days}? Write the date.", days=_(" or ").join(f"{d:%a} {d.day} {d:%b}" for d in days)))
    return days[0]


def _plus(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        raise NotATime(_("That is too far away.")) from None


def _days(named: _NamedDay, wall: time | None, seen: _SeenFrom) -> list[date]:
    """Return the days that may be meant. NotATime where a weekday, or a near day, contradicts its date."""
    kind = next(kind for kind in ("date", "near", "week") if kind in named.parts)
    days = _READ[kind](named.parts[kind], wall, seen)
    week, near = named.parts.get("week"), named.parts.get("near")
    if near and kind == "date" and (other := _near(near, wall, seen)[0]) != days[0]:
        raise NotATime(f"{near[0].capitalize()} is {_dated(other)}, not {_dated(days[0])}. Name one day.")
    if week and (kind != "week" or week["number"]):
        index = _WEEKDAYS.index(week["week"][:3])
        if kind == "week":
            days = [_numbered(week["number"], seen)]
        elif week["number"] and int(week["number"][:-2]) != days[0].day:
            raise NotATime(_("You named more than one day. Name one."))
        if days[0].weekday() != index:
            meant = date(2017, 1, 2 + index)  # a week that begins on a Monday
            raise NotATime(f"{_dated(days[0])} is a {days[0]:%A}, not a {meant:%A}. Say which is right.")
    return days


def _dated(day: date) -> str:
    return f"{day.day} {day:%b} {day.year}"


def _near(found: re.Match[str], wall: time | None, seen: _SeenFrom) -> list[date]:
    """Read a day that is so far from today."""
    if found["work"]:
        now, calendar = seen.now, seen.calendar
        return [local_day(calendar.next_moment(now)) if not calendar.speaks(now) else calendar.next_day(seen.today)]
    if found["ago"]:
        n, unit, _ = found["ago"].split()
        return [_plus(seen.today, -_number(n) * (7 if unit.startswith("week") else 1))]
    return [seen.today + timedelta(days={"today": 0, "tomorrow": 1, "yesterday": -1}[found["near"]])]


def _weekday(found: re.Match[str], wall: time | None, seen: _SeenFrom) -> list[date]:
    """Read a weekday: the nearest on the side that is meant. "last" and "next" may be of this week, or of another."""
    today, index = seen.today, _WEEKDAYS.index(found["week"][:3])
    here = today + timedelta(days=index - today.weekday())
    if found["which"] == "this":
        return [here]
    if found["which"] == "last":
        before = [here - timedelta(days=7)]
        return [*before, here] if here < today else before
    if found["which"] == "next":
        after = [here + timedelta(days=7)]
        return [here, *after] if here > today else after
    near = (here + timedelta(days=n) for n in ((0, 7) if seen.ahead else (0, -7)))
    return [next(day for day in near if seen.right(day, wall))]


def _date(found: re.Match[str], wall: time | None, seen: _SeenFrom) -> list[date]:
    """Read a date. Without a year it is the nearest that exists: up to eight years lie between two 29ths of February.

    NotATime for a day that the calendar does not have.
    """
    if found["only"]:
        return [_numbered(found["only"], seen)]
    try:
        if found["iso"]:
            return [date(*(int(n) for n in found["iso"].split("-")))]
        if found["slash"]:
            day, month, *years = (int(n) for n in re.split("[/.-]", found["slash"]))
        else:
            words = re.findall(r"\d+|[a-z]+", re.sub(rf"(?<=\d){_TH}|\bof\b", "", found["dm"] or found["md"]))
            month_name, *numbers = sorted(words, key=str.isdigit)
            month, (day, *years) = _MONTHS.index(month_name[:3]) + 1, (int(n) for n in numbers)
        if years:
            return [date(years[0] + (2000 if years[0] < 100 else 0), month, day)]
        return [_nearest(((seen.today.year + n * (1 if seen.ahead else -1), month, day) for n in range(9)), seen)]
    except ValueError:
        raise NotATime(_("There is no such day. Write it like 2017-07-06 or 6 Jul.")) from None


def _numbered(word: str, seen: _SeenFrom) -> date:
    """Return the nearest day of this number in a month: "the 3rd"."""
    first, step = seen.today.replace(day=1), 1 if seen.ahead else -1
    try:
        months = (add_months(first, n * step) for n in range(4))
        return _nearest(((m.year, m.month, int(word[:-2])) for m in months), seen)
    except ValueError:
        raise NotATime(_("There is no such day. Write it like 2017-07-06 or 6 Jul.")) from None


def _nearest(days: Iterator[tuple[int, int, int]], seen: _SeenFrom) -> date:
    """Return the first of these days that exists and is on the side that is meant; ValueError without one."""
    for year, month, day in days:
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if seen.right(found, None):
            return found
    raise ValueError("no such day")


_READ = {"date": _date, "near": _near, "week": _weekday}
