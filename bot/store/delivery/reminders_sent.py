"""Reminders by person and step of the ladder. Rows are made when a message is composed.

A row counts while its message is under way and once it was sent. The reminders of a message that failed, was held or
was missed are still due.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, or_, select

from bot.rules.delivery.delivery import TO_DECIDE
from bot.rules.reminders.due import SentReminder
from bot.store.database import upsert
from bot.store.schema.delivery import delivery, nudge

_KEY = ("episode_id", "step", "deadline_at", "person_id")


def _on_its_way(now: datetime) -> ColumnElement[bool]:
    """Match messages that may have arrived: sent, unknown, or being sent at this moment."""
    unknown = and_(delivery.c.state == "held", delivery.c.reason.in_(TO_DECIDE))
    claimed = and_(delivery.c.lease_until.is_not(None), delivery.c.lease_until > now)
    return or_(delivery.c.state.in_(("sending", "sent", "unknown")), unknown, claimed)


def notified(
    connection: Connection, episodes: Sequence[int], now: datetime, but: int | None = None
) -> list[SentReminder]:
    """Return the reminders that count for these episodes, oldest first, except those of the message `but`.

    A message removed from the ledger long ago counts as sent.
    """
    query = (
        select(nudge.c.episode_id, nudge.c.step, nudge.c.deadline_at, nudge.c.person_id, nudge.c.made_at)
        .outerjoin(delivery, delivery.c.id == nudge.c.delivery_id)
        .where(nudge.c.episode_id.in_(episodes), or_(delivery.c.id.is_(None), _on_its_way(now)))
        .order_by(nudge.c.id)
    )
    if but is not None:
        query = query.where(nudge.c.delivery_id.is_distinct_from(but))
    return [SentReminder(*row) for row in connection.execute(query)]


def take(connection: Connection, number: int, wanted: Iterable[SentReminder], now: datetime) -> set[SentReminder]:
    """Return the reminders that this message may include; those of another message under way are left out.

    A message composed anew gives back its former reminders first.
    """
    connection.execute(delete(nudge).where(nudge.c.delivery_id == number))
    given_back = exists().where(delivery.c.id == nudge.c.delivery_id, ~_on_its_way(now))
    taken = set()
    for t in wanted:
        key: dict[str, Any] = dict(zip(_KEY, (t.episode, t.slot, t.deadline, t.person), strict=True))
        connection.execute(delete(nudge).where(*(nudge.c[name] == value for name, value in key.items()), given_back))
        row = upsert(connection, nudge).values(**key, delivery_id=number, made_at=t.at).on_conflict_do_nothing()
        if connection.execute(row.returning(nudge.c.id)).first() is not None:  # no other message has it
            taken.add(t)
    return taken


def sent_steps(connection: Connection, episode: int) -> list[tuple[str, str, datetime]]:
    """Return step, person and time of sent reminders, oldest first."""
    query = (
        select(nudge.c.step, nudge.c.person_id, nudge.c.made_at)
        .outerjoin(delivery, delivery.c.id == nudge.c.delivery_id)
        .where(nudge.c.episode_id == episode, or_(delivery.c.id.is_(None), delivery.c.state == "sent"))
    )
    return [(r.step, r.person_id, r.made_at) for r in connection.execute(query.order_by(nudge.c.id))]


def forget(connection: Connection, episodes: Sequence[int]) -> None:
    """Delete the reminders of removed episodes: another episode may get the number one day."""
    connection.execute(delete(nudge).where(nudge.c.episode_id.in_(episodes)))
