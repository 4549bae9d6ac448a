"""Figures of an area and a period, counted in the database from frozen columns of one covering index.

The rules (`bot.rules.frequency`, `bot.rules.interviews`) stay the reference: tests count the same
rows in Python and must agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, exists, func, or_, select

from bot.rules.access import Scope
from bot.rules.clock import window
from bot.rules.frequency import Frequency
from bot.rules.interviews import InterviewTally
from bot.rules.model import Period
from bot.store.tables import episode as e

Where = ColumnElement[bool]


def started_in(scope: Scope, period: Period, cohort: str | None = None) -> Where:
    """Missing episodes of the scope whose start lies in the period (R5); `away` is never counted (R4)."""
    since, until = window(period)
    terms: list[Where] = [
        e.c.area.in_(scope.areas),
        e.c.kind == "missing",
        e.c.start_at >= since,
        e.c.start_at < until,
    ]
    if cohort is not None:
        terms.append(in_cohort(cohort))
    return and_(*terms)


def in_cohort(cohort: str) -> Where:
    """A cohort is a frozen flag of the episode (R16): lac, not-lac, uasc, cp."""
    flags: dict[str, Where] = {
        "lac": e.c.lac.is_(True),
        "not-lac": e.c.lac.is_(False),
        "uasc": e.c.uasc.is_(True),
        "cp": e.c.cp.is_(True),
    }
    return flags[cohort]


def _per_child(where: Where, *more: Any) -> Any:
    query = select(e.c.child_id, func.count().label("n"), *more).where(where)
    return query.group_by(e.c.child_id).subquery("per_child")


def frequency(connection: Connection, scope: Scope, period: Period, cohort: str | None = None) -> Frequency:
    """How many children had 1, 2, 3 ... episodes: the one result from which bands and repeats follow."""
    per_child = _per_child(started_in(scope, period, cohort))
    query = select(per_child.c.n, func.count()).group_by(per_child.c.n)
    return Frequency.of({int(n): int(children) for n, children in connection.execute(query)})


def first_ever(connection: Connection, scope: Scope, period: Period) -> int:
    """Children of the scope whose earliest missing episode anywhere in the history lies in the period (R11)."""
    since, _ = window(period)
    before = e.alias("before")
    earlier = exists().where(before.c.child_id == e.c.child_id, before.c.kind == "missing", before.c.start_at < since)
    query = select(func.count(e.c.child_id.distinct())).where(started_in(scope, period), ~earlier)
    return int(connection.execute(query).scalar_one())


def by_area(
    connection: Connection, scope: Scope, period: Period, cohort: str | None = None
) -> dict[str, tuple[int, int]]:
    """Area -> (children, episodes); a child is counted once in every area it had an episode in."""
    query = (
        select(e.c.area, func.count(e.c.child_id.distinct()), func.count())
        .where(started_in(scope, period, cohort))
        .group_by(e.c.area)
    )
    return {area: (int(children), int(episodes)) for area, children, episodes in connection.execute(query)}


def in_several_areas(connection: Connection, scope: Scope, period: Period) -> int:
    """Children counted in more than one area: why areas need not add up to the county."""
    several = (
        select(e.c.child_id)
        .where(started_in(scope, period))
        .group_by(e.c.child_id)
        .having(func.count(e.c.area.distinct()) > 1)
        .subquery()
    )
    return int(connection.execute(select(func.count()).select_from(several)).scalar_one())


def area_bases(connection: Connection, scope: Scope, period: Period) -> dict[str, int]:
    """Episodes by what their area rests on: team, child_team, district or none."""
    query = select(e.c.area_basis, func.count()).where(started_in(scope, period)).group_by(e.c.area_basis)
    return {basis: int(episodes) for basis, episodes in connection.execute(query)}


def by_age(
    connection: Connection, scope: Scope, period: Period, cohort: str | None = None
) -> dict[int | None, tuple[int, int]]:
    """Age at the child's first episode in the period -> (children, episodes); None where no birth date is known."""
    per_child = _per_child(started_in(scope, period, cohort), func.min(e.c.age).label("age"))
    query = select(per_child.c.age, func.count(), func.sum(per_child.c.n)).group_by(per_child.c.age)
    return {age: (int(children), int(episodes)) for age, children, episodes in connection.execute(query)}


