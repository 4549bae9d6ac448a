"""Who among the missing is looked after, from when to when, and where they are placed."""

from collections.abc import Callable, Iterator
from datetime import date
from random import Random

from bot.practice.calendar import CHILDREN_TAKEN_AT, DAY, PRACTICE_NOW, age_on, birthday, local_day, random_day
from bot.practice.invented import Child, Half, InCare, InventedAbsence, Spell, Team, dice, pick
from bot.practice.places import OWN, PRIVATE, home, reviewing_officer, worker

# (episodes in H2-2016, episodes in H1-2017): number of such children. Worked out so that areas, bands,
# and the eleven most frequent northern children (the first four rows of NORTH) come out as published.
Pairs = dict[tuple[int, int], int]

# fmt: off
NORTH: Pairs = {
    (16, 11): 1, (12, 9): 1, (10, 7): 1,
    (9, 5): 1, (8, 3): 1, (7, 2): 1, (7, 1): 1,
    (6, 2): 1, (6, 1): 1, (6, 0): 1,
    (5, 0): 1,
    (4, 16): 1, (4, 6): 1, (4, 0): 1,
    (3, 8): 1, (3, 4): 1, (3, 2): 1, (3, 1): 1, (3, 0): 1,
    (2, 6): 1, (2, 4): 1, (2, 3): 1, (2, 2): 2, (2, 1): 3, (2, 0): 6,
    (1, 7): 1, (1, 3): 1, (1, 2): 2, (1, 1): 5, (1, 0): 39,
    (0, 4): 4, (0, 3): 3, (0, 2): 2, (0, 1): 40,
}
SOUTH: Pairs = {
    (26, 12): 1, (9, 6): 1, (8, 7): 1, (7, 4): 1, (6, 9): 1, (6, 2): 1, (5, 0): 1,
    (4, 8): 1, (4, 5): 1, (4, 3): 1, (4, 1): 1, (4, 0): 1,
    (3, 7): 1, (3, 4): 1, (3, 2): 1, (3, 1): 1, (3, 0): 2,
    (2, 6): 1, (2, 3): 1, (2, 2): 1, (2, 1): 1, (2, 0): 2,
    (1, 4): 1, (1, 3): 1, (1, 2): 1, (1, 1): 4, (1, 0): 24,
    (0, 4): 3, (0, 3): 4, (0, 2): 1, (0, 1): 36,
}
CENTRAL: Pairs = {
    (27, 23): 1, (25, 10): 1, (24, 15): 1, (22, 5): 1, (21, 2): 1, (20, 0): 1,
    (17, 10): 1, (12, 21): 1, (11, 5): 1,
    (9, 7): 1, (8, 5): 1, (8, 2): 1, (7, 6): 1, (7, 1): 1,
    (6, 2): 1, (5, 5): 1, (5, 2): 1, (5, 1): 1, (5, 0): 1,
    (4, 7): 1, (4, 5): 1, (4, 2): 2, (4, 1): 1, (4, 0): 1,
    (3, 5): 1, (3, 4): 1, (3, 3): 1, (3, 2): 2, (3, 1): 1, (3, 0): 2,
    (2, 3): 1, (2, 2): 4, (2, 1): 4, (2, 0): 6,
    (1, 4): 1, (1, 2): 3, (1, 1): 7, (1, 0): 40,
    (0, 3): 2, (0, 2): 6, (0, 1): 47,
}
# fmt: on
DISABILITY: Pairs = {(1, 0): 4, (1, 1): 1}
PAIRS = {Team.NORTHERN: NORTH, Team.SOUTHERN: SOUTH, Team.CENTRAL: CENTRAL, Team.DISABILITY: DISABILITY}

# How many of those are unaccompanied asylum-seeking children: 11 with 29 episodes, then 14 with 41.
# fmt: off
UASC: dict[Team, Pairs] = {
    Team.NORTHERN: {(2, 0): 1, (0, 4): 1},
    Team.SOUTHERN: {(1, 0): 1, (0, 3): 1},
    Team.CENTRAL: {
        (8, 5): 1, (5, 5): 1, (3, 5): 1, (3, 4): 1, (2, 3): 1, (2, 2): 1, (1, 1): 1, (1, 0): 2,
        (0, 3): 1, (0, 2): 2, (0, 1): 2,
    },
}
# fmt: on

