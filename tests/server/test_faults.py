"""Faults in a running service show, stop the heartbeat, and heal or end the process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from bot.app import App
from bot.chat.thread_pool import ThreadPool
from bot.server import worker
from bot.server.engine.embedded import Embedded
from bot.server.service import Service
from bot.server.supervisor import Supervisor
from bot.server.worker import Worker
from bot.settings import read_settings
from tests.bench.faults import watch
from tests.support.faulty_serve import FAULTS, QUICK

KEYS = {"BOT_AUDIT_KEY": "00" * 32, "BOT_DATA_KEY": "11" * 32}


def until(true: Callable[[], bool], seconds: float = 60.0) -> bool:
    over = time.monotonic() + seconds
    while time.monotonic() < over and not true():
        time.sleep(0.05)
    return true()


@pytest.fixture
def service(sqlite_url: str, tmp_path: Path) -> Iterator[Service]:
    environ = {
        "BOT_DATABASE_URL": sqlite_url,
        "BOT_HEALTH_BIND": "127.0.0.1:0",
        "BOT_HEARTBEAT_URL": "http://127.0.0.1:1/",
    }
    app = App(replace(read_settings(KEYS | environ), data_folder=tmp_path))
    made = Service(app, Worker(app), QUICK)
    made.start()
    yield made
    made.stop()
    app.close()


def wrong(service: Service) -> dict[str, str]:
    with httpx.Client(base_url=f"http://127.0.0.1:{service.health.port}", trust_env=False, timeout=20) as http:
        answer = http.get("/readyz")
        found = {name: says for name, says in answer.json()["checks"].items() if says != "ok"}
        assert answer.status_code == (503 if found else 200)
        return found


def figures(service: Service) -> str:
    return httpx.get(f"http://127.0.0.1:{service.health.port}/metrics", trust_env=False, timeout=20).text


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "JOBS", worker.JOBS)  # what a fault puts there ends with the test


def test_a_job_that_raises_on_every_tick_shows_by_its_name_until_it_works(service: Service, jobs: None) -> None:
    assert until(lambda: wrong(service) == {})
    assert 'missing_job_failures_total{kind="reminder"} 0.0' in figures(service)
    assert 'missing_part_ok{part="jobs"} 1.0' in figures(service)
    now, whole = datetime.now(UTC), worker.JOBS
    assert service.all_well(now)
    FAULTS["job raises"](service)
    assert until(lambda: wrong(service) == {"jobs": "failing: reminder; the log says more"})
    assert not service.all_well(now)
    assert 'missing_part_ok{part="jobs"} 0.0' in figures(service)
    assert 'missing_job_failures_total{kind="reminder"} 0.0' not in figures(service)
    assert 'missing_ticks_total{outcome="failed"}' not in figures(service)
    worker.JOBS = whole
    assert until(lambda: wrong(service) == {})
    assert service.all_well(now)


def test_ticks_that_raise_show(service: Service) -> None:
    assert until(lambda: wrong(service) == {})
    FAULTS["every tick raises"](service)
    assert until(lambda: wrong(service) == {"jobs": "failing: tick; the log says more"})
    assert service.engine.moves(time.monotonic())  # another process would fail too


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_heartbeat_whose_thread_ended_goes_on(service: Service) -> None:
    assert service.heart
    thread = service.heart._thread
    assert thread
    FAULTS["heartbeat dies"](service)
    thread.join(10)
    assert not thread.is_alive()
    assert until(lambda: bool(service.heart and service.heart.lives))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_supervisor_that_ended_ends_the_process(service: Service) -> None:
    assert service.lives
    FAULTS["supervisor dies"](service)
    assert until(lambda: not service.lives)


class OneTick:
    """A service at the real pace, whose only tick is under way since the first second of a clock that a test turns."""

    def __init__(self, service: Service) -> None:
        self.now = 1000.0
        self.ended: list[float] = []
        self.faults: list[float] = []
        self.watch, engine = service.worker.watch, service.engine
        assert isinstance(engine, Embedded)
        engine._pulse.began = self.watch.moved = self.now
        parts = [part for part in service._parts() if part.name == "engine"]
        self.supervisor = Supervisor(
            parts, service.pace, lambda: None, lambda: self.ended.append(self.now - 1000), lambda: self.now
        )

    def passes(self, seconds: int, every: int = 1) -> None:
        """Look as often as on a machine where the supervisor gets its turn `every` seconds; until the process ends."""
        for _ in range(0, seconds, every):
            self.now += every
            self.supervisor.look()
            self.faults += [self.now - 1000] * (not self.supervisor.checks()[0].ok)
            if self.ended:
                return


@pytest.fixture
def one_tick(sqlite_url: str, tmp_path: Path) -> Iterator[OneTick]:
    environ = {"BOT_DATABASE_URL": sqlite_url, "BOT_HEALTH_BIND": "127.0.0.1:0"}
    app = App(replace(read_settings(KEYS | environ), data_folder=tmp_path))
    made = Service(app, Worker(app))
    yield OneTick(made)
    made.health.close()
    app.close()


@pytest.mark.parametrize("every", [1, 9])
def test_a_hung_tick_shows_within_half_a_minute_and_ends_the_process_within_two(one_tick: OneTick, every: int) -> None:
    one_tick.passes(600, every)
    assert one_tick.faults[0] <= 30
    assert 100 <= one_tick.ended[0] <= 120


@pytest.mark.parametrize("every", [1, 9])
def test_a_tick_that_is_slow_ends_no_process(one_tick: OneTick, every: int) -> None:
    """An hour of steps of a minute each, as on a large county or a loaded machine."""
    for _ in range(60):
        one_tick.passes(60, every)
        one_tick.watch.moved = one_tick.now
    assert one_tick.faults
    assert one_tick.ended == []


def test_answers_that_all_hang_are_told_from_many() -> None:
    pool = ThreadPool(2, "a test")
    free, now = SimpleNamespace(now=False), time.monotonic()

    def hang() -> None:
        assert until(lambda: free.now)

    assert pool.stuck(now + 100) == 0
    pool.submit(hang)
    assert pool.stuck(now + 100) == 0  # the other thread is free
    many = [pool.submit(time.sleep, 0.01) for _ in range(20)]
    assert until(lambda: all(one.done() for one in many))
    last = time.monotonic()
    for _ in range(2):
        pool.submit(hang)
    assert 99 < pool.stuck(last + 100) <= 101
    free.now = True
    assert pool.end(10)
    assert pool.stuck(last + 100) == 0


def test_a_process_shows_a_fault_and_ends_where_it_cannot_heal() -> None:
    """The small form of the bench, ten times as fast as the product."""
    faults = ("job raises", "health loop sticks")
    with ThreadPoolExecutor(len(faults)) as pool:
        lasts, ends = pool.map(lambda fault: watch(fault, quick=True), faults)
    for each in (lasts, ends):
        assert each.shows is not None
        assert each.shows < 10
    log = "log: a part of this process does not work"  # where it was written after /readyz was asked
    assert lasts.where in ("/readyz: jobs", log)
    assert lasts.ready is None
    assert ends.where in ("/readyz does not answer", log)
    assert ends.by == "the process ends (1), the next one"
    assert ends.ready is not None
