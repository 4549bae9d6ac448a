"""Districts, workers and children's homes of each team."""

from random import Random

from bot.practice.invented import Child, InventedAbsence, Team, dice, pick

OWN = ("R-01", "R-02", "R-03")
NORTHERN = tuple(f"R-{n:02}" for n in (1, 2, *range(4, 23)))  # 21 of 29: 72.4 % (report, paragraph 22)
ELSEWHERE = ("R-03", *(f"R-{n:02}" for n in range(23, 30)))
PRIVATE = tuple(f"R-{n:02}" for n in range(4, 30))


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
    """Give a child its home district; children rarely move."""
    child.district = dice(f"district {child.police_ref}").choice(DISTRICTS[child.team])


def district_of(child: Child, team: Team) -> str:
    """Return the district gone missing from: the child's own, or one of the team that then held the case."""
    if child.district in DISTRICTS[team]:
        return child.district
    return DISTRICTS[team][0]


def pick_worker(rng: Random, team: Team) -> str:
    prefix, number = WORKERS[team]
    return f"{prefix}{rng.randint(1, number):02}"


# fmt: off
ROLES = {
    "own_sw": 22, "other_sw": 14, "youth_worker": 24, "dedicated_team": 26,
    "school": 7, "charity": 5, "spot": 2,
}
# fmt: on
NOT_KNOWN = 0.05


def staff(rng: Random, absence: InventedAbsence) -> None:
    """Assign the interview to the child's lead worker; without one, to a worker of the team."""
    interview = absence.interview
    interview.worker = absence.child.lead_worker or pick_worker(rng, absence.team)
    if interview.held:
        interview.role = pick(rng, ROLES)
        independent = "no" if interview.role == "own_sw" else "yes"
        interview.independent = "unknown" if rng.random() < NOT_KNOWN else independent
