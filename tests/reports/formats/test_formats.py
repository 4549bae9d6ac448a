"""A document as files: the same bytes each time, and what a reader, a spreadsheet and a screen reader find in them."""

from __future__ import annotations

import html
import io
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import typst
from docx import api
from python_calamine import CalamineWorkbook

from bot.conversation.reply import Chart, Series
from bot.reports import charts, formats
from bot.reports.document import (
    DataTable,
    Document,
    Paragraph,
    Percent,
    Picture,
    ReadingNote,
    ReportSection,
    Warning,
    Words,
    cell_text,
)
from bot.reports.formats import pdf
from bot.reports.formats.html import widths
from bot.reports.words import read_words
from bot.settings import ROOT

CHART = Chart("Children", "bar", ("1", "2-4"), (Series("2017-H1", (157, None)),), "2017-H1. 1: 157; 2-4: c.")
TABLE = DataTable(
    "children",
    "Children & episodes <2017>",
    ("Measure", "2017-H1", "2016-H2", "Change"),
    (
        ("Children", 256, 1240, Percent(Decimal("-79.4"), signed=True)),
        ("=1+1", "c", 7, Percent(Decimal("-71.4"), signed=True, note="low base")),
        ("+cmd|' /C calc'!A0", Decimal("3.33"), Decimal("3.92"), None),
    ),
    "A note.",
)
DOCUMENT = Document(
    "Children missing",
    "en-GB",
    (("Addressed to", "The <partnership>"), ("Period", "1 Jan 2017 to 30 Jun 2017")),
    (
        ReportSection(
            "children", "Children", (Warning("Unequal."), Paragraph("256 children."), TABLE, Words("children"))
        ),
        ReportSection(
            "bands",
            "Bands",
            (
                Picture("bands", CHART),
                ReadingNote("“c” is hidden."),
                Words("bands", ("First words.", "Second & last.")),
            ),
        ),
    ),
    'Nowhere, 2017-H1. "Exact" </style> figures, not for publication',
)


LOW = Percent(Decimal("-60.0"), signed=True, note="low base")
MONTHS = DataTable("months", "Months", ("Month", "Episodes"), tuple((f"{n}", n) for n in range(21)))
LONG = replace(
    DOCUMENT,
    sections=(
        ReportSection("children", "Children", (Paragraph("256 children."), TABLE)),
        ReportSection("months", "Months", (MONTHS, Paragraph("The end."))),
    ),
)


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    return {form: formats.write(DOCUMENT, form) for form in formats.FORMS}


@pytest.mark.parametrize("form", ["html", "xlsx", "docx", "pdf", "words"])
def test_the_same_document_gives_the_same_bytes(made: dict[str, bytes], form: Any) -> None:
    assert formats.write(DOCUMENT, form) == made[form]


@pytest.mark.parametrize("form", ["xlsx", "docx"])
def test_no_clock_and_no_name_is_in_the_file(made: dict[str, bytes], form: str) -> None:
    with ZipFile(io.BytesIO(made[form])) as inside:
        assert {entry.date_time for entry in inside.infolist()} == {(2000, 1, 1, 0, 0, 0)}
        core = inside.read("docProps/core.xml").decode()
    assert set(re.findall(r"\d{4}-\d\d-\d\dT", core)) == {"2000-01-01T"}
    assert not re.search(r"<(dc:creator|cp:lastModifiedBy)>[^<]", core)


# -- HTML --


