"""The members of a channel and their entitlement, read before every post above counts and remembered for seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.chat.slack import refusals
from bot.chat.slack.web_api import Api, Failed
from bot.rules.access.channel_privacy import Destination
from bot.rules.access.permissions import Membership


@dataclass(frozen=True, slots=True)
class Me:
    """Our team, our user, the bot id of our messages, and our app ("" where Slack does not say)."""

    team: str
    user: str
    bot: str
    enterprise: str | None = None
    app: str = ""


@dataclass
class Identity:
    """Our own identity, read on first use, so that the bot can start while Slack is away."""

    api: Api
    _known: Me | None = None
    _one: threading.Lock = field(default_factory=threading.Lock)

    @property
    def known(self) -> Me | None:
        """The identity without a call; None before the first one."""
        return self._known

    def me(self) -> Me:
        """Return the identity; raise Failed where Slack does not give it."""
        with self._one:
            if self._known is None:
                us = self.api.read("auth.test", {})
                bot = us.get("bot_id", "")
                try:  # auth.test lacks the app id
                    app = self.api.read("bots.info", {"bot": bot})["bot"]["app_id"]
                except (Failed, KeyError, TypeError):
                    app = ""
                app = app if isinstance(app, str) else ""
                self._known = Me(us["team_id"], us["user_id"], bot, us.get("enterprise_id"), app)
            return self._known


#: Seconds for which an account's membership is remembered.
REMEMBERED_SECONDS = 30.0
#: The same for a recipient of a message: each message asks twice, and Slack answers a hundred times a minute.
WRITING_SECONDS = 3.0
_MOST = 5000
#: Causes of refusals that are no facts about an account or a channel: the bot has no valid token, or lacks a scope.
_OURS = ("token", "permission")


@dataclass
class Accounts:
    """The accounts, read one by one. A change is passed to `forget`."""

    api: Api
    identity: Identity
    clock: Callable[[], float] = time.monotonic
    _known: dict[str, tuple[float, Membership]] = field(default_factory=dict)
    _one: threading.Lock = field(default_factory=threading.Lock)

    def learn(self, account: str, within: float) -> Membership:
        """Return the membership, read anew where it is older than `within` seconds.

        Raise Failed where another try may succeed, because Slack is busy or away, and where it refuses the bot itself.
        """
        with self._one:
            before = self._known.get(account)
        if before and self.clock() - before[0] < within:
            return before[1]
        try:
            found = membership_of(self.api.read("users.info", {"user": account})["user"], self.identity.me())
        except (KeyError, TypeError):
            return "unknown"
        except Failed as fault:
            if fault.passes or refusals.cause(fault.code) in _OURS:
                raise
            return "unknown"
        with self._one:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[account] = self.clock(), found
        return found

    def forget(self, account: str) -> None:
        """Drop an account from the memory; the next call asks Slack."""
        with self._one:
            self._known.pop(account, None)


def membership_of(user: Mapping[str, Any], me: Me) -> Membership:
    """Return the worst membership that applies. In an enterprise, a member of our workspace is a member."""
    if user.get("deleted"):
        return "deactivated"
    if user.get("is_bot") or user.get("id") == "USLACKBOT":
        return "bot"
    enterprise = user.get("enterprise_user")
    if me.enterprise and isinstance(enterprise, dict) and enterprise.get("enterprise_id") == me.enterprise:
        ours = me.team in (enterprise.get("teams") or ())
    else:
        ours = user.get("team_id") == me.team
    if user.get("is_stranger") or not ours:
        return "elsewhere"
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return "guest"
    return "member"


#: From composing a digest to its last check, and over the parts of its thread.
FACTS_SECONDS = 10.0
#: In a larger channel members are not read one by one, and only counts are posted.
MOST_MEMBERS = 200
#: A private conversation that Slack does not know is looked up anew once in this time.
RENEWED_SECONDS = 600.0
_SHARED = ("is_shared", "is_ext_shared", "is_pending_ext_shared", "is_org_shared")


@dataclass
class Channels:
    """The privacy of channels and people, and the ids of private conversations.

    `listed` returns the level the partnership gave a channel; `entitled` returns which accounts may read there ("": in
    private).
    """

    api: Api
    identity: Identity
    accounts: Accounts
    listed: Callable[[str], int | None]
    entitled: Callable[[Iterable[str], str], Mapping[str, bool]]
    clock: Callable[[], float] = time.monotonic
    _known: dict[str, tuple[float, Destination]] = field(default_factory=dict)
    _private: dict[str, str] = field(default_factory=dict)
    _renewed: dict[str, float] = field(default_factory=dict)
    _one: threading.Lock = field(default_factory=threading.Lock)

    def describe(self, destination: str) -> Destination:
        """Return the privacy of a destination; a fact that Slack does not give is None."""
        try:
            return self.learn(destination)
        except Failed:
            if is_person(destination):
                return Destination("person", None, is_private=True, is_shared=False, members=(None,))
            return Destination("channel", self.listed(destination), None, None, None)

    def learn(self, destination: str) -> Destination:
        """Return the same; raise Failed where Slack is busy or away, and where it refuses the channel or the bot.

        Without the scope to see who reads a channel it is described as not known, and so gets counts.
        """
        if is_person(destination):  # details go to one person alone, so each message checks the account
            membership = self.accounts.learn(destination, WRITING_SECONDS)
            entitled = membership == "member" and self.entitled([destination], "")[destination]
            members = (None if membership == "unknown" else entitled,)
            return Destination("person", None, is_private=True, is_shared=False, members=members)
        with self._one:
            before = self._known.get(destination)
        if before and self.clock() - before[0] < FACTS_SECONDS:
            return before[1]
        found = self._channel(destination)
        with self._one:
            self._known[destination] = self.clock(), found
        return found

    def forget(self, destination: str | None) -> None:
        """Drop a channel from the memory, after a change in it; None drops every channel that an account may read."""
        with self._one:
            if destination is None:
                self._known.clear()
            else:
                self._known.pop(destination, None)

    def private(self, account: str) -> str:
        """Return the id of the private conversation with an account; raise Failed."""
        with self._one:
            known = self._private.get(account)
        if known is None:
            known = str(self.api.call("conversations.open", {"users": account})["channel"]["id"])
            with self._one:
                self._private[account] = known
        return known

    def renew(self, account: str) -> bool:
        """Forget the private conversation with an account that Slack does not know; False where that was done lately.

        The next message opens it anew.
        """
        with self._one:
            self._private.pop(account, None)
            last = self._renewed.get(account)
            if last is not None and self.clock() - last < RENEWED_SECONDS:
                return False
            self._renewed[account] = self.clock()
            return True

    def where(self, destination: str) -> str:
        """Return the id of the conversation of a destination; raise Failed."""
        return self.private(destination) if is_person(destination) else destination

    def _channel(self, channel: str) -> Destination:
        try:
            found = self.api.read("conversations.info", {"channel": channel})["channel"]
        except KeyError:
            return Destination("channel", self.listed(channel), None, None, None)
        except Failed as fault:
            if fault.passes or refusals.cause(fault.code) in (*_OURS, "no_channel"):
                raise
            return Destination("channel", self.listed(channel), None, None, None)
        is_private, shared = found.get("is_private"), is_shared(found)
        private = is_private if isinstance(is_private, bool) else None
        level = self.listed(channel)
        try:
            members = self._members(channel) if level and private and shared is False else None
        except Failed as fault:
            if refusals.cause(fault.code) != "permission":
                raise
            return Destination("channel", level, private, shared, None, fault.reason)
        return Destination("channel", level, private, shared, members)

    def _members(self, channel: str) -> Sequence[bool | None] | None:
        """Return each member's entitlement, the bot aside; None where Slack does not say, or for too many."""
        try:
            me, found = self.identity.me().user, []
            for page in self.api.pages("conversations.members", {"channel": channel, "limit": 200}):
                found += [each for each in page["members"] if each != me]
                if len(found) > MOST_MEMBERS:
                    return None
        except KeyError:
            return None
        except Failed as fault:
            if fault.passes or refusals.cause(fault.code) in _OURS:
                raise
            return None
        listed = self.entitled(found, channel)
        memberships = {each: self.accounts.learn(each, REMEMBERED_SECONDS) for each in found if listed[each]}
        return [None if memberships.get(each) == "unknown" else memberships.get(each) == "member" for each in found]


def is_person(destination: str) -> bool:
    """Return True for the id of an account: those begin with U or W, ids of conversations with C, G or D."""
    return destination[:1] in ("U", "W")


def is_shared(channel: Mapping[str, Any]) -> bool | None:
    """Return True if a channel is or will be shared with another workspace; None where Slack does not say."""
    facts = [channel.get(name) for name in _SHARED]
    pending = channel.get("pending_connected_team_ids") or channel.get("pending_shared")
    if pending or any(value is True for value in facts):
        return True
    return False if any(value is False for value in facts) else None
