"""A worker thread with an event loop of its own, and the ways in which other threads end it."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import Any


class Life:
    """One run of a worker thread."""

    def __init__(self) -> None:
        self.over, self.ended = threading.Event(), threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None

    def began(self, loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any] | None) -> None:
        self._loop, self._task = loop, task
        if self.over.is_set():
            self.cancel()

    def end(self, seconds: float) -> bool:
        """Let the worker finish its job; True where it ended within so many seconds."""
        self.over.set()
        self.cancel()
        return self.ended.wait(seconds)

    def cancel(self, *, everything: bool = False) -> None:
        """End the worker in order, or every task of its loop; unless it is over, its thread starts another worker."""
        loop = self._loop
        if loop is None or loop.is_closed():
            return

        def cancel() -> None:
            for task in asyncio.all_tasks(loop) if everything else filter(None, [self._task]):
                task.cancel()

        with suppress(RuntimeError):  # it closed just now
            loop.call_soon_threadsafe(cancel)
