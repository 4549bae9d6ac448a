"""Confirmations of doubts (age, end of an episode, one absence or two) by named persons: stored or taken back, and the
child's episodes frozen anew.

All in the transaction that records the answer, so that no list is behind a confirmation.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, or_, select, text, update

from bot.rules.catalogue import _
from bot.rules.effects import (
    ConfirmAge,
    ConfirmEnd,
    ConfirmSame,
    Overtaken,
    SayBeforeFile,
    SayNewChild,
    WithdrawConfirmation,
)
from bot.rules.episodes import doubts
from bot.rules.episodes.confirmations import BEFORE_FILE, Kind, who_said
from bot.rules.partnership.partnership import Partnership
from bot.store.database import change_records
from bot.store.encryption import check_key
from bot.store.loading.episode_snapshots import freeze_again
from bot.store.queries import children
from bot.store.queries.children import (
    HOLDS,
    Erasures,
    doubted,
    holders,
    marks,
    rulings_of_child,
    said_key,
)
from bot.store.schema.records import child, episode, ruling

GONE = _("This record has changed meanwhile. Please ask again.")
LOADING = _("A file is being loaded at this moment, which may say otherwise. Say it again in a minute.")


def say_age(connection: Connection, effect: ConfirmAge, partnership: Partnership) -> None:
    """Store an age confirmation. Overtaken where a later one exists, or where the age is in no doubt any more."""
    found = _child(connection, effect.ref, ("age",), effect.version, effect.by, effect.at)
    unsure = or_(*(doubted(code) for code in (doubts.AGE, doubts.ADULT)))
    if connection.execute(select(episode.c.id).where(episode.c.child_id == found.id, unsure).limit(1)).first() is None:
        raise Overtaken(GONE)
    born = " ".join(sorted(marks(found)))
    _add(connection, effect, child_id=found.id, kind="age", value=effect.said, born=born)
    freeze_again(connection, partnership, [found.id], effect.at)


def say_ended(connection: Connection, effect: ConfirmEnd, partnership: Partnership) -> None:
    """Store the end of an episode. Overtaken where a later confirmation exists, the episode is over, or an export
    has its record again.
    """
    found = _child(connection, effect.ref, ("end",), effect.version, effect.by, effect.at)
    of = (episode.c.id == effect.episode_id, episode.c.child_id == found.id, episode.c.until_at > effect.at)
    row = connection.execute(select(episode).where(*of, episode.c.start_at <= effect.ended_at)).first()
    if row is None or holders(connection, [row.id]).get(row.id):
        raise Overtaken(GONE)
    _add(connection, effect, child_id=found.id, kind="end", value=effect.reason, at=effect.ended_at, **_refs(row))
    freeze_again(connection, partnership, [found.id], effect.at)


def say_same(connection: Connection, effect: ConfirmSame, partnership: Partnership) -> None:
    """Store that two absences are one, or two. Overtaken where a later confirmation exists, or where they are in no
    doubt any more.
    """
    found = _child(connection, effect.ref, ("same",), effect.version, effect.by, effect.at)
    theirs = (episode.c.child_id == found.id, episode.c.id.in_((effect.first_id, effect.second_id)))
    order = episode.c.start_at, episode.c.id
    rows = connection.execute(select(episode).where(*theirs, doubted(doubts.UNSURE)).order_by(*order)).all()
    if len(rows) != 2:
        raise Overtaken(GONE)
    first, second = rows
    refs = {"occurrence_ref": first.occurrence_ref, "episode_ref": first.episode_ref}
    refs |= {"other_occurrence_ref": second.occurrence_ref, "other_episode_ref": second.episode_ref}
    _add(connection, effect, child_id=found.id, kind="same", value=effect.said, **refs)
    freeze_again(connection, partnership, [found.id], effect.at)


def say_before_file(connection: Connection, effect: SayBeforeFile, partnership: Partnership) -> None:
    """Store what an export has not said yet. Overtaken where something was said since, the child is listed as missing
    since, or the absence is over.
    """
    found = _child(connection, effect.ref, BEFORE_FILE, effect.version, effect.by, effect.at)
    known = select(episode).where(episode.c.child_id == found.id, episode.c.kind == "missing")
    row = None
    if effect.of is None:
        back = or_(episode.c.said_back_at.is_(None), episode.c.said_back_at > effect.said_of)
        listed = connection.execute(known.where(episode.c.until_at > effect.said_of, back).limit(1)).first()
        if listed is not None:
            raise Overtaken(GONE)
    else:
        of = (episode.c.id == effect.of, episode.c.until_at > effect.at)
        row = connection.execute(known.where(*of)).first()
        if row is None:
            raise Overtaken(GONE)
    refs = _refs(row) if row else {}
    _add(connection, effect, child_id=found.id, kind=effect.kind, value=effect.value, at=effect.said_of, **refs)
    freeze_again(connection, partnership, [found.id], effect.at)


def say_new_child(connection: Connection, effect: SayNewChild, partnership: Partnership, key: bytes) -> None:
    """Store a child whom no export has yet, with the mark of the police's number. Overtaken where a child of that
    number was said or loaded since, or where the reference is taken.
    """
    _alone(connection)
    check_key(connection)
    facts = {"ref": effect.ref, "nameless": said_key(connection, effect.number)}
    erased = Erasures(key).which(connection, "ref", [effect.ref])
    taken = erased or children.find_child(connection, effect.ref) is not None
    if taken or children.ref_of_number(connection, effect.number) is not None:
        raise Overtaken(GONE)
    number = connection.execute(insert(child).values(facts).returning(child.c.id)).scalar_one()
    said: dict[str, str | bool] = {"area": effect.area, "under_13": effect.under_13}
    _add(connection, effect, child_id=number, kind="missing", value="", at=effect.said_of, **said)
    freeze_again(connection, partnership, [number], effect.at)


def _refs(row: Any) -> dict[str, Any]:
    """Return by what an absence is known: the references of its records, and what was said before there were any."""
    return {"occurrence_ref": row.occurrence_ref, "episode_ref": row.episode_ref, "saying": row.saying}


def take_back(connection: Connection, effect: WithdrawConfirmation, partnership: Partnership) -> None:
    """Take a confirmation back. Overtaken where it is taken back or overtaken already."""
    _alone(connection)
    this = (ruling.c.id == effect.ruling, HOLDS)
    change = update(ruling).where(*this).values(undone_at=effect.at, undone_by=effect.by).returning(ruling.c.child_id)
    number = connection.execute(change).scalar()
    if number is None:
        raise Overtaken(GONE)
    freeze_again(connection, partnership, [number], effect.at)


def _child(connection: Connection, ref: str, kinds: Sequence[Kind], version: int, by: str, now: datetime) -> Any:
    """Return the child. Overtaken where a later confirmation of these kinds exists. No load runs meanwhile."""
    _alone(connection)
    known = children.find_child(connection, ref)
    if known is None:
        raise Overtaken(GONE)
    theirs = (r for r in rulings_of_child(connection, known.id) if r.kind in kinds)
    last = max(theirs, key=lambda r: r.id, default=None)
    if (last.id if last else 0) != version:
        raise Overtaken(who_said(last, by, now) if last else GONE)
    return connection.execute(select(child).where(child.c.id == known.id)).one()


def _alone(connection: Connection) -> None:
    """Refuse while a load is written: waiting for it would make every writer wait."""
    if connection.dialect.name == "postgresql":
        free = connection.execute(text("SELECT pg_try_advisory_xact_lock(hashtext('bot.load'))")).scalar()
        if not free:
            raise Overtaken(LOADING)
    change_records(connection)


def _add(
    connection: Connection,
    effect: ConfirmAge | ConfirmEnd | ConfirmSame | SayBeforeFile | SayNewChild,
    *,
    at: datetime | None = None,
    **values: str | int | bool | None,
) -> None:
    common = {"by": effect.by, "agency": effect.agency, "said_at": effect.at, "at": at}
    connection.execute(insert(ruling).values(**common, **values))