# Two children have episodes in two areas of H1-2017: that is why 256 children are also 82 + 70 + 104,
# although the Disability team has episodes of its own.
TWO_AREAS = (
    (Team.NORTHERN, (Team.NORTHERN, Team.CENTRAL, Team.NORTHERN)),
    (Team.DISABILITY, (Team.SOUTHERN, Team.DISABILITY)),
)


def children() -> list[Child]:
    """Every child of the two half-years, in an order that says nothing about area or frequency."""
    everyone = [child for team, pairs in PAIRS.items() for child in of_team(team, pairs)]
    everyone += [Child(team, [(Half.H1_2017, where) for where in areas]) for team, areas in TWO_AREAS]
    move_house(everyone, Team.NORTHERN, Team.CENTRAL, (2, 2))
    move_house(everyone, Team.SOUTHERN, Team.CENTRAL, (1, 1))
    dice("cast").shuffle(everyone)
    return everyone


def of_team(team: Team, pairs: Pairs) -> Iterator[Child]:
    for pair, number in pairs.items():
        uasc = UASC.get(team, {}).get(pair, 0)
        for n in range(number):
            yield Child(team, planned(team, pair), uasc=n < uasc)


def planned(team: Team, pair: tuple[int, int]) -> list[tuple[Half, Team]]:
    earlier, later = pair
    return [(Half.H2_2016, team)] * earlier + [(Half.H1_2017, team)] * later


def move_house(everyone: list[Child], one: Team, other: Team, pair: tuple[int, int]) -> None:
    """Two children with equal counts exchange teams at new year: the areas' figures stay as they are."""
    for team, new_team in ((one, other), (other, one)):
        mover = next(c for c in everyone if c.plan == planned(team, pair) and not c.uasc)
        mover.plan = [(half, new_team if half == Half.H1_2017 else team) for half, _ in mover.plan]
        mover.team = new_team


# Report, paragraph 28: most were 13 to 15.
AGES = {9: 1, 10: 2, 11: 4, 12: 8, 13: 20, 14: 25, 15: 23, 16: 13, 17: 5}
UASC_AGES = {14: 1, 15: 4, 16: 8, 17: 4}
SEXES = {"F": 52, "M": 46, "U": 1}
UASC_SEXES = {"M": 9, "F": 1}
STATUSES = {"not_open": 45, "early_help": 20, "cin": 30, "yjs_open": 5}
PROTECTED = 0.11
TODAY = local_day(PRACTICE_NOW)


def describe(child: Child, absences: list[InventedAbsence]) -> None:
    """Birth and sex; nobody turns 18 before ten days after the last return."""
    rng = dice(f"person {child.police_ref}")
    first, last = local_day(absences[0].start), local_day(absences[-1].clock_start)
    child.sex = pick(rng, UASC_SEXES if child.uasc else SEXES)
    while True:
        child.birth = born(first, pick(rng, UASC_AGES if child.uasc else AGES), rng.randrange(360))
        if birthday(child.birth, 18) > last + 10 * DAY:
            return


def born(day: date, age: int, days_since_birthday: int) -> date:
    """A birth date that makes the child this old on that day."""
    then = day - days_since_birthday * DAY
    return date(then.year - age, then.month, min(then.day, 28))


def protect(child: Child, absences: list[InventedAbsence]) -> None:
    """Some children who are not looked after have a child protection plan over some of their episodes."""
    rng = dice(f"protection {child.police_ref}")
    if child.in_care != InCare.NO or rng.random() > PROTECTED:
        return
    since = local_day(rng.choice(absences).start) - rng.randint(0, 90) * DAY
    ends = since + rng.randint(150, 400) * DAY
    child.protection = Spell(since, ends if ends < TODAY else None)


def assign(child: Child) -> None:
    """Status on the day of the export, and the people responsible."""
    rng = dice(f"status {child.police_ref or child.child_id}")
    child.case_status = child.case_status or status(child)
    if child.case_status not in ("not_open", "early_help"):
        child.lead_worker = child.lead_worker or worker(rng, child.team)
    if child.care and child.care.covers(TODAY) and not child.hosted_by:
        child.iro = reviewing_officer(rng)


