"""One load: merge the staged rows, note absent records, freeze the episodes of their children.

It is worked out on copies of the records, while others go on writing, and written in one short transaction: all of it,
or nothing. Rows that are past the retention are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, exists, func, not_, or_, select, update

from bot.rules.effects import Overtaken
from bot.rules.episodes.snapshot import Freezer
from bot.rules.partnership.partnership import Covers, Partnership
from bot.store.bulk import chunks
from bot.store.database import change_records, changes_of_records, upsert
from bot.store.encryption import check_key
from bot.store.loading import merge_children, merge_interviews, merge_police, working_copy
from bot.store.loading.child_matching import References, join_by_interview
from bot.store.loading.episode_snapshots import freeze_touched, hand_on
from bot.store.loading.merge import Contradiction, Merging, Tell
from bot.store.loading.staging import READ, TABLES, Staging, touch
from bot.store.queries.children import HOLDS, Erasures, count_erased
from bot.store.queries.loads import StoredLoad, forget_refusal, latest_load, rows_expected
from bot.store.retention.kept_records import forget_children, marks, records_begin, remove_records
from bot.store.schema.records import child, episode, interview, occurrence, ruling, source_load

_MERGES = {
    "police": merge_police,
    "children": merge_children,
    "interviews": merge_interviews,
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
    whole, and of both that may be open. `erased` is the number of erased references at the time of reading. Overtaken
    where there are more now, or where others go on changing records.
    """
    staging.finish()
    connection = staging.connection
    working_copy.name_the_tables(connection)
    for _ in range(ATTEMPTS):
        with staging.snapshot():
            draft = _work_out(staging, partnership, file, choose, erasures, erased)
        with staging.writing() as transaction:
            if change_records(connection) == draft.changes:
                check_key(connection)
                working_copy.carry_over(connection)
                working_copy.drop(connection)
                hand_on(connection, draft.gone)
                for contradiction in draft.contradictions:
                    tell(contradiction)
                _note_load(connection, staging.source, file, draft.merged, unread())
                if record:
                    record(connection, draft.merged)
                return draft.merged
            # Another load, a confirmation, the retention or an erasure came between: work it out anew.
            transaction.rollback()
        with staging.snapshot():
            working_copy.drop(connection)
            staging.empty()
    raise Overtaken("records were changed again and again while this file was being loaded. Nothing was changed.")


#: Times that a load is worked out before it gives up: others change records for a moment, and few times a day.
ATTEMPTS = 10


class Draft(NamedTuple):
    """A load that is worked out: `changes` is the count of changes that it was worked out at; `gone` are removed
    episodes, and those that have their records now.
    """

    changes: int
    merged: Merged
    contradictions: list[Contradiction]
    gone: dict[int, int]


def _work_out(
    staging: Staging,
    partnership: Partnership,
    file: FileFacts,
    choose: Callable[[str], str],
    erasures: Erasures | None,
    erased: int,
) -> Draft:
    """Merge and freeze on copies of the records; nothing that others see is written."""
    connection, source, staged = staging.connection, staging.source, TABLES[staging.source]
    changes = changes_of_records(connection)
    if count_erased(connection) > erased:
        raise Overtaken("records were removed while this file was being read. Load it again; nothing was changed.")
    newest = latest_load(connection, source)
    if newest is not None and file.taken_at < newest.taken_at and not file.only_gaps:
        raise Overtaken("a newer export was loaded while this file was being read. Nothing was changed.")
    cut, before = records_begin(connection), marks(connection)
    first = connection.execute(select(source_load.c.id).where(source_load.c.source == source).limit(1)).first() is None
    merging = _MERGES[source]
    unchanged = staging.stage(not_(merging.as_stored()))
    working_copy.choose_children(connection, source, _marked(source, file))
    working_copy.copy(connection)

    contradictions: list[Contradiction] = []
    references = References(partnership.reference_prefix, choose, erasures)
    m = Merging(
        connection, references, contradictions.append, file.loaded_at, file.taken_at, first, only_gaps=file.only_gaps
    )
    unchanged += merging.merge(m)
    if source in _RECORDS:
        _note_absent(connection, source, file, newest)
    working_copy.analyse(connection)
    join_by_interview(connection)
    gone = freeze_touched(connection, Freezer(partnership, file.loaded_at))
    if cut:
        # The retention's own rule, applied to the frozen episodes: the next retention run agrees with this load.
        # Records stored before the load stay, for the retention to remove and to audit.
        forget_children(connection, remove_records(connection, cut, file.loaded_at, before))
        key = _KEYS[source]
        left_out = ~exists().where(key == staged.c[key.name])
        connection.execute(update(staged).where(left_out).values(verdict="left out"))
    verdicts = connection.execute(select(staged.c.verdict, func.count()).group_by(staged.c.verdict))
    counts = Counter({verdict: count for verdict, count in verdicts})
    merged = Merged(counts["added"], counts["changed"], counts["unchanged"] + unchanged, counts["left out"])
    working_copy.keep_the_difference(connection)
    return Draft(changes, merged, contradictions, gone)


