"""Which loads were carried out: how old each source is, and what the agencies' records leave open."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, literal, or_, select, union_all, update

from bot.rules.effects import ConfirmRows, Overtaken
from bot.rules.model import Confirmed, Freshness
from bot.rules.partnership.partnership import Partnership
from bot.store.database import upsert
from bot.store.queries.record_differences import gaps
from bot.store.schema.records import refused_file, source_load

__all__ = ["StoredLoad", "freshness", "gaps", "latest_load"]

SOURCES = ("police", "children", "interviews")


class StoredLoad(NamedTuple):
    """One load that was carried out: see the table's columns."""

    id: int
    taken_at: datetime
    loaded_at: datetime
    sha256: str
    rows_read: int
    accepted: int
    rejected: int
    unread: int = 0
    unread_open: int = 0
    taken_how: str = "given"
    rows_before: int | None = None
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None

    @property
    def too_few(self) -> int | None:
        """How many rows the export before had, where this one has less than half and nobody said that it is right."""
        return self.rows_before if self.confirmed_at is None else None


def latest_load(connection: Connection, source: str) -> StoredLoad | None:
    """The load with the newest export, not the one carried out last."""
    columns = [source_load.c[name] for name in StoredLoad._fields]
    query = select(*columns).where(source_load.c.source == source)
    row = connection.execute(query.order_by(source_load.c.taken_at.desc(), source_load.c.id.desc()).limit(1)).first()
    return StoredLoad(*row) if row else None


def freshness(connection: Connection, partnership: Partnership) -> tuple[Freshness, ...]:
    """When each source was last exported, with the limits the partnership set."""
    newest, refused = latest_loads(connection), refusals(connection)
    return tuple(_freshness(newest.get(source), partnership, source, refused.get(source)) for source in SOURCES)


def refusals(connection: Connection) -> dict[str, datetime]:
    """When a file of each source was last refused whole, where nothing was loaded since."""
    return {row.source: row.refused_at for row in connection.execute(select(refused_file))}


def note_refusal(connection: Connection, source: str, now: datetime) -> None:
    """A file that could not be used: its source is in doubt until a later one is loaded."""
    statement = upsert(connection, refused_file).values(source=source, refused_at=now)
    again = {"refused_at": statement.excluded.refused_at}
    connection.execute(statement.on_conflict_do_update(index_elements=["source"], set_=again))


def forget_refusal(connection: Connection, source: str) -> None:
    connection.execute(delete(refused_file).where(refused_file.c.source == source))


def confirm(connection: Connection, deed: ConfirmRows) -> None:
    """Somebody says that so few rows are right, or takes it back; Overtaken where that is so already."""
    newest = latest_load(connection, deed.source)
    where = source_load.c.confirmed_by == deed.by if deed.undo else source_load.c.confirmed_at.is_(None)
    unsure = (source_load.c.id == (newest.id if newest else None), source_load.c.rows_before.is_not(None), where)
    said = (None, None) if deed.undo else (deed.by, deed.at)
    change = update(source_load).where(*unsure).values(confirmed_by=said[0], confirmed_at=said[1])
    if connection.execute(change.returning(source_load.c.id)).first() is None:
        raise Overtaken("That has been said already, or a newer export has come: ask for sources.")


def rows_expected(connection: Connection, source: str, before: datetime) -> int | None:
    """Rows of the newest export taken before that is in no doubt of having too few; None where there is none."""
    sure = or_(source_load.c.rows_before.is_(None), source_load.c.confirmed_at.is_not(None))
    where = (source_load.c.source == source, source_load.c.taken_at < before, sure)
    query = select(source_load.c.rows_read).where(*where)
    found: int | None = connection.execute(query.order_by(source_load.c.taken_at.desc()).limit(1)).scalar()
    return found


def taken_before(connection: Connection, source: str, sha256: str) -> datetime | None:
    """When the same bytes were taken, as the newest load of them says."""
    where = (source_load.c.source == source, source_load.c.sha256 == sha256)
    found: datetime | None = connection.execute(select(func.max(source_load.c.taken_at)).where(*where)).scalar()
    return found


def latest_loads(connection: Connection) -> dict[str, StoredLoad]:
    """Of each source the load with the newest export, in one statement that reads one row of each."""
    rows = connection.execute(_NEWEST).all()
    return {row.source: StoredLoad(*row[1:]) for row in rows}


def _newest(source: str) -> Any:
    columns = [source_load.c[name] for name in StoredLoad._fields]
    query = select(literal(source).label("source"), *columns).where(source_load.c.source == source)
    return query.order_by(source_load.c.taken_at.desc(), source_load.c.id.desc()).limit(1).subquery()


_NEWEST = union_all(*(select(_newest(source)) for source in SOURCES))


def _confirmed(load: StoredLoad | None) -> Confirmed | None:
    if load is None or load.rows_before is None or load.confirmed_at is None:
        return None
    return Confirmed(load.confirmed_by or "", load.confirmed_at, load.rows_before)


def _freshness(load: StoredLoad | None, partnership: Partnership, source: str, refused: datetime | None) -> Freshness:
    chosen = getattr(partnership.sources, source)
    return Freshness(
        source=source,
        name=chosen.name,
        taken_at=load.taken_at if load else None,
        stale_after_hours=chosen.stale_after_hours,
        refuse_after_hours=chosen.refuse_after_hours,
        rows=load.rows_read if load else 0,
        rejected=load.rejected if load else 0,
        unread=load.unread if load else 0,
        unread_open=load.unread_open if load else 0,
        rows_before=load.too_few if load else None,
        confirmed=_confirmed(load),
        refused_at=refused,
        how=load.taken_how if load else "given",
    )
