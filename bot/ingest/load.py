"""Load one export: refuse the file, or store what can be read of it and list what cannot."""

from __future__ import annotations

import gc
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.ingest.csv_file import Export, open_export
from bot.ingest.rejects import Problem, Rejects, SourceError, listing_rejects, open_private
from bot.ingest.row_checker import FORMATS, Checker, header_names
from bot.rules.audit.erasure import Kind as ReferenceKind
from bot.rules.effects import Overtaken
from bot.rules.partnership.partnership import Partnership
from bot.rules.time.clock import say
from bot.store.database import Database, reading, writing
from bot.store.loading.load import FileFacts, Record, merge_staged
from bot.store.loading.staging import StagedChild, StagedInterview, StagedOccurrence, StagedRow, Staging, staging
from bot.store.queries.children import Erasures, all_erased, is_stored
from bot.store.queries.loads import StoredLoad, latest_load, note_refusal, taken_before

__all__ = ["LoadSummary", "SourceError", "load_file"]

CHUNK = 2000
USUAL = gc.get_threshold()
PROGRESS = 5000
#: Two clocks may differ a little, and by an hour where one was not put back; more is a slip of the pen.
AHEAD = timedelta(hours=1)

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class LoadSummary:
    """The counts of one load.

    `accepted` + `rejected` + `left_out` = `read`; `added` + `changed` + `unchanged` = `accepted`.

    `rejected` rows were left out; `unread` rows were kept, with cells that could not be read; of both, `maybe_open` may
    be a child missing now or an interview due. `left_out` rows are older than the retention keeps. `mapping` is the
    one of the partnership file that the time of the export chose, where it has several; `read_as` says for each column
    what the usual synonyms were read for.
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
    mapping: str = ""
    read_as: tuple[str, ...] = ()


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
        _collecting_less(),
        _noting_refusal(engine, source, now),
        open_export(path, header_names(source, partnership, taken_at)) as export,
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
        read = _stage(checker, erased, staged, rejects, progress)
        if checker.day_order.wrong:
            raise SourceError(f"{path.name}: {checker.day_order.fault(checker.section)}")
        if rejects.unreadable and not rejects.kept:
            raise SourceError(f"{path.name}: no row could be read. {rejects.unreadable} Nothing was changed.")

        covers = getattr(partnership.sources, source).covered
        file = FileFacts(export.sha256, taken_at, now, read, taken_how, covers, only_gaps=older)
        try:
            merged = merge_staged(
                staged,
                partnership,
                file,
                rejects.contradiction,
                rejects.unread,
                choose,
                erasures,
                len(erased.since),
                record,
            )
        except Overtaken as fault:
            raise SourceError(f"{path.name}: {fault}", casts_doubt=False) from None

        listed = rejects.finish()
        rejected, unread, maybe_open = rejects.unread()
        summary = LoadSummary(
            source=source,
            file=path.name,
            read=read,
            accepted=merged.accepted,
            rejected=rejected,
            added=merged.added,
            changed=merged.changed,
            unchanged=merged.unchanged,
            unread=unread,
            maybe_open=maybe_open,
            rejects_file=listed,
            left_out=merged.left_out,
            warnings=tuple(_warnings(export, checker, file, before, rejects, erased)),
            mapping=checker.mapping_used,
            read_as=tuple(checker.read_as()),
        )
        facts = asdict(summary) | {"taken_at": taken_at, "loaded_at": now, "sha256": file.sha256}
        with open_private(rejects_folder / f"{rejects.stem}-summary.json") as stream:
            json.dump(facts, stream, indent=2, default=str)
            stream.write("\n")
    return summary


@contextmanager
def _collecting_less() -> Iterator[None]:
    """Look for garbage less often: rows are none, and looking takes a twentieth of a load."""
    gc.set_threshold(50_000, *USUAL[1:])
    try:
        yield
    finally:
        gc.set_threshold(*USUAL)


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


def _stage(checker: Checker, erased: ErasedRows, staged: Staging, rejects: Rejects, progress: Progress | None) -> int:
    """Stage every row and return their number; only the end of the file shows that it is whole."""
    read, waiting = 0, []
    for line, (row, problems, maybe_open) in checker.rows():
        read += 1
        kept = erased.admit(row) if row is not None else None
        if kept is None:
            rejects.leave_out(line.number, problems, maybe_open=maybe_open)
        elif isinstance(kept, Problem):
            rejects.add(line.number, [kept])  # it could be read, and is not to be stored
        else:
            waiting.append((line.number, kept))
            rejects.keep(line.number, problems, checker.kinds, maybe_open=maybe_open)
        if len(waiting) == CHUNK:
            staged.add(waiting)
            waiting = []
        if progress and read % PROGRESS == 0:
            progress(read)
    if waiting:
        staged.add(waiting)
    return read


def _warnings(
    export: Export,
    checker: Checker,
    file: FileFacts,
    before: StoredLoad | None,
    rejects: Rejects,
    erased: ErasedRows,
) -> Iterator[str]:
    """Facts of a load that are no fault and should be looked at."""
    yield from _of_the_file(export, checker)
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


def _of_the_file(export: Export, checker: Checker) -> Iterator[str]:
    if export.broken:
        yield export.broken
    elif not export.ended:
        yield "The last line has no line end: check that the file is whole and nothing of its last row is cut off."
    if export.shape.skipped:
        yield f"Lines above the column names that were not read: {len(export.shape.skipped)}."
    yield from checker.spreadsheet_codes.warnings()
    yield from checker.yearly_codes.warnings()
    if checker.extra:
        yield f"Columns of the file that are not ours and were not read: {checker.extra}."


REASON = "belongs to a child who was erased on request"
ADVICE = "nothing is to be done here; take it out of the export, or ask who answers for data protection"
_COLUMN: dict[ReferenceKind, str] = {"council_ref": "child_id", "episode_ref": "episode_id"}


class ErasedRows:
    """Rows of children who were erased on request: an export cannot bring them back.

    A child who goes missing after the erasure is a new child with a new reference: a missing child is never left out.
    `since` are the erasures at the time the file was opened; `returned` counts rows of erased children gone missing
    since.
    """

    def __init__(self, engine: Database, erasures: Erasures | None) -> None:
        with reading(engine) as connection:
            self.since = all_erased(connection)
        if self.since and erasures is None:
            raise ValueError("references were erased: the key that recognises them is needed")
        self._engine = engine
        self._erasures = erasures
        self.returned = 0

    def admit(self, row: StagedRow) -> StagedRow | Problem:
        """Return the row without erased children among those found with the child, or the reason to reject it.

        The reason is given by column, never by value. The council's facts of an erased child who went missing again,
        and so is stored, are taken.
        """
        if not self.since:
            return row
        for kind, reference, began in _references(row):
            since = self._erased_at(kind, reference)
            if since is None:
                continue
            if isinstance(row, StagedChild):
                with reading(self._engine) as connection:
                    if is_stored(connection, row.police_ref, row.council_ref):
                        continue
            if began is None or began < since:
                return Problem(_COLUMN.get(kind, kind), REASON, ADVICE)
            self.returned += 1
        if isinstance(row, StagedOccurrence) and row.found_with:
            began = row.last_seen_at or row.reported_at
            others = (ref for ref in row.found_with.split(";") if self._may_be_named(ref, began))
            return row._replace(found_with=";".join(others))
        return row

    def _may_be_named(self, other: str, began: datetime | None) -> bool:
        """Return False for an erased child; of one who is stored again, later records may tell."""
        since = self._erased_at("police_ref", other)
        if since is None or began is None or began < since:
            return since is None
        with reading(self._engine) as connection:
            return is_stored(connection, other, None)

    def _erased_at(self, kind: ReferenceKind, reference: str) -> datetime | None:
        return self.since.get(self._erasures.digest(kind, reference)) if self._erasures else None


def _references(row: StagedRow) -> Iterator[tuple[ReferenceKind, str, datetime | None]]:
    """Each reference with the start of its episode; None where the reference itself is an erased one, of any time."""
    if isinstance(row, StagedOccurrence):
        yield "occurrence_ref", row.occurrence_ref, None
        yield from (("police_ref", ref, row.last_seen_at or row.reported_at) for ref in [row.police_ref] if ref)
    elif isinstance(row, StagedInterview):
        yield "episode_ref", row.episode_ref, None
        yield from (("occurrence_ref", ref, None) for ref in [row.occurrence_ref] if ref)
        yield from (("council_ref", ref, row.started_at) for ref in [row.council_ref] if ref)
    else:
        yield "council_ref", row.council_ref, None
        yield from (("police_ref", ref, None) for ref in [row.police_ref] if ref)
