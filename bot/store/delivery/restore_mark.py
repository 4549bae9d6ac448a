"""The mark of a database that was restored from a backup, and its effect on messages that were due before."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, insert, select, update

from bot.rules.delivery.delivery import CALLS, DECIDED_WITHIN, OPEN, RESTORED
from bot.rules.model import FOREVER
from bot.store.schema.delivery import delivery, restored


class Restored(NamedTuple):
    """Time and file of a restore, and the last audit row that the copy held, with its time."""

    at: datetime
    backup: str
    until_row: int
    until_at: datetime | None


def newest(connection: Connection) -> Restored | None:
    columns = [restored.c[name] for name in Restored._fields]
    row = connection.execute(select(*columns).order_by(restored.c.id.desc()).limit(1)).first()
    return None if row is None else Restored(*row)


def newest_at(connection: Connection) -> datetime | None:
    """Return the time of the last restore; None where there was none."""
    found: datetime | None = connection.execute(select(func.max(restored.c.at))).scalar_one()
    return found


def note(connection: Connection, done: Restored) -> int:
    """Stamp the database and hold every message that was still to be sent; return their number.

    Calls are left as they are. Messages that were sent are neither looked for again nor changed: the copy is older than
    the messages on the platform.
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
    """Count the messages that wait for a person to decide if they are posted again."""
    held = (delivery.c.state == "held", delivery.c.reason == RESTORED)
    return int(connection.execute(select(func.count()).select_from(delivery).where(*held)).scalar_one())
