"""One tick: plan what is due, say what was missed, send, look again at what was sent, tend what is shown.

Every engine calls this and nothing else; it may be called at any time, twice, and on any number of replicas.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.jobs import alarms, delivery
from bot.jobs.job import Job, Run
from bot.logs.setup import unexpected
from bot.store.database import DatabaseError, in_plain_words
from bot.store.delivery import replicas

Part = Callable[[Run, datetime], None]


def tick(run: Run, jobs: Sequence[Job], started_at: datetime) -> None:
    """DatabaseError where the database cannot be used: nothing is lost, and the next tick goes on from there."""
    with in_plain_words():
        with run.reading() as connection:
            now = run.clock(connection)
        by_kind = {kind: job for job in jobs for kind in job.kinds}
        for job in jobs:
            _guarded(run, job, job.plan, now)
        delivery.miss_late(run, by_kind)
        delivery.send_due(run, by_kind)
        delivery.look_again(run, by_kind)
        for job in jobs:
            _guarded(run, job, job.tend, now)
        with run.writing() as connection:
            replicas.beat(connection, run.name, started_at, now)


def _guarded(run: Run, job: Job, part: Part, now: datetime) -> None:
    """A mistake in one job must not cost the others their tick; administrators hear of it, and so does the log."""
    try:
        with in_plain_words():
            part(run, now)
    except DatabaseError:
        raise
    except Exception as fault:
        unexpected(fault)
        text = f"The bot could not do its work of the kind {job.kinds[0]!r}: a fault of the program, see its log."
        with run.writing() as connection:
            alarms.sound(run, connection, text, now)
