"""The platform "offline": a folder for each destination, a file for each message.

It serves practice, training and a preview of posts while no chat platform is connected. Messages can be looked up, and
a message is written whole or not at all.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote, unquote

from bot.chat.terminal import as_text
from bot.conversation.outbound import Message, Outcome, PostRefused, Sent, Unknown
from bot.rules.access.channel_privacy import Destination

#: Columns of a message: what every terminal shows without breaking a line anew.
WIDTH = 80


@dataclass(frozen=True)
class Outbox:
    """The outbox. `describes` returns the privacy of a destination; `show` is called with each new message."""

    folder: Path
    describes: Callable[[str], Destination]
    show: Callable[[str, Message], None] = lambda destination, message: None
    name: ClassVar[str] = "offline"
    can_tell: ClassVar[bool] = True
    repeat_harmless: ClassVar[bool] = False

    def describe(self, destination: str) -> Destination:
        return self.describes(destination)

    def post(self, destination: str, message: Message) -> Outcome:
        number = f"{time.time_ns():020d}-{os.getpid()}"
        outcome = self._write(destination, number, message)
        if isinstance(outcome, Sent):
            self.show(destination, message)
        return outcome

    def find(self, destination: str, marker: str, since: datetime, thread: str | None = None) -> Sequence[str]:
        return [number for number, kept in self.messages(destination) if kept["marker"] == marker]

    def markers(self, destination: str, since: datetime) -> Sequence[str]:
        return [kept["marker"] for number, kept in self.messages(destination) if self.posted_at(number) >= since]

    def update(self, destination: str, message_id: str, message: Message) -> Outcome:
        if not self._file(destination, message_id).exists():
            return PostRefused("message_not_found")
        return self._write(destination, message_id, message)

    def delete(self, destination: str, message_id: str) -> Outcome:
        self._file(destination, message_id).unlink(missing_ok=True)
        return Sent(message_id)

    def messages(self, destination: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the id and content of every message, oldest first."""
        for file in sorted(self._folder(destination).glob("*.json")):
            yield file.stem, json.loads(file.read_text(encoding="utf-8"))

    def ids(self) -> dict[str, list[str]]:
        """Return the ids of the messages, oldest first, by destination."""
        found: dict[str, list[str]] = {}
        for file in sorted(self.folder.glob("*/*.json")):
            found.setdefault(unquote(file.parent.name), []).append(file.stem)
        return found

    def _write(self, destination: str, number: str, message: Message) -> Outcome:
        """Write to another name, then rename: no reader meets half a message."""
        file = self._file(destination, number)
        kept = {"marker": message.marker, "thread": message.thread, "preview": message.preview}
        text = json.dumps(kept | {"text": as_text(message.reply, WIDTH)}, ensure_ascii=False, indent=1)
        half = file.with_suffix(".part")
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(descriptor, "w", encoding="utf-8") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            half.replace(file)
        except OSError:
            return Unknown("outbox") if file.exists() else PostRefused("outbox")
        return Sent(number)

    @staticmethod
    def posted_at(message_id: str) -> datetime:
        """Return the moment, by this machine's clock, at which a message was first written."""
        return datetime.fromtimestamp(int(message_id.partition("-")[0]) / 1e9, UTC)

    def _file(self, destination: str, number: str) -> Path:
        return self._folder(destination) / f"{number}.json"

    def _folder(self, destination: str) -> Path:
        return self.folder / quote(destination, safe="")
