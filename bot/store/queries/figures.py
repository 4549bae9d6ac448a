"""Figures of an area and a period, counted in the database from frozen columns of one covering index.

The rules (`bot.rules.figures.frequency`, `bot.rules.figures.interview_kpis`) stay the reference: tests count the same
rows in Python and must agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.rules.access.permissions import Scope
from bot.rules.episodes import doubts
from bot.rules.figures.frequency import Frequency
from bot.rules.figures.interview_kpis import InterviewTally
from bot.rules.model import Period
from bot.rules.time.clock import window
from bot.store.queries import figure_sql


def _bound(scope: Scope, period: Period, **more: Any) -> dict[str, Any]:
    since, until = window(period)
    return {"areas": scope.areas, "since": since, "until": until, **more}


def frequency(connection: Connection, scope: Scope, period: Period, cohort: str | None = None) -> Frequency:
    """How many children had 1, 2, 3 ... episodes: the one result from which bands and repeats follow."""
    rows = connection.execute(figure_sql.frequency(cohort), _bound(scope, period))
    return Frequency.of({int(n): int(children) for n, children in rows})


def left_out(connection: Connection, scope: Scope, period: Period) -> dict[str, int]:
    """Why episodes of the period are not counted -> how many."""
    found: dict[str, int] = {}
    for kind, said, n in connection.execute(figure_sql.left_out(), _bound(scope, period)):
        code = doubts.why_not_counted(kind, doubts.read(said))
        if code:
            found[code] = found.get(code, 0) + int(n)
    return found


def first_ever(connection: Connection, scope: Scope, period: Period) -> int:
    """Children of the scope whose earliest missing episode anywhere in the history lies in the period (R11)."""
    return int(connection.execute(figure_sql.first_ever(), _bound(scope, period)).scalar_one())


def by_area(
    connection: Connection, scope: Scope, period: Period, cohort: str | None = None
) -> dict[str, tuple[int, int]]:
    """Area -> (children, episodes); a child is counted once in every area it had an episode in."""
    rows = connection.execute(figure_sql.by_area(cohort), _bound(scope, period))
    return {area: (int(children), int(episodes)) for area, children, episodes in rows}


def in_several_areas(connection: Connection, scope: Scope, period: Period) -> int:
    """Children counted in more than one area: why areas need not add up to the county."""
    return int(connection.execute(figure_sql.in_several_areas(), _bound(scope, period)).scalar_one())


def area_bases(connection: Connection, scope: Scope, period: Period) -> dict[str, int]:
    """Episodes by what their area rests on: team, child_team, district or none."""
    rows = connection.execute(figure_sql.area_bases(), _bound(scope, period))
    return {basis: int(episodes) for basis, episodes in rows}


def by_age(
    connection: Connection, scope: Scope, period: Period, cohort: str | None = None
) -> dict[int | None, tuple[int, int]]:
    """Age at the child's first episode in the period -> (children, episodes); None without a birth date."""
    rows = connection.execute(figure_sql.by_age(cohort), _bound(scope, period))
    return {age: (int(children), int(episodes)) for age, children, episodes in rows}


def in_cohort_and_not(connection: Connection, scope: Scope, period: Period, cohort: str) -> int:
    """Children with episodes both inside and outside the cohort (in care for one, not for another)."""
    return int(connection.execute(figure_sql.in_cohort_and_not(cohort), _bound(scope, period)).scalar_one())


def top_children(
    connection: Connection, scope: Scope, period: Period, k: int, then: Period
) -> Sequence[tuple[int, int]]:
    """The k children with most episodes: (episodes in the period, the same child's episodes in `then`)."""
    top = connection.execute(figure_sql.top_children(), _bound(scope, period, k=k)).all()
    children = [child for child, _ in top]
    later = connection.execute(figure_sql.of_children(), _bound(scope, then, children=children))
    afterwards = {child: int(n) for child, n in later}
    return [(int(n), afterwards.get(child, 0)) for child, n in top]


def tallies(connection: Connection, scope: Scope, period: Period, now: datetime) -> Mapping[str, InterviewTally]:
    """Area -> the counts behind K1-K9, over ended missing episodes that started in the period."""
    rows = connection.execute(figure_sql.tallies(), _bound(scope, period, now=now))
    return {row[0]: InterviewTally(*(int(n or 0) for n in row[1:])) for row in rows}


def interview_spans(
    connection: Connection, scope: Scope, period: Period, now: datetime
) -> tuple[list[timedelta], list[timedelta]]:
    """For K10: return to held, and held to recorded, of the interviews held for these episodes."""
    rows = connection.execute(figure_sql.interview_spans(), _bound(scope, period, now=now)).all()
    to_held = [held - back for back, held, _ in rows if back is not None]
    to_recorded = [recorded - held for _, held, recorded in rows if recorded is not None and recorded <= now]
    return to_held, to_recorded
