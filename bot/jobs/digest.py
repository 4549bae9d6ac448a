"""Each channel's digest: planned for its slot, made when it is sent, each area in the thread under it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.conversation.outbound import DIGEST_PREVIEW, CannotTell, Message, Platform, Sent
from bot.conversation.reply import Reply
from bot.jobs import alarms, digest_preview
from bot.jobs.job import Composed, Drop, Hold, Job, Ready, Run, thread_of
from bot.messages.digest_post import Lead, Since, became_of, compose_area, compose_lead, signature
from bot.rules.access.channel_privacy import level_of
from bot.rules.access.permissions import Scope
from bot.rules.delivery.delivery import Delivery, Planned, is_late, why_late
from bot.rules.delivery.digest_slots import back_at, slots
from bot.rules.partnership.channels import Channel
from bot.rules.queries.digest_content import Morning, gather
from bot.rules.queries.facts import at_level
from bot.rules.time.clock import at, digest_window, local_day, say_short, to_london
from bot.store.delivery import claims, digest_items, ledger, replicas
from bot.store.queries.facts import StoredFacts

KIND, PART = "digest", "thread"


def plan(run: Run, now: datetime) -> None:
    """One row a channel and local day; what came due while nothing ran is planned too, if only to be missed."""
    with run.writing() as connection:
        since = replicas.newest(connection) or now
        found = [p for channel in run.partnership.channels for p in _planned(run, channel, since, now)]
        ledger.plan(connection, found, now)


def _planned(run: Run, channel: Channel, since: datetime, now: datetime) -> Iterator[Planned]:
    for slot in slots(channel, run.partnership.calendar(), since, now):
        where = (channel.id, channel.platform, channel.destination or channel.id)
        yield Planned(KIND, *where, slot.day.isoformat(), slot.due_at, slot.late_until)


def compose(run: Run, d: Delivery, now: datetime) -> Composed:
    return compose_first(run, d, now) if d.kind == KIND else compose_part(run, d, now)


def compose_first(run: Run, d: Delivery, now: datetime) -> Composed:
    """At the level that the channel has at this moment; nothing where another organisation reads, or might."""
    channel = run.partnership.channel(d.audience)
    if channel is None:
        return Hold("nobody")
    destination = run.platforms[d.platform].describe(d.destination)
    level = level_of(destination)
    if level is None or destination.is_shared is not False:
        return Hold("privacy")
    with run.facts() as facts:
        if level == 0:
            found = Lead(digest_preview.run(facts, run.partnership, channel, now, destination).reply, ())
        else:
            found = lead(run, gather_for(run, facts, channel, Scope(channel.areas), now), channel, d)
    _tell(run, channel, level, found.reply, now)
    return Ready(_message(run, d, labelled(run, d, channel, level, found.reply, now)), found.items)


def lead(run: Run, morning: Morning, channel: Channel, d: Delivery, since: Since | None = None) -> Lead:
    """The first message, as it was when it was sent or as it stands since."""
    back = back_at(run.partnership.calendar(), d.due_at)
    return compose_lead(morning, run.partnership, channel, d.due_at, back, since)


def gather_for(run: Run, facts: StoredFacts, channel: Channel, scope: Scope, now: datetime) -> Morning:
    window = digest_window(now, channel.digest.time)
    return gather(at_level(facts, 1), run.partnership, scope, window, now)


def labelled(run: Run, d: Delivery, channel: Channel, level: int, reply: Reply, now: datetime) -> Reply:
    """What its readers must know before they read: that it is late, or may be a second copy, or says less."""
    said = []
    if is_late(d, now, run.partnership.delivery.late_seconds):
        said.append(f"Sent {to_london(now):%H:%M}, due {to_london(d.due_at):%H:%M}: {why_late(d)}.")
    if d.resolved_by and not run.platforms[d.platform].can_tell:
        said.append("This may repeat an earlier message.")
    if level < channel.level:
        said.append("Counts only: not everybody who reads here is known to be entitled to more.")
    return replace(reply, text=(*said, *reply.text))


def _tell(run: Run, channel: Channel, level: int, reply: Reply, now: datetime) -> None:
    """Administrators hear of what the channel is not told, and why."""
    said = []
    if level < channel.level:
        said.append(f"The digest of {channel.id} had to be cut to counts: look at who reads there, or at its privacy.")
    if reply.status == "failed":
        said.append(f"The digest of {channel.id} gave no figures: no source is recent enough. Ask for sources.")
    with run.writing() as connection:
        for text in said:
            alarms.sound(run, connection, text, now)


def compose_part(run: Run, d: Delivery, now: datetime) -> Composed:
    """One area, under the message that the channel has got."""
    channel, area_id = run.partnership.channel(d.audience), d.slot.partition(":")[2]
    if channel is None or area_id not in channel.areas:
        return Drop("changed")
    area = run.partnership.area(area_id)
    if level_of(run.platforms[d.platform].describe(d.destination)) != 1:
        return Hold("privacy")
    with run.facts() as facts:
        morning = gather_for(run, facts, channel, Scope((area.id,)), now)
        reply = compose_area(morning, run.partnership, area.name, channel)
    return Drop("nothing") if reply is None else Ready(_message(run, d, reply))


def _message(run: Run, d: Delivery, reply: Reply) -> Message:
    return Message(reply, DIGEST_PREVIEW, d.marker, thread_of(run, d))


def sent(run: Run, connection: Any, d: Delivery, ready: Ready | None, now: datetime) -> None:
    """The thread follows: one row an area, so that one that fails repeats nothing else."""
    channel = run.partnership.channel(d.audience)
    if d.kind != KIND or channel is None or channel.level == 0:
        return
    if ready is not None and ready.message.reply.level == 0:
        return
    where = (d.audience, d.platform, d.destination)
    if ready is not None:
        claims.shown(connection, d, digest_of_body=signature(ready.message.reply, None))
    parts = [Planned(PART, *where, f"{d.slot}:{area}", now, d.late_until, d.id) for area in channel.areas]
    ledger.plan(connection, parts, now)


#: Older ones have been closed, or never will be.
RECENT = timedelta(hours=36)


def tend(run: Run, now: datetime) -> None:
    """Every digest with references that has been sent and not closed yet."""
    with run.facts() as facts:
        waiting = claims.to_tend(facts.connection, KIND, now - RECENT)
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
        morning = gather_for(run, facts, channel, Scope(channel.areas), now)
        since = _since(run, facts, d, morning, closing)
    reply = lead(run, morning, channel, d, since).reply
    # As it was when it was sent: that it came late is still so.
    reply = labelled(run, replace(d, attempts=d.attempts - 1), channel, 1, reply, d.sent_at or now)
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
JOB = Job((KIND, PART), compose, plan, tend, sent=sent)
