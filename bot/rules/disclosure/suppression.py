"""Suppression of a sheet: hide the small counts, then as many more as keep them from being worked out.

A hidden count is safe when an alternative table can be built that prints the same and differs there.
Until one is found a further count is hidden. It is chosen by its place in the sheet and never by its
size: "the smallest of those left" would tell its value to a reader who knows this program.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal, NamedTuple

Key = tuple[str, str]  # scope, measure
#: printed  a count that some answer prints
#: rest     never printed, but a count of children or episodes all the same: the remainder of a whole less its parts
#: gap      the distance of one count below another; tells of no child by itself
#: assumed  a guess that is open to a person who knows the area, such as the number of children two areas share
#: known    a plain number
Kind = Literal["printed", "rest", "gap", "assumed", "known"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One count; `sensitive` where a small one tells of a child; of two, the one with less `worth` is hidden.

    Counts of one `block` belong together, such as the ages: one of them is protected by others of them if it can be.
    """

    key: Key
    value: int
    kind: Kind
    sensitive: bool
    worth: tuple[int, ...] = ()
    block: str = ""


@dataclass(frozen=True, slots=True)
class Relation:
    """Counts times whole numbers that add up to zero, or to the cell `left`: total - part - part = left."""

    terms: tuple[tuple[Key, int], ...]
    left: Key | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """Cells by key, and every relation between them that a reader may know."""

    cells: Mapping[Key, Cell]
    relations: tuple[Relation, ...]

    @property
    def printed(self) -> tuple[Cell, ...]:
        return tuple(c for c in self.cells.values() if c.kind == "printed")


@dataclass
class SheetMaker:
    """Collect cells and relations. Differences are computed here, so a relation always holds."""

    cells: dict[Key, Cell] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)

    def sheet(self) -> Sheet:
        return Sheet(self.cells, tuple(self.relations))

    def count(self, key: Key, value: int, worth: tuple[int, ...] = (), block: str = "", kind: Kind = "printed") -> None:
        self.cells[key] = Cell(key, value, kind, kind in ("printed", "rest"), worth, block)

    def parts(self, whole: Key, *parts: Key) -> None:
        """Relate parts that add up to the whole. Where they do not, there is no relation."""
        if self._value(whole) == sum(map(self._value, parts)):
            self._relate(((whole, 1), *((p, -1) for p in parts)))

    def sums(self, one: Iterable[tuple[Key, int]], other: Iterable[tuple[Key, int]]) -> None:
        """Relate two equal sums."""
        terms = (*one, *((k, -n) for k, n in other))
        if sum(self._value(k) * n for k, n in terms) == 0:
            self._relate(terms)

    def rest(self, whole: Key, *parts: Key) -> None:
        """Add the remainder of the whole as a count of its own, never printed."""
        self._differ(((whole, 1), *((p, -1) for p in parts)), "rest")

    def at_most(self, low: Iterable[tuple[Key, int]], high: Iterable[tuple[Key, int]]) -> None:
        """Relate a sum that is never more than another."""
        self._differ((*high, *((k, -n) for k, n in low)), "gap")

    def shared(self, whole: Key, parts: Iterable[Key], sensitive: bool) -> None:
        """Relate parts that count some of the whole more than once; the number of those may be guessed."""
        parts = tuple(parts)
        key = (whole[0], f"{whole[1]}, counted again")
        value = sum(map(self._value, parts)) - self._value(whole)
        self.cells[key] = Cell(key, value, "assumed", sensitive, block=self.cells[whole].block)
        self._relate((*((p, 1) for p in parts), (whole, -1)), key)

    def _differ(self, terms: tuple[tuple[Key, int], ...], kind: Kind) -> None:
        value = sum(self._value(k) * n for k, n in terms)
        if value >= 0:
            key = (terms[0][0][0], f"{kind} {len(self.relations)}")
            self.cells[key] = Cell(key, value, kind, kind == "rest", block=self.cells[terms[-1][0]].block)
            self._relate(terms, key)

    def _relate(self, terms: tuple[tuple[Key, int], ...], left: Key | None = None) -> None:
        self.relations.append(Relation(terms, left))

    def _value(self, key: Key) -> int:
        return self.cells[key].value


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


THRESHOLD = 5
PATIENCE = 10  # after hiding so many counts for one, all printed counts of the next pin are hidden at once


def is_small(value: int, threshold: int = THRESHOLD) -> bool:
    """Return True for 1 to the threshold. Zero tells of no child, and is always printed."""
    return 1 <= value <= threshold


def hidden_cells(sheet: Sheet, threshold: int = THRESHOLD, given: Collection[Key] = ()) -> frozenset[Key]:
    """Return the counts that must not be printed; `given` are hidden whatever their size."""
    small = [c for c in sheet.cells.values() if c.sensitive and is_small(c.value, threshold)]
    first = [c.key for c in sheet.printed if is_small(c.value, threshold) or c.key in given]
    hiding = _Hiding(NumberedTable(sheet, first), set())
    hiding.protect([*first, *(c.key for c in small if c.kind != "printed")])
    return frozenset(hiding.table.hidden)


@dataclass
class _Hiding:
    table: NumberedTable
    safe: set[Key]

    def protect(self, targets: Iterable[Key]) -> None:
        """Hide further counts until each target is safe.

        It ends: with every count hidden, twice every count is an alternative that prints the same.
        """
        waiting = list(targets)
        for target in waiting:  # grows while it is read
            tried = 0
            while target not in self.safe:
                further = self._hide_for(target, at_once=tried >= PATIENCE)
                if not further:
                    break
                waiting += further
                tried += 1

    def _hide_for(self, target: Key, at_once: bool) -> list[Key]:
        """Hide counts for the target and return them; none once it is safe, or all is hidden."""
        own = self.table.cells[self.table.at[target]].block
        for block in (own, "") if own and not at_once else ("",):
            alternative, pins = find(self.table, target, block)
            if alternative:
                self.safe |= alternative
                return []
            further = self._printed_nearby(pins, target, block)
            if further:
                chosen = further if at_once else further[:1]
                for key in chosen:
                    self.table.hide(key)
                return chosen
        return []

    def _printed_nearby(self, pins: list[Pin], target: Key, block: str) -> list[Key]:
        """Return the printed counts of the relations that pin the target soonest, or further off; least worth first."""
        for near in self.table.nearest(target, pins):
            printed = {c.key: c for c in near if self.table.may_hide(c, block)}
            if printed:
                return sorted(printed, key=lambda k: (printed[k].worth, k))
        return []
