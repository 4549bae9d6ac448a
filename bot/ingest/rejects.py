"""Where rows that were rejected, or not kept whole, are listed for the people who can put them right: nobody else."""

from __future__ import annotations

import csv
import errno
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.ingest.cells import Kind
from bot.ingest.errors import Problem

HEADER = ("file", "row", "column", "value", "rows", "reason", "what_to_do")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # full-width, too
_LONGEST = 200


@dataclass
class _Word:
    """An unreadable word: the first row that has it, why it is unreadable, and in how many rows it stands."""

    first: int
    problem: Problem
    rows: int = 0


#: Distinct words of one column that are listed each for itself; free text in a coded column must not pile up.
_MOST_WORDS = 200


class Rejects:
    """A CSV that is begun with the first row to be listed, and kept only if the load is carried out.

    `rows` are left out; `words` are those of coded columns that are not known, with how many rows have each;
    `cells` counts the unreadable cells of columns that hold people or places, of which nothing is kept.
    """

    def __init__(self, folder: Path, source: str, file_name: str, now: datetime) -> None:
        _make_folder(folder)
        self._folder = folder
        self._file_name = file_name
        self.stem = _free_stem(folder, f"{source}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
        self.rows = 0
        self.words: dict[tuple[str, str], _Word] = {}
        self.cells: dict[str, _Word] = {}
        self._part = folder / f"{self.stem}.csv.part"
        self._stream: Any = None
        self._writer: Any = None

    def add(self, row: int, problems: list[Problem]) -> None:
        """One rejected row, with everything that is wrong with it."""
        self.rows += 1
        self._list(row, problems)

    def note(self, row: int, problems: list[Problem], kinds: Mapping[str, Kind]) -> None:
        """Cells of a row that is kept without them, listed by what their columns hold."""
        for p in problems:
            kind = kinds.get(p.column, "reference")
            if kind == "person":
                self.cells.setdefault(p.column, _Word(row, p)).rows += 1
            elif kind == "word":
                listed = (p.column, p.value) in self.words or len(self.words) < _MOST_WORDS
                self.words.setdefault((p.column, p.value if listed else ""), _Word(row, p)).rows += 1
            else:
                self._list(row, [p])

    def _list(self, row: int, problems: list[Problem], rows: int = 1) -> None:
        if self._stream is None:
            self._open()
        for p in problems:
            self._writer.writerow((self._file_name, row, p.column, _harmless(p.value), rows, p.reason, p.advice))

    def _summed_up(self) -> None:
        for (_, value), word in self.words.items():
            self._list(word.first, [word.problem._replace(value=value)], word.rows)
        for cell in self.cells.values():
            self._list(cell.first, [cell.problem._replace(value="")], cell.rows)

    def _open(self) -> None:
        self._stream = open_private(self._part)
        self._writer = csv.writer(self._stream)
        self._writer.writerow(HEADER)

    def keep(self) -> Path | None:
        """The finished list; None if there was nothing to list."""
        self._summed_up()
        if self._stream is None:
            return None
        self._stream.close()
        return self._part.rename(self._folder / f"{self.stem}.csv")

    def keep_summary(self, summary: dict[str, Any]) -> None:
        with open_private(self._folder / f"{self.stem}-summary.json") as stream:
            json.dump(summary, stream, indent=2, default=str)
            stream.write("\n")

    def discard(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._part.unlink(missing_ok=True)


@contextmanager
def listing_rejects(folder: Path, source: str, file_name: str, now: datetime) -> Iterator[Rejects]:
    """A list that is thrown away unless it was kept: a refused file leaves nothing behind."""
    rejects = Rejects(folder, source, file_name, now)
    try:
        yield rejects
    finally:
        rejects.discard()


def _make_folder(folder: Path) -> None:
    """OSError if nothing can be listed there: that must be known before a row is stored."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))


def _free_stem(folder: Path, stem: str) -> str:
    """Two loads may fall into one second."""
    stems = (stem if n == 1 else f"{stem}-{n}" for n in range(1, 10_000))
    return next(s for s in stems if not any(folder.glob(f"{s}[.-]*")))


def open_private(path: Path) -> Any:
    """Only the owner may read it, an older file of that name included: it holds what people typed as a code."""
    number = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    if hasattr(os, "fchmod"):  # Windows has no such modes
        os.fchmod(number, 0o600)
    os.ftruncate(number, 0)
    return open(number, "w", encoding="utf-8", newline="")


def _harmless(value: str) -> str:
    """A spreadsheet would run a cell that begins like a formula."""
    return f"'{value}"[:_LONGEST] if value.startswith(_FORMULA) else value[:_LONGEST]
