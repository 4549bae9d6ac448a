"""The context of every Slack handler: the caller, the place of the answer, and the report of a fault."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException, HTTPMessage
from threading import Event
from typing import IO, Any
from urllib.parse import urlsplit

from slack_sdk.webhook import WebhookClient

from bot.chat.escape import clean, cut
from bot.chat.slack import modals, refusals, rendering
from bot.chat.slack.channels import REMEMBERED_SECONDS, Accounts, Channels, Identity
from bot.chat.slack.credentials import LOOPBACK
from bot.chat.slack.payloads import Origin, Pressed
from bot.chat.slack.web_api import Api, Failed, quiet
from bot.conversation.inbound import Answer, Caller, Inbound
from bot.conversation.outbound import PREVIEW, Begin, Progress
from bot.conversation.reply import Chart, Reply
from bot.logs.setup import log, unexpected
from bot.rules.access.channel_privacy import level_of
from bot.rules.catalogue import _

NOT_TAKEN = Reply(
    _("Not delivered"),
    0,
    (
        _(
            "Slack did not take the answer. What you asked for may have been done: type the "
            "command to see how it stands."
        ),
    ),
    status="failed",
)
NOT_DELIVERED = _(
    "Slack did not take my answer. What you asked for may have been done: see how it stands before you do it again."
)
DONE_ALREADY = Answer(Reply(_("Done already"), 0, (_("This was pressed before."),)))
TOO_LATE = Reply(_("Please press again"), 0, (_("Slack gave me too little time to open a form."),), status="failed")
ELSEWHERE = Reply(
    _("Answered in private"),
    0,
    (_("I have answered you in our private conversation: not everybody here may be entitled to it."),),
)
STILL = Reply(_("Still working on it"), 0, (_("It takes a little longer; the answer comes here."),))
IN_PRIVATE = Reply("", 0, (_("The chart is in our private conversation."),))

Blocks = Sequence[dict[str, Any]]
Draw = Callable[[Chart], bytes | None]


@dataclass(frozen=True)
class Context:
    """The gateway (the inbound port of the bot), and the ways to Slack."""

    gateway: Inbound
    api: Api
    identity: Identity
    accounts: Accounts
    channels: Channels
    responder: Responder
    charts: ChartUploads
    now: Callable[[], datetime]

    def caller(self, source: Origin, channel: str | None, event: str, *, anew: bool = False) -> Caller:
        """Return the caller with their membership in Slack: remembered for a while, or looked up `anew`."""
        try:
            membership = self.accounts.learn(source.account, 0.0 if anew else REMEMBERED_SECONDS)
        except Failed:
            membership = "unknown"  # and then it gets no answer
        return Caller(source.account, membership, event, channel or None)

    def presser(self, p: Pressed) -> Caller:
        """Return the caller of a press. Their account is looked up anew, because a press acts."""
        return self.caller(p.source, p.channel, p.event, anew=True)

    def tell(self, p: Pressed, reply: Reply) -> None:
        """Reply in the place of the press; a press in App Home is answered in private."""
        if p.surface == "modal":
            self.show(p.view, Answer(reply), p.source.account)
        else:
            with suppress(Failed, KeyError):
                self.responder.report(reply, p.source.account, p.response_url)

    def open(self, p: Pressed) -> str:
        """Open a view that says "One moment"; return its id, or tell the caller and return ""."""
        try:
            view = self.api.call("views.open", {"trigger_id": p.trigger, "view": modals.loading(_("One moment"))})
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
        if answer.reply.form is None:
            body = modals.answer_modal(answer, answer.reply.title, page)
        else:
            body = modals.view(answer.reply.form, answer.form, values=dict(answer.draft))
        try:
            self.api.call("views.update", {"view_id": view, "view": body})
        except Failed as fault:
            if fault.code == "not_found":
                return
            log("a view was not changed", outcome=fault.code)
            try:
                self.api.call(
                    "views.update", {"view_id": view, "view": modals.answer_modal(NOT_TAKEN, NOT_TAKEN.title)}
                )
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
        if isinstance(fault, Failed):  # the bot did not break, and the request may have been carried out
            log("an answer was not taken", outcome=fault.code)
            sentence = NOT_DELIVERED
        else:
            sentence = unexpected(fault)
        if self.tell is not None:
            with suppress(Exception):
                self.tell(Reply(_("Not answered"), 0, (sentence,), status="failed"))
        return True


@dataclass(frozen=True)
class Responder:
    """Answers in Slack, in the place of the question, in private or in a channel.

    `hooks` are the hosts that a response_url may have: a payload is not trusted to name another.
    """

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

    def report(self, reply: Reply, account: str, url: str) -> None:
        """Report a fault beside the question, or in private where Slack does not take it there; raise Failed."""
        if not url or not self.beside(url, rendering.message(Answer(reply))):
            self.privately(Answer(reply), account)

    def privately(self, answer: Answer, account: str, page: int = 1) -> None:
        """Post in the private conversation with one person, opened anew where Slack does not know it; raise Failed."""
        blocks = rendering.message(answer, page)
        try:
            self.post(self.channels.private(account), blocks)
        except Failed as fault:
            if refusals.cause(fault.code) != "no_channel" or not self.channels.renew(account):
                raise
            self.post(self.channels.private(account), blocks)

    def post(self, channel: str, blocks: Blocks, thread: str | None = None) -> dict[str, str]:
        """Post a message and return its place in Slack; raise Failed. The notification's text is fixed."""
        given = {"channel": channel, "text": PREVIEW, "blocks": list(blocks), "thread_ts": thread}
        there = self.api.call("chat.postMessage", given | {"unfurl_links": False, "unfurl_media": False})
        return {"channel": str(there["channel"]), "ts": str(there["ts"])}

    def change(self, place: Mapping[str, str], blocks: Blocks) -> None:
        """Change a message that was posted; raise Failed."""
        self.api.call("chat.update", {**place, "text": PREVIEW, "blocks": list(blocks)})

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


