"""Events that people noted on a month: each once, of one area or of the whole county."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from bot.rules.effects import NoteMonth
from bot.rules.spikes import MonthNote
from bot.store.database import upsert
from bot.store.schema.access import month_note


def read(connection: Connection) -> tuple[MonthNote, ...]:
    """Return every note, by month, then in the order of noting."""
    query = select(month_note).order_by(month_note.c.first_day, month_note.c.said_at, month_note.c.event)
    return tuple(MonthNote(r.first_day, r.event, r.area, r.role, r.said_at) for r in connection.execute(query))


def keep(connection: Connection, effect: NoteMonth) -> None:
    """Keep a note, or take it back. The first of two that say the same is kept; both changes may be repeated."""
    key = {"first_day": effect.first_day, "event": effect.event, "area": effect.area}
    if effect.undo:
        connection.execute(delete(month_note).where(*(month_note.c[name] == value for name, value in key.items())))
        return
    said = {"role": effect.role, "said_by": effect.by, "said_at": effect.at}
    connection.execute(upsert(connection, month_note).values(**key, **said).on_conflict_do_nothing())
