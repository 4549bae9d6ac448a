"""How long a child is away: when reported, found and back, never running into the next absence."""

from datetime import datetime, timedelta
from random import Random

from bot.practice.calendar import DAY, HOUR, MINUTE, july, unclear
from bot.practice.dice import dice, pick
from bot.practice.places import district
from bot.practice.shapes import Absence, Child, Half, Team
from bot.practice.starts import Start, starts

LAST_BACK = july("2 20:00")
LONGEST = 6 * DAY
SHORTEST = HOUR
REST = timedelta(minutes=30)  # at home between two absences
MEDIAN_HOURS = 9.5

# End reason -> (weight, shortest and longest minutes between being found and being back).
ENDINGS: dict[str, tuple[float, int, int]] = {
    "returned_self": (44, 0, 0),
    "found_by_police": (27, 30, 240),
    "returned_by_carer": (16, 0, 60),
    "located_elsewhere": (8, 60, 720),
    "arrested": (3, 300, 1500),
    "hospital": (2, 240, 2400),
}
Times = tuple[datetime, datetime, datetime]  # reported, found, returned


def absences(child: Child) -> list[Absence]:
    rng = dice(f"absences {child.police_ref}")
    begun = starts(child)
    limits = [start - REST for start, _ in begun[1:]] + [LAST_BACK]
    return [
        absence(rng, child, planned, start, limit)
        for planned, start, limit in zip(child.plan, begun, limits, strict=True)
    ]


def absence(rng: Random, child: Child, planned: tuple[Half, Team], start: Start, limit: datetime) -> Absence:
    began, from_school = start
    half, team = planned
    reason = pick(rng, {name: weight for name, (weight, _, _) in ENDINGS.items()})
    reported, found, returned = times(rng, began, limit, reason, 0.6 if from_school else 1.0)
    story = Absence(child, half, team, began, limit, reported, found, returned, from_school)
    story.end_reason, story.district = reason, district(child, team)
    return story


def times(rng: Random, start: datetime, limit: datetime, reason: str, scale: float) -> Times:
    while True:
        away = length(rng, limit - start, scale)
        lag = min(delay(rng, reason), max(limit - start - away, timedelta(0)))
        found = start + away
        drawn = (reported(rng, start, found), found, found + lag)
        if not unclear(*drawn):
            return drawn


def length(rng: Random, room: timedelta, scale: float) -> timedelta:
    """Lognormal: half the children are back within about ten hours, a few stay away for days."""
    hours = rng.lognormvariate(0.0, 0.95) * MEDIAN_HOURS * scale
    away = timedelta(minutes=round(hours * 60))
    if SHORTEST <= away <= min(LONGEST, room):
        return away
    return SHORTEST + MINUTE * rng.randrange(min(room, DAY // 2) // MINUTE - 59)


def delay(rng: Random, reason: str) -> timedelta:
    _, shortest, longest = ENDINGS[reason]
    return MINUTE * rng.randint(shortest, longest)


def reported(rng: Random, start: datetime, found: datetime) -> datetime:
    """Half an hour to six hours after the child was last seen, most often within two hours."""
    latest = min(6 * 60, (found - start) // MINUTE - 10)
    return start + MINUTE * round(rng.triangular(30, latest, min(75, latest)))
