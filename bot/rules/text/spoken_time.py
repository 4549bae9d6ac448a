"""Days and times as people say them ("mon 9am", "tomorrow 10:00", "24 dec"), in London, seen from a moment.

Nothing is guessed: a time of day without a day is today's, and a time that the clocks skip or repeat is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from bot.rules.partnership.working_hours import Calendar
from bot.rules.time.clock import LocalTimeError, from_london, local_day, to_london

AFTERNOON = time(14)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ZONES = {"bst": timedelta(hours=1), "+01:00": timedelta(hours=1), "gmt": timedelta(), "+00:00": timedelta()}

_DAY = re.compile(
    r"(?<![\w/.-])(?:"
    r"(?P<iso>\d{4}-\d{1,2}-\d{1,2})(?=t\d|(?![\w/.-]))"
    r"|(?:(?P<slash>\d{1,2}/\d{1,2}/\d{4})"
    rf"|(?P<dm>\d{{1,2}}(?:st|nd|rd|th)? (?:{'|'.join(_MONTHS)})[a-z]*(?: \d{{4}})?)"
    r"|(?P<near>today|tomorrow|yesterday)"
    r"|(?:(?:next|this|last|on) )?(?P<week>mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"
    r"|(?P<work>next(?: working)?(?= morning| afternoon)|next working day)"
    r"|(?P<this>this)(?= morning| afternoon))(?![\w/-]))",
    re.ASCII,
)
_TIME = re.compile(
    r"(?<![\w:.+-])(?:"
    r"t?(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?: ?(?P<half>am|pm))?"
    r"|(?P<oclock>\d{1,2}) ?(?P<half2>am|pm)"
    r"|(?P<part>noon|midday|morning|afternoon)"
    r")(?: ?(?P<zone>bst|gmt|\+0[01]:00))?(?![\w:])",
    re.ASCII,
)
_IN = re.compile(r"(?<!\w)in (?P<n>\d{1,3}) ?(?P<unit>h|hours?|mins?|minutes?)(?!\w)", re.ASCII)


class NotATime(ValueError):
    """What was said is no day or time, or not just one; the text says why, and what would be."""


class SpokenTime(NamedTuple):
    """What was found among the words, and those that were left over. `day` alone: no time of day was said."""

    at: datetime | None
    day: date | None
    rest: tuple[str, ...]


def hear(words: Sequence[str], now: datetime, calendar: Calendar, *, ahead: bool) -> SpokenTime:
    """One moment or day among the words. `ahead`: a weekday or a date without its year is one to come, else one gone.

    NotATime where two are named, or what is named does not exist or comes twice.
    """
    text = " ".join(" ".join(words).casefold().split())
    text, distance = _cut(_IN, text, "time")
    text, day_words = _cut(_DAY, text, "day")
    text, time_words = _cut(_TIME, text, "time")
    rest = tuple(text.split())
    if distance:
        if day_words or time_words:
            raise NotATime("Say how long, or until when, not both.")
        return SpokenTime(_in(distance, now), None, rest)
    if time_words is None:
        day = _day(day_words, None, now, calendar, ahead) if day_words else None
        return SpokenTime(None, day, rest)
    return SpokenTime(_moment(day_words, time_words, now, calendar, ahead), None, rest)


def hear_days(words: Sequence[str], now: datetime, calendar: Calendar) -> tuple[list[date], tuple[str, ...]]:
    """Every day among the words, in the order in which they stand, each the next such day; and the words left over."""
    text, found = " ".join(" ".join(words).casefold().split()), list[date]()
    while match := _DAY.search(text):
        after = found[-1] if found else local_day(now)
        found.append(_day(match, time.max, _noon(after) if found else now, calendar, ahead=True))
        text = _without(text, match)
    return found, tuple(text.split())


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def _cut(pattern: re.Pattern[str], text: str, what: str) -> tuple[str, re.Match[str] | None]:
    """The text without the one match, and the match."""
    found = pattern.search(text)
    if found is None:
        return text, None
    left = _without(text, found)
    if pattern.search(left):
        raise NotATime(f"You named more than one {what}. Name one.")
    return left, found


def _without(text: str, found: re.Match[str]) -> str:
    return " ".join(f"{text[: found.start()]} {text[found.end() :]}".split())


def _in(found: re.Match[str], now: datetime) -> datetime:
    n = int(found["n"])
    return now + (timedelta(hours=n) if found["unit"].startswith("h") else timedelta(minutes=n))


def _moment(
    day_words: re.Match[str] | None, said: re.Match[str], now: datetime, calendar: Calendar, ahead: bool
) -> datetime:
    wall = _wall(said, calendar)
    day = _day(day_words, wall, now, calendar, ahead) if day_words else local_day(now)
    try:
        return _instant(datetime.combine(day, wall), said["zone"])
    except LocalTimeError as fault:
        raise NotATime(f"{fault}.") from None
    except OverflowError:
        raise NotATime("That is too far away.") from None


def _instant(wall: datetime, zone: str | None) -> datetime:
    """BST or GMT says which of two is meant; where the clocks say otherwise there is no such time."""
    if zone is None:
        return from_london(wall)
    instant = wall.replace(tzinfo=UTC) - _ZONES[zone]
    if to_london(instant).replace(tzinfo=None) != wall:
        raise NotATime(f"The clocks do not say {zone.upper()} on that day: leave it out.")
    return instant


def _wall(said: re.Match[str], calendar: Calendar) -> time:
    part = said["part"]
    if part:
        return {"noon": time(12), "midday": time(12), "afternoon": AFTERNOON}.get(part, calendar.hours.end)
    hour, minute = int(said["hour"] or said["oclock"]), int(said["minute"] or 0)
    half = said["half"] or said["half2"]
    if half and not 1 <= hour <= 12:
        raise NotATime("With am or pm the hour is from 1 to 12; without, write 16:15.")
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    if hour > 23 or minute > 59:
        raise NotATime("There is no such time of day. Write it like 16:15.")
    return time(hour, minute)


def _day(said: re.Match[str], wall: time | None, now: datetime, calendar: Calendar, ahead: bool) -> date:
    today = local_day(now)
    if said["near"]:
        return today + timedelta(days={"today": 0, "tomorrow": 1, "yesterday": -1}[said["near"]])
    if said["this"]:
        return today
    if said["work"]:
        return local_day(calendar.next_moment(now)) if not calendar.speaks(now) else calendar.next_day(today)
    if said["week"]:
        return _weekday(said["week"], wall, now, ahead)
    try:
        return _date(said, today, ahead)
    except ValueError:
        raise NotATime("There is no such day. Write it like 2017-07-06 or 6 Jul.") from None


def _weekday(name: str, wall: time | None, now: datetime, ahead: bool) -> date:
    """The next such day, or the last: today counts where its time is still to come, or has been."""
    local = to_london(now)
    days = (_WEEKDAYS.index(name[:3]) - local.weekday()) % 7
    if ahead:
        gone = wall is None or wall <= local.time()
        return local.date() + timedelta(days=days or (7 if gone else 0))
    still = wall is not None and wall > local.time()
    return local.date() - timedelta(days=-days % 7 or (7 if still else 0))


def _date(said: re.Match[str], today: date, ahead: bool) -> date:
    if said["iso"]:
        return date(*(int(n) for n in said["iso"].split("-")))
    if said["slash"]:
        day, month, year = (int(n) for n in said["slash"].split("/"))
        return date(year, month, day)
    number, month_name, *year_words = said["dm"].split()
    day, month = int(re.sub(r"\D", "", number)), _MONTHS.index(month_name[:3]) + 1
    if year_words:
        return date(int(year_words[0]), month, day)
    years = range(today.year, today.year + 9) if ahead else range(today.year, today.year - 9, -1)
    for year in years:  # up to eight years lie between two 29ths of February
        found = _real(year, month, day)
        if found and (found >= today if ahead else found <= today):
            return found
    raise ValueError("no such day in any year")


def _real(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
