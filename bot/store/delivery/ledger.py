"""The ledger of messages: planned once, claimed by one replica, committed before a message leaves (reliability.md
§1.4).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, true, update

from bot.rules.delivery.delivery import (
    CALLS,
    NUMBERED,
    OPEN,
    TO_DECIDE,
    Delivery,
    Planned,
    State,
    may_be_there,
)
from bot.rules.delivery.refused import EVERYWHERE, OF_ITS_FORM, WHY
from bot.rules.effects import Decide, Overtaken
from bot.rules.model import FOREVER
from bot.rules.time.clock import say_near
from bot.store.database import upsert
from bot.store.delivery import replicas
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

    Messages that may have been sent before the database was restored from a backup are looked for first, with the parts
    of their threads.
    """
    wanted, numbers = list(planned), []
    restore = replicas.newest_restore(connection) if wanted else None
    for p in wanted:
        key = [p.kind, p.audience, p.platform, p.destination, p.slot]
        since = None
        if restore is not None:
            if may_be_there(p.kind, p.due_at, restore.at, restore.numbered_until):
                since = restore.copied_at
            elif p.kind in NUMBERED:  # the replaced database may have sent another message under this number
                key.append(restore.at.isoformat())
            elif p.parent_id is not None:
                parent = select(delivery.c.look_since).where(delivery.c.id == p.parent_id)
                since = connection.execute(parent).scalar_one_or_none()
        row = upsert(connection, delivery).values(
            kind=p.kind,
            audience=p.audience,
            platform=p.platform,
            destination=p.destination,
            slot=p.slot,
            state="planned",
            reason="",
            marker=str(uuid5(NAMESPACE_URL, "|".join(key))),
            parent_id=p.parent_id,
            due_at=p.due_at,
            late_until=p.late_until,
            not_before=p.due_at,
            planned_at=now,
            look_since=since,
        )
        # Not rowcount: it is -1 on PostgreSQL whether or not a row was added.
        number = connection.execute(row.on_conflict_do_nothing().returning(delivery.c.id)).scalar_one_or_none()
        if number is not None:
            numbers.append(int(number))
    return numbers


def find(connection: Connection, *where: ColumnElement[bool]) -> Sequence[Delivery]:
    """Return the messages that fit, by due time."""
    query = select(delivery).where(*where).order_by(delivery.c.due_at, delivery.c.id)
    return [as_delivery(row) for row in connection.execute(query)]


def not_sent_from_here(connection: Connection, markers: Iterable[str]) -> set[str]:
    """Return the markers, of these, of messages that this database neither tried to send nor knows as sent."""
    wanted = set(markers)
    ours = (delivery.c.attempts > 0) | (delivery.c.state == "sent")
    query = select(delivery.c.marker).where(delivery.c.marker.in_(wanted), ours)
    return wanted - set(connection.execute(query).scalars())


def of_kinds(connection: Connection, kinds: Sequence[str], since: datetime) -> Sequence[Delivery]:
    """Return the messages of these kinds due since then, whatever came of them."""
    return find(connection, delivery.c.due_at >= since, delivery.c.kind.in_(kinds))


def has(connection: Connection, kind: str, audience: str, slot: str) -> bool:
    """Tell if a message of this kind, audience and slot was ever planned, on any platform."""
    key = (delivery.c.kind == kind, delivery.c.audience == audience, delivery.c.slot == slot)
    return connection.execute(select(delivery.c.id).where(*key).limit(1)).first() is not None


def as_delivery(row: Row[Any]) -> Delivery:
    return Delivery(**{name: row._mapping[name] for name in _FIELDS})


def decide(connection: Connection, effect: Decide) -> None:
    """Record a person's decision on a message whose platform cannot tell if it arrived; the first decision counts.

    A message that was refused is tried again now.
    """
    if effect.decision == "post_again" and _try_refused(connection, delivery.c.id == effect.delivery, now=effect.at):
        return
    waits = (delivery.c.id == effect.delivery, delivery.c.state == "held", delivery.c.reason.in_(TO_DECIDE))
    new: dict[str, Any] = {"reason": "", "resolved_by": effect.by}
    if effect.decision == "it_is_there":
        sent_at = func.coalesce(delivery.c.sent_at, delivery.c.attempted_at, delivery.c.due_at)
        new |= {"state": "sent", "sent_at": sent_at}
    else:  # as if never tried: a copy that may be there is not looked for, since a person decided that it is not enough
        new |= {"state": "planned", "not_before": effect.at, "first_attempt_at": None, "look_since": None}
    change = update(delivery).where(*waits).values(new).returning(delivery.c.id)
    if connection.execute(change).first() is None:
        row = connection.execute(select(delivery).where(delivery.c.id == effect.delivery)).one()
        who = row.resolved_by or "The bot itself"
        raise Overtaken(f"{who} was first: this message is {row.state} (due {say_near(row.due_at, effect.at)}).")


