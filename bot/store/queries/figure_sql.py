"""The statements behind the figures, each built once: building them costs more than running them.

Bound at execution: `areas`, `since`, `until` (R5) and, where facts are seen from a moment, `now`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, case, func, or_, select

from bot.rules.interviews.state import NOT_POSSIBLE
from bot.store.schema.records import episode as e

Where = ColumnElement[bool]

#: A cohort is a frozen flag of the episode (R16).
COHORTS: dict[str, Where] = {
    "lac": e.c.lac.is_(True),
    "not-lac": e.c.lac.is_(False),
    "uasc": e.c.uasc.is_(True),
    "cp": e.c.cp.is_(True),
}

_areas: BindParameter[Any] = bindparam("areas", expanding=True)
_since = bindparam("since", type_=e.c.start_at.type)
_until = bindparam("until", type_=e.c.start_at.type)
_now = bindparam("now", type_=e.c.start_at.type)


def started_in(cohort: str | None = None) -> Where:
    """Missing episodes of the areas whose start lies in the period (R5); `away` is never counted (R4).

    Nor is one whose start is not known, or whose child's age is in doubt.
    """
    inside = () if cohort is None else (COHORTS[cohort],)
    counted = (e.c.kind == "missing", e.c.counted.is_(True))
    return and_(e.c.area.in_(_areas), *counted, e.c.start_at >= _since, e.c.start_at < _until, *inside)


@cache
def left_out() -> Select[Any]:
    """Episodes of the period that are not counted, by kind and doubts: few, whatever the history."""
    kinds = e.c.kind.in_(("missing", "void"))  # a confirmed adult's is void
    where = (e.c.area.in_(_areas), kinds, e.c.counted.is_(False), e.c.start_at >= _since, e.c.start_at < _until)
    return select(e.c.kind, e.c.doubts, func.count()).where(*where).group_by(e.c.kind, e.c.doubts)


def _per_child(where: Where, *more: Any) -> Any:
    return select(e.c.child_id, func.count().label("n"), *more).where(where).group_by(e.c.child_id).subquery()


@cache
def frequency(cohort: str | None) -> Select[Any]:
    per_child = _per_child(started_in(cohort))
    return select(per_child.c.n, func.count()).group_by(per_child.c.n)


@cache
def first_ever() -> Select[Any]:
    """The earliest start of each child, looked up child by child: an anti-join would read the whole history."""
    children = select(e.c.child_id.label("id")).where(started_in()).distinct().subquery()
    ever = e.alias("ever")
    theirs = (ever.c.child_id == children.c.id, ever.c.kind == "missing", ever.c.counted.is_(True))
    earliest = select(func.min(ever.c.start_at)).where(*theirs)
    return select(func.count()).select_from(children).where(earliest.scalar_subquery() >= _since)


@cache
def by_area(cohort: str | None) -> Select[Any]:
    counts = (func.count(e.c.child_id.distinct()), func.count())
    return select(e.c.area, *counts).where(started_in(cohort)).group_by(e.c.area)


@cache
def in_several_areas() -> Select[Any]:
    several = select(e.c.child_id).where(started_in()).group_by(e.c.child_id)
    return select(func.count()).select_from(several.having(func.count(e.c.area.distinct()) > 1).subquery())


@cache
def area_bases() -> Select[Any]:
    return select(e.c.area_basis, func.count()).where(started_in()).group_by(e.c.area_basis)


@cache
def by_age(cohort: str | None) -> Select[Any]:
    per_child = _per_child(started_in(cohort), func.min(e.c.age).label("age"))
    return select(per_child.c.age, func.count(), func.sum(per_child.c.n)).group_by(per_child.c.age)


@cache
def in_cohort_and_not(cohort: str) -> Select[Any]:
    per_child = _per_child(started_in(), func.sum(case((COHORTS[cohort], 1), else_=0)).label("inside"))
    return select(func.count()).where(per_child.c.inside > 0, per_child.c.inside < per_child.c.n)


@cache
def top_children() -> Select[Any]:
    """Most episodes first; of equals the one who began earlier: in which order files were loaded decides nothing."""
    query = select(e.c.child_id, func.count()).where(started_in()).group_by(e.c.child_id)
    reference = func.min(func.coalesce(e.c.occurrence_ref, e.c.episode_ref))
    return query.order_by(func.count().desc(), func.min(e.c.start_at), reference).limit(bindparam("k"))


@cache
def of_children() -> Select[Any]:
    ours = e.c.child_id.in_(bindparam("children", expanding=True))
    return select(e.c.child_id, func.count()).where(started_in(), ours).group_by(e.c.child_id)


@cache
def interview_spans() -> Select[Any]:
    columns = (e.c.clock_start_at, e.c.held_at, e.c.recorded_at)
    return select(*columns).where(started_in(), e.c.until_at <= _now, e.c.held_at <= _now)


@cache
def tallies() -> Select[Any]:
    """The columns stand in the order of InterviewTally's fields, after the area."""
    needed = e.c.required.is_(True)
    offered = e.c.offered_at <= _now
    held = e.c.held_at <= _now
    recorded_in_time = and_(held, e.c.recorded_at <= _now, e.c.recorded_at <= e.c.counts_until)
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
        and_(needed, or_(held, _settled())),
    )
    sums = [func.sum(case((condition, 1), else_=0)) for condition in counted]
    return select(e.c.area, func.count(), *sums).where(started_in(), e.c.until_at <= _now).group_by(e.c.area)


def _settled() -> Where:
    """K9: declined with the carer contacted, or no answer for a reason that makes an interview impossible."""
    return or_(
        and_(e.c.offered_at <= _now, e.c.response == "declined", e.c.outcome_reason == "carer_contacted"),
        and_(
            or_(e.c.offered_at.is_(None), e.c.offered_at <= _now),
            e.c.response == "no_response",
            e.c.outcome_reason.in_(sorted(NOT_POSSIBLE)),
        ),
    )
