"""The digest of each channel: planned for its slot, composed when it is sent, updated until it closes.

It is a record: the counts, window and time of the morning stay, changes stand beside them, corrections are said.

The first message carries what is to be done first; each area follows as a part of its thread, and in the evening a
reply that closes it, which the channel shows too.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from bot.conversation.outbound import DIGEST_PREVIEW, CannotTell, Message, Outcome, PostRefused, Sent
from bot.conversation.privacy_guard import Released, release
from bot.conversation.reply import Reply
from bot.conversation.shortened import in_some_form
from bot.jobs.job import Composed, Drop, Hold, Job, Ready, Run, level_now, thread_of
from bot.messages import digest as whole
from bot.messages import digest_posts as view
from bot.rules.access.channel_privacy import Destination, level_of
from bot.rules.access.permissions import Scope
from bot.rules.catalogue import _
from bot.rules.delivery import refused
from bot.rules.delivery.delivery import (
    MAY_REPEAT,
    Delivery,
    Planned,
    back_at,
    digest_slots,
    in_words,
    is_late,
    why_late,
)
from bot.rules.delivery.missed_work import looks
from bot.rules.delivery.posted_digest import Posted
from bot.rules.delivery.refused import whole as whole_of
from bot.rules.partnership.partnership import Channel, Partnership
from bot.rules.queries.digest_content import Morning, gather, headline
from bot.rules.queries.facts import Facts, at_level
from bot.rules.time.clock import at, digest_window, local_day, say_short, say_time
from bot.store.delivery import ledger, posted_digests, replicas
from bot.store.queries.facts import StoredFacts

KIND, PART, CLOSE = "digest", "thread", "close"
#: Digests sent before this are not updated any more: they have been closed, or never will be.
RECENT = timedelta(hours=36)
#: The reply that closes a digest is worth nothing after this.
CLOSE_WITHIN = timedelta(hours=4)
#: How often the platform is asked who reads the posts with references.
READERS = timedelta(minutes=5)


def plan(run: Run, now: datetime) -> None:
    """Plan one row a channel and local day, also for slots that came due while no replica ran: those become missed."""
    with run.writing() as connection:
        since = replicas.newest_sure(connection) or now
        found = [
            Planned(
                KIND,
                channel.id,
                channel.platform,
                channel.address,
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
    if d.kind in _OTHERS:
        return _OTHERS[d.kind](run, d, now)
    channel = run.partnership.channel(d.audience)
    if channel is None:
        return Hold("nobody")
    destination = run.platforms[d.platform].describe(d.destination)
    level = level_of(destination)
    if level is None or destination.is_shared is not False:
        return Hold("privacy")
    with run.facts() as facts:
        found = _lead(run, facts, channel, level, d.due_at, now)
    faults = []
    if level < channel.level:
        faults.append(_cut(d, channel, destination))
    if found.reply.status == "failed":
        faults.append(
            _(
                "The digest of {channel} gave no figures: no source is recent enough. Ask for sources.",
                channel=channel.id,
            )
        )
    with run.writing() as connection:
        for fault in faults:
            run.alarm(connection, fault, now)
    reply = _labelled(run, d, channel, level, found.reply, now)
    return Ready(_message(run, d, reply), Posted(reply.text, reply.footer, found.lines, level=1 if level else 0))


def _cut(d: Delivery, channel: Channel, destination: Destination) -> str:
    """Write the alarm of a digest that is shown less than its file allows: one for all that want a permission."""
    if destination.lacks:
        return _(
            "Digests are cut to counts: {platform} does not say who reads them, because {why}. To do: {do}.",
            platform=d.platform,
            why=refused.why("permission", destination.lacks),
            do=refused.REMEDIES["permission"],
        )
    return _(
        "The digest of {channel} had to be cut to counts: look at who reads there, or at its privacy.",
        channel=channel.id,
    )


def _lead(run: Run, facts: StoredFacts, channel: Channel, level: int, due_at: datetime, now: datetime) -> view.Lead:
    """Compose the first message of the slot that was due then: with references, or with counts alone."""
    morning = _gather(run, facts, channel, Scope(channel.areas), now)
    if level:
        back = back_at(run.partnership.calendar(), due_at)
        return view.compose_lead(morning, run.partnership, channel, due_at, back)
    reply = whole.compose_counts(headline(morning), channel.name, run.partnership.disclosure.threshold)
    lines = view.counted_alone(morning) if reply.status == "ok" else ()
    return view.Lead(replace(reply, title=whole.lead_title(channel.name, due_at)), lines)


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
        part = view.compose_area(morning, run.partnership, area.short, channel)
    if part is None:
        return Drop("nothing")
    return Ready(_message(run, d, part.reply), Posted(part.reply.text, (), part.lines))


def _compose_close(run: Run, d: Delivery, now: datetime) -> Composed:
    """Compose the reply that closes a digest, from the digest as it is shown in the evening."""
    channel = run.partnership.channel(d.audience)
    if channel is None or d.parent_id is None:
        return Drop("changed")
    with run.facts() as facts:
        parent, posted = facts.delivery(d.parent_id), posted_digests.read(facts.connection, d.parent_id)
        if parent is None or posted is None or posted.level == 0:
            return Drop("nothing")
        reply = view.closing(posted, _gather(run, facts, channel, Scope(channel.areas), now), parent.due_at)
    return Ready(replace(_message(run, d, reply), aloud=True))


_OTHERS = {PART: _compose_part, CLOSE: _compose_close}


def sent(run: Run, connection: Any, d: Delivery, ready: Ready | None, now: datetime) -> None:
    """Plan the thread, one row an area: an area that fails repeats no other."""
    if ready is not None and ready.posted is not None and d.kind in (KIND, PART):
        ledger.shown(connection, d, digest_of_body=view.signature(ready.posted))
    channel = run.partnership.channel(d.audience)
    if d.kind != KIND or channel is None or channel.level == 0:
        return
    if ready is not None and ready.message.reply.level == 0:
        return
    if ready is None and d.look_since is not None and d.late_until is not None and now > d.late_until:
        return  # sent before a restore, with its parts: none is worth anything now
    where = (d.audience, d.platform, d.destination)
    parts = [Planned(PART, *where, f"{d.slot}:{area}", now, d.late_until, d.id) for area in channel.areas]
    ledger.plan(connection, parts, now)


def tend(run: Run, now: datetime) -> None:
    """Take out lines that were corrected, update each digest of today every `update_seconds`, and close it."""
    _correct(run, now)
    with run.facts() as facts:
        waiting = ledger.to_tend(facts.connection, KIND, now - RECENT)
    delivery = run.partnership.delivery
    for d in waiting:
        channel = run.partnership.channel(d.audience)
        if channel is None or channel.level == 0:
            continue
        if local_day(d.due_at) != local_day(now):
            # Nothing was running at its closing time. It stays as it was last shown: this is another day.
            with run.writing() as connection:
                ledger.shown(connection, d, closed_at=now)
            continue
        closing = at(local_day(d.due_at), delivery.close_time) <= now
        last = d.looked_at or d.sent_at or now
        if closing or now - last >= timedelta(seconds=delivery.update_seconds):
            _update(run, d, channel, now, closing)


def _update(run: Run, d: Delivery, channel: Channel, now: datetime, closing: bool) -> None:
    """Change the posted messages whose lines are others by now, where they may still be shown; then close the digest.

    The facts of the whole channel are gathered once: for the first message and each part of its thread.
    """
    if run.platforms.get(d.platform) is None or d.message_id is None:
        return
    with run.facts() as facts:
        parts = ledger.parts_of(facts.connection, d.id, PART)
        shown = [(each, posted_digests.read(facts.connection, each.id)) for each in (d, *parts)]
        kept = [(each, posted) for each, posted in shown if posted is not None and posted.level]
        numbers = sorted({x.number for _, posted in kept for x in posted.lines if x.number > 0})
        if kept:
            scope = Scope(channel.areas)
            morning = _gather(run, facts, channel, scope, now)
            episodes = {x.id: x for x in facts.numbered(scope, numbers, now)}
    try:
        may_stay = bool(kept) and level_now(run, d) == 1
    except CannotTell:
        may_stay = False  # the next look is soon
    if may_stay:
        looked_at = _("{closed} {now}.", closed=_("Closed") if closing else _("Updated"), now=say_short(now))
        for each, before in kept:
            change = view.changed if each.kind == KIND else view.changed_part
            posted = change(before, morning, episodes, run.partnership)
            if view.signature(posted) != each.digest_of_body or (closing and each.kind == KIND):
                _show(run, each, posted, looked_at, now)
    with run.writing() as connection:
        ledger.shown(connection, d, looked_at=now, **({"closed_at": now} if closing and may_stay else {}))
        if closing and may_stay:
            where = (d.audience, d.platform, d.destination)
            until = now + CLOSE_WITHIN
            ledger.plan(connection, [Planned(CLOSE, *where, d.slot, now, until, d.id)], now)


def _show(run: Run, d: Delivery, posted: Posted, looked_at: str, now: datetime) -> None:
    """Show a post as it is now; what it shows is kept once it does."""
    title = _title_of(run, d)
    reply = view.as_posted(posted, title, d.due_at, looked_at) if d.kind == KIND else view.as_part(posted, title)
    platform, number = run.platforms[d.platform], str(d.message_id)
    outcome = in_some_form(_message(run, d, reply), whole_of(d.kind), partial(platform.update, d.destination, number))
    if isinstance(outcome, Sent):
        with run.writing() as connection:
            ledger.shown(connection, d, digest_of_body=view.signature(posted), changed_at=now)
            posted_digests.keep(connection, d.id, posted)
            run.record(connection, f"changed {d.kind}", now, place=d.audience, level=1)


def _correct(run: Run, now: datetime) -> None:
    """Take out of every digest that is still posted the lines that are true no more, and say so in it.

    Where by now somebody reads there who is not entitled to references, all of them go. Each place is asked once.
    """
    corrected, places = _to_look_at(run, now)
    for (platform, _unused), posts in places.items():
        if platform not in run.platforms:
            continue
        try:
            level = level_now(run, posts[0])
        except CannotTell:
            continue  # the next look is soon
        for d in posts:
            if d.id in corrected or level != 1:
                _bring_down(run, d, level, now)


def _to_look_at(run: Run, now: datetime) -> tuple[set[int], dict[tuple[str, str], list[Delivery]]]:
    """Return the numbers of posts with something to take out, and by place those and the posts with references."""
    areas = {channel.id: channel.areas for channel in run.partnership.channels}
    with run.reading() as connection:
        is_untrue = bool(posted_digests.corrected(connection, areas))
        last_tick = replicas.newest(connection)
    if is_untrue:
        with run.writing() as connection:
            posted_digests.take_out_corrected(connection, areas)
    with run.reading() as connection:
        waiting = {d.id: d for d in posted_digests.to_correct(connection)}
        corrected = set(waiting)
        if last_tick is None or looks(last_tick, now, READERS):
            waiting |= {d.id: d for d in posted_digests.with_references(connection)}
    places: dict[tuple[str, str], list[Delivery]] = {}
    for d in waiting.values():
        places.setdefault((d.platform, d.destination), []).append(d)
    return corrected, places


def _bring_down(run: Run, d: Delivery, level: int | None, now: datetime) -> None:
    """Show a post without what was corrected, and without references where none may be read; else leave it."""
    with run.reading() as connection:
        before = posted_digests.read(connection, d.id)
    if before is None:
        return
    posted, title = view.without(before, now), _title_of(run, d)
    may_stay = before.level == 0 or level == 1
    if may_stay and posted == before:
        return
    if before.level == 0:
        shown, reply = posted, view.counts_corrected(title, posted, d.due_at)
        if before.corrected_at is not None:  # it says so already: how often, would tell how many
            with run.writing() as connection:
                posted_digests.keep(connection, d.id, shown)
            return
    elif not may_stay:
        shown, reply = view.references_taken_away(title, posted, d.due_at)
    elif d.kind == PART:  # its words are not kept
        shown, reply = view.part_taken_away(title, posted, d.due_at)
    else:
        looked_at = _("Updated {now}.", now=say_short(now))
        shown, reply = posted, view.as_posted(posted, title, d.due_at, looked_at)
    platform = run.platforms[d.platform]
    outcome = platform.update(d.destination, str(d.message_id), _message(run, d, reply))
    _note_correction(run, d, shown, reply, outcome, now)


def _title_of(run: Run, d: Delivery) -> str:
    """Return the title of a post, also of a channel or an area that the partnership file has no more."""
    channel, area = run.partnership.channel(d.audience), d.slot.partition(":")[2]
    if d.kind == PART:
        return next((a.short for a in run.partnership.areas if a.id == area), area)
    return whole.lead_title(channel.name if channel else d.audience, d.due_at)


def _note_correction(run: Run, d: Delivery, shown: Posted, reply: Reply, outcome: Outcome, now: datetime) -> None:
    """Record a correction; one of which nobody knows whether it arrived is tried again."""
    if not isinstance(outcome, Sent | PostRefused):
        return
    with run.writing() as connection:
        posted_digests.keep(connection, d.id, shown)
        if isinstance(outcome, Sent):
            ledger.shown(connection, d, changed_at=now)
            run.record(connection, f"changed {d.kind}", now, place=d.audience, level=reply.level)
        else:
            run.alarm(connection, _not_changed(d, shown, now), now)


def _not_changed(d: Delivery, shown: Posted, now: datetime) -> str:
    """Write an alarm that a post stays as it is: one for all posts of a channel whose readers are others by now."""
    if all(x.removed_at != now for x in shown.lines):
        what = _("References are posted in {audience} that not everybody who reads there may see", audience=d.audience)
        return _("{what}, and the platform does not let me change them. Remove the digests there.", what=what)
    what = _("{d}: something in it must not stand there", d=in_words(d, now))
    return _("{what}, and the platform does not let me change it. Remove it there.", what=what)


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
        reply = whole.compose(morning, partnership, channel.name, channel.digest.rows)
    else:
        headline = at_level(facts, 0).headline(scope, window, now)
        reply = whole.compose_counts(headline, channel.name, partnership.disclosure.threshold)
    return release(reply, level, partnership)


def preview_lead(run: Run, channel: Channel, now: datetime) -> Reply:
    """Return the first message of the last slot as its channel would be sent it now; nothing is planned or written."""
    level = level_of(on_the_terminal(channel)) or 0
    with run.facts() as facts:
        found = _lead(run, facts, channel, level, digest_window(now, channel.digest.time)[1], now)
    return release(found.reply, level, run.partnership).reply


def on_the_terminal(channel: Channel) -> Destination:
    """Return the terminal as a destination of a channel's digest: read by one operator, whom the server let in."""
    return Destination("channel", channel.level, is_private=True, is_shared=False, members=(True,))


