"""Once a day the file is read from end to end; administrators hear of damage, once, with what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.jobs import database_check
from bot.jobs.delivery import tick
from bot.store import audit_chain
from bot.store.backup import integrity
from bot.store.database import reading
from tests.support.factories import NOW
from tests.support.job_scene import Scene, scene


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[Scene]:
    with scene(f"sqlite:///{tmp_path / 'bot.sqlite'}") as found:
        found.tick(database_check.JOB)
        found.wait(minutes=15)
        yield found


def harm(bot: Scene) -> None:
    """One page of an index that the job itself does not read."""
    file = bot.database.url.database
    assert file
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        ((page,),) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_step_episode_id'")
        ((size,),) = connection.execute("PRAGMA page_size")
    with open(file, "r+b") as stream:
        stream.seek((page - 1) * size)
        stream.write(b"\x99" * size)


def checks(bot: Scene) -> list[str]:
    with reading(bot.database) as connection:
        return [e.place for _, e in audit_chain.entries(connection) if e.who == database_check.KIND]


def test_damage_is_told_once_a_day_with_what_to_do(bot: Scene) -> None:
    harm(bot)
    for _ in range(8):
        bot.tick(database_check.JOB)
        bot.wait(minutes=15)
    (said,) = bot.alarms()
    assert said.startswith("The database file is damaged: ")
    assert "restore the newest backup: ./deploy/dev restore FILE" in said
    assert "ix_step" not in said


def test_a_whole_file_is_no_news(bot: Scene) -> None:
    for _ in range(4):
        bot.tick(database_check.JOB)
        bot.wait(minutes=15)
    assert bot.alarms() == []
    assert checks(bot) == ["a"]


def test_once_a_day_by_one_replica(bot: Scene) -> None:
    for _ in range(3 * 96):  # three days in quarters of an hour
        bot.tick(database_check.JOB, name="a")
        bot.tick(database_check.JOB, name="b")
        bot.wait(minutes=15)
    assert len(checks(bot)) == 3


def test_not_on_the_first_tick(tmp_path: Path) -> None:
    with scene(f"sqlite:///{tmp_path / 'new.sqlite'}") as new:
        new.tick(database_check.JOB)
        assert checks(new) == []


def test_nobody_who_writes_waits_for_it(bot: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row is written while the file is being read."""
    whole = integrity.of_file

    def slowly(file: Path) -> list[str]:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM audit").fetchone()
            with closing(sqlite3.connect(file, timeout=0)) as writer:
                writer.execute("INSERT INTO overlooked VALUES ('call', 'm', '2017-07-05 07:00:00', '2017')")
                writer.commit()
            return whole(file)

    monkeypatch.setattr(integrity, "of_file", slowly)
    bot.tick(database_check.JOB)
    assert bot.alarms() == []
    assert checks(bot) == ["a"]


def test_a_server_looks_after_itself(postgresql_url: str) -> None:
    with scene(postgresql_url) as bot:
        for _ in range(3):
            bot.tick(database_check.JOB)
            bot.wait(minutes=15)
        assert checks(bot) == []
        assert bot.now > NOW


def test_no_tick_waits_for_it(bot: Scene) -> None:
    """The tick ends before the file is read; damage is told by what goes on beside it."""
    harm(bot)
    beside: list[Callable[[], None]] = []
    tick(replace(bot.run(), beside=beside.append), [database_check.JOB], bot.now)
    assert bot.alarms() == []
    (work,) = beside
    work()
    bot.wait(minutes=15)
    bot.tick(database_check.JOB)
    assert len(bot.alarms()) == 1
