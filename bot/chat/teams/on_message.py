"""Commands in words: in the personal chat, behind a mention of the bot in a channel or group, and after a slash."""

from __future__ import annotations

from dataclasses import replace

from bot.chat.teams import on_install, payloads, rendering
from bot.chat.teams.context import TYPED_THERE, Context, FaultReport
from bot.chat.teams.elements import Card
from bot.chat.teams.payloads import Origin, Payload
from bot.conversation.inbound import Answer
from bot.rules.time.clock import say_time


def message(context: Context, activity: Payload) -> None:
    """Answer one message. In a channel or group only those are answered that mention the bot, or that it alone sees."""
    source, bot = payloads.source(activity), context.connection.bot
    if payloads.is_of_a_bot(activity) or not source.account:
        return
    with FaultReport(lambda reply: context.responder.report(reply, source)):
        on_install.keep(context, source)
        words = payloads.typed_text(activity, bot)
        if source.place == "personal" or payloads.is_targeted(activity):
            _privately(context, source, words)
        elif payloads.mentions(activity, bot):
            _aloud(context, source, words)


def home_card(context: Context, answer: Answer) -> Card:
    """Return the account's own work, with the time it was put together."""
    return rendering.home([answer.reply], say_time(context.now()))


def _privately(context: Context, source: Origin, words: str) -> None:
    """Answer words that nobody else sees, visible to their author alone."""
    caller = context.caller(source, anew=context.gateway.is_sensitive(words))
    answer = context.gateway.ask(caller, words)
    if answer is None:
        return
    if answer.verb == "home" and source.place == "personal" and answer.reply.status == "ok":
        context.responder.send(source, home_card(context, answer))
    else:
        context.responder.answer(answer, source)
        context.files.offer(answer.reply, source.account)


def _aloud(context: Context, source: Origin, words: str) -> None:
    """Answer a mention in its thread, with what may be shown in that channel.

    A question about one child is answered in private, with the advice to delete it: its reference is in the channel.
    """
    context.channels.forget(source.conversation)  # another replica may have received the activity of a new member
    sensitive = context.gateway.is_sensitive(words)
    caller = context.caller(source, anew=sensitive)
    answer = context.gateway.ask(caller, words, aloud=not sensitive)
    if answer is None:
        return
    if sensitive:
        reply = replace(answer.reply, text=(TYPED_THERE, *answer.reply.text))
        context.responder.answer(replace(answer, reply=reply), source)
    else:
        context.responder.post(source, answer.reply)
        context.files.offer(answer.reply, source.account)
