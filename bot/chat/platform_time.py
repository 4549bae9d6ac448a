"""The time of a platform's own clock, from the `Date` header of its latest answer over HTTPS."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from bot.rules.time.trusted import Heard, by_now


def monotonic() -> float:
    """Return seconds that no setting of the clock changes; on Linux they go on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def machine() -> datetime:
    return datetime.now(UTC)


class PlatformTime:
    """The latest time that one platform told. Any thread may tell or ask."""

    def __init__(self, monotonic: Callable[[], float] = monotonic, machine: Callable[[], datetime] = machine) -> None:
        self._monotonic, self._machine = monotonic, machine
        self._heard: Heard | None = None

    def hear(self, url: str, date: str | None) -> None:
        """Take the `Date` of an answer; one that came over plain HTTP, or that cannot be read, tells nothing."""
        if not url.startswith("https://") or not date:
            return
        try:
            said = parsedate_to_datetime(date)
        except ValueError:
            return
        if said.tzinfo is not None:
            self._heard = Heard(said.astimezone(UTC), self._machine(), self._monotonic())

    def now(self) -> datetime | None:
        """Return the platform's time; None where no answer tells it."""
        return by_now(self._heard, self._machine(), self._monotonic()) if self._heard else None
