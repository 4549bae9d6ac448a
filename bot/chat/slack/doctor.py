"""Checks of the Slack installation: token, scopes, clock, socket; then people and channels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit

from bot.chat.slack.channels import Me, is_shared, membership_of
from bot.chat.slack.credentials import APP_TOKEN, BOT_TOKEN, Connection
from bot.chat.slack.manifest import SCOPES, SOCKET
from bot.chat.slack.web_api import PATIENCE_SECONDS, TIMEOUT_SECONDS, Api, ApiResponse, Failed
from bot.rules.access.channel_privacy import Destination, level_of
from bot.rules.access.permissions import Membership
from bot.rules.delivery.findings import Finding, fault, look, ok
from bot.rules.delivery.health import SKEW_SECONDS
from bot.rules.partnership.partnership import Channel, Person

#: The page of the app's owner.
APPS: Final = "api.slack.com/apps"
REINSTALL: Final = (
    f"Put the manifest (./deploy/dev manifest slack) into the app at {APPS}, App Manifest, then Install App, Reinstall"
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
        us = bot.read("auth.test", {})
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
    listed = us.headers.get("x-oauth-scopes")
    if listed is None:
        return look(
            "slack scopes", "Slack does not say which are granted", f"Compare them with deploy/slack.md: {APPS}"
        )
    granted = {each.strip() for each in listed.split(",") if each.strip()}
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
        date = parsedate_to_datetime(us.headers.get("date", ""))
        before, after = us.between
        off = max(before - date - timedelta(seconds=1), date - after, timedelta()).total_seconds()
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
        app.read("apps.connections.open", {})
    except Failed as no:
        if not no.answered:
            do = "Ask again; see that this machine reaches *.slack.com on port 443"
            return fault("slack socket", "no answer", do)
        do = _SOCKET.get(no.word, "Make a new app-level token")
        return fault("slack socket", f"Slack refuses a connection: {no.word}", f"{do}: {again}")
    return ok("slack socket", "Slack would open one; none was started")


#: Slack account -> entitled or not; None where Slack did not answer. An account that is not listed is missing.
Readers = Mapping[str, bool | None]

NAME = "slack people"


def of_people(
    bot: Api, us: ApiResponse, people: Sequence[Person], entitled: Mapping[str, bool]
) -> tuple[Finding, Readers]:
    """Check every active person with a Slack id, with one call each."""
    faults: dict[str, str] = {}
    readers: dict[str, bool | None] = {}
    linked = [p for p in people if p.slack_id and p.active]
    for person in linked:
        found = _account_fault(bot, us, person.slack_id)
        readers[person.slack_id] = None if found == "not asked" else found == "" and entitled.get(person.id, False)
        if found:
            faults[person.id] = found
    if not linked:
        do = "Add them: people link ID --slack-id U... --as ADMIN"
        return look(NAME, "nobody who is listed has a Slack id", do), readers
    details = [f"{person}: {found}" for person, found in faults.items()]
    if unread := sum(found == "not asked" for found in faults.values()):
        text = f"Slack did not say of {unread} of {len(linked)} people who they are"
        return fault(NAME, text, "See the scopes above, and ask again", *details), readers
    if faults:
        do = "Take them off the list (people deactivate ID), or correct their id (people link ID --slack-id U...)"
        return look(NAME, f"{len(faults)} of {len(linked)} cannot be reached or answered", do, *details), readers
    return ok(NAME, f"all {len(linked)} who have a Slack id are members"), readers


def _account_fault(bot: Api, us: ApiResponse, account: str) -> str:
    """Return the fault of an account; "" for a member of our workspace."""
    try:
        user: Any = bot.read("users.info", {"user": account}).get("user")
    except Failed as no:
        return "Slack knows no such id" if no.code in ("user_not_found", "user_not_visible") else "not asked"
    if not isinstance(user, dict):
        return "not asked"
    me = Me(str(us.get("team_id")), str(us.get("user_id")), str(us.get("bot_id")), us.get("enterprise_id"))
    return _WRONG.get(membership_of(user, me), "")  # by the same rule as for a caller


_WRONG: Mapping[Membership, str] = {
    "deactivated": "deactivated in Slack",
    "guest": "a guest in Slack",
    "elsewhere": "of another organisation",
    "bot": "a bot",
}


_SAID = {0: "counts", 1: "references"}
_AT_MOST = 5


def of_channel(bot: Api, us: ApiResponse, channel: Channel, readers: Readers) -> Finding:
    """Check a channel by the same rule as a post; see `bot.rules.access.channel_privacy`."""
    name = f"channel {channel.id}"
    try:
        info: Any = bot.read("conversations.info", {"channel": channel.destination}).get("channel")
        if not isinstance(info, dict):
            raise Failed("no_sense")
        if found := _unusable(name, info):
            return found
        pages = bot.pages("conversations.members", {"channel": channel.destination, "limit": 200}, most=100_000)
        members = [str(each) for page in pages for each in page.get("members") or ()]
    except Failed as no:
        if not no.answered:
            return fault(name, "Slack did not answer", "Ask again")
        if no.word in ("channel_not_found", "not_in_channel"):
            text = "there is no such channel, or it is private and the bot is not in it"
            do = "Type /invite @missing in the channel, and compare its id with the partnership file"
            return fault(name, text, do)
        is_scope = no.word == "missing_scope"
        do = "See the scopes above" if is_scope else "Look the code up at docs.slack.dev, and ask again"
        return fault(name, f"Slack refuses to show it: {no.word}", do)
    return _level(name, channel, info, [m for m in members if m != us.get("user_id")], readers)


def _unusable(name: str, info: Mapping[str, Any]) -> Finding | None:
    """Return the reason that a channel cannot or must not be posted to; None for a usable channel."""
    if info.get("is_archived"):
        return fault(name, "is archived", "Unarchive it, or put another channel in the partnership file")
    shared = is_shared(info)
    if shared:
        says = "is shared with another organisation or workspace, or is about to be: the digest is held"
        return fault(name, says, "Use a private channel of your own workspace alone")
    if shared is None:
        return fault(name, "Slack does not say whether it is shared: the digest is held", "Ask again")
    if not info.get("is_member"):
        return fault(name, "the bot is not in it, and can post nothing", "Type /invite @missing in the channel")
    return None


def _level(name: str, channel: Channel, info: Mapping[str, Any], members: list[str], readers: Readers) -> Finding:
    private = info.get("is_private") is True
    entitled = {m: readers.get(m, False) for m in members}
    level = level_of(Destination("channel", channel.level, private, False, tuple(entitled.values())))
    is_so = f"{'private' if private else 'public'}, {len(members)} {'member' if len(members) == 1 else 'members'}"
    others = [m for m, may in entitled.items() if may is not True]
    if level == channel.level:
        return ok(name, f"{is_so}: {_SAID[channel.level]}")
    says = f"{is_so}: only counts are posted, though references are wanted"
    if not private:
        return look(name, says, "Make it private, or set its level to 0 in the partnership file")
    if not members:
        return look(name, says, "Invite those who should read it: so far only the bot is in it")
    known = [f"{len(others)} not entitled: {', '.join(others[:_AT_MOST])}{', ...' if len(others) > _AT_MOST else ''}"]
    why = "not listed, a guest, or without a role that sees all its areas"
    do = f"List {len(others)} of its members (people add), or take them out of it: {why}"
    return look(name, says, do, *known)
