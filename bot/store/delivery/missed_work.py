"""Overdue work found by the auditor, and its first time: rows exist only while the work is undone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, case, delete, func, select

from bot.rules.delivery.missed_work import LAPSED, MissedWork, MissedWorkCount
from bot.store.database import upsert
from bot.store.schema.delivery import overlooked


def any_of(connection: Connection) -> bool:
    """Return whether any work was undone at the auditor's last run."""
    return connection.execute(select(overlooked.c.kind).limit(1)).first() is not None


def note(connection: Connection, found: Collection[MissedWork], now: datetime) -> None:
    """Record all work undone at `now`, and delete rows of work that is done by now."""
    for each in sorted(found, key=lambda o: (o.kind, o.mark)):  # two replicas lock the rows in one order
        row = upsert(connection, overlooked).values(kind=each.kind, mark=each.mark, since=now, found_at=now)
        since = case((overlooked.c.found_at < now - LAPSED, now), else_=overlooked.c.since)
        again = {"since": since, "found_at": now}
        connection.execute(row.on_conflict_do_update(index_elements=["kind", "mark"], set_=again))
    connection.execute(delete(overlooked).where(overlooked.c.found_at != now))


def since(connection: Connection, begun_by: datetime) -> Sequence[MissedWorkCount]:
    """Return the work undone since then or longer, by kind."""
    first = func.min(overlooked.c.since)
    query = select(overlooked.c.kind, func.count(), first).where(overlooked.c.since <= begun_by)
    return [
        MissedWorkCount(*row)
        for row in connection.execute(query.group_by(overlooked.c.kind).order_by(overlooked.c.kind))
    ]
