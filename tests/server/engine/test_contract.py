"""What both engines promise, on both: they tick, whatever a tick, a process or the database does."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bot.server.engine import Engine, Pace, embedded, postgres
from bot.server.engine.factory import engine_for
from bot.store import database
from bot.store.database import migrate, open_database, reading, writing
from bot.store.schema import triggers
from tests.support import postgresql
from tests.support.replica import QUICK, read, replica


def until(happened: Callable[[], bool], seconds: float = 30) -> bool:
    """Wait for something, as long as it takes but not for ever."""
    give_up = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.02)
    return True


def open_and_migrate(url: str) -> None:
    engine = open_database(url)
    migrate(engine)
    engine.dispose()


@pytest.fixture
def url(database_url: str) -> str:
    open_and_migrate(database_url)
    return database_url


@contextmanager
def ticking(url: str, tick: Callable[[], Any], pace: Pace = QUICK) -> Iterator[Engine]:
    engine = engine_for(url, tick, pace)
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()


def test_the_address_of_the_database_picks_the_engine() -> None:
    assert engine_for("sqlite:///bot.sqlite", lambda: None).name == "embedded"
    assert engine_for("postgresql+psycopg://host/bot", lambda: None).name == "postgres"
    with pytest.raises(ValueError, match="a period is one of"):
        Pace(period=7)


def test_it_ticks_until_it_is_stopped(url: str) -> None:
    ticks: list[float] = []
    with ticking(url, lambda: ticks.append(time.monotonic())) as engine:
        assert not engine.healthy(time.monotonic()) or ticks
        assert until(lambda: len(ticks) >= 3)
        assert until(lambda: engine.last_tick is not None and engine.last_tick.monotonic >= ticks[2])
        assert engine.healthy(time.monotonic())
        assert engine.stop()
        done = len(ticks)
        time.sleep(1.3)  # longer than a period
        assert len(ticks) == done
    assert all(b - a > 0.3 for a, b in pairwise(ticks))


def test_a_tick_that_raises_does_not_stop_the_next(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    ticks: list[int] = []

    def tick() -> None:
        ticks.append(1)
        if len(ticks) < 3:
            raise KeyError("OX-7QK4")

    with ticking(url, tick) as engine:
        assert until(lambda: len(ticks) == 1)
        assert engine.last_tick is None  # it did not come through
        assert until(lambda: engine.last_tick is not None)
    assert len(ticks) >= 3
    assert "OX-7QK4" not in "".join(capsys.readouterr())


def test_a_tick_that_hangs_is_noticed_and_not_waited_for(url: str) -> None:
    go_on = threading.Event()
    begun: list[int] = []

    def tick() -> None:
        begun.append(1)
        go_on.wait(30)

    with ticking(url, tick, replace(QUICK, drain=0.3, stuck=0.5)) as engine:
        assert until(lambda: begun == [1])
        assert not engine.healthy(time.monotonic() + QUICK.healthy)
        time.sleep(1.5)  # nothing is begun beside it, however long it takes
        assert begun == [1]
        assert engine.last_tick is None
        assert not engine.stop()
        go_on.set()


def test_a_long_tick_that_goes_on_is_no_hanging_one(url: str) -> None:
    """A morning's posts take minutes; each transaction of them is a sign of life."""
    begun, go_on = threading.Event(), threading.Event()
    moved = [0.0]

    def tick() -> None:
        begun.set()
        go_on.wait(30)

    engine = engine_for(url, tick, QUICK, lambda: moved[0])
    engine.start()
    try:
        assert begun.wait(30)
        now = time.monotonic()
        assert engine.moves(now)
        moved[0] = now + QUICK.healthy
        assert engine.moves(now + 2 * QUICK.healthy - 1)
        assert not engine.moves(now + 2 * QUICK.healthy + 1)
    finally:
        go_on.set()
        engine.stop()


def test_ticks_that_fail_do_come(url: str) -> None:
    """An engine that moves is not started anew for what a tick does: another process would fail too."""
    ticks: list[int] = []

    def tick() -> None:
        ticks.append(1)
        raise KeyError("a mistake")

    with ticking(url, tick) as engine:
        assert until(lambda: len(ticks) >= 2)
        assert engine.moves(time.monotonic())


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_engine_whose_guard_is_dead_too_stands_still(url: str) -> None:
    ticks: list[int] = []
    with ticking(url, lambda: ticks.append(1), replace(QUICK, healthy=2, drain=0.3)) as engine:
        assert until(lambda: len(ticks) >= 2)
        engine._guard.end()  # type: ignore[attr-defined]
        end_scheduler(engine)
        assert until(lambda: not engine.moves(time.monotonic()))
        assert not engine.healthy(time.monotonic())


