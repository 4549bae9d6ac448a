"""What is kept beside the records goes when its time is over: notices, handles, locks, looks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, delete, func, select

from bot.store.schema.access import glass, handle, look_up_lock, notice

#: Misses count only from when the last lock ended, so one that is over or was lifted stays until they no longer do.
LOCKS_KEPT = timedelta(days=1)


def sweep(connection: Connection, posts_before: datetime, audit_before: datetime, now: datetime) -> dict[str, int]:
    """How many rows of each kind went. A look that no lead has reviewed stays, however old."""
    reviewed = (glass.c.reviewed_at.is_not(None), glass.c.opened_at < audit_before)
    return {
        "notices": _remove(connection, notice, notice.c.seen_at.is_not(None), notice.c.seen_at < posts_before),
        "handles": _remove(connection, handle, handle.c.until_at <= now),
        "locks": _remove(connection, look_up_lock, look_up_lock.c.until_at < now - LOCKS_KEPT),
        "looks": _remove(connection, glass, *reviewed),
    }


def _remove(connection: Connection, table: Table, *where: Any) -> int:
    count = connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one()
    if count:
        connection.execute(delete(table).where(*where))
    return count
