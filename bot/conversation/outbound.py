"""The outbound port: posting, finding and changing messages, and the outcomes, for every chat platform."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol, runtime_checkable

from bot.conversation.reply import Reply, ReportFile
from bot.rules.access.channel_privacy import Destination
from bot.rules.catalogue import _
from bot.rules.delivery.refused import Cause

#: The only texts of a notification on a locked screen.
PREVIEW = _("You have items to look at.")
DIGEST_PREVIEW = _("Your safeguarding digest is ready.")
#: The only texts of an SMS.
WAKE = _("A safeguarding call waits for you in chat. Please acknowledge it there.")
DRILL = _("DRILL, only a test: a test call waits for you in chat. No child is missing. Please acknowledge it there.")

#: Told after each step of a report how many are done, of how many: the counting, then each form.
Progress = Callable[[int, int], None]
#: Begins to make a report's files: their bytes by form, or an exception whose text is for people.
Begin = Callable[[ReportFile, Progress], Future[Mapping[str, bytes]]]


def told_to_nobody(done: int, of: int) -> None:
    """Take progress that nobody waits for."""


def makes_no_report(file: ReportFile, progress: Progress) -> Future[Mapping[str, bytes]]:
    """Make no report, where nothing makes one."""
    none: Future[Mapping[str, bytes]] = Future()
    none.cancel()
    return none


@dataclass(frozen=True, slots=True)
class Message:
    """A message to post. `marker` is opaque and finds it again; `thread` is the id of the message it replies to.

    A reply in a thread that is `aloud` is shown in the channel too.

    `preview` is the text of the push notification: one of the fixed sentences above, never anything of the reply.
    A `plain` message is written as words alone, in the simplest part that the platform has.
    """

    reply: Reply
    preview: str
    marker: str = ""
    thread: str | None = None
    aloud: bool = False
    plain: bool = False


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
    """Refused: it is certainly not there. `code` is the platform's own reason, `cause` what it means."""

    code: str
    cause: Cause = field(default="refused", compare=False)


@dataclass(frozen=True, slots=True)
class Unknown:
    """An unknown outcome: no answer, half an answer, or a fault of the platform (5xx)."""

    code: str


Outcome = Sent | Later | PostRefused | Unknown


class CannotTell(Exception):
    """The platform cannot look a message up, or did not answer."""


class NoLookUp(CannotTell):
    """The platform looks no message up in this place, now or later, though it may elsewhere."""


class AskLater(CannotTell):
    """The platform limits the rate of look-ups, or does not answer now; it is to be asked again after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class CannotPost(CannotTell):
    """The platform refuses the place, or the bot itself: a post there would be refused as well."""

    def __init__(self, refusal: PostRefused) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


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

        CannotTell where the platform is busy or away: to be tried again later. CannotPost where it refuses the place.
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


@runtime_checkable
class ReadsAtOnce(Protocol):
    """A platform that looks up several messages of a place in one reading."""

    def find_all(
        self, destination: str, threads: Mapping[str, str | None], since: datetime
    ) -> Mapping[str, Sequence[str]]:
        """Return the ids of our messages by marker; `threads` maps each marker to the thread it is in.

        A marker of which the platform cannot say is missing. AskLater where it limits the rate or is away.
        """


def find_all(
    platform: Platform, destination: str, threads: Mapping[str, str | None], since: datetime
) -> Mapping[str, Sequence[str]]:
    """Look up several messages of a place: in one reading where the platform can, else one by one."""
    if isinstance(platform, ReadsAtOnce):
        return platform.find_all(destination, threads, since)
    found = {}
    for marker, thread in threads.items():
        try:
            found[marker] = platform.find(destination, marker, since, thread)
        except AskLater:
            raise
        except CannotTell:
            continue
    return found


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

    def find_all(
        self, destination: str, threads: Mapping[str, str | None], since: datetime
    ) -> Mapping[str, Sequence[str]]:
        return find_all(self.platform, destination, threads, since)

    def markers(self, destination: str, since: datetime) -> Sequence[str]:
        return self.platform.markers(destination, since)

    def update(self, destination: str, message_id: str, message: Message) -> Outcome:
        return self.platform.update(destination, message_id, self._noted(message))

    def delete(self, destination: str, message_id: str) -> Outcome:
        return self.platform.delete(destination, message_id)

    def _noted(self, message: Message) -> Message:
        return replace(message, reply=message.reply.noting(self.line))
