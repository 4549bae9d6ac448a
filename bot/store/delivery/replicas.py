"""The last tick of each replica, as known to all replicas."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, select

from bot.rules.delivery.health import TICK_SECONDS
from bot.store.database import upsert
from bot.store.schema.delivery import beat as table

#: A replica has a new name each time it starts: those that ended are forgotten, or the table would grow.
FORGOTTEN = timedelta(days=1)


class Beat(NamedTuple):
    """One replica: start and last tick."""

    name: str
    started_at: datetime
    ticked_at: datetime


def beat(connection: Connection, name: str, started_at: datetime, now: datetime) -> None:
    """Record a replica's tick. `now` is the database's clock, so that all ticks can be compared."""
    row = upsert(connection, table).values(name=name, started_at=started_at, ticked_at=now)
    changed = {"started_at": started_at, "ticked_at": now}
    connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=changed))
    connection.execute(delete(table).where(table.c.ticked_at < now - FORGOTTEN))


def newest(connection: Connection) -> datetime | None:
    """Return the time of the last tick of any replica."""
    found: datetime | None = connection.execute(select(func.max(table.c.ticked_at))).scalar_one()
    return found


def first(connection: Connection) -> datetime | None:
    """Return the earliest start of the replicas that ticked within a day."""
    found: datetime | None = connection.execute(select(func.min(table.c.started_at))).scalar_one()
    return found


def ticking(connection: Connection, now: datetime) -> int:
    """Count the replicas that ticked within TICK_SECONDS."""
    lately = table.c.ticked_at > now - timedelta(seconds=TICK_SECONDS)
    return int(connection.execute(select(func.count()).select_from(table).where(lately)).scalar_one())


def all_beats(connection: Connection) -> tuple[Beat, ...]:
    """Return every replica that ticked within a day, the latest first."""
    rows = connection.execute(select(table).order_by(table.c.ticked_at.desc(), table.c.name))
    return tuple(Beat(row.name, row.started_at, row.ticked_at) for row in rows)
