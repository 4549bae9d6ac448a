"""Overwritten pages of the database, and how many of them the doctor notices.

Measured on the practice half-county with 100 pages each (SQLite 3.40): overwritten with random bytes or with zeros,
quick_check and integrity_check both notice 100. With the content of another page: 71 and 99. With one bit turned: 9 and
50, for most bits are values that no structure contradicts. Opening and asking, as doctor did before, noticed 1.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.store.backup import integrity
from tests.support.installation import Installation

PAGES = 30


@pytest.fixture
def whole(sqlite_installation: Installation) -> bytes:
    """The file of a loaded database, with nothing beside it."""
    bot = sqlite_installation
    bot.load_practice()
    with closing(sqlite3.connect(bot.folder / "bot.sqlite")) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    return (bot.folder / "bot.sqlite").read_bytes()


Harm = Callable[[random.Random, bytes, int], bytes]


def noise(rng: random.Random, whole: bytes, size: int) -> bytes:
    return rng.randbytes(size)


def of_another_page(rng: random.Random, whole: bytes, size: int) -> bytes:
    page = rng.randrange(len(whole) // size) * size
    return whole[page : page + size]


def harmed(whole: bytes, harm: Harm, seed: int) -> bytes:
    """With one page overwritten by something else."""
    rng, size = random.Random(seed), int.from_bytes(whole[16:18], "big")
    page = rng.randrange(len(whole) // size) * size
    while (other := harm(rng, whole, size)) == whole[page : page + size]:
        pass
    return whole[:page] + other + whole[page + size :]


def test_the_doctor_notices_every_overwritten_page(sqlite_installation: Installation, whole: bytes) -> None:
    bot, file = sqlite_installation, sqlite_installation.folder / "bot.sqlite"
    assert bot.run("doctor").code == 0
    noticed = 0
    for seed in range(PAGES):
        file.write_bytes(harmed(whole, noise, seed))
        said = bot.run("doctor")
        noticed += said.code == 1 and "✖ fault database pages" in said.out
        assert said.err == "" or "code" in said.err  # other checks may break off; never with a trace
        for beside in file.parent.glob("bot.sqlite-*"):
            beside.unlink()
    assert noticed == PAGES


def test_the_deeper_check_is_worth_its_time(tmp_path: Path, whole: bytes) -> None:
    """A page of the same database in the wrong place is sound by itself; only the indexes contradict it."""
    file, deep, quick = tmp_path / "copy", 0, 0
    for seed in range(PAGES):
        file.write_bytes(harmed(whole, of_another_page, seed))
        deep += bool(integrity.of_file(file))
        quick += _quick(file)
    assert deep >= PAGES - 1
    assert quick < deep


def _quick(file: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute("PRAGMA quick_check(1)").fetchall() != [("ok",)]
    except sqlite3.DatabaseError:
        return True


def test_a_row_that_belongs_to_no_row_is_noticed(sqlite_installation: Installation, whole: bytes) -> None:
    file = sqlite_installation.folder / "bot.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("INSERT INTO found_with VALUES ('OCC-NONE', 'P-NONE')")
        connection.commit()
    assert integrity.of_file(file) == ["a row of found_with belongs to no row of occurrence"]


def test_postgresql_checks_its_pages_itself(postgresql_installation: Installation) -> None:
    bot = postgresql_installation
    bot.done("migrate")
    said = bot.run("doctor").out
    assert "database pages         PostgreSQL checks them by itself (data_checksums is on)" in said
