"""The Slack adapter: the outbound platform, and the inbound paths over Socket Mode and HTTP."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from threading import Event
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.platform_time import PlatformTime
from bot.chat.slack import modals, on_event, on_message, on_press, on_submit, payloads, rendering
from bot.chat.slack.channels import Accounts, Channels, Identity
from bot.chat.slack.context import ChartUploads, Context, Draw, Files, Responder
from bot.chat.slack.credentials import Connection
from bot.chat.slack.manifest import LOOK_UP, ROOT_COMMAND
from bot.chat.slack.platform import Slack
from bot.chat.slack.socket_mode import Socket
from bot.chat.slack.web_api import Api, Failed, quiet
from bot.chat.slack.webhook import Webhook
from bot.chat.thread_pool import ThreadPool
from bot.conversation.inbound import Inbound
from bot.conversation.outbound import Begin, makes_no_report
from bot.logs.setup import log, unexpected
from bot.rules.catalogue import _

#: Time to finish the answers under way at the end; a call to Slack lasts 10 s at most.
END_SECONDS = 15.0
#: Answers composed at the same time; others wait, already acknowledged.
THREADS = 4


@dataclass
class SlackAdapter:
    """One workspace. `gateway` is the inbound port; `acked` is called with the seconds of each acknowledgement.

    `replicas` is how many processes of this bot there should be, each with a socket of its own. `draw` makes a picture
    of a chart, or None; `begin` begins to make a report's files.
    """

    connection: Connection
    gateway: Inbound
    now: Callable[[], datetime]
    timeout: float = 10.0
    acked: Callable[[float], None] = lambda seconds: None
    replicas: Callable[[], int] = lambda: 1
    draw: Draw = lambda chart: None
    begin: Begin = makes_no_report
    socket: Socket | None = field(default=None, init=False)
    _over: Event = field(default_factory=Event, init=False)

    @cached_property
    def api(self) -> Api:
        return Api(self.connection.bot_token, self.connection.api_url, self.timeout)

    @property
    def own_time(self) -> PlatformTime:
        return self.api.own_time

    def ask_time(self) -> None:
        """Have Slack answer, for the time in its answer; nothing where it does not answer."""
        with suppress(Failed):
            self.api.read("auth.test", {})

    @cached_property
    def identity(self) -> Identity:
        return Identity(self.api)

    @cached_property
    def accounts(self) -> Accounts:
        return Accounts(self.api, self.identity)

    @cached_property
    def channels(self) -> Channels:
        return Channels(self.api, self.identity, self.accounts, self.gateway.listed_level, self.gateway.entitled)

    @cached_property
    def platform(self) -> Slack:
        """The platform for digests and reminders; it needs no inbound path."""
        return Slack(self.api, self.channels, self.identity, self.gateway.for_post)

    @cached_property
    def _pool(self) -> ThreadPool:
        return ThreadPool(THREADS, "slack")

    @cached_property
    def drawing(self) -> ThreadPoolExecutor:
        """The executor of chart drawings: one at a time, each a process and a second or two."""
        return ThreadPoolExecutor(1, "charts")

    @cached_property
    def _listeners(self) -> Listeners:
        responder = Responder(self.api, self.channels)
        charts = ChartUploads(
            Files(self.api), self.channels, responder, self.draw, self.begin, self.drawing, self._over
        )
        context = Context(
            self.gateway, self.api, self.identity, self.accounts, self.channels, responder, charts, self.now
        )
        return Listeners(self.connection, context, self._pool)

    def webhook(self) -> Webhook | None:
        """Return the HTTP webhook; None without a signing secret."""
        secret = self.connection.signing_secret
        return Webhook(secret, self._listeners.app, acked=self.acked) if secret else None

    def start(self) -> None:
        """Open the socket, where there is a token for one."""
        if self.connection.app_token:
            self.socket = Socket(self.connection, self._listeners.app, self.acked, self.replicas)
            self.socket.start()

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop of the socket, to be looked at."""
        return self.socket.loop if self.socket else None

    def open_anew(self) -> None:
        """Open the socket from a new loop, where the one of before is stuck."""
        if self.socket:
            self.socket.start_anew()

    def answers_stuck(self, now: float) -> float:
        """Return for how many seconds an answer has waited for a thread while no other answer ended."""
        return self._pool.stuck(now)

    def stop(self) -> bool:
        """Take nothing more in, and return True if all answers under way ended in time.

        Chart uploads that were not begun are dropped.
        """
        closed = self.socket is None or self.socket.stop()
        ended = self._pool.end(END_SECONDS)
        self._over.set()
        self.drawing.shutdown(wait=ended, cancel_futures=True)
        return closed and ended


#: After this time the caller is notified that the answer takes longer.
SLOW_SECONDS = 2.0
#: Slack waits three seconds for the acknowledgement of a form; the rest is for the network.
FORM_SECONDS = 2.0


