"""A look at an event loop from outside: it is asked to call back, and a loop that is stuck does not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress


class LoopWatch:
    """One event loop of another thread, stuck once it owes an answer for `seconds`.

    `loop` returns it: None before it began, another one where it began anew.
    """

    def __init__(self, loop: Callable[[], asyncio.AbstractEventLoop | None], seconds: float) -> None:
        self._loop, self._seconds = loop, seconds
        self._asked: float | None = None
        self._of: asyncio.AbstractEventLoop | None = None

    def fault(self, now: float) -> str:
        """Ask the loop where it owes no answer; return what is wrong at this monotonic time, empty where nothing is."""
        loop, asked = self._loop(), self._asked
        if asked is None or loop is not self._of:
            self._asked = asked = now
            self._of = loop
            if loop is not None:
                with suppress(RuntimeError):  # it is closed, and never answers
                    loop.call_soon_threadsafe(self._answered, loop)
        silent = now - asked
        return f"its event loop has not answered for {silent:.0f} s" if silent >= self._seconds else ""

    def _answered(self, loop: asyncio.AbstractEventLoop) -> None:
        if loop is self._of:
            self._asked = None
