"""The charts of an answer, drawn and uploaded after its text, one after another in a thread of their own.

A file in a channel is visible to all its members, so a private chart goes into the private conversation.
A failure costs the picture alone: its numbers are in the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from threading import Event

from bot.chat.slack import rendering
from bot.chat.slack.channels import Channels
from bot.chat.slack.files import Files
from bot.chat.slack.responder import Responder
from bot.chat.slack.web_api import Failed
from bot.conversation.inbound import Answer
from bot.conversation.reply import Chart, Reply
from bot.logs.setup import log, unexpected
from bot.rules.access.channel_privacy import level_of

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
