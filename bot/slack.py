"""Slack as the environment describes it: two tokens or a signing secret, each in a variable or in the file it names."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.slack.connection import (
    ADDRESS,
    APP_TOKEN,
    BOT_TOKEN,
    SIGNING_SECRET,
    Connection,
    Unusable,
    connection,
)
from bot.settings import SettingsError, secret


def read(environ: Mapping[str, str]) -> Connection | None:
    """None where nothing of Slack is set; SettingsError without a word of a token."""
    bot, app, signing = (secret(environ, name) or "" for name in (BOT_TOKEN, APP_TOKEN, SIGNING_SECRET))
    try:
        return connection(bot, app, signing, environ.get(ADDRESS, ""))
    except Unusable as fault:
        raise SettingsError(f"{fault}.") from None
