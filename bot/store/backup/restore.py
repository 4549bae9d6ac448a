"""Put a backup in the place of the database, which is kept beside it. Refused while another process uses the database.

The copy is prepared under another name first: checked, migrated, stamped. Then two names change.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, func, inspect, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from bot.rules.delivery.health import TICK_SECONDS
from bot.store.backup import contents, dated_files, integrity, postgres_dump
from bot.store.backup.contents import Contents, LoadedFile
from bot.store.database import DatabaseError, in_plain_words, migrate, open_database, open_to_read, unfit, version
from bot.store.delivery import ledger, replicas
from bot.store.schema.access import audit

#: The longest name of a database that PostgreSQL takes.
_LONGEST = 63
_IN_USE = "Another process uses the database: stop the bot (serve, and cron) everywhere, and run restore again."
_MAGIC = b"SQLite format 3\x00"

#: Stamps the copy, in its own transaction: what it holds, and the last tick in the database that it replaces (None: not
#: known) -> how many messages are looked for before they are sent.
Stamp = Callable[[Engine, Contents, datetime | None], int]


@dataclass(frozen=True, slots=True)
class Lost:
    """Loads, oldest export first, and audit rows by action, that the replaced database held and the copy lacks."""

    loads: Sequence[LoadedFile]
    done: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Done:
    """The result of a restore. `kept` is the name of the replaced database (empty: there was none); `lost` is None
    where the replaced database cannot be read.
    """

    holds: Contents
    held: int
    kept: str
    lost: Lost | None
    as_made: bool | None


def check(file: Path) -> bool | None:
    """Compare a file with its checksum (None: no checksum is beside it). DatabaseError where it is no backup, or was
    changed.
    """
    with file.open("rb") as stream:
        if not stream.read(len(_MAGIC)).startswith((_MAGIC, postgres_dump.BEGINNING)):
            raise DatabaseError(f"{file.name} is no backup of this bot: nothing was changed.")
    as_made = dated_files.is_as_made(file)
    if as_made is False:
        raise DatabaseError(
            f"{file.name} is damaged: it is not what it was when it was made (its checksum is another). Nothing was "
            "changed; take another backup."
        )
    return as_made


# -- SQLite: a file --


def restore_file(file: Path, target: Path, now: datetime, open_copy: Callable[[str], Engine], stamp: Stamp) -> Done:
    """Restore an SQLite file. DatabaseError or OSError where that fails, and then everything is as it was."""
    if postgres_dump.is_dump(file):
        raise DatabaseError(f"{file.name} is a backup of PostgreSQL, and BOT_DATABASE_URL names an SQLite file.")
    if target.exists() and target.samefile(file):
        raise DatabaseError(f"{file.name} is the database itself: name a backup.")
    as_made = check(file)
    if found := integrity.of_file(file):
        raise DatabaseError(f"{file.name} is damaged ({found[0]}): nothing was changed. Take another backup.")
    if target.exists():
        with _alone(target):
            pass  # before anything is done; and again when the names change
    with dated_files.draft(target.parent, target.name, ".restoring") as (part, _):
        try:
            with (
                closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as source,
                closing(sqlite3.connect(part)) as filled,
            ):
                source.backup(filled)
        except sqlite3.Error as fault:
            text = f"The copy could not be written to {part.parent}: {fault}. Nothing was changed."
            raise DatabaseError(text) from None
        last = _last_tick(open_to_read(target)) if target.exists() else None
        holds, held = _ready(open_copy(f"sqlite:///{part}"), file, stamp, last)
        with closing(sqlite3.connect(part, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
        dated_files.to_disk(part)
        lost = _lost(open_to_read(target), holds) if target.exists() else None
        with _alone(target) if target.exists() else nullcontext():
            kept = _take_place(part, target, now)
    return Done(holds, held, kept, lost, as_made)


def _ready(copy: Engine, file: Path, stamp: Stamp, last: datetime | None) -> tuple[Contents, int]:
    """Migrate, stamp and close a copy; return its contents before that, and the number of messages that are held."""
    try:
        with in_plain_words():
            at = version(copy)
            # Tables that are not ours, or that this program cannot bring up to date.
            if fault := unfit(at, file.name):
                raise DatabaseError(f"{fault} Nothing was changed.")
            if not at or not {"audit", "source_load"} <= set(inspect(copy).get_table_names()):
                raise DatabaseError(f"{file.name} is no backup of this bot: nothing was changed.")
            with copy.connect() as connection:
                holds = contents.read(connection)
            migrate(copy)
            return holds, stamp(copy, holds, last)
    finally:
        copy.dispose()


def _last_tick(before: Engine) -> datetime | None:
    """Return the last tick in the replaced database; None where it cannot be read."""
    try:
        with before.connect() as connection:
            return replicas.newest(connection)
    except (DBAPIError, UnicodeDecodeError, ValueError):
        return None
    finally:
        before.dispose()


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Keep the file from every other process within; DatabaseError where another has it open.

    Every connection in WAL mode holds a lock for as long as it is open, so leaving that mode needs to be alone.
    """
    connection = sqlite3.connect(file, timeout=1, isolation_level=None)
    try:
        try:
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as fault:
            if "locked" in str(fault):
                raise DatabaseError(_IN_USE) from None
            _locked(file)
        except sqlite3.DatabaseError:  # damaged, or no database: that is why it is replaced
            _locked(file)
        yield
    finally:
        connection.close()


