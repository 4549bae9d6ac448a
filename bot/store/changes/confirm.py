"""Confirmations of doubts (age, end of an episode) by named persons: stored or taken back, and the child's episodes
frozen anew.

All in the transaction that records the answer, so that no list is behind a confirmation.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, or_, select, text, update

from bot.rules.effects import ConfirmAge, ConfirmEnd, Overtaken, WithdrawConfirmation
from bot.rules.episodes import doubts
from bot.rules.episodes.confirmations import Kind, who_said
from bot.rules.partnership.partnership import Partnership
from bot.store.loading.episode_snapshots import freeze_again
from bot.store.queries import children
from bot.store.queries.children import HOLDS, doubted, holders, marks, rulings_of_child
from bot.store.schema.records import child, episode, ruling

GONE = "This record has changed meanwhile. Please ask again."
LOADING = "A file is being loaded at this moment, which may say otherwise. Say it again in a minute."


def say_age(connection: Connection, deed: ConfirmAge, partnership: Partnership) -> None:
    """Store an age confirmation. Overtaken where a later one exists, or where the age is in no doubt any more."""
    found = _child(connection, deed.ref, "age", deed.version, deed.by, deed.at)
    unsure = or_(*(doubted(code) for code in (doubts.AGE, doubts.ADULT)))
    if connection.execute(select(episode.c.id).where(episode.c.child_id == found.id, unsure).limit(1)).first() is None:
        raise Overtaken(GONE)
    born = " ".join(sorted(marks(found)))
    _add(connection, deed, child_id=found.id, kind="age", value=deed.said, born=born)
    freeze_again(connection, partnership, [found.id], deed.at)


def say_ended(connection: Connection, deed: ConfirmEnd, partnership: Partnership) -> None:
    """Store the end of an episode. Overtaken where a later confirmation exists, the episode is over, or an export
    has its record again.
    """
    found = _child(connection, deed.ref, "end", deed.version, deed.by, deed.at)
    of = (episode.c.id == deed.episode_id, episode.c.child_id == found.id, episode.c.until_at > deed.at)
    row = connection.execute(select(episode).where(*of, episode.c.start_at <= deed.ended_at)).first()
    if row is None or holders(connection, [row.id]).get(row.id):
        raise Overtaken(GONE)
    refs = {"occurrence_ref": row.occurrence_ref, "episode_ref": row.episode_ref}
    _add(connection, deed, child_id=found.id, kind="end", value=deed.reason, **refs, ended_at=deed.ended_at)
    freeze_again(connection, partnership, [found.id], deed.at)


def take_back(connection: Connection, deed: WithdrawConfirmation, partnership: Partnership) -> None:
    _alone(connection)
    this = (ruling.c.id == deed.ruling, HOLDS)
    change = update(ruling).where(*this).values(undone_at=deed.at, undone_by=deed.by).returning(ruling.c.child_id)
    number = connection.execute(change).scalar()
    if number is None:
        raise Overtaken(GONE)
    freeze_again(connection, partnership, [number], deed.at)


def _child(connection: Connection, ref: str, kind: Kind, version: int, by: str, now: datetime) -> Any:
    """Return the child. Overtaken where a later confirmation of this kind exists. No load runs meanwhile."""
    _alone(connection)
    known = children.find_child(connection, ref)
    if known is None:
        raise Overtaken(GONE)
    last = max((r for r in rulings_of_child(connection, known.id) if r.kind == kind), key=lambda r: r.id, default=None)
    if (last.id if last else 0) != version:
        raise Overtaken(who_said(last, by, now) if last else GONE)
    return connection.execute(select(child).where(child.c.id == known.id)).one()


def _alone(connection: Connection) -> None:
    """Refuse while a load runs, for it has read the confirmations already. Waiting for the load would make every
    writer wait.
    """
    if connection.dialect.name == "postgresql":
        free = connection.execute(text("SELECT pg_try_advisory_xact_lock(hashtext('bot.load'))")).scalar()
        if not free:
            raise Overtaken(LOADING)


def _add(
    connection: Connection,
    deed: ConfirmAge | ConfirmEnd,
    *,
    ended_at: datetime | None = None,
    **values: str | int | None,
) -> None:
    said = {"by": deed.by, "agency": deed.agency, "said_at": deed.at, "at": ended_at}
    connection.execute(insert(ruling).values(**said, **values))
