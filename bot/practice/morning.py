"""The scenes of the practice morning as episodes of their children."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from bot.practice.calendar import DAY, PRACTICE_NOW, birthday, july
from bot.practice.invented import Child, Half, InventedAbsence, InventedInterview, Listed, Spell, Team, dice
from bot.practice.places import district_of, staff

QUIET_SINCE = datetime.fromisoformat("2017-06-24T00:00+00:00")
STILL_A_CHILD = date(2017, 9, 1)

North, South, Central, Disability = Team.NORTHERN, Team.SOUTHERN, Team.CENTRAL, Team.DISABILITY
Wanted = Callable[[Child, list[InventedAbsence]], bool]


def in_home(child: Child, _: list[InventedAbsence]) -> bool:
    return in_care(child) and child.placement == "residential" and not child.uasc


def in_care(child: Child) -> bool:
    return child.care is not None and child.care.covers(date(2017, 7, 1))


def at_home(child: Child) -> bool:
    return child.care is None and child.protection is None


def starts_before(number: int, moment: str) -> Wanted:
    """Return a test for exactly so many starts in the 90 days before: one or two more make the third."""
    first = july(moment) - 90 * DAY
    return lambda child, absences: at_home(child) and sum(a.start > first for a in absences) == number


# Role -> team, and the test of the child. The first child of the cast that fits plays the role.
FROM_THE_CAST: dict[str, tuple[Team, Wanted]] = {
    "over 72 hours": (North, in_home),
    "unaccompanied": (Central, lambda child, _: child.uasc and in_care(child)),
    "protected": (South, starts_before(1, "4 19:30")),
    "third in 90 days": (North, starts_before(2, "3 21:00")),
    "disability": (Disability, lambda child, _: not child.count(Half.H1_2017)),
    "out of county": (South, lambda child, _: in_care(child) and child.placement in ("ifa", "other")),
    "overdue, north": (North, lambda child, _: at_home(child) and child.count(Half.H1_2017) == 1),
    "back at dawn": (Central, lambda child, _: at_home(child) and child.count(Half.H1_2017) == 2),
    "held, central": (Central, in_home),
}

# Role -> team, birth, sex, status: seen for the first time in July 2017.
NEW: dict[str, tuple[Team, date, str, str]] = {
    "stranger, north": (North, date(2002, 2, 11), "F", ""),
    "stranger, south": (South, date(2001, 9, 3), "M", ""),
    "hosted": (North, date(2001, 4, 19), "F", "lac"),
    "eleven": (Central, date(2005, 11, 8), "F", "cin"),
    "nobody's, central": (Central, date(2003, 1, 27), "M", "not_open"),
    "nobody's, north": (North, date(2002, 6, 2), "F", "not_open"),
    "overdue, offered": (Central, date(2000, 12, 14), "M", "cin"),
    "overdue, south": (South, date(2003, 5, 23), "F", "cin"),
    "due, offered": (Central, date(2002, 10, 6), "F", "yjs_open"),
    "held, north": (North, date(2001, 12, 30), "M", "cin"),
    "held, south": (South, date(2003, 8, 17), "F", "early_help"),
    "declined": (Central, date(2001, 3, 9), "M", "cin"),
}


def find_people(cast: dict[Child, list[InventedAbsence]]) -> dict[str, Child]:
    """Return every role and its child.

    A child of the cast has been home for a week, is young enough, and was always with its present team.
    """
    found: dict[str, Child] = {}
    for role, (team, wanted) in FROM_THE_CAST.items():
        found[role] = next(
            child
            for child, absences in cast.items()
            if child.team == team and {absence.team for absence in absences} == {team}
            if absences[-1].clock_start < QUIET_SINCE and birthday(child.birth, 18) > STILL_A_CHILD
            if wanted(child, absences) and child not in found.values()
        )
    found["protected"].protection = Spell(date(2017, 4, 20))
    for role, (team, birth, sex, status) in NEW.items():
        found[role] = Child(team, birth=birth, sex=sex, case_status=status, known_to_council=bool(status))
    hosted = found["hosted"]  # looked after by another authority, placed here since June
    hosted.care, hosted.hosted_by = Spell(date(2017, 6, 12)), "LA-901"
    hosted.placement, hosted.provider = "residential", "R-12"
    return found


Grades = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """One episode of the morning. Times are 'day hh:mm' of July 2017; empty means not yet."""

    role: str  # of FROM_THE_CAST or NEW
    last_seen: str
    reported: str
    returned: str = ""
    grades: Grades = ()
    ending: str = ""
    worker: str = ""
    offered: str = ""
    response: str = ""
    held: str = ""
    listed: Listed = Listed.BOTH


def medium(moment: str) -> Grades:
    return (("medium", moment),)


def waiting(role: str, last_seen: str, reported: str, returned: str, worker: str = "", offered: str = "") -> Scene:
    """Return a scene of a child who is back, the interview still to be held; graded medium with the report."""
    return Scene(role, last_seen, reported, returned, medium(reported), "returned_self", worker, offered)


def held(away: tuple[str, str, str, str], worker: str, offered: str, held: str) -> Scene:
    """Return a scene of an interview that was held and is not recorded yet."""
    ending = "found_by_police"
    return Scene(*away, medium(away[2]), ending, worker, offered, response="accepted", held=held)


SCENES = (
    # -- Still missing --
    Scene("over 72 hours", "1 20:30", "1 21:50", grades=(("high", "1 22:20"),), worker="W-N01"),
    Scene("unaccompanied", "4 01:50", "4 03:15", grades=medium("4 03:50"), worker="W-C02"),
    # Reported as the council's export was taken: no grade yet, and the council does not know the child.
    Scene("stranger, north", "5 02:10", "5 05:00", listed=Listed.POLICE_ONLY),
    Scene("protected", "4 19:30", "4 21:40", grades=medium("4 22:05"), worker="W-S01"),
    Scene("hosted", "4 21:00", "4 23:05", grades=medium("4 23:40"), worker="W-N03"),
    Scene(
        "eleven",
        "4 17:45",
        "4 20:10",
        grades=(("medium", "4 20:40"), ("high", "5 01:25")),
        worker="W-C01",
    ),
    # -- Back since yesterday --
    # domain.md 10.2, case 1: out at 22:40, back at 01:15, listed once as reported and once as returned.
    Scene(
        "stranger, south",
        "4 22:40",
        "4 23:20",
        returned="5 01:15",
        grades=medium("4 23:45"),
        ending="returned_self",
        listed=Listed.POLICE_ONLY,
    ),
    waiting("third in 90 days", "3 21:00", "3 22:40", "4 09:20", worker="W-N02"),
    waiting("nobody's, central", "3 19:15", "3 23:30", "4 16:40"),
    # Back after the council's export was taken: there the child is still missing.
    waiting("back at dawn", "4 21:30", "4 23:45", "5 06:10", worker="W-C04"),
    # -- Return interview overdue --
    waiting("overdue, north", "1 00:40", "1 02:10", "1 09:30", worker="W-N01"),
    waiting("overdue, offered", "1 13:00", "1 17:20", "1 23:10", worker="W-C03", offered="3 10:15"),
    waiting("overdue, south", "1 19:30", "1 21:00", "2 02:30", worker="W-S01"),
    # -- Return interview due within a day --
    waiting("disability", "1 22:00", "1 23:10", "2 11:00", worker="W-D01"),
    waiting("nobody's, north", "2 09:30", "2 12:45", "2 15:30"),
    waiting("due, offered", "1 23:20", "2 01:00", "2 21:40", worker="W-C05", offered="4 11:30"),
    Scene(
        "out of county",
        "2 18:00",
        "2 19:30",
        returned="3 06:20",
        ending="returned_by_carer",
        worker="W-S03",
        listed=Listed.COUNCIL_ONLY,
    ),
    # -- Return interview held and not recorded yet --
    held(("held, central", "1 01:15", "1 03:00", "1 17:00"), "W-C01", "2 10:00", "3 16:30"),
    held(("held, north", "1 21:15", "1 23:40", "2 13:00"), "W-N02", "3 09:20", "4 11:00"),
    held(("held, south", "2 20:40", "2 22:30", "3 09:40"), "W-S02", "3 14:05", "4 15:15"),
    # -- Others --
    # Missing again on the 4th while the 72 hours of this return still run.
    waiting("protected", "2 20:00", "2 22:15", "3 12:30", worker="W-S01", offered="3 16:00"),
    Scene(
        "declined",
        "2 00:30",
        "2 02:20",
        returned="2 18:30",
        grades=medium("2 02:50"),
        ending="returned_self",
        worker="W-C06",
        offered="3 10:00",
        response="declined",
    ),
)


def play(scene: Scene, child: Child) -> InventedAbsence:
    """Return the scene as an episode of the child; a worker of the scene becomes the child's lead worker too."""
    returned = july(scene.returned) if scene.returned else None
    story = InventedAbsence(
        child,
        Half.JULY,
        child.team,
        july(scene.last_seen),
        PRACTICE_NOW + DAY,
        july(scene.reported),
        found=returned,
        returned=returned,
        listed=scene.listed,
        end_reason=scene.ending,
    )
    story.district = district_of(child, child.team)
    story.grades = [(grade, july(graded)) for grade, graded in scene.grades] or [("", None)]
    if scene.worker and child.case_status != "early_help":
        child.lead_worker = scene.worker
    story.interview = InventedInterview(
        offered=july(scene.offered) if scene.offered else None,
        response=scene.response,
        held=july(scene.held) if scene.held else None,
    )
    staff(dice(f"staff {scene.role}"), story)
    story.interview.worker = scene.worker
    return story
