"""A CSV export as rows, and the time it was taken.

A file that cannot be an export is refused; if a part of it is broken, the rest is read.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple, TextIO

from bot.ingest.cells import month_first, read_moment
from bot.ingest.rejects import CellError, SourceError
from bot.rules.partnership.partnership import Source
from bot.rules.time.clock import LONDON

_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
NOTHING_CHANGED = "Nothing was changed."
#: Free text of other columns may be long; a longer cell means a quotation mark that is never closed.
LONGEST_CELL = 1 << 20
csv.field_size_limit(LONGEST_CELL)


class Line(NamedTuple):
    """One record: the number of its first line in the file (the header is 1), and its cells.

    `raw` are its lines as the file has them, where it has several. `ended` is false for the last record of a file
    without a final line end: it may be cut off. `torn`: the quotation marks around it do not match, so that its line
    was read by itself.
    """

    number: int
    cells: list[str]
    ended: bool = True
    raw: tuple[str, ...] = ()
    torn: bool = False


class Export:
    """An open file: its header, then its rows, once, as a stream.

    `ended`: the last line read has a line end. `broken` is the first part of the file that could not be read as rows,
    in words, with the reason; every other row holds.
    """

    def __init__(self, file: BinaryIO, name: str, sha256: str) -> None:
        self.name = name
        self.sha256 = sha256
        self._file = file
        self._before = _stamp(file)
        self._text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        self.ended = True
        self.broken = ""
        self._number = 0  # of the last line that was read
        self._pending: list[str] = []  # the lines of the record that is being read
        self._lines = self._records(self._text)
        first = next(self._lines, None)
        if self.broken:
            raise SourceError(f"{name}: {self.broken} {NOTHING_CHANGED}")
        if first is None:
            raise SourceError(f"{name}: the file holds nothing but empty lines. {NOTHING_CHANGED}")
        for delimiter, words in _DELIMITERS.items():
            if len(first.cells) == 1 and delimiter in first.cells[0]:
                raise SourceError(f"{name}: the columns are separated by {words}, not commas. Save it with commas.")
        self.header = first.cells

    def rows(self) -> Iterator[Line]:
        yield from self._lines
        if _stamp(self._file) != self._before:
            raise SourceError(f"{self.name}: the file changed while it was read. Load it again when it is complete.")

    def _records(self, text: TextIO) -> Iterator[Line]:
        """Read records; a record whose quotation marks do not match is read line by line."""
        raw = self._raw(text)
        while True:
            try:
                for cells in csv.reader(raw, strict=True):
                    lines, self._pending = self._pending, []
                    if cells:
                        first = self._number - len(lines) + 1
                        yield Line(first, cells, self.ended, tuple(lines) if len(lines) > 1 else ())
                return
            except csv.Error as fault:
                lines, self._pending = self._pending, []
                first = self._number - len(lines) + 1
                if "unexpected end" in str(fault):
                    reason = (
                        f"A quotation mark opened on line {first} is never closed: either the end of the file is cut "
                        "off, or the mark does not belong there. Export or copy it again."
                    )
                elif "field limit" in str(fault):
                    reason = (
                        f"A cell of the row that begins on line {first} is longer than {LONGEST_CELL:,} characters, "
                        "probably because a quotation mark is never closed. Export it again."
                    )
                else:
                    reason = f"The quotation marks on line {first} do not match. Export it again."
                self.broken = self.broken or reason
                yield from apart(first, lines)
            except UnicodeDecodeError:
                raise SourceError(
                    f"{self.name}: line {_not_utf8(self._file)} holds characters that are not UTF-8. "
                    f'Save the file as "CSV UTF-8"; nothing was changed.'
                ) from None

    def _raw(self, text: TextIO) -> Iterator[str]:
        for line in text:
            self._number += 1
            if "\0" in line:
                self.broken = self.broken or (
                    f"Line {self._number} holds zero bytes; the end of the file seems to be cut off. "
                    "Export or copy it again."
                )
                line = line.replace("\0", "\ufffd")
            self.ended = line.endswith(("\n", "\r"))
            self._pending.append(line)
            yield line


def apart(first: int, lines: Iterable[str]) -> Iterator[Line]:
    """Read each line as a row of its own, without its quotation marks; empty lines are no rows."""
    for number, line in enumerate(lines, first):
        cells = next(csv.reader([line.replace('"', "")]), [])
        if cells:
            yield Line(number, cells, line.endswith(("\n", "\r")), torn=True)


@contextmanager
def open_export(path: Path) -> Iterator[Export]:
    """Open a file that can be an export at all; SourceError gives the reason if it cannot."""
    try:
        file = path.open("rb")
    except OSError as fault:
        text = f"{path.name}: cannot be opened: {fault.strerror}. {NOTHING_CHANGED}"
        raise SourceError(text, casts_doubt=False) from None  # it is no export yet: the age of the newest says enough
    with file:
        sha256, start = hashlib.sha256(), b""
        while block := file.read(1 << 20):
            sha256.update(block)
            start = start or block[:4]
        file.seek(0)
        if not start:
            raise SourceError(f"{path.name}: the file is empty. Nothing was changed.")
        if start[:2] in {b"\xff\xfe", b"\xfe\xff"} or start == b"\0\0\xfe\xff":
            raise SourceError(
                f'{path.name}: the file is UTF-16 or UTF-32. Save it as "CSV UTF-8"; nothing was changed.'
            )
        if start == b"PK\x03\x04":
            raise SourceError(
                f'{path.name}: this is a workbook, not a CSV file. Save it as "CSV UTF-8"; nothing was changed.'
            )
        yield Export(file, path.name, sha256.hexdigest())


def plain(name: str) -> str:
    """Return a column name for comparison: case and the spaces around it do not matter."""
    return name.strip().casefold()


How = Literal["given", "column", "name", "modified"]


class Taken(NamedTuple):
    """The time an export was taken, and the origin of that knowledge."""

    at: datetime
    how: How


def when_taken(path: Path, key: str, source: Source, given: datetime | None, now: datetime) -> Taken:
    """Return the time an export was taken; `key` is the export's name in the partnership file.

    SourceError where the column or the file name that the partnership file points to does not give the time. The
    file's own time is the last resort; where that cannot be read either it is `now`, and the load reports the fault.
    """
    if given is not None:
        return Taken(given, "given")
    if source.taken_at_column:
        return Taken(_newest_in_column(path, key, source), "column")
    if source.taken_at_in_name:
        try:
            wall = datetime.strptime(path.name, source.taken_at_in_name)  # noqa: DTZ007 - London wall time
        except ValueError:
            raise SourceError(_no_time(path, key, f"its name is not like {source.taken_at_in_name!r}")) from None
        return Taken(wall.replace(tzinfo=LONDON).astimezone(UTC), "name")
    try:
        return Taken(min(now, datetime.fromtimestamp(path.stat().st_mtime, UTC)), "modified")
    except (OSError, ValueError, OverflowError):
        return Taken(now, "modified")


def _newest_in_column(path: Path, key: str, source: Source) -> datetime:
    """Return the newest time in the column: an export is as fresh as its last row."""
    read = month_first(read_moment) if source.day_order == "month-first" else read_moment
    newest: datetime | None = None
    with open_export(path) as export:
        header = [plain(cell) for cell in export.header]
        if plain(source.taken_at_column) not in header:
            raise SourceError(_no_time(path, key, f"there is no column {source.taken_at_column!r}"))
        place = header.index(plain(source.taken_at_column))
        for line in export.rows():
            try:
                at = read(line.cells[place].strip()).at if place < len(line.cells) else None
            except CellError:
                continue
            newest = max((t for t in (newest, at) if t is not None), default=None)
    if newest is None:
        raise SourceError(_no_time(path, key, f"the column {source.taken_at_column!r} holds no time"))
    return newest


def _no_time(path: Path, key: str, why: str) -> str:
    return (
        f"{path.name}: when the export was taken is not known, because {why} (taken_at in [sources.{key}] of the "
        "partnership file). Put that right, or give --taken-at. Nothing was changed."
    )


def _not_utf8(file: BinaryIO) -> int:
    """Return the number of the first line that is not UTF-8: text is decoded ahead of the line that is read."""
    file.seek(0)
    before = 0
    for piece in file:  # up to a line feed; there may be other line ends in it
        try:
            piece.decode()
        except UnicodeDecodeError as fault:
            return before + len((piece[: fault.start] + b"?").splitlines())
        before += len(piece.splitlines())
    return max(before, 1)


def _stamp(file: BinaryIO) -> tuple[int, int]:
    found = os.fstat(file.fileno())
    return found.st_size, found.st_mtime_ns
