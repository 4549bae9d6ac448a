"""Notices to people, as rows: notices that wait, and notices not delivered yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from bot.store.schema.access import notice


def waits(connection: Connection, kind: str, text: str, since: datetime, begins: str = "") -> bool:
    """Tell if a person was given the same words since then, or words that begin with `begins`."""
    words = notice.c.text.startswith(begins, autoescape=True) if begins else notice.c.text == text
    same = (notice.c.kind == kind, words, notice.c.made_at > since)
    return connection.execute(select(notice.c.id).where(*same).limit(1)).first() is not None


def untold(connection: Connection) -> Sequence[tuple[int, str, datetime]]:
    """Return number, person and time of every undelivered notice, oldest first."""
    query = select(notice.c.id, notice.c.person_id, notice.c.made_at).where(notice.c.seen_at.is_(None))
    return [tuple(row) for row in connection.execute(query.order_by(notice.c.id))]
