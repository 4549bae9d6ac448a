"""Teams over HTTP: a request that is too large, unreadable, not ours or repeated ends before the SDK reads it."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.chat.nesting import is_deep
from bot.chat.teams import payloads
from bot.chat.teams.credentials import Connection
from bot.logs.setup import log, unexpected

#: More bytes than any activity of Teams.
LARGEST = 256_000
#: Seconds for a request as a whole; an invoke is answered within four.
REQUEST_SECONDS = 12.0
#: A token is valid for an hour and some minutes; an activity is remembered for twice as long.
REMEMBERED_SECONDS = 2.5 * 3600.0
_MOST = 100_000

Answered = tuple[int, dict[str, str], str]
Handle = Callable[[dict[str, Any], Mapping[str, str]], Awaitable[tuple[int, object]]]
_JSON = {"content-type": "application/json"}


@dataclass
class Webhook:
    """The HTTP endpoint of one process. `handle` checks the signature and answers."""

    connection: Connection
    handle: Handle
    acked: Callable[[float], None] = lambda seconds: None

    def refusal(self, headers: Mapping[str, str]) -> Answered | None:
        """Refuse a request without a token of the Bot Framework, before its body is read."""
        if _issuer(headers.get("authorization", "")) != self.connection.issuer:
            return _refused("not of the Bot Framework")
        return None

    async def __call__(self, body: bytes, headers: Mapping[str, str]) -> Answered:
        """Return status, headers and body of the answer; `headers` come in lower case."""
        began = time.perf_counter()
        if len(body) > LARGEST:
            return _no(413, "too large")
        if refused := self.refusal(headers):
            return refused
        token = headers.get("authorization", "")
        activity = _read(body)
        if activity is None:
            return _no(400, "unreadable")
        if reason := self._foreign(activity):
            return _refused(reason)
        try:
            status, answer = await asyncio.wait_for(self.handle(activity, {"authorization": token}), REQUEST_SECONDS)
        except TimeoutError:
            return _no(503, "busy")
        except Exception as fault:
            unexpected(fault)
            return _no(500, "failed")
        if status >= 400:
            log("refused", platform="teams", reason="by the SDK", outcome=status)
            return _no(status, "invalid request")
        self.acked(time.perf_counter() - began)
        return status, _JSON, "" if answer is None else json.dumps(answer)

    def _foreign(self, activity: Mapping[str, Any]) -> str:
        """Return the reason for which an activity is not for this bot; "" for none."""
        if payloads.tenant(activity) not in self.connection.tenants:
            return "not of an allowed tenant"
        if not self.connection.is_service(payloads.text_of(activity, "serviceUrl")):
            return "not a service of Microsoft's"
        if payloads.text_of(activity, "channelId") not in ("", "msteams"):
            return "not of Teams"
        return "" if payloads.event_name(activity) and payloads.text_of(activity, "type") else "no id"


@dataclass
class Seen:
    """The activities of the last `seconds`, by id: a copy of one changes nothing and says nothing."""

    seconds: float = REMEMBERED_SECONDS
    clock: Callable[[], float] = time.monotonic
    _seen: OrderedDict[str, float] = field(default_factory=OrderedDict)
    _one: threading.Lock = field(default_factory=threading.Lock)

    def before(self, name: str) -> bool:
        """Note what came in, once its signature was checked; return True if it came before."""
        now = self.clock()
        with self._one:
            while self._seen and (len(self._seen) >= _MOST or next(iter(self._seen.values())) < now - self.seconds):
                self._seen.popitem(last=False)
            if name in self._seen:
                return True
            self._seen[name] = now
            return False


def _read(body: bytes) -> dict[str, Any] | None:
    """Return the activity of a body; None for one that is no object of JSON, or nested deeper than any activity."""
    try:
        found = json.loads(body.decode("utf-8"))
        json.dumps(found, ensure_ascii=False).encode("utf-8")  # half a character can be sent nowhere
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and not is_deep(found) else None


def _issuer(authorization: str) -> str:
    """Return the issuer that a bearer token names; "" for anything else.

    The token is read without its signature, which the SDK checks afterwards: it may lead to a refusal here, never to
    an answer. The SDK also takes tokens that Entra issues, and does not check where their activity wants its answer.
    """
    kind, _, token = authorization.partition(" ")
    parts = token.split(".")
    if kind != "Bearer" or len(parts) != 3:
        return ""
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return ""
    issuer = claims.get("iss") if isinstance(claims, dict) else None
    return issuer if isinstance(issuer, str) else ""


def _refused(reason: str) -> Answered:
    log("refused", platform="teams", reason=reason)
    return _no(401, "invalid request")


def _no(status: int, reason: str) -> Answered:
    return status, _JSON, json.dumps({"error": reason})
