"""Contents of a database, counted, to compare a copy with its original: rows, loads, and the end of the audit trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, inspect, select, table

from bot.store.schema.access import audit
from bot.store.schema.records import source_load


class LoadedFile(NamedTuple):
    """One file that was loaded."""

    source: str
    taken_at: datetime
    loaded_at: datetime
    sha256: str


@dataclass(frozen=True, slots=True)
class Contents:
    """`row` is the number of the newest audit row, `at` its time; loads are oldest first."""

    rows: Mapping[str, int]
    row: int
    at: datetime | None
    loads: tuple[LoadedFile, ...]

    @property
    def total(self) -> int:
        return sum(self.rows.values())

    @property
    def newest_loads(self) -> Sequence[LoadedFile]:
        """The newest export of each source."""
        return tuple({load.source: load for load in sorted(self.loads, key=lambda each: each.taken_at)}.values())


def read(connection: Connection) -> Contents:
    names = inspect(connection).get_table_names()
    rows = {
        name: int(connection.execute(select(func.count()).select_from(table(name))).scalar_one())
        for name in sorted(names)
    }
    columns = [source_load.c[name] for name in LoadedFile._fields]
    loads = tuple(LoadedFile(*row) for row in connection.execute(select(*columns).order_by(source_load.c.id)))
    query = select(audit.c.seq, audit.c.at).order_by(audit.c.seq.desc()).limit(1)
    last = connection.execute(query).first() if "audit" in rows else None
    return Contents(rows, last.seq if last else 0, last.at if last else None, loads)
