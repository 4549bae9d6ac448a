"""Measure loads beside the same work by hand: `python -m tests.bench.loads [ROWS] [--database sqlite|postgresql]`.

One police file of ROWS invented occurrences, loaded three times: first; unchanged; and with 200 new rows. Beside each
load another process commits one row after the other, and a third asks for `open north`. Reported for each load:
rows a second, seconds, peak memory of the process that loads, the longest wait of another write, the slowest answer,
and answers refused.

Floors of the same run, by hand, with the driver alone: one commit; reading the file, staging and merging it (the
same tables, the same number of rows and columns, no rule: every value is copied); and of that the INSERT..SELECT
alone, under the write lock.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import multiprocessing
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert

from bot.app import App
from bot.cli import terminal
from bot.settings import ROOT, read_settings
from bot.store.database import migrate, open_database, writing
from bot.store.schema import records
from bot.store.schema.access import notice
from tests.bench.load_and_stats import TAKEN_AT, write_police
from tests.support import postgresql

NEW = 200


def app_on(url: str, home: Path) -> App:
    return App(replace(read_settings({"BOT_DATABASE_URL": url}), data_folder=home))


def load_once(url: str, home: Path, file: Path, seconds: int) -> dict[str, Any]:
    """Load in this process; return its figures."""
    app = app_on(url, home)
    assert app.database is not None
    idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    began, used = time.perf_counter(), time.process_time()
    summary = app.load("police", file, TAKEN_AT + timedelta(seconds=seconds))
    return {
        "rows": summary.read,
        "added": summary.added,
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - used,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "idle": idle,
    }


def write_on(url: str, home: str, stop: Any, longest: Any) -> None:
    """Commit one row after the other until told to stop; note the longest wait, in seconds."""
    engine = open_database(url)
    if engine.dialect.name == "sqlite":
        engine = engine.execution_options()
    row = {"person_id": "bench", "kind": "bench", "text": "bench", "made_at": datetime.now(UTC)}
    while not stop.is_set():
        began = time.perf_counter()
        with _patient(engine) as connection:
            connection.execute(insert(notice), row)
        longest.value = max(longest.value, time.perf_counter() - began)
        time.sleep(0.005)


def ask_on(url: str, home: str, stop: Any, longest: Any, refused: Any) -> None:
    """Ask one question after the other until told to stop; note the slowest answer and the refusals."""
    app = app_on(url, Path(home))
    while not stop.is_set():
        began = time.perf_counter()
        reply = terminal.ask(app, "open north", "lead", None, TAKEN_AT + timedelta(hours=1))
        longest.value = max(longest.value, time.perf_counter() - began)
        refused.value += reply.status == "refused"
        time.sleep(0.02)


@contextmanager
def _patient(engine: Engine) -> Iterator[Any]:
    """Write like anybody else, but wait as long as it takes: the wait is what is measured."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            driver: Any = connection.connection.dbapi_connection
            driver.execute("PRAGMA busy_timeout = 600000")
        with connection.begin():
            yield connection


@contextmanager
def beside(url: str, home: Path) -> Iterator[dict[str, float]]:
    """Have others write and ask while the block runs; yield their figures, filled in at its end."""
    found: dict[str, float] = {}
    stop = multiprocessing.Event()
    wrote, answered = multiprocessing.Value("d", 0.0), multiprocessing.Value("d", 0.0)
    refused = multiprocessing.Value("i", 0)
    others = [
        multiprocessing.Process(target=write_on, args=(url, str(home), stop, wrote)),
        multiprocessing.Process(target=ask_on, args=(url, str(home), stop, answered, refused)),
    ]
    for other in others:
        other.start()
    try:
        yield found
    finally:
        stop.set()
        for other in others:
            other.join()
        found |= {"wait": wrote.value, "answer": answered.value, "refused": refused.value}


HAND_TABLES = ("child", "occurrence", "grade", "episode")


