"""The report as one self-contained page, for a screen, a telephone and paper. Charts are in it as pictures."""

from __future__ import annotations

import base64
import re

from markupsafe import Markup, escape

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
        small=stays_together,
        unbroken=_unbroken,
    )
    return page.encode()


_PERIOD = re.compile(r"\b\d{4}-[A-Z]\d")


def _unbroken(text: str) -> Markup:
    """Escape a text, and let no line end within the label of a period, such as 2017-H1."""
    return Markup(_PERIOD.sub(r'<span class="period">\g<0></span>', str(escape(text))))  # noqa: S704 - escaped


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


#: Rows of a table that is never parted over two pages.
_TOGETHER = 6


def stays_together(table: DataTable) -> bool:
    """Return True for a table so small that it is moved to the next page before it is parted."""
    return len(table.rows) <= _TOGETHER


def widths(table: DataTable) -> tuple[float, ...]:
    """Return the share of each column of the width of a table with numbers: they and their notes stay in one line."""
    cells = [[cell_text(row[n]) for row in table.rows] for n in range(len(table.columns))]
    longest = [
        float(max(_heading_width(heading), *map(len, column)) + _AROUND)
        for heading, column in zip(table.columns, cells, strict=True)
    ]
    others = sum(longest[1:])
    first = min(longest[0], max(_LINE - others, _NAME))
    return tuple(share / (first + others) for share in (first, *longest[1:]))


def _heading_width(heading: str) -> int:
    """Return the characters of a line of a heading: it has one line, or a further one for each `_SHORT` characters."""
    word = max(map(len, heading.split()), default=0)
    return max(word, -(-len(heading) // -(-len(heading) // _SHORT)))


_SHORT = 12
#: Room beside the text of a cell, in characters.
_AROUND = 4
#: Characters of a line of a table, about, and of those its first column at least.
_LINE, _NAME = 100.0, 30.0
#: What is in the place of a number.
_INSTEAD = (None, HIDDEN, "low base", "–", "n/a", "n/a (from 0)", "not shown", "not known")
