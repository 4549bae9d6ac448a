"""What is done with each thing that came in, after it was acknowledged: asked of the bot, and said where it may stand.

All of it is synchronous and runs in a thread; what goes wrong is logged under a code, and whoever waits is told it.
"""

from __future__ import annotations

from bot.chat.slack import payloads
from bot.chat.slack.context import Telling
from bot.chat.slack.on_press import Pressing
from bot.chat.slack.on_submit import HandingIn
from bot.chat.slack.payloads import Origin


class EventHandlers(Pressing, HandingIn):
    """Everything; and what changes in the workspace without anybody asking."""

    def joined(self, body: payloads.Payload) -> None:
        """Somebody came into a channel. If it is the bot, whoever invited it is told what will be posted there."""
        event = payloads.event(body)
        channel, who = payloads.text_of(event, "channel"), payloads.text_of(event, "user")
        self.channels.forget(channel)
        with Telling(None):
            if who != self.identity.me().user:
                return
            inviter = payloads.text_of(event, "inviter")
            if not inviter:
                return
            source = Origin(inviter, payloads.source(body).team)
            answer = self.front.joined(self.caller(source, channel, payloads.event_name(body), anew=True))
            if answer is not None:
                self.saying.privately(answer, inviter)

    def changed(self, body: payloads.Payload) -> None:
        """An account or a channel is another than it was: what was remembered of it counts no more."""
        account, channel = payloads.source(body).account, payloads.text_of(payloads.event(body), "channel")
        self.accounts.forget(account)
        if channel:
            self.channels.forget(channel)
        else:
            self.channels.forget_all()
