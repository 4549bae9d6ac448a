"""Erase a child on request from every table. Keyed digests of the references stay, so that no export brings the
child back.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import Connection, Engine, and_, delete, exists, func, or_, select

from bot.rules.access.record_decisions import NotDecided
from bot.rules.audit.erasure import Kind
from bot.rules.audit.retention import ErasureState, grown_up, why_not_erased
from bot.rules.time.clock import local_day
from bot.store import reports
from bot.store.delivery import posted_digests
from bot.store.queries.children import Erasures, agency_references
from bot.store.retention.decisions import must_find
from bot.store.retention.delete import Gone, remove_children, remove_episodes
from bot.store.schema.access import glass, handle, legal_hold, notice
from bot.store.schema.records import episode, found_with

#: The bytes are gone from the file, are still there while a reader is connected, or go with PostgreSQL's vacuum.
Scrubbed = Literal["done", "busy", "vacuum"]


class Erased(NamedTuple):
    """Result of an erasure: counts only."""

    references: int
    episodes: int
    first: datetime | None
    last: datetime | None


def erase(connection: Connection, key: bytes, ref: str, now: datetime) -> Erased:
    """Erase a child. NotDecided while a reason speaks against it; no role can override that."""
    known = must_find(connection, ref)
    theirs = and_(episode.c.child_id == known.id, episode.c.kind != "void")
    missing = exists().where(theirs, episode.c.start_at <= now, episode.c.until_at > now)
    due = select(episode).where(theirs, episode.c.required, episode.c.interview_until_at > now)
    today = local_day(now)
    waits = exists().where(glass.c.ref.in_(known.refs), glass.c.reviewed_at.is_(None))
    held = exists().where(legal_hold.c.ref.in_(known.refs))
    state = ErasureState(
        held=bool(connection.execute(select(held)).scalar()),
        missing=bool(connection.execute(select(missing)).scalar()),
        interview_open=any(not grown_up(e.start_at, e.age, today) for e in connection.execute(due)),
        look_to_review=bool(connection.execute(select(waits)).scalar()),
    )
    if reasons := why_not_erased(state):
        raise NotDecided("must_stay", f"{known.ref} cannot be erased: {'; '.join(reasons)}. Nothing was changed.")
    own: list[tuple[Kind, str]] = [("ref", each) for each in known.refs]
    references = [*own, *agency_references(connection, known)]
    Erasures(key).remember(connection, references, now)
    rows = connection.execute(select(episode).where(episode.c.child_id == known.id)).all()
    # Delete the rows that mention the child: company, notices, emergency accesses, buttons.
    connection.execute(delete(found_with).where(found_with.c.police_ref == known.police_ref))
    posted_digests.take_out_child(connection, known.refs)
    for table in (notice, glass):
        connection.execute(delete(table).where(table.c.ref.in_(known.refs)))
    command = func.upper(handle.c.command)
    connection.execute(delete(handle).where(or_(*(command.contains(each, autoescape=True) for each in known.refs))))
    posted_digests.take_out_child(connection, known.refs)
    reports.note_erased(connection, [r.id for r in rows], [known.id], now)
    remove_episodes(connection, [Gone(r.id, r.child_id, r.occurrence_ref, r.episode_ref) for r in rows])
    remove_children(connection, [known.id])
    starts = [r.start_at for r in rows]
    return Erased(len(references), len(rows), min(starts, default=None), max(starts, default=None))


def scrub(engine: Engine) -> Scrubbed:
    """Rewrite SQLite's file and empty its log, for a deleted row's bytes stay in both until they are overwritten.

    PostgreSQL keeps dead rows until its own vacuum, which may need the tables' owner: reported, not run.
    """
    if engine.dialect.name != "sqlite":
        return "vacuum"
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("VACUUM")
        busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        cursor.close()
        return "busy" if busy else "done"
    finally:
        raw.close()
