"""What is said when the bot is invited into a channel: what it will post there, when, at which level; or what to do."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.conversation.reply import Button, Reply
from bot.messages.share_notice import readers
from bot.rules.access.channel_privacy import Destination, level_of
from bot.rules.delivery.digest_slots import slots
from bot.rules.partnership.channels import Channel
from bot.rules.partnership.partnership import Partnership
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
        lines = [f"I post the digest of {_areas(channel, partnership)} there: {_when(channel, partnership, now)}."]
        lines.append(f"As it is now it shows {_LEVELS[min(level, 1)]}. {readers(destination)}")
        if level < channel.level:
            lines.append("The partnership file allows references; they need a private channel where all are entitled.")
    return Reply(f"{channel.name}: I am here", 0, tuple(lines), buttons=(Button("Preview it for me", "today"),))


def _areas(channel: Channel, partnership: Partnership) -> str:
    every = len(channel.areas) == len(partnership.areas)
    return "the whole county" if every else ", ".join(partnership.area(a).name for a in channel.areas)


def _when(channel: Channel, partnership: Partnership, now: datetime) -> str:
    days = "every day" if channel.digest.days == "every" else "every working day"
    first = _next(channel, partnership, now)
    following = f", next {say(first)}" if first else ""
    return f"{days} at {channel.digest.time:%H:%M}{following}"


def _next(channel: Channel, partnership: Partnership, now: datetime) -> datetime | None:
    """Within three weeks: no holidays are longer."""
    days = (now + timedelta(days=n) for n in range(22))
    found = (s.due_at for day in days for s in slots(channel, partnership.calendar(), now, day) if s.due_at > now)
    return next(found, None)


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
