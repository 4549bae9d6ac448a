"""The outbound platform "teams": one call a post, and a message is found again by the marker in its card.

Teams tells nobody whether a message arrived. Where a team lets the bot read its channels, Microsoft Graph does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from bot.chat.teams import refusals
from bot.chat.teams.channels import Channels, is_person
from bot.chat.teams.connector import Connector, Failed, threaded
from bot.chat.teams.elements import Card
from bot.chat.teams.rendering import activity, plain_post, post
from bot.conversation.outbound import (
    AskLater,
    CannotPost,
    CannotTell,
    Later,
    Message,
    NoLookUp,
    Outcome,
    PostRefused,
    Sent,
    Unknown,
)
from bot.conversation.reply import Reply
from bot.conversation.shortened import as_words
from bot.rules.access.channel_privacy import Destination

#: When to come back where a conversation could not be opened, and where it is to be opened anew.
LATER, AT_ONCE = 30.0, 1.0
_TOO_BIG = "MessageSizeTooBig"
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
        """Return the privacy of a destination; CannotTell where Teams is busy or away, CannotPost where it refuses it.

        The conversation with a person is opened here, so that the post itself is one call within its time.
        """
        try:
            return self.channels.learn(destination)
        except Failed as fault:
            if fault.passes and not _is_token(fault):
                raise CannotTell from fault
            raise CannotPost(_refused(fault, destination)) from fault

    def post(self, destination: str, message: Message) -> Outcome:
        """Post a message; a reply that is aloud is a message of the channel itself.

        A personal conversation that Teams does not know is opened anew for the next try, once.
        """
        try:
            to = self.channels.where(destination)
        except Failed as fault:
            return _not_begun(fault, destination)
        in_thread = message.thread is not None and not message.aloud
        conversation = threaded(to.conversation, message.thread or "") if in_thread else to.conversation
        try:
            content = self._content(destination, message)
        except ValueError:
            return PostRefused(_TOO_BIG, "too_long")
        try:
            return Sent(self.connector.send(to.service_url, conversation, content))
        except Failed as fault:
            is_unknown = is_person(destination) and refusals.cause(fault.code) == "no_channel"
            return Later(AT_ONCE) if is_unknown and self.channels.renew(destination) else _outcome(fault, destination)

    def update(self, destination: str, message_id: str, message: Message) -> Outcome:
        try:
            to = self.channels.where(destination)
        except Failed as fault:
            return _not_begun(fault, destination)
        try:
            content = self._content(destination, message)
        except ValueError:
            return PostRefused(_TOO_BIG, "too_long")
        try:
            self.connector.update(to.service_url, to.conversation, message_id, content)
        except Failed as fault:
            return _outcome(fault, destination)
        return Sent(message_id)

    def delete(self, destination: str, message_id: str) -> Outcome:
        """Delete a message; one that is gone already counts as deleted."""
        try:
            to = self.channels.where(destination)
        except Failed as fault:
            return _not_begun(fault, destination)
        try:
            self.connector.delete(to.service_url, to.conversation, message_id)
        except Failed as fault:
            return Sent(message_id) if fault.code in _GONE else _outcome(fault, destination)
        return Sent(message_id)

    def find(self, destination: str, marker: str, since: datetime, thread: str | None = None) -> Sequence[str]:
        """Look one message up. Conversations with people cannot be read back, whoever consents."""
        found = self.find_all(destination, {marker: thread}, since)
        if marker not in found:
            raise CannotTell
        return found[marker]

    def find_all(
        self, destination: str, threads: Mapping[str, str | None], since: datetime
    ) -> Mapping[str, Sequence[str]]:
        """Read the channel once, and each thread once: a reply that was aloud is in the channel.

        A marker in what Teams does not show is missing.
        """
        there: dict[str | None, dict[str, str]] = {None: self._ours(destination, since, None)}
        for thread in dict.fromkeys(threads.values()):
            try:
                there[thread] = there[None] | self._ours(destination, since, thread) if thread else there[None]
            except AskLater:
                raise
            except CannotTell:
                continue
        return {
            marker: _in_order(number for number, cards in there[thread].items() if f'"{marker}"' in cards)
            for marker, thread in threads.items()
            if thread in there
        }

    def markers(self, destination: str, since: datetime) -> Sequence[str]:
        found = self._ours(destination, since, None)
        return [marker for number in _in_order(found) if (marker := _marker_of(found[number]))]

    def _ours(self, destination: str, since: datetime, thread: str | None) -> dict[str, str]:
        """Return our messages in a channel or a thread: number and cards."""
        if not self.read_back or is_person(destination):
            raise NoLookUp
        ours = self.connector.bot.removeprefix("28:")
        try:
            to = self.channels.where(destination)
            read = self.connector.messages(self.channels.group(to), to.conversation, since, thread)
            return {message.id: message.cards for message in read if message.app == ours}
        except Failed as fault:
            if fault.passes:
                raise AskLater(fault.later or LATER) from fault
            raise CannotTell from fault

    def _content(self, destination: str, message: Message) -> dict[str, Any]:
        """Return the content of a post. The notification is fixed; a reply has no live link or mention."""
        made = plain_post(as_words(message.reply)) if message.plain else post(self.sealed(message.reply, destination))
        return activity(marked(made, message.marker) if message.marker else made, message.preview)


def _in_order(numbers: Iterable[str]) -> Sequence[str]:
    """Return numbers of messages, oldest first."""
    return sorted(numbers, key=lambda number: (len(number), number))


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


def _outcome(fault: Failed, destination: str) -> Outcome:
    """Return the outcome of a failed call; unknown where it may have been carried out."""
    if fault.later is not None and not _is_token(fault):
        return Later(fault.later)
    return _refused(fault, destination) if fault.known else Unknown(fault.code)


def _not_begun(fault: Failed, destination: str) -> Outcome:
    """Return the outcome of a conversation that could not be opened: nothing was posted."""
    is_later = fault.passes and not _is_token(fault)
    return Later(fault.later or LATER) if is_later else _refused(fault, destination)


def _is_token(fault: Failed) -> bool:
    """Return True where the bot's token is refused: that does not pass by itself."""
    return fault.known and refusals.cause(fault.code) == "token"


def _refused(fault: Failed, destination: str) -> PostRefused:
    return PostRefused(fault.code, refusals.cause(fault.code, to_person=is_person(destination)))
