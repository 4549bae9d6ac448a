"""Presses of buttons, dialogs and filled forms. A button carries an opaque handle; each press is authorised anew."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from bot.chat.teams import dialogs, rendering
from bot.chat.teams.connector import Failed
from bot.chat.teams.context import (
    BELOW,
    DONE_ALREADY,
    NOT_DELIVERED,
    PRIVATELY,
    TYPE_AGAIN,
    Context,
    FaultReport,
    Shown,
    opener,
    private_card,
    without_words,
)
from bot.chat.teams.elements import KIND, Card
from bot.chat.teams.on_message import home_card
from bot.chat.teams.payloads import Payload, Pressed, pressed, source
from bot.conversation.inbound import Answer, NotFilled
from bot.conversation.reply import Reply
from bot.logs.setup import log, unexpected
from bot.rules.catalogue import _

#: Teams' names of what it waits for an answer to: a button, a dialog to open, a dialog that was filled in.
EXECUTE, FETCH, SUBMIT = "adaptiveCard/action", "task/fetch", "task/submit"
NAMES = (EXECUTE, FETCH, SUBMIT)

SHARED = _("Shared with the channel.")
HIDDEN = _("Taken away.")
NOT_SURE = _("Teams did not confirm it. Look at the channel before you share it again.")
NOT_HIDDEN = _("Teams did not take it away. Delete it yourself, or close it.")


def act(context: Context, activity: Payload, *, in_dialog: bool = False) -> Shown:
    """Act on one press or filled form, as its action says, and return what Teams shows for it.

    An unknown action is logged and does nothing.
    """
    p = pressed(activity)
    work = _WORK.get(p.action)
    report = FaultReport(None)
    with report:
        if work is None:
            log("a button without a meaning was pressed")
            return Shown()
        if not p.source.account or _is_double(context, p):
            return Shown(text=DONE_ALREADY)
        return work(context, p, in_dialog)
    return _said(report.reply) if report.reply else Shown()


def late(context: Context, activity: Payload, shown: Shown) -> None:
    """Send what Teams did not wait for, or what came by a client that cannot show it in place, as a message."""
    with FaultReport(None), suppress(Failed):
        context.responder.show(shown, source(activity))


def body(name: str, shown: Shown) -> dict[str, Any] | None:
    """Return the answer to an invoke of this name."""
    if name == EXECUTE:
        if shown.card is not None:
            return {"statusCode": 200, "type": KIND, "value": shown.card}
        kind = "application/vnd.microsoft.activity.message"
        return {"statusCode": 200, "type": kind, "value": shown.text} if shown.text else None
    if shown.card is not None:
        card = {"contentType": KIND, "content": shown.card}
        window = {"title": shown.title, "height": "large", "width": "medium", "card": card}
        return {"task": {"type": "continue", "value": window}}
    return {"task": {"type": "message", "value": shown.text}} if shown.text else None


def _answer(context: Context, p: Pressed, in_dialog: bool) -> Shown:
    """Run the command of a button, or turn the page of its answer, which replaces the page before."""
    answer = context.gateway.press(context.presser(p), p.handle)
    if answer is None:
        return Shown(text=DONE_ALREADY)
    turns = p.action == rendering.MORE
    page = p.page if turns else 1
    if turns:
        return _window(answer, page) if in_dialog else _in_place(context, p, answer, page)
    if not in_dialog:
        context.responder.answer(answer, p.source)
    context.files.offer(answer.reply, p.source.account)
    if in_dialog:
        return _window(answer, page)
    return Shown(text=BELOW if p.source.place == "personal" else PRIVATELY, sent=True)


def _form(context: Context, p: Pressed, in_dialog: bool) -> Shown:
    """Open a form: as a dialog, or with its inputs in a card for a client without dialogs."""
    answer = context.gateway.press(context.presser(p), p.handle, forms=True)
    if answer is None:
        return Shown(text=DONE_ALREADY)
    if in_dialog:
        return _window(answer, again=p.handle)
    context.responder.answer(answer, p.source, again=p.handle)
    return Shown(text=BELOW if p.source.place == "personal" else PRIVATELY, sent=True)


def _fill(context: Context, p: Pressed, in_dialog: bool) -> Shown:
    """Run a filled form's command. Where it was not carried out, the form comes again with all that was typed."""
    values = dialogs.filled(p.values)
    caller = context.presser(p, f"filled:{p.handle}:{_digest(values)}")
    try:
        answer = context.gateway.fill(caller, p.handle, values)
    except NotFilled as fault:
        return _again(context, p, values, in_dialog, faults=fault.faults)
    except Exception as fault:
        text = unexpected(fault)
        if in_dialog:
            text = _("{unexpected} What you typed is still here.", unexpected=text)
        return _again(context, p, values, in_dialog, fault=text)
    if answer is None:
        return Shown(text=DONE_ALREADY)
    if answer.reply.status != "ok" and values:
        return _again(context, p, values, in_dialog, fault=" ".join(answer.reply.text[:2]))
    return _window(answer) if in_dialog else _in_place(context, p, answer)


