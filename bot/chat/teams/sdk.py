"""Microsoft's SDK for Teams, in a thread with an event loop of its own: it checks what comes in, and has the token.

The SDK is imported here and nowhere else, and only when it is used. It reads settings of its own from the environment
and from a file named .env in this folder or one above; none of them has an effect.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import warnings
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from bot.chat.platform_time import PlatformTime
from bot.chat.teams.connector import Failed, code_in
from bot.chat.teams.credentials import PATH, Connection, CredentialsUnusable
from bot.logs.setup import log, unexpected

if TYPE_CHECKING:
    import httpx
    from microsoft_teams.apps import App
    from microsoft_teams.apps.events import ActivityEvent

    from bot.chat.teams.signing_keys import SigningKeys

Activity = dict[str, Any]
Made = TypeVar("Made")
#: Settings that the SDK would read: its own names, not the bot's.
FOREIGN = (
    *("CLIENT_ID", "CLIENT_SECRET", "TENANT_ID", "MANAGED_IDENTITY_CLIENT_ID"),
    *("CLOUD", "SERVICE_URL", "OAUTH_URL", "DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS"),
)
#: The wait where Teams asks to come back later and does not say when, and where a call could not begin.
LATER_SECONDS = 30.0
#: The longest that the upload of a file may take.
UPLOAD_SECONDS = 60.0
#: Answers that ask to come back later; the last two only where they say when, because they may have been carried out.
_LATER, _LATER_IF_SAID = (412, 429), (502, 504)


class Sdk:
    """One app. `activity` gets each checked activity as it came, and returns the body of an invoke's answer."""

    def __init__(
        self, connection: Connection, timeout: float, activity: Callable[[Activity], Awaitable[Activity | None]]
    ) -> None:
        self.connection = connection
        self.timeout = timeout
        self._activity = activity
        self._route = _Route()
        self._app: App | None = None
        self._keys: SigningKeys | None = None
        self._started = False
        self._one = threading.Lock()
        self.own_time = PlatformTime()
        self._thread: threading.Thread | None = None

    @property
    def hears(self) -> bool | None:
        """True if activities can be checked, False without fresh keys; None where nothing is to come in."""
        return self._keys.are_usable if self._keys and self._started else None

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop, to be looked at; None before it is used."""
        return self._loop if self._thread else None

    def start(self) -> None:
        """Get ready for activities; CredentialsUnusable where anything unsigned is taken.

        Without the keys every activity is refused until they come: the bot's other platforms do not wait for Microsoft.
        """
        self._running()
        keys = self._keys
        if keys is None:
            raise CredentialsUnusable("Microsoft's SDK checks no signature: this release of it cannot be used")
        keys.try_refresh()
        probe = asyncio.run_coroutine_threadsafe(self._handled({"type": "message", "id": "probe"}, {}), self._loop)
        if probe.result(self.timeout)[0] != 401:
            raise CredentialsUnusable("Microsoft's SDK took an activity that was not signed")
        keys.start()
        self._started = True

    def stop(self) -> bool:
        """End the loop; return True if it ended."""
        if self._keys:
            self._keys.stop()
        if self._thread is None:
            return True
        asyncio.run_coroutine_threadsafe(self._closed(), self._loop)
        self._thread.join(self.timeout)
        if self._thread.is_alive():
            return False
        self._loop.close()
        return True

    async def handle(self, body: Activity, headers: Mapping[str, str]) -> tuple[int, object]:
        """Have the SDK check an activity and pass it on; return status and body of the answer. Any loop may call it."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._handled(body, headers), self._loop))

    def call(
        self,
        method: str,
        service_url: str,
        path: str,
        body: Activity | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Activity:
        """Make one call to Teams' connector, or to Microsoft Graph at its address, with the bot's token; raise Failed.

        There is no retry, and no wait longer than the time-out. The token goes to no other host.
        """
        base = service_url.rstrip("/")
        graph = base == self.connection.graph_url
        if not graph and not self.connection.is_service(f"{base}/"):
            raise Failed("not_microsofts_address")
        app = self._running()
        scope = app.cloud.graph_scope if graph else app.cloud.bot_scope
        calling = self._called(app, scope, method, base + path, body, params)
        return self._done(calling, self.timeout)

    def upload(self, url: str, content: bytes) -> None:
        """Put a file where Teams said, in one request without the bot's token; raise Failed.

        No redirect is followed. The address is the permission to write there, and is not logged.
        """
        if not self.connection.is_file_host(url):
            raise Failed("not_microsofts_address")
        self._running()
        self._done(self._uploaded(url, content), UPLOAD_SECONDS)

    def _done(self, work: Coroutine[Any, Any, Made], seconds: float) -> Made:
        """Wait for work on the SDK's loop, which has a time-out of its own; raise Failed."""
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds + 1)
        except (TimeoutError, CancelledError):
            raise Failed("timeout", known=False) from None
        except RuntimeError:  # the loop has ended
            work.close()
            raise Failed("ending", later=LATER_SECONDS) from None

    def ask_time(self) -> None:
        """Fetch the list of signing keys, for the time in the answer; nothing where it does not come."""
        app = self._running()
        if self._keys is None:
            return
        asking = self._asked_time(app, self._keys.uri)
        try:
            asyncio.run_coroutine_threadsafe(asking, self._loop).result(self.timeout + 1)
        except (TimeoutError, CancelledError):
            return
        except RuntimeError:  # the loop has ended
            asking.close()

    async def _asked_time(self, app: App, url: str) -> None:
        import httpx

        with suppress(TimeoutError, httpx.HTTPError):
            async with asyncio.timeout(self.timeout):
                answer = await app.http_client.request("GET", url)
                self.own_time.hear(url, answer.headers.get("date"))

    def _running(self) -> App:
        """Return the app, made at its first use: a process that only sends needs no keys."""
        with self._one:
            if self._app is None:
                self._app = _app(self.connection, self.timeout, self._route)
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="teams", daemon=True)
                self._thread.start()
                asyncio.run_coroutine_threadsafe(self._initialized(self._app), self._loop).result(self.timeout)
            return self._app

    async def _initialized(self, app: App) -> None:
        await app.initialize()
        app.server.on_request = self._accepted
        validator = getattr(app.server._token_validator, "_service_validator", None)
        if validator is not None:
            from bot.chat.teams.signing_keys import SigningKeys

            self._keys = validator._jwks_client = SigningKeys(validator.options.jwks_uri, self.timeout)

    async def _closed(self) -> None:
        try:
            if self._app:
                await self._app.http_client.http.aclose()
        finally:
            self._loop.stop()

    async def _handled(self, body: Activity, headers: Mapping[str, str]) -> tuple[int, object]:
        if self._route.handler is None:
            return 503, None
        answer = await self._route.handler({"body": body, "headers": dict(headers)})
        return int(answer["status"]), answer["body"]

    async def _accepted(self, event: ActivityEvent) -> Any:
        """Answer an activity whose token the SDK found to be good."""
        try:
            answer = await self._activity(event.body.model_dump(exclude_unset=True))
        except Exception as fault:
            unexpected(fault)
            return {"status": 500, "body": None}
        return {"status": 200, "body": answer}

    async def _called(
        self, app: App, scope: str, method: str, url: str, body: Activity | None, params: Mapping[str, str] | None
    ) -> Activity:
        import httpx

        token = None
        try:
            async with asyncio.timeout(self.timeout):
                token = await app.token_provider.get_app_token(scope, self.connection.tenant)
                query = dict(params) if params else None  # an empty one would take the address's own away
                answer = await app.http_client.request(method, url, json=body, params=query, token=str(token))
                self.own_time.hear(url, answer.headers.get("date"))
                found = answer.json() if answer.content else {}
        except httpx.HTTPStatusError as fault:
            raise _refused(fault.response) from None
        except Exception as fault:
            code = type(fault).__name__
            if token is None:
                log("no token for Teams", outcome=code)
                # Entra's refusal is a ValueError with Entra's word; anything else did not get as far as Entra.
                word = "token_refused" if isinstance(fault, ValueError) else "no_token"
                raise Failed(word, later=LATER_SECONDS) from None
            if isinstance(fault, httpx.ConnectError | httpx.ConnectTimeout):  # nothing was sent
                raise Failed(code, later=LATER_SECONDS) from None
            raise Failed(code, known=False) from None
        return found if isinstance(found, dict) else {}

    async def _uploaded(self, url: str, content: bytes) -> None:
        import httpx

        last, size = len(content) - 1, len(content)
        headers = {"Content-Type": "application/octet-stream", "Content-Range": f"bytes 0-{last}/{size}"}
        try:
            async with (
                asyncio.timeout(UPLOAD_SECONDS),
                httpx.AsyncClient(follow_redirects=False, timeout=self.timeout) as client,
                client.stream("PUT", url, content=content, headers=headers) as answer,
            ):
                status = answer.status_code
        except (TimeoutError, httpx.HTTPError, httpx.InvalidURL, ValueError) as fault:
            raise Failed(type(fault).__name__, known=False) from None
        if status not in (200, 201):
            raise Failed(f"upload_{status}")


