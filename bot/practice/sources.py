"""Which episodes only one of the two agencies knows about."""

from random import Random

from bot.practice.dice import dice
from bot.practice.shapes import Absence, Half, Listed, Team

NUMBER = {
    (Half.H2_2016, Listed.COUNCIL_ONLY): 3,
    (Half.H1_2017, Listed.COUNCIL_ONLY): 3,
    (Half.H2_2016, Listed.POLICE_ONLY): 2,
    (Half.H1_2017, Listed.POLICE_ONLY): 3,
}
OUT_OF_COUNTY = ("ifa", "other")  # placements where another force takes the report


def part(absences: list[Absence]) -> None:
    rng = dice("sources")
    for half in (Half.H2_2016, Half.H1_2017):
        mark(rng, [a for a in absences if a.half == half and placed_elsewhere(a)], Listed.COUNCIL_ONLY)
        mark(rng, [a for a in absences if a.half == half and overlooked(a)], Listed.POLICE_ONLY)


def mark(rng: Random, absences: list[Absence], listed: Listed) -> None:
    """A child at a time, so that the most frequent do not provide all of them."""
    children = list(dict.fromkeys(absence.child for absence in absences))
    for child in rng.sample(children, NUMBER[absences[0].half, listed]):
        rng.choice([a for a in absences if a.child is child]).listed = listed


def placed_elsewhere(absence: Absence) -> bool:
    return (
        absence.child.placement in OUT_OF_COUNTY
        and absence.missing_from == "care"
        and not absence.found_with
        and absence.last_seen_known
        and absence.returned is not None
    )


def overlooked(absence: Absence) -> bool:
    """From home. Without an interviews row the child's team is the area, so the two must agree."""
    return (
        absence.missing_from == "home"
        and absence.team == absence.child.team != Team.DISABILITY
        and absence.listed == Listed.BOTH
        and absence.returned is not None
        and absence.return_told_to_police
    )
