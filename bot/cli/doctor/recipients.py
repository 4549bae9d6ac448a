"""Checks of recipients: each channel has a connected platform, each person an account."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

from bot.rules.access.permissions import Grant, address, decide
from bot.rules.delivery.findings import Finding, fault, look, ok
from bot.rules.partnership.partnership import Channel, Partnership, Person

_AT_MOST = 20


def channels(partnership: Partnership, connected: Collection[str]) -> Iterator[Finding]:
    """Check each channel's platform. Slack's own channels are also checked with Slack."""
    for channel in partnership.channels:
        if found := _channel(partnership, channel, connected):
            yield found


def _channel(partnership: Partnership, channel: Channel, connected: Collection[str]) -> Finding | None:
    name, platform = f"channel {channel.id}", channel.platform.capitalize()
    if channel.platform == "offline":
        if partnership.practice is not None:
            return ok(name, "goes into data/outbox, as in a practice partnership")
        do = 'Give it platform = "slack" and destination = "C..." in the partnership file'
        return look(name, "goes into data/outbox on this server, where nobody reads it", do)
    if channel.platform not in connected:
        do = f"Connect {platform} (README, Install), or give the channel another platform"
        return fault(name, f"is meant for {platform}, to which this bot is not connected", do)
    return None


def people(partnership: Partnership, connected: Collection[str], today: date) -> Finding:
    """Report people who may ask the bot and have no account on a connected platform."""
    entitled = [p for p in partnership.people if is_entitled(p, partnership, today)]
    if not entitled:
        return fault("people", "nobody is listed who may ask", "List them: people add ID --agency ... --role ...")
    if not connected:
        return ok("people", f"{len(entitled)} may ask; on no chat platform so far")
    lost = [p.id for p in entitled if address(p, connected) is None]
    if not lost:
        return ok("people", f"{len(entitled)} may ask, and each can be reached")
    more = ", ..." if len(lost) > _AT_MOST else ""
    says = f"{len(lost)} of {len(entitled)} who may ask have no account on {' or '.join(sorted(connected))}"
    return look("people", says, "people link ID --slack-id U... --as ADMIN", ", ".join(lost[:_AT_MOST]) + more)


def is_entitled(person: Person, partnership: Partnership, today: date) -> bool:
    """Return true for a person who is listed, active, of an agency that is answered, and has a role today."""
    return isinstance(decide(person, "member", "help", 2, partnership, today), Grant)
