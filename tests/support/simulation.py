"""An attacker who has this program, knows every area but one exactly, and lacks the secret key of the rounding.

They run the program on each table that could be printed so, and keep those of which some key gives just these figures.
A key throws dice, and every throw is of some key: so they throw what they need (`Throw`). Invented counties have two
areas and few counts, so that every table can be tried.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from itertools import combinations, product
from math import prod

from bot.messages.suppression import PERCENTS, NotSafe, printed_counts
from bot.rules.disclosure.rounding import STEP, Chance, Count, interval, is_small, round_away, round_count
from bot.rules.disclosure.sheet import Key, Sheet, SheetMaker

PERIOD, COUNTY, NORTH, SOUTH = "2017-H1", "county", "north", "south"
#: Children of north and of south, in two groups each.
Counts = tuple[int, int, int, int]
Printed = Mapping[Key, Count]
MOST = 30  # tried of a hidden count


def key(scope: str, measure: str) -> Key:
    return PERIOD, scope, measure


def sheet_of(counts: Counts) -> Sheet:
    """Make the sheet of a county: each area, all and by group, with the share of one group."""
    maker = SheetMaker()
    a, b, c, d = counts
    for scope, one, two in ((NORTH, a, b), (SOUTH, c, d), (COUNTY, a + c, b + d)):
        rank = int(scope == COUNTY)
        for n, (measure, value) in enumerate((("a", one), ("b", two), ("all", one + two))):
            maker.count(key(scope, measure), value, (rank, n))
        maker.percent(key(scope, "a"), key(scope, "all"), (rank, -1))
        maker.parts(key(scope, "all"), key(scope, "a"), key(scope, "b"))
    maker.share(COUNTY, (NORTH, SOUTH))
    return maker.sheet()


def a_county(dice: random.Random) -> Counts:
    """Return a county of 15 to 65 children, few of them in north."""
    while True:
        counts = dice.randint(0, 6), dice.randint(1, 12), dice.randint(2, 24), dice.randint(4, 30)
        if 15 <= sum(counts) <= 65:
            return counts


class Throw:
    """Dice that fall as they have to for a sheet to be printed so at first, but for the places that are turned."""

    def __init__(self, sheet: Sheet, printed: Printed, turned: tuple[Key, ...] = ()) -> None:
        self.fall = {c.key: self._low(c.value, printed[c.key], c.kind) != (c.key in turned) for c in sheet.printed}
        self.chances = {c.key: self._chance(c.value, c.kind, self.fall[c.key]) for c in sheet.printed}

    def __call__(self, *place: str | int) -> float:
        return 0.0 if self.fall[place[0], place[1], place[2]] else 0.999  # type: ignore[index]

    @property
    def odds(self) -> float:
        """How likely a secret key throws so; 0 for dice that cannot fall otherwise, and are turned."""
        return prod(self.chances.values())

    @staticmethod
    def _low(value: int, printed: Count, kind: str) -> bool:
        if kind == "percent":
            return printed is None
        away = round_away(value)
        return away is not None and printed == away

    @staticmethod
    def _chance(value: int, kind: str, low: bool) -> float:
        if kind == "percent":
            of_low = 1 / PERCENTS
        else:
            of_low = 0.0 if round_away(value) is None else min(value % STEP, -value % STEP) / STEP
        return of_low if low else 1 - of_low


def may_print(value: int, printed: Count) -> bool:
    """Return True for a count that may be printed so; a hidden one may be of any size."""
    if printed is None:
        return value >= 1
    least, most = interval(printed)
    return least <= value <= most


def tables(counts: Counts, printed: Printed) -> Iterator[Counts]:
    """Yield every table with the same south of which all that is printed may be."""
    for a, b in product(range(MOST), repeat=2):
        table = a, b, *counts[2:]
        if all(_fits(c.value, c.kind, printed[c.key]) for c in sheet_of(table).printed):
            yield table


def _fits(value: int, kind: str, printed: Count) -> bool:
    return printed in (None, value) if kind == "percent" else may_print(value, printed)


def prints(counts: Counts, chance: Chance) -> Printed | None:
    """Run the program; None where it prints nothing."""
    try:
        return printed_counts(sheet_of(counts), chance)
    except NotSafe:
        return None


def possible(counts: Counts, printed: Printed, known: Chance | None = None) -> list[Counts]:
    """Return the tables that the program prints so by some key, or by the one that is known."""
    found = tables(counts, printed)
    return [t for t in found if prints(t, known or Throw(sheet_of(t), printed)) == printed]


def narrowed(counts: Counts, left: list[Counts]) -> list[Key]:
    """Return the small counts of north that are the same in all tables that are left."""
    sheets = [sheet_of(t) for t in left]
    of_north = (c for c in sheet_of(counts).printed if c.key[1] == NORTH and c.kind == "printed")
    return [c.key for c in of_north if is_small(c.value) and len({s.cells[c.key].value for s in sheets}) < 2]


def odds(table: Counts, printed: Printed, turns: int = 2) -> float:
    """Return how likely the program prints a table so, over all keys whose first throw differs in so many places."""
    sheet, total = sheet_of(table), 0.0
    places = [c.key for c in sheet.printed]
    for n in range(turns + 1):
        for turned in combinations(places, n):
            throw = Throw(sheet, printed, turned)
            if throw.odds and prints(table, throw) == printed:
                total += throw.odds
    return total


def best_guess(counts: Counts, printed: Printed) -> float:
    """Return how sure the attacker may be of a small count at most, where each table was as likely before."""
    weighed = {t: odds(t, printed) for t in tables(counts, printed)}
    whole, best = sum(weighed.values()), 0.0
    for c in sheet_of(counts).printed:
        if c.key[1] == NORTH and c.kind == "printed" and is_small(c.value):
            by_value: dict[int, float] = {}
            for t, n in weighed.items():
                value = sheet_of(t).cells[c.key].value
                by_value[value] = by_value.get(value, 0) + n
            best = max(best, *by_value.values())
    return best / whole if whole else 0.0


def hides_more(counts: Counts, printed: Printed) -> bool:
    """Return True where a count is hidden that chance never hides: then the key does not protect."""
    here = (c for c in sheet_of(counts).printed if c.kind == "printed")
    return any(printed[c.key] is None and round_count(c.value) is not None for c in here)
