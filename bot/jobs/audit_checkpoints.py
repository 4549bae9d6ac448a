"""Hourly heads of the audit trail, in a file outside the database: rows cut off later are missed here.

Writing it never stops an answer; that it could not be written is said to administrators, once an hour.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
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
#: Of the time before databases had a number.
OLD_FILE = "heads.jsonl"
ALARM = "alarm"
_LINE = 2048  # longer than a line
_AT_ONCE = datetime(1, 1, 1, tzinfo=UTC)

log = logging.getLogger("bot.audit")


def folder(environ: Mapping[str, str], home: Path) -> Path:
    """BOT_AUDIT_HEADS: a share of the other agency, or storage that is written once; else among the database's own.

    On a share heads of several databases may lie beside each other: a file for each.
    """
    given = environ.get("BOT_AUDIT_HEADS")
    return Path(given) if given else home / "audit-heads"


def read(file: Path) -> tuple[list[Head], list[str]]:
    """The heads in a file, and what is wrong with its lines."""
    heads, faults = [], []
    for n, line in enumerate(file.read_bytes().splitlines(), 1):
        try:
            heads.append(head_of(line.decode("ascii")))
        except ValueError:
            faults.append(f"{file.name}: line {n} is no head")
    return heads, faults


def add(file: Path, head: Head) -> None:
    """One line more, in one write: of several processes none loses another's. Its owner's alone."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    number = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        line = (_after_a_torn_line(number) + head_line(head) + "\n").encode("ascii")
        if os.write(number, line) != len(line):
            raise OSError(28, "the line could not be written whole", str(file))
        os.fsync(number)
    finally:
        os.close(number)


def _after_a_torn_line(number: int) -> str:
    """A disk that was full has left half a line: it stays what it is, a fault on one line."""
    size = os.lseek(number, 0, os.SEEK_END)
    if size == 0:
        return ""
    os.lseek(number, size - 1, os.SEEK_SET)
    return "" if os.read(number, 1) == b"\n" else "\n"


@dataclass
class Heads:
    """One process's memory of when the next head is due, so that an answer costs one comparison."""

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

    def ours(self) -> list[Path]:
        """Files whose every line is of this database."""
        old = [self.old] if self.made.adopted else []
        return [file for file in (*old, self.file) if file.exists()]

    def others(self) -> list[Path]:
        """Files of other databases, or of nobody knows which."""
        ours = self.ours()
        return [file for file in sorted(self.folder.glob("heads*.jsonl")) if file not in ours]

    def after_an_answer(self, now: datetime) -> None:
        """Write a head if the newest is an hour old, whichever process wrote that. Never raises for a full disk."""
        if now < self.due:
            return
        self.due = now + EVERY
        try:
            newest = self._newest()
            if newest and now - EVERY < newest.at <= now:  # one of the future is a clock's fault
                self.due = newest.at + EVERY
            else:
                self.keep(self.file, now)
        except (OSError, DatabaseError) as fault:
            self._alarm(fault, now)

    def keep(self, file: Path, now: datetime) -> Head | None:
        """Add the present head of the trail to a file."""
        head = self.now(now)
        if head:
            add(file, head)
        return head

    def now(self, now: datetime) -> Head | None:
        with in_plain_words(), reading(self.database) as connection:
            return audit_chain.head(connection, self.key, now, self.made.id)

    def _newest(self) -> Head | None:
        try:
            with self.file.open("rb") as stream:
                size = stream.seek(0, os.SEEK_END)
                stream.seek(max(0, size - _LINE))
                return head_of(stream.read().splitlines()[-1].decode("ascii"))
        except (FileNotFoundError, ValueError, IndexError):
            return None

    def _alarm(self, fault: Exception, now: datetime) -> None:
        why = fault.strerror if isinstance(fault, OSError) else str(fault)
        said = f"The audit trail's hourly head could not be kept ({why}): rows cut off at its end would not be missed."
        log.error(said)
        try:
            with in_plain_words(), reading(self.database) as connection:
                if audit_chain.was_recorded(connection, "heads", now - EVERY):
                    return
            with in_plain_words():
                entry = Entry(now, "heads", "", "", "audit head", "failed")
                record.record(self.database, self.key, entry, [NotifyRole("system_admin", ALARM, said, now)])
        except DatabaseError as second:
            log.error("Nor could administrators be told: %s", second)
