"""The ledger of messages: planned once, claimed by one replica, committed before a message leaves (reliability.md
§1.4).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import ColumnElement, Connection, Row, func, select, update

from bot.rules.delivery.delivery import DECIDED_WITHIN, RESTORED, TO_DECIDE, Delivery, Planned, waits_for_a_person
from bot.rules.effects import Decide, Overtaken
from bot.rules.model import FOREVER
from bot.rules.time.clock import say
from bot.store.backup import restore_mark
from bot.store.database import upsert
from bot.store.schema.delivery import delivery

_FIELDS = tuple(Delivery.__dataclass_fields__)


def clock(connection: Connection) -> datetime:
    """Return the database's own time, which all replicas share."""
    if connection.dialect.name == "sqlite":
        text: str = connection.execute(select(func.strftime("%Y-%m-%dT%H:%M:%f", "now"))).scalar_one()
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return now.astimezone(UTC)


def plan(connection: Connection, planned: Iterable[Planned], now: datetime) -> list[int]:
    """Add planned messages and return the numbers of the new ones; a slot that is planned already stays unchanged.

    Messages due before the database was restored from a backup are held.
    """
    wanted = list(planned)
    since = restore_mark.newest_at(connection) if wanted else None
    return [number for p in wanted if (number := _plan(connection, p, now, since)) is not None]


def _plan(connection: Connection, p: Planned, now: datetime, restored_at: datetime | None) -> int | None:
    waits = waits_for_a_person(p.kind, p.due_at, restored_at)
    key = (p.kind, p.audience, p.platform, p.destination, p.slot)
    row = upsert(connection, delivery).values(
        kind=p.kind,
        audience=p.audience,
        platform=p.platform,
        destination=p.destination,
        slot=p.slot,
        state="held" if waits else "planned",
        reason=RESTORED if waits else "",
        marker=str(uuid5(NAMESPACE_URL, "|".join(key))),
        parent_id=p.parent_id,
        due_at=p.due_at,
        late_until=p.late_until or (now + DECIDED_WITHIN if waits else None),
        not_before=FOREVER if waits else p.due_at,
        planned_at=now,
    )
    # Not rowcount: it is -1 on PostgreSQL whether or not a row was added.
    found = connection.execute(row.on_conflict_do_nothing().returning(delivery.c.id)).scalar_one_or_none()
    return None if found is None else int(found)


def find(connection: Connection, *where: ColumnElement[bool]) -> Sequence[Delivery]:
    """Return the messages that fit, by due time."""
    query = select(delivery).where(*where).order_by(delivery.c.due_at, delivery.c.id)
    return [as_delivery(row) for row in connection.execute(query)]


def due_between(connection: Connection, since: datetime, until: datetime) -> Sequence[Delivery]:
    return find(connection, delivery.c.due_at >= since, delivery.c.due_at < until)


def numbered(connection: Connection, number: int) -> Delivery | None:
    return next(iter(find(connection, delivery.c.id == number)), None)


def has(connection: Connection, kind: str, audience: str, slot: str) -> bool:
    """Tell if a message of this kind, audience and slot was ever planned, on any platform."""
    key = (delivery.c.kind == kind, delivery.c.audience == audience, delivery.c.slot == slot)
    return connection.execute(select(delivery.c.id).where(*key).limit(1)).first() is not None


def as_delivery(row: Row[Any]) -> Delivery:
    return Delivery(**{name: row._mapping[name] for name in _FIELDS})


def decide(connection: Connection, deed: Decide) -> None:
    """Record a person's decision on a message whose platform cannot tell if it arrived; the first decision counts."""
    waits = (delivery.c.id == deed.delivery, delivery.c.state == "held", delivery.c.reason.in_(TO_DECIDE))
    new: dict[str, Any] = {"reason": "", "resolved_by": deed.by}
    if deed.decision == "it_is_there":
        sent_at = func.coalesce(delivery.c.sent_at, delivery.c.attempted_at, delivery.c.due_at)
        new |= {"state": "sent", "sent_at": sent_at}
    else:  # as if it had never been tried, so that nothing is looked for that may be there and is not enough
        new |= {"state": "planned", "not_before": deed.at, "first_attempt_at": None}
    change = update(delivery).where(*waits).values(new).returning(delivery.c.id)
    if connection.execute(change).first() is None:
        row = connection.execute(select(delivery).where(delivery.c.id == deed.delivery)).one()
        who = row.resolved_by or "The bot itself"
        raise Overtaken(f"{who} was first: this message is {row.state} (due {say(row.due_at)}).")
