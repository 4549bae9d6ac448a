"""Make the files of a half-yearly report, after the answer that announced them; keep those of a draft.

One at a time in a thread of its own, so that no command and no tick waits. The libraries that write a file are imported
with the first one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, NoReturn

from bot.conversation.command import PRIVATE, Ask, Request
from bot.conversation.dispatcher import Dispatcher
from bot.conversation.outbound import Progress, told_to_nobody
from bot.conversation.reply import ReportFile
from bot.logs.setup import unexpected
from bot.messages.released_figures import ReleasedFigures, TrueFigures
from bot.reports import formats, half_year
from bot.reports.charts import NotDrawn
from bot.reports.document import DataTable, Document, cell_text
from bot.reports.half_year import Given
from bot.rules.catalogue import _
from bot.rules.model import Period
from bot.rules.partnership.partnership import Partnership
from bot.rules.queries.remembered import remembered
from bot.rules.reports import signing
from bot.rules.reports.changes import ChangedFigure, PrintedTable, changed
from bot.rules.reports.signing import Report
from bot.rules.reports.snapshot import Snapshot
from bot.rules.time.period import period_of, previous
from bot.store import released_periods, reports
from bot.store.database import Database, DatabaseError, reading, writing
from bot.store.queries.facts import StoredFacts
from bot.store.report_snapshot import take_snapshot

#: The forms that are kept and handed over. Their bytes are the same for the same snapshot.
FORMS: tuple[formats.Form, ...] = ("html", "xlsx", "docx")
#: Kept with a draft too where its library is installed, so that the PDF is among the signed files.
PDF: formats.Form = "pdf"


class NotMade(Exception):
    """The files were not made. The text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class MadeFiles:
    """The files of a report, by form. `with_words`: the leads' own words are in them."""

    files: Mapping[str, bytes]
    with_words: bool


class Composer:
    """The composer of documents and the writer of files."""

    def compose(self, given: Given) -> Document:
        return half_year.compose(given)

    def write(self, document: Document, form: formats.Form) -> bytes:
        return formats.write(document, form)


class Making:
    """Makes reports from one database. `settings` is the digest of the partnership file."""

    def __init__(
        self,
        database: Database,
        partnership: Callable[[], Partnership],
        settings: str,
        composer: Composer | None = None,
    ) -> None:
        self._database, self._partnership, self._settings = database, partnership, settings
        self._composer = composer or Composer()

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1, "reports")

    def begin(self, file: ReportFile, progress: Progress = told_to_nobody) -> Future[Mapping[str, bytes]]:
        """Begin to make the files, behind those that are being made, and return those that may go through chat.

        `progress` is called in the thread that makes them.

        A report with the leads' own words is made and kept, and none of its files goes through chat.
        """
        return self._pool.submit(self._for_chat, file, progress)

    def close(self) -> None:
        """Wait for the report that is being made; those that were not begun are dropped."""
        if "_pool" in self.__dict__:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _for_chat(self, file: ReportFile, progress: Progress) -> Mapping[str, bytes]:
        try:
            made = self.make(file, progress)
            return {} if made.with_words else {form: made.files[form] for form in FORMS}
        except NotMade:
            raise
        except Exception as fault:  # the log has its kind, never its words: the leads' own may be among them
            raise NotMade(unexpected(fault)) from None

    def make(self, file: ReportFile, progress: Progress = told_to_nobody) -> MadeFiles:
        """Return the files, and keep those of a draft; NotMade with what to do."""
        period = period_of(date.fromisoformat(file.first), date.fromisoformat(file.last))
        with reading(self._database) as connection:
            report = self._report(connection, file, period)
            if report is not None and report.snapshot:
                return MadeFiles(kept_files(connection, report), with_words=bool(report.paragraphs))
            words = reports.words_of(connection, report.id) if report is not None else {}
            snapshot, files, printed = self._composed(connection, file, period, report, words, progress)
        if report is not None:
            with writing(self._database) as connection:
                tables = json.dumps([(t.id, t.title, t.columns, t.rows) for t in printed], ensure_ascii=False)
                contents = files | {reports.TABLES: tables.encode()}
                if not reports.keep_document(connection, report.id, report.version, snapshot, contents):
                    raise NotMade(_("The draft has changed meanwhile. Ask for its file again."))
        return MadeFiles(files, with_words=bool(words))

    def _report(self, connection: Any, file: ReportFile, period: Period) -> Report | None:
        if not file.draft and file.number is None:
            return None
        if file.number is not None:
            report = reports.numbered(connection, file.number)
        else:
            report = signing.open_report(reports.read(connection), period)
        if report is None or report.state == "withdrawn":
            raise NotMade(_("The draft was withdrawn meanwhile."))
        return report

    def _composed(
        self,
        connection: Any,
        file: ReportFile,
        period: Period,
        report: Report | None,
        words: reports.Words,
        progress: Progress,
    ) -> tuple[Snapshot, dict[str, bytes], tuple[PrintedTable, ...]]:
        """Compose from one view of the records. A later issue is composed twice: its changes are of what it prints."""
        partnership = self._partnership()
        number = report.id if report else None
        issue = signing.newest_issue(reports.read(connection), period, number) if file.published else None
        sheet = released_periods.printed(connection, period) if file.published else None
        snapshot = take_snapshot(
            connection,
            period,
            published=file.published,
            sheet_issue=sheet.issue if sheet else None,
            words=words,
            earlier_issue=issue.id if issue else None,
            settings=self._settings,
        )
        if snapshot is None:
            raise NotMade(_("No export has been loaded yet."))
        facts = remembered(StoredFacts(connection, partnership))
        figures = figures_of(facts, partnership, snapshot, published=file.published)
        given = Given(period, previous(period), figures, facts, partnership, snapshot, file.published, words)
        try:
            document = self._composer.compose(given)
            if isinstance(figures, ReleasedFigures) and figures.releases:  # nobody would record them
                raise NotMade(
                    _(
                        "The figures of {period}, or of the half-year before, are not released. A strategic lead can "
                        "release them on the bot's server.",
                        period=period.label,
                    )
                )
            printed = printed_of(document)
            if issue is not None:
                changes = changes_since(issue.id, changed(printed_in(connection, issue), printed))
                document = self._composer.compose(replace(given, earlier_issue=changes))
            progress(1, 1 + len(FORMS))
            files: dict[str, bytes] = {}
            for form in FORMS:
                files[form] = self._composer.write(document, form)
                progress(1 + len(files), 1 + len(FORMS))
            if report is not None:
                with suppress(formats.NotInstalled):
                    files[PDF] = self._composer.write(document, PDF)
            return snapshot, files, printed
        except (half_year.NoFigures, NotDrawn) as fault:
            raise NotMade(str(fault)) from None


