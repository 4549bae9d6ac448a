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
    suffix = ".sqlite" if on_sqlite else ".dump"
    with dated_files.draft(folder, f"bot-{dated_files.stamp(now)}", suffix) as (part, final):
        with reading(engine) as connection:
            holds = contents.read(connection)
            if on_sqlite:
                _copy(connection, part)
            else:  # pg_dump reads this connection's snapshot
                snapshot = str(connection.execute(text("SELECT pg_export_snapshot()")).scalar_one())
                options = ["--format=custom", f"--snapshot={snapshot}", f"--file={part}"]
                postgres_dump.run("pg_dump", options, engine.url)
        if on_sqlite:
            checked = "integrity_check and foreign_key_check found nothing"
            same = _read_back(part) == holds
        else:
            checked = "pg_restore read all of it"
            rows = postgres_dump.rows_of(part).rows
            same = {name: rows.get(name, 0) for name in holds.rows} == dict(holds.rows)
        if not same:
            raise DatabaseError("The backup differs from the database, so it was not kept. Run backup again.")
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


def _read_back(part: Path) -> Contents:
    """Return the contents of a copy that is sound; DatabaseError where it is damaged."""
    if found := integrity.of_file(part):
        raise DatabaseError(
            f"The database is damaged ({found[0]}), so no backup was kept. Stop the bot, and restore the newest "
            "backup: ./deploy/dev restore FILE."
        )
    with in_plain_words(), open_to_read(part).connect() as connection:
        return contents.read(connection)
