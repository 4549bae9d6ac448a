"""Remove the rows of a load that are past the retention, in the load's own transaction."""

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
    """Apply the retention's own rule to the frozen episodes, so that the next retention run agrees with this load.

    Records stored before the load stay, for the retention to remove and to audit.
    """
    forget_children(connection, remove_records(connection, cut, now, before))
    staged, stored = TABLES[source], _STORED[source]
    gone = ~exists().where(stored == staged.c[stored.name])
    connection.execute(update(staged).where(gone).values(verdict=LEFT_OUT))
