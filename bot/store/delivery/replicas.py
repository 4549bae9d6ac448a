"""When each replica last ticked: what any of them can know of the others."""

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
    """One replica: since when it has run, and its last tick."""

    name: str
    started_at: datetime
    ticked_at: datetime


def beat(connection: Connection, name: str, started_at: datetime, now: datetime) -> None:
    """A replica ticked. `now` is the database's clock, so that all can be compared."""
    row = upsert(connection, table).values(name=name, started_at=started_at, ticked_at=now)
    changed = {"started_at": started_at, "ticked_at": now}
    connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=changed))
    connection.execute(delete(table).where(table.c.ticked_at < now - FORGOTTEN))


def newest(connection: Connection) -> datetime | None:
    """When any replica last ticked."""
    found: datetime | None = connection.execute(select(func.max(table.c.ticked_at))).scalar_one()
    return found


def first(connection: Connection) -> datetime | None:
    """Since when any replica that ticked within a day has run."""
    found: datetime | None = connection.execute(select(func.min(table.c.started_at))).scalar_one()
    return found


def ticking(connection: Connection, now: datetime) -> int:
    """How many replicas ticked lately."""
    lately = table.c.ticked_at > now - timedelta(seconds=TICK_SECONDS)
    return int(connection.execute(select(func.count()).select_from(table).where(lately)).scalar_one())


def all_beats(connection: Connection) -> tuple[Beat, ...]:
    """Every replica that ticked within a day, the latest first."""
    rows = connection.execute(select(table).order_by(table.c.ticked_at.desc(), table.c.name))
    return tuple(Beat(row.name, row.started_at, row.ticked_at) for row in rows)
