"""Who was called by which rule, and who has acknowledged it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select, update

from bot.rules.clock import say
from bot.rules.deeds import Acknowledge, Overtaken
from bot.store.delivery_tables import escalation
from bot.work import Raised


def find(connection: Connection, *where: ColumnElement[bool]) -> Sequence[Raised]:
    """Everything raised that fits, oldest first."""
    query = select(escalation).where(*where).order_by(escalation.c.id)
    return [_raised(row) for row in connection.execute(query)]


def _raised(row: Row[Any]) -> Raised:
    return Raised(
        id=row.id,
        rule=row.rule,
        episode_id=row.episode_id,
        agency=row.agency,
        tier=row.tier,
        role=row.role,
        person=row.person_id,
        at=row.raised_at,
        acknowledge_by=row.acknowledge_by,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by or "",
        next_raised=row.next_raised,
        closed_at=row.closed_at,
    )


def acknowledge(connection: Connection, deed: Acknowledge) -> None:
    """Compare and set: of two who press at once, one acknowledges and the other learns who did."""
    waiting = (escalation.c.id == deed.escalation, escalation.c.acknowledged_at.is_(None))
    new = {"acknowledged_at": deed.at, "acknowledged_by": deed.by}
    if connection.execute(update(escalation).where(*waiting).values(new).returning(escalation.c.id)).first() is None:
        row = connection.execute(select(escalation).where(escalation.c.id == deed.escalation)).one()
        raise Overtaken(f"{row.acknowledged_by} acknowledged this on {say(row.acknowledged_at)}.")
