"""Opaque handles of buttons. A button carries a random handle in place of its command; only its owner can use it,
for a while.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, delete, insert, select

from bot.rules.effects import Issue
from bot.store.schema.access import handle

LASTS = timedelta(minutes=15)
#: Handles in posts of the bot, which people press days later. A press is authorised anew all the same.
LASTS_POSTED = timedelta(days=7)
#: Handles of files that are offered: making one and reading what it is takes a while.
LASTS_OFFERED = timedelta(hours=1)
_BYTES = 16
_LONGEST = 64  # no handle is longer, so that hostile text costs little


def issue(connection: Connection, person_id: str, purpose: str, command: str, now: datetime) -> str:
    """Issue one handle. Only its digest is stored, so a reader of the database can press no button."""
    return issue_all(connection, person_id, purpose, [command], now)[0]


def issue_all(
    connection: Connection,
    person_id: str,
    purpose: str,
    commands: Sequence[str],
    now: datetime,
    lasts: timedelta = LASTS,
) -> list[str]:
    """Issue a handle for each command, in the same order. `person_id` is their owner: a person, or the channel of
    the message.
    """
    tokens, issued = made([(purpose, command) for command in commands])
    keep(connection, Issue(person_id, issued, now + lasts))
    return tokens


def made(wanted: Sequence[tuple[str, str]]) -> tuple[list[str], tuple[tuple[str, str, str], ...]]:
    """Make handles for purposes and commands, and the rows to store of them. A handle works once its row is stored."""
    tokens = [secrets.token_hex(_BYTES) for _ in wanted]  # no dash, which a command line would take for an option
    return tokens, tuple((_digest(t), purpose, command) for t, (purpose, command) in zip(tokens, wanted, strict=True))


def keep(connection: Connection, issued: Issue) -> None:
    """Store handles, in the transaction that records the answer they belong to."""
    names = ("digest", "purpose", "command")
    common = {"person_id": issued.owner, "until_at": issued.until}
    if issued.handles:
        rows = [common | dict(zip(names, each, strict=True)) for each in issued.handles]
        connection.execute(insert(handle), rows)


def redeem(connection: Connection, token: str, person_id: str, purpose: str, now: datetime) -> str | None:
    """Return the command of a handle; None alike for an unknown or expired handle, another owner's, or another purpose.

    The row is found by its digest, so that timing reveals nothing about a handle.
    """
    row = connection.execute(select(handle).where(handle.c.digest == _digest(token[:_LONGEST]))).first()
    if row is None:
        return None
    fits = row.person_id == person_id and row.purpose == purpose and now < row.until_at
    return str(row.command) if fits else None


def take(connection: Connection, token: str, person_id: str, purpose: str, now: datetime) -> str | None:
    """Redeem a handle that is good for one use; of two uses at the same time one gets None."""
    command = redeem(connection, token, person_id, purpose, now)
    if command is None:
        return None
    gone = connection.execute(delete(handle).where(handle.c.digest == _digest(token[:_LONGEST])))
    return command if gone.rowcount else None


def sweep(connection: Connection, now: datetime) -> None:
    """Delete expired handles."""
    connection.execute(delete(handle).where(handle.c.until_at <= now))


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
