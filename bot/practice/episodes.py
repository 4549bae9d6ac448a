"""How long a child is away: when reported, found and back, never running into the next absence."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import combinations, pairwise
from random import Random

from bot.practice.calendar import (
    DAY,
    H1_2017,
    H2_2016,
    HOUR,
    MINUTE,
    at,
    comes_twice,
    days_between,
    july,
    local_day,
    random_day,
    unclear,
    wall,
)
from bot.practice.invented import Child, Half, InCare, InventedAbsence, Listed, Team, dice, pick
from bot.practice.places import district, staff
from bot.practice.return_interviews import SLACK, Diary, declined, in_time, soon

NEVER_MISSING, ALSO_MISSING = 7, 5
CLEAR_OF_MISSING = timedelta(days=3)  # kept clear of the child's own missing episodes


def away(children: list[Child], absences: list[InventedAbsence]) -> list[InventedAbsence]:
    rng = dice("away")
    missing = {a.child for a in absences}
    fit = [c for c in children if old_enough(c) and c.care and c.care.since < H2_2016[0] and not c.care.until]
    chosen = rng.sample([c for c in fit if c not in missing], NEVER_MISSING)
    chosen += rng.sample([c for c in fit if c in missing and len(c.plan) in range(1, 6)], ALSO_MISSING)
    return [away_absence(rng, child, Diary([a for a in absences if a.child is child])) for child in chosen]


def old_enough(child: Child) -> bool:
    return child.birth.year in range(2000, 2004) and not child.hosted_by


def away_absence(rng: Random, child: Child, diary: Diary) -> InventedAbsence:
    """Known to be with a friend or relative, and back within a day."""
    while True:
        day = random_day(rng, H2_2016[0], H1_2017[1] - 20 * DAY)
        start = at(day, rng.randrange(17, 23), 5 * rng.randrange(12))
        clear = all(
            a.start > start + CLEAR_OF_MISSING or (a.clock_start < start - CLEAR_OF_MISSING) for a in diary.absences
        )
        if clear:
            break
    back = start + rng.randint(3, 20) * HOUR
    half = Half.H2_2016 if local_day(start) <= H2_2016[1] else Half.H1_2017
    story = InventedAbsence(child, half, child.team, start, back + DAY, start + HOUR, back, back, kind="away")
    story.listed = Listed.COUNCIL_ONLY
    together = Diary([*diary.absences, story])
    story.interview = (in_time if rng.random() < 0.6 else declined)(rng, story, together)
    staff(rng, story)
    return story


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


def note(absence: InventedAbsence) -> None:
    """Everything but the times. What a scripted case already says stays."""
    rng = dice(f"details {absence.child.police_ref} {absence.start:%Y%m%d%H%M}")
    absence.missing_from = absence.missing_from or missing_from(rng, absence)
    absence.reporter = absence.reporter or reporter(rng, absence)
    if absence.half != Half.JULY:
        absence.grades = grades(rng, absence)
        forget(rng, absence)
    if absence.end and rng.random() > NOT_LOGGED:
        absence.prevention = after(rng, absence.clock_start, 20, 480)


def looked_after(absence: InventedAbsence) -> bool:
    care = absence.child.care
    return care is not None and care.covers(local_day(absence.start))


def missing_from(rng: Random, absence: InventedAbsence) -> str:
    if looked_after(absence):
        return "care"
    return "school" if absence.from_school else pick(rng, FROM)


def reporter(rng: Random, absence: InventedAbsence) -> str:
    fixed = {"school": "school", "hospital": "health"}.get(absence.missing_from)
    if absence.missing_from == "care":
        return CARERS.get(absence.child.placement, "social_worker")
    return fixed or pick(rng, AT_HOME)


def grades(rng: Random, absence: InventedAbsence) -> list[tuple[str, datetime | None]]:
    """The first grade soon after the report; some are raised later, while the child is still missing."""
    first = pick(rng, FIRST_GRADES[absence.half])
    if not first:
        return [("", None)]
    graded = after(rng, absence.reported, 5, 90)
    raised = after(rng, graded, 60, 480)
    if first in RAISED and raised < (absence.end or raised) and rng.random() < RAISE:
        return [(first, graded), (rng.choice(RAISED[first]), raised)]
    return [(first, graded)]


def forget(rng: Random, absence: InventedAbsence) -> None:
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


FORWARD = datetime(2017, 3, 26, 1, 0, tzinfo=UTC)
BACK = datetime(2016, 10, 30, 1, 0, tzinfo=UTC)


def sharpen(absences: list[InventedAbsence], diaries: dict[Child, Diary]) -> None:
    """In spring, one recorded after exactly 72:00:00: in time. In autumn, one recorded an hour too late."""
    spring = next(a for a in absences if across(a, FORWARD) and on_time(a) and office_hours(a.due))
    spring.interview.recorded = spring.due
    autumn = next(a for a in absences if across(a, BACK) and too_late(a) and soon(a, diaries[a.child]))
    hold(autumn, soon(autumn, diaries[autumn.child])[-1])
    autumn.interview.recorded = autumn.due + HOUR


def across(absence: InventedAbsence, change: datetime) -> bool:
    return absence.clock_start < change < absence.due


def on_time(absence: InventedAbsence) -> bool:
    recorded = absence.interview.recorded
    return recorded is not None and recorded <= absence.due


def too_late(absence: InventedAbsence) -> bool:
    recorded = absence.interview.recorded
    return recorded is not None and recorded > absence.due and office_hours(absence.due + HOUR)


def hold(absence: InventedAbsence, held: datetime) -> None:
    absence.interview.held = held
    if absence.interview.offered:
        absence.interview.offered = min(absence.interview.offered, held - SLACK)


def office_hours(moment: datetime) -> bool:
    return 7 <= wall(moment).hour < 22


NUMBER = {
    (Half.H2_2016, Listed.COUNCIL_ONLY): 3,
    (Half.H1_2017, Listed.COUNCIL_ONLY): 3,
    (Half.H2_2016, Listed.POLICE_ONLY): 2,
    (Half.H1_2017, Listed.POLICE_ONLY): 3,
}
OUT_OF_COUNTY = ("ifa", "other")  # placements where another force takes the report


def part(absences: list[InventedAbsence]) -> None:
    rng = dice("sources")
    for half in (Half.H2_2016, Half.H1_2017):
        mark(rng, [a for a in absences if a.half == half and placed_elsewhere(a)], Listed.COUNCIL_ONLY)
        mark(rng, [a for a in absences if a.half == half and overlooked(a)], Listed.POLICE_ONLY)


def mark(rng: Random, absences: list[InventedAbsence], listed: Listed) -> None:
    """A child at a time, so that the most frequent do not provide all of them."""
    children = list(dict.fromkeys(absence.child for absence in absences))
    for child in rng.sample(children, NUMBER[absences[0].half, listed]):
        rng.choice([a for a in absences if a.child is child]).listed = listed


def placed_elsewhere(absence: InventedAbsence) -> bool:
    return (
        absence.child.placement in OUT_OF_COUNTY
        and absence.missing_from == "care"
        and not absence.found_with
        and absence.last_seen_known
        and absence.returned is not None
    )


def overlooked(absence: InventedAbsence) -> bool:
    """From home. Without an interviews row the child's team is the area, so the two must agree."""
    return (
        absence.missing_from == "home"
        and absence.team == absence.child.team != Team.DISABILITY
        and absence.listed == Listed.BOTH
        and absence.returned is not None
        and absence.return_told_to_police
    )


