"""Who holds a return interview, and whether that person is independent of the child's care."""

from random import Random

from bot.practice.dice import pick
from bot.practice.places import worker
from bot.practice.shapes import Absence

# fmt: off
ROLES = {
    "own_sw": 22, "other_sw": 14, "youth_worker": 24, "dedicated_team": 26,
    "school": 7, "charity": 5, "spot": 2,
}
# fmt: on
NOT_KNOWN = 0.05


def staff(rng: Random, absence: Absence) -> None:
    """The lead worker is asked first; for a child nobody works with, someone of the team is."""
    interview = absence.interview
    interview.worker = absence.child.lead_worker or worker(rng, absence.team)
    if interview.held:
        interview.role = pick(rng, ROLES)
        independent = "no" if interview.role == "own_sw" else "yes"
        interview.independent = "unknown" if rng.random() < NOT_KNOWN else independent
