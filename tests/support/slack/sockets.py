"""Slack's side of Socket Mode on loopback: it sends envelopes to one of the open connections and keeps the acks."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import Any

from aiohttp import WSMsgType, web

from tests.support.slack.payloads import Request
from tests.support.slack.workspace import Workspace

#: Slack's limit of connections of one app.
MOST_CONNECTIONS = 10
PATIENCE = 5.0
Ack = dict[str, Any]


class Sockets:
    """The connections that apps have open; every method may be called from a test's own thread."""

    def __init__(self, workspace: Workspace, loop: asyncio.AbstractEventLoop) -> None:
        self.workspace = workspace
        #: The count in hello; Slack counts all connections of the app, wherever they end.
        self.num_connections: int | None = None
        #: Connected but dead: pings are not answered, and nothing is read.
        self.silent = False
        self.acks: dict[str, Ack] = {}
        self.connections: list[web.WebSocketResponse] = []
        #: Connections since the beginning.
        self.met = 0
        self._loop = loop
        self._changed = threading.Condition()
        self._turn = 0
        self._transports: dict[int, asyncio.Transport] = {}

    def send(self, request: Request, envelope_id: str | None = None, retry: int = 0) -> str:
        """Send an envelope to the next connection in turn; return its id."""
        envelope_id = envelope_id or f"envelope-{self.workspace.number()}"
        self._turn += 1
        self.wait_for(1)
        to = self.connections[self._turn % len(self.connections)]
        self._run(to.send_str(json.dumps(request.envelope(envelope_id, retry))))
        return envelope_id

    def ask(self, request: Request, patience: float = PATIENCE) -> Ack:
        """Send an envelope; return the answer, {} for a bare ack."""
        return self.ack(self.send(request), patience)

    def ack(self, envelope_id: str, patience: float = PATIENCE) -> Ack:
        """Return the payload of an envelope's acknowledgement; TimeoutError without one."""
        self._wait(lambda: envelope_id in self.acks, patience, f"no ack of {envelope_id}")
        return dict(self.acks[envelope_id].get("payload") or {})

    def wait_for(self, connections: int, patience: float = PATIENCE) -> None:
        """Wait until so many connections are open."""
        self._wait(lambda: len(self.connections) >= connections, patience, f"no {connections} connections")

    def wait_until_met(self, connections: int, patience: float = PATIENCE) -> None:
        """Wait until so many were opened since the beginning, so that a client has reconnected."""
        self._wait(lambda: self.met >= connections, patience, f"{self.met} connections, not {connections}")

    def wait_until_closed(self, patience: float = PATIENCE) -> None:
        """Wait until no connection is open any more; the end of a client is noticed a moment later."""
        self._wait(lambda: not self.connections, patience, f"{len(self.connections)} connections left")

    def disconnect(self, reason: str = "refresh_requested") -> None:
        """Announce a disconnection: "warning", "refresh_requested", "link_disabled", "too_many_websockets"."""
        for one in list(self.connections):
            self._run(one.send_str(json.dumps(_goodbye(reason))))

    def drop(self) -> None:
        """Break every connection without a close frame."""
        for one in list(self._transports.values()):
            self._loop.call_soon_threadsafe(one.abort)

    def close(self) -> None:
        """Close every connection properly."""
        for one in list(self.connections):
            self._run(one.close())

    def ping(self) -> None:
        for one in list(self.connections):
            self._run(one.ping(b"Ping from invented Slack"))

    def _run(self, coroutine: Any) -> None:
        future: Future[Any] = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        with suppress(ConnectionError):  # the connection broke meanwhile
            future.result(PATIENCE)

    def _wait(self, until: Callable[[], bool], patience: float, otherwise: str) -> None:
        with self._changed:
            if not self._changed.wait_for(until, patience):
                raise TimeoutError(otherwise)

    async def _accept(self, request: web.Request) -> web.WebSocketResponse:
        """Accept a connection with an unused ticket: hello, then acks until it ends."""
        tickets = self.workspace.tickets
        if request.query.get("ticket") not in tickets:
            raise web.HTTPForbidden
        tickets.discard(request.query["ticket"])
        connection = web.WebSocketResponse(autoping=False)
        await connection.prepare(request)
        if len(self.connections) >= MOST_CONNECTIONS:
            await connection.send_str(json.dumps(_goodbye("too_many_websockets")))
            await connection.close()
            return connection
        if isinstance(request.transport, asyncio.Transport):
            self._transports[id(connection)] = request.transport
        self._set(lambda: self.connections.append(connection), met=1)
        try:
            count = self.num_connections or len(self.connections)
            await connection.send_str(json.dumps(_hello(self.workspace.app_id, count)))
            await self._listen(connection)
        finally:
            self._transports.pop(id(connection), None)
            self._set(lambda: self.connections.remove(connection))
        return connection

    async def _listen(self, connection: web.WebSocketResponse) -> None:
        async for message in connection:
            if self.silent:
                continue
            if message.type == WSMsgType.PING:
                await connection.pong(message.data)
            elif message.type == WSMsgType.TEXT:
                ack = json.loads(message.data)
                self._set(lambda ack=ack: self.acks.update({ack["envelope_id"]: ack}))  # type: ignore[misc]

    def _set(self, change: Callable[[], object], met: int = 0) -> None:
        with self._changed:
            change()
            self.met += met
            self._changed.notify_all()


@contextmanager
def serving(workspace: Workspace) -> Iterator[Sockets]:
    """Serve the workspace's Socket Mode for the length of the block; apps.connections.open gives its address."""
    loop = asyncio.new_event_loop()
    sockets = Sockets(workspace, loop)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> tuple[web.AppRunner, int]:
        app = web.Application()
        app.router.add_get("/link", sockets._accept)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return runner, int(runner.addresses[0][1])

    try:
        runner, port = asyncio.run_coroutine_threadsafe(start(), loop).result(PATIENCE)
        workspace.socket_url = f"ws://127.0.0.1:{port}/link"
        try:
            yield sockets
        finally:
            workspace.socket_url = None
            sockets.drop()
            asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(PATIENCE)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _hello(app_id: str, count: int) -> dict[str, Any]:
    debug = {"host": "applink-invented", "approximate_connection_time": 18060}
    return {"type": "hello", "num_connections": count, "debug_info": debug, "connection_info": {"app_id": app_id}}


def _goodbye(reason: str) -> dict[str, Any]:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-invented"}}
