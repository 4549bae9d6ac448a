"""When episodes begin: which days (autumn 2016 busier, weekends busier) and at what time of day."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random

from bot.practice.calendar import H1_2017, H2_2016, HOUR, at, comes_twice, days_between
from bot.practice.dice import dice, pick
from bot.practice.shapes import Child, Half, InCare

SPANS = {Half.H2_2016: H2_2016, Half.H1_2017: H1_2017}
SPIKE_MONTHS = (10, 11)  # report, paragraph 28: a spike from October to November 2016
SPIKE = 1.8
SAME_DAY = 0.05
CLOSEST = 4 * HOUR

# Start hour -> weight: evenings and the first half of the night.
# fmt: off
HOURS = {
    0: 6, 1: 3, 2: 2, 3: 1, 4: 1, 6: 1, 7: 1, 9: 1, 10: 1, 11: 1, 12: 2, 13: 2, 14: 3,
    15: 4, 16: 6, 17: 8, 18: 10, 19: 12, 20: 13, 21: 12, 22: 10, 23: 9,
}
# fmt: on
MORNING = {7: 1, 8: 2, 9: 2, 10: 2, 11: 1}
EVENING = {18: 2, 19: 3, 20: 3, 21: 3, 22: 2}
SCHOOL = {9: 3, 10: 2, 11: 2, 12: 3, 13: 3, 14: 2}
FROM_SCHOOL = 0.16

HOLIDAYS = (
    (date(2016, 7, 22), date(2016, 9, 4)),
    (date(2016, 10, 24), date(2016, 10, 28)),
    (date(2016, 12, 19), date(2017, 1, 3)),
    (date(2017, 2, 13), date(2017, 2, 17)),
    (date(2017, 4, 3), date(2017, 4, 18)),
    (date(2017, 5, 29), date(2017, 6, 2)),
    (date(2017, 7, 24), date(2017, 9, 3)),
)

Start = tuple[datetime, bool]  # (instant, from school)


def starts(child: Child) -> list[Start]:
    """The starts of the child's half-year episodes, in order; drawn again until none crowd each other."""
    rng = dice(f"starts {child.police_ref}")
    while True:
        drawn = sorted(start for half in SPANS for start in half_year(rng, child, half))
        if apart(drawn):
            return drawn


def apart(drawn: list[Start]) -> bool:
    gaps = [later[0] - earlier[0] for earlier, later in pairwise(drawn)]
    return all(gap >= CLOSEST for gap in gaps) and not any(comes_twice(moment) for moment, _ in drawn)


def half_year(rng: Random, child: Child, half: Half) -> list[Start]:
    number = child.count(half)
    days = different_days(rng, *SPANS[half], number)
    drawn: list[Start] = []
    for n, day in enumerate(days):
        if n and number > 3 and rng.random() < SAME_DAY:
            drawn[-1] = (moment(rng, days[n - 1], MORNING), False)
            drawn.append((moment(rng, days[n - 1], EVENING), False))
        else:
            drawn.append(time_of_day(rng, child, day))
    return drawn


def different_days(rng: Random, first: date, last: date, number: int) -> list[date]:
    weights = {day: weight(day) for day in days_between(first, last)}
    chosen: list[date] = []
    for _ in range(number):
        day = pick(rng, weights)
        del weights[day]
        chosen.append(day)
    return sorted(chosen)


def weight(day: date) -> float:
    season = SPIKE if (day.year == 2016 and day.month in SPIKE_MONTHS) else 1.0
    return season * (1.3 if day.weekday() in (4, 5) else 1.0)


def time_of_day(rng: Random, child: Child, day: date) -> Start:
    from_school = child.in_care == InCare.NO and is_school_day(day) and rng.random() < FROM_SCHOOL
    return moment(rng, day, SCHOOL if from_school else HOURS), from_school


def moment(rng: Random, day: date, hours: dict[int, int]) -> datetime:
    return at(day, pick(rng, hours), 5 * rng.randrange(12))


def is_school_day(day: date) -> bool:
    return day.weekday() < 5 and not any(first <= day <= last for first, last in HOLIDAYS)


def evening_of(start: datetime) -> date:
    """The day an evening belongs to: half past midnight is still the evening before."""
    return (start - timedelta(hours=6)).date()
