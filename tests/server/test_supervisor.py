"""The supervisor: a part that does not work shows, is started anew, or ends the process in time."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.server import systemd
from bot.server.engine import Pace
from bot.server.event_loop import LoopWatch
from bot.server.supervisor import LOOKED_SECONDS, Part, Supervisor

PACE = Pace()


class Watched:
    """A supervisor of one part, on a clock that a test turns."""

    def __init__(self, gives_up: float | None = 30, *, cured: bool = False, restarts: bool = True) -> None:
        self.now = 1000.0
        self.says = ""
        self.ended: list[float] = []
        self.drained: list[float] = []
        self.started: list[float] = []
        self._cured = cured
        part = Part("engine", self._fault, gives_up, self._start if restarts else None)
        self.supervisor = Supervisor(
            [part, Part("well", lambda now: "", 1)],
            PACE,
            lambda: self.drained.append(self.now),
            lambda: self.ended.append(self.now),
            lambda: self.now,
        )

    def _fault(self, now: float) -> str:
        if self.says == "raises":
            raise KeyError("OX-7QK4")
        return self.says

    def _start(self) -> None:
        self.started.append(self.now)
        if self._cured:
            self.says = ""

    def look(self, seconds: int) -> None:
        """Look once a second, until the process ends."""
        for _ in range(seconds):
            self.now += 1
            self.supervisor.look()
            if self.ended:
                return

    def checks(self) -> dict[str, str]:
        return {check.name: check.says for check in self.supervisor.checks()}


WELL = {"engine": "ok", "well": "ok", "supervisor": "ok"}


def test_it_shows_while_it_lasts() -> None:
    seen = Watched()
    assert seen.checks()["supervisor"] == "the parts of this process are not looked at"
    seen.look(1)
    assert seen.checks() == WELL
    seen.says = "it stands still"
    seen.look(1)
    assert seen.checks() == WELL | {"engine": "it stands still"}
    seen.says = ""
    seen.look(1)
    assert seen.checks() == WELL
    seen.now += LOOKED_SECONDS + 1
    assert seen.checks()["supervisor"] != "ok"


def test_a_part_that_is_not_cured_ends_the_process_after_the_tick_under_way() -> None:
    seen = Watched(gives_up=30)
    seen.says = "it stands still"
    seen.look(60)
    assert seen.started == [1001, 1021]  # and no more often
    assert seen.drained == seen.ended == [1031]


def test_a_part_that_cannot_be_looked_at_is_at_fault(capsys: pytest.CaptureFixture[str]) -> None:
    seen = Watched(gives_up=30)
    seen.says = "raises"
    seen.look(1)
    assert seen.checks()["engine"] == "it cannot be looked at"
    seen.look(60)
    assert seen.ended == [1031]
    assert "OX-7QK4" not in "".join(capsys.readouterr())


def test_a_part_that_is_cured_ends_nothing() -> None:
    seen = Watched(gives_up=30, cured=True)
    seen.says = "its thread has ended"
    seen.look(100)
    assert seen.started == [1001]
    assert seen.ended == []
    seen.says = "its thread has ended"
    seen.look(100)
    assert len(seen.started) == 2
    assert seen.ended == []


def test_a_part_that_fails_again_at_once_was_not_cured() -> None:
    seen = Watched(gives_up=30, cured=True)
    for _ in range(20):
        seen.says = "its event loop has not answered"
        seen.look(5)
    assert seen.ended


def test_a_job_that_fails_ends_no_process() -> None:
    seen = Watched(gives_up=None, restarts=False)
    seen.says = "failing: digest"
    seen.look(1000)
    assert seen.ended == []
    assert seen.checks()["engine"] == "failing: digest"


def test_a_process_that_was_frozen_as_a_whole_gets_its_time_again() -> None:
    seen = Watched(gives_up=30)
    seen.says = "its event loop has not answered"
    seen.look(1)
    seen.now += 600
    seen.look(29)
    assert seen.ended == []
    seen.look(3)
    assert seen.ended


def test_an_end_that_cannot_be_waited_for_comes_all_the_same() -> None:
    """What drains the tick may hang too."""
    ended, free = threading.Event(), threading.Event()
    pace = Pace(drain=-4.9)
    supervisor = Supervisor([Part("engine", lambda now: "it hangs", 0)], pace, lambda: free.wait(20), ended.set)
    looking = threading.Thread(target=supervisor.look)
    looking.start()
    assert ended.wait(5)
    assert looking.is_alive()
    free.set()
    looking.join(5)


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    thread = threading.Thread(target=made.run_forever)
    thread.start()
    yield made
    made.call_soon_threadsafe(made.stop)
    thread.join(10)
    made.close()


def test_a_loop_that_is_stuck_is_told_from_one_that_works(loop: asyncio.AbstractEventLoop) -> None:
    watch = LoopWatch(lambda: loop, 10)
    now, free = time.monotonic(), threading.Event()

    def answers() -> None:
        over = time.monotonic() + 60
        while watch._asked is not None and time.monotonic() < over:
            time.sleep(0.01)

    assert watch.fault(now) == ""
    answers()
    assert watch.fault(now + 60) == ""  # asked anew, however long ago it answered
    answers()
    loop.call_soon_threadsafe(free.wait)
    assert watch.fault(now + 70) == ""
    assert watch.fault(now + 79) == ""
    assert watch.fault(now + 80) == "its event loop has not answered for 10 s"
    free.set()
    answers()
    assert watch.fault(now + 90) == ""


def test_a_loop_that_has_ended_or_never_began_does_not_answer() -> None:
    closed = asyncio.new_event_loop()
    closed.close()
    for ended in (closed, None):
        watch = LoopWatch(lambda ended=ended: ended, 10)  # type: ignore[misc]
        assert watch.fault(100) == ""
        assert watch.fault(110)


def test_a_loop_that_began_anew_is_asked_anew(loop: asyncio.AbstractEventLoop) -> None:
    loops: list[asyncio.AbstractEventLoop | None] = [None]
    watch = LoopWatch(lambda: loops[-1], 10)
    watch.fault(100)
    assert watch.fault(120)
    loops.append(loop)
    assert watch.fault(121) == ""


def test_systemd_is_told_while_parts_have_time_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(tmp_path / "notify"))
        heard.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        seen = Watched(gives_up=2, restarts=False)
        seen.look(1)
        assert heard.recv(100) == systemd.ALIVE
        seen.says = "it stands still"
        seen.look(5)
        assert [heard.recv(100) for _ in range(3)] == [systemd.ALIVE, systemd.ALIVE, systemd.ENDING]


def test_without_systemd_nothing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    systemd.notify(systemd.READY)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody listens here"))
    systemd.notify(systemd.READY)


def test_an_abstract_socket_is_reached(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    name = f"bot-{tmp_path.name}-{time.monotonic_ns()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(f"\0{name}")
        heard.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
        systemd.notify(systemd.READY)
        assert heard.recv(100) == b"READY=1"
