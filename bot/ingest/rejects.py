"""Faults of an export: a file that is refused, a row that is rejected, a cell that cannot be read; and their list."""

from __future__ import annotations

import csv
import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from bot.store.loading.merge import Contradiction

#: The content of a column decides how its unreadable cells are listed: references, times and days each by its row; a
#: word once with its count; people and places only by their number, never with the text of the cell.
Kind = Literal["reference", "time", "word", "person"]


class SourceError(Exception):
    """A file that is refused: nothing was changed. The text names the fault, its place, and the remedy.

    `casts_doubt`: the file is the source's own and cannot be read, so the source is in doubt until one can be. A file
    that is only older than the one loaded, or of another source, casts no doubt.
    """

    def __init__(self, text: str, *, casts_doubt: bool = True) -> None:
        super().__init__(text)
        self.casts_doubt = casts_doubt


class CellError(ValueError):
    """One cell that cannot be read: the reason, and advice."""

    def __init__(self, reason: str, advice: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.advice = advice


class Problem(NamedTuple):
    """The reason for an unread cell or a rejected row, with advice; the row number comes from the caller."""

    column: str
    reason: str
    advice: str
    value: str = ""


HEADER = ("file", "row", "column", "value", "rows", "reason", "what_to_do")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # full-width, too


@dataclass
class _Word:
    """An unreadable word: the first row that has it, the reason, and its number of rows."""

    first: int
    problem: Problem
    rows: int = 0


#: Distinct words of one column that are listed each for itself; free text in a coded column must not pile up.
_MOST_WORDS = 200


class Rejects:
    """The list of rows that were rejected or not kept whole, readable only by the people who can correct them.

    A CSV that is begun with the first row to be listed, and kept only if the load is carried out. `rows` counts the
    rejected rows, `kept` the others; `unreadable` is the reason for the first row that could not be read.
    `words` are the unknown words of coded columns, with their numbers of rows. `cells` counts the unreadable cells of
    columns that hold people or places; their text is not kept. PermissionError if nothing can be listed in the folder:
    that must be known before a row is stored.
    """

    def __init__(self, folder: Path, source: str, file_name: str, now: datetime) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
        self._folder = folder
        self._file_name = file_name
        stem = f"{source}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        stems = (stem if n == 1 else f"{stem}-{n}" for n in range(1, 10_000))  # two loads may fall into one second
        self.stem = next(s for s in stems if not any(folder.glob(f"{s}[.-]*")))
        self.rows = 0
        self.kept = 0
        self.unreadable = ""
        self._open: set[int] = set()  # rows that may be open
        self._unread: set[int] = set()
        self._rejected_open = 0
        self.words: dict[tuple[str, str], _Word] = {}
        self.cells: dict[str, _Word] = {}
        self._part = folder / f"{self.stem}.csv.part"
        self._stream: Any = None
        self._writer: Any = None

    def add(self, row: int, problems: list[Problem]) -> None:
        """List one rejected row, with every fault of it."""
        self.rows += 1
        self._list(row, problems)

    def leave_out(self, row: int, problems: list[Problem], *, maybe_open: bool) -> None:
        """List one row that could not be read."""
        p = problems[0]
        self.unreadable = self.unreadable or f"Line {row}: {p.column} {p.reason}".replace(":  ", ": ").rstrip(".") + "."
        self._rejected_open += maybe_open
        self.add(row, problems)

    def keep(self, row: int, problems: list[Problem], kinds: Mapping[str, Kind], *, maybe_open: bool) -> None:
        """Count a row that is kept, and list the cells that it is kept without."""
        self.kept += 1
        if maybe_open:
            self._open.add(row)
        if problems:
            self.note(row, problems, kinds)

    def note(self, row: int, problems: list[Problem], kinds: Mapping[str, Kind]) -> None:
        """List cells of a row, by the content of their columns; `kinds` without the column: each by its row."""
        self._unread.add(row)
        for p in problems:
            kind = kinds.get(p.column, "reference")
            if kind == "person":
                self.cells.setdefault(p.column, _Word(row, p)).rows += 1
            elif kind == "word":
                listed = (p.column, p.value) in self.words or len(self.words) < _MOST_WORDS
                self.words.setdefault((p.column, p.value if listed else ""), _Word(row, p)).rows += 1
            else:
                self._list(row, [p])

    def contradiction(self, c: Contradiction) -> None:
        """List a row that contradicts another: it is kept without the cell, or with the other row's value."""
        self.note(c.line, [Problem(c.column, c.reason, c.advice, c.value)], {})

    def unread(self) -> tuple[int, int, int]:
        """Return the numbers of rows left out and of rows kept but not read whole; and of both, that may be open."""
        return self.rows, len(self._unread), self._rejected_open + len(self._unread & self._open)

    def _list(self, row: int, problems: list[Problem], rows: int = 1) -> None:
        if self._stream is None:
            self._stream = open_private(self._part)
            self._writer = csv.writer(self._stream)
            self._writer.writerow(HEADER)
        for p in problems:
            # A spreadsheet would run a cell that begins like a formula.
            value = f"'{p.value}" if p.value.startswith(_FORMULA) else p.value
            self._writer.writerow((self._file_name, row, p.column, value[:200], rows, p.reason, p.advice))

    def finish(self) -> Path | None:
        """Finish the list and return its file; None if there was nothing to list."""
        for (_, value), word in self.words.items():
            self._list(word.first, [word.problem._replace(value=value)], word.rows)
        for cell in self.cells.values():
            self._list(cell.first, [cell.problem._replace(value="")], cell.rows)
        if self._stream is None:
            return None
        self._stream.close()
        return self._part.rename(self._folder / f"{self.stem}.csv")

    def discard(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._part.unlink(missing_ok=True)


@contextmanager
def listing_rejects(folder: Path, source: str, file_name: str, now: datetime) -> Iterator[Rejects]:
    """Begin a list that is discarded unless it was finished: a refused file leaves nothing behind."""
    rejects = Rejects(folder, source, file_name, now)
    try:
        yield rejects
    finally:
        rejects.discard()


def open_private(path: Path) -> Any:
    """Open a file of the bot's own folders that only its owner may read, even if it was there before.

    It holds cells as people typed them. A link is not followed.
    """
    number = os.open(path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    if hasattr(os, "fchmod"):  # Windows has no such modes
        os.fchmod(number, 0o600)
    os.ftruncate(number, 0)
    return open(number, "w", encoding="utf-8", newline="")
