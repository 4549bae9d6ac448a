"""The practice calendar: the half-years, the practice morning, and London wall time against UTC."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

PRACTICE_NOW = datetime(2017, 7, 5, 7, 0, tzinfo=UTC)  # Wednesday 08:00 BST: the morning digest
POLICE_TAKEN_AT = datetime(2017, 7, 5, 6, 41, tzinfo=UTC)
CHILDREN_TAKEN_AT = datetime(2017, 7, 5, 4, 0, tzinfo=UTC)
INTERVIEWS_TAKEN_AT = datetime(2017, 7, 5, 4, 0, tzinfo=UTC)
#: Source -> when its export was taken, in the order of loading: children first, so that every value is known when it is
#: frozen.
TAKEN_AT = {"children": CHILDREN_TAKEN_AT, "police": POLICE_TAKEN_AT, "interviews": INTERVIEWS_TAKEN_AT}

H2_2016 = (date(2016, 7, 1), date(2016, 12, 31))
H1_2017 = (date(2017, 1, 1), date(2017, 6, 30))

# 01:00-01:59 London time on 30 October 2016 came twice: an export cannot say which one is meant.
TWICE_FROM = datetime(2016, 10, 30, 0, 0, tzinfo=UTC)
TWICE_TO = datetime(2016, 10, 30, 2, 0, tzinfo=UTC)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """Return a London wall time as an instant in UTC."""
    return datetime.combine(day, time(hour, minute), LONDON).astimezone(UTC)


def july(text: str) -> datetime:
    """Return the instant of a day and time of July 2017: '4 19:30' is 19:30 London time on the 4th."""
    day, clock = text.split()
    hour, minute = clock.split(":")
    return at(date(2017, 7, int(day)), int(hour), int(minute))


def wall(moment: datetime) -> datetime:
    return moment.astimezone(LONDON)


def local_day(moment: datetime) -> date:
    return wall(moment).date()


def comes_twice(moment: datetime) -> bool:
    return TWICE_FROM <= moment < TWICE_TO


def unclear(*moments: datetime | None) -> bool:
    """Return whether any of the times came twice, so that an export could not write it without doubt."""
    return any(moment is not None and comes_twice(moment) for moment in moments)


def days_between(first: date, last: date) -> list[date]:
    return [first + DAY * n for n in range((last - first).days + 1)]


def random_day(rng: Random, first: date, last: date) -> date:
    return first + DAY * rng.randrange((last - first).days + 1)


def birthday(birth: date, age: int) -> date:
    """Return the day a child reaches an age; 1 March for one born on 29 February, in other years."""
    try:
        return birth.replace(year=birth.year + age)
    except ValueError:
        return date(birth.year + age, 3, 1)
