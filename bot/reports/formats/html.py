"""The report as one self-contained page, for a screen, a telephone and paper. Charts are in it as pictures."""

from __future__ import annotations

import base64
import re

from bot.reports.charts import of_a_report
from bot.reports.document import (
    Block,
    DataTable,
    Document,
    Paragraph,
    Picture,
    ReadingNote,
    Warning,
    Words,
    cell_text,
)
from bot.reports.documents import render
from bot.rules.disclosure.released import HIDDEN


def write(document: Document) -> bytes:
    drawn = of_a_report([picture.chart for picture in document.pictures], "svg")
    pictures = {
        picture.id: base64.b64encode(svg).decode() for picture, svg in zip(document.pictures, drawn, strict=True)
    }
    page = render(
        "report.html",
        document=document,
        running=re.sub(r"[^\w ,.:;()-]", " ", document.running),  # it is within a string of the style sheet
        pictures=pictures,
        kind=_kind,
        cell_text=cell_text,
        is_number=is_number,
    )
    return page.encode()


def _kind(block: Block) -> str:
    kinds = {
        Paragraph: "paragraph",
        ReadingNote: "paragraph",
        Warning: "warning",
        DataTable: "table",
        Picture: "picture",
        Words: "words",
    }
    return kinds[type(block)]


def is_number(table: DataTable, column: int) -> bool:
    """Return True for a column of numbers, which are aligned on the right; any of them may be hidden."""
    cells = [row[column] for row in table.rows]
    numbers = any(not isinstance(cell, str | None) for cell in cells)
    return column > 0 and (numbers or (bool(cells) and all(cell in _INSTEAD for cell in cells)))


#: What is in the place of a number.
_INSTEAD = (None, HIDDEN, "low base", "–", "n/a", "n/a (from 0)", "not shown", "not known")
