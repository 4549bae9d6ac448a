"""Slow half requests against the bot's two servers: open connections, memory, and who is answered meanwhile.

    python -m tests.bench.doors                  2,000 connections, 20 seconds
    python -m tests.bench.doors --half 50 --seconds 3

Each connection sends the beginning of a request to the platforms' port and then a byte a second; one that is closed is
opened anew. The servers run in a process of their own, with Slack's real door.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import socket
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bot.chat.slack.manifest import PATH
from bot.chat.slack.webhook import Webhook
from bot.rules.delivery.health import Check, DeliveryFigures
from bot.server.http import limits
from bot.server.http.listener import Server, listen
from bot.server.http.metrics import Metrics
from bot.server.http.routes import Rider, platforms, watched
from tests.support.slack.signing import SECRET, signed

BEGINNING = f"POST {PATH} HTTP/1.1\r\nHost: bot.example.org\r\nX-Slow: ".encode()
ANY_PORT = "127.0.0.1:0"
#: Descriptors that a process has where nobody gave it more.
DESCRIPTORS = 1024
#: Threads of the client: one alone would wait for each connection that the server has not accepted yet.
CLIENTS = 20


@dataclass(frozen=True)
class Ports:
    """The process that serves, its ports, and what it used before anybody came."""

    process: int
    platforms: int
    health: int

    @property
    def descriptors(self) -> int:
        return len(list(Path(f"/proc/{self.process}/fd").iterdir()))

    @property
    def megabytes(self) -> float:
        status = Path(f"/proc/{self.process}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@dataclass
class Seen:
    """Samples of one run: seconds of each answer, descriptors and memory beyond those at rest."""

    ready: list[float] = field(default_factory=list)
    signed: list[float] = field(default_factory=list)
    refused: int = 0
    opened: int = 0
    descriptors: int = 0
    megabytes: float = 0.0


def serve(ports: Any) -> None:
    """Serve platforms and health, each from a thread and port of its own, until the process ends."""
    from slack_bolt.async_app import AsyncApp

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, most))
    door = Webhook(SECRET, lambda: AsyncApp(signing_secret=SECRET, token="xoxb-not-a-token"))
    ready = Check("database", ok=True)
    monitored = watched(lambda: (ready,), tuple, Metrics(DeliveryFigures, (), ()))
    both = [
        Server(platforms({PATH: Rider(door, door.refusal)}), listen(ANY_PORT)),
        Server(monitored, listen(ANY_PORT)),
    ]
    for each in both:
        each.start()
    ports.put([each.port for each in both])
    threading.Event().wait()


@contextmanager
def serving() -> Iterator[Ports]:
    there = multiprocessing.get_context("spawn")
    ports = there.Queue()
    process = there.Process(target=serve, args=(ports,), daemon=True)
    process.start()
    try:
        door, health = ports.get(timeout=240)
        assert process.pid
        yield Ports(process.pid, door, health)
    finally:
        process.kill()
        process.join()


class Slow(threading.Thread):
    """A client that keeps `count` half requests open."""

    def __init__(self, port: int, count: int) -> None:
        super().__init__(daemon=True)
        self._port, self._count = port, count
        self._over = threading.Event()
        self.opened = 0

    def run(self) -> None:
        held: list[socket.socket] = []
        try:
            while not self._over.is_set():
                began = time.monotonic()
                held = [each for each in held if self._is_open(each)]
                while len(held) < self._count and not self._over.is_set():
                    held.append(self._half())
                self._over.wait(max(0.0, 1 - (time.monotonic() - began)))
        finally:
            for each in held:
                each.close()

    def stop(self) -> None:
        self._over.set()
        self.join(30)

    def _half(self) -> socket.socket:
        self.opened += 1
        made = socket.socket()
        made.settimeout(5)
        try:
            made.connect(("127.0.0.1", self._port))
            made.sendall(BEGINNING)
        except OSError:
            made.close()
        return made

    def _is_open(self, each: socket.socket) -> bool:
        try:
            each.sendall(b"x")
        except OSError:
            each.close()
            return False
        return True


def hold(half: int, seconds: float) -> Seen:
    """Hold half requests open for a time, ask for health and send signed requests meanwhile."""
    seen = Seen()
    with serving() as at:
        _ask(at, Seen())
        time.sleep(0.5)  # the server closes these connections
        rest, memory = at.descriptors, at.megabytes
        slow = [Slow(at.platforms, count) for n in range(CLIENTS) if (count := (half + n) // CLIENTS)]
        for each in slow:
            each.start()
        try:
            over = time.monotonic() + seconds
            while time.monotonic() < over:
                _ask(at, seen)
                seen.descriptors = max(seen.descriptors, at.descriptors - rest)
                seen.megabytes = max(seen.megabytes, at.megabytes - memory)
                time.sleep(0.1)
        finally:
            for each in slow:
                each.stop()
        seen.opened = sum(each.opened for each in slow)
    return seen


def _ask(at: Ports, seen: Seen) -> None:
    """Ask as a monitor and as Slack do, each over a connection of its own."""
    body = json.dumps({"type": "url_verification", "challenge": f"of {time.time_ns()}"})  # a copy would be refused
    honest = signed(body, time.time(), "application/json")
    with httpx.Client(timeout=20, trust_env=False) as monitor, httpx.Client(timeout=20, trust_env=False) as slack:
        ready = monitor.build_request("GET", f"http://127.0.0.1:{at.health}/readyz")
        asks = slack.build_request("POST", f"http://127.0.0.1:{at.platforms}{PATH}", content=body, headers=honest)
        for kept, client, request in ((seen.ready, monitor, ready), (seen.signed, slack, asks)):
            began = time.perf_counter()
            try:
                good = client.send(request).status_code == 200
            except httpx.HTTPError:
                good = False
            kept.append(time.perf_counter() - began)
            seen.refused += not good


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", type=int, default=2000, help="half requests that are held open")
    parser.add_argument("--seconds", type=float, default=20.0)
    given = parser.parse_args(arguments)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, given.half + 500), most))
    seen = hold(given.half, given.seconds)
    print(f"{given.half} half requests held for {given.seconds:.0f} s, {seen.opened} opened; limit {limits.MOST}")
    print(f"descriptors beyond rest: {seen.descriptors}; memory beyond rest: {seen.megabytes:.1f} MB")
    for name, times in (("/readyz", seen.ready), ("signed request", seen.signed)):
        print(f"{name}: median {1000 * statistics.median(times):.0f} ms, worst {1000 * max(times):.0f} ms")
    print(f"not answered: {seen.refused} of {len(seen.ready) + len(seen.signed)}")


if __name__ == "__main__":
    main()
