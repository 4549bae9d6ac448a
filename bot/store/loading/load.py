"""One load in one transaction: merge the staged rows, note absent records, freeze the episodes of their children.

Rows that are past the retention are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, and_, exists, func, or_, select, update

from bot.rules.effects import Overtaken
from bot.rules.episodes.snapshot import Freezer
from bot.rules.partnership.partnership import Covers, Partnership
from bot.store.bulk import chunks
from bot.store.database import one_at_a_time, upsert
from bot.store.encryption import check_key
from bot.store.loading import merge_children, merge_interviews, merge_police
from bot.store.loading.child_matching import References, join_by_interview
from bot.store.loading.episode_snapshots import freeze_touched
from bot.store.loading.merge import Merging, Tell
from bot.store.loading.staging import TABLES, Staging, touch
from bot.store.queries.children import HOLDS, Erasures, count_erased
from bot.store.queries.loads import forget_refusal, latest_load, rows_expected
from bot.store.retention.kept_records import forget_children, marks, records_begin, remove_records
from bot.store.schema.records import child, episode, interview, occurrence, ruling, source_load

_MERGES = {
    "police": merge_police.merge,
    "children": merge_children.merge,
    "interviews": merge_interviews.merge,
}
#: Records that an export may lack. A child is not absent: the children export has no open and closed rows.
_RECORDS: dict[str, Table] = {"police": occurrence, "interviews": interview}
_KEYS = {
    "police": occurrence.c.occurrence_ref,
    "children": child.c.council_ref,
    "interviews": interview.c.episode_ref,
}


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
    unread: Callable[[], tuple[int, int, int]],
    choose: Callable[[str], str],
    erasures: Erasures | None = None,
    erased: int = 0,
    record: Record | None = None,
) -> Merged:
    """Merge all staged rows, or (on any exception) none. `tell` is called with contradictions between rows.

    `unread` is called after all contradictions and returns the numbers of rows left out, of rows kept but not read
    whole, and of both that may be open. `erased` is the number
    of erased references at the time of reading: Overtaken where there are more now.
    """
    staging.finish()
    connection, staged = staging.connection, TABLES[staging.source]
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
        if staging.source in _RECORDS:
            _note_absent(connection, staging.source, file)
        join_by_interview(connection)
        freeze_touched(connection, Freezer(partnership, file.loaded_at))
        if cut:
            # The retention's own rule, applied to the frozen episodes: the next retention run agrees with this load.
            # Records stored before the load stay, for the retention to remove and to audit.
            forget_children(connection, remove_records(connection, cut, file.loaded_at, before))
            stored = _KEYS[staging.source]
            gone = ~exists().where(stored == staged.c[stored.name])
            connection.execute(update(staged).where(gone).values(verdict="left out"))
        verdicts = connection.execute(select(staged.c.verdict, func.count()).group_by(staged.c.verdict))
        counts = Counter({verdict: count for verdict, count in verdicts})
        merged = Merged(counts["added"], counts["changed"], counts["unchanged"] + left, counts["left out"])
        # The same file of the same time again is the same load, of which more rows may have been read.
        rejected, not_whole, maybe_open = unread()
        expected = rows_expected(connection, staging.source, file.taken_at)
        figures = {
            "accepted": merged.accepted,
            "rejected": rejected,
            "unread": not_whole,
            "unread_open": maybe_open,
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


def _note_absent(connection: Connection, source: str, file: FileFacts) -> None:
    """Mark the open records that the export should have and lacks; it closes none of them.

    Unmark those that it has: confirmations of their end are over. Records added by an older export are absent from the
    newest one.
    """
    table, staged = _RECORDS[source], TABLES[source]
    key = next(iter(table.primary_key.columns))
    here = exists().where(staged.c[key.name] == key)
    newest = latest_load(connection, source)
    if not file.only_gaps:
        back = _mark(connection, table, and_(table.c.absent_at.is_not(None), here), None)
        for some in chunks(back):
            ends = (ruling.c.kind == "end", HOLDS, ruling.c[key.name].in_(some))
            overtaken = {"overtaken_at": file.loaded_at, "overtaken_by": source, "file_taken_at": file.taken_at}
            connection.execute(update(ruling).where(*ends).values(overtaken))
        if file.covers is not None:
            unmarked = or_(table.c.absent_at.is_(None), table.c.absent_at < file.taken_at)
            lacking = and_(_open(table, key, file.taken_at, file.covers), ~here, unmarked)
            _mark(connection, table, lacking, file.taken_at)
    elif newest is not None and file.covers is not None:
        added = exists().where(staged.c[key.name] == key, staged.c.verdict == "added")
        _mark(connection, table, and_(_open(table, key, newest.taken_at, file.covers), added), newest.taken_at)


def _open(table: Table, key: Any, taken_at: datetime, covers: Covers) -> Any:
    """Match records of episodes that were open at the time of the export, and that it should have."""
    name = episode.c[key.name]
    where = [name.is_not(None), episode.c.until_at > taken_at, episode.c.kind != "void"]
    if isinstance(covers, int):
        where.append(episode.c.start_at >= taken_at - timedelta(days=covers))
    added = table.c.first_taken_at.is_not(None) & ~exists().where(name == key)  # of this load: not frozen yet
    return or_(key.in_(select(name).where(*where)), added)


def _mark(connection: Connection, table: Table, where: Any, absent_at: datetime | None) -> list[str]:
    """Set `absent_at` of the records found, and return their references. There are few, and none on most mornings."""
    key = next(iter(table.primary_key.columns))
    found = connection.execute(select(key, table.c.child_id).where(where)).all()
    for some in chunks(found):
        refs = key.in_([ref for ref, _ in some])
        touch(connection, select(table.c.child_id).where(refs))
        connection.execute(update(table).where(refs).values(absent_at=absent_at))
    return [ref for ref, _ in found]