def _locked(file: Path) -> None:
    """Ask the operating system for the lock, where SQLite cannot read the file any more."""
    try:
        import fcntl
    except ImportError:  # Windows renames no open file
        return
    # SQLite's own place for locks; see "File locking and concurrency" in its documentation.
    number = os.open(file, os.O_RDWR)
    try:
        fcntl.lockf(number, fcntl.LOCK_EX | fcntl.LOCK_NB, 512, 0x40000000)
    except OSError:
        raise DatabaseError(_IN_USE) from None
    finally:
        os.close(number)


def _take_place(part: Path, target: Path, now: datetime) -> str:
    """Give the old file its dated name, which is returned (empty: there was none), and the copy the old file's name.

    Files that SQLite left beside the old one move with it, or they would be read into the new one.
    """
    had = target.exists()
    name = f"{target.stem}.replaced-{dated_files.stamp(now)}"
    names = (target.with_name(f"{name}{'' if n == 1 else f'-{n}'}{target.suffix}") for n in range(1, 10_000))
    kept = next(each for each in names if not each.exists())
    with ExitStack() as undo:
        for end in ("-wal", "-shm", "-journal"):
            beside, moved = target.with_name(target.name + end), kept.with_name(kept.name + end)
            if beside.exists():
                beside.rename(moved)
                undo.callback(moved.rename, beside)
        if target.exists():
            # By both names, so that there is a database at every moment; where a disk has no links, one after the
            # other.
            try:
                os.link(target, kept)
            except OSError:
                target.rename(kept)
            undo.callback(kept.unlink, missing_ok=True)  # undone in reverse: renamed back first
            undo.callback(kept.replace, target)
        part.replace(target)
        undo.pop_all()
    dated_files.to_disk(target.parent)
    return str(kept) if had else ""


def _lost(before: Engine, holds: Contents) -> Lost | None:
    """Compare the replaced database with the copy; None where it cannot be read."""
    try:
        with before.connect() as connection:
            kept = {(each.source, each.sha256, each.taken_at) for each in holds.loads}
            loads = [
                each
                for each in contents.read(connection).loads
                if (each.source, each.sha256, each.taken_at) not in kept
            ]
            later = select(audit.c.action, func.count()).where(audit.c.seq > holds.row).group_by(audit.c.action)
            done = {action: int(count) for action, count in connection.execute(later.order_by(audit.c.action))}
            return Lost(sorted(loads, key=lambda each: (each.taken_at, each.source)), done)
    except (DBAPIError, UnicodeDecodeError, ValueError):  # it is damaged: that may be why it is replaced
        return None
    finally:
        before.dispose()


# -- PostgreSQL: a database --


