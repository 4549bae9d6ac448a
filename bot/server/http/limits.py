"""Limits of the connections of one server: their number, and the time that a client has for its request.

uvicorn limits neither the time of a request's headers and body nor the number of connections that have sent no
request, so a few thousand half requests would take every descriptor of the process.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.logs.setup import log

#: Open connections of a server. Platforms have a handful open, a proxy a few dozen.
MOST = 200
#: Connections that are accepted in one go, before the oldest of the others are closed.
BACKLOG = 64
#: Seconds for all the headers, from the connection or from the answer before.
HEAD_SECONDS = 10.0
#: Seconds for the whole body, from the last header.
BODY_SECONDS = 10.0
#: Seconds without a byte between two requests.
KEEP_ALIVE_SECONDS = 5
_SAY_EVERY = 60.0


class LimitedProtocol(H11Protocol):
    """uvicorn's protocol, which closes slow requests and never has more than MOST connections open.

    A connection beyond MOST takes the place of the one that has kept the server waiting longest: whoever sends half
    requests closes their own, and a request that comes whole is answered. Only while MOST requests are being answered
    is a new connection refused.
    """

    _said = float("-inf")

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._timer: asyncio.TimerHandle | None = None
        self._timed: tuple[float, object] | None = None
        self._time()
        if len(self.connections) > MOST:
            self._make_room()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._time()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._time()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._timer:
            self._timer.cancel()

    def _allowed(self) -> float | None:
        """Return the seconds for what the client is to send next; None while its request is being answered."""
        if self.cycle is None or self.cycle.response_complete:
            return HEAD_SECONDS
        return BODY_SECONDS if self.cycle.more_body else None

    def _time(self) -> None:
        """Start the time for the headers, or the body, once for each: more bytes give no more time."""
        seconds = self._allowed()
        timed = (seconds, self.cycle) if seconds else None
        if timed == self._timed:
            return
        if self._timer:
            self._timer.cancel()
        self._timed, self._since = timed, self.loop.time()
        self._timer = self.loop.call_later(seconds, self._close) if seconds else None

    def _make_room(self) -> None:
        others = [each for each in self.connections if isinstance(each, LimitedProtocol) and each is not self]
        waiting = [each for each in others if each._allowed() is not None]
        min(waiting, key=lambda each: each._since, default=self)._close()
        now = self.loop.time()
        if now > LimitedProtocol._said + _SAY_EVERY:
            LimitedProtocol._said = now
            log("too many connections: the oldest half requests are closed", most=MOST)

    def _close(self) -> None:
        """Close at once, even where the client does not take its answer. The place is free before the loop goes on."""
        self.connections.discard(self)
        self.transport.abort()
