"""Figures of the bot itself, at a cost that depends on one day and on open work, never on history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, and_, case, func, select

from bot.rules.delivery.delivery import RESTORED, Delivery
from bot.rules.delivery.health import TICK_SECONDS, DeliveryFigures, DeliveryGroup, data
from bot.rules.model import Freshness
from bot.store.delivery import ledger, replicas
from bot.store.schema.delivery import delivery, escalation, nudge

DAY = timedelta(hours=24)
#: A message not sent so long after it was due is overdue: ticks come every ten seconds.
PATIENCE = timedelta(minutes=5)


def figures(connection: Connection, sources: Sequence[Freshness], now: datetime) -> DeliveryFigures:
    """Count the deliveries of the last 24 hours and the work that is open. `now` is by the clock of the ledger.

    Lateness is the greatest of each kind, in seconds, of the messages that were sent. Reminders are counted by step of
    the ladder: those in messages that were due, and those in messages that were sent; the gap is the alarm.
    """
    d = delivery.c
    due = (d.due_at > now - DAY, d.due_at <= now)
    messages = connection.execute(select(d.kind, d.platform, d.state, d.due_at, d.sent_at).where(*due)).all()
    lateness: dict[str, float] = {}
    for row in messages:
        if row.sent_at is not None:
            lateness[row.kind] = max((row.sent_at - row.due_at).total_seconds(), lateness.get(row.kind, 0.0))
    reminders: dict[str, tuple[int, int]] = {}
    steps = select(nudge.c.step, d.state, func.count()).join(delivery, d.id == nudge.c.delivery_id).where(*due)
    for step, state, count in connection.execute(steps.group_by(nudge.c.step, d.state)):
        all_due, gone = reminders.get(step, (0, 0))
        reminders[step] = (all_due + count, gone + (count if state == "sent" else 0))
    ticked = [b.ticked_at for b in replicas.all_beats(connection)]
    # By state, since messages still to be sent are few, and those that were ever due are many.
    overdue = (d.state.in_(("planned", "sending")), d.not_before < now - PATIENCE)
    open_calls = (escalation.c.closed_at.is_(None), escalation.c.acknowledged_at.is_(None))
    return DeliveryFigures(
        deliveries=Counter(DeliveryGroup(row.kind, row.platform, row.state) for row in messages),
        lateness=lateness,
        reminders=reminders,
        unknown=_count(connection, delivery, d.state == "unknown"),
        held=_count(connection, delivery, d.state == "held"),
        overdue=_count(connection, delivery, *overdue),
        escalations_open=_count(connection, escalation, *open_calls),
        escalations_overdue=_unpushed(connection, now, *open_calls),
        data=tuple(data(each, now) for each in sources),
        tick_age=(now - max(ticked)).total_seconds() if ticked else None,
        replicas=sum((now - at).total_seconds() < TICK_SECONDS for at in ticked),
        last_tick=replicas.last_tick(connection),
    )


def unsent(connection: Connection, now: datetime, patience: timedelta, *, kind: str = "", besides: str = "") -> int:
    """Count the messages of a kind, or of all kinds besides one, that were due in the last 24 hours, at least
    `patience` ago, and have not been sent.

    Messages held because the database was restored are not counted: administrators were notified of them then.
    """
    due = (delivery.c.due_at > now - DAY, delivery.c.due_at <= now - patience)
    which = delivery.c.kind == kind if kind else delivery.c.kind != besides
    open_still = delivery.c.state.not_in(("sent", "dropped"))
    return _count(connection, delivery, *due, which, open_still, delivery.c.reason != RESTORED)


def stuck(connection: Connection, now: datetime, patience: timedelta) -> Sequence[Delivery]:
    """Return the messages still to be sent, or of unknown outcome, that were due at least `patience` ago."""
    open_still = delivery.c.state.in_(("planned", "sending", "unknown"))
    return ledger.find(connection, open_still, delivery.c.due_at <= now - patience)


def newest(connection: Connection, kind: str, audience: str) -> Delivery | None:
    """Return the message of a kind for an audience that was due last."""
    which = (delivery.c.kind == kind, delivery.c.audience == audience)
    row = connection.execute(select(delivery).where(*which).order_by(delivery.c.due_at.desc()).limit(1)).first()
    return None if row is None else ledger.as_delivery(row)


def _unpushed(connection: Connection, now: datetime, *open_calls: Any) -> int:
    """Count the calls past their time with nobody called since: each is one rule, of one episode, in one agency.

    A tier that was passed on is not counted while the next one has time.
    """
    e = escalation.c
    has_time = func.sum(case((and_(e.person_id != "", e.next_raised.is_(False), e.acknowledge_by >= now), 1), else_=0))
    grouped = select(e.rule).where(*open_calls).group_by(e.rule, e.episode_id, e.crossing, e.agency)
    return len(connection.execute(grouped.having(func.min(e.acknowledge_by) < now, has_time == 0)).all())


def _count(connection: Connection, table: Table, *where: Any) -> int:
    return int(connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one())
