"""Send an answer to its caller: beside the question, visible to them alone, or in private."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk.webhook import WebhookClient

from bot.chat.slack import rendering
from bot.chat.slack.channels import Channels
from bot.chat.slack.credentials import is_slacks
from bot.chat.slack.web_api import Api, Failed, quiet
from bot.conversation.inbound import Answer
from bot.conversation.outbound import PREVIEW
from bot.conversation.reply import Reply
from bot.logs.setup import log
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