def by_hand(url: str, file: Path) -> dict[str, float]:
    """Read, stage and merge the file by hand into empty tables; return the seconds of all, and of the merge alone."""
    began = time.perf_counter()
    used = time.process_time()
    rows = list(_rows_by_hand(file))
    engine = open_database(url)
    raw = engine.raw_connection()
    cursor: Any = raw.cursor()
    sqlite = engine.dialect.name == "sqlite"
    names = [f"c{n}" for n in range(16)]
    cursor.execute(f"CREATE TEMPORARY TABLE hand (line integer PRIMARY KEY, {', '.join(f'{n} text' for n in names)}, mark text)")
    if sqlite:
        places = ", ".join("?" * 18)
        cursor.executemany(f"INSERT INTO hand VALUES ({places})", rows)
    else:
        with cursor.copy("COPY hand FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    raw.commit()
    if sqlite:
        cursor.execute("BEGIN IMMEDIATE")
    locked = time.perf_counter()
    for statement in _merge_by_hand(sqlite):
        cursor.execute(statement)
    raw.commit()
    done = time.perf_counter()
    raw.close()
    engine.dispose()
    return {"seconds": done - began, "locked": done - locked, "cpu": time.process_time() - used}


def _rows_by_hand(file: Path) -> Iterator[tuple[Any, ...]]:
    with file.open(newline="", encoding="utf-8") as source:
        rows = csv.reader(source)
        next(rows)
        for line, row in enumerate(rows, 2):
            for place in (4, 5, 6, 7, 9, 14):
                if row[place]:
                    row[place] = str(datetime.strptime(row[place], "%d/%m/%Y %H:%M").astimezone(UTC))[:19]
            mark = hashlib.blake2b("\x1f".join(row).encode(), digest_size=15).hexdigest()
            yield (line, *row, mark)


def _merge_by_hand(sqlite: bool) -> list[str]:
    at = (lambda n: n) if sqlite else (lambda n: f"{n}::timestamp AT TIME ZONE 'UTC'")
    yes, no = ("1", "0") if sqlite else ("true", "false")
    area = "CASE c11 WHEN 'Cherwell' THEN 'north' WHEN 'West Oxfordshire' THEN 'north' WHEN 'Oxford City' THEN 'central' ELSE 'south' END"
    void = f"'{TAKEN_AT:%Y-%m-%d %H:%M:%S}'"
    return [
        "INSERT INTO child (ref, police_ref, police_sex) SELECT 'HAND-' || c1, c1, min(c3) FROM hand"
        " WHERE NOT EXISTS (SELECT 1 FROM child WHERE police_ref = c1) GROUP BY c1",
        "INSERT INTO occurrence (occurrence_ref, child_id, last_seen_at, reported_at, found_at, found_date_only,"
        " returned_at, returned_date_only, missing_from, district, reporter, prevention_interview_at, end_reason,"
        f" unread, entered_at, payload, first_taken_at, grade_known) SELECT c0, child.id, {at('c4')}, {at('c5')}, {at('c6')},"
        f" {no}, {at('c7')}, {no}, c10, c11, c12, {at('c14')}, c15, '', {at(void)}, mark, {at(void)}, {yes}"
        f" FROM hand JOIN child ON police_ref = c1 WHERE {yes} ON CONFLICT (occurrence_ref) DO UPDATE SET payload = excluded.payload"
        " WHERE occurrence.payload <> excluded.payload",
        f"INSERT INTO grade SELECT c0, {at('c9')}, c8, {no} FROM hand WHERE {yes} ON CONFLICT DO NOTHING",
        "INSERT INTO episode (occurrence_ref, child_id, kind, start_at, reported_at, end_at, until_at, found_at,"
        " returned_at, end_reason, area, area_basis, district, setting, reporter, lac, uasc, cp, hosted, grade, graded_at,"
        " prevention_at, clock_start_at, due_at, counts_until, date_only, required, interview_until_at, entered_at,"
        f" end_known_at, child_known, doubts, counted) SELECT c0, child.id, 'missing', {at('c4')}, {at('c5')}, {at('c6')},"
        f" {at('c6')}, {at('c6')}, {at('c7')}, c15, {area}, 'district', c11, c10, c12, {no}, {no}, {no}, {no}, c8, {at('c9')},"
        f" {at('c14')}, {at('c7')}, {at('c7')}, {at('c7')}, {no}, {yes}, {at('c7')}, {at(void)}, {at('c7')}, {no}, '', {yes}"
        f" FROM hand JOIN child ON police_ref = c1 WHERE {yes} ON CONFLICT (occurrence_ref) DO NOTHING",
    ]


def one_commit(url: str) -> float:
    """Return the median seconds of one commit of one row, by hand."""
    raw = open_database(url).raw_connection()
    cursor: Any = raw.cursor()
    cursor.execute("CREATE TABLE IF NOT EXISTS bench_commit (n integer)")
    raw.commit()
    taken = []
    for n in range(21):
        began = time.perf_counter()
        cursor.execute(f"INSERT INTO bench_commit VALUES ({n})")
        raw.commit()
        taken.append(time.perf_counter() - began)
    cursor.execute("DROP TABLE bench_commit")
    raw.commit()
    raw.close()
    return sorted(taken)[len(taken) // 2]


def measure(rows: int, new_url: Callable[[str], str], folder: Path) -> None:
    whole, first = folder / "whole.csv", folder / "first.csv"
    write_police(whole, rows + NEW)
    with whole.open(encoding="utf-8") as source, first.open("w", encoding="utf-8") as out:
        out.writelines(line for n, line in enumerate(source) if n <= rows)
    hand_url = new_url("hand")
    engine = open_database(hand_url)
    migrate(engine)
    engine.dispose()
    commit = one_commit(hand_url)
    hand = by_hand(hand_url, first)
    print(f"one commit: {commit * 1000:.1f} ms")
    print(
        f"by hand: {rows / hand['seconds']:,.0f} rows/s ({hand['seconds']:.1f} s, {hand['cpu']:.1f} s of CPU), "
        f"of that INSERT..SELECT {hand['locked']:.2f} s"
    )
    url, home = new_url("bench"), folder / "home"
    engine = open_database(url)
    migrate(engine)
    engine.dispose()
    for number, (name, file) in enumerate((("first", first), ("unchanged", first), (f"{NEW} new", whole))):
        with beside(url, home) as others:
            time.sleep(0.5)
            command = [sys.executable, "-m", "tests.bench.loads", "--load", url, str(home), str(file), str(number)]
            done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        load = json.loads(done.stdout)
        rate = load["rows"] / load["seconds"]
        print(
            f"{name}: {rate:,.0f} rows/s ({load['seconds']:.1f} s, {load['cpu']:.1f} s of CPU), "
            f"{rate * hand['seconds'] / rows:.0%} of by hand, added {load['added']:,}, "
            f"memory {load['peak']:.0f} MiB ({load['idle']:.0f} before), longest wait of a write "
            f"{others['wait'] * 1000:,.0f} ms, slowest answer {others['answer'] * 1000:,.0f} ms, "
            f"refused {others['refused']:.0f}",
            flush=True,
        )


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("rows", nargs="?", type=int, default=100_000)
    words.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    words.add_argument("--load", nargs=4, metavar=("URL", "HOME", "FILE", "SECONDS"), help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.load:
        url, home, file, seconds = given.load
        print(json.dumps(load_once(url, Path(home), Path(file), int(seconds))))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if given.database == "sqlite":
            measure(given.rows, lambda base: f"sqlite:///{folder}/{base}.sqlite", folder)
            return
        with postgresql.server() as server:

            def new(base: str) -> str:
                engine = open_database(server.url)
                with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.exec_driver_sql(f"CREATE DATABASE {base}")
                engine.dispose()
                return server.url.replace("@/postgres?", f"@/{base}?")

            measure(given.rows, new, folder)


if __name__ == "__main__":
    main()
