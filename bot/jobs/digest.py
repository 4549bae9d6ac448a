"""The digest of one channel, for the slot that is current at `now`."""

from __future__ import annotations

from datetime import datetime

from bot.facts import Facts, at_level
from bot.morning import gather
from bot.reply import Reply
from bot.report.digest import compose, compose_counts
from bot.rules.access import Scope
from bot.rules.clock import digest_window
from bot.rules.partnership import Channel, Partnership


def run(facts: Facts, partnership: Partnership, channel: Channel, now: datetime) -> Reply:
    """Window of the last slot (R21), open lists as they stand now; nothing above the channel's level is reached."""
    window, scope = digest_window(now, channel.digest.time), Scope(channel.areas)
    if channel.level == 0:
        return compose_counts(at_level(facts, 0).headline(scope, window, now), channel.name)
    morning = gather(at_level(facts, 1), partnership, scope, window, now)
    return compose(morning, partnership, channel.name, channel.digest.rows)