def is_slacks(url: str, hosts: Collection[str], api_url: str) -> bool:
    """Return True if an address from a payload may be called: https to a host of Slack's.

    This machine is allowed only where the whole of Slack is on it. A payload is not trusted to name the place that
    answers are sent to.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.username or parts.password:
        return False
    if host in LOOPBACK:
        return urlsplit(api_url).hostname in LOOPBACK
    return parts.scheme == "https" and host in hosts and port in (None, 443)


@dataclass(frozen=True)
class ChartUploads:
    """Charts that Slack does not draw, as pictures; and the files of a report, once they are made.

    `draw` returns None where it failed; once `over` is set, because the bot ends, none is begun.
    """

    files: Files
    channels: Channels
    responder: Responder
    draw: Draw
    begin: Begin
    pool: Executor
    over: Event

    def privately(self, reply: Reply, account: str, channel: str = "", url: str = "") -> None:
        """Upload for one person. A question in a channel (`url`) gets a note of where the chart is."""
        self._later(reply, account, channel, None, url)

    def aloud(self, reply: Reply, channel: str, thread: str | None = None) -> None:
        """Upload the charts of a reply that was posted in this channel."""
        self._later(reply, None, channel, thread, "")

    def _later(self, reply: Reply, account: str | None, channel: str, thread: str | None, url: str) -> None:
        if set(reply.charts) - set(rendering.drawn(reply)):
            try:
                self.pool.submit(self._upload, reply, account, channel, thread, url)
            except RuntimeError:  # the bot ends
                log("a chart was not shown", outcome="ending")

        if reply.file is not None and reply.status == "ok":
            made = self.begin(reply.file, self._progress(reply, account, channel, thread))
            made.add_done_callback(lambda done: self._hand_over(done, reply, account, channel, thread))

    def _progress(self, reply: Reply, account: str | None, channel: str, thread: str | None) -> Progress:
        """Return what tells how far the report is: one message where the files will come, changed at each step."""
        posted: list[dict[str, str]] = []

        def tell(done: int, of: int) -> None:
            if self.over.is_set() or (account is None and not self._may_show(reply, channel)):
                return
            said = _("{report}: {done} of {of} steps done.", report=reply.title, done=done, of=of)
            blocks = rendering.post(Reply(said, 0))
            try:
                if posted:
                    self.responder.change(posted[0], blocks)
                else:
                    where = channel if account is None else self.channels.private(account)
                    posted.append(self.responder.post(where, blocks, thread))
            except (Failed, KeyError) as fault:  # the files follow all the same
                log("progress was not shown", outcome=getattr(fault, "code", "no id"))
            except Exception as fault:
                unexpected(fault)

        return tell

    def _hand_over(
        self,
        done: Future[Mapping[str, bytes]],
        reply: Reply,
        account: str | None,
        channel: str,
        thread: str | None,
    ) -> None:
        """Upload the files of a report where the answer went, or say there why they were not made."""
        if done.cancelled() or self.over.is_set():
            return
        try:
            where = channel if account is None else self.channels.private(account)
            if account is None and not self._may_show(reply, channel):
                log("a report was not handed over", outcome="no place")
            elif fault := done.exception():
                failed = Reply(_("The report was not made"), 0, (str(fault),), status="failed")
                self.responder.post(where, rendering.post(failed), thread)
            else:
                for form, content in done.result().items():
                    self.files.upload(where, content, reply.title, "", thread, f"report.{form}")
        except (Failed, KeyError) as fault:
            log("a report was not handed over", outcome=getattr(fault, "code", "no id"))
        except Exception as fault:
            unexpected(fault)

    def _may_show(self, reply: Reply, channel: str) -> bool:
        """Return True where a channel, as it is now, may be shown the reply."""
        there = self.channels.describe(channel)
        level = level_of(there) if there.is_shared is False else None
        return level is not None and reply.level <= level

    def _upload(self, reply: Reply, account: str | None, channel: str, thread: str | None, url: str) -> None:
        """Upload each chart, up to the first that fails; a channel's level is checked after each drawing."""
        try:
            where = channel if account is None else self.channels.private(account)
            for chart in [c for c in reply.charts if c not in rendering.drawn(reply)]:
                picture = None if self.over.is_set() else self.draw(chart)
                if picture is None:
                    log("a chart was not shown", outcome="no picture")
                    return
                if self.over.is_set() or (account is None and not self._may_show(reply, channel)):
                    log("a chart was not shown", outcome="no place")
                    return
                self.files.upload(where, picture, chart.title, chart.alt, thread)
            if url and channel != where:
                self.responder.beside(url, rendering.message(Answer(IN_PRIVATE)))
        except (Failed, KeyError) as fault:
            log("a chart was not shown", outcome=getattr(fault, "code", "no id"))
        except Exception as fault:
            unexpected(fault)


