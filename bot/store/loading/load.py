"""One load in one transaction: merge the staged rows, freeze the episodes of their children."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from bot.rules.effects import Overtaken
from bot.rules.episodes.snapshot import Freezer
from bot.rules.partnership.partnership import Covers, Partnership
from bot.store.database import one_at_a_time, upsert
from bot.store.encryption import check_key
from bot.store.loading import merge_children, merge_interviews, merge_police
from bot.store.loading.absent_records import note_absent
from bot.store.loading.child_matching import join_by_interview
from bot.store.loading.episode_snapshots import freeze_touched
from bot.store.loading.load_cutoff import LEFT_OUT, leave_out
from bot.store.loading.merge import Merging, Tell, verdicts
from bot.store.loading.references import References
from bot.store.loading.staging import TABLES, Staging
from bot.store.queries.children import Erasures, count_erased
from bot.store.queries.loads import forget_refusal, latest_load, rows_expected
from bot.store.retention.kept_records import marks, records_begin
from bot.store.schema.records import source_load

_MERGES = {
    "police": merge_police.merge,
    "children": merge_children.merge,
    "interviews": merge_interviews.merge,
}


class Unread(NamedTuple):
    """Numbers of rows left out and of rows kept but not read whole; and of both, those that may be open."""

    rejected: int
    kept: int
    maybe_open: int


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Facts of a file that was read to its end.

    `covers` is the export's range by the partnership file: "all", "open", a number of days, or None where the file does
    not say. `only_gaps`: the export is older than the newest loaded one.
    """

    sha256: str
    taken_at: datetime
    loaded_at: datetime
    rows_read: int
    taken_how: str = "given"
    covers: Covers = None
    only_gaps: bool = False


@dataclass(frozen=True, slots=True)
class Merged:
    """Numbers of the rows that had passed the checks, by result."""

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
    tell: Tell,
    unread: Callable[[], Unread],
    choose: Callable[[str], str],
    erasures: Erasures | None = None,
    erased: int = 0,
    record: Record | None = None,
) -> Merged:
    """Merge all staged rows, or (on any exception) none. `tell` is called with contradictions between rows.

    `unread` is called after all contradictions and returns the numbers of rows not read whole. `erased` is the number
    of erased references at the time of reading: Overtaken where there are more now.
    """
    staging.finish()
    connection = staging.connection
    connection.execution_options(begin="IMMEDIATE")
    with connection.begin():
        one_at_a_time(connection)
        check_key(connection)
        if count_erased(connection) > erased:
            raise Overtaken("records were removed while this file was being read. Load it again; nothing was changed.")
        newest = latest_load(connection, staging.source)
        if newest is not None and file.taken_at < newest.taken_at and not file.only_gaps:
            raise Overtaken("a newer export was loaded while this file was being read. Nothing was changed.")
        references = References(partnership.reference_prefix, choose, erasures)
        cut, before = records_begin(connection), marks(connection)
        first = connection.execute(
            select(source_load.c.id).where(source_load.c.source == staging.source).limit(1)
        ).first()
        m = Merging(
            connection, references, tell, file.loaded_at, file.taken_at, first is None, only_gaps=file.only_gaps
        )
        left = _MERGES[staging.source](m)
        note_absent(connection, staging.source, file.taken_at, file.covers, file.loaded_at, only_gaps=file.only_gaps)
        join_by_interview(connection)
        freeze_touched(connection, Freezer(partnership, file.loaded_at))
        if cut:
            leave_out(connection, staging.source, cut, file.loaded_at, before)
        counts = verdicts(connection, TABLES[staging.source])
        added, changed, unchanged, left_out = (
            counts.get(verdict, 0) for verdict in ("added", "changed", "unchanged", LEFT_OUT)
        )
        merged = Merged(added, changed, unchanged + left, left_out)
        # The same file of the same time again is the same load, of which more rows may have been read.
        not_read = unread()
        expected = rows_expected(connection, staging.source, file.taken_at)
        figures = {
            "accepted": merged.accepted,
            "rejected": not_read.rejected,
            "unread": not_read.kept,
            "unread_open": not_read.maybe_open,
            "rows_before": expected if expected is not None and 2 * file.rows_read < expected else None,
        }
        statement = upsert(connection, source_load).values(
            source=staging.source,
            taken_at=file.taken_at,
            taken_how=file.taken_how,
            loaded_at=file.loaded_at,
            sha256=file.sha256,
            rows_read=file.rows_read,
            added=merged.added,
            changed=merged.changed,
            unchanged=merged.unchanged,
            **figures,
        )
        key = ["source", "sha256", "taken_at"]
        again = {name: statement.excluded[name] for name in figures}
        connection.execute(statement.on_conflict_do_update(index_elements=key, set_=again))
        if not file.only_gaps:
            forget_refusal(connection, staging.source)
        if record:
            record(connection, merged)
        return merged
