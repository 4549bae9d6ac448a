"""The engine for SQLite: APScheduler in the process, with one interval on a memory store and no database.

Two processes on one file both tick; the ledger makes sure that their messages are sent once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers import SchedulerNotRunningError
from apscheduler.schedulers.background import BackgroundScheduler

from bot.logs.setup import log
from bot.server.engine import Pace
from bot.server.engine.ticking import Guard, Pulse, Ticked


class Embedded:
    """Tick at once, and then once a period."""

    name = "embedded"

    def __init__(self, tick: Callable[[], None], pace: Pace, moved: Callable[[], float]) -> None:
        self._pace = pace
        self._pulse = Pulse(tick, moved)
        self._scheduler = BackgroundScheduler()
        self._since = self._started = 0.0  # of the engine, and of its scheduler now
        self._guard = Guard(pace.period / 2, self._moves, self._revive)

    @property
    def last_tick(self) -> Ticked | None:
        return self._pulse.last

    def start(self) -> None:
        self._begin()
        self._since = self._started
        self._guard.start()

    def stop(self) -> bool:
        self._guard.end()
        self._pulse.over = True
        self._end()
        return self._pulse.wait(self._pace.drain)

    def healthy(self, now: float) -> bool:
        return self._pulse.last is not None and self.moves(now)

    def moves(self, now: float) -> bool:
        """Tell if ticks come and go on, whatever becomes of them."""
        pulse, seconds = self._pulse, self._pace.healthy
        if pulse.began is not None:
            return not pulse.hangs(seconds, now)
        return now - (pulse.ended or self._since) < seconds

    def _begin(self) -> None:
        """Start a scheduler that runs late ticks all the same (`misfire_grace_time`), merges several into one
        (`coalesce`) and runs one at a time (`max_instances`).
        """
        self._scheduler = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            timezone=UTC,
            daemon=True,
        )
        self._scheduler.start()
        first = datetime.now(UTC)  # an interval begins with waiting otherwise
        self._scheduler.add_job(self._pulse.beat, "interval", seconds=self._pace.period, id="tick", next_run_time=first)
        self._started = time.monotonic()

    def _moves(self, now: float) -> bool:
        """Tell if a tick is under way, or ended not long ago, or the scheduler is new.

        APScheduler waits by the wall clock: put back an hour, it would not tick for an hour. It also believes itself to
        be running when its thread is dead.
        """
        pulse = self._pulse
        return pulse.began is not None or now - max(pulse.ended or 0.0, self._started) < self._pace.stuck

    def _revive(self) -> None:
        log("engine stood still and is started anew", engine=self.name)
        self._end()
        self._begin()

    def _end(self) -> None:
        with suppress(SchedulerNotRunningError):
            self._scheduler.shutdown(wait=False)  # it would wait for ever
