"""Days and times as people write them ("mon 9am", "tomorrow 10:00", "24 dec"), in London, seen from a moment.

A time of day without a day is today's. A time that the clocks skip or repeat is refused, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from bot.rules.partnership.partnership import Calendar
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
    """The words name no day or time, or more than one; the text gives the reason and an example."""


class SpokenTime(NamedTuple):
    """The moment found among the words, and the words left over. `day` alone: without a time of day."""

    at: datetime | None
    day: date | None
    rest: tuple[str, ...]


def hear(words: Sequence[str], now: datetime, calendar: Calendar, *, ahead: bool) -> SpokenTime:
    """Find one moment or day among the words. With `ahead`, a weekday or a date without its year is a coming one.

    NotATime where two are named, or the one named does not exist or comes twice.
    """
    text = " ".join(" ".join(words).casefold().split())
    text, distance = _cut(_IN, text, "time")
    text, day_words = _cut(_DAY, text, "day")
    text, time_words = _cut(_TIME, text, "time")
    rest = tuple(text.split())
    if distance:
        if day_words or time_words:
            raise NotATime("Say how long, or until when, not both.")
        n = int(distance["n"])
        span = timedelta(hours=n) if distance["unit"].startswith("h") else timedelta(minutes=n)
        return SpokenTime(now + span, None, rest)
    if time_words is None:
        return SpokenTime(None, _day(day_words, None, now, calendar, ahead) if day_words else None, rest)
    wall = _wall(time_words, calendar)
    day = _day(day_words, wall, now, calendar, ahead) if day_words else local_day(now)
    return SpokenTime(_instant(datetime.combine(day, wall), time_words["zone"]), None, rest)


def hear_days(words: Sequence[str], now: datetime, calendar: Calendar) -> tuple[list[date], tuple[str, ...]]:
    """Find every day among the words, in their order, each the next such day; and the words left over."""
    text, found = " ".join(" ".join(words).casefold().split()), list[date]()
    while match := _DAY.search(text):
        seen_from = datetime.combine(found[-1], time(12), UTC) if found else now
        found.append(_day(match, time.max, seen_from, calendar, ahead=True))
        text = _without(text, match)
    return found, tuple(text.split())


def _cut(pattern: re.Pattern[str], text: str, what: str) -> tuple[str, re.Match[str] | None]:
    """Return the text without the one match, and the match."""
    found = pattern.search(text)
    if found is None:
        return text, None
    left = _without(text, found)
    if pattern.search(left):
        raise NotATime(f"You named more than one {what}. Name one.")
    return left, found


def _without(text: str, found: re.Match[str]) -> str:
    return " ".join(f"{text[: found.start()]} {text[found.end() :]}".split())


def _instant(wall: datetime, zone: str | None) -> datetime:
    """Convert a London wall time. BST or GMT chooses one of two; a zone the clocks do not have then is refused."""
    try:
        if zone is None:
            return from_london(wall)
        instant = wall.replace(tzinfo=UTC) - _ZONES[zone]
        if to_london(instant).replace(tzinfo=None) == wall:
            return instant
    except LocalTimeError as fault:
        raise NotATime(f"{fault}.") from None
    except OverflowError:
        raise NotATime("That is too far away.") from None
    raise NotATime(f"The clocks do not say {zone.upper()} on that day: leave it out.")


def _wall(found: re.Match[str], calendar: Calendar) -> time:
    """Read a time of day; "morning" is the opening of the working day."""
    part = found["part"]
    if part:
        return {"noon": time(12), "midday": time(12), "afternoon": AFTERNOON}.get(part, calendar.hours.end)
    hour, minute = int(found["hour"] or found["oclock"]), int(found["minute"] or 0)
    half = found["half"] or found["half2"]
    if half and not 1 <= hour <= 12:
        raise NotATime("With am or pm the hour is from 1 to 12; without, write 16:15.")
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    if hour > 23 or minute > 59:
        raise NotATime("There is no such time of day. Write it like 16:15.")
    return time(hour, minute)


def _day(found: re.Match[str], wall: time | None, now: datetime, calendar: Calendar, ahead: bool) -> date:
    """Read a day, seen from now."""
    today = local_day(now)
    if found["near"]:
        return today + timedelta(days={"today": 0, "tomorrow": 1, "yesterday": -1}[found["near"]])
    if found["this"]:
        return today
    if found["work"]:
        return local_day(calendar.next_moment(now)) if not calendar.speaks(now) else calendar.next_day(today)
    if found["week"]:
        # The next such day, or the last: today counts where its time is still to come, or has been.
        at = to_london(now).time()
        days = (_WEEKDAYS.index(found["week"][:3]) - today.weekday()) % 7
        if ahead:
            gone = wall is None or wall <= at
            return today + timedelta(days=days or (7 if gone else 0))
        to_come = wall is not None and wall > at
        return today - timedelta(days=-days % 7 or (7 if to_come else 0))
    try:
        return _date(found, today, ahead)
    except ValueError:
        raise NotATime("There is no such day. Write it like 2017-07-06 or 6 Jul.") from None


def _date(found: re.Match[str], today: date, ahead: bool) -> date:
    """Read a date. Without a year it is the nearest that exists: up to eight years lie between two 29ths of February.

    ValueError for a day that the calendar does not have.
    """
    if found["iso"]:
        return date(*(int(n) for n in found["iso"].split("-")))
    if found["slash"]:
        day, month, year = (int(n) for n in found["slash"].split("/"))
        return date(year, month, day)
    number, month_name, *year_words = found["dm"].split()
    day, month = int(re.sub(r"\D", "", number)), _MONTHS.index(month_name[:3]) + 1
    if year_words:
        return date(int(year_words[0]), month, day)
    years = range(today.year, today.year + 9) if ahead else range(today.year, today.year - 9, -1)
    for year in years:
        try:
            nearest = date(year, month, day)
        except ValueError:
            continue
        if nearest >= today if ahead else nearest <= today:
            return nearest
    raise ValueError("no such day in any year")
