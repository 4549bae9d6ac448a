"""Slack as the environment describes it, with the bot behind it: tokens in variables, or in the files they name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from bot.app import App
from bot.chat.slack.credentials import ADDRESS, APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, Connection, Unusable, connection
from bot.conversation.reply import Chart
from bot.reports.charts import png
from bot.rules.access.channel_privacy import Destination
from bot.server.gateway import Reception
from bot.settings import SettingsError, secret

if TYPE_CHECKING:
    from bot.chat.slack.adapter import Service

NAME = "slack"


def read(environ: Mapping[str, str]) -> Connection | None:
    """None where nothing of Slack is set; SettingsError without a word of a token."""
    bot, app, signing = (secret(environ, name) or "" for name in (BOT_TOKEN, APP_TOKEN, SIGNING_SECRET))
    try:
        return connection(bot, app, signing, environ.get(ADDRESS, ""))
    except Unusable as fault:
        raise SettingsError(f"{fault}.") from None


def service(
    app: App,
    to: Connection,
    now: Callable[[], datetime],
    answered: Callable[[str, str, float], None] = lambda verb, outcome, seconds: None,
    acked: Callable[[float], None] = lambda seconds: None,
    replicas: Callable[[], int] = lambda: 1,
    draw: Callable[[Chart], bytes | None] = png,
) -> Service:
    """Joined both ways: the counter asks Slack who reads a place, Slack asks the counter everything else.

    Slack's framework is loaded only here: a question at the terminal does not wait for it.
    """
    from bot.chat.slack.adapter import Service

    def describe(destination: str) -> Destination:
        return made.channels.describe(destination)

    counter = Reception(app, "slack_id", NAME, describe, now, answered)
    made = Service(to, counter, now, app.partnership.delivery.timeout_seconds, acked, replicas, draw)
    return made
