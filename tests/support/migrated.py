"""Migrations run once a process: an empty database gets the schema that Alembic left in the first one."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, inspect

from bot.store.migrations import run
from tests.support import parked
from tests.support.postgresql import PROGRAMS

#: The statements that make the newest schema, by dialect; filled by the first migration of each.
statements: dict[str, list[str]] = {}


def upgrade_once(alembic: Callable[..., None] = run.upgrade) -> Callable[..., None]:
    """Return a replacement for `run.upgrade` that migrates the first empty database and copies its schema to the next.

    A database that holds tables, and a step to a named revision, still go through Alembic.
    """

    def upgrade(connection: Connection, revision: str = "head") -> None:
        dialect = connection.dialect.name
        if revision != "head" or inspect(connection).get_table_names():
            alembic(connection, revision)
        elif dialect == "postgresql" and parked.unpark(connection):
            pass
        elif dialect in statements:
            driver: Any = connection.connection.dbapi_connection
            for statement in statements[dialect]:
                driver.execute(statement)
        else:
            alembic(connection, revision)
            # PostgreSQL shows a schema to pg_dump only after the commit, which is the caller's.
            if dialect == "sqlite":
                statements[dialect] = _sqlite_schema(connection)

    return upgrade


def _sqlite_schema(connection: Connection) -> list[str]:
    """Return the statements of tables, then of indexes and triggers, then the rows that migrations wrote."""
    driver: Any = connection.connection.dbapi_connection
    found = driver.execute(
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
        " ORDER BY CASE type WHEN 'table' THEN 0 WHEN 'index' THEN 1 ELSE 2 END, rowid"
    )
    made = [sql for (sql,) in found]
    rows = [line for line in driver.iterdump() if line.startswith("INSERT") and "sqlite_sequence" not in line]
    return [*made, *rows]


def learn_postgresql(server: str) -> None:
    """Remember the schema of this server's migrated database; a session of tests does it once."""
    host = server.partition("host=")[2].replace("%2F", "/")
    dump = [str(PROGRAMS / "pg_dump"), f"--host={host}", "--username=postgres", "--no-owner", "--inserts", "postgres"]
    text = subprocess.run(dump, check=True, capture_output=True, text=True).stdout
    lines = [line for line in text.splitlines() if not line.startswith(("\\", "SET ", "SELECT pg_catalog.set_config"))]
    statements["postgresql"] = [
        "SET LOCAL check_function_bodies = false;\n" + "\n".join(lines).replace("CREATE SCHEMA public;", "")
    ]
