"""Measure the bot in Teams beside Microsoft's SDK alone: python -m tests.bench.teams [round-trips | start-up | forged].

Round trips: three ways in on one server in a process of its own, asked in turn, 1, 10 and 100 at once, each activity
freshly signed:
  empty   the SDK with a handler that does nothing: the floor of an acknowledgement
  fixed   the SDK with a handler that sends one fixed card to the connector: the floor of an answer
  stats   `stats north` of the bot in a personal chat
An acknowledgement is timed to the HTTP answer, an answer until its card has come to the connector.

Start-up: `--version`, and a bot from the start of its process to /readyz, with Slack, with both and with Teams; the
first two also where the extra is not installed. Forged: activities that are not Teams' own, and what became of them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import httpx
from aiohttp import web as aio

from bot import practice
from bot.app import App
from bot.chat.teams import credentials
from bot.chat.teams.conversations import Reference
from bot.chat.teams.credentials import PATH, Connection
from bot.chat.teams.rendering import activity, post
from bot.chat.teams.sdk import Sdk
from bot.conversation.reply import Reply
from bot.server.http.listener import Server, listen
from bot.server.http.routes import Rider, platforms
from bot.server.platforms import teams_service
from bot.server.service import Service
from bot.server.worker import Worker
from bot.settings import ROOT, read_settings
from tests.support.factories import NOW
from tests.support.slack import web_api
from tests.support.slack.scene import workspace
from tests.support.slack.signing import SECRET
from tests.support.slack.workspace import BOT_TOKEN
from tests.support.teams import activities, connector, signing
from tests.support.teams.scene import ACCOUNTS, Scene, living, partnership_file, tenancy
from tests.support.teams.tenancy import CLIENT_ID, TENANT, Conversation, Person, Tenancy, personal_of

WHO = ACCOUNTS["north-manager"]
TEXT = "stats north 2017-H1"
#: Personal chats of the one person, so that an answer is told by its conversation.
CHATS = 100


# ---- the server, in a process of its own -----------------------------------------------------------


def serve(folder: Path, overrides: Mapping[str, str], url: str, ports: Any) -> None:
    """Serve the bot and its floors on one server until the process ends."""
    os.sched_setaffinity(0, {0})
    app = App(_settings(folder))
    to = Connection(CLIENT_ID, TENANT, tenants=(TENANT,), overrides=overrides)
    teams = teams_service(app, to, lambda: NOW)
    teams.start()
    for chat in _chats():
        teams.conversations.keep(Reference(chat, "personal", TENANT, url, NOW, WHO))
    door = teams.webhook()
    riders = {
        PATH: Rider(door, door.refusal),
        "/empty": _bare(to, url),
        "/fixed": _bare(to, url, sends=True),
    }
    server = Server(platforms(riders), listen("127.0.0.1:0"))
    server.start()
    ports.put(server.port)
    while True:
        time.sleep(60)


def _settings(folder: Path) -> Any:
    environ = {
        "BOT_DATABASE_URL": f"sqlite:///{folder / 'bot.sqlite'}",
        "BOT_PARTNERSHIP": str(folder / "partnership.toml"),
    }
    return replace(read_settings(environ), data_folder=folder)


def _chats() -> list[str]:
    return [f"a:1bench{n}" for n in range(CHATS)]


def _bare(to: Connection, url: str, *, sends: bool = False) -> Rider:
    """Return the SDK with a handler that does nothing, or that sends one card from a thread after its answer."""
    pool, card = (
        ThreadPoolExecutor(4),
        activity(post(Reply("North", 0, ("188 episodes of 82 children.",))), "An answer"),
    )

    async def handle(given: dict[str, Any]) -> None:
        if sends:
            path = f"/v3/conversations/{given['conversation']['id']}/activities"
            asyncio.get_running_loop().run_in_executor(pool, sdk.call, "POST", url, path, card)

    sdk = Sdk(to, 10, handle)
    sdk.start()

    async def ride(body: bytes, headers: Mapping[str, str]) -> tuple[int, dict[str, str], str]:
        status, _ = await sdk.handle(json.loads(body), {"authorization": headers.get("authorization", "")})
        return status, {}, ""

    return Rider(ride)


# ---- Teams' side, and the clients -------------------------------------------------------------------


@dataclass
class Connector:
    """A connector that accepts every call at once, and tells when an answer came to a conversation."""

    tenancy: Tenancy
    waiting: dict[str, asyncio.Future[float]] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: count(1))

    async def sent(self, request: aio.Request) -> aio.Response:
        await request.read()
        found = self.waiting.pop(request.match_info["conversation"], None)
        if found is not None and not found.done():
            found.set_result(time.perf_counter())
        return aio.json_response({"id": str(next(self.numbers))}, status=201)

    async def member(self, request: aio.Request) -> aio.Response:
        return aio.json_response(self.tenancy.people[WHO].shown())

    async def keys(self, request: aio.Request) -> aio.Response:
        if request.path.endswith("/keys"):
            return aio.json_response(signing.key_set())
        return aio.json_response({"issuer": signing.ISSUER, "jwks_uri": f"{self.tenancy.origin}/v1/keys"})

    def asked(self, chat: str) -> dict[str, Any]:
        there = Conversation(chat, "personal", [WHO])
        return activities.message(self.tenancy, self.tenancy.people[WHO], there, TEXT)


@dataclass
class Took:
    """Milliseconds of each request, and the seconds of all."""

    acks: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    seconds: float = 0

    def line(self) -> str:
        rate = f"{len(self.acks) / self.seconds:7.0f}/s"
        ack = f"ack p50 {_at(self.acks, 50):7.2f} p99 {_at(self.acks, 99):7.2f} ms"
        if not self.answers:
            return f"{ack}   {'':44}{rate}"
        return f"{ack}   answer p50 {_at(self.answers, 50):7.2f} p99 {_at(self.answers, 99):7.2f} ms  {rate}"


def _at(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1] if len(values) > 1 else values[0]


WAYS = {"empty": ("/empty", False), "fixed": ("/fixed", True), "stats": (PATH, True)}


async def ask(there: Connector, http: aiohttp.ClientSession, port: int, way: str, chat: str, took: Took) -> None:
    path, waits = WAYS[way]
    future: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    if waits:
        there.waiting[chat] = future
    body = json.dumps(there.asked(chat))
    headers = {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {signing.token(there.tenancy.service_url)}",
    }
    began = time.perf_counter()
    async with http.post(f"http://127.0.0.1:{port}{path}", data=body, headers=headers) as response:
        await response.read()
        assert response.status == 200, response.status
    took.acks.append(1000 * (time.perf_counter() - began))
    if waits:
        took.answers.append(1000 * (await asyncio.wait_for(future, 120) - began))


async def load(there: Connector, http: aiohttp.ClientSession, port: int, way: str, at_once: int, requests: int) -> Took:
    """Send requests from so many clients, each in a chat of its own and beginning its next at the answer."""
    took, left = Took(), iter(range(requests))

    async def one(chat: str) -> None:
        for _ in left:
            await ask(there, http, port, way, chat, took)

    began = time.perf_counter()
    await asyncio.gather(*(one(chat) for chat in _chats()[:at_once]))
    took.seconds = time.perf_counter() - began
    return took


async def measured(there: Connector, port: int, requests: int, rounds: int) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        for way in WAYS:
            await load(there, http, port, way, 4, 20)  # warm
        for at_once in (1, 10, 100):
            sums = {way: Took() for way in WAYS}
            for _ in range(rounds):
                for way, total in sums.items():
                    took = await load(there, http, port, way, at_once, max(requests // rounds, at_once))
                    total.acks += took.acks
                    total.answers += took.answers
                    total.seconds += took.seconds
            print(f" {at_once} at once")
            for way, total in sums.items():
                print(f"   {way:6} {total.line()}")
            ack = _at(sums["stats"].acks, 50) / _at(sums["empty"].acks, 50)
            answer = _at(sums["stats"].answers, 50) / _at(sums["fixed"].answers, 50)
            print(f"   ratios: ack {ack:.2f} of empty, answer {answer:.2f} of fixed", flush=True)


async def round_trips(folder: Path, requests: int, rounds: int) -> None:
    os.sched_setaffinity(0, {1} if (os.cpu_count() or 1) > 1 else {0})
    there = Connector(Tenancy())
    there.tenancy.put(Person(WHO, "north-manager"))
    app = aio.Application()
    app.router.add_route("POST", "/teams/v3/conversations/{conversation}/activities", there.sent)
    app.router.add_route("GET", "/teams/v3/conversations/{conversation}/members/{account}", there.member)
    app.router.add_route("GET", "/v1/{name:.*}", there.keys)
    runner = aio.AppRunner(app, access_log=None)
    await runner.setup()
    await aio.TCPSite(runner, "127.0.0.1", 0).start()
    there.tenancy.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    overrides = connector.Served(there.tenancy, {}).overrides
    context = multiprocessing.get_context("spawn")
    ports = context.Queue()
    server = context.Process(target=serve, args=(folder, overrides, there.tenancy.service_url, ports), daemon=True)
    server.start()
    try:
        port = await asyncio.get_running_loop().run_in_executor(None, ports.get, True, 120)
        await measured(there, port, requests, rounds)
    finally:
        server.terminate()
        server.join(10)
        await runner.cleanup()


def prepare(folder: Path) -> None:
    """Make a database with the practice exports."""
    partnership_file(folder)
    with closing(App(_settings(folder))) as app:
        files = practice.write_exports(folder / "exports")
        for source, taken_at in practice.TAKEN_AT.items():
            app.load(source, files[source], taken_at)


# ---- start-up ---------------------------------------------------------------------------------------

KEYS = {"BOT_AUDIT_KEY": "00" * 32, "BOT_DATA_KEY": "11" * 32}
TEAMS = {
    "BOT_TEAMS_CLIENT_ID": CLIENT_ID,
    "BOT_TEAMS_CLIENT_SECRET": "not~a-secret-of-anyone",
    "BOT_TEAMS_TENANT": TENANT,
}


def start_up(times: int) -> None:
    """Time the whole processes, in turn."""
    with tempfile.TemporaryDirectory() as name, around() as environ:
        without = Path(name) / "without"
        (without / "microsoft_teams").mkdir(parents=True)
        text = 'raise ModuleNotFoundError("the extra teams is not installed", name="microsoft_teams")\n'
        (without / "microsoft_teams" / "__init__.py").write_text(text, encoding="utf-8")
        version = [sys.executable, "-m", "bot", "--version"]
        ready = [sys.executable, "-m", "tests.bench.teams", "ready"]
        path = {"PYTHONPATH": os.pathsep.join((str(without), str(ROOT)))}
        slack, both = environ["slack"], environ["slack"] | environ["teams"]
        runs: dict[str, tuple[list[str], Mapping[str, str]]] = {
            "--version, without the extra": (version, path),
            "--version, with it": (version, {}),
            "serve to ready, Slack, without the extra": (ready, slack | path),
            "serve to ready, Slack, with it": (ready, slack),
            "serve to ready, Slack and Teams": (ready, both),
            "serve to ready, Teams": (ready, environ["teams"]),
        }
        took: dict[str, list[float]] = {name: [] for name in runs}
        for _ in range(times):
            for which, (command, given) in runs.items():
                began = time.perf_counter()
                done = subprocess.run(
                    command, cwd=ROOT, env=os.environ | given, capture_output=True, text=True, check=False
                )
                took[which].append(time.perf_counter() - began)
                assert done.returncode == 0, done.stderr[-2000:]
                assert "Teams" in which or "microsoft_teams" not in done.stdout, "a Slack-only bot imported Teams' SDK"
        for which, seconds in took.items():
            print(f" {which:42} median {statistics.median(seconds):5.2f} s, least {min(seconds):5.2f} s")


@contextmanager
def around() -> Iterator[dict[str, dict[str, str]]]:
    """Run an invented Slack and an invented Teams; yield what a bot of each is told by its environment."""
    with web_api.serving(workspace()) as chat, connector.serving(tenancy()) as teams:
        slack = {
            "BOT_SLACK_BOT_TOKEN": BOT_TOKEN,
            "BOT_SLACK_SIGNING_SECRET": SECRET,
            "BOT_SLACK_API_URL": chat.api_url,
        }
        yield {"slack": KEYS | slack, "teams": KEYS | TEAMS | {"BENCH_OVERRIDES": json.dumps(teams.overrides)}}


def ready() -> None:
    """Run a bot of the environment until it is ready, and say which modules of the SDK it has."""
    overrides = json.loads(os.environ.get("BENCH_OVERRIDES", "{}"))
    known = credentials.Connection

    def here(*given: Any, **named: Any) -> Connection:
        named["overrides"] = overrides
        return known(*given, **named)

    credentials.Connection = here  # type: ignore[misc, assignment]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environ = {k: v for k, v in os.environ.items() if k.startswith("BOT_")} | {
            "BOT_DATABASE_URL": f"sqlite:///{folder / 'bot.sqlite'}",
            "BOT_PARTNERSHIP": str(partnership_file(folder)),
            "BOT_BIND": "127.0.0.1:0",
            "BOT_HEALTH_BIND": "127.0.0.1:0",
        }
        app = App(replace(read_settings(environ), data_folder=folder))
        service = Service(app, Worker(app))
        service.start()
        with httpx.Client(base_url=f"http://127.0.0.1:{service.health.port}") as http:
            end = time.monotonic() + 60
            while http.get("/readyz").status_code != 200:
                assert time.monotonic() < end, http.get("/readyz").text
                time.sleep(0.01)
    print(sorted({name.split(".")[0] for name in sys.modules if name.startswith("microsoft")}), flush=True)
    os._exit(0)  # stopping is not measured


# ---- forged -----------------------------------------------------------------------------------------


def forged(flips: int) -> Counter[str]:
    """Try every forged activity of the tests, and tokens with one character changed; count the answers."""
    from tests.chat.teams.test_webhook import BODIES, FOREIGN, FORGED_HEADERS, FORGED_TOKENS

    dice, found = random.Random(20), Counter[str]()
    with tempfile.TemporaryDirectory() as name, living(Path(name), f"sqlite:///{Path(name) / 'bot.sqlite'}") as bot:
        one = json.dumps(_asked(bot)).encode()
        token = signing.token(bot.tenancy.service_url)

        def tried(kind: str, status: int) -> None:
            found[f"{kind}: tried"] += 1
            found[f"{kind}: answered {status}"] += 1

        for changed in FORGED_TOKENS.values():
            tried("tokens", bot.send(_asked(bot), **changed)[0])
        for header in FORGED_HEADERS.values():
            tried("headers", bot.raw(one, {"authorization": header(token)})[0])
        for different in FOREIGN.values():
            tried("activities from elsewhere, signed", bot.send({**_asked(bot), **different})[0])
        for body in BODIES.values():
            tried("bodies", bot.raw(body, {"authorization": f"Bearer {token}"})[0])
        for _ in range(flips):
            tried(
                "tokens with one character changed",
                bot.raw(one, {"authorization": f"Bearer {_flipped(token, dice)}"})[0],
            )
        bot.settle()
        sent = [c for c in bot.tenancy.calls if c.name != "keys"]
        found["calls of the bot to Teams after them"] = len(sent)
        found["rows of its trail after them"] = len(bot.trail())
    return found


def _asked(bot: Scene) -> dict[str, Any]:
    person = bot.person("lead")
    return activities.message(bot.tenancy, person, bot.tenancy.conversations[personal_of(person.account)], "help")


def _flipped(token: str, dice: random.Random) -> str:
    """Return a token in which one character is another; the last of each part may say the same, so it stays."""
    places = [n for n, c in enumerate(token[:-1]) if c != "." and token[n + 1] != "."]
    n = dice.choice(places)
    other = dice.choice([c for c in "ABCDEFGHabcdefgh01234567-_" if c != token[n]])
    return token[:n] + other + token[n + 1 :]


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("part", nargs="?", choices=("round-trips", "start-up", "forged", "ready"))
    given.add_argument("--requests", type=int, default=300)
    given.add_argument("--rounds", type=int, default=3)
    given.add_argument("--times", type=int, default=5)
    given.add_argument("--flips", type=int, default=1000)
    asked = given.parse_args()
    if asked.part == "ready":
        ready()
    if asked.part in (None, "round-trips"):
        print("round trips", flush=True)
        with tempfile.TemporaryDirectory() as name:
            prepare(Path(name))
            asyncio.run(round_trips(Path(name), asked.requests, asked.rounds))
    if asked.part in (None, "start-up"):
        print("start-up", flush=True)
        start_up(asked.times)
    if asked.part in (None, "forged"):
        print("forged activities", flush=True)
        for kind, number in forged(asked.flips).items():
            print(f" {kind:58}{number:7}")


if __name__ == "__main__":
    main()
