"""Measure the audit trail: `python -m tests.bench.audit_trail [ROWS]`. Each figure has a floor of the same run.

1. Rows appended a second, each in its own transaction and all in one; the floor is the same commits of a bare row.
2. Rows verified a second, out of memory and out of the database.
3. Milliseconds that recording adds to an answer; the floor is the same answer with a recorder that does nothing.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, text

from bot.app import App
from bot.cli import terminal
from bot.conversation.dispatcher import Recorder
from bot.rules.audit.chain import ChainRow, Entry, after
from bot.rules.audit.verification import verify
from bot.settings import read_settings
from bot.store import audit_chain
from bot.store.bulk import add_rows
from bot.store.database import migrate, open_database, reading, writing
from bot.store.schema.access import audit as table
from tests.bench.load_and_stats import TAKEN_AT, write_police
from tests.support import postgresql

KEY = b"k" * 32
NOW = datetime(2017, 7, 5, 7, tzinfo=UTC)
ROUNDS = 101
STORED = tuple(column.name for column in table.c)


def entry(n: int) -> Entry:
    at = NOW + timedelta(seconds=n)
    return Entry(
        at, f"person-{n % 40}", "council", "team_manager", "child", "answered", f"OX-{n % 900:04}", 2, "private"
    )


def chain(count: int) -> Iterator[ChainRow]:
    last = None
    for n in range(count):
        row = after(KEY, last, entry(n))
        last = row.seq, row.mac
        yield row


def seconds(run: Callable[[], object]) -> float:
    gc.collect()
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def in_memory(count: int) -> None:
    rows: list[ChainRow] = []
    made = seconds(lambda: rows.extend(chain(count)))
    took = seconds(lambda: _whole(verify(rows, KEY).faults))
    print(f"memory: {count:,} rows sealed in {made:.2f} s, verified in {took:.2f} s ({count / took:,.0f} rows/s)")


def _whole(faults: object) -> None:
    if faults != ():
        raise AssertionError(faults)


def in_database(name: str, engine: Engine, count: int, appended: int) -> None:
    migrate(engine)
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE bare (n INTEGER, said TEXT)"))
    floor = seconds(lambda: _bare(engine, appended))
    own = seconds(lambda: _each(engine, appended))
    together = seconds(lambda: _together(engine, 10 * appended))
    print(f"{name}: {appended / own:,.0f} rows/s each in its own transaction (a bare row: {appended / floor:,.0f}),")
    print(f"{name}: {10 * appended / together:,.0f} rows/s in one transaction")
    with reading(engine) as connection:
        head = audit_chain.head(connection, KEY, NOW)
    begin = (head.seq, head.mac) if head else None
    with writing(engine) as connection:
        add_rows(connection, table, STORED, _stored(count, begin))
    with reading(engine) as connection:
        total = count + 11 * appended
        took = seconds(lambda: _whole(audit_chain.verdict(connection, KEY, []).faults))
    print(f"{name}: {total:,} rows verified in {took:.2f} s ({total / took:,.0f} rows/s)")


def _stored(count: int, last: tuple[int, str] | None) -> Iterator[tuple[object, ...]]:
    for n in range(count):
        said = entry(n)
        row = after(KEY, last, said)
        last = row.seq, row.mac
        yield tuple(said.at if name == "at" else getattr(row, name) for name in STORED)


def _bare(engine: Engine, count: int) -> None:
    for n in range(count):
        with writing(engine) as connection:
            connection.execute(text("INSERT INTO bare VALUES (:n, :said)"), {"n": n, "said": "x" * 300})


def _each(engine: Engine, count: int) -> None:
    for n in range(count):
        with writing(engine) as connection:
            audit_chain.append(connection, KEY, entry(n))


def _together(engine: Engine, count: int) -> None:
    with writing(engine) as connection:
        for n in range(count):
            audit_chain.append(connection, KEY, entry(n))


def answers(name: str, url: str, folder: Path) -> None:
    """Time a recorded answer and an unrecorded one, in turn."""
    settings = replace(read_settings({"BOT_DATABASE_URL": url}), data_folder=folder / name)
    with closing(App(settings)) as app:
        app.load("police", folder / "police.csv", TAKEN_AT)
        with reading(app.database) as connection:
            ref = connection.execute(text("SELECT ref FROM child ORDER BY id LIMIT 1")).scalar_one()
        silent = Recorder(lambda _entry, _effects: None)
        for asked, who in ("stats north 2017-H1", "lead"), (f"child {ref}", "police"):
            request = terminal.build_request(app, asked, who, None, TAKEN_AT + timedelta(hours=1))
            ours, floor = _in_turn(
                lambda r=request: terminal.answer(app, r),  # type: ignore[misc]
                lambda r=request: silent.record(app.dispatcher.dispatch(r)),  # type: ignore[misc]
            )
            verb = asked.split()[0]
            print(f"{name}: {verb} {ours:.2f} ms recorded, {floor:.2f} ms not: {ours - floor:.2f} ms for the record")


def _in_turn(first: Callable[[], object], second: Callable[[], object]) -> tuple[float, float]:
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for run, times in zip((first, second), taken, strict=True):
            began = time.perf_counter()
            run()
            times.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken[0]), statistics.median(taken[1])


@contextmanager
def durable() -> Iterator[str]:
    """Yield a PostgreSQL as a service runs it: commits are on the disk."""
    quick = postgresql.SETTINGS
    postgresql.SETTINGS = ["--listen_addresses="]
    try:
        with postgresql.running() as url:
            yield url
    finally:
        postgresql.SETTINGS = quick


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("rows", nargs="?", type=int, default=200_000)
    words.add_argument("--appended", type=int, default=1000)
    words.add_argument("--episodes", type=int, default=5000)
    given = words.parse_args()
    for count in (given.rows, 5 * given.rows):
        in_memory(count)
    with tempfile.TemporaryDirectory() as name, durable() as url:
        folder = Path(name)
        write_police(folder / "police.csv", given.episodes)
        for kind, address in ("SQLite", f"sqlite:///{folder / 'trail.sqlite'}"), ("PostgreSQL", url):
            engine = open_database(address)
            in_database(kind, engine, given.rows, given.appended)
            engine.dispose()
        answers("SQLite", f"sqlite:///{folder / 'answers.sqlite'}", folder)
        answers("PostgreSQL", postgresql.emptied(url), folder)


if __name__ == "__main__":
    main()
