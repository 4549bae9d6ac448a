"""Which loads were carried out: how old each source is, and what the agencies' records leave open."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, literal, select, union_all

from bot.rules.model import Freshness
from bot.rules.partnership import Partnership
from bot.store.gaps import gaps
from bot.store.tables import source_load

__all__ = ["Load", "freshness", "gaps", "latest_load", "rejected"]

SOURCES = ("police", "children", "interviews")


class Load(NamedTuple):
    """One load that was carried out."""

    taken_at: datetime
    loaded_at: datetime
    rows_read: int
    accepted: int
    rejected: int


def latest_load(connection: Connection, source: str) -> Load | None:
    """The load with the newest export, not the one carried out last."""
    columns = [source_load.c[name] for name in Load._fields]
    query = select(*columns).where(source_load.c.source == source)
    row = connection.execute(query.order_by(source_load.c.taken_at.desc(), source_load.c.id.desc()).limit(1)).first()
    return Load(*row) if row else None


def freshness(connection: Connection, partnership: Partnership) -> tuple[Freshness, ...]:
    """When each source was last exported, with the limits the partnership set."""
    newest = latest_loads(connection)
    return tuple(_freshness(newest.get(source), partnership, source) for source in SOURCES)


def rejected(connection: Connection) -> dict[str, int]:
    """Rows that the newest load of each source rejected."""
    return {source: load.rejected for source, load in latest_loads(connection).items()}


def latest_loads(connection: Connection) -> dict[str, Load]:
    """Of each source the load with the newest export, in one statement that reads one row of each."""
    rows = connection.execute(_NEWEST).all()
    return {row.source: Load(*row[1:]) for row in rows}


def _newest(source: str) -> Any:
    columns = [source_load.c[name] for name in Load._fields]
    query = select(literal(source).label("source"), *columns).where(source_load.c.source == source)
    return query.order_by(source_load.c.taken_at.desc(), source_load.c.id.desc()).limit(1).subquery()


_NEWEST = union_all(*(select(_newest(source)) for source in SOURCES))


def _freshness(load: Load | None, partnership: Partnership, source: str) -> Freshness:
    chosen = getattr(partnership.sources, source)
    return Freshness(
        source=source,
        name=chosen.name,
        taken_at=load.taken_at if load else None,
        stale_after_hours=chosen.stale_after_hours,
        refuse_after_hours=chosen.refuse_after_hours,
        rows=load.rows_read if load else 0,
    )
