"""A copy of the whole database at one moment, made while others write, and verified by reading it again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text

from bot.store.backup import contents, dated_files, integrity, postgres_dump
from bot.store.backup.contents import Contents
from bot.store.database import DatabaseError, in_plain_words, open_to_read, reading

NAME = "bot"


@dataclass(frozen=True, slots=True)
class Backup:
    """A verified copy: file, size in bytes, contents."""

    file: Path
    size: int
    holds: Contents
    checked: str


def take(engine: Engine, folder: Path, now: datetime, record: Callable[[str], None]) -> Backup:
    """Write a copy into a folder. `record` is called with the copy's name once it is verified, before the file is
    renamed.

    DatabaseError or OSError where that fails; no part of the copy is left then.
    """
    on_sqlite = engine.dialect.name == "sqlite"
    suffix, write = (".sqlite", _copy) if on_sqlite else (".dump", _dump)
    with dated_files.draft(folder, f"{NAME}-{dated_files.stamp(now)}", suffix) as (part, final):
        with reading(engine) as connection:
            holds = contents.read(connection)
            write(connection, part)
        checked = check_file(part, holds) if on_sqlite else check_dump(part, holds)
        record(final.name)
        size = part.stat().st_size
        dated_files.keep(part, final)
    return Backup(final, size, holds, checked)


def _copy(connection: Connection, part: Path) -> None:
    """Use SQLite's online backup: it copies the reading connection's snapshot, and no writer waits."""
    source: Any = connection.connection.dbapi_connection
    try:
        with closing(sqlite3.connect(part)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")  # one file, and nothing beside it
    except sqlite3.Error as fault:
        raise DatabaseError(f"The backup could not be written to {part.parent}: {fault}.") from None


def _dump(connection: Connection, part: Path) -> None:
    """Run pg_dump on the reading connection's snapshot."""
    snapshot = str(connection.execute(text("SELECT pg_export_snapshot()")).scalar_one())
    postgres_dump.dump(connection.engine.url, snapshot, part)


def check_file(part: Path, holds: Contents) -> str:
    """Verify a copy. DatabaseError where it is damaged or differs from the database."""
    found = integrity.of_file(part)
    if found:
        raise DatabaseError(
            f"The database is damaged ({found[0]}), so no backup was kept. Stop the bot, and restore the newest "
            "backup: python -m bot restore FILE."
        )
    engine = open_to_read(part)
    with in_plain_words(), engine.connect() as connection:
        if contents.read(connection) != holds:
            raise DatabaseError("The backup differs from the database, so it was not kept. Run backup again.")
    return "integrity_check and foreign_key_check found nothing"


def check_dump(part: Path, holds: Contents) -> str:
    found = postgres_dump.rows_of(part)
    if {name: found.rows.get(name, 0) for name in holds.rows} != dict(holds.rows):
        raise DatabaseError("The backup differs from the database, so it was not kept. Run backup again.")
    return "pg_restore read all of it"
