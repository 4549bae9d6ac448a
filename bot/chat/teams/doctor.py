"""Checks of the Teams installation: app and token, then people and channels, by the same rules as a post.

Checks write nothing: no conversation is opened, and none is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from bot.chat.teams import refusals
from bot.chat.teams.channels import (
    MOST_MEMBERS,
    NOT_GRANTED,
    NOT_INSTALLED,
    Accounts,
    Channels,
    membership_of,
    roster_of,
)
from bot.chat.teams.connector import Connector, Failed, Member
from bot.chat.teams.conversations import Conversations, Reference
from bot.chat.teams.credentials import CLIENT_SECRET, MANAGED_IDENTITY, READ_BACK, SYSTEM, TENANTS, Connection
from bot.chat.teams.manifest import CHANNEL_MEMBERS, TEAM_SETTINGS
from bot.chat.teams.manifest import READ_BACK as MAY_READ_BACK
from bot.chat.teams.sdk import Activity, Sdk
from bot.rules.access.channel_privacy import Destination, level_of
from bot.rules.access.permissions import Membership
from bot.rules.delivery.findings import Finding, fault, look, ok
from bot.rules.partnership.partnership import Channel, Person

#: The page that says where each step is done.
PAGE: Final = "deploy/teams.md"
#: A team that does not exist: Teams answers that, and so shows that it takes the token.
_NO_TEAM: Final = "19:no-such-team@thread.tacv2"
_AGAIN = f"Take the new package into the team and accept what it asks for ({PAGE})"
_AT_MOST = 20


def examine(
    to: Connection,
    conversations: Conversations,
    channels: Sequence[Channel],
    people: Sequence[Person],
    entitled: Mapping[str, bool],
    reads: Callable[[Person, Channel], bool],
    now: datetime,
    seconds: float,
) -> Iterator[Finding]:
    """Yield the findings of every check.

    `people` are the listed people; `entitled` maps a person's id to their entitlement today; `reads` is True for a
    person who may see all that a channel shows. Without a token nothing further is asked.
    """
    yield _settings(to)
    with _connected(to, seconds) as connector:
        token = _token(to, connector, conversations.every())
        yield token
        if token.state != "ok":
            return
        accounts = Accounts(connector, conversations, to.tenants)
        yield of_people(accounts, [p for p in people if p.active and entitled.get(p.id)])
        listed, by_destination = _by_account(people), {c.destination: c for c in channels}

        def may_read(given: Sequence[str], destination: str) -> dict[str, bool]:
            channel = by_destination[destination]
            return {a: a in listed and reads(listed[a], channel) for a in given}

        known = Channels(
            connector,
            conversations,
            accounts,
            lambda destination: by_destination[destination].level,
            lambda destination: by_destination[destination].tenants,
            lambda given, destination: may_read(list(given), destination),
            to.service_url,
        )
        for channel in channels:
            yield of_channel(known, channel, now if to.read_back else None)


def _settings(to: Connection) -> Finding:
    """Describe the app: none of it is secret."""
    identity = {"": "a secret", SYSTEM: "the server's managed identity"}.get(to.managed_identity, "a managed identity")
    alone = len(to.tenants) == 1
    whose = "its own tenant's people are answered" if alone else f"people of {len(to.tenants)} tenants are answered"
    more = () if alone else (f"beside its own, {to.tenant}: {', '.join(to.tenants[1:])}",)
    return ok("teams settings", f"app {to.client_id} by {identity}, cloud {to.cloud}, {whose}", *more)


@contextmanager
def _connected(to: Connection, seconds: float) -> Iterator[Connector]:
    async def none(activity: Activity) -> None:
        """Take no activity: the doctor listens nowhere."""

    sdk = Sdk(to, seconds, none)
    try:
        yield Connector(sdk, to.bot, to.graph_url)
    finally:
        sdk.stop()


def _token(to: Connection, connector: Connector, kept: Sequence[Reference]) -> Finding:
    """Ask Teams for a team that does not exist: any answer but a refusal of the token will do. No token is shown."""
    name = "teams token"
    try:
        connector.team(kept[0].service_url if kept else to.service_url, _NO_TEAM)
    except Failed as no:
        if no.code == "token_refused":
            what = MANAGED_IDENTITY if to.managed_identity else f"{CLIENT_SECRET} (has it expired?)"
            do = f"Compare client id and tenant with the app registration, and {what}"
            return fault(name, "Entra gives none: the bot cannot speak in Teams", do)
        if no.code == "no_token":
            do = "Let this server reach login.microsoftonline.com on port 443 (HTTPS_PROXY is honoured)"
            return fault(name, "Entra does not answer: the bot cannot speak in Teams", do)
        if not no.answered:
            do = "Let this server reach smba.trafficmanager.net on port 443 (HTTPS_PROXY is honoured)"
            return fault(name, f"Entra gives one, and Teams does not answer ({no.code})", do)
        if no.code in ("Unauthorized", "http_401", "BotNotRegistered"):
            do = f"Make the Azure Bot with this client id, and switch the channel Microsoft Teams on in it ({PAGE})"
            return fault(name, f"Entra gives one, and Teams refuses it: {no.code}", do)
    return ok(name, "Entra gives one, and Teams takes it")


def _by_account(people: Sequence[Person]) -> dict[str, Person]:
    return {p.teams_id.lower(): p for p in people if p.teams_id}


_WRONG: Mapping[Membership, str] = {
    "guest": "a guest",
    "elsewhere": "of a tenant that is not answered",
    "deactivated": "not in the conversation any more",
    "unknown": "Teams says too little",
}


def of_people(accounts: Accounts, people: Sequence[Person]) -> Finding:
    """Check each person who may ask: an account, a conversation kept, and a membership that is answered."""
    name, listed = "teams people", _by_account(people)
    if not listed:
        return look(name, "no person who may ask has a Teams id", "people link ID --teams-id OBJECT-ID --as ADMIN")
    asked = {person.id: _what_is_wrong(accounts, account) for account, person in listed.items()}
    wrong = [f"{who}: {says}" for who, says in asked.items() if says and says not in (_UNREACHED, _UNASKED)]
    unreached, unasked = ([who for who, says in asked.items() if says == word] for word in (_UNREACHED, _UNASKED))
    without = [p.id for p in people if not (p.teams_id or p.slack_id)]
    also = [f"no conversation kept: {_some(unreached)}"] if unreached else []
    also += [f"without a Teams or Slack id: {_some(without)}"] if without else []
    if wrong:
        do = f"Link their own account (people link ID --teams-id ...), or add its tenant to {TENANTS}"
        return fault(name, f"{len(wrong)} of {len(listed)} with a Teams id get no answer", do, *wrong[:_AT_MOST], *also)
    if unreached:
        do = f"Install the app for them ({PAGE}); a person of a team that has the app can be written to without it"
        says = f"{len(unreached)} of {len(listed)} with a Teams id have not got the app, and may get no message"
        return look(name, says, do, *also)
    if unasked:
        return look(name, f"Teams did not answer about {len(unasked)}", "Ask again", _some(unasked))
    return ok(name, f"{len(listed)} with a Teams id have the app, and each is answered", *also)


_UNREACHED, _UNASKED = "no conversation", "not asked"


def _what_is_wrong(accounts: Accounts, account: str) -> str:
    """Return why an account gets no answer or cannot be reached; "" for one with which all is well."""
    if accounts.conversations.personal(account) is None:
        return _UNREACHED
    try:
        return _WRONG.get(accounts.learn("", account, 0.0), "")
    except Failed:
        return _UNASKED


_SAID = {0: "counts", 1: "references"}


def of_channel(channels: Channels, channel: Channel, read_since: datetime | None) -> Finding:
    """Check a channel by the same rule as a post; see `bot.rules.access.channel_privacy`.

    `read_since` is given where the bot is to read its own messages back.
    """
    name = f"channel {channel.id}"
    try:
        where = channels.where(channel.destination)
        is_now = channels.learn(channel.destination)
        roster = channels.connector.members(where.service_url, roster_of(where), MOST_MEMBERS)
    except Failed as no:
        return _unread(name, no)
    if read_since and (why := _unreadable(channels, where, read_since)):
        do = f"{_AGAIN} (manifest teams --read-back), or take {READ_BACK} away"
        return fault(name, f"its messages cannot be read back: {why}", do)
    count = f"more than {MOST_MEMBERS} members" if len(roster) > MOST_MEMBERS else _members(len(roster))
    is_so = f"{where.channel_type or 'of unknown type'}, {count}"
    if level_of(is_now) == channel.level:
        return ok(name, f"{is_so}: {_SAID[channel.level]}")
    says = f"{is_so}: only counts are posted, though references are wanted"
    return look(name, says, *_why_counts(channels, channel, where, is_now, roster))


def _why_counts(
    channels: Channels, channel: Channel, where: Reference, is_now: Destination, roster: Sequence[Member]
) -> tuple[str, ...]:
    """Return what to do about a channel that gets counts alone, and why it does."""
    if where.channel_type not in ("standard", "private", "shared"):
        do = "Take the app out of the team and add it again: Teams then says the type of its channels"
        return (do,)
    if is_now.is_private is None:
        return _AGAIN, f"Teams does not say whether the team is private: {is_now.lacks or TEAM_SETTINGS}"
    if is_now.is_private is False:
        do = "Make the team private, use a private or shared channel, or set its level to 0 in the partnership file"
        return do, "the whole organisation may join the team"
    if len(roster) > MOST_MEMBERS:
        return ("Use a private channel of those who work with it, or set its level to 0",)
    if not roster:
        return ("Let those in who should read it: so far only the bot is in it",)
    return _others(channels, channel, roster)


def _others(channels: Channels, channel: Channel, roster: Sequence[Member]) -> tuple[str, ...]:
    """Return what to do about members who may not see references, and who they are."""
    tenants = {*channels.accounts.tenants, *(each.lower() for each in channel.tenants)}
    listed = channels.entitled([m.account for m in roster if m.account], channel.destination)
    kinds = [(m, membership_of(m, tenants)) for m in roster]
    guests = [m.account or m.id for m, kind in kinds if kind == "guest"]
    strange = Counter(m.tenant for m, kind in kinds if kind == "elsewhere")
    unknown = [m.account or m.id for m, kind in kinds if kind == "unknown"]
    unlisted = [m.account for m, kind in kinds if kind == "member" and not listed.get(m.account)]
    why = []
    if unlisted:
        why.append(f"{len(unlisted)} not listed, or without a role that sees all its areas: {_some(unlisted)}")
    if guests:
        why.append(f"{len(guests)} guests: {_some(guests)}")
    why += [f"{count} of a tenant that it may not have: {tenant}" for tenant, count in strange.most_common(_AT_MOST)]
    if unknown:
        why.append(f"{len(unknown)} of whom Teams says too little: {_some(unknown)}")
    do = "List them (people add), or take them out of it"
    if strange:
        do += "; write a tenant of the partnership into tenants of the channel"
    return do, *why


def _unread(name: str, no: Failed) -> Finding:
    """Return the finding for a channel that Teams does not show."""
    if no.passes:
        return fault(name, f"Teams did not answer ({no.code})", "Ask again")
    do = f"Add the app to the team, and to a private or shared channel itself; compare the channel's id ({PAGE})"
    if no.code == NOT_INSTALLED:
        return fault(name, "the app is not in it, so nothing can be posted", do)
    if refusals.cause(no.code) in NOT_GRANTED:
        return fault(name, f"Teams does not show who reads it: {no.code}; {CHANNEL_MEMBERS} may be missing", _AGAIN)
    return fault(name, f"Teams does not show who reads it: {no.code}", do)


def _unreadable(channels: Channels, where: Reference, since: datetime) -> str:
    """Read the newest messages as a look-up would, and drop them; return the fault, "" for none."""
    try:
        next(iter(channels.connector.messages(channels.group(where), where.conversation, since)), None)
    except Failed as no:
        return "Teams did not answer" if no.passes else f"{MAY_READ_BACK.name} is not granted ({no.code})"
    return ""


def _members(count: int) -> str:
    return "1 member" if count == 1 else f"{count} members"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_AT_MOST]) + (", ..." if len(names) > _AT_MOST else "")
