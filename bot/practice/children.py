"""Who among the missing is looked after, from when to when, and where they are placed."""

from collections.abc import Callable
from datetime import date

from bot.practice.calendar import CHILDREN_TAKEN_AT, DAY, age_on, birthday, local_day, random_day
from bot.practice.dice import dice, pick
from bot.practice.homes import home
from bot.practice.shapes import Absence, Child, Half, InCare, Spell, Team

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


def settle(child: Child, absences: list[Absence]) -> None:
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
