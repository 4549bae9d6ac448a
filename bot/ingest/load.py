"""Load one export: refuse the file, or store what is right of it and list what is not."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.ingest.erased import ErasedRows
from bot.ingest.faults import Problem, SourceError
from bot.ingest.reading import Export, open_export
from bot.ingest.rejects import Rejects, listing_rejects
from bot.ingest.rows import FORMATS, Checker
from bot.rules.clock import say
from bot.rules.deeds import Overtaken
from bot.rules.partnership import Partnership
from bot.store.database import Database, reading
from bot.store.erasures import Erasures
from bot.store.loading import FileFacts, Merged, Record, merge_staged
from bot.store.loads import Load, latest_load
from bot.store.merge import Rejection
from bot.store.staging import Staging, staging

__all__ = ["LoadSummary", "SourceError", "load_file"]

CHUNK = 2000
PROGRESS = 5000
#: Two clocks may differ a little, and by an hour where one was not put back; more is a slip of the pen.
AHEAD = timedelta(hours=1)

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class LoadSummary:
    """What one load did. `accepted` + `rejected` + `left_out` = `read`; `added` + `changed` + `unchanged` = `accepted`.

    `left_out` are rows older than what the retention keeps.
    """

    source: str
    file: str
    read: int
    accepted: int
    rejected: int
    added: int
    changed: int
    unchanged: int
    unknown_area_words: int
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
    allow_empty: bool = False,
    audit_key: bytes | None = None,
    record: Record | None = None,
) -> LoadSummary:
    """Load `path` as an export of `source` (police, children or interviews) taken at `taken_at`.

    SourceError if the file as a whole cannot be trusted; then, and on any other exception, nothing
    has changed. `now` is when it is loaded; `choose` picks the characters of new references; `audit_key`
    recognises children who were erased.
    """
    if source not in FORMATS:
        raise SourceError(f"there is no export called {source!r}: use one of {', '.join(FORMATS)}")
    if taken_at.tzinfo is None:
        raise ValueError("taken_at needs a zone")
    now = now or datetime.now(UTC)
    if taken_at > now + AHEAD:
        raise SourceError(
            f"{path.name}: it cannot have been taken on {say(taken_at)}, as it is {say(now)} now. "
            "Say when it was taken; nothing was changed."
        )
    erasures = Erasures(audit_key) if audit_key else None
    erased = ErasedRows(engine, erasures)
    with (
        open_export(path) as export,
        listing_rejects(rejects_folder, source, path.name, now) as rejects,
        staging(engine, source) as staged,
    ):
        checker = Checker(export, source, partnership, taken_at)
        read = _stage(export, checker, erased, staged, rejects, progress)
        if not read and not allow_empty:
            raise SourceError(f"{path.name}: there is a header but no rows. Nothing was changed.")
        with reading(engine) as connection:
            before = latest_load(connection, source)
        file = FileFacts(export.sha256, taken_at, now, read)
        try:
            merged = merge_staged(
                staged, partnership, file, _rejecting(rejects), choose, erasures, erased.count, record
            )
        except Overtaken as fault:
            raise SourceError(f"{path.name}: {fault}") from None
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
            unknown_area_words=rejects.notes,
            rejects_file=listed,
            left_out=merged.left_out,
            warnings=(*_warnings(export, checker, file, merged, before, rejects.notes), *_returned(erased)),
        )
        rejects.keep_summary(asdict(summary) | {"taken_at": taken_at, "loaded_at": now, "sha256": file.sha256})
        return summary


def _stage(
    export: Export,
    checker: Checker,
    erased: ErasedRows,
    staged: Staging,
    rejects: Rejects,
    progress: Progress | None,
) -> int:
    """Read to the end of the file, since only the end shows that it is whole; how many rows there were."""
    read, waiting = 0, []
    for line in export.rows():
        read += 1
        checked = checker.check(line)
        if isinstance(checked, list):
            rejects.add(line.number, checked)
        elif problem := erased.problem(checked):
            rejects.add(line.number, [problem])
        else:
            waiting.append((line.number, erased.without(checked)))
            rejects.note(line.number, checker.unknown_words(line))
        if len(waiting) == CHUNK:
            staged.add(waiting)
            waiting = []
        if progress and read % PROGRESS == 0:
            progress(read)
    if waiting:
        staged.add(waiting)
    return read


def _rejecting(rejects: Rejects) -> Callable[[Rejection], None]:
    def reject(r: Rejection) -> None:
        rejects.add(r.line, [Problem(r.column, r.reason, r.advice, r.value)])

    return reject


def _returned(erased: ErasedRows) -> Iterator[str]:
    if erased.returned:
        yield (
            f"{erased.returned} rows are of children who were erased on request and went missing afterwards: they are "
            "kept, under a new reference, because a missing child must be seen."
        )


def _warnings(
    export: Export, checker: Checker, file: FileFacts, merged: Merged, before: Load | None, unknown_words: int
) -> Iterator[str]:
    """What is not wrong but should be looked at."""
    if file.rows_read and not merged.accepted:
        yield "No row could be used: nothing was changed, and the source does not count as fresh."
    if not export.ended:
        yield "The last line has no line end: check that the file is whole and nothing of its last row is cut off."
    if checker.extra:
        yield f"Columns of the file that are not ours and were not read: {checker.extra}."
    if unknown_words:
        yield (
            f"Team or area words that the partnership file does not have: {unknown_words}. "
            "Their rows are kept with the area not known, and listed with the rejected ones."
        )
    if before and file.taken_at < before.taken_at:
        yield (
            f"An export taken later ({say(before.taken_at)}) was loaded before this one: "
            "where both have a row, the older one now stands. Load the newest again."
        )
    if before and 2 * file.rows_read < before.rows_read:
        yield f"The file has {file.rows_read} rows, the last one had {before.rows_read}: is it complete?"