def test_a_worker_that_is_started_anew_in_vain_stands_still(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each new one would seem to go on, and the process would never end."""

    async def wait(*_: object, **__: object) -> None:
        await asyncio.sleep(60)

    open_and_migrate(postgresql_url)
    monkeypatch.setattr(postgres._Manager, "fetch_job", wait)
    with ticking(postgresql_url, lambda: None, replace(QUICK, healthy=2, stuck=0.5)) as engine:
        first = engine._run  # type: ignore[attr-defined]
        assert until(lambda: engine._run is not first and not engine.moves(time.monotonic()))  # type: ignore[attr-defined]


def end_scheduler(engine: Engine) -> None:
    """End the scheduler's thread, or block the worker's loop for longer than a test lasts."""
    whole: Any = engine
    if engine.name == "embedded":
        whole._scheduler._process_jobs = sys.exit
        whole._scheduler.wakeup()
    else:
        whole._run._loop.call_soon_threadsafe(time.sleep, 20)


def test_what_is_under_way_ends_before_it_stops(url: str) -> None:
    begun, ended = threading.Event(), threading.Event()

    def tick() -> None:
        begun.set()
        time.sleep(0.5)
        ended.set()

    with ticking(url, tick) as engine:
        assert begun.wait(30)
        assert engine.stop()
        assert ended.is_set()


def overlaps(file: Path) -> int:
    """Ticks that began before the one before them had ended."""
    under_way, found = 0, 0
    for note in sorted(read(file), key=lambda n: n.at):
        found += note.what == "began" and under_way > 0
        under_way += 1 if note.what == "began" else -1
    return found


def began(file: Path, who: str) -> list[float]:
    return [n.at for n in read(file) if n.who == who and n.what == "began"]


@pytest.mark.parametrize("takes", [0.1, 1.4], ids=["short ticks", "ticks longer than a period"])
def test_two_replicas(url: str, tmp_path: Path, takes: float) -> None:
    """On PostgreSQL they tick in turn, once a period between them. On SQLite, where only one is meant to run, both
    tick: there it is the ledger that keeps messages single."""
    file = tmp_path / "notes"
    with replica(url, file, "one", takes), replica(url, file, "two", takes):
        assert until(lambda: len(read(file)) >= 10)
    if url.startswith("sqlite"):
        assert began(file, "one")
        assert began(file, "two")
    else:
        assert overlaps(file) == 0
        starts = sorted(began(file, "one") + began(file, "two"))
        assert (starts[-1] - starts[0]) / (len(starts) - 1) > 0.8  # a second


def test_a_process_that_is_killed_in_the_middle_of_a_tick(url: str, tmp_path: Path) -> None:
    """Another replica goes on: on PostgreSQL only once the dead one's tick counts as stalled, and not beside it."""
    file = tmp_path / "notes"
    with replica(url, file, "killed", 60, stalled=6) as process:
        assert until(lambda: len(began(file, "killed")) == 1)
        with replica(url, file, "other", 0.1, stalled=6):
            if url.startswith("postgresql"):
                time.sleep(7)  # several periods, and longer than a dead worker is waited for
                assert began(file, "other") == []
            process.send_signal(signal.SIGKILL)
            process.wait(10)
            assert until(lambda: len(began(file, "other")) >= 3)
    assert len(began(file, "killed")) == 1


def test_a_frozen_tick_that_was_taken_over_costs_one_overlap(postgresql_url: str, tmp_path: Path) -> None:
    """Once it goes on, it ends beside the other's; it neither frees the other's lock nor begins a tick beside it."""
    open_and_migrate(postgresql_url)
    file = tmp_path / "notes"
    with replica(postgresql_url, file, "frozen", 2.5, stalled=4) as process:
        assert until(lambda: len(began(file, "frozen")) == 1)
        process.send_signal(signal.SIGSTOP)
        with replica(postgresql_url, file, "other", 2.5, stalled=4):
            assert until(lambda: len(began(file, "other")) == 1)
            process.send_signal(signal.SIGCONT)
            assert until(lambda: len(began(file, "frozen")) + len(began(file, "other")) >= 6)
    assert overlaps(file) == 1


@pytest.mark.parametrize("how", ["drains", "stood still"])
def test_a_tick_goes_on_while_its_worker_is_started_anew(postgresql_url: str, how: str) -> None:
    """No other replica takes over what is still under way: a worker that drains beats on, and one that begins a tick
    just when it is to be abandoned is not."""
    store = open_database(postgresql_url)
    migrate(store)
    go_on, begun = threading.Event(), threading.Event()
    others: list[int] = []

    def tick() -> None:
        begun.set()
        go_on.wait(60)

    pace = replace(QUICK, stalled=4)
    with ticking(postgresql_url, tick, pace) as engine:
        assert begun.wait(30)
        whole: Any = engine
        if how == "drains":
            whole._run.cancel()
        else:
            whole._revive()
        with ticking(postgresql_url, lambda: others.append(1), pace):
            time.sleep(6)  # longer than a dead worker is waited for
            assert others == []
            with reading(store) as connection:
                held = "SELECT count(*) FROM procrastinate.procrastinate_jobs WHERE lock = 'tick' AND status = 'doing'"
                assert connection.execute(text(held)).scalar_one() == 1
            go_on.set()
            assert until(lambda: len(others) >= 1)
    store.dispose()


def test_sqlite_locked_by_another_program(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_MILLISECONDS", 100)
    store = open_database(sqlite_url)
    migrate(store)
    tried: list[int] = []

    def tick() -> None:
        tried.append(1)
        with writing(store) as connection:
            connection.execute(text("UPDATE beat SET name = name"))

    with ticking(sqlite_url, tick) as engine, closing(sqlite3.connect(sqlite_url[10:], timeout=9)) as other:
        assert until(lambda: engine.last_tick is not None)
        other.execute("BEGIN EXCLUSIVE")
        before, last = len(tried), engine.last_tick
        assert until(lambda: len(tried) >= before + 3)
        assert last is not None
        assert engine.last_tick is not None
        assert engine.last_tick.monotonic - last.monotonic < 2  # it tried, and did not come through
        locked = engine.last_tick
        other.rollback()
        assert until(lambda: engine.last_tick is not locked)
    store.dispose()


@pytest.mark.parametrize("at_once", [True, False], ids=["power cut", "in order"])
def test_postgresql_away_and_back(at_once: bool) -> None:
    """The worker reconnects by itself, and a tick that the restart cut off holds nobody up."""
    with postgresql.server() as server:
        store = open_database(server.url)
        migrate(store)
        # Elsewhere in tests commits do not wait: the cut would take the tables along, or the worker's registration.
        with store.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ALTER ROLE CURRENT_USER SET synchronous_commit = on"))
            connection.execute(text("CHECKPOINT"))

        def tick() -> None:
            with writing(store) as connection:
                connection.execute(text("UPDATE beat SET name = name"))

        with ticking(server.url, tick) as engine:
            for _ in range(2):
                last = engine.last_tick
                assert until(lambda last=last: engine.last_tick is not last)  # type: ignore[misc]
                server.stop(at_once=at_once)
                time.sleep(1.2)  # at least one slot passes without a database
                server.start()
            last = engine.last_tick
            assert until(lambda: engine.last_tick is not last)
            assert until(lambda: engine.healthy(time.monotonic()))
        store.dispose()


def test_a_tick_whose_end_gets_lost_holds_nobody_up(postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database went at just that moment, and was back before the worker asked for anything else: the worker lives,
    its job counts as under way, and the job's lock would keep every replica from ticking for ever."""
    from procrastinate.exceptions import ConnectorException
    from procrastinate.manager import JobManager

    store = open_database(postgresql_url)
    migrate(store)
    store.dispose()
    ticks: list[int] = []
    lost: list[int] = []
    finish = JobManager.finish_job_by_id_async

    async def lose_two(self: Any, job_id: int, status: Any, delete_job: bool) -> None:
        if ticks and len(lost) < 2:
            lost.append(job_id)
            raise ConnectorException
        await finish(self, job_id, status, delete_job)

    monkeypatch.setattr(JobManager, "finish_job_by_id_async", lose_two)
    with ticking(postgresql_url, lambda: ticks.append(1)):
        assert until(lambda: len(lost) == 2)
        before = len(ticks)
        assert until(lambda: len(ticks) >= before + 3)


def test_a_tick_that_is_held_and_does_not_run_is_handed_back(postgresql_url: str) -> None:
    """Its worker lives, so that it never counts as stalled; its lock would keep every replica from ticking."""
    store = open_database(postgresql_url)
    migrate(store)
    ticks: list[int] = []
    others: list[int] = []
    with ticking(postgresql_url, lambda: ticks.append(1)) as engine, ticking(postgresql_url, lambda: others.append(1)):
        assert until(lambda: len(ticks) >= 1)
        (worker,) = engine._contact.workers  # type: ignore[attr-defined]
        hold(store, worker)
        before = len(ticks) + len(others)
        assert until(lambda: len(ticks) + len(others) >= before + 3, 20)
    store.dispose()


def hold(store: database.Database, worker: int) -> None:
    """Store a tick that a worker seems to run, as soon as no real one is under way."""
    held = text(
        "INSERT INTO procrastinate.procrastinate_jobs (queue_name, task_name, lock, status, worker_id, args)"
        " VALUES ('engine', 'tick', 'tick', 'doing', :worker, '{\"timestamp\": 0}')"
    )

    def put() -> bool:
        try:
            with writing(store) as connection:
                connection.execute(held, {"worker": worker})
        except IntegrityError:
            return False
        return True

    assert until(put)


def test_a_clock_that_is_put_back_does_not_stop_it(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both schedulers wait for a time of the wall clock, which may be an hour further off than it was."""
    import apscheduler.schedulers.base
    import procrastinate.periodic

    ticks: list[int] = []
    with ticking(url, lambda: ticks.append(1)):
        assert until(lambda: len(ticks) >= 2)

        class Earlier(apscheduler.schedulers.base.datetime):  # type: ignore[misc]
            @classmethod
            def now(cls, tz: Any = None) -> Any:
                return super().now(tz) - apscheduler.schedulers.base.timedelta(hours=1)

        for whose in (apscheduler.schedulers.base, embedded):
            monkeypatch.setattr(whose, "datetime", Earlier)
        earlier = SimpleNamespace(time=lambda: time.time() - 3600)
        monkeypatch.setattr(procrastinate.periodic, "time", earlier)
        before = len(ticks)
        assert until(lambda: len(ticks) >= before + 3)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_scheduler_whose_thread_died_is_started_anew(sqlite_url: str) -> None:
    """`running` stays true then; what counts is that nothing ticks."""
    ticks: list[int] = []
    with ticking(sqlite_url, lambda: ticks.append(1)) as engine:
        assert until(lambda: len(ticks) >= 1)
        engine._scheduler._process_jobs = lambda: 1 / 0  # type: ignore[attr-defined]
        thread = engine._scheduler._thread  # type: ignore[attr-defined]
        assert until(lambda: not thread.is_alive())
        before = len(ticks)
        assert until(lambda: len(ticks) >= before + 2)


def test_ticks_leave_nothing_behind(postgresql_url: str) -> None:
    """What they cost does not grow: no finished job stays, and no event of one."""
    store = open_database(postgresql_url)
    migrate(store)
    ticks: list[int] = []
    with ticking(postgresql_url, lambda: ticks.append(1)):
        assert until(lambda: len(ticks) >= 4)
    with reading(store) as connection:
        rows = {
            name: connection.execute(text(f"SELECT count(*) FROM procrastinate.procrastinate_{name}")).scalar_one()  # noqa: S608
            for name in ("jobs", "events", "periodic_defers", "workers")
        }
    store.dispose()
    assert rows["jobs"] <= 2  # deferred, and stopped before it began
    assert rows["events"] <= 2
    assert rows["periodic_defers"] <= 2  # the last slot of each of the two tasks
    assert rows["workers"] == 0


def test_a_user_who_owns_nothing_may_tick(postgresql_url: str) -> None:
    """What `audit grants` allows the service's own user is enough for the engine."""
    owner = open_database(postgresql_url)
    migrate(owner)
    with writing(owner) as connection:
        connection.execute(text("CREATE ROLE ticker LOGIN"))
        triggers.apply(connection, triggers.grants(connection, "ticker"))
    ticks: list[int] = []
    with ticking(postgresql_url.replace("postgres@", "ticker@"), lambda: ticks.append(1)):
        assert until(lambda: len(ticks) >= 3)
    with writing(owner) as connection:
        connection.execute(text("DROP OWNED BY ticker"))
        connection.execute(text("DROP ROLE ticker"))
    owner.dispose()
