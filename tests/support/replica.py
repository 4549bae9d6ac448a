"""One replica as a process: python -m tests.support.replica URL FILE NAME SECONDS-OF-A-TICK STALLED."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from bot.server.engine import Pace
from bot.server.engine.factory import engine_for

QUICK = Pace(period=1, heartbeat=0.3, stalled=1.5, recover=1, poll=0.1, stuck=3, healthy=10, drain=5)


class Noted(NamedTuple):
    """A line of the file: replica, event of its tick, and time by the clock that all processes of a machine share."""

    who: str
    what: str
    at: float


def main(url: str, file: str, name: str, takes: str, stalled: str) -> None:
    notes = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def tick() -> None:
        os.write(notes, f"{name} began {time.monotonic()}\n".encode())
        time.sleep(float(takes))
        os.write(notes, f"{name} ended {time.monotonic()}\n".encode())

    engine = engine_for(url, tick, replace(QUICK, stalled=float(stalled)))
    engine.start()
    sys.stdin.read()
    os._exit(0 if engine.stop() else 1)


def read(file: Path) -> list[Noted]:
    lines = file.read_text().splitlines() if file.exists() else []
    return [Noted(who, what, float(at)) for who, what, at in map(str.split, lines)]


@contextmanager
def replica(
    url: str, file: Path, name: str, takes: float, stalled: float = Pace().stalled
) -> Iterator[subprocess.Popen[bytes]]:
    """Yield a process that ticks and is killed after the block.

    Under load a process may stand still for seconds: a short `stalled` lets another replica take over its tick.
    """
    words = [sys.executable, "-m", "tests.support.replica", url, str(file), name, str(takes), str(stalled)]
    with subprocess.Popen(words, stdin=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


if __name__ == "__main__":
    main(*sys.argv[1:])
