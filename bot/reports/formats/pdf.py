"""The report as a tagged PDF, typeset by Typst from a template that is handed the document as JSON."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

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
from bot.reports.formats import NotInstalled
from bot.reports.formats.html import is_number, stays_together, widths

TEMPLATE = Path(__file__).parents[1] / "templates" / "report.typ"


def write(document: Document) -> bytes:
    try:
        import typst
    except ModuleNotFoundError:
        raise NotInstalled(
            "A PDF needs the extra `pdf`: run ./deploy/dev --with pdf once (elsewhere: pip install 'typst'). "
            "HTML, XLSX and DOCX need nothing more."
        ) from None
    drawn = of_a_report([picture.chart for picture in document.pictures], "png")
    with tempfile.TemporaryDirectory(prefix="report-") as folder:
        here = Path(folder)
        for picture, png in zip(document.pictures, drawn, strict=True):
            (here / f"{picture.id}.png").write_bytes(png)
        (here / "document.json").write_text(json.dumps(_as_data(document)), encoding="utf-8")
        shutil.copy(TEMPLATE, here / "report.typ")
        # Typst's own fonts alone, so that every machine sets the same lines. PDF/UA-1: tagged, with a title and a
        # language.
        made: bytes | None = typst.compile(
            here / "report.typ", root=here, ignore_system_fonts=True, format="pdf", pdf_standards=["ua-1"]
        )
    if made is None:
        raise ValueError("Typst returned no document")
    return made


def _as_data(document: Document) -> dict[str, Any]:
    language, _, region = document.language.partition("-")
    return {
        "title": document.title,
        "language": language,
        "region": region or None,
        "running": document.running,
        "front": document.front,
        "sections": [
            {"heading": section.heading, "blocks": [_block(document, block) for block in section.blocks]}
            for section in document.without_empty_rooms
        ],
    }


def _block(document: Document, block: Block) -> dict[str, Any]:
    match block:
        case Paragraph(text) | ReadingNote(text):
            return {"kind": "paragraph", "text": text}
        case Warning(text):
            return {"kind": "warning", "text": text}
        case Words(_, paragraphs):
            return {"kind": "words", "paragraphs": paragraphs}
        case Picture(name, chart):
            return {"kind": "picture", "file": f"{name}.png", "title": chart.title, "text": chart.alt}
        case DataTable():
            return {
                "kind": "table",
                "title": document.caption(block),
                "note": block.note,
                "columns": block.columns,
                "together": stays_together(block),
                "widths": widths(block),
                "numbers": [is_number(block, n) for n in range(len(block.columns))],
                "rows": [[cell_text(cell) for cell in row] for row in block.rows],
            }
