"""When a meeting can take place: in the daytime, and only while the child is at home."""

from bisect import bisect_right
from datetime import datetime
from functools import cache
from random import Random

from bot.practice.calendar import H2_2016, MINUTE, PRACTICE_NOW, at, days_between, local_day
from bot.practice.shapes import Absence

FIRST_HOUR, LAST_HOUR = 8, 20


class Diary:
    """The absences of one child."""

    def __init__(self, absences: list[Absence]) -> None:
        self.absences = absences

    def free(self, after: datetime, before: datetime) -> list[datetime]:
        absences = [a for a in self.absences if a.start <= before and not a.over(after)]
        return [m for m in daytime(after, before) if not any(a.away_at(m) for a in absences)]

    def missing_again(self, absence: Absence) -> bool:
        return any(absence.clock_start <= a.start <= absence.due for a in self.absences if a is not absence)


def daytime(after: datetime, before: datetime) -> list[datetime]:
    """Quarter hours of the working day after the one moment and up to the other."""
    moments = working_hours()
    return moments[bisect_right(moments, after) : bisect_right(moments, before)]


@cache
def working_hours() -> list[datetime]:
    days = days_between(H2_2016[0], local_day(PRACTICE_NOW))
    hours = range(FIRST_HOUR, LAST_HOUR)
    return [at(day, hour, minute) for day in days for hour in hours for minute in (0, 15, 30, 45)]


def early(rng: Random, moments: list[datetime]) -> datetime:
    """One of the moments, more often an early one."""
    return moments[min(rng.randrange(len(moments)), rng.randrange(len(moments)))]


def between(rng: Random, after: datetime, before: datetime) -> datetime:
    """Any minute after the one and before the other."""
    return after + MINUTE * rng.randint(1, max(1, (before - after) // MINUTE - 1))
