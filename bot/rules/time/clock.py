"""Time: instants in UTC, days in Europe/London, the 72 hours added in UTC (domain.md R1, R17-R22)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.rules.model import Period

LONDON = ZoneInfo("Europe/London")
INTERVIEW_HOURS = timedelta(hours=72)


class LocalTimeError(ValueError):
    """A London wall time that does not exist, or that comes twice, on a clock-change Sunday."""


def to_london(instant: datetime) -> datetime:
    """The instant as people in the partnership read it. ValueError for a time without a zone."""
    return _aware(instant).astimezone(LONDON)


def _aware(instant: datetime) -> datetime:
    """Python would take a time without a zone for this computer's own, silently."""
    if instant.tzinfo is None:
        raise ValueError("a time without a zone")
    return instant


def from_london(wall: datetime) -> datetime:
    """A naive London wall time as an instant in UTC (R22).

    LocalTimeError where the time does not exist (01:00-01:59 on the spring Sunday) or comes twice
    (01:00-01:59 on the autumn Sunday): which one is meant has to be asked, never guessed.
    ValueError for a time that already has a zone.
    """
    if wall.tzinfo is not None:
        raise ValueError("a London wall time has no zone of its own")
    first = wall.replace(tzinfo=LONDON, fold=0).astimezone(UTC)
    second = wall.replace(tzinfo=LONDON, fold=1).astimezone(UTC)
    if first == second:
        return first
    if first.astimezone(LONDON).replace(tzinfo=None) != wall:
        raise LocalTimeError(f"{wall:%d/%m/%Y %H:%M} does not exist: the clocks went forward that night")
    raise LocalTimeError(f"{wall:%d/%m/%Y %H:%M} came twice: write it with BST (+01:00) or GMT (+00:00)")


def day_start(day: date) -> datetime:
    """00:00 London time of a day, in UTC."""
    return datetime.combine(day, time(), LONDON).astimezone(UTC)


def local_day(instant: datetime) -> date:
    return to_london(instant).date()


def window(period: Period) -> tuple[datetime, datetime]:
    """A period of local days as the half-open interval of instants [from, to) (R5)."""
    return day_start(period.first), day_start(period.last + timedelta(days=1))


def interview_due(clock_start: datetime) -> datetime:
    """Clock start + 72 elapsed hours (R18). ValueError for a time without a zone.

    UTC first: adding to a local time does wall-clock arithmetic, an hour wrong over a clock change.
    """
    return _aware(clock_start).astimezone(UTC) + INTERVIEW_HOURS


def counts_until(clock_start: datetime, *, date_only: bool) -> datetime:
    """The last second in time: the due time, or of day + 3 where only the date is known (R19)."""
    if not date_only:
        return interview_due(clock_start)
    return day_start(local_day(clock_start) + timedelta(days=4)) - timedelta(seconds=1)


def digest_window(at: datetime, slot: time) -> tuple[datetime, datetime]:
    """[previous cut-off, this cut-off) for the digest that is current at `at` (R21).

    `slot` is London wall time. 23 or 25 hours long on the clock-change days.
    """
    local = to_london(at)
    last = local.date() if local.time() >= slot else local.date() - timedelta(days=1)
    return _wall(last - timedelta(days=1), slot), _wall(last, slot)


def is_news(at: datetime | None, known_at: datetime | None, since: datetime, until: datetime) -> bool:
    """Whether something belongs in the digest of [since, until): it happened then, or had before and became
    known then (R21, R23). An end that no export had in time for its own digest is in the next one.
    """
    if at is None or at >= until:
        return False
    return at >= since or (known_at is not None and since <= known_at < until)


def _wall(day: date, at: time) -> datetime:
    return datetime.combine(day, at, LONDON).astimezone(UTC)


def birthday(birth: date, age: int) -> date:
    """The day an age is reached; someone born on 29 February reaches it on 1 March in a common year."""
    try:
        return birth.replace(year=birth.year + age)
    except ValueError:
        return date(birth.year + age, 3, 1)


def turns_18_at(birth: date) -> datetime:
    """00:00 London time on the 18th birthday (R1)."""
    return day_start(birthday(birth, 18))


def age_on(birth: date, day: date) -> int:
    """Completed years on a day (R17); negative if not born yet."""
    years = day.year - birth.year
    return years if day >= birthday(birth, years) else years - 1


def say(instant: datetime) -> str:
    """'Wed 10 May 2017 08:00 BST'."""
    local = to_london(instant)
    return f"{local:%a} {local.day} {local:%b %Y %H:%M %Z}"  # not %-d, which Windows does not know


def say_short(instant: datetime) -> str:
    """'Wed 10 May 08:00': for lists whose year is plain."""
    local = to_london(instant)
    return f"{local:%a} {local.day} {local:%b %H:%M}"


def say_day(instant: datetime) -> str:
    """'Wed 10 May 2017': where the time of day is not known."""
    local = to_london(instant)
    return f"{local:%a} {local.day} {local:%b %Y}"


def say_near(instant: datetime, now: datetime) -> str:
    """As `say_short`, with the year where it is not this year's."""
    same = to_london(instant).year == to_london(now).year
    return (
        say_short(instant)
        if same
        else f"{to_london(instant):%a} {to_london(instant).day} {to_london(instant):%b %Y %H:%M}"
    )


def say_day_near(instant: datetime, now: datetime) -> str:
    """'Wed 10 May', with the year where it is not this year's."""
    local = to_london(instant)
    year = "" if local.year == to_london(now).year else f" {local.year}"
    return f"{local:%a} {local.day} {local:%b}{year}"


def at_midnight(instant: datetime) -> bool:
    """Whether it is 00:00 in London: what a date without a time is kept as."""
    return to_london(instant).time() == time()


def say_hours(span: timedelta) -> str:
    """A length of time as people say it: '35 min', '2 h 35 min', '31 h', '4 d 2 h'."""
    minutes = int(abs(span).total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 10:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    if hours < 72:
        return f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"
