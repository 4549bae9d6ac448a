"""What people ask in words: typed after the slash, to the bot in a channel, or to it alone; and App Home."""

from __future__ import annotations

import re
import threading
from contextlib import suppress
from dataclasses import dataclass, field

from bot.chat.slack import modals, payloads, rendering
from bot.chat.slack.context import Hands, Telling
from bot.chat.slack.payloads import Origin, SlashCommand
from bot.chat.slack.responder import STILL
from bot.chat.slack.web_api import Failed
from bot.conversation.inbound import Answer
from bot.conversation.reply import Reply
from bot.rules.time.clock import to_london

#: Messages that somebody wrote beside a file, or in a thread and outside it; all other kinds tell of something else.
_SAID_TOO = ("file_share", "thread_broadcast")


@dataclass
class Wait:
    """Whether somebody was told that it takes longer: then the answer takes that message's place. Once there is an
    answer (`over`) nobody is told so any more."""

    said: bool = False
    over: bool = False
    one: threading.Lock = field(default_factory=threading.Lock)

    def ended(self) -> bool:
        """From now on nothing more is said of waiting; whether something was."""
        with self.one:
            self.over = True
            return self.said


class MessageHandlers(Hands):
    """Each is answered where it may stand."""

    def command(self, came: SlashCommand, wait: Wait) -> None:
        """A slash command: answered to whoever typed it, alone."""
        with Telling(lambda reply: self._told(came, wait, reply)):
            of_a_child = self.front.is_sensitive(came.text)
            caller = self.caller(came.source, came.channel, came.event, anew=of_a_child)
            answer = self.front.ask(caller, came.text, forms=of_a_child)
            said = wait.ended()
            if answer is not None:
                url, account = came.response_url, came.source.account
                self._ask_why(answer, came.trigger)
                self.saying.answer(answer, account, came.channel, url, replaces=said)
                self.pictures.privately(answer.reply, account, came.channel, url)

    def _ask_why(self, answer: Answer, trigger: str) -> None:
        """Where a look-up was refused and a reason may change that, the form for it opens by itself, above the
        refusal. Whether it does hangs on who asks and what was typed alone, never on the child."""
        form = answer.reply.form
        if form is None or answer.reply.status != "refused":
            return
        view = modals.view(form, answer.form, values=dict(answer.draft))
        with suppress(Failed):  # it took too long: the refusal says what to type
            self.api.call("views.open", {"trigger_id": trigger, "view": view})

    def _told(self, came: SlashCommand, wait: Wait, fault: Reply) -> None:
        wait.ended()
        self.saying.told(fault, came.source.account, came.response_url)

    def still(self, came: SlashCommand, wait: Wait) -> None:
        """Said once, where an answer takes longer than anybody waits without a word."""
        with wait.one:
            if not wait.over:
                wait.said = self.saying.beside(came.response_url, rendering.message(Answer(STILL)))

    def mention(self, body: payloads.Payload) -> None:
        """The bot was addressed in a channel: answered there, under the message, with what may be said there."""
        event, source = payloads.event(body), payloads.source(body)
        channel, words = payloads.text_of(event, "channel"), payloads.spoken(event)
        thread = payloads.text_of(event, "thread_ts") or payloads.text_of(event, "ts")
        if payloads.text_of(event, "bot_id") or not source.account:
            return  # two programs that answer one another never end
        with Telling(lambda reply: self.saying.post(channel, rendering.post(reply), thread)):
            words = _after_mention(words, self.identity.me().user)
            self.channels.forget(channel)  # another replica may have heard that somebody came, or that it was shared
            caller = self.caller(source, channel, payloads.event_name(body), anew=self.front.is_sensitive(words))
            answer = self.front.ask(caller, words, aloud=True)
            if answer is not None:
                self.saying.post(channel, rendering.post(answer.reply), thread)
                self.pictures.aloud(answer.reply, channel, thread)

    def message(self, body: payloads.Payload) -> None:
        """Words in the private conversation are a command, with or without the slash."""
        event, source = payloads.event(body), payloads.source(body)
        channel = payloads.text_of(event, "channel")
        kind = payloads.text_of(event, "subtype")
        if kind not in ("", *_SAID_TOO) or payloads.text_of(event, "bot_id") or not source.account:
            return
        with Telling(lambda reply: self.saying.privately(Answer(reply), source.account)):
            if self.channels.private(source.account) != channel:
                return
            words = payloads.spoken(event)
            caller = self.caller(source, None, payloads.event_name(body), anew=self.front.is_sensitive(words))
            answer = self.front.ask(caller, words)
            if answer is not None:
                self.saying.privately(answer, source.account)
                self.pictures.privately(answer.reply, source.account)

    def home(self, source: Origin, event: str) -> None:
        """One's own work, made anew whenever it is opened."""
        with Telling(lambda reply: self._publish(source.account, reply)):
            answer = self.front.ask(self.caller(source, None, event), "home")
            if answer is not None:
                self._publish(source.account, answer.reply)

    def _publish(self, account: str, reply: Reply) -> None:
        view = rendering.home([reply], f"{to_london(self.now()):%H:%M}")
        self.api.call("views.publish", {"user_id": account, "view": view})


def _after_mention(text: str, me: str) -> str:
    """'<@U0SAM> look: <@U0BOT> stats north' -> 'stats north'; the mention may bear a name after a bar."""
    return re.split(rf"<@{re.escape(me)}(?:\|[^>]*)?>", text, maxsplit=1)[-1].strip()
