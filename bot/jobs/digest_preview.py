"""The digest of one channel, for the slot that is current at `now`."""

from __future__ import annotations

from datetime import datetime

from bot.conversation.privacy_guard import Released, release
from bot.conversation.reply import Reply
from bot.messages.digest import compose, compose_counts
from bot.rules.access.channel_privacy import Destination, level_of
from bot.rules.access.permissions import Scope
from bot.rules.partnership.channels import Channel
from bot.rules.partnership.partnership import Partnership
from bot.rules.queries.digest_content import gather
from bot.rules.queries.facts import Facts, at_level
from bot.rules.time.clock import digest_window


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
