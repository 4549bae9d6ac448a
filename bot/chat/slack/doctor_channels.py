"""The check of a Slack channel: the level it may show now, and the remedy where a higher one is wanted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.chat.slack.channels import is_shared
from bot.chat.slack.doctor_members import Readers
from bot.chat.slack.web_api import Api, ApiResponse, Failed
from bot.rules.access.channel_privacy import Destination, level_of
from bot.rules.delivery.findings import Finding, fault, look, ok
from bot.rules.partnership.channels import Channel

_ID = re.compile("[CG][A-Z0-9]{2,30}", re.ASCII)
_SAID = {0: "counts", 1: "references"}
_AT_MOST = 5


def of_channel(bot: Api, us: ApiResponse, channel: Channel, readers: Readers) -> Finding:
    """Check a channel by the same rule as a post; see `bot.rules.access.channel_privacy`."""
    name = f"channel {channel.id}"
    if not _ID.fullmatch(channel.destination):
        do = 'Put the channel\'s id in the partnership file (destination = "C..."): channel details, at the very bottom'
        return fault(name, "its destination is no id of a Slack channel", do)
    try:
        info: Any = bot.asked("conversations.info", {"channel": channel.destination}).get("channel")
        if not isinstance(info, dict):
            raise Failed("no_sense")
        if found := _unusable(name, info):
            return found
        pages = bot.pages("conversations.members", {"channel": channel.destination, "limit": 200}, most=100_000)
        members = [str(each) for page in pages for each in page.get("members") or ()]
    except Failed as no:
        return _refused(name, no.word) if no.answered else fault(name, "Slack did not answer", "Ask again")
    return _level(name, channel, info, [m for m in members if m != us.get("user_id")], readers)


def _refused(name: str, code: str) -> Finding:
    if code in ("channel_not_found", "not_in_channel"):
        says = "there is no such channel, or it is private and the bot is not in it"
        return fault(name, says, "Type /invite @missing in the channel, and compare its id with the partnership file")
    do = "See the scopes above" if code == "missing_scope" else "Look the code up at docs.slack.dev, and ask again"
    return fault(name, f"Slack refuses to show it: {code}", do)


def _unusable(name: str, info: Mapping[str, Any]) -> Finding | None:
    """Return the reason that a channel cannot or must not be posted to; None for a usable channel."""
    if info.get("is_archived"):
        return fault(name, "is archived", "Unarchive it, or put another channel in the partnership file")
    shared = is_shared(info)
    if shared:
        says = "is shared with another organisation or workspace, or is about to be: the digest is held"
        return fault(name, says, "Use a private channel of your own workspace alone")
    if shared is None:
        return fault(name, "Slack does not say whether it is shared: the digest is held", "Ask again")
    if not info.get("is_member"):
        return fault(name, "the bot is not in it, and can post nothing", "Type /invite @missing in the channel")
    return None


def _level(name: str, channel: Channel, info: Mapping[str, Any], members: list[str], readers: Readers) -> Finding:
    private = info.get("is_private") is True
    entitled = {m: readers.get(m, False) for m in members}
    level = level_of(Destination("channel", channel.level, private, False, tuple(entitled.values())))
    is_so = f"{'private' if private else 'public'}, {len(members)} {'member' if len(members) == 1 else 'members'}"
    others = [m for m, may in entitled.items() if may is not True]
    if level == channel.level:
        return ok(name, f"{is_so}: {_SAID[channel.level]}")
    says = f"{is_so}: only counts are posted, though references are wanted"
    if not private:
        return look(name, says, "Make it private, or set its level to 0 in the partnership file")
    if not members:
        return look(name, says, "Invite those who should read it: so far only the bot is in it")
    known = [f"{len(others)} not entitled: {', '.join(others[:_AT_MOST])}{', ...' if len(others) > _AT_MOST else ''}"]
    why = "not listed, a guest, or without a role that sees all its areas"
    do = f"List {len(others)} of its members (people add), or take them out of it: {why}"
    return look(name, says, do, *known)
