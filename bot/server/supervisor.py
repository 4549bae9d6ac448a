"""The supervisor: one thread that looks at every part of this process once a second.

A part that does not work shows in /readyz, stops the heartbeat, and is started anew where that can be done. Where that
does not help in time the process ends, so that systemd or the orchestrator starts another. The ledger makes sure that
such an end loses and doubles no message.
"""

from __future__ import annotations

import math
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from bot.logs.setup import log, unexpected
from bot.rules.delivery.health import Check
from bot.server import systemd
from bot.server.engine import Pace

#: A supervisor that looked so long ago is dead, or the whole process was frozen.
LOOKED_SECONDS = 10.0


def end_process() -> None:
    """End the process at once, with exit code 1."""
    with suppress(OSError):
        sys.stderr.flush()
    os._exit(1)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the process. `fault` returns what is wrong at a monotonic time, empty where nothing is.

    After `gives_up` seconds of fault the process ends; None: another process would not help. `start` starts it anew.
    """

    name: str
    fault: Callable[[float], str]
    gives_up: float | None
    start: Callable[[], object] | None = None


@dataclass(slots=True)
class _PartState:
    """One part as at the last look: its fault, since when it is at fault, and when it was last started anew."""

    part: Part
    says: str = ""
    since: float | None = None
    started: float = -math.inf


class Supervisor:
    """Look at the parts from a thread of its own. `drain` lets the tick under way end; `end` ends the process."""

    def __init__(
        self,
        parts: Sequence[Part],
        pace: Pace,
        drain: Callable[[], object],
        end: Callable[[], None] = end_process,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seen = [_PartState(part) for part in parts]
        self._pace, self._drain, self._end, self._clock = pace, drain, end, clock
        self._looked: float | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)

    @property
    def lives(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()

    def checks(self) -> tuple[Check, ...]:
        """Return a check of each part, as at the last look, and one of the supervisor itself."""
        looked = self._looked
        looks = looked is not None and self._clock() - looked < LOOKED_SECONDS
        own = Check("supervisor", looks, "ok" if looks else "the parts of this process are not looked at")
        return (*(Check(seen.part.name, not (says := seen.says), says or "ok") for seen in self._seen), own)

    def look(self) -> None:
        """Look at each part once; tell systemd that the process lives while no part has to end it."""
        now, before = self._clock(), self._looked
        frozen = before is not None and now - before > LOOKED_SECONDS
        for seen in self._seen:
            if frozen:  # the whole process was: every part gets its time again
                seen.since = None
            else:
                self._look_at(seen, now)
        self._looked = now
        systemd.notify(systemd.ALIVE)

    def _look_at(self, seen: _PartState, now: float) -> None:
        part, before, again = seen.part, seen.says, now - seen.started >= self._pace.again
        seen.says = _fault_of(part, now)
        if not seen.says:
            if before:
                log("a part of this process works again", part=part.name)
            if again:  # a new one that fails soon is no cure
                seen.since = None
            return
        if not before:
            log("a part of this process does not work", part=part.name, fault=seen.says)
        if seen.since is None:
            seen.since = now
        if part.gives_up is not None and now - seen.since >= part.gives_up:
            self._end_because(part, seen.says)
        elif part.start and again:
            seen.started = now
            _start_anew(part.name, part.start)

    def _end_because(self, part: Part, says: str) -> None:
        """End the process after the tick under way, or without it where it does not end in time."""
        log("this process ends, to be started anew: a part of it does not work", part=part.name, fault=says)
        systemd.notify(systemd.ENDING)
        backstop = threading.Timer(self._pace.drain + 5, self._end)
        backstop.daemon = True
        backstop.start()
        self._drain()
        backstop.cancel()
        self._end()

    def _run(self) -> None:
        while not self._over.wait(self._pace.look):
            self.look()


def _fault_of(part: Part, now: float) -> str:
    try:
        return part.fault(now)
    except Exception as fault:
        unexpected(fault)
        return "it cannot be looked at"


def _start_anew(name: str, start: Callable[[], object]) -> None:
    log("a part of this process is started anew", part=name)
    try:
        start()
    except Exception as fault:
        unexpected(fault)