#: The state of a message that is held because its platform refused it.
_REFUSED = and_(delivery.c.state == "held", delivery.c.refusal != "", delivery.c.reason.in_(WHY))


def _try_refused(connection: Connection, *which: ColumnElement[bool], now: datetime) -> bool:
    """Let refused messages be tried now, as if for the first time; return True if there are any.

    A copy that an earlier attempt may have left is looked for. Messages that an earlier version gave up were refused at
    their only attempt.
    """
    free = or_(delivery.c.owner.is_(None), delivery.c.lease_until <= now)
    fresh: dict[str, Any] = {"state": "planned", "reason": "", "not_before": now, "not_taken_since": None}
    held = update(delivery).where(*which, _REFUSED, free).values(fresh)
    given_up = update(delivery).where(*which, delivery.c.state == "failed").values(fresh | {"first_attempt_at": None})
    found = [connection.execute(change.returning(delivery.c.id)).first() for change in (held, given_up)]
    return any(row is not None for row in found)


def cause_gone(connection: Connection, platform: str, now: datetime, destination: str = "") -> None:
    """Let refused messages of a platform be tried now, because it takes messages again.

    With a destination, where it took one: those of that place, and those that it refused as it would any message.
    """
    of_the_place = and_(delivery.c.destination == destination, delivery.c.reason.not_in(OF_ITS_FORM))
    here = or_(of_the_place, delivery.c.reason.in_(EVERYWHERE)) if destination else true()
    waits = (_REFUSED, delivery.c.platform == platform, here, delivery.c.not_before > now, delivery.c.owner.is_(None))
    connection.execute(update(delivery).where(*waits).values(not_before=now))


def defer_refused(connection: Connection, d: Delivery) -> None:
    """Defer the messages of its place that were refused for as long and for the same reason: one try will do."""
    same = [delivery.c[name] == getattr(d, name) for name in ("platform", "destination", "refusal")]
    alike = (_REFUSED, delivery.c.not_taken_since <= d.not_taken_since, delivery.c.owner.is_(None))
    soon = delivery.c.not_before < d.not_before
    connection.execute(update(delivery).where(*same, *alike, soon).values(not_before=d.not_before))


def refused_untold(connection: Connection, silent: Sequence[str]) -> Sequence[Delivery]:
    """Return refused messages of which administrators were not told yet, except those of `silent` kinds."""
    return find(connection, _REFUSED, delivery.c.refusal_told_at.is_(None), delivery.c.kind.not_in(silent))


def tell_refused(connection: Connection, messages: Sequence[Delivery], now: datetime) -> Sequence[Delivery]:
    """Mark refused messages as told; return those that no other replica has told meanwhile."""
    same = (delivery.c.id.in_([d.id for d in messages]), _REFUSED, delivery.c.refusal_told_at.is_(None))
    rows = connection.execute(update(delivery).where(*same).values(refusal_told_at=now).returning(delivery)).all()
    return sorted((as_delivery(row) for row in rows), key=lambda d: (d.due_at, d.id))


def claim(
    connection: Connection,
    name: str,
    now: datetime,
    lease: timedelta,
    most: int,
    kinds: Collection[str] | None = None,
) -> Sequence[Delivery]:
    """Claim at most `most` due messages (of these kinds alone) for this replica until the lease ends.

    A message being sent becomes free when its lease ends: its replica died or was frozen. Calls come first, so that
    hundreds of refused messages keep none waiting.
    """
    ready = [delivery.c.state.in_(OPEN), delivery.c.not_before <= now]
    if kinds is not None:
        ready.append(delivery.c.kind.in_(kinds))
    order = (delivery.c.kind.not_in(CALLS), delivery.c.due_at, delivery.c.id)
    chosen = select(delivery.c.id).where(*ready).order_by(*order).limit(most)
    ids = list(connection.execute(chosen.with_for_update(skip_locked=True)).scalars())
    if not ids:
        return ()
    # Each claim has a name of its own, which neither a frozen process nor one of the same name can pass for.
    taken = {"owner": f"{name[:31]}:{uuid4().hex}", "lease_until": now + lease, "not_before": now + lease}
    connection.execute(update(delivery).where(delivery.c.id.in_(ids)).values(taken))
    return sorted(find(connection, delivery.c.id.in_(ids)), key=lambda d: d.kind not in CALLS)


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


#: The reason of a message that was told with another one, its parent.
TOLD = "told"