SPANS = {Half.H2_2016: H2_2016, Half.H1_2017: H1_2017}
SPIKE_MONTHS = (10, 11)  # report, paragraph 28: a spike from October to November 2016
SPIKE = 1.8
SAME_DAY = 0.05
CLOSEST = 4 * HOUR

# Start hour -> weight: evenings and the first half of the night.
# fmt: off
HOURS = {
    0: 6, 1: 3, 2: 2, 3: 1, 4: 1, 6: 1, 7: 1, 9: 1, 10: 1, 11: 1, 12: 2, 13: 2, 14: 3,
    15: 4, 16: 6, 17: 8, 18: 10, 19: 12, 20: 13, 21: 12, 22: 10, 23: 9,
}
# fmt: on
MORNING = {7: 1, 8: 2, 9: 2, 10: 2, 11: 1}
EVENING = {18: 2, 19: 3, 20: 3, 21: 3, 22: 2}
SCHOOL = {9: 3, 10: 2, 11: 2, 12: 3, 13: 3, 14: 2}
FROM_SCHOOL = 0.16

HOLIDAYS = (
    (date(2016, 7, 22), date(2016, 9, 4)),
    (date(2016, 10, 24), date(2016, 10, 28)),
    (date(2016, 12, 19), date(2017, 1, 3)),
    (date(2017, 2, 13), date(2017, 2, 17)),
    (date(2017, 4, 3), date(2017, 4, 18)),
    (date(2017, 5, 29), date(2017, 6, 2)),
    (date(2017, 7, 24), date(2017, 9, 3)),
)

