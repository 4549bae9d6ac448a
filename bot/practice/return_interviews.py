"""Return interviews: an outcome for each absence, so that the published counts come out.

Meetings take place in the daytime, and only while the child is at home.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from random import Random

from bot.practice.calendar import DAY, H2_2016, HOUR, MINUTE, PRACTICE_NOW, at, days_between, july, local_day
from bot.practice.invented import Child, Half, InventedAbsence, InventedInterview, Listed, Team, dice, pick
from bot.practice.places import staff

# (completed, of those recorded within 72 hours of the return): report, paragraph 32, as counts.
COUNTS = {
    (Half.H2_2016, Team.CENTRAL): (342, 231),
    (Half.H2_2016, Team.NORTHERN): (186, 101),
    (Half.H2_2016, Team.SOUTHERN): (142, 64),
    (Half.H2_2016, Team.DISABILITY): (4, 3),
    (Half.H1_2017, Team.CENTRAL): (232, 145),
    (Half.H1_2017, Team.NORTHERN): (171, 93),
    (Half.H1_2017, Team.SOUTHERN): (150, 80),
    (Half.H1_2017, Team.DISABILITY): (2, 2),
}
# Interviews on the practice morning of children back since 27 June: still to be held, and held but not recorded.
STILL_OPEN = {Team.NORTHERN: 2, Team.SOUTHERN: 2, Team.CENTRAL: 3}
UNRECORDED = {Team.NORTHERN: 1, Team.SOUTHERN: 1, Team.CENTRAL: 2}
RECENT = datetime.fromisoformat("2017-06-27T00:00+00:00")
NO_TIME_LEFT = july("1 09:00")  # back after this: too late to be recorded late before the export


def decide(absences: list[InventedAbsence], diaries: dict[Child, Diary]) -> None:
    """Deal the outcomes of each half-year and team.

    The scarce ones come first: interviews still open, held and not recorded, and absences that fit nothing else.
    """
    groups: dict[tuple[Half, Team], list[InventedAbsence]] = defaultdict(list)
    for absence in absences:
        groups[absence.half, absence.team].append(absence)
    for (half, team), group in groups.items():
        rng = dice(f"outcomes {half} {team}")
        completed, prompt_count = COUNTS[half, team]
        left = [a for a in group if a.listed != Listed.POLICE_ONLY]
        rng.shuffle(left)
        open_count = STILL_OPEN.get(team, 0) if half == Half.H1_2017 else 0
        unwritten_count = UNRECORDED.get(team, 0) if half == Half.H1_2017 else 0
        room = {a for a in left if soon(a, diaries[a.child])}

        still_open = take(left, open_count, [a for a in left if a.clock_start > RECENT], must=True)
        refused = take(left, len(left) - completed, [a for a in left if a not in room])
        recent = [a for a in left if a.clock_start > RECENT and a in room]
        unwritten = take(left, unwritten_count, recent, must=True)
        prompt = take(left, prompt_count, [a for a in left if a.clock_start > NO_TIME_LEFT and a in room])
        prompt += take(left, prompt_count - len(prompt), [a for a in left if a in room], must=True)
        arrange(rng, still_open, diaries, waiting)
        arrange(rng, refused, diaries, not_held)
        arrange(rng, unwritten, diaries, unrecorded)
        arrange(rng, prompt, diaries, in_time)
        arrange(rng, left, diaries, late)


def take(
    left: list[InventedAbsence], number: int, wanted: list[InventedAbsence], must: bool = False
) -> list[InventedAbsence]:
    """Move up to `number` absences out of `left` and return them: the wanted first, and only those when `must`."""
    taken = wanted[:number]
    if not must:
        taken += [a for a in left if a not in taken][: number - len(taken)]
    for absence in taken:
        left.remove(absence)
    return taken


def arrange(
    rng: Random,
    absences: list[InventedAbsence],
    diaries: dict[Child, Diary],
    how: Callable[[Random, InventedAbsence, Diary], InventedInterview],
) -> None:
    for absence in absences:
        absence.interview = how(rng, absence, diaries[absence.child])
        staff(rng, absence)


CLOSING = july("4 19:00")  # the last working moment before the council's export was taken
SLACK = timedelta(minutes=30)  # "in time" and "late" stay true if a clock is a little off
FIRST_OFFER = timedelta(minutes=20)
HELD_IN_TIME = 0.4  # of the interviews recorded late
OFFERED_IN_TIME = 0.4  # of those held late
CARER_CONTACTED = 0.6
# fmt: off
LATE_REASONS = {
    "capacity": 30, "system_late": 30, "late_notification": 10, "no_contact": 10,
    "child_choice_later": 10, "out_of_area": 5, "child_unwell": 5,
}
# fmt: on
DECLINED = 0.75
NOT_HELD_REASONS = {"no_contact": 45, "out_of_area": 25, "in_custody": 10, "child_unwell": 10, "other": 10}


def waiting(rng: Random, absence: InventedAbsence, diary: Diary) -> InventedInterview:
    return InventedInterview(some_time(rng, absence, diary, CLOSING) if rng.random() < 0.5 else None)


def not_held(rng: Random, absence: InventedAbsence, diary: Diary) -> InventedInterview:
    """Leave the interview declined; or without an answer, offered or not, for a reason that closes it.

    Being missing again is no such reason: the interview waits for the child.
    """
    if rng.random() < DECLINED:
        return declined(rng, absence, diary)
    reason = "no_contact" if diary.missing_again(absence) else pick(rng, NOT_HELD_REASONS)
    when = some_time(rng, absence, diary, absence.due + DAY) if rng.random() < 0.6 else None
    return InventedInterview(when, "no_response", reason=reason)


def declined(rng: Random, absence: InventedAbsence, diary: Diary) -> InventedInterview:
    reason = "carer_contacted" if rng.random() < CARER_CONTACTED else ""
    return InventedInterview(some_time(rng, absence, diary, absence.due + DAY), "declined", reason=reason)


def unrecorded(rng: Random, absence: InventedAbsence, diary: Diary) -> InventedInterview:
    held = early(rng, soon(absence, diary))
    return InventedInterview(offered(rng, absence, diary, held), "accepted", held)


def in_time(rng: Random, absence: InventedAbsence, diary: Diary) -> InventedInterview:
    latest = min(absence.due, CLOSING) - SLACK
    held = early(rng, soon(absence, diary))
    recorded = written(rng, held + SLACK, latest)
    return InventedInterview(offered(rng, absence, diary, held), "accepted", held, min(recorded, latest))


def late(rng: Random, absence: InventedAbsence, diary: Diary) -> InventedInterview:
    """Record the interview at least an hour too late; it is often held in time all the same, as the law asks."""
    overdue = absence.due + HOUR
    prompt = soon(absence, diary)
    slow = diary.free(overdue, min(overdue + 12 * DAY, CLOSING - SLACK))
    held = early(rng, prompt if prompt and (rng.random() < HELD_IN_TIME or not slow) else slow)
    ready = max(held + SLACK, overdue)
    recorded = written(rng, ready, min(ready + 8 * DAY, CLOSING))
    when = offered(rng, absence, diary, held)
    if diary.missing_again(absence):
        reason = "child_missing_again"
    else:
        reason = pick(rng, LATE_REASONS) if rng.random() < 0.5 else ""
    return InventedInterview(when, "accepted", held, recorded, reason=reason)


def soon(absence: InventedAbsence, diary: Diary) -> list[datetime]:
    """Return the moments at which the interview can be held so that it is recorded within the 72 hours."""
    return diary.free(absence.clock_start + HOUR, min(absence.due, CLOSING) - 2 * SLACK)


def offered(rng: Random, absence: InventedAbsence, diary: Diary, held: datetime) -> datetime:
    """Draw the time of the offer, before the meeting; a late meeting may have had a late offer."""
    if held > absence.due and rng.random() > OFFERED_IN_TIME:
        return contact_time(rng, diary, absence.due, held - SLACK)
    return some_time(rng, absence, diary, min(held, absence.due) - SLACK)


def some_time(rng: Random, absence: InventedAbsence, diary: Diary, latest: datetime) -> datetime:
    return contact_time(rng, diary, absence.clock_start + FIRST_OFFER, min(latest, CLOSING))


def contact_time(rng: Random, diary: Diary, after: datetime, before: datetime) -> datetime:
    """Draw a working time; by telephone to the home at any minute between, if no working time is left."""
    free = diary.free(after, before - timedelta(minutes=15))
    if free:
        return few_minutes_after(rng, early(rng, free))
    return after + MINUTE * rng.randint(1, max(1, (before - after) // MINUTE - 1))


def written(rng: Random, after: datetime, before: datetime) -> datetime:
    moments = daytime(after, before)
    return few_minutes_after(rng, early(rng, moments)) if moments else before


def few_minutes_after(rng: Random, moment: datetime) -> datetime:
    return moment + MINUTE * rng.randint(0, 14)


FIRST_HOUR, LAST_HOUR = 8, 20


class Diary:
    """The absences of one child."""

    def __init__(self, absences: list[InventedAbsence]) -> None:
        self.absences = absences

    def free(self, after: datetime, before: datetime) -> list[datetime]:
        absences = [a for a in self.absences if a.start <= before and not a.over(after)]
        return [m for m in daytime(after, before) if not any(a.start <= m and not a.over(m) for a in absences)]

    def missing_again(self, absence: InventedAbsence) -> bool:
        return any(absence.clock_start <= a.start <= absence.due for a in self.absences if a is not absence)


def daytime(after: datetime, before: datetime) -> list[datetime]:
    """Return the quarter hours of working days after the one moment and up to the other."""
    moments = working_hours()
    return moments[bisect_right(moments, after) : bisect_right(moments, before)]


@cache
def working_hours() -> list[datetime]:
    days = days_between(H2_2016[0], local_day(PRACTICE_NOW))
    hours = range(FIRST_HOUR, LAST_HOUR)
    return [at(day, hour, minute) for day in days for hour in hours for minute in (0, 15, 30, 45)]


def early(rng: Random, moments: list[datetime]) -> datetime:
    """Draw one of the moments, more often an early one."""
    return moments[min(rng.randrange(len(moments)), rng.randrange(len(moments)))]
