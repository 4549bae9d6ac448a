"""The threads in which a chat platform's answers are composed, after the platform was told that they are coming."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any


class ThreadPool(ThreadPoolExecutor):
    """An executor that ends within a time limit, because the platform may be away."""

    def __init__(self, threads: int, name: str) -> None:
        super().__init__(threads, name)
        self._under_way: set[Future[Any]] = set()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Start a call, and keep its future until it is done."""
        future = super().submit(fn, *args, **kwargs)
        self._under_way.add(future)
        future.add_done_callback(self._under_way.discard)
        return future

    def end(self, seconds: float) -> bool:
        """Take no more calls, and return True if all calls under way ended within `seconds`."""
        self.shutdown(wait=False)
        return not wait(list(self._under_way), seconds).not_done
