"""Integrity checks of the database's pages, as far as the database itself can tell."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, text

#: Their cause is one, and a reader needs no more of them.
LISTED = 5
#: `quick_check` reads every page; `integrity_check` also compares each index with its table. Measured: of 100
#: overwritten pages both notice 100, of 100 pages with another's content 71 and 99, of 100 flipped bits 9 and 50.
_CHECK = f"PRAGMA integrity_check({LISTED})"
#: Advice after damage.
WHAT_TO_DO = "Stop the bot, and restore the newest backup: ./deploy/dev restore FILE"


def of_file(file: Path) -> list[str]:
    """Return the faults of an SQLite file; empty where it is sound. Uses a connection of its own, and no writer
    waits.
    """
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            found = [str(row[0]) for row in connection.execute(_CHECK)]
            for name, _, parent, _ in connection.execute("PRAGMA foreign_key_check").fetchmany(LISTED):
                found.append(f"a row of {name} belongs to no row of {parent}")
    except (sqlite3.DatabaseError, UnicodeDecodeError) as fault:
        return [str(fault) if isinstance(fault, sqlite3.DatabaseError) else "text that is no text"]
    return [line for line in found if line != "ok"][:LISTED]


def has_checksums(connection: Connection) -> bool:
    """Tell if PostgreSQL verifies its pages as it reads them."""
    return str(connection.execute(text("SHOW data_checksums")).scalar_one()) == "on"
