"""Reminders: one message a day to each person with open interviews, and an urgent one of its own where needed.

Each is a row of the ledger by its slot; those that wait for one person at one moment leave as one message.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.conversation.outbound import PREVIEW, Message
from bot.conversation.privacy_guard import release
from bot.conversation.reply import Reply
from bot.jobs.job import Composed, Drop, Hold, Job, Ready, Run, level_now
from bot.messages import reminder
from bot.rules.access.permissions import Scope, address
from bot.rules.catalogue import _
from bot.rules.delivery.delivery import WHY_LATE, Delivery, Planned, is_late
from bot.rules.model import Freshness
from bot.rules.partnership.partnership import LONGEST_CLOSURE, NeverOpen, Partnership
from bot.rules.queries import digest_content
from bot.rules.reminders.due import (
    UNATTENDED,
    DueMessage,
    Nudge,
    OpenCase,
    SentReminder,
    Staff,
    due,
    is_unheard,
    messages,
    of_message,
)
from bot.rules.time.clock import day_start, local_day
from bot.store.delivery import ledger, reminders_sent
from bot.store.queries.facts import StoredFacts

KINDS = ("reminder", "urgent")
#: Reason of a message whose reminders another one held, or that are not needed any more.
NOTHING_LEFT = _("nothing left")


@dataclass(frozen=True, slots=True)
class Agenda:
    """Every reminder that is due today to any person, by the facts of this moment."""

    partnership: Partnership
    nudges: Sequence[Nudge]
    faults: Sequence[str]
    twice: frozenset[int]  # children with two open interviews that were not merged
    source: Freshness
    authorities: Mapping[int, str]  # of hosted children


def plan(run: Run, now: datetime) -> None:
    """Plan the messages of this moment; nothing is read outside working hours, and a planned message costs no write."""
    with run.facts() as facts:
        agenda = _agenda(run, facts, now)
        today = local_day(now)
        there = facts.deliveries(day_start(today), day_start(today + timedelta(days=1)))
    planned = {(d.audience, d.slot) for d in there if d.kind in KINDS}
    wanted = messages(agenda.nudges, planned, agenda.partnership.delivery, now)
    if not (wanted or agenda.faults):
        return
    with run.writing() as connection:
        reached = [(w, where) for w in wanted if (where := address(w.person, run.platforms)) is not None]
        found = [Planned(w.kind, w.person.id, *where, w.slot, w.due_at, w.late_until) for w, where in reached]
        if run.in_doubt:
            found = [p for p in found if p.kind in JOB.go_on]
        if ledger.plan(connection, found, now) and any(p.kind == "urgent" for p in found):
            run.record(connection, "urgent", now, outcome="planned")  # an older copy of the database lacks it
        for fault in agenda.faults:
            run.alarm(connection, fault, now)


def _agenda(run: Run, facts: StoredFacts, now: datetime, but: int | None = None, *, anew: bool = False) -> Agenda:
    """Gather the reminders of areas in working hours; reminders of the message `but` count as not sent.

    With `anew` those sent at this moment or later count as not sent too: a practice morning is shown again.
    """
    partnership = run.partnership.with_people(tuple(facts.trail.listed()))
    areas: list[str] = []
    faults: list[str] = []
    for area in partnership.areas:
        try:
            calendar = partnership.calendar(area.id)
            if calendar.duty_speaks(now) or calendar.next_moment(now) == now:
                areas.append(area.id)
        except NeverOpen as fault:
            faults.append(_("Nobody is reminded in {short}: {fault}.", short=area.short, fault=fault))
    # None of a child who died (edge case 35).
    scope = Scope(tuple(areas))
    ours = digest_content.open_interviews(facts, scope, now) if areas else []
    elsewhere = digest_content.interviews_elsewhere(facts, scope, now) if areas else []
    found = [*ours, *elsewhere]
    staff = Staff(partnership, facts.work.away(local_day(now)), run.platforms, now)
    waiting: list[Nudge] = []
    sent: dict[int, list[SentReminder]] = {}
    for t in facts.work.notified([i.episode.id for i in found], now, but) if found else ():  # one query for all of them
        if not (anew and t.at >= now):
            sent.setdefault(t.episode, []).append(t)
    times = digest_content.record_times(facts, partnership, found, now)
    for i in found:
        one = due(OpenCase(i, i.standing, sent.get(i.episode.id, []), times), staff, now)
        waiting += one.nudges
        faults += one.faults
    talks = {(i.episode.child_id, min((i.episode.id, *i.merged))) for i in ours if i.undone}
    apart = Counter(child for child, _ in talks)
    source = next(f for f in facts.freshness(now) if f.source == "interviews")
    twice = frozenset(child for child, count in apart.items() if count > 1)
    named = facts.placed_by([i.episode.child_id for i in elsewhere]) if elsewhere else {}
    return Agenda(partnership, waiting, list(dict.fromkeys(faults)), twice, source, named)


def unheard(run: Run, path: str, now: datetime, but: int | None = None) -> list[SentReminder]:
    """Return the interviews that run out before anybody works, where nobody was told and the duty role cannot be.

    Each is a row of a second path that has not said yet, but in the message `but`, that something waits. Nothing is
    read while people work.
    """
    partnership = run.partnership
    areas = tuple(a.id for a in partnership.areas if not partnership.calendar(a.id).speaks(now))
    if not areas:
        return []
    with run.facts() as facts:
        scope = Scope(areas)
        found = digest_content.open_interviews(facts, scope, now)
        found += digest_content.interviews_elsewhere(facts, scope, now)
        # A deadline that is far or over needs no look at who works.
        near = [i for i in found if timedelta() <= i.left <= LONGEST_CLOSURE]
        if not near:
            return []
        listed = partnership.with_people(tuple(facts.trail.listed()))
        staff = Staff(listed, facts.work.away(local_day(now)), run.platforms, now)
        sent: dict[int, list[SentReminder]] = {}
        for t in facts.work.notified([i.episode.id for i in near], now, but):
            sent.setdefault(t.episode, []).append(t)
    rows = []
    for i in near:
        case, deadline = OpenCase(i, i.standing, sent.get(i.episode.id, ())), i.episode.interview.due_at
        said = any((s.person, s.deadline) == (path, deadline) for s in case.sent)
        if deadline is not None and not said and is_unheard(case, staff, now):
            rows.append(SentReminder(i.episode.id, UNATTENDED.id, deadline, path, now))
    return rows


def compose(run: Run, d: Delivery, now: datetime) -> Composed:
    """Compose the reminders still due to this person, and take them, so that no other message holds them too.

    Reminders of other messages that wait for the same person are in this one: after an outage they are one message.
    """
    if level_now(run, d) != 2:
        return Hold("privacy")
    today = local_day(now)
    with run.facts() as facts:
        agenda = _agenda(run, facts, now, d.id)
        there = facts.deliveries(day_start(today), day_start(today + timedelta(days=1)))
    person = agenda.partnership.person(d.audience)
    if person is None or address(person, run.platforms) != (d.platform, d.destination):
        return Drop("moved")
    delivering = agenda.partnership.delivery
    wanted: dict[SentReminder, tuple[Nudge, Delivery]] = {}
    for each in (d, *(o for o in there if o.id != d.id and o.audience == d.audience and _waits_too(o, now))):
        for n in of_message(agenda.nudges, each.kind, person.id, each.slot, delivering, now):
            row = SentReminder(n.interview.episode.id, n.due_step.slot, n.deadline, n.person.id, now)
            wanted.setdefault(row, (n, each))
    with run.writing() as connection:
        taken = reminders_sent.take(connection, d.id, wanted, now)
    theirs = [found for row, found in wanted.items() if row in taken]
    if not theirs:
        return Drop(NOTHING_LEFT)
    # No cause: late facts make reminders late too.
    late = {o.due_at for _, o in theirs if is_late(o, now, delivering.late_seconds)}
    reply = _reply(agenda, [n for n, _ in theirs], now, reminder.late_words(sorted(late), now) if late else "")
    refs = {n.interview.episode.child_ref for n, _ in theirs}
    return Ready(Message(reply, PREVIEW, d.marker), subject=refs.pop() if len(refs) == 1 else "")


def _reply(agenda: Agenda, nudges: Sequence[Nudge], now: datetime, late: str = "") -> Reply:
    twice, authorities = agenda.twice, agenda.authorities
    return reminder.compose(
        nudges, agenda.partnership, agenda.source, now, twice=twice, authorities=authorities, late=late
    )


def preview(run: Run, now: datetime) -> list[tuple[DueMessage, Reply]]:
    """Return each message that would leave at this moment, as its person would read it; nothing is planned or written.

    What was sent at this moment or later counts as not sent, so that the same morning can be shown twice.
    """
    with run.facts() as facts:
        agenda = _agenda(run, facts, now, anew=True)
    partnership = agenda.partnership
    found = []
    for m in messages(agenda.nudges, (), partnership.delivery, now):
        nudges = of_message(agenda.nudges, m.kind, m.person.id, m.slot, partnership.delivery, now)
        found.append((m, release(_reply(agenda, nudges, now), 2, partnership).reply))
    return found


def _waits_too(o: Delivery, now: datetime) -> bool:
    """Return True for a message of today that is due and has certainly not arrived.

    One that was dropped because another held its reminders counts too: the other may not have arrived after all.
    """
    if o.kind not in KINDS or o.due_at > now:
        return False
    if o.state == "dropped":
        return o.reason == NOTHING_LEFT
    waits = o.state == "planned" or (o.state == "held" and o.reason in WHY_LATE)
    return waits and o.first_attempt_at is None


JOB = Job(KINDS, compose, plan, go_on=("urgent",))
