"""Printed figures of a sheet: every count rounded, so that no small one can be known.

First a secret key rounds each count up or down, and of wholes printed as fewer than 200 hides one percentage of ten.
That does not always do: a reader may know the exact counts of areas, such as a manager of three of them. So each area
is looked at by itself, as if every other area were known: then the county's count moves just as the area's does, and
neither may leave what its printed figure allows. A small count is safe where an alternative table prints the same and
differs there. HiGHS, an integer solver, looks for such tables; each is checked in whole numbers here. Where there is
none, some figures are printed otherwise: a count is rounded to its other side, or a percentage or a count is hidden. Of
the ways to do so the cheapest is taken. What a figure costs depends on its place in the sheet and never on its size.

A reader who has this program and not the key learns no more by running it. Whether figures are safe depends on what is
printed. So an alternative table is safe as it is printed too, and some key prints it so at the first throw. This does
not hold where something is hidden that chance never hides: a count above 7, the last way out, or a percentage of a
whole that is printed as 200 or more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from itertools import accumulate
from typing import Any

from bot.rules.disclosure.released import BASE
from bot.rules.disclosure.rounding import (
    ENDLESS,
    THRESHOLD,
    Chance,
    Count,
    interval,
    is_small,
    round_away,
    round_by_chance,
    round_count,
)
from bot.rules.disclosure.sheet import Cell, Key, Sheet, whole_percent

#: What it costs to round a count to its other side, to hide a percentage, a count, and a zero.
OTHER_SIDE, NO_PERCENT, HIDE, HIDE_ZERO = 10, 20, 1_000, 10_000
#: The figure kept longest costs so many times more, on top, than the one given up first.
DEAREST = 4
#: In an alternative table a count differs from the true one by so much at most.
REACH = 40
#: The chance hides one percentage of so many, so that a hidden one need not be one that would tell a small count.
PERCENTS = 10
#: Chance hides none of a whole that is printed as so many or more: a board asks for them, and a percentage of so many
#: spans two counts at least. Which they are depends on what is printed alone, so it tells nothing. But one that is
#: hidden all the same would have told of a small count, and who has this program knows that of it.
NEVER_BY_CHANCE = 200
#: Tables that are asked for many small counts at once, before each that is left is looked at by itself.
AT_ONCE = 8

#: One thread and no clock: the same sheet is always released in the same way.
OPTIONS: Mapping[str, Any] = {"output_flag": False, "threads": 1, "mip_rel_gap": 0.05, "mip_max_nodes": 2_000}

#: A count of an area, with the county's where both move together, by its number -> the difference from the true one.
Moves = Mapping[int, int]


class NotSafe(Exception):
    """A small count could be worked out, and nothing more may be hidden."""


#: Searches that found no way, by what they began with. Each takes seconds, and the next question would begin the same.
_IN_VAIN: set[int] = set()


def printed_counts(
    sheet: Sheet,
    chance: Chance,
    threshold: int = THRESHOLD,
    base: int = BASE,
    given: Mapping[Key, Count] | None = None,
    kept: Collection[Key] = (),
) -> dict[Key, Count]:
    """Return every count and percentage as it is printed, None for one that is not shown.

    `chance` is of a secret key. `given` were printed before and stay as they are. `kept` are rounded anew, and hidden
    only where they are small. No percentage is given of a whole that is printed as fewer than `base`. NotSafe where a
    small count cannot be protected. A zero is hidden only where nothing else protects one.
    """
    figures = PrintedFigures(sheet, chance, threshold, base, given or {}, kept)
    counts = frozenset((c.key, c.value) for c in sheet.cells.values())
    began = frozenset(figures.printed.items()), frozenset(figures.given), frozenset(figures.shown)
    search = hash((threshold, base, counts, *began))
    if search in _IN_VAIN:
        raise NotSafe
    tables = [AreaTable(figures, area) for area in _areas(sheet)]
    try:
        again = True
        while again:  # what is printed otherwise may not move as before: every area is looked at anew
            again = any([table.protect() for table in tables])
    except NotSafe:
        _IN_VAIN.add(search)
        raise
    return figures.printed


def _areas(sheet: Sheet) -> list[str]:
    """Return the areas in which anything is counted, or one: the county's own counts are looked at with each."""
    values: dict[str, int] = {}
    for parts in sheet.shared.values():
        for key in parts:
            values[key[1]] = values.get(key[1], 0) + sheet.cells[key].value
    return [area for area, value in values.items() if value] or list(values)[:1]


