"""The scheduling engines: each calls one function, the tick, once a period. The database's address chooses the engine.

Both engines promise a tick at least once a period while one replica lives, and never two at once in one process. The
jobs decide which work is due; the ledger, not the engine, makes sure that a message is sent once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.server.engine.ticking import Ticked

#: A replica whose ticks do not come, or do not go on, for so long is not healthy, whatever its threads report
#: (reliability.md §0, 1).
HEALTHY_SECONDS = 20.0
#: Periods that divide a minute: a cron of seconds knows no others.
PERIODS = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60)


@dataclass(frozen=True, slots=True)
class Pace:
    """Intervals of an engine and its supervisor in seconds. Tests use shorter ones.

    A worker beats every `heartbeat`, and polls for work every `poll`. Stalled workers are looked for every `recover`;
    after `stalled` without a beat another worker takes over their jobs: ticks of two replicas overlap only where one
    was frozen, starved or cut off from the database for so long. An engine that stood still for `stuck` is started
    anew: its thread died, or its clock was put back. Two ticks that fail in a row, and an engine that stands still,
    show within half a minute (`period`, `healthy`).

    The supervisor looks every `look`. An event loop that owes an answer for `silent` is stuck: it answers within a
    second, also beside a long computation. A part is started anew no more often than every `again`; one that is at
    fault for `gives_up` ends the process. The heartbeat goes every `ping`.

    A tick goes on with each statement to the database; however long it takes, it is slow and not hung. One that has
    not gone on for `healthy` shows. The process has ended after `hung`, of which the last `drain` are for the tick to
    end in: a step of a minute, such as a wait for SQLite's lock or work on a large county, shows and ends nothing. The
    same limits hold for answers in chat, of which none ends while others wait.
    """

    period: int = 10
    heartbeat: float = 5
    stalled: float = 20
    recover: int = 5
    poll: float = 2
    stuck: float = 15
    healthy: float = HEALTHY_SECONDS
    drain: float = 20
    look: float = 1
    silent: float = 10
    again: float = 20
    gives_up: float = 30
    hung: float = 120
    ping: float = 30

    def __post_init__(self) -> None:
        if self.period not in PERIODS or self.recover not in PERIODS:
            raise ValueError(f"a period is one of {', '.join(map(str, PERIODS))} seconds")


class Engine(Protocol):
    """One replica's engine. It is handed the tick, and knows nothing of the jobs."""

    name: str

    @property
    def last_tick(self) -> Ticked | None:
        """Return the time of this replica's last successful tick."""

    def start(self) -> None:
        """Begin to tick, from threads of its own."""

    def stop(self) -> bool:
        """Begin no new tick; return True where the one under way ended within the time for draining."""

    def healthy(self, now: float) -> bool:
        """Tell if this replica's engine does its work, as of a monotonic time. Asks no database."""

    def moves(self, now: float) -> bool:
        """Tell if the engine goes on within this process. A database that is away does not stop it."""


__all__ = ["HEALTHY_SECONDS", "Engine", "Pace", "Ticked"]
