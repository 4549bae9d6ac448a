"""Measure loads beside the same work by hand: `python -m tests.bench.loads [ROWS] [--database sqlite|postgresql]`.

One police file of ROWS invented occurrences, loaded three times: first; unchanged; and with 200 new rows. Each load is
done alone, for its rows a second and its peak memory, and once more beside a process that commits one row after the
other and one that asks for `open north`: for the longest wait of another write, the slowest answer, answers refused.

Floors of the same run, by hand, with the driver alone: one commit; reading the file, staging and merging it (the
same tables, the same number of rows and columns, no rule: every value is copied); and of that the INSERT..SELECT
alone, under the write lock.
"""

from __future__ import annotations

import argparse
import base64
import csv
import hashlib
import json
import multiprocessing
import os
import secrets
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

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import insert

from bot.app import App
from bot.cli import terminal
from bot.practice import exports
from bot.rules.text.area_names import ALPHABET
from bot.settings import ROOT, read_settings
from bot.store.database import migrate, open_database
from bot.store.schema.access import notice
from tests.bench.load_and_stats import HEADER, TAKEN_AT, write_police
from tests.support import postgresql

NEW = 200


def app_on(url: str, home: Path) -> App:
    return App(replace(read_settings({"BOT_DATABASE_URL": url}), data_folder=home))


def load_once(url: str, home: Path, file: Path, seconds: int) -> dict[str, Any]:
    """Load in this process; return its figures."""
    app = app_on(url, home)
    assert app.database is not None
    exports.written_now = frozenset  # type: ignore[assignment]  # only a practice database makes its county anew
    idle = highest_memory()
    began, used = time.perf_counter(), time.process_time()
    summary = app.load("police", file, TAKEN_AT + timedelta(seconds=seconds))
    return {
        "rows": summary.read,
        "added": summary.added,
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - used,
        "peak": highest_memory(),
        "idle": idle,
    }


