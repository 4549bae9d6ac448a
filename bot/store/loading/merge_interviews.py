"""Merge staged council episodes into interview rows. Of two children's that name one police occurrence, the later loses
the reference.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, case, exists, func, insert, literal, select, update

from bot.store.loading.child_matching import find_said, join_children
from bot.store.loading.merge import (
    Merging,
    find_nameless,
    first_line,
    keep_gaps,
    let_go_of_shared,
    name_children,
    not_shared,
    part_siblings,
    recognise,
    settle_contradictions,
    stands_alone,
    store_records,
)
from bot.store.loading.staging import OWN_LIKE, READ, joined, touch
from bot.store.loading.staging import interviews as staged
from bot.store.schema.records import UNNAMED_INTERVIEW, child, episode, interview, occurrence, ruling

_FACTS = [
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
read = READ["interviews"]


def as_stored() -> ColumnElement[bool]:
    """Match the rows that are stored just so, of the same child, and that no other row may be one with."""
    unnamed = interview.alias("unnamed")
    same = (
        exists()
        .where(interview.c.episode_ref == read.c.episode_ref, interview.c.payload == read.c.payload)
        .where(interview.c.occurrence_ref.is_not_distinct_from(read.c.occurrence_ref))
        .where(child.c.id == interview.c.child_id, child.c.council_ref == read.c.council_ref)
        .where(~exists().where(unnamed.c.child_id == child.c.id, unnamed.c.episode_ref.op("LIKE")(OWN_LIKE)))
    )
    return and_(stands_alone(read, "episode_ref", "council_ref"), not_shared(read, "occurrence_ref"), same)


def merge(m: Merging) -> int:
    """Merge the rows; return the number of rows of an older export that were left as stored."""
    part_siblings(m, staged, "episode_ref", "council_ref", "started_at")
    recognise(m, staged, interview, "council_ref", "started_at", unnamed=UNNAMED_INTERVIEW, named_in=(episode, ruling))
    settle_contradictions(m, staged, "episode_ref", "episode_id", _held, _ended, own=("council_ref",))
    name_children(m, staged, "episode_ref", "council_ref")
    left = keep_gaps(m, staged, exists().where(interview.c.episode_ref == staged.c.episode_ref))
    # A stored row that gives the occurrence up in this file is no obstacle, unless it has to let go itself.
    moving = staged.alias("moving")
    gives_up = exists().where(
        moving.c.episode_ref == interview.c.episode_ref,
        moving.c.occurrence_ref.is_distinct_from(interview.c.occurrence_ref),
    )
    held = (
        select(staged.c.line, staged.c.occurrence_ref, interview.c.episode_ref)
        .join(interview, interview.c.occurrence_ref == staged.c.occurrence_ref)
        .where(interview.c.episode_ref != staged.c.episode_ref, ~gives_up)
        .where(~exists().where(child.c.id == interview.c.child_id, child.c.council_ref == staged.c.council_ref))
    )
    reason = "is already the occurrence of episode {other}"
    advice = "an occurrence is of one child: correct the reference in the case system"
    let_go_of_shared(m, staged, "episode_ref", "occurrence_ref", held, reason, advice, of_one="council_ref")
    # By the council's reference; a row without one is of the child whose episode, or whose occurrence, it is.
    find_said(m.connection, staged, "episode_ref", "council_ref", "council:")
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
    # Another row may have given the occurrence up, or have taken it.
    names = interview.c.occurrence_ref.is_not_distinct_from(staged.c.occurrence_ref)
    same = (interview.c.payload == staged.c.payload, interview.c.child_id == staged.c.child_id, names)
    verdict = case(
        (~first_line(staged, "episode_ref"), "unchanged"),
        (~stored, "added"),
        (stored.where(*same), "unchanged"),
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
    store_records(m, staged, interview, _FACTS, "started_at", own=["child_id", "occurrence_ref"], rows=_new)
    join_children(m.connection, None)
    return left


#: Of two rows of one episode, the one whose interview is not held holds; then the one that has not ended.
_held = case((staged.c.held_at.is_(None), 0), else_=1)
_ended = case((func.coalesce(staged.c.ended_at, staged.c.returned_at).is_(None), 0), else_=1)
