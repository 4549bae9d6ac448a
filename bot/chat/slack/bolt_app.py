"""Slack's own framework, told what to do with each thing that comes in: acknowledge first, work in a thread after it.

With `process_before_response` the acknowledgement leaves as soon as it is made; without it Bolt looks for it only
every 10 ms. What takes time is a lazy listener, which begins when the acknowledgement is on its way.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.slack import action_ids, modals, payloads
from bot.chat.slack.credentials import Connection
from bot.chat.slack.identity import Identity
from bot.chat.slack.on_event import EventHandlers
from bot.chat.slack.on_message import Wait
from bot.chat.slack.web_api import Failed, quiet
from bot.logs.setup import log, unexpected

#: After this somebody who asked is told that it takes longer.
SLOW_SECONDS = 2.0
#: Slack waits three seconds for what a form is to show; the rest is for the way.
FORM_SECONDS = 2.0

Lazy = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass
class Listeners:
    """Everything the app hears. `root` is the slash command."""

    connection: Connection
    identity: Identity
    work: EventHandlers
    pool: ThreadPoolExecutor
    root: str = "/missing"
    _kept: set[asyncio.Future[Any]] = field(default_factory=set)

    def app(self) -> AsyncApp:
        """One for each way in: it belongs to the loop that it answers in."""
        app = AsyncApp(
            name="missing",
            logger=quiet(),
            process_before_response=True,
            signing_secret=self.connection.signing_secret or "",
            client=AsyncWebClient(base_url=self.connection.api_url, retry_handlers=[], logger=quiet()),
            authorize=self._authorize(),
            before_authorize=self._ours,
        )
        app.error(self._failed)
        app.command(self.root)(ack=_acknowledge, lazy=[self._command])
        for word in action_ids.EVERY:
            app.action(_id(word))(ack=_acknowledge, lazy=[self._pressed])
        app.view(action_ids.FILLED)(self._filled)
        app.view_closed(action_ids.FILLED)(_acknowledge)
        app.shortcut(action_ids.LOOK_UP)(ack=_acknowledge, lazy=[self._of(self.work.look_up)])
        for name, lazy in self._events().items():
            app.event(name)(ack=_acknowledge, lazy=[lazy])
        return app

    def _events(self) -> dict[str, Lazy]:
        return {
            "app_home_opened": self._home,
            "app_mention": self._of(self.work.mention),
            "message": self._of(self.work.message),
            "member_joined_channel": self._of(self.work.joined),
            "channel_shared": self._of(self.work.changed),
            "user_change": self._of(self.work.changed),
        }

    # ---- who ------------------------------------------------------------------------------------------

    async def _ours(self, body: dict[str, Any], next: Callable[[], Awaitable[None]]) -> BoltResponse | None:
        """Another workspace's, or another app's, is refused before anything is read in it."""
        if body.get("type") == "url_verification":  # Slack asks whether the address is ours, of no workspace
            await next()
            return None
        try:
            me = self.identity.known or await self._in_thread(self.identity.me)
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

    def _authorize(self) -> Callable[[], Awaitable[AuthorizeResult]]:
        """A function of no argument, for Bolt hands in whatever it finds by name. Bolt itself never calls Slack."""

        async def authorize() -> AuthorizeResult:
            me = self.identity.me()
            return AuthorizeResult(
                enterprise_id=me.enterprise, team_id=me.team, bot_user_id=me.user, bot_id=me.bot, bot_token=""
            )

        return authorize

    # ---- what came in ------------------------------------------------------------------------------------

    async def _command(self, body: dict[str, Any]) -> None:
        came, wait = payloads.command(body), Wait()
        answer = self._start(lambda: self.work.command(came, wait))
        await asyncio.wait({answer}, timeout=SLOW_SECONDS)
        if not answer.done():
            waiting = asyncio.to_thread(self.work.still, came, wait)  # the pool may be what is busy
            await asyncio.gather(waiting, answer)
            return
        await answer

    async def _pressed(self, body: dict[str, Any]) -> None:
        await self._in_thread(lambda: self.work.pressed(payloads.pressed(body)))

    async def _home(self, body: dict[str, Any]) -> None:
        if payloads.event(body).get("tab") == "home":
            await self._in_thread(lambda: self.work.home(payloads.source(body), payloads.event_name(body)))

    async def _filled(self, ack: Any, body: dict[str, Any]) -> None:
        """What came of it stands in the acknowledgement; where that cannot wait, the view is changed later."""
        filled = payloads.filled(body)
        done = self._start(lambda: self.work.filled(filled))
        await asyncio.wait({done}, timeout=FORM_SECONDS)
        if done.done():
            await ack(**done.result())
            return
        await ack(response_action="update", view=modals.loading("Saving"))
        self._keep(asyncio.ensure_future(self._late(filled, done)))

    async def _late(self, filled: payloads.Filled, done: asyncio.Future[dict[str, Any]]) -> None:
        body = await done
        await self._in_thread(lambda: self.work.late(filled, body))

    def _of(self, what: Callable[[payloads.Payload], None]) -> Lazy:
        async def lazy(body: dict[str, Any]) -> None:
            await self._in_thread(lambda: what(body))

        lazy.__name__ = what.__name__
        return lazy

    # ---- threads --------------------------------------------------------------------------------------------

    def _start(self, what: Callable[[], Any]) -> asyncio.Future[Any]:
        return self._keep(asyncio.get_running_loop().run_in_executor(self.pool, what))

    async def _in_thread(self, what: Callable[[], Any]) -> Any:
        return await self._start(what)

    def _keep(self, future: asyncio.Future[Any]) -> asyncio.Future[Any]:
        """Until it is done: the loop itself holds on to nothing."""
        self._kept.add(future)
        future.add_done_callback(self._kept.discard)
        return future

    async def _failed(self, error: Exception) -> BoltResponse:
        unexpected(error)
        return BoltResponse(status=500, body="")


async def _acknowledge(ack: Any) -> None:
    await ack()


def _id(word: str) -> re.Pattern[str]:
    return re.compile(rf"{word}(:\d+)?\Z")
