"""Drafts of forms that could not be saved, kept in this process alone, for a day."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field

SECONDS = 24 * 3600.0
MOST = 500


@dataclass
class Drafts:
    """Drafts in memory, because the database may be what failed; no draft is ever written to a disk."""

    clock: Callable[[], float] = time.monotonic
    _kept: dict[Hashable, tuple[float, dict[str, str]]] = field(default_factory=dict)
    _one: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, key: Hashable, values: Mapping[str, str]) -> None:
        """Keep a draft; beyond 500 the oldest goes."""
        with self._one:
            self._kept.pop(key, None)
            if len(self._kept) >= MOST:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = self.clock(), dict(values)

    def of(self, key: Hashable) -> dict[str, str]:
        """Return a draft and forget it; empty where there is none."""
        with self._one:
            since, values = self._kept.pop(key, (0.0, {}))
        return values if self.clock() - since < SECONDS else {}
