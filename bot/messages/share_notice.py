"""Before an answer is shared with a channel: who reads there at this moment, and what they will not see."""

from __future__ import annotations

from bot.conversation.reply import Reply
from bot.rules.access.channel_privacy import Destination, level_of
from bot.rules.partnership.partnership import Channel, Partnership

_LEVELS = {0: "Counts alone are shown", 1: "References and counts are shown"}


def shared_with(destination: Destination, channel: Channel, partnership: Partnership) -> Reply:
    """One or two sentences to be read before it is done; a refusal where it cannot be."""
    level = level_of(destination)
    if level is None or destination.is_shared is not False:
        text = ("Others than this partnership read this channel, or it cannot be learnt who does: nothing is shared.",)
        return Reply("Not shared", 0, text, status="refused")
    most = partnership.disclosure.threshold
    hidden = f"{_LEVELS[min(level, 1)]}; of statistics, counts of 1 to {most} are hidden, and what gives them away."
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
