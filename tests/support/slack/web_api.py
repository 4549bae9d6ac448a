"""Slack's Web API on loopback: it accepts and refuses as Slack does, and has Slack's bad days.

Whatever the answer to the caller, the workspace keeps accepted messages, and tests count those.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.support.slack import (
    chat_methods,
    conversation_methods,
    file_methods,
    own_methods,
    response_urls,
    view_methods,
)
from tests.support.slack.fates import accepted
from tests.support.slack.refusals import No, need_method_scope
from tests.support.slack.workspace import Call, Message, Workspace

METHODS = {
    **own_methods.METHODS,
    **chat_methods.METHODS,
    **conversation_methods.METHODS,
    **view_methods.METHODS,
    **file_methods.METHODS,
}
API, RESPONSE = "/api/", "/response/"
#: Arguments that forms encode as JSON.
AS_JSON = ("blocks", "attachments", "view", "metadata", "files")
Headers = Mapping[str, str]


@dataclass(frozen=True)
class Served:
    """The address of a served workspace."""

    workspace: Workspace

    @property
    def api_url(self) -> str:
        return self.workspace.origin + API

    def response_url(self, user: str, channel: str, original: Message | None = None) -> str:
        return self.workspace.mint_response_url(user, channel, original)


@contextmanager
def serving(workspace: Workspace) -> Iterator[Served]:
    """Serve the workspace's Web API on loopback for the length of the block."""

    class Handler(_Handler):
        slack = workspace

    server = _Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    workspace.origin = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield Served(workspace)
    finally:
        server.shutdown()
        server.hang_up()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, *given: Any) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(*given)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End the connections that clients keep alive."""
        for one in list(self._open):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the client closed it meanwhile


class _Handler(BaseHTTPRequestHandler):
    slack: Workspace
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave together

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: requests would fill the output of tests."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the Date header by the workspace's clock."""
        return formatdate(self.slack.clock() if timestamp is None else timestamp, usegmt=True)

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            self.close_connection = True  # the client was killed

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        given = _arguments(self.path, self.headers.get("Content-Type", ""), body)
        if path.startswith(file_methods.UPLOAD):
            self._upload(path, body)
        elif path.startswith(RESPONSE):
            self._respond(path, given)
        else:
            self._call(path.removeprefix(API), given)

    def _upload(self, path: str, body: bytes) -> None:
        fate = self.slack.fates.next("upload")
        taken = accepted(fate) and file_methods.upload(self.slack, path, body)
        self.slack.calls.append(Call("upload", {"path": path, "length": len(body)}, "", fate))
        self._end(fate, 200 if taken else 400, f"OK - {len(body)}" if taken else "upload refused")

    def _respond(self, path: str, given: dict[str, Any]) -> None:
        """Answer as a response_url: "ok", or the fault with a status to match."""
        slack, error = self.slack, None
        fate = slack.fates.next("response_url")
        try:
            if accepted(fate):
                with slack.lock:
                    response_urls.answer(slack, path, given)
        except No as no:
            error = no.code
        slack.calls.append(Call("response_url", given, "", fate, error))
        status = 200 if error is None else 404 if error.endswith("_url") else 400
        self._end(fate, status, "ok" if error is None else json.dumps({"ok": False, "error": error}))

    def _call(self, method: str, given: dict[str, Any]) -> None:
        slack, token = self.slack, self._token(given)
        if slack.limits and (wait := slack.limits.wait(method, str(given.get("channel")))):
            slack.calls.append(Call(method, given, token, "429", "ratelimited"))
            self._later(wait)
            return
        fate = slack.fates.next(method)
        answer: dict[str, Any] = {"ok": True}
        if accepted(fate):
            with slack.lock:
                answer = _done(slack, method, given, token, fate)
        if fate.startswith("error "):
            answer = {"ok": False, "error": fate.split()[1]}
        slack.calls.append(Call(method, given, token, fate, answer.get("error")))
        self._end(fate, 200, json.dumps(answer), {"x-oauth-scopes": ",".join(sorted(slack.scopes))})

    def _token(self, given: dict[str, Any]) -> str:
        sent = given.pop("token", None) or self.headers.get("Authorization", "").removeprefix("Bearer ")
        return str(sent).strip()

    def _end(self, fate: str, status: int, text: str, headers: Headers | None = None) -> None:
        """Send the answer by its fate."""
        fates, word = self.slack.fates, fate.split()[0]
        if fate == "late ok":
            time.sleep(fates.slow_seconds)
        if word in ("ok", "late", "error"):
            self._answer(status, text, headers or {})
        elif word == "429":
            self._later(fates.retry_after)
        elif word in ("500", "html"):
            self._answer(500 if word == "500" else 503, "<html>Something is wrong</html>", {}, "text/html")
        elif word in ("empty", "truncated"):
            self._answer(200, "" if word == "empty" else text[: len(text) // 2], {})
        else:  # slow and seen late: no answer in time
            time.sleep(0 if word == "reset" else fates.slow_seconds)
            self._reset()

    def _later(self, seconds: int) -> None:
        self._answer(429, json.dumps({"ok": False, "error": "ratelimited"}), {"Retry-After": str(seconds)})

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def _answer(self, status: int, text: str, headers: Headers, kind: str = "application/json; charset=utf-8") -> None:
        data = text.encode()
        self.send_response(status)
        for name, value in {"Content-Type": kind, **headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


def _done(slack: Workspace, method: str, given: Mapping[str, Any], token: str, fate: str) -> dict[str, Any]:
    """Carry out a call and return the answer; a refusal does not change the workspace."""
    try:
        own_methods.authenticate(slack, method, token)
        if method not in METHODS:
            raise No("unknown_method", req_method=method)
        need_method_scope(slack, method)
        before = len(slack.messages)
        done = METHODS[method](slack, given)
        if fate == "seen late":
            for message in slack.messages[before:]:
                message.visible = slack.clock() + slack.fates.slow_seconds + slack.fates.late_seconds
        return {"ok": True, **done}
    except No as no:
        return {"ok": False, "error": no.code, **no.more}


def _arguments(path: str, kind: str, body: bytes) -> dict[str, Any]:
    """Read a call's arguments from the query, a form, or JSON; forms encode objects as JSON."""
    given: dict[str, Any] = dict(parse_qsl(urlsplit(path).query, keep_blank_values=True))
    try:
        if kind.startswith("application/json"):
            return given | dict(json.loads(body or b"{}"))
        if kind.startswith("application/x-www-form-urlencoded"):
            given |= dict(parse_qsl(body.decode(), keep_blank_values=True))
        for name in AS_JSON:
            if isinstance(given.get(name), str):
                given[name] = json.loads(given[name])
    except ValueError:
        given["not_json"] = True  # refused for the missing arguments
    return given
