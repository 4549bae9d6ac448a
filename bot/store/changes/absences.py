"""Absences of people, and their cover."""

from __future__ import annotations

from sqlalchemy import Connection, delete

from bot.rules.effects import RecordAbsence
from bot.store.database import upsert
from bot.store.schema.delivery import away


def be_away(connection: Connection, deed: RecordAbsence) -> None:
    """Set, change or (last day before the first) take back an absence."""
    if deed.last < deed.first:
        theirs = (away.c.person_id == deed.person, away.c.until_day >= deed.first)
        connection.execute(delete(away).where(*theirs))
        return
    new = {"until_day": deed.last, "cover": deed.cover, "said_by": deed.by, "said_at": deed.at}
    row = upsert(connection, away).values(person_id=deed.person, from_day=deed.first, **new)
    connection.execute(row.on_conflict_do_update(index_elements=["person_id", "from_day"], set_=new))
