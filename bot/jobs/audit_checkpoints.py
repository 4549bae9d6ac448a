"""Hourly heads of the audit trail, in a file outside the database: they reveal rows that are cut off later.

A head that cannot be written stops no answer; administrators are alarmed once an hour. Beside them lies the head of the
last tick, by which a database that is put back from before shows at once (rollback.py).
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.rules.audit.chain import Entry, Head, head_line, head_of
from bot.rules.effects import NotifyRole
from bot.rules.partnership.installation import Installation
from bot.store import audit_chain
from bot.store.changes import record
from bot.store.database import Database, DatabaseError, in_plain_words, reading

EVERY = timedelta(hours=1)
#: The file of heads from before databases had a number.
OLD_FILE = "heads.jsonl"
ALARM = "alarm"
_LINE = 2048  # longer than a line
_AT_ONCE = datetime(1, 1, 1, tzinfo=UTC)

log = logging.getLogger("bot.audit")


def folder(environ: Mapping[str, str], home: Path) -> Path:
    """Return BOT_AUDIT_HEADS (a share of the other agency, or write-once storage), else a folder of the database.

    On a share the heads of several databases may lie side by side, in a file for each.
    """
    given = environ.get("BOT_AUDIT_HEADS")
    return Path(given) if given else home / "audit-heads"


def read(file: Path) -> tuple[list[Head], list[str]]:
    """Return the heads in a file, and the faults of its lines."""
    heads, faults = [], []
    for n, line in enumerate(file.read_bytes().splitlines(), 1):
        try:
            heads.append(head_of(line.decode("ascii")))
        except ValueError:
            faults.append(f"{file.name}: line {n} is no head")
    return heads, faults


def add(file: Path, head: Head) -> None:
    """Append a line in one write, so that no process loses another's. Only the owner may read the file."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    number = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        torn = ""  # a full disk has left half a line: it stays, as a fault of one line
        if size := os.lseek(number, 0, os.SEEK_END):
            os.lseek(number, size - 1, os.SEEK_SET)
            torn = "" if os.read(number, 1) == b"\n" else "\n"
        line = (torn + head_line(head) + "\n").encode("ascii")
        if os.write(number, line) != len(line):
            raise OSError(28, "the line could not be written whole", str(file))
        os.fsync(number)
    finally:
        os.close(number)


def put(file: Path, head: Head) -> None:
    """Write a head in place of the one in the file, whole or not at all. Only the owner may read the file."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = file.with_suffix(f".{socket.gethostname()}-{os.getpid()}")  # replicas in containers have the same number
    number = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(number, "w", encoding="ascii") as stream:
        stream.write(head_line(head) + "\n")
        stream.flush()
        os.fsync(number)
    part.replace(file)


@dataclass
class Heads:
    """The heads of one database. `due` is this process's time of the next one: an answer costs one comparison."""

    database: Database
    key: bytes
    folder: Path
    made: Installation
    due: datetime = _AT_ONCE

    @property
    def file(self) -> Path:
        return self.folder / f"heads-{self.made.id}.jsonl"

    @property
    def old(self) -> Path:
        return self.folder / OLD_FILE

    @property
    def newest(self) -> Path:
        """The file of the last tick's head."""
        return self.folder / f"newest-{self.made.id}.jsonl"

    def ours(self) -> list[Path]:
        """Return the files that hold heads of this database alone."""
        old = [self.old] if self.made.adopted else []
        return [file for file in (*old, self.file, self.newest) if file.exists()]

    def others(self) -> list[Path]:
        """Return the files of other databases, known or not."""
        ours = self.ours()
        return [file for file in sorted(self.folder.glob("heads*.jsonl")) if file not in ours]

    def after_an_answer(self, now: datetime) -> None:
        """Write a head if the newest is an hour old, by whichever process. A full disk raises nothing.

        Called when a head is `due`.
        """
        self.due = now + EVERY
        try:
            newest = None
            with suppress(FileNotFoundError, ValueError, IndexError), self.file.open("rb") as stream:
                stream.seek(max(0, stream.seek(0, os.SEEK_END) - _LINE))
                newest = head_of(stream.read().splitlines()[-1].decode("ascii"))
            if newest and now - EVERY < newest.at <= now:  # one of the future is a clock's fault
                self.due = newest.at + EVERY
            else:
                self.keep(self.file, now)
        except (OSError, DatabaseError) as fault:
            self._alarm(fault, now)

    def keep(self, file: Path, now: datetime) -> Head | None:
        """Append the current head of the trail to a file."""
        head = self.now(now)
        if head:
            add(file, head)
        return head

    def now(self, now: datetime) -> Head | None:
        with in_plain_words(), reading(self.database) as connection:
            return audit_chain.head(connection, self.key, now, self.made.id)

    def _alarm(self, fault: Exception, now: datetime) -> None:
        why = fault.strerror if isinstance(fault, OSError) else str(fault)
        text = f"The audit trail's hourly head could not be kept ({why}): rows cut off at its end would not be missed."
        log.error(text)
        try:
            with in_plain_words(), reading(self.database) as connection:
                if audit_chain.was_recorded(connection, "heads", now - EVERY):
                    return
            with in_plain_words():
                entry = Entry(now, "heads", "", "", "audit head", "failed")
                record.record(self.database, self.key, entry, [NotifyRole("system_admin", ALARM, text, now)])
        except DatabaseError as second:
            log.error("Nor could administrators be told: %s", second)
