"""The practice morning, scene by scene: every episode of 1 to 5 July 2017 in London time."""

from dataclasses import dataclass

from bot.practice.shapes import Listed

Grades = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """Times are 'day hh:mm' of July 2017; empty means not yet."""

    who: str  # a role in morning_people
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


def waiting(who: str, last_seen: str, reported: str, returned: str, worker: str = "", offered: str = "") -> Scene:
    """Back, interview still to be held; reported and graded medium at once."""
    return Scene(who, last_seen, reported, returned, medium(reported), "returned_self", worker, offered)


def held(away: tuple[str, str, str, str], worker: str, offered: str, held: str) -> Scene:
    """Interviewed, but not yet written on the case system."""
    ending = "found_by_police"
    return Scene(*away, medium(away[2]), ending, worker, offered, response="accepted", held=held)


STILL_MISSING = (
    Scene("over 72 hours", "1 20:30", "1 21:50", grades=(("high", "1 22:20"),), worker="W-N01"),
    Scene("unaccompanied", "4 01:50", "4 03:15", grades=medium("4 03:50"), worker="W-C02"),
    # Reported as the council's export was taken: no grade yet, and nobody there knows the child.
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
)

BACK_SINCE_YESTERDAY = (
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
)

OVERDUE = (
    waiting("overdue, north", "1 00:40", "1 02:10", "1 09:30", worker="W-N01"),
    waiting("overdue, offered", "1 13:00", "1 17:20", "1 23:10", worker="W-C03", offered="3 10:15"),
    waiting("overdue, south", "1 19:30", "1 21:00", "2 02:30", worker="W-S01"),
)

DUE_WITHIN_A_DAY = (
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
)

HELD_NOT_RECORDED = (
    held(("held, central", "1 01:15", "1 03:00", "1 17:00"), "W-C01", "2 10:00", "3 16:30"),
    held(("held, north", "1 21:15", "1 23:40", "2 13:00"), "W-N02", "3 09:20", "4 11:00"),
    held(("held, south", "2 20:40", "2 22:30", "3 09:40"), "W-S02", "3 14:05", "4 15:15"),
)

OTHERS = (
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

SCENES = (
    *STILL_MISSING,
    *BACK_SINCE_YESTERDAY,
    *OVERDUE,
    *DUE_WITHIN_A_DAY,
    *HELD_NOT_RECORDED,
    *OTHERS,
)
