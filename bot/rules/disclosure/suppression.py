"""Printed figures of a sheet: every count rounded, so that no small one can be known.

Rounding alone does not always do: a reader may know the exact counts of areas, such as a manager of three of them.
So each area is looked at by itself, as if every other area were known: then the county's count moves just as the
area's does, and neither may leave what its printed figure allows. A small count is safe where an alternative table
prints the same and differs there. Until one is found a further count is rounded the other way or, where that does not
do, hidden. Of those in the way it is chosen by its place in the sheet and never by its size.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.rules.disclosure.rounding import ENDLESS, THRESHOLD, Count, interval, is_small, round_away, round_count

Key = tuple[str, str, str]  # label of the period, scope, measure
#: printed  a count that some answer prints
#: rest     never printed, but a count of children or episodes all the same: the remainder of a whole less its parts
#: gap      the distance of one count below another; tells of no child by itself
#: known    a plain number
Kind = Literal["printed", "rest", "gap", "known"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One count. Of two that may be hidden, the one with less `worth` is."""

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
    may still know how many.
    """

    cells: Mapping[Key, Cell]
    relations: tuple[Relation, ...]
    shared: Mapping[Key, tuple[Key, ...]]

    @property
    def printed(self) -> tuple[Cell, ...]:
        return tuple(c for c in self.cells.values() if c.kind == "printed")


@dataclass
class SheetMaker:
    """Collect cells and relations. Differences are computed here, so a relation always holds."""

    cells: dict[Key, Cell] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)
    wholes: dict[Key, tuple[Key, ...]] = field(default_factory=dict)

    def sheet(self) -> Sheet:
        return Sheet(self.cells, tuple(self.relations), self.wholes)

    def count(self, key: Key, value: int, worth: tuple[int, ...] = (), kind: Kind = "printed") -> None:
        self.cells[key] = Cell(key, value, kind, worth)

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
            if key[1] == county and cell.kind != "known" and key[2] not in apart:
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


class NotSafe(Exception):
    """A small count could be worked out, and nothing more may be hidden."""


def printed_counts(
    sheet: Sheet, threshold: int = THRESHOLD, given: Mapping[Key, Count] | None = None, kept: Collection[Key] = ()
) -> dict[Key, Count]:
    """Return every count as it is printed, None for one that is hidden.

    `given` were printed before and stay as they are. `kept` are rounded anew, and hidden only where they are small.
    NotSafe where a small count cannot be protected for them.
    """
    rounded = {c.key: round_count(c.value, threshold) for c in sheet.printed}
    given = given or {}
    printed = {**rounded, **given}
    fixed = {*(k for k in given if given[k] is not None), *(k for k in kept if rounded[k] is not None)}
    looked_at: set[str] = set()
    while further := [area for area in _areas(sheet) if area not in looked_at]:
        area = further[0]
        if _protect(AreaTable(sheet, area, threshold, printed, fixed), printed):
            looked_at.clear()  # what was rounded the other way may not move as before: every area is looked at again
        looked_at.add(area)
    return printed


def _protect(table: AreaTable, printed: dict[Key, Count]) -> bool:
    """Round the other way or hide what is in the way of an alternative table for each small count of an area.

    Return True where one was rounded the other way. A count is rounded so once, and hidden after that.
    """
    turned, safe = False, set[int]()
    waiting = table.small()
    while waiting:
        target = waiting[0]
        table.kept = False
        moved, in_the_way = find(table, target)
        if moved:
            safe |= moved
        elif in_the_way:
            sheet, near = table.sheet, in_the_way[:NEAREST]
            by_place = sorted(near, key=lambda k: (table.nearest(k) is None, sheet.cells[k].worth, k))
            may_turn = ((k, moves) for k in by_place if (moves := table.turned(k)))
            turn = next((each for each in may_turn if find(table, target, each)[0]), None)
            if turn is not None:
                table.turn(*turn)
                printed[turn[0]] = round_away(sheet.cells[turn[0]].value, table.threshold)
                turned, safe = True, set()
                waiting = table.small()
                continue
            enough = (k for k in by_place if find(table, target, (k, table.hidden(k)))[0])
            hide = next(enough, by_place[0])
            table.hide(hide)
            printed[hide] = None
            continue
        elif table.kept:
            raise NotSafe
        else:
            safe.add(target)  # readers cannot be kept from it: every count around is hidden or zero
        waiting = [t for t in waiting if t not in safe]
    return turned


def _areas(sheet: Sheet) -> list[str]:
    """Return the areas in which anything is counted, or one: the county's own counts are looked at with each."""
    values: dict[str, int] = {}
    for parts in sheet.shared.values():
        for key in parts:
            values[key[1]] = values.get(key[1], 0) + sheet.cells[key].value
    return [area for area, value in values.items() if value] or list(values)[:1]


