"""A sheet of counts: every count of a family of periods, and what a reader knows of how they hang together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.rules.figures import half_up

Key = tuple[str, str, str]  # label of the period, scope, measure
#: printed  a count that some answer prints
#: percent  a whole percentage of two counts that some answer prints
#: rest     never printed, but a count of children or episodes all the same: the remainder of a whole less its parts
#: gap      the distance of one count below another; tells of no child by itself
#: known    a plain number
Kind = Literal["printed", "percent", "rest", "gap", "known"]


def percent_of(part: str, whole: str) -> str:
    """Return the measure of a percentage: 'interviews: held % of interviews: episodes'."""
    return f"{part} % of {whole}"


def whole_percent(part: int, whole: int) -> int:
    """Return a whole percentage, half up. Only none of a whole is 0, and only all of it 100."""
    if part in (0, whole):
        return 100 if part else 0
    return min(99, max(1, int(half_up(100 * part, whole, 0))))


@dataclass(frozen=True, slots=True)
class Cell:
    """One count or percentage. Of two that may be hidden, the one with less `worth` is."""

    key: Key
    value: int
    kind: Kind
    worth: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Relation:
    """Counts times whole numbers that add up to zero, or to the cell `left`: total - part - part = left."""

    terms: tuple[tuple[Key, int], ...]
    left: Key | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """Cells by key, every relation between those of one scope, and the counts of the whole that areas add up to.

    `shared` maps a count of the whole to that of each area. Where the areas count some of it more than once, a reader
    may still know how many. `percents` maps a percentage to its part and its whole. `alone` are counts of the whole
    that a reader may know exactly: the children with most episodes may all be of areas that they know.
    """

    cells: Mapping[Key, Cell]
    relations: tuple[Relation, ...]
    shared: Mapping[Key, tuple[Key, ...]]
    percents: Mapping[Key, tuple[Key, Key]]
    alone: Collection[Key]

    @property
    def printed(self) -> tuple[Cell, ...]:
        """Return the counts and percentages that answers print."""
        return tuple(c for c in self.cells.values() if c.kind in ("printed", "percent"))


@dataclass
class SheetMaker:
    """Collect cells and relations. Differences are computed here, so a relation always holds."""

    cells: dict[Key, Cell] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)
    wholes: dict[Key, tuple[Key, ...]] = field(default_factory=dict)
    percents: dict[Key, tuple[Key, Key]] = field(default_factory=dict)
    alone: set[Key] = field(default_factory=set)

    def sheet(self) -> Sheet:
        return Sheet(self.cells, tuple(self.relations), self.wholes, self.percents, self.alone)

    def count(self, key: Key, value: int, worth: tuple[int, ...] = (), kind: Kind = "printed") -> None:
        self.cells[key] = Cell(key, value, kind, worth)

    def percent(self, part: Key, whole: Key, worth: tuple[int, ...] = ()) -> None:
        """Add the percentage of a whole."""
        key = (*whole[:2], percent_of(part[2], whole[2]))
        self.cells[key] = Cell(key, whole_percent(self._value(part), self._value(whole)), "percent", worth)
        self.percents[key] = part, whole

    def parts(self, whole: Key, *parts: Key) -> None:
        """Relate parts that add up to the whole. Where they do not, there is no relation."""
        if self._value(whole) == sum(map(self._value, parts)):
            self.relations.append(Relation(((whole, 1), *((p, -1) for p in parts))))

    def sums(self, one: Iterable[tuple[Key, int]], other: Iterable[tuple[Key, int]]) -> None:
        """Relate two equal sums."""
        terms = (*one, *((k, -n) for k, n in other))
        if sum(self._value(k) * n for k, n in terms) == 0:
            self.relations.append(Relation(terms))

    def rest(self, whole: Key, *parts: Key) -> None:
        """Add the remainder of the whole as a count of its own, never printed."""
        self._differ(((whole, 1), *((p, -1) for p in parts)), "rest")

    def twice(self, whole: Key, *parts: Key) -> None:
        """Add the number that the parts count more than once, never printed."""
        self._differ((*((p, 1) for p in parts), (whole, -1)), "rest")

    def at_most(self, low: Iterable[tuple[Key, int]], high: Iterable[tuple[Key, int]]) -> None:
        """Relate a sum that is never more than another."""
        self._differ((*high, *((k, -n) for k, n in low)), "gap")

    def share(self, county: str, areas: Collection[str], apart: Collection[str] = ()) -> None:
        """Relate every count of the county to the same of each area, but for the measures `apart`.

        Readers may know how many children two areas share. They do not know how such a child changes the counts by age
        or by number of episodes: where these do not add up, the county's tells nothing of the areas'.
        """
        for key, cell in self.cells.items():
            if key[1] == county and cell.kind not in ("known", "percent") and key[2] not in apart:
                parts = tuple(p for a in areas if (p := (key[0], a, key[2])) in self.cells)
                if parts and (key[2].endswith("children") or cell.value == sum(map(self._value, parts))):
                    self.wholes[key] = parts
        for r in self.relations:
            # The remainder of a count that stands alone stands alone too.
            if r.left in self.wholes and any(k not in self.wholes for k, _ in r.terms):
                del self.wholes[r.left]

    def _differ(self, terms: tuple[tuple[Key, int], ...], kind: Kind) -> None:
        value = sum(self._value(k) * n for k, n in terms)
        if value >= 0:
            label, scope, _ = terms[0][0]
            key = (label, scope, " ".join((kind, *(f"{n:+} {k[0]} {k[2]}" for k, n in terms))))
            self.cells[key] = Cell(key, value, kind)
            self.relations.append(Relation(terms, key))

    def _value(self, key: Key) -> int:
        return self.cells[key].value
