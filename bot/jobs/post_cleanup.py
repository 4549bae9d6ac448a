"""Posts of the bot are removed after `retention.posts_days`: chat is not the record.

Looked at once in a quarter of an hour, oldest first; what a platform will not take away is not asked for again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.conversation.outbound import PostRefused, Sent
from bot.jobs.job import Composed, Drop, Job, Run
from bot.rules.delivery.delivery import Delivery
from bot.rules.delivery.missed_work import looks
from bot.store.delivery import ledger, replicas

#: After a longer outage the oldest stay, rather than that a tick reads all there ever was.
FURTHEST = timedelta(days=30)
AT_ONCE = 50


def tend(run: Run, now: datetime) -> None:
    """The parts of a thread before what they stand under."""
    until = now - timedelta(days=run.partnership.retention.posts_days)
    with run.reading() as connection:
        last_tick = replicas.newest(connection)
        if last_tick is None or not looks(last_tick, now):
            return
        old = ledger.to_take_away(connection, until - FURTHEST, until, AT_ONCE)
    for d in old:
        _take_away(run, d, now)


def _take_away(run: Run, d: Delivery, now: datetime) -> None:
    platform = run.platforms.get(d.platform)
    if platform is None or d.message_id is None:
        return
    outcome = platform.delete(d.destination, d.message_id)
    if isinstance(outcome, Sent | PostRefused):
        with run.writing() as connection:
            ledger.shown(connection, d, reason=ledger.TAKEN_AWAY, closed_at=now, next_sweep_at=None)
            run.record(connection, f"removed {d.kind}", now, place=d.audience)


def compose(run: Run, d: Delivery, now: datetime) -> Composed:
    """It has no messages of its own."""
    return Drop("none")


JOB = Job(("tidying",), compose, tend=tend)
