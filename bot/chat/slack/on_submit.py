"""Forms that are handed in, and the shortcut on a message: what was typed is never lost without a word."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from bot.chat.slack import modals, payloads
from bot.chat.slack.canned_replies import DONE_ALREADY, became_of
from bot.chat.slack.context import Hands, Telling
from bot.chat.slack.payloads import Filled
from bot.chat.slack.web_api import Failed
from bot.conversation.inbound import Answer, NotFilled
from bot.logs.setup import log, unexpected


class HandingIn(Hands):
    """What came of it stands in the acknowledgement, or in the view that takes the form's place."""

    def filled(self, f: Filled) -> dict[str, Any]:
        """What Slack is told in its acknowledgement: what to put right (what was typed stays), or what came of it."""
        values = modals.filled(f.state)
        try:
            answer = self.front.fill(self.caller(f.source, None, f.event, anew=True), f.handle, values)
        except NotFilled as fault:
            return modals.errors(fault.faults, f.state)
        except Exception as fault:
            return modals.errors({"": f"{unexpected(fault)} What you typed is still here."}, f.state)
        if answer is None:
            return {"response_action": "clear"}
        if answer.reply.status != "ok" and values:  # nothing was done: what was typed can be put right
            return modals.errors({"": " ".join(answer.reply.text[:2])}, f.state)
        return {"response_action": "update", "view": modals.answer_modal(answer, answer.reply.title)}

    def late(self, f: Filled, done: dict[str, Any]) -> None:
        """The same, where the acknowledgement could not wait: the view that says "saving" is changed. What has to be
        put right comes with what was typed."""
        faults = done.get("errors")
        body = modals.again(f.shown, f.state, faults) if faults else done.get("view")
        try:
            self.api.call(
                "views.update", {"view_id": f.view, "view": body or modals.answer_modal(became_of(done), "Saved")}
            )
        except Failed as fault:
            if fault.code == "not_found" and not faults:
                return  # it was closed: what was saved is saved
            log("a view was not changed", outcome=fault.code)
            with suppress(Failed, KeyError):
                self.saying.privately(Answer(became_of(done)), f.source.account)

    def look_up(self, body: payloads.Payload) -> None:
        """The shortcut on a message: the child whose reference stands in it."""
        p = payloads.pressed(body)
        view = self.open(p)
        if not view:
            return
        with Telling(lambda reply: self.show(view, Answer(reply), p.source.account)):
            caller = self.presser(p)
            self.show(view, self.front.look_up(caller, payloads.words(body)) or DONE_ALREADY, p.source.account)
