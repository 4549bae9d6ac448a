"""Verify an audit chain: find rows that were changed, removed, put in or moved, and rows that a kept head misses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bot.rules.audit.chain import BEGINNING, ChainRow, Cut, Head, is_signed, seal
from bot.rules.time.clock import say

Kind = Literal["changed", "missing", "order", "link", "beginning", "cut", "head", "end"]

#: More faults than this are counted, not listed: nobody reads them, and their cause is one.
LISTED = 200

_RENUMBERED = "heads of this trail name another installation: the database's own number was changed"


@dataclass(frozen=True, slots=True)
class ChainFault:
    """One thing that is wrong with the chain, at the row `seq` (0: nowhere in it)."""

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
    """Read the rows once, in the order of their numbers. `part` says that earlier rows were left out on purpose.

    The chain begins after the newest cut that was signed with the key. Heads before what is read are not compared.
    `others` name another database: they are compared only where one of that database's fits this very chain, for
    then the number was changed here.
    """
    signed = [c for c in cuts if is_signed(key, c)]
    reading = _Reading(key, {h.seq for h in (*heads, *others)})
    reading.begin(signed, part)
    reading.read_all(rows)
    ours = {h.installation for h in others if reading.macs.get(h.seq) == h.mac}
    heads = (*heads, *(h for h in others if h.installation in ours))
    forged = [
        ChainFault("cut", c.seq, f"the cut at row {c.seq} was not signed with the key") for c in cuts if c not in signed
    ]
    renumbered = [ChainFault("head", 0, _RENUMBERED)] if any(ours) else []
    faults = [*forged, *reading.faults, *renumbered, *_end(reading, key, heads, {c.seq for c in signed})]
    return Verdict(_listed(faults), reading.rows, reading.first, reading.last, tuple(heads))


def _listed(faults: list[ChainFault]) -> tuple[ChainFault, ...]:
    left = len(faults) - LISTED
    more = [ChainFault("changed", 0, f"and {left} faults more")] if left > 0 else []
    return (*faults[:LISTED], *more)


@dataclass
class _Reading:
    """The state of reading: the number and the seal that the next row has to follow."""

    key: bytes
    wanted: set[int]
    seq: int = 0
    mac: str | None = BEGINNING  # None: the row before was found wrong, and was told of
    rows: int = 0
    first: ChainRow | None = None
    last: ChainRow | None = None
    began_at: int = 0
    changed: tuple[int, int] | None = None
    macs: dict[int, str] = field(default_factory=dict)
    faults: list[ChainFault] = field(default_factory=list)

    def begin(self, cuts: Sequence[Cut], part: bool) -> None:
        newest = max(cuts, default=None)
        if newest is not None:
            self.seq, self.mac = newest.seq, newest.mac
            self.macs[newest.seq] = newest.mac
        if part:
            self.seq, self.mac = -1, None
        self.began_at = self.seq

    def read_all(self, rows: Iterable[ChainRow]) -> None:
        for self.rows, row in enumerate(rows, 1):
            self.first, self.last = self.first or row, row
            if row[0] == self.seq + 1 and row[-2] == self.mac and self._sound(row):  # as nearly always
                self.seq, self.mac = row[0], row[-1]
                if row[0] in self.wanted:
                    self.macs[row[0]] = row[-1]
            else:
                self._look_into(row)
        self.tell_changed()

    def _look_into(self, row: ChainRow) -> None:
        if self.seq == -1:  # a part of the chain: it begins wherever it begins
            self.seq = self.began_at = row[0] - 1
        if row[0] != self.seq + 1:
            self._out_of_step(row)
        elif self.mac is not None and row[-2] != self.mac:
            self._tell("link", row[0], _unlinked(row[0], self.seq == self.began_at))
        sound = self._sound(row)
        if not sound:
            self._note_changed(row[0])
        if row[0] in self.wanted:
            self.macs[row[0]] = row[-1]
        in_step = row[0] >= self.seq
        self.seq, self.mac = max(row[0], self.seq), row[-1] if sound and in_step else None

    def _sound(self, row: ChainRow) -> bool:
        try:
            return seal(self.key, row) == row[-1]
        except (TypeError, ValueError):  # a number where a text was, or bytes
            return False

    def _out_of_step(self, row: ChainRow) -> None:
        """A number that does not follow: rows are missing before it, or it stands where it does not belong."""
        gap = row[0] - self.seq - 1
        if gap < 0:
            early = row[0] <= self.began_at
            where = "stands before the beginning of the trail" if early else "stands twice or out of order"
            self._tell("order", row[0], f"row {row[0]} {where}")
        elif self.seq == self.began_at:
            self._tell("beginning", row[0], _beheaded(gap, row[0]))
        else:
            self._tell("missing", self.seq, f"{_counted(gap)} missing after row {self.seq}")

    def _note_changed(self, seq: int) -> None:
        """Rows that were changed one after another are told of together."""
        if self.changed and self.changed[1] == seq - 1:
            self.changed = (self.changed[0], seq)
        else:
            self.tell_changed()
            self.changed = (seq, seq)

    def tell_changed(self) -> None:
        if self.changed:
            first, last = self.changed
            self.changed = None
            which = f"row {first} was" if first == last else f"rows {first} to {last} were"
            self._tell("changed", first, f"{which} changed, or put in without the key")

    def _tell(self, kind: Kind, seq: int, text: str) -> None:
        self.tell_changed()
        self.faults.append(ChainFault(kind, seq, text))


def _unlinked(seq: int, at_the_beginning: bool) -> str:
    if at_the_beginning:
        return f"row {seq} does not follow the beginning of the trail, or where it was cut"
    return f"row {seq} does not follow row {seq - 1}: one of them was exchanged"


def _counted(rows: int) -> str:
    return "1 row is" if rows == 1 else f"{rows} rows are"


def _beheaded(gap: int, seq: int) -> str:
    return f"{_counted(gap)} missing before row {seq}, and no signed cut accounts for that"


def _end(reading: _Reading, key: bytes, heads: Sequence[Head], cuts: set[int]) -> Iterable[ChainFault]:
    """Compare the chain with heads that were kept elsewhere."""
    for head in sorted(heads, key=lambda h: h.seq):
        if not is_signed(key, head):
            yield ChainFault("head", head.seq, f"a head of row {head.seq} was not signed with the key")
        elif head.seq > max(reading.seq, 0):
            yield ChainFault("end", head.seq, _shortened(reading, head))
        elif head.seq in reading.macs and reading.macs[head.seq] != head.mac:
            yield ChainFault("head", head.seq, f"row {head.seq} is not the one that stood there on {say(head.at)}")
        if head.seq - head.rows not in {0, *cuts}:
            yield ChainFault(
                "head",
                head.seq,
                f"on {say(head.at)} {head.rows} rows stood up to row {head.seq}, and no cut accounts for that",
            )


def _shortened(reading: _Reading, head: Head) -> str:
    there = f"the trail ends at row {reading.seq}" if reading.rows else "the trail is empty"
    return f"{there}, but on {say(head.at)} it went to row {head.seq}"
