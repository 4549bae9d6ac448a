"""The Slack adapter: the outbound platform, and the inbound paths over Socket Mode and HTTP."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from threading import Event
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.slack import action_ids, modals, on_event, on_message, on_press, on_submit, payloads
from bot.chat.slack.channels import Accounts, Channels, Identity
from bot.chat.slack.context import ChartUploads, Context, Draw, Responder
from bot.chat.slack.credentials import Connection
from bot.chat.slack.files import Files
from bot.chat.slack.platform import Slack
from bot.chat.slack.socket_mode import Socket
from bot.chat.slack.web_api import Api, Failed, quiet
from bot.chat.slack.webhook import Door
from bot.conversation.inbound import Inbound
from bot.logs.setup import log, unexpected

#: The caller is told after this time that the answer takes longer.
SLOW_SECONDS = 2.0
#: Slack waits three seconds for the acknowledgement of a form; the rest is for the network.
FORM_SECONDS = 2.0

Lazy = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass
class Listeners:
    """The listeners of the app. `root` is the slash command."""

    connection: Connection
    context: Context
    pool: ThreadPoolExecutor
    root: str = "/missing"
    _kept: set[asyncio.Future[Any]] = field(default_factory=set)

    def app(self) -> AsyncApp:
        """Return an app. Each inbound path (HTTP, socket) has its own, because it belongs to one event loop."""

        async def authorize() -> AuthorizeResult:  # of no argument: Bolt hands in values by name, and calls Slack never
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
        app.command(self.root)(ack=_acknowledge, lazy=[self._command])
        for word in action_ids.EVERY:
            app.action(re.compile(rf"{word}(:\d+)?\Z"))(ack=_acknowledge, lazy=[self._pressed])
        app.view(action_ids.FILLED)(self._filled)
        app.view_closed(action_ids.FILLED)(_acknowledge)
        app.shortcut(action_ids.LOOK_UP)(ack=_acknowledge, lazy=[self._of(on_submit.look_up)])
        app.event("app_home_opened")(ack=_acknowledge, lazy=[self._home])
        app.event("app_mention")(ack=_acknowledge, lazy=[self._of(on_message.mention)])
        app.event("message")(ack=_acknowledge, lazy=[self._of(on_message.message)])
        app.event("member_joined_channel")(ack=_acknowledge, lazy=[self._of(on_event.joined)])
        app.event("channel_shared")(ack=_acknowledge, lazy=[self._of(on_event.changed)])
        app.event("user_change")(ack=_acknowledge, lazy=[self._of(on_event.changed)])
        return app

    async def _ours(self, body: dict[str, Any], next: Callable[[], Awaitable[None]]) -> BoltResponse | None:
        """Refuse a payload of another workspace or another app before anything else in it is read."""
        if body.get("type") == "url_verification":  # Slack asks whether the address is ours, of no workspace
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
        came, wait = payloads.command(body), on_message.Wait()
        answer = self._start(lambda: on_message.command(self.context, came, wait))
        await asyncio.wait({answer}, timeout=SLOW_SECONDS)
        if not answer.done():
            waiting = asyncio.to_thread(on_message.still, self.context, came, wait)  # the pool may be what is busy
            await asyncio.gather(waiting, answer)
            return
        await answer

    async def _pressed(self, body: dict[str, Any]) -> None:
        await self._start(lambda: on_press.press(self.context, payloads.pressed(body)))

    async def _home(self, body: dict[str, Any]) -> None:
        if payloads.event(body).get("tab") == "home":
            source, event = payloads.source(body), payloads.event_name(body)
            await self._start(lambda: on_message.home(self.context, source, event))

    async def _filled(self, ack: Any, body: dict[str, Any]) -> None:
        """Answer a form in its acknowledgement; where that cannot wait, change the view later."""
        filled = payloads.filled(body)
        done = self._start(lambda: on_submit.submit(self.context, filled))
        await asyncio.wait({done}, timeout=FORM_SECONDS)
        if done.done():
            await ack(**done.result())
            return
        await ack(response_action="update", view=modals.loading("Saving"))

        async def late() -> None:
            result = await done
            await self._start(lambda: on_submit.late(self.context, filled, result))

        self._keep(asyncio.ensure_future(late()))

    def _of(self, handler: Callable[[Context, payloads.Payload], None]) -> Lazy:
        async def lazy(body: dict[str, Any]) -> None:
            await self._start(lambda: handler(self.context, body))

        lazy.__name__ = handler.__name__
        return lazy

    def _start(self, work: Callable[[], Any]) -> asyncio.Future[Any]:
        return self._keep(asyncio.get_running_loop().run_in_executor(self.pool, work))

    def _keep(self, future: asyncio.Future[Any]) -> asyncio.Future[Any]:
        """Hold a future until it is done: the loop itself keeps no reference."""
        self._kept.add(future)
        future.add_done_callback(self._kept.discard)
        return future


async def _acknowledge(ack: Any) -> None:
    await ack()


async def _failed(error: Exception) -> BoltResponse:
    unexpected(error)
    return BoltResponse(status=500, body="")


class ThreadPool(ThreadPoolExecutor):
    """An executor whose `end` has a time limit, because Slack may be away."""

    def __init__(self, threads: int, name: str) -> None:
        super().__init__(threads, name)
        self._under_way: set[Future[Any]] = set()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Start a call, and keep its future until it is done."""
        future = super().submit(fn, *args, **kwargs)
        self._under_way.add(future)
        future.add_done_callback(self._under_way.discard)
        return future

    def end(self, seconds: float) -> bool:
        """Take no more calls, and return True if all calls under way ended within `seconds`."""
        self.shutdown(wait=False)
        return not wait(list(self._under_way), seconds).not_done


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
