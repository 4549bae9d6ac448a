"""Load one export: refuse the file, or store what can be read of it and list what cannot."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.ingest.cells import Kind
from bot.ingest.csv_file import Export, Line, apart, open_export
from bot.ingest.erased_children import ErasedRows
from bot.ingest.errors import Problem, SourceError
from bot.ingest.rejects import Rejects, listing_rejects
from bot.ingest.row_checker import FORMATS, CheckedRow, Checker
from bot.rules.effects import Overtaken
from bot.rules.partnership.partnership import Partnership
from bot.rules.time.clock import say
from bot.store.database import Database, reading, writing
from bot.store.loading.load import FileFacts, Record, Unread, merge_staged
from bot.store.loading.merge import Contradiction
from bot.store.loading.staging import Staging, staging
from bot.store.queries.children import Erasures
from bot.store.queries.loads import StoredLoad, latest_load, note_refusal, taken_before

__all__ = ["LoadSummary", "SourceError", "load_file"]

CHUNK = 2000
PROGRESS = 5000
#: Two clocks may differ a little, and by an hour where one was not put back; more is a slip of the pen.
AHEAD = timedelta(hours=1)

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class LoadSummary:
    """The counts of one load.

    `accepted` + `rejected` + `left_out` = `read`; `added` + `changed` + `unchanged` = `accepted`.

    `rejected` rows were left out; `unread` rows were kept, with cells that could not be read; of both, `maybe_open` may
    be a child missing now or an interview due. `left_out` rows are older than the retention keeps.
    """

    source: str
    file: str
    read: int
    accepted: int
    rejected: int
    added: int
    changed: int
    unchanged: int
    unread: int
    maybe_open: int
    rejects_file: Path | None
    left_out: int = 0
    warnings: tuple[str, ...] = ()


def load_file(
    engine: Database,
    partnership: Partnership,
    source: str,
    path: Path,
    *,
    taken_at: datetime,
    rejects_folder: Path,
    progress: Progress | None = None,
    now: datetime | None = None,
    choose: Callable[[str], str] = secrets.choice,
    audit_key: bytes | None = None,
    record: Record | None = None,
    taken_how: str = "given",
    fill_gaps: bool = False,
) -> LoadSummary:
    """Load `path` as an export of `source` (police, children or interviews) taken at `taken_at`.

    SourceError if the file as a whole cannot be used; then, and on any other exception, no record has changed, and
    the source is in doubt where the file is its own and cannot be read. `now` is the time of the load; `choose` picks
    the characters of new references; `audit_key` recognises children who were erased. `fill_gaps`: of an export that
    is older than the one loaded, add only absent records and facts.
    """
    if source not in FORMATS:
        raise SourceError(f"there is no export called {source!r}: use one of {', '.join(FORMATS)}", casts_doubt=False)
    if taken_at.tzinfo is None:
        raise ValueError("taken_at needs a zone")
    now = now or datetime.now(UTC)
    if taken_at > now + AHEAD:
        raise SourceError(
            f"{path.name}: it cannot have been taken on {say(taken_at)}, as it is {say(now)} now. "
            "Say when it was taken; nothing was changed.",
            casts_doubt=False,
        )
    erasures = Erasures(audit_key) if audit_key else None
    erased = ErasedRows(engine, erasures)
    with (
        _noting_refusal(engine, source, now),
        open_export(path) as export,
        listing_rejects(rejects_folder, source, path.name, now) as rejects,
        staging(engine, source) as staged,
    ):
        with reading(engine) as connection:
            before = latest_load(connection, source)
            known = taken_before(connection, source, export.sha256)
        # The same bytes are no fresher for having been copied.
        taken_at = known if known is not None and taken_how == "modified" else taken_at
        older = before is not None and taken_at < before.taken_at
        if before is not None and older and not fill_gaps:
            raise SourceError(
                f"{export.name}: it was taken on {say(taken_at)}, and an export taken on {say(before.taken_at)} is "
                "loaded already: the older one would overwrite newer facts. Nothing was changed. "
                "Load it with --fill-gaps to add what is absent.",
                casts_doubt=False,
            )

        checker = Checker(export, source, partnership, taken_at)
        report = _RowReport(rejects, checker.kinds)
        read = _stage(export, checker, erased, staged, report, progress)
        if checker.day_order.wrong:
            raise SourceError(f"{path.name}: {checker.day_order.fault(source)}")
        if report.unreadable and not report.staged:
            raise SourceError(f"{path.name}: no row could be read. {report.unreadable} Nothing was changed.")

        covers = getattr(partnership.sources, source).covered
        file = FileFacts(export.sha256, taken_at, now, read, taken_how, covers, only_gaps=older)
        try:
            merged = merge_staged(
                staged, partnership, file, report.contradiction, report.unread, choose, erasures, erased.count, record
            )
        except Overtaken as fault:
            raise SourceError(f"{path.name}: {fault}", casts_doubt=False) from None

        listed = rejects.keep()
        summary = LoadSummary(
            source=source,
            file=path.name,
            read=read,
            accepted=merged.accepted,
            rejected=rejects.rows,
            added=merged.added,
            changed=merged.changed,
            unchanged=merged.unchanged,
            unread=report.unread().kept,
            maybe_open=report.unread().maybe_open,
            rejects_file=listed,
            left_out=merged.left_out,
            warnings=tuple(_warnings(export, checker, file, before, rejects, erased)),
        )
        rejects.keep_summary(asdict(summary) | {"taken_at": taken_at, "loaded_at": now, "sha256": file.sha256})
    return summary


@contextmanager
def _noting_refusal(engine: Database, source: str, now: datetime) -> Iterator[None]:
    """Put the source in doubt when a file of its own is refused."""
    try:
        yield
    except SourceError as fault:
        if fault.casts_doubt:
            with writing(engine) as connection:
                note_refusal(connection, source, now)
        raise


class _RowReport:
    """The report of one file's rows: rejected, kept in part, and those of both that may be open."""

    def __init__(self, rejects: Rejects, kinds: Mapping[str, Kind]) -> None:
        self.staged = 0
        self.unreadable = ""  # the reason for the first rejected row
        self._rejects = rejects
        self._kinds = kinds
        self._open: set[int] = set()  # rows that may be open
        self._unread: set[int] = set()
        self._left_out_open = 0

    def left_out(self, row: int, problems: list[Problem], *, maybe_open: bool) -> None:
        p = problems[0]
        self.unreadable = self.unreadable or f"Line {row}: {p.column} {p.reason}".replace(":  ", ": ").rstrip(".") + "."
        self._rejects.add(row, problems)
        self._left_out_open += maybe_open

    def erased(self, row: int, problem: Problem) -> None:
        """Reject a row of a child who was erased on request: it could be read, and is not to be stored."""
        self._rejects.add(row, [problem])

    def kept(self, row: int, problems: list[Problem], *, maybe_open: bool) -> None:
        self.staged += 1
        if maybe_open:
            self._open.add(row)
        if problems:
            self._unread.add(row)
            self._rejects.note(row, problems, self._kinds)

    def contradiction(self, c: Contradiction) -> None:
        """Note a row that contradicts another: it is kept without the cell, or with the other row's value."""
        self._unread.add(c.line)
        self._rejects.note(c.line, [Problem(c.column, c.reason, c.advice, c.value)], {})

    def unread(self) -> Unread:
        unsure = len(self._unread & self._open)
        return Unread(self._rejects.rows, len(self._unread), self._left_out_open + unsure)


