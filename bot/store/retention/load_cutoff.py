"""Rows that a load has brought and that are older than what is kept: taken out again before anybody sees them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, exists, update

from bot.store.loading.staging import TABLES
from bot.store.retention.kept_records import Marks, forget_children, remove_records
from bot.store.schema.records import child, interview, occurrence

LEFT_OUT = "left out"
_STORED = {
    "police": occurrence.c.occurrence_ref,
    "children": child.c.council_ref,
    "interviews": interview.c.episode_ref,
}


def leave_out(connection: Connection, source: str, cut: date, now: datetime, before: Marks) -> None:
    """By the rule of the retention itself, on what was frozen: only so can the next run not disagree with this load.

    What was stored before the load stays, for the retention to remove and to record.
    """
    forget_children(connection, remove_records(connection, cut, now, before))
    staged, stored = TABLES[source], _STORED[source]
    gone = ~exists().where(stored == staged.c[stored.name])
    connection.execute(update(staged).where(gone).values(verdict=LEFT_OUT))