class PrintedFigures:
    """The figures of a sheet as they are printed so far, and what each may be changed to."""

    def __init__(
        self, sheet: Sheet, chance: Chance, threshold: int, base: int, given: Mapping[Key, Count], kept: Collection[Key]
    ) -> None:
        self.sheet, self.threshold, self.base, self.given = sheet, threshold, base, given
        self.printed: dict[Key, Count] = {c.key: self._by_chance(c, chance) for c in sheet.printed}
        self.printed |= {k: n for k, n in given.items() if k in self.printed}
        self.printed |= {k: None for k in sheet.percents if k not in given and self._is_left_out(k, chance)}
        self.turned: set[Key] = set()
        self._drop_percents()
        self.changed = 0
        self.shown = {k for k in kept if self.printed.get(k) is not None}
        ordered = sorted(sheet.printed, key=lambda c: (c.worth, c.key))
        self.place = {c.key: n / len(ordered) for n, c in enumerate(ordered)}

    def _by_chance(self, cell: Cell, chance: Chance) -> Count:
        if cell.kind == "percent":
            return cell.value
        return round_by_chance(cell.value, chance(*cell.key, cell.value), self.threshold)

    def _is_left_out(self, percent: Key, chance: Chance) -> bool:
        """Return True for a percentage that chance hides."""
        whole = self.printed[self.sheet.percents[percent][1]]
        if whole is not None and whole >= NEVER_BY_CHANCE:
            return False
        return chance(*percent, self.sheet.cells[percent].value) * PERCENTS < 1

    def nearest(self, cell: Cell) -> Count:
        return round_count(cell.value, self.threshold)

    def reading(self, cell: Cell, printed: Count) -> tuple[int, int]:
        """Return the least and the largest count that a reader may take a printed one for."""
        least, most = interval(printed, self.threshold)
        if printed is None and self.nearest(cell) is not None:
            least, most = min(1, cell.value), ENDLESS  # hidden, though it is not small
        # Records that came after it was printed: then that says nothing of it.
        return (least, most) if least <= cell.value <= most else (0, ENDLESS)

    def otherwise(self, key: Key) -> Iterator[tuple[Count, float]]:
        """Yield what may be printed instead of a figure, with the cost. A count is turned to its other side once."""
        cell, printed, dear = self.sheet.cells[key], self.printed[key], 1 + DEAREST * self.place[key]
        if key in self.given:
            return
        if cell.kind == "percent":
            yield None, NO_PERCENT * dear
            return
        near, away = self.nearest(cell), round_away(cell.value, self.threshold)
        if away is not None and printed in (near, away) and key not in self.turned:
            yield near if printed == away else away, OTHER_SIDE * dear
        if printed is not None and near is not None and key not in self.shown:
            yield None, (HIDE if cell.value else HIDE_ZERO) * dear

    def print_otherwise(self, changes: Mapping[Key, Count]) -> None:
        self.changed += bool(changes)
        self.printed |= changes
        self.turned |= changes.keys()
        self._drop_percents()

    def _drop_percents(self) -> None:
        """Hide percentages of which a count is hidden, and those of few."""
        for key, (part, whole) in self.sheet.percents.items():
            n = self.printed[whole]
            if self.printed[part] is None or n is None or n < self.base:
                self.printed[key] = None


