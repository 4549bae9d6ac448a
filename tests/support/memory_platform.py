"""A platform in memory, for tests of messages and their delivery; fake_chat is one with a network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.conversation.outbound import CannotTell, Message, Outcome, PostRefused, Sent, Unknown
from bot.rules.access.channel_privacy import Destination

PRIVATE_CHANNEL = Destination("channel", 1, is_private=True, is_shared=False, members=(True, True))
SHARED_CHANNEL = Destination("channel", 1, is_private=True, is_shared=True, members=(True, True))
COUNTS_CHANNEL = Destination("channel", 0, is_private=True, is_shared=False, members=(True,))
ONE_PERSON = Destination("person", None, is_private=True, is_shared=False, members=(True,))


@dataclass
class Kept:
    """One message on the platform."""

    number: str
    destination: str
    message: Message
    at: datetime | None = None
    changes: int = 0

    @property
    def text(self) -> str:
        reply = self.message.reply
        lines = [line for s in reply.sections for line in (s.title, *s.lines)]
        return "\n".join((reply.title, *reply.text, *lines, *reply.footer))


@dataclass
class MemoryChat:
    """A chat that keeps every post unless `fates` decide otherwise; to senders, `Lost` and `Taken` look alike."""

    name: str = "offline"
    can_tell: bool = True
    repeat_harmless: bool = False
    messages: list[Kept] = field(default_factory=list)
    fates: list[Outcome | str] = field(default_factory=list)
    describes: dict[str, Destination] = field(default_factory=dict)
    answers: bool = True
    posts: int = 0
    before: Callable[[], None] = lambda: None
    #: The platform's own clock: it shows no message from before the time from which it is asked.
    own_clock: Callable[[], datetime] | None = None

    def describe(self, destination: str) -> Destination:
        return self.describes.get(destination, ONE_PERSON)

    def post(self, destination: str, message: Message) -> Outcome:
        """Post by the next fate: an Outcome, returned with nothing kept, or 'taken': kept, without an answer."""
        self.before()
        self.posts += 1
        fate = self.fates.pop(0) if self.fates else "ok"
        if not isinstance(fate, str):
            return fate
        self.messages.append(Kept(f"m{self.posts}", destination, message, self.own_clock() if self.own_clock else None))
        return Sent(f"m{self.posts}") if fate == "ok" else Unknown("timeout")

    def find(self, destination: str, marker: str, since: datetime, thread: str | None = None) -> Sequence[str]:
        if not (self.can_tell and self.answers):
            raise CannotTell
        here = [k for k in self._since(since) if k.destination == destination and k.message.thread == thread]
        return [k.number for k in here if k.message.marker == marker]

    def markers(self, destination: str, since: datetime) -> Sequence[str]:
        if not (self.can_tell and self.answers):
            raise CannotTell
        return [k.message.marker for k in self._since(since) if k.destination == destination and k.message.marker]

    def _since(self, since: datetime) -> list[Kept]:
        return [k for k in self.messages if k.at is None or k.at >= since]

    def update(self, destination: str, message_id: str, message: Message) -> Outcome:
        for kept in self.messages:
            if kept.number == message_id:
                kept.message, kept.changes = message, kept.changes + 1
                return Sent(message_id)
        return PostRefused("message_not_found")

    def delete(self, destination: str, message_id: str) -> Outcome:
        self.messages = [k for k in self.messages if k.number != message_id]
        return Sent(message_id)

    def to(self, destination: str) -> list[Kept]:
        """Return the messages of a destination, oldest first."""
        return [k for k in self.messages if k.destination == destination]
