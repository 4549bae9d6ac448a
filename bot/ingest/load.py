"""Load one export: refuse the file, or store what can be read of it and list what cannot."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
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
from bot.store.queries.erased_references import Erasures
from bot.store.queries.loads import StoredLoad, latest_load, note_refusal, taken_before

__all__ = ["LoadSummary", "SourceError", "load_file"]

CHUNK = 2000
PROGRESS = 5000
#: Two clocks may differ a little, and by an hour where one was not put back; more is a slip of the pen.
AHEAD = timedelta(hours=1)

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class LoadSummary:
    """What one load did. `accepted` + `rejected` + `left_out` = `read`; `added` + `changed` + `unchanged` = `accepted`.

    `rejected` are rows that were left out; `unread` rows that were kept, with cells that could not be read; of both,
    `maybe_open` may be a child missing now or an interview due. `left_out` are rows older than the retention keeps.
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
    the source is in doubt where the file is its own and cannot be read. `now` is when it is loaded; `choose` picks
    the characters of new references; `audit_key` recognises children who were erased. `fill_gaps`: of an export that
    is older than what is loaded, add what is absent.
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
    try:
        return _load(
            Loading(engine, partnership, source, path, now, taken_how, fill_gaps),
            taken_at,
            rejects_folder,
            progress,
            choose,
            Erasures(audit_key) if audit_key else None,
            record,
        )
    except SourceError as fault:
        if fault.casts_doubt:
            with writing(engine) as connection:
                note_refusal(connection, source, now)
        raise


@dataclass(frozen=True, slots=True)
class Loading:
    """What is to be loaded, where, and how it is known when it was taken."""

    engine: Database
    partnership: Partnership
    source: str
    path: Path
    now: datetime
    taken_how: str
    fill_gaps: bool


def _load(
    of: Loading,
    taken_at: datetime,
    rejects_folder: Path,
    progress: Progress | None,
    choose: Callable[[str], str],
    erasures: Erasures | None,
    record: Record | None,
) -> LoadSummary:
    erased = ErasedRows(of.engine, erasures)
    with (
        open_export(of.path) as export,
        listing_rejects(rejects_folder, of.source, of.path.name, of.now) as rejects,
        staging(of.engine, of.source) as staged,
    ):
        file, before = _file(of, export, taken_at)
        checker = Checker(export, of.source, of.partnership, file.taken_at)
        told = _Told(rejects, checker.kinds)
        read = _stage(export, checker, erased, staged, told, progress)
        if checker.day_order.wrong:
            raise SourceError(f"{of.path.name}: {checker.day_order.fault(of.source)}")
        if told.unreadable and not told.staged:
            raise SourceError(f"{of.path.name}: no row could be read. {told.unreadable} Nothing was changed.")
        file = replace(file, rows_read=read)
        try:
            merged = merge_staged(
                staged, of.partnership, file, told.contradiction, told.unread, choose, erasures, erased.count, record
            )
        except Overtaken as fault:
            raise SourceError(f"{of.path.name}: {fault}", casts_doubt=False) from None
        listed = rejects.keep()
        summary = LoadSummary(
            source=of.source,
            file=of.path.name,
            read=read,
            accepted=merged.accepted,
            rejected=rejects.rows,
            added=merged.added,
            changed=merged.changed,
            unchanged=merged.unchanged,
            unread=told.unread().kept,
            maybe_open=told.unread().maybe_open,
            rejects_file=listed,
            left_out=merged.left_out,
            warnings=(*_warnings(export, checker, file, before, rejects), *_returned(erased)),
        )
        rejects.keep_summary(asdict(summary) | {"taken_at": file.taken_at, "loaded_at": of.now, "sha256": file.sha256})
        return summary


def _file(of: Loading, export: Export, taken_at: datetime) -> tuple[FileFacts, StoredLoad | None]:
    """What is known of the file before its rows, and the newest load before it; SourceError where it is older."""
    with reading(of.engine) as connection:
        before = latest_load(connection, of.source)
        known = taken_before(connection, of.source, export.sha256)
    if known is not None and of.taken_how == "modified":
        taken_at = known  # the same bytes are no fresher for having been copied
    older = before is not None and taken_at < before.taken_at
    if before is not None and older and not of.fill_gaps:
        raise SourceError(
            f"{export.name}: it was taken on {say(taken_at)}, and an export taken on {say(before.taken_at)} is loaded "
            "already: the older one would overwrite newer facts. Nothing was changed. "
            "Load it with --fill-gaps to add what is absent.",
            casts_doubt=False,
        )
    covers = getattr(of.partnership.sources, of.source).covered
    facts = FileFacts(export.sha256, taken_at, of.now, 0, of.taken_how, covers, only_gaps=older)
    return facts, before


