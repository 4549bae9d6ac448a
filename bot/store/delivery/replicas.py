"""Replicas: the last tick of each, and restores of their database from a backup."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import Connection, case, delete, func, insert, literal, select, update

from bot.rules.delivery.delivery import CALLS, NUMBERED, OPEN, RESTORED
from bot.rules.delivery.health import TICK_SECONDS
from bot.rules.escalations.repeats import REMEMBERED, Replaced
from bot.rules.model import FOREVER
from bot.rules.time.trusted import TOLERANCE, ClockVerdict, LastTick
from bot.store.database import upsert
from bot.store.schema.delivery import beat as table
from bot.store.schema.delivery import delivery, restored
from bot.store.schema.metadata import Instant

#: A replica has a new name each time it starts: replicas that ended are forgotten, or the table would grow.
FORGOTTEN = timedelta(days=1)


class Beat(NamedTuple):
    """One replica: start and last tick."""

    name: str
    started_at: datetime
    ticked_at: datetime


def beat(
    connection: Connection, name: str, started_at: datetime, now: datetime, verdict: ClockVerdict | None = None
) -> None:
    """Record a replica's tick. `now` is by the ledger's clock, so that all ticks can be compared.

    `verdict` is that on the clock, where it is judged. At a confirmed time, ticks that are still to come were of a
    clock that was wrong: they count as of now.
    """
    sure_at: datetime | None = now
    off = timedelta()
    if verdict is not None:
        off = verdict.off
        if verdict.sure:
            ahead = update(table).where(table.c.ticked_at > now + TOLERANCE)
            connection.execute(ahead.values(ticked_at=now, shown_at=now, sure_at=now))
        else:
            sure_at = newest_sure(connection)
            if sure_at is not None:  # SQLite keeps seconds: a tick in doubt is not of the same one
                sure_at = min(sure_at, now - timedelta(seconds=1))
    changed = {"started_at": started_at, "ticked_at": now, "shown_at": now + off, "sure_at": sure_at}
    row = upsert(connection, table).values(name=name, **changed)
    connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=changed))
    connection.execute(delete(table).where(table.c.ticked_at < now - FORGOTTEN))


def confirm(connection: Connection, shown: datetime) -> None:
    """Record a person's word that the clock is right: the last ticks count as of the time that it shows.

    The last confirmed time stays where it is earlier, so that what came due since is not left out without a word.
    """
    kept = case((table.c.sure_at < shown, table.c.sure_at), else_=literal(shown, Instant))
    connection.execute(update(table).values(ticked_at=shown, shown_at=shown, sure_at=kept))


def newest(connection: Connection) -> datetime | None:
    """Return the time of the last tick of any replica."""
    found: datetime | None = connection.execute(select(func.max(table.c.ticked_at))).scalar_one()
    return found


def newest_sure(connection: Connection) -> datetime | None:
    """Return the last tick of a confirmed time; work that came due since is still to be planned."""
    found: datetime | None = connection.execute(select(func.max(table.c.sure_at))).scalar_one()
    return found


def last_tick(connection: Connection) -> LastTick | None:
    """Return the last tick of any replica, as the clock is judged by it; None where none ticked within a day."""
    columns = (table.c.ticked_at, table.c.shown_at)
    row = connection.execute(select(*columns).order_by(table.c.ticked_at.desc()).limit(1)).first()
    return None if row is None else LastTick(*row, newest_sure(connection))


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

    The file has no name where the bot noticed by itself that an older database was put back. `at` may be to come: the
    replaced database wrote so late a time, and what was due until then may have been sent.
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

    @property
    def numbered_until(self) -> datetime:
        """The end of the copy: a numbered message that came until then is in it. The trail keeps whole seconds."""
        return self.copied_at if self.until_at is None else self.until_at + timedelta(seconds=1)


def newest_restore(connection: Connection) -> Restored | None:
    """Return the last restore; None where there was none."""
    columns = [restored.c[name] for name in Restored._fields]
    row = connection.execute(select(*columns).order_by(restored.c.id.desc()).limit(1)).first()
    return None if row is None else Restored(*row)


def replaced(connection: Connection, now: datetime) -> tuple[Replaced, ...]:
    """Return the times of the databases that were replaced by older copies of late."""
    columns = [restored.c[name] for name in Restored._fields]
    rows = connection.execute(select(*columns).where(restored.c.at >= now - REMEMBERED).order_by(restored.c.id))
    return tuple(Replaced(each.copied_at, each.at) for each in map(Restored._make, rows))


def note_restore(connection: Connection, done: Restored, now: datetime, planned_since: datetime | None = None) -> int:
    """Stamp the database; return the number of messages that are looked for in chat before they are sent.

    Times in the copy that are still to come at `now` were of a clock that was wrong, and tell nothing.
    Messages `planned_since` the copy was put back are not in it: those of numbered kinds get another marker, because
    the replaced database may have sent another message under their number.
    Messages that were sent are neither looked for again nor changed, but for calls: the copy is older than the
    messages on the platform.
    """
    # The earlier of both: a row of the trail may have been added to the copy, by a verb, before it was stamped.
    known = [each for each in (done.until_at, newest(connection)) if each is not None and each <= now]
    until = done.until_at if done.until_at in known else None
    done = done._replace(until_at=until, look_since=min(known, default=now - timedelta(days=1)))
    connection.execute(insert(restored).values(done._asdict()))
    since = func.coalesce(delivery.c.look_since, done.look_since)
    still = update(delivery).where(delivery.c.state.in_(OPEN)).values(look_since=since)
    rows = connection.execute(still.returning(delivery.c.not_before)).all()
    if planned_since is not None:
        _number_anew(connection, planned_since, done.at)
    sent = update(delivery).where(delivery.c.state == "sent", delivery.c.kind.not_in(CALLS))
    connection.execute(sent.values(next_sweep_at=None))
    connection.execute(sent.where(delivery.c.closed_at.is_(None)).values(closed_at=now))
    return sum(row.not_before < FOREVER for row in rows)


def _number_anew(connection: Connection, since: datetime, restored_at: datetime) -> None:
    d = delivery.c
    untried = (d.state.in_(OPEN), d.kind.in_(NUMBERED), d.planned_at >= since, d.first_attempt_at.is_(None))
    for row in connection.execute(select(d.id, d.marker).where(*untried)).all():
        marker = str(uuid5(NAMESPACE_URL, f"{row.marker}|{restored_at.isoformat()}"))
        connection.execute(update(delivery).where(d.id == row.id).values(marker=marker, look_since=None))


def waiting_after_restore(connection: Connection) -> int:
    """Count the messages that wait for a person to decide if they are posted again."""
    held = (delivery.c.state == "held", delivery.c.reason == RESTORED)
    return int(connection.execute(select(func.count()).select_from(delivery).where(*held)).scalar_one())
