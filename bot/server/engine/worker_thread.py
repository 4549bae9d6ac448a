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
            self._cancel(everything=False)

    def end(self, seconds: float) -> bool:
        """Let the worker finish its job; True where it ended within so many seconds."""
        self.over.set()
        self._cancel(everything=False)
        return self.ended.wait(seconds)

    def begin_anew(self) -> None:
        """End the worker in order; its thread starts another."""
        self._cancel(everything=False)

    def abandon(self) -> None:
        self.over.set()
        self._cancel(everything=True)

    def _cancel(self, *, everything: bool) -> None:
        loop = self._loop
        if loop is None or loop.is_closed():
            return

        def cancel() -> None:
            for task in asyncio.all_tasks(loop) if everything else filter(None, [self._task]):
                task.cancel()

        with suppress(RuntimeError):  # it closed just now
            loop.call_soon_threadsafe(cancel)
