"""What the police noted besides the times: missing from where, reported by whom, graded how, seen when."""

from datetime import datetime
from random import Random

from bot.practice.calendar import HOUR, MINUTE, local_day, unclear
from bot.practice.dice import dice, pick
from bot.practice.shapes import Absence, Half

GRADES = {"medium": 66, "high": 17, "low": 14, "": 2}
FIRST_GRADES = {
    Half.H2_2016: {**GRADES, "absent": 2},
    Half.H1_2017: {**GRADES, "very_low": 1},
    Half.JULY: GRADES,
}
RAISED = {"low": ("medium", "high"), "medium": ("high",)}
RAISE = 0.1
NOT_LOGGED = 0.07  # prevention interviews missing from the police record
NO_LAST_SEEN = 0.02
RETURN_NOT_TOLD = 0.03  # the council knows when the child came back, the police do not
RETURN_UNKNOWN = 0.02  # nobody noted it: the interview clock then runs from when the child was found

CARERS = {"residential": "carer_residential", "ifa": "carer_foster", "own_foster": "carer_foster"}
CARERS |= {"kinship": "carer_foster", "with_parents": "parent", "semi_independent": "social_worker"}
FROM = {"home": 90, "other": 7, "hospital": 3}
AT_HOME = {"parent": 88, "other": 6, "police": 3, "social_worker": 3}


def note(absence: Absence) -> None:
    """Everything but the times. What a scripted case already says stays."""
    rng = dice(f"details {absence.child.police_ref} {absence.start:%Y%m%d%H%M}")
    absence.missing_from = absence.missing_from or missing_from(rng, absence)
    absence.reporter = absence.reporter or reporter(rng, absence)
    if absence.half != Half.JULY:
        absence.grades = grades(rng, absence)
        forget(rng, absence)
    if absence.end and rng.random() > NOT_LOGGED:
        absence.prevention = after(rng, absence.clock_start, 20, 480)


def looked_after(absence: Absence) -> bool:
    care = absence.child.care
    return care is not None and care.covers(local_day(absence.start))


def missing_from(rng: Random, absence: Absence) -> str:
    if looked_after(absence):
        return "care"
    return "school" if absence.from_school else pick(rng, FROM)


def reporter(rng: Random, absence: Absence) -> str:
    fixed = {"school": "school", "hospital": "health"}.get(absence.missing_from)
    if absence.missing_from == "care":
        return CARERS.get(absence.child.placement, "social_worker")
    return fixed or pick(rng, AT_HOME)


def grades(rng: Random, absence: Absence) -> list[tuple[str, datetime | None]]:
    """The first grade soon after the report; some are raised later, while the child is still missing."""
    first = pick(rng, FIRST_GRADES[absence.half])
    if not first:
        return [("", None)]
    graded = after(rng, absence.reported, 5, 90)
    raised = after(rng, graded, 60, 480)
    if first in RAISED and raised < (absence.end or raised) and rng.random() < RAISE:
        return [(first, graded), (rng.choice(RAISED[first]), raised)]
    return [(first, graded)]


def forget(rng: Random, absence: Absence) -> None:
    """Gaps as in real exports; each still leaves one certain start and one certain clock."""
    same_day = not absence.from_school and local_day(absence.start) == local_day(absence.reported)
    if same_day and rng.random() < NO_LAST_SEEN:
        absence.start, absence.last_seen_known = absence.reported, False
    drawn = rng.random()
    if drawn < RETURN_UNKNOWN:
        absence.returned = None
    elif drawn < RETURN_UNKNOWN + RETURN_NOT_TOLD:
        absence.return_told_to_police = False


def after(rng: Random, moment: datetime, shortest: int, longest: int) -> datetime:
    """Some minutes later, at a time that can be written down without doubt."""
    later = moment + MINUTE * rng.randint(shortest, longest)
    return later + 2 * HOUR if unclear(later) else later
