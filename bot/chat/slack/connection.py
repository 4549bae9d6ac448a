"""What is needed to reach Slack: tokens, the secret its requests are signed with, and where its Web API is."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

API_URL = "https://slack.com/api/"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Unusable(ValueError):
    """Something of it is missing or is not what it should be; the text holds nothing of a token."""


@dataclass(frozen=True)
class Connection:
    """A bot's token, and at least one way in: an app-level token for Socket Mode, or a signing secret for HTTP."""

    bot_token: str = field(repr=False)
    app_token: str | None = field(default=None, repr=False)
    signing_secret: str | None = field(default=None, repr=False)
    api_url: str = API_URL

    def __post_init__(self) -> None:
        if not self.bot_token.startswith("xoxb-"):
            raise Unusable("BOT_SLACK_BOT_TOKEN must be a bot's token: it begins with xoxb-")
        if self.app_token and not self.app_token.startswith("xapp-"):
            raise Unusable("BOT_SLACK_APP_TOKEN must be an app-level token: it begins with xapp-")
        if not (self.app_token or self.signing_secret):
            raise Unusable(
                "Slack needs a way in: BOT_SLACK_APP_TOKEN for Socket Mode, or BOT_SLACK_SIGNING_SECRET for HTTP"
            )
        if not _is_address(self.api_url):
            raise Unusable("BOT_SLACK_API_URL must begin with https:// and end with a slash")

    @property
    def is_here(self) -> bool:
        """Whether all of Slack is on this very machine: a test, or a practice."""
        return urlsplit(self.api_url).hostname in LOOPBACK


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if parts.username or parts.password or not url.endswith("/"):
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK))
