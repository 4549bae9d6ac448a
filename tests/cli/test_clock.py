"""The verb clock, the doctor and retention beside a clock that is in doubt, in an installation that is no practice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import __main__
from bot.app import App, operator
from bot.rules.delivery.health import AWAY, clock_fault, restore_fault
from bot.rules.time.trusted import ClockVerdict
from bot.server import health
from bot.server.worker import Worker
from bot.settings import Settings
from bot.store.database import reading, writing
from bot.store.delivery import ledger, replicas
from bot.store.queries.loads import latest_load
from bot.store.schema.access import audit
from tests.support.doctor import faults, found
from tests.support.doctor import settings as as_in_doctor
from tests.support.exports import police, write
from tests.support.factories import NOW

DAY = timedelta(days=1)


@pytest.fixture
def installed(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    chosen = as_in_doctor(sqlite_url, tmp_path)
    ours = replace(chosen, partnership=replace(chosen.partnership, practice=None))
    monkeypatch.setattr(__main__, "read_settings", lambda: ours)
    return ours


@pytest.fixture
def app(installed: Settings) -> Iterator[App]:
    with closing(App(installed)) as made:
        yield made


def ticked(app: App, off: timedelta, *, sure: bool = True) -> datetime:
    """Record a tick of now, at a clock that is ahead by `off`; return its time."""
    with writing(app.database) as connection:
        now = ledger.clock(connection) - off
        replicas.beat(connection, "one", now, now - DAY)
        replicas.beat(connection, "one", now, now, ClockVerdict(now, now + off, "" if sure else "in doubt"))
    return now


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    capsys.readouterr()
    assert __main__.main(words) == code
    printed = capsys.readouterr()
    return printed.out + printed.err


def test_a_clock_in_doubt_is_shown_and_confirmed_and_recorded(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    assert "has not ticked within a day" in said(capsys, "clock", "--confirm")
    ticked(app, DAY, sure=False)
    assert "digests and reminders wait" in said(capsys, "clock")
    assert "Nothing is removed" in said(capsys, "retention", code=1)
    assert "Confirmed:" in said(capsys, "clock", "--confirm")
    assert "A person has confirmed" in said(capsys, "clock")
    with reading(app.database) as connection:
        newest, sure = replicas.newest(connection), replicas.newest_sure(connection)
        assert newest is not None
        assert sure is not None
        assert newest - sure >= 2 * DAY  # what came due since is still planned
        recorded = select(audit.c.who).where(audit.c.action == "clock confirmed")
        assert connection.execute(recorded).scalars().all() == [operator()]
    ticked(app, DAY)
    assert "which is confirmed; the clock showed" in said(capsys, "clock")
    ticked(app, timedelta())
    assert "as the clock did." in said(capsys, "clock")
    said(capsys, "retention")


def test_a_wrong_clock_is_a_fault_of_the_doctor(app: App) -> None:
    ticked(app, DAY)
    assert "86400 s off" in faults(app)["time"]
    ticked(app, timedelta())
    assert found(app)["time"].state == "ok"


def test_the_worker_goes_by_the_trusted_time_and_readiness_says_why_not(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    off, real = [timedelta()], ledger.clock
    monkeypatch.setattr(ledger, "clock", lambda connection: real(connection) + off[0])
    worker = Worker(app)
    worker.timekeeper.shown = lambda connection: ledger.clock(connection)
    worker.timekeeper.machine = lambda: datetime.now(UTC) + off[0]

    def time_of_now() -> str:
        with reading(app.database) as connection:
            for each in (worker.clock(connection), worker.now()):
                assert abs(each - datetime.now(UTC)) < timedelta(minutes=1)
        checks = health.readiness(app.database, app.partnership, True, worker.clock)
        return next(c.says for c in checks if c.name == "time")

    worker.tick()
    assert time_of_now() == "ok"
    off[0] = -DAY
    worker.tick()
    assert time_of_now().startswith("not confirmed: the clock is -86")
    off[0] = timedelta()
    worker.tick()
    assert time_of_now() == "ok"
    with reading(app.database) as connection:
        (beat,) = replicas.all_beats(connection)
    assert beat.started_at <= beat.ticked_at


def test_a_practice_is_not_judged(tmp_path: Path, sqlite_url: str) -> None:
    with closing(App(as_in_doctor(sqlite_url, tmp_path))) as app:
        worker = Worker(app)
        worker.timekeeper.shown = lambda connection: ledger.clock(connection) + DAY
        worker.tick()
        with reading(app.database) as connection:
            last = replicas.last_tick(connection)
            assert last is not None
            assert last.at == last.shown == last.sure_at
            assert worker.clock(connection) - NOW < timedelta(minutes=1)


def test_a_practice_has_nothing_to_confirm(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(__main__, "read_settings", lambda: as_in_doctor(sqlite_url, tmp_path))
    assert "a clock of its own" in said(capsys, "clock", code=2)


def test_a_process_that_a_wrong_clock_started_is_one_process_at_each_tick(app: App) -> None:
    """Else it would try at each tick what a process tries once, at its start."""
    worker, began, later = Worker(app, started=datetime.now(UTC) + DAY), set(), [timedelta()]
    worker.timekeeper.shown = lambda connection: ledger.clock(connection) + later[0]
    for later[0] in (timedelta(), timedelta(minutes=1)):
        worker.tick()
        with reading(app.database) as connection:
            began |= {beat.started_at for beat in replicas.all_beats(connection)}
    (only,) = began
    assert only < datetime.now(UTC) + DAY / 2


@pytest.mark.parametrize("sure", [True, False])
def test_no_file_is_loaded_by_a_clock_that_is_ahead(
    app: App, tmp_path: Path, capsys: pytest.CaptureFixture[str], sure: bool
) -> None:
    """The file would seem fresh for a day too long, and the export of tomorrow older than it."""
    file = write(tmp_path / "police.csv", [police()])
    ticked(app, DAY, sure=sure)
    assert said(capsys, "load", "police", str(file), code=1) == (
        "The clock is in doubt. See: clock. Nothing is loaded by it.\n"
    )
    with reading(app.database) as connection:
        assert latest_load(connection, "police") is None
    ticked(app, timedelta())
    said(capsys, "load", "police", str(file))
    with reading(app.database) as connection:
        assert latest_load(connection, "police") is not None


def test_no_file_is_loaded_by_a_clock_that_is_behind_the_last_tick(
    app: App, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "police.csv", [police()])
    with writing(app.database) as connection:
        ahead = ledger.clock(connection) + DAY
        replicas.beat(connection, "one", ahead, ahead)
    assert "Nothing is loaded" in said(capsys, "load", "police", str(file), code=1)


def test_no_copy_is_put_back_by_a_clock_that_nobody_has_compared(
    app: App, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ticked(app, timedelta())
    said(capsys, "backup", "--to", str(tmp_path / "copies"))
    (file,) = (tmp_path / "copies").glob("*.sqlite")
    with writing(app.database) as connection:
        ahead = ledger.clock(connection) + DAY
        replicas.beat(connection, "one", ahead, ahead)
    app.database.dispose()
    told = said(capsys, "restore", str(file), code=1)
    assert "h later. Compare it with another clock." in told
    assert told.endswith("run restore again with --clock-is-right. Nothing was changed.\n")
    said(capsys, "restore", str(file), "--clock-is-right")
    with reading(app.database) as connection:
        done = replicas.newest_restore(connection)
        assert done is not None
        assert done.at >= ahead.replace(microsecond=0), "what was due until then may have been sent"


def test_a_restore_half_a_day_after_the_last_tick_is_by_a_clock_that_a_person_compares() -> None:
    assert restore_fault(NOW, NOW, NOW - AWAY) == restore_fault(NOW, NOW, None) == ""
    assert restore_fault(NOW + DAY, NOW + DAY, NOW) == (
        "The clock shows Thu 6 Jul 2017 08:00 BST, and the bot last wrote at Wed 5 Jul 2017 08:00 BST, 24 h earlier."
    )
    assert "10 min later" in restore_fault(NOW, NOW, NOW + timedelta(minutes=10))
    assert "and the database's" in restore_fault(NOW + DAY, NOW, NOW)


def test_no_file_is_loaded_by_a_machine_whose_clock_is_not_the_databases() -> None:
    assert clock_fault(NOW + DAY, NOW, None) == (
        "This machine's clock shows Thu 6 Jul 2017 08:00 BST, and the database's Wed 5 Jul 2017 08:00 BST: put it "
        "right."
    )
    assert clock_fault(NOW, NOW, None) == ""


def test_the_process_dates_nothing_by_a_clock_that_jumped_before_its_next_tick(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(App(app.settings)) as own:
        worker = Worker(own)
        worker.timekeeper.look(own.database)
        assert worker.clock_is_right()

        class Ahead(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Ahead:
                return cls.fromtimestamp(datetime.now(tz).timestamp() + DAY.total_seconds(), tz)

        monkeypatch.setattr("bot.server.worker.datetime", Ahead)
        assert not worker.clock_is_right()
