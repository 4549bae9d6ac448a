"""The outbound platform "teams": one call a post, and a message is found again by the marker in its card.

Teams tells nobody whether a message arrived. Where a team lets the bot read its channels, Microsoft Graph does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from bot.chat.teams.channels import Channels, is_person
from bot.chat.teams.connector import Connector, Failed, threaded
from bot.chat.teams.elements import Card
from bot.chat.teams.rendering import activity, post
from bot.conversation.outbound import CannotTell, Later, Message, NoLookUp, Outcome, PostRefused, Sent, Unknown
from bot.conversation.reply import Reply
from bot.rules.access.channel_privacy import Destination

#: When to come back where a conversation could not be opened.
LATER = 30.0
_GONE = ("ActivityNotFoundInConversation", "http_404")


@dataclass(frozen=True)
class Teams:
    """The platform "teams". A destination is a channel's id or a person's Entra object id.

    `sealed` puts handles into buttons. `read_back`: the channels' teams let the bot read its messages.
    """

    connector: Connector
    channels: Channels
    sealed: Callable[[Reply, str], Reply]
    read_back: bool = False
    name: ClassVar[str] = "teams"
    repeat_harmless: ClassVar[bool] = False

    @property
    def can_tell(self) -> bool:
        return self.read_back

    def describe(self, destination: str) -> Destination:
        """Return the privacy of a destination; raise CannotTell where Teams is busy or away.

        The conversation with a person is opened here, so that the post itself is one call within its time.
        """
        try:
            return self.channels.learn(destination)
        except Failed as fault:
            raise CannotTell from fault

    def post(self, destination: str, message: Message) -> Outcome:
        """Post a message; a reply that is aloud is a message of the channel itself."""
        try:
            to = self.channels.where(destination)
        except Failed as fault:
            return _not_begun(fault)
        in_thread = message.thread is not None and not message.aloud
        conversation = threaded(to.conversation, message.thread or "") if in_thread else to.conversation
        try:
            return Sent(self.connector.send(to.service_url, conversation, self._content(destination, message)))
        except Failed as fault:
            return _outcome(fault)

    def update(self, destination: str, message_id: str, message: Message) -> Outcome:
        try:
            to = self.channels.where(destination)
        except Failed as fault:
            return _not_begun(fault)
        content = self._content(destination, message)
        try:
            self.connector.update(to.service_url, to.conversation, message_id, content)
        except Failed as fault:
            return _outcome(fault)
        return Sent(message_id)

    def delete(self, destination: str, message_id: str) -> Outcome:
        """Delete a message; one that is gone already counts as deleted."""
        try:
            to = self.channels.where(destination)
        except Failed as fault:
            return _not_begun(fault)
        try:
            self.connector.delete(to.service_url, to.conversation, message_id)
        except Failed as fault:
            return Sent(message_id) if fault.code in _GONE else _outcome(fault)
        return Sent(message_id)

    def find(self, destination: str, marker: str, since: datetime, thread: str | None = None) -> Sequence[str]:
        """Read the messages of the channel since then, and of the thread: a reply that was aloud is in the channel.

        Conversations with people cannot be read back, whoever consents.
        """
        found = self._ours(destination, since, (None, thread) if thread else (None,))
        return [number for number, cards in found.items() if f'"{marker}"' in cards]

    def markers(self, destination: str, since: datetime) -> Sequence[str]:
        found = self._ours(destination, since, (None,))
        return [marker for cards in found.values() if (marker := _marker_of(cards))]

    def _ours(self, destination: str, since: datetime, places: Sequence[str | None]) -> dict[str, str]:
        """Return the numbers of our messages in a channel (None) or its threads, oldest first, with their cards."""
        if not self.read_back or is_person(destination):
            raise NoLookUp
        ours, found = self.connector.bot.removeprefix("28:"), dict[str, str]()
        try:
            to = self.channels.where(destination)
            group = self.channels.group(to)
            for place in places:
                for message in self.connector.messages(group, to.conversation, since, place):
                    if message.app == ours:
                        found[message.id] = message.cards
        except Failed as fault:
            raise CannotTell from fault
        return {number: found[number] for number in sorted(found, key=lambda number: (len(number), number))}

    def _content(self, destination: str, message: Message) -> dict[str, Any]:
        """Return the content of a post. The notification is fixed; a reply has no live link or mention."""
        made = post(self.sealed(message.reply, destination))
        return activity(marked(made, message.marker) if message.marker else made, message.preview)


def marked(card: Card, marker: str) -> Card:
    """Return a card with the marker as the id of its first element: Graph gives that back as it was sent."""
    first, *rest = card["body"]
    return card | {"body": [first | {"id": marker}, *rest]}


def _marker_of(card: str) -> str:
    """Return the marker that `marked` put into a card, from its text; empty for a card without one."""
    try:
        return str(UUID(json.loads(card)["body"][0]["id"]))
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""


def _outcome(fault: Failed) -> Outcome:
    """Return the outcome of a failed call; unknown where it may have been carried out."""
    if fault.later is not None:
        return Later(fault.later)
    return PostRefused(fault.code) if fault.known else Unknown(fault.code)


def _not_begun(fault: Failed) -> Outcome:
    """Return the outcome of a conversation that could not be opened: nothing was posted."""
    return Later(fault.later or LATER) if fault.passes else PostRefused(fault.code)
