"""Figures of the bot itself, at a cost that depends on one day and on what is open, never on history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from bot.rules.delivery.delivery import RESTORED, Delivery
from bot.rules.delivery.health import TICK_SECONDS, DeliveryFigures, Sending, data
from bot.rules.model import Freshness
from bot.store.delivery import ledger, replicas
from bot.store.schema.delivery import delivery, escalation, nudge

DAY = timedelta(hours=24)
#: A message that is due and not gone for as long is overdue: ticks come twice a minute.
PATIENCE = timedelta(minutes=5)


def figures(connection: Connection, sources: Sequence[Freshness], now: datetime) -> DeliveryFigures:
    """`now` is by the clock that the ledger goes by."""
    sent = _of_the_day(connection, now)
    ticked = [b.ticked_at for b in replicas.all_beats(connection)]
    return DeliveryFigures(
        deliveries=Counter(Sending(row.kind, row.platform, row.state) for row in sent),
        lateness=_lateness(sent),
        reminders=_reminders(connection, now),
        unknown=_waiting(connection, "unknown"),
        held=_waiting(connection, "held"),
        overdue=_overdue(connection, now),
        escalations_open=_escalations(connection),
        escalations_overdue=_escalations(connection, escalation.c.acknowledge_by < now),
        data=tuple(data(each, now) for each in sources),
        tick_age=(now - max(ticked)).total_seconds() if ticked else None,
        replicas=sum((now - at).total_seconds() < TICK_SECONDS for at in ticked),
    )


def _of_the_day(connection: Connection, now: datetime) -> Sequence[Any]:
    """Messages that were due in the last 24 hours: a day's work, some hundreds."""
    d = delivery.c
    query = select(d.kind, d.platform, d.state, d.due_at, d.sent_at).where(d.due_at > now - DAY, d.due_at <= now)
    return connection.execute(query).all()


def _lateness(sent: Sequence[Any]) -> dict[str, float]:
    found: dict[str, float] = {}
    for row in sent:
        if row.sent_at is not None:
            late = (row.sent_at - row.due_at).total_seconds()
            found[row.kind] = max(late, found.get(row.kind, 0.0))
    return found


def _reminders(connection: Connection, now: datetime) -> dict[str, tuple[int, int]]:
    """By step of the ladder: told of in a message that was due, and in one that has gone. The gap is the alarm."""
    d = delivery.c
    due = (d.due_at > now - DAY, d.due_at <= now)
    query = select(nudge.c.step, d.state, func.count()).join(delivery, d.id == nudge.c.delivery_id).where(*due)
    found: dict[str, tuple[int, int]] = {}
    for step, state, count in connection.execute(query.group_by(nudge.c.step, d.state)):
        all_due, gone = found.get(step, (0, 0))
        found[step] = (all_due + count, gone + (count if state == "sent" else 0))
    return found


def digests_owed(connection: Connection, now: datetime, patience: timedelta) -> int:
    """Digests that were due in the last 24 hours and have not gone, though they were given their time."""
    return _count(connection, _owed(now, patience, delivery.c.kind == "digest"))


def not_gone(connection: Connection, now: datetime, patience: timedelta, *, besides: str) -> int:
    """Messages of every kind but one that were due in the last 24 hours and have not gone, given their time."""
    return _count(connection, _owed(now, patience, delivery.c.kind != besides))


def _owed(now: datetime, patience: timedelta, *which: Any) -> Any:
    """What is held because the database was restored is not counted: administrators were told of it then."""
    due = (delivery.c.due_at > now - DAY, delivery.c.due_at <= now - patience)
    not_gone = (delivery.c.state.not_in(("sent", "dropped")), delivery.c.reason != RESTORED)
    return select(func.count()).select_from(delivery).where(*due, *not_gone, *which)


def stuck(connection: Connection, now: datetime, patience: timedelta) -> Sequence[Delivery]:
    """Messages that are still to be sent, or of which nobody knows, long after they were due."""
    open_still = delivery.c.state.in_(("planned", "sending", "unknown"))
    return ledger.find(connection, open_still, delivery.c.due_at <= now - patience)


def newest(connection: Connection, kind: str, audience: str) -> Delivery | None:
    """The message of a kind for somebody that was due last."""
    which = (delivery.c.kind == kind, delivery.c.audience == audience)
    row = connection.execute(select(delivery).where(*which).order_by(delivery.c.due_at.desc()).limit(1)).first()
    return None if row is None else ledger.as_delivery(row)


def _waiting(connection: Connection, state: str) -> int:
    return _count(connection, select(func.count()).select_from(delivery).where(delivery.c.state == state))


def _overdue(connection: Connection, now: datetime) -> int:
    """Due, and not sent; asked for by state, since those are few, and those that were ever due are many."""
    open_still = (delivery.c.state.in_(("planned", "sending")), delivery.c.not_before < now - PATIENCE)
    return _count(connection, select(func.count()).select_from(delivery).where(*open_still))


def _escalations(connection: Connection, *further: Any) -> int:
    """Raised and neither acknowledged nor closed."""
    waiting = (escalation.c.closed_at.is_(None), escalation.c.acknowledged_at.is_(None), *further)
    return _count(connection, select(func.count()).select_from(escalation).where(*waiting))


def _count(connection: Connection, query: Any) -> int:
    return int(connection.execute(query).scalar_one())
