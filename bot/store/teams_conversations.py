"""Conversations in Microsoft Teams where the app is installed, as the database keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, delete, select

from bot.store.database import upsert
from bot.store.schema.delivery import teams_conversation

Kind = Literal["personal", "channel", "group"]


@dataclass(frozen=True, slots=True)
class Reference:
    """One conversation. `account` is the Entra object id of the person of a personal conversation.

    `team` is the id of a channel's team, `channel_type` "standard", "private" or "shared"; empty where Teams did not
    say.
    """

    conversation: str
    kind: Kind
    tenant: str
    service_url: str
    updated_at: datetime
    account: str = ""
    team: str = ""
    channel_type: str = ""


_COLUMNS = tuple(teams_conversation.c[f.name] for f in fields(Reference))


def keep(connection: Connection, reference: Reference) -> None:
    """Keep a conversation, or what is new about it. A person has one: an older one of the same account goes."""
    if reference.kind == "personal" and reference.account:
        older = (teams_conversation.c.account == reference.account, teams_conversation.c.kind == "personal")
        others = teams_conversation.c.conversation != reference.conversation
        connection.execute(delete(teams_conversation).where(*older, others))
    values: dict[str, Any] = asdict(reference)
    row = upsert(connection, teams_conversation).values(values)
    new = {name: value for name, value in values.items() if name != "conversation"}
    connection.execute(row.on_conflict_do_update(index_elements=["conversation"], set_=new))


def remove(connection: Connection, conversation: str) -> None:
    """Remove a conversation, with the channels of a team of this id."""
    gone = (teams_conversation.c.conversation == conversation) | (teams_conversation.c.team == conversation)
    connection.execute(delete(teams_conversation).where(gone))


def personal(connection: Connection, account: str) -> Reference | None:
    """Return the personal conversation with an account."""
    those = _find(connection, teams_conversation.c.account == account, teams_conversation.c.kind == "personal")
    return those[0] if those else None


def of(connection: Connection, conversation: str) -> Reference | None:
    """Return the conversation with this id."""
    those = _find(connection, teams_conversation.c.conversation == conversation)
    return those[0] if those else None


def every(connection: Connection) -> Sequence[Reference]:
    """Return all conversations, the newest first."""
    return _find(connection)


def _find(connection: Connection, *where: ColumnElement[bool]) -> list[Reference]:
    newest = (teams_conversation.c.updated_at.desc(), teams_conversation.c.conversation)
    return [Reference(*row) for row in connection.execute(select(*_COLUMNS).where(*where).order_by(*newest))]
