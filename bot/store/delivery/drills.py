"""Test calls of the monthly drill: one an agency and month, acknowledged once. Each change succeeds in one process."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, update

from bot.rules.effects import AcknowledgeDrill, Overtaken
from bot.rules.escalations.drill import DrillCall
from bot.rules.time.clock import say_near
from bot.store.database import upsert
from bot.store.schema.delivery import drill


def find(connection: Connection, *where: ColumnElement[bool]) -> Sequence[DrillCall]:
    """Return the test calls that fit, the newest first."""
    query = select(drill).where(*where).order_by(drill.c.month.desc(), drill.c.agency)
    return [
        DrillCall(
            id=row.id,
            month=row.month,
            agency=row.agency,
            role=row.role,
            person=row.person_id,
            called_at=row.called_at,
            acknowledge_by=row.acknowledge_by,
            acknowledged_at=row.acknowledged_at,
            acknowledged_by=row.acknowledged_by or "",
        )
        for row in connection.execute(query)
    ]


def numbered(connection: Connection, number: int) -> DrillCall | None:
    return next(iter(find(connection, drill.c.id == number)), None)


def of_month(connection: Connection, month: str) -> Sequence[DrillCall]:
    return find(connection, drill.c.month == month)


def add(connection: Connection, new: DrillCall) -> int | None:
    """Add a test call and return its number; None where this agency had its call of the month."""
    values: dict[str, Any] = {"month": new.month, "agency": new.agency, "role": new.role, "person_id": new.person}
    row = upsert(connection, drill).values(**values, called_at=new.called_at, acknowledge_by=new.acknowledge_by)
    found = connection.execute(row.on_conflict_do_nothing().returning(drill.c.id)).scalar_one_or_none()
    return None if found is None else int(found)


def acknowledge(connection: Connection, effect: AcknowledgeDrill) -> None:
    """Acknowledge a test call, once; the second person learns of the first."""
    this = (drill.c.id == effect.drill, drill.c.acknowledged_at.is_(None))
    done = {"acknowledged_at": effect.at, "acknowledged_by": effect.by}
    if connection.execute(update(drill).where(*this).values(done).returning(drill.c.id)).first() is None:
        row = connection.execute(select(drill).where(drill.c.id == effect.drill)).one()
        raise Overtaken(
            f"DRILL: {row.acknowledged_by} acknowledged this test call on {say_near(row.acknowledged_at, effect.at)}."
        )


def late(connection: Connection, now: datetime) -> Sequence[DrillCall]:
    """Return test calls whose time is over without an acknowledgement, and of which nobody was told yet."""
    return find(connection, *_late(now))


def _late(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (drill.c.acknowledged_at.is_(None), drill.c.acknowledge_by <= now, drill.c.told_at.is_(None))


def tell_late(connection: Connection, now: datetime) -> Sequence[DrillCall]:
    """Mark these test calls as told of, and return them: each once, in whichever process."""
    told = update(drill).where(*_late(now)).values(told_at=now).returning(drill.c.id)
    numbers = connection.execute(told).scalars().all()
    return find(connection, drill.c.id.in_(numbers)) if numbers else ()
