"""Who went missing together: pairs gone from one district on one evening and found at the same time."""

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import combinations

from bot.practice.calendar import HOUR, MINUTE
from bot.practice.dice import dice
from bot.practice.shapes import Absence, Child, Team
from bot.practice.starts import evening_of

PAIRS = 32
UNREPORTED = 6  # found with a child nobody had reported (report, paragraph 23)
CLOSE = 3 * HOUR
MARGIN = timedelta(days=7)
FOUND_TO_HOME = timedelta(minutes=45)


def pair_up(absences: list[Absence]) -> None:
    """Up to PAIRS pairs, at most one an evening and one absence in one pair, spread over the year."""
    evenings: dict[tuple[object, Team], list[Absence]] = defaultdict(list)
    for absence in absences:
        if not absence.from_school:
            evenings[evening_of(absence.start), absence.team].append(absence)
    groups = list(evenings.values())
    dice("pairs").shuffle(groups)
    left = PAIRS
    for group in groups:
        left -= any(join(one, other) for one, other in combinations(group, 2))
        if not left:
            return


def join(one: Absence, other: Absence) -> bool:
    """Make a pair of the two if their evenings fit; the one found earlier gives the time."""
    if one.child is other.child or abs(one.start - other.start) > CLOSE:
        return False
    for leader, follower in ((one, other), (other, one)):
        if leader.found and could_be_found(follower, leader.found) and could_be_found(leader, leader.found):
            found_together(leader, follower, leader.found)
            return True
    return False


def could_be_found(absence: Absence, found: datetime) -> bool:
    early = max(absence.start + HOUR, absence.reported + 10 * MINUTE)
    return early <= found and found + FOUND_TO_HOME <= absence.limit


def found_together(leader: Absence, follower: Absence, found: datetime) -> None:
    follower.district = leader.district
    for absence, companion in ((leader, follower), (follower, leader)):
        absence.found, absence.returned = found, found + FOUND_TO_HOME
        absence.end_reason = "found_by_police"
        absence.found_with = [companion.child]


def name_the_unreported(absences: list[Absence], children: list[Child]) -> None:
    """Some children were found with one who was not missing then, as far as the police knew."""
    rng = dice("unreported companions")
    alone = [a for a in absences if not a.found_with and a.end_reason == "found_by_police" and a.found]
    for absence in rng.sample(alone, UNREPORTED):
        away = {a.child for a in absences if abs(a.start - absence.start) < MARGIN}
        at_home = [c for c in children if c.team == absence.team and c not in away]
        absence.found_with = [rng.choice(at_home)]
