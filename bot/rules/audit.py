"""The audit chain: what a row says, and the seal that ties it to every row before it (reliability.md §3.4)."""

from __future__ import annotations

import hmac
import json
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

#: What the first row's `prev` says.
BEGINNING = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """Who did what to whom, where, with which outcome. Codes and references only, and no words but the reason's.

    `who` is a person's id or, of somebody who is not listed, the account that asked. `subject` is a child's
    reference or the id of what was changed. `level` is of what was shown. `outcome` is 'answered', 'done',
    or the code of the refusal. `at` has whole seconds.
    """

    at: datetime
    who: str
    agency: str
    role: str
    action: str
    outcome: str
    subject: str = ""
    level: int | None = None
    place: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", self.at.astimezone(UTC).replace(microsecond=0))


class Row(NamedTuple):
    """An entry in its place in the chain: `prev` is the seal of the row before, `mac` its own."""

    seq: int
    entry: Entry
    prev: str
    mac: str


def seal(key: bytes, seq: int, entry: Entry, prev: str) -> str:
    """HMAC-SHA256, as hex, over the row, its number and the seal before it."""
    at, *rest = astuple(entry)
    said = json.dumps([seq, f"{at:%Y-%m-%dT%H:%M:%SZ}", *rest, prev], separators=(",", ":"))
    return hmac.new(key, said.encode("ascii"), sha256).hexdigest()


def after(key: bytes, last: tuple[int, str] | None, entry: Entry) -> Row:
    """The row that follows `last` (its number and seal; None where the chain begins)."""
    seq, prev = (last[0] + 1, last[1]) if last else (1, BEGINNING)
    return Row(seq, entry, prev, seal(key, seq, entry, prev))
