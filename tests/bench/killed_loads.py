"""Kill loads with SIGKILL at points spread over their length: python -m tests.bench.killed_loads [--kills 50].

After each kill the database holds all of the file or nothing of it, and no temporary file of the load is left. A reader
that looks all the while sees the one or the other, never a part. Loopback only; it ends by itself.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select

from bot.store.database import open_database, reading
from bot.store.schema.records import child, episode, grade, occurrence, source_load
from tests.bench.load_and_stats import TAKEN_AT, write_police
from tests.support.loader import loader

#: Everything that a load of police rows writes.
TABLES = (child, occurrence, grade, episode, source_load)
Counts = tuple[int, ...]


@dataclass
class Found:
    """The states after the kills, and those that the reader saw; `seconds` is the length of a load."""

    seconds: float
    before: Counts = ()
    after: Counts = ()
    left: Counter[Counts] = field(default_factory=Counter)
    seen: Counter[Counts] = field(default_factory=Counter)
    files_left: int = 0

    @property
    def parts(self) -> int:
        """The number of states that are neither before nor after the load."""
        return sum(n for found in (self.left, self.seen) for counts, n in found.items() if counts not in self.whole)

    @property
    def whole(self) -> tuple[Counts, Counts]:
        return self.before, self.after


def counts(url: str) -> Counts:
    engine = open_database(url)
    with reading(engine) as connection:
        found = tuple(connection.execute(select(func.count()).select_from(t)).scalar_one() for t in TABLES)
    engine.dispose()
    return found


def load(url: str, folder: Path, file: Path, minute: int) -> None:
    with loader(url, folder) as bot:
        bot.load_path("police", file, taken_at=TAKEN_AT.replace(minute=minute), now=TAKEN_AT.replace(hour=9))


def load_and_be_killed(url: str, folder: Path, file: Path, seconds: float) -> None:
    """Load in a process of its own that is killed after some seconds, if it has not ended."""
    number = os.fork()
    if not number:
        try:
            load(url, folder, file, 50)
        finally:
            os._exit(0)
    time.sleep(seconds)
    os.kill(number, signal.SIGKILL)
    os.waitpid(number, 0)


def run(kills: int, rows: int, folder: Path) -> Found:
    """Kill loads of a file that changes a quarter of the records and brings a quarter more."""
    first, second = folder / "first.csv", folder / "second.csv"
    write_police(second, rows)
    _write_earlier(second, first, rows * 3 // 4)
    database, copy = folder / "bot.sqlite", folder / "copy.sqlite"
    url = f"sqlite:///{database}"
    load(url, folder, first, 40)
    before = counts(url)
    _put_back(database, copy)
    began = time.perf_counter()
    load(url, folder, second, 50)
    found = Found(time.perf_counter() - began, before, counts(url))
    for kill in range(kills):
        _put_back(copy, database)
        stop = threading.Event()
        reader = threading.Thread(target=_look, args=(url, stop, found.seen))
        reader.start()
        load_and_be_killed(url, folder, second, found.seconds * 1.1 * (kill + 0.5) / kills)
        stop.set()
        reader.join()
        found.left[counts(url)] += 1
        found.files_left = sum(name.name.startswith("etilqs") for name in folder.iterdir())
    _put_back(copy, database)
    load(url, folder, second, 50)  # and it can be loaded as if nothing had been
    found.left[counts(url)] += 1
    return found


def _look(url: str, stop: threading.Event, seen: Counter[Counts]) -> None:
    while not stop.is_set():
        seen[counts(url)] += 1
        time.sleep(0.01)


def _put_back(origin: Path, to: Path) -> None:
    """Copy a database that nobody has open."""
    engine = open_database(f"sqlite:///{origin}")
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    engine.dispose()
    for tail in ("-wal", "-shm"):
        Path(f"{to}{tail}").unlink(missing_ok=True)
    shutil.copyfile(origin, to)


def _write_earlier(origin: Path, to: Path, rows: int) -> None:
    """Write the first rows of a file, every third of them with another reporter."""
    with origin.open(newline="", encoding="utf-8") as source, to.open("w", newline="", encoding="utf-8") as out:
        read, write = csv.DictReader(source), None
        for n, row in enumerate(read):
            if n == rows:
                break
            if write is None:
                write = csv.DictWriter(out, list(row), lineterminator="\n")
                write.writeheader()
            write.writerow(row | ({"reporter": "school"} if n % 3 == 0 else {}))


def main(arguments: Sequence[str]) -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--kills", type=int, default=50)
    words.add_argument("--rows", type=int, default=5000)
    given = words.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        found = run(given.kills, given.rows, Path(folder))
    nothing, whole = found.left[found.before], found.left[found.after] - 1
    print(
        f"{given.kills} kills over {found.seconds * 1.1:.1f} s: nothing loaded {nothing}, all loaded {whole}, "
        f"parts {found.parts}, files left {found.files_left}; the reader looked {found.seen.total()} times"
    )
    return 1 if found.parts or found.files_left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
