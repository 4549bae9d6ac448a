"""Open, read, write and migrate a database, in the same way on SQLite and PostgreSQL."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, inspect, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.pool import NullPool

if TYPE_CHECKING:
    from bot.store.encryption import Seal

#: The newest migration; a test compares it with the folder, so that asking needs no Alembic (0.4 s).
REVISION = "0033"

#: For another write: an answer waits for a large first load to be written, and is not refused.
BUSY_MILLISECONDS = 60_000

#: The name of an engine outside the store, where SQLAlchemy is not known.
Database = Engine


class DatabaseError(Exception):
    """The database cannot be used. The text is one plain sentence, never with the address, which may hold a
    password.
    """


def open_database(url: str, seal: Seal | None = None) -> Engine:
    """Return an engine for `sqlite:///file` or `postgresql://...`; the file's folder is made if need be.

    Loading needs the seal of birth dates; queries do not.
    """
    address = _address(url)
    if address.drivername in {"postgres", "postgresql"}:
        address = address.set(drivername="postgresql+psycopg")
    # Values stay out of error messages: they may be personal data.
    options: dict[str, Any] = {"hide_parameters": True, "execution_options": {"seal": seal}}
    if address.get_backend_name() != "sqlite":
        # A server that is away, or a silently cut connection, is noticed in half a minute, not in hours.
        patience = {
            "connect_timeout": 10,
            "keepalives_idle": 15,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 20_000,
        }
        chosen = {name: value for name, value in patience.items() if name not in address.query}
        try:
            engine = create_engine(address, pool_pre_ping=True, connect_args=chosen, **options)
        except ModuleNotFoundError:
            raise DatabaseError("PostgreSQL needs its extra: run ./deploy/dev --with postgres doctor once.") from None
        event.listen(engine, "connect", _refuse_other_encodings, insert=True)  # before SQLAlchemy reads any text
        return engine
    if address.database and not address.database.startswith((":memory:", "file:")):
        # A new file and folder are for their owner alone; those that exist keep their mode.
        Path(address.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not Path(address.database).exists():
            Path(address.database).touch(mode=0o600)
    engine = create_engine(address, **options)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def is_there(url: str) -> bool:
    """Tell if a database exists: opening an SQLite file that does not exist would create it."""
    address = _address(url)
    file = address.get_backend_name() == "sqlite" and address.database
    return not file or file.startswith((":memory:", "file:")) or Path(file).exists()


def file_of(url: str) -> Path | None:
    """Return the file of an SQLite database; None where the database is on a server."""
    address = _address(url)
    if address.get_backend_name() != "sqlite":
        return None
    if not address.database or address.database.startswith((":memory:", "file:")):
        raise DatabaseError("BOT_DATABASE_URL names no file that could be copied.")
    return Path(address.database)


def sqlite_file(engine: Engine) -> Path | None:
    """Return the file that an engine opens; None for a server, or memory."""
    name = engine.url.database
    if engine.dialect.name != "sqlite" or not name or name.startswith((":memory:", "file:")):
        return None
    return Path(name)


def open_to_read(file: Path) -> Engine:
    """Open an SQLite file read-only; no connection is kept."""

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)

    return create_engine("sqlite://", creator=connect, poolclass=NullPool, hide_parameters=True)


def _address(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        raise DatabaseError("BOT_DATABASE_URL is not the address of a database.") from None


@contextmanager
def in_plain_words() -> Iterator[None]:
    """Raise a DatabaseError for errors of the database: it is missing, is no database, is full, ..."""
    try:
        yield
    except DBAPIError as fault:
        # The end of the driver's first complaint: the text before it is the address, which may hold a password.
        failed = re.search(r"failed: (?!.*failed: )([^\n]+)", str(fault.orig))
        first = failed[1] if failed else str(fault.orig).partition("\n")[0]
        reason = first.removeprefix("FATAL:").rpartition(": ")[2].strip().rstrip(".")
        raise DatabaseError(f"The database cannot be used: {reason}.") from fault


def database_fails(fault: BaseException) -> bool:
    """Tell if the database itself fails (away, locked, full), and not one statement of the program in it."""
    cause = fault.__cause__ if isinstance(fault, DatabaseError) else fault
    of_a_statement = (DataError, IntegrityError, NotSupportedError, ProgrammingError)
    return isinstance(fault, DatabaseError | DBAPIError) and not isinstance(cause, of_a_statement)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver would begin a transaction only at the first write, too late: see _begin_sqlite.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")  # first: the next one may have to wait
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _refuse_other_encodings(connection: Any, _record: object) -> None:
    """Raise a DatabaseError for a PostgreSQL database that is not encoded in UTF8: it cannot keep every text."""
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        connection.close()
        raise DatabaseError(
            f"The database is encoded in {encoding}, and the bot needs UTF8. Create another (CREATE DATABASE name "
            "ENCODING 'UTF8' TEMPLATE template0), restore a backup into it, and name it in BOT_DATABASE_URL."
        )


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock before the first read: a read followed by a write would lose updates silently otherwise."""
    kind = connection.get_execution_options().get("begin", "IMMEDIATE")
    connection.exec_driver_sql(f"BEGIN {kind}")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Read one consistent snapshot; readers and writers do not wait for each other."""
    options = {"begin": "DEFERRED"}
    if engine.dialect.name != "sqlite":
        options = {"isolation_level": "REPEATABLE READ"}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Run one transaction: all of it, or nothing."""
    with engine.begin() as connection:
        yield connection


