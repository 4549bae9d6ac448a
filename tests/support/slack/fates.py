"""Fates of calls, as in `tests.support.fake_chat`: for each method, by schedule or at random."""

from __future__ import annotations

import random
import threading
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

#: `error CODE` and `error CODE accepted` are fates too: after fatal_error, Slack may have carried out a call.
FATES = ("ok", "429", "500 accepted", "500", "slow accepted", "slow", "reset accepted", "reset", "seen late")
#: Missing and broken answers, and a late one.
ODD = ("html", "empty", "empty accepted", "truncated", "truncated accepted", "late ok")
#: Most calls succeed; any fate may happen to the others.
BAD_DAY = ("ok", "ok", "ok", "ok", *FATES[1:])
ANY = "*"


@dataclass
class Fates:
    """The next fate of a method: its schedule, else the dice (of the method, else of any), else ok."""

    dice: Mapping[str, Sequence[str]] = field(default_factory=dict)
    seed: int = 1
    slow_seconds: float = 0.6
    late_seconds: float = 0.25
    retry_after: int = 1

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)
        self._scheduled: dict[str, deque[str]] = defaultdict(deque)
        self._lock = threading.Lock()

    def schedule(self, method: str, *fates: str) -> None:
        """Give these fates to the next calls of a method, in order."""
        self._scheduled[method].extend(fates)

    def clear(self) -> None:
        """Forget every scheduled fate."""
        self._scheduled.clear()

    def next(self, method: str) -> str:
        with self._lock:
            for name in (method, ANY):
                if self._scheduled[name]:
                    return self._scheduled[name].popleft()
            return self._dice.choice(list(self.dice.get(method, self.dice.get(ANY, ("ok",)))))


def accepted(fate: str) -> bool:
    """Tell if Slack carries out the call, whatever its answer."""
    return fate in ("ok", "late ok", "seen late") or fate.endswith(" accepted")