def highest_memory() -> float:
    """Return the most memory that this process has had, in MiB; ru_maxrss begins with that of the process before."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def write_on(url: str, _home: str, stop: Any, longest: Any) -> None:
    """Commit one row after the other until told to stop; note the longest wait, in seconds."""
    engine = open_database(url)
    row = {"person_id": "bench", "kind": "bench", "text": "bench", "made_at": datetime.now(UTC)}
    while not stop.is_set():
        began = time.perf_counter()
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":  # as long as it takes: the wait is what is measured
                driver: Any = connection.connection.dbapi_connection
                driver.execute("PRAGMA busy_timeout = 600000")
            with connection.begin():
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


def by_hand(url: str, file: Path) -> dict[str, float]:
    """Read, stage and merge the file by hand into empty tables; return the seconds of all, and of the merge alone."""
    began, used = time.perf_counter(), time.process_time()
    engine = open_database(url)
    sqlite = engine.dialect.name == "sqlite"
    raw = engine.raw_connection()
    cursor: Any = raw.cursor()
    cells = ", ".join(f"c{n} text" for n in range(len(HEADER)))
    cursor.execute(f"CREATE TEMPORARY TABLE hand (line integer PRIMARY KEY, {cells}, born_mark text, mark text)")
    cursor.execute("CREATE TEMPORARY TABLE hand_child (ref text, police_ref text)")
    children: set[str] = set()
    rows = list(_rows_by_hand(file, children))
    refs = [("HAND-" + "".join(secrets.choice(ALPHABET) for _ in range(12)), key) for key in sorted(children)]
    if sqlite:
        places = ", ".join("?" * len(rows[0]))
        cursor.executemany(f"INSERT INTO hand VALUES ({places})", rows)  # noqa: S608 - our own
        cursor.executemany("INSERT INTO hand_child VALUES (?, ?)", refs)
    else:
        for table, values in (("hand", rows), ("hand_child", refs)):
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                for row in values:
                    copy.write_row(row)
    raw.commit()
    if sqlite:
        cursor.execute("BEGIN IMMEDIATE")
    locked = time.perf_counter()
    for statement in _merge_by_hand(sqlite=sqlite):
        cursor.execute(statement)
    raw.commit()
    done = time.perf_counter()
    raw.close()
    engine.dispose()
    return {"seconds": done - began, "locked": done - locked, "cpu": time.process_time() - used}


def _rows_by_hand(file: Path, children: set[str]) -> Iterator[tuple[Any, ...]]:
    """Read the rows: times in UTC, birth dates sealed, a mark of each birth date and each row."""
    cipher, key = AESGCM(bytes(32)), bytes(32)
    with file.open(newline="", encoding="utf-8") as source:
        rows = csv.reader(source)
        next(rows)
        for line, row in enumerate(rows, 2):
            mark = hashlib.blake2b("\x1f".join(row).encode(), key=key, digest_size=15).hexdigest()
            for place in (4, 5, 6, 7, 9, 14):
                if row[place]:
                    row[place] = str(datetime.strptime(row[place], "%d/%m/%Y %H:%M").astimezone(UTC))[:19]
            born_mark = None
            if row[2]:
                born = row[2].encode()
                born_mark = hashlib.blake2b(born, key=key, digest_size=15).hexdigest()
                nonce = os.urandom(12)
                row[2] = base64.b64encode(nonce + cipher.encrypt(nonce, born, row[1].encode())).decode()
            children.add(row[1])
            yield (line, *row, born_mark, mark)


def _merge_by_hand(*, sqlite: bool) -> Iterator[str]:
    """Yield the statements that store the staged rows. Not one of them knows a rule."""

    def at(column: str) -> str:
        return column if sqlite else f"{column}::timestamp AT TIME ZONE 'UTC'"

    now, yes, no = at(f"'{TAKEN_AT:%Y-%m-%d %H:%M:%S}'"), *(("1", "0") if sqlite else ("true", "false"))
    area = "CASE WHEN c11 IN ('Cherwell', 'West Oxfordshire') THEN 'north' ELSE 'south' END"
    stored = {
        "child": {
            "ref": "hand_child.ref",
            "police_ref": "hand_child.police_ref",
            "police_sex": "min(c3)",
            "police_birth_date": "min(c2)",
            "police_birth_date_mark": "min(born_mark)",
        },
        "occurrence": {
            "occurrence_ref": "c0",
            "child_id": "child.id",
            "last_seen_at": at("c4"),
            "reported_at": at("c5"),
            "found_at": at("c6"),
            "found_date_only": no,
            "returned_at": at("c7"),
            "returned_date_only": no,
            "missing_from": "c10",
            "district": "c11",
            "reporter": "c12",
            "prevention_interview_at": at("c14"),
            "end_reason": "c15",
            "entered_at": now,
            "payload": "mark",
            "first_taken_at": now,
        },
        "grade": {"occurrence_ref": "c0", "graded_at": at("c9"), "grade": "c8", "legacy_absent": no},
        "episode": {
            "occurrence_ref": "c0",
            "child_id": "child.id",
            "kind": "'missing'",
            "start_at": at("c4"),
            "reported_at": at("c5"),
            "end_at": at("c6"),
            "until_at": at("c6"),
            "found_at": at("c6"),
            "returned_at": at("c7"),
            "end_reason": "c15",
            "area": area,
            "area_basis": "'district'",
            "district": "c11",
            "setting": "c10",
            "reporter": "c12",
            "age": "14",
            **dict.fromkeys(("lac", "uasc", "cp", "hosted", "date_only", "child_known"), no),
            "grade": "c8",
            "graded_at": at("c9"),
            "prevention_at": at("c14"),
            **dict.fromkeys(("clock_start_at", "due_at", "counts_until", "interview_until_at"), at("c7")),
            "required": yes,
            "entered_at": now,
            "end_known_at": at("c7"),
        },
    }
    hand = "FROM hand JOIN child ON police_ref = c1"
    origins = {
        "child": "FROM hand_child JOIN hand ON c1 = police_ref",
        "grade": "FROM hand",
    }
    ends = {
        "child": "GROUP BY hand_child.ref, hand_child.police_ref ON CONFLICT (police_ref) DO NOTHING",
        "occurrence": f"WHERE {yes} ON CONFLICT (occurrence_ref) DO UPDATE SET payload = excluded.payload"
        " WHERE occurrence.payload <> excluded.payload",
        "grade": f"WHERE {yes} ON CONFLICT DO NOTHING",
        "episode": f"WHERE {yes} ON CONFLICT (occurrence_ref) DO NOTHING",
    }
    if not sqlite:
        yield "ANALYZE hand"
    for table, values in stored.items():
        columns, origin = ", ".join(values), origins.get(table, hand)
        yield f"INSERT INTO {table} ({columns}) SELECT {', '.join(values.values())} {origin} {ends[table]}"


def one_commit(url: str) -> float:
    """Return the median seconds of one commit of one row, by hand."""
    raw = open_database(url).raw_connection()
    cursor: Any = raw.cursor()
    cursor.execute("CREATE TABLE IF NOT EXISTS bench_commit (n integer)")
    raw.commit()
    taken = []
    for n in range(21):
        began = time.perf_counter()
        cursor.execute(f"INSERT INTO bench_commit VALUES ({n})")  # noqa: S608 - our own
        raw.commit()
        taken.append(time.perf_counter() - began)
    cursor.execute("DROP TABLE bench_commit")
    raw.commit()
    raw.close()
    return sorted(taken)[len(taken) // 2]


def load_apart(url: str, home: Path, file: Path, number: int) -> dict[str, Any]:
    """Load in a process of its own, so that its peak memory is its own."""
    command = [sys.executable, "-m", "tests.bench.loads", "--load", url, str(home), str(file), str(number)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def new_database(url: str) -> str:
    engine = open_database(url)
    migrate(engine)
    engine.dispose()
    return url


def measure(rows: int, new_url: Callable[[str], str], folder: Path) -> None:
    whole, first = folder / "whole.csv", folder / "first.csv"
    write_police(whole, rows + NEW)
    with whole.open(encoding="utf-8") as source, first.open("w", encoding="utf-8") as out:
        out.writelines(line for n, line in enumerate(source) if n <= rows)
    hand_url = new_database(new_url("hand"))
    commit, hand = one_commit(hand_url), by_hand(hand_url, first)
    print(
        f"one commit: {commit * 1000:.1f} ms\n"
        f"by hand: {rows / hand['seconds']:,.0f} rows/s ({hand['seconds']:.1f} s, {hand['cpu']:.1f} s of CPU), "
        f"of that INSERT..SELECT {hand['locked']:.2f} s"
    )
    alone, crowded = new_database(new_url("alone")), new_database(new_url("crowded"))
    for number, (name, file) in enumerate((("first", first), ("unchanged", first), (f"{NEW} new", whole))):
        load = load_apart(alone, folder / "alone", file, number)
        with beside(crowded, folder / "crowded") as others:
            time.sleep(1)
            load_apart(crowded, folder / "crowded", file, number)
        rate = load["rows"] / load["seconds"]
        print(
            f"{name}: {rate:,.0f} rows/s ({load['seconds']:.1f} s, {load['cpu']:.1f} s of CPU), "
            f"{rate * hand['seconds'] / rows:.0%} of by hand, added {load['added']:,}, "
            f"memory {load['peak']:.0f} MiB ({load['idle']:.0f} before); beside it: longest wait of a write "
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
