"""The digest of one channel, for the slot that is current at `now`."""

from __future__ import annotations

from datetime import datetime

from bot.facts import Facts
from bot.reply import Reply
from bot.report.digest import compose
from bot.report.morning import gather
from bot.rules.access import Scope
from bot.rules.clock import digest_window
from bot.rules.partnership import Channel, Partnership


def run(facts: Facts, partnership: Partnership, channel: Channel, now: datetime) -> Reply:
    """Window of the last slot (R21), open lists as they stand now, at the channel's privacy level."""
    window = digest_window(now, channel.digest.time)
    morning = gather(facts, partnership, Scope(channel.areas), window, now)
    return compose(morning, partnership, channel.name, channel.level, channel.digest.rows)
