"""Periods of which figures were shown beyond one person: kept with the answer, and never two that overlap."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from bot.rules.catalogue import _
from bot.rules.disclosure.released_periods import overlapping, shown_before_the_copy
from bot.rules.effects import Overtaken, ReleasePeriod
from bot.rules.model import Period
from bot.rules.time.clock import local_day
from bot.rules.time.period import half_year_of, period_of, previous
from bot.store.database import upsert
from bot.store.schema.access import released_period


def read(connection: Connection) -> tuple[Period, ...]:
    """Return every period shown, oldest first."""
    days = select(released_period.c.first_day, released_period.c.last_day).order_by(released_period.c.first_day)
    return tuple(period_of(first, last) for first, last in connection.execute(days))


def keep(connection: Connection, effect: ReleasePeriod) -> None:
    """Keep a period as shown. Overtaken where one that overlaps was shown meanwhile, in another year.

    Called where writers wait for one another (behind the audit row), so that comparing and adding are one.
    """
    if other := overlapping(period_of(effect.first, effect.last), read(connection)):
        raise Overtaken(
            _("{other} was shown a moment ago, which overlaps with this period. Please ask again.", other=other.label)
        )
    values = {"first_day": effect.first, "last_day": effect.last, "shown_at": effect.at}
    connection.execute(upsert(connection, released_period).values(values).on_conflict_do_nothing())


def note_restore(connection: Connection, year_begins: int, at: datetime) -> None:
    """Keep as shown what may have been shown between the backup and its restore."""
    today = local_day(at)
    last = previous(half_year_of(today, year_begins))
    if unknown := shown_before_the_copy(read(connection), last, today):
        keep(connection, ReleasePeriod(unknown.first, unknown.last, at))
