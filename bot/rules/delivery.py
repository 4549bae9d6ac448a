"""Messages that the bot sends unasked: their states, and what they are planned as (reliability.md §1.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

State = Literal["planned", "sending", "sent", "failed", "held", "unknown", "missed", "dropped"]

#: Nothing more happens to these by itself.
DONE: frozenset[State] = frozenset({"sent", "failed", "missed", "dropped"})

Platform = Literal["offline", "slack", "teams", "email"]


@dataclass(frozen=True, slots=True)
class Planned:
    """A message to be sent once: the five first fields say which (the ledger's key).

    `due_at` is when it is wanted, `late_until` after when it is worth nothing (None: never), all in UTC.
    `parent_id` is the delivery whose thread it belongs to.
    """

    kind: str
    audience: str
    platform: str
    destination: str
    slot: str
    due_at: datetime
    late_until: datetime | None = None
    parent_id: int | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One row of the ledger: what became of a planned message. `reason` is a code, never words of a message."""

    id: int
    kind: str
    audience: str
    platform: str
    destination: str
    slot: str
    state: State
    reason: str
    marker: str
    parent_id: int | None
    due_at: datetime
    late_until: datetime | None
    not_before: datetime
    attempts: int
    first_attempt_at: datetime | None
    attempted_at: datetime | None
    message_id: str | None
    sent_at: datetime | None
    resolved_by: str | None
    digest_of_body: str | None
    changed_at: datetime | None
    closed_at: datetime | None
    sweeps: int
    planned_at: datetime
    owner: str | None = None
    lease_until: datetime | None = None
    next_sweep_at: datetime | None = None


def is_late(d: Delivery, now: datetime, grace_seconds: float) -> bool:
    """Whether it goes out so late that its readers must be told."""
    return (now - d.due_at).total_seconds() > grace_seconds
