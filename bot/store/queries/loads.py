"""Loads that were carried out, files that were refused, and the age of each source."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, literal, or_, select, union_all, update

from bot.rules.catalogue import _
from bot.rules.effects import ConfirmRows, Overtaken
from bot.rules.model import Confirmed, Freshness
from bot.rules.partnership.partnership import Partnership
from bot.store.database import upsert
from bot.store.schema.records import refused_file, source_load

SOURCES = ("police", "children", "interviews")


class StoredLoad(NamedTuple):
    """One load that was carried out; the fields are columns of `source_load`."""

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
        """Return the rows of the export before, where this one has less than half, unconfirmed; else None."""
        return self.rows_before if self.confirmed_at is None else None

    @property
    def confirmed(self) -> Confirmed | None:
        """Return the confirmation that so few rows are right; None where there was no doubt or no confirmation."""
        if self.rows_before is None or self.confirmed_at is None:
            return None
        return Confirmed(self.confirmed_by or "", self.confirmed_at, self.rows_before)


def latest_load(connection: Connection, source: str) -> StoredLoad | None:
    """Return the load with the newest export, which need not be the last load."""
    columns = [source_load.c[name] for name in StoredLoad._fields]
    query = select(*columns).where(source_load.c.source == source)
    row = connection.execute(query.order_by(source_load.c.taken_at.desc(), source_load.c.id.desc()).limit(1)).first()
    return StoredLoad(*row) if row else None


#: The load with the newest export of each source, in one statement that reads one row of each.
_NEWEST = union_all(
    *(
        select(
            select(literal(source).label("source"), *(source_load.c[name] for name in StoredLoad._fields))
            .where(source_load.c.source == source)
            .order_by(source_load.c.taken_at.desc(), source_load.c.id.desc())
            .limit(1)
            .subquery()
        )
        for source in SOURCES
    )
)


def freshness(connection: Connection, partnership: Partnership) -> tuple[Freshness, ...]:
    """Return the time of each source's newest export, its counts, and the limits that the partnership set."""
    newest = {row.source: StoredLoad(*row[1:]) for row in connection.execute(_NEWEST)}
    refused = {row.source: row.refused_at for row in connection.execute(select(refused_file))}
    found = []
    for source in SOURCES:
        chosen, load = getattr(partnership.sources, source), newest.get(source)
        each = Freshness(
            source=source,
            name=chosen.name,
            taken_at=None,
            stale_after_hours=chosen.stale_after_hours,
            refuse_after_hours=chosen.refuse_after_hours,
            refused_at=refused.get(source),
        )
        if load:
            each = replace(
                each,
                taken_at=load.taken_at,
                rows=load.rows_read,
                rejected=load.rejected,
                unread=load.unread,
                unread_open=load.unread_open,
                rows_before=load.too_few,
                confirmed=load.confirmed,
                how=load.taken_how,
            )
        found.append(each)
    return tuple(found)


def note_refusal(connection: Connection, source: str, now: datetime) -> None:
    """Note that a file was refused: its source is in doubt until a later one is loaded."""
    statement = upsert(connection, refused_file).values(source=source, refused_at=now)
    again = {"refused_at": statement.excluded.refused_at}
    connection.execute(statement.on_conflict_do_update(index_elements=["source"], set_=again))


def forget_refusal(connection: Connection, source: str) -> None:
    connection.execute(delete(refused_file).where(refused_file.c.source == source))


def confirm(connection: Connection, effect: ConfirmRows) -> None:
    """Confirm that so few rows are right, or take that back; Overtaken where that is done already."""
    newest = latest_load(connection, effect.source)
    where = source_load.c.confirmed_by == effect.by if effect.undo else source_load.c.confirmed_at.is_(None)
    unsure = (source_load.c.id == (newest.id if newest else None), source_load.c.rows_before.is_not(None), where)
    by, at = (None, None) if effect.undo else (effect.by, effect.at)
    change = update(source_load).where(*unsure).values(confirmed_by=by, confirmed_at=at)
    if connection.execute(change.returning(source_load.c.id)).first() is None:
        raise Overtaken(_("That has been said already, or a newer export has come: ask for sources."))


def rows_expected(connection: Connection, source: str, before: datetime) -> int | None:
    """Return the rows of the newest earlier export that is not in doubt as too small; None where there is none."""
    sure = or_(source_load.c.rows_before.is_(None), source_load.c.confirmed_at.is_not(None))
    where = (source_load.c.source == source, source_load.c.taken_at < before, sure)
    query = select(source_load.c.rows_read).where(*where)
    found: int | None = connection.execute(query.order_by(source_load.c.taken_at.desc()).limit(1)).scalar()
    return found


def taken_before(connection: Connection, source: str, sha256: str) -> datetime | None:
    """Return the newest time at which the same bytes were taken; None where they were never loaded."""
    where = (source_load.c.source == source, source_load.c.sha256 == sha256)
    found: datetime | None = connection.execute(select(func.max(source_load.c.taken_at)).where(*where)).scalar()
    return found


def was_loaded(connection: Connection, source: str, sha256: str, taken_at: datetime | None) -> bool:
    """Tell if these bytes were loaded as an export taken at this time, or (None) at any."""
    where = [source_load.c.source == source, source_load.c.sha256 == sha256]
    if taken_at is not None:
        where.append(source_load.c.taken_at == taken_at)
    return connection.execute(select(source_load.c.id).where(*where).limit(1)).first() is not None


def last_loaded(connection: Connection, source: str) -> datetime | None:
    """Return the time of the last load; None where there was none."""
    found: datetime | None = connection.execute(
        select(func.max(source_load.c.loaded_at)).where(source_load.c.source == source)
    ).scalar()
    return found
