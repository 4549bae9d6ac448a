"""The outbound port: posting, finding and changing messages, and the outcomes, for every chat platform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from bot.conversation.reply import Reply
from bot.rules.access.channel_privacy import Destination
from bot.rules.catalogue import _

#: The only texts of a notification on a locked screen.
PREVIEW = _("You have items to look at.")
DIGEST_PREVIEW = _("Your safeguarding digest is ready.")
#: The only texts of an SMS.
WAKE = _("A safeguarding call waits for you in chat. Please acknowledge it there.")
DRILL = _("DRILL, only a test: a test call waits for you in chat. No child is missing. Please acknowledge it there.")


@dataclass(frozen=True, slots=True)
class Message:
    """A message to post. `marker` is opaque and finds it again; `thread` is the id of the message it replies to.

    A reply in a thread that is `aloud` is shown in the channel too.

    `preview` is the text of the push notification: one of the fixed sentences above, never anything of the reply.
    """

    reply: Reply
    preview: str
    marker: str = ""
    thread: str | None = None
    aloud: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """Accepted by the platform."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Later:
    """Rate-limited (429): to be tried again after `seconds`."""

    seconds: float


@dataclass(frozen=True, slots=True)
class PostRefused:
    """Refused for good. `code` is the platform's own reason."""

    code: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """An unknown outcome: no answer, half an answer, or a fault of the platform (5xx)."""

    code: str


Outcome = Sent | Later | PostRefused | Unknown


class CannotTell(Exception):
    """The platform cannot look a message up, or did not answer."""


class NoLookUp(CannotTell):
    """The platform looks no message up in this place, now or later, though it may elsewhere."""


class Platform(Protocol):
    """One way to reach people. No method tries again by itself, and none waits longer than its time-out.

    `name` is its name in the partnership file. `can_tell` is False where `find` is not supported.
    `repeat_harmless` is True where a message of unknown outcome may be sent again: it says so little that two of
    them do no harm (e-mail), and a person would take longer to decide than to read a second one.
    """

    @property
    def name(self) -> str: ...
    @property
    def can_tell(self) -> bool: ...
    @property
    def repeat_harmless(self) -> bool: ...

    def describe(self, destination: str) -> Destination:
        """Describe the readers there now, for the privacy level; None in a field means not known.

        CannotTell where the platform is busy or away: to be tried again later.
        """

    def post(self, destination: str, message: Message) -> Outcome:
        """Post a message in one call, without a retry."""

    def find(self, destination: str, marker: str, since: datetime, thread: str | None = None) -> Sequence[str]:
        """Return the ids of our messages with this marker, oldest first, in a thread or in the channel itself.

        CannotTell where the platform cannot say.
        """

    def markers(self, destination: str, since: datetime) -> Sequence[str]:
        """Return the markers of our messages in a channel since then, oldest first; those in threads may be absent.

        CannotTell where the platform cannot say.
        """

    def update(self, destination: str, message_id: str, message: Message) -> Outcome:
        """Replace a message's content."""

    def delete(self, destination: str, message_id: str) -> Outcome:
        """Delete a message."""


@dataclass(frozen=True, slots=True)
class WithNotice:
    """A platform that adds a line (that it is practice) to every message that is posted or changed."""

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

    def markers(self, destination: str, since: datetime) -> Sequence[str]:
        return self.platform.markers(destination, since)

    def update(self, destination: str, message_id: str, message: Message) -> Outcome:
        return self.platform.update(destination, message_id, self._noted(message))

    def delete(self, destination: str, message_id: str) -> Outcome:
        return self.platform.delete(destination, message_id)

    def _noted(self, message: Message) -> Message:
        return replace(message, reply=message.reply.noting(self.line))
