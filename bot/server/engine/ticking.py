"""Parts of both engines: a tick that cannot kill its thread, its times, and a watchdog that restarts a stalled engine.

All times are monotonic, so that a wall clock put forward or back changes nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.logs.setup import unexpected


@dataclass(frozen=True, slots=True)
class Ticked:
    """The time of a successful tick: monotonic for comparing, UTC for showing."""

    monotonic: float
    at: datetime


class Pulse:
    """Run one replica's ticks. An exception of a tick is logged without its text, and the next tick runs all the
    same. `moved` returns the monotonic time at which the tick under way last went on.
    """

    def __init__(self, tick: Callable[[], None], moved: Callable[[], float] = lambda: 0.0) -> None:
        self._tick, self._moved = tick, moved
        self.last: Ticked | None = None
        self.began: float | None = None  # the tick under way
        self.ended: float | None = None  # the last tick, failed or not
        self.over = False  # no tick begins any more
        self._one = threading.Lock()

    def beat(self, over: Callable[[], bool] = lambda: False) -> None:
        """Run one tick; none where another is under way, or the worker that asks for it is `over`."""
        if not self._one.acquire(blocking=False):
            return
        try:
            if not (self.over or over()):
                self._run()
        finally:
            self._one.release()

    def between_ticks(self, do: Callable[[], object]) -> bool:
        """Do something while no tick can begin; False, and nothing is done, where one is under way."""
        if not self._one.acquire(blocking=False):
            return False
        try:
            do()
        finally:
            self._one.release()
        return True

    def _run(self) -> None:
        self.began = time.monotonic()
        try:
            self._tick()
        except Exception as fault:  # the database is locked, or away, or the tick has a mistake
            unexpected(fault)
        else:
            self.last = Ticked(time.monotonic(), datetime.now(UTC))
        finally:
            self.ended, self.began = time.monotonic(), None

    def hangs(self, seconds: float, now: float) -> bool:
        """Tell if a tick is under way that has not gone on for so many seconds."""
        began = self.began
        return began is not None and now - max(began, self._moved()) >= seconds

    def wait(self, seconds: float) -> bool:
        """Wait, at most so many seconds, until no tick is under way; False where one still is."""
        give_up = time.monotonic() + seconds
        while self.began is not None and time.monotonic() < give_up:
            time.sleep(0.02)
        return self.began is None


class Guard(threading.Thread):
    """Check regularly that an engine moves, and restart one that does not."""

    def __init__(self, every: float, moves: Callable[[float], bool], revive: Callable[[], None]) -> None:
        super().__init__(name="engine guard", daemon=True)
        self._every, self._moves, self._revive = every, moves, revive
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(self._every):
            try:
                if not self._moves(time.monotonic()):
                    self._revive()
            except Exception as fault:  # the guard itself must not end
                unexpected(fault)

    def end(self) -> None:
        self._over.set()
