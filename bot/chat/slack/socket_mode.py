"""Slack over Socket Mode: the bot opens the connection, so that it needs no public address."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.slack.credentials import Connection
from bot.chat.slack.web_api import quiet
from bot.logs.setup import log, unexpected

PING_SECONDS = 10.0


class _Handler(AsyncSocketModeHandler):
    """Acknowledge each payload on its own: a form that waits holds up no command."""

    def __init__(self, app: AsyncApp, acked: Callable[[float], None], **given: Any) -> None:
        super().__init__(app, **given)
        self._acked = acked
        self._kept: set[asyncio.Future[None]] = set()

    async def handle(self, client: Any, req: SocketModeRequest) -> None:
        task = asyncio.ensure_future(self._timed(client, req))
        self._kept.add(task)
        task.add_done_callback(self._kept.discard)

    async def _timed(self, client: Any, req: SocketModeRequest) -> None:
        began = time.perf_counter()
        try:
            await super().handle(client, req)
        except Exception as fault:  # the connection went away: Slack hands the payload in again
            unexpected(fault)
            return
        self._acked(time.perf_counter() - began)


@dataclass
class Socket:
    """A thread with a loop of its own. `app` is made in it.

    `connections` is how many Slack says are open for this app's token: more than there are replicas (`expected`)
    means that another process takes part of what comes in. After a restart the old connection may still be counted,
    so that a larger number is believed only when a new connection is greeted with it again.
    """

    connection: Connection
    app: Callable[[], AsyncApp]
    acked: Callable[[float], None] = lambda seconds: None
    expected: Callable[[], int] = lambda: 1
    recount_seconds: float = 120.0
    connections: int = 0
    _suspected_at: float | None = None  # when a greeting counted more than there should be
    _recounting: bool = False  # whether the next greeting decides
    _connected: bool = False
    _handler: _Handler | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    _stop: asyncio.Event | None = None
    _begun: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Start the thread and return at once: Slack may be away, and is called until it answers."""
        self._thread = threading.Thread(target=self._run, name="slack socket", daemon=True)
        self._thread.start()
        self._begun.wait(10)

    def stop(self, seconds: float = 10) -> bool:
        """Take no more payloads; return True if the thread ended in time."""
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(seconds)
        return not self._thread.is_alive()

    @property
    def is_connected(self) -> bool:
        """True if the connection was open at the last check, about a second ago."""
        return self._connected and self._thread.is_alive()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as fault:
            unexpected(fault)
        finally:
            self._connected = False
            self._begun.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        app = self.app()
        token, url = self.connection.app_token, self.connection.api_url
        web = AsyncWebClient(token, base_url=url, retry_handlers=[], logger=quiet())
        handler = _Handler(app, self.acked, app_token=token, web_client=web, ping_interval=PING_SECONDS, logger=quiet())
        client: Any = handler.client
        client.message_listeners.append(self._greeted)
        self._begun.set()
        connecting = asyncio.ensure_future(client.connect())
        try:
            while not self._stop.is_set():
                now = bool(await client.is_connected())
                if now != self._connected:
                    log("slack socket", connected=now)
                self._connected = now
                since = self._suspected_at
                if since is not None and not self._recounting and time.monotonic() - since > self.recount_seconds:
                    self._recounting = True
                    await client.connect_to_new_endpoint(force=True)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), 1.0)
        finally:
            connecting.cancel()
            await client.close()

    async def _greeted(self, _client: Any, message: dict[str, Any], _raw: str | None) -> None:
        """Read the number of connections from a greeting.

        A number above the expected is believed when it comes a second time, or was believed before.
        """
        if message.get("type") != "hello":
            return
        connections = int(message.get("num_connections") or 1)
        crowded = connections > self.expected()
        if crowded and not self._recounting and self.connections <= self.expected():
            self._suspected_at = time.monotonic()
            return
        self.connections, self._suspected_at, self._recounting = connections, None, False
