"""The snapshot that a report is made from, read from the database."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Select, func, select

from bot.rules.model import Period
from bot.rules.reports.snapshot import Snapshot, SourceState, snapshot_of
from bot.store import month_notes
from bot.store.queries.loads import SOURCES, latest_load
from bot.store.reports import Words, holds_in, span, starts_in
from bot.store.schema.access import released_sheet
from bot.store.schema.records import child, child_period, child_placement, episode

#: Rows that are read at a time.
AT_ONCE = 10_000


def take_snapshot(
    connection: Connection,
    period: Period,
    *,
    published: bool,
    sheet_issue: int | None = None,
    words: Words | None = None,
    earlier_issue: int | None = None,
    settings: str = "",
) -> Snapshot | None:
    """Return the snapshot of the records as they are read by this connection; None where nothing was loaded."""
    loads = {source: load for source in SOURCES if (load := latest_load(connection, source)) is not None}
    if not loads:
        return None
    sources = [SourceState(s, load.taken_at, _rows_hash(connection, s, period)) for s, load in loads.items()]
    made_at = max(load.loaded_at for load in loads.values())
    return snapshot_of(
        period,
        sources,
        made_at,
        published=published,
        sheet_issue=sheet_issue,
        words=words,
        earlier_issue=earlier_issue,
        settings=settings,
        noted=[n for n in month_notes.read(connection) if n.first_day <= period.last],
        earlier_sheets=_earlier_sheets(connection, period) if published else (),
    )


def _earlier_sheets(connection: Connection, period: Period) -> list[tuple[str, int]]:
    """Return the last day of each half-year that was released and ends before the period, with its newest issue.

    The one just before is released with the report where that was not done.
    """
    newest = select(released_sheet.c.last_day, func.max(released_sheet.c.issue))
    before = newest.where(released_sheet.c.last_day < period.first).group_by(released_sheet.c.last_day)
    issues = {period.first - timedelta(days=1): 1, **{last: issue for last, issue in connection.execute(before)}}
    return [(last.isoformat(), issues[last]) for last in sorted(issues)]


_OF_INTERVIEWS = ("offered_at", "response", "held_at", "recorded_at", "outcome_reason", "worker", "interview_until_at")
#: Numbers of our own, which say nothing; and what tells of the present alone.
_NOT_COUNTED = ("id", "child_id", "saying", "absent_at", "entered_at", "end_known_at", "held_known_at")


def _rows_hash(connection: Connection, source: str, period: Period) -> str:
    """Hash the rows of a source that the report counts, streamed in the order of the database."""
    total = hashlib.sha256()
    for query in _counted(source, period):
        ordered = query.order_by(*query.selected_columns).execution_options(yield_per=AT_ONCE)
        for some in connection.execute(ordered).partitions():
            total.update("\n".join("\x1f".join(map(_text, row)) for row in some).encode())
            total.update(b"\n")
        total.update(b"\x1e")
    return total.hexdigest()


def _counted(source: str, period: Period) -> tuple[Select[Any], ...]:
    first, last = span(period)
    in_span = starts_in(first, last)
    of_child = child.c.id == episode.c.child_id
    key = (child.c.ref, episode.c.start_at, episode.c.kind)
    if source == "interviews":
        return (select(*key, *(episode.c[name] for name in _OF_INTERVIEWS)).join(child, of_child).where(in_span),)
    if source == "children":
        there = holds_in(first, last)
        periods = select(child.c.ref, child_period.c.kind, child_period.c.from_date, child_period.c.to_date)
        facts = (child.c.ref, child.c.placing_authority, child.c.team)
        of_them = select(child_period.c.child_id).where(there)
        placed = select(child.c.ref, *(c for c in child_placement.c if c.name != "child_id"))
        return (
            periods.join(child, child.c.id == child_period.c.child_id).where(there),
            select(*facts).where(child.c.id.in_(of_them)),
            placed.join(child, child.c.id == child_placement.c.child_id).where(child_placement.c.child_id.in_(of_them)),
        )
    left_out = {*_OF_INTERVIEWS, *_NOT_COUNTED}
    others = tuple(c for c in episode.c if c.name not in {*left_out, "start_at", "kind"})
    # Whether an episode is a child's first ever is told by the episodes before.
    in_period = select(episode.c.child_id).where(in_span)
    firsts = select(child.c.ref, func.min(episode.c.start_at).label("first")).join(child, of_child)
    firsts = firsts.where(episode.c.child_id.in_(in_period), episode.c.kind == "missing").group_by(child.c.ref)
    return (select(*key, *others).join(child, of_child).where(in_span), firsts)


def _text(value: object) -> str:
    """Write a value alike on both databases."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    return value.isoformat() if isinstance(value, date) else str(value)  # a moment is a date too
