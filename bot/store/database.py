"""How a database is opened, read, written and brought up to date: the same on SQLite and PostgreSQL."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, inspect, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool

if TYPE_CHECKING:
    from bot.store.encryption import Seal

#: The newest migration; a test compares it with the folder, so that asking needs no Alembic (0.4 s).
REVISION = "0011"

BUSY_MILLISECONDS = 5000

#: What the rest of the bot calls an engine, so that it need not know SQLAlchemy.
Database = Engine


class DatabaseError(Exception):
    """The database cannot be used: one plain sentence, never with its address, which may hold a password."""


def open_database(url: str, seal: Seal | None = None) -> Engine:
    """An engine for `sqlite:///file` or `postgresql://...`; the file's folder is made if need be.

    Loading needs the seal of birth dates; asking does not.
    """
    address = _address(url)
    if address.drivername in {"postgres", "postgresql"}:
        address = address.set(drivername="postgresql+psycopg")
    # Values stay out of error messages: they may be anybody's.
    options: dict[str, Any] = {"hide_parameters": True, "execution_options": {"seal": seal}}
    if address.get_backend_name() != "sqlite":
        return create_engine(address, pool_pre_ping=True, connect_args=_within_reason(address), **options)
    if address.database and not address.database.startswith((":memory:", "file:")):
        _make_private(Path(address.database))
    engine = create_engine(address, **options)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def is_there(url: str) -> bool:
    """Whether there is something to open: a file of SQLite's would be made by opening it."""
    address = _address(url)
    file = address.get_backend_name() == "sqlite" and address.database
    return not file or file.startswith((":memory:", "file:")) or Path(file).exists()


def file_of(url: str) -> Path | None:
    """The file of an SQLite database; None where the database is elsewhere, or in memory."""
    address = _address(url)
    if address.get_backend_name() != "sqlite":
        return None
    if not address.database or address.database.startswith((":memory:", "file:")):
        raise DatabaseError("BOT_DATABASE_URL names no file that could be copied.")
    return Path(address.database)


def sqlite_file(engine: Engine) -> Path | None:
    """The file that an engine goes to; None where it goes to a server, or to memory."""
    name = engine.url.database
    return (
        Path(name) if engine.dialect.name == "sqlite" and name and not name.startswith((":memory:", "file:")) else None
    )


def open_to_read(file: Path) -> Engine:
    """An SQLite file as it is: nothing is written to it, and no connection is kept."""

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)

    return create_engine("sqlite://", creator=connect, poolclass=NullPool, hide_parameters=True)


def _within_reason(address: URL) -> dict[str, Any]:
    """A server that is away, or a connection that was cut without a word, is noticed in half a minute, not in hours."""
    patience = {
        "connect_timeout": 10,
        "keepalives_idle": 15,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,
    }
    return {name: value for name, value in patience.items() if name not in address.query}


def _address(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        raise DatabaseError("BOT_DATABASE_URL is not the address of a database.") from None


@contextmanager
def in_plain_words() -> Iterator[None]:
    """What the database refuses, as a DatabaseError: it is not there, is no database, is full, ..."""
    try:
        yield
    except DBAPIError as fault:
        raise DatabaseError(f"The database cannot be used: {_reason(str(fault.orig))}.") from fault


def _reason(text: str) -> str:
    """The end of the driver's first complaint: what comes before it is the address, and may hold a password."""
    failed = re.search(r"failed: (?!.*failed: )([^\n]+)", text)
    first = failed[1] if failed else text.partition("\n")[0]
    return first.removeprefix("FATAL:").rpartition(": ")[2].strip().rstrip(".")


def _make_private(file: Path) -> None:
    """A new file is its owner's alone, in a folder that is; one that is there keeps the mode it was given."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not file.exists():
        file.touch(mode=0o600)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver would begin a transaction only at the first write, too late: see _begin_sqlite.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")  # first: the next one may have to wait
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Writers queue before their first read: read-then-write loses updates silently otherwise."""
    kind = connection.get_execution_options().get("begin", "IMMEDIATE")
    connection.exec_driver_sql(f"BEGIN {kind}")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent view of the facts: no writer waits for it, and it waits for no writer."""
    options = {"begin": "DEFERRED"}
    if engine.dialect.name != "sqlite":
        options = {"isolation_level": "REPEATABLE READ"}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction: all of it, or nothing."""
    with engine.begin() as connection:
        yield connection


def upsert(connection: Connection, table: Table) -> Any:
    """`INSERT .. ON CONFLICT`, which the two databases spell alike."""
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)


def migrate(engine: Engine) -> None:
    """Bring the tables up to date, in one transaction; replicas that start together wait in turn.

    DatabaseError for tables that are not older than this program.
    """
    at = version(engine)
    if at == REVISION:
        return
    if said := unfit(at):
        engine.dispose()
        raise DatabaseError(said)
    from bot.store.migrations import run

    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('bot.migrate'))"))
        run.upgrade(connection)
    if engine.dialect.name == "sqlite":
        _leave_nothing_behind(engine)


def _leave_nothing_behind(engine: Engine) -> None:
    """Pages that SQLite no longer uses, and its log, may still hold what a migration made unreadable."""
    with engine.connect() as connection, suppress(sqlite3.OperationalError):  # somebody else is at work
        driver: Any = connection.connection.dbapi_connection
        driver.execute("VACUUM")
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def is_migrated(engine: Engine) -> bool:
    """Whether the tables are those that this version of the program expects."""
    return version(engine) == REVISION


def version(engine: Engine) -> str:
    """The migration at which the tables stand; nothing where there are none."""
    with reading(engine) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return ""
        return ",".join(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())


def unfit(at: str, what: str = "This database") -> str:
    """Why this program cannot use tables of a version; nothing where it can, or can bring them up to date."""
    numbered = re.fullmatch(r"\d{4}", at, re.ASCII) is not None
    if not at or (numbered and "0001" <= at <= REVISION):
        return ""
    if numbered and at > REVISION:
        newer = f"{what} was made by a newer version of the bot (tables {at}, this program knows {REVISION})."
        return f"{newer} Run the newer program, or restore a copy from before."
    named = f" (tables {at})" if re.fullmatch(r"[\w-]{1,32}", at, re.ASCII) else ""
    other = f"{what} is of a version that this program does not know{named}; it knows tables up to {REVISION}."
    return f"{other} Run the program that made it, or restore a copy from before."


@contextmanager
def taken_back(engine: Engine) -> Iterator[Connection]:
    """A transaction of which nothing stays: to see whether something can be written."""
    with engine.connect() as connection:
        transaction = connection.begin()
        try:
            yield connection
        finally:
            transaction.rollback()
