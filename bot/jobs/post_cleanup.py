"""Removal of the bot's posts after `retention.posts_days`: chat is not the record.

It runs once in a quarter of an hour, oldest posts first; a removal that the platform refuses is not repeated.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.conversation.outbound import PostRefused, Sent
from bot.jobs.job import Job, Run
from bot.rules.delivery.missed_work import looks
from bot.store.delivery import ledger, posted_digests, replicas

#: After a longer outage the oldest posts stay: no tick may read the whole history.
FURTHEST = timedelta(days=30)
AT_ONCE = 50


def tend(run: Run, now: datetime) -> None:
    """Remove old posts, the parts of a thread before its first message."""
    until = now - timedelta(days=run.partnership.retention.posts_days)
    with run.reading() as connection:
        last_tick = replicas.newest(connection)
        if last_tick is None or not looks(last_tick, now):
            return
        old = ledger.to_take_away(connection, until - FURTHEST, until, AT_ONCE)
    with run.writing() as connection:
        posted_digests.forget(connection, until)
    for d in old:
        platform = run.platforms.get(d.platform)
        if platform is None or d.message_id is None:
            continue
        if isinstance(platform.delete(d.destination, d.message_id), Sent | PostRefused):
            with run.writing() as connection:
                ledger.shown(connection, d, reason=ledger.TAKEN_AWAY, closed_at=now, next_sweep_at=None)
                run.record(connection, f"removed {d.kind}", now, place=d.audience)


JOB = Job(("tidying",), tend=tend)
