"""Threads in which answers are made, and an end to waiting for them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any


class Pool(ThreadPoolExecutor):
    """As the library's; `end` waits no longer than it is told, for Slack may be away."""

    def __init__(self, threads: int, name: str) -> None:
        super().__init__(threads, name)
        self._under_way: set[Future[Any]] = set()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Kept until it is done."""
        future = super().submit(fn, *args, **kwargs)
        self._under_way.add(future)
        future.add_done_callback(self._under_way.discard)
        return future

    def end(self, seconds: float) -> bool:
        """Nothing more is taken; whether all that was came to its end in time."""
        self.shutdown(wait=False)
        return not wait(list(self._under_way), seconds).not_done
