"""Submitted forms, and the shortcut on a message. Typed text is never lost without a word."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from bot.chat.slack import modals, payloads
from bot.chat.slack.context import DONE_ALREADY, Context, FaultReport
from bot.chat.slack.web_api import Failed
from bot.conversation.inbound import Answer, NotFilled
from bot.conversation.reply import Reply
from bot.logs.setup import log, unexpected
from bot.rules.catalogue import _


def submit(context: Context, body: payloads.Payload) -> dict[str, Any]:
    """Return the acknowledgement of a form: the faults under its fields (typed text stays), or the answer's view."""
    f = payloads.filled(body)
    values = modals.filled(f.state)
    try:
        answer = context.gateway.fill(context.caller(f.source, None, f.event, anew=True), f.handle, values)
    except NotFilled as fault:
        return modals.errors(fault.faults, f.state)
    except Exception as fault:
        return modals.errors(
            {"": _("{unexpected} What you typed is still here.", unexpected=unexpected(fault))}, f.state
        )
    if answer is None:
        return {"response_action": "clear"}
    if answer.reply.status != "ok" and values:  # not carried out: the typed text can be put right
        return modals.errors({"": " ".join(answer.reply.text[:2])}, f.state)
    return {"response_action": "update", "view": modals.answer_modal(answer, answer.reply.title)}


def late(context: Context, body: payloads.Payload, done: dict[str, Any]) -> None:
    """Replace the view that says "saving", where the acknowledgement could not wait. Faults keep the typed text."""
    f, faults = payloads.filled(body), done.get("errors")
    view = modals.again(f.shown, f.state, faults) if faults else done.get("view")
    view = view or modals.answer_modal(became_of(done), _("Saved"))
    try:
        context.api.call("views.update", {"view_id": f.view, "view": view})
    except Failed as fault:
        if fault.code == "not_found" and not faults:
            return  # the view was closed; the form is saved
        log("a view was not changed", outcome=fault.code)
        with suppress(Failed, KeyError):
            context.responder.privately(Answer(became_of(done)), f.source.account)


def look_up(context: Context, body: payloads.Payload) -> None:
    """Answer the shortcut on a message: look up the child whose reference is in it."""
    p = payloads.pressed(body)
    view = context.open(p)
    if not view:
        return
    with FaultReport(lambda reply: context.show(view, Answer(reply), p.source.account)):
        caller = context.presser(p)
        context.show(view, context.gateway.look_up(caller, payloads.words(body)) or DONE_ALREADY, p.source.account)


def became_of(done: dict[str, Any]) -> Reply:
    """Return the result of a form as a reply, for a form without a view."""
    if done.get("response_action") in ("clear", "update"):
        return Reply(_("Saved"), 0, (_("Your form was received. Type the command to see what was recorded."),))
    lines = tuple(str(each) for each in (done.get("errors") or {}).values())
    return Reply(_("Not saved"), 0, lines or (_("It was not saved. Please fill it in again."),), status="failed")
