"""A chart as a PNG, drawn in a process of its own: what it imports, needs and breaks never touches the bot.

That process is handed the numbers and nothing else: neither the environment, which holds secrets, nor a file.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Final

from bot.conversation.reply import Chart
from bot.logs.setup import log

#: The first one reads every font of the machine; those that follow take a second or two.
SECONDS: Final = 15.0
#: Far above any chart of ours: what is longer is none.
MOST_BYTES: Final = 2_000_000
SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_ROOT = Path(__file__).resolve().parents[2]
_DRAW = (sys.executable, "-P", "-X", "utf8", "-m", "bot.reports.chart_process")
_KEPT = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP")


def png(chart: Chart, seconds: float = SECONDS, program: tuple[str, ...] = _DRAW) -> bytes | None:
    """None where it could not be drawn in time: that is logged, and the numbers stand in the answer as text."""
    asked = json.dumps(asdict(chart)).encode()
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            program, input=asked, capture_output=True, timeout=seconds, env=_environment(), check=False
        )
        fault = _fault(done)
    except (subprocess.TimeoutExpired, OSError) as raised:
        fault = type(raised).__name__
    if fault:
        log("a chart was not drawn", outcome=fault)
        return None
    return done.stdout


def _fault(done: subprocess.CompletedProcess[bytes]) -> str:
    """A word for what went wrong; what the other process said may quote a title, and is not logged."""
    if done.returncode != 0:
        return f"exit {done.returncode}"
    whole = done.stdout.startswith(SIGNATURE) and len(done.stdout) <= MOST_BYTES
    return "" if whole else "no picture"


def _environment() -> Mapping[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {"PYTHONPATH": str(_ROOT), "MPLBACKEND": "Agg", "MPLCONFIGDIR": _folder(), "HOME": _folder()}


@cache
def _folder() -> str:
    """Where the list of fonts is kept as long as this process lives; nobody else can write there."""
    folder = tempfile.mkdtemp(prefix="charts-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
