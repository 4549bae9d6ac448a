"""The platforms of the environment: Slack, Teams, e-mail by its server, and SMS by the key of GOV.UK Notify."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.app import App
from bot.chat.email import Email, mail_server
from bot.chat.email import MailUnusable as EmailUnusable
from bot.chat.slack.credentials import ADDRESS, APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, Connection, connection
from bot.chat.slack.credentials import CredentialsUnusable as SlackUnusable
from bot.chat.sms import ADDRESS as NOTIFY
from bot.chat.sms import Numbers, Sms, SmsUnusable, is_template, notify
from bot.chat.teams import credentials as in_teams
from bot.conversation.reply import Chart
from bot.reports.charts import png
from bot.rules.partnership.partnership import is_address
from bot.server.gateway import Gateway
from bot.settings import SettingsError, secret, secret_in

if TYPE_CHECKING:
    from bot.chat.slack.adapter import SlackAdapter
    from bot.chat.teams.adapter import TeamsAdapter

SLACK, TEAMS = "slack", "teams"


def by_name(slack: SlackAdapter | None, teams: TeamsAdapter | None) -> dict[str, SlackAdapter | TeamsAdapter]:
    """Return the chat platforms that are connected, by the names that people know."""
    return {name: each for name, each in (("Slack", slack), ("Teams", teams)) if each}


def read_slack(environ: Mapping[str, str]) -> Connection | None:
    """Read Slack's tokens; None where none is set, and a SettingsError that never quotes one."""
    bot, app, signing = (secret(environ, name) or "" for name in (BOT_TOKEN, APP_TOKEN, SIGNING_SECRET))
    try:
        return connection(bot, app, signing, environ.get(ADDRESS, ""))
    except SlackUnusable as fault:
        raise SettingsError(f"{fault}.") from None


def slack_service(
    app: App,
    to: Connection,
    now: Callable[[], datetime],
    answered: Callable[[str, str, float], None] = lambda verb, outcome, seconds: None,
    acked: Callable[[float], None] = lambda seconds: None,
    replicas: Callable[[], int] = lambda: 1,
    draw: Callable[[Chart], bytes | None] = png,
) -> SlackAdapter:
    """Join Slack and the gateway: the gateway asks Slack who reads a place, Slack calls the gateway for the rest.

    Slack's framework is imported only here, so that verbs at the terminal do not wait for it.
    """
    from bot.chat.slack.adapter import SlackAdapter

    gateway = Gateway(app, "slack_id", SLACK, now, answered)
    adapter = SlackAdapter(
        to, gateway, now, app.partnership.delivery.timeout_seconds, acked, replicas, draw, app.making.begin
    )
    gateway.describe = adapter.channels.describe
    return adapter


def read_teams(environ: Mapping[str, str]) -> in_teams.Connection | None:
    """Read the app's registration; None where nothing is set, and a SettingsError that never quotes a value."""
    names = (in_teams.TENANT, in_teams.TENANTS, in_teams.CLOUD, in_teams.MANAGED_IDENTITY, in_teams.READ_BACK)
    try:
        own = secret(environ, in_teams.CLIENT_SECRET) or ""
        others = (environ.get(name, "") for name in names)
        found = in_teams.connection(environ.get(in_teams.CLIENT_ID, ""), own, *others)
    except in_teams.CredentialsUnusable as fault:
        raise SettingsError(f"{fault}.") from None
    if found and importlib.util.find_spec("microsoft_teams") is None:
        do = "./deploy/dev --with teams VERB installs it"
        raise SettingsError(f"{in_teams.CLIENT_ID} is set, and Microsoft's SDK is not installed: {do}.")
    return found


def teams_service(
    app: App,
    to: in_teams.Connection,
    now: Callable[[], datetime],
    answered: Callable[[str, str, float], None] = lambda verb, outcome, seconds: None,
    acked: Callable[[float], None] = lambda seconds: None,
) -> TeamsAdapter:
    """Join Teams and the gateway, as `slack_service` does; Microsoft's SDK is imported at its first use."""
    from bot.chat.teams.adapter import TeamsAdapter

    gateway = Gateway(app, "teams_id", TEAMS, now, answered)
    timeout = app.partnership.delivery.timeout_seconds
    adapter = TeamsAdapter(to, gateway, app.database, now, timeout, acked, to.read_back, app.making.begin)
    gateway.describe = adapter.channels.describe
    return adapter


def read_email(environ: Mapping[str, str]) -> Email | None:
    """Read the mail server; None where none is named, and a SettingsError that never quotes its address."""
    url, sender = secret(environ, "BOT_SMTP_URL"), environ.get("BOT_SMTP_FROM", "")
    if url is None:
        return None
    if not is_address(sender):
        raise SettingsError("BOT_SMTP_FROM must be an e-mail address: it is who the messages are from.")
    try:
        return Email(mail_server(url), sender)
    except EmailUnusable as fault:
        raise SettingsError(f"{fault}.") from None


def read_sms(environ: Mapping[str, str], timeout: float) -> Sms | None:
    """Read the SMS provider; None where no key is set. SettingsError quotes neither a key nor a number."""
    key = secret(environ, "BOT_NOTIFY_API_KEY")
    if key is None:
        return None
    template, file = environ.get("BOT_NOTIFY_TEMPLATE", ""), environ.get("BOT_NUMBERS_FILE", "")
    if not is_template(template):
        raise SettingsError("BOT_NOTIFY_TEMPLATE must be the id of a template of GOV.UK Notify.")
    if not file:
        raise SettingsError("BOT_NUMBERS_FILE must name the file with the telephone numbers of the people called.")

    def read(path: Path) -> str:
        try:
            return secret_in(path, "BOT_NUMBERS_FILE")
        except SettingsError as fault:
            raise SmsUnusable(str(fault)) from None

    try:
        numbers = Numbers(Path(file), read)
        return Sms(notify(key, environ.get("BOT_NOTIFY_URL") or NOTIFY, timeout / 2), numbers, template, timeout)
    except SmsUnusable as fault:
        raise SettingsError(f"{fault}.") from None