@dataclass(frozen=True)
class Files:
    """Files in Slack. `hosts` are the hosts that a file may be sent to: an answer is not trusted to name another."""

    api: Api
    hosts: tuple[str, ...] = ("files.slack.com",)

    def upload(
        self,
        channel: str,
        content: bytes,
        title: str,
        alt: str,
        thread: str | None = None,
        name: str = "chart.png",
    ) -> None:
        """Upload a file in three calls, each tried once; raise Failed. The notification's text is fixed.

        The name is neutral, for the title says what it is. A picture has a text in place of it (`alt`).
        """
        given = {"filename": name, "length": len(content)} | ({"alt_txt": cut(clean(alt), 1000)} if alt else {})
        begun = self.api.read("files.getUploadURLExternal", given)
        url, number = begun.get("upload_url"), begun.get("file_id")
        if not isinstance(url, str) or not isinstance(number, str):
            raise Failed("no_address")
        if not is_slacks(url, self.hosts, self.api.url):
            raise Failed("not_slacks_address")
        # Without a token, and no redirect is followed: the address is the permission, and is not logged.
        inside = [urllib.request.ProxyHandler({})] if urlsplit(url).hostname in LOOPBACK else []
        opener = urllib.request.build_opener(_NoUploadRedirect, *inside)
        kind = {"Content-Type": "application/octet-stream"}
        request = urllib.request.Request(url, data=content, headers=kind, method="POST")  # noqa: S310 - checked above
        try:
            with opener.open(request, timeout=self.api.timeout) as answer:
                answer.read(1024)
                status = int(answer.status)
        except urllib.error.HTTPError as fault:
            fault.close()
            raise Failed(f"upload_{fault.code}") from None
        except (OSError, HTTPException, ValueError) as fault:
            raise Failed(type(fault).__name__, known=False) from None
        if status != 200:
            raise Failed(f"upload_{status}")
        files = json.dumps([{"id": number, "title": cut(clean(title), 200)}])
        there = {"files": files, "channel_id": channel, "thread_ts": thread, "initial_comment": PREVIEW}
        self.api.read("files.completeUploadExternal", there)


class _NoUploadRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None
