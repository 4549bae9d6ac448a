"""Put faults into a running `serve`: python -m tests.bench.faults [--only "tick hangs" ...] [--at-once 4].

Each fault gets a process of its own, with an invented Slack or Teams on loopback, and a parent that does what systemd
does: it starts another process where the first has ended. Printed are the seconds until the fault shows (/readyz does
not answer 200, or the log says it), the last heartbeat after it, and the seconds until the process, or the next one,
is ready again.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

from bot.settings import ROOT
from tests.support import postgresql
from tests.support.slack import scene as slack
from tests.support.slack import sockets
from tests.support.slack.web_api import serving as slack_serving
from tests.support.slack.workspace import APP_TOKEN, BOT_TOKEN
from tests.support.teams import scene as teams
from tests.support.teams.connector import serving as teams_serving
from tests.support.teams.tenancy import CLIENT_ID, TENANT

KEYS = {"BOT_AUDIT_KEY": "00" * 32, "BOT_DATA_KEY": "11" * 32}
#: The faults of tests/support/faulty_serve.py by what they need.
ON_SQLITE = (
    *("scheduler dies", "scheduler and guard die", "every tick raises", "tick hangs", "job raises"),
    *("health loop sticks", "heartbeat dies", "supervisor dies"),
)
ON_SLACK = ("slack loop sticks", "slack loop ends", "slack thread ends", "slack answers hang")
ON_TEAMS = ("teams loop sticks", "http loop sticks")
ON_POSTGRESQL = ("tick is held", "every tick raises on PostgreSQL", "tick hangs on PostgreSQL")
#: The process is stopped by a signal: only systemd's watchdog notices.
FROZEN = "process freezes"
#: A fault of a job is healed by nobody; it shows until the program is put right.
LASTING = ("job raises", "every tick raises", "every tick raises on PostgreSQL")
#: A fault that is not healed by then is not healed at all.
PATIENCE = 240.0
#: systemd's patience, as in deploy/bot.service.
WATCHDOG = 30.0


@dataclass
class Seen:
    """What became of one fault, in seconds since it was put in; None: it did not happen."""

    fault: str
    put_in: float
    shows: float | None = None
    where: str = ""
    pinged: float | None = None
    by: str = "nobody"
    ready: float | None = None

    @property
    def row(self) -> str:
        def of(seconds: float | None) -> str:
            return "-" if seconds is None else f"{seconds:.0f}"

        return f"| {self.fault} | {of(self.shows)} | {self.where} | {of(self.pinged)} | {self.by} | {of(self.ready)} |"


class Bot:
    """One process of `serve`, its log and its address."""

    def __init__(self, words: list[str], environ: dict[str, str], folder: Path) -> None:
        self.log = folder / f"log-{time.monotonic_ns()}"
        with self.log.open("w") as stream:
            self.process = subprocess.Popen(words, env=environ, cwd=folder, stderr=stream, stdout=stream)
        self.port = 0

    def lines(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    def ready(self) -> tuple[bool, str]:
        """Return whether /readyz answers 200, and what it says else."""
        self.port = self.port or next((int(line["health"]) for line in self.lines() if line["event"] == "serving"), 0)
        if not self.port:
            return False, "not started"
        try:
            answer = httpx.get(f"http://127.0.0.1:{self.port}/readyz", timeout=2, trust_env=False)
        except httpx.HTTPError:
            return False, "/readyz does not answer"
        wrong = [name for name, says in answer.json()["checks"].items() if says != "ok"]
        return answer.status_code == 200, f"/readyz: {', '.join(wrong)}"

    def wait_until_ready(self, seconds: float) -> bool:
        over = time.monotonic() + seconds
        while not self.ready()[0] and self.process.poll() is None:
            if time.monotonic() > over:
                return False
            time.sleep(0.1)
        return self.process.poll() is None

    def end(self) -> None:
        self.process.kill()
        self.process.wait(10)


@contextmanager
def monitor() -> Iterator[tuple[str, list[float]]]:
    """Yield the address of a heartbeat's monitor, and the times of its pings."""
    pings: list[float] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            pings.append(time.monotonic())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quietly."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/ping", pings
        server.shutdown()


class Watchdog:
    """systemd's socket: the time of the last sign of life."""

    def __init__(self, folder: Path) -> None:
        self.address = str(folder / "notify")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.address)
        self.heard: list[tuple[float, bytes]] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while message := self._socket.recv(100):
            self.heard.append((time.monotonic(), message))

    def silent(self) -> float:
        return time.monotonic() - self.heard[-1][0] if self.heard else 0.0


