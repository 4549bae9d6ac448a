"""A slow or endless request takes nothing from others, and one that its headers condemn is not read."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import httpx
import pytest

from bot.server.http import limits
from bot.server.http.listener import Server, listen
from bot.server.http.routes import Answered, Rider, platforms
from tests.bench import doors

PATH = "/door"
HEAD = f"POST {PATH} HTTP/1.1\r\nHost: bot.example.org\r\n"


async def taken(body: bytes, headers: Mapping[str, str]) -> Answered:
    return 200, {}, f"{len(body)} bytes"


def refusal(headers: Mapping[str, str]) -> Answered | None:
    return None if "x-signed" in headers else (401, {}, "unsigned")


@contextmanager
def served(rider: Rider | None = None) -> Iterator[Server]:
    server = Server(platforms({PATH: rider or Rider(taken, refusal, 1000)}), listen("127.0.0.1:0"))
    server.start()
    yield server
    assert server.stop()


@contextmanager
def connected(server: Server, sends: str = "") -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as there:
        there.sendall(sends.encode())
        yield there


def rest_of(there: socket.socket) -> str:
    """Read until the server closes."""
    found = b""
    try:
        while part := there.recv(65536):
            found += part
    except ConnectionResetError:
        pass
    return found.decode()


def post(server: Server) -> httpx.Response:
    headers = {"x-signed": "yes"}
    return httpx.post(f"http://127.0.0.1:{server.port}{PATH}", content=b"abc", headers=headers, trust_env=False)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "HEAD_SECONDS", 0.3)
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.3)


def is_closed_while(there: socket.socket, trickle: bytes) -> bool:
    """Send a byte now and then; return True where the server closes all the same."""
    there.settimeout(0.05)
    over = time.monotonic() + 30
    while time.monotonic() < over:
        try:
            there.sendall(trickle)
            if there.recv(1000) == b"":
                return True
        except TimeoutError:
            continue
        except OSError:
            return True
    return False


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize(
    "begun",
    [
        "",
        "P",
        f"{HEAD}X-Slow: ",
        f"{HEAD}X-Signed: yes\r\nContent-Length: 900\r\n\r\n",
        f"{HEAD}X-Signed: yes\r\nTransfer-Encoding: chunked\r\n\r\n200\r\n",
        f"{HEAD}X-Signed: yes\r\nContent-Length: 3\r\n\r\nabc{HEAD}X-Slow: ",
    ],
    ids=["nothing", "a letter", "headers", "a body", "chunks", "a second request"],
)
def test_a_request_has_its_time_and_no_byte_gives_it_more(begun: str) -> None:
    with served() as server, connected(server, begun) as there:
        if "abc" in begun:
            assert there.recv(1000).startswith(b"HTTP/1.1 200")
        assert is_closed_while(there, b"a")


@pytest.mark.usefixtures("short")
def test_an_answer_may_take_its_time() -> None:
    async def slowly(body: bytes, headers: Mapping[str, str]) -> Answered:
        time.sleep(1)  # the loop itself stands still
        return 200, {}, ""

    with served(Rider(slowly)) as server:
        assert post(server).status_code == 200


def test_the_oldest_half_request_makes_room_and_a_whole_one_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST", 5)
    with served() as server:
        held = [socket.create_connection(("127.0.0.1", server.port), timeout=10) for _ in range(5)]
        for each in held:
            each.sendall(HEAD.encode())
        time.sleep(0.1)
        assert post(server).status_code == 200
        assert held[0].recv(10) == b""
        for each in held[1:]:  # the others keep their places
            each.sendall(b"X-Signed: yes\r\nContent-Length: 1\r\n\r\nx")
            assert each.recv(1000).startswith(b"HTTP/1.1 200")
        for each in held:
            each.close()


def test_requests_that_are_being_answered_are_not_closed_for_a_newcomer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST", 2)
    go_on, asked = threading.Event(), threading.Semaphore(0)

    async def wait(body: bytes, headers: Mapping[str, str]) -> Answered:
        import asyncio

        asked.release()
        await asyncio.to_thread(go_on.wait, 20)
        return 200, {}, "late"

    whole = f"{HEAD}Content-Length: 1\r\n\r\nx"
    with served(Rider(wait)) as server, connected(server, whole) as one, connected(server, whole) as other:
        assert asked.acquire(timeout=10)
        assert asked.acquire(timeout=10)
        with connected(server) as third:
            assert rest_of(third) == ""
        go_on.set()
        assert one.recv(1000).startswith(b"HTTP/1.1 200")
        assert other.recv(1000).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ("Content-Length: 900\r\n", 401),
        ("Content-Length: 900000000\r\n", 401),
        ("X-Signed: yes\r\nContent-Length: 1001\r\n", 413),
        ("X-Signed: yes\r\nContent-Length: 900\r\nExpect: 100-continue\r\n", 100),
        ("Content-Length: 900\r\nExpect: 100-continue\r\n", 401),
        ("X-Signed: yes\r\nContent-Length: nine\r\n", 400),
        (f"X-Signed: yes\r\nContent-Length: {'9' * 5000}\r\n", 400),
        ("X-Signed: yes\r\nContent-Length: 3\r\nContent-Length: 4\r\n", 400),
    ],
)
def test_headers_alone_decide_where_they_can(headers: str, status: int) -> None:
    """No byte of the body was sent, and the answer is there."""
    with served() as server, connected(server, f"{HEAD}{headers}\r\n") as there:
        if status == 100:
            assert there.recv(1000).startswith(b"HTTP/1.1 100")
            return
        answer = rest_of(there)
        assert answer.startswith(f"HTTP/1.1 {status} ")
        assert "connection: close" in answer.lower()


def test_headers_that_go_on_are_cut() -> None:
    with served() as server, connected(server, f"{HEAD}X-Long: {'x' * 70_000}") as there:
        assert rest_of(there).startswith("HTTP/1.1 400 ")


def test_chunks_that_go_on_are_cut() -> None:
    chunk = "200\r\n" + "x" * 512 + "\r\n"
    with served() as server:
        with connected(server, f"{HEAD}X-Signed: yes\r\nTransfer-Encoding: chunked\r\n\r\n{chunk * 3}") as there:
            assert rest_of(there).startswith("HTTP/1.1 413 ")
        whole = f"{HEAD}X-Signed: yes\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n{chunk}0\r\n\r\n"
        with connected(server, whole) as there:
            assert rest_of(there).endswith("512 bytes")


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("leaves", [socket.socket.close, lambda there: time.sleep(0.6)], ids=["at once", "never"])
def test_who_goes_away_in_the_middle_is_no_error(
    caplog: pytest.LogCaptureFixture, leaves: Callable[[socket.socket], None]
) -> None:
    with served() as server, caplog.at_level(logging.WARNING):
        for begun in ("", HEAD, f"{HEAD}X-Signed: yes\r\nContent-Length: 900\r\n\r\nabc"):
            with connected(server, begun) as there:
                time.sleep(0.1)
                leaves(there)
        time.sleep(0.1)
        assert post(server).status_code == 200
    assert caplog.records == []


def test_an_upgrade_does_not_leave_the_limits(caplog: pytest.LogCaptureFixture) -> None:
    upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n"
    with served() as server, connected(server, f"{HEAD}{upgrade}") as there:
        assert rest_of(there).startswith("HTTP/1.1 401 ")


def test_half_requests_of_a_bench_leave_health_and_signed_requests_answered() -> None:
    seen = doors.hold(50, 1)
    assert seen.refused == 0
    assert min(len(seen.ready), len(seen.signed)) > 2
    assert seen.descriptors > 40  # they were held