class Tags(HTMLParser):
    """Every tag with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def of(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.found if tag in names]


def test_a_page_has_what_a_screen_reader_needs(made: dict[str, bytes]) -> None:
    tags = Tags(made["html"].decode())
    assert tags.of("html") == [{"lang": "en-GB"}]
    assert [tag for tag, _ in tags.found if re.fullmatch("h[1-6]", tag)] == ["h1", "h2", "h2"]
    assert len(tags.of("caption")) == len(tags.of("table")) == 1
    assert [a["scope"] for a in tags.of("th")] == ["col"] * 4 + ["row"] * 3
    assert all(a["alt"] for a in tags.of("img"))
    (region,) = [a for a in tags.of("div") if a.get("class") == "table"]
    assert (region["role"], region["tabindex"], region["aria-labelledby"]) == ("region", "0", "caption-children")


def test_a_heading_with_an_empty_room_is_for_the_writer_alone(made: dict[str, bytes]) -> None:
    room = ReportSection("conclusion", "Conclusion", (Words("conclusion"),))
    empty = replace(DOCUMENT, sections=(*DOCUMENT.sections, room))
    assert formats.write(empty, "html") == made["html"]
    written = replace(room, blocks=(Words("conclusion", ("Our words.",)),))
    assert b"Conclusion" in formats.write(replace(empty, sections=(*DOCUMENT.sections, written)), "html")
    assert b"Conclusion" not in formats.write(empty, "docx"), "the same bytes are published"
    assert headings(formats.write(empty, "docx")) == headings(made["docx"]) == ["Children", "Bands"]
    assert headings(formats.write(empty, "words")) == ["Children", "Bands", "Conclusion"]


def headings(docx: bytes) -> list[str]:
    return [p.text for p in api.Document(io.BytesIO(docx)).paragraphs if p.style.name == "Heading 1"]  # type: ignore[union-attr]


def test_a_page_holds_everything_and_asks_for_nothing(made: dict[str, bytes]) -> None:
    tags = Tags(made["html"].decode())
    assert not tags.of("script", "link", "iframe")
    assert all((a["src"] or "").startswith("data:image/svg+xml;base64,") for a in tags.of("img"))
    assert "default-src 'none'" in made["html"].decode()


def test_texts_are_no_markup_and_no_style(made: dict[str, bytes]) -> None:
    page = made["html"].decode()
    assert page.count("</style>") == 1
    assert "Children &amp; episodes &lt;2017&gt;" in page
    assert "The &lt;partnership&gt;" in page


def test_the_line_of_every_page_is_in_its_margin(made: dict[str, bytes]) -> None:
    margin = re.search(r'@bottom-left { content: "(.*?)";', made["html"].decode())
    assert margin is not None
    assert "figures, not for publication" in margin[1]
    assert not set(margin[1]) & set("<>\\&")


# -- XLSX --


def test_a_workbook_has_a_sheet_a_table_with_numbers_as_numbers(made: dict[str, bytes]) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(made["xlsx"]))
    assert book.sheet_names == ["Contents", "Children"]
    rows = book.get_sheet_by_name("Children").to_python()
    header = rows.index(["Measure", "2017-H1", "2016-H2", "Change", "Low base"])
    assert rows[header + 1] == ["Children", 256, 1240, pytest.approx(-0.794), ""]
    assert rows[header + 2][3:] == [pytest.approx(-0.714), "Change"], "the note is not in the number"
    assert rows[header + 2][:2] == ["=1+1", "c"]
    assert rows[header + 3][:3] == ["+cmd|' /C calc'!A0", 3.33, 3.92]


def test_no_cell_is_a_formula_and_no_text_a_link(made: dict[str, bytes]) -> None:
    with ZipFile(io.BytesIO(made["xlsx"])) as inside:
        sheets = [inside.read(n).decode() for n in inside.namelist() if n.startswith("xl/worksheets/sheet")]
    assert len(sheets) == 2
    assert not [sheet for sheet in sheets if "<f>" in sheet]
    assert 'state="frozen"' in sheets[1]


def test_what_a_reader_must_know_goes_with_the_numbers(made: dict[str, bytes]) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(made["xlsx"]))
    texts = [row[0] for row in book.get_sheet_by_name("Children").to_python()]
    assert {"A note.", "Unequal.", "“c” is hidden.", DOCUMENT.running} <= set(texts)


# -- DOCX --


def test_a_document_has_real_headings_and_tables(made: dict[str, bytes]) -> None:
    document: Any = api.Document(io.BytesIO(made["docx"]))
    headings = [(p.style.name, p.text) for p in document.paragraphs if p.style.name.startswith(("Title", "Heading"))]
    assert headings == [("Title", "Children missing"), ("Heading 1", "Children"), ("Heading 1", "Bands")]
    _, table = document.tables
    assert [[cell.text for cell in row.cells] for row in table.rows][1] == ["Children", "256", "1,240", "-79.4%"]
    assert table.rows[0]._tr.trPr.xpath("w:tblHeader"), "its header comes again on each page"
    assert document.inline_shapes[0]._inline.docPr.get("descr")
    assert DOCUMENT.running in document.sections[0].footer.paragraphs[0].text


def test_tables_have_numbers_and_headings_are_listed(made: dict[str, bytes]) -> None:
    document: Any = api.Document(io.BytesIO(made["docx"]))
    (caption,) = [p for p in document.paragraphs if p.text.endswith(". Children & episodes <2017>")]
    assert "".join(caption._p.xpath(".//w:t/text()")) == "Table 1. Children & episodes <2017>"
    assert [p.text for p in document.paragraphs if p.style.name == "toc 1"] == ["Children", "Bands"]
    kinds = document.element.xpath("//w:fldChar/@w:fldCharType")
    assert kinds == ["begin", "separate", "end"]
    assert not [p for p in document.paragraphs if p.style.name == "Table note" and not p.text]


def test_how_to_write_is_said_in_the_writing_copy_alone(made: dict[str, bytes]) -> None:
    texts = {f: [p.text for p in api.Document(io.BytesIO(made[f])).paragraphs] for f in ("docx", "words")}
    assert [any("are for the words" in text for text in texts[f]) for f in ("docx", "words")] == [False, True]
    rooms = [p.text for p in api.Document(io.BytesIO(made["docx"])).paragraphs if p.style.name == "Leads words"]  # type: ignore[union-attr]
    assert rooms == ["First words.", "Second & last."], "no room is left empty in what is published"


def test_words_written_in_the_document_are_found_again(made: dict[str, bytes]) -> None:
    assert read_words(made["docx"]) == {"bands": ("First words.", "Second & last.")}
    document: Any = api.Document(io.BytesIO(made["words"]))
    places = [p for p in document.paragraphs if p.style.name == "Leads words"]
    assert [p.text for p in places] == ["", "First words.", "Second & last."]
    places[0].add_run("Written by a lead.")
    out = io.BytesIO()
    document.save(out)
    assert read_words(out.getvalue()) == {
        "children": ("Written by a lead.",),
        "bands": ("First words.", "Second & last."),
    }


def test_a_lead_stays_with_its_table_and_a_long_table_goes_on_under_its_header() -> None:
    document: Any = api.Document(io.BytesIO(formats.write(LONG, "docx")))
    lead, last = (next(p for p in document.paragraphs if p.text == text) for text in ("256 children.", "The end."))
    assert (lead.paragraph_format.keep_with_next, last.paragraph_format.keep_with_next) == (True, None)
    small, long = document.tables[1:]
    kept = [[row.cells[0].paragraphs[0].paragraph_format.keep_with_next for row in t.rows] for t in (small, long)]
    assert kept == [[True] * 4, [True, True, *[False] * 18, True, False]], "the note of the small one stays too"
    assert all(row._tr.trPr.xpath("w:cantSplit") for row in long.rows)


# -- PDF --


def test_a_heading_and_a_lead_stay_with_their_table_in_a_pdf(tmp_path: Path) -> None:
    """Fifteen tables that begin at fifteen heights of a page."""
    sections: list[ReportSection] = []
    for n in range(1, 16):
        table = replace(MONTHS, id=str(n))
        sections.append(ReportSection("above", "Above", (Paragraph("A line."),) * n))
        sections.append(ReportSection("led", "Led", (Paragraph("A lead."), table)))
    data = json.dumps(pdf._as_data(replace(LONG, sections=tuple(sections))))
    (tmp_path / "document.json").write_text(data, encoding="utf-8")
    pages = "(heading, figure).map(what => query(what).map(it => it.location().page()))"
    template = pdf.TEMPLATE.read_text(encoding="utf-8")
    (tmp_path / "report.typ").write_text(f"{template}\n#context [#metadata({pages}) <pages>]", encoding="utf-8")
    found = typst.query(tmp_path / "report.typ", "<pages>", field="value", one=True, ignore_system_fonts=True)
    headings, tables = json.loads(found)
    assert headings[1::2] == tables
    assert len(set(tables)) > 4, "of several pages"


def test_tables_have_the_same_numbers_in_every_file() -> None:
    captions = ["Table 1. Children & episodes <2017>", "Table 2. Months"]
    assert [LONG.caption(table) for table in LONG.tables] == captions
    page = formats.write(LONG, "html").decode()
    assert re.findall(r"<caption[^>]*>(.*?)</caption>", page) == [html.escape(caption) for caption in captions]
    blocks = [block for section in pdf._as_data(LONG)["sections"] for block in section["blocks"]]
    assert [block["title"] for block in blocks if block["kind"] == "table"] == captions
    document: Any = api.Document(io.BytesIO(formats.write(LONG, "docx")))
    assert ["".join(p._p.xpath(".//w:t/text()")) for p in document.paragraphs if p.style.name == "Caption"][
        1:
    ] == captions
    book = CalamineWorkbook.from_filelike(io.BytesIO(formats.write(LONG, "xlsx")))
    assert [row[1] for row in book.get_sheet_by_name("Contents").to_python()[-2:]] == captions


def test_no_line_ends_within_the_label_of_a_period(made: dict[str, bytes]) -> None:
    page = made["html"].decode()
    assert '<th scope="col" class="number"><span class="period">2016-H2</span></th>' in page
    assert ".period { white-space: nowrap; }" in page
    assert '#show regex("\\b\\d{4}-[A-Z]\\d' in pdf.TEMPLATE.read_text(encoding="utf-8")


def test_a_note_is_in_the_line_of_its_percentage() -> None:
    """Seven columns: those with a longer number are wider, and together they have the width of the page."""
    counts = ("North", 82, 81, LOW, 188, 195, LOW)
    shares = widths(DataTable("areas", "Areas", tuple(["Area", "a", "b", "c", "d", "e", "f"]), (counts,)))
    assert sum(shares) == pytest.approx(1)
    assert shares[3] == shares[6] > 2 * shares[1]


def test_a_pdf_is_tagged_and_has_a_language(made: dict[str, bytes]) -> None:
    assert made["pdf"].startswith(b"%PDF-")
    for mark in (b"/StructTreeRoot", b"/Lang", b"pdfuaid"):
        assert mark in made["pdf"]


def test_a_pdf_without_its_library_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(formats.NotInstalled, match="--with pdf"):
        formats.write(DOCUMENT, "pdf")


# -- charts --


def test_charts_that_are_not_drawn_are_no_report_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charts, "_DRAW", (sys.executable, "-c", "import sys; sys.exit(3)"))
    with pytest.raises(charts.NotDrawn):
        formats.write(DOCUMENT, "html")


@pytest.mark.parametrize(
    ("cell", "text"),
    [(None, ""), (1234, "1,234"), ("c", "c"), (Percent(Decimal("0.0"), signed=True), "0.0%")],
)
def test_how_a_cell_is_written(cell: Any, text: str) -> None:
    assert cell_text(cell) == text


HEAVY = ("pandas", "matplotlib", "docx", "xlsxwriter", "typst")


def test_nothing_heavy_is_imported_before_a_report_is_made() -> None:
    """The verbs with their options, what serves, and every command."""
    code = (
        "import sys; from bot.__main__ import parser; parser();"
        "import bot.server.service, bot.server.platforms; from bot.app import find_commands; find_commands();"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"]},
    )
    assert done.stdout.splitlines()[-1] == "[]"