def status(child: Child) -> str:
    if child.care and child.care.covers(TODAY):
        return "lac"
    if child.care and child.care.until == birthday(child.birth, 18):
        return "care_leaver"
    if child.protection and child.protection.covers(TODAY):
        return "cp"
    if child.care or child.team == Team.DISABILITY:
        return "cin"
    return pick(dice(f"need {child.police_ref}"), STATUSES)


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
AGES_BY_PLACEMENT = {
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
    youngest, oldest = AGES_BY_PLACEMENT.get(placement, (1, 16))
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


# Not counting unaccompanied children (11, then 14): 40 + 24 = 64 and 40 + 26 + 3 = 69, so 75 and 83 looked
# after in the two half-years. The 83 is published; the 75 is ours.
BOTH_HALVES, H2_ONLY, H1_ONLY, ENTER = 40, 24, 26, 3
LEAVE_CARE = 0.2  # of those with no episode in 2017
# fmt: off
PLACEMENTS = {
    "residential": 42, "ifa": 27, "own_foster": 15, "kinship": 5,
    "with_parents": 4, "independent_living": 4, "other": 3,
}
# fmt: on
Halves = tuple[bool, bool]


def choose(children: list[Child]) -> None:
    """Children who go missing often are more likely to be looked after."""
    ours = [c for c in children if not c.uasc and c.team != Team.DISABILITY and one_area(c)]
    mark(ours, ENTER, InCare.ENTERS, lambda c: c.count(Half.H2_2016) == 1 and c.count(Half.H1_2017) >= 2)
    for number, halves in ((BOTH_HALVES, (True, True)), (H2_ONLY, (True, False)), (H1_ONLY, (False, True))):
        mark(ours, number, InCare.THROUGHOUT, in_halves(halves))
    for child in children:
        if child.uasc:
            child.in_care = InCare.THROUGHOUT


def one_area(child: Child) -> bool:
    return len({team for _, team in child.plan}) == 1


def in_halves(halves: Halves) -> Callable[[Child], bool]:
    return lambda c: (c.count(Half.H2_2016) > 0, c.count(Half.H1_2017) > 0) == halves


def mark(children: list[Child], number: int, how: InCare, wanted: Callable[[Child], bool]) -> None:
    rng = dice(f"looked after {how} {number}")
    free = [c for c in children if c.in_care == InCare.NO and wanted(c)]
    free.sort(key=lambda c: -(len(c.plan) + rng.uniform(0, 14)))
    for child in free[:number]:
        child.in_care = how


def settle(child: Child, absences: list[InventedAbsence]) -> None:
    """Give a child in care its period, placement and home, so that the period holds at the right starts."""
    rng = dice(f"care {child.police_ref}")
    if child.in_care == InCare.NO:
        return
    first, last = local_day(absences[0].start), local_day(absences[-1].clock_start)
    if child.in_care == InCare.ENTERS:
        since = random_day(rng, local_day(absences[0].clock_start) + DAY, local_day(absences[1].start))
    else:
        since = random_day(rng, max(child.birth, first - 1200 * DAY), first - 5 * DAY)
    child.care = Spell(since, until(child, last))
    child.placement = "semi_independent" if child.uasc else placement(child, first)
    child.provider = home(rng, child.team) if child.placement == "residential" else ""


def until(child: Child, last: date) -> date | None:
    """Care ends on the 18th birthday at the latest; some leave it earlier."""
    rng = dice(f"leaving care {child.police_ref}")
    export_day, grown = local_day(CHILDREN_TAKEN_AT), birthday(child.birth, 18)
    if not child.count(Half.H1_2017) and not child.uasc and rng.random() < LEAVE_CARE:
        return min(grown, random_day(rng, last + 20 * DAY, export_day - 10 * DAY))
    return grown if grown <= export_day else None


def placement(child: Child, first: date) -> str:
    drawn = pick(dice(f"placement {child.police_ref}"), PLACEMENTS)
    too_young = drawn == "independent_living" and age_on(child.birth, first) < 16
    return "residential" if too_young else drawn
