"""The auditor: work out from the clock and the records what was due, and compare it with the ledger.

It shares nothing with the jobs but the rules of what is due, so that a job that does nothing is noticed: what it
reads, it reads by itself. Reminders are audit_reminders.py's, calls audit_escalations.py's.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from bot.jobs import alarms, audit_escalations, audit_reminders
from bot.jobs.job import Composed, Drop, Job, Run
from bot.rules.delivery.delivery import Delivery, digest_slots, in_words
from bot.rules.delivery.missed_work import ALARMS, alarm, begun_by, looks
from bot.rules.time.clock import say
from bot.store.delivery import ledger, missed_work, replicas
from bot.store.queries import monitoring

KIND = "audit"
DIGEST = "digest"
#: How far back it looks.
DAY = timedelta(hours=24)


def tend(run: Run, now: datetime) -> None:
    """Alarms for what is absent although it was given its time; each once a day."""
    patience = timedelta(minutes=run.partnership.delivery.alarm_minutes)
    with run.reading() as connection:
        last_tick = replicas.newest(connection)
        found = [
            *_digests(run, connection, now, patience),
            # Held and failed messages have been told already.
            *(
                f"{in_words(d)}, has still not been sent ({d.state}). See: deliveries {d.id}."
                for d in monitoring.stuck(connection, now, patience)
            ),
        ]
    if last_tick is None:  # before its first tick nothing was ever due
        return
    if found:
        with run.writing() as connection:
            for text in found:
                alarms.sound(run, connection, text, now)
    if looks(last_tick, now):
        _look_over(run, now, patience)


def _look_over(run: Run, now: datetime, patience: timedelta) -> None:
    """Reminders and calls. Where all of them were planned, as ever, nothing is written."""
    with run.reading() as connection:
        undone = {*audit_reminders.find(run, connection, now), *audit_escalations.find(run, connection, now)}
        if not (undone or missed_work.any_of(connection)):
            return
    with run.writing() as connection:
        missed_work.note(connection, undone, now)
        for noticed in missed_work.since(connection, begun_by(now, patience)):
            alarms.sound(run, connection, alarm(noticed), now, begins=ALARMS[noticed.kind])


def _digests(run: Run, connection: Any, now: datetime, patience: timedelta) -> Iterator[str]:
    """Digests that came due in the last day, and of which the ledger has no row."""
    began = replicas.first(connection)
    for channel in run.partnership.channels:
        for slot in digest_slots(channel, run.partnership.calendar(), now - DAY, now):
            is_owed = began is not None and began <= slot.due_at <= now - patience
            if is_owed and not ledger.has(connection, DIGEST, channel.id, slot.day.isoformat()):
                yield f"The digest for {channel.id}, due {say(slot.due_at)}, was never planned: look at the bot's log."


def compose(run: Run, d: Delivery, now: datetime) -> Composed:
    """It has no messages of its own: administrators are told by notices."""
    return Drop("none")


JOB = Job((KIND,), compose, tend=tend)
