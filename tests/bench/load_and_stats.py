"""Measure speed as ratios to a floor of the same run: `python -m tests.bench.load_and_stats [EPISODES]`.

1. Loading a generated police file: rows a second and peak memory, beside only reading the same file with
   the csv module. The load runs in a process of its own, so that its peak memory is its own.
2. `stats north` answered in process, beside the hand-written SQL of the same figures on the same
   database (sqlite3 without SQLAlchemy), in turn.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.app import App
from bot.cli import terminal
from bot.rules.time.clock import to_london
from bot.settings import ROOT, read_settings

TAKEN_AT = datetime(2017, 7, 5, 6, 41, tzinfo=UTC)
YEARS = 10
HEADER = (
    *("occurrence_ref", "police_ref", "birth_date", "sex", "last_seen_at", "reported_at", "found_at", "returned_at"),
    *("risk", "risk_at", "missing_from", "area", "reporter", "found_with", "prevention_interview_at", "end_reason"),
)
DISTRICTS = ("Cherwell", "West Oxfordshire", "South Oxfordshire", "Vale of White Horse", "Oxford City")


def write_police(file: Path, episodes: int) -> None:
    """Write a police export of invented occurrences over ten years, three a child on average."""
    dice = random.Random(1)
    begin = TAKEN_AT - timedelta(days=365 * YEARS)
    with file.open("w", newline="", encoding="utf-8") as out:
        write = csv.writer(out, lineterminator="\n")
        write.writerow(HEADER)
        for n in range(episodes):
            write.writerow(_occurrence(n, begin, dice, episodes))


def _occurrence(n: int, begin: datetime, dice: random.Random, episodes: int) -> list[str]:
    # At noon plus some hours: no clock change removes or doubles these local times.
    day = begin + timedelta(days=n * 365 * YEARS // episodes)
    seen = day.replace(hour=12, minute=dice.randrange(60)) + timedelta(hours=dice.randrange(10))
    back = seen + timedelta(hours=dice.randrange(1, 12))
    child = dice.randrange(max(1, episodes // 3))
    born = datetime(2017 - YEARS - 5 + n * YEARS // episodes - dice.randrange(6), 1, 1 + child % 28, tzinfo=UTC)
    times = [f"{to_london(t):%d/%m/%Y %H:%M}" for t in (seen, seen + timedelta(hours=1), back, back)]
    return [
        *(f"OCC-{n:07}", f"NOM-{child:07}", "" if child % 2 else f"{born:%d/%m/%Y}", "MFU"[child % 3]),
        *times,
        *("medium", times[1], "home", DISTRICTS[child % 5], "parent", "", times[3], "returned_self"),
    ]


def app_on(database: Path) -> App:
    url = f"sqlite:///{database}"
    settings = read_settings({"BOT_DATABASE_URL": url})
    return App(replace(settings, data_folder=database.parent))


def load_once(database: Path, file: Path) -> dict[str, Any]:
    """Load in this process; return the seconds, and the process's highest memory so far in MiB."""
    app = app_on(database)
    assert app.database is not None
    idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    began = time.perf_counter()
    summary = app.load("police", file, TAKEN_AT)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"read": summary.read, "rejected": summary.rejected, "seconds": seconds, "idle": idle, "peak": peak}


def parse_only(file: Path) -> float:
    began = time.perf_counter()
    with file.open(newline="", encoding="utf-8") as source:
        for _ in csv.reader(source):
            pass
    return time.perf_counter() - began


