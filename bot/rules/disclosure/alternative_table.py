"""A witness: the same sheet with another number in a hidden cell, every relation still holding.

Found by moving the cell by one and putting right what no longer adds up, one cell at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from bot.rules.disclosure.linked_table import Cell, Key, Sheet

MOST_STEPS = 60  # after so many a witness counts as not found, and more is hidden
ENDLESS = 10**9


class Pin(NamedTuple):
    """A relation that nothing could put right, and after how many moves it was met."""

    depth: int
    relation: int


class NumberedTable:
    """A sheet as numbered cells and relations, with what is hidden so far."""

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
        self.room = [_room(c) for c in self.cells]
        for key in hidden:
            self.hide(key)

    def hide(self, key: Key) -> None:
        """A hidden count is known not to be zero, for zero is printed."""
        i = self.at[key]
        self.hidden.add(key)
        self.free[i], self.room[i] = True, self.cells[i].value - 1

    def may_hide(self, cell: Cell, block: str = "") -> bool:
        inside = not block or cell.block == block
        return inside and cell.kind == "printed" and cell.value > 0 and cell.key not in self.hidden

    def may_move(self, i: int, block: str) -> bool:
        """What is never printed moves along with whatever is."""
        return self.free[i] and (not block or self.cells[i].kind != "printed" or self.cells[i].block == block)

    def nearest(self, target: Key, pins: Iterable[Pin]) -> Iterator[list[Cell]]:
        """The cells of the relations that stand in the way, soonest met first; then those ever further off."""
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


def _room(cell: Cell) -> int:
    """How far a cell may fall; a guess that is no count may fall below zero."""
    return ENDLESS if cell.kind == "assumed" and not cell.sensitive else cell.value


@dataclass
class _Search:
    """`off` is by how much a relation's terms no longer add up to what they did."""

    board: NumberedTable
    block: str
    target: int
    steps: int = MOST_STEPS
    moved: dict[int, int] = field(default_factory=dict)
    off: dict[int, int] = field(default_factory=dict)
    due: dict[int, int] = field(default_factory=dict)  # what the target itself takes up, where it is what is left
    pins: set[Pin] = field(default_factory=set)

    def begin(self, by: int) -> None:
        if self.target in self.board.leaves:
            relation = self.board.leaves[self.target]
            self.moved[self.target], self.off[relation], self.due[relation] = by, 0, by
        else:
            self._move(self.target, by)

    def settle(self) -> bool:
        """Whether everything can be put right from here."""
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
            self._back(i)
        return False

    def differing(self) -> frozenset[Key]:
        """Every cell that is another number now, with what relations leave."""
        left = [self.board.left[r] for r, off in self.off.items() if off and r not in self.due]
        return frozenset(self.board.cells[i].key for i in (*self.moved, *left) if i is not None)

    def _move(self, i: int, by: int) -> None:
        self.moved[i] = by
        for r, n in self.board.of[i]:
            self.off[r] = self.off.get(r, 0) + n * by

    def _back(self, i: int) -> None:
        by = self.moved.pop(i)
        for r, n in self.board.of[i]:
            self.off[r] -= n * by

    def _short(self, relation: int) -> int:
        """What is missing until the relation holds: all that is off, or what goes beyond what may be left."""
        off = self.off[relation]
        if relation in self.due:
            return off - self.due[relation]
        left = self.board.left[relation]
        if left is None or not self._gives(left):
            return off
        return min(0, off + self.board.room[left])

    def _gives(self, left: int) -> bool:
        """Guesses hold while counts are looked at; where one of them is the target, all of them may be wrong."""
        return self.board.free[left] or self.board.cells[self.target].kind == "assumed"

    def _tightest(self, wrong: list[int]) -> list[tuple[int, int]]:
        """The moves for the relation that leaves least choice; none where one cannot be put right at all."""
        best: list[tuple[int, int]] | None = None
        for r in wrong:
            moves = self._moves(r)
            if not moves:
                self.pins.add(Pin(len(self.moved), r))
                return []
            if best is None or len(moves) < len(best):
                best = moves
        return sorted(best or (), key=lambda m: len(self.board.of[m[0]]))

    def _moves(self, relation: int) -> list[tuple[int, int]]:
        """One cell that puts it right: just, or wholly."""
        board, found = self.board, []
        needs = dict.fromkeys((self._short(relation), self.off[relation] - self.due.get(relation, 0)))
        for i, n in board.relations[relation]:
            if i not in self.moved and board.may_move(i, self.block):
                found += [(i, -need // n) for need in needs if need % n == 0 and board.room[i] - need // n >= 0]
        return found


def find(board: NumberedTable, target: Key, block: str = "") -> tuple[frozenset[Key], list[Pin]]:
    """The cells that differ in a witness, the target among them; or nothing, and what stood in the way.

    With a block only its own printed counts may differ.
    """
    pins: set[Pin] = set()
    start = board.at[target]
    for by in (1, -1):
        if board.room[start] + by >= 0:
            search = _Search(board, block, start)
            search.begin(by)
            if search.settle():
                guess = board.cells[start].kind == "assumed"
                return (frozenset({target}) if guess else search.differing()), []
            pins |= search.pins
    return frozenset(), sorted(pins)
