"""Measure `interviews overdue` over a growing list: python -m tests.bench.overdue [--overdue 100 30000] [--rounds 11].

The answer as a person gets it (command, row of the audit trail, first page for Slack), beside hand-written SQL of the
same page on the same database: the rows of a page in their order, and the counts of the line above them.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import tracemalloc
from dataclasses import replace
from pathlib import Path

from sqlalchemy import insert

from bot.app import App
from bot.chat.slack import rendering
from bot.cli import terminal
from bot.conversation.inbound import Answer
from bot.rules.interviews.state import FORGOTTEN
from bot.settings import read_settings
from bot.store.database import migrate, writing
from bot.store.schema import records
from tests.bench.load_and_stats import interleaved
from tests.support.factories import NOW, episode, hours, interview
from tests.support.world import stored_rows

#: Rows of a page in Slack, about.
PAGE = 40
AT_ONCE = 5000

BY_HAND = """
SELECT e.id, c.ref, e.area, e.clock_start_at, e.due_at, e.counts_until, e.worker
FROM episode e JOIN child c ON c.id = e.child_id
WHERE e.required AND e.interview_until_at > :now AND e.counts_until < :now AND e.held_at IS NULL
AND e.counts_until >= :forgotten
ORDER BY e.counts_until, e.id LIMIT :page
"""
COUNT_BY_HAND = """
SELECT count(*), sum(worker IS NULL), sum(offered_at IS NULL), sum(held_at IS NOT NULL), sum(counts_until < :now)
FROM episode WHERE required AND interview_until_at > :now
"""


def fill(app: App, overdue: int) -> None:
    """Store children who came back over the last two years, and whose interviews nobody held."""
    migrate(app.database)
    with writing(app.database) as connection:
        for at in range(0, overdue, AT_ONCE):
            found = []
            for n in range(at + 1, min(at + AT_ONCE, overdue) + 1):
                back = NOW - hours(73 + n % 5000)
                owed = interview(back, worker=None if n % 3 else "W-N01")
                found.append(replace(episode(n, back - hours(9), back, interview=owed, area="north"), id=n))
            for name, rows in stored_rows(found, NOW - hours(at)).items():
                if rows:
                    connection.execute(insert(records.metadata.tables[name]), rows)


def by_hand(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
    """Query one page, and the counts above it."""
    now = f"{NOW:%Y-%m-%d %H:%M:%S}"
    forgotten = f"{NOW - FORGOTTEN:%Y-%m-%d %H:%M:%S}"
    connection.execute(COUNT_BY_HAND, {"now": now}).fetchone()
    return connection.execute(BY_HAND, {"now": now, "forgotten": forgotten, "page": PAGE}).fetchall()


def measure(overdue: int, rounds: int, folder: Path) -> None:
    database = folder / "bench.sqlite"
    app = App(replace(read_settings({"BOT_DATABASE_URL": f"sqlite:///{database}"}), data_folder=folder))
    fill(app, overdue)
    hand = sqlite3.connect(database)

    def ask() -> None:
        reply = terminal.ask(app, "interviews overdue", "lead", None, NOW)
        assert reply.status == "ok", reply
        rendering.message(Answer(reply, again="handle"))

    ask()
    by_hand(hand)
    ours, theirs = interleaved(ask, lambda: by_hand(hand), rounds)
    tracemalloc.start()
    ask()
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    print(
        f"{overdue:,} overdue: {ours:.1f} ms, {peak:.1f} MiB; by hand {theirs:.1f} ms, ratio {ours / theirs:.1f}",
        flush=True,
    )
    app.close()


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--overdue", type=int, nargs="+", default=[100, 30_000])
    words.add_argument("--rounds", type=int, default=11)
    given = words.parse_args()
    for overdue in given.overdue:
        with tempfile.TemporaryDirectory() as folder:
            measure(overdue, given.rounds, Path(folder))


if __name__ == "__main__":
    main()
