"""When each replica last ticked, by the database's clock: what any of them can know of the others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from bot.store.database import upsert
from bot.store.delivery_tables import beat as table


def beat(connection: Connection, name: str, started_at: datetime, now: datetime) -> None:
    """This replica ticks now."""
    row = upsert(connection, table).values(name=name, started_at=started_at, ticked_at=now)
    new = {"started_at": started_at, "ticked_at": now}
    connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=new))


def newest(connection: Connection) -> datetime | None:
    """When any replica last ticked; None where none ever has."""
    found: datetime | None = connection.execute(select(func.max(table.c.ticked_at))).scalar_one()
    return found


def all_beats(connection: Connection) -> Sequence[tuple[str, datetime, datetime]]:
    """Name, start and last tick of every replica that ever ticked, the last first."""
    query = select(table.c.name, table.c.started_at, table.c.ticked_at).order_by(table.c.ticked_at.desc())
    return [tuple(row) for row in connection.execute(query)]
