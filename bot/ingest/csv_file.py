"""An export file as rows, whatever program wrote it, and the time it was taken.

A file that cannot be an export is refused; if a part of it is broken, the rest is read.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple, TextIO

from bot.ingest.cells import month_first, read_moment, undecorated
from bot.ingest.rejects import CellError, SourceError
from bot.ingest.shape import SEARCHED, ColumnNames, Line, Rows, Shape, find_header, plain
from bot.ingest.workbook import open_workbook
from bot.rules.partnership.partnership import COLUMNS, NEEDED, ExportMapping, Source
from bot.rules.time.clock import LONDON

SEPARATORS = ",;\t|"
NOTHING_CHANGED = "Nothing was changed."
#: Free text of other columns may be long; a longer cell means a quotation mark that is never closed.
LONGEST_CELL = 1 << 20
csv.field_size_limit(LONGEST_CELL)
_BLOCK = 1 << 20


class Export:
    """An open file: its header, then its rows, once, as a stream."""

    def __init__(self, file: BinaryIO, name: str, sha256: str, shape: Shape, header: list[str], rows: Rows) -> None:
        self.name = name
        self.sha256 = sha256
        self.shape = shape
        self.header = header
        self._file = file
        self._before = _stamp(file)
        self._rows = rows

    @property
    def ended(self) -> bool:
        return self._rows.ended

    @property
    def broken(self) -> str:
        return self._rows.broken

    def rows(self) -> Iterator[Line]:
        """Read every row that holds something, and is not the header again, as on the next page of a report."""
        for line in self._rows:
            cells = line.cells
            if (cells[0].strip() or any(map(str.strip, cells))) and cells != self.header:
                yield line
        if _stamp(self._file) != self._before:
            raise SourceError(f"{self.name}: the file changed while it was read. Load it again when it is complete.")


@contextmanager
def open_export(path: Path, names: ColumnNames) -> Iterator[Export]:
    """Open a file that can be an export at all; SourceError gives the reason if it cannot.

    `names` are the columns by which the header is known below titles, and the sheet of a workbook.
    """
    try:
        file = path.open("rb")
    except OSError as fault:
        reason = f"{path.name}: cannot be opened: {fault.strerror}. {NOTHING_CHANGED}"
        raise SourceError(reason, casts_doubt=False) from None  # it is no export yet: the age of the newest says enough
    with file:
        sha256, start, encoding = _survey(file)
        if not start:
            raise SourceError(f"{path.name}: the file is empty. {NOTHING_CHANGED}")
        if wrong := _no_export(start):
            raise SourceError(f"{path.name}: {wrong} {NOTHING_CHANGED}")
        file.seek(0)
        if start.startswith(ZIP):
            with open_workbook(file, path.name, names) as (shape, header, rows):
                yield Export(file, path.name, sha256, shape, header, rows)
        else:
            text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")
            shape, header, records = _read_header(text, path.name, names)
            yield Export(file, path.name, sha256, shape, header, records)


def _survey(file: BinaryIO) -> tuple[str, bytes, str]:
    """Return the file's SHA-256, its first block, and its encoding: UTF-8 where it says so or the whole file is."""
    sha256, start, decoder = hashlib.sha256(), b"", codecs.getincrementaldecoder("utf-8")()
    valid = True
    while block := file.read(_BLOCK):
        sha256.update(block)
        start = start or block
        try:
            decoder.decode(block if valid else b"")
        except UnicodeDecodeError:
            valid = False
    utf_8 = valid or start.startswith(codecs.BOM_UTF8)
    return sha256.hexdigest(), start, _utf_16(start) or ("utf-8-sig" if utf_8 else "cp1252")


