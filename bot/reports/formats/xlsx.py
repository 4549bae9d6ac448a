"""The report's tables as a workbook: a sheet for each, numbers as numbers, and no text read as a formula."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

from bot.reports.document import Cell, DataTable, Document, Paragraph, Percent, ReportSection, Warning, cell_text
from bot.reports.formats.packed import FIXED, packed

#: Cells of text are at most so wide, in characters.
WIDEST = 60
_HEADER_ROW = 2


def write(document: Document) -> bytes:
    from xlsxwriter import Workbook

    out = io.BytesIO()
    # Rows are written in order and leave memory at once. No text becomes a formula, a link or a number.
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(out, options) as book:
        book.set_properties({"title": document.title, "created": FIXED.replace(tzinfo=None)})
        looks = _Looks(book)
        sheets = [(section, table) for section in document.sections for table in _tables(section)]
        _contents(book, looks, document, [table for _, table in sheets])
        for section, table in sheets:
            _sheet(book, looks, document, section, table)
    return packed(out.getvalue())


def _tables(section: ReportSection) -> list[DataTable]:
    return [block for block in section.blocks if isinstance(block, DataTable)]


class _Looks:
    """The formats of the workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self._book, self._percents = book, dict[str, Any]()
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.header = book.add_format({"bold": True, "bottom": 2, "text_wrap": True, "valign": "bottom"})
        self.count = book.add_format({"num_format": "#,##0"})
        self.hidden = book.add_format({"align": "right"})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.link = book.add_format({"underline": 1, "font_color": "#0B57D0"})

    def percent(self, cell: Percent) -> Any:
        """Return the format of a percentage with its decimals and sign, so that it stays a number."""
        plain = f"{_decimals(cell.value)}%"
        pattern = f"+{plain};-{plain};{plain}" if cell.signed else plain
        return self._format(pattern)

    def decimal(self, value: Decimal) -> Any:
        return self._format(_decimals(value))

    def _format(self, pattern: str) -> Any:
        if pattern not in self._percents:
            self._percents[pattern] = self._book.add_format({"num_format": pattern})
        return self._percents[pattern]


def _decimals(value: Decimal) -> str:
    places = max(0, -int(value.as_tuple().exponent))
    return "0." + "0" * places if places else "0"


def _contents(book: Any, looks: _Looks, document: Document, tables: list[DataTable]) -> None:
    sheet = book.add_worksheet("Contents")
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 90)
    sheet.write_string(0, 0, document.title, looks.title)
    sheet.write_string(1, 0, document.running)
    row = 3
    for label, value in document.front:
        sheet.write_string(row, 0, label, looks.wrapped)
        sheet.write_string(row, 1, value, looks.wrapped)
        row += 1
    row += 1
    sheet.write_string(row, 0, "Sheet", looks.header)
    sheet.write_string(row, 1, "Table", looks.header)
    for number, table in enumerate(tables, row + 1):
        sheet.write_url(number, 0, f"internal:'{_name(table)}'!A1", looks.link, _name(table))
        sheet.write_string(number, 1, document.caption(table))
    _page(sheet, document)


def _name(table: DataTable) -> str:
    """Return a name of at most 31 characters, without those that Excel refuses in it."""
    return table.id.replace("_", " ").capitalize()[:31]


def _sheet(book: Any, looks: _Looks, document: Document, section: ReportSection, table: DataTable) -> None:
    sheet = book.add_worksheet(_name(table))
    for column, heading in enumerate(table.columns):
        texts = [cell_text(row[column]) for row in table.rows]
        longest = max([len(word) for word in heading.split()] + [len(text) for text in texts])
        sheet.set_column(column, column, min(WIDEST, max(9, longest + 2)))
    noted = [_noted(table, row) for row in table.rows]
    headings = (*table.columns, _LOW_BASE) if any(noted) else table.columns
    sheet.write_string(0, 0, document.caption(table), looks.title)
    for column, heading in enumerate(headings):
        sheet.write_string(_HEADER_ROW, column, heading, looks.header)
    for number, (row, note) in enumerate(zip(table.rows, noted, strict=True), _HEADER_ROW + 1):
        for column, cell in enumerate((*row, note) if any(noted) else row):
            _cell(sheet, looks, number, column, cell)
    # What a reader must know goes with the numbers: warnings on each sheet, the section's sentences on its first.
    row_number = _HEADER_ROW + 2 + len(table.rows)
    kinds = Paragraph | Warning if table == _tables(section)[0] else Warning
    said = [block.text for block in section.blocks if isinstance(block, kinds)]
    for text in filter(None, (table.note, *said, *document.reading_notes, document.running)):
        sheet.write_string(row_number, 0, text)
        row_number += 1
    sheet.freeze_panes(_HEADER_ROW + 1, 1)
    sheet.repeat_rows(_HEADER_ROW)
    _page(sheet, document)


_LOW_BASE = "Low base"


def _noted(table: DataTable, row: tuple[Cell, ...]) -> str | None:
    """Name the columns whose percentage has a note; it would be lost in a number."""
    names = [name for name, cell in zip(table.columns, row, strict=True) if isinstance(cell, Percent) and cell.note]
    return "; ".join(names) or None


def _cell(sheet: Any, looks: _Looks, row: int, column: int, cell: Cell) -> None:
    if cell is None:
        return
    if isinstance(cell, Percent):
        sheet.write_number(row, column, float(cell.value / 100), looks.percent(cell))
    elif isinstance(cell, Decimal):
        sheet.write_number(row, column, float(cell), looks.decimal(cell))
    elif isinstance(cell, int):
        sheet.write_number(row, column, cell, looks.count)
    else:
        sheet.write_string(row, column, cell, looks.hidden if column else None)


def _page(sheet: Any, document: Document) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    running = document.running.replace("&", "&&")[:200]  # Excel refuses more than 255 characters
    sheet.set_footer(f"&L{running}&R&P of &N")
