"""Checks of the Slack installation: token, scopes, clock, socket; then people and channels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

from bot.chat.slack.credentials import APP_TOKEN, BOT_TOKEN, Connection
from bot.chat.slack.doctor_channels import of_channel
from bot.chat.slack.doctor_members import of_people
from bot.chat.slack.scopes import SCOPES, SOCKET
from bot.chat.slack.web_api import PATIENCE_SECONDS, TIMEOUT_SECONDS, Api, ApiResponse, Failed
from bot.rules.delivery.findings import Finding, fault, look, ok
from bot.rules.delivery.health import SKEW_SECONDS
from bot.rules.partnership.channels import Channel
from bot.rules.partnership.partnership import Person

#: The page of the app's owner.
APPS: Final = "api.slack.com/apps"
REINSTALL: Final = (
    f"Put the manifest (python -m bot manifest slack) into the app at {APPS}, App Manifest, then Install App, Reinstall"
)
_NEW_TOKEN = f"At {APPS}, Install App: install it from a service account, and put the new token in {BOT_TOKEN}_FILE"
_SOCKET = {
    "missing_scope": f"The token needs {SOCKET.name}: make a new one",
    "not_allowed_token_type": "This is no app-level token: make one",
    "socket_mode_disabled": "Switch Socket Mode on in the app",
}


def examine(
    to: Connection,
    channels: Sequence[Channel],
    people: Sequence[Person],
    entitled: Mapping[str, bool],
    reads: Callable[[Person, Channel], bool],
    seconds: float = TIMEOUT_SECONDS,
) -> Iterator[Finding]:
    """Yield the findings of every check.

    `people` are the listed people; `entitled` maps a person's id to their entitlement today; `reads` is True for a
    person who may see all that a channel shows. An invalid token ends the checks.
    """
    bot = Api(to.bot_token, to.api_url, seconds, PATIENCE_SECONDS)
    try:
        us = bot.asked("auth.test", {})
    except Failed as no:
        if no.answered:
            yield fault("slack token", f"Slack refuses it: {no.word}", _NEW_TOKEN)
            return
        host = urlsplit(to.api_url).hostname
        do = f"Let this machine reach {host} and, for Socket Mode, *.slack.com on port 443 (HTTPS_PROXY is honoured)"
        yield fault("slack", f"{host} does not answer: nothing of Slack could be looked at", do)
        return
    of = f", organisation {us['enterprise_id']}" if us.get("enterprise_id") else ""
    yield ok("slack token", f"workspace {us.get('team')} ({us.get('team_id')}{of}), as {us.get('user')}")
    yield _scopes(us)
    yield _clock(us)
    if to.by_socket:
        yield _socket(Api(to.app_token, to.api_url, seconds, PATIENCE_SECONDS))
    found, readers = of_people(bot, us, people, entitled)
    yield found
    for channel in channels:
        may = {p.slack_id: reads(p, channel) for p in people if p.slack_id}
        yield of_channel(bot, us, channel, {a: known and may.get(a, False) for a, known in readers.items()})


def _scopes(us: ApiResponse) -> Finding:
    """Compare the granted scopes with the manifest's: a change of the manifest grants nothing until a reinstall."""
    said = us.headers.get("x-oauth-scopes")
    if said is None:
        return look("slack scopes", "Slack does not say which are granted", f"Compare them with README: {APPS}")
    granted = {each.strip() for each in said.split(",") if each.strip()}
    if missing := [scope for scope in SCOPES if scope.name not in granted]:
        names = ", ".join(scope.name for scope in missing)
        why = (f"{scope.name}: without it the bot cannot {scope.why}" for scope in missing)
        return fault("slack scopes", f"missing: {names}", REINSTALL, *why)
    if more := sorted(granted - {scope.name for scope in SCOPES}):
        return look("slack scopes", f"more than the bot needs: {', '.join(more)}", REINSTALL)
    return ok("slack scopes", f"all {len(SCOPES)} are granted, and no other")


def _clock(us: ApiResponse) -> Finding:
    """Compare our clock with the Date of an answer, in whole seconds; the time of the call itself is no skew."""
    try:
        said = parsedate_to_datetime(us.headers.get("date", ""))
        before, after = us.between
        off = max(before - said - timedelta(seconds=1), said - after, timedelta()).total_seconds()
    except (TypeError, ValueError):
        return look("slack clock", "Slack does not say its time", "Ask again; see that this machine keeps time by NTP")
    if off < SKEW_SECONDS:
        return ok("slack clock", f"{off:.1f} s off Slack's")
    return fault(
        "slack clock",
        f"{off:.0f} s off Slack's: times said here are wrong, and beyond 300 s Slack's requests are refused",
        "Let this machine keep its time by NTP",
    )


def _socket(app: Api) -> Finding:
    """Ask for a socket address and drop it: it is as good as a password, and opens no socket until it is used."""
    again = f"{APPS}, Basic Information, App-Level Tokens; put it in {APP_TOKEN}_FILE"
    try:
        app.asked("apps.connections.open", {})
    except Failed as no:
        if not no.answered:
            do = "Ask again; see that this machine reaches *.slack.com on port 443"
            return fault("slack socket", "no answer", do)
        do = _SOCKET.get(no.word, "Make a new app-level token")
        return fault("slack socket", f"Slack refuses a connection: {no.word}", f"{do}: {again}")
    return ok("slack socket", "Slack would open one; none was started")
