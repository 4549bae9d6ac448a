"""Slack's rate limits: a bucket for each channel that is posted to, and one for each method."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

#: Calls a minute, by Slack's tiers.
A_MINUTE = {
    "users.list": 20,
    "chat.update": 50,
    "chat.delete": 50,
    "conversations.info": 50,
    "conversations.history": 50,
    "conversations.replies": 50,
    "conversations.open": 50,
    "conversations.members": 100,
    "users.info": 100,
    "views.open": 100,
    "views.update": 100,
    "views.publish": 100,
    "chat.postEphemeral": 100,
}


@dataclass
class Limits:
    """The waits of callers: posts are one a second in a channel, with a short burst."""

    clock: Callable[[], float] = time.monotonic
    posts_a_second: float = 1.0
    burst: int = 3
    a_minute: dict[str, int] = field(default_factory=lambda: dict(A_MINUTE))

    def __post_init__(self) -> None:
        self._left: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def wait(self, method: str, channel: str) -> int:
        """Return the seconds of Retry-After; nought lets the call through and counts it."""
        if method == "chat.postMessage":
            return self._take(f"{method} {channel}", self.posts_a_second, self.burst)
        if method in self.a_minute:
            return self._take(method, self.a_minute[method] / 60, self.a_minute[method])
        return 0

    def _take(self, name: str, a_second: float, most: float) -> int:
        with self._lock:
            now = self.clock()
            left, then = self._left.get(name, (most, now))
            left = min(most, left + (now - then) * a_second)
            taken = left >= 1
            self._left[name] = (left - 1 if taken else left, now)
            return 0 if taken else math.ceil((1 - left) / a_second)
