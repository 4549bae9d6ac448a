"""Instants in UTC, days in Europe/London, and the 72 hours added in UTC (domain.md R1, R17-R22)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.rules.catalogue import _, date_words, n_
from bot.rules.model import Period

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


def by_month(first: date, last: date) -> list[Span]:
    """Split the days first..last by calendar month: the first and the last piece may be a part of one."""
    found = []
    while first <= last:
        end = min(last, add_months(first.replace(day=1), 1) - timedelta(days=1))
        found.append(Span(first, end))
        first = end + timedelta(days=1)
    return found


def whole_months(first: date, last: date) -> int:
    """Count the calendar months that the days first..last fill exactly; 0 where they do not."""
    after = last + timedelta(days=1)
    if first.day != 1 or after.day != 1:
        return 0
    return (after.year - first.year) * 12 + after.month - first.month


def this_unit(unit: str, today: date, year_begins: int = 1) -> Span:
    """Return the whole day, week (from Monday), month, quarter, half-year or year that `today` is in.

    Quarters, halves and years are those of a year that begins in the month `year_begins`.
    """
    begins = _begins(unit, today, year_begins)
    return Span(begins, _later(begins, unit, 1) - timedelta(days=1))


def last_units(unit: str, count: int, today: date, year_begins: int = 1) -> Span:
    """Return the `count` complete units before the one `today` is in. OverflowError or ValueError before year 1."""
    begins = _begins(unit, today, year_begins)
    return Span(_later(begins, unit, -count), begins - timedelta(days=1))


def _begins(unit: str, today: date, year_begins: int) -> date:
    if unit in _UNIT_DAYS:
        return today - timedelta(days=today.weekday() if unit == "w" else 0)
    return add_months(today.replace(day=1), -((today.month - year_begins) % _UNIT_MONTHS[unit]))


def _later(day: date, unit: str, count: int) -> date:
    if unit in _UNIT_DAYS:
        return day + timedelta(days=count * _UNIT_DAYS[unit])
    return add_months(day, count * _UNIT_MONTHS[unit])


LONDON = ZoneInfo("Europe/London")
INTERVIEW_HOURS = timedelta(hours=72)


class LocalTimeError(ValueError):
    """A London wall time that does not exist, or that comes twice, on a clock-change Sunday."""


def to_london(instant: datetime) -> datetime:
    """Return the instant in London time. ValueError for a time without a zone."""
    return _aware(instant).astimezone(LONDON)


def _aware(instant: datetime) -> datetime:
    """Refuse a naive time: Python would take it for this computer's own zone, silently."""
    if instant.tzinfo is None:
        raise ValueError("a time without a zone")
    return instant


def from_london(wall: datetime) -> datetime:
    """Convert a naive London wall time to an instant in UTC (R22).

    LocalTimeError where the time does not exist (01:00-01:59 on the spring Sunday) or comes twice
    (01:00-01:59 on the autumn Sunday): the writer has to say which of the two, it is never guessed.
    ValueError for a time that already has a zone.
    """
    found = instants(wall)
    if not found:
        raise LocalTimeError(
            _("{wall} does not exist: the clocks went forward that night", wall=f"{wall:%d/%m/%Y %H:%M}")
        )
    if len(found) > 1:
        raise LocalTimeError(
            _("{wall} came twice: write it with BST (+01:00) or GMT (+00:00)", wall=f"{wall:%d/%m/%Y %H:%M}")
        )
    return found[0]


def instants(wall: datetime) -> tuple[datetime, ...]:
    """Return the instants of a London wall time (R22): none where the clocks skip it, two where they repeat it."""
    if wall.tzinfo is not None:
        raise ValueError("a London wall time has no zone of its own")
    first = wall.replace(tzinfo=LONDON, fold=0).astimezone(UTC)
    second = wall.replace(tzinfo=LONDON, fold=1).astimezone(UTC)
    if first == second:
        return (first,)
    return (first, second) if first.astimezone(LONDON).replace(tzinfo=None) == wall else ()


def at(day: date, wall: time) -> datetime:
    """Return a London wall time of a day, in UTC. The settings refuse times that the clocks can skip or repeat."""
    return datetime.combine(day, wall, LONDON).astimezone(UTC)


def day_start(day: date) -> datetime:
    """Return 00:00 London time of a day, in UTC."""
    return at(day, time())


def local_day(instant: datetime) -> date:
    return to_london(instant).date()


def window(period: Period) -> tuple[datetime, datetime]:
    """Convert a period of local days to the half-open interval of instants [from, to) (R5)."""
    return day_start(period.first), day_start(period.last + timedelta(days=1))


def interview_due(clock_start: datetime) -> datetime:
    """Return clock start + 72 elapsed hours (R18). ValueError for a time without a zone.

    The sum is made in UTC: in local time it would be an hour wrong over a clock change.
    """
    return _aware(clock_start).astimezone(UTC) + INTERVIEW_HOURS


