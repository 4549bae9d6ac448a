"""Commands in words: after the slash, in a mention of the bot, in its private conversation; and App Home."""

from __future__ import annotations

import re
import threading
from contextlib import suppress
from dataclasses import dataclass, field

from bot.chat.slack import modals, payloads, rendering
from bot.chat.slack.context import STILL, Context, FaultReport
from bot.chat.slack.payloads import Origin
from bot.chat.slack.web_api import Failed
from bot.conversation.inbound import Answer
from bot.conversation.reply import Reply
from bot.rules.time.clock import say_time


@dataclass
class Wait:
    """The state of a slow command.

    Where the caller was notified that it takes longer (`notified`), the answer replaces that message. Once there is an
    answer (`over`), the message is not sent any more.
    """

    notified: bool = False
    over: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def ended(self) -> bool:
        """End the wait, and return True if the caller was notified of it."""
        with self.lock:
            self.over = True
            return self.notified


def command(context: Context, body: payloads.Payload, wait: Wait) -> None:
    """Answer a slash command, visible to its author alone.

    A form that asks for what the words lack opens by itself. It takes the place of the question in words, for it asks
    the same; a refusal or another answer is shown beside it. The form for the reason of a look-up depends on the caller
    and the typed text alone, never on the child.
    """
    source, text = payloads.source(body), payloads.typed_text(body)
    channel, url = payloads.text_of(body, "channel_id"), payloads.text_of(body, "response_url")

    def tell(fault: Reply) -> None:
        wait.ended()
        context.responder.report(fault, source.account, url)

    with FaultReport(tell):
        of_a_child = context.gateway.is_sensitive(text)
        caller = context.caller(source, channel, payloads.event_name(body), anew=of_a_child)
        answer = context.gateway.ask(caller, text)
        notified = wait.ended()
        if answer is None:
            return
        if _opened(context, answer, body) and answer.reply.status == "unclear" and not notified:
            return
        context.responder.answer(answer, source.account, channel, url, replaces=notified)
        context.charts.privately(answer.reply, source.account, channel, url)


def _opened(context: Context, answer: Answer, body: payloads.Payload) -> bool:
    """Open the form of an answer; return False where it has none, or where the trigger expired."""
    if answer.reply.form is None:
        return False
    view = modals.view(answer.reply.form, answer.form, values=dict(answer.draft))
    with suppress(Failed):
        context.api.call("views.open", {"trigger_id": payloads.text_of(body, "trigger_id"), "view": view})
        return True
    return False


def report_delay(context: Context, body: payloads.Payload, wait: Wait) -> None:
    """Notify the caller once that the answer takes longer."""
    with wait.lock:
        if not wait.over:
            url = payloads.text_of(body, "response_url")
            wait.notified = context.responder.beside(url, rendering.message(Answer(STILL)))


def mention(context: Context, body: payloads.Payload) -> None:
    """Answer a mention in a channel, in its thread, with what may be shown in that channel."""
    event, source = payloads.event(body), payloads.source(body)
    channel, words = payloads.text_of(event, "channel"), payloads.typed_text(event)
    thread = payloads.text_of(event, "thread_ts") or payloads.text_of(event, "ts")
    if payloads.text_of(event, "bot_id") or not source.account:
        return  # two bots that answer each other never end
    with FaultReport(lambda reply: context.responder.post(channel, rendering.post(reply), thread)):
        # '<@U0SAM> look: <@U0BOT> stats north' -> 'stats north'; a mention may have a name after a bar.
        me = re.escape(context.identity.me().user)
        words = re.split(rf"<@{me}(?:\|[^>]*)?>", words, maxsplit=1)[-1].strip()
        context.channels.forget(channel)  # another replica may have received the event of a new member or a share
        sensitive = context.gateway.is_sensitive(words)
        caller = context.caller(source, channel, payloads.event_name(body), anew=sensitive)
        answer = context.gateway.ask(caller, words, aloud=True)
        if answer is not None:
            context.responder.post(channel, rendering.post(answer.reply), thread)
            context.charts.aloud(answer.reply, channel, thread)


def message(context: Context, body: payloads.Payload) -> None:
    """Answer words in the private conversation as a command, with or without the slash.

    People write messages of three kinds: plain, beside a file, and in a thread and outside it. Others are notices.
    """
    event, source = payloads.event(body), payloads.source(body)
    channel, kind = payloads.text_of(event, "channel"), payloads.text_of(event, "subtype")
    if kind not in ("", "file_share", "thread_broadcast"):
        return
    if payloads.text_of(event, "bot_id") or not source.account:
        return
    with FaultReport(lambda reply: context.responder.privately(Answer(reply), source.account)):
        if context.channels.private(source.account) != channel:
            return
        words = payloads.typed_text(event)
        caller = context.caller(source, None, payloads.event_name(body), anew=context.gateway.is_sensitive(words))
        answer = context.gateway.ask(caller, words)
        if answer is not None:
            context.responder.privately(answer, source.account)
            context.charts.privately(answer.reply, source.account)


def home(context: Context, source: Origin, event: str) -> None:
    """Publish App Home, the account's own work, whenever it is opened."""

    def publish(reply: Reply) -> None:
        view = rendering.home([reply], say_time(context.now()))
        context.api.call("views.publish", {"user_id": source.account, "view": view})

    with FaultReport(publish):
        answer = context.gateway.ask(context.caller(source, None, event), "home")
        if answer is not None:
            publish(answer.reply)
