"""Absences of looked-after children whose whereabouts were known: council rows that no figure counts."""

from datetime import timedelta
from random import Random

from bot.practice.calendar import DAY, H1_2017, H2_2016, HOUR, at, local_day, random_day
from bot.practice.dice import dice
from bot.practice.interviews import Diary
from bot.practice.meetings import declined, in_time
from bot.practice.shapes import Absence, Child, Half, Listed
from bot.practice.staffing import staff

NEVER_MISSING, ALSO_MISSING = 7, 5
MARGIN = timedelta(days=3)  # kept clear of the child's own missing episodes


def away(children: list[Child], absences: list[Absence]) -> list[Absence]:
    rng = dice("away")
    missing = {a.child for a in absences}
    fit = [c for c in children if old_enough(c) and c.care and c.care.since < H2_2016[0] and not c.care.until]
    chosen = rng.sample([c for c in fit if c not in missing], NEVER_MISSING)
    chosen += rng.sample([c for c in fit if c in missing and len(c.plan) in range(1, 6)], ALSO_MISSING)
    return [absence(rng, child, Diary([a for a in absences if a.child is child])) for child in chosen]


def old_enough(child: Child) -> bool:
    return child.birth.year in range(2000, 2004) and not child.hosted_by


def absence(rng: Random, child: Child, diary: Diary) -> Absence:
    """Known to be with a friend or relative, and back within a day."""
    while True:
        day = random_day(rng, H2_2016[0], H1_2017[1] - 20 * DAY)
        start = at(day, rng.randrange(17, 23), 5 * rng.randrange(12))
        clear = all(a.start > start + MARGIN or (a.clock_start < start - MARGIN) for a in diary.absences)
        if clear:
            break
    back = start + rng.randint(3, 20) * HOUR
    half = Half.H2_2016 if local_day(start) <= H2_2016[1] else Half.H1_2017
    story = Absence(child, half, child.team, start, back + DAY, start + HOUR, back, back, kind="away")
    story.listed = Listed.COUNCIL_ONLY
    together = Diary([*diary.absences, story])
    story.interview = (in_time if rng.random() < 0.6 else declined)(rng, story, together)
    staff(rng, story)
    return story
