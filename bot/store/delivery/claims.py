"""Claims on messages of the ledger: leased to one replica, marked before and after the call to the platform, swept
later.

reliability.md §1.4. Every change names the claim it needs; a change under a claim that another replica has taken over
does nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, func, select, update

from bot.rules.delivery.delivery import OPEN, Delivery, State
from bot.rules.model import FOREVER
from bot.store.delivery.ledger import as_delivery, find
from bot.store.schema.delivery import delivery


def claim(connection: Connection, name: str, now: datetime, lease: timedelta, most: int) -> Sequence[Delivery]:
    """Claim at most `most` due messages for this replica until the lease ends.

    A message being sent becomes free when its lease ends: its replica died or was frozen.
    """
    ready = (delivery.c.state.in_(OPEN), delivery.c.not_before <= now)
    chosen = select(delivery.c.id).where(*ready).order_by(delivery.c.due_at, delivery.c.id).limit(most)
    ids = list(connection.execute(chosen.with_for_update(skip_locked=True)).scalars())
    if not ids:
        return ()
    # A name of its own for each claim: neither a process that was frozen nor one of the same name can pass for it.
    taken = {"owner": f"{name[:31]}:{uuid4().hex}", "lease_until": now + lease, "not_before": now + lease}
    connection.execute(update(delivery).where(delivery.c.id.in_(ids)).values(taken))
    return find(connection, delivery.c.id.in_(ids))


def begin(connection: Connection, d: Delivery, now: datetime, lease: timedelta) -> Delivery | None:
    """Mark the message as being sent: from here on it may have arrived. None where another replica has taken it
    over.
    """
    until = now + lease
    first = func.coalesce(delivery.c.first_attempt_at, now)
    new = {
        "state": "sending",
        "reason": "",
        "attempts": delivery.c.attempts + 1,
        "first_attempt_at": first,
        "attempted_at": now,
        "lease_until": until,
        "not_before": until,
    }
    return _change(connection, d, new)


def holds(connection: Connection, d: Delivery, now: datetime, margin: timedelta) -> bool:
    """Tell if the claim lasts for the whole of a call that begins now (the fence)."""
    mine = (delivery.c.id == d.id, delivery.c.owner == d.owner, delivery.c.lease_until > now + margin)
    return connection.execute(select(delivery.c.id).where(*mine, delivery.c.state == "sending")).first() is not None


def put(connection: Connection, d: Delivery, state: State, **values: Any) -> Delivery | None:
    """Release the claim with the message's new state; None where another replica has taken it over."""
    new = {"state": state, "owner": None, "lease_until": None, "not_before": FOREVER} | values
    return _change(connection, d, new)


def defer(connection: Connection, d: Delivery, until: datetime) -> None:
    """Defer the other messages of the same destination too: the platform would refuse them as well."""
    same = (delivery.c.platform == d.platform, delivery.c.destination == d.destination)
    waits = (delivery.c.state == "planned", delivery.c.owner.is_(None), delivery.c.not_before < until)
    connection.execute(update(delivery).where(*waits, *same).values(not_before=until))


def _change(connection: Connection, d: Delivery, new: dict[str, Any]) -> Delivery | None:
    mine = (delivery.c.id == d.id, delivery.c.owner == d.owner)
    row = connection.execute(update(delivery).where(*mine).values(new).returning(delivery)).first()
    return None if row is None else as_delivery(row)


def miss(connection: Connection, now: datetime) -> Sequence[Delivery]:
    """Mark untried messages past their latest time as missed; return them, for people to be told."""
    late = (
        delivery.c.state.in_(("planned", "held")),
        delivery.c.late_until < now,
        delivery.c.first_attempt_at.is_(None),
        delivery.c.lease_until.is_(None) | (delivery.c.lease_until <= now),
    )
    new = {"state": "missed", "owner": None, "lease_until": None, "not_before": FOREVER}
    rows = connection.execute(update(delivery).where(*late).values(new).returning(delivery)).all()
    return sorted((as_delivery(row) for row in rows), key=lambda d: d.id)


def to_sweep(connection: Connection, now: datetime, most: int) -> Sequence[Delivery]:
    """Return sent messages that are due to be looked for again, oldest first."""
    query = select(delivery).where(delivery.c.next_sweep_at <= now).order_by(delivery.c.next_sweep_at).limit(most)
    return [as_delivery(row) for row in connection.execute(query)]


def swept(connection: Connection, d: Delivery, **values: Any) -> bool:
    """Record the result of a sweep; False where another replica was first, or the message counts as sent no more."""
    same = (delivery.c.id == d.id, delivery.c.sweeps == d.sweeps, delivery.c.state == "sent")
    new = {"sweeps": d.sweeps + 1} | values
    return connection.execute(update(delivery).where(*same).values(new).returning(delivery.c.id)).first() is not None


def to_tend(connection: Connection, kind: str, since: datetime) -> Sequence[Delivery]:
    """Return sent messages of a kind, due since then, that may still change."""
    return find(
        connection,
        delivery.c.due_at >= since,
        delivery.c.kind == kind,
        delivery.c.state == "sent",
        delivery.c.closed_at.is_(None),
    )


#: Why a message that was sent is not there any more: it was kept for as long as it may be.
TAKEN_AWAY = "kept for its time"


def to_take_away(connection: Connection, since: datetime, until: datetime, most: int) -> Sequence[Delivery]:
    """Return sent messages due in [since, until) that are still posted: parts of a thread first, then the oldest."""
    query = (
        select(delivery)
        .where(delivery.c.due_at >= since, delivery.c.due_at < until, delivery.c.state == "sent")
        .where(delivery.c.message_id.is_not(None), delivery.c.reason != TAKEN_AWAY)
        .order_by(delivery.c.parent_id.is_(None), delivery.c.due_at)
        .limit(most)
    )
    return [as_delivery(row) for row in connection.execute(query)]


def shown(connection: Connection, d: Delivery, **values: Any) -> None:
    """Record the new contents of a sent message."""
    connection.execute(update(delivery).where(delivery.c.id == d.id, delivery.c.state == "sent").values(values))


def now_of(connection: Connection, d: Delivery) -> Delivery | None:
    """Return the current row, if this claim still holds it."""
    row = connection.execute(select(delivery).where(delivery.c.id == d.id, delivery.c.owner == d.owner)).first()
    return None if row is None else as_delivery(row)
