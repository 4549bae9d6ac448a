"""A stand-in of GOV.UK Notify's API on loopback: it checks the token, keeps texts, and has the faults of a provider."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bot.chat.sms import Numbers, Sms, notify

SERVICE, SECRET = "26785a09-ab16-4eb0-8407-a37497a57506", "3d844edf-8d35-48ac-975b-e847b4f122b0"
KEY = f"call_key-{SERVICE}-{SECRET}"
TEMPLATE = "f33517ff-2a88-4f6e-b855-c550268ce08a"


@dataclass
class Provider:
    """`faults` are those of the next requests, one each; then all is well. `taken` are the texts accepted."""

    url: str = ""
    faults: list[str] = field(default_factory=list)
    always: str = ""  # the fault of every request
    taken: list[dict[str, Any]] = field(default_factory=list)
    status: str = "delivered"
    body: str = "((text))"
    requests: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def sms(self, numbers: Path, timeout: float = 5.0) -> Sms:
        """Return the platform under test, with Notify's own client."""
        read = Numbers(numbers, lambda file: file.read_text(encoding="utf-8"))
        return Sms(notify(KEY, self.url, timeout / 2), read, TEMPLATE, timeout)


class _Handler(BaseHTTPRequestHandler):
    @property
    def found(self) -> Provider:
        return self.server.found  # type: ignore[attr-defined,no-any-return]

    def log_message(self, format: str, *args: object) -> None:
        """Write nothing."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        given = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.found.requests.append(f"{self.command} {self.path}")
        fault = self.found.always or (self.found.faults.pop(0) if self.found.faults else "")
        if fault == "slow":
            self.found.stopped.wait(5)
        if fault in ("reset", "slow"):
            self._cut()
            return
        if fault == "dribble":
            self._dribble()
            return
        if fault.isdigit():
            self._say(int(fault), {"status_code": int(fault), "errors": [{"error": "E", "message": "Canary"}]})
            return
        if fault == "garbage":
            self._say(200, "<html>Canary</html>")
            return
        if not self._signed():
            self._say(403, {"errors": [{"error": "AuthError", "message": "Invalid token"}]})
            return
        self._accept(given, fault)

    def _accept(self, given: bytes, fault: str) -> None:
        asked = urlsplit(self.path)
        if self.command == "POST":
            text = json.loads(given)
            self.found.taken.append(text)
            if fault == "taken":  # accepted, and the answer is lost
                self._cut()
            else:
                self._say(201, {"id": f"n{len(self.found.taken)}", "reference": text.get("reference")})
        elif asked.path.startswith("/v2/template/"):
            self._say(200, {"id": TEMPLATE, "body": self.found.body})
        else:
            (wanted,) = parse_qs(asked.query)["reference"]
            there = [n for n, text in enumerate(self.found.taken, 1) if text.get("reference") == wanted]
            rows = [{"id": f"n{n}", "status": self.found.status, "reference": wanted} for n in reversed(there)]
            self._say(200, {"notifications": rows, "links": {}})

    def _signed(self) -> bool:
        head, _, signature = self.headers["Authorization"].removeprefix("Bearer ").rpartition(".")
        made = hmac.new(SECRET.encode(), head.encode(), hashlib.sha256).digest()
        claims = json.loads(base64.urlsafe_b64decode(head.partition(".")[2] + "=="))
        return (
            hmac.compare_digest(base64.urlsafe_b64encode(made).rstrip(b"=").decode(), signature)
            and claims["iss"] == SERVICE
            and abs(claims["iat"] - time.time()) < 30
        )

    def _say(self, status: int, body: object) -> None:
        text = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _dribble(self) -> None:
        with suppress(OSError):
            self.wfile.write(b"HTTP/1.1 201 Created\r\nContent-Length: 900\r\n\r\n{")
            while not self.found.stopped.wait(0.1):
                self.wfile.write(b" ")

    def _cut(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


class _Server(ThreadingHTTPServer):
    found: Provider

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that went away."""


@contextmanager
def provider() -> Iterator[Provider]:
    found = Provider()
    server = _Server(("127.0.0.1", 0), _Handler)
    server.found = found
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()
