"""That this database was put back from a backup, and what that means for messages that were due before."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, insert, select, update

from bot.rules.delivery.delivery import CALLS, DECIDED_WITHIN, OPEN, RESTORED
from bot.rules.model import FOREVER
from bot.store.schema.delivery import delivery, restored


class Restored(NamedTuple):
    """When, from which file, and the last row of the audit trail that the copy held, with its time."""

    at: datetime
    backup: str
    until_row: int
    until_at: datetime | None


def newest(connection: Connection) -> Restored | None:
    columns = [restored.c[name] for name in Restored._fields]
    row = connection.execute(select(*columns).order_by(restored.c.id.desc()).limit(1)).first()
    return None if row is None else Restored(*row)


def newest_at(connection: Connection) -> datetime | None:
    """When the database was last restored; None where it never was."""
    found: datetime | None = connection.execute(select(func.max(restored.c.at))).scalar_one()
    return found


def note(connection: Connection, done: Restored) -> int:
    """Stamp the database, and hold every message that was still to go; how many those are.

    Calls are left as they are. What was sent before is neither looked for again nor changed: the copy is older than
    what people read there.
    """
    connection.execute(insert(restored).values(done._asdict()))
    still = (delivery.c.state.in_(OPEN), delivery.c.not_before < FOREVER)
    until = func.coalesce(delivery.c.late_until, done.at + DECIDED_WITHIN)
    values: dict[str, Any] = {
        "state": "held",
        "reason": RESTORED,
        "late_until": until,
        "owner": None,
        "lease_until": None,
        "not_before": FOREVER,
    }
    not_calls = update(delivery).where(delivery.c.kind.not_in(CALLS))
    held = connection.execute(not_calls.where(*still).values(values).returning(delivery.c.id)).all()
    sent = not_calls.where(delivery.c.state == "sent")
    connection.execute(sent.values(next_sweep_at=None))
    connection.execute(sent.where(delivery.c.closed_at.is_(None)).values(closed_at=done.at))
    return len(held)


def waiting(connection: Connection) -> int:
    """Messages of which a person has still to say whether they are to be posted again."""
    held = (delivery.c.state == "held", delivery.c.reason == RESTORED)
    return int(connection.execute(select(func.count()).select_from(delivery).where(*held)).scalar_one())
