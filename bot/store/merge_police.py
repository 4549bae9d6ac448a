"""Staged police rows become occurrences, grades and company; the child is whom the police key names."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, and_, case, delete, exists, func, literal, or_, select, update

from bot.store.database import upsert
from bot.store.merge import (
    Merging,
    first_line,
    reject_contradictions,
    reject_rows,
    touch,
)
from bot.store.staging import found_with as staged_company
from bot.store.staging import police as staged
from bot.store.tables import child, found_with, grade, occurrence

_FACTS = [
    "last_seen_at",
    "reported_at",
    "found_at",
    "found_date_only",
    "returned_at",
    "returned_date_only",
    "missing_from",
    "district",
    "reporter",
    "prevention_interview_at",
    "end_reason",
    "payload",
]
_new = staged.c.verdict != "unchanged"


def merge(m: Merging) -> None:
    reject_contradictions(m.connection, staged, "occurrence_ref", "occurrence_ref", m.reject)
    _reject_second_grades(m)
    m.references.add_children(m.connection, "police_ref", select(staged.c.police_ref))
    _give_verdicts(m)
    _touch(m)
    _forget_untimed_grades(m)
    _store_occurrences(m)
    _store_grades(m)
    _store_company(m)
    _store_child_facts(m)


def _reject_second_grades(m: Merging) -> None:
    """Two grades at the same moment: which one held cannot be known."""
    first = staged.alias("first")
    query = (
        select(staged.c.line, staged.c.grade, func.min(first.c.line))
        .join(
            first,
            and_(
                first.c.occurrence_ref == staged.c.occurrence_ref,
                first.c.graded_at == staged.c.graded_at,
                first.c.line < staged.c.line,
            ),
        )
        .where(or_(first.c.grade != staged.c.grade, first.c.legacy_absent != staged.c.legacy_absent))
        .group_by(staged.c.line, staged.c.grade)
    )
    reject_rows(
        m.connection,
        staged,
        query,
        m.reject,
        "risk",
        "is another grade than on line {other}, at the same time",
        "give each grade its own time in risk_at",
    )


def _give_verdicts(m: Merging) -> None:
    earlier = staged.alias("earlier")
    repeated = exists().where(
        earlier.c.occurrence_ref == staged.c.occurrence_ref,
        earlier.c.graded_at.is_not_distinct_from(staged.c.graded_at),
        earlier.c.line < staged.c.line,
    )
    stored = exists().where(occurrence.c.occurrence_ref == staged.c.occurrence_ref)
    same = stored.where(occurrence.c.payload == staged.c.payload)
    graded = exists().where(
        grade.c.occurrence_ref == staged.c.occurrence_ref,
        grade.c.graded_at == staged.c.graded_at,
        grade.c.grade == staged.c.grade,
        grade.c.legacy_absent == staged.c.legacy_absent,
    )
    verdict = case(
        (repeated, "unchanged"),
        (~stored, "added"),
        (~same, "changed"),
        (and_(staged.c.grade.is_not(None), ~graded), "changed"),
        else_="unchanged",
    )
    m.connection.execute(update(staged).values(verdict=verdict))


def _touch(m: Merging) -> None:
    """The child the police name now, and the one they named before."""
    named = select(staged.c.police_ref).where(_new)
    changed = select(staged.c.occurrence_ref).where(staged.c.verdict == "changed")
    touch(m.connection, select(child.c.id).where(child.c.police_ref.in_(named)))
    touch(m.connection, select(occurrence.c.child_id).where(occurrence.c.occurrence_ref.in_(changed)))


def _forget_untimed_grades(m: Merging) -> None:
    """A grade without a time of its own stands at the report; when that is corrected, it moves along."""
    untimed = select(staged.c.occurrence_ref).where(staged.c.grade_untimed, staged.c.verdict == "changed")
    moved = exists().where(
        staged.c.occurrence_ref == grade.c.occurrence_ref,
        staged.c.graded_at != grade.c.graded_at,
        occurrence.c.occurrence_ref == grade.c.occurrence_ref,
        grade.c.graded_at == func.coalesce(occurrence.c.reported_at, occurrence.c.last_seen_at),
    )
    m.connection.execute(delete(grade).where(grade.c.occurrence_ref.in_(untimed), moved))


def _store_occurrences(m: Merging) -> None:
    rows = (
        select(
            staged.c.occurrence_ref,
            child.c.id,
            _entered(m),
            *(staged.c[name] for name in _FACTS),
        )
        .join(child, child.c.police_ref == staged.c.police_ref)
        .where(_new, first_line(staged, "occurrence_ref"))
    )
    statement = upsert(m.connection, occurrence).from_select(
        ["occurrence_ref", "child_id", "entered_at", *_FACTS], rows
    )
    changes = {name: statement.excluded[name] for name in ("child_id", *_FACTS)}
    m.connection.execute(
        statement.on_conflict_do_update(
            index_elements=["occurrence_ref"],
            set_=changes,
            where=occurrence.c.payload != statement.excluded.payload,
        )
    )


def _entered(m: Merging) -> Any:
    """When this became known here; what the first load brings was known outside long before."""
    now = literal(m.now, occurrence.c.entered_at.type)
    if not m.first:
        return now
    known = func.coalesce(staged.c.reported_at, staged.c.last_seen_at)
    return case((known < now, known), else_=now)


def _store_grades(m: Merging) -> None:
    names = ["occurrence_ref", "graded_at", "grade", "legacy_absent"]
    rows: Select[Any] = select(*(staged.c[name] for name in names)).where(_new, staged.c.grade.is_not(None)).distinct()
    statement = upsert(m.connection, grade).from_select(names, rows)
    changes = {name: statement.excluded[name] for name in ("grade", "legacy_absent")}
    m.connection.execute(statement.on_conflict_do_update(index_elements=["occurrence_ref", "graded_at"], set_=changes))


def _store_company(m: Merging) -> None:
    changed = select(staged.c.occurrence_ref).where(staged.c.verdict == "changed")
    m.connection.execute(delete(found_with).where(found_with.c.occurrence_ref.in_(changed)))
    rows = (
        select(staged.c.occurrence_ref, staged_company.c.police_ref)
        .join(staged_company, staged_company.c.line == staged.c.line)
        .where(_new)
        .distinct()
    )
    statement = upsert(m.connection, found_with).from_select(["occurrence_ref", "police_ref"], rows)
    m.connection.execute(statement.on_conflict_do_nothing())


def _store_child_facts(m: Merging) -> None:
    """What the police say of the child, as the row with the latest start says it."""
    _store_latest(m, "sex")
    _store_latest(m, "birth_date_mark", "birth_date")  # each sealing of one date is another, its mark is not


def _store_latest(m: Merging, told_by: str, *others: str) -> None:
    names = (told_by, *others)
    place = func.row_number().over(
        partition_by=staged.c.police_ref,
        order_by=[func.coalesce(staged.c.last_seen_at, staged.c.reported_at).desc(), staged.c.occurrence_ref.desc()],
    )
    latest = (
        select(staged.c.police_ref, *(staged.c[name] for name in names), place.label("place"))
        .where(_new, staged.c[told_by].is_not(None))
        .subquery()
    )
    m.connection.execute(
        update(child)
        .where(
            child.c.police_ref == latest.c.police_ref,
            latest.c.place == 1,
            child.c[f"police_{told_by}"].is_distinct_from(latest.c[told_by]),
        )
        .values({child.c[f"police_{name}"]: latest.c[name] for name in names})
    )