def _gather(run: Run, facts: StoredFacts, channel: Channel, scope: Scope, now: datetime) -> Morning:
    window = digest_window(now, channel.digest.time)
    return gather(at_level(facts, 1), run.partnership, scope, window, now, named=Scope(channel.areas))


def _labelled(run: Run, d: Delivery, channel: Channel, level: int, reply: Reply, now: datetime) -> Reply:
    """Put first that the digest is late, may be a second copy, or shows less than the channel's file allows."""
    labels = []
    if is_late(d, now, run.partnership.delivery.late_seconds):
        why = why_late(d)
        labels.append(
            _(
                "Sent {time}, due {time2}{why}.",
                time=say_time(now),
                time2=say_time(d.due_at),
                why=f": {why}" if why else "",
            )
        )
    if d.resolved_by and not run.platforms[d.platform].can_tell:
        labels.append(MAY_REPEAT)
    if level < channel.level:
        labels.append(_("Counts only: not everybody who reads here is known to be entitled to more."))
    return replace(reply, text=(*labels, *reply.text))


def _message(run: Run, d: Delivery, reply: Reply) -> Message:
    return Message(reply, DIGEST_PREVIEW, d.marker, thread_of(run, d))


JOB = Job((KIND, PART, CLOSE), compose, plan, tend, sent=sent)