def _note_load(
    connection: Connection, source: str, file: FileFacts, merged: Merged, unread: tuple[int, int, int]
) -> None:
    """Note the load among the loads: every answer says how old its facts are."""
    # The same file of the same time again is the same load, of which more rows may have been read.
    rejected, not_whole, maybe_open = unread
    expected = rows_expected(connection, source, file.taken_at)
    figures = {
        "accepted": merged.accepted,
        "rejected": rejected,
        "unread": not_whole,
        "unread_open": maybe_open,
        "rows_before": expected if expected is not None and 2 * file.rows_read < expected else None,
    }
    statement = upsert(connection, source_load).values(
        source=source,
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
        forget_refusal(connection, source)


def _note_absent(connection: Connection, source: str, file: FileFacts, newest: StoredLoad | None) -> None:
    """Mark the open records that the export should have and lacks; it closes none of them.

    Unmark those that it has: confirmations of their end are over. Records added by an older export are absent from the
    newest one.
    """
    table, key, staged = _RECORDS[source], _KEYS[source], TABLES[source]
    if not file.only_gaps:
        for some in chunks(_mark(connection, source, _back(source), None)):
            ends = (ruling.c.kind == "end", HOLDS, ruling.c[key.name].in_(some))
            overtaken = {"overtaken_at": file.loaded_at, "overtaken_by": source, "file_taken_at": file.taken_at}
            connection.execute(update(ruling).where(*ends).values(overtaken))
    if file.covers is None:
        return
    frozen = exists().where(episode.c[key.name] == func.coalesce(table.c.one_with, key))
    new = table.c.first_taken_at.is_not(None) & ~frozen
    if not file.only_gaps:
        lacking = or_(_lacking(source, file.taken_at, file.covers), and_(new, ~_here(source)))
        _mark(connection, source, lacking, file.taken_at)
    elif newest is not None:
        added = exists().where(staged.c[key.name] == key, staged.c.verdict == "added")
        is_open = or_(_is_open(source, newest.taken_at, file.covers), new)
        _mark(connection, source, and_(is_open, added), newest.taken_at)


def _marked(source: str, file: FileFacts) -> Iterator[Select[int]]:
    """Select the children of stored records that the load will mark or unmark as absent."""
    if source in _RECORDS and not file.only_gaps:
        children = select(_RECORDS[source].c.child_id)
        yield children.where(_back(source))
        if file.covers is not None:
            yield children.where(_lacking(source, file.taken_at, file.covers))


def _back(source: str) -> ColumnElement[bool]:
    """Match records that the export before had lacked, and this one has."""
    return and_(_RECORDS[source].c.absent_at.is_not(None), _here(source))


def _lacking(source: str, taken_at: datetime, covers: Covers) -> ColumnElement[bool]:
    """Match open records that the export should have and lacks."""
    absent_at = _RECORDS[source].c.absent_at
    unmarked = or_(absent_at.is_(None), absent_at < taken_at)
    return and_(_is_open(source, taken_at, covers), ~_here(source), unmarked)


def _here(source: str) -> ColumnElement[bool]:
    """Match the records that the file has: among the staged rows, or among those that are stored just so."""
    key, staged, read = _KEYS[source], TABLES[source], READ[source]
    aside = exists().where(read.c[key.name] == key, ~exists().where(staged.c.line == read.c.line))
    return or_(exists().where(staged.c[key.name] == key), aside)


def _is_open(source: str, taken_at: datetime, covers: Covers) -> ColumnElement[bool]:
    """Match records of frozen episodes that were open at the time of the export, and that it should have.

    Of several reports of an absence, each should be there.
    """
    key, table = _KEYS[source], _RECORDS[source]
    name = episode.c[key.name]
    where = [name.is_not(None), episode.c.until_at > taken_at, episode.c.kind != "void"]
    if isinstance(covers, int):
        where.append(episode.c.start_at >= taken_at - timedelta(days=covers))
    opened = select(name).where(*where)
    return or_(key.in_(opened), table.c.one_with.in_(opened))


def _mark(connection: Connection, source: str, where: ColumnElement[bool], absent_at: datetime | None) -> list[str]:
    """Set `absent_at` of the records found, and return their references. There are few, and none on most mornings."""
    table, key = _RECORDS[source], _KEYS[source]
    found = connection.execute(select(key, table.c.child_id).where(where)).all()
    for some in chunks(found):
        refs = key.in_([ref for ref, _ in some])
        touch(connection, select(table.c.child_id).where(refs))
        connection.execute(update(table).where(refs).values(absent_at=absent_at))
    return [ref for ref, _ in found]
