"""The report as a document with real headings and tables; in the writing copy also with room for the leads' words.

Their paragraphs have the style WORDS, and the first of each section begins with a bookmark `words_SECTION`: both are
found again when the document comes back.
"""

from __future__ import annotations

import io
from itertools import count
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
from bot.reports.formats.html import is_number, stays_together, widths
from bot.reports.formats.packed import FIXED, packed

WORDS, BOOKMARK = "Leads words", "words_"
_WARNING, _NOTE, _CELL, _CONTENTS = "Warning note", "Table note", "Table cell", "toc 1"
#: Rows that stay with the header, and at the end of a table that is parted.
_NOT_ALONE = 2
#: Millimetres of the lines of a page, and of the first column of a table in words.
_WIDTH, _WORD = 170.0, 36.0
_HOW_TO_WRITE = (
    "This is the writing copy, not the report. "
    "Paragraphs with a line at their left are for the words of the strategic leads (style “Leads words”). "
    "Nothing else that is changed in this document is read back."
)


def write(document: Document, *, with_rooms: bool = False) -> bytes:
    from docx import api

    made = api.Document()
    _Writer(made, document, with_rooms).write()
    out = io.BytesIO()
    made.save(out)
    return packed(out.getvalue())


class _Writer:
    def __init__(self, made: Any, document: Document, with_rooms: bool) -> None:
        self.made, self.document, self.with_rooms = made, document, with_rooms
        self.sections = document.sections if with_rooms else document.without_empty_rooms
        self.bookmarks, self.numbers = count(1), count(1)
        drawn = of_a_report([picture.chart for picture in document.pictures], "png")
        self.pictures = {picture.id: png for picture, png in zip(document.pictures, drawn, strict=True)}

    def write(self) -> None:
        self._properties()
        self._styles()
        self._page()
        self.made.add_heading(self.document.title, 0)
        if self.document.running:
            self.made.add_paragraph().add_run(self.document.running).bold = True
        self._front()
        if self.with_rooms:
            self.made.add_paragraph(_HOW_TO_WRITE, style=_NOTE)
        self._contents()
        for section in self.sections:
            self.made.add_heading(section.heading, 1)
            for block, following in zip(section.blocks, (*section.blocks[1:], None), strict=True):
                self._block(block, leads=isinstance(following, DataTable | Picture))

    def _properties(self) -> None:
        p = self.made.core_properties
        p.title, p.language, p.author, p.last_modified_by, p.comments = (
            self.document.title,
            self.document.language,
            "",
            "",
            "",
        )
        p.created = p.modified = FIXED.replace(tzinfo=None)
        p.revision = 1

    def _styles(self) -> None:
        from docx.enum.style import WD_STYLE_TYPE
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn
        from docx.shared import Pt, RGBColor

        styles = self.made.styles
        normal = styles["Normal"]
        normal.font.name, normal.font.size = "Arial", Pt(10)
        normal.paragraph_format.space_after = Pt(6)
        language = OxmlElement("w:lang")
        language.set(qn("w:val"), self.document.language)
        normal.element.get_or_add_rPr().append(language)
        for name in ("Title", "Heading 1", "Caption"):
            style = styles[name]
            fonts = style.element.get_or_add_rPr().find(qn("w:rFonts"))
            for attribute in list(fonts.attrib) if fonts is not None else []:
                del fonts.attrib[attribute]  # those of the theme would win
            style.font.name, style.font.color.rgb = "Arial", RGBColor(0, 0, 0)
        styles["Title"].font.size, styles["Heading 1"].font.size = Pt(20), Pt(14)
        styles["Caption"].font.size, styles["Caption"].font.bold = Pt(10.5), True
        styles["Caption"].paragraph_format.keep_with_next = True
        for name in (WORDS, _WARNING, _NOTE, _CELL, _CONTENTS):
            style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=name == _CONTENTS)
            style.base_style = normal
            if name in (WORDS, _WARNING):
                _line_at_the_left(style, "24" if name == _WARNING else "12")
        styles[_NOTE].font.size = styles[_CELL].font.size = Pt(9)
        styles[_NOTE].paragraph_format.space_before = Pt(2)
        styles[_CELL].paragraph_format.space_before = styles[_CELL].paragraph_format.space_after = Pt(1)
        styles[_CONTENTS].paragraph_format.space_after = Pt(0)
        styles[WORDS].quick_style = styles[WORDS].unhide_when_used = True

    def _page(self) -> None:
        from docx.enum.text import WD_TAB_ALIGNMENT
        from docx.shared import Mm

        page = self.made.sections[0]
        page.page_width, page.page_height = Mm(210), Mm(297)
        page.left_margin = page.right_margin = Mm(20)
        page.top_margin = page.bottom_margin = Mm(20)
        footer = page.footer.paragraphs[0]
        for stop in list(footer.style.paragraph_format.tab_stops):
            footer.style.paragraph_format.tab_stops.clear_all()
            del stop
        footer.paragraph_format.tab_stops.add_tab_stop(Mm(170), WD_TAB_ALIGNMENT.RIGHT)
        footer.add_run(f"{self.document.running}\t")
        _field(footer, "PAGE")
        footer.add_run(" of ")
        _field(footer, "NUMPAGES")

    def _front(self) -> None:
        table = self.made.add_table(rows=0, cols=2)
        for label, value in self.document.front:
            cells = table.add_row().cells
            cells[0].paragraphs[0].add_run(label).bold = True
            cells[1].paragraphs[0].add_run(value)
        _widths(table, (50, 120))

    def _contents(self) -> None:
        """Add the list of the headings, which the word processor gives pages when it opens the document."""
        headings = [section.heading for section in self.sections]
        self.made.add_paragraph("Contents", style="Caption")
        paragraphs = [self.made.add_paragraph(style=_CONTENTS) for _ in headings]
        for number, (paragraph, heading) in enumerate(zip(paragraphs, headings, strict=True)):
            if number == 0:
                _field_mark(paragraph, "begin", 'TOC \\o "1-1" \\h \\z \\u')
            paragraph.add_run(heading)
        if paragraphs:
            _field_mark(paragraphs[-1], "end")

    def _block(self, block: Block, *, leads: bool) -> None:
        """Add a block; one that leads to a table or a chart stays on its page."""
        if isinstance(block, Paragraph | ReadingNote):
            self.made.add_paragraph(block.text).paragraph_format.keep_with_next = leads or None
        elif isinstance(block, Warning):
            paragraph = self.made.add_paragraph(style=_WARNING)
            paragraph.add_run("Note: ").bold = True
            paragraph.add_run(block.text)
        elif isinstance(block, DataTable):
            self._table(block)
        elif isinstance(block, Picture):
            self._picture(block)
        elif block.paragraphs or self.with_rooms:
            self._words(block)

    def _table(self, table: DataTable) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        caption = self.made.add_paragraph("Table ", style="Caption")
        _field(caption, "SEQ Table \\* ARABIC", str(next(self.numbers)))
        caption.add_run(f". {table.title}")
        made = self.made.add_table(rows=1 + len(table.rows), cols=len(table.columns))
        made.style = "Table Grid"
        header = OxmlElement("w:tblHeader")
        header.set(qn("w:val"), "true")
        made.rows[0]._tr.get_or_add_trPr().append(header)
        texts = [table.columns, *([cell_text(cell) for cell in row] for row in table.rows)]
        # `row.cells` of python-docx looks the whole row up each time.
        for number, (row, line) in enumerate(zip(made.rows, texts, strict=True)):
            for column, (cell, text) in enumerate(zip(row.cells, line, strict=True)):
                paragraph = cell.paragraphs[0]
                paragraph.style = _CELL
                paragraph.add_run(text).bold = number == 0 or None
                if is_number(table, column):
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
                followed = number < len(table.rows) or bool(table.note)
                edge = number < _NOT_ALONE or number > len(table.rows) - _NOT_ALONE
                paragraph.paragraph_format.keep_with_next = followed and (edge or stays_together(table))
            row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        in_numbers = any(is_number(table, column) for column in range(len(table.columns)))
        others = (_WIDTH - _WORD) / max(1, len(table.columns) - 1)
        in_words = (_WORD, *(others for _ in table.columns[1:]))
        _widths(made, tuple(_WIDTH * share for share in widths(table)) if in_numbers else in_words)
        if table.note:  # the next table has its caption before it: the two stay apart
            self.made.add_paragraph(table.note, style=_NOTE)

    def _picture(self, picture: Picture) -> None:
        from docx.shared import Mm

        inline = self.made.add_picture(io.BytesIO(self.pictures[picture.id]), width=Mm(135))._inline
        inline.docPr.set("descr", f"Chart: {picture.chart.title}. The numbers are in the words below it.")
        inline.docPr.set("title", picture.chart.title)
        self.made.paragraphs[-1].paragraph_format.keep_with_next = True
        self.made.add_paragraph(picture.chart.alt, style=_NOTE)

    def _words(self, words: Words) -> None:
        """Write what the leads wrote, or one empty paragraph: the bookmark is in the first."""
        for number, text in enumerate(words.paragraphs or ("",)):
            paragraph = self.made.add_paragraph(style=WORDS)
            if number == 0:
                _bookmark(paragraph, BOOKMARK + words.id, next(self.bookmarks))
            paragraph.add_run(text)


