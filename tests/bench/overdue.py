"""Measure `interviews overdue` over a growing list: python -m tests.bench.overdue [--overdue 100 30000] [--rounds 11].

The answer as a person gets it (command, row of the audit trail, first page for Slack), beside hand-written SQL of the
same page on the same database: the rows of a page in their order, and the counts of the line above them.
"""

from __future__ import annotations

import argparse
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
from bot.store.database import migrate, reading, writing
from bot.store.schema import records
from tests.bench.load_and_stats import interleaved
from tests.support import postgresql
from tests.support.factories import NOW, episode, hours, interview
from tests.support.world import stored_rows

AT_ONCE = 5000

#: {now} and {forgotten} are moments as the database writes them.
PAGE_BY_HAND = """
SELECT e.id, c.ref, e.area, e.clock_start_at, e.due_at, e.counts_until, e.worker
FROM episode e JOIN child c ON c.id = e.child_id
WHERE e.required AND e.interview_until_at > {now} AND e.counts_until < {now} AND e.held_at IS NULL
ORDER BY e.counts_until < {forgotten}, e.counts_until, e.id LIMIT 100
"""
COUNTS_BY_HAND = """
SELECT count(*), count(*) FILTER (WHERE worker IS NULL), count(*) FILTER (WHERE offered_at IS NULL),
count(*) FILTER (WHERE held_at IS NOT NULL), count(*) FILTER (WHERE counts_until < {now})
FROM episode WHERE required AND interview_until_at > {now}
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


def measure(url: str, overdue: int, rounds: int, folder: Path) -> None:
    app = App(replace(read_settings({"BOT_DATABASE_URL": url}), data_folder=folder))
    fill(app, overdue)
    is_sqlite = app.database.dialect.name == "sqlite"
    if not is_sqlite:
        with app.database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")
    moments = {"now": NOW, "forgotten": NOW - FORGOTTEN}
    words = {name: f"'{at:%Y-%m-%d %H:%M:%S}{'' if is_sqlite else '+00'}'" for name, at in moments.items()}

    def by_hand() -> None:
        with reading(app.database) as connection:
            for query in (COUNTS_BY_HAND, PAGE_BY_HAND):
                connection.exec_driver_sql(query.format(**words)).fetchall()

    def ask() -> None:
        reply = terminal.ask(app, "interviews overdue", "lead", None, NOW)
        assert reply.status == "ok", reply
        rendering.message(Answer(reply, again="handle"))

    ask()
    by_hand()
    ours, theirs = interleaved(ask, by_hand, rounds)
    tracemalloc.start()
    ask()
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    print(
        f"{app.database.dialect.name}, {overdue:,} overdue: {ours:.1f} ms, {peak:.1f} MiB; by hand {theirs:.1f} ms, "
        f"ratio {ours / theirs:.1f}",
        flush=True,
    )
    app.close()


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--overdue", type=int, nargs="+", default=[100, 30_000])
    words.add_argument("--rounds", type=int, default=11)
    given = words.parse_args()
    with postgresql.running() as server:
        for overdue in given.overdue:
            for engine in ("SQLite", "PostgreSQL"):
                with tempfile.TemporaryDirectory() as folder:
                    url = f"sqlite:///{folder}/bench.sqlite" if engine == "SQLite" else postgresql.emptied(server)
                    measure(url, overdue, given.rounds, Path(folder))


if __name__ == "__main__":
    main()
