"""The second path as the environment describes it: BOT_SMTP_URL (or its file) and BOT_SMTP_FROM."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.email import Email, Unusable, mail_server
from bot.rules.partnership.channels import is_address
from bot.settings import SettingsError, secret


def read(environ: Mapping[str, str]) -> Email | None:
    """None where no mail server is named; SettingsError without a word of its address."""
    url, sender = secret(environ, "BOT_SMTP_URL"), environ.get("BOT_SMTP_FROM", "")
    if url is None:
        return None
    if not is_address(sender):
        raise SettingsError("BOT_SMTP_FROM must be an e-mail address: it is who the messages are from.")
    try:
        return Email(mail_server(url), sender)
    except Unusable as fault:
        raise SettingsError(f"{fault}.") from None
