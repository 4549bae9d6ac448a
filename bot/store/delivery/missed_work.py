"""What the auditor found undone, and since when: rows only while something is, removed once it is done."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, case, delete, func, select

from bot.rules.delivery.missed_work import LAPSED, MissedWork, MissedWorkCount
from bot.store.database import upsert
from bot.store.schema.delivery import overlooked


def any_of(connection: Connection) -> bool:
    """Whether anything was undone when the auditor last looked."""
    return connection.execute(select(overlooked.c.kind).limit(1)).first() is not None


def note(connection: Connection, found: Collection[MissedWork], now: datetime) -> None:
    """Everything that is undone at `now`; what was undone before, and is not any more, is forgotten."""
    for each in sorted(found, key=lambda o: (o.kind, o.mark)):  # two replicas lock the rows in one order
        row = upsert(connection, overlooked).values(kind=each.kind, mark=each.mark, since=now, found_at=now)
        since = case((overlooked.c.found_at < now - LAPSED, now), else_=overlooked.c.since)
        again = {"since": since, "found_at": now}
        connection.execute(row.on_conflict_do_update(index_elements=["kind", "mark"], set_=again))
    connection.execute(delete(overlooked).where(overlooked.c.found_at != now))


def since(connection: Connection, begun_by: datetime) -> Sequence[MissedWorkCount]:
    """What has been undone since then or longer, by kind."""
    first = func.min(overlooked.c.since)
    query = select(overlooked.c.kind, func.count(), first).where(overlooked.c.since <= begun_by)
    return [
        MissedWorkCount(*row)
        for row in connection.execute(query.group_by(overlooked.c.kind).order_by(overlooked.c.kind))
    ]
