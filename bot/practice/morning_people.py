"""Who appears in the practice morning: some from the half-years' cast, some seen for the first time."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from bot.practice.calendar import birthday, july
from bot.practice.shapes import Absence, Child, Half, Spell, Team

QUIET_SINCE = datetime.fromisoformat("2017-06-24T00:00+00:00")
NINETY_DAYS = timedelta(days=90)
STILL_A_CHILD = date(2017, 9, 1)

North, South, Central, Disability = Team.NORTHERN, Team.SOUTHERN, Team.CENTRAL, Team.DISABILITY
Wanted = Callable[[Child, list[Absence]], bool]


def in_home(child: Child, _: list[Absence]) -> bool:
    return in_care(child) and child.placement == "residential" and not child.uasc


def in_care(child: Child) -> bool:
    return child.care is not None and child.care.covers(date(2017, 7, 1))


def at_home(child: Child) -> bool:
    return child.care is None and child.protection is None


def starts_before(number: int, moment: str) -> Wanted:
    """Exactly so many starts in the 90 days before: one or two more make the third."""
    first = july(moment) - NINETY_DAYS
    return lambda child, absences: at_home(child) and sum(a.start > first for a in absences) == number


# Role -> team, and what the child must be. The first child of the cast that fits plays it.
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


def people(cast: dict[Child, list[Absence]]) -> dict[str, Child]:
    """Every role and its child."""
    found: dict[str, Child] = {}
    for role, (team, wanted) in FROM_THE_CAST.items():
        found[role] = next(
            child
            for child, absences in cast.items()
            if child.team == team and available(child, absences) and wanted(child, absences)
            if child not in found.values()
        )
    found["protected"].protection = Spell(date(2017, 4, 20))
    found |= {role: new_child(role, *facts) for role, facts in NEW.items()}
    return found


def available(child: Child, absences: list[Absence]) -> bool:
    """Home for a week, young enough, and always with the team it has now."""
    settled = {absence.team for absence in absences} == {child.team}
    quiet = absences[-1].clock_start < QUIET_SINCE
    return settled and quiet and birthday(child.birth, 18) > STILL_A_CHILD


def new_child(role: str, team: Team, birth: date, sex: str, status: str) -> Child:
    child = Child(team, birth=birth, sex=sex, case_status=status, known_to_council=bool(status))
    if role == "hosted":  # looked after by another authority, placed here since June
        child.care, child.hosted_by = Spell(date(2017, 6, 12)), "LA-901"
        child.placement, child.provider = "residential", "R-12"
    return child


def newcomers(roles: dict[str, Child]) -> Iterable[Child]:
    return [roles[role] for role in NEW]
