"""The looked-after children who never went missing: as many as the two census days still lack."""

from collections.abc import Iterator
from datetime import date
from random import Random

from bot.practice.calendar import DAY, random_day
from bot.practice.dice import dice, pick
from bot.practice.homes import OWN, PRIVATE
from bot.practice.people import born
from bot.practice.shapes import Child, InCare, Spell, Team

EARLIER, LATER = date(2016, 11, 30), date(2017, 5, 31)

# Placement -> looked-after children on the two census days. The changes are published (report, paragraphs
# 8-10); the numbers behind them are the smallest that fit 590 -> 625, and 61 -> 66 unaccompanied children.
CENSUS = {
    "adoptive": (30, 40),
    "with_parents": (20, 25),
    "independent_living": (23, 28),
    "own_foster": (262, 259),
    "kinship": (58, 61),
    "ifa": (89, 100),
    "residential": (92, 95),
    "other": (16, 17),
    "semi_independent": (61, 66),  # the unaccompanied children
}
OWN_PROVISION = 10  # of the 95 in residential homes at the later census
CHURN = 0.08
AGES = {
    "adoptive": (0, 6),
    "residential": (9, 16),
    "independent_living": (16, 17),
    "semi_independent": (15, 17),
}
TEAMS = {Team.NORTHERN: 34, Team.SOUTHERN: 26, Team.CENTRAL: 34, Team.DISABILITY: 6}


def rest(children: list[Child]) -> list[Child]:
    """Everyone needed to bring each placement to its two census figures."""
    added: list[Child] = []
    for placement, (earlier, later) in CENSUS.items():
        there = [c for c in children if c.placement == placement and not c.hosted_by]
        earlier -= sum(in_care(c, EARLIER) for c in there)
        later -= sum(in_care(c, LATER) for c in there)
        added += placed(placement, earlier, later)
    house([*children, *added])
    return added


def in_care(child: Child, day: date) -> bool:
    return child.care is not None and child.care.covers(day)


def placed(placement: str, earlier: int, later: int) -> Iterator[Child]:
    """`earlier` children on the first day and `later` on the second: most stay, some leave, some come."""
    if min(earlier, later) < 0:
        raise ValueError(f"more missing children in {placement} than the census has")
    rng = dice(f"population {placement}")
    staying = round(min(earlier, later) * (1 - CHURN))
    for _ in range(staying):
        yield child(rng, placement, Spell(random_day(rng, EARLIER - 900 * DAY, EARLIER)))
    for _ in range(earlier - staying):
        left = random_day(rng, EARLIER + DAY, LATER)
        yield child(rng, placement, Spell(random_day(rng, EARLIER - 900 * DAY, EARLIER), left))
    for _ in range(later - staying):
        yield child(rng, placement, Spell(random_day(rng, EARLIER + DAY, LATER)))


def child(rng: Random, placement: str, care: Spell) -> Child:
    """Old enough for the placement at the later census, born before care began, not yet 18."""
    youngest, oldest = AGES.get(placement, (1, 16))
    uasc = placement == "semi_independent"
    while True:
        birth = born(LATER, rng.randint(youngest, oldest), rng.randrange(300))
        if birth <= care.since and birth > date(1999, 8, 1):
            break
    person = Child(pick(rng, TEAMS), uasc=uasc, in_care=InCare.THROUGHOUT, birth=birth, care=care)
    person.sex = "M" if rng.random() < (0.9 if uasc else 0.54) else "F"
    person.placement = placement
    return person


def house(children: list[Child]) -> None:
    """Ten of the residential children live in the council's own homes, the rest in private ones."""
    homeless = [c for c in children if c.placement == "residential" and not c.provider]
    now = [c for c in homeless if in_care(c, LATER)]
    for n, resident in enumerate([*now, *(c for c in homeless if not in_care(c, LATER))]):
        homes = OWN if n < OWN_PROVISION else PRIVATE
        resident.provider = homes[n % len(homes)]