def _utf_16(start: bytes) -> str:
    """Return the kind of UTF-16: by its mark, or where every other byte is zero, as in text of Western letters."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    some = start[:2000]
    zeros = [half.count(0) / len(half) if (half := some[n::2]) else 0.0 for n in (0, 1)]
    if len(some) >= 20 and max(zeros) > 0.9 and min(zeros) < 0.1:
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    return ""


ZIP = b"PK\x03\x04"
_AS_WORKBOOK = 'Open it in Excel and save it as "Excel Workbook (.xlsx)" or "CSV UTF-8".'
_UNPACK = "Unpack it, and load the file in it."
_NO_EXPORTS = {
    codecs.BOM_UTF32_LE: 'this is UTF-32, which no system exports. Save it as "CSV UTF-8".',
    codecs.BOM_UTF32_BE: 'this is UTF-32, which no system exports. Save it as "CSV UTF-8".',
    bytes.fromhex("d0cf11e0a1b11ae1"): "this is an old Excel workbook (.xls), or one with a password. "
    f"{_AS_WORKBOOK[:-1]}, without a password.",
    b"\x09\x08": f"this is a very old Excel workbook (.xls). {_AS_WORKBOOK}",
    b"%PDF": "this is a PDF, which is made for paper. Export it as CSV or as a workbook (.xlsx).",
    b"{\\rtf": "this is a text document (RTF). Export it as CSV or as a workbook (.xlsx).",
    b"\x1f\x8b": f"this is an archive (gzip). {_UNPACK}",
    b"7z\xbc\xaf": f"this is an archive (7z). {_UNPACK}",
    b"Rar!": f"this is an archive (rar). {_UNPACK}",
    b"PK\x05\x06": "this is an archive (zip) with nothing in it. Export it again.",
}
_MARKUP = re.compile(rb"\s*<(!doctype html|html|head|body|table|meta|style|\?xml|!--)", re.IGNORECASE)


def _no_export(start: bytes) -> str:
    """Return the kind of a file that is neither text in columns nor a workbook of today, and what to do with it."""
    for mark, words in _NO_EXPORTS.items():
        if start.startswith(mark):
            return words
    if _MARKUP.match(start.removeprefix(codecs.BOM_UTF8)):
        return f"this is a web page or XML, whatever its name says. {_AS_WORKBOOK}"
    return ""


def _read_header(text: TextIO, name: str, names: ColumnNames) -> tuple[Shape, list[str], Rows]:
    """Find separator and header among the first lines, and return the records below it.

    The separator is the one under which a row has the most of the columns.
    """
    first = list(islice(text, SEARCHED * 2))
    told = re.fullmatch(r'"?sep=(.)"?[,;\t|]*\s*', first[0], re.IGNORECASE) if first else None
    choices = {}
    for separator in [told[1]] if told else SEPARATORS:
        lines = list(islice(Records(iter(first), separator), SEARCHED))
        choices[separator] = (lines, find_header([line.cells for line in lines], names))
    separator = max(choices, key=lambda s: choices[s][1][:3])
    lines, found = choices[separator]
    if not found.filled:
        raise SourceError(f"{name}: the file holds nothing but empty lines. {NOTHING_CHANGED}")
    header = lines[found.place]
    titles = [line for line in lines[: found.place] if any(map(str.strip, line.cells))]
    skipped = tuple(line.number for line in titles if not (told and line.number == 1))
    shape = Shape(text.encoding.removesuffix("-sig"), separator, header.number, skipped)
    # The lines above are left out as they are: a quotation mark in a title swallows no row.
    records = Records(chain(first[header.number - 1 :], text), separator, header.number - 1)
    heading = next(iter(records))
    if records.broken and not found.whole:
        raise SourceError(f"{name}: {records.broken} {NOTHING_CHANGED}")
    return shape, heading.cells, records


class Records:
    """The records of text in columns; a record whose quotation marks do not match is read line by line."""

    def __init__(self, text: Iterator[str], separator: str, above: int = 0) -> None:
        self.ended = True
        self.broken = ""
        self._number = above  # of the last line that was read
        self._pending: list[str] = []  # the lines of the record that is being read
        self._separator = separator
        self._records = self._read(self._raw(text))

    def __iter__(self) -> Iterator[Line]:
        return self._records

    def _read(self, raw: Iterator[str]) -> Iterator[Line]:
        while True:
            try:
                for cells in csv.reader(raw, strict=True, delimiter=self._separator):
                    lines, self._pending = self._pending, []
                    if cells:
                        first = self._number - len(lines) + 1
                        if _is_decorated(lines[0]) or len(lines) > 1:
                            cells = [undecorated(cell) for cell in cells]
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
                yield from apart(first, lines, self._separator)

    def _raw(self, text: Iterator[str]) -> Iterator[str]:
        for line in text:
            self._number += 1
            if not line.isascii() and "\ufffd" in line:
                self.broken = self.broken or (
                    f"Line {self._number} holds a character that is neither UTF-8 nor Windows-1252: its cell is not "
                    'known. Export the file as "CSV UTF-8".'
                )
            if "\0" in line:
                self.broken = self.broken or (
                    f"Line {self._number} holds zero bytes; the end of the file seems to be cut off. "
                    "Export or copy it again."
                )
                line = line.replace("\0", "\ufffd")
            self.ended = line.endswith(("\n", "\r"))
            self._pending.append(line)
            yield line


def _is_decorated(line: str) -> bool:
    """Return whether a cell of the line may be written as a spreadsheet writes text, or have hidden characters."""
    return not line.isascii() or "'" in line or '="' in line


def apart(first: int, lines: Iterable[str], separator: str) -> Iterator[Line]:
    """Read each line as a row of its own, without its quotation marks; empty lines are no rows."""
    for number, line in enumerate(lines, first):
        cells = next(csv.reader([line.replace('"', "")], delimiter=separator), [])
        if cells:
            yield Line(number, [undecorated(cell) for cell in cells], line.endswith(("\n", "\r")), torn=True)


def _stamp(file: BinaryIO) -> tuple[int, int]:
    found = os.fstat(file.fileno())
    return found.st_size, found.st_mtime_ns


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
    mapping = next((m for m in source.mappings if _fits(path, _names(key, source, m))), source.first_mapping)
    read = month_first(read_moment) if source.day_order == "month-first" else read_moment
    newest: datetime | None = None
    with open_export(path, _names(key, source, mapping)) as export:
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


def _names(key: str, source: Source, mapping: ExportMapping) -> ColumnNames:
    """Return the names by which the header is known: a title above it may have the column's name too."""
    columns = {ours: plain(mapping.columns.get(ours, ours)) for ours in COLUMNS[key]}
    column = plain(source.taken_at_column)
    needed = {columns[ours] for ours in NEEDED[key]} | {column}
    return ColumnNames(frozenset(needed - {""}), frozenset({column, *columns.values()} - {""}))


def _fits(path: Path, names: ColumnNames) -> bool:
    try:
        with open_export(path, names) as export:
            return set(names.needed) <= set(map(plain, export.header))
    except SourceError:
        return False


def _no_time(path: Path, key: str, why: str) -> str:
    return (
        f"{path.name}: when the export was taken is not known, because {why} (taken_at in [sources.{key}] of the "
        "partnership file). Put that right, or give --taken-at. Nothing was changed."
    )
