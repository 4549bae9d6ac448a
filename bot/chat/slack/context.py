"""The context of every Slack handler: the caller, the place of the answer, and the report of a fault."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.chat.slack import modals
from bot.chat.slack.accounts import Accounts
from bot.chat.slack.canned_replies import NOT_DELIVERED, NOT_TAKEN, TOO_LATE
from bot.chat.slack.channels import Channels
from bot.chat.slack.chart_upload import ChartUploads
from bot.chat.slack.identity import Identity
from bot.chat.slack.payloads import Origin, Pressed
from bot.chat.slack.responder import Responder
from bot.chat.slack.web_api import Api, Failed
from bot.conversation.inbound import Answer, Caller, Inbound
from bot.conversation.reply import Reply
from bot.logs.setup import log, unexpected


@dataclass(frozen=True)
class Context:
    """The inbound port of the bot (`front`), and the ways to Slack."""

    front: Inbound
    api: Api
    identity: Identity
    accounts: Accounts
    channels: Channels
    responder: Responder
    charts: ChartUploads
    now: Callable[[], datetime]

    def caller(self, source: Origin, channel: str | None, event: str, *, anew: bool = False) -> Caller:
        """Return the caller with their standing in Slack: remembered for a while, or looked up `anew`."""
        standing = self.accounts.standing(source.account, anew=anew)
        return Caller(source.account, standing, event, channel or None)

    def presser(self, p: Pressed) -> Caller:
        """Return the caller of a press. Their account is looked up anew, because a press acts."""
        return self.caller(p.source, p.channel, p.event, anew=True)

    def tell(self, p: Pressed, reply: Reply) -> None:
        """Reply in the place of the press; a press in App Home is answered in private."""
        if p.surface == "modal":
            self.show(p.view, Answer(reply), p.source.account)
        else:
            with suppress(Failed, KeyError):
                self.responder.told(reply, p.source.account, p.response_url)

    def open(self, p: Pressed) -> str:
        """Open a view that says "One moment"; return its id, or tell the caller and return ""."""
        try:
            view = self.api.call("views.open", {"trigger_id": p.trigger, "view": modals.loading("One moment")})
            return str(view["view"]["id"])
        except (Failed, KeyError) as fault:
            log("a form was not opened", outcome=getattr(fault, "code", "no id"))
            self.tell(p, TOO_LATE)
            return ""

    def show(self, view: str, answer: Answer, account: str, page: int = 1) -> None:
        """Put an answer into a view.

        A view that was closed in between needs no answer. Where Slack refuses the content, the view says so, or a
        private message does.
        """
        form = answer.reply.form
        body = (
            modals.answer_modal(answer, answer.reply.title, page)
            if form is None
            else modals.view(form, answer.form, values=dict(answer.draft))
        )
        try:
            self.api.call("views.update", {"view_id": view, "view": body})
        except Failed as fault:
            if fault.code == "not_found":
                return
            log("a view was not changed", outcome=fault.code)
            try:
                self.api.call("views.update", {"view_id": view, "view": modals.answer_modal(NOT_TAKEN, "Not shown")})
            except Failed:
                with suppress(Failed, KeyError):
                    self.responder.privately(Answer(NOT_TAKEN), account)


@dataclass
class FaultReport:
    """Log a fault under a code and tell the caller that code; no exception leaves this thread."""

    tell: Callable[[Reply], Any] | None

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, fault: BaseException | None, trace: object) -> bool:
        if not isinstance(fault, Exception):
            return False
        if isinstance(fault, Failed):  # nothing of ours broke, and what was asked for may be done
            log("an answer was not taken", outcome=fault.code)
            sentence = NOT_DELIVERED
        else:
            sentence = unexpected(fault)
        if self.tell is not None:
            with suppress(Exception):
                self.tell(Reply("Not answered", 0, (sentence,), status="failed"))
        return True
