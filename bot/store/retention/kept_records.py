"""Retention of records: delete closed episodes, then children of whom nothing is left; the cut is noted among the
loads.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, delete, exists, func, or_, select

from bot.rules.audit.retention import CaseStatus, EndedEpisode, case_is_over, is_over
from bot.rules.interviews.hosted import TRACKED
from bot.rules.model import OURS
from bot.rules.time.clock import day_start, local_day
from bot.store import reports
from bot.store.database import upsert
from bot.store.encryption import birth_dates, seal_of
from bot.store.queries.children import held_children
from bot.store.queries.loads import latest_load
from bot.store.retention.delete import Gone, remove_children, remove_episodes, remove_new_episodes
from bot.store.schema.records import child, child_period, episode, source_load

#: Stands in the list of loads, in place of a source: taken_at is the beginning of the first day that is kept.
RETENTION = "retention"


class Removed(NamedTuple):
    """Records deleted, and numbers of those past the cut that stay: for a legal hold, or for an interview still due."""

    episodes: list[Gone]
    children: list[int]
    held: int
    due: int


class Marks(NamedTuple):
    """The highest numbers before a load: higher ones are new with it."""

    episode: int
    child: int


EVERYTHING = Marks(0, 0)


def records_begin(connection: Connection) -> date | None:
    """Return the first day from which on nothing has been removed; None where nothing ever was."""
    cut = latest_load(connection, RETENTION)
    return local_day(cut.taken_at) if cut else None


def note_cut(connection: Connection, cut: date, now: datetime, removed: int) -> None:
    """Note the latest cut in one row: an earlier cut, by a longer retention, brings nothing back."""
    values = {
        "source": RETENTION,
        "taken_at": day_start(cut),
        "loaded_at": now,
        "sha256": "",
        "rows_read": removed,
        "accepted": removed,
        **dict.fromkeys(("rejected", "added", "changed", "unchanged"), 0),
    }
    connection.execute(upsert(connection, source_load).values(values).on_conflict_do_nothing())
    earlier = and_(source_load.c.source == RETENTION, source_load.c.taken_at < day_start(cut))
    connection.execute(delete(source_load).where(earlier))


def marks(connection: Connection) -> Marks:
    top = (func.coalesce(func.max(table.c.id), 0) for table in (episode, child))
    return Marks(*(connection.execute(select(each)).scalar_one() for each in top))


def remove_records(connection: Connection, cut: date, now: datetime, above: Marks = EVERYTHING) -> Removed:
    """Delete every record past the cut, or (`above`) only those that a load has just brought.

    The police's file comes before the council's: records that it alone brings from before the cut were removed earlier,
    when their interview was closed. Where the council's row says that an interview is due, that row stays, and calls
    for it.
    """
    alone_is_over = above is not EVERYTHING
    held = set(connection.execute(held_children()).scalars())
    over, due = [], 0
    for row in _ended_before(connection, cut, above.episode):
        ended = row.end_at or (row.start_at if row.kind == "void" else row.until_at)
        never_due = row.kind == "void" or (alone_is_over and row.episode_ref is None)
        interview = row.start_at if never_due else row.interview_until_at
        if row.hosted and row.moved_from == OURS and row.counts_until:
            # Handed over: another authority's by the record, so it keeps nothing for years.
            interview = min(interview, row.counts_until + TRACKED)
        if is_over(EndedEpisode(row.start_at, ended, interview, row.age), cut, now):
            over.append(Gone(row.id, row.child_id, row.occurrence_ref, row.episode_ref))
        else:
            due += 1
    gone = [g for g in over if g.child_id not in held]
    if above is EVERYTHING:
        reports.note_erased(connection, [g.id for g in gone], (), now)
        remove_episodes(connection, gone)
    else:
        remove_new_episodes(connection, gone)
    # Children without an episode whose case is over too.
    later = or_(child_period.c.to_date.is_(None), child_period.c.to_date > cut)
    is_current = exists().where(child_period.c.child_id == child.c.id, later).label("is_current")
    without_episode = (child.c.id > above.child, ~exists().where(episode.c.child_id == child.c.id))
    children = []
    for row in connection.execute(select(child, is_current).where(*without_episode)).all():
        listed = row.payload is not None
        births = birth_dates(seal_of(connection), row) if listed and not row.is_current else ()
        case = CaseStatus(listed, bool(row.is_current), row.case_status, max(births, default=None))
        if row.id not in held and case_is_over(case, cut):
            children.append(row.id)
    return Removed(gone, children, len(over) - len(gone), due)


def forget_children(connection: Connection, removed: Removed) -> None:
    """Delete the children's rows last: their references have been remembered by then."""
    remove_children(connection, removed.children)


def _ended_before(connection: Connection, cut: date, above: int) -> Iterator[Row[Any]]:
    """Iterate area by area, because each index of an area is in order of its end: rows to keep are not read.

    Areas with episodes that the partnership file no longer has are among them.
    """
    opens = day_start(cut)
    ended = and_(episode.c.kind != "void", episode.c.until_at < opens)
    void = and_(episode.c.kind == "void", episode.c.start_at < opens)  # a duplicate may have no end
    area = connection.execute(select(func.min(episode.c.area))).scalar_one()
    while area is not None:
        for which in (ended, void):
            yield from connection.execute(select(episode).where(episode.c.area == area, which, episode.c.id > above))
        area = connection.execute(select(func.min(episode.c.area)).where(episode.c.area > area)).scalar_one()
