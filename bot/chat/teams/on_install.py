"""Installations and changes of conversations: references are kept and removed, and channels forgotten."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.chat.teams import payloads
from bot.chat.teams.connector import Failed
from bot.chat.teams.context import Context, FaultReport
from bot.chat.teams.conversations import Reference
from bot.chat.teams.payloads import Origin, Payload
from bot.logs.setup import log

#: Teams' names of updates after which a channel, or all of a team's, cannot be written to any more.
CHANNEL_GONE, TEAM_GONE = ("channelDeleted", "channelUnshared"), ("teamDeleted", "teamHardDeleted")


def installed(context: Context, activity: Payload) -> None:
    """Keep the conversation of an installation, or remove it. Tell the person who added the bot to a channel what will
    be posted there.
    """
    source = payloads.source(activity)
    with FaultReport(None):
        context.channels.forget(None)
        if payloads.text_of(activity, "action").startswith("remove"):
            _remove(context, source)
            return
        _keep_team(context, source)
        context.gateway.takes_posts()
        if source.place == "channel" and source.account and payloads.text_of(activity, "action") == "add":
            answer = context.gateway.joined(context.caller(source, anew=True))
            if answer is not None:
                context.responder.answer(answer, source)


def updated(context: Context, activity: Payload) -> None:
    """Forget the members of a conversation that changed; keep or remove it where the bot itself came or went."""
    source, bot = payloads.source(activity), context.connection.bot
    with FaultReport(None):
        context.channels.forget(None)  # members of a team are those of all its standard channels
        kind, channel = payloads.event_type(activity), payloads.channel_of(activity)
        if payloads.left(activity, bot) or kind in TEAM_GONE:
            _remove(context, source)
        elif kind in CHANNEL_GONE:
            context.conversations.remove(channel or source.conversation)
        elif payloads.joined(activity, bot) or (channel and source.team):
            _keep_team(context, source)
            context.gateway.takes_posts()
        for account in payloads.accounts(activity):
            context.accounts.forget(account)


def keep(context: Context, source: Origin) -> None:
    """Keep a conversation that is not known yet, or whose address has changed: it is written to unasked later on."""
    if not source.conversation or not source.service_url:
        return
    before = context.conversations.of(source.conversation)
    account = source.account if source.place == "personal" else ""
    if before is not None and (before.service_url, before.account) == (source.service_url, account):
        is_complete = source.place != "channel" or bool(before.channel_type)
        if is_complete:
            return
    kind = source.channel_type
    if source.place == "channel" and source.team and not kind:
        kind = _types(context, source).get(source.conversation, "")
    context.conversations.keep(_reference(source, source.conversation, account, kind))


def _keep_team(context: Context, source: Origin) -> None:
    """Keep a conversation and, in a team, each of its channels: the app is in all of them that Teams lists."""
    keep(context, source)
    if source.place != "channel" or not source.team:
        return
    for channel, kind in _types(context, source).items():
        context.conversations.keep(_reference(source, channel, "", kind))


def _types(context: Context, source: Origin) -> dict[str, str]:
    try:
        return context.connector.channel_types(source.service_url, source.team)
    except Failed as fault:
        log("the channels of a team were not read", outcome=fault.code)
        return {}


def _reference(source: Origin, conversation: str, account: str, kind: str) -> Reference:
    where, now = (conversation, source.place, source.tenant, source.service_url), datetime.now(UTC)
    return Reference(*where, now, account, source.team if source.place == "channel" else "", kind)


def _remove(context: Context, source: Origin) -> None:
    context.conversations.remove(source.conversation)
    if source.team and source.place == "channel":
        context.conversations.remove(source.team)