class _Route:
    """The SDK's HTTP server: it serves nothing, and keeps the handler of the one route for the bot's own server."""

    handler: Callable[[Any], Awaitable[Any]] | None = None

    def register_route(self, method: str, path: str, handler: Callable[[Any], Awaitable[Any]]) -> None:
        self.handler = handler

    def serve_static(self, path: str, directory: str) -> None:
        """Serve no file."""

    async def start(self, port: int) -> None:
        raise NotImplementedError("the bot has a server of its own")

    async def stop(self) -> None:
        """Nothing was started."""


def _app(connection: Connection, timeout: float, route: _Route) -> App:
    """Build the SDK's app, with every choice that concerns safety in words."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the SDK warns of its own previews, and of what it will drop
        return _built(connection, timeout, route)


def _built(connection: Connection, timeout: float, route: _Route) -> App:
    os.environ["PYTHON_DOTENV_DISABLED"] = "1"
    for name in FOREIGN:
        os.environ.pop(name, None)
    from microsoft_teams.api.auth.cloud_environment import from_name, with_overrides
    from microsoft_teams.apps import App
    from microsoft_teams.common import ClientOptions

    for name in ("microsoft_teams", "msal"):  # they quote what was sent and received
        logging.getLogger(name).setLevel(logging.CRITICAL)
    cloud = from_name(connection.cloud)
    if url := connection.overrides.get("openid_metadata_url"):
        cloud = with_overrides(cloud, openid_metadata_url=url)
    given = connection.overrides.get("token")
    app = App(
        client_id=connection.client_id,
        client_secret=None if given else connection.secret or None,
        managed_identity_client_id=None if given else connection.managed_identity or None,
        token=(lambda scope, tenant: given) if given else None,
        tenant_id=connection.tenant,
        cloud=cloud,
        service_url=connection.service_url,
        dangerously_allow_unauthenticated_requests=False,
        fetch_user_token=False,
        state=False,
        telemetry={"agent365": False},
        client=ClientOptions(timeout=timeout),
        http_server_adapter=route,
        messaging_endpoint=PATH,
    )
    logging.getLogger("httpx").setLevel(logging.CRITICAL)  # the SDK sets it to its own level
    return app


def _refused(answer: httpx.Response) -> Failed:
    """Return the failure that an answer tells of: its code, and no more, because it may quote what was sent."""
    status = answer.status_code
    try:
        code = code_in(answer.json()) or f"http_{status}"
    except ValueError:
        code = f"http_{status}"
    seconds = _seconds(answer.headers.get("retry-after", ""))
    if status in _LATER or (status in _LATER_IF_SAID and seconds is not None):
        return Failed(code, later=LATER_SECONDS if seconds is None else seconds)
    return Failed(code, known=status < 500)


def _seconds(text: str) -> float | None:
    """Return the seconds of a Retry-After; None where it is absent or a date, which our clock cannot be held to."""
    return max(1.0, float(text)) if text.isascii() and text.isdecimal() and len(text) < 6 else None
