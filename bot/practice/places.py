"""Where: the districts of each team, and who works there."""

from random import Random

from bot.practice.dice import dice
from bot.practice.shapes import Child, Team

DISTRICTS: dict[Team, tuple[str, ...]] = {
    Team.NORTHERN: ("Cherwell", "West Oxfordshire"),
    Team.SOUTHERN: ("South Oxfordshire", "Vale of White Horse"),
    Team.CENTRAL: ("Oxford City",),
}
DISTRICTS[Team.DISABILITY] = tuple(name for names in DISTRICTS.values() for name in names)  # county-wide
WORKERS: dict[Team, tuple[str, int]] = {
    Team.NORTHERN: ("W-N", 6),
    Team.SOUTHERN: ("W-S", 5),
    Team.CENTRAL: ("W-C", 7),
    Team.DISABILITY: ("W-D", 2),
}
REVIEWING_OFFICERS = 12


def settle(child: Child) -> None:
    """A home district; children rarely move."""
    child.district = dice(f"district {child.police_ref}").choice(DISTRICTS[child.team])


def district(child: Child, team: Team) -> str:
    """The district gone missing from: the child's own, or one of the team that then held the case."""
    if child.district in DISTRICTS[team]:
        return child.district
    return DISTRICTS[team][0]


def worker(rng: Random, team: Team) -> str:
    prefix, number = WORKERS[team]
    return f"{prefix}{rng.randint(1, number):02}"


def reviewing_officer(rng: Random) -> str:
    return f"IRO-{rng.randint(1, REVIEWING_OFFICERS):02}"
