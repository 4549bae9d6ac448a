"""The welcome to a channel: the digest, its times and its level there; or the lines that list the channel."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.conversation.reply import Button, Reply
from bot.messages.share_notice import readers
from bot.rules.access.channel_privacy import Destination, level_of
from bot.rules.delivery.delivery import digest_slots
from bot.rules.partnership.partnership import Channel, Partnership
from bot.rules.time.clock import say

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
    """To whoever invited it, in private. `called` is what the platform calls the channel."""
    if channel is None:
        return _not_listed(called, platform, partnership, is_admin=is_admin)
    level = level_of(destination)
    if level is None or destination.is_shared is not False:
        lines = ["I will post nothing there: others than this partnership read it, or I cannot learn who does."]
    else:
        areas = ", ".join(partnership.area(a).name for a in channel.areas)
        if len(channel.areas) == len(partnership.areas):
            areas = "the whole county"
        # Within three weeks: no holidays are longer.
        days = (now + timedelta(days=n) for n in range(22))
        found = (
            s.due_at for day in days for s in digest_slots(channel, partnership.calendar(), now, day) if s.due_at > now
        )
        first = next(found, None)
        every = "every day" if channel.digest.days == "every" else "every working day"
        times = f"{every} at {channel.digest.time:%H:%M}{f', next {say(first)}' if first else ''}"
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
