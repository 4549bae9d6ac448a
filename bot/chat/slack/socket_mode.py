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
#: A client that is not connected for so long is replaced by a new one.
NOT_CONNECTED_SECONDS = 120.0
#: The pause before a loop that ended begins anew.
AGAIN_SECONDS = 1.0


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
    _loop: asyncio.AbstractEventLoop | None = None
    _stop: asyncio.Event | None = None
    _thread: threading.Thread | None = None
    _over: threading.Event = field(default_factory=threading.Event)
    _begun: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Start the thread and return soon: Slack may be away, and is called until it answers."""
        self.start_anew()
        self._begun.wait(10)

    def start_anew(self) -> None:
        """Start a thread with a loop of its own. One of before that is stuck ends as soon as it is free."""
        self._connected = False
        self._thread = threading.Thread(target=self._run, name="slack socket", daemon=True)
        self._thread.start()

    def stop(self, seconds: float = 10) -> bool:
        """Take no more payloads; return True if the thread ended in time."""
        self._over.set()
        if self._thread is None:
            return True
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            with suppress(RuntimeError):  # the loop ended just now
                self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(seconds)
        return not self._thread.is_alive()

    @property
    def lives(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop, to be looked at."""
        return self._loop

    @property
    def is_connected(self) -> bool:
        """True if the connection was open at the last check, about a second ago."""
        return self._connected and self.lives

    @property
    def _goes_on(self) -> bool:
        """False once the socket is stopped, and for a thread that was replaced."""
        return not self._over.is_set() and threading.current_thread() is self._thread

    def _run(self) -> None:
        while self._goes_on:
            try:
                asyncio.run(self._serve())
            except Exception as fault:
                unexpected(fault)
            self._begun.set()
            if threading.current_thread() is self._thread:
                self._connected = False
            self._over.wait(AGAIN_SECONDS)

    async def _serve(self) -> None:
        stop = asyncio.Event()
        self._loop, self._stop = asyncio.get_running_loop(), stop
        app = self.app()
        token, url = self.connection.app_token, self.connection.api_url
        web = AsyncWebClient(token, base_url=url, retry_handlers=[], logger=quiet())
        handler = _Handler(app, self.acked, app_token=token, web_client=web, ping_interval=PING_SECONDS, logger=quiet())
        client: Any = handler.client
        client.message_listeners.append(self._greeted)
        self._begun.set()
        connecting = asyncio.ensure_future(client.connect())
        connected_at = time.monotonic()
        try:
            while not stop.is_set() and self._goes_on:
                now = bool(await client.is_connected())
                if now != self._connected:
                    log("slack socket", connected=now)
                self._connected = now
                if now:
                    connected_at = time.monotonic()
                elif time.monotonic() - connected_at > NOT_CONNECTED_SECONDS:
                    log("slack socket is opened by a new client")
                    return
                since = self._suspected_at
                if since is not None and not self._recounting and time.monotonic() - since > self.recount_seconds:
                    self._recounting = True
                    await client.connect_to_new_endpoint(force=True)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), 1.0)
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
