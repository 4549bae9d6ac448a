"""The auditor: what should have been sent, worked out anew from the clock and the records, against the ledger.

It shares nothing with the jobs but the rules of what is due, so that a job that does nothing is noticed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from bot.jobs import alarms, digests
from bot.jobs.run import Composed, Drop, Job, Run
from bot.rules.clock import say
from bot.rules.delivery import Delivery, in_words
from bot.rules.due import slots
from bot.store import beats, ledger, watching

KIND = "audit"
#: How far back it looks.
DAY = timedelta(hours=24)


def tend(run: Run, now: datetime) -> None:
    """Alarms for what is absent although it was given its time; each once a day."""
    patience = timedelta(minutes=run.partnership.delivery.alarm_minutes)
    with run.reading() as connection:
        ticks = beats.newest(connection)
        found = [*_digests(run, connection, now, patience), *_stuck(connection, now, patience)]
    if ticks is None or not found:  # before its first tick nothing was ever due
        return
    with run.writing() as connection:
        for text in found:
            alarms.sound(run, connection, text, now)


def _digests(run: Run, connection: Any, now: datetime, patience: timedelta) -> Iterator[str]:
    """Digests that came due in the last day, and of which the ledger has no row."""
    began = beats.first(connection)
    for channel in run.partnership.channels:
        for slot in slots(channel, run.partnership.calendar(), now - DAY, now):
            is_owed = began is not None and began <= slot.due_at <= now - patience
            if is_owed and not ledger.has(connection, digests.KIND, channel.id, slot.day.isoformat()):
                yield f"The digest for {channel.id}, due {say(slot.due_at)}, was never planned: look at the bot's log."


def _stuck(connection: Any, now: datetime, patience: timedelta) -> Iterator[str]:
    """Whatever is still to be sent though it was due long ago; what is held or failed has been told already."""
    for d in watching.stuck(connection, now, patience):
        yield f"{in_words(d)}, has still not been sent ({d.state}). See: deliveries {d.id}."


def compose(run: Run, d: Delivery, now: datetime) -> Composed:
    """It has no messages of its own: administrators are told by notices."""
    return Drop("none")


JOB = Job((KIND,), compose, tend=tend)
