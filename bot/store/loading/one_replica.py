"""One replica at a time takes the files that arrive."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from bot.store.database import Database

_KEY = "hashtext('bot.arrivals')"


@contextmanager
def one_replica(database: Database, home: Path) -> Iterator[bool]:
    """Yield True to one replica at a time. A replica that dies leaves its turn to the next one at once.

    PostgreSQL gives the turn to a session. The replicas of an SQLite file share a machine and its data folder, so a
    locked file does there: a turn in the database itself would keep every other write out.
    """
    if database.dialect.name == "postgresql":
        with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not connection.execute(text(f"SELECT pg_try_advisory_lock({_KEY})")).scalar_one():
                yield False
                return
            try:
                yield True
            finally:
                connection.execute(text(f"SELECT pg_advisory_unlock({_KEY})"))
        return
    import fcntl  # Windows has none, and no service runs there

    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    number = os.open(home / "arrivals.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(number)
