"""The schema of PostgreSQL made once a server: put aside while a test wants an empty database, emptied behind it.

Making its tables anew costs the server more than most tests do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from sqlalchemy import Connection

from tests.support.installation import server_of

#: The migrated schemas, and their names while they are put aside.
SCHEMAS = {"public": "parked_public", "procrastinate": "parked_procrastinate"}

#: Tables that grew beyond this are made anew: their empty pages would count in plans.
MOST_BYTES = 64 * 1024

#: Counts what is defined and names its newest writer, so that every definition, and every ANALYZE, changes it.
_DEFINITION = " UNION ALL ".join(
    f"SELECT '{catalogue}', count(*), max(xmin::text::bigint) FROM {catalogue} WHERE {number} >= 16384"  # noqa: S608
    for catalogue, number in {
        "pg_class": "oid",
        "pg_attribute": "attrelid",
        "pg_attrdef": "oid",
        "pg_index": "indexrelid",
        "pg_trigger": "oid",
        "pg_constraint": "oid",
        "pg_proc": "oid",
        "pg_type": "oid",
        "pg_statistic": "starelid",
    }.items()
)
_VERSION = "SELECT version_num, count(*) OVER (), xmin::text::bigint FROM public.alembic_version"
_TABLES = """
SELECT quote_ident(nspname) || '.' || quote_ident(relname), pg_relation_size(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE relkind = 'r' AND nspname IN ('public', 'procrastinate') AND relname <> 'alembic_version'
"""
_SEQUENCES = """
SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
FROM pg_sequences WHERE last_value IS NOT NULL AND schemaname IN ('public', 'procrastinate')
"""

#: How the schema of each server was defined when it was made.
_definitions: dict[str, list[Any]] = {}


def emptied(server: str, schema: Sequence[str]) -> str:
    """Return the address of a server whose database holds nothing, with a clean schema put aside for `unpark`.

    `schema` holds the statements that make it.
    """
    with psycopg.connect(server_of(server), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        if _is_parked(connection):
            connection.execute("DROP SCHEMA IF EXISTS public, procrastinate CASCADE; CREATE SCHEMA public")
            return server
        if server not in _definitions or not _emptied(connection, _definitions[server]):
            connection.execute("DROP SCHEMA IF EXISTS public, procrastinate CASCADE; CREATE SCHEMA public")
            with connection.transaction():
                for statement in schema:
                    connection.execute(statement.encode())
            _definitions[server] = _definition(connection)
        for name, parked in SCHEMAS.items():
            connection.execute(f"ALTER SCHEMA {name} RENAME TO {parked}".encode())
        connection.execute("CREATE SCHEMA public")
    return server


def unpark(connection: Connection) -> bool:
    """Put the schema back into an empty database, in the caller's transaction; False where none was put aside."""
    driver: Any = connection.connection.dbapi_connection
    if not _is_parked(driver):
        return False
    driver.execute("DROP SCHEMA public")
    for name, parked in SCHEMAS.items():
        driver.execute(f"ALTER SCHEMA {parked} RENAME TO {name}")
    return True


def _is_parked(connection: psycopg.Connection[Any]) -> bool:
    return connection.execute("SELECT to_regnamespace('parked_public') IS NOT NULL").fetchone() == (True,)


def _definition(connection: psycopg.Connection[Any]) -> list[Any]:
    return [connection.execute(query.encode()).fetchall() for query in (_DEFINITION, _VERSION)]


def _emptied(connection: psycopg.Connection[Any], defined: list[Any]) -> bool:
    """Delete all rows behind a test; False where it changed the schema or filled a table."""
    try:
        if _definition(connection) != defined:
            return False
    except psycopg.errors.UndefinedTable:
        return False
    tables = connection.execute(_TABLES).fetchall()
    if any(size > MOST_BYTES for _, size in tables):
        return False
    deletions = [f"DELETE FROM {name}" for name, size in tables if size]  # noqa: S608
    # As a replica, so that no trigger guards the audit trail and no foreign key asks for an order.
    connection.execute("; ".join(["SET session_replication_role = replica", *deletions]).encode())
    connection.execute(_SEQUENCES)
    return True
