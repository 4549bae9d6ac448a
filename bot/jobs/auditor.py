"""The auditor: work out from the clock and the records what was due, and compare it with the ledger.

It shares nothing with the jobs but the rules of what is due, and reads everything by itself, so that a job that does
nothing is noticed. Reminders are in audit_reminders.py, calls in audit_escalations.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from bot.jobs import audit_escalations, audit_reminders
from bot.jobs.job import ALARM, Job, Run
from bot.rules.catalogue import _
from bot.rules.delivery.delivery import Delivery, digest_slots, in_words
from bot.rules.delivery.missed_work import ALARMS, JITTER, looks
from bot.rules.delivery.refused import TOLD_AGAIN
from bot.rules.time.clock import say_near
from bot.store.changes.record import notice_waits
from bot.store.delivery import ledger, missed_work, replicas
from bot.store.queries import monitoring

KIND = "audit"
DIGEST, NOTICE = "digest", "notice"
#: Digests are looked for so far back.
DAY = timedelta(hours=24)


def tend(run: Run, now: datetime) -> None:
    """Raise an alarm for each message or call that is absent although it was given its time; each once a day.

    Several messages of one kind that wait are one alarm, and another one while they still wait an hour later.
    """
    patience = timedelta(minutes=run.partnership.delivery.alarm_minutes)
    with run.reading() as connection:
        last_tick = replicas.newest(connection)
        found = [*((text, "") for text in _digests(run, connection, now, patience)), *_stuck(connection, now, patience)]
    if last_tick is None:  # before the first tick nothing was due
        return
    if found:
        with run.writing() as connection:
            for text, begins in found:
                if not begins or not notice_waits(connection, ALARM, "", now - TOLD_AGAIN, begins):
                    run.alarm(connection, text, now, again=bool(begins))
    if not looks(last_tick, now):
        return
    # Reminders and calls: where all of them were planned, nothing is written.
    with run.reading() as connection:
        undone = {*audit_reminders.find(run, connection, now), *audit_escalations.find(run, connection, now)}
        if not (undone or missed_work.any_of(connection)):
            return
    with run.writing() as connection:
        missed_work.note(connection, undone, now)
        # Work that was first found undone by then counts as overlooked.
        begun_by = now - max(patience - JITTER, JITTER)
        for n in missed_work.since(connection, begun_by):
            # The count is of this moment; more of its kind within the day raises no alarm of its own.
            text = _(
                "{alarms} {count} so far, the first found {since}.",
                alarms=ALARMS[n.kind],
                count=n.count,
                since=say_near(n.since, now),
            )
            run.alarm(connection, text, now, begins=ALARMS[n.kind])


def _digests(run: Run, connection: Any, now: datetime, patience: timedelta) -> Iterator[str]:
    """Find digests that came due in the last day and have no row in the ledger."""
    began = replicas.first(connection)
    for channel in run.partnership.channels:
        for slot in digest_slots(channel, run.partnership.calendar(), now - DAY, now):
            is_due = began is not None and began <= slot.due_at <= now - patience
            if is_due and not ledger.has(connection, DIGEST, channel.id, slot.day.isoformat()):
                due = say_near(slot.due_at, now)
                yield _(
                    "The digest for {channel}, due {due}, was never planned: look at the bot's log.",
                    channel=channel.id,
                    due=due,
                )


def _stuck(connection: Any, now: datetime, patience: timedelta) -> Iterator[tuple[str, str]]:
    """Find what is still to be sent; yield each alarm with its beginning, where it is of several messages.

    Held and failed messages have had their alarm. A notice has none: it would be one more notice that waits.
    """
    groups: dict[tuple[str, str], list[Delivery]] = {}
    for d in monitoring.stuck(connection, now, patience):
        if d.kind != NOTICE:
            groups.setdefault((d.platform, d.kind), []).append(d)
    for (platform, kind), waiting in groups.items():
        first = waiting[0]
        if len(waiting) == 1:
            what, state = in_words(first, now), first.state
            yield (
                _("{d}, has still not been sent ({state}). See: deliveries {id}.", d=what, state=state, id=first.id),
                "",
            )
            continue
        begins = _("{platform} still has not got what was due ({kind}):", platform=platform, kind=kind)
        due = say_near(min(d.due_at for d in waiting), now)
        yield (
            _("{begins} {n} messages, the first due {due}. See: deliveries.", begins=begins, n=len(waiting), due=due),
            begins,
        )


JOB = Job((KIND,), tend=tend)
