"""The context of every Slack handler: the caller, the place of the answer, and the report of a fault."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from threading import Event
from typing import Any

from slack_sdk.webhook import WebhookClient

from bot.chat.slack import modals, rendering
from bot.chat.slack.canned_replies import NOT_DELIVERED, NOT_TAKEN, TOO_LATE
from bot.chat.slack.channels import Accounts, Channels, Identity
from bot.chat.slack.credentials import is_slacks
from bot.chat.slack.files import Files
from bot.chat.slack.payloads import Origin, Pressed
from bot.chat.slack.web_api import Api, Failed, quiet
from bot.conversation.inbound import Answer, Caller, Inbound
from bot.conversation.outbound import PREVIEW
from bot.conversation.reply import Chart, Reply
from bot.logs.setup import log, unexpected
from bot.rules.access.channel_privacy import level_of

Blocks = Sequence[dict[str, Any]]

ELSEWHERE = Reply(
    "Answered in private",
    0,
    ("I have answered you in our private conversation: not everybody here may be entitled to it.",),
)
STILL = Reply("Still working on it", 0, ("It takes a little longer; the answer comes here.",))


@dataclass(frozen=True)
class Responder:
    """`hooks` are the hosts that a response_url may have: a payload is not trusted to name another."""

    api: Api
    channels: Channels
    hooks: tuple[str, ...] = ("hooks.slack.com",)

    def answer(
        self, answer: Answer, account: str, channel: str, url: str, *, page: int = 1, replaces: bool = False
    ) -> None:
        """Answer in the place of the question, visible to the caller alone; raise Failed.

        An answer that the place may not show goes to the private conversation. So does one that Slack did not take
        there: an answer may come twice, but is not lost.
        """
        if url and self._fits(answer.reply, account, channel):
            if not self.beside(url, rendering.message(answer, page), replaces=replaces):
                self.privately(answer, account, page)
            return
        self.privately(answer, account, page)
        if url:
            self.beside(url, rendering.message(Answer(ELSEWHERE)), replaces=replaces)

    def told(self, reply: Reply, account: str, url: str) -> None:
        """Report a fault beside the question, or in private where Slack does not take it there; raise Failed."""
        if not url or not self.beside(url, rendering.message(Answer(reply))):
            self.privately(Answer(reply), account)

    def privately(self, answer: Answer, account: str, page: int = 1) -> None:
        """Post in the private conversation with one person; raise Failed."""
        where = self.channels.private(account)
        self.post(where, rendering.message(answer, page))

    def post(self, channel: str, blocks: Blocks, thread: str | None = None) -> None:
        """Post a message; raise Failed. The notification's text is fixed."""
        given = {"channel": channel, "text": PREVIEW, "blocks": list(blocks), "thread_ts": thread}
        self.api.call("chat.postMessage", given | {"unfurl_links": False, "unfurl_media": False})

    def beside(self, url: str, blocks: Blocks, *, replaces: bool = False) -> bool:
        """Post beside the question, visible to the caller alone; return True if Slack took it."""
        return self._hook(url, {"text": PREVIEW, "blocks": list(blocks), "replace_original": replaces})

    def away(self, url: str) -> bool:
        """Delete the message that was pressed in; return True if Slack did."""
        return self._hook(url, {"delete_original": True})

    def _hook(self, url: str, body: dict[str, Any]) -> bool:
        if not is_slacks(url, self.hooks, self.api.url):
            log("an answer's address is not Slack's")
            return False
        kind = {"response_type": "ephemeral"}
        try:
            timeout: Any = self.api.timeout
            hook = WebhookClient(url, timeout, retry_handlers=[], logger=quiet())
            done = hook.send_dict(kind | body)
        except (OSError, ValueError):
            log("an answer was not taken", outcome="no answer")
            return False
        if done.status_code != 200:
            log("an answer was not taken", outcome=done.status_code)
        return done.status_code == 200

    def _fits(self, reply: Reply, account: str, channel: str) -> bool:
        """Return True if an answer may stay in the place of the question.

        An answer visible to one person is lost on reload, may be seen over a shoulder, and is in a channel that Slack
        may show to others: with references it stays only where every reader is entitled.
        """
        if reply.level == 0:
            return True
        if channel.startswith("D"):
            try:  # their conversation with the bot, not one with another person
                return self.channels.private(account) == channel
            except (Failed, KeyError):
                return False
        return level_of(self.channels.describe(channel)) == 1


IN_PRIVATE = Reply("", 0, ("The chart is in our private conversation.",))

Draw = Callable[[Chart], bytes | None]


@dataclass(frozen=True)
class ChartUploads:
    """`draw` returns None where it failed; `over` is set when the bot ends, and then no chart is begun."""

    files: Files
    channels: Channels
    responder: Responder
    draw: Draw
    pool: Executor
    over: Event

    def privately(self, reply: Reply, account: str, channel: str = "", url: str = "") -> None:
        """Upload for one person. A question in a channel (`url`) gets a note of where the chart is."""
        self._later(reply, lambda: self._privately(reply, account, channel, url))

    def aloud(self, reply: Reply, channel: str, thread: str | None = None) -> None:
        """Upload the charts of a reply that was posted in this channel."""
        self._later(reply, lambda: self._aloud(reply, channel, thread))

    def _later(self, reply: Reply, what: Callable[[], None]) -> None:
        if not reply.charts:
            return

        def do() -> None:
            try:
                what()
            except (Failed, KeyError) as fault:
                log("a chart was not shown", outcome=getattr(fault, "code", "no id"))
            except Exception as fault:
                unexpected(fault)

        try:
            self.pool.submit(do)
        except RuntimeError:  # the bot ends
            log("a chart was not shown", outcome="ending")

    def _privately(self, reply: Reply, account: str, channel: str, url: str) -> None:
        where = self.channels.private(account)
        if self._each(reply, lambda: where) and url and channel != where:
            self.responder.beside(url, rendering.message(Answer(IN_PRIVATE)))

    def _aloud(self, reply: Reply, channel: str, thread: str | None) -> None:
        self._each(reply, lambda: channel if self._may_have(channel, reply) else None, thread)

    def _each(self, reply: Reply, where: Callable[[], str | None], thread: str | None = None) -> bool:
        """Upload each chart, and return True if all succeeded. The destination is checked after each drawing."""
        for chart in reply.charts:
            picture = None if self.over.is_set() else self.draw(chart)
            to = None if picture is None or self.over.is_set() else where()
            if picture is None or to is None:
                log("a chart was not shown", outcome="no picture" if picture is None else "no place")
                return False
            self.files.upload(to, picture, chart.title, chart.alt, thread)
        return True

    def _may_have(self, channel: str, reply: Reply) -> bool:
        """Return True if the channel, as it is now, may show the reply's level."""
        there = self.channels.describe(channel)
        level = level_of(there) if there.is_shared is False else None
        return level is not None and reply.level <= level


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
