"""The watch over one process's ticks: when a tick last went on, and which jobs fail. Asks no database.

A fault that passes by the next try is no outage: a part of a job fails once its second try in a row has failed, or no
try has worked for GRACE seconds since the first.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

#: The next try after a failed one is over by then: two periods of the engine.
GRACE = 20.0
#: A failure that did not come again within this time is past: its message was dropped, for example.
PAST = 180.0


@dataclass(slots=True)
class _Failure:
    first: float
    last: float
    times: int = 1


@dataclass(slots=True)
class TickWatch:
    """Written by the tick, read by other threads. `on_failure` receives the name of a job at each of its failures."""

    on_failure: Callable[[str], None] = lambda job: None
    moved: float = field(default_factory=time.monotonic)
    _failures: dict[tuple[str, str], _Failure] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def goes_on(self) -> None:
        """Note a statement to the database: the tick under way goes on. One that sends none for long is hung."""
        self.moved = time.monotonic()

    def failed(self, job: str, part: str) -> int:
        """Note that a part of a job failed, and return how often it did in a row. A message is a part of its own."""
        now = time.monotonic()
        with self._lock:
            for key in [key for key, each in self._failures.items() if now - each.last > PAST]:
                del self._failures[key]
            before = self._failures.get((job, part))
            if before is None:
                before = self._failures[job, part] = _Failure(now, now)
            else:
                before.last, before.times = now, before.times + 1
        self.on_failure(job)
        return before.times

    def worked(self, job: str, part: str) -> None:
        """Note that a part of a job worked."""
        with self._lock:
            self._failures.pop((job, part), None)

    def failing(self, now: float) -> tuple[str, ...]:
        """Return the jobs that fail at this monotonic time."""
        with self._lock:
            found = {
                job
                for (job, _part), each in self._failures.items()
                if now - each.last <= PAST and (each.times > 1 or now - each.first >= GRACE)
            }
        return tuple(sorted(found))
