"""Measure round trips of /missing over signed HTTP, beside their floor: python -m tests.bench.slack_round_trips.

Four ways in on one server in a process of its own, asked in turn, closed loop, 1, 10 and 100 at once:
  empty   Bolt in its fast mode with a handler that does nothing: the floor of an acknowledgement
  sql     the same with the hand-written SQL of `stats north` in a thread, its result sent to the response_url
  stats   /missing stats north of the bot          child   /missing child REF of the bot
An acknowledgement is timed to the HTTP answer, an answer until it has come to the response_url. The bot looks the
account up (users.info) before it shows a child; that call is answered on loopback and is in the figure.

  --past N ...   histories of so many past episodes (0: the practice exports); --requests each; --heavy: how long an
                 acknowledgement takes while statistics of the whole county are made without a pause
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import aiohttp
from aiohttp import web as aio
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.webhook import WebhookClient

from bot import practice
from bot.app import App
from bot.chat.slack.credentials import Connection
from bot.chat.slack.manifest import PATH
from bot.conversation.inbound import Caller
from bot.server.http.listener import Server, listen
from bot.server.http.routes import Rider, platforms
from bot.server.platforms import slack_service
from bot.settings import read_settings
from bot.store.database import reading
from tests.bench.load_and_stats import by_hand
from tests.bench.tick import fill
from tests.support.factories import NOW
from tests.support.job_scene import scene as job_scene
from tests.support.slack.scene import ACCOUNTS, partnership_file
from tests.support.slack.signing import SECRET, signed
from tests.support.slack.workspace import APP_TOKEN, BOT_TOKEN, TEAM

WHO = ACCOUNTS["north-manager"]
DM = "D0BENCH"
FORM = "application/x-www-form-urlencoded"


# ---- the server, in a process of its own -----------------------------------------------------------


def serve(folder: Path, api: str, ports: Any) -> None:
    """Serve the bot and its floors on one server until the process ends."""
    os.sched_setaffinity(0, {0})
    environ = {
        "BOT_DATABASE_URL": f"sqlite:///{folder / 'bot.sqlite'}",
        "BOT_PARTNERSHIP": str(folder / "partnership.toml"),
    }
    app = App(replace(read_settings(environ), data_folder=folder))
    slack = slack_service(app, Connection(BOT_TOKEN, APP_TOKEN, SECRET, api), lambda: NOW)
    door = slack.webhook()
    assert door is not None
    riders = {PATH: Rider(door, door.refusal), "/empty": _bolt(_empty()), "/sql": _bolt(_sql(folder / "bot.sqlite"))}
    server = Server(platforms(riders), listen("127.0.0.1:0"))
    server.start()
    ports.put(server.port)
    threading.Event().wait()


def _bare() -> AsyncApp:
    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=TEAM, bot_user_id="U0", bot_id="B0", bot_token="")

    return AsyncApp(signing_secret=SECRET, process_before_response=True, authorize=authorize)


def _empty() -> AsyncApp:
    app = _bare()

    async def nothing() -> None:
        return None

    app.command("/missing")(ack=_ack, lazy=[nothing])
    return app


def _sql(database: Path) -> AsyncApp:
    """Query the figures in hand-written SQL, and nothing else."""
    app, pool, kept = _bare(), ThreadPoolExecutor(8), threading.local()

    def work(url: str) -> None:
        if not hasattr(kept, "connection"):
            kept.connection = sqlite3.connect(database)
        found = by_hand(kept.connection)
        WebhookClient(url, retry_handlers=[]).send(text=f"{found} episodes", response_type="ephemeral")

    async def answer(body: dict[str, Any]) -> None:
        await asyncio.get_running_loop().run_in_executor(pool, work, body["response_url"])

    app.command("/missing")(ack=_ack, lazy=[answer])
    return app


async def _ack(ack: Any) -> None:
    await ack()


def _bolt(app: AsyncApp) -> Rider:
    async def ride(body: bytes, headers: Mapping[str, str]) -> tuple[int, dict[str, str], str]:
        request = AsyncBoltRequest(body=body.decode(), headers={k: [v] for k, v in headers.items()})
        found = await app.async_dispatch(request)
        return found.status, {}, found.body

    return Rider(ride)


# ---- Slack's side, and the clients -------------------------------------------------------------------


@dataclass
class Slack:
    """A Web API that accepts every call at once, and the addresses that answers go to."""

    origin: str = ""
    waiting: dict[str, asyncio.Future[float]] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: count(1))

    async def api(self, request: aio.Request) -> aio.Response:
        method = request.path.rsplit("/", 1)[-1]
        given = parse_qs((await request.read()).decode())
        user = given.get("user", [WHO])[0]
        answers: dict[str, dict[str, Any]] = {
            "auth.test": {"team_id": TEAM, "user_id": "U0THEBOT", "bot_id": "B0THEBOT"},
            "users.info": {"user": {"id": user, "team_id": TEAM}},
            "conversations.open": {"channel": {"id": DM}},
        }
        return aio.json_response({"ok": True, **answers.get(method, {})})

    async def hook(self, request: aio.Request) -> aio.Response:
        await request.read()
        found = self.waiting.pop(request.path, None)
        if found is not None and not found.done():
            found.set_result(time.perf_counter())
        return aio.Response(text="ok")

    def body(self, text: str, answer: str) -> str:
        return urlencode(
            {
                "team_id": TEAM,
                "channel_id": DM,
                "user_id": WHO,
                "command": "/missing",
                "text": text,
                "api_app_id": "A0THEAPP",
                "response_url": self.origin + answer,
                "trigger_id": f"{next(self.numbers)}.trigger",
            }
        )


@dataclass
class Took:
    """Milliseconds of each request, and requests a second."""

    acks: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    seconds: float = 0

    def line(self) -> str:
        rate = f"{len(self.acks) / self.seconds:7.0f}/s"
        return f"ack p50 {_at(self.acks, 50):7.2f} p99 {_at(self.acks, 99):7.2f} ms" + (
            f"   answer p50 {_at(self.answers, 50):7.2f} p99 {_at(self.answers, 99):7.2f} ms  {rate}"
            if self.answers
            else f"   {'':44}{rate}"
        )


def _at(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1] if len(values) > 1 else values[0]


async def ask(slack: Slack, http: aiohttp.ClientSession, url: str, text: str, took: Took, *, waits: bool) -> None:
    answer = f"/hook/{next(slack.numbers)}"
    future: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    if waits:
        slack.waiting[answer] = future
    body = slack.body(text, answer)
    headers = signed(body, time.time(), FORM)
    began = time.perf_counter()
    async with http.post(url, data=body, headers=headers) as response:
        await response.read()
        assert response.status == 200, response.status
    took.acks.append(1000 * (time.perf_counter() - began))
    if waits:
        took.answers.append(1000 * (await asyncio.wait_for(future, 120) - began))


async def load(each: Callable[[Took], Awaitable[None]], at_once: int, requests: int) -> Took:
    """Send requests from so many clients, each beginning its next at the answer."""
    took, left = Took(), iter(range(requests))

    async def one() -> None:
        for _ in left:
            await each(took)

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(at_once)))
    took.seconds = time.perf_counter() - began
    return took


async def measured(slack: Slack, port: int, ref: str, requests: int, rounds: int) -> None:
    ways = {"empty": ("/empty", "", False), "sql": ("/sql", "stats north 2017-H1", True)}
    ways |= {"stats": (PATH, "stats north 2017-H1", True), "child": (PATH, f"child {ref}", True)}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:

        def way(name: str) -> Callable[[Took], Awaitable[None]]:
            path, text, waits = ways[name]
            return lambda took: ask(slack, http, f"http://127.0.0.1:{port}{path}", text, took, waits=waits)

        for name in ways:
            await load(way(name), 4, 20)  # warm
        for at_once in (1, 10, 100):
            sums = {name: Took() for name in ways}
            for _ in range(rounds):
                for name, total in sums.items():
                    took = await load(way(name), at_once, max(requests // rounds, at_once))
                    total.acks += took.acks
                    total.answers += took.answers
                    total.seconds += took.seconds
            print(f" {at_once} at once")
            for name, total in sums.items():
                print(f"   {name:6} {total.line()}")
            print("   ratios " + _ratios(sums), flush=True)


def _ratios(sums: Mapping[str, Took]) -> str:
    ack, floor = _at(sums["stats"].acks, 50), _at(sums["empty"].acks, 50)
    answer, sql = _at(sums["stats"].answers, 50), _at(sums["sql"].answers, 50)
    child = _at(sums["child"].answers, 50)
    return (
        f"ack {ack / floor:.2f} of empty; stats {answer / sql:.2f} of sql ({answer - 1.3 * sql:+.2f} ms beside "
        f"1.3 x sql); child {child / sql:.2f} of sql"
    )


async def under_load(slack: Slack, port: int, requests: int) -> None:
    """Time acknowledgements while two people ask for the whole county's figures without a pause."""
    url = f"http://127.0.0.1:{port}{PATH}"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        heavy = [asyncio.ensure_future(_again(slack, http, url)) for _ in range(2)]
        took = await load(lambda t: ask(slack, http, url, "help", t, waits=False), 1, requests)
        for each in heavy:
            each.cancel()
    print(f" acknowledgements while heavy answers are made: {took.line()}")


