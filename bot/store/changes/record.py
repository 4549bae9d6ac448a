"""Record an answer and its effects in one transaction. No message leaves before it is committed.

`record` comes first, then what it carries out: access, steps of an interview, absences, events, notices.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from bot.rules.access.break_glass import BOTH, QUOTA_DAYS
from bot.rules.access.permissions import holds
from bot.rules.audit.chain import Entry
from bot.rules.catalogue import _, code_words
from bot.rules.effects import (
    Acknowledge,
    AcknowledgeDrill,
    Again,
    Alarm,
    ConfirmAge,
    ConfirmEnd,
    ConfirmRows,
    ConfirmSame,
    CoverShift,
    Decide,
    DraftReport,
    Effect,
    Issue,
    LockLookUps,
    NoteMonth,
    NotifyPerson,
    NotifyRole,
    OpenBreakGlass,
    Overtaken,
    RecordAbsence,
    RecordStep,
    ReleasePeriod,
    ReviewBreakGlass,
    SayBeforeFile,
    SayNewChild,
    SeenEvent,
    SeeNotices,
    TakeReportStep,
    WithdrawConfirmation,
)
from bot.rules.interviews.steps import who_was_first
from bot.rules.partnership.partnership import Partnership
from bot.rules.time.clock import local_day, say_near
from bot.store import audit_chain, month_notes, released_periods, reports, rota
from bot.store.changes import button_handles, confirm
from bot.store.database import Database, upsert, writing
from bot.store.delivery import drills, escalations, ledger
from bot.store.people_list import everybody
from bot.store.queries import loads
from bot.store.queries.chat_records import step_of
from bot.store.schema.access import glass, inbound, look_up_lock, notice
from bot.store.schema.delivery import away, step
from bot.store.schema.records import episode

#: Of an episode that was merged with another one since it was read.
GONE = _("This record has changed meanwhile. Please ask again.")
#: Platforms repeat an event for minutes (Slack: up to five) and refuse a signed request that is older.
LASTS = timedelta(days=1)


def record(
    database: Database, key: bytes, entry: Entry, effects: Sequence[Effect], partnership: Partnership | None = None
) -> None:
    """Write the audit row and carry out the effects: all, or (Overtaken, DatabaseError) nothing."""
    with writing(database) as connection:
        # First, because writers wait for one another there: what an effect counts still holds when it is written.
        audit_chain.append(connection, key, entry)
        for effect in effects:
            carry_out(connection, effect, partnership, key)


def carry_out(
    connection: Connection, effect: Effect, partnership: Partnership | None = None, key: bytes | None = None
) -> None:
    """Carry out one effect. Overtaken where another person was first. Effects that change an episode need the
    partnership, for its rules; a new child the audit key, by which erased references are recognised.
    """
    if isinstance(effect, SayNewChild):
        if partnership is None or key is None:
            raise TypeError("SayNewChild needs the partnership and the audit key")
        confirm.say_new_child(connection, effect, partnership, key)
    elif type(effect) in _BY_RULES:
        if partnership is None:
            raise TypeError(f"{type(effect).__name__} needs the partnership")
        _BY_RULES[type(effect)](connection, effect, partnership)
    else:
        _HOW[type(effect)](connection, effect)


def _open_glass(connection: Connection, effect: OpenBreakGlass) -> None:
    """Record an emergency access. The limit is counted again while no other transaction writes: several requests may
    come at once.
    """
    theirs = (glass.c.person_id == effect.person, glass.c.opened_at >= effect.since - QUOTA_DAYS)
    if connection.execute(select(func.count()).select_from(glass).where(*theirs)).scalar_one() >= effect.most:
        raise Overtaken(_("You have opened as many children outside your area as you may in 30 days."))
    connection.execute(
        insert(glass).values(
            person_id=effect.person,
            ref=effect.ref,
            area=effect.area,
            reason=effect.reason,
            opened_at=effect.since,
            until_at=effect.until,
        )
    )


def _review(connection: Connection, effect: ReviewBreakGlass) -> None:
    """Record a review by compare-and-set: of two reviewers at once, one succeeds and the other learns of the first."""
    open_still = (glass.c.id == effect.glass, glass.c.reviewed_at.is_(None))
    review = {"reviewed_by": effect.by, "reviewed_at": effect.at, "verdict": effect.verdict}
    change = update(glass).where(*open_still).values(review)
    if connection.execute(change.returning(glass.c.id)).first() is None:
        row = connection.execute(select(glass).where(glass.c.id == effect.glass)).one()
        when, judged = say_near(row.reviewed_at, effect.at), row.verdict.replace("_", " ")
        raise Overtaken(
            _("{reviewed_by} reviewed this on {when}: {judged}.", reviewed_by=row.reviewed_by, when=when, judged=judged)
        )


def _alarm(connection: Connection, effect: Alarm) -> None:
    waiting = (glass.c.id == effect.glass, glass.c.alarmed_at.is_(None), glass.c.reviewed_at.is_(None))
    change = update(glass).where(*waiting).values(alarmed_at=effect.at).returning(glass.c.id)
    if connection.execute(change).first() is None:
        raise Overtaken(_("It was reviewed, or the alarm was raised, a moment ago."))


def _lock(connection: Connection, effect: LockLookUps) -> None:
    new = {"locked_at": effect.since, "until_at": effect.until}
    lock = upsert(connection, look_up_lock).values(person_id=effect.person, **new)
    connection.execute(lock.on_conflict_do_update(index_elements=["person_id"], set_=new))


def record_step(connection: Connection, effect: RecordStep) -> None:
    """Add a step if no step was added since the author's version; Overtaken names the person who was first, and the
    time.

    Called where writers wait for one another (behind the audit row), so that comparing and adding are one.
    """
    newest = select(func.max(step.c.id)).where(step.c.episode_id.in_((effect.episode_id, *effect.merged)))
    seen = connection.execute(newest).scalar_one() or 0
    if seen != effect.version:
        first = connection.execute(select(step).where(step.c.id == seen)).first()
        raise Overtaken(who_was_first(step_of(first), effect.said_at, effect.by) if first else GONE)
    keys = connection.execute(
        select(episode.c.occurrence_ref, episode.c.episode_ref).where(episode.c.id == effect.episode_id)
    ).first()
    if keys is None:
        raise Overtaken(GONE)
    names = ("episode_id", "kind", "at", "said_at", "by", "to", "until_at", "detail", "undoes")
    values = {name: getattr(effect, name) for name in names}
    connection.execute(insert(step).values(**values, **keys._mapping))


def record_absence(connection: Connection, effect: RecordAbsence) -> None:
    """Set, change or (last day before the first) take back an absence."""
    if effect.last < effect.first:
        theirs = (away.c.person_id == effect.person, away.c.until_day >= effect.first)
        connection.execute(delete(away).where(*theirs))
        return
    new = {"until_day": effect.last, "cover": effect.cover, "said_by": effect.by, "said_at": effect.at}
    row = upsert(connection, away).values(person_id=effect.person, from_day=effect.first, **new)
    connection.execute(row.on_conflict_do_update(index_elements=["person_id", "from_day"], set_=new))


def cover_shift(connection: Connection, effect: CoverShift, partnership: Partnership) -> None:
    """Record covers among the people of this moment."""
    rota.cover(connection, effect, partnership.with_people(everybody(connection)))


def record_event(connection: Connection, effect: SeenEvent) -> None:
    """Record an event; Again where it was received before. Of two replicas that receive it at once, one waits and
    raises Again.
    """
    digest = sha256(effect.event.encode("utf-8", "surrogatepass")).hexdigest()
    row = upsert(connection, inbound).values(digest=digest, at=effect.at).on_conflict_do_nothing()
    if connection.execute(row.returning(inbound.c.digest)).first() is None:
        raise Again


def forget_events(connection: Connection, now: datetime) -> None:
    """Delete events that no platform repeats any more."""
    connection.execute(delete(inbound).where(inbound.c.at <= now - LASTS))


def _notify_role(connection: Connection, effect: NotifyRole) -> None:
    """Notify the holders of a role, for a strategic lead those of each agency.

    Administrators are notified of a role that has no holder; they see no reference.
    """
    listed = everybody(connection)
    for agency in BOTH if effect.role == "strategic_lead" else (None,):
        holders = [
            p for p in listed if agency in (None, p.agency) and holds(p, effect.role, effect.area, local_day(effect.at))
        ]
        for each in holders:
            _notice(connection, each.id, effect.kind, effect.text, effect.at, effect.ref)
        if holders or effect.role == "system_admin":
            continue
        role, kind = effect.role.replace("_", " "), effect.kind.replace("_", " ")
        text = _(
            "Nobody{of} holds the role {role}, so nobody there was told ({kind}).",
            of=_(" of {agency}", agency=code_words(agency)) if agency else "",
            role=role,
            kind=kind,
        )
        for each in listed:
            if holds(each, "system_admin", None, local_day(effect.at)):
                _notice(connection, each.id, "vacant", text, effect.at, None)


def _notify_person(connection: Connection, effect: NotifyPerson) -> None:
    _notice(connection, effect.person, effect.kind, effect.text, effect.at, effect.ref)


def _notice(connection: Connection, person_id: str, kind: str, text: str, at: datetime, ref: str | None) -> None:
    connection.execute(insert(notice).values(person_id=person_id, kind=kind, ref=ref, text=text, made_at=at))


def _see(connection: Connection, effect: SeeNotices) -> None:
    connection.execute(update(notice).where(notice.c.id.in_(effect.ids)).values(seen_at=effect.at))


def notice_waits(connection: Connection, kind: str, text: str, since: datetime, begins: str = "") -> bool:
    """Tell if a person was given the same words since then, or words that begin with `begins`."""
    words = notice.c.text.startswith(begins, autoescape=True) if begins else notice.c.text == text
    same = (notice.c.kind == kind, words, notice.c.made_at > since)
    return connection.execute(select(notice.c.id).where(*same).limit(1)).first() is not None


def undelivered_notices(connection: Connection) -> Sequence[tuple[int, str, datetime]]:
    """Return number, person and time of every undelivered notice, oldest first."""
    query = select(notice.c.id, notice.c.person_id, notice.c.made_at).where(notice.c.seen_at.is_(None))
    return [tuple(row) for row in connection.execute(query.order_by(notice.c.id))]


_HOW: dict[type, Callable[[Connection, Any], None]] = {
    OpenBreakGlass: _open_glass,
    ReviewBreakGlass: _review,
    Alarm: _alarm,
    NotifyRole: _notify_role,
    NotifyPerson: _notify_person,
    LockLookUps: _lock,
    SeeNotices: _see,
    RecordStep: record_step,
    RecordAbsence: record_absence,
    NoteMonth: month_notes.keep,
    ConfirmRows: loads.confirm,
    Acknowledge: escalations.acknowledge,
    AcknowledgeDrill: drills.acknowledge,
    Decide: ledger.decide,
    ReleasePeriod: released_periods.keep,
    DraftReport: reports.draft,
    TakeReportStep: reports.take_step,
    SeenEvent: record_event,
    Issue: button_handles.keep,
}
_BY_RULES: dict[type, Callable[[Connection, Any, Partnership], None]] = {
    ConfirmAge: confirm.say_age,
    ConfirmEnd: confirm.say_ended,
    ConfirmSame: confirm.say_same,
    SayBeforeFile: confirm.say_before_file,
    WithdrawConfirmation: confirm.take_back,
    CoverShift: cover_shift,
}
