"""The clock of a practice: it stays where it is until it is moved, and every tick in between runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

#: A move of up to an hour ticks each minute, as the service does; a longer one in steps of ten minutes.
MINUTE = timedelta(minutes=1)
STEP = timedelta(minutes=10)
EACH_MINUTE = timedelta(hours=1)


class BackInTime(ValueError):
    """The moment is before the one that the clock shows."""


@dataclass
class PracticeClock:
    """A clock at `now`, in UTC."""

    now: datetime

    def move_to(self, moment: datetime, tick: Callable[[], None]) -> None:
        """Move to a moment, calling `tick` at each step on the way and at the moment itself; BackInTime."""
        for step in steps(self.now, moment):
            self.now = step
            tick()


def steps(begins: datetime, ends: datetime) -> Iterator[datetime]:
    """Yield the moments of the ticks after `begins` up to and with `ends`; BackInTime where it is before `begins`.

    Steps of ten minutes are at whole tens of the hour, so that what is due then is not late.
    """
    if ends < begins:
        raise BackInTime
    each = MINUTE if ends - begins <= EACH_MINUTE else STEP
    at = begins
    while at < ends:
        at = min(at + each - (at - datetime.min.replace(tzinfo=UTC)) % each, ends)
        yield at
