"""References for episodes: police occurrences by time of report, council episodes by time of start."""

from collections import Counter

from bot.practice.calendar import wall
from bot.practice.dice import dice
from bot.practice.shapes import Absence, Listed


def number(absences: list[Absence]) -> None:
    occurrences([a for a in absences if a.listed != Listed.COUNCIL_ONLY])
    episodes([a for a in absences if a.listed != Listed.POLICE_ONLY])


def occurrences(absences: list[Absence]) -> None:
    """One series a year, with gaps: most occurrences are no business of ours."""
    rng = dice("occurrences")
    last: Counter[int] = Counter()
    for absence in sorted(absences, key=lambda a: (a.reported, a.child.police_ref)):
        year = wall(absence.reported).year
        last[year] += rng.randint(1, 60)
        absence.occurrence_ref = f"OCC-{year % 100:02}-{last[year]:05}"


def episodes(absences: list[Absence]) -> None:
    for n, absence in enumerate(sorted(absences, key=lambda a: (a.start, a.child.child_id)), start=1):
        absence.episode_id = f"EP-{n:05}"