def watch(fault: str, *, quick: bool = False) -> Seen:
    """Put one fault into a process, and see what becomes of it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="faults-")))
        url, pings = stack.enter_context(monitor())
        dog = Watchdog(folder)
        environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)} | KEYS
        environ |= {"BOT_BIND": "127.0.0.1:0", "BOT_HEALTH_BIND": "127.0.0.1:0"}
        environ |= {"BOT_HEARTBEAT_URL": url, "NOTIFY_SOCKET": dog.address, "BOT_REPLICA": "one"}
        environ |= {"BOT_QUICK": "1"} if quick else {}
        environ["BOT_DATABASE_URL"] = f"sqlite:///{folder}/bot.sqlite"
        words = [sys.executable, "-m", "tests.support.faulty_serve", fault.removesuffix(" on PostgreSQL")]
        if fault in ON_POSTGRESQL:
            environ["BOT_DATABASE_URL"] = stack.enter_context(postgresql.running())
        if fault in ON_SLACK:
            made = slack.workspace()
            served = stack.enter_context(slack_serving(made))
            stack.enter_context(sockets.serving(made))
            environ |= {"BOT_SLACK_BOT_TOKEN": BOT_TOKEN, "BOT_SLACK_APP_TOKEN": APP_TOKEN}
            environ |= {"BOT_SLACK_API_URL": served.api_url, "BOT_PARTNERSHIP": str(slack.partnership_file(folder))}
        if fault in ON_TEAMS:
            words.append(json.dumps(stack.enter_context(teams_serving(teams.tenancy())).overrides))
            environ |= {"BOT_TEAMS_CLIENT_ID": CLIENT_ID, "BOT_TEAMS_CLIENT_SECRET": "not~a-secret-of-anyone"}
            environ |= {"BOT_TEAMS_TENANT": TENANT, "BOT_PARTNERSHIP": str(teams.partnership_file(folder))}
        bot = Bot(words, environ, folder)
        stack.callback(bot.end)
        assert bot.wait_until_ready(PATIENCE), bot.log.read_text()  # beside other work
        time.sleep(1.5 if quick else 12)  # a tick, and a ping
        seen = _happens(fault, bot, dog, 3 if quick else 60)
        until = time.monotonic()
        if bot.process.poll() is not None:
            seen.by = f"the process ends ({bot.process.returncode}), the next one"
            following = Bot(words, environ | {"BOT_REPLICA": "two"}, folder)
            stack.callback(following.end)
            if following.wait_until_ready(60):
                seen.ready = time.monotonic() - seen.put_in
        seen.pinged = max((at - seen.put_in for at in pings if seen.put_in < at < until), default=None)
        return seen


def _happens(fault: str, bot: Bot, dog: Watchdog, lasting: float) -> Seen:
    """Put the fault in, and look until it is healed or the process has ended; `lasting` is enough of one that lasts."""
    known = len(bot.lines())
    seen = Seen(fault, time.monotonic())
    bot.process.send_signal(signal.SIGSTOP if fault == FROZEN else signal.SIGUSR1)
    while bot.process.poll() is None and (past := time.monotonic() - seen.put_in) < PATIENCE:
        ready, says = bot.ready()
        signs = [line["event"] for line in bot.lines()[known:] if _is_a_sign(line["event"])]
        if seen.shows is None and (signs or not ready):
            seen.shows, seen.where = past, says if not ready else f"log: {signs[0]}"
        if fault in LASTING and seen.shows is not None and past > lasting:
            seen.by = "nobody: it lasts"
            break
        if dog.silent() > WATCHDOG:
            bot.process.kill()
            bot.process.wait(10)
            break
        if ready and seen.shows is not None and past > seen.shows + 1 and fault not in LASTING:
            seen.by, seen.ready = "itself", time.monotonic() - seen.put_in
            break
        time.sleep(0.2)
    return seen


def _is_a_sign(event: str) -> bool:
    return event.startswith(("a part of", "engine stood", "this process ends", "a tick that does not"))


COLUMNS = ("Fault", "shows after (s)", "where", "last ping after it (s)", "healed by", "ready again after (s)")


def main() -> None:
    every = (*ON_SQLITE, FROZEN, *ON_SLACK, *ON_TEAMS, *ON_POSTGRESQL)
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--only", nargs="+", choices=every, default=every)
    given.add_argument("--at-once", type=int, default=4, help="processes at a time")
    asked = given.parse_args()
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}", flush=True)
    with ThreadPoolExecutor(asked.at_once) as pool:
        for seen in pool.map(watch, asked.only):
            print(seen.row, flush=True)


if __name__ == "__main__":
    main()