def in_cohort_and_not(connection: Connection, scope: Scope, period: Period, cohort: str) -> int:
    """Children with episodes both inside and outside the cohort (in care for one, not for another)."""
    inside = func.sum(case((in_cohort(cohort), 1), else_=0)).label("inside")
    per_child = _per_child(started_in(scope, period), inside)
    query = select(func.count()).where(per_child.c.inside > 0, per_child.c.inside < per_child.c.n)
    return int(connection.execute(query).scalar_one())


def top_children(
    connection: Connection, scope: Scope, period: Period, k: int, then: Period
) -> Sequence[tuple[int, int]]:
    """The k children with most episodes: (episodes in the period, the same child's episodes in `then`)."""
    top = (
        select(e.c.child_id, func.count().label("n"))
        .where(started_in(scope, period))
        .group_by(e.c.child_id)
        .order_by(func.count().desc(), e.c.child_id)
        .limit(k)
    )
    children = connection.execute(top).all()
    later = select(e.c.child_id, func.count()).where(
        started_in(scope, then), e.c.child_id.in_([child for child, _ in children])
    )
    afterwards = {child: int(n) for child, n in connection.execute(later.group_by(e.c.child_id))}
    return [(int(n), afterwards.get(child, 0)) for child, n in children]


def tallies(connection: Connection, scope: Scope, period: Period, now: datetime) -> Mapping[str, InterviewTally]:
    """Area -> the counts behind K1-K9, over ended missing episodes that started in the period."""
    query = _tally_query(scope, period, now)
    return {row[0]: InterviewTally(*(int(n or 0) for n in row[1:])) for row in connection.execute(query)}


def _tally_query(scope: Scope, period: Period, now: datetime) -> Select[Any]:
    needed = e.c.required.is_(True)
    offered = e.c.offered_at <= now
    held = e.c.held_at <= now
    recorded = and_(held, e.c.recorded_at <= now)
    recorded_in_time = and_(recorded, e.c.recorded_at <= e.c.counts_until)
    counted = (
        needed,
        and_(needed, offered),
        and_(needed, offered, e.c.offered_at <= e.c.counts_until),
        and_(needed, offered, e.c.response == "accepted"),
        and_(needed, offered, e.c.response == "declined"),
        held,
        and_(needed, held),
        and_(needed, held, e.c.held_at <= e.c.counts_until),
        recorded_in_time,
        and_(needed, recorded_in_time),
        and_(needed, or_(held, _settled(now))),
    )
    sums = [func.sum(case((condition, 1), else_=0)) for condition in counted]
    where = and_(started_in(scope, period), e.c.until_at <= now)
    return select(e.c.area, func.count(), *sums).where(where).group_by(e.c.area)


def _settled(now: datetime) -> Where:
    """K9: declined with the carer contacted, or not possible with a reason."""
    return or_(
        and_(e.c.offered_at <= now, e.c.response == "declined", e.c.outcome_reason == "carer_contacted"),
        and_(
            or_(e.c.offered_at.is_(None), e.c.offered_at <= now),
            e.c.response == "no_response",
            e.c.outcome_reason.is_not(None),
        ),
    )


def interview_spans(
    connection: Connection, scope: Scope, period: Period, now: datetime
) -> tuple[list[timedelta], list[timedelta]]:
    """For K10: return to held, and held to recorded, of the interviews held for these episodes."""
    query = select(e.c.clock_start_at, e.c.held_at, e.c.recorded_at).where(
        started_in(scope, period), e.c.until_at <= now, e.c.held_at <= now
    )
    rows = connection.execute(query).all()
    to_held = [held - back for back, held, _ in rows if back is not None]
    to_recorded = [recorded - held for _, held, recorded in rows if recorded is not None and recorded <= now]
    return to_held, to_recorded
