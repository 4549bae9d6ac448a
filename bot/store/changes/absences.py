"""Absences of people, and their cover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import Connection, delete, select

from bot.rules.effects import RecordAbsence
from bot.rules.queries.chat_records import Away
from bot.store.database import upsert
from bot.store.schema.delivery import away


def on(connection: Connection, day: date) -> Mapping[str, Away]:
    """Return the absences of a day, by person; of absences that overlap, the one recorded last."""
    query = select(away).where(away.c.from_day <= day, away.c.until_day >= day).order_by(away.c.said_at)
    return {r.person_id: Away(r.person_id, r.from_day, r.until_day, r.cover) for r in connection.execute(query)}


def since(connection: Connection, day: date) -> Sequence[Away]:
    """Return the absences that are not over on a day, by first day."""
    query = select(away).where(away.c.until_day >= day).order_by(away.c.from_day, away.c.person_id)
    return [Away(r.person_id, r.from_day, r.until_day, r.cover) for r in connection.execute(query)]


def be_away(connection: Connection, deed: RecordAbsence) -> None:
    """Set, change or (last day before the first) take back an absence."""
    if deed.last < deed.first:
        theirs = (away.c.person_id == deed.person, away.c.until_day >= deed.first)
        connection.execute(delete(away).where(*theirs))
        return
    new = {"until_day": deed.last, "cover": deed.cover, "said_by": deed.by, "said_at": deed.at}
    row = upsert(connection, away).values(person_id=deed.person, from_day=deed.first, **new)
    connection.execute(row.on_conflict_do_update(index_elements=["person_id", "from_day"], set_=new))
