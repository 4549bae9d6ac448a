"""Encryption of birth dates: sealed with a key that is not in the database, each bound to its column and record.

Reports and the leads' words in them are sealed with a key of their own, derived from the same data key.

Counts beyond one person are rounded up or down by a key of its own too: nothing of it is stored, and the same count of
the same place always goes the same way.

A police number that was said in chat before any export has it is kept as a keyed mark, which only compares.

Readable, because SQL counts by it, are an episode's age in whole years, `until_at` (the 18th birthday while a child is
missing) and dates of care. Children with the same mark have the same birth date.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Callable
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, insert, select

from bot.store.database import DatabaseError
from bot.store.schema.access import sealed_with
from bot.store.schema.records import child

if TYPE_CHECKING:  # 40 ms that a query, which needs no key, is spared
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = "1"
_NONCE = 12
_DAY = 5  # with nonce and tag 33 bytes: every letter of their Base64 counts
_MARK_BYTES = 16
_ROW_BYTES = 15
_CHANCE_BYTES = 6

#: Sealed column -> reference of the agency that gave the date: it moves with that reference, and opens beside no other.
OWNERS = {"birth_date": "council_ref", "police_birth_date": "police_ref"}


class SealError(DatabaseError):
    """A birth date that cannot be opened: another key, or a changed or moved value."""


class Seal:
    """Seals and opens dates of birth: AES-256-GCM, a random nonce each time, bound to column and record.

    Three keys are derived from the data key: for sealing, for marks (equal dates have equal marks, so that SQL
    can compare what it cannot read), and for the mark of a whole row, from which a date could be guessed.
    """

    def __init__(self, data_key: Callable[[], bytes]) -> None:
        """`data_key` is called when a date is sealed or opened, which no query needs."""
        self._data_key = data_key

    def __repr__(self) -> str:
        return "Seal(...)"

    def seal(self, column: str, owner: str, day: date) -> str:
        """Seal a date for a column of OWNERS and the reference of the agency's record."""
        nonce = os.urandom(_NONCE)
        inside = self._cipher.encrypt(nonce, day.toordinal().to_bytes(_DAY, "big"), self._place(column, owner))
        return self._prefix + base64.b64encode(nonce + inside).decode()

    def open(self, column: str, owner: str | None, sealed: str) -> date:
        """Return the date; SealError unless this key sealed it for this place."""
        from cryptography.exceptions import InvalidTag

        if not sealed.startswith(self._prefix):
            raise SealError(_OTHER_KEY)
        try:
            raw = base64.b64decode(sealed.removeprefix(self._prefix), validate=True)
            inside = self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], self._place(column, owner or ""))
            return date.fromordinal(int.from_bytes(inside, "big"))
        except (InvalidTag, ValueError):
            raise SealError(_CHANGED) from None

    def mark(self, day: date) -> str:
        """Return a mark that is the same for the same date and key, and cannot be reversed without the key."""
        if known := self._marks.get(day):
            return known
        made = hmac.digest(self._derived("mark"), day.isoformat().encode(), "sha256")[:_MARK_BYTES].hex()
        return self._marks.setdefault(day, made)

    def mark_of_row(self, plain: str) -> str:
        """Return the mark of a row's values, keyed because a plain digest of them could be guessed."""
        return hashlib.blake2b(plain.encode(), key=self._derived("row"), digest_size=_ROW_BYTES).hexdigest()

    def mark_of_number(self, number: str) -> str:
        """Return the mark of the police's number of an occurrence, alike for large and small letters."""
        return hashlib.blake2b(number.upper().encode(), key=self._derived("number"), digest_size=_ROW_BYTES).hexdigest()

    def chance(self, *place: str | int) -> float:
        """Return a number from 0 to 1 that is the same for the same place and key; without the key it may be any."""
        drawn = hmac.digest(self._derived("rounding"), "\x1f".join(map(str, place)).encode(), "sha256")
        return int.from_bytes(drawn[:_CHANCE_BYTES]) / (1 << 8 * _CHANCE_BYTES)

    def seal_bytes(self, place: str, content: bytes) -> bytes:
        """Seal a document or the leads' words for their place: a table, a column and the key of the row."""
        nonce = os.urandom(_NONCE)
        return nonce + self._contents.encrypt(nonce, content, self._place(place, ""))

    def open_bytes(self, place: str, sealed: bytes) -> bytes:
        """Return the content; SealError unless this key sealed it for this place."""
        from cryptography.exceptions import InvalidTag

        try:
            return self._contents.decrypt(sealed[:_NONCE], sealed[_NONCE:], self._place(place, ""))
        except (InvalidTag, ValueError):
            raise SealError(_REPORT_CHANGED) from None

    def _place(self, column: str, owner: str) -> bytes:
        return "\x1f".join((self._prefix, child.name, column, owner)).encode()

    @cached_property
    def _marks(self) -> dict[date, str]:
        return {}

    @cached_property
    def _prefix(self) -> str:
        """Version and key name, to tell another key from a changed record."""
        return f"{_VERSION}:{self.key_name}:"

    @cached_property
    def key_name(self) -> str:
        """The public name of the key."""
        return self._derived("name").hex()[:8]

    @cached_property
    def _cipher(self) -> AESGCM:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self._derived("seal"))

    @cached_property
    def _contents(self) -> AESGCM:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self._derived("report"))

    def _derived(self, purpose: str) -> bytes:
        if known := self._derived_keys.get(purpose):
            return known
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        made = HKDF(SHA256(), 32, salt=None, info=f"bot birth date {purpose}".encode()).derive(self._data_key())
        return self._derived_keys.setdefault(purpose, made)

    @cached_property
    def _derived_keys(self) -> dict[str, bytes]:
        return {}


_OTHER_KEY = (
    "The data key does not fit this database: its birth dates were sealed with another one. "
    "Put that key back (BOT_DATA_KEY, or keys/data.key in the data folder); nothing was changed."
)
_CHANGED = (
    "A sealed birth date does not open where it stands: the data key fits, so it was changed or moved from outside. "
    "Restore the database from a backup, or take out that date and load the exports again; nothing was changed."
)
_REPORT_CHANGED = (
    "A sealed report does not open: the data key is another one, or it was changed or moved from outside. "
    "Put the key back, or restore the database from a backup."
)
_NO_KEY = "The database was opened without its data key, which birth dates need; nothing was changed."


def seal_of(connection: Connection) -> Seal:
    """Return the seal with which the database was opened."""
    found = connection.get_execution_options().get("seal")
    if not isinstance(found, Seal):
        raise SealError(_NO_KEY)
    return found


def check_key(connection: Connection) -> None:
    """Raise SealError before data is stored under a second key. The first key belongs to the database from then on."""
    ours = seal_of(connection).key_name
    known = connection.execute(select(sealed_with.c.key_name)).scalars().all()
    if known and ours not in known:
        raise SealError(_OTHER_KEY)
    if not known:
        connection.execute(insert(sealed_with).values(key_name=ours))


def birth_dates(seal: Seal, row: Any) -> tuple[date, ...]:
    """Return the birth dates of a row of `child`: the council's first, then the police's where it differs."""
    stored = ((column, getattr(row, owner), getattr(row, column)) for column, owner in OWNERS.items())
    return tuple(
        dict.fromkeys(seal.open(column, owner, sealed) for column, owner, sealed in stored if sealed is not None)
    )