def before_each_statement(connection: Connection, do: Callable[[], None]) -> None:
    """Call `do` before each statement of this connection."""
    event.listen(connection, "before_cursor_execute", lambda *_: do())


def upsert(connection: Connection, table: Table) -> Any:
    """Return `INSERT .. ON CONFLICT`, which is spelled alike on both databases."""
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)


def migrate(engine: Engine) -> None:
    """Bring the tables up to date, in one transaction; replicas that start together wait in turn.

    DatabaseError for tables of a newer or unknown version.
    """
    at = version(engine)
    if at == REVISION:
        return
    if reason := unfit(at):
        engine.dispose()
        raise DatabaseError(reason)
    from bot.store.migrations import run

    with rebuilding(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('bot.migrate'))"))
        run.upgrade(connection)
    if engine.dialect.name == "sqlite":
        # Pages that SQLite no longer uses, and its log, may still hold data that a migration made unreadable.
        with engine.connect() as emptied, suppress(sqlite3.OperationalError):  # another process is at work
            driver: Any = emptied.connection.dbapi_connection
            driver.execute("VACUUM")
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def rebuilding(engine: Engine) -> Iterator[Connection]:
    """Run a transaction that may make tables anew.

    SQLite checks what refers to them at the end alone: a table that is dropped to be made anew would be refused.
    """
    if engine.dialect.name != "sqlite":
        with writing(engine) as connection:
            yield connection
        return
    with engine.connect() as connection:
        driver: Any = connection.connection.dbapi_connection
        driver.execute("PRAGMA foreign_keys = OFF")
        try:
            with connection.begin():
                yield connection
                if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise DatabaseError("A migration would lose what records refer to. Nothing was changed.")
        finally:
            driver.execute("PRAGMA foreign_keys = ON")


def is_migrated(engine: Engine) -> bool:
    """Tell if the tables have the version of this program."""
    return version(engine) == REVISION


def version(engine: Engine) -> str:
    """Return the migration of the tables; empty where there are none."""
    with reading(engine) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return ""
        return ",".join(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())


def unfit(at: str, what: str = "This database") -> str:
    """Return the reason for which this program cannot use tables of a version; empty where it can use or migrate
    them.
    """
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
    """Run a transaction that is always rolled back, to see if the database accepts writes."""
    with engine.connect() as connection:
        transaction = connection.begin()
        try:
            yield connection
        finally:
            transaction.rollback()


def change_records(connection: Connection) -> int:
    """Take the turn to change records, one writer at a time, and count the change; return the count before.

    A load that was worked out meanwhile sees by the count that it is out of date.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('bot.load'))"))
    counted: int = connection.execute(
        text(
            "INSERT INTO record_changes (id, changes) VALUES (1, 1)"
            " ON CONFLICT (id) DO UPDATE SET changes = record_changes.changes + 1 RETURNING changes"
        )
    ).scalar_one()
    return counted - 1


def changes_of_records(connection: Connection) -> int:
    """Return how often records have been changed."""
    return connection.execute(text("SELECT changes FROM record_changes")).scalar() or 0
