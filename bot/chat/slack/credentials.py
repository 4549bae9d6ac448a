"""The tokens and the address of Slack, checked before the first call. They are never shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

API_URL: Final = "https://slack.com/api/"
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
#: The names of the environment variables; bot.server.platforms reads them.
BOT_TOKEN: Final = "BOT_SLACK_BOT_TOKEN"  # noqa: S105 - a name
APP_TOKEN: Final = "BOT_SLACK_APP_TOKEN"  # noqa: S105
SIGNING_SECRET: Final = "BOT_SLACK_SIGNING_SECRET"  # noqa: S105
ADDRESS: Final = "BOT_SLACK_API_URL"

_PREFIXES = {BOT_TOKEN: "xoxb-", APP_TOKEN: "xapp-"}
_WHERE = {BOT_TOKEN: "OAuth & Permissions", APP_TOKEN: "Basic Information, App-Level Tokens"}


class CredentialsUnusable(ValueError):
    """A setting is wrong or missing; the text names it and never holds its value."""


@dataclass(frozen=True)
class Connection:
    """Socket Mode has an app-level token, HTTP a signing secret; with both, Socket Mode is used."""

    bot_token: str = field(repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    api_url: str = API_URL

    @property
    def by_socket(self) -> bool:
        return bool(self.app_token)


def connection(bot_token: str, app_token: str, signing_secret: str, api_url: str = "") -> Connection | None:
    """Return the connection; None where no setting is given. Raise CredentialsUnusable for a partial or wrong one."""
    if not (bot_token or app_token or signing_secret):
        return None
    _prefixed(BOT_TOKEN, bot_token)
    _prefixed(APP_TOKEN, app_token)
    if not bot_token:
        raise CredentialsUnusable(
            f"{BOT_TOKEN} is not set, and Slack is half configured: see {_WHERE[BOT_TOKEN]} of the app"
        )
    if not (app_token or signing_secret):
        raise CredentialsUnusable(
            f"{APP_TOKEN} is not set, so the bot could speak in Slack and hear nothing: make one with "
            f"connections:write ({_WHERE[APP_TOKEN]}), or set {SIGNING_SECRET} where Slack calls over HTTP"
        )
    if signing_secret.startswith(("xox", "xapp")):
        raise CredentialsUnusable(
            f"{SIGNING_SECRET} is a token: the signing secret stands under Basic Information of the app"
        )
    # The token is sent to this address: https, or this machine.
    url = api_url or API_URL
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise CredentialsUnusable(f"{ADDRESS} is not an address") from None
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    if not host or not is_safe or "@" in parts.netloc or parts.query or parts.fragment:
        raise CredentialsUnusable(
            f"{ADDRESS} must begin with https:// and hold no user or password (http:// on this machine)"
        )
    return Connection(bot_token, app_token, signing_secret, url.rstrip("/") + "/")


def _prefixed(name: str, given: str) -> None:
    """Check a token's prefix: the two tokens look alike and are easily swapped."""
    prefix = _PREFIXES[name]
    if given and (not given.startswith(prefix) or not given.isascii() or len(given.split()) != 1):
        raise CredentialsUnusable(f"{name} must begin with {prefix} and hold no space: see {_WHERE[name]} of the app")