class AreaTable:
    """One area of a sheet as numbered cells that may move within `bounds`, while every other area is known.

    The area's count and the county's are one number: they move together.
    """

    def __init__(
        self,
        sheet: Sheet,
        area: str,
        threshold: int,
        printed: Mapping[Key, Count],
        fixed: Collection[Key] = (),
    ) -> None:
        self.sheet, self.threshold = sheet, threshold
        partner = {part: whole for whole, parts in sheet.shared.items() for part in parts if part[1] == area}
        others = {part[1] for parts in sheet.shared.values() for part in parts} - {area}
        ours = [k for k in sheet.cells if k[1] not in others]
        names = {k: partner.get(k, k) for k in ours}
        numbers = {name: i for i, name in enumerate(dict.fromkeys(names.values()))}
        self.at = {k: numbers[names[k]] for k in ours}
        self.keys: list[list[Key]] = [[] for _ in numbers]
        self.bounds: dict[Key, tuple[int, int]] = {}
        for k in ours:
            cell = sheet.cells[k]
            self.keys[self.at[k]].append(k)
            if cell.kind != "printed":
                self.bounds[k] = (0, 0) if cell.kind == "known" else (-cell.value, ENDLESS)
                continue
            least, most = interval(printed[k], threshold)
            if printed[k] is not None and printed[k] == round_away(cell.value, threshold):
                least, most = min(least, cell.value), max(most, cell.value)
            elif not least <= cell.value <= most:  # records came after it was printed, which then says nothing of it
                least, most = 0, ENDLESS
            self.bounds[k] = least - cell.value, most - cell.value
        self.value = {k: sheet.cells[k].value for k in ours}
        self.closed = {k for k in ours if sheet.cells[k].kind != "printed" or sheet.cells[k].value == 0}
        self.fixed = set(fixed)
        self.kept = False  # a count that must stay printed was in the way
        for k in ours:
            if k in printed and printed[k] is None and self.nearest(k) is not None:
                self.hide(k)
        self.once = {
            k for k in ours if k in printed and printed[k] != self.nearest(k)
        }  # not rounded the other way again
        self._relate(sheet, others)

    def _relate(self, sheet: Sheet, others: set[str]) -> None:
        """Collect the relations. Of two that are the same, the county's and the area's, the closer one holds."""
        found: dict[tuple[tuple[int, int], ...], list[Key | None]] = {}
        for r in sheet.relations:
            if r.terms[0][0][1] not in others:
                terms: dict[int, int] = {}
                for k, n in r.terms:
                    terms[self.at[k]] = terms.get(self.at[k], 0) + n
                found.setdefault(tuple(sorted((i, n) for i, n in terms.items() if n)), []).append(r.left)
        self.relations = list(found)
        #: The number by which the remainder may fall; None where nothing may be left over.
        self.room: list[int | None] = []
        self.leaves: dict[int, int] = {}
        for number, lefts in enumerate(found.values()):
            cells = [k for k in lefts if k is not None]
            self.room.append(None if None in lefts else min(self.value[k] for k in cells))
            self.leaves |= {self.at[k]: number for k in cells}
        self.of: list[list[tuple[int, int]]] = [[] for _ in self.keys]
        for number, relation in enumerate(self.relations):
            for i, n in relation:
                self.of[i].append((number, n))

    def nearest(self, key: Key) -> Count:
        return round_count(self.value[key], self.threshold)

    def small(self) -> list[int]:
        """Return the numbers of the small counts of children and episodes, each once.

        A count of the county that is made up of the areas' own is looked at with theirs.
        """
        found = []
        for k, v in self.value.items():
            parts = self.sheet.shared.get(k, ())
            made_up = bool(parts) and sum(self.sheet.cells[p].value for p in parts) >= v
            if is_small(v, self.threshold) and self.sheet.cells[k].kind in ("printed", "rest") and not made_up:
                found.append(self.at[k])
        return [i for i in dict.fromkeys(found) if all(self.bounds[k] != (0, 0) for k in self.keys[i])]

    def hide(self, key: Key) -> None:
        """Hide a count. Readers know that it is not zero, for zero is printed."""
        self.closed.add(key)
        self.bounds[key] = self.hidden(key)

    def hidden(self, key: Key) -> tuple[int, int]:
        """Return the moves of a count that is hidden."""
        return 1 - self.value[key], ENDLESS

    def turned(self, key: Key) -> tuple[int, int] | None:
        """Return the moves of a count that is rounded the other way; None where it cannot be, or was before."""
        away, value = round_away(self.value[key], self.threshold), self.value[key]
        if away is None or key in self.once:
            return None
        least, most = interval(away, self.threshold)
        return min(least, value) - value, max(most, value) - value

    def turn(self, key: Key, moves: tuple[int, int]) -> None:
        """Round a count the other way."""
        self.bounds[key] = moves
        self.once.add(key)

    def may_move(self, i: int, by: int) -> bool:
        return all(self.bounds[k][0] <= by <= self.bounds[k][1] for k in self.keys[i])

    def in_the_way(self, i: int, by: int) -> list[Key]:
        """Return the counts that would have to be hidden to let the cell move so; none where that is not possible."""
        shut = [k for k in self.keys[i] if not self.bounds[k][0] <= by <= self.bounds[k][1]]
        if any(k in self.closed or self.value[k] + by < 1 for k in shut):
            return []
        self.kept = self.kept or not self.fixed.isdisjoint(shut)
        return shut if self.fixed.isdisjoint(shut) else []