class AreaTable:
    """The counts of one area and of the county, numbered, while every other area is known.

    The area's count and the county's that has it in its sum are one number: they move together.
    """

    def __init__(self, figures: PrintedFigures, area: str) -> None:
        self.figures, self.sheet = figures, figures.sheet
        shared = self.sheet.shared
        partner = {part: whole for whole, parts in shared.items() for part in parts if part[1] == area}
        others = {part[1] for parts in shared.values() for part in parts} - {area}
        ours = [c for c in self.sheet.cells.values() if c.key[1] not in others and c.kind != "percent"]
        numbers = {name: i for i, name in enumerate(dict.fromkeys(partner.get(c.key, c.key) for c in ours))}
        self.at = {c.key: numbers[partner.get(c.key, c.key)] for c in ours}
        self.size = len(numbers)
        self.cells = ours
        self.percents = {k: parts for k, parts in self.sheet.percents.items() if k[1] not in others}
        self.relations = [
            self._sum(*r.terms, *([(r.left, -1)] if r.left else []))
            for r in self.sheet.relations
            if r.terms[0][0][1] not in others
        ]
        self.tables: list[Moves] = []
        self.seen = 0

    def _sum(self, *terms: tuple[Key, int]) -> dict[int, int]:
        found: dict[int, int] = {}
        for key, n in terms:
            found[self.at[key]] = found.get(self.at[key], 0) + n
        return found

    @cached_property
    def small(self) -> list[int]:
        """The numbers of the small counts of children and episodes, each once.

        A count of the county that is made up of the areas' own is looked at with theirs.
        """
        found = []
        for c in self.cells:
            parts = self.sheet.shared.get(c.key, ())
            made_up = bool(parts) and sum(self.sheet.cells[p].value for p in parts) >= c.value
            if c.kind in ("printed", "rest") and is_small(c.value, self.figures.threshold) and not made_up:
                found.append(self.at[c.key])
        return list(dict.fromkeys(found))

    def protect(self) -> bool:
        """Print figures otherwise until each small count differs in a table that prints the same.

        Return True where one had to be.
        """
        changed = False
        for n in range(AT_ONCE):
            if left := self._unsafe():
                self._keep(self._program().solve({i: 1 - 2 * (i >> n & 1) for i in left}))
        while left := self._unsafe():
            program = self._program(left[0])
            table = program.solve()
            if table is None:
                raise NotSafe
            self.figures.print_otherwise(program.changes)
            changed = changed or bool(program.changes)
            if not self._keep(table):
                raise NotSafe  # the solver's table does not hold in whole numbers
        return changed

    def _keep(self, table: Moves | None) -> bool:
        """Keep a table that prints the same; return False for any other."""
        if table is None or not self.holds(table):
            return False
        self.tables.append(table)
        return True

    def _unsafe(self) -> list[int]:
        """Return the small counts that are the true ones in every table that was found and still prints the same."""
        if self.seen != self.figures.changed:
            self.tables = [t for t in self.tables if self.holds(t)]
            self.seen = self.figures.changed
        return [i for i in self.small if not any(t[i] for t in self.tables)]

    def _bounds(self, cell: Cell) -> tuple[int, int]:
        """Return how far a count may move for the reader of its figure."""
        if cell.kind == "printed":
            least, most = self.figures.reading(cell, self.figures.printed[cell.key])
            return least - cell.value, most - cell.value
        return (0, 0) if cell.kind == "known" else (-cell.value, ENDLESS)

    def holds(self, table: Moves) -> bool:
        """Return True where a table prints the same, and everything in it adds up."""
        for cell in self.cells:
            low, high = self._bounds(cell)
            if not low <= table[self.at[cell.key]] <= high:
                return False
        if any(sum(n * table[i] for i, n in terms.items()) for terms in self.relations):
            return False
        cells = self.sheet.cells
        for key, (part, whole) in self.percents.items():
            if (printed := self.figures.printed[key]) is not None:
                n, of = (cells[k].value + (0 if k in self.sheet.alone else table[self.at[k]]) for k in (part, whole))
                if whole_percent(n, of) != printed:
                    return False
        return True

    def _program(self, target: int | None = None) -> _Program:
        """Return the program of the tables that print the same.

        With a target it differs there, and figures may be printed otherwise at a cost.
        """
        program, changing = _Program(self.size), target is not None
        for cell in self.cells:
            self._count_row(program, cell, changing)
        for terms in self.relations:
            program.row(terms, 0, 0)
        for key in self.percents:
            self._percent_rows(program, key, changing)
        if target is not None:
            program.differ(target)
        return program

    def _count_row(self, program: _Program, cell: Cell, changing: bool) -> None:
        low, high = self._bounds(cell)
        choices: dict[int, tuple[int, int]] = {}
        if changing and cell.kind == "printed" and (low > -REACH or high < REACH):
            for count, cost in self.figures.otherwise(cell.key):
                least, most = self.figures.reading(cell, count)
                choices[program.choice(cell.key, count, cost)] = least - cell.value, most - cell.value
        program.between(self.at[cell.key], low, high, choices)

    def _percent_rows(self, program: _Program, key: Key, changing: bool) -> None:
        """Let counts have their percentage, unless it is hidden or one of them is."""
        (part, whole), printed = self.percents[key], self.figures.printed[key]
        if printed is None:
            return
        off = [n for n, change in program.choices.items() if change in ((part, None), (whole, None))]
        if changing:
            off += [program.choice(key, None, cost) for _count, cost in self.figures.otherwise(key)]
        for of_part, of_whole, least in _prints(printed):
            true = of_part * self.sheet.cells[part].value + of_whole * self.sheet.cells[whole].value
            terms = self._sum(*((k, n) for k, n in ((part, of_part), (whole, of_whole)) if k not in self.sheet.alone))
            program.row(terms | dict.fromkeys(off, (abs(of_part) + abs(of_whole)) * REACH), least - true)


