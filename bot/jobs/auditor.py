"""The auditor: work out from the clock and the records what was due, and compare it with the ledger.

It shares nothing with the jobs but the rules of what is due, and reads everything by itself, so that a job that does
nothing is noticed. Reminders are in audit_reminders.py, calls in audit_escalations.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from bot.jobs import audit_escalations, audit_reminders
from bot.jobs.job import Job, Run
from bot.rules.catalogue import _
from bot.rules.delivery.delivery import digest_slots, in_words
from bot.rules.delivery.missed_work import ALARMS, JITTER, looks
from bot.rules.time.clock import say_near
from bot.store.delivery import ledger, missed_work, replicas
from bot.store.queries import monitoring

KIND = "audit"
DIGEST = "digest"
#: Digests are looked for so far back.
DAY = timedelta(hours=24)


def tend(run: Run, now: datetime) -> None:
    """Raise an alarm for each message or call that is absent although it was given its time; each once a day."""
    patience = timedelta(minutes=run.partnership.delivery.alarm_minutes)
    with run.reading() as connection:
        last_tick = replicas.newest(connection)
        found = [
            *_digests(run, connection, now, patience),
            # Held and failed messages have had their alarm.
            *(
                _(
                    "{d}, has still not been sent ({state}). See: deliveries {id}.",
                    d=in_words(d, now),
                    state=d.state,
                    id=d.id,
                )
                for d in monitoring.stuck(connection, now, patience)
            ),
        ]
    if last_tick is None:  # before the first tick nothing was due
        return
    if found:
        with run.writing() as connection:
            for text in found:
                run.alarm(connection, text, now)
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


JOB = Job((KIND,), tend=tend)
