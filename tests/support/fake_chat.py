"""A chat platform on loopback that behaves as platforms do on a bad day, and a plain client for it.

Every accepted message is kept with its marker, whatever its sender was told, and counted.
"""

from __future__ import annotations

import http.client
import json
import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bot.conversation.outbound import CannotTell, Later, Message, Outcome, PostRefused, Sent, Unknown
from bot.rules.access.channel_privacy import Destination

#: Fates of a post: whether it is accepted, and the sender's view of it.
FATES = ("ok", "429", "500 accepted", "500", "slow accepted", "slow", "reset accepted", "reset", "seen late")
#: Most posts succeed; any fate may happen to the others.
BAD_DAY = ("ok", "ok", "ok", "ok", *FATES[1:])


@dataclass
class Chat:
    """Messages of the platform in order of acceptance, each visible from a moment on."""

    fates: Sequence[str] = ("ok",)
    seed: int = 1
    slow_seconds: float = 0.6
    late_seconds: float = 0.25
    retry_after: float = 0.1
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    posts: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)

    def fate(self) -> str:
        with self.lock:
            self.posts += 1
            return self._dice.choice(list(self.fates))

    def accept(self, given: dict[str, Any], late: float = 0) -> str:
        with self.lock:
            number = f"{len(self.messages) + 1:06d}"
            self.messages[number] = given | {"visible": time.monotonic() + late, "deleted": False}
            return number

    def find(self, destination: str, marker: str) -> list[str]:
        with self.lock:
            now = time.monotonic()
            found = {n: m for n, m in self.messages.items() if m["marker"] == marker and not m["deleted"]}
            return [n for n, m in found.items() if m["destination"] == destination and m["visible"] <= now]

    def delete(self, number: str) -> None:
        with self.lock:
            self.messages[number]["deleted"] = True

    def copies(self) -> dict[str, int]:
        """Count the messages of each marker that were not deleted."""
        with self.lock:
            found: dict[str, int] = {}
            for m in self.messages.values():
                found[m["marker"]] = found.get(m["marker"], 0) + (not m["deleted"])
            return found


@contextmanager
def serving(chat: Chat) -> Iterator[int]:
    """Yield the port of a server on loopback that runs as long as the block."""

    class Handler(_Handler):
        platform = chat

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    platform: Chat
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: requests would fill the output of tests."""

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            self.close_connection = True  # the client was killed

    def do_POST(self) -> None:
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/find":
            self._answer(200, {"found": self.platform.find(given["destination"], given["marker"])})
        elif self.path == "/delete":
            self.platform.delete(given["number"])
            self._answer(200, {})
        elif self.path == "/update":
            self._answer(200, {"number": given["number"]})
        else:
            self._post(given, self.platform.fate())

    def _post(self, given: dict[str, Any], fate: str) -> None:
        chat = self.platform
        accepted = fate in ("ok", "seen late") or fate.endswith("accepted")
        number = chat.accept(given, chat.late_seconds if fate == "seen late" else 0) if accepted else ""
        if fate == "ok":
            self._answer(200, {"number": number})
        elif fate == "429":
            self._answer(429, {"retry_after": chat.retry_after})
        elif fate.startswith("500"):
            self._answer(500, {})
        elif fate.startswith("refuse "):
            self._answer(400, {"code": fate.removeprefix("refuse ")})
        elif fate.startswith("reset"):
            self._reset()
        else:  # slow, or accepted and seen late: no answer in time
            time.sleep(chat.slow_seconds)
            self._reset()

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


A_CHANNEL = Destination("channel", 1, True, False, (True,))


@dataclass(frozen=True)
class ChatClient:
    """The adapter: one call each, without retries. `step` is called at each point of a call."""

    port: int
    timeout: float = 0.4
    can_tell: bool = True
    repeat_harmless: bool = False
    name: str = "offline"
    step: Callable[[str], None] = lambda name: None
    destination: Destination = A_CHANNEL

    def describe(self, destination: str) -> Destination:
        return self.destination

    def post(self, destination: str, message: Message) -> Outcome:
        try:
            status, body = self._call("/post", {"destination": destination, "marker": message.marker})
        except (OSError, http.client.HTTPException) as fault:
            return Unknown(type(fault).__name__)
        if status == 429:
            return Later(body["retry_after"])
        if status == 400:
            return PostRefused(body["code"])
        return Sent(body["number"]) if status == 200 else Unknown(str(status))

    def find(self, destination: str, marker: str, since: datetime, thread: str | None = None) -> Sequence[str]:
        if not self.can_tell:
            raise CannotTell
        try:
            found: Sequence[str] = self._call("/find", {"destination": destination, "marker": marker})[1]["found"]
        except (OSError, http.client.HTTPException) as fault:
            raise CannotTell from fault
        return found

    def markers(self, destination: str, since: datetime) -> Sequence[str]:
        raise CannotTell

    def update(self, destination: str, message_id: str, message: Message) -> Outcome:
        self._call("/update", {"number": message_id})
        return Sent(message_id)

    def delete(self, destination: str, message_id: str) -> Outcome:
        self._call("/delete", {"number": message_id})
        return Sent(message_id)

    def _call(self, path: str, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        try:
            connection.connect()
            self.step("connected")
            connection.request("POST", path, json.dumps(given), {"Content-Type": "application/json"})
            self.step("request sent")
            answer = connection.getresponse()
            body: dict[str, Any] = json.loads(answer.read() or b"{}")
            self.step("answered")
            return answer.status, body
        finally:
            connection.close()