def _prints(percent: int) -> list[tuple[int, int, int]]:
    """Return what holds of a part and its whole that print so: part times, whole times, and the least of the sum."""
    low = (200, 1 - 2 * percent, 0) if percent > 1 else (1, 0, 1)
    high = (-200, 2 * percent + 1, 1) if percent < 99 else (-1, 1, 1)
    if percent == 0:
        return [(-1, 0, 0)]
    return [(1, -1, 0), (-1, 1, 0)] if percent == 100 else [low, high]


class _Program:
    """An integer program of moves, within REACH of zero, and of choices, each 0 or 1, that cost something."""

    def __init__(self, moves: int) -> None:
        self.moves = moves
        self.low, self.high, self.cost = [-float(REACH)] * moves, [float(REACH)] * moves, [0.0] * moves
        self.rows: list[tuple[Mapping[int, int], float, float]] = []
        self.choices: dict[int, tuple[Key, Count]] = {}
        self.changes: dict[Key, Count] = {}

    def choice(self, key: Key, count: Count, cost: float) -> int:
        """Add the choice to print a figure otherwise, and return its number."""
        number = self._either(cost)
        self.choices[number] = key, count
        return number

    def _either(self, cost: float = 0.0) -> int:
        self.low.append(0)
        self.high.append(1)
        self.cost.append(cost)
        return len(self.cost) - 1

    def row(self, terms: Mapping[int, int], least: float, most: float = float("inf")) -> None:
        self.rows.append((terms, least, most))

    def between(self, i: int, low: int, high: int, choices: Mapping[int, tuple[int, int]]) -> None:
        """Let a move be within bounds, or within those of the one choice that is taken."""
        low, high = max(low, -REACH), min(high, REACH)
        if not choices:
            self.low[i], self.high[i] = max(self.low[i], low), min(self.high[i], high)
            return
        wider = {n: (max(least, -REACH), min(most, REACH)) for n, (least, most) in choices.items()}
        self.row({i: 1, **{n: low - least for n, (least, _) in wider.items()}}, low)
        self.row({i: -1, **{n: most - high for n, (_, most) in wider.items()}}, -high)
        self.row(dict.fromkeys(choices, 1), 0, 1)

    def differ(self, i: int) -> None:
        """Let a move not be 0."""
        up = self._either()
        self.row({i: 1, up: -REACH - 1}, -REACH, -1)

    def solve(self, weights: Mapping[int, int] | None = None) -> Moves | None:
        """Return moves at the least cost; with weights those of a large sum. None where the solver finds none."""
        import highspy  # only where figures are released: it needs numpy

        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(self.cost), len(self.rows)
        model.col_cost_ = [cost - (weights or {}).get(i, 0) for i, cost in enumerate(self.cost)]
        model.col_lower_, model.col_upper_ = self.low, self.high
        model.row_lower_, model.row_upper_ = [r[1] for r in self.rows], [r[2] for r in self.rows]
        matrix = model.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kRowwise
        matrix.start_ = [0, *accumulate(len(terms) for terms, *_ in self.rows)]
        matrix.index_ = [i for terms, *_ in self.rows for i in terms]
        matrix.value_ = [n for terms, *_ in self.rows for n in terms.values()]
        model.integrality_ = [highspy.HighsVarType.kInteger] * len(self.cost)
        solver = highspy.Highs()  # type: ignore[no-untyped-call]
        for option, value in OPTIONS.items():
            solver.setOptionValue(option, value)
        solver.passModel(model)
        solver.run()
        if solver.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return None
        values = [round(x) for x in solver.getSolution().col_value]
        self.changes = {figure[0]: figure[1] for n, figure in self.choices.items() if values[n]}
        return dict(enumerate(values[: self.moves]))
