"""A child is erased on request: out of every table, with keyed digests left so that no export brings it back."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import Connection, Engine, and_, delete, exists, func, or_, select

from bot.rules.access.record_decisions import NotDecided
from bot.rules.audit.erasure import Kind
from bot.rules.audit.retention import ErasureState, grown_up, why_not_erased
from bot.rules.time.clock import local_day
from bot.store.queries.child_aliases import KnownAs, agency_references
from bot.store.queries.erased_references import Erasures
from bot.store.retention.decisions import is_held, must_find
from bot.store.retention.delete import Gone, remove_children, remove_episodes
from bot.store.schema.access import glass, handle, notice
from bot.store.schema.records import episode, found_with

#: Whether the bytes are gone from the file, are still there while somebody reads, or go with PostgreSQL's vacuum.
Scrubbed = Literal["done", "busy", "vacuum"]


class Erased(NamedTuple):
    """What was erased: counts only."""

    references: int
    episodes: int
    first: datetime | None
    last: datetime | None


def erase(connection: Connection, key: bytes, ref: str, now: datetime) -> Erased:
    """NotDone while anything speaks against it; nobody can go past that."""
    known = must_find(connection, ref)
    if reasons := why_not_erased(_standing(connection, known, now)):
        raise NotDecided("must_stay", f"{known.ref} cannot be erased: {'; '.join(reasons)}. Nothing was changed.")
    own: list[tuple[Kind, str]] = [("ref", each) for each in known.refs]
    references = [*own, *agency_references(connection, known)]
    Erasures(key).remember(connection, references, now)
    rows = connection.execute(select(episode).where(episode.c.child_id == known.id)).all()
    _remove_mentions(connection, known)
    remove_episodes(connection, [Gone(r.id, r.child_id, r.occurrence_ref, r.episode_ref) for r in rows])
    remove_children(connection, [known.id])
    starts = [r.start_at for r in rows]
    return Erased(len(references), len(rows), min(starts, default=None), max(starts, default=None))


def _standing(connection: Connection, known: KnownAs, now: datetime) -> ErasureState:
    theirs = and_(episode.c.child_id == known.id, episode.c.kind != "void")
    missing = exists().where(theirs, episode.c.start_at <= now, episode.c.until_at > now)
    owed = select(episode).where(theirs, episode.c.required, episode.c.interview_until_at > now)
    today = local_day(now)
    waits = exists().where(glass.c.ref.in_(known.refs), glass.c.reviewed_at.is_(None))
    return ErasureState(
        held=is_held(connection, known),
        missing=bool(connection.execute(select(missing)).scalar()),
        interview_open=any(not grown_up(r.start_at, r.age, today) for r in connection.execute(owed)),
        look_to_review=bool(connection.execute(select(waits)).scalar()),
    )


def _remove_mentions(connection: Connection, known: KnownAs) -> None:
    """Where other rows speak of the child: company, notices, looks, buttons."""
    connection.execute(delete(found_with).where(found_with.c.police_ref == known.police_ref))
    for table in (notice, glass):
        connection.execute(delete(table).where(table.c.ref.in_(known.refs)))
    asked = func.upper(handle.c.command)
    connection.execute(delete(handle).where(or_(*(asked.contains(ref, autoescape=True) for ref in known.refs))))


def scrub(engine: Engine) -> Scrubbed:
    """Rewrite SQLite's file and empty its log: a deleted row's bytes would stay in both until something else is there.

    PostgreSQL keeps dead rows until its own vacuum, which may need the tables' owner: said, not done.
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
