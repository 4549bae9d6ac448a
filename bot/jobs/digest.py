"""The digest of each channel: planned for its slot, composed when it is sent, updated through the day until it closes.

The first message carries what is to be done first; each area follows as a part of its thread (chat.md §4.2).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.conversation.outbound import DIGEST_PREVIEW, CannotTell, Message, Sent
from bot.conversation.privacy_guard import Released, release
from bot.conversation.reply import Reply
from bot.jobs.job import Composed, Drop, Hold, Job, Ready, Run, level_now, thread_of
from bot.messages import digest as view
from bot.rules.access.channel_privacy import Destination, level_of
from bot.rules.access.permissions import Scope
from bot.rules.delivery.delivery import Delivery, Planned, back_at, digest_slots, is_late, why_late
from bot.rules.partnership.partnership import Channel, Partnership
from bot.rules.queries.digest_content import Morning, gather
from bot.rules.queries.facts import Facts, at_level
from bot.rules.time.clock import at, digest_window, local_day, say_short, to_london
from bot.store.delivery import ledger, replicas
from bot.store.queries.facts import StoredFacts

KIND, PART = "digest", "thread"
#: Digests sent before this are not updated any more: they have been closed, or never will be.
RECENT = timedelta(hours=36)


def plan(run: Run, now: datetime) -> None:
    """Plan one row a channel and local day, also for slots that came due while no replica ran: those become missed."""
    with run.writing() as connection:
        since = replicas.newest(connection) or now
        found = [
            Planned(
                KIND,
                channel.id,
                channel.platform,
                channel.destination or channel.id,
                slot.day.isoformat(),
                slot.due_at,
                slot.late_until,
            )
            for channel in run.partnership.channels
            for slot in digest_slots(channel, run.partnership.calendar(), since, now)
        ]
        ledger.plan(connection, found, now)


def compose(run: Run, d: Delivery, now: datetime) -> Composed:
    """Compose the first message at the level that the channel has at this moment, or one area of its thread.

    Held where another organisation reads the channel, or where that is not known. Administrators are alarmed when the
    channel is shown less than its file allows, and when no source is recent enough for figures.
    """
    if d.kind == PART:
        return _compose_part(run, d, now)
    channel = run.partnership.channel(d.audience)
    if channel is None:
        return Hold("nobody")
    destination = run.platforms[d.platform].describe(d.destination)
    level = level_of(destination)
    if level is None or destination.is_shared is not False:
        return Hold("privacy")
    with run.facts() as facts:
        if level == 0:
            found = view.Lead(preview(facts, run.partnership, channel, now, destination).reply, ())
        else:
            found = _lead(run, _gather(run, facts, channel, Scope(channel.areas), now), channel, d)
    faults = []
    if level < channel.level:
        faults.append(
            f"The digest of {channel.id} had to be cut to counts: look at who reads there, or at its privacy."
        )
    if found.reply.status == "failed":
        faults.append(f"The digest of {channel.id} gave no figures: no source is recent enough. Ask for sources.")
    with run.writing() as connection:
        for fault in faults:
            run.alarm(connection, fault, now)
    return Ready(_message(run, d, _labelled(run, d, channel, level, found.reply, now)), found.items)


def _compose_part(run: Run, d: Delivery, now: datetime) -> Composed:
    """Compose one area, under the first message."""
    channel, area_id = run.partnership.channel(d.audience), d.slot.partition(":")[2]
    if channel is None or area_id not in channel.areas:
        return Drop("changed")
    area = run.partnership.area(area_id)
    if level_now(run, d) != 1:
        return Hold("privacy")
    with run.facts() as facts:
        morning = _gather(run, facts, channel, Scope((area.id,)), now)
        reply = view.compose_area(morning, run.partnership, area.name, channel)
    return Drop("nothing") if reply is None else Ready(_message(run, d, reply))


def sent(run: Run, connection: Any, d: Delivery, ready: Ready | None, now: datetime) -> None:
    """Plan the thread, one row an area: an area that fails repeats no other."""
    channel = run.partnership.channel(d.audience)
    if d.kind != KIND or channel is None or channel.level == 0:
        return
    if ready is not None and ready.message.reply.level == 0:
        return
    where = (d.audience, d.platform, d.destination)
    if ready is not None:
        ledger.shown(connection, d, digest_of_body=view.signature(ready.message.reply, None))
    parts = [Planned(PART, *where, f"{d.slot}:{area}", now, d.late_until, d.id) for area in channel.areas]
    ledger.plan(connection, parts, now)


def tend(run: Run, now: datetime) -> None:
    """Update each digest with references every `update_seconds`, and close it at the partnership's closing time."""
    with run.facts() as facts:
        waiting = ledger.to_tend(facts.connection, KIND, now - RECENT)
    delivery = run.partnership.delivery
    for d in waiting:
        channel = run.partnership.channel(d.audience)
        if channel is None or channel.level == 0:
            continue
        closing = at(local_day(d.due_at), delivery.close_time) <= now
        last = d.looked_at or d.sent_at or now
        if closing or now - last >= timedelta(seconds=delivery.update_seconds):
            _update(run, d, channel, now, closing)


