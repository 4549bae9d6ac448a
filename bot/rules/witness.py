"""A witness: the same sheet with another number in a hidden cell, every relation still holding.

Found by moving the cell by one and putting right what no longer adds up, one cell at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.rules.sheet import Cell, Key, Sheet

MOST_STEPS = 300  # after so many a witness counts as not found, and more is hidden


class Pin(NamedTuple):
    """A relation that nothing could put right, and after how many moves it was met."""

    depth: int
    relation: int


class Board:
    """A sheet as numbered cells and relations, with what is hidden so far."""

    def __init__(self, sheet: Sheet, hidden: Iterable[Key]) -> None:
        self.cells: list[Cell] = list(sheet.cells.values())
        self.at = {c.key: i for i, c in enumerate(self.cells)}
        self.relations = [tuple((self.at[k], n) for k, n in r.terms) for r in sheet.relations]
        self.of: list[list[tuple[int, int]]] = [[] for _ in self.cells]
        for r, terms in enumerate(self.relations):
            for i, n in terms:
                self.of[i].append((r, n))
        self.hidden: set[Key] = set()
        self.free = [c.kind in ("rest", "gap") for c in self.cells]
        self.room = [c.value for c in self.cells]  # how far a cell may fall
        for key in hidden:
            self.hide(key)

    def hide(self, key: Key) -> None:
        """A hidden count is known not to be zero, for zero is printed."""
        i = self.at[key]
        self.hidden.add(key)
        self.free[i], self.room[i] = True, self.cells[i].value - 1

    def may_hide(self, cell: Cell) -> bool:
        return cell.kind == "printed" and cell.value > 0 and cell.key not in self.hidden

    def nearest(self, target: Key, first: Iterable[int]) -> Iterator[list[Cell]]:
        """The cells of the relations given, then of those ever further from the target."""
        for r in first:
            yield [self.cells[i] for i, _ in self.relations[r]]
        seen: set[int] = set()
        ring = {self.at[target]}
        reached = set(ring)
        while ring:
            relations = sorted({r for i in ring for r, _ in self.of[i]} - seen)
            for r in relations:
                yield [self.cells[i] for i, _ in self.relations[r]]
            seen.update(relations)
            ring = {i for r in relations for i, _ in self.relations[r]} - reached
            reached |= ring


@dataclass
class _Search:
    board: Board
    left: int = MOST_STEPS
    moved: dict[int, int] = field(default_factory=dict)
    off: dict[int, int] = field(default_factory=dict)  # relation -> by how much it does not add up
    pins: set[Pin] = field(default_factory=set)

    def move(self, i: int, by: int) -> None:
        self.moved[i] = by
        self._shift(i, by)

    def back(self, i: int) -> None:
        self._shift(i, -self.moved.pop(i))

    def _shift(self, i: int, by: int) -> None:
        for r, n in self.board.of[i]:
            left = self.off.get(r, 0) + n * by
            if left:
                self.off[r] = left
            else:
                del self.off[r]

    def settle(self) -> bool:
        """Whether everything can be put right from here."""
        if not self.off:
            return True
        self.left -= 1
        if self.left < 0:
            return False
        for i, by in self._tightest():
            self.move(i, by)
            if self.settle():
                return True
            self.back(i)
        return False

    def _tightest(self) -> list[tuple[int, int]]:
        """The moves for the relation that leaves least choice; none where one cannot be put right at all."""
        best: list[tuple[int, int]] | None = None
        for r, off in self.off.items():
            moves = self._moves(r, off)
            if not moves:
                self.pins.add(Pin(len(self.moved), r))
                return []
            if best is None or len(moves) < len(best):
                best = moves
        return sorted(best or (), key=lambda m: len(self.board.of[m[0]]))

    def _moves(self, relation: int, off: int) -> list[tuple[int, int]]:
        board, moved, found = self.board, self.moved, []
        for i, n in board.relations[relation]:
            if board.free[i] and i not in moved and off % n == 0:
                by = -off // n
                if by + board.room[i] >= 0:
                    found.append((i, by))
        return found


def find(board: Board, target: Key) -> tuple[frozenset[Key], list[Pin]]:
    """The cells that differ in a witness, the target among them; or nothing, and what stood in the way."""
    pins: set[Pin] = set()
    start = board.at[target]
    for by in (1, -1):
        if board.room[start] + by < 0:
            continue
        search = _Search(board)
        search.move(start, by)
        if search.settle():
            moved = frozenset(board.cells[i].key for i in search.moved)
            # With a guess moved too, the other cells are not shown to be safe from who guesses right.
            return (frozenset({target}) if board.cells[start].kind == "assumed" else moved), []
        pins |= search.pins
    return frozenset(), sorted(pins)
