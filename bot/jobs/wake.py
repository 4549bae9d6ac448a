"""A call that wakes: an SMS without content to a person who has not acknowledged a call in chat.

It goes from the ledger's row of the call, whatever chat made of it: a chat that is down is no reason to be silent. One
SMS stands for all calls made before it. Where a number does not take it, the person's next number is tried; the next
tier is called in its time, whatever became of the SMS.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from bot.conversation.outbound import WAKE, CannotTell, Message
from bot.conversation.reply import Reply
from bot.jobs import escalations
from bot.jobs.job import Composed, Drop, Job, Ready, Run
from bot.rules.catalogue import _
from bot.rules.delivery.delivery import Delivery, Planned
from bot.store.delivery import ledger

KIND, PLATFORM = "wake", "sms"
#: An SMS that was not taken so long after it was due goes to the next number, and administrators are told.
NEXT_PATH = timedelta(minutes=2)
#: The provider is asked whether a telephone got it from the first of these times on, until the second.
RECEIPT, RECEIPTS_UNTIL = timedelta(minutes=1), timedelta(minutes=30)
RECEIPTS_AT_ONCE = 4
#: Beginning of the alarm about a provider that does not take calls.
ALARM = _("Calls do not go out by SMS:")


def plan(run: Run, now: datetime) -> None:
    """Plan an SMS to each person with a call that waits too long, and to the next number of one that got none."""
    if PLATFORM not in run.platforms or run.partnership.wake is None:
        return
    with run.reading() as connection:
        sent = ledger.of_kinds(connection, [escalations.KIND, KIND], now - escalations.SETTLED_WITHIN)
    waiting = _waiting(run, [d for d in sent if d.kind == escalations.KIND])
    if not waiting:
        return
    woken = [d for d in sent if d.kind == KIND]
    try:
        found = [*_first(run, waiting, woken, now), *_next(run, waiting, woken, now)]
    except CannotTell:
        _tell(
            run,
            _(
                "{alarm} the file of telephone numbers cannot be read. Run doctor, and ring the people called.",
                alarm=ALARM,
            ),
            now,
        )
        return
    if found:
        with run.writing() as connection:
            ledger.plan(connection, found, now)
    if late := [d for d in woken if _not_taken(d, now) and _calls_before(d, waiting)]:
        says = _("the provider does not take them, or no telephone got them.")
        _tell(
            run,
            _(
                "{alarm} {says} Ring the people called. See: deliveries {late}.",
                alarm=ALARM,
                says=says,
                late=late[-1].id,
            ),
            now,
        )


def _waiting(run: Run, calls: Sequence[Delivery]) -> Mapping[str, Sequence[Delivery]]:
    """Return the messages of calls that nobody acknowledged, by the person called; of rules that wake alone."""
    rules = run.partnership.wake.rules if run.partnership.wake else ()
    with run.facts() as facts:
        unclosed = facts.work.unclosed_escalations() if calls and rules else ()
    waits = {str(r.message) for r in unclosed if r.acknowledged_at is None and r.closed_at is None and r.rule in rules}
    found: dict[str, list[Delivery]] = {}
    for d in calls:
        person = run.partnership.person(d.audience)
        if d.slot.partition("|")[0] in waits and person is not None and person.active:
            found.setdefault(d.audience, []).append(d)
    return found


def _first(
    run: Run, waiting: Mapping[str, Sequence[Delivery]], woken: Sequence[Delivery], now: datetime
) -> Iterator[Planned]:
    """Plan one SMS for all calls of a person made since their last SMS, if the first of them has waited enough."""
    after = timedelta(minutes=run.partnership.wake.after_minutes if run.partnership.wake else 0)
    for person, calls in waiting.items():
        last = max((d.due_at for d in woken if d.audience == person), default=None)
        new = [d for d in calls if last is None or d.due_at > last]
        if new and any(d.due_at + after <= run.due_by(d.due_at, now) for d in new) and _has_number(run, person):
            yield Planned(KIND, person, PLATFORM, person, str(min(d.id for d in new)), now)


def _next(
    run: Run, waiting: Mapping[str, Sequence[Delivery]], woken: Sequence[Delivery], now: datetime
) -> Iterator[Planned]:
    """Plan the same SMS to the person's next number, where one was not taken in time."""
    for d in woken:
        if _not_taken(d, now) and _calls_before(d, waiting):
            person, _, which = d.destination.partition("#")
            other = f"{person}#{int(which or 1) + 1}"
            if _has_number(run, other):
                yield Planned(KIND, d.audience, PLATFORM, other, d.slot, now)


def _not_taken(d: Delivery, now: datetime) -> bool:
    return d.state in ("failed", "held", "missed") or (
        d.state not in ("sent", "dropped") and now - d.due_at >= NEXT_PATH
    )


def _calls_before(d: Delivery, waiting: Mapping[str, Sequence[Delivery]]) -> bool:
    return any(call.due_at <= d.due_at for call in waiting.get(d.audience, ()))


def _has_number(run: Run, destination: str) -> bool:
    return bool(run.platforms[PLATFORM].describe(destination).members)


def _tell(run: Run, text: str, now: datetime) -> None:
    with run.writing() as connection:
        run.alarm(connection, text, now, begins=ALARM)


def compose(run: Run, d: Delivery, now: datetime) -> Composed:
    """Compose the SMS; dropped where the person's calls have been acknowledged, or are over.

    One that was refused is dropped too where another number of the person took it meanwhile.
    """
    with run.reading() as connection:
        sent = ledger.of_kinds(connection, [escalations.KIND, KIND], now - escalations.SETTLED_WITHIN)
    if not _calls_before(d, _waiting(run, [each for each in sent if each.kind == escalations.KIND])):
        return Drop("acknowledged")
    same = [o for o in sent if o.kind == KIND and (o.audience, o.slot) == (d.audience, d.slot) and o.id != d.id]
    if d.refusal and any(o.state == "sent" for o in same):
        return Drop("another number")
    return Ready(Message(Reply(_("A call waits"), 0), WAKE, d.marker))


def tend(run: Run, now: datetime) -> None:
    """Ask what became of each SMS that was taken: one that reached no telephone counts as failed."""
    platform = run.platforms.get(PLATFORM)
    if platform is None:
        return
    with run.reading() as connection:
        sent = ledger.to_tend(connection, KIND, now - RECEIPTS_UNTIL)
    for d in [d for d in sent if d.sent_at and d.sent_at + RECEIPT <= now][-RECEIPTS_AT_ONCE:]:
        try:
            arrived = platform.find(d.destination, d.marker, d.planned_at)
        except CannotTell:
            return  # the next tick asks again
        if not arrived:
            with run.writing() as connection:
                ledger.swept(connection, d, state="failed", reason="not delivered")


#: Its own alarm tells of all of them at once.
JOB = Job((KIND,), compose, plan, tend, alarms=False, go_on=(KIND,))