def printed_of(document: Document) -> tuple[PrintedTable, ...]:
    return tuple(
        PrintedTable(t.id, t.title, t.columns, tuple(tuple(cell_text(cell) for cell in row) for row in t.rows))
        for t in document.tables
    )


def changes_since(number: int, found: Sequence[ChangedFigure]) -> DataTable:
    """Return the table of the figures that report `number` printed otherwise."""
    columns = (_("Table"), _("Row"), _("Column"), _("Before"), _("Now"))
    rows = tuple((c.table, c.row, c.column, c.before, c.now) for c in found)
    return DataTable("changed", _("Changed since report {number}", number=number), columns, rows)


def kept_files(connection: Any, report: Report) -> dict[str, bytes]:
    """Return the kept files of a report, verified; NotMade where one was changed from outside."""
    try:
        found = {each.form: reports.document(connection, report.id, each.form) for each in report.files}
    except reports.Altered:
        raise NotMade(
            _("The kept document of report {number} is damaged. Tell your administrator.", number=report.id)
        ) from None
    return {form: content for form, content in found.items() if content is not None}


def printed_in(connection: Any, report: Report) -> tuple[PrintedTable, ...]:
    """Return the printed tables of an earlier issue."""
    try:
        kept = reports.document(connection, report.id, reports.TABLES)
    except reports.Altered:
        raise NotMade(
            _("The kept document of report {number} is damaged. Tell your administrator.", number=report.id)
        ) from None
    return tuple(
        PrintedTable(name, title, tuple(columns), tuple(map(tuple, rows)))
        for name, title, columns, rows in json.loads(kept or b"[]")
    )


def figures_of(
    facts: StoredFacts, partnership: Partnership, snapshot: Snapshot, *, published: bool
) -> ReleasedFigures | TrueFigures:
    """Return the figures as of the snapshot. The person's rights were asked before: here nobody asks."""
    request = Request(None, PRIVATE, "", snapshot.made_at)
    ask = Ask((), request, partnership, facts, Dispatcher(partnership, (), _never))
    return ReleasedFigures(ask) if published else TrueFigures(ask)


def _never() -> NoReturn:
    raise DatabaseError("a report reads the facts that it was given")
