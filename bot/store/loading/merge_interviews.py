"""Merge staged council episodes into interview rows. Of two that name one police occurrence, the later loses the
reference.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, case, exists, func, insert, literal, or_, select, update

from bot.store.database import upsert
from bot.store.loading.child_matching import find_nameless, join_children, rename
from bot.store.loading.merge import (
    Merging,
    first_line,
    keep_gaps,
    let_go,
    name_children,
    part_siblings,
    settle_contradictions,
    touch,
)
from bot.store.loading.staging import OWN_KEY, joined
from bot.store.loading.staging import interviews as staged
from bot.store.schema.records import UNNAMED_INTERVIEW, child, episode, interview, occurrence, ruling

_FACTS = [
    "occurrence_ref",
    "kind",
    "started_at",
    "ended_at",
    "ended_date_only",
    "team",
    "returned_at",
    "returned_date_only",
    "offered_at",
    "response",
    "held_at",
    "recorded_at",
    "interviewer_role",
    "independent",
    "worker",
    "outcome_reason",
    "unread",
    "payload",
]
_new = staged.c.verdict != "unchanged"


def merge(m: Merging) -> int:
    """Merge the rows; return the number of rows of an older export that were left as stored."""
    part_siblings(m, staged, "episode_ref", "council_ref", "started_at")
    _recognise(m)
    settle_contradictions(m, staged, "episode_ref", "episode_id", _held, _ended, own=("council_ref",))
    name_children(m, staged, "episode_ref", "council_ref")
    left = keep_gaps(m, staged, exists().where(interview.c.episode_ref == staged.c.episode_ref))
    _let_go_of_shared_occurrences(m)
    # By the council's reference; a row without one is of the child whose episode, or whose occurrence, it is.
    keys = select(staged.c.council_ref).where(staged.c.council_ref.is_not(None))
    m.references.add_children(m.connection, "council_ref", keys)
    by_key = select(child.c.id).where(child.c.council_ref == staged.c.council_ref).scalar_subquery()
    m.connection.execute(update(staged).where(staged.c.council_ref.is_not(None)).values(child_id=by_key))
    of_episode = select(interview.c.child_id).where(interview.c.episode_ref == staged.c.episode_ref)
    police = select(occurrence.c.child_id).where(occurrence.c.occurrence_ref == staged.c.occurrence_ref)
    for known in (of_episode, police):
        rest = staged.c.child_id.is_(None)
        m.connection.execute(update(staged).where(rest).values(child_id=known.scalar_subquery()))
    find_nameless(m, staged, literal("council:") + staged.c.episode_ref, staged.c.council_ref.is_(None))
    stored = exists().where(interview.c.episode_ref == staged.c.episode_ref)
    verdict = case(
        (~first_line(staged, "episode_ref"), "unchanged"),
        (~stored, "added"),
        (stored.where(interview.c.payload == staged.c.payload, interview.c.child_id == staged.c.child_id), "unchanged"),
        else_="changed",
    )
    m.connection.execute(update(staged).values(verdict=verdict))
    # Freeze again the child the council names now, and the one it named before.
    changed = select(staged.c.episode_ref).where(staged.c.verdict == "changed")
    touch(m.connection, select(staged.c.child_id).where(_new))
    touch(m.connection, select(interview.c.child_id).where(interview.c.episode_ref.in_(changed)))
    # A child named by no record until now turns out to be the child of this episode: its reference goes on answering.
    pairs = (
        select(child.c.id, func.min(staged.c.child_id))
        .join(interview, interview.c.child_id == child.c.id)
        .join(staged, staged.c.episode_ref == interview.c.episode_ref)
        .where(child.c.nameless.startswith("council:"), staged.c.child_id != child.c.id)
        .group_by(child.c.id)
    )
    m.connection.execute(insert(joined).from_select(["drop_id", "keep_id"], pairs))
    # Clear all references that change before the new ones are stored: two rows may swap theirs.
    changing = exists().where(
        staged.c.episode_ref == interview.c.episode_ref,
        or_(staged.c.occurrence_ref.is_(None), staged.c.occurrence_ref != interview.c.occurrence_ref),
    )
    named = interview.c.episode_ref.in_(select(staged.c.episode_ref))
    m.connection.execute(update(interview).values(occurrence_ref=None).where(named, changing))
    _store(m)
    join_children(m.connection, None)
    return left


#: Of two rows of one episode, the one whose interview is not held holds; then the one that has not ended.
_held = case((staged.c.held_at.is_(None), 0), else_=1)
_ended = case((func.coalesce(staged.c.ended_at, staged.c.returned_at).is_(None), 0), else_=1)
_unnamed = staged.c.episode_ref.startswith(OWN_KEY)


def _recognise(m: Merging) -> None:
    """Match a record without a reference to the record of the same child with the same start, if there is one."""
    of_child = and_(child.c.council_ref == staged.c.council_ref, child.c.id == interview.c.child_id)
    same = select(func.min(interview.c.episode_ref)).where(
        of_child, interview.c.started_at == staged.c.started_at, ~interview.c.episode_ref.startswith(OWN_KEY)
    )
    named = staged.alias("named")
    beside = select(func.min(named.c.episode_ref)).where(
        named.c.council_ref == staged.c.council_ref,
        named.c.started_at == staged.c.started_at,
        ~named.c.episode_ref.startswith(OWN_KEY),
    )
    known = func.coalesce(*(each.correlate(staged).scalar_subquery() for each in (same, beside)))
    m.connection.execute(update(staged).where(_unnamed, known.is_not(None)).values(episode_ref=known))
    pairs = (
        select(interview.c.episode_ref, staged.c.episode_ref)
        .join(child, child.c.id == interview.c.child_id)
        .join(
            staged,
            and_(staged.c.council_ref == child.c.council_ref, staged.c.started_at == interview.c.started_at),
        )
        .where(UNNAMED_INTERVIEW, ~_unnamed)
    )
    for old, new in sorted(m.connection.execute(pairs).all()):
        m.connection.execute(update(interview).where(interview.c.episode_ref == old).values(occurrence_ref=None))
        rename(m.connection, interview, old, new, episode, ruling)


def _let_go_of_shared_occurrences(m: Merging) -> None:
    """Clear the occurrence of the later row where two episodes name one, in the file or against the store.

    A stored row that gives the occurrence up in this file is no obstacle, unless it has to let go itself: repeat until
    nothing more changes.
    """
    while _let_go_within_file(m) or _let_go_against_stored(m):
        pass


_ADVICE = "only one episode can be this occurrence: correct the reference in the case system"


def _let_go_within_file(m: Merging) -> int:
    first = staged.alias("first")
    query = (
        select(staged.c.line, staged.c.occurrence_ref, func.min(first.c.episode_ref))
        .join(
            first,
            and_(first.c.occurrence_ref == staged.c.occurrence_ref, first.c.line < staged.c.line),
        )
        .where(first.c.episode_ref != staged.c.episode_ref)
        .group_by(staged.c.line, staged.c.occurrence_ref)
    )
    reason = "is already the occurrence of episode {other} in this file"
    return let_go(m, staged, query, "occurrence_ref", reason, _ADVICE)


def _let_go_against_stored(m: Merging) -> int:
    moving = staged.alias("moving")
    gives_up = exists().where(
        moving.c.episode_ref == interview.c.episode_ref,
        moving.c.occurrence_ref.is_distinct_from(interview.c.occurrence_ref),
    )
    query = (
        select(staged.c.line, staged.c.occurrence_ref, interview.c.episode_ref)
        .join(interview, interview.c.occurrence_ref == staged.c.occurrence_ref)
        .where(interview.c.episode_ref != staged.c.episode_ref, ~gives_up)
    )
    reason = "is already the occurrence of episode {other}, loaded earlier"
    return let_go(m, staged, query, "occurrence_ref", reason, _ADVICE)


def _store(m: Merging) -> None:
    # When this became known here; what the first load brings was known outside long before.
    now = literal(m.now, interview.c.entered_at.type)
    known = func.coalesce(staged.c.started_at, _taken(m))
    rows = (
        select(
            staged.c.episode_ref,
            staged.c.child_id,
            case((known < now, known), else_=now) if m.first else now,
            _taken(m),
            *(staged.c[name] for name in _FACTS),
        )
        .select_from(staged)
        .where(_new)
    )
    names = ["episode_ref", "child_id", "entered_at", "first_taken_at", *_FACTS]
    statement = upsert(m.connection, interview).from_select(names, rows)
    changes = {name: statement.excluded[name] for name in ("child_id", *_FACTS)}
    m.connection.execute(statement.on_conflict_do_update(index_elements=["episode_ref"], set_=changes))


def _taken(m: Merging) -> Any:
    return literal(m.taken_at, interview.c.first_taken_at.type)
