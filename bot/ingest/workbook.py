"""A workbook (.xlsx) as rows, read in a process of its own: a hostile one costs that process, never the bot.

The process is given the open file and the names of columns, and nothing of the environment, which holds secrets.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

from bot.ingest.cells import undecorated
from bot.ingest.rejects import SourceError
from bot.ingest.shape import ColumnNames, Line, Shape

#: Until the first row comes: the sheet is whole in the process's memory then, and its processor time is limited.
SECONDS: Final = 90.0
_ROOT = Path(__file__).resolve().parents[2]
_READ = (sys.executable, "-P", "-X", "utf8", "-m", "bot.ingest.workbook_process")
_KEPT = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP")
_FAILED = (
    "this workbook cannot be read: it is damaged, or far larger than an export. Open it in Excel and save the sheet "
    'with the export as "CSV UTF-8". Nothing was changed.'
)


@contextmanager
def open_workbook(file: BinaryIO, name: str, names: ColumnNames) -> Iterator[tuple[Shape, list[str], SheetRows]]:
    """Find the sheet with the columns; give its shape, header and rows. SourceError if none has."""
    kept = {key: os.environ[key] for key in _KEPT if key in os.environ}
    process = subprocess.Popen(  # noqa: S603 - our own program
        (*_READ, json.dumps([sorted(names.needed), sorted(names.known)])),
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=kept | {"PYTHONPATH": str(_ROOT)},
    )
    late = threading.Timer(SECONDS, process.kill)
    late.start()
    try:
        lines = _answers(process, name)
        first = next(lines)
        late.cancel()
        if "refused" in first:
            raise SourceError(f"{name}: {first['refused']} Nothing was changed.")
        shape = Shape(header=first["header"], skipped=tuple(first["skipped"]), sheet=first["sheet"])
        rows = SheetRows(lines, shape.header)
        yield shape, next(iter(rows)).cells, rows
    finally:
        late.cancel()
        process.kill()
        process.communicate()


def _answers(process: subprocess.Popen[bytes], name: str) -> Iterator[Any]:
    """Read what the process writes; SourceError where it ends before it has said that this was all."""
    assert process.stdout is not None  # noqa: S101 - for the type checker
    for text in process.stdout:
        if text == b"end\n":
            return
        if not text.endswith(b"\n"):
            break
        yield json.loads(text)
    raise SourceError(f"{name}: {_FAILED}")


class SheetRows:
    """The rows of a sheet from its header on, with their numbers; a workbook that was read at all is whole."""

    ended = True
    broken = ""

    def __init__(self, rows: Iterator[list[str]], first: int) -> None:
        self._lines = (Line(n, [undecorated(cell) for cell in cells]) for n, cells in enumerate(rows, first))

    def __iter__(self) -> Iterator[Line]:
        return self._lines