def _bookmark(paragraph: Any, name: str, number: int) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for tag in ("w:bookmarkStart", "w:bookmarkEnd"):
        element = OxmlElement(tag)
        element.set(qn("w:id"), str(number))
        if tag == "w:bookmarkStart":
            element.set(qn("w:name"), name)
        paragraph._p.append(element)


def _field_mark(paragraph: Any, mark: str, code: str = "") -> None:
    """Begin a field of several paragraphs, whose text is made anew when it is opened, or end it."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    def character(kind: str) -> Any:
        element = OxmlElement("w:fldChar")
        element.set(qn("w:fldCharType"), kind)
        paragraph.add_run()._r.append(element)
        return element

    if mark == "end":
        character("end")
        return
    character("begin").set(qn("w:dirty"), "true")
    instruction = OxmlElement("w:instrText")
    instruction.text = code
    paragraph.add_run()._r.append(instruction)
    character("separate")


def _field(paragraph: Any, code: str, shown: str = "") -> None:
    """Add a field that the word processor counts, such as the number of the page; `shown` until it does."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    if shown:
        run, text = OxmlElement("w:r"), OxmlElement("w:t")
        text.text = shown
        run.append(text)
        field.append(run)
    paragraph._p.append(field)


def _line_at_the_left(style: Any, eighths_of_a_point: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    borders, left = OxmlElement("w:pBdr"), OxmlElement("w:left")
    for name, value in {"val": "single", "sz": eighths_of_a_point, "space": "8", "color": "767676"}.items():
        left.set(qn(f"w:{name}"), value)
    borders.append(left)
    style.element.get_or_add_pPr().append(borders)


def _widths(table: Any, millimetres: tuple[float, ...]) -> None:
    """Set the width of each column, in its cells too: word processors read one or the other."""
    from docx.shared import Mm

    table.autofit = False
    for column, width in zip(table.columns, millimetres, strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)
