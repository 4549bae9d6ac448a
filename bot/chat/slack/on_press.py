"""Presses of buttons. A button carries an opaque handle; the account is looked up anew at each press."""

from __future__ import annotations

from bot.chat.slack import on_message, rendering
from bot.chat.slack.context import DONE_ALREADY, Context, FaultReport
from bot.chat.slack.payloads import Payload, Pressed, pressed
from bot.chat.slack.web_api import Failed
from bot.conversation.inbound import Answer
from bot.conversation.reply import Reply
from bot.logs.setup import log
from bot.rules.catalogue import _

SHARED = Reply(_("Shared"), 0, (_("Shared with the channel."),))
NOT_SURE = Reply(
    _("Not known"),
    0,
    (_("Slack did not confirm it. Look at the channel before you share it again."),),
    status="failed",
)
NOT_HIDDEN = Reply(
    _("Not hidden"),
    0,
    (_("Slack did not take it away. What only you can see goes when you reload Slack; until then close it."),),
    status="failed",
)


def press(context: Context, body: Payload) -> None:
    """Act on one press, as its action id says. An unknown id is logged and does nothing."""
    p = pressed(body)
    with FaultReport(lambda reply: context.tell(p, reply)):
        match p.action:
            case rendering.PRESS if p.surface == "home":
                _in_modal(context, p, forms=False)
            case rendering.FORM:
                _in_modal(context, p, forms=True)
            case rendering.PRESS | rendering.MORE:
                _answer(context, p)
            case rendering.SHARE:
                _before_sharing(context, p)
            case rendering.SHARE_NOW:
                _share(context, p)
            case rendering.HIDE:
                _hide(context, p)
            case rendering.REFRESH:
                on_message.home(context, p.source, p.event)
            case _:
                log("a button without a meaning was pressed")


def _answer(context: Context, p: Pressed) -> None:
    """Run the command of a button, or turn the page of its answer, which replaces the page before."""
    answer = context.gateway.press(context.presser(p), p.handle)
    if answer is None:
        return
    turns = p.action == rendering.MORE
    page = p.number if turns else 1
    if p.surface == "modal":
        context.show(p.view, answer, p.source.account, page)
    else:
        context.responder.answer(answer, p.source.account, p.channel, p.response_url, page=page, replaces=turns)
    if not turns:
        context.charts.privately(answer.reply, p.source.account, p.channel, p.response_url)


def _in_modal(context: Context, p: Pressed, *, forms: bool) -> None:
    """Open a view at once, because its trigger lasts three seconds, and fill it when there is an answer."""
    view = p.view if p.surface == "modal" else context.open(p)
    if not view:
        return
    with FaultReport(lambda reply: context.show(view, Answer(reply), p.source.account)):
        answer = context.gateway.press(context.presser(p), p.handle, forms=forms)
        context.show(view, answer or DONE_ALREADY, p.source.account)
        if answer is not None and answer.reply.file is not None:  # a view takes no file
            context.charts.privately(answer.reply, p.source.account)


def _before_sharing(context: Context, p: Pressed) -> None:
    context.channels.forget(p.channel)
    answer = context.gateway.before_sharing(context.presser(p), p.handle)
    if answer is not None:
        cancel = [rendering.actions([rendering.button(_("Cancel"), rendering.HIDE)])]
        shown = rendering.message(answer, hide=False, share_now=True, extras=cancel)
        context.responder.beside(p.response_url, shown)


def _share(context: Context, p: Pressed) -> None:
    """Post the answer in the channel.

    The channel's members are looked up anew, because another replica may have received a change. A refusal replaces
    the question; the reply to an earlier press comes beside it.
    """
    context.channels.forget(p.channel)
    answer = context.gateway.share(context.presser(p), p.handle)
    if answer is None:
        return
    if answer.reply.status != "ok":
        replaces = answer.reply.status == "refused"
        context.responder.beside(p.response_url, rendering.message(Answer(answer.reply)), replaces=replaces)
        return
    try:
        context.responder.post(p.channel, rendering.post(answer.reply))
        outcome = SHARED
        context.charts.aloud(answer.reply, p.channel)
    except Failed as fault:
        text = _("Slack did not take it ({code}).", code=fault.code)
        outcome = Reply(_("Not shared"), 0, (text,), status="failed") if fault.known else NOT_SURE
    context.responder.beside(p.response_url, rendering.message(Answer(outcome)), replaces=True)


def _hide(context: Context, p: Pressed) -> None:
    """Take a private answer away: by its response_url, or by deleting the bot's own message."""
    if p.response_url and context.responder.away(p.response_url):
        return
    try:
        if p.is_ephemeral or not (p.channel and p.message):
            raise Failed("not_taken_away")
        context.api.call("chat.delete", {"channel": p.channel, "ts": p.message})
    except Failed as fault:
        log("an answer was not hidden", outcome=fault.code)
        context.tell(p, NOT_HIDDEN)
