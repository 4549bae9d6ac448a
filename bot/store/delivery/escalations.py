"""Escalations: calls raised by a rule, acknowledged, closed, reopened. Each change can succeed in one process only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, or_, select, update

from bot.rules.effects import Acknowledge, Overtaken
from bot.rules.escalations.calls import Raised
from bot.rules.time.clock import say_near
from bot.store.database import upsert
from bot.store.schema.delivery import escalation
from bot.store.schema.records import episode

_WAITING = (escalation.c.acknowledged_at.is_(None), escalation.c.closed_at.is_(None))
#: Columns of a new row that have the name of a field of Raised.
_NEW = (
    "rule",
    "episode_id",
    "crossing",
    "agency",
    "tier",
    "role",
    "acknowledge_by",
    "next_raised",
    "decide_by",
    "named_in",
)


def find(connection: Connection, *where: ColumnElement[bool]) -> Sequence[Raised]:
    """Return the escalations that fit, oldest first."""
    query = select(escalation).where(*where).order_by(escalation.c.id)
    return [_raised(row) for row in connection.execute(query)]


def of_message(connection: Connection, message: int) -> Sequence[Raised]:
    """Return the escalations named in one message."""
    return find(connection, or_(escalation.c.id == message, escalation.c.named_in == message))


def of_messages(connection: Connection, messages: Sequence[int]) -> Sequence[Raised]:
    """Return the escalations named in any of these messages."""
    return find(connection, or_(escalation.c.id.in_(messages), escalation.c.named_in.in_(messages)))


def of_children(connection: Connection, children: Sequence[int]) -> Sequence[tuple[int, datetime, Raised]]:
    """Return the escalations of all episodes of these children, each with the child and the end of that episode."""
    query = select(escalation, episode.c.child_id, episode.c.until_at).join(
        episode, episode.c.id == escalation.c.episode_id
    )
    query = query.where(episode.c.child_id.in_(children)).order_by(escalation.c.id)
    return [(row.child_id, row.until_at, _raised(row)) for row in connection.execute(query)]


def _raised(row: Row[Any]) -> Raised:
    return Raised(
        id=row.id,
        rule=row.rule,
        episode_id=row.episode_id,
        agency=row.agency,
        tier=row.tier,
        role=row.role,
        person=row.person_id,
        at=row.raised_at,
        acknowledge_by=row.acknowledge_by,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by or "",
        next_raised=row.next_raised,
        closed_at=row.closed_at,
        crossing=row.crossing,
        closed_because=row.closed_because,
        decide_by=row.decide_by,
        named_in=row.named_in,
    )


def add(connection: Connection, new: Raised) -> int | None:
    """Add an escalation and return its number; None where this tier was raised before, or the episode is gone."""
    keys = connection.execute(
        select(episode.c.occurrence_ref, episode.c.episode_ref).where(episode.c.id == new.episode_id)
    ).first()
    if keys is None:
        return None
    values = {name: getattr(new, name) for name in _NEW} | {"person_id": new.person, "raised_at": new.at}
    row = upsert(connection, escalation).values(**keys._mapping, **values)
    found = connection.execute(row.on_conflict_do_nothing().returning(escalation.c.id)).scalar_one_or_none()
    return None if found is None else int(found)


def go_on(connection: Connection, number: int) -> bool:
    """Mark the next tier as raised, unless the call was acknowledged or another replica was first."""
    return _change(connection, number, escalation.c.next_raised.is_(False), *_WAITING, next_raised=True)


def is_unanswered(connection: Connection, r: Raised) -> bool:
    """Return True where no tier of this call was acknowledged."""
    tiers = (escalation.c[name] == getattr(r, name) for name in ("rule", "episode_id", "crossing", "agency"))
    return not find(connection, *tiers, escalation.c.acknowledged_at.is_not(None))


def fill(
    connection: Connection, number: int, person: str, acknowledge_by: datetime, named_in: int | None = None
) -> bool:
    """Name the person of a vacant tier, once the role has a holder, and the message that tells them."""
    new = {"person_id": person, "acknowledge_by": acknowledge_by, "next_raised": False, "named_in": named_in}
    return _change(connection, number, escalation.c.person_id == "", *_WAITING, **new)


def close(connection: Connection, number: int, because: str, at: datetime) -> bool:
    """Close a call: it needs no acknowledgement any more."""
    return _change(connection, number, escalation.c.closed_at.is_(None), closed_at=at, closed_because=because)


def reopen(connection: Connection, number: int, acknowledge_by: datetime, named_in: int | None = None) -> bool:
    """Reopen a call that was closed because of an end that was corrected, with the message that tells of it."""
    closed = (escalation.c.closed_at.is_not(None), escalation.c.acknowledged_at.is_(None))
    new = {"closed_at": None, "closed_because": "", "acknowledge_by": acknowledge_by, "next_raised": False}
    return _change(connection, number, *closed, **new, named_in=named_in)


def _change(connection: Connection, number: int, *where: ColumnElement[bool], **new: Any) -> bool:
    change = update(escalation).where(escalation.c.id == number, *where).values(**new)
    return connection.execute(change.returning(escalation.c.id)).first() is not None


def acknowledge(connection: Connection, effect: Acknowledge) -> None:
    """Acknowledge every rule named in one message, once, by compare-and-set; the second person learns of the first.

    Called where writers wait for one another (behind the audit row), so that looking and setting are one. A rule that
    was acknowledged by another message, or closed, stays as it is while the others are answered.
    """
    this = connection.execute(select(escalation).where(escalation.c.id == effect.escalation)).one()
    done = {"acknowledged_at": effect.at, "acknowledged_by": effect.by}
    answered, first = False, None
    for row in of_message(connection, this.named_in or this.id):
        same = (
            escalation.c.rule == row.rule,
            escalation.c.episode_id == row.episode_id,
            escalation.c.crossing == row.crossing,
            escalation.c.agency == row.agency,
        )
        before = connection.execute(select(escalation).where(*same, escalation.c.acknowledged_at.is_not(None))).first()
        if before is not None:
            first = first or before
        elif _change(connection, row.id, *_WAITING, **done):
            answered = True
            rest = update(escalation).where(*same, *_WAITING)
            connection.execute(rest.values(closed_at=effect.at, closed_because="acknowledged"))
    if not answered and first is not None:
        raise Overtaken(f"{first.acknowledged_by} acknowledged this on {say_near(first.acknowledged_at, effect.at)}.")
    if not answered:
        raise Overtaken("This was closed: nothing is asked any more.")


def follow_the_records(connection: Connection, heirs: Mapping[int, int]) -> None:
    """Move the calls of a removed episode to the episode that has its record now; duplicates are closed.

    `heirs` are removed episodes with those that have their records now (0 for none).

    If the duplicate was acknowledged, so is the call that stays: no person is asked twice.
    """
    gone = select(escalation).where(escalation.c.episode_id.not_in(select(episode.c.id))).order_by(escalation.c.id)
    for row in connection.execute(gone).all():
        heir = heirs.get(row.episode_id) or None
        for key in ("episode_ref", "occurrence_ref"):  # the council's record first, as for interview steps
            if heir is None:
                query = select(episode.c.id).where(episode.c[key] == row._mapping[key])
                heir = connection.execute(query).scalar_one_or_none()
        if heir is None:
            continue
        same = [escalation.c[name] == row._mapping[name] for name in ("rule", "crossing", "agency", "tier")]
        stays = connection.execute(select(escalation.c.id).where(escalation.c.episode_id == heir, *same)).scalar()
        if stays is None:
            _change(connection, row.id, episode_id=heir)
            continue
        if row.acknowledged_at is not None:
            done = {"acknowledged_at": row.acknowledged_at, "acknowledged_by": row.acknowledged_by}
            _change(connection, stays, *_WAITING, **done)
        closed = {"closed_at": row.closed_at or row.raised_at, "closed_because": row.closed_because or "merged"}
        # A crossing that never occurs, so that no other call has its key.
        _change(connection, row.id, episode_id=heir, crossing=-row.id, **closed)
