# ruff: noqa: S608 - statements of our own, with numbers of our own
"""Measure the half-yearly report beside hand-written SQL of the same tables: `python -m tests.bench.report`.

By default on the practice county, loaded from its exports. `--episodes 3500000 --areas 153` is of the size of England:
ten years of invented episodes, written straight into SQLite from `--seed`, `--keep FILE` for another run. The report is
composed, by hand is counted, in turn, in one process each, so that each peak of memory is its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.ingest.bank_holidays import by_division
from bot.practice import write_exports
from bot.reports import formats
from bot.reports.document import Document
from bot.reports.half_year import Given, compose
from bot.reports.making import figures_of
from bot.rules.model import BREACH_REASONS, Period
from bot.rules.partnership.partnership import Area, Partnership
from bot.rules.queries.remembered import remembered
from bot.rules.reports.snapshot import Snapshot
from bot.rules.time.clock import day_start
from bot.rules.time.period import parse_period, previous
from bot.settings import PRACTICE_FILE, ROOT, read_partnership
from bot.store.database import migrate, open_database, reading
from bot.store.queries.facts import StoredFacts
from bot.store.report_snapshot import take_snapshot
from tests.bench.load_and_stats import app_on

TAKEN_AT = datetime(2017, 7, 5, 6, 41, tzinfo=UTC)
HALF = "2017-H1"
YEARS = 10


def partnership(areas: int) -> Partnership:
    """Return the practice partnership, or one of so many areas without its people."""
    practice = replace(read_partnership(PRACTICE_FILE), rota=()).with_holidays(by_division())
    if not areas:
        return practice
    of_size = tuple(Area(f"area-{n}", f"Area {n}") for n in range(areas))
    kinds = tuple(a for a in practice.areas if a.kind in ("out_of_county", "unknown"))
    channel = replace(practice.channels[0], areas=(of_size[0].id,))
    return replace(
        practice, areas=(*of_size, *kinds), channels=(channel,), people=(), providers=(), roles={}, history_start=None
    )


# -- invented records, straight into the tables --

_DICE = "((({n}) * 2654435761 + :seed * {salt}) % 1000003)"


def _dice(salt: int, sides: int, n: str = "n") -> str:
    return f"({_DICE.format(n=n, salt=salt)} % {sides})"


def _at(minutes: str) -> str:
    return f"strftime('%Y-%m-%d %H:%M:%S', start_at, '+' || ({minutes}) || ' minutes')"


def fill(database: Path, episodes: int, areas: int, seed: int) -> None:
    """Write children, looked-after periods, police records and episodes; three episodes a child on average."""
    engine = open_database(f"sqlite:///{database}")
    migrate(engine)
    engine.dispose()
    children = max(1, episodes // 3)
    reasons = "(" + ",".join(f"({n},'{word}')" for n, word in enumerate(BREACH_REASONS)) + ")"
    names = {"children": children, "episodes": episodes, "areas": areas, "seed": seed, "taken": f"{TAKEN_AT:%F %T}"}
    with closing(sqlite3.connect(database)) as db:
        db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF;")
        indexes = db.execute(
            "SELECT name, sql FROM sqlite_master WHERE tbl_name='episode' AND sql LIKE 'CREATE INDEX%'"
        )
        kept = indexes.fetchall()
        for name, _ in kept:
            db.execute(f"DROP INDEX {name}")
        db.execute("CREATE TEMP TABLE why AS SELECT column1 AS k, column2 AS word FROM (VALUES " + reasons[1:-1] + ")")
        db.execute(
            f"""INSERT INTO child (id, ref, placement) WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c
                WHERE n < :children) SELECT n, 'EN-' || n, CASE WHEN {_dice(3, 8)} THEN 'ifa' ELSE 'residential' END
                FROM c""",
            names,
        )
        db.execute(
            f"""INSERT INTO child_period (child_id, kind, from_date, to_date) SELECT id, 'lac',
                date('2007-01-01', '+' || {_dice(5, 3000, "id")} || ' days'), NULL FROM child
                WHERE {_dice(7, 10, "id")} < 3""",
            names,
        )
        db.execute(
            f"""CREATE TEMP TABLE made AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c
                WHERE n < :episodes), s AS (SELECT n, strftime('%Y-%m-%d %H:%M:%S', '2007-07-06', '+' ||
                (CAST(n AS INTEGER) * {YEARS * 365 - 1} * 1440 / :episodes) || ' minutes') AS start_at FROM c)
                SELECT n, start_at, 1 + {_dice(11, 1000003)} * {_dice(13, 1000003)} % :children AS child,
                'area-' || ({_dice(17, 1000003)} % :areas) AS area, {_dice(19, 100)} AS d, {_dice(23, 5000)} AS long,
                {_dice(29, 6000)} AS wait, {_dice(31, 600)} AS delay FROM s""",
            names,
        )
        db.execute(
            f"""INSERT INTO occurrence (occurrence_ref, child_id, last_seen_at, reported_at, found_date_only,
                returned_date_only, entered_at, payload) SELECT 'O-' || n, child, start_at, {_at("delay")}, 0, 0,
                start_at, '-' FROM made""",
        )
        db.execute(
            f"""INSERT INTO episode (id, occurrence_ref, child_id, kind, start_at, reported_at, end_at, until_at,
                area, area_basis, setting, reporter, age, lac, uasc, cp, hosted, clock_start_at, counts_until,
                date_only, offered_at, response, held_at, recorded_at, outcome_reason, required, interview_until_at,
                entered_at, end_known_at, child_known) SELECT n, 'O-' || n, child, 'missing', start_at, {_at("delay")},
                {_at("long")}, {_at("long")}, area, 'team', CASE d % 4 WHEN 0 THEN 'home' WHEN 1 THEN 'school'
                ELSE 'care' END, CASE d % 3 WHEN 0 THEN 'parent' ELSE 'carer_residential' END, 10 + d % 8, d % 10 < 5,
                d % 20 = 0, d % 9 = 0, d % 30 = 0, {_at("long")}, {_at("long + 4320")}, 0, {_at("long + wait / 2")},
                'accepted', {_at("long + wait")}, {_at("long + wait + 600")},
                CASE WHEN wait > 4320 AND d % 2 THEN (SELECT word FROM why WHERE k = d % {len(BREACH_REASONS)}) END,
                d % 30 <> 0, {_at("long + wait")}, start_at, {_at("long")}, 1 FROM made""",
        )
        for source in ("police", "children", "interviews"):
            db.execute(
                """INSERT INTO source_load (source, taken_at, loaded_at, sha256, rows_read, accepted, rejected, added,
                    changed, unchanged) VALUES (?, :taken, :taken, ?, 1, 1, 0, 1, 0, 0)""".replace(":taken", "?"),
                (source, names["taken"], names["taken"], source),
            )
        for _, sql in kept:
            db.execute(sql)
        db.commit()


def practice(database: Path) -> None:
    """Load the practice exports."""
    with closing(app_on(database)) as app:
        for source, file in write_exports(database.parent / "exports").items():
            app.load(source, file, TAKEN_AT)


# -- the two sides --


def snapshot_of(connection: Any) -> Snapshot:
    found = take_snapshot(connection, parse_period(HALF, TAKEN_AT), published=False)
    assert found is not None
    return found


def composed(connection: Any, ours: Partnership, snapshot: Snapshot) -> Document:
    period = parse_period(HALF, TAKEN_AT)
    facts = remembered(StoredFacts(connection, ours))
    figures = figures_of(facts, ours, snapshot, published=False)
    return compose(Given(period, previous(period), figures, facts, ours, snapshot, published=False))


def by_hand(db: sqlite3.Connection, ours: Partnership) -> int:
    """Count the same tables of both half-years, each by one statement of our own; return the episodes."""
    period = parse_period(HALF, TAKEN_AT)
    before = previous(period)
    listed = ",".join(f"'{a.id}'" for a in ours.areas)
    for of, then in ((period, before), (before, period)):
        names = _names(of) | {f"then_{k}": v for k, v in _names(then).items()}
        mine = f"area IN ({listed}) AND kind = 'missing' AND counted = 1 AND start_at >= :since AND start_at < :until"
        for statement in STATEMENTS:
            db.execute(statement.replace("MINE", mine).replace("AREAS", listed), names).fetchall()
        db.execute(LOOKED_AFTER, {"day": f"{of.last:%F}"}).fetchall()
    run = _names(Period("", date(2014, 7, 1), period.last))
    db.execute(MONTHS.replace("AREAS", listed), run).fetchall()
    found = db.execute(f"SELECT count(*) FROM episode WHERE {mine}", _names(period)).fetchone()
    return int(found[0])


def _names(period: Period) -> dict[str, str]:
    since, until = day_start(period.first), day_start(period.last + timedelta(days=1))
    return {"since": f"{since:%F %T}", "until": f"{until:%F %T}", "now": f"{TAKEN_AT:%F %T}"}


_WAIT = "CAST(strftime('%s', {}) AS INTEGER) - CAST(strftime('%s', {}) AS INTEGER)"
_TOP = """
SELECT {area} count(*), sum(n), sum(later), sum(later < n) FROM (SELECT {area} n, (SELECT count(*) FROM episode l
WHERE l.child_id = t.child_id AND l.kind = 'missing' AND l.counted = 1 AND l.start_at >= :then_since
AND l.start_at < :then_until AND {inside}) AS later FROM (SELECT {area} child_id, count(*) AS n, row_number() OVER
({partition} ORDER BY count(*) DESC, min(start_at), child_id) AS place FROM episode WHERE MINE GROUP BY {area} child_id)
t WHERE place <= 10) {group}
"""
STATEMENTS = (
    "SELECT n, count(*) FROM (SELECT count(*) AS n FROM episode WHERE MINE GROUP BY child_id) GROUP BY n",
    *(
        f"""SELECT n, count(*) FROM (SELECT count(*) AS n FROM episode WHERE MINE AND {flag} GROUP BY child_id)
            GROUP BY n"""
        for flag in ("lac = 1", "lac = 0", "uasc = 1", "cp = 1")
    ),
    """SELECT count(*) FROM (SELECT DISTINCT child_id AS id FROM episode WHERE MINE) c WHERE (SELECT min(start_at)
       FROM episode e WHERE e.child_id = c.id AND e.kind = 'missing' AND e.counted = 1) >= :since""",
    """SELECT age, count(*), sum(n) FROM (SELECT min(age) AS age, count(*) AS n FROM episode WHERE MINE
       GROUP BY child_id) GROUP BY age""",
    "SELECT area, count(DISTINCT child_id), count(*) FROM episode WHERE MINE GROUP BY area",
    """SELECT count(*) FROM (SELECT child_id FROM episode WHERE MINE GROUP BY child_id
       HAVING count(DISTINCT area) > 1)""",
    "SELECT setting, count(DISTINCT child_id), count(*) FROM episode WHERE MINE GROUP BY setting",
    "SELECT count(DISTINCT child_id), count(*) FROM episode WHERE MINE AND hosted = 1",
    "SELECT area, reporter, count(*) FROM episode WHERE MINE GROUP BY area, reporter",
    f"""SELECT e.reporter, {_WAIT.format("e.reported_at", "o.last_seen_at")} AS delay, count(*) FROM episode e
        JOIN occurrence o USING (occurrence_ref) WHERE MINE AND e.reported_at >= o.last_seen_at GROUP BY 1, 2""",
    """SELECT area, count(*), sum(required), sum(required AND counts_until <= :now),
       sum(required AND offered_at <= :now), sum(held_at <= :now),
       sum(required AND held_at <= min(counts_until, :now)), sum(held_at <= :now AND recorded_at <= counts_until)
       FROM episode WHERE MINE AND until_at <= :now GROUP BY area""",
    """SELECT outcome_reason, count(*) FROM episode WHERE MINE AND required AND until_at <= :now
       AND counts_until <= :now AND (held_at IS NULL OR held_at > counts_until) GROUP BY 1""",
    f"""SELECT {_WAIT.format("held_at", "clock_start_at")}, count(*) FROM episode WHERE MINE AND required
        AND until_at <= :now AND held_at <= :now GROUP BY 1""",
    """SELECT CAST(strftime('%s', clock_start_at) AS INTEGER) / 3600, CAST(strftime('%s', held_at) AS INTEGER) / 3600,
       count(*) FROM episode WHERE MINE AND required AND until_at <= :now GROUP BY 1, 2""",
    f"""SELECT {_WAIT.format("recorded_at", "held_at")}, count(*) FROM episode WHERE MINE AND required
        AND until_at <= :now AND held_at <= :now AND recorded_at <= :now GROUP BY 1""",
    _TOP.format(area="", inside="l.area IN (AREAS)", partition="", group=""),
    _TOP.format(area="area,", inside="l.area = t.area", partition="PARTITION BY area", group="GROUP BY area"),
)
MONTHS = """SELECT month, age, count(*), sum(n) FROM (SELECT substr(start_at, 1, 7) AS month, min(age) AS age,
    count(*) AS n FROM episode WHERE area IN (AREAS) AND kind = 'missing' AND counted = 1 AND start_at >= :since
    AND start_at < :until GROUP BY child_id, 1) GROUP BY 1, 2"""
LOOKED_AFTER = """SELECT placement, provider, count(*) FROM child WHERE EXISTS (SELECT 1 FROM child_period p
    WHERE p.child_id = child.id AND p.kind = 'lac' AND p.from_date <= :day AND (p.to_date IS NULL OR p.to_date > :day))
    AND placing_authority IS NULL GROUP BY 1, 2"""


# -- measuring --


def side(which: str, database: Path, areas: int, rounds: int) -> dict[str, float]:
    """Run one side in this process; return the median seconds, and the memory before and at the peak, in MiB."""
    ours = partnership(areas)
    idle, took, episodes, others = _memory(), [], 0, dict[str, float]()
    if which == "report":
        engine = open_database(f"sqlite:///{database}")
        with reading(engine) as connection:
            snapshot, others["snapshot"] = _timed(lambda: snapshot_of(connection))
            for _ in range(rounds):
                document, seconds = _timed(lambda: composed(connection, ours, snapshot))
                took.append(seconds)
        peak = _memory()
        (row,) = [r for t in document.tables if t.id == "children" for r in t.rows if r[0] == "Episodes"]
        episodes = int(str(row[1]))
        for form in formats.FORMS:
            _, others[form] = _timed(lambda form=form: formats.write(document, form))  # type: ignore[misc]
        engine.dispose()
    else:
        with closing(sqlite3.connect(database)) as db:
            for _ in range(rounds):
                episodes, seconds = _timed(lambda: by_hand(db, ours))
                took.append(seconds)
        peak = _memory()
    return {"seconds": statistics.median(took), "idle": idle, "peak": peak, "episodes": episodes, **others}


def _timed(run: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    found = run()
    return found, time.perf_counter() - began


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(database: Path, areas: int, rounds: int) -> dict[str, dict[str, float]]:
    """Run both sides, each in a process of its own."""
    found = {}
    for which in ("report", "by hand"):
        command = [sys.executable, "-m", "tests.bench.report", "--side", which, "--keep", str(database)]
        command += ["--areas", str(areas), "--rounds", str(rounds)]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        found[which] = json.loads(done.stdout)
    return found


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--episodes", type=int, default=0, help="invented ones; 0 is the practice county")
    words.add_argument("--areas", type=int, default=0)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--rounds", type=int, default=3)
    words.add_argument("--keep", type=Path, help="database to fill, or filled by an earlier run")
    words.add_argument("--side", choices=("report", "by hand"), help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.side:
        print(json.dumps(side(given.side, given.keep, given.areas, given.rounds)))
        return
    with tempfile.TemporaryDirectory() as folder:
        database = given.keep or Path(folder) / "bench.sqlite"
        if not database.exists():
            fill(database, given.episodes, given.areas, given.seed) if given.episodes else practice(database)
        found = measure(database, given.areas, given.rounds)
    for which, each in found.items():
        print(f"{which}: {each['seconds']:.2f} s, {each['idle']:.0f} MiB before, {each['peak']:.0f} MiB at the peak")
    ours, theirs = found["report"], found["by hand"]
    assert ours["episodes"] == theirs["episodes"], "both sides count the same episodes"
    print(f"{ours['episodes']:,.0f} episodes in {HALF}; {ours['seconds'] / theirs['seconds']:.1f} times by hand")
    print(", ".join(f"{what} {ours[what]:.1f} s" for what in ("snapshot", *formats.FORMS)))


if __name__ == "__main__":
    main()
