"""Steps of an interview recorded in chat: rows are only ever added, each after the version that its author saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from bot.rules.effects import Overtaken, RecordStep
from bot.rules.interviews.steps import OPENED_AGAIN, InterviewStep, who_was_first
from bot.store.schema.delivery import step
from bot.store.schema.records import episode

#: Of an episode that was put together with another since it was read.
GONE = "This record has changed meanwhile. Please ask again."
_FIELDS = ("id", "episode_id", "kind", "at", "said_at", "by", "to", "until_at", "detail", "undoes")


def of(connection: Connection, episodes: Sequence[int]) -> Mapping[int, tuple[InterviewStep, ...]]:
    """Return the steps of these episodes, oldest first."""
    query = select(step).where(step.c.episode_id.in_(episodes)).order_by(step.c.id)
    found: dict[int, list[InterviewStep]] = {}
    for row in connection.execute(query):
        found.setdefault(row.episode_id, []).append(_step(row))
    return {number: tuple(steps) for number, steps in found.items()}


def opened_again(connection: Connection, now: datetime) -> list[int]:
    """Return the episodes whose interview may be open again by a recent step, though its record is over.

    Sorted here: with ORDER BY, SQLite would walk through all steps ever recorded.
    """
    kinds = step.c.kind.in_(("reopened", "accepted"))
    query = select(step.c.episode_id).where(step.c.said_at > now - OPENED_AGAIN, kinds)
    return sorted(set(connection.execute(query).scalars()))


def not_as_recorded(connection: Connection) -> list[int]:
    """Return the episodes with a step that their record lacks or contradicts, to be weighed by the rules."""
    kind, e = step.c.kind, episode.c
    times = [(kind == name) & (at.is_(None) | (at != step.c.at)) for name, at in _TIMES.items()]
    answers = [kind.in_(said) & (e.response.is_(None) | (e.response != word)) for word, said in _ANSWERS.items()]
    reasons = (kind == "not_possible") & (e.outcome_reason.is_(None) | (e.outcome_reason != step.c.detail))
    carer = (kind == "carer_contacted") & e.outcome_reason.is_(None)
    told = or_(*times, *answers, reasons, carer, kind == "reopened", (kind == "accepted") & (step.c.detail != ""))
    query = select(step.c.episode_id).join(episode, e.id == step.c.episode_id).where(told).distinct()
    return list(connection.execute(query).scalars())


_TIMES = {"offered": episode.c.offered_at, "held": episode.c.held_at, "recorded": episode.c.recorded_at}
_ANSWERS = {"accepted": ("accepted", "booked"), "declined": ("declined",), "no_response": ("not_possible",)}


def _step(row: Row[Any]) -> InterviewStep:
    return InterviewStep(**{name: row._mapping[name] for name in _FIELDS})


def take(connection: Connection, deed: RecordStep) -> None:
    """Add a step if no step was added since the author's version; Overtaken names the person who was first, and the
    time.

    Called where writers wait for one another (behind the audit row), so that comparing and adding are one.
    """
    newest = select(func.max(step.c.id)).where(step.c.episode_id == deed.episode_id)
    seen = connection.execute(newest).scalar_one() or 0
    if seen != deed.version:
        first = connection.execute(select(step).where(step.c.id == seen)).first()
        raise Overtaken(who_was_first(_step(first), deed.by) if first else GONE)
    keys = connection.execute(
        select(episode.c.occurrence_ref, episode.c.episode_ref).where(episode.c.id == deed.episode_id)
    ).first()
    if keys is None:
        raise Overtaken(GONE)
    said = {name: getattr(deed, name) for name in ("kind", "at", "said_at", "by", "to", "until_at", "detail", "undoes")}
    connection.execute(
        insert(step).values(
            episode_id=deed.episode_id, occurrence_ref=keys.occurrence_ref, episode_ref=keys.episode_ref, **said
        )
    )


def follow_the_records(connection: Connection) -> None:
    """Move the steps of removed episodes to the episode that has their record now, after episodes were merged or split.

    The council's record first, for the interview is its own; then the police's.
    """
    numbers = select(episode.c.id)
    for key in ("episode_ref", "occurrence_ref"):
        heir = select(episode.c.id).where(episode.c[key] == step.c[key]).scalar_subquery()
        lost = step.c.episode_id.not_in(numbers) & step.c[key].in_(
            select(episode.c[key]).where(episode.c[key].is_not(None))
        )
        connection.execute(update(step).where(lost).values(episode_id=heir))
