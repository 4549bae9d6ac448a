"""SMS by GOV.UK Notify, to wake a person who is called: one of two fixed sentences, and nothing else.

Nothing of a message is sent but its preview, and only where it is one of these sentences. Telephone numbers are read
from a file of the partnership at each post: the ledger, the trail and the logs know a person's id alone.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit
from uuid import UUID

from bot.conversation.outbound import DRILL, WAKE, CannotTell, Later, Message, Outcome, PostRefused, Sent, Unknown
from bot.rules.access.channel_privacy import Destination
from bot.rules.catalogue import _
from bot.rules.partnership.installation import NOT_REAL

TEXTS = frozenset({WAKE, DRILL})
#: Before the sentence where the partnership is one for practice.
PRACTICE = _("PRACTICE, no real call. ")
ADDRESS = "https://api.notifications.service.gov.uk"
TIMEOUT_SECONDS = 10.0
#: When to come back to a provider that limits the rate, and to one that did not answer just now.
RATE_SECONDS, DOWN_SECONDS = 60.0, 30.0
#: Notify refuses a wrong key and a wrong clock, for any message: once they are put right, the call goes out.
KEY_REFUSED = (PostRefused("http_401"), PostRefused("http_403"))
#: Notify's states of a message that reached no telephone.
NOT_DELIVERED = frozenset({"permanent-failure", "temporary-failure", "technical-failure"})
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class SmsUnusable(ValueError):
    """A setting of the SMS provider is wrong; the text holds neither a key nor a number."""


class Client(Protocol):
    """Notify's own client, as far as it is used here."""

    def send_sms_notification(
        self, phone_number: str, template_id: str, personalisation: Any = None, reference: str | None = None
    ) -> Any: ...
    def get_all_notifications(
        self, status: str | None = None, template_type: str | None = None, reference: str | None = None
    ) -> Any: ...
    def get_template(self, template_id: str) -> Any: ...


def notify(key: str, address: str, timeout: float) -> Callable[[], Client]:
    """Return a maker of Notify clients (one client is not for several threads); SmsUnusable without the extra."""
    try:
        found = urlsplit(address)
        usable = found.scheme == "https" or (found.scheme == "http" and found.hostname in LOOPBACK)
    except ValueError:
        usable = False
    if not usable:
        raise SmsUnusable("BOT_NOTIFY_URL must begin with https://, or be on this machine")
    parts = re.fullmatch(r"\S*?([0-9a-f-]{36})-([0-9a-f-]{36})", key)
    if parts is None or not all(_is_uuid(part) for part in parts.groups()):
        raise SmsUnusable("BOT_NOTIFY_API_KEY is no API key of GOV.UK Notify: copy it whole, with its name")
    try:
        from notifications_python_client.notifications import NotificationsAPIClient
    except ImportError:
        raise SmsUnusable("SMS needs its extra: run ./deploy/dev --with notify doctor once") from None
    # Its own lines quote the provider's words; what came of each message is in the ledger.
    logging.getLogger("notifications_python_client").setLevel(logging.CRITICAL)
    return lambda: NotificationsAPIClient(key, base_url=address, timeout=timeout)


def is_template(text: str) -> bool:
    """Return True for the id of a template of Notify."""
    return _is_uuid(text)


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


