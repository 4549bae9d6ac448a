"""One slow call at a time from a server that must stay quick; callers share its answer and wait a limited time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class SingleFlight(Generic[Answer]):
    """Share one call among all callers that come while it runs. TimeoutError where it takes too long: a database
    that does not answer ties up one thread, however many callers there are.
    """

    def __init__(self, ask: Callable[[], Answer], seconds: float) -> None:
        self._ask, self._seconds = ask, seconds
        self._thread = ThreadPoolExecutor(1, "asks")
        self._coming: asyncio.Future[Answer] | None = None

    async def __call__(self) -> Answer:
        if self._coming is None or self._coming.done():
            self._coming = asyncio.get_running_loop().run_in_executor(self._thread, self._ask)
        return await asyncio.wait_for(asyncio.shield(self._coming), self._seconds)
