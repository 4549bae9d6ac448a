"""Asking something slow from a server that must stay quick: one asks at a time, and nobody waits long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class SingleFlight(Generic[Answer]):
    """Whoever asks while an answer is on its way gets that one. TimeoutError where it takes too long: a database that
    does not answer ties up one thread, however often it is asked for."""

    def __init__(self, ask: Callable[[], Answer], seconds: float) -> None:
        self._ask, self._seconds = ask, seconds
        self._thread = ThreadPoolExecutor(1, "asks")
        self._coming: asyncio.Future[Answer] | None = None

    async def __call__(self) -> Answer:
        if self._coming is None or self._coming.done():
            self._coming = asyncio.get_running_loop().run_in_executor(self._thread, self._ask)
        return await asyncio.wait_for(asyncio.shield(self._coming), self._seconds)