Start = tuple[datetime, bool]  # (instant, from school)


def starts(child: Child) -> list[Start]:
    """The starts of the child's half-year episodes, in order; drawn again until none crowd each other."""
    rng = dice(f"starts {child.police_ref}")
    while True:
        drawn = sorted(start for half in SPANS for start in half_year(rng, child, half))
        if apart(drawn):
            return drawn


def apart(drawn: list[Start]) -> bool:
    gaps = [later[0] - earlier[0] for earlier, later in pairwise(drawn)]
    return all(gap >= CLOSEST for gap in gaps) and not any(comes_twice(moment) for moment, _ in drawn)


def half_year(rng: Random, child: Child, half: Half) -> list[Start]:
    number = child.count(half)
    days = different_days(rng, *SPANS[half], number)
    drawn: list[Start] = []
    for n, day in enumerate(days):
        if n and number > 3 and rng.random() < SAME_DAY:
            drawn[-1] = (moment(rng, days[n - 1], MORNING), False)
            drawn.append((moment(rng, days[n - 1], EVENING), False))
        else:
            drawn.append(time_of_day(rng, child, day))
    return drawn


def different_days(rng: Random, first: date, last: date, number: int) -> list[date]:
    weights = {day: weight(day) for day in days_between(first, last)}
    chosen: list[date] = []
    for _ in range(number):
        day = pick(rng, weights)
        del weights[day]
        chosen.append(day)
    return sorted(chosen)


def weight(day: date) -> float:
    season = SPIKE if (day.year == 2016 and day.month in SPIKE_MONTHS) else 1.0
    return season * (1.3 if day.weekday() in (4, 5) else 1.0)


def time_of_day(rng: Random, child: Child, day: date) -> Start:
    from_school = child.in_care == InCare.NO and is_school_day(day) and rng.random() < FROM_SCHOOL
    return moment(rng, day, SCHOOL if from_school else HOURS), from_school


def moment(rng: Random, day: date, hours: dict[int, int]) -> datetime:
    return at(day, pick(rng, hours), 5 * rng.randrange(12))


def is_school_day(day: date) -> bool:
    return day.weekday() < 5 and not any(first <= day <= last for first, last in HOLIDAYS)


def evening_of(start: datetime) -> date:
    """The day an evening belongs to: half past midnight is still the evening before."""
    return (start - timedelta(hours=6)).date()


PAIRS = 32
UNREPORTED = 6  # found with a child nobody had reported (report, paragraph 23)
CLOSE = 3 * HOUR
TOGETHER_APART = timedelta(days=7)
FOUND_TO_HOME = timedelta(minutes=45)


def pair_up(absences: list[InventedAbsence]) -> None:
    """Up to PAIRS pairs, at most one an evening and one absence in one pair, spread over the year."""
    evenings: dict[tuple[object, Team], list[InventedAbsence]] = defaultdict(list)
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


def join(one: InventedAbsence, other: InventedAbsence) -> bool:
    """Make a pair of the two if their evenings fit; the one found earlier gives the time."""
    if one.child is other.child or abs(one.start - other.start) > CLOSE:
        return False
    for leader, follower in ((one, other), (other, one)):
        if leader.found and could_be_found(follower, leader.found) and could_be_found(leader, leader.found):
            found_together(leader, follower, leader.found)
            return True
    return False


