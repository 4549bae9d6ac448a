"""Measure a tick over a growing history: python -m tests.bench.tick [--past 100 10000 1000000].

The same 50 open interviews and 5 missing children each time; only the history grows. A tick in the quiet of the
day (nothing due), one that looks at its digests again, and one that sends a morning's digests, each beside the floor
measured in the same run: one empty transaction that is read and one that is written.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

from bot.server.worker import JOBS
from bot.store.database import reading, writing
from bot.store.schema import records
from tests.support import postgresql
from tests.support.factories import NOW, episode, hours, interview, reference
from tests.support.job_scene import Scene, scene
from tests.support.world import episode_row

AT_ONCE = 5000
CHILDREN = 2000
OPEN, MISSING = 50, 5


def past(count: int) -> Iterator[list[dict[str, Any]]]:
    """Store episodes that ended and whose interview was recorded, over ten years."""
    step = timedelta(days=3650) / max(count, 1)
    rows = []
    for n in range(count):
        back = NOW - timedelta(days=30) - n * step
        owed = interview(back, offered_at=back, held_at=back + hours(9), recorded_at=back + hours(10), worker="W-N01")
        x = episode(n % CHILDREN + 1, back - hours(12), back, interview=owed, area=("north", "south", "central")[n % 3])
        row = episode_row(x, None, None)
        known = dict.fromkeys(("entered_at", "end_known_at", "held_known_at"), back)
        rows.append(row | known | {"id": n + 1, "required": True, "interview_until_at": back + hours(10)})
        if len(rows) == AT_ONCE:
            yield rows
            rows = []
    if rows:
        yield rows


def fill(bot: Scene, count: int) -> None:
    with writing(bot.database) as connection:
        bare = {"birth_date": "sealed", "team": "Northern"}
        children = [bare | {"id": n, "ref": reference(n)} for n in range(1, CHILDREN + 1)]
        connection.execute(insert(records.child), children)
        for rows in past(count):
            connection.execute(insert(records.episode), rows)
    now = [episode(CHILDREN + n, NOW - hours(50 + n), NOW - hours(20 + n), area="north") for n in range(1, OPEN + 1)]
    lost = [episode(CHILDREN + OPEN + n, NOW - hours(3 + n), area="south") for n in range(1, MISSING + 1)]
    numbered = [replace(x, id=count + n) for n, x in enumerate([*now, *lost], 1)]
    bot.put(*numbered)
    if bot.database.dialect.name == "postgresql":
        with bot.database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))


def median(rounds: int, does: Callable[[], object]) -> float:
    """Return the median in milliseconds."""
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        does()
        took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took)


def floor(bot: Scene) -> float:
    def empty() -> None:
        with reading(bot.database) as connection:
            connection.execute(text("SELECT 1"))
        with writing(bot.database) as connection:
            connection.execute(text("UPDATE beat SET ticked_at = ticked_at"))

    return median(50, empty)


def measured(url: str, count: int, rounds: int) -> tuple[float, float, float, float]:
    """Return the floor and median milliseconds: of a quiet tick, one that looks again, one that sends the morning."""
    with scene(url) as bot:
        fill(bot, count)
        bot.tick(*JOBS)
        sending, looking, quiet = [], [], []
        for _ in range(rounds):
            bot.wait(hours=24)
            sending.append(median(1, lambda: bot.tick(*JOBS)))
            bot.wait(seconds=30)
            bot.tick(*JOBS)
            quiet.append(median(5, lambda: bot.tick(*JOBS)))
            bot.wait(minutes=3)
            looking.append(median(1, lambda: bot.tick(*JOBS)))
        return floor(bot), statistics.median(quiet), statistics.median(looking), statistics.median(sending)


def main() -> int:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--past", type=int, nargs="+", default=[100, 10_000, 1_000_000])
    given.add_argument("--rounds", type=int, default=7)
    asked = given.parse_args()
    with tempfile.TemporaryDirectory() as folder, postgresql.running() as server:
        print(f"{'':12}{'past':>10}{'floor':>9}{'quiet':>9}{'again':>9}{'sending':>9}   ms, medians; quiet/floor")
        for engine in ("SQLite", "PostgreSQL"):
            for count in asked.past:
                url = f"sqlite:///{Path(folder) / f'{count}.sqlite3'}"
                found = measured(url if engine == "SQLite" else postgresql.emptied(server), count, asked.rounds)
                figures = "".join(f"{ms:9.1f}" for ms in found)
                print(f"{engine:12}{count:10,}{figures}   {found[1] / found[0]:.1f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
