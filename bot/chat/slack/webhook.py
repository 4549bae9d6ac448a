"""Slack over HTTP: a request that is unsigned, repeated or unreadable is refused before Bolt reads it."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from bot.logs.setup import unexpected

#: A signature is valid for five minutes, and remembered for twice as long.
REMEMBERED_SECONDS = 600.0
_MOST = 100_000

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

    async def __call__(self, body: bytes, headers: Mapping[str, str]) -> Answered:
        """Return status, headers and body of the answer; `headers` come in lower case."""
        began = time.perf_counter()
        stamp, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
        if not self._is_signed(body, stamp, signature) or self._is_repeated(signature):
            return _REFUSED
        try:
            request = AsyncBoltRequest(body=body.decode("utf-8"), headers={n: [value] for n, value in headers.items()})
        except (AttributeError, LookupError, TypeError, ValueError):  # a shape that Slack does not send
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
        """Check the signature. Bolt would raise for a time that is no number, and for a signature that is not ASCII."""
        if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12 and signature.isascii()):
            return False
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
