"""The way out to an invented Teams: places of every kind, and the parts that post to them, by Microsoft's SDK."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Engine

from bot.chat.teams.channels import Accounts, Channels
from bot.chat.teams.connector import Connector, Transport
from bot.chat.teams.conversations import Conversations, Reference
from bot.chat.teams.credentials import Connection
from bot.chat.teams.platform import Teams
from bot.chat.teams.sdk import Sdk
from tests.support.teams.connector import GRAPH, Served, serving
from tests.support.teams.tenancy import (
    BOT,
    CLIENT_ID,
    OTHER_TENANT,
    STRANGE_TENANT,
    TENANT,
    Conversation,
    Person,
    Tenancy,
    personal_of,
)


def account(number: int) -> str:
    return f"33333333-cccc-4ccc-8ccc-{number:012d}"


LEAD, WORKER, POLICE, GUEST, STRANGER, UNLISTED, AWAY = (account(n) for n in range(1, 8))
TEAM, GROUP = "19:team@thread.tacv2", "44444444-dddd-4ddd-8ddd-000000000001"
STANDARD, PRIVATE, SHARED = (f"19:{kind}@thread.tacv2" for kind in ("standard", "private", "shared"))
CHAT = "19:chat@thread.v2"


def inhabited() -> Tenancy:
    """Return a Teams with people inside and outside the partnership, and a channel of each type."""
    people = [
        Person(LEAD, "lead"),
        Person(WORKER, "worker"),
        Person(POLICE, "police", OTHER_TENANT, installed=False),
        Person(GUEST, "guest#EXT#", installed=False),
        Person(STRANGER, "stranger", STRANGE_TENANT, installed=False),
        Person(UNLISTED, "unlisted"),
        Person(AWAY, "away", installed=False),
    ]
    ours = [LEAD, WORKER]
    places = [
        Conversation(TEAM, "channel", ours, TEAM, GROUP),
        Conversation(STANDARD, "channel", ours, TEAM, GROUP),
        Conversation(PRIVATE, "channel", ours, TEAM, GROUP, "private"),
        Conversation(SHARED, "channel", [*ours, POLICE], TEAM, GROUP, "shared"),
        Conversation(CHAT, "groupChat", ours),
    ]
    tenancy = Tenancy()
    tenancy.put(*people, *places)
    return tenancy


@dataclass
class Sending:
    """The parts, joined as the adapter joins them. `levels` and `listed` are what the partnership says."""

    served: Served
    database: Engine
    caller: Transport
    read_back: bool = False
    tenants: tuple[str, ...] = (TENANT,)
    levels: dict[str, int] = field(default_factory=lambda: dict.fromkeys((STANDARD, PRIVATE, SHARED), 1))
    listed: set[str] = field(default_factory=lambda: {LEAD, WORKER, POLICE, GUEST, STRANGER, AWAY})
    allowed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    now: float = 0.0

    def __post_init__(self) -> None:
        self.connector = Connector(self.caller, BOT, f"{self.served.tenancy.origin}{GRAPH}")
        self.conversations = Conversations(self.database)
        self.accounts = Accounts(self.connector, self.conversations, self.tenants, lambda: self.now)
        self.channels = Channels(
            self.connector,
            self.conversations,
            self.accounts,
            self.levels.get,
            lambda channel: self.allowed.get(channel, ()),
            lambda accounts, channel: {each: each in self.listed for each in accounts},
            self.tenancy.service_url,
            lambda: self.now,
        )
        self.platform = Teams(self.connector, self.channels, lambda reply, destination: reply, self.read_back)

    @property
    def tenancy(self) -> Tenancy:
        return self.served.tenancy

    def install(self, *conversations: str) -> None:
        """Keep conversations as an installation does; all that the bot is in where none is named."""
        for each in self.tenancy.conversations.values():
            if (conversations and each.id not in conversations) or each.id == TEAM:
                continue
            person = each.members[0] if each.kind == "personal" else ""
            kind = {"personal": "personal", "channel": "channel", "groupChat": "group"}[each.kind]
            self.conversations.keep(
                Reference(
                    each.id,
                    kind,  # type: ignore[arg-type]
                    each.tenant,
                    self.tenancy.service_url,
                    datetime.now(UTC),
                    person,
                    each.team,
                    each.channel_type if each.kind == "channel" else "",
                )
            )


@contextmanager
def sending(database: Engine, timeout: float = 2.0) -> Iterator[Sending]:
    """Yield the way out with everything installed."""

    async def nothing(activity: dict[str, object]) -> None:
        raise AssertionError("nothing comes in")

    with serving(inhabited()) as served:
        served.tenancy.fates.slow_seconds = timeout + 0.3
        connection = Connection(CLIENT_ID, TENANT, "a secret", tenants=(TENANT,), overrides=served.overrides)
        sdk = Sdk(connection, timeout, nothing)
        try:
            found = Sending(served, database, sdk)
            found.install()
            yield found
        finally:
            sdk.stop()


__all__ = ["OTHER_TENANT", "STRANGE_TENANT", "TENANT", "personal_of"]