def _update(run: Run, d: Delivery, channel: Channel, now: datetime, closing: bool) -> None:
    """Change the posted message where its words are others by now and may still be shown there."""
    platform = run.platforms.get(d.platform)
    if platform is None or d.message_id is None:
        return
    with run.facts() as facts:
        scope = Scope(channel.areas)
        morning = _gather(run, facts, channel, scope, now)
        listed = ledger.of(facts.connection, d.id)
        episodes = {x.id: x for x in facts.numbered(scope, [number for _, number in listed], now)}
    items = tuple(item for item in listed if item[1] in episodes)
    waiting = {i.episode.id: i for i in morning.interviews}
    became = {
        item[1]: view.became_of(item, episodes[item[1]], waiting.get(item[1]), run.partnership, now) for item in items
    }
    done = {number: words for number, words in became.items() if words is not None}
    since = view.Since(items, episodes, done, closing)
    reply = _lead(run, morning, channel, d, since).reply
    # Labelled as when it was sent: a digest that came late still says so.
    reply = _labelled(run, replace(d, attempts=d.attempts - 1), channel, 1, reply, d.sent_at or now)
    signature = view.signature(reply, since)
    try:
        is_wanted = (closing or signature != d.digest_of_body) and level_now(run, d) == 1
    except CannotTell:
        is_wanted = False  # the next look is soon
    if not is_wanted:
        with run.writing() as connection:
            ledger.shown(connection, d, looked_at=now)
        return
    footer = (*reply.footer, f"{'Closed' if closing else 'Updated'} {say_short(now)}.")
    message = Message(replace(reply, footer=footer), DIGEST_PREVIEW, d.marker)
    if isinstance(platform.update(d.destination, d.message_id, message), Sent):
        with run.writing() as connection:
            closed = {"closed_at": now} if closing else {}
            ledger.shown(connection, d, digest_of_body=signature, looked_at=now, changed_at=now, **closed)
            run.record(connection, f"changed {d.kind}", now, place=d.audience, level=1)


def preview(
    facts: Facts, partnership: Partnership, channel: Channel, now: datetime, destination: Destination | None = None
) -> Released:
    """Return the whole digest of the window of the last slot (R21), at the level of its destination at this moment.

    `destination` is the channel as its platform describes it; without one, the terminal of an operator. Facts above
    the level are not read.
    """
    level = level_of(destination or on_the_terminal(channel))
    window, scope = digest_window(now, channel.digest.time), Scope(channel.areas)
    if level:
        morning = gather(at_level(facts, 1), partnership, scope, window, now)
        reply = view.compose(morning, partnership, channel.name, channel.digest.rows)
    else:
        headline = at_level(facts, 0).headline(scope, window, now)
        reply = view.compose_counts(headline, channel.name, partnership.disclosure.threshold)
    return release(reply, level, partnership)


def on_the_terminal(channel: Channel) -> Destination:
    """Return the terminal as a destination of a channel's digest: read by one operator, whom the server let in."""
    return Destination("channel", channel.level, is_private=True, is_shared=False, members=(True,))


def _gather(run: Run, facts: StoredFacts, channel: Channel, scope: Scope, now: datetime) -> Morning:
    window = digest_window(now, channel.digest.time)
    return gather(at_level(facts, 1), run.partnership, scope, window, now)


def _lead(run: Run, morning: Morning, channel: Channel, d: Delivery, since: view.Since | None = None) -> view.Lead:
    """Return the first message as it was when it was sent, or with its changes since."""
    back = back_at(run.partnership.calendar(), d.due_at)
    return view.compose_lead(morning, run.partnership, channel, d.due_at, back, since)


def _labelled(run: Run, d: Delivery, channel: Channel, level: int, reply: Reply, now: datetime) -> Reply:
    """Put first that the digest is late, may be a second copy, or shows less than the channel's file allows."""
    labels = []
    if is_late(d, now, run.partnership.delivery.late_seconds):
        labels.append(f"Sent {to_london(now):%H:%M}, due {to_london(d.due_at):%H:%M}: {why_late(d)}.")
    if d.resolved_by and not run.platforms[d.platform].can_tell:
        labels.append("This may repeat an earlier message.")
    if level < channel.level:
        labels.append("Counts only: not everybody who reads here is known to be entitled to more.")
    return replace(reply, text=(*labels, *reply.text))


def _message(run: Run, d: Delivery, reply: Reply) -> Message:
    return Message(reply, DIGEST_PREVIEW, d.marker, thread_of(run, d))


JOB = Job((KIND, PART), compose, plan, tend, sent=sent)
