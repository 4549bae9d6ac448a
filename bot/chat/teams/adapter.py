"""The Teams adapter: the outbound platform, and the inbound path over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from threading import Event
from typing import Any

from bot.chat.platform_time import PlatformTime
from bot.chat.teams import on_file, on_install, on_invoke, on_message, payloads, report_files
from bot.chat.teams.channels import Accounts, Channels
from bot.chat.teams.connector import Connector
from bot.chat.teams.context import STILL, Context, Responder, Shown
from bot.chat.teams.conversations import Conversations
from bot.chat.teams.credentials import Connection
from bot.chat.teams.payloads import Payload
from bot.chat.teams.platform import Teams
from bot.chat.teams.report_files import ReportFiles
from bot.chat.teams.sdk import Activity, Sdk
from bot.chat.teams.webhook import Seen, Webhook
from bot.chat.thread_pool import ThreadPool
from bot.conversation.inbound import Inbound
from bot.conversation.outbound import Begin, makes_no_report
from bot.logs.setup import log
from bot.store.database import Database

#: Time to finish the answers under way at the end; a call to Teams lasts 10 s at most.
END_SECONDS = 15.0
#: Answers composed at the same time; others wait, already acknowledged.
THREADS = 4
#: Teams waits about five seconds for what a press shows; the rest is for the network.
INVOKE_SECONDS = 4.0


@dataclass
class TeamsAdapter:
    """One app. `gateway` is the inbound port; `acked` is called with the seconds of each acknowledgement.

    `read_back` is True where the teams let the bot read their channels, so that a message can be looked up. `begin`
    begins to make a report's files.
    """

    connection: Connection
    gateway: Inbound
    database: Database
    now: Callable[[], datetime]
    timeout: float = 10.0
    acked: Callable[[float], None] = lambda seconds: None
    read_back: bool = False
    begin: Begin = makes_no_report
    _kept: set[asyncio.Future[Any]] = field(default_factory=set, init=False)
    _seen: Seen = field(default_factory=Seen, init=False)
    _over: Event = field(default_factory=Event, init=False)

    @cached_property
    def sdk(self) -> Sdk:
        return Sdk(self.connection, self.timeout, self._activity)

    @property
    def own_time(self) -> PlatformTime:
        return self.sdk.own_time

    def ask_time(self) -> None:
        """Have Microsoft answer, for the time in its answer; nothing where it does not answer."""
        self.sdk.ask_time()

    @cached_property
    def connector(self) -> Connector:
        return Connector(self.sdk, self.connection.bot, self.connection.graph_url)

    @cached_property
    def conversations(self) -> Conversations:
        return Conversations(self.database)

    @cached_property
    def accounts(self) -> Accounts:
        return Accounts(self.connector, self.conversations, self.connection.tenants)

    @cached_property
    def channels(self) -> Channels:
        gateway, url = self.gateway, self.connection.service_url
        known = (self.connector, self.conversations, self.accounts)
        return Channels(*known, gateway.listed_level, gateway.tenants, gateway.entitled, url)

    @cached_property
    def platform(self) -> Teams:
        """The platform for digests and reminders; it needs no inbound path."""
        return Teams(self.connector, self.channels, self.gateway.for_post, self.read_back)

    @cached_property
    def context(self) -> Context:
        responder = Responder(self.connector, self.channels)
        files = ReportFiles(self.connection, self.gateway, self.channels, self.begin, self.sdk.upload, self._over)
        ways = (self.connector, self.conversations, self.accounts, self.channels, responder, files)
        return Context(self.connection, self.gateway, *ways, self.now)

    @cached_property
    def _pool(self) -> ThreadPool:
        return ThreadPool(THREADS, "teams")

    def webhook(self) -> Webhook:
        """Return the HTTP endpoint, for POST at `credentials.PATH`."""
        return Webhook(self.connection, self.sdk.handle, self.acked)

    def start(self) -> None:
        """Get ready for activities, before the server listens; CredentialsUnusable where that cannot be."""
        self.sdk.start()

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop of Microsoft's SDK, to be looked at."""
        return self.sdk.loop

    def answers_stuck(self, now: float) -> float:
        """Return for how many seconds an answer has waited for a thread while no other answer ended."""
        return self._pool.stuck(now)

    def stop(self) -> bool:
        """Take nothing more in, and return True if all answers under way ended in time.

        Files that were not uploaded are dropped.
        """
        self._over.set()
        ended = self._pool.end(END_SECONDS)
        return self.sdk.stop() and ended

    async def _activity(self, activity: Activity) -> Activity | None:
        """Take one activity whose signature is good, and return what an invoke is answered with.

        A message is acknowledged at once and answered by a message. A copy of an activity changes nothing.
        """
        if self._seen.before(f"{payloads.text_of(activity, 'name')}:{payloads.event_name(activity)}"):
            log("refused", platform="teams", reason="repeated")
            return None
        match activity.get("type"):
            case "message" if payloads.is_press(activity):
                self._start(lambda: self._press(activity))
            case "message":
                self._start(lambda: on_message.message(self.context, activity))
            case "invoke":
                return await self._invoke(activity)
            case "installationUpdate":
                self._start(lambda: on_install.installed(self.context, activity))
            case "conversationUpdate":
                self._start(lambda: on_install.updated(self.context, activity))
            case _:
                return None
        return None

    def _press(self, activity: Payload) -> None:
        """Act on a press that came as a message, from a client that knows no other, and answer by a message."""
        on_invoke.late(self.context, activity, on_invoke.act(self.context, activity))

    async def _invoke(self, activity: Activity) -> Activity | None:
        """Answer what Teams waits for. What takes longer is said to take longer, and comes as a message."""
        name = payloads.text_of(activity, "name")
        if name == report_files.INVOKE:
            self._start(lambda: on_file.answered(self.context, activity))
            return None
        if name not in on_invoke.NAMES:
            return None
        in_dialog = name != on_invoke.EXECUTE
        done = self._start(lambda: on_invoke.act(self.context, activity, in_dialog=in_dialog))
        await asyncio.wait({done}, timeout=INVOKE_SECONDS)
        if done.done():
            return on_invoke.body(name, done.result())

        async def late() -> None:
            shown = await done
            await self._start(lambda: on_invoke.late(self.context, activity, shown))

        self._keep(asyncio.ensure_future(late()))
        return on_invoke.body(name, Shown(text=STILL))

    def _start(self, work: Callable[[], Any]) -> asyncio.Future[Any]:
        return self._keep(asyncio.get_running_loop().run_in_executor(self._pool, work))

    def _keep(self, future: asyncio.Future[Any]) -> asyncio.Future[Any]:
        """Keep a future until it is done: the loop itself holds no reference."""
        self._kept.add(future)
        future.add_done_callback(self._kept.discard)
        return future
