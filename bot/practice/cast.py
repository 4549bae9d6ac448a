"""The invented children: those of the two half-years, their care and placements, and the rest of the census."""

from datetime import date
from random import Random

from bot.practice.calendar import CHILDREN_TAKEN_AT, DAY, PRACTICE_NOW, birthday, local_day, random_day
from bot.practice.invented import Child, Half, InCare, InventedAbsence, Spell, Team, dice, pick
from bot.practice.places import ELSEWHERE, NORTHERN, OWN, PRIVATE, REVIEWING_OFFICERS, pick_worker

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

# The unaccompanied asylum-seeking children among them: 11 with 29 episodes, then 14 with 41.
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


def invent_children() -> list[Child]:
    """Return every child of the two half-years, in an order that says nothing about area or frequency."""
    everyone = [
        Child(team, planned(team, pair), uasc=n < UASC.get(team, {}).get(pair, 0))
        for team, pairs in PAIRS.items()
        for pair, number in pairs.items()
        for n in range(number)
    ]
    everyone += [Child(team, [(Half.H1_2017, where) for where in areas]) for team, areas in TWO_AREAS]
    move_house(everyone, Team.NORTHERN, Team.CENTRAL, (2, 2))
    move_house(everyone, Team.SOUTHERN, Team.CENTRAL, (1, 1))
    dice("cast").shuffle(everyone)
    return everyone


def planned(team: Team, pair: tuple[int, int]) -> list[tuple[Half, Team]]:
    earlier, later = pair
    return [(Half.H2_2016, team)] * earlier + [(Half.H1_2017, team)] * later


def move_house(everyone: list[Child], one: Team, other: Team, pair: tuple[int, int]) -> None:
    """Let two children with equal counts exchange teams at new year: the areas' figures do not change."""
    for team, new_team in ((one, other), (other, one)):
        mover = next(c for c in everyone if c.plan == planned(team, pair) and not c.uasc)
        mover.plan = [(half, new_team if half == Half.H1_2017 else team) for half, _ in mover.plan]
        mover.team = new_team


# Not counting unaccompanied children (11, then 14): 40 + 24 = 64 and 40 + 26 + 3 = 69, so 75 and 83 looked
# after in the two half-years. The 83 is published; the 75 is ours.
BOTH_HALVES, H2_ONLY, H1_ONLY, ENTER = 40, 24, 26, 3


def choose_looked_after(children: list[Child]) -> None:
    """Mark the looked-after children; those who go missing often are more likely to be looked after."""
    one_area = [c for c in children if len({team for _, team in c.plan}) == 1]
    ours = [c for c in one_area if not c.uasc and c.team != Team.DISABILITY]
    mark([c for c in ours if c.count(Half.H2_2016) == 1 and c.count(Half.H1_2017) >= 2], ENTER, InCare.ENTERS)
    both = {Half.H2_2016, Half.H1_2017}
    for number, halves in ((BOTH_HALVES, both), (H2_ONLY, {Half.H2_2016}), (H1_ONLY, {Half.H1_2017})):
        mark([c for c in ours if {half for half, _ in c.plan} == halves], number, InCare.THROUGHOUT)
    for child in children:
        if child.uasc:
            child.in_care = InCare.THROUGHOUT


def mark(children: list[Child], number: int, how: InCare) -> None:
    rng = dice(f"looked after {how} {number}")
    free = [c for c in children if c.in_care == InCare.NO]
    free.sort(key=lambda c: -(len(c.plan) + rng.uniform(0, 14)))
    for child in free[:number]:
        child.in_care = how


# Report, paragraph 28: most were 13 to 15.
AGES = {9: 1, 10: 2, 11: 4, 12: 8, 13: 20, 14: 25, 15: 23, 16: 13, 17: 5}
UASC_AGES = {14: 1, 15: 4, 16: 8, 17: 4}
SEXES = {"F": 52, "M": 46, "U": 1}
UASC_SEXES = {"M": 9, "F": 1}
PROTECTED = 0.11
TODAY = local_day(PRACTICE_NOW)


def describe(child: Child, absences: list[InventedAbsence]) -> None:
    """Draw birth date, sex and, for some children who are not looked after, a child protection plan.

    No child turns 18 before ten days after its last return. The plan covers some of the child's episodes.
    """
    rng = dice(f"person {child.police_ref}")
    first, last = local_day(absences[0].start), local_day(absences[-1].clock_start)
    child.sex = pick(rng, UASC_SEXES if child.uasc else SEXES)
    grown_too_soon = True
    while grown_too_soon:
        child.birth = born(first, pick(rng, UASC_AGES if child.uasc else AGES), rng.randrange(360))
        grown_too_soon = birthday(child.birth, 18) <= last + 10 * DAY

    rng = dice(f"protection {child.police_ref}")
    if child.in_care == InCare.NO and rng.random() <= PROTECTED:
        since = local_day(rng.choice(absences).start) - rng.randint(0, 90) * DAY
        ends = since + rng.randint(150, 400) * DAY
        child.protection = Spell(since, ends if ends < TODAY else None)


def born(day: date, age: int, days_since_birthday: int) -> date:
    """Return a birth date that makes the child this old on that day."""
    then = day - days_since_birthday * DAY
    return date(then.year - age, then.month, min(then.day, 28))


LEAVE_CARE = 0.2  # of those with no episode in 2017
# fmt: off
PLACEMENTS = {
    "residential": 42, "ifa": 27, "own_foster": 15, "kinship": 5,
    "with_parents": 4, "independent_living": 4, "other": 3,
}
# fmt: on


