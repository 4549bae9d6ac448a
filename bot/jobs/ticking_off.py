"""Lines of today's digests tick themselves off as they are dealt with, and freeze with a closing count in the evening.

Debounced: at most one change a message in `update_seconds`, and none where nothing reads differently.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.conversation.outbound import DIGEST_PREVIEW, CannotTell, Message, Platform, Sent
from bot.jobs import digest
from bot.jobs.job import Job, Run
from bot.messages.digest_post import Since, became_of, signature
from bot.rules.access.channel_privacy import level_of
from bot.rules.access.permissions import Scope
from bot.rules.delivery.delivery import Delivery
from bot.rules.partnership.channels import Channel
from bot.rules.partnership.working_hours import at
from bot.rules.queries.digest_content import Morning
from bot.rules.time.clock import local_day, say_short
from bot.store.delivery import claims, digest_items
from bot.store.queries.facts import StoredFacts

#: Older ones have been closed, or never will be.
RECENT = timedelta(hours=36)


def tend(run: Run, now: datetime) -> None:
    """Every digest with references that has been sent and not closed yet."""
    with run.facts() as facts:
        waiting = claims.to_tend(facts.connection, digest.KIND, now - RECENT)
    for d in waiting:
        channel = run.partnership.channel(d.audience)
        if channel is not None and channel.level > 0 and _is_time(run, d, now):
            _change(run, d, channel, now)


def _is_time(run: Run, d: Delivery, now: datetime) -> bool:
    last = d.looked_at or d.sent_at or now
    return now - last >= timedelta(seconds=run.partnership.delivery.update_seconds) or _closes(run, d) <= now


def _closes(run: Run, d: Delivery) -> datetime:
    return at(local_day(d.due_at), run.partnership.delivery.close_time)


def _change(run: Run, d: Delivery, channel: Channel, now: datetime) -> None:
    """Put the words of now into the message, if they are others and may still be said there."""
    platform = run.platforms.get(d.platform)
    closing = _closes(run, d) <= now
    if platform is None or d.message_id is None:
        return
    with run.facts() as facts:
        morning = digest.gather_for(run, facts, channel, Scope(channel.areas), now)
        since = _since(run, facts, d, morning, closing)
    reply = digest.lead(run, morning, channel, d, since).reply
    # As it was when it was sent: that it came late is still so.
    reply = digest.labelled(run, replace(d, attempts=d.attempts - 1), channel, 1, reply, d.sent_at or now)
    seen = signature(reply, since)
    if (seen == d.digest_of_body and not closing) or _level(platform, d) != 1:
        with run.writing() as connection:
            claims.shown(connection, d, looked_at=now)
        return
    footer = (*reply.footer, f"{'Closed' if closing else 'Updated'} {say_short(now)}.")
    message = Message(replace(reply, footer=footer), DIGEST_PREVIEW, d.marker)
    if isinstance(platform.update(d.destination, d.message_id, message), Sent):
        _mark(run, d, seen, now, closing)


def _level(platform: Platform, d: Delivery) -> int | None:
    """None too where the platform does not say now: the next look is soon."""
    try:
        return level_of(platform.describe(d.destination))
    except CannotTell:
        return None


def _mark(run: Run, d: Delivery, seen: str, now: datetime, closing: bool) -> None:
    with run.writing() as connection:
        closed = {"closed_at": now} if closing else {}
        claims.shown(connection, d, digest_of_body=seen, looked_at=now, changed_at=now, **closed)
        run.record(connection, f"changed {d.kind}", now, place=d.audience, level=1)


def _since(run: Run, facts: StoredFacts, d: Delivery, m: Morning, closing: bool) -> Since:
    """What it listed, and what became of that."""
    listed = tuple(digest_items.of(facts.connection, d.id))
    channel = run.partnership.channel(d.audience)
    scope = Scope(channel.areas if channel else ())
    episodes = {x.id: x for x in facts.numbered(scope, [number for _, number in listed], m.now)}
    waiting = {i.episode.id: i for i in m.interviews}
    known = tuple(item for item in listed if item[1] in episodes)
    became = {
        item[1]: became_of(item, episodes[item[1]], waiting.get(item[1]), run.partnership, m.now) for item in known
    }
    return Since(known, episodes, {number: said for number, said in became.items() if said is not None}, closing)


#: Digests whole: planned, made and sent (bot.jobs.digest), and tended here.
JOB = Job((digest.KIND, digest.PART), digest.compose, digest.plan, tend, sent=digest.sent)
