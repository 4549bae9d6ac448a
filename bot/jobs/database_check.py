"""The daily check of SQLite's file, read from end to end; administrators are alarmed when it is damaged.

It runs beside the ticks of one replica, on a connection of its own: no writer and no call waits. A file of 100 MB takes
about a second, and minutes where the machine is busy. PostgreSQL does the same by itself where its checksums are on
(doctor reports it).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from bot.jobs.job import Job, Run
from bot.rules.audit.chain import Entry
from bot.rules.catalogue import _
from bot.rules.delivery.missed_work import looks
from bot.store import audit_chain
from bot.store.backup import integrity
from bot.store.database import sqlite_file
from bot.store.delivery import replicas

KIND = "integrity"
#: A little less than a day, so that its hour does not move through the day.
EVERY = timedelta(hours=23, minutes=50)
ALARM = _("The database file is damaged:")


def tend(run: Run, now: datetime) -> None:
    """Check the file where this replica takes the turn of the day; the trail's row keeps two from beginning."""
    file = sqlite_file(run.database)
    if file is None:
        return
    with run.reading() as connection:
        last_tick = replicas.newest(connection)
        if last_tick is None or not looks(last_tick, now) or audit_chain.was_recorded(connection, KIND, now - EVERY):
            return
    with run.writing() as connection:
        audit_chain.take_turn(connection)
        if audit_chain.was_recorded(connection, KIND, now - EVERY):
            return
        entry = Entry(now, KIND, "", "", "database check", "begun", place=run.name)
        audit_chain.append(connection, run.audit_key, entry)
    run.beside(partial(_check, run, file))


def _check(run: Run, file: Path) -> None:
    if integrity.of_file(file):
        text = _(
            "{alarm} SQLite's own check found faults. {what_to_do}. doctor says more.",
            alarm=ALARM,
            what_to_do=integrity.WHAT_TO_DO,
        )
        with run.writing() as connection:
            run.alarm(connection, text, run.clock(connection))


JOB = Job((KIND,), tend=tend)