def _again(
    context: Context,
    p: Pressed,
    values: Mapping[str, str],
    in_dialog: bool,
    *,
    fault: str = "",
    faults: Mapping[str, str] | None = None,
) -> Shown:
    """Show a form again with what is wrong with it, and in a dialog with the typed words.

    Without the button that opens it, what is wrong is shown alone.
    """
    again = p.values.get(dialogs.AGAIN)
    opened = None
    if isinstance(again, str) and again:
        caller = context.presser(p, f"{p.source.event}:again")
        opened = context.gateway.press(caller, again, forms=True)
    if opened is None or opened.reply.form is None or not isinstance(again, str):
        return Shown(text=" ".join(filter(None, (fault, *(faults or {}).values()))))
    form = opened.reply.form
    given: dict[str, Any] = {"values": values, "fault": fault, "faults": faults, "again": again}
    if in_dialog:
        return Shown(dialogs.dialog(form, opened.form, **given), title=dialogs.title(form))
    words = [each.id for each in form.fields if each.kind == "words" and values.get(each.id)]
    given["fault"] = " ".join(filter(None, (fault, TYPE_AGAIN if words else "")))
    return _placed(context, p, without_words(dialogs.below(opened, **given)), opened)


def _before_sharing(context: Context, p: Pressed, in_dialog: bool) -> Shown:
    context.channels.forget(p.source.conversation)
    answer = context.gateway.before_sharing(context.presser(p), p.handle)
    if answer is None:
        return Shown(text=DONE_ALREADY)
    cancel = rendering.actions([rendering.button(_("Cancel"), rendering.HIDE)])
    card = rendering.message(answer, hide=False, share_now=True, extras=cancel)
    if p.source.place == "personal" or not context.responder.targeted(p.source, card):
        return _said(answer.reply) if answer.reply.status != "ok" else Shown(text=NOT_DELIVERED)
    return Shown(text=PRIVATELY, sent=True)


def _share(context: Context, p: Pressed, in_dialog: bool) -> Shown:
    """Post the answer in the channel, whose members are looked up anew; the question goes away."""
    context.channels.forget(p.source.conversation)
    answer = context.gateway.share(context.presser(p), p.handle)
    if answer is None:
        return Shown(text=DONE_ALREADY)
    if answer.reply.status != "ok":
        return _said(answer.reply)
    try:
        context.responder.share(p.source, answer.reply)
    except Failed as fault:
        if not fault.known:
            return Shown(text=NOT_SURE)
        return Shown(text=_("Not shared: Teams did not take it ({code}).", code=fault.code))
    context.files.offer(answer.reply, p.source.account)
    context.responder.away(p)
    return Shown(text=SHARED)


def _hide(context: Context, p: Pressed, in_dialog: bool) -> Shown:
    """Take a private answer away by deleting the bot's own message."""
    return Shown(text=HIDDEN if p.message and context.responder.away(p) else NOT_HIDDEN)


def _refresh(context: Context, p: Pressed, in_dialog: bool) -> Shown:
    answer = context.gateway.ask(context.presser(p), "home")
    if answer is None:
        return Shown(text=DONE_ALREADY)
    if answer.reply.status != "ok":
        return _said(answer.reply)
    return _placed(context, p, home_card(context, answer), answer)


def _in_place(context: Context, p: Pressed, answer: Answer, page: int = 1) -> Shown:
    return _placed(context, p, private_card(answer, page), answer, page)


def _placed(context: Context, p: Pressed, card: Card, answer: Answer, page: int = 1) -> Shown:
    """Replace the card that was pressed in. In a channel the answer comes privately instead, as every other there."""
    if p.source.place == "personal":
        return Shown(card, sent=bool(p.message) and context.responder.replace(p, card))
    context.responder.answer(answer, p.source, page=page, card=card if answer.reply.form else None)
    return Shown(text=PRIVATELY, sent=True)


def _window(answer: Answer, page: int = 1, again: str = "") -> Shown:
    """Return an answer in a dialog, where nothing can be shared or taken away."""
    form = answer.reply.form
    if form is None:
        card = rendering.message(replace(answer, share=""), page, hide=False)
        return Shown(card, title=answer.reply.title)
    card = dialogs.dialog(form, answer.form, values=dict(answer.draft), again=again or opener(answer.reply))
    return Shown(card, title=dialogs.title(form))


_WORK: Mapping[str, Callable[[Context, Pressed, bool], Shown]] = {
    rendering.PRESS: _answer,
    rendering.MORE: _answer,
    rendering.FORM: _form,
    rendering.FILL: _fill,
    rendering.SHARE: _before_sharing,
    rendering.SHARE_NOW: _share,
    rendering.HIDE: _hide,
    rendering.REFRESH: _refresh,
}


def _said(reply: Reply) -> Shown:
    """Return a reply in words, for the place of a press: its title and its first sentences."""
    return Shown(text=" ".join(filter(None, (f"{reply.title}." if reply.title else "", *reply.text[:2]))))


def _is_double(context: Context, p: Pressed) -> bool:
    """Return True for the second click of a double click, on a button that does something."""
    if p.action not in (rendering.PRESS, rendering.FILL):
        return False
    return context.clicks.before(f"{p.source.account} {p.message} {p.action} {p.handle} {_digest(p.values)}")


def _digest(values: Mapping[str, Any]) -> str:
    text = json.dumps(values, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
