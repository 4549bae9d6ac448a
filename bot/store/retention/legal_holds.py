"""Legal holds. One lead places a hold at once; lifting it needs two different leads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select

from bot.rules.access.record_decisions import CONFIRMED_WITHIN, NotDecided
from bot.rules.time.clock import say
from bot.store.queries.children import KnownAs
from bot.store.retention.decisions import must_find
from bot.store.schema.access import audit, legal_hold

#: A lift in the audit trail, which also keeps its first half.
LIFT, ASKED, LIFTED = "hold lift", "asked", "done"


class LegalHold(NamedTuple):
    """One legal hold, and the lead who has asked to lift it, if any."""

    ref: str
    placed_by: str
    placed_at: datetime
    why: str
    lift_asked_by: str | None = None


def place(connection: Connection, ref: str, by: str, why: str, now: datetime) -> None:
    """Place a hold. A child merged with this one later is under the same hold."""
    known = must_find(connection, ref)
    if _of(connection, known):
        raise NotDecided("held_already", f"{known.ref} is under legal hold already.")
    connection.execute(insert(legal_hold).values(ref=known.ref, placed_by=by, placed_at=now, why=why))


def any_hold(connection: Connection) -> bool:
    """Tell if any child is under legal hold."""
    return connection.execute(select(legal_hold.c.ref).limit(1)).first() is not None


def lift(connection: Connection, ref: str, by: str, now: datetime) -> str:
    """Ask to lift a hold: ASKED for the first lead, LIFTED for another lead within a fortnight."""
    known = must_find(connection, ref)
    held = _of(connection, known)
    if not held:
        raise NotDecided("not_held", f"{known.ref} is not under legal hold.")
    leads = _lift_requested_by(connection, known.refs, max(h.placed_at for h in held), now)
    if any(lead != by for lead in leads):
        connection.execute(delete(legal_hold).where(legal_hold.c.ref.in_(known.refs)))
        return LIFTED
    if leads:
        raise NotDecided("asked_already", "You have asked for this already: another strategic lead must confirm it.")
    return ASKED


def all_holds(connection: Connection, now: datetime) -> Sequence[LegalHold]:
    """Return every hold, oldest first."""
    rows = connection.execute(select(legal_hold).order_by(legal_hold.c.placed_at, legal_hold.c.ref)).all()
    holds = []
    for r in rows:
        leads = _lift_requested_by(connection, must_find(connection, r.ref).refs, r.placed_at, now)
        holds.append(LegalHold(r.ref, r.placed_by, r.placed_at, r.why, leads[0] if leads else None))
    return holds


def say_hold(hold: LegalHold) -> str:
    pending = f" {hold.lift_asked_by} has asked to lift it." if hold.lift_asked_by else ""
    return f"{hold.ref}: placed by {hold.placed_by} on {say(hold.placed_at)}, because {hold.why}.{pending}"


def _of(connection: Connection, known: KnownAs) -> list[LegalHold]:
    rows = connection.execute(select(legal_hold).where(legal_hold.c.ref.in_(known.refs)))
    return [LegalHold(r.ref, r.placed_by, r.placed_at, r.why) for r in rows]


def _lift_requested_by(
    connection: Connection, refs: Sequence[str], placed_at: datetime, now: datetime
) -> Sequence[str]:
    """Return the leads who asked for the lift since the hold was placed, within CONFIRMED_WITHIN. Audit times have
    whole seconds.
    """
    since = max(placed_at.replace(microsecond=0), now - CONFIRMED_WITHIN)
    query = select(audit.c.who).where(
        audit.c.subject.in_(refs), audit.c.action == LIFT, audit.c.outcome == ASKED, audit.c.at >= since
    )
    return connection.execute(query.order_by(audit.c.seq)).scalars().all()
