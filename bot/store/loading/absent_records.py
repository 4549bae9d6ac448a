"""Open records that a newer export should have and lacks. Such an export closes nothing; the load reports the absent
records.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, and_, exists, or_, select, update

from bot.rules.partnership.partnership import Covers
from bot.store.bulk import chunks
from bot.store.loading.confirmation_moves import overtake
from bot.store.loading.merge import touch
from bot.store.loading.staging import TABLES
from bot.store.queries.loads import latest_load
from bot.store.schema.records import episode, interview, occurrence

_RECORDS: dict[str, Table] = {"police": occurrence, "interviews": interview}


def note_absent(
    connection: Connection, source: str, taken_at: datetime, covers: Covers, now: datetime, *, only_gaps: bool
) -> None:
    """Mark the open records that the export lacks. Unmark those that it has: confirmations of their end are over.

    Records added by an older export are absent from the newest one.
    """
    if source not in _RECORDS:
        return
    table, staged = _RECORDS[source], TABLES[source]
    key = next(iter(table.primary_key.columns))
    here = exists().where(staged.c[key.name] == key)
    newest = latest_load(connection, source)
    if not only_gaps:
        back = _mark(connection, table, and_(table.c.absent_at.is_not(None), here), None)
        overtake(connection, table, back, source, taken_at, now)
        if covers is not None:
            _mark(
                connection,
                table,
                and_(
                    _open(table, key, taken_at, covers),
                    ~here,
                    or_(table.c.absent_at.is_(None), table.c.absent_at < taken_at),
                ),
                taken_at,
            )
    elif newest is not None and covers is not None:
        at = newest.taken_at
        added = exists().where(staged.c[key.name] == key, staged.c.verdict == "added")
        _mark(connection, table, and_(_open(table, key, at, covers), added), at)


def _open(table: Table, key: Any, taken_at: datetime, covers: Covers) -> Any:
    """Match records of episodes that were open at the time of the export, and that it should have."""
    name = episode.c[key.name]
    where = [name.is_not(None), episode.c.until_at > taken_at, episode.c.kind != "void"]
    if isinstance(covers, int):
        where.append(episode.c.start_at >= taken_at - timedelta(days=covers))
    added = table.c.first_taken_at.is_not(None) & ~exists().where(name == key)  # of this load: not frozen yet
    return or_(key.in_(select(name).where(*where)), added)


def _mark(connection: Connection, table: Table, where: Any, absent_at: datetime | None) -> list[str]:
    """Set `absent_at` of the records found, and return their references. There are few, and none on most mornings."""
    key = next(iter(table.primary_key.columns))
    found = connection.execute(select(key, table.c.child_id).where(where)).all()
    for some in chunks(found):
        refs = key.in_([ref for ref, _ in some])
        touch(connection, select(table.c.child_id).where(refs))
        connection.execute(update(table).where(refs).values(absent_at=absent_at))
    return [ref for ref, _ in found]
