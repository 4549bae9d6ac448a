"""An alternative table: the same sheet with another number in a hidden cell, every relation still holding.

It is found by moving the cell by one and correcting the relations that no longer add up, one cell at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from bot.rules.disclosure.linked_table import Cell, Key, Sheet

MOST_STEPS = 60  # after so many no alternative counts as found, and more is hidden
ENDLESS = 10**9


class Pin(NamedTuple):
    """A relation that could not be corrected, and the number of moves before it was met."""

    depth: int
    relation: int


class NumberedTable:
    """A sheet as numbered cells and relations, with the cells hidden so far.

    `room` is the number by which a cell may fall. A guess that is no count may fall below zero.
    """

    def __init__(self, sheet: Sheet, hidden: Iterable[Key]) -> None:
        self.cells: list[Cell] = list(sheet.cells.values())
        self.at = {c.key: i for i, c in enumerate(self.cells)}
        self.relations = [tuple((self.at[k], n) for k, n in r.terms) for r in sheet.relations]
        self.left = [None if r.left is None else self.at[r.left] for r in sheet.relations]
        self.leaves = {i: r for r, i in enumerate(self.left) if i is not None}
        self.of: list[list[tuple[int, int]]] = [[] for _ in self.cells]
        for r, terms in enumerate(self.relations):
            for i, n in terms:
                self.of[i].append((r, n))
        self.hidden: set[Key] = set()
        self.free = [c.kind in ("rest", "gap") for c in self.cells]
        self.room = [ENDLESS if c.kind == "assumed" and not c.sensitive else c.value for c in self.cells]
        for key in hidden:
            self.hide(key)

    def hide(self, key: Key) -> None:
        """Hide a count. Readers know that it is not zero, for zero is printed."""
        i = self.at[key]
        self.hidden.add(key)
        self.free[i], self.room[i] = True, self.cells[i].value - 1

    def may_hide(self, cell: Cell, block: str = "") -> bool:
        inside = not block or cell.block == block
        return inside and cell.kind == "printed" and cell.value > 0 and cell.key not in self.hidden

    def may_move(self, i: int, block: str) -> bool:
        """Return True for a free cell; of a block only its own printed cells move, and cells that are never printed."""
        return self.free[i] and (not block or self.cells[i].kind != "printed" or self.cells[i].block == block)

    def nearest(self, target: Key, pins: Iterable[Pin]) -> Iterator[list[Cell]]:
        """Yield the cells of the relations that pin the target, soonest met first; then those ever further off."""
        for _, same in groupby(sorted(pins), key=lambda p: p.depth):
            yield self._cells_of(p.relation for p in same)
        start = self.at[target]
        reached = {start} | {i for i, _ in self.relations[self.leaves[start]]} if start in self.leaves else {start}
        ring = set(reached)
        while ring:
            relations = {r for i in ring for r, _ in self.of[i]}
            yield self._cells_of(relations)
            ring = {i for r in relations for i, _ in self.relations[r]} - reached
            reached |= ring

    def _cells_of(self, relations: Iterable[int]) -> list[Cell]:
        return [self.cells[i] for r in relations for i, _ in self.relations[r]]


@dataclass
class _Search:
    """Search by moving cells; `off` is the difference that the moves have made to a relation's sum."""

    table: NumberedTable
    block: str
    target: int
    steps: int = MOST_STEPS
    moved: dict[int, int] = field(default_factory=dict)
    off: dict[int, int] = field(default_factory=dict)
    due: dict[int, int] = field(default_factory=dict)  # taken up by the target itself, where it is a relation's `left`
    pins: set[Pin] = field(default_factory=set)

    def begin(self, by: int) -> None:
        if self.target in self.table.leaves:
            relation = self.table.leaves[self.target]
            self.moved[self.target], self.off[relation], self.due[relation] = by, 0, by
        else:
            self._move(self.target, by)

    def settle(self) -> bool:
        """Correct every relation from here, depth first; False where that is not possible."""
        wrong = [r for r in self.off if self._short(r)]
        if not wrong:
            return True
        self.steps -= 1
        if self.steps < 0:
            return False
        for i, by in self._tightest(wrong):
            self._move(i, by)
            if self.settle():
                return True
            self._move(i, -by)
            del self.moved[i]
        return False

    def differing(self) -> frozenset[Key]:
        """Return every cell that is another number now, with the `left` cells of relations that changed."""
        left = [self.table.left[r] for r, off in self.off.items() if off and r not in self.due]
        return frozenset(self.table.cells[i].key for i in (*self.moved, *left) if i is not None)

    def _move(self, i: int, by: int) -> None:
        self.moved[i] = by
        for r, n in self.table.of[i]:
            self.off[r] = self.off.get(r, 0) + n * by

    def _short(self, relation: int) -> int:
        """Return the number missing until the relation holds: all that is off, or the part beyond the room of `left`.

        Guesses hold while the target is a count; where the target is a guess itself, all of them may be wrong.
        """
        off = self.off[relation]
        if relation in self.due:
            return off - self.due[relation]
        left = self.table.left[relation]
        if left is None or not (self.table.free[left] or self.table.cells[self.target].kind == "assumed"):
            return off
        return min(0, off + self.table.room[left])

    def _tightest(self, wrong: list[int]) -> list[tuple[int, int]]:
        """Return the moves for the relation that leaves least choice; none where one cannot be corrected at all."""
        best: list[tuple[int, int]] | None = None
        for r in wrong:
            moves = self._moves(r)
            if not moves:
                self.pins.add(Pin(len(self.moved), r))
                return []
            if best is None or len(moves) < len(best):
                best = moves
        return sorted(best or (), key=lambda m: len(self.table.of[m[0]]))

    def _moves(self, relation: int) -> list[tuple[int, int]]:
        """Return the moves of one cell that correct the relation, just enough or wholly."""
        table, found = self.table, []
        needs = dict.fromkeys((self._short(relation), self.off[relation] - self.due.get(relation, 0)))
        for i, n in table.relations[relation]:
            if i not in self.moved and table.may_move(i, self.block):
                found += [(i, -need // n) for need in needs if need % n == 0 and table.room[i] - need // n >= 0]
        return found


def find(table: NumberedTable, target: Key, block: str = "") -> tuple[frozenset[Key], list[Pin]]:
    """Return the cells that differ in an alternative table, the target among them; or none, and the pins.

    With a block only its own printed counts may differ.
    """
    pins: set[Pin] = set()
    start = table.at[target]
    for by in (1, -1):
        if table.room[start] + by >= 0:
            search = _Search(table, block, start)
            search.begin(by)
            if search.settle():
                guess = table.cells[start].kind == "assumed"
                return (frozenset({target}) if guess else search.differing()), []
            pins |= search.pins
    return frozenset(), sorted(pins)
