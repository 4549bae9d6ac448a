"""Steps of an interview recorded in chat, as they are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from bot.rules.interviews.steps import OPENED_AGAIN, InterviewStep
from bot.store.schema.delivery import step
from bot.store.schema.records import episode

_FIELDS = ("id", "episode_id", "kind", "at", "said_at", "by", "to", "until_at", "detail", "undoes")


def of(connection: Connection, episodes: Sequence[int]) -> Mapping[int, tuple[InterviewStep, ...]]:
    """Return the steps of these episodes, oldest first."""
    query = select(step).where(step.c.episode_id.in_(episodes)).order_by(step.c.id)
    found: dict[int, list[InterviewStep]] = {}
    for row in connection.execute(query):
        found.setdefault(row.episode_id, []).append(step_of(row))
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


def step_of(row: Row[Any]) -> InterviewStep:
    return InterviewStep(**{name: row._mapping[name] for name in _FIELDS})
