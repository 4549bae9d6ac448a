"""Invented absences: start, length, report and return, and the details that both agencies recorded of them.

No absence runs into the child's next one.
"""

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
from bot.practice.places import district_of, staff
from bot.practice.return_interviews import SLACK, Diary, declined, in_time, soon

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


def invent_absences(child: Child) -> list[InventedAbsence]:
    """Return the missing episodes of the child's two half-years, in order.

    Report, finding and return are at times that can be written down without doubt. Lengths are lognormal: half the
    children are back within about ten hours, a few stay away for days. The report comes half an hour to six hours
    after the child was last seen, most often within two hours.
    """
    rng = dice(f"absences {child.police_ref}")
    begun = draw_starts(child)
    limits = [start - REST for start, _ in begun[1:]] + [LAST_BACK]
    invented = []
    for (half, team), (start, from_school), limit in zip(child.plan, begun, limits, strict=True):
        reason = pick(rng, {name: weight for name, (weight, _, _) in ENDINGS.items()})
        _, shortest, longest = ENDINGS[reason]
        room, median = limit - start, 60 * MEDIAN_HOURS * (0.6 if from_school else 1.0)
        is_clear = False
        while not is_clear:
            away = timedelta(minutes=round(rng.lognormvariate(0.0, 0.95) * median))
            if not SHORTEST <= away <= min(LONGEST, room):
                away = SHORTEST + MINUTE * rng.randrange(min(room, DAY // 2) // MINUTE - 59)
            found = start + away
            back = found + min(MINUTE * rng.randint(shortest, longest), max(limit - found, timedelta(0)))
            latest = min(6 * 60, away // MINUTE - 10)
            reported = start + MINUTE * round(rng.triangular(30, latest, min(75, latest)))
            is_clear = not unclear(reported, found, back)
        story = InventedAbsence(child, half, team, start, limit, reported, found, back, from_school)
        story.end_reason, story.district = reason, district_of(child, team)
        invented.append(story)
    return invented


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


def draw_starts(child: Child) -> list[Start]:
    """Draw the starts of the child's half-year episodes, in order; again until none crowd each other."""
    rng = dice(f"starts {child.police_ref}")
    while True:
        drawn = sorted(start for half in SPANS for start in draw_half_year(rng, child, half))
        gaps = [later[0] - earlier[0] for earlier, later in pairwise(drawn)]
        if all(gap >= CLOSEST for gap in gaps) and not any(comes_twice(start) for start, _ in drawn):
            return drawn


def draw_half_year(rng: Random, child: Child, half: Half) -> list[Start]:
    """Draw different days, and now and then a second start on one of them."""
    number = child.count(half)
    weights = {}
    for day in days_between(*SPANS[half]):
        season = SPIKE if (day.year == 2016 and day.month in SPIKE_MONTHS) else 1.0
        weights[day] = season * (1.3 if day.weekday() in (4, 5) else 1.0)
    days: list[date] = []
    for _ in range(number):
        days.append(pick(rng, weights))
        del weights[days[-1]]
    days.sort()
    drawn: list[Start] = []
    for n, day in enumerate(days):
        if n and number > 3 and rng.random() < SAME_DAY:
            drawn[-1] = (draw_time(rng, days[n - 1], MORNING), False)
            drawn.append((draw_time(rng, days[n - 1], EVENING), False))
        else:
            school_day = day.weekday() < 5 and not any(first <= day <= last for first, last in HOLIDAYS)
            from_school = child.in_care == InCare.NO and school_day and rng.random() < FROM_SCHOOL
            drawn.append((draw_time(rng, day, SCHOOL if from_school else HOURS), from_school))
    return drawn


def draw_time(rng: Random, day: date, hours: dict[int, int]) -> datetime:
    return at(day, pick(rng, hours), 5 * rng.randrange(12))


PAIRS = 32
CLOSE = 3 * HOUR
FOUND_TO_HOME = timedelta(minutes=45)


def pair_up(absences: list[InventedAbsence]) -> None:
    """Make up to PAIRS pairs, at most one an evening and one absence in one pair, spread over the year."""
    evenings: dict[tuple[object, Team], list[InventedAbsence]] = defaultdict(list)
    for absence in absences:
        if not absence.from_school:
            evening = (absence.start - timedelta(hours=6)).date()  # half past midnight is still the evening before
            evenings[evening, absence.team].append(absence)
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
        found = leader.found
        if found and could_be_found(follower, found) and could_be_found(leader, found):
            follower.district = leader.district
            for absence, companion in ((leader, follower), (follower, leader)):
                absence.found, absence.returned = found, found + FOUND_TO_HOME
                absence.end_reason = "found_by_police"
                absence.found_with = [companion.child]
            return True
    return False


def could_be_found(absence: InventedAbsence, found: datetime) -> bool:
    early = max(absence.start + HOUR, absence.reported + 10 * MINUTE)
    return early <= found and found + FOUND_TO_HOME <= absence.limit


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
RETURN_UNKNOWN = 0.02  # not recorded: the interview clock then runs from the time the child was found

CARERS = {
    "residential": "carer_residential",
    "ifa": "carer_foster",
    "own_foster": "carer_foster",
    "kinship": "carer_foster",
    "with_parents": "parent",
    "semi_independent": "social_worker",
}
FROM = {"home": 90, "other": 7, "hospital": 3}
AT_HOME = {"parent": 88, "other": 6, "police": 3, "social_worker": 3}


def note(absence: InventedAbsence) -> None:
    """Record everything but the times: place, reporter, grades, prevention interview.

    Some facts are forgotten, as in real exports; each absence still has one certain start and one certain clock.
    """
    rng = dice(f"details {absence.child.police_ref} {absence.start:%Y%m%d%H%M}")
    care = absence.child.care
    if care is not None and care.covers(local_day(absence.start)):
        absence.missing_from = "care"
        absence.reporter = CARERS.get(absence.child.placement, "social_worker")
    else:
        absence.missing_from = "school" if absence.from_school else pick(rng, FROM)
        fixed = {"school": "school", "hospital": "health"}.get(absence.missing_from)
        absence.reporter = fixed or pick(rng, AT_HOME)
    if absence.half != Half.JULY:
        absence.grades = draw_grades(rng, absence)
        same_day = not absence.from_school and local_day(absence.start) == local_day(absence.reported)
        if same_day and rng.random() < NO_LAST_SEEN:
            absence.start, absence.last_seen_known = absence.reported, False
        drawn = rng.random()
        if drawn < RETURN_UNKNOWN:
            absence.returned = None
        elif drawn < RETURN_UNKNOWN + RETURN_NOT_TOLD:
            absence.return_told_to_police = False
    if absence.end and rng.random() > NOT_LOGGED:
        absence.prevention = minutes_later(rng, absence.clock_start, 20, 480)


def draw_grades(rng: Random, absence: InventedAbsence) -> list[tuple[str, datetime | None]]:
    """Draw the first grade soon after the report; some are raised later, while the child is still missing."""
    first = pick(rng, FIRST_GRADES[absence.half])
    if not first:
        return [("", None)]
    graded = minutes_later(rng, absence.reported, 5, 90)
    raised = minutes_later(rng, graded, 60, 480)
    if first in RAISED and raised < (absence.end or raised) and rng.random() < RAISE:
        return [(first, graded), (rng.choice(RAISED[first]), raised)]
    return [(first, graded)]


def minutes_later(rng: Random, since: datetime, shortest: int, longest: int) -> datetime:
    """Return a time some minutes later that can be written down without doubt."""
    later = since + MINUTE * rng.randint(shortest, longest)
    return later + 2 * HOUR if unclear(later) else later


UNREPORTED = 6  # found with a child who was not reported missing (report, paragraph 23)
TOGETHER_APART = timedelta(days=7)


def name_the_unreported(absences: list[InventedAbsence], children: list[Child]) -> None:
    """Let some children be found with one who was not missing then, as far as the police knew."""
    rng = dice("unreported companions")
    alone = [a for a in absences if not a.found_with and a.end_reason == "found_by_police" and a.found]
    for absence in rng.sample(alone, UNREPORTED):
        away = {a.child for a in absences if abs(a.start - absence.start) < TOGETHER_APART}
        at_home = [c for c in children if c.team == absence.team and c not in away]
        absence.found_with = [rng.choice(at_home)]


NUMBER = {
    (Half.H2_2016, Listed.COUNCIL_ONLY): 3,
    (Half.H1_2017, Listed.COUNCIL_ONLY): 3,
    (Half.H2_2016, Listed.POLICE_ONLY): 2,
    (Half.H1_2017, Listed.POLICE_ONLY): 3,
}
OUT_OF_COUNTY = ("ifa", "other")  # placements where another force takes the report


def leave_out(absences: list[InventedAbsence]) -> None:
    """Leave some absences out of the police's records, and some out of the council's."""
    rng = dice("sources")
    for half in (Half.H2_2016, Half.H1_2017):
        ours = [a for a in absences if a.half == half and a.returned is not None]
        elsewhere = [a for a in ours if a.child.placement in OUT_OF_COUNTY and a.missing_from == "care"]
        list_once(rng, [a for a in elsewhere if not a.found_with and a.last_seen_known], Listed.COUNCIL_ONLY)
        # From home. Without an interviews row the child's team is the area, so the two must agree.
        at_home = [a for a in ours if a.missing_from == "home" and a.team == a.child.team != Team.DISABILITY]
        overlooked = [a for a in at_home if a.listed == Listed.BOTH and a.return_told_to_police]
        list_once(rng, overlooked, Listed.POLICE_ONLY)


def list_once(rng: Random, absences: list[InventedAbsence], listed: Listed) -> None:
    """Choose a child at a time, so that the most frequent do not provide all of them."""
    children = list(dict.fromkeys(absence.child for absence in absences))
    for child in rng.sample(children, NUMBER[absences[0].half, listed]):
        rng.choice([a for a in absences if a.child is child]).listed = listed


FORWARD = datetime(2017, 3, 26, 1, 0, tzinfo=UTC)
BACK = datetime(2016, 10, 30, 1, 0, tzinfo=UTC)


def sharpen(absences: list[InventedAbsence], diaries: dict[Child, Diary]) -> None:
    """Record two interviews at the edge of the 72 hours, each across a clock change.

    In spring one is recorded after exactly 72:00:00, in time; in autumn one an hour too late.
    """
    recorded = [(a, a.interview.recorded) for a in absences if a.interview.recorded]
    spring = next(
        a for a, at in recorded if a.clock_start < FORWARD < a.due and at <= a.due and 7 <= wall(a.due).hour < 22
    )
    spring.interview.recorded = spring.due
    autumn = next(
        a
        for a, at in recorded
        if a.clock_start < BACK < a.due < at and 7 <= wall(a.due + HOUR).hour < 22 and soon(a, diaries[a.child])
    )
    interview, held = autumn.interview, soon(autumn, diaries[autumn.child])[-1]
    interview.held, interview.recorded = held, autumn.due + HOUR
    if interview.offered:
        interview.offered = min(interview.offered, held - SLACK)


NEVER_MISSING, ALSO_MISSING = 7, 5
CLEAR_OF_MISSING = timedelta(days=3)  # kept clear of the child's own missing episodes


def invent_away(children: list[Child], absences: list[InventedAbsence]) -> list[InventedAbsence]:
    """Return absences from placement of looked-after teenagers, some of whom are also missing at other times.

    The child is known to be with a friend or relative, and is back within a day.
    """
    rng = dice("away")
    missing = {a.child for a in absences}
    teenagers = [c for c in children if c.birth.year in range(2000, 2004) and not c.hosted_by]
    fit = [c for c in teenagers if c.care and c.care.since < H2_2016[0] and not c.care.until]
    chosen = rng.sample([c for c in fit if c not in missing], NEVER_MISSING)
    chosen += rng.sample([c for c in fit if c in missing and len(c.plan) in range(1, 6)], ALSO_MISSING)
    invented = []
    for child in chosen:
        others = [a for a in absences if a.child is child]
        clear = False
        while not clear:
            day = random_day(rng, H2_2016[0], H1_2017[1] - 20 * DAY)
            start = at(day, rng.randrange(17, 23), 5 * rng.randrange(12))
            early, late = start - CLEAR_OF_MISSING, start + CLEAR_OF_MISSING
            clear = all(a.start > late or a.clock_start < early for a in others)
        back = start + rng.randint(3, 20) * HOUR
        half = Half.H2_2016 if local_day(start) <= H2_2016[1] else Half.H1_2017
        story = InventedAbsence(child, half, child.team, start, back + DAY, start + HOUR, back, back, kind="away")
        story.listed = Listed.COUNCIL_ONLY
        arrange = in_time if rng.random() < 0.6 else declined
        story.interview = arrange(rng, story, Diary([*others, story]))
        staff(rng, story)
        invented.append(story)
    return invented
