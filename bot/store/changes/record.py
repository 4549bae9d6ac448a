"""Record an answer and its effects in one transaction. No message leaves before it is committed."""

from __future__ import annotations

from collections.abc import Sequence

from bot.rules.audit.chain import Entry
from bot.rules.effects import Effect
from bot.rules.partnership.partnership import Partnership
from bot.store import audit_chain
from bot.store.changes.effects import carry_out
from bot.store.database import Database, writing


def record(
    database: Database, key: bytes, entry: Entry, deeds: Sequence[Effect], partnership: Partnership | None = None
) -> None:
    """Write the audit row and carry out the effects: all, or (Overtaken, DatabaseError) nothing."""
    with writing(database) as connection:
        # First, for there writers wait for one another: what a deed then counts still holds when it is written.
        audit_chain.append(connection, key, entry)
        for deed in deeds:
            carry_out(connection, deed, partnership)
