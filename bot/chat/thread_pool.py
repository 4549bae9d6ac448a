"""The threads in which a chat platform's answers are composed, after the platform was told that they are coming."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any


class ThreadPool(ThreadPoolExecutor):
    """An executor that ends within a time limit, because the platform may be away."""

    def __init__(self, threads: int, name: str) -> None:
        super().__init__(threads, name)
        self._under_way: dict[Future[Any], float] = {}
        self._ended = time.monotonic()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Start a call, and keep its future until it is done."""
        future = super().submit(fn, *args, **kwargs)
        self._under_way[future] = time.monotonic()
        future.add_done_callback(self._is_done)
        return future

    def stuck(self, now: float) -> float:
        """Return for how many seconds a call has waited to begin while no other ended; 0 where none waits."""
        waiting = [since for future, since in list(self._under_way.items()) if not future.running()]
        return now - max(self._ended, min(waiting)) if waiting else 0.0

    def _is_done(self, future: Future[Any]) -> None:
        self._ended = time.monotonic()
        self._under_way.pop(future, None)

    def end(self, seconds: float) -> bool:
        """Take no more calls, and return True if all calls under way ended within `seconds`."""
        self.shutdown(wait=False)
        return not wait(list(self._under_way), seconds).not_done
