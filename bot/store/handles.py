"""What a button carries in place of its command: a random handle that only its owner can use, for a while."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, delete, insert, select

from bot.store.access_tables import handle

LASTS = timedelta(minutes=15)
_BYTES = 16
_LONGEST = 64  # no handle is longer: hostile text stays cheap


def issue(connection: Connection, person_id: str, purpose: str, command: str, now: datetime) -> str:
    """A new handle; only its digest is kept, so whoever reads the database can press nothing."""
    token = secrets.token_hex(_BYTES)  # no dash, which a command line would take for an option
    kept = {"digest": _digest(token), "person_id": person_id, "purpose": purpose, "command": command}
    connection.execute(insert(handle).values(**kept, until_at=now + LASTS))
    return token


def redeem(connection: Connection, token: str, person_id: str, purpose: str, now: datetime) -> str | None:
    """The command behind a handle; None alike for one that is unknown, somebody else's, for another use, or over.

    The row is found by its digest, from whose timing nothing of a handle can be learnt.
    """
    row = connection.execute(select(handle).where(handle.c.digest == _digest(token[:_LONGEST]))).first()
    if row is None:
        return None
    fits = row.person_id == person_id and row.purpose == purpose and now < row.until_at
    return str(row.command) if fits else None


def sweep(connection: Connection, now: datetime) -> None:
    """Forget what can be used no more."""
    connection.execute(delete(handle).where(handle.c.until_at <= now))


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
