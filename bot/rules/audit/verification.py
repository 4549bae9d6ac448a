"""Verify an audit chain: find rows that were changed, removed, put in or moved, and rows that a kept head misses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bot.rules.audit.chain import BEGINNING, ChainRow, Cut, Head, is_signed, seal
from bot.rules.time.clock import say

Kind = Literal["changed", "missing", "order", "link", "beginning", "cut", "head", "end"]

#: More faults than this are counted, not listed: their cause is one.
LISTED = 200


@dataclass(frozen=True, slots=True)
class ChainFault:
    """One fault of the chain, at the row `seq` (0: at no row)."""

    kind: Kind
    seq: int
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The rows that were read, and their faults."""

    faults: tuple[ChainFault, ...]
    rows: int
    first: ChainRow | None
    last: ChainRow | None
    compared: tuple[Head, ...] = ()


def verify(
    rows: Iterable[ChainRow],
    key: bytes,
    cuts: Sequence[Cut] = (),
    heads: Sequence[Head] = (),
    *,
    part: bool = False,
    others: Sequence[Head] = (),
) -> Verdict:
    """Read the rows once, in the order of their numbers. `part`: earlier rows were left out on purpose.

    The chain begins after the newest cut that was signed with the key. Heads before what is read are not compared.
    `others` name another database: they are compared only where one of that database's fits this very chain, for
    then the number was changed here.
    """
    signed = [c for c in cuts if is_signed(key, c)]
    reading = _Reading(key, {h.seq for h in (*heads, *others)})
    newest = max(signed, default=None)
    if newest is not None:
        reading.seq, reading.mac = newest.seq, newest.mac
        reading.macs[newest.seq] = newest.mac
    if part:
        reading.seq, reading.mac = -1, None
    reading.began_at = reading.seq
    reading.read_all(rows)
    ours = {h.installation for h in others if reading.macs.get(h.seq) == h.mac}
    heads = (*heads, *(h for h in others if h.installation in ours))
    forged = [
        ChainFault("cut", c.seq, f"the cut at row {c.seq} was not signed with the key") for c in cuts if c not in signed
    ]
    faults = [*forged, *reading.faults]
    if any(ours):
        another = "heads of this trail name another installation: the database's own number was changed"
        faults.append(ChainFault("head", 0, another))
    faults += _compare(reading, key, heads, {c.seq for c in signed})
    if len(faults) > LISTED:
        faults[LISTED:] = [ChainFault("changed", 0, f"and {len(faults) - LISTED} faults more")]
    return Verdict(tuple(faults), reading.rows, reading.first, reading.last, tuple(heads))


@dataclass
class _Reading:
    """The state of reading: the number and the seal that the next row has to follow."""

    key: bytes
    wanted: set[int]
    seq: int = 0
    mac: str | None = BEGINNING  # None: the row before was found wrong, and reported
    rows: int = 0
    first: ChainRow | None = None
    last: ChainRow | None = None
    began_at: int = 0
    changed: tuple[int, int] | None = None
    macs: dict[int, str] = field(default_factory=dict)
    faults: list[ChainFault] = field(default_factory=list)

    def read_all(self, rows: Iterable[ChainRow]) -> None:
        for self.rows, row in enumerate(rows, 1):
            self.first, self.last = self.first or row, row
            if row[0] == self.seq + 1 and row[-2] == self.mac and self._sound(row):  # as nearly always
                self.seq, self.mac = row[0], row[-1]
                if row[0] in self.wanted:
                    self.macs[row[0]] = row[-1]
            else:
                self._look_into(row)
        self._report_changed()

    def _look_into(self, row: ChainRow) -> None:
        """Report the faults of a row that does not follow, or does not fit its seal."""
        if self.seq == -1:  # a part of the chain begins with any row
            self.seq = self.began_at = row[0] - 1
        if row[0] != self.seq + 1:
            self._out_of_step(row)
        elif self.mac is not None and row[-2] != self.mac:
            text = f"row {row[0]} does not follow row {self.seq}: one of them was exchanged"
            if self.seq == self.began_at:
                text = f"row {row[0]} does not follow the beginning of the trail, or where it was cut"
            self._report("link", row[0], text)
        sound = self._sound(row)
        if not sound:
            # Rows that were changed one after another are reported together.
            first, last = self.changed or (row[0], row[0] - 1)
            if last != row[0] - 1:
                self._report_changed()
                first = row[0]
            self.changed = (first, row[0])
        if row[0] in self.wanted:
            self.macs[row[0]] = row[-1]
        in_step = row[0] >= self.seq
        self.seq, self.mac = max(row[0], self.seq), row[-1] if sound and in_step else None

    def _sound(self, row: ChainRow) -> bool:
        try:
            return seal(self.key, row) == row[-1]
        except (TypeError, ValueError):  # a number in place of a text, or bytes
            return False

    def _out_of_step(self, row: ChainRow) -> None:
        """Report a number that does not follow: rows are missing before it, or it is out of its place."""
        gap = row[0] - self.seq - 1
        missing = "1 row is" if gap == 1 else f"{gap} rows are"
        if gap < 0:
            early = row[0] <= self.began_at
            where = "stands before the beginning of the trail" if early else "stands twice or out of order"
            self._report("order", row[0], f"row {row[0]} {where}")
        elif self.seq == self.began_at:
            text = f"{missing} missing before row {row[0]}, and no signed cut accounts for that"
            self._report("beginning", row[0], text)
        else:
            self._report("missing", self.seq, f"{missing} missing after row {self.seq}")

    def _report_changed(self) -> None:
        if self.changed:
            first, last = self.changed
            self.changed = None
            which = f"row {first} was" if first == last else f"rows {first} to {last} were"
            self._report("changed", first, f"{which} changed, or put in without the key")

    def _report(self, kind: Kind, seq: int, text: str) -> None:
        self._report_changed()
        self.faults.append(ChainFault(kind, seq, text))


def _compare(reading: _Reading, key: bytes, heads: Sequence[Head], cuts: set[int]) -> Iterable[ChainFault]:
    """Compare the chain with heads that were kept elsewhere."""
    for head in sorted(heads, key=lambda h: h.seq):
        if not is_signed(key, head):
            yield ChainFault("head", head.seq, f"a head of row {head.seq} was not signed with the key")
        elif head.seq > max(reading.seq, 0):
            end = f"the trail ends at row {reading.seq}" if reading.rows else "the trail is empty"
            yield ChainFault("end", head.seq, f"{end}, but on {say(head.at)} it went to row {head.seq}")
        elif head.seq in reading.macs and reading.macs[head.seq] != head.mac:
            yield ChainFault("head", head.seq, f"row {head.seq} is not the one that stood there on {say(head.at)}")
        if head.seq - head.rows not in {0, *cuts}:
            yield ChainFault(
                "head",
                head.seq,
                f"on {say(head.at)} {head.rows} rows stood up to row {head.seq}, and no cut accounts for that",
            )