class _Told:
    """What is told of the rows of one file: what is left out, what could not be read, and what of it may be open."""

    def __init__(self, rejects: Rejects, kinds: Mapping[str, Kind]) -> None:
        self.staged = 0
        self.unreadable = ""  # why the first row that was left out could not be read
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
        """A row of a child who was erased on request: it could be read, and is not to be stored."""
        self._rejects.add(row, [problem])

    def kept(self, row: int, problems: list[Problem], *, maybe_open: bool) -> None:
        self.staged += 1
        if maybe_open:
            self._open.add(row)
        if problems:
            self._unread.add(row)
            self._rejects.note(row, problems, self._kinds)

    def contradiction(self, c: Contradiction) -> None:
        """A row that contradicts another is kept without the cell, or as the other says."""
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
    told: _Told,
    progress: Progress | None,
) -> int:
    """Read to the end of the file, since only the end shows that it is whole; how many rows there were."""
    read, waiting = 0, []
    for line, (row, problems, maybe_open) in _checked(export, checker):
        read += 1
        if row is None:
            told.left_out(line.number, problems, maybe_open=maybe_open)
        elif problem := erased.problem(row):
            told.erased(line.number, problem)
        else:
            waiting.append((line.number, erased.without(row)))
            told.kept(line.number, problems, maybe_open=maybe_open)
        if len(waiting) == CHUNK:
            staged.add(waiting)
            waiting = []
        if progress and read % PROGRESS == 0:
            progress(read)
    if waiting:
        staged.add(waiting)
    return read


def _checked(export: Export, checker: Checker) -> Iterator[tuple[Line, CheckedRow]]:
    """Every row; of one that has swallowed others because of a stray quotation mark, each line by itself."""
    for line in export.rows():
        found = checker.check(line)
        if not checker.swallows(line, found):
            yield line, found
            continue
        for one in apart(line.number, line.raw):
            yield one, checker.check(one)


def _returned(erased: ErasedRows) -> Iterator[str]:
    if erased.returned:
        yield (
            f"{erased.returned} rows are of children who were erased on request and went missing afterwards: they are "
            "kept, under a new reference, because a missing child must be seen."
        )


def _warnings(
    export: Export, checker: Checker, file: FileFacts, before: StoredLoad | None, rejects: Rejects
) -> Iterator[str]:
    """What is not wrong but should be looked at."""
    if export.broken:
        yield export.broken
    elif not export.ended:
        yield "The last line has no line end: check that the file is whole and nothing of its last row is cut off."
    if checker.extra:
        yield f"Columns of the file that are not ours and were not read: {checker.extra}."
    yield from _not_known(rejects)
    yield from _of_its_time(file)
    if before and not file.only_gaps and 2 * file.rows_read < before.rows_read:
        yield (
            f"The file has {file.rows_read} rows, the last one had {before.rows_read}: is it complete? Until somebody "
            f"says so (sources {checker.source} right), the source is in doubt."
        )


def _not_known(rejects: Rejects) -> Iterator[str]:
    """Columns with words, people or places that are not known: how often, and no value of the file."""
    words = [column for column, _ in rejects.words]
    for column in dict.fromkeys(words):
        rows = sum(word.rows for (name, _), word in rejects.words.items() if name == column)
        yield f"{column}: words that are not known: {words.count(column)}, in rows: {rows}. Each is listed once."
    for column, cell in rejects.cells.items():
        yield f"{column}: cells that are not known: {cell.rows}. One {cell.problem.reason}."


def _of_its_time(file: FileFacts) -> Iterator[str]:
    if file.taken_how == "modified":
        yield (
            f"When the export was taken is known only from the file's own time ({say(file.taken_at)}), which copying "
            "changes: give --taken-at, or say in the partnership file where it stands (taken_at_in_name)."
        )
    if file.only_gaps:
        yield "The export is older than what is loaded: only what was absent has been added."