def _stage(
    export: Export,
    checker: Checker,
    erased: ErasedRows,
    staged: Staging,
    report: _RowReport,
    progress: Progress | None,
) -> int:
    """Stage every row and return their number; only the end of the file shows that it is whole."""
    read, waiting = 0, []
    for line, (row, problems, maybe_open) in _checked(export, checker):
        read += 1
        if row is None:
            report.left_out(line.number, problems, maybe_open=maybe_open)
        elif problem := erased.problem(row):
            report.erased(line.number, problem)
        else:
            waiting.append((line.number, erased.without(row)))
            report.kept(line.number, problems, maybe_open=maybe_open)
        if len(waiting) == CHUNK:
            staged.add(waiting)
            waiting = []
        if progress and read % PROGRESS == 0:
            progress(read)
    if waiting:
        staged.add(waiting)
    return read


def _checked(export: Export, checker: Checker) -> Iterator[tuple[Line, CheckedRow]]:
    """Check every row; of a row that swallowed others because of a stray quotation mark, each line by itself."""
    for line in export.rows():
        found = checker.check(line)
        if not checker.swallows(line, found):
            yield line, found
            continue
        for one in apart(line.number, line.raw):
            yield one, checker.check(one)


def _warnings(
    export: Export,
    checker: Checker,
    file: FileFacts,
    before: StoredLoad | None,
    rejects: Rejects,
    erased: ErasedRows,
) -> Iterator[str]:
    """Facts of a load that are no fault and should be looked at."""
    if export.broken:
        yield export.broken
    elif not export.ended:
        yield "The last line has no line end: check that the file is whole and nothing of its last row is cut off."
    if checker.extra:
        yield f"Columns of the file that are not ours and were not read: {checker.extra}."
    # Unknown words, people and places are counted by column; no value of the file is shown.
    words = [column for column, _ in rejects.words]
    yield from (
        f"{column}: words that are not known: {words.count(column)}, in rows: "
        f"{sum(word.rows for (name, _), word in rejects.words.items() if name == column)}. Each is listed once."
        for column in dict.fromkeys(words)
    )
    yield from (
        f"{column}: cells that are not known: {cell.rows}. One {cell.problem.reason}."
        for column, cell in rejects.cells.items()
    )
    if file.taken_how == "modified":
        yield (
            f"When the export was taken is known only from the file's own time ({say(file.taken_at)}), which copying "
            "changes: give --taken-at, or say in the partnership file where it stands (taken_at_in_name)."
        )
    if file.only_gaps:
        yield "The export is older than what is loaded: only what was absent has been added."
    if before and not file.only_gaps and 2 * file.rows_read < before.rows_read:
        yield (
            f"The file has {file.rows_read} rows, the last one had {before.rows_read}: is it complete? Until somebody "
            f"says so (sources {checker.source} right), the source is in doubt."
        )
    if erased.returned:
        yield (
            f"{erased.returned} rows are of children who were erased on request and went missing afterwards: they are "
            "kept, under a new reference, because a missing child must be seen."
        )