def counts_until(clock_start: datetime, *, date_only: bool) -> datetime:
    """Return the last second in time: the due time, or the end of day + 3 where only the date is known (R19)."""
    if not date_only:
        return interview_due(clock_start)
    return day_start(local_day(clock_start) + timedelta(days=4)) - timedelta(seconds=1)


def digest_window(now: datetime, slot: time) -> tuple[datetime, datetime]:
    """Return [previous cut-off, this cut-off) of the digest that is current at `now` (R21).

    `slot` is London wall time. The window is 23 or 25 hours long on the clock-change days.
    """
    local = to_london(now)
    last = local.date() if local.time() >= slot else local.date() - timedelta(days=1)
    return at(last - timedelta(days=1), slot), at(last, slot)


def is_news(happened_at: datetime | None, known_at: datetime | None, since: datetime, until: datetime) -> bool:
    """Return True for an event that the digest of [since, until) tells (R21, R23).

    It happened then, or it happened earlier and became known then: an end that no export had in time for its own
    digest is in the next one.
    """
    if happened_at is None or happened_at >= until:
        return False
    return happened_at >= since or (known_at is not None and since <= known_at < until)


def birthday(birth: date, age: int) -> date:
    """Return the day an age is reached; a child born on 29 February reaches it on 1 March in a common year."""
    try:
        return birth.replace(year=birth.year + age)
    except ValueError:
        return date(birth.year + age, 3, 1)


@lru_cache(maxsize=20_000)  # a load asks again for each of a child's episodes
def turns_18_at(birth: date) -> datetime:
    """Return 00:00 London time on the 18th birthday (R1), in UTC."""
    return day_start(birthday(birth, 18))


def age_on(birth: date, day: date) -> int:
    """Return completed years on a day (R17); negative before the birth."""
    years = day.year - birth.year
    return years if day >= birthday(birth, years) else years - 1


def say(instant: datetime) -> str:
    """Write an instant as 'Wed 10 May 2017 08:00 BST'."""
    local = to_london(instant)
    return date_words(local, f"%a {local.day} %b %Y %H:%M %Z")  # not %-d, which Windows does not know


def say_short(instant: datetime) -> str:
    """Write an instant as 'Wed 10 May 08:00', for lists of one year."""
    local = to_london(instant)
    return f"{date_words(local, f'%a {local.day} %b')} {say_time(instant)}"


def say_time(instant: datetime) -> str:
    """Write the time of day as '08:00'; in the hour that a clock change repeats as '01:30 BST' or '01:30 GMT'."""
    local = to_london(instant)
    twice = local.replace(fold=1 - local.fold).utcoffset() != local.utcoffset()
    return f"{local:%H:%M %Z}" if twice else f"{local:%H:%M}"


def say_day(instant: datetime) -> str:
    """Write an instant as 'Wed 10 May 2017', for events without a known time of day."""
    local = to_london(instant)
    return date_words(local, f"%a {local.day} %b %Y")


def say_near(instant: datetime, now: datetime) -> str:
    """Write an instant like `say_short`, with the year where it is not this year's."""
    return f"{say_day_near(instant, now)} {say_time(instant)}"


def say_close(instant: datetime, now: datetime) -> str:
    """Write an instant of the same local day as '03:00', any other like `say_near`."""
    return say_time(instant) if local_day(instant) == local_day(now) else say_near(instant, now)


def say_day_near(instant: datetime, now: datetime) -> str:
    """Write an instant as 'Wed 10 May', with the year where it is not this year's."""
    local = to_london(instant)
    year = "" if local.year == to_london(now).year else f" {local.year}"
    return f"{date_words(local, f'%a {local.day} %b')}{year}"


def at_midnight(instant: datetime) -> bool:
    """Return True for 00:00 in London: a date without a time is stored so."""
    return to_london(instant).time() == time()


def say_date(day: date) -> str:
    """Write a day as '1 Jul 2016'."""
    return f"{day.day} {date_words(day, '%b %Y')}"


def say_days(n: int) -> str:
    """Write a number of days: '1 day', '184 days'."""
    return n_("{n} day", "{n} days", n)


def say_hours(span: timedelta) -> str:
    """Write a length of time: '35 min', '2 h 35 min', '31 h', '4 d 2 h'."""
    minutes = int(abs(span).total_seconds() // 60)
    if minutes < 60:
        return _("{minutes} min", minutes=minutes)
    hours, rest = divmod(minutes, 60)
    if hours < 10:
        return _("{hours} h {rest} min", hours=hours, rest=rest) if rest else _("{hours} h", hours=hours)
    if hours < 72:
        return _("{hours} h", hours=hours)
    days, hours = divmod(hours, 24)
    return _("{days} d {hours} h", days=days, hours=hours) if hours else _("{days} d", days=days)


def say_left(left: timedelta) -> str | None:
    """Write the time left: '22 h', or '304 d 5 h over' where it is negative; None where it has no end."""
    if left == timedelta.max:
        return None
    return _("{left}{over}", left=say_hours(left), over=_(" over") if left < timedelta() else "")
