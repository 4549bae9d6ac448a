"""The conversations where the app is installed: kept on install, removed on uninstall, used to write unasked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.store import teams_conversations
from bot.store.database import Database, reading, writing
from bot.store.teams_conversations import Reference

__all__ = ["Conversations", "Reference"]


@dataclass(frozen=True)
class Conversations:
    """The conversations of this installation. Accounts are Entra object ids in lower case."""

    database: Database

    def keep(self, reference: Reference) -> None:
        """Keep a conversation; what the new reference does not say (team, type, account) stays as it was."""
        with writing(self.database) as connection:
            before = teams_conversations.of(connection, reference.conversation)
            known = replace(reference, account=reference.account.lower())
            if before is not None:
                known = replace(
                    known,
                    account=known.account or before.account,
                    team=known.team or before.team,
                    channel_type=known.channel_type or before.channel_type,
                )
            teams_conversations.keep(connection, known)

    def remove(self, conversation: str) -> None:
        """Remove a conversation, and the channels of a team with this id."""
        with writing(self.database) as connection:
            teams_conversations.remove(connection, conversation)

    def personal(self, account: str) -> Reference | None:
        """Return the personal conversation with an account."""
        with reading(self.database) as connection:
            return teams_conversations.personal(connection, account.lower())

    def of(self, conversation: str) -> Reference | None:
        """Return the conversation with this id."""
        with reading(self.database) as connection:
            return teams_conversations.of(connection, conversation)

    def every(self) -> Sequence[Reference]:
        """Return all conversations, the newest first."""
        with reading(self.database) as connection:
            return teams_conversations.every(connection)
