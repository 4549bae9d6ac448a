"""An invented Teams: people of several tenants, conversations, and the activities that were sent into them."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.support.slack.fates import Fates

CLIENT_ID = "11111111-aaaa-4aaa-8aaa-000000000001"
TENANT = "22222222-bbbb-4bbb-8bbb-000000000002"
#: The police's own tenant, and one that has nothing to do with the partnership.
OTHER_TENANT = "22222222-bbbb-4bbb-8bbb-000000000003"
STRANGE_TENANT = "22222222-bbbb-4bbb-8bbb-000000000009"
BOT = f"28:{CLIENT_ID}"
#: The largest activity that Teams accepts is about this many bytes.
LARGEST = 28 * 1024
Kind = Literal["personal", "channel", "groupChat"]
ChannelType = Literal["standard", "private", "shared"]


@dataclass
class Person:
    """An account: its Entra object id, its tenant and its role in a roster. `installed` is the app's personal chat."""

    account: str
    name: str
    tenant: str = TENANT
    role: str = "user"
    installed: bool = True

    @property
    def id(self) -> str:
        return f"29:{self.account}"

    def shown(self) -> dict[str, Any]:
        """Return the account as a roster shows it."""
        return {
            "id": self.id,
            "name": self.name,
            "objectId": self.account,
            "aadObjectId": self.account,
            "tenantId": self.tenant,
            "userRole": self.role,
            "userPrincipalName": f"{self.name}@example.org",
        }


@dataclass
class Conversation:
    """A personal chat, a channel of a team or a group chat. `members` are object ids."""

    id: str
    kind: Kind
    members: list[str]
    team: str = ""
    group: str = ""
    channel_type: ChannelType = "standard"
    tenant: str = TENANT
    has_bot: bool = True
    #: Tenants of teams that a shared channel is shared with.
    shared_with: tuple[str, ...] = ()


@dataclass
class Sent:
    """One activity that Teams took. `to` is the account that a targeted one is shown to."""

    conversation: str
    thread: str
    id: str
    body: dict[str, Any]
    to: str = ""
    edited: int = 0
    deleted: bool = False
    at: float = 0.0
    #: When reading back shows it.
    visible: float = 0.0
    arguments: dict[str, Any] = field(default_factory=dict)

    @property
    def card(self) -> dict[str, Any]:
        """The adaptive card of the activity; empty where there is none."""
        return next((a["content"] for a in self.body.get("attachments") or () if "adaptive" in a["contentType"]), {})


@dataclass(frozen=True)
class Call:
    """One request to the connector: its method by name, the conversation, the fate and the status of its answer."""

    name: str
    conversation: str
    body: Any
    token: str
    fate: str
    status: int


@dataclass(frozen=True)
class Uploaded:
    """A file as somebody's OneDrive took it, with the headers in lower case."""

    path: str
    content: bytes
    headers: Mapping[str, str]


@dataclass
class Tenancy:
    people: dict[str, Person] = field(default_factory=dict)
    conversations: dict[str, Conversation] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    fates: Fates = field(default_factory=Fates)
    clock: Callable[[], float] = time.time
    #: Whether the tenant has targeted messages, and the team lets the bot read its messages.
    targeted: bool = True
    readable: bool = True
    #: Who may join the teams, in Graph's word.
    visibility: str = "private"
    page_size: int = 50
    uploads: list[Uploaded] = field(default_factory=list)
    #: The answer of OneDrive to an upload.
    upload_status: int = 201
    origin: str = ""
    lock: threading.RLock = field(default_factory=threading.RLock)
    _number: int = 0

    @property
    def service_url(self) -> str:
        """The service URL of its activities, as Teams writes it."""
        return f"{self.origin}/teams/"

    def put(self, *given: Person | Conversation) -> None:
        for each in given:
            if isinstance(each, Person):
                self.people[each.account] = each
                if each.installed:
                    personal = personal_of(each.account)
                    self.conversations[personal] = Conversation(personal, "personal", [each.account], tenant=TENANT)
            else:
                self.conversations[each.id] = each

    def new_id(self) -> str:
        """Return the id of a message: milliseconds, as in Teams, and each once."""
        with self.lock:
            self._number += 1
            return str(1_700_000_000_000 + self._number)

    def in_conversation(self, conversation: str) -> list[Sent]:
        """Return what everybody there sees now, oldest first."""
        return [s for s in self.sent if s.conversation == conversation and not s.deleted and not s.to]

    def seen_by(self, account: str) -> list[Sent]:
        """Return what one person alone sees: the personal chat, and targeted messages."""
        alone = personal_of(account)
        return [s for s in self.sent if not s.deleted and (s.to == account or s.conversation == alone)]

    def find(self, conversation: str, number: str) -> Sent | None:
        return next((s for s in self.sent if (s.conversation, s.id) == (conversation, number) and not s.deleted), None)


def personal_of(account: str) -> str:
    """Return the id of the personal chat of an account."""
    return f"a:1{uuid.uuid5(uuid.NAMESPACE_OID, account).hex}"


def size(body: Mapping[str, Any]) -> int:
    return len(json.dumps(body, ensure_ascii=False).encode())


def texts(node: Any) -> Sequence[str]:
    """Return every text of a card or a part of one, in its order."""
    if isinstance(node, list):
        return [text for each in node for text in texts(each)]
    if not isinstance(node, dict):
        return []
    own = [str(node[name]) for name in ("text", "title", "label", "altText") if isinstance(node.get(name), str)]
    return own + [text for value in node.values() if isinstance(value, list | dict) for text in texts(value)]
