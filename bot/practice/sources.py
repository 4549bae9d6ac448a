"""Which episodes only one of the two agencies knows about, and children strangers to the council."""

from bot.practice.dice import dice
from bot.practice.shapes import Absence, Half, Listed, Team

COUNCIL_ONLY = {Half.H2_2016: 3, Half.H1_2017: 3}
POLICE_ONLY = {Half.H2_2016: 2, Half.H1_2017: 3}
OUT_OF_COUNTY = ("ifa", "other")  # placements where another force takes the report


def part(absences: list[Absence]) -> None:
    rng = dice("sources")
    for half, number in COUNCIL_ONLY.items():
        for absence in rng.sample([a for a in absences if a.half == half and placed_elsewhere(a)], number):
            absence.listed = Listed.COUNCIL_ONLY
    for half, number in POLICE_ONLY.items():
        for absence in rng.sample([a for a in absences if a.half == half and overlooked(a)], number):
            absence.listed = Listed.POLICE_ONLY


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
