"""Events received from platforms, so that an event is acted on once, however often and on whichever replica it
arrives.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, delete

from bot.rules.effects import Again, SeenEvent
from bot.store.database import upsert
from bot.store.schema.access import inbound

#: Platforms repeat an event for minutes (Slack: up to five); a signed request is refused when it is older than that.
LASTS = timedelta(days=1)


def first(connection: Connection, deed: SeenEvent) -> None:
    """Record an event; Again where it was received before. Of two replicas that receive it at once, one waits and
    raises Again.
    """
    digest = sha256(deed.event.encode("utf-8", "surrogatepass")).hexdigest()
    row = upsert(connection, inbound).values(digest=digest, at=deed.at).on_conflict_do_nothing()
    if connection.execute(row.returning(inbound.c.digest)).first() is None:
        raise Again


def sweep(connection: Connection, now: datetime) -> None:
    """Delete events that no platform repeats any more."""
    connection.execute(delete(inbound).where(inbound.c.at <= now - LASTS))
