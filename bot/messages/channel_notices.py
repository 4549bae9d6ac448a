"""Notices about a channel: its readers and its level before an answer is shared there, and the welcome to it."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.conversation.reply import Button, Reply
from bot.rules.access.channel_privacy import Destination, level_of
from bot.rules.delivery.delivery import digest_slots
from bot.rules.partnership.partnership import Channel, Partnership
from bot.rules.time.clock import say_near

_SHARED_LEVELS = {0: "Counts alone are shown", 1: "References and counts are shown"}


def shared_with(destination: Destination, channel: Channel, partnership: Partnership) -> Reply:
    """Return one or two sentences to be read before an answer is shared; a refusal where it cannot be."""
    level = level_of(destination)
    if level is None or destination.is_shared is not False:
        text = ("Others than this partnership read this channel, or it cannot be learnt who does: nothing is shared.",)
        return Reply("Not shared", 0, text, status="refused")
    most = partnership.disclosure.threshold
    hidden = (
        f"{_SHARED_LEVELS[min(level, 1)]}; of statistics, counts of 1 to {most} are hidden, and what gives them away."
    )
    return Reply(f"Share with {channel.name}?", 0, (readers(destination), hidden))


def readers(d: Destination) -> str:
    """Describe the privacy of a channel, and count the members that are not entitled."""
    kind = {True: "private", False: "not private", None: "perhaps not private"}[d.is_private]
    if d.members is None:
        return f"The channel is {kind}; who reads there cannot be learnt."
    others = sum(m is not True for m in d.members)
    count = len(d.members)
    people = "1 member" if count == 1 else f"{count} members"
    entitled = "every one listed" if not others else f"{others} of them not listed as entitled"
    return f"The channel is {kind}: {people}, {entitled}."


_LEVELS = {0: "counts alone", 1: "references and counts"}


def first_run(
    destination: Destination,
    channel: Channel | None,
    called: str,
    platform: str,
    partnership: Partnership,
    now: datetime,
    *,
    is_admin: bool,
) -> Reply:
    """Welcome for the person who invited the bot, in private. `called` is the platform's name of the channel."""
    if channel is None:
        return _not_listed(called, platform, partnership, is_admin=is_admin)
    level = level_of(destination)
    if level is None or destination.is_shared is not False:
        lines = ["I will post nothing there: others than this partnership read it, or I cannot learn who does."]
    else:
        areas = ", ".join(partnership.area(a).short for a in channel.areas)
        if len(channel.areas) == len(partnership.areas):
            areas = "the whole county"
        # Within three weeks: no holidays are longer.
        days = (now + timedelta(days=n) for n in range(22))
        found = (
            s.due_at for day in days for s in digest_slots(channel, partnership.calendar(), now, day) if s.due_at > now
        )
        first = next(found, None)
        every = "every day" if channel.digest.days == "every" else "every working day"
        times = f"{every} at {channel.digest.time:%H:%M}{f', next {say_near(first, now)}' if first else ''}"
        lines = [f"I post the digest of {areas} there: {times}."]
        lines.append(f"As it is now it shows {_LEVELS[min(level, 1)]}. {readers(destination)}")
        if level < channel.level:
            lines.append("The partnership file allows references; they need a private channel where all are entitled.")
    return Reply(f"{channel.name}: I am here", 0, tuple(lines), buttons=(Button("Preview it for me", "today"),))


def _not_listed(called: str, platform: str, partnership: Partnership, *, is_admin: bool) -> Reply:
    if not is_admin:
        text = ("This channel is not on the partnership's list, so I say nothing there.", "Ask your administrator.")
        return Reply("Not listed", 0, text)
    lines = (
        "This channel is not on the partnership's list, so I say nothing there.",
        "To have a digest there, write this into the partnership file and start the bot again:",
        "[[channels]]",
        'id = "a-name-of-yours"',
        'name = "What people call it"',
        "level = 0  # counts; 1 is references, in a private channel where everybody is entitled",
        f"areas = [{', '.join(repr(a.id).replace(chr(39), chr(34)) for a in partnership.areas[:1])}]",
        f'platform = "{platform}"',
        f'destination = "{called}"',
        "digest = { time = 08:00:00, cutoff = 12:00:00 }",
    )
    return Reply("Not listed", 0, lines)
