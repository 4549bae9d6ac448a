"""The audit chain in its table: one row after another, numbered without gaps, whoever writes at the same time."""

from __future__ import annotations

from dataclasses import fields

from sqlalchemy import Connection, insert, select, text

from bot.rules import audit as chain
from bot.rules.audit import Entry, Row
from bot.store.tables import audit

_FIELDS = tuple(f.name for f in fields(Entry))


def append(connection: Connection, key: bytes, entry: Entry) -> Row:
    """Add one row at the end of the chain, in the caller's transaction."""
    _one_at_a_time(connection)
    row = chain.after(key, _last(connection), entry)
    values = {name: getattr(entry, name) for name in _FIELDS}
    connection.execute(insert(audit).values(seq=row.seq, **values, prev=row.prev, mac=row.mac))
    return row


def _last(connection: Connection) -> tuple[int, str] | None:
    found = connection.execute(select(audit.c.seq, audit.c.mac).order_by(audit.c.seq.desc()).limit(1)).first()
    return (found.seq, found.mac) if found else None


def _one_at_a_time(connection: Connection) -> None:
    """SQLite's immediate transaction keeps other writers out already; on PostgreSQL they wait here.

    A sequence would leave gaps where a transaction is rolled back, and a gap is what a removed row looks like.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('bot.audit'))"))
