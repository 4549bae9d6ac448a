"""The outbound platform of the practice page: every message is in memory, and gone when the practice ends.

It takes the place of the outbox, so a practice partnership needs no channel of its own for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from bot.conversation.inbound import Answer
from bot.conversation.outbound import Message, Outcome, PostRefused, Sent
from bot.conversation.reply import Reply
from bot.rules.access.channel_privacy import Destination


@dataclass
class Shown:
    """One message on the page, in the channel or the private conversation `place`.

    `by` is the person who typed it, empty for the bot. `only_for` is the one person who sees it in a channel. `share`
    is the handle that shares it, and `is_question` says that it asks whether to.
    """

    number: int
    place: str
    at: datetime
    reply: Reply
    by: str = ""
    only_for: str = ""
    share: str = ""
    is_question: bool = False
    thread: int | None = None
    aloud: bool = False
    marker: str = ""
    changed: datetime | None = None


@dataclass
class Conversations:
    """The platform "offline". `describe` tells the readers of a place, `sealed` puts handles into a post's buttons."""

    describes: Callable[[str], Destination]
    sealed: Callable[[Reply, str], Reply]
    now: Callable[[], datetime]
    messages: list[Shown] = field(default_factory=list)
    #: Counts every change, so that an open page knows that it is out of date.
    version: int = 0
    #: Person and place -> number of the newest message that the person has read there.
    _read: dict[tuple[str, str], int] = field(default_factory=dict)
    _last: int = 0
    name: ClassVar[str] = "offline"
    can_tell: ClassVar[bool] = True
    repeat_harmless: ClassVar[bool] = False

    def describe(self, destination: str) -> Destination:
        return self.describes(destination)

    def post(self, destination: str, message: Message) -> Outcome:
        sealed = self.sealed(message.reply, destination)
        thread = int(message.thread) if message.thread else None
        shown = self.put(destination, sealed, thread=thread, aloud=message.aloud, marker=message.marker)
        return Sent(str(shown.number))

    def find(self, destination: str, marker: str, since: datetime, thread: str | None = None) -> Sequence[str]:
        return [str(m.number) for m in self.messages if (m.place, m.marker) == (destination, marker)]

    def markers(self, destination: str, since: datetime) -> Sequence[str]:
        return [m.marker for m in self.messages if m.place == destination and m.marker and m.at >= since]

    def update(self, destination: str, message_id: str, message: Message) -> Outcome:
        shown = self.numbered(int(message_id))
        if shown is None:
            return PostRefused("message_not_found")
        shown.reply, shown.changed = self.sealed(message.reply, destination), self.now()
        self.version += 1
        return Sent(message_id)

    def delete(self, destination: str, message_id: str) -> Outcome:
        self.take_away(int(message_id))
        return Sent(message_id)

    def put(
        self,
        place: str,
        reply: Reply,
        *,
        by: str = "",
        thread: int | None = None,
        aloud: bool = False,
        marker: str = "",
    ) -> Shown:
        """Add a message that everybody in the place sees."""
        self._last += 1
        self.version += 1
        shown = Shown(self._last, place, self.now(), reply, by=by, thread=thread, aloud=aloud, marker=marker)
        self.messages.append(shown)
        return shown

    def whisper(self, place: str, answer: Answer, person: str, *, is_question: bool = False) -> Shown:
        """Add an answer that one person alone sees there."""
        shown = self.put(place, answer.reply)
        shown.only_for, shown.share, shown.is_question = person, answer.share, is_question
        return shown

    def numbered(self, number: int) -> Shown | None:
        return next((m for m in self.messages if m.number == number), None)

    def take_away(self, number: int) -> None:
        self.messages = [m for m in self.messages if m.number != number]
        self.version += 1

    def seen_by(self, person: str, place: str) -> Iterator[Shown]:
        """Yield the messages of a place that this person may see, oldest first."""
        return (m for m in self.messages if m.place == place and m.only_for in ("", person))

    def read(self, person: str, place: str) -> int:
        """Mark a place as read by a person; return the number of the newest message that was read before."""
        before = self._read.get((person, place), 0)
        self._read[person, place] = self._last
        return before

    def unread(self, person: str, place: str) -> int:
        """Count the bot's messages in a place that a person has not read."""
        before = self._read.get((person, place), 0)
        return sum(m.number > before and not m.by for m in self.seen_by(person, place))