def beside(connection: Connection, d: Delivery, now: datetime) -> Sequence[Delivery]:
    """Return the other messages of the same kind that this person has not got yet, of those that no replica sends.

    They stay locked until the transaction ends. None where another replica has taken `d` over.
    """
    mine = select(delivery.c.id).where(delivery.c.id == d.id, delivery.c.owner == d.owner)
    if connection.execute(mine.with_for_update()).first() is None:
        return ()
    same = [delivery.c[name] == getattr(d, name) for name in ("kind", "audience", "platform", "destination")]
    waits = (delivery.c.state.in_(("planned", "held")), delivery.c.reason.not_in(TO_DECIDE))
    free = delivery.c.owner.is_(None) | (delivery.c.owner == d.owner) | (delivery.c.lease_until <= now)
    chosen = select(delivery.c.id).where(*same, *waits, free, delivery.c.first_attempt_at.is_(None))
    chosen = chosen.where(delivery.c.id != d.id).with_for_update(skip_locked=True)
    ids = list(connection.execute(chosen).scalars())
    return find(connection, delivery.c.id.in_(ids)) if ids else ()


def tell_with(connection: Connection, d: Delivery, others: Sequence[Delivery]) -> None:
    """Drop messages that `d` tells too: it is their parent from now on, and that of what they were to tell."""
    new = {"state": "dropped", "reason": TOLD, "parent_id": d.id, "owner": None, "lease_until": None}
    ids = [each.id for each in others]
    change = update(delivery).where(delivery.c.id.in_(ids)).values(new | {"not_before": FOREVER})
    connection.execute(change)
    theirs = update(delivery).where(delivery.c.parent_id.in_(ids), delivery.c.reason == TOLD)
    connection.execute(theirs.values(parent_id=d.id))


def told_with(connection: Connection, messages: Sequence[Delivery]) -> Sequence[Delivery]:
    """Return the messages that are told with one of these."""
    if not messages:
        return ()
    return find(connection, delivery.c.parent_id.in_([d.id for d in messages]), delivery.c.reason == TOLD)


def is_told(connection: Connection, d: Delivery) -> bool:
    """Return True where another message tells it."""
    told = (delivery.c.id == d.id, delivery.c.state == "dropped", delivery.c.reason == TOLD)
    return connection.execute(select(delivery.c.id).where(*told)).first() is not None


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
    """Mark untried messages past their latest time as missed; return them, for the alarm.

    One that a database before this one may have sent is looked for first.
    """
    late = (
        delivery.c.state.in_(("planned", "held")),
        delivery.c.late_until < now,
        delivery.c.first_attempt_at.is_(None),
        delivery.c.look_since.is_(None) | (delivery.c.state == "held"),
        delivery.c.lease_until.is_(None) | (delivery.c.lease_until <= now),
    )
    new = {"state": "missed", "owner": None, "lease_until": None, "not_before": FOREVER}
    rows = connection.execute(update(delivery).where(*late).values(new).returning(delivery)).all()
    return sorted((as_delivery(row) for row in rows), key=lambda d: d.id)


def to_sweep(connection: Connection, until: datetime, most: int) -> Sequence[Delivery]:
    """Return sent messages that are due by then to be looked for again, oldest first."""
    query = select(delivery).where(delivery.c.next_sweep_at <= until).order_by(delivery.c.next_sweep_at).limit(most)
    return [as_delivery(row) for row in connection.execute(query)]


def sweep_later(connection: Connection, messages: Sequence[Delivery], until: datetime) -> None:
    """Defer the next look for messages whose platform limits the rate."""
    same = (delivery.c.id.in_([d.id for d in messages]), delivery.c.next_sweep_at < until)
    connection.execute(update(delivery).where(*same).values(next_sweep_at=until))


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


def parts_of(connection: Connection, parent: int, kind: str) -> Sequence[Delivery]:
    """Return the parts of this kind that were sent in the thread of a message."""
    return find(connection, delivery.c.parent_id == parent, delivery.c.kind == kind, delivery.c.state == "sent")


#: The reason of a message that was removed because it had been posted for as long as it may be.
TAKEN_AWAY = "kept for its time"


def to_take_away(connection: Connection, since: datetime, until: datetime, most: int) -> Sequence[Delivery]:
    """Return sent messages due in [since, until) that are still posted: parts of a thread first, then the oldest."""
    query = (
        select(delivery)
        .where(delivery.c.due_at >= since, delivery.c.due_at < until, delivery.c.state == "sent")
        .where(delivery.c.message_id != "", delivery.c.reason != TAKEN_AWAY)  # none: e-mail, SMS
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