MOST_STEPS = 60  # after so many no alternative counts as found, and more is hidden
NEAREST = 8  # so many of the counts in the way, those met soonest, are looked at


@dataclass
class _Search:
    """Search by moving cells; `off` is the difference that the moves have made to a relation's sum."""

    table: AreaTable
    steps: int = MOST_STEPS
    moved: dict[int, int] = field(default_factory=dict)
    off: dict[int, int] = field(default_factory=dict)
    due: dict[int, int] = field(default_factory=dict)  # taken up by the target itself, where it is a remainder
    closed: dict[Key, int] = field(default_factory=dict)  # counts in the way, and the moves before each was met

    def begin(self, target: int, by: int) -> None:
        if target in self.table.leaves:
            relation = self.table.leaves[target]
            self.moved[target], self.off[relation], self.due[relation] = by, 0, by
        else:
            self._move(target, by)

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
        """Return the number missing until the relation holds: all that is off, or the part beyond the room."""
        off, room = self.off[relation], self.table.room[relation]
        if relation in self.due:
            return off - self.due[relation]
        return off if room is None else min(0, off + room)

    def _moves(self, wrong: list[int]) -> list[tuple[int, int]]:
        """Return the moves for the relation that leaves least choice; none where one cannot be corrected at all.

        A move changes one cell so that the relation holds just enough, or wholly.
        """
        table, best = self.table, None
        for r in wrong:
            needs = dict.fromkeys((self._short(r), self.off[r] - self.due.get(r, 0)))
            moves = [
                (i, -need // n)
                for i, n in table.relations[r]
                for need in needs
                if i not in self.moved and need % n == 0 and self._may_move(i, -need // n)
            ]
            if not moves:
                return []
            if best is None or len(moves) < len(best):
                best = moves
        return sorted(best or (), key=lambda m: len(table.of[m[0]]))

    def _may_move(self, i: int, by: int) -> bool:
        may = self.table.may_move(i, by)
        for key in () if may else self.table.in_the_way(i, by):
            self.closed.setdefault(key, len(self.moved))
        return may


def find(table: AreaTable, target: int, also: tuple[Key, tuple[int, int]] | None = None) -> tuple[set[int], list[Key]]:
    """Return the cells that differ in an alternative table, the target among them; or none, and the counts in the way.

    One more count may have other moves for the search alone.
    """
    if also is not None:
        key, moves = also
        bounds, table.bounds[key] = table.bounds[key], moves
        found = find(table, target)
        table.bounds[key] = bounds
        return found
    closed: dict[Key, int] = {}
    if target in table.leaves and table.room[table.leaves[target]] is None:
        return set(), []
    for by in (1, -1):
        if not table.may_move(target, by):
            closed |= dict.fromkeys(table.in_the_way(target, by), 0)
            continue
        search = _Search(table)
        search.begin(target, by)
        if search.settle():
            # Every cell that was moved, with the remainders that changed.
            left = {i for i, r in table.leaves.items() if search.off.get(r) and r not in search.due}
            return {*search.moved, *left}, []
        for key, depth in search.closed.items():
            closed[key] = min(depth, closed.get(key, depth))
    return set(), sorted(closed, key=closed.__getitem__)
