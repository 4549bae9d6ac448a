"""Reminders: one message a day to each person whom interviews wait for, and one of its own for what cannot wait."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.conversation.outbound import PREVIEW, Message
from bot.jobs import alarms
from bot.jobs.job import Composed, Drop, Hold, Job, Ready, Run, level_now
from bot.messages import reminder
from bot.rules.access.permissions import Scope
from bot.rules.access.role_holders import address
from bot.rules.delivery.delivery import Delivery, Planned, is_late
from bot.rules.interviews.open_interviews import OpenInterview, merged_into
from bot.rules.model import Freshness
from bot.rules.partnership.partnership import Partnership
from bot.rules.partnership.working_hours import NeverOpen
from bot.rules.queries import interview_list
from bot.rules.reminders.due import DueMessage, Nudge, OpenCase, due, messages, of_message
from bot.rules.reminders.ladder import SentReminder
from bot.rules.reminders.recipients import Staff
from bot.rules.time.clock import day_start, local_day, to_london
from bot.store.delivery import ledger
from bot.store.delivery import reminders_sent as nudges
from bot.store.queries.facts import StoredFacts

KINDS = ("reminder", "urgent")


@dataclass(frozen=True, slots=True)
class Agenda:
    """Everything that is to be said to anybody today, as the facts are at this moment."""

    partnership: Partnership
    nudges: Sequence[Nudge]
    faults: Sequence[str]
    twice: frozenset[int]  # children with two open interviews that were not put together
    source: Freshness


def plan(run: Run, now: datetime) -> None:
    """Outside working hours nothing is read; a message that is planned already costs no write."""
    with run.facts() as facts:
        board = _board(run, facts, now)
        today = local_day(now)
        there = facts.deliveries(day_start(today), day_start(today + timedelta(days=1)))
    planned = {(d.audience, d.slot) for d in there if d.kind in KINDS}
    wanted = messages(board.nudges, planned, board.partnership.delivery, now)
    if not (wanted or board.faults):
        return
    with run.writing() as connection:
        ledger.plan(connection, [p for w in wanted if (p := _planned(run, w)) is not None], now)
        for fault in board.faults:
            alarms.sound(run, connection, fault, now)


def _planned(run: Run, w: DueMessage) -> Planned | None:
    where = address(w.person, run.platforms)
    return None if where is None else Planned(w.kind, w.person.id, *where, w.slot, w.due_at, w.late_until)


def _board(run: Run, facts: StoredFacts, now: datetime, but: int | None = None) -> Agenda:
    """`but` is the message that is being composed: what it holds already counts as not said."""
    partnership = run.partnership.with_people(tuple(facts.trail.listed()))
    areas, faults = _open_areas(partnership, now)
    found = (
        interview_list.open_interviews(facts, Scope(areas), now) if areas else []
    )  # none of a child who died (edge case 35)
    staff = Staff(partnership, facts.work.away(local_day(now)), run.platforms, local_day(now))
    waiting: list[Nudge] = []
    for case in _cases(facts, found, now, but):
        one = due(case, staff, now)
        waiting += one.nudges
        faults += one.faults
    apart = Counter(i.episode.child_id for i in found if i.undone and not merged_into(i.standing))
    source = next(f for f in facts.freshness(now) if f.source == "interviews")
    twice = frozenset(child for child, count in apart.items() if count > 1)
    return Agenda(partnership, waiting, list(dict.fromkeys(faults)), twice, source)


def _cases(facts: StoredFacts, found: Sequence[OpenInterview], now: datetime, but: int | None) -> Iterator[OpenCase]:
    """What was told of all of them is read at once."""
    numbers = [i.episode.id for i in found]
    if not numbers:
        return
    told: dict[int, list[SentReminder]] = {}
    for t in facts.work.told(numbers, now, but):
        told.setdefault(t.episode, []).append(t)
    for i in found:
        yield OpenCase(i, i.standing, told.get(i.episode.id, []))


def _open_areas(partnership: Partnership, now: datetime) -> tuple[tuple[str, ...], list[str]]:
    """The areas in which people may be spoken to now, and what is wrong with a calendar."""
    opened, faults = [], []
    for area in partnership.areas:
        try:
            if partnership.calendar(area.id).next_moment(now) == now:
                opened.append(area.id)
        except NeverOpen as fault:
            faults.append(f"Nobody is reminded in {area.name}: {fault}.")
    return tuple(opened), faults


def compose(run: Run, d: Delivery, now: datetime) -> Composed:
    """What is still to be said to this person at the moment of sending; it is theirs from here on."""
    if level_now(run, d) != 2:
        return Hold("privacy")
    with run.facts() as facts:
        board = _board(run, facts, now, d.id)
    person = board.partnership.person(d.audience)
    if person is None or address(person, run.platforms) != (d.platform, d.destination):
        return Drop("moved")
    wanted = of_message(board.nudges, d.kind, person.id, d.slot, board.partnership.delivery, now)
    theirs = _taken(run, d, wanted, now)
    if not theirs:
        return Drop("nothing left")
    late = _late(d, now) if is_late(d, now, board.partnership.delivery.late_seconds) else ""
    reply = reminder.compose(theirs, board.partnership, board.source, now, twice=board.twice, late=late)
    items = tuple((d.kind, n.interview.episode.id) for n in theirs)
    return Ready(Message(reply, PREVIEW, d.marker), items, _subject(theirs))


def _taken(run: Run, d: Delivery, wanted: Sequence[Nudge], now: datetime) -> list[Nudge]:
    """Of what is wanted, what no other message under way says already."""
    rows = {SentReminder(n.interview.episode.id, n.rung.slot, n.deadline, n.person.id, now): n for n in wanted}
    with run.writing() as connection:
        taken = nudges.take(connection, d.id, rows, now)
    return [n for row, n in rows.items() if row in taken]


def _late(d: Delivery, now: datetime) -> str:
    """No cause is made up: what became known late is told late too."""
    return f"Sent {to_london(now):%H:%M}, due {to_london(d.due_at):%H:%M}."


def _subject(theirs: Sequence[Nudge]) -> str:
    refs = {n.interview.episode.child_ref for n in theirs}
    return refs.pop() if len(refs) == 1 else ""


JOB = Job(KINDS, compose, plan)
