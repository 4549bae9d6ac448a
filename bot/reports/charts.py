"""Draw a chart as a PNG in a process of its own, so that its imports, memory and failures never touch the bot.

The process is given the numbers and nothing else: neither the environment, which holds secrets, nor a file.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Final

from bot.conversation.reply import Chart
from bot.logs.setup import log

#: The first chart reads every font of the machine; the next ones take a second or two.
SECONDS: Final = 15.0
#: Far above any chart of ours; longer output is refused.
MOST_BYTES: Final = 2_000_000
SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_ROOT = Path(__file__).resolve().parents[2]
_DRAW = (sys.executable, "-P", "-X", "utf8", "-m", "bot.reports.chart_process")
_KEPT = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP")


def png(chart: Chart, seconds: float = SECONDS, program: tuple[str, ...] = _DRAW) -> bytes | None:
    """Return the PNG, or None if it was not drawn in time: that is logged, and the answer gives the numbers as text."""
    try:
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        done = subprocess.run(  # noqa: S603 - our own program
            program,
            input=json.dumps(asdict(chart)).encode(),
            capture_output=True,
            timeout=seconds,
            env=kept | {"PYTHONPATH": str(_ROOT), "MPLBACKEND": "Agg", "MPLCONFIGDIR": _folder(), "HOME": _folder()},
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError) as raised:
        log("a chart was not drawn", outcome=type(raised).__name__)
        return None
    if done.returncode == 0 and done.stdout.startswith(SIGNATURE) and len(done.stdout) <= MOST_BYTES:
        return done.stdout
    # The process's output may quote a title, and is not logged.
    log("a chart was not drawn", outcome=f"exit {done.returncode}" if done.returncode else "no picture")
    return None


@cache
def _folder() -> str:
    """Return the folder of the font cache, made for this process, closed to other users and removed at its end."""
    folder = tempfile.mkdtemp(prefix="charts-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
