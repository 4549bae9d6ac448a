"""Record an answer and its effects in one transaction. No message leaves before it is committed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from bot.rules.access.break_glass import BOTH, QUOTA_DAYS, holds
from bot.rules.audit.chain import Entry
from bot.rules.effects import (
    Acknowledge,
    Alarm,
    ConfirmAge,
    ConfirmEnd,
    ConfirmRows,
    Decide,
    Effect,
    Issue,
    LockLookUps,
    NotifyPerson,
    NotifyRole,
    OpenBreakGlass,
    Overtaken,
    RecordAbsence,
    RecordStep,
    ReviewBreakGlass,
    SeenEvent,
    SeeNotices,
    WithdrawConfirmation,
)
from bot.rules.partnership.partnership import Partnership, Person
from bot.rules.partnership.roles import Agency
from bot.rules.time.clock import say
from bot.store import audit_chain
from bot.store.changes import absences, button_handles, confirm, interview_steps, seen_events
from bot.store.database import Database, upsert, writing
from bot.store.delivery import escalations, ledger
from bot.store.people_list import everybody
from bot.store.queries import loads
from bot.store.schema.access import glass, look_up_lock, notice


def carry_out(connection: Connection, deed: Effect, partnership: Partnership | None = None) -> None:
    """Carry out one effect. Overtaken where another person was first. Effects that change an episode need the
    partnership, for its rules.
    """
    if type(deed) in _BY_RULES:
        if partnership is None:
            raise TypeError(f"{type(deed).__name__} needs the partnership")
        _BY_RULES[type(deed)](connection, deed, partnership)
    else:
        _HOW[type(deed)](connection, deed)


def _open_glass(connection: Connection, deed: OpenBreakGlass) -> None:
    """Record an emergency access. The limit is counted again while no other transaction writes: several requests may
    come at once.
    """
    theirs = (glass.c.person_id == deed.person, glass.c.opened_at >= deed.since - QUOTA_DAYS)
    if connection.execute(select(func.count()).select_from(glass).where(*theirs)).scalar_one() >= deed.most:
        raise Overtaken("You have opened as many children outside your area as you may in 30 days.")
    connection.execute(
        insert(glass).values(
            person_id=deed.person,
            ref=deed.ref,
            area=deed.area,
            reason=deed.reason,
            opened_at=deed.since,
            until_at=deed.until,
        )
    )


def _review(connection: Connection, deed: ReviewBreakGlass) -> None:
    """Record a review by compare-and-set: of two reviewers at once, one succeeds and the other learns of the first."""
    open_still = (glass.c.id == deed.glass, glass.c.reviewed_at.is_(None))
    change = update(glass).where(*open_still).values(reviewed_by=deed.by, reviewed_at=deed.at, verdict=deed.verdict)
    if connection.execute(change.returning(glass.c.id)).first() is None:
        row = connection.execute(select(glass).where(glass.c.id == deed.glass)).one()
        raise Overtaken(f"{row.reviewed_by} reviewed this on {say(row.reviewed_at)}: {row.verdict.replace('_', ' ')}.")


def _alarm(connection: Connection, deed: Alarm) -> None:
    waiting = (glass.c.id == deed.glass, glass.c.alarmed_at.is_(None), glass.c.reviewed_at.is_(None))
    change = update(glass).where(*waiting).values(alarmed_at=deed.at).returning(glass.c.id)
    if connection.execute(change).first() is None:
        raise Overtaken("It was reviewed, or the alarm was raised, a moment ago.")


def _tell(connection: Connection, deed: NotifyRole) -> None:
    listed = everybody(connection)
    agencies = BOTH if deed.role == "strategic_lead" else (None,)
    for agency in agencies:
        told = [p for p in listed if agency in (None, p.agency) and holds(p, deed.role, deed.area, deed.at)]
        for each in told:
            _notice(connection, each.id, deed.kind, deed.text, deed.at, deed.ref)
        if not told:
            _vacant(connection, listed, deed, agency)


def _tell_one(connection: Connection, deed: NotifyPerson) -> None:
    _notice(connection, deed.person, deed.kind, deed.text, deed.at, None)


def _vacant(connection: Connection, listed: Sequence[Person], deed: NotifyRole, agency: Agency | None) -> None:
    """Tell the administrators that a role has no holder. Administrators see no reference."""
    if deed.role == "system_admin":
        return
    role = deed.role.replace("_", " ")
    kind = deed.kind.replace("_", " ")
    text = f"Nobody{f' of {agency}' if agency else ''} holds the role {role}, so nobody there was told ({kind})."
    for each in listed:
        if holds(each, "system_admin", None, deed.at):
            _notice(connection, each.id, "vacant", text, deed.at, None)


def _notice(connection: Connection, person_id: str, kind: str, text: str, at: datetime, ref: str | None) -> None:
    connection.execute(insert(notice).values(person_id=person_id, kind=kind, ref=ref, text=text, made_at=at))


def _lock(connection: Connection, deed: LockLookUps) -> None:
    lock = upsert(connection, look_up_lock).values(person_id=deed.person, locked_at=deed.since, until_at=deed.until)
    new = {"locked_at": deed.since, "until_at": deed.until}
    connection.execute(lock.on_conflict_do_update(index_elements=["person_id"], set_=new))


def _see(connection: Connection, deed: SeeNotices) -> None:
    connection.execute(update(notice).where(notice.c.id.in_(deed.ids)).values(seen_at=deed.at))


_HOW: dict[type, Callable[[Connection, Any], None]] = {
    OpenBreakGlass: _open_glass,
    ReviewBreakGlass: _review,
    Alarm: _alarm,
    NotifyRole: _tell,
    NotifyPerson: _tell_one,
    LockLookUps: _lock,
    SeeNotices: _see,
    RecordStep: interview_steps.take,
    RecordAbsence: absences.be_away,
    ConfirmRows: loads.confirm,
    Acknowledge: escalations.acknowledge,
    Decide: ledger.decide,
    SeenEvent: seen_events.first,
    Issue: button_handles.keep,
}
_BY_RULES: dict[type, Callable[[Connection, Any, Partnership], None]] = {
    ConfirmAge: confirm.say_age,
    ConfirmEnd: confirm.say_ended,
    WithdrawConfirmation: confirm.take_back,
}


def record(
    database: Database, key: bytes, entry: Entry, deeds: Sequence[Effect], partnership: Partnership | None = None
) -> None:
    """Write the audit row and carry out the effects: all, or (Overtaken, DatabaseError) nothing."""
    with writing(database) as connection:
        # First, for there writers wait for one another: what a deed then counts still holds when it is written.
        audit_chain.append(connection, key, entry)
        for deed in deeds:
            carry_out(connection, deed, partnership)
