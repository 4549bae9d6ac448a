"""Changes of the partnership file in the audit trail: a row whenever its content differs from the last."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from pathlib import Path

from bot.rules.audit.chain import Entry
from bot.store import audit_chain
from bot.store.changes import record
from bot.store.database import Database, reading

WHO = "partnership file"


def note(database: Database, key: bytes, file: Path, place: str, now: datetime, installation: str = "") -> None:
    """Record the file's digest as subject, which proves later which file was in force.

    The database's number is sealed with it, so that no two trails are alike, even under the same key.
    """
    subject = digest(file)
    with reading(database) as connection:
        if audit_chain.last_subject(connection, WHO) == subject:
            return
    made = f"installation {installation}" if installation else ""
    entry = Entry(now, WHO, "", "", "configuration", "done", subject, place=place, reason=made)
    record.record(database, key, entry, ())


def digest(file: Path) -> str:
    """Return the hash of the file by which the trail names its content."""
    try:
        return sha256(file.read_bytes()).hexdigest()[:16]
    except OSError:
        return "not readable"
