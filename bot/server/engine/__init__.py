"""What makes the bot act unasked: an engine that does nothing but tick. The database's address says which.

Both siblings promise the same: a tick at least once a period while one replica lives, and never two at once in one
process. What is due is decided elsewhere, and that a message leaves once is the ledger's doing, not the engine's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.server.engine.ticking import Ticked

#: A replica that has not ticked for as long is ill, whatever its threads say of themselves (reliability.md §0, 1).
HEALTHY_SECONDS = 90.0
#: What is under way when the bot is told to end is given as long to come to its end.
DRAIN_SECONDS = 20.0

#: Periods that fit into a minute without a rest: a cron of seconds knows no others.
PERIODS = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast an engine goes, in seconds. Tests go faster.

    `heartbeat` is how often a worker says that it lives, `stalled` after how long without it somebody else takes its
    work, `recover` how often that is looked for, `poll` how often a worker asks for work. Together they keep the
    pause after a killed worker well below HEALTHY_SECONDS. A clockwork that stood still for `stuck` is started anew:
    its thread died, or its clock was put back.
    """

    period: int = 30
    heartbeat: float = 5
    stalled: float = 20
    recover: int = 10
    poll: float = 2
    stuck: float = 60
    healthy: float = HEALTHY_SECONDS
    drain: float = DRAIN_SECONDS

    def __post_init__(self) -> None:
        if self.period not in PERIODS or self.recover not in PERIODS:
            raise ValueError(f"a period is one of {', '.join(map(str, PERIODS))} seconds")


class Engine(Protocol):
    """One replica's clockwork. It is handed what to do, and knows nothing of it."""

    name: str

    @property
    def last_tick(self) -> Ticked | None:
        """When a tick of this replica last came through; one that failed has not."""

    def start(self) -> None:
        """Begin to tick, from threads of its own."""

    def stop(self) -> bool:
        """No new tick; whether the one under way ended within the time for draining."""

    def healthy(self, now: float) -> bool:
        """Whether this replica's clockwork moves, as of a monotonic time. Asks nobody."""


__all__ = ["DRAIN_SECONDS", "HEALTHY_SECONDS", "Engine", "Pace", "Ticked"]
