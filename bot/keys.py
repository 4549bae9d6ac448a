"""The keys that stand outside the database: one seals the audit chain, one the dates of birth."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

BYTES = 32


def made_once(file: Path) -> bytes:
    """The key in this file, made on first use and readable by its owner alone; of two who begin, one makes it."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as new:
            new.write(secrets.token_hex(BYTES) + "\n")
    except FileExistsError:
        pass
    return bytes.fromhex(file.read_text().strip())
