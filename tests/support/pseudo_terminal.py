"""A verb at a terminal of a given size: what a person sees and types."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from rich.cells import cell_len

from bot.settings import ROOT

#: Run a verb with its data in a folder of the test, at its own terminal: Ctrl-C reaches it.
_RUN = (
    "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "import sys, pathlib, bot.settings; bot.settings.ROOT = pathlib.Path(sys.argv[1]); "
    "from bot.__main__ import main; sys.exit(main(sys.argv[2:]))"
)
_CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass
class Terminal:
    """The terminal's end of a running verb. `shown` is everything that was written to it, without colour."""

    process: subprocess.Popen[bytes]
    end: int
    shown: str = ""

    def until(self, pattern: str, seconds: float = 60) -> str:
        """Read on until the text since the last call matches at its end; return that text."""
        begins, give_up = len(self.shown), time.monotonic() + seconds
        while not re.search(pattern + r"\Z", self.shown[begins:]):
            assert time.monotonic() < give_up, self.shown[begins:]
            if select.select([self.end], [], [], 0.2)[0]:
                self.shown += self._read()
        return self.shown[begins:]

    def type(self, keys: str) -> None:
        os.write(self.end, keys.encode())

    def interrupt(self, pattern: str) -> str:
        """Press Ctrl-C, as a person does until it is taken; return the text until the pattern.

        CPython loses a signal between the prompt and its wait for a key.
        """
        for _ in range(12):
            self.type("\x03")
            with suppress(AssertionError):
                return self.until(pattern, seconds=5)
        raise AssertionError(self.shown)

    def ended(self) -> int:
        """Read to the end of the verb, and return its exit code."""
        give_up = time.monotonic() + 60
        while self.process.poll() is None:
            assert time.monotonic() < give_up, self.shown
            if select.select([self.end], [], [], 0.2)[0]:
                self.shown += self._read()
        return self.process.returncode

    def _read(self) -> str:
        try:
            content = os.read(self.end, 65536)
        except OSError:  # Linux says so where the other end was closed
            return ""
        return _CODES.sub("", content.decode("utf-8", "replace")).replace("\r\n", "\n")


def rows(text: str, columns: int) -> int:
    """Return the rows that a text takes on a terminal; a long line takes several."""
    return sum(max(1, -(-cell_len(line) // columns)) for line in text.split("\n"))


@contextmanager
def at_a_terminal(
    folder: Path, *words: str, environ: Mapping[str, str], lines: int = 40, columns: int = 100
) -> Iterator[Terminal]:
    """Run a verb at a terminal of this size; it is ended at the latest with the test."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    outside = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "TERM": "xterm",
        "LANG": "C.UTF-8",
        "HOME": str(folder),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", _RUN, str(folder), *words],
        env={**outside, **environ},
        cwd=folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        # A run in the background of a shell ignores Ctrl-C, and so would every process that it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    os.close(theirs)
    try:
        yield Terminal(process, ours)
    finally:
        process.kill()
        process.wait(10)
        os.close(ours)
