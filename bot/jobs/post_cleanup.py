"""Removal of the bot's posts after `retention.posts_days`: chat is not the record.

It runs once in a quarter of an hour, oldest posts first. Where the platform does not let a post be deleted, its words
are replaced; where it refuses that too, administrators are told and it is not tried again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.conversation.outbound import PREVIEW, Message, PostRefused, Sent
from bot.conversation.reply import Reply
from bot.jobs.job import Job, Run
from bot.rules.catalogue import _
from bot.rules.delivery.missed_work import looks
from bot.rules.delivery.refused import EVERYWHERE
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
        outcome = platform.delete(d.destination, d.message_id)
        if isinstance(outcome, PostRefused):
            outcome = platform.update(d.destination, d.message_id, _emptied(run))
        if not isinstance(outcome, Sent | PostRefused):
            continue
        if isinstance(outcome, PostRefused) and outcome.cause in EVERYWHERE:
            continue  # the token is refused, not the change
        with run.writing() as connection:
            ledger.shown(connection, d, reason=ledger.TAKEN_AWAY, closed_at=now, next_sweep_at=None)
            if isinstance(outcome, Sent):
                run.record(connection, f"removed {d.kind}", now, place=d.audience)
            else:
                past = _("Posts that are older than {posts_days} days", posts_days=run.partnership.retention.posts_days)
                text = _(
                    "{past} cannot be removed from {platform} ({code}): look there, and remove them.",
                    past=past,
                    platform=d.platform,
                    code=outcome.code[:64],
                )
                run.alarm(connection, text, now)


def _emptied(run: Run) -> Message:
    text = _("Removed: this was posted {posts_days} days ago.", posts_days=run.partnership.retention.posts_days)
    return Message(Reply(_("Removed"), 0, (text,)), PREVIEW)


JOB = Job(("tidying",), tend=tend)