def restore_dump(file: Path, url: str, now: datetime, open_copy: Callable[[str], Engine], stamp: Stamp) -> Done:
    """Restore on a PostgreSQL server: a new database is filled and takes the name. The user must be allowed to make
    databases.
    """
    as_made = check(file)
    if not postgres_dump.is_dump(file):
        raise DatabaseError(f"{file.name} is a backup of SQLite, and BOT_DATABASE_URL names PostgreSQL.")
    found = postgres_dump.rows_of(file)
    if fault := unfit(found.version, file.name):
        raise DatabaseError(f"{fault} Nothing was changed.")
    server = _Server(url)
    with closing(server), in_plain_words():
        there = server.has(server.name)
        last = server.refuse_users() if there else None
        new = server.make(f"{server.name[:30]}_restoring_{dated_files.stamp(now)}")
        try:
            # Whole or not at all. The connecting user will own it; grants stay as they were.
            options = ["--exit-on-error", "--single-transaction", "--no-owner", str(file)]
            postgres_dump.run("pg_restore", options, server.address(new))
            holds, held = _ready(open_copy(server.text(new)), file, stamp, last)
            lost = None
            if there:
                lost = _lost(create_engine(server.address(server.name), poolclass=NullPool), holds)
                server.refuse_users()
            kept = server.swap(new, dated_files.stamp(now) if there else "")
        except BaseException:
            server.drop(new)
            raise
    return Done(holds, held, kept, lost, as_made)


class _Server:
    """A PostgreSQL server, reached through another database than the bot's."""

    def __init__(self, url: str) -> None:
        self._url = open_database(url).url
        self.name = str(self._url.database or self._url.username or "")
        other = self.address("template1" if self.name == "postgres" else "postgres")
        self._engine = create_engine(other, poolclass=NullPool, hide_parameters=True)

    def close(self) -> None:
        self._engine.dispose()

    def address(self, database: str) -> URL:
        return self._url.set(database=database)

    def text(self, database: str) -> str:
        return self.address(database).render_as_string(hide_password=False)

    def has(self, database: str) -> bool:
        with self._engine.connect() as connection:
            query = text("SELECT 1 FROM pg_database WHERE datname = :name")
            return connection.execute(query, {"name": database}).first() is not None

    def refuse_users(self) -> datetime | None:
        """Refuse open connections, and replicas that ticked a moment ago: such a replica may only have lost its
        connection. Return the last tick of any; None where it cannot be read.
        """
        with self._engine.connect() as connection:
            query = text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = :name AND backend_type = 'client backend'"
            )
            others = int(connection.execute(query, {"name": self.name}).scalar_one())
        if others:
            raise DatabaseError(_IN_USE)
        engine = create_engine(self.address(self.name), poolclass=NullPool, hide_parameters=True)
        try:
            with engine.connect() as connection:
                now, last = ledger.clock(connection), replicas.newest(connection)
        except DBAPIError:  # it has no such table, or cannot be read: no replica ticks there
            return None
        finally:
            engine.dispose()
        if last is not None and timedelta() <= now - last < timedelta(seconds=TICK_SECONDS):
            raise DatabaseError(
                f"A replica of the bot ticked {(now - last).total_seconds():.0f} s ago: stop the bot everywhere, wait "
                f"{TICK_SECONDS:.0f} s, and run restore again."
            )
        return last

    def make(self, name: str) -> str:
        """Create an empty database of the same encoding and collation, under a free name."""
        with self._alone() as connection:
            number, free = 1, name
            while connection.execute(text("SELECT 1 FROM pg_database WHERE datname = :n"), {"n": free}).first():
                number += 1
                free = f"{name}_{number}"
            query = text(
                "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database WHERE datname = :n"
            )
            like = connection.execute(query, {"n": self.name}).first()
            how = f" ENCODING {_text(like[0])} LC_COLLATE {_text(like[1])} LC_CTYPE {_text(like[2])}" if like else ""
            connection.exec_driver_sql(f"CREATE DATABASE {self._quoted(free)} TEMPLATE template0{how}")
        return free

    def swap(self, new: str, stamped: str) -> str:
        """Change both names in one transaction; a connection made meanwhile stops it."""
        kept = f"{self.name[: _LONGEST - 30]}_replaced_{stamped}" if stamped else ""
        with self._engine.begin() as connection:
            if kept:
                connection.exec_driver_sql(f"ALTER DATABASE {self._quoted(self.name)} RENAME TO {self._quoted(kept)}")
            connection.exec_driver_sql(f"ALTER DATABASE {self._quoted(new)} RENAME TO {self._quoted(self.name)}")
        return kept

    def drop(self, name: str) -> None:
        with suppress(DBAPIError), self._alone() as connection:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {self._quoted(name)}")

    @contextmanager
    def _alone(self) -> Iterator[Connection]:
        """Yield a connection outside any transaction, in which databases are created and dropped."""
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield connection

    def _quoted(self, name: str) -> str:
        return self._engine.dialect.identifier_preparer.quote_identifier(name)


def _text(value: str) -> str:
    return "'" + re.sub("'", "''", value) + "'"
