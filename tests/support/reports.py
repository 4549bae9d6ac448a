"""A composer of reports for tests: real figures, in a document as plain as can be."""

from __future__ import annotations

from bot.reports.document import DataTable, Document, ReportSection, Words
from bot.reports.formats import Form
from bot.reports.half_year import Given
from bot.reports.making import Composer
from bot.rules.time.period import previous


class PlainComposer(Composer):
    """Composes children and episodes of the county and the leads' words; `fail` makes it break in the middle."""

    def __init__(self) -> None:
        self.fail: Exception | None = None
        self.composed = 0

    def compose(self, given: Given) -> Document:
        if self.fail:
            raise self.fail
        self.composed += 1
        of = {p.label: given.figures.frequency(given.county, p) for p in (given.period, previous(given.period))}
        rows = tuple((label, str(f.children), str(f.episodes)) for label, f in of.items())
        table = DataTable("children", "Children and episodes", ("Period", "Children", "Episodes"), rows)
        words = [Words(section, paragraphs) for section, paragraphs in given.words.items()]
        changes = [given.earlier_issue] if given.earlier_issue else []
        section = ReportSection("all", "All", (table, *words, *changes))
        return Document(given.snapshot.id, "en-GB", (("Published", str(given.published)),), (section,))

    def write(self, document: Document, form: Form) -> bytes:
        return f"{form}\n{document}".encode()
