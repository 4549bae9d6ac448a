"""Load rows as `python -m bot load` does, and read the stored rows."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from bot.ingest.load import LoadSummary, load_file
from bot.rules.partnership.partnership import Partnership, Source, Sources
from bot.store.database import migrate, open_database, reading
from bot.store.encryption import OWNERS, Seal
from bot.store.schema.records import metadata
from tests.support.exports import Row, write
from tests.support.factories import partnership

SEAL = Seal(lambda: bytes(32))
TAKEN_AT = datetime(2017, 7, 5, 6, 0, tzinfo=UTC)
LOADED_AT = datetime(2017, 7, 5, 7, 0, tzinfo=UTC)

#: Northern, Southern and Central; Cherwell lies in the north, South Oxfordshire in the south.
PARTNERSHIP = replace(partnership(), reference_prefix="TS")


def mapped(source: str, **columns: str) -> Partnership:
    """Return the partnership, with other names for columns of one export."""
    return replace(PARTNERSHIP, sources=replace(Sources(), **{source: Source(source, columns=columns)}))


def covering(covers: str) -> Partnership:
    """Return the partnership, with a police export of all records, the open ones, or some days."""
    return replace(PARTNERSHIP, sources=replace(Sources(), police=Source("Police", covers=covers)))


def read_rejects(path: Path | None) -> list[dict[str, str]]:
    assert path
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@dataclass
class Loader:
    """One database and a folder for files."""

    engine: Engine
    folder: Path
    partnership: Partnership = PARTNERSHIP

    def load(self, source: str, *rows: Row, **options: Any) -> LoadSummary:
        return self.load_path(source, write(self.folder / f"{source}.csv", rows), **options)

    def load_path(self, source: str, path: Path, **options: Any) -> LoadSummary:
        settings: dict[str, Any] = {"taken_at": TAKEN_AT, "now": LOADED_AT, "rejects_folder": self.rejects} | options
        return load_file(self.engine, self.partnership, source, path, **settings)

    @property
    def rejects(self) -> Path:
        return self.folder / "rejects"

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return every row of a table in the order of its keys."""
        found = metadata.tables[table]
        with reading(self.engine) as connection:
            query = select(found).order_by(*found.primary_key.columns)
            return [_opened(dict(row._mapping)) for row in connection.execute(query)]

    def row(self, table: str) -> dict[str, Any]:
        (found,) = self.rows(table)
        return found

    def everything(self) -> dict[str, list[dict[str, Any]]]:
        """Return every stored row but the list of loads."""
        return {name: self.rows(name) for name in metadata.tables if name not in {"source_load", "record_changes"}}


def _opened(row: dict[str, Any]) -> dict[str, Any]:
    """Open a row's sealed birth dates: sealed, they are never the same twice, and open in their own row alone."""
    born = {name: row[name] and SEAL.open(name, row[owner], row[name]) for name, owner in OWNERS.items() if name in row}
    return {**row, **born}


@contextmanager
def loader(url: str, folder: Path) -> Iterator[Loader]:
    engine = open_database(url, SEAL)
    migrate(engine)
    yield Loader(engine, folder)
    engine.dispose()
