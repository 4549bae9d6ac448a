"""Read the workbook on standard input; write its sheet with the export as lines of JSON. Nothing imports this module.

The first line says which sheet and which row is the header, or why the workbook is refused. Each further line is a
row, from the header on; the last line is "end".
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, BinaryIO

from bot.ingest.shape import SEARCHED, ColumnNames, find_header

#: A year of a large county is some thousand rows: an XLSX of 5 MB.
MOST_BYTES = 64 << 20
MOST_UNPACKED = 512 << 20
#: Text in columns packs 10 to 40 times; a few kilobytes of nothing pack a thousand times, and harm nobody.
MOST_RATIO, RATIO_FROM = 100, 16 << 20
MOST_ROWS, MOST_COLUMNS = 300_000, 1000
#: Free text beside our columns may be longer; no cell of ours is.
LONGEST_TEXT = 4000
MOST_MEMORY, MOST_SECONDS = 1 << 30, 60
_AS_CSV = 'Open it in Excel and save the sheet with the export as "CSV UTF-8".'
#: A part of the package that says of which kind it is.
_OTHERS = {
    "xl/workbook.bin": f"this is a binary workbook (.xlsb). {_AS_CSV}",
    "content.xml": f"this is an OpenDocument file (.ods). {_AS_CSV}",
    "word/document.xml": "this is a Word document. Export the table as CSV or as a workbook (.xlsx).",
}
#: The digits that a spreadsheet keeps of a number.
EXACT = 10**15


class RefusedWorkbook(Exception):
    """A workbook that is not read, with the reason and what to do."""


def main(names: ColumnNames) -> None:
    limit()
    try:
        with open(0, "rb") as file:
            check_package(file)
            answer, rows = chosen(file, names)
    except RefusedWorkbook as fault:
        print(json.dumps({"refused": str(fault)}))
    else:
        print(json.dumps(answer))
        for row in rows:
            print(json.dumps(row))
    print("end")


def limit() -> None:
    """Limit memory and processor time: what a package says of its size may be a lie."""
    if sys.platform != "win32":
        import resource  # there is none on Windows, where the time alone is limited

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def check_package(file: BinaryIO) -> None:
    """Refuse what is no workbook, or too large for an export, before anything of it is unpacked."""
    packed = os.fstat(file.fileno()).st_size
    if packed > MOST_BYTES:
        raise RefusedWorkbook(f"this workbook is larger than {MOST_BYTES >> 20} MB. {_AS_CSV}")
    try:
        with zipfile.ZipFile(file) as package:
            parts = {part.filename.lower(): part.file_size for part in package.infolist()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, UnicodeError):
        raise RefusedWorkbook("this workbook is damaged, or not copied whole. Export or copy it again.") from None
    if "xl/workbook.xml" not in parts:
        other = next((words for part, words in _OTHERS.items() if part in parts), "")
        raise RefusedWorkbook(other or "this is an archive (zip). Unpack it, and load the file in it.")
    unpacked = sum(parts.values())
    if unpacked > MOST_UNPACKED or unpacked > max(RATIO_FROM, MOST_RATIO * packed):
        raise RefusedWorkbook(
            f"this workbook unpacks to {unpacked >> 20:,} MB from {max(1, packed >> 20):,} MB, which no export does. "
            f"{_AS_CSV}"
        )


def chosen(file: BinaryIO, names: ColumnNames) -> tuple[dict[str, Any], Iterator[list[str]]]:
    """Choose the only sheet with the needed columns, or the only one with anything; say where its header is."""
    import python_calamine  # by the people of Rust's calamine; openpyxl takes 40 times as long

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(with_errors_as_text(file))
        sheets = {name: book.get_sheet_by_name(name) for name in book.sheet_names}
    except (python_calamine.CalamineError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError):
        raise RefusedWorkbook(f"this workbook is damaged: its sheets cannot be read. {_AS_CSV}") from None
    large = [(name, size) for name, sheet in sheets.items() if (size := too_large(sheet))]
    for name, _ in large:
        del sheets[name]
    tops = {name: [texts(row) for row in islice(sheet.iter_rows(), SEARCHED)] for name, sheet in sheets.items()}
    found = {name: find_header(top, names) for name, top in tops.items()}
    filled = [name for name, header in found.items() if header.filled]
    fit = [name for name in filled if found[name].whole] or (filled if len(filled) == 1 and not large else [])
    if large and not fit:
        raise RefusedWorkbook(
            f"the sheet {shown(name for name, _ in large[:1])} has {large[0][1]}; {MOST_ROWS:,} rows and "
            f"{MOST_COLUMNS:,} columns are read. {_AS_CSV}"
        )
    if len(fit) != 1:
        listed = shown(fit or filled)
        reason = "several sheets have" if fit else "none of its sheets has" if filled else "it is empty: no sheet has"
        raise RefusedWorkbook(
            f"{reason} the columns of this export{f': {listed}' if listed else ''}. Leave the sheet with the export "
            'alone in the workbook, or save that sheet as "CSV UTF-8".'
        )
    sheet, place = sheets[fit[0]], found[fit[0]].place
    titles = [n for n, cells in enumerate(tops[fit[0]][:place], 1) if any(map(str.strip, cells))]
    answer = {"sheet": shown(fit).strip('"'), "header": place + 1, "skipped": titles}
    return answer, (texts(row) for row in islice(sheet.iter_rows(), place, None))


#: The type of a cell that shows an error: #REF!, #N/A, #VALUE!, ...
_ERROR_TYPE = re.compile(rb"""(<(?:[a-z0-9]+:)?c\s[^<>]{0,200}?\bt\s*=\s*)(?:"e"|'e')""", re.IGNORECASE)


def with_errors_as_text(file: BinaryIO) -> BinaryIO:
    """Return the workbook with each error as the text that it shows.

    The library reads an error as an empty cell, and cannot tell one from the other.
    """
    file.seek(0)
    with zipfile.ZipFile(file) as package:
        sheets = [part for part in package.infolist() if part.filename.lower().endswith(".xml")]
        if not any(_ERROR_TYPE.search(piece) for part in sheets for piece in tag_by_tag(package, part)):
            file.seek(0)
            return file
        changed = io.BytesIO()
        with zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
            for part in package.infolist():
                with copy.open(part.filename, "w", force_zip64=True) as target:
                    for piece in tag_by_tag(package, part):
                        target.write(_ERROR_TYPE.sub(rb'\1"str"', piece) if part in sheets else piece)
    changed.seek(0)
    return changed


def tag_by_tag(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield a part in pieces that begin with a tag, so that none is cut in two."""
    kept = b""
    with package.open(part) as source:
        while read := source.read(1 << 20):
            kept += read
            cut = kept.rfind(b"<")
            whole, kept = (kept[:cut], kept[cut:]) if cut > 0 else (kept, b"")
            yield whole
    yield kept


