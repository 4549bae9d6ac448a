"""Draw a chart as a PNG in a process of its own, so that its imports, memory and failures never touch the bot.

The process is given the numbers and nothing else: neither the environment, which holds secrets, nor a file.
"""

from __future__ import annotations

import atexit
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from bot.conversation.reply import Chart
from bot.logs.setup import log

#: The first chart reads every font of the machine; the next ones take a second or two.
SECONDS: Final = 15.0
#: A report waits longer, and is nothing without its pictures.
SECONDS_OF_A_REPORT: Final = 120.0
#: Far above any chart of ours; longer output is refused.
MOST_BYTES: Final = 2_000_000
SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_ROOT = Path(__file__).resolve().parents[2]
_DRAW = (sys.executable, "-P", "-X", "utf8", "-m", "bot.reports.chart_process")
_KEPT = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP")


def png(chart: Chart, seconds: float = SECONDS, program: tuple[str, ...] = _DRAW) -> bytes | None:
    """Return the PNG, or None if it was not drawn in time: that is logged, and the answer gives the numbers as text."""
    done = _run(program, asdict(chart), seconds)
    if done is None:
        return None
    if done.returncode == 0 and done.stdout.startswith(SIGNATURE) and len(done.stdout) <= MOST_BYTES:
        return done.stdout
    # The process's output may quote a title, and is not logged.
    log("a chart was not drawn", outcome=f"exit {done.returncode}" if done.returncode else "no picture")
    return None


class NotDrawn(Exception):
    """The charts of a report were not drawn; the text says what to do."""


def of_a_report(
    charts: Sequence[Chart], form: Literal["png", "svg"], seconds: float = SECONDS_OF_A_REPORT
) -> tuple[bytes, ...]:
    """Return the charts at the width of a page, all drawn by one process. NotDrawn where that fails."""
    if not charts:
        return ()
    done = _run(_DRAW, {"form": form, "charts": [asdict(chart) for chart in charts]}, seconds)
    if done is None or done.returncode:
        raise NotDrawn("The charts could not be drawn. Make the report again when the machine is less busy.")
    return tuple(base64.b64decode(picture) for picture in json.loads(done.stdout))


def _run(program: tuple[str, ...], given: Any, seconds: float) -> subprocess.CompletedProcess[bytes] | None:
    try:
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        return subprocess.run(  # noqa: S603 - our own program
            program,
            input=json.dumps(given).encode(),
            capture_output=True,
            timeout=seconds,
            env=kept | {"PYTHONPATH": str(_ROOT), "MPLBACKEND": "Agg", "MPLCONFIGDIR": _folder(), "HOME": _folder()},
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError) as raised:
        log("a chart was not drawn", outcome=type(raised).__name__)
        return None


@cache
def _folder() -> str:
    """Return the folder of the font cache, made for this process, closed to other users and removed at its end."""
    folder = tempfile.mkdtemp(prefix="charts-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