@dataclass(frozen=True)
class Numbers:
    """The telephone numbers of people: a file with one line a person, `id, number, number`, the first one first.

    `repr` and faults have no number. The file is read anew each time: a change needs no restart.
    """

    file: Path
    read: Callable[[Path], str] = field(repr=False)

    def of(self, person: str) -> tuple[str, ...]:
        """Return the numbers of a person, none where they have none; SmsUnusable where the file cannot be used."""
        return self.all().get(person, ())

    def all(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for n, line in enumerate(self.read(self.file).splitlines(), 1):
            person, *given = (part.strip() for part in line.partition("#")[0].split(","))
            if not person and not given:
                continue
            numbers = tuple(re.sub(r"[ ().-]", "", number) for number in given)
            if not person or not numbers or not all(re.fullmatch(r"(?:\+|00?)[1-9]\d{8,13}", x) for x in numbers):
                raise SmsUnusable(
                    f"BOT_NUMBERS_FILE: line {n}: write a person's id, a comma and a telephone number, such as "
                    "cs-104, +44 7700 900000"
                )
            if person in found:
                raise SmsUnusable(
                    f"BOT_NUMBERS_FILE: line {n}: this person is there already: put all numbers on one line"
                )
            found[person] = numbers
        return found


@dataclass
class Sms:
    """The platform "sms". A destination is a person's id and which of their numbers: `cs-104`, `cs-104#2`.

    An outcome that is not known is looked up by the message's marker before it is sent again. Where the provider
    cannot say, it is sent again: two such texts do no harm, and none might.
    """

    client: Callable[[], Client]
    numbers: Numbers
    template: str
    timeout: float = TIMEOUT_SECONDS
    name: str = "sms"
    can_tell: bool = False
    repeat_harmless: bool = True
    _down_until: float = field(default=0.0, init=False)

    def describe(self, destination: str) -> Destination:
        """Return level 0, with a member where the person has this number; CannotTell where the file is unusable."""
        try:
            has = self._number(destination) is not None
        except ValueError:
            raise CannotTell("the numbers cannot be read") from None
        return Destination("channel", 0, None, None, (True,) if has else ())

    def post(self, destination: str, message: Message) -> Outcome:
        """Send the text. After a provider that did not answer, none is asked for a while, and the tick goes on."""
        if message.preview not in TEXTS:
            return PostRefused("not_a_call")
        try:
            number = self._number(destination)
        except ValueError:
            return Later(RATE_SECONDS)
        if number is None:
            return PostRefused("no_number")
        if (left := self._down_until - time.monotonic()) > 0:
            return Later(left)
        text = PRACTICE * (NOT_REAL in message.reply.footer) + message.preview
        outcome = self._within_time(lambda: self._send(number, text, message.marker))
        if outcome in KEY_REFUSED:
            return Later(RATE_SECONDS)
        if isinstance(outcome, Unknown):
            self._down_until = time.monotonic() + DOWN_SECONDS
        return outcome

    def find(self, destination: str, marker: str, since: datetime, thread: str | None = None) -> Sequence[str]:
        """Return the ids of messages with this marker that did not fail to be delivered."""

        def ask() -> Outcome:
            return Sent(" ".join(self._found(marker)))

        outcome = self._within_time(ask) if time.monotonic() >= self._down_until else Unknown("down")
        if not isinstance(outcome, Sent):
            raise CannotTell("the provider did not answer")
        return outcome.message_id.split()

    def markers(self, destination: str, since: datetime) -> Sequence[str]:
        raise CannotTell("nobody writes into a channel by SMS")

    def update(self, destination: str, message_id: str, message: Message) -> Outcome:
        return PostRefused("not_possible")

    def delete(self, destination: str, message_id: str) -> Outcome:
        return PostRefused("not_possible")

    def check(self) -> str | None:
        """Ask the provider for the template; return the fault in a few words, None where all is well."""
        outcome = self._within_time(lambda: _template_outcome(self.client().get_template(self.template)))
        if isinstance(outcome, Sent):
            return None
        return outcome.code if isinstance(outcome, PostRefused | Unknown) else "busy"

    def _number(self, destination: str) -> str | None:
        person, _, which = destination.partition("#")
        numbers, at = self.numbers.of(person), int(which or 1) - 1
        return numbers[at] if at < len(numbers) else None

    def _found(self, marker: str) -> list[str]:
        """Return the ids of messages with this marker, oldest first."""
        given = self.client().get_all_notifications(reference=marker)["notifications"]
        return [str(n["id"]) for n in reversed(given) if n["status"] not in NOT_DELIVERED]

    def _send(self, number: str, text: str, marker: str) -> Outcome:
        try:
            if marker and self._found(marker):
                return Sent("")
        except Exception as fault:  # it cannot say: the text is sent, perhaps a second time
            if isinstance(outcome := _outcome_of(fault), Unknown):
                return outcome  # the same provider would not take the text either
        self.client().send_sms_notification(number, self.template, {"text": text}, marker or None)
        return Sent("")

    def _within_time(self, act: Callable[[], Outcome]) -> Outcome:
        """Act in a thread that is left behind after the time-out: a provider that dribbles meets no other."""
        found: list[Outcome] = []

        def run() -> None:
            try:
                found.append(act())
            except Exception as fault:  # no fault may carry the number into a log
                found.append(_outcome_of(fault))

        thread = threading.Thread(target=run, daemon=True, name="sms")
        thread.start()
        thread.join(self.timeout)
        return found[0] if found else Unknown("no_answer")


def _outcome_of(fault: Exception) -> Outcome:
    """Return the outcome of a fault of Notify's client: 429 later, other 4xx refused for good, all else unknown."""
    answered = getattr(fault, "response", None)
    status = getattr(answered, "status_code", None)
    if status == 429:
        return Later(RATE_SECONDS)
    if isinstance(status, int) and 400 <= status < 500 and status != 408:
        return PostRefused(f"http_{status}")
    return Unknown(f"http_{status}" if isinstance(status, int) else "no_answer")


def _template_outcome(given: Any) -> Outcome:
    """Refuse a template that would send more than the one sentence, or something else."""
    body = str(given.get("body", "")).strip() if isinstance(given, Mapping) else ""
    return Sent("") if body == "((text))" else PostRefused("template")