def shown(names: Iterable[str]) -> str:
    """Return sheets' names for a sentence: a workbook may have thousands, of any length and with any characters."""
    first = ["".join(filter(str.isprintable, name))[:40] for name in islice(names, 10)]
    return ", ".join(f'"{name}"' for name in first)


def too_large(sheet: Any) -> str:
    """Return the size of a sheet beyond the limits, in words."""
    rows, columns = (last + 1 for last in sheet.end or (-1, -1))
    return f"{rows:,} rows and {columns:,} columns" if rows > MOST_ROWS or columns > MOST_COLUMNS else ""


def texts(row: list[Any]) -> list[str]:
    return [cell[:LONGEST_TEXT] if isinstance(cell, str) else text(cell) for cell in row]


def text(cell: Any) -> str:
    """Return a cell as an export in text has it: a whole number without ".0", a date as a date."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, datetime):  # kept as a fraction of a day, so that a minute may lack a millisecond
        return str((cell + timedelta(milliseconds=500)).replace(microsecond=0))
    if isinstance(cell, date):
        return str(cell)
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < EXACT:
        return str(int(cell))
    return f"{cell:.5E}" if isinstance(cell, (int, float)) and abs(cell) >= EXACT else str(cell)


if __name__ == "__main__":
    main(ColumnNames(*map(frozenset, json.loads(sys.argv[1]))))
