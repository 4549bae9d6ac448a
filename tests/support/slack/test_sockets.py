"""Socket Mode on loopback holds Slack's own client: hello, acks, reconnection, refusal."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk import WebClient
from slack_sdk.web.async_client import AsyncWebClient

from tests.support.slack import events, payloads, sockets
from tests.support.slack.people import PRIVATE, SAM
from tests.support.slack.sockets import Sockets
from tests.support.slack.web_api import Served
from tests.support.slack.workspace import APP_TOKEN, BOT_TOKEN, Workspace


@pytest.fixture
def slack(workspace: Workspace, served: Served) -> Iterator[Sockets]:
    with sockets.serving(workspace) as there:
        yield there


@asynccontextmanager
async def connected(served: Served, heard: list[str], ping: float = 5) -> AsyncIterator[AsyncSocketModeHandler]:
    """Yield a Bolt app on a socket that answers commands with a text."""
    client = AsyncWebClient(BOT_TOKEN, base_url=served.api_url)
    app = AsyncApp(client=client, process_before_response=True, logger=logging.getLogger("tests.quiet"))

    @app.command("/missing")
    async def answer(ack: Any, body: dict[str, Any]) -> None:
        heard.append(body["text"])
        await ack("Only you see this")

    @app.event("app_mention")
    async def hear(body: dict[str, Any]) -> None:
        heard.append(body["event"]["text"])

    web = AsyncWebClient(APP_TOKEN, base_url=served.api_url)
    handler = AsyncSocketModeHandler(app, APP_TOKEN, web_client=web, ping_interval=ping)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    try:
        yield handler
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


def with_app(served: Served, scene: Callable[..., Awaitable[None]], heard: list[str], ping: float = 5) -> None:
    async def run() -> None:
        async with connected(served, heard, ping):
            await scene()

    asyncio.run(run())


def test_what_slack_sends_is_heard_and_acknowledged(served: Served, slack: Sockets, workspace: Workspace) -> None:
    heard: list[str] = []
    channel = workspace.channels[PRIVATE]

    async def scene() -> None:
        command = payloads.slash(workspace, SAM, channel, "today")
        assert await asyncio.to_thread(slack.ask, command) == {"text": "Only you see this"}
        assert await asyncio.to_thread(slack.ask, events.app_mention(workspace, SAM, channel, "help")) == {}

    with_app(served, scene, heard)
    assert heard == ["today", "<@U0THEBOT> help"]
    slack.wait_until_closed()


@pytest.mark.parametrize("end", ["drop", "close", "disconnect"])
def test_a_connection_that_ends_is_made_again(served: Served, slack: Sockets, workspace: Workspace, end: str) -> None:
    heard: list[str] = []

    async def scene() -> None:
        await asyncio.to_thread(slack.wait_for, 1)
        await asyncio.to_thread(getattr(slack, end))
        await asyncio.to_thread(slack.wait_until_met, 2)
        command = payloads.slash(workspace, SAM, workspace.channels[PRIVATE], "today")
        assert await asyncio.to_thread(slack.ask, command) == {"text": "Only you see this"}

    with_app(served, scene, heard, ping=0.1)
    assert heard == ["today"]


def test_a_dead_connection_is_noticed(served: Served, slack: Sockets) -> None:
    async def scene() -> None:
        await asyncio.to_thread(slack.wait_for, 1)
        await asyncio.to_thread(slack.ping)
        slack.silent = True
        await asyncio.to_thread(slack.wait_until_met, 2)
        slack.silent = False

    with_app(served, scene, [], ping=0.1)
    assert slack.met >= 2


def test_an_envelope_nobody_acknowledges(served: Served, slack: Sockets, workspace: Workspace) -> None:
    async def scene() -> None:
        command = payloads.slash(workspace, SAM, workspace.channels[PRIVATE], "today", command="/another")
        with pytest.raises(TimeoutError):
            await asyncio.to_thread(slack.ask, command, 0.1)

    with_app(served, scene, [])
    assert slack.acks == {}


def test_hello_tickets_and_too_many(served: Served, slack: Sockets, workspace: Workspace) -> None:
    slack.num_connections = 7

    async def run() -> None:
        async with aiohttp.ClientSession() as session:
            urls = [await _url(served) for _ in range(sockets.MOST_CONNECTIONS + 1)]
            open_now = [await session.ws_connect(url) for url in urls]
            told = [await one.receive_json() for one in open_now]
            assert [one["type"] for one in told] == ["hello"] * sockets.MOST_CONNECTIONS + ["disconnect"]
            assert told[0]["num_connections"] == 7
            assert told[-1]["reason"] == "too_many_websockets"
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await session.ws_connect(urls[0])
            for one in open_now:
                await one.close()

    asyncio.run(run())


async def _url(served: Served) -> str:
    client = WebClient(APP_TOKEN, base_url=served.api_url)
    return str((await asyncio.to_thread(client.apps_connections_open, app_token=APP_TOKEN))["url"])


def test_only_an_app_token_opens_a_socket(client: WebClient, slack: Sockets, refused: Callable[..., str]) -> None:
    assert refused(client.apps_connections_open, app_token=BOT_TOKEN) == "not_allowed_token_type"
