"""Absences of people, and their cover, as they are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import Connection, select

from bot.rules.queries.chat_records import Away
from bot.store.schema.delivery import away


def on(connection: Connection, day: date) -> Mapping[str, Away]:
    """Return the absences of a day, by person; of absences that overlap, the one recorded last."""
    query = select(away).where(away.c.from_day <= day, away.c.until_day >= day).order_by(away.c.said_at)
    return {r.person_id: Away(r.person_id, r.from_day, r.until_day, r.cover) for r in connection.execute(query)}


def since(connection: Connection, day: date) -> Sequence[Away]:
    """Return the absences that are not over on a day, by first day."""
    query = select(away).where(away.c.until_day >= day).order_by(away.c.from_day, away.c.person_id)
    return [Away(r.person_id, r.from_day, r.until_day, r.cover) for r in connection.execute(query)]
