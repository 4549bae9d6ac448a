"""The outside heartbeat: sent while all is well and only then, to one address, and in nobody's way."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bot.server.heartbeat import Heartbeat, HeartbeatUnusable, checked, ping

NOW = datetime(2017, 7, 5, 7, 0, tzinfo=UTC)


@contextmanager
def outside(status: int = 200, location: str = "", delay: float = 0) -> Iterator[tuple[str, list[str]]]:
    """Somebody's monitor on this machine: its address, and what it was asked for."""
    asked: list[str] = []

    class Monitor(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            time.sleep(delay)
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quietly."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Monitor) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/ping/made-up", asked
        server.shutdown()


def test_it_is_sent_while_all_is_well_and_only_then() -> None:
    outcomes: list[str] = []
    well = True
    with outside() as (url, asked):
        heart = Heartbeat(url, lambda now: well and now == NOW, outcomes.append)
        heart.beat(NOW)
        well = False
        heart.beat(NOW)
    assert asked == ["/ping/made-up"]
    assert outcomes == ["ok"]


@pytest.mark.parametrize("status", [301, 302, 307, 404, 500])
def test_another_answer_has_not_got_through_and_is_not_followed(status: int) -> None:
    with outside() as (elsewhere, followed), outside(status, location=elsewhere) as (url, asked):
        assert not ping(url)
        assert asked == ["/ping/made-up"]
        assert followed == []


def test_an_address_that_is_away_or_slow_is_not_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    with outside(delay=1) as (url, _):
        began = time.monotonic()
        assert not ping(url, seconds=0.1)
        assert time.monotonic() - began < 1
    assert not ping("http://127.0.0.1:1/ping/made-up")
    assert "made-up" not in caplog.text


def test_it_goes_on_when_it_cannot_be_known_whether_all_is_well() -> None:
    tries: list[int] = []

    def all_well(now: datetime) -> bool:
        tries.append(1)
        if len(tries) == 1:
            raise OSError("the database is away")
        return True

    with outside() as (url, asked):
        heart = Heartbeat(url, all_well, every=0.05)
        heart.start()
        give_up = time.monotonic() + 60
        while not asked and time.monotonic() < give_up:
            time.sleep(0.02)
        heart.stop()
    assert asked
    assert len(tries) >= 2


@pytest.mark.parametrize(
    "url",
    [
        "http://monitor.example.org/ping/made-up",
        "http://127.0.0.1.example.org/made-up",
        "http://169.254.169.254/made-up",
        "https://user:made-up@monitor.example.org/",
        "https:///made-up",
        "https://monitor.example.org:port/made-up",
        "https://monitor.example.org/made-up\r\nHost: other",
        "file:///made-up",
        "ftp://127.0.0.1/made-up",
        "made-up",
    ],
)
def test_an_address_that_is_not_safe_is_refused_without_saying_it(url: str) -> None:
    with pytest.raises(HeartbeatUnusable) as fault:
        checked(url)
    assert "made-up" not in str(fault.value)
    assert "BOT_HEARTBEAT_URL" in str(fault.value)


def test_https_and_this_machine_may_be_pinged() -> None:
    for url in ("https://monitor.example.org/ping/1", "http://localhost:8000/x", "http://[::1]/x"):
        assert checked(url) == url
