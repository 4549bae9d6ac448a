"""The HTTP server. Its socket is bound before anything starts; signals are handled by the program, not by the
server.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import threading

import uvicorn
from fastapi import FastAPI

from bot.server.http.limits import BACKLOG, KEEP_ALIVE_SECONDS, LimitedProtocol

#: Where platforms call in, and where health and metrics are read.
BIND, HEALTH_BIND = "127.0.0.1:8080", "127.0.0.1:8081"
#: A thread that computes may delay an acknowledgement no longer than this (Python's default is 5 ms).
SWITCH_SECONDS = 0.0005


class AddressUnusable(ValueError):
    """The address to listen at cannot be used; the text gives the reason."""


def listen(at: str, name: str = "BOT_BIND", usual: str = BIND) -> socket.socket:
    """Bind a socket to HOST:PORT; an IPv6 address is in brackets. Port 0 is any free one.

    `name` is the setting that has the address, and `usual` an example of one.
    """
    host, colon, port = at.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:
        raise AddressUnusable(f"{name} must be a host and a port, such as {usual}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, int(port)), family=family)
    except OSError as fault:
        raise AddressUnusable(f"{name}: cannot listen at {host} port {port}: {fault.strerror or fault}") from fault


class _Uvicorn(uvicorn.Server):
    """uvicorn's server, with its event loop to be looked at."""

    loop: asyncio.AbstractEventLoop | None = None

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        self.loop = asyncio.get_running_loop()
        await super().serve(sockets)


class Server:
    """Serve from a thread of its own until stopped."""

    def __init__(self, app: FastAPI, at: socket.socket) -> None:
        self._socket = at
        # No access log: an address may hold data of a platform. Errors go through our own chain of logging.
        config = uvicorn.Config(
            app,
            http=LimitedProtocol,
            ws="none",
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=5,
        )
        self._server = _Uvicorn(config)
        self._thread = threading.Thread(target=self._run, name="server", daemon=True)

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        return self._server.loop

    @property
    def lives(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        sys.setswitchinterval(SWITCH_SECONDS)
        self._thread.start()

    def close(self) -> None:
        """Give the address back without having served."""
        self._socket.close()

    def stop(self, seconds: float = 10) -> bool:
        self._server.should_exit = True
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        with self._socket:
            self._server.run(sockets=[self._socket])