STATS_SQL = """
WITH mine AS (SELECT child_id, required, counts_until, offered_at, response, held_at, recorded_at, until_at,
                     outcome_reason FROM episode
              WHERE area = 'north' AND kind = 'missing' AND start_at >= ? AND start_at < ?)
SELECT (SELECT json_group_array(json_array(n, c)) FROM (SELECT n, count(*) AS c FROM
          (SELECT count(*) AS n FROM mine GROUP BY child_id) GROUP BY n)),
       count(*), sum(required), sum(required AND offered_at <= :now),
       sum(required AND offered_at <= min(counts_until, :now)),
       sum(required AND offered_at <= :now AND response = 'accepted'),
       sum(required AND offered_at <= :now AND response = 'declined'),
       sum(held_at <= :now), sum(required AND held_at <= :now), sum(required AND held_at <= min(counts_until, :now)),
       sum(held_at <= :now AND recorded_at <= min(counts_until, :now)),
       sum(required AND held_at <= :now AND recorded_at <= min(counts_until, :now)),
       sum(required AND (held_at <= :now
           OR (offered_at <= :now AND response = 'declined' AND outcome_reason = 'carer_contacted')
           OR ((offered_at IS NULL OR offered_at <= :now) AND response = 'no_response' AND outcome_reason IN
               ('no_contact', 'in_custody', 'out_of_area', 'child_unwell', 'other'))))
FROM mine WHERE until_at <= :now
"""
FIRST_EVER_SQL = """
SELECT count(DISTINCT child_id) FROM episode e WHERE area = 'north' AND kind = 'missing' AND start_at >= ?
AND start_at < ? AND NOT EXISTS (SELECT 1 FROM episode b WHERE b.child_id = e.child_id AND b.kind = 'missing'
AND b.start_at < ?)
"""
BASIS_SQL = """
SELECT area_basis, count(*) FROM episode WHERE area = 'north' AND kind = 'missing' AND start_at >= ?
AND start_at < ? GROUP BY area_basis
"""
HALVES = (("2016-12-31 00:00:00", "2017-06-30 23:00:00"), ("2016-06-30 23:00:00", "2016-12-31 00:00:00"))


def by_hand(connection: sqlite3.Connection) -> int:
    """Query the figures of `stats north 2017-H1` in hand-written SQL."""
    now = f"{TAKEN_AT + timedelta(hours=1):%Y-%m-%d %H:%M:%S}"
    for since, until in HALVES:
        sql = STATS_SQL.replace("?", "'{}'").format(since, until)
        found = connection.execute(sql, {"now": now}).fetchone()
        json.loads(found[0])
    since, until = HALVES[0]
    connection.execute(FIRST_EVER_SQL, (since, until, since)).fetchone()
    connection.execute(BASIS_SQL, (since, until)).fetchall()
    connection.execute("SELECT source, max(taken_at) FROM source_load GROUP BY source").fetchall()
    return int(found[1])


def interleaved(first: Callable[[], object], second: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Return the median milliseconds of both, run in turn under the same load of the machine."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for run, times in zip((first, second), taken, strict=True):
            began = time.perf_counter()
            run()
            times.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken[0]), statistics.median(taken[1])


def measure(episodes: int, rounds: int, folder: Path) -> None:
    file, database = folder / "police.csv", folder / "bench.sqlite"
    write_police(file, episodes)
    command = [sys.executable, "-m", "tests.bench.load_and_stats", "--load", str(database), str(file)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    load, floor = json.loads(done.stdout), parse_only(file)
    print(f"load: {load['read']:,} rows, {load['rejected']:,} rejected, {load['seconds']:.1f} s,", end=" ")
    print(
        f"{load['read'] / load['seconds']:,.0f} rows/s, {load['seconds'] / floor:.1f} x reading the csv ({floor:.2f} s)"
    )
    print(f"memory: {load['peak']:.0f} MiB at the peak, {load['idle']:.0f} MiB before the load")
    app, hand = app_on(database), sqlite3.connect(database)

    def ask() -> object:
        return terminal.ask(app, "stats north 2017-H1", "lead", None, TAKEN_AT + timedelta(hours=1))

    ask(), by_hand(hand)
    ours, theirs = interleaved(ask, lambda: by_hand(hand), rounds)
    print(f"stats north: {ours:.2f} ms, by hand {theirs:.2f} ms, ratio {ours / theirs:.2f}")
    heavy = [m for m in ("pandas", "numpy", "matplotlib", "alembic") if m in sys.modules]
    print(f"heavy imports on the command's path: {', '.join(heavy) or 'none'}")


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("episodes", nargs="?", type=int, default=100_000)
    words.add_argument("--rounds", type=int, default=101)
    words.add_argument("--load", nargs=2, type=Path, metavar=("DATABASE", "FILE"), help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.load:
        print(json.dumps(load_once(*given.load)))
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(given.episodes, given.rounds, Path(folder))


if __name__ == "__main__":
    main()
