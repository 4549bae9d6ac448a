"""Once a day SQLite's file is read from end to end, and administrators hear of what is not whole.

In the tick of one replica, after everything else of it, and on a connection of its own: no writer waits, and a file of
100 MB takes about a second. PostgreSQL does the same by itself where its checksums are on (doctor says whether).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.jobs import alarms
from bot.jobs.job import Composed, Drop, Job, Run
from bot.rules.audit.chain import Entry
from bot.rules.delivery.delivery import Delivery
from bot.rules.delivery.missed_work import looks
from bot.store import audit_chain
from bot.store.backup import integrity
from bot.store.database import sqlite_file
from bot.store.delivery import replicas

KIND = "integrity"
#: A little less than a day, so that it does not wander through the day.
EVERY = timedelta(hours=23, minutes=50)
ALARM = "The database file is damaged:"


def tend(run: Run, now: datetime) -> None:
    file = sqlite_file(run.database)
    if file is None or not _turn(run, now):
        return
    found = integrity.of_file(file)
    if found:
        text = f"{ALARM} SQLite's own check found faults. {integrity.WHAT_TO_DO}. doctor says more."
        with run.writing() as connection:
            alarms.sound(run, connection, text, now)


def _turn(run: Run, now: datetime) -> bool:
    """Take the turn of the day; False where another replica has it. The trail's row keeps two from beginning."""
    with run.reading() as connection:
        last_tick = replicas.newest(connection)
        if last_tick is None or not looks(last_tick, now) or audit_chain.was_recorded(connection, KIND, now - EVERY):
            return False
    with run.writing() as connection:
        audit_chain.take_turn(connection)
        if audit_chain.was_recorded(connection, KIND, now - EVERY):
            return False
        audit_chain.append(
            connection, run.audit_key, Entry(now, KIND, "", "", "database check", "begun", place=run.name)
        )
    return True


def compose(run: Run, d: Delivery, now: datetime) -> Composed:
    """It has no messages of its own: administrators are told by notices."""
    return Drop("none")


JOB = Job((KIND,), compose, tend=tend)
