"""The audit chain: its rows, and the seal that ties each row to every row before it (reliability.md §3.4)."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from json.encoder import encode_basestring_ascii as quoted
from typing import NamedTuple

#: `prev` of the first row.
BEGINNING = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """Audit entry: person, action, subject, place and outcome, as codes and references; the reason alone is free text.

    `who` is a person's id or, for a person who is not listed, the account. `subject` is a child's reference or the id
    of the object that was changed. `level` is the level of the reply. `outcome` is 'answered', 'done', or the code of
    the refusal. `at` has whole seconds.
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


class ChainRow(NamedTuple):
    """An entry in its place in the chain: `prev` is the seal of the row before, `mac` its own.

    `at` is the text that is sealed, in UTC: a stored text is checked unparsed, sound or not.
    """

    seq: int
    level: int | None
    at: str
    who: str
    agency: str
    role: str
    action: str
    outcome: str
    subject: str
    place: str
    reason: str
    prev: str
    mac: str


class Cut(NamedTuple):
    """The rows up to this one were removed because their time was over; `mac` is the last one's."""

    seq: int
    mac: str
    at: str  # as it is sealed
    signature: str


class Head(NamedTuple):
    """The last row at a time, kept outside the database, with the number of `rows` then.

    `installation` is the database's number; empty in heads from before databases had one.
    """

    seq: int
    mac: str
    rows: int
    at: datetime
    installation: str
    signature: str


def seal(key: bytes, row: ChainRow) -> str:
    """HMAC-SHA256, as hex, over the row with its number and the seal before it. TypeError for a row never sealed.

    The sealed text is a JSON array of the row's fields but the last; made by hand, as json takes twice as long.
    """
    level = "null" if row[1] is None else int.__repr__(row[1])
    sealing = _sealing(key).copy()
    sealing.update(f"[{int.__repr__(row[0])},{level},{','.join(map(quoted, row[2:-1]))}]".encode("ascii"))
    return sealing.hexdigest()


def after(key: bytes, last: tuple[int, str] | None, entry: Entry) -> ChainRow:
    """Return the row that follows `last` (its number and seal; None at the beginning of the chain)."""
    seq, prev = (last[0] + 1, last[1]) if last else (1, BEGINNING)
    who, does = (entry.who, entry.agency, entry.role), (entry.action, entry.outcome, entry.subject)
    row = ChainRow(seq, entry.level, as_sealed(entry.at), *who, *does, entry.place, entry.reason, prev, "")
    return row._replace(mac=seal(key, row))


def as_sealed(at: datetime) -> str:
    """Format a moment as the seal has it, with its fraction of a second, though none was ever sealed."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ")


def signed_cut(key: bytes, seq: int, mac: str, at: datetime) -> Cut:
    signed = (seq, mac, as_sealed(at.replace(microsecond=0)))
    return Cut(*signed, _signature(key, "cut", *signed))


def signed_head(key: bytes, seq: int, mac: str, rows: int, at: datetime, installation: str = "") -> Head:
    at = at.astimezone(UTC).replace(microsecond=0)
    signed = (seq, mac, rows, as_sealed(at), *([installation] if installation else []))
    return Head(seq, mac, rows, at, installation, _signature(key, "head", *signed))


def is_signed(key: bytes, made: Cut | Head) -> bool:
    """Return True if the cut or head was made with the key and is unchanged."""
    if isinstance(made, Cut):
        return _signature(key, "cut", *made[:-1]) == made.signature
    return signed_head(key, *made[:-1]).signature == made.signature


def head_line(head: Head) -> str:
    """Write a head as one line of JSON, for a file or for the other agency to keep."""
    return json.dumps(head._asdict() | {"at": head.at.isoformat()})


def head_of(line: str) -> Head:
    """Read the head in a line; ValueError where there is none."""
    found = json.loads(line)
    try:
        seq, mac, rows, at, signature = (found[name] for name in ("seq", "mac", "rows", "at", "signature"))
        made, moment = str(found.get("installation", "")), datetime.fromisoformat(at).astimezone(UTC)
        return Head(int(seq), str(mac), int(rows), moment, made, str(signature))
    except (KeyError, TypeError, OverflowError) as fault:
        raise ValueError("this line is no head") from fault


def _signature(key: bytes, kind: str, *signed: object) -> str:
    """Sign under a key of its own for each kind, so that none can pass for another or for a row's seal."""
    own = hmac.digest(key, f"bot.audit.{kind}".encode(), "sha256")
    return hmac.digest(own, json.dumps(signed).encode(), "sha256").hex()


@lru_cache(maxsize=4)
def _sealing(key: bytes) -> hmac.HMAC:
    return hmac.new(key, digestmod=sha256)