def could_be_found(absence: InventedAbsence, found: datetime) -> bool:
    early = max(absence.start + HOUR, absence.reported + 10 * MINUTE)
    return early <= found and found + FOUND_TO_HOME <= absence.limit


def found_together(leader: InventedAbsence, follower: InventedAbsence, found: datetime) -> None:
    follower.district = leader.district
    for absence, companion in ((leader, follower), (follower, leader)):
        absence.found, absence.returned = found, found + FOUND_TO_HOME
        absence.end_reason = "found_by_police"
        absence.found_with = [companion.child]


def name_the_unreported(absences: list[InventedAbsence], children: list[Child]) -> None:
    """Some children were found with one who was not missing then, as far as the police knew."""
    rng = dice("unreported companions")
    alone = [a for a in absences if not a.found_with and a.end_reason == "found_by_police" and a.found]
    for absence in rng.sample(alone, UNREPORTED):
        away = {a.child for a in absences if abs(a.start - absence.start) < TOGETHER_APART}
        at_home = [c for c in children if c.team == absence.team and c not in away]
        absence.found_with = [rng.choice(at_home)]


LAST_BACK = july("2 20:00")
LONGEST = 6 * DAY
SHORTEST = HOUR
REST = timedelta(minutes=30)  # at home between two absences
MEDIAN_HOURS = 9.5

# End reason -> (weight, shortest and longest minutes between being found and being back).
ENDINGS: dict[str, tuple[float, int, int]] = {
    "returned_self": (44, 0, 0),
    "found_by_police": (27, 30, 240),
    "returned_by_carer": (16, 0, 60),
    "located_elsewhere": (8, 60, 720),
    "arrested": (3, 300, 1500),
    "hospital": (2, 240, 2400),
}
Times = tuple[datetime, datetime, datetime]  # reported, found, returned


def absences(child: Child) -> list[InventedAbsence]:
    rng = dice(f"absences {child.police_ref}")
    begun = starts(child)
    limits = [start - REST for start, _ in begun[1:]] + [LAST_BACK]
    return [
        absence(rng, child, planned, start, limit)
        for planned, start, limit in zip(child.plan, begun, limits, strict=True)
    ]


def absence(rng: Random, child: Child, planned: tuple[Half, Team], start: Start, limit: datetime) -> InventedAbsence:
    began, from_school = start
    half, team = planned
    reason = pick(rng, {name: weight for name, (weight, _, _) in ENDINGS.items()})
    reported, found, returned = times(rng, began, limit, reason, 0.6 if from_school else 1.0)
    story = InventedAbsence(child, half, team, began, limit, reported, found, returned, from_school)
    story.end_reason, story.district = reason, district(child, team)
    return story


def times(rng: Random, start: datetime, limit: datetime, reason: str, scale: float) -> Times:
    while True:
        away = length(rng, limit - start, scale)
        lag = min(delay(rng, reason), max(limit - start - away, timedelta(0)))
        found = start + away
        drawn = (reported(rng, start, found), found, found + lag)
        if not unclear(*drawn):
            return drawn


def length(rng: Random, room: timedelta, scale: float) -> timedelta:
    """Lognormal: half the children are back within about ten hours, a few stay away for days."""
    hours = rng.lognormvariate(0.0, 0.95) * MEDIAN_HOURS * scale
    away = timedelta(minutes=round(hours * 60))
    if SHORTEST <= away <= min(LONGEST, room):
        return away
    return SHORTEST + MINUTE * rng.randrange(min(room, DAY // 2) // MINUTE - 59)


def delay(rng: Random, reason: str) -> timedelta:
    _, shortest, longest = ENDINGS[reason]
    return MINUTE * rng.randint(shortest, longest)


def reported(rng: Random, start: datetime, found: datetime) -> datetime:
    """Half an hour to six hours after the child was last seen, most often within two hours."""
    latest = min(6 * 60, (found - start) // MINUTE - 10)
    return start + MINUTE * round(rng.triangular(30, latest, min(75, latest)))
