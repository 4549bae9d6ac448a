"""Whether a file is a whole, readable CSV export; anything doubtful is refused before a row is stored."""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, TextIO

from bot.ingest.faults import SourceError

_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_CUT_OFF = "the end of the file seems to be cut off. Export or copy it again; nothing was changed."


class Line(NamedTuple):
    """One record: the number of its first line in the file (the header is 1), and its cells."""

    number: int
    last: int
    cells: list[str]


class Export:
    """An open file: its header, then its rows, once, as a stream."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.name = name
        self.sha256 = _check_bytes(file, name)
        self._file = file
        self._before = _stamp(file)
        self._text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        self._lines = self._records(self._text)
        first = next(self._lines, None)
        if first is None:
            raise SourceError(f"{name}: the file holds nothing but empty lines. Nothing was changed.")
        self.header = _check_header(first.cells, name)

    def rows(self) -> Iterator[Line]:
        yield from self._lines
        if _stamp(self._file) != self._before:
            raise SourceError(f"{self.name}: the file changed while it was read. Load it again when it is complete.")

    def _records(self, text: TextIO) -> Iterator[Line]:
        reader = csv.reader(self._without_nul(text), strict=True)
        try:
            before = 0
            for cells in reader:
                if cells:
                    yield Line(before + 1, reader.line_num, cells)
                before = reader.line_num
        except csv.Error as fault:
            raise SourceError(_quotes(self.name, before + 1, str(fault))) from None
        except UnicodeDecodeError:
            raise SourceError(
                f"{self.name}: after line {reader.line_num} there are characters that are not UTF-8. "
                'Save the file as "CSV UTF-8"; nothing was changed.'
            ) from None

    def _without_nul(self, text: TextIO) -> Iterator[str]:
        for number, line in enumerate(text, 1):
            if "\0" in line:
                raise SourceError(f"{self.name}: line {number} holds zero bytes; {_CUT_OFF}")
            yield line


@contextmanager
def open_export(path: Path) -> Iterator[Export]:
    """The file, if it can be an export at all; SourceError says why not."""
    try:
        file = path.open("rb")
    except OSError as fault:
        raise SourceError(f"{path.name}: cannot be opened: {fault.strerror}. Nothing was changed.") from None
    with file:
        yield Export(file, path.name)


def _check_bytes(file: BinaryIO, name: str) -> str:
    """The file's SHA-256, once its first and last bytes look right."""
    sha256, first, last = hashlib.sha256(), b"", b""
    while block := file.read(1 << 20):
        sha256.update(block)
        first, last = first or block[:4], block[-1:]
    file.seek(0)
    if not first:
        raise SourceError(f"{name}: the file is empty. Nothing was changed.")
    if first[:2] in {b"\xff\xfe", b"\xfe\xff"} or first == b"\0\0\xfe\xff":
        raise SourceError(f'{name}: the file is UTF-16 or UTF-32. Save it as "CSV UTF-8"; nothing was changed.')
    if first == b"PK\x03\x04":
        raise SourceError(f'{name}: this is a workbook, not a CSV file. Save it as "CSV UTF-8"; nothing was changed.')
    if last not in {b"\n", b"\r"}:
        # A row cut inside its last cell can look whole ("found_by" of "found_by_police", or nothing).
        raise SourceError(f"{name}: the last line has no line end, so {_CUT_OFF}")
    return sha256.hexdigest()


def _check_header(cells: list[str], name: str) -> list[str]:
    for delimiter, words in _DELIMITERS.items():
        if len(cells) == 1 and delimiter in cells[0]:
            raise SourceError(f"{name}: the columns are separated by {words}, not commas. Save it with commas.")
    return cells


def _quotes(name: str, line: int, fault: str) -> str:
    if "unexpected end" in fault:
        return f"{name}: a quotation mark opened on line {line} is never closed; {_CUT_OFF}"
    return f"{name}: the quotation marks on line {line} do not match. Export it again; nothing was changed."


def _stamp(file: BinaryIO) -> tuple[int, int]:
    found = os.fstat(file.fileno())
    return found.st_size, found.st_mtime_ns
