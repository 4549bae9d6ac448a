"""Slack as the environment describes it, with the bot behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.app import App
from bot.chat.slack.connection import API_URL, Connection, Unusable
from bot.chat.slack.service import Service
from bot.reception import Reception
from bot.reply import Chart
from bot.report.charts import png
from bot.rules.destination import Destination
from bot.settings import SettingsError, secret

NAME = "slack"
PATH = "/slack/events"


_BOT, _APP, _SECRET = "BOT_SLACK_BOT_TOKEN", "BOT_SLACK_APP_TOKEN", "BOT_SLACK_SIGNING_SECRET"


def read(environ: Mapping[str, str]) -> Connection | None:
    """None where nothing of Slack is set; SettingsError where only a part is, without a word of any token."""
    bot, app, signing = (secret(environ, name) for name in (_BOT, _APP, _SECRET))
    if bot is None:
        if app or signing:
            raise SettingsError(f"Something of Slack is set, but not {_BOT}: the bot's token, which begins with xoxb-.")
        return None
    try:
        return Connection(bot, app, signing, environ.get("BOT_SLACK_API_URL") or API_URL)
    except Unusable as fault:
        raise SettingsError(f"{fault}.") from None


def service(
    app: App,
    connection: Connection,
    now: Callable[[], datetime],
    answered: Callable[[str, str, float], None] = lambda verb, outcome, seconds: None,
    acked: Callable[[float], None] = lambda seconds: None,
    replicas: Callable[[], int] = lambda: 1,
    draw: Callable[[Chart], bytes | None] = png,
) -> Service:
    """Joined both ways: the counter asks Slack who reads a place, Slack asks the counter everything else."""

    def describe(destination: str) -> Destination:
        return made.channels.describe(destination)

    counter = Reception(app, "slack_id", NAME, describe, now, answered)
    made = Service(connection, counter, now, app.partnership.delivery.timeout_seconds, acked, replicas, draw)
    return made
