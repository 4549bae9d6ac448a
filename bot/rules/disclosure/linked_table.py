"""A sheet: every count of one period that any answer may print, and all relations between those counts.

The hidden counts are chosen for the whole sheet at once, whatever the question, so that two answers about
one period never tell more than one (domain.md section 6.4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

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