def place_in_care(child: Child, absences: list[InventedAbsence]) -> None:
    """Give a looked-after child its period of care, placement and home; the period holds at the right starts."""
    rng = dice(f"care {child.police_ref}")
    if child.in_care == InCare.NO:
        return
    first, last = local_day(absences[0].start), local_day(absences[-1].clock_start)
    if child.in_care == InCare.ENTERS:
        since = random_day(rng, local_day(absences[0].clock_start) + DAY, local_day(absences[1].start))
    else:
        since = random_day(rng, max(child.birth, first - 1200 * DAY), first - 5 * DAY)

    # Care ends on the 18th birthday at the latest; some children leave it earlier.
    leaving = dice(f"leaving care {child.police_ref}")
    grown, export_day = birthday(child.birth, 18), local_day(CHILDREN_TAKEN_AT)
    until = grown if grown <= export_day else None
    if not child.count(Half.H1_2017) and not child.uasc and leaving.random() < LEAVE_CARE:
        until = min(grown, random_day(leaving, last + 20 * DAY, export_day - 10 * DAY))
    child.care = Spell(since, until)

    # Missing children are mostly in private homes near their team, as most places are.
    drawn = "semi_independent" if child.uasc else pick(dice(f"placement {child.police_ref}"), PLACEMENTS)
    too_young = drawn == "independent_living" and birthday(child.birth, 16) > first
    child.placement = "residential" if too_young else drawn
    if child.placement == "residential":
        near = NORTHERN if child.team == Team.NORTHERN else ELSEWHERE
        child.provider = rng.choice([code for code in near if code not in OWN])


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


def fill_census(children: list[Child]) -> list[Child]:
    """Return the children needed to bring each placement to its two census figures.

    Most stay from the first day to the second, some leave and some come in between.
    """
    added: list[Child] = []
    for placement, (earlier, later) in CENSUS.items():
        there = [c for c in children if c.placement == placement and not c.hosted_by]
        earlier -= sum(in_care(c, EARLIER) for c in there)
        later -= sum(in_care(c, LATER) for c in there)
        if min(earlier, later) < 0:
            raise ValueError(f"more missing children in {placement} than the census has")
        rng = dice(f"population {placement}")
        staying = round(min(earlier, later) * (1 - CHURN))
        for n in range(earlier):
            left = random_day(rng, EARLIER + DAY, LATER) if n >= staying else None
            added.append(invent_resident(rng, placement, Spell(random_day(rng, EARLIER - 900 * DAY, EARLIER), left)))
        for _ in range(later - staying):
            added.append(invent_resident(rng, placement, Spell(random_day(rng, EARLIER + DAY, LATER))))

    # Ten of the residential children live in the council's own homes, the rest in private ones.
    homeless = [c for c in (*children, *added) if c.placement == "residential" and not c.provider]
    for n, resident in enumerate(sorted(homeless, key=lambda c: not in_care(c, LATER))):
        homes = OWN if n < OWN_PROVISION else PRIVATE
        resident.provider = homes[n % len(homes)]
    move_between_placements(added)
    return added


#: Children in care on both census days who moved: pairs exchange kinds between the days, so that the figures of both
#: days are as published; the others had moved before the earlier day.
PAIRS_MOVED = (("own_foster", "ifa", 5), ("kinship", "own_foster", 2))
MOVED_BEFORE = (("own_foster", "residential", 6), ("ifa", "adoptive", 3))


def move_between_placements(residents: list[Child]) -> None:
    rng = dice("moves")
    staying = [c for c in residents if c.care and c.care.since < EARLIER - 60 * DAY and c.care.covers(TODAY)]

    def move(before: str, after: str, number: int, first: date | None) -> None:
        for child in [c for c in staying if c.placement == after and not c.moved_on][:number]:
            since = first or (child.care.since if child.care else EARLIER) + 20 * DAY
            child.moved_from, child.moved_on = before, random_day(rng, since, LATER if first else EARLIER)

    for one, other, number in PAIRS_MOVED:
        move(one, other, number, EARLIER + DAY)
        move(other, one, number, EARLIER + DAY)
    for before, after, number in MOVED_BEFORE:
        move(before, after, number, None)


def invent_resident(rng: Random, placement: str, care: Spell) -> Child:
    """Return a child old enough for the placement at the later census, born before care began, not yet 18."""
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


STATUSES = {"not_open": 45, "early_help": 20, "cin": 30, "yjs_open": 5}


def assign(child: Child) -> None:
    """Set the case status on the day of the export, the lead worker and the reviewing officer."""
    rng = dice(f"status {child.police_ref or child.child_id}")
    looked_after = in_care(child, TODAY)
    if child.case_status:
        status = child.case_status
    elif looked_after:
        status = "lac"
    elif child.care and child.care.until == birthday(child.birth, 18):
        status = "care_leaver"
    elif child.protection and child.protection.covers(TODAY):
        status = "cp"
    elif child.care or child.team == Team.DISABILITY:
        status = "cin"
    else:
        status = pick(dice(f"need {child.police_ref}"), STATUSES)
    child.case_status = status
    if status not in ("not_open", "early_help"):
        child.lead_worker = child.lead_worker or pick_worker(rng, child.team)
    if looked_after and not child.hosted_by:
        child.iro = f"IRO-{rng.randint(1, REVIEWING_OFFICERS):02}"


def in_care(child: Child, day: date) -> bool:
    return child.care is not None and child.care.covers(day)
