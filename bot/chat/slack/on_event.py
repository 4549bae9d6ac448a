"""Changes in the workspace: a member joined a channel, a channel was shared, an account changed."""

from __future__ import annotations

from bot.chat.slack import payloads
from bot.chat.slack.context import Context, FaultReport
from bot.chat.slack.payloads import Origin


def joined(context: Context, body: payloads.Payload) -> None:
    """Forget the channel's members. Where the bot itself joined, try what was refused there, and tell its inviter what
    will be posted there.
    """
    event = payloads.event(body)
    channel, inviter = payloads.text_of(event, "channel"), payloads.text_of(event, "inviter")
    context.channels.forget(channel)
    with FaultReport(None):
        if payloads.text_of(event, "user") != context.identity.me().user:
            return
        context.gateway.takes_posts()
        if not inviter:
            return
        source = Origin(inviter, payloads.source(body).team)
        answer = context.gateway.joined(context.caller(source, channel, payloads.event_name(body), anew=True))
        if answer is not None:
            context.responder.privately(answer, inviter)


def changed(context: Context, body: payloads.Payload) -> None:
    """Forget an account that changed, and the channel that changed or, for an account, every channel."""
    context.accounts.forget(payloads.source(body).account)
    context.channels.forget(payloads.text_of(payloads.event(body), "channel") or None)
