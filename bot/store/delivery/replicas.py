"""Replicas: the last tick of each, and restores of their database from a backup."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from bot.rules.delivery.delivery import CALLS, OPEN, RESTORED
from bot.rules.delivery.health import TICK_SECONDS
from bot.rules.model import FOREVER
from bot.store.database import upsert
from bot.store.schema.delivery import beat as table
from bot.store.schema.delivery import delivery, restored

#: A replica has a new name each time it starts: replicas that ended are forgotten, or the table would grow.
FORGOTTEN = timedelta(days=1)


class Beat(NamedTuple):
    """One replica: start and last tick."""

    name: str
    started_at: datetime
    ticked_at: datetime


def beat(connection: Connection, name: str, started_at: datetime, now: datetime) -> None:
    """Record a replica's tick. `now` is the database's clock, so that all ticks can be compared."""
    row = upsert(connection, table).values(name=name, started_at=started_at, ticked_at=now)
    changed = {"started_at": started_at, "ticked_at": now}
    connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=changed))
    connection.execute(delete(table).where(table.c.ticked_at < now - FORGOTTEN))


def newest(connection: Connection) -> datetime | None:
    """Return the time of the last tick of any replica."""
    found: datetime | None = connection.execute(select(func.max(table.c.ticked_at))).scalar_one()
    return found


def first(connection: Connection) -> datetime | None:
    """Return the earliest start of the replicas that ticked within a day."""
    found: datetime | None = connection.execute(select(func.min(table.c.started_at))).scalar_one()
    return found


def ticking(connection: Connection, now: datetime) -> int:
    """Count the replicas that ticked within TICK_SECONDS."""
    lately = table.c.ticked_at > now - timedelta(seconds=TICK_SECONDS)
    return int(connection.execute(select(func.count()).select_from(table).where(lately)).scalar_one())


def all_beats(connection: Connection) -> tuple[Beat, ...]:
    """Return every replica that ticked within a day, the latest first."""
    rows = connection.execute(select(table).order_by(table.c.ticked_at.desc(), table.c.name))
    return tuple(Beat(row.name, row.started_at, row.ticked_at) for row in rows)


class Restored(NamedTuple):
    """Time and file of a restore, and the last audit row that the copy held, with its time.

    The file has no name where the bot noticed by itself that an older database was put back.
    """

    at: datetime
    backup: str
    until_row: int
    until_at: datetime | None
    look_since: datetime | None = None

    @property
    def copied_at(self) -> datetime:
        """A time before the copy was made: later messages may be missing in it. A day, where it tells none."""
        return self.look_since or self.until_at or self.at - timedelta(days=1)


def newest_restore(connection: Connection) -> Restored | None:
    """Return the last restore; None where there was none."""
    columns = [restored.c[name] for name in Restored._fields]
    row = connection.execute(select(*columns).order_by(restored.c.id.desc()).limit(1)).first()
    return None if row is None else Restored(*row)


def note_restore(connection: Connection, done: Restored) -> int:
    """Stamp the database; return the number of messages that are looked for in chat before they are sent.

    Messages that were sent are neither looked for again nor changed, but for calls: the copy is older than the
    messages on the platform.
    """
    # The earlier of both: a row of the trail may have been added to the copy, by a verb, before it was stamped.
    known = [each for each in (done.until_at, newest(connection)) if each is not None and each <= done.at]
    done = done._replace(look_since=min(known, default=done.at - timedelta(days=1)))
    connection.execute(insert(restored).values(done._asdict()))
    since = func.coalesce(delivery.c.look_since, done.look_since)
    still = update(delivery).where(delivery.c.state.in_(OPEN)).values(look_since=since)
    rows = connection.execute(still.returning(delivery.c.not_before)).all()
    sent = update(delivery).where(delivery.c.state == "sent", delivery.c.kind.not_in(CALLS))
    connection.execute(sent.values(next_sweep_at=None))
    connection.execute(sent.where(delivery.c.closed_at.is_(None)).values(closed_at=done.at))
    return sum(row.not_before < FOREVER for row in rows)


def waiting_after_restore(connection: Connection) -> int:
    """Count the messages that wait for a person to decide if they are posted again."""
    held = (delivery.c.state == "held", delivery.c.reason == RESTORED)
    return int(connection.execute(select(func.count()).select_from(delivery).where(*held)).scalar_one())
