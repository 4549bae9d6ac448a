"""What a platform can be asked to do with a message, and what can come of it: the same for every platform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from bot.conversation.reply import Reply
from bot.rules.access.channel_privacy import Destination

#: All that a notification on a locked screen ever says.
PREVIEW = "You have items to look at."
DIGEST_PREVIEW = "Your safeguarding digest is ready."


@dataclass(frozen=True, slots=True)
class Message:
    """What is posted. `marker` finds it again and says nothing; `thread` is the message it stands under.

    `preview` is what a push notification shows: one of the fixed sentences above, never anything of the reply.
    """

    reply: Reply
    preview: str
    marker: str = ""
    thread: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """The platform took it."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Later:
    """The platform did not take it and says when to come back (429)."""

    seconds: float


@dataclass(frozen=True, slots=True)
class PostRefused:
    """The platform did not take it and never will as it is: `code` says why, in its own word."""

    code: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows whether it is there: no answer, half an answer, or a fault of the platform's own."""

    code: str


Outcome = Sent | Later | PostRefused | Unknown


class CannotTell(Exception):
    """The platform gives no way to see whether a message is there, or did not answer."""


class Platform(Protocol):
    """One way to reach people. No method tries again by itself, and none waits longer than its time-out.

    `name` is what the partnership file calls it; `can_tell` says whether `find` can be asked at all;
    `repeat_harmless` whether a message of unknown outcome may simply be sent again: it says so little that two of
    them do no harm (e-mail), and asking a person would take longer than a second one takes to read.
    """

    @property
    def name(self) -> str: ...
    @property
    def can_tell(self) -> bool: ...
    @property
    def repeat_harmless(self) -> bool: ...

    def describe(self, destination: str) -> Destination:
        """Who reads there now, for the level of what may be said; what cannot be learnt is None in it.

        CannotTell where the platform is busy or away, so that it may be asked another time.
        """

    def post(self, destination: str, message: Message) -> Outcome:
        """One call, no more."""

    def find(self, destination: str, marker: str, since: datetime, thread: str | None = None) -> Sequence[str]:
        """Ids of our messages with this marker, oldest first, in a thread or in the channel itself.

        CannotTell where that cannot be known.
        """

    def update(self, destination: str, message_id: str, message: Message) -> Outcome:
        """Put other words into a message that is there."""

    def delete(self, destination: str, message_id: str) -> Outcome:
        """Take a message away."""


@dataclass(frozen=True, slots=True)
class Noting:
    """A platform on which a line stands in every message that is posted or changed: that it is practice."""

    platform: Platform
    line: str

    @property
    def name(self) -> str:
        return self.platform.name

    @property
    def can_tell(self) -> bool:
        return self.platform.can_tell

    @property
    def repeat_harmless(self) -> bool:
        return self.platform.repeat_harmless

    def describe(self, destination: str) -> Destination:
        return self.platform.describe(destination)

    def post(self, destination: str, message: Message) -> Outcome:
        return self.platform.post(destination, self._noted(message))

    def find(self, destination: str, marker: str, since: datetime, thread: str | None = None) -> Sequence[str]:
        return self.platform.find(destination, marker, since, thread)

    def update(self, destination: str, message_id: str, message: Message) -> Outcome:
        return self.platform.update(destination, message_id, self._noted(message))

    def delete(self, destination: str, message_id: str) -> Outcome:
        return self.platform.delete(destination, message_id)

    def _noted(self, message: Message) -> Message:
        return replace(message, reply=message.reply.noting(self.line))
