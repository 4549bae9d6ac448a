"""The thread pool of the handlers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any


class ThreadPool(ThreadPoolExecutor):
    """An executor whose `end` has a time limit, because Slack may be away."""

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
