"""Staged council episodes become interview rows; no two may name the same police occurrence."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, case, exists, func, literal, or_, select, update

from bot.store.database import upsert
from bot.store.merge import Merging, first_line, reject_contradictions, reject_rows, touch
from bot.store.staging import interviews as staged
from bot.store.tables import child, interview

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
    "payload",
]
_new = staged.c.verdict != "unchanged"


def merge(m: Merging) -> None:
    reject_contradictions(m.connection, staged, "episode_ref", "episode_id", m.reject)
    _reject_shared_occurrences(m)
    m.references.add_children(m.connection, "council_ref", select(staged.c.council_ref))
    _give_verdicts(m)
    _touch(m)
    _let_go_of_occurrences(m)
    _store(m)


def _reject_shared_occurrences(m: Merging) -> None:
    """An occurrence is one episode: the row that comes later is rejected, in the file or against the store.

    A stored row that gives the occurrence up in this same file is no obstacle, unless it is rejected
    itself; so this is asked until nothing more is rejected.
    """
    while _reject_within_file(m) or _reject_against_stored(m):
        pass


_ADVICE = "only one episode can be this occurrence: correct the reference in the case system"


def _reject_within_file(m: Merging) -> int:
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
    return reject_rows(m.connection, staged, query, m.reject, "occurrence_ref", reason, _ADVICE)


def _reject_against_stored(m: Merging) -> int:
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
    return reject_rows(m.connection, staged, query, m.reject, "occurrence_ref", reason, _ADVICE)


def _give_verdicts(m: Merging) -> None:
    stored = exists().where(interview.c.episode_ref == staged.c.episode_ref)
    verdict = case(
        (~first_line(staged, "episode_ref"), "unchanged"),
        (~stored, "added"),
        (stored.where(interview.c.payload == staged.c.payload), "unchanged"),
        else_="changed",
    )
    m.connection.execute(update(staged).values(verdict=verdict))


def _touch(m: Merging) -> None:
    """The child the council names now, and the one it named before."""
    named = select(staged.c.council_ref).where(_new)
    changed = select(staged.c.episode_ref).where(staged.c.verdict == "changed")
    touch(m.connection, select(child.c.id).where(child.c.council_ref.in_(named)))
    touch(m.connection, select(interview.c.child_id).where(interview.c.episode_ref.in_(changed)))


def _let_go_of_occurrences(m: Merging) -> None:
    """First all references that change, then the new ones: two rows may swap theirs."""
    changing = exists().where(
        staged.c.episode_ref == interview.c.episode_ref,
        or_(staged.c.occurrence_ref.is_(None), staged.c.occurrence_ref != interview.c.occurrence_ref),
    )
    named = interview.c.episode_ref.in_(select(staged.c.episode_ref))
    m.connection.execute(update(interview).values(occurrence_ref=None).where(named, changing))


def _store(m: Merging) -> None:
    rows = (
        select(staged.c.episode_ref, child.c.id, _entered(m), *(staged.c[name] for name in _FACTS))
        .join(child, child.c.council_ref == staged.c.council_ref)
        .where(_new)
    )
    statement = upsert(m.connection, interview).from_select(["episode_ref", "child_id", "entered_at", *_FACTS], rows)
    changes = {name: statement.excluded[name] for name in ("child_id", *_FACTS)}
    m.connection.execute(statement.on_conflict_do_update(index_elements=["episode_ref"], set_=changes))


def _entered(m: Merging) -> Any:
    """When this became known here; what the first load brings was known outside long before."""
    now = literal(m.now, interview.c.entered_at.type)
    return case((staged.c.started_at < now, staged.c.started_at), else_=now) if m.first else now
