"""Slack over HTTP: a request that is unsigned, repeated or unreadable is refused before Bolt reads it."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from bot.chat.nesting import is_deep
from bot.logs.setup import unexpected

#: A signature is valid for five minutes, and remembered for twice as long.
VALID_SECONDS = 300.0
REMEMBERED_SECONDS = 2 * VALID_SECONDS
_MOST = 100_000
_SIGNATURE, _STAMP = re.compile(r"v0=[0-9a-f]{64}"), re.compile(r"[0-9]{1,12}")

Answered = tuple[int, dict[str, str], str]
_REFUSED: Answered = (401, {"content-type": "application/json"}, '{"error": "invalid request"}')
_UNREADABLE: Answered = (400, {"content-type": "application/json"}, '{"error": "unreadable"}')
_FAILED: Answered = (500, {}, "")


@dataclass
class Webhook:
    """The HTTP endpoint of one process. `app` is made in the loop that answers."""

    secret: str = field(repr=False)
    app: Callable[[], AsyncApp]
    clock: Callable[[], float] = time.monotonic
    acked: Callable[[float], None] = lambda seconds: None
    _made: AsyncApp | None = None
    _seen: OrderedDict[str, float] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        if not self.secret:
            raise ValueError("requests that nobody signed are never taken")
        self._verifier = SignatureVerifier(self.secret)

    def refusal(self, headers: Mapping[str, str]) -> Answered | None:
        """Refuse a request that has no signature, or an old one, before its body is read."""
        stamp, signature = _signature(headers)
        is_signed = _SIGNATURE.fullmatch(signature) and _STAMP.fullmatch(stamp)
        if not is_signed or abs(self._verifier.clock.now() - int(stamp)) > VALID_SECONDS:
            return _REFUSED
        return None

    async def __call__(self, body: bytes, headers: Mapping[str, str]) -> Answered:
        """Return status, headers and body of the answer; `headers` come in lower case."""
        began = time.perf_counter()
        stamp, signature = _signature(headers)
        if self.refusal(headers) or not self._is_signed(body, stamp, signature) or self._is_repeated(signature):
            return _REFUSED
        try:
            request = AsyncBoltRequest(body=body.decode("utf-8"), headers={n: [value] for n, value in headers.items()})
        except (AttributeError, LookupError, RecursionError, TypeError, ValueError):  # a shape that Slack does not send
            return _UNREADABLE
        if is_deep(request.body):
            return _UNREADABLE
        if self._made is None:
            self._made = self.app()
        try:
            found = await self._made.async_dispatch(request)
        except Exception as fault:  # Bolt fails on a shape that Slack does not send while it reports a failure
            unexpected(fault)
            return _FAILED
        self.acked(time.perf_counter() - began)
        return found.status, {name: values[0] for name, values in found.headers.items()}, found.body

    def _is_signed(self, body: bytes, stamp: str, signature: str) -> bool:
        try:
            return bool(self._verifier.is_valid(body, stamp, signature))
        except UnicodeDecodeError:
            return False

    def _is_repeated(self, signature: str) -> bool:
        """Return True for a signature seen before. Slack signs a retry anew, so the same signature is a copy."""
        now = self.clock()
        while self._seen and (len(self._seen) >= _MOST or next(iter(self._seen.values())) < now - REMEMBERED_SECONDS):
            self._seen.popitem(last=False)
        if signature in self._seen:
            return True
        self._seen[signature] = now
        return False


def _signature(headers: Mapping[str, str]) -> tuple[str, str]:
    """Return the time and the signature of a request."""
    return headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
