"""Measure how often and how fast an engine recovers from an outage of its database: python -m tests.bench.restarts.

PostgreSQL is stopped as if the power went while an engine ticks a real write and other connections write beside it;
then SQLite is locked by another program for 8 s, as a long import would. Everything runs here, on servers of its own.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine as Store
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.server.engine import Engine, Pace
from bot.server.engine.factory import engine_for
from bot.store.database import migrate, open_database, writing
from bot.store.delivery import replicas
from tests.support import postgresql

#: The real pace, but for a tick every other second, so that the wait for the next one hardly counts.
PACE = Pace(period=2)
GIVE_UP = 120.0
STARTED = datetime(2017, 7, 5, 7, 0, tzinfo=UTC)


@dataclass
class Count:
    """The result of each outage."""

    pauses: list[float] = field(default_factory=list)
    lost: int = 0

    def told(self, what: str) -> str:
        slowest = f"{max(self.pauses):.1f} s" if self.pauses else "never"
        middle = f"{sorted(self.pauses)[len(self.pauses) // 2]:.1f} s" if self.pauses else "never"
        every = len(self.pauses) + self.lost
        return (
            f"{what}: recovered {len(self.pauses)} of {every}; next tick after {middle} (median), {slowest} (longest)"
        )


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--times", type=int, default=50, help="restarts of PostgreSQL")
    given.add_argument("--locks", type=int, default=3, help="locks of the SQLite file")
    given.add_argument("--seconds", type=float, default=8, help="how long each of them lasts")
    asked = given.parse_args()
    print(restarts(asked.times).told("PostgreSQL stopped at once and started under load"), flush=True)
    print(locks(asked.locks, asked.seconds).told(f"SQLite locked for {asked.seconds:g} s"), flush=True)


def restarts(times: int) -> Count:
    """Measure from the database's first answer after each outage to the next successful tick."""
    count = Count()
    with (
        postgresql.server() as server,
        opened(server.url) as store,
        ticking(server.url, store) as engine,
        load(store),
    ):
        for n in range(times):
            time.sleep(0.5 + (n % 7) / 5)  # at various points of a period
            server.stop(at_once=True)
            time.sleep((n % 3) / 2)
            server.start()
            _wait(engine, count)
    return count


def locks(times: int, seconds: float) -> Count:
    count = Count()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bot.sqlite"
        url = f"sqlite:///{file}"
        with opened(url) as store, ticking(url, store) as engine, closing(sqlite3.connect(file, timeout=30)) as other:
            for _ in range(times):
                other.execute("BEGIN EXCLUSIVE")
                time.sleep(seconds)
                other.rollback()
                _wait(engine, count)
    return count


def _wait(engine: Engine, count: Count) -> None:
    since = time.monotonic()
    while time.monotonic() - since < GIVE_UP:
        if engine.last_tick and engine.last_tick.monotonic > since:
            count.pauses.append(engine.last_tick.monotonic - since)
            return
        time.sleep(0.01)
    count.lost += 1


@contextmanager
def opened(url: str) -> Iterator[Store]:
    store = open_database(url)
    migrate(store)
    yield store
    store.dispose()


@contextmanager
def ticking(url: str, store: Store) -> Iterator[Engine]:
    def tick() -> None:
        with writing(store) as connection:
            replicas.beat(connection, "replica", STARTED, datetime.now(UTC))
            time.sleep(0.2)  # a tick does something, and is often cut off in the middle of it

    engine = engine_for(url, tick, PACE)
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()


@contextmanager
def load(store: Store, threads: int = 3) -> Iterator[None]:
    """Write all the time from other connections, with retries."""
    over = threading.Event()

    def write(name: str) -> Callable[[], None]:
        def again() -> None:
            while not over.wait(0.01):
                with suppress(DBAPIError), writing(store) as connection:
                    replicas.beat(connection, name, STARTED, datetime.now(UTC))
                    connection.execute(text("SELECT count(*) FROM beat"))

        return again

    working = [threading.Thread(target=write(f"load-{n}"), daemon=True) for n in range(threads)]
    for one in working:
        one.start()
    yield
    over.set()
    for one in working:
        one.join(30)


if __name__ == "__main__":
    main()
