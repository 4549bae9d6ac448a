"""One load: what was staged is merged, its children's episodes are frozen, all in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, text

from bot.rules.deeds import Overtaken
from bot.rules.freeze import Freezer
from bot.rules.partnership import Partnership
from bot.store import merge_children, merge_interviews, merge_police
from bot.store.database import upsert
from bot.store.erasures import Erasures, how_many
from bot.store.freezing import freeze_touched
from bot.store.identity import join_by_interview
from bot.store.keeping import marks, records_begin
from bot.store.leaving_out import LEFT_OUT, leave_out
from bot.store.merge import Merging, Reject, verdicts
from bot.store.references import References
from bot.store.sealed import check_key
from bot.store.staging import TABLES, Staging
from bot.store.tables import source_load

_MERGES = {
    "police": merge_police.merge,
    "children": merge_children.merge,
    "interviews": merge_interviews.merge,
}


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is known of a file when all of it has been read."""

    sha256: str
    taken_at: datetime
    loaded_at: datetime
    rows_read: int


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of the rows that had passed the checks."""

    added: int
    changed: int
    unchanged: int
    left_out: int = 0  # older than what is kept

    @property
    def accepted(self) -> int:
        return self.added + self.changed + self.unchanged


#: Puts into the audit trail what a load has done, in the load's own transaction.
Record = Callable[[Connection, Merged], None]


def merge_staged(
    staging: Staging,
    partnership: Partnership,
    file: FileFacts,
    reject: Reject,
    choose: Callable[[str], str],
    erasures: Erasures | None = None,
    erased: int = 0,
    record: Record | None = None,
) -> Merged:
    """All of it, or (on any exception) nothing. `reject` is told of rows that contradict others.

    `erased` is how many references were erased when the rows were read: Overtaken where there are more now.
    """
    staging.finish()
    connection = staging.connection
    connection.execution_options(begin="IMMEDIATE")
    with connection.begin():
        one_at_a_time(connection)
        check_key(connection)
        if how_many(connection) > erased:
            raise Overtaken("records were removed while this file was being read. Load it again; nothing was changed.")
        references = References(partnership.reference_prefix, choose, erasures)
        cut, before = records_begin(connection), marks(connection)
        first = connection.execute(
            select(source_load.c.id).where(source_load.c.source == staging.source).limit(1)
        ).first()
        m = Merging(connection, references, reject, file.loaded_at, first is None)
        _MERGES[staging.source](m)
        join_by_interview(connection)
        freeze_touched(connection, Freezer(partnership, file.loaded_at))
        if cut:
            leave_out(connection, staging.source, cut, file.loaded_at, before)
        counts = verdicts(connection, TABLES[staging.source])
        merged = Merged(*(counts.get(verdict, 0) for verdict in ("added", "changed", "unchanged", LEFT_OUT)))
        if merged.accepted or not file.rows_read:  # a file with nothing but rejects does not make a source fresh
            _note(connection, staging.source, file, merged)
        if record:
            record(connection, merged)
        return merged


def one_at_a_time(connection: Connection) -> None:
    """SQLite's immediate transaction keeps other loads out already; on PostgreSQL they wait here."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('bot.load'))"))


def _note(connection: Connection, source: str, file: FileFacts, merged: Merged) -> None:
    """The same file of the same time again is not another load."""
    statement = upsert(connection, source_load).values(
        source=source,
        taken_at=file.taken_at,
        loaded_at=file.loaded_at,
        sha256=file.sha256,
        rows_read=file.rows_read,
        accepted=merged.accepted,
        rejected=file.rows_read - merged.accepted - merged.left_out,
        added=merged.added,
        changed=merged.changed,
        unchanged=merged.unchanged,
    )
    connection.execute(statement.on_conflict_do_nothing())
