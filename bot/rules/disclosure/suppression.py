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
        for i, by in self._moves(wrong):
            self._move(i, by)
            if self.settle():
                return True
            self._move(i, -by)
            del self.moved[i]
        return False

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

    def _moves(self, wrong: list[int]) -> list[tuple[int, int]]:
        """Return the moves for the relation that leaves least choice; none where one cannot be corrected at all.

        A move changes one cell so that the relation holds just enough, or wholly. Of a block only its own printed cells
        move, and cells that are never printed.
        """
        table, best = self.table, None
        for r in wrong:
            needs = dict.fromkeys((self._short(r), self.off[r] - self.due.get(r, 0)))
            moves: list[tuple[int, int]] = []
            for i, n in table.relations[r]:
                if i in self.moved or not table.free[i]:
                    continue
                cell = table.cells[i]
                if not self.block or cell.kind != "printed" or cell.block == self.block:
                    moves += [(i, -need // n) for need in needs if need % n == 0 and table.room[i] - need // n >= 0]
            if not moves:
                self.pins.add(Pin(len(self.moved), r))
                return []
            if best is None or len(moves) < len(best):
                best = moves
        return sorted(best or (), key=lambda m: len(table.of[m[0]]))


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
                if table.cells[start].kind == "assumed":
                    return frozenset({target}), []
                # Every cell that was moved, with the `left` cells of relations that changed.
                left = [table.left[r] for r, off in search.off.items() if off and r not in search.due]
                return frozenset(table.cells[i].key for i in (*search.moved, *left) if i is not None), []
            pins |= search.pins
    return frozenset(), sorted(pins)


THRESHOLD = 5
PATIENCE = 10  # after hiding so many counts for one, all printed counts of the next pin are hidden at once


def is_small(value: int, threshold: int = THRESHOLD) -> bool:
    """Return True for 1 to the threshold. Zero tells of no child, and is always printed."""
    return 1 <= value <= threshold


def hidden_cells(sheet: Sheet, threshold: int = THRESHOLD, given: Collection[Key] = ()) -> frozenset[Key]:
    """Return the counts that must not be printed; `given` are hidden whatever their size.

    Further counts are hidden until each is safe. It ends: with every count hidden, twice every count is an alternative
    that prints the same.
    """
    small = [c for c in sheet.cells.values() if c.sensitive and is_small(c.value, threshold)]
    first = [c.key for c in sheet.printed if is_small(c.value, threshold) or c.key in given]
    table, safe = NumberedTable(sheet, first), set[Key]()
    waiting = [*first, *(c.key for c in small if c.kind != "printed")]
    for target in waiting:  # grows while it is read
        tried = 0
        while target not in safe:
            alternative, further = _hide_for(table, target, at_once=tried >= PATIENCE)
            safe |= alternative
            if not further:
                break
            waiting += further
            tried += 1
    return frozenset(table.hidden)


def _hide_for(table: NumberedTable, target: Key, at_once: bool) -> tuple[frozenset[Key], list[Key]]:
    """Return the cells of an alternative table; or hide counts for the target, least worth first, and return those.

    Neither is returned where all is hidden. Hidden are printed counts of the relations that pin the target soonest, or
    further off.
    """
    own = table.cells[table.at[target]].block
    for block in (own, "") if own and not at_once else ("",):
        alternative, pins = find(table, target, block)
        if alternative:
            return alternative, []
        for near in table.nearest(target, pins):
            inside = [c for c in near if c.kind == "printed" and (not block or c.block == block)]
            further = {c.key: c for c in inside if c.value > 0 and c.key not in table.hidden}
            if further:
                ordered = sorted(further, key=lambda k: (further[k].worth, k))
                chosen = ordered if at_once else ordered[:1]
                for key in chosen:
                    table.hide(key)
                return frozenset(), chosen
    return frozenset(), []
