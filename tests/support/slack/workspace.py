"""An invented Slack workspace: people, channels, messages, and the triggers and URLs it issued."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal

from tests.support.slack.fates import Fates
from tests.support.slack.rate_limits import Limits

TEAM = "T0TESTTEAM"
OTHER_TEAM = "T0OTHERTEAM"
BOT_TOKEN = "xoxb-not-a-token"
APP_TOKEN = "xapp-not-a-token"
#: Scopes of our manifest.
SCOPES = (
    *("commands", "chat:write", "app_mentions:read", "im:history", "im:write", "users:read", "users:read.email"),
    *("usergroups:read", "groups:read", "channels:read", "files:write", "groups:history"),
)
TRIGGER_SECONDS = 3.0
RESPONSE_SECONDS = 1800.0
RESPONSE_USES = 5

Kind = Literal["public", "private", "im"]


@dataclass
class Person:
    """A person as users.info shows them; `team_id` is their home, another one for a stranger."""

    id: str
    name: str = "somebody"
    team_id: str = TEAM
    deleted: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    tz: str = "Europe/London"


@dataclass
class Channel:
    """A channel, or a conversation of the bot with `user`."""

    id: str
    name: str = ""
    is_private: bool = True
    is_ext_shared: bool = False
    is_pending_ext_shared: bool = False
    is_org_shared: bool = False
    is_archived: bool = False
    members: list[str] = field(default_factory=list)
    with_bot: bool = True
    user: str | None = None

    @property
    def kind(self) -> Kind:
        if self.user is not None:
            return "im"
        return "private" if self.is_private else "public"


@dataclass
class Message:
    """A message that Slack took: `to` its only reader, `by` its method, `visible` its time in the history.

    A reply in a thread that is `broadcast` is in the history of the channel too.
    """

    channel: str
    ts: str
    text: str = ""
    blocks: list[dict[str, Any]] = field(default_factory=list)
    thread_ts: str | None = None
    metadata: dict[str, Any] | None = None
    bot_id: str | None = None
    user: str = ""
    files: list[str] = field(default_factory=list)
    arguments: Mapping[str, Any] = field(default_factory=dict)
    to: str | None = None
    by: str = "chat.postMessage"
    visible: float = 0
    edited: int = 0
    deleted: bool = False
    broadcast: bool = False


@dataclass
class Handed:
    """An issued trigger or response_url, its person, and its number of uses."""

    user: str
    channel: str
    at: float
    original: Message | None = None
    uses: int = 0


@dataclass(frozen=True)
class Call:
    """One call, its fate, and the code of a refusal."""

    method: str
    arguments: Mapping[str, Any]
    token: str
    fate: str = "ok"
    error: str | None = None


@dataclass
class Workspace:
    """The whole workspace; tests read it and put people, channels and fates in."""

    team_id: str = TEAM
    enterprise_id: str | None = None
    bot_user: str = "U0THEBOT"
    bot_id: str = "B0THEBOT"
    app_id: str = "A0THEAPP"
    scopes: Iterable[str] = SCOPES
    #: A code that refuses every call with a token: "token_revoked", "account_inactive" ...
    refusing: str | None = None
    clock: Callable[[], float] = time.time
    fates: Fates = field(default_factory=Fates)
    limits: Limits | None = None
    people: dict[str, Person] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    ephemeral: list[Message] = field(default_factory=list)
    views: dict[str, dict[str, Any]] = field(default_factory=dict)
    homes: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    triggers: dict[str, Handed] = field(default_factory=dict)
    response_urls: dict[str, Handed] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    #: Its addresses; set by `web_api.serving` and `sockets.serving`.
    origin: str = "http://127.0.0.1:9"
    socket_url: str | None = None
    #: Issued and unused tickets of sockets.
    tickets: set[str] = field(default_factory=set)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self._numbers = count(1)
        self._last_ts = 0
        self.put(Person(self.bot_user, "missing", is_bot=True))

    def put(self, *things: Person | Channel) -> None:
        """Add people and channels to the workspace."""
        for thing in things:
            if isinstance(thing, Person):
                self.people[thing.id] = thing
            else:
                self.channels[thing.id] = thing

    def number(self) -> int:
        return next(self._numbers)

    def new_ticket(self) -> str:
        """Issue a ticket that admits one connection to the socket."""
        ticket = f"ticket-{self.number()}"
        self.tickets.add(ticket)
        return ticket

    def new_ts(self) -> str:
        """Return a new time stamp of a message: never the same twice, always later."""
        with self.lock:
            self._last_ts = max(self._last_ts + 1, int(self.clock() * 1_000_000))
            return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def mint_trigger(self, user: str, channel: str = "") -> str:
        """Issue a trigger_id: valid for one view, for three seconds."""
        trigger = f"{self.number()}.{self.number()}.trigger"
        self.triggers[trigger] = Handed(user, channel, self.clock())
        return trigger

    def mint_response_url(self, user: str, channel: str, original: Message | None = None) -> str:
        """Issue a response_url: valid for five answers, for half an hour."""
        path = f"/response/{self.team_id}/{self.number()}/not-a-secret"
        self.response_urls[path] = Handed(user, channel, self.clock(), original)
        return self.origin + path

    def im_with(self, user: str) -> Channel:
        """Return the bot's conversation with a person, opened when there is none."""
        with self.lock:
            for channel in self.channels.values():
                if channel.user == user:
                    return channel
            opened = Channel(f"D0{user[1:]}", user=user, members=[user])
            self.put(opened)
            return opened

    def in_channel(self, channel: str, at: float | None = None) -> list[Message]:
        """Return a channel's messages, oldest first; with `at`, those that its history shows by then."""
        with self.lock:
            return [
                one
                for one in self.messages
                if one.channel == channel and not one.deleted and (at is None or one.visible <= at)
            ]

    def at(self, channel: str, ts: str) -> Message | None:
        """Return the message with this time stamp, if not deleted."""
        return next((one for one in self.in_channel(channel) if one.ts == ts), None)

    def seen_by(self, user: str) -> list[Message]:
        """Return the ephemeral messages to a person, oldest first."""
        with self.lock:
            return [one for one in self.ephemeral if one.to == user and not one.deleted]

    def calls_of(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]
