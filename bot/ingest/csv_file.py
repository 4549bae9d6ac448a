"""A CSV export as rows: refused where it cannot be one at all; where a part of it is broken, the rest is read."""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, TextIO

from bot.ingest.errors import SourceError

_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
NOTHING_CHANGED = "Nothing was changed."
#: Free text that is not ours may be long; what is longer than this is a quotation mark that is never closed.
LONGEST_CELL = 1 << 20
csv.field_size_limit(LONGEST_CELL)


class Line(NamedTuple):
    """One record: the numbers of its first and last line in the file (the header is 1), and its cells.

    `raw` are its lines as they stand in the file, where it has several. `ended` is false for the last record of a file
    without a final line end: it may be cut off. `torn`: the quotation marks around it do not match, so that its line
    was read by itself.
    """

    number: int
    last: int
    cells: list[str]
    ended: bool = True
    raw: tuple[str, ...] = ()
    torn: bool = False


class Export:
    """An open file: its header, then its rows, once, as a stream. `ended`: the last line read has a line end.

    `broken` says what of the file could not be read as rows, and why; every other row holds.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.name = name
        self.sha256 = _check_bytes(file, name)
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
        self.header = _check_header(first.cells, name)

    def rows(self) -> Iterator[Line]:
        yield from self._lines
        if _stamp(self._file) != self._before:
            raise SourceError(f"{self.name}: the file changed while it was read. Load it again when it is complete.")

    def _records(self, text: TextIO) -> Iterator[Line]:
        """Where quotation marks do not match, each line from there on is read by itself, then as before."""
        raw = self._raw(text)
        while True:
            try:
                for cells in csv.reader(raw, strict=True):
                    lines, self._pending = self._pending, []
                    if cells:
                        first = self._number - len(lines) + 1
                        yield Line(first, self._number, cells, self.ended, tuple(lines) if len(lines) > 1 else ())
                return
            except csv.Error as fault:
                lines, self._pending = self._pending, []
                first = self._number - len(lines) + 1
                self.broken = self.broken or _not_csv(first, str(fault))
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
    """Each line as a row of its own, whatever its quotation marks say; empty ones are no rows."""
    for number, line in enumerate(lines, first):
        cells = next(csv.reader([line.replace('"', "")]), [])
        if cells:
            yield Line(number, number, cells, line.endswith(("\n", "\r")), torn=True)


@contextmanager
def open_export(path: Path) -> Iterator[Export]:
    """The file, if it can be an export at all; SourceError says why not."""
    try:
        file = path.open("rb")
    except OSError as fault:
        said = f"{path.name}: cannot be opened: {fault.strerror}. {NOTHING_CHANGED}"
        raise SourceError(said, casts_doubt=False) from None  # it is no export yet: the age of the newest says enough
    with file:
        yield Export(file, path.name)


def _check_bytes(file: BinaryIO, name: str) -> str:
    """The file's SHA-256, once its first bytes look right."""
    sha256, first = hashlib.sha256(), b""
    while block := file.read(1 << 20):
        sha256.update(block)
        first = first or block[:4]
    file.seek(0)
    if not first:
        raise SourceError(f"{name}: the file is empty. Nothing was changed.")
    if first[:2] in {b"\xff\xfe", b"\xfe\xff"} or first == b"\0\0\xfe\xff":
        raise SourceError(f'{name}: the file is UTF-16 or UTF-32. Save it as "CSV UTF-8"; nothing was changed.')
    if first == b"PK\x03\x04":
        raise SourceError(f'{name}: this is a workbook, not a CSV file. Save it as "CSV UTF-8"; nothing was changed.')
    return sha256.hexdigest()


def _check_header(cells: list[str], name: str) -> list[str]:
    for delimiter, words in _DELIMITERS.items():
        if len(cells) == 1 and delimiter in cells[0]:
            raise SourceError(f"{name}: the columns are separated by {words}, not commas. Save it with commas.")
    return cells


def _not_csv(line: int, fault: str) -> str:
    if "unexpected end" in fault:
        return (
            f"A quotation mark opened on line {line} is never closed: either the end of the file is cut off, "
            "or the mark does not belong there. Export or copy it again."
        )
    if "field limit" in fault:
        return (
            f"A cell of the row that begins on line {line} is longer than {LONGEST_CELL:,} characters, "
            "probably because a quotation mark is never closed. Export it again."
        )
    return f"The quotation marks on line {line} do not match. Export it again."


def _not_utf8(file: BinaryIO) -> int:
    """The number of the first line that is not UTF-8: text is decoded ahead of the line that is read."""
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
