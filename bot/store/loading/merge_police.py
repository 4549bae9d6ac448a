"""Merge staged police rows into occurrences, grades and company. The police key names the child."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    update,
)

from bot.rules.episodes.doubts import grade_is_known
from bot.store.database import upsert
from bot.store.loading.child_matching import find_said, join_children
from bot.store.loading.merge import (
    Contradiction,
    Merging,
    find_nameless,
    first_line,
    keep_gaps,
    name_children,
    part_siblings,
    recognise,
    settle_contradictions,
    stands_alone,
    store_records,
)
from bot.store.loading.staging import OWN_LIKE, READ, joined, touch
from bot.store.loading.staging import found_with as staged_company
from bot.store.loading.staging import police as staged
from bot.store.schema.records import (
    UNNAMED_OCCURRENCE,
    child,
    episode,
    found_with,
    grade,
    interview,
    occurrence,
    ruling,
)

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
    "unread",
    "payload",
]
_new = staged.c.verdict != "unchanged"
read = READ["police"]


def as_stored() -> ColumnElement[bool]:
    """Match the rows that are stored just so, of the same child and grade, and that no other row may be one with."""
    graded_at = func.coalesce(read.c.graded_at, occurrence.c.first_taken_at)
    any_grade = exists().where(grade.c.occurrence_ref == occurrence.c.occurrence_ref).correlate_except(grade)
    same_grade = any_grade.where(
        grade.c.graded_at == graded_at, grade.c.grade == read.c.grade, grade.c.legacy_absent == read.c.legacy_absent
    )
    unnamed = occurrence.alias("unnamed")
    same = (
        exists()
        .where(occurrence.c.occurrence_ref == read.c.occurrence_ref, occurrence.c.payload == read.c.payload)
        .where(child.c.id == occurrence.c.child_id, child.c.police_ref == read.c.police_ref)
        .where(occurrence.c.grade_known == case((read.c.grade_read == "none", ~any_grade), else_=read.c.grade_known))
        .where(or_(read.c.grade.is_(None), same_grade))
        .where(~exists().where(unnamed.c.child_id == child.c.id, unnamed.c.occurrence_ref.op("LIKE")(OWN_LIKE)))
    )
    return and_(stands_alone(read, "occurrence_ref", "police_ref"), same)


def merge(m: Merging) -> int:
    """Merge the rows; return the number of rows of an older export that were left as stored."""
    part_siblings(m, staged, "occurrence_ref", "police_ref", "last_seen_at", "reported_at")
    recognise(
        m,
        staged,
        occurrence,
        "police_ref",
        "last_seen_at",
        "reported_at",
        unnamed=UNNAMED_OCCURRENCE,
        named_in=(grade, found_with, episode, ruling),
    )
    settle_contradictions(m, staged, "occurrence_ref", "occurrence_ref", _ended, own=_WHO)
    name_children(m, staged, "occurrence_ref", "police_ref", birth_date=None, birth_date_mark=None)
    _settle_grades(m)
    left = keep_gaps(m, staged, exists().where(occurrence.c.occurrence_ref == staged.c.occurrence_ref))
    # By the police's reference; a row without one is of the child whose occurrence it was, else of an unknown child.
    find_said(m.connection, staged, "occurrence_ref", "police_ref", "police:")
    keys = select(staged.c.police_ref).where(staged.c.police_ref.is_not(None))
    m.references.add_children(m.connection, "police_ref", keys)
    stored = select(occurrence.c.child_id).where(occurrence.c.occurrence_ref == staged.c.occurrence_ref)
    m.connection.execute(update(staged).where(staged.c.police_ref.is_(None)).values(child_id=stored.scalar_subquery()))
    find_nameless(m, staged, literal("police:") + staged.c.occurrence_ref, staged.c.police_ref.is_(None))
    _give_verdicts(m)
    # Freeze again the child the police name now, and the one they named before.
    changed = select(staged.c.occurrence_ref).where(staged.c.verdict == "changed")
    touch(m.connection, select(staged.c.child_id).where(_new))
    touch(m.connection, select(occurrence.c.child_id).where(occurrence.c.occurrence_ref.in_(changed)))
    # A council record may turn out to name another child's occurrence.
    named = interview.c.occurrence_ref.in_(select(staged.c.occurrence_ref).where(_new))
    touch(m.connection, select(interview.c.child_id).where(named))
    # A child named by no record until now turns out to be the child of this occurrence: its reference goes on
    # answering.
    pairs = (
        select(child.c.id, func.min(staged.c.child_id))
        .join(occurrence, occurrence.c.child_id == child.c.id)
        .join(staged, staged.c.occurrence_ref == occurrence.c.occurrence_ref)
        .where(child.c.nameless.is_not(None), staged.c.child_id != child.c.id)
        .group_by(child.c.id)
    )
    m.connection.execute(insert(joined).from_select(["drop_id", "keep_id"], pairs))
    # A grade without a time of its own is dated at the report; when the report is corrected, the grade moves along.
    untimed = select(staged.c.occurrence_ref).where(staged.c.grade_untimed, staged.c.verdict == "changed")
    moved = exists().where(
        staged.c.occurrence_ref == grade.c.occurrence_ref,
        staged.c.graded_at != grade.c.graded_at,
        occurrence.c.occurrence_ref == grade.c.occurrence_ref,
        grade.c.graded_at == func.coalesce(occurrence.c.reported_at, occurrence.c.last_seen_at),
    )
    m.connection.execute(delete(grade).where(grade.c.occurrence_ref.in_(untimed), moved))
    one_of_each = and_(_new, first_line(staged, "occurrence_ref"))
    own = ["child_id", "grade_known"]
    store_records(m, staged, occurrence, _FACTS, "reported_at", "last_seen_at", own=own, rows=one_of_each)
    join_children(m.connection, None)
    _store_grades(m)
    corrected = select(staged.c.occurrence_ref).where(staged.c.verdict == "changed")
    m.connection.execute(delete(found_with).where(found_with.c.occurrence_ref.in_(corrected)))
    company = (
        select(staged.c.occurrence_ref, staged_company.c.police_ref)
        .join(staged_company, staged_company.c.line == staged.c.line)
        .where(_new)
        .distinct()
    )
    company_row = upsert(m.connection, found_with).from_select(["occurrence_ref", "police_ref"], company)
    m.connection.execute(company_row.on_conflict_do_nothing())
    _store_child_facts(m)
    return left


_WHO = ("police_ref", "birth_date", "birth_date_mark")
#: Of two rows of one occurrence, the one without an end holds.
_ended = case((func.coalesce(staged.c.found_at, staged.c.returned_at).is_(None), 0), else_=1)


def _settle_grades(m: Merging) -> None:
    """Decide for each occurrence of several rows if its grade is known; for one row alone it is decided already."""
    # Of a second grade of the same moment it cannot be known which of them held: it is cleared.
    first = staged.alias("first")
    same_moment = and_(first.c.occurrence_ref == staged.c.occurrence_ref, first.c.graded_at == staged.c.graded_at)
    differs = or_(first.c.grade != staged.c.grade, first.c.legacy_absent != staged.c.legacy_absent)
    query = (
        select(staged.c.line, staged.c.grade, func.min(first.c.line))
        .join(first, and_(same_moment, first.c.line < staged.c.line))
        .where(differs, staged.c.grade.is_not(None), first.c.grade.is_not(None))
        .group_by(staged.c.line, staged.c.grade)
    )
    for line, value, held in m.connection.execute(query).all():
        reason = f"is another grade than on line {held}, at the same time"
        m.tell(Contradiction(line, "risk", value, reason, "give each grade its own time in risk_at"))
        values = {"grade": None, "grade_read": "unread"}
        m.connection.execute(update(staged).where(staged.c.line == line).values(values))
    # A grade without any time is dated at the first export that had the occurrence.
    had = select(occurrence.c.first_taken_at).where(occurrence.c.occurrence_ref == staged.c.occurrence_ref)
    when = func.coalesce(had.scalar_subquery(), literal(m.taken_at, occurrence.c.first_taken_at.type))
    timeless = and_(staged.c.grade.is_not(None), staged.c.graded_at.is_(None))
    m.connection.execute(update(staged).where(timeless).values(graded_at=when))
    several = (
        select(staged.c.occurrence_ref)
        .group_by(staged.c.occurrence_ref)
        .having(func.count() > 1, func.min(staged.c.grade_read) + func.max(staged.c.grade_read) != "readread")
    )
    columns = (staged.c.occurrence_ref, staged.c.grade_read, staged.c.graded_at)
    found: dict[str, list[tuple[str, Any]]] = {}
    for ref, read, at in m.connection.execute(select(*columns).where(staged.c.occurrence_ref.in_(several))):
        found.setdefault(ref, []).append((read, at))
    for ref, rows in found.items():
        known = {"grade_known": grade_is_known(rows)}
        m.connection.execute(update(staged).where(staged.c.occurrence_ref == ref).values(known))
    other = staged.alias("other")
    given = exists().where(other.c.occurrence_ref == staged.c.occurrence_ref, other.c.grade_read != "none")
    before = exists().where(grade.c.occurrence_ref == staged.c.occurrence_ref)
    none = and_(staged.c.grade_read == "none", ~given)
    m.connection.execute(update(staged).where(none).values(grade_known=~before))


def _store_grades(m: Merging) -> None:
    """Add the grades to their series. One that takes the place of another of the same time keeps that beside it."""
    now = literal(m.now, grade.c.entered_at.type)
    # What the first load brings was known outside long before.
    entered = case((staged.c.graded_at < now, staged.c.graded_at), else_=now) if m.first else now
    given = (staged.c[name] for name in ("occurrence_ref", "graded_at", "grade", "legacy_absent"))
    rows: Select[Any] = select(*given, entered).where(_new, staged.c.grade.is_not(None)).distinct()
    names = ["occurrence_ref", "graded_at", "grade", "legacy_absent", "entered_at"]
    row = upsert(m.connection, grade).from_select(names, rows)
    new = row.excluded
    changed = {name: new[name] for name in ("grade", "legacy_absent", "entered_at")} | {"before": grade.c.grade}
    other = or_(grade.c.grade != new.grade, grade.c.legacy_absent != new.legacy_absent)
    keys = ["occurrence_ref", "graded_at"]
    m.connection.execute(row.on_conflict_do_update(index_elements=keys, set_=changed, where=other))


def _give_verdicts(m: Merging) -> None:
    """Set verdict and child of each row, in one pass over all rows."""
    by_key = select(child.c.id).where(child.c.police_ref == staged.c.police_ref).correlate(staged).scalar_subquery()
    whose = func.coalesce(staged.c.child_id, by_key)
    earlier = staged.alias("earlier")
    repeated = exists().where(
        earlier.c.occurrence_ref == staged.c.occurrence_ref,
        earlier.c.graded_at.is_not_distinct_from(staged.c.graded_at),
        earlier.c.line < staged.c.line,
    )
    stored = exists().where(occurrence.c.occurrence_ref == staged.c.occurrence_ref)
    same = stored.where(
        occurrence.c.payload == staged.c.payload,
        occurrence.c.child_id == whose,
        occurrence.c.grade_known == staged.c.grade_known,
    )
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
    m.connection.execute(update(staged).values(verdict=verdict, child_id=whose))


def _store_child_facts(m: Merging) -> None:
    """Store the police's facts of the child, taken from the row with the latest start."""
    _store_latest(m, or_(staged.c.sex.is_not(None), staged.c.unread.contains("sex")), sex=staged.c.sex)
    # Each sealing of one date is another, its mark is not.
    born = {"birth_date_mark": staged.c.birth_date_mark, "birth_date": staged.c.birth_date}
    # A date sealed while the row named no child opens beside no reference.
    named = exists().where(child.c.id == staged.c.child_id, child.c.police_ref.is_not(None))
    opens = or_(staged.c.police_ref.is_not(None), ~named)
    _store_latest(m, and_(staged.c.birth_date_mark.is_not(None), opens), **born)
    unread = case((staged.c.unread.contains("birth_date"), true()))  # NULL where it could be read
    _store_latest(m, or_(staged.c.birth_date_mark.is_not(None), unread.is_not(None)), birth_unread=unread)


def _store_latest(m: Merging, reported: ColumnElement[bool], **facts: ColumnElement[Any]) -> None:
    """Store the facts of each child's latest row that has them, where the first of them differs from the stored one."""
    start = func.coalesce(staged.c.last_seen_at, staged.c.reported_at)
    place = func.row_number().over(
        partition_by=staged.c.child_id, order_by=[start.desc(), staged.c.occurrence_ref.desc()]
    )
    latest = (
        select(staged.c.child_id, *(value.label(name) for name, value in facts.items()), place.label("place"))
        .where(_new, reported)
        .subquery()
    )
    first = child.c[f"police_{next(iter(facts))}"]
    # An older export adds only facts that no newer one gave.
    open_to = and_(first.is_(None), child.c.police_birth_unread.is_(None)) if m.only_gaps else true()
    m.connection.execute(
        update(child)
        .where(
            child.c.id == latest.c.child_id,
            latest.c.place == 1,
            first.is_distinct_from(latest.c[next(iter(facts))]),
            open_to,
        )
        .values({child.c[f"police_{name}"]: latest.c[name] for name in facts})
    )
