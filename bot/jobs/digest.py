"""The digest of one channel, for the slot that is current at `now`."""

from __future__ import annotations

from datetime import datetime

from bot.facts import Facts, at_level
from bot.gate import Released, release
from bot.morning import gather
from bot.reply import Reply
from bot.report.digest import compose, compose_counts
from bot.rules.access import Scope
from bot.rules.clock import digest_window
from bot.rules.destination import Destination, level_of
from bot.rules.partnership import Partnership
from bot.rules.posting import Channel


def run(
    facts: Facts, partnership: Partnership, channel: Channel, now: datetime, destination: Destination | None = None
) -> Released:
    """Window of the last slot (R21), open lists as they stand now, at the level the channel has at this moment.

    `destination` is the channel as its platform describes it; without one it is the terminal of an operator.
    """
    level = level_of(destination or on_the_terminal(channel))
    return release(_compose(facts, partnership, channel, now, level or 0), level, partnership)


def on_the_terminal(channel: Channel) -> Destination:
    """Where a channel's digest is looked at beforehand: by one operator, whom the server's own access let in."""
    return Destination("channel", channel.level, is_private=True, is_shared=False, members=(True,))


def _compose(facts: Facts, partnership: Partnership, channel: Channel, now: datetime, level: int) -> Reply:
    """Nothing above the level is reached."""
    window, scope = digest_window(now, channel.digest.time), Scope(channel.areas)
    if level == 0:
        headline = at_level(facts, 0).headline(scope, window, now)
        return compose_counts(headline, channel.name, partnership.disclosure.threshold)
    morning = gather(at_level(facts, 1), partnership, scope, window, now)
    return compose(morning, partnership, channel.name, channel.digest.rows)
