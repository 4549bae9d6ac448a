"""The Slack adapter: the outbound platform, and the inbound paths over Socket Mode and HTTP."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from threading import Event

from bot.chat.slack.accounts import Accounts
from bot.chat.slack.bolt_app import Listeners
from bot.chat.slack.channels import Channels
from bot.chat.slack.chart_upload import ChartUploads, Draw
from bot.chat.slack.context import Context
from bot.chat.slack.credentials import Connection
from bot.chat.slack.files import Files
from bot.chat.slack.identity import Identity
from bot.chat.slack.platform import Slack
from bot.chat.slack.responder import Responder
from bot.chat.slack.socket_mode import Socket
from bot.chat.slack.thread_pool import ThreadPool
from bot.chat.slack.web_api import Api
from bot.chat.slack.webhook import Door
from bot.conversation.inbound import Inbound

#: Time to finish the answers under way at the end; a call to Slack lasts 10 s at most.
END_SECONDS = 15.0
#: Answers made at once; more wait their turn, already acknowledged.
THREADS = 4


@dataclass
class SlackAdapter:
    """One workspace. `counter` is the inbound port; `acked` is called with the seconds of each acknowledgement.

    `replicas` is how many processes of this bot there should be, each with a socket of its own. `draw` makes a picture
    of a chart, or None.
    """

    connection: Connection
    counter: Inbound
    now: Callable[[], datetime]
    timeout: float = 10.0
    acked: Callable[[float], None] = lambda seconds: None
    replicas: Callable[[], int] = lambda: 1
    draw: Draw = lambda chart: None
    root: str = "/missing"
    threads: int = THREADS
    socket: Socket | None = field(default=None, init=False)
    _over: Event = field(default_factory=Event, init=False)

    @cached_property
    def api(self) -> Api:
        return Api(self.connection.bot_token, self.connection.api_url, self.timeout)

    @cached_property
    def identity(self) -> Identity:
        return Identity(self.api)

    @cached_property
    def accounts(self) -> Accounts:
        return Accounts(self.api, self.identity)

    @cached_property
    def channels(self) -> Channels:
        return Channels(self.api, self.identity, self.accounts, self.counter.listed_level, self.counter.entitled)

    @cached_property
    def platform(self) -> Slack:
        """The platform for digests and reminders; it needs no inbound path."""
        return Slack(self.api, self.channels, self.identity, self.counter.for_post)

    @cached_property
    def _pool(self) -> ThreadPool:
        return ThreadPool(self.threads, "slack")

    @cached_property
    def drawing(self) -> ThreadPoolExecutor:
        """The executor of chart drawings: one at a time, each a process and a second or two."""
        return ThreadPoolExecutor(1, "charts")

    @cached_property
    def _listeners(self) -> Listeners:
        responder = Responder(self.api, self.channels)
        charts = ChartUploads(Files(self.api), self.channels, responder, self.draw, self.drawing, self._over)
        context = Context(
            self.counter, self.api, self.identity, self.accounts, self.channels, responder, charts, self.now
        )
        return Listeners(self.connection, context, self._pool, self.root)

    def door(self) -> Door | None:
        """Return the HTTP webhook; None without a signing secret."""
        secret = self.connection.signing_secret
        return Door(secret, self._listeners.app, acked=self.acked) if secret else None

    def start(self) -> None:
        """Open the socket, where there is a token for one."""
        if self.connection.app_token:
            self.socket = Socket(self.connection, self._listeners.app, self.acked, self.replicas)
            self.socket.start()

    def stop(self) -> bool:
        """Nothing more comes in, and what was begun is ended within the time for it; whether all of it was.

        ChartUploads that were not begun are left.
        """
        closed = self.socket is None or self.socket.stop()
        ended = self._pool.end(END_SECONDS)
        self._over.set()
        self.drawing.shutdown(wait=ended, cancel_futures=True)
        return closed and ended