@dataclass
class Listeners:
    """The listeners of the app."""

    connection: Connection
    context: Context
    pool: ThreadPoolExecutor
    _kept: set[asyncio.Future[Any]] = field(default_factory=set)

    def app(self) -> AsyncApp:
        """Return an app. Each inbound path (HTTP, socket) has its own, because it belongs to one event loop."""

        async def authorize() -> AuthorizeResult:  # without arguments, so that Bolt passes none and never calls Slack
            me = self.context.identity.me()
            return AuthorizeResult(
                enterprise_id=me.enterprise, team_id=me.team, bot_user_id=me.user, bot_id=me.bot, bot_token=""
            )

        app = AsyncApp(
            name="missing",
            logger=quiet(),
            process_before_response=True,
            signing_secret=self.connection.signing_secret or "",
            client=AsyncWebClient(base_url=self.connection.api_url, retry_handlers=[], logger=quiet()),
            authorize=authorize,
            before_authorize=self._ours,
        )
        app.error(_failed)
        app.command(ROOT_COMMAND)(ack=_acknowledge, lazy=[self._command])
        for word in rendering.ACTION_IDS:
            app.action(re.compile(rf"{word}(:\d+)?\Z"))(ack=_acknowledge, lazy=[self._of(on_press.press)])
        app.view(modals.FILLED)(self._filled)
        app.view_closed(modals.FILLED)(_acknowledge)
        app.shortcut(LOOK_UP)(ack=_acknowledge, lazy=[self._of(on_submit.look_up)])
        app.event("app_home_opened")(ack=_acknowledge, lazy=[self._home])
        app.event("app_mention")(ack=_acknowledge, lazy=[self._of(on_message.mention)])
        app.event("message")(ack=_acknowledge, lazy=[self._of(on_message.message)])
        app.event("member_joined_channel")(ack=_acknowledge, lazy=[self._of(on_event.joined)])
        app.event("channel_shared")(ack=_acknowledge, lazy=[self._of(on_event.changed)])
        app.event("user_change")(ack=_acknowledge, lazy=[self._of(on_event.changed)])
        return app

    async def _ours(self, body: dict[str, Any], next: Callable[[], Awaitable[None]]) -> BoltResponse | None:
        """Refuse a payload of another workspace or another app before anything else in it is read."""
        if body.get("type") == "url_verification":  # Slack checks the address; the payload names no workspace
            await next()
            return None
        try:
            identity = self.context.identity
            me = identity.known or await self._start(identity.me)
        except (Failed, KeyError):
            return BoltResponse(status=503, body="")
        source = payloads.source(body)
        if source.team not in ("", me.team) or (source.enterprise and source.enterprise != (me.enterprise or "")):
            log("refused: not our workspace")
            return BoltResponse(status=401, body="")
        if me.app and source.app not in ("", me.app):
            log("refused: not our app")
            return BoltResponse(status=401, body="")
        if not source.team and source.enterprise != me.enterprise:
            log("refused: no workspace")
            return BoltResponse(status=401, body="")
        await next()
        return None

    async def _command(self, body: dict[str, Any]) -> None:
        wait = on_message.Wait()
        answer = self._start(lambda: on_message.command(self.context, body, wait))
        await asyncio.wait({answer}, timeout=SLOW_SECONDS)
        if not answer.done():
            # Not in the pool, which may be busy.
            waiting = asyncio.to_thread(on_message.report_delay, self.context, body, wait)
            await asyncio.gather(waiting, answer)
            return
        await answer

    async def _home(self, body: dict[str, Any]) -> None:
        if payloads.event(body).get("tab") == "home":
            source, event = payloads.source(body), payloads.event_name(body)
            await self._start(lambda: on_message.home(self.context, source, event))

    async def _filled(self, ack: Any, body: dict[str, Any]) -> None:
        """Answer a form in its acknowledgement; where that cannot wait, change the view later."""
        done = self._start(lambda: on_submit.submit(self.context, body))
        await asyncio.wait({done}, timeout=FORM_SECONDS)
        if done.done():
            await ack(**done.result())
            return
        await ack(response_action="update", view=modals.loading(_("Saving")))

        async def late() -> None:
            result = await done
            await self._start(lambda: on_submit.late(self.context, body, result))

        self._keep(asyncio.ensure_future(late()))

    def _of(self, handler: Callable[[Context, payloads.Payload], None]) -> Callable[[dict[str, Any]], Awaitable[None]]:
        async def lazy(body: dict[str, Any]) -> None:
            await self._start(lambda: handler(self.context, body))

        lazy.__name__ = handler.__name__
        return lazy

    def _start(self, work: Callable[[], Any]) -> asyncio.Future[Any]:
        return self._keep(asyncio.get_running_loop().run_in_executor(self.pool, work))

    def _keep(self, future: asyncio.Future[Any]) -> asyncio.Future[Any]:
        """Keep a future until it is done: the loop itself holds no reference."""
        self._kept.add(future)
        future.add_done_callback(self._kept.discard)
        return future


async def _acknowledge(ack: Any) -> None:
    await ack()


async def _failed(error: Exception) -> BoltResponse:
    unexpected(error)
    return BoltResponse(status=500, body="")
