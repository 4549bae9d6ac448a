"""The monthly drill: one test call to a role of each agency, in chat and (where calls wake) by SMS.

A test call is a row and its messages, made together: once a month, however many replicas tick.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from bot.conversation.outbound import DRILL, PREVIEW, CannotTell, Message, PostRefused, Sent
from bot.conversation.reply import Reply
from bot.jobs import wake
from bot.jobs.job import Composed, Drop, Hold, Job, Ready, Run, level_now
from bot.messages import drill_message
from bot.rules.access.permissions import address
from bot.rules.catalogue import _, code_words
from bot.rules.delivery.delivery import Delivery, Planned
from bot.rules.escalations.drill import DrillCall, called, month_due
from bot.rules.partnership.partnership import Person
from bot.rules.time.clock import local_day
from bot.store import audit_chain
from bot.store.database import reading
from bot.store.delivery import drills, ledger, replicas
from bot.store.queries.chat_records import StoredChatRecords

KIND = "drill"
BOTH = ("police", "council")
#: Older messages are not settled: they have scrolled away.
SETTLED_WITHIN = timedelta(days=2)


def plan(run: Run, now: datetime) -> None:
    """Make the test calls of a month that is due, and tell administrators of those that were not acknowledged."""
    month, drill = month_due(run.partnership, now), run.partnership.drill
    if month is not None and drill is not None:
        with reading(run.database) as connection:
            have = {c.agency for c in drills.of_month(connection, month)}
            away = {person: a.cover for person, a in StoredChatRecords(connection).away(local_day(now)).items()}
        for agency in [a for a in BOTH if drill.role(a) and a not in have]:
            person = called(run.partnership, agency, now, away, lambda x: address(x, run.platforms) is not None)
            until = now + timedelta(minutes=drill.acknowledge_minutes)
            new = DrillCall(0, month, agency, drill.role(agency), person.id if person else "", now, until)
            ways = tuple(_ways(run, person)) if person else ()
            with run.writing() as connection:
                audit_chain.take_turn(connection)
                _call(run, connection, new, ways)
    with run.reading() as connection:
        waits = drills.late(connection, now)
    if waits:
        with run.writing() as connection:
            for call in drills.tell_late(connection, now):
                run.alarm(connection, drill_message.late(call), now)


def _ways(run: Run, person: Person) -> Iterator[tuple[str, str]]:
    """Yield platform and destination of each way to a person: chat, and the first number where calls wake."""
    if (chat := address(person, run.platforms)) is not None:
        yield chat
    sms = run.platforms.get(wake.PLATFORM)
    try:
        if sms is not None and run.partnership.wake is not None and sms.describe(person.id).members:
            yield wake.PLATFORM, person.id
    except CannotTell:
        return  # doctor says why, and so does a call that wakes


def _call(run: Run, connection: Any, new: DrillCall, ways: tuple[tuple[str, str], ...]) -> None:
    """Add the test call with its messages; nothing where another replica was first."""
    number = drills.add(connection, new)
    if number is None:
        return
    run.record(
        connection,
        KIND,
        new.called_at,
        outcome="called",
        reason=_("{role} of {agency}, {person}", role=new.role, agency=code_words(new.agency), person=new.person),
    )
    until = run.partnership.calendar().closes(local_day(new.called_at))
    found = [Planned(KIND, new.person, *way, str(number), new.called_at, until) for way in ways]
    ledger.plan(connection, found, new.called_at)


def compose(run: Run, d: Delivery, now: datetime) -> Composed:
    """Compose the test call, or its SMS; dropped where it was acknowledged."""
    with run.reading() as connection:
        call = drills.numbered(connection, int(d.slot))
        replaced = replicas.replaced(connection, now)
    person = run.partnership.person(d.audience)
    if call is None or call.acknowledged_at is not None:
        return Drop("acknowledged")
    if person is None or not person.active:
        return Drop("not listed")
    if d.platform == wake.PLATFORM:
        return Ready(Message(Reply(_("DRILL"), 0), DRILL, d.marker))
    if level_now(run, d) != 2:
        return Hold("privacy")
    # A database that an older copy replaced may have begun the drill of this month.
    repeats = any(r.since < d.planned_at for r in replaced)
    return Ready(Message(drill_message.message(call), PREVIEW, d.marker), may_repeat=repeats and d.look_since is None)


def tend(run: Run, now: datetime) -> None:
    """Settle the message of a test call that was acknowledged, once."""
    with run.reading() as connection:
        waiting = [d for d in ledger.to_tend(connection, KIND, now - SETTLED_WITHIN) if d.platform != wake.PLATFORM]
        done = {d.id: drills.numbered(connection, int(d.slot)) for d in waiting}
    for d in waiting:
        call, platform = done[d.id], run.platforms.get(d.platform)
        if call is None or call.acknowledged_at is None or platform is None or not d.message_id:
            continue
        try:
            if level_now(run, d) != 2:
                continue
        except CannotTell:
            continue  # the next tick asks again
        outcome = platform.update(d.destination, d.message_id, Message(drill_message.settled(call), PREVIEW, d.marker))
        if isinstance(outcome, Sent | PostRefused):
            with run.writing() as connection:
                ledger.shown(connection, d, closed_at=now, changed_at=now)


JOB = Job((KIND,), compose, plan, tend)
