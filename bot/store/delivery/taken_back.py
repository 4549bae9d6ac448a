"""Times that were written by a clock ahead of the real time, taken back once the time is confirmed.

A clock may have been ahead from the start of the process, so that it was believed. No call waits until the real time
comes to what it wrote.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, case, literal, or_, select, update

from bot.rules.delivery.delivery import AGAIN_AFTER, CALLS, OPEN, SENT_AGAIN
from bot.rules.model import FOREVER
from bot.rules.time.trusted import TOLERANCE
from bot.store.schema.delivery import delivery, escalation
from bot.store.schema.metadata import Instant

#: Messages that are due when they are planned; the time of any other is that of its slot.
AT_ONCE = CALLS | {"notice"}


def take_back(connection: Connection, now: datetime, lease: timedelta) -> None:
    """Have calls made in the time to come count as made now, and messages tried then be tried as soon as they are due.

    A claim made then is over: its process finds that it holds nothing any more, and posts nothing.
    """
    future = now + TOLERANCE
    made = (escalation.c.raised_at > future, escalation.c.acknowledged_at.is_(None), escalation.c.closed_at.is_(None))
    columns = (escalation.c.id, escalation.c.raised_at, escalation.c.acknowledge_by)
    for row in connection.execute(select(*columns).where(*made)).all():
        end = now + (row.acknowledge_by - row.raised_at)
        change = update(escalation).where(escalation.c.id == row.id)
        connection.execute(change.values(raised_at=now, acknowledge_by=end))
    d = delivery.c
    times = (d.planned_at, d.attempted_at, d.not_taken_since)
    written = or_(*(c > future for c in times), d.lease_until > future + lease)
    waits = (d.state.in_(OPEN), d.not_before > now, d.not_before < FOREVER, written)
    real = literal(now, Instant)
    again = case((d.kind.in_(AT_ONCE), real), (d.due_at > now, d.due_at), else_=real)
    free: dict[str, Any] = {"not_before": again, "owner": None, "lease_until": None}
    free |= {c.name: case((c > future, real), else_=c) for c in times}
    # The time begins no wait of a call anew: it was tried some time before now.
    tried_at = case((d.kind.in_(SENT_AGAIN), literal(now - AGAIN_AFTER, Instant)), else_=real)
    free["attempted_at"] = case((d.attempted_at > future, tried_at), else_=d.attempted_at)
    connection.execute(update(delivery).where(*waits).values(free))
    due = update(delivery).where(d.kind.in_(AT_ONCE), d.due_at > future)
    connection.execute(due.values(due_at=now))
    # They may be on the platform since the real time of the attempt, and are looked for again from now on.
    tried = or_(d.first_attempt_at > future, d.sent_at > future)
    looked_for = update(delivery).where(d.state.in_(OPEN) | d.next_sweep_at.is_not(None), tried)
    real_times: dict[str, Any] = {
        "first_attempt_at": case((d.first_attempt_at > future, tried_at), else_=d.first_attempt_at),
        "attempted_at": case((d.attempted_at > future, tried_at), else_=d.attempted_at),
        "sent_at": case((d.sent_at > future, real), else_=d.sent_at),
        "next_sweep_at": case((d.sent_at > future, real), else_=d.next_sweep_at),
    }
    connection.execute(looked_for.values(real_times))