async def _again(slack: Slack, http: aiohttp.ClientSession, url: str) -> None:
    while True:
        await ask(slack, http, url, "concentration all 2017-H1", Took(), waits=True)


async def run(folder: Path, ref: str, requests: int, rounds: int) -> None:
    os.sched_setaffinity(0, {1} if (os.cpu_count() or 1) > 1 else {0})
    slack = Slack()
    app = aio.Application()
    app.router.add_route("*", "/api/{method}", slack.api)
    app.router.add_route("POST", "/hook/{number}", slack.hook)
    runner = aio.AppRunner(app, access_log=None)
    await runner.setup()
    site = aio.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    slack.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    context = multiprocessing.get_context("spawn")
    ports = context.Queue()
    server = context.Process(target=serve, args=(folder, slack.origin + "/api/", ports), daemon=True)
    server.start()
    try:
        port = await asyncio.get_running_loop().run_in_executor(None, ports.get)
        await measured(slack, port, ref, requests, rounds)
        await under_load(slack, port, requests)
    finally:
        server.terminate()
        server.join(10)
        await runner.cleanup()


def prepare(folder: Path, past: int) -> str:
    """Make a database with the practice exports, or so many past episodes; return a northern child's reference."""
    partnership_file(folder)
    url = f"sqlite:///{folder / 'bot.sqlite'}"
    environ = {"BOT_DATABASE_URL": url, "BOT_PARTNERSHIP": str(folder / "partnership.toml")}
    with closing(App(replace(read_settings(environ), data_folder=folder))) as app:
        if past:
            assert app.database  # first, so that its people have their accounts
            with job_scene(url) as bot:
                fill(bot, past)
        else:
            files = practice.write_exports(folder)
            for source, taken in (
                ("children", practice.CHILDREN_TAKEN_AT),
                ("police", practice.POLICE_TAKEN_AT),
                ("interviews", practice.INTERVIEWS_TAKEN_AT),
            ):
                app.load(source, files[source], taken)
        with reading(app.database) as connection:
            found = connection.exec_driver_sql(
                "SELECT c.ref FROM child c JOIN episode e ON e.child_id = c.id WHERE e.area = 'north' "
                "ORDER BY e.start_at DESC LIMIT 1"
            )
            return str(found.scalar_one())


def check(folder: Path, ref: str) -> None:
    """Check the answers: refusals would be quick and measure nothing."""
    environ = {
        "BOT_DATABASE_URL": f"sqlite:///{folder / 'bot.sqlite'}",
        "BOT_PARTNERSHIP": str(folder / "partnership.toml"),
    }
    with closing(App(replace(read_settings(environ), data_folder=folder))) as app:
        counter = slack_service(
            app, Connection(BOT_TOKEN, APP_TOKEN, SECRET, "https://slack.com/api/"), lambda: NOW
        ).gateway
        for text in ("stats north 2017-H1", f"child {ref}"):
            answer = counter.ask(Caller(WHO, "member", text, DM), text)
            assert answer is not None
            assert answer.reply.status == "ok", answer.reply


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--past", nargs="+", type=int, default=[0])
    parser.add_argument("--requests", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    for past in given.past:
        with tempfile.TemporaryDirectory() as name:
            ref = prepare(Path(name), past)
            check(Path(name), ref)
            print(f"{past:,} past episodes" if past else "the practice exports", flush=True)
            asyncio.run(run(Path(name), ref, given.requests, given.rounds))


if __name__ == "__main__":
    main()
