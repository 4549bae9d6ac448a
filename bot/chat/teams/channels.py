"""The members of a channel, their tenants and entitlement, read before every post above counts, remembered for seconds.

Identity is the Entra object id with the tenant, never an address.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from bot.chat.teams import refusals
from bot.chat.teams.connector import Connector, Failed, Member
from bot.chat.teams.conversations import Conversations, Reference
from bot.chat.teams.manifest import CHANNEL_MEMBERS, TEAM_SETTINGS
from bot.rules.access.channel_privacy import Destination
from bot.rules.access.permissions import Membership

#: Seconds for which an account's membership is remembered.
REMEMBERED_SECONDS = 30.0
#: The same for a recipient of a message: each message asks twice.
WRITING_SECONDS = 3.0
#: From composing a digest to its last check, and over the parts of its thread.
FACTS_SECONDS = 10.0
#: In a larger channel members are not judged one by one, and only counts are posted.
MOST_MEMBERS = 200
#: A personal conversation that Teams does not know is looked up anew once in this time.
RENEWED_SECONDS = 600.0
#: Code of a person for whom the app is not installed.
NOT_INSTALLED: Final = "not_installed"
#: Refusals that are the bot's: its secret, its registration, or the organisation's choice.
_NO_FAULT_OF_THEIRS = ("http_401", "Unauthorized", "BotNotRegistered", "BotDisabledByAdmin")
#: Channels in which an account without a personal conversation is looked for.
_MOST_PLACES = 5
_MOST = 5000
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
#: Causes of refusals that are no facts about an account: the bot has no valid token, or lacks a permission.
_OURS = ("token", "permission")
#: Causes of a refusal to read what a permission would let the bot read.
NOT_GRANTED = ("permission", "may_not_post")
_INSIDE = ("user", "owner", "member")
_OUTSIDE = ("guest", "anonymous")


@dataclass(frozen=True, slots=True)
class PostedActivity:
    """A message of the bot in Teams: its conversation, and its id there."""

    service_url: str
    conversation: str
    number: str


def is_person(destination: str) -> bool:
    """Return True for an Entra object id: conversations have other ids."""
    return _GUID.fullmatch(destination) is not None


def membership_of(member: Member, tenants: Iterable[str]) -> Membership:
    """Return the membership of an account: "member" for one of an allowed tenant that is no guest there."""
    if member.role in _OUTSIDE:
        return "guest"
    if member.tenant and member.tenant not in tenants:
        return "elsewhere"
    return "member" if member.tenant and member.account and member.role in _INSIDE else "unknown"


@dataclass
class Accounts:
    """The accounts, read one by one where Teams shows them: in the personal conversation, else in a channel.

    `tenants` are those whose people are answered. An account that Entra has blocked may still be shown by Teams.
    """

    connector: Connector
    conversations: Conversations
    tenants: tuple[str, ...]
    clock: Callable[[], float] = time.monotonic
    _known: dict[str, tuple[float, Membership]] = field(default_factory=dict)
    _one: threading.Lock = field(default_factory=threading.Lock)

    def learn(self, tenant: str, account: str, within: float) -> Membership:
        """Return the membership, read anew where it is older than `within` seconds; `tenant` is "" where not known.

        Raise Failed where another try may succeed, because Teams is busy or away, and where it refuses the bot itself.
        """
        if tenant and tenant.lower() not in self.tenants:
            return "elsewhere"
        account = account.lower()
        with self._one:
            before = self._known.get(account)
        if before and self.clock() - before[0] < within:
            return before[1]
        found = self._read(account)
        with self._one:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[account] = self.clock(), found
        return found

    def forget(self, account: str) -> None:
        """Drop an account from the memory; the next call asks Teams."""
        with self._one:
            self._known.pop(account.lower(), None)

    def _read(self, account: str) -> Membership:
        """Return what the first place says that shows the account.

        "deactivated" where its own conversation shows it no more, and no channel does.
        """
        own = self.conversations.personal(account)
        found: Membership = "unknown"
        ours: Failed | None = None
        for reference, conversation in (*([(own, own.conversation)] if own else []), *self._channels()):
            try:
                member = self.connector.member(reference.service_url, conversation, account)
            except Failed as fault:
                if fault.passes:
                    raise
                if refusals.cause(fault.code) in _OURS:
                    ours = fault
                if reference == own and fault.code == "MemberNotFoundInConversation":
                    found = "deactivated"
                continue
            return membership_of(member, self.tenants) if member.account == account else "unknown"
        if ours is not None and found == "unknown":
            raise ours
        return found

    def _channels(self) -> Iterator[tuple[Reference, str]]:
        seen: set[str] = set()
        for reference in self.conversations.every():
            if reference.kind == "channel" and (roster := roster_of(reference)) not in seen:
                seen.add(roster)
                yield reference, roster
                if len(seen) >= _MOST_PLACES:
                    return


@dataclass
class Channels:
    """The privacy of channels and people, and the conversations with people.

    `listed` returns the level the partnership gave a channel, `allowed` the tenants it may have members of beside
    those whose people are answered, `entitled` which accounts may read there ("": in private). `service_url` is Teams'
    address where no conversation gave another one yet.
    """

    connector: Connector
    conversations: Conversations
    accounts: Accounts
    listed: Callable[[str], int | None]
    allowed: Callable[[str], Sequence[str]]
    entitled: Callable[[Iterable[str], str], Mapping[str, bool]]
    service_url: str
    clock: Callable[[], float] = time.monotonic
    _known: dict[str, tuple[float, Destination]] = field(default_factory=dict)
    _groups: dict[str, str] = field(default_factory=dict)
    _renewed: dict[str, float] = field(default_factory=dict)
    _one: threading.Lock = field(default_factory=threading.Lock)

    def describe(self, destination: str) -> Destination:
        """Return the privacy of a destination; a fact that Teams does not give is None."""
        try:
            return self.learn(destination)
        except Failed:
            if is_person(destination):
                return Destination("person", None, is_private=True, is_shared=False, members=(None,))
            return Destination("channel", self.listed(destination), None, None, None)

    def learn(self, destination: str) -> Destination:
        """Return the same; raise Failed where Teams is busy or away, and where the app is not in the channel."""
        if is_person(destination):  # details go to one person alone, so each message checks the account
            return self._person(destination)
        with self._one:
            before = self._known.get(destination)
        if before and self.clock() - before[0] < FACTS_SECONDS:
            return before[1]
        found = self._channel(destination)
        with self._one:
            self._known[destination] = self.clock(), found
        return found

    def forget(self, destination: str | None) -> None:
        """Drop a channel from the memory, after a change in it; None drops every channel."""
        with self._one:
            if destination is None:
                self._known.clear()
            else:
                self._known.pop(destination, None)

    def private(self, account: str) -> Reference:
        """Return the personal conversation with an account, opened where none is kept; raise Failed.

        Teams opens one only for a person who has the app, or is in a team that has it. It is kept.
        """
        kept = self.conversations.personal(account)
        if kept is not None:
            return kept
        tenant = self.accounts.tenants[0]
        service_url = next((r.service_url for r in self.conversations.every() if r.tenant == tenant), self.service_url)
        try:
            opened = self.connector.open_private(service_url, tenant, account.lower())
        except Failed as fault:
            if fault.passes or fault.code in _NO_FAULT_OF_THEIRS:
                raise
            raise Failed(NOT_INSTALLED) from None
        reference = Reference(opened, "personal", tenant, service_url, datetime.now(UTC), account.lower())
        self.conversations.keep(reference)
        return reference

    def write_privately(self, account: str, activity: Mapping[str, Any]) -> PostedActivity:
        """Post in the personal conversation with a person, opened anew where Teams does not know it; raise Failed."""
        where = self.private(account)
        try:
            return self.post(where, activity)
        except Failed as fault:
            if refusals.cause(fault.code) != "no_channel" or not self.renew(account):
                raise
            return self.post(self.private(account), activity)

    def post(self, there: Reference | PostedActivity, activity: Mapping[str, Any]) -> PostedActivity:
        """Post in a conversation; raise Failed."""
        number = self.connector.send(there.service_url, there.conversation, activity)
        return PostedActivity(there.service_url, there.conversation, number)

    def change(self, message: PostedActivity, activity: Mapping[str, Any]) -> None:
        """Replace a message; raise Failed."""
        self.connector.update(message.service_url, message.conversation, message.number, activity)

    def take_away(self, message: PostedActivity) -> None:
        """Delete a message; raise Failed."""
        self.connector.delete(message.service_url, message.conversation, message.number)

    def renew(self, account: str) -> bool:
        """Forget the personal conversation with an account that Teams does not know; False where that was done lately.

        The next message opens it anew.
        """
        kept = self.conversations.personal(account)
        with self._one:
            last = self._renewed.get(account.lower())
            if kept is None or (last is not None and self.clock() - last < RENEWED_SECONDS):
                return False
            self._renewed[account.lower()] = self.clock()
        self.conversations.remove(kept.conversation)
        return True

    def where(self, destination: str) -> Reference:
        """Return the conversation of a destination; Failed where the app is not installed there."""
        if is_person(destination):
            return self.private(destination)
        found = self.conversations.of(destination)
        if found is None:
            raise Failed(NOT_INSTALLED)
        return found

    def group(self, reference: Reference) -> str:
        """Return the id of a channel's team in Graph; raise Failed."""
        with self._one:
            known = self._groups.get(reference.team)
        if known is None:
            known = str(self.connector.team(reference.service_url, reference.team).get("aadGroupId") or "")
            if not _GUID.fullmatch(known):
                raise Failed("no_group")
            with self._one:
                self._groups[reference.team] = known
        return known

    def _person(self, account: str) -> Destination:
        """Describe a person. One without the app counts as reached: a post is refused, and says why."""
        entitled = self.entitled([account], "").get(account, False)
        try:
            reference = self.private(account)
        except Failed as fault:
            if fault.passes:
                raise
            membership: Membership = "member"
        else:
            membership = self.accounts.learn(reference.tenant, account, WRITING_SECONDS)
        members = (None if membership == "unknown" else entitled and membership == "member",)
        return Destination("person", None, is_private=True, is_shared=False, members=members)

    def _channel(self, channel: str) -> Destination:
        """Describe a channel; one that Teams calls shared is not by that shared outside the partnership.

        Police and council share a channel on purpose. Its members are shown with their tenants, and each is judged: one
        of a tenant that is not allowed there makes it counts, and so do members who cannot be read.
        """
        level, reference = self.listed(channel), self.where(channel)
        if reference.kind != "channel" or reference.channel_type not in ("standard", *_CLOSED):
            return Destination("channel", level, None, None, None)
        private: bool | None = None
        found: Sequence[Member] | None = None
        asks, lacking = TEAM_SETTINGS, ""
        try:
            private = self._is_private(reference) if level else None
            asks = CHANNEL_MEMBERS
            found = self._members(reference) if level and private else None
        except Failed as fault:
            if fault.passes or refusals.cause(fault.code) == "token":
                raise
            lacking = f"{fault.code}: {asks}"[:64] if refusals.cause(fault.code) in NOT_GRANTED else ""
            private = found = None
        tenants = {*self.accounts.tenants, *(each.lower() for each in self.allowed(channel))}
        members = None if found is None else self._judged(found, channel, tenants)
        return Destination("channel", level, private, is_shared=False, members=members, lacks=lacking)

    def _is_private(self, reference: Reference) -> bool | None:
        """Return False for a channel of a team that all of the organisation may join; None where Graph does not say."""
        if reference.channel_type in _CLOSED:
            return True
        visibility = self.connector.visibility(self.group(reference))
        return {"private": True, "hiddenmembership": True, "public": False}.get(visibility)

    def _members(self, reference: Reference) -> Sequence[Member] | None:
        """Return every member, ourselves left out; None for too many."""
        found = self.connector.members(reference.service_url, roster_of(reference), MOST_MEMBERS)
        return found if len(found) <= MOST_MEMBERS else None

    def _judged(self, found: Sequence[Member], channel: str, tenants: Iterable[str]) -> Sequence[bool | None]:
        """Return each member's entitlement; None for one of whom Teams says too little."""
        listed = self.entitled([each.account for each in found if each.account], channel)
        memberships = [(each, membership_of(each, tenants)) for each in found]
        return [
            None if m == "unknown" else m == "member" and listed.get(each.account, False) for each, m in memberships
        ]


#: Types of channels that nobody can join without being let in.
_CLOSED = ("private", "shared")


def roster_of(reference: Reference) -> str:
    """Return the conversation with a channel's readers: of a standard channel all of its team."""
    return reference.team if reference.channel_type == "standard" and reference.team else reference.conversation
