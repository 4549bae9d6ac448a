"""What became of each return interview, so that completed and recorded in time come out as published."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from random import Random

from bot.practice import meetings
from bot.practice.calendar import july
from bot.practice.dice import dice
from bot.practice.interviews import Diary
from bot.practice.shapes import Absence, Child, Half, Interview, Listed, Team
from bot.practice.staffing import staff

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
# Still to be done, and held but not yet recorded, on the practice morning, of those back since 27 June.
STILL_OPEN = {Team.NORTHERN: 2, Team.SOUTHERN: 2, Team.CENTRAL: 3}
UNRECORDED = {Team.NORTHERN: 1, Team.SOUTHERN: 1, Team.CENTRAL: 2}
RECENT = datetime.fromisoformat("2017-06-27T00:00+00:00")
NO_TIME_LEFT = july("1 09:00")  # back after this: too late to be recorded late before the export
DECLINED = 0.75

Diaries = dict[Child, Diary]


def decide(absences: list[Absence], diaries: Diaries) -> None:
    groups: dict[tuple[Half, Team], list[Absence]] = defaultdict(list)
    for absence in absences:
        groups[absence.half, absence.team].append(absence)
    for (half, team), group in groups.items():
        share_out(dice(f"outcomes {half} {team}"), half, team, group, diaries)


def share_out(rng: Random, half: Half, team: Team, group: list[Absence], diaries: Diaries) -> None:
    """Deal the outcomes; the scarce ones (open, unrecorded, those that fit nothing else) come first."""
    completed, in_time = COUNTS[half, team]
    left = [a for a in group if a.listed != Listed.POLICE_ONLY]
    rng.shuffle(left)
    recent = STILL_OPEN.get(team, 0) if half == Half.H1_2017 else 0
    unrecorded = UNRECORDED.get(team, 0) if half == Half.H1_2017 else 0
    held_soon = fits(diaries, meetings.room_in_time)

    waiting = take(left, recent, lambda a: a.clock_start > RECENT, must=True)
    refused = take(left, len(left) - completed, lambda a: not held_soon(a))
    unwritten = take(left, unrecorded, lambda a: a.clock_start > RECENT and held_soon(a), must=True)
    prompt = take(left, in_time, lambda a: a.clock_start > NO_TIME_LEFT and held_soon(a))
    prompt += take(left, in_time - len(prompt), held_soon, must=True)
    arrange(rng, waiting, diaries, meetings.waiting)
    arrange(rng, refused, diaries, not_held)
    arrange(rng, unwritten, diaries, meetings.unrecorded)
    arrange(rng, prompt, diaries, meetings.in_time)
    arrange(rng, left, diaries, meetings.late)


def take(left: list[Absence], number: int, wanted: Callable[[Absence], bool], must: bool = False) -> list[Absence]:
    """Move up to `number` absences out of `left`: the wanted ones first, and only those when `must`."""
    chosen = [a for a in left if wanted(a)][:number]
    if not must:
        chosen += [a for a in left if a not in chosen][: number - len(chosen)]
    for absence in chosen:
        left.remove(absence)
    return chosen


def fits(diaries: Diaries, room: Callable[[Absence, Diary], bool]) -> Callable[[Absence], bool]:
    return lambda absence: room(absence, diaries[absence.child])


def arrange(rng: Random, absences: list[Absence], diaries: Diaries, how: meetings.Arrange) -> None:
    for absence in absences:
        absence.interview = how(rng, absence, diaries[absence.child])
        staff(rng, absence)


def not_held(rng: Random, absence: Absence, diary: Diary) -> Interview:
    declined = rng.random() < DECLINED
    return (meetings.declined if declined else meetings.unanswered)(rng, absence, diary)
