"""An attacker with an integer solver: read what is printed of a family of periods, and work out the small counts.

Shares no code with the disclosure rules it attacks. The attacker knows arithmetic, the meaning of a table's words, how
figures are rounded (to a multiple of 5 within 4, up or down), that percentages are of the exact counts, that `c` is at
least 1, and how many children each pair of areas shares. They may know areas exactly. `highspy` is HiGHS, an open
solver of linear programs over whole numbers.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import highspy

Name = tuple[str, str, str]  # period, scope, measure
Terms = tuple[tuple[Name, int], ...]
Printed = Mapping[Name, int | None]
COUNTY = "county"
SMALL = range(1, 6)
MOST = 100_000
WITHIN = (
    ("episodes", "required"),
    ("required", "offered"),
    ("required", "due"),
    ("offered", "offered_in_time"),
    ("due", "offered_in_time"),
    ("offered", "accepted"),
    ("offered", "declined"),
    ("offered", "accepted", "declined"),
    ("episodes", "held"),
    ("held", "held_in_time"),
    ("due", "held_in_time"),
    ("held", "recorded_in_time"),
    ("recorded_in_time", "recorded_in_time_required"),
    ("due", "recorded_in_time_required"),
    ("required", "resolved"),
)
COHORTS = ("lac", "not-lac", "uasc", "cp", "hosted")
#: What is between the words for a part and its whole.
PERCENT = " % of "


def less(whole: Name, *parts: Name) -> Terms:
    """Return a whole less its parts."""
    return ((whole, 1), *((p, -1) for p in parts))


@dataclass
class Reader:
    """Bounds of every count, and sums known to lie between two numbers."""

    bounds: dict[Name, tuple[int, int]] = field(default_factory=dict)
    sums: list[tuple[Terms, int, int]] = field(default_factory=list)
    #: Remainders that are counts of children or episodes too, though nobody prints them.
    rests: list[Terms] = field(default_factory=list)
    near: int = 4
    least_hidden: int = 1

    def sees(self, name: Name, count: int | None, most_hidden: int = MOST) -> None:
        """Note a printed count: zero is zero, `c` at least 1 unless zeros are hidden, and every other one is near."""
        if count is None:
            self.bounds[name] = self.least_hidden, most_hidden
        else:
            self.bounds[name] = (0, 0) if count == 0 else (count - self.near, count + self.near)

    def is_exactly(self, name: Name, count: int) -> None:
        self.bounds[name] = count, count

    def knows(self, terms: Iterable[tuple[Name, int]], least: int, most: int) -> None:
        """Note that a weighted sum lies between two numbers, if every count of it is printed somewhere."""
        terms = tuple(terms)
        if all(n in self.bounds for n, _ in terms):
            self.sums.append((terms, least, most))

    def adds_up(self, whole: Name, parts: Iterable[Name]) -> None:
        if parts := tuple(parts):
            self.knows(less(whole, *parts), 0, 0)

    def percent(self, part: Name, whole: Name, percent: int) -> None:
        """Note a whole percentage, half up; 0 is none alone, and 100 all."""
        if percent in (0, 100):
            self.knows(((part, 1),) if percent == 0 else less(whole, part), 0, 0)
            return
        self.knows([(part, 1)], 1, MOST)
        self.knows(less(whole, part), 1, MOST)
        if percent > 1:
            self.knows([(part, 200), (whole, 1 - 2 * percent)], 0, 200 * MOST)
        if percent < 99:
            self.knows([(part, 200), (whole, -1 - 2 * percent)], -200 * MOST, -1)

    def at_most(self, part: Name, whole: Name, times: int = 1) -> None:
        self.knows([(whole, 1), (part, -times)], 0, MOST)

    def rest(self, terms: Terms) -> None:
        """Note a remainder: never below zero."""
        self.knows(terms, 0, MOST)
        if all(n in self.bounds for n, _ in terms):
            self.rests.append(terms)


class Solver:
    """The integer program of what a reader knows."""

    def __init__(self, reader: Reader) -> None:
        self.numbers = {name: i for i, name in enumerate(reader.bounds)}
        self.highs = highspy.Highs()  # type: ignore[no-untyped-call]
        self.highs.setOptionValue("output_flag", False)
        self.highs.setOptionValue("threads", 1)
        for least, most in reader.bounds.values():
            self.highs.addVar(least, most)
        for i in range(len(self.numbers)):
            self.highs.changeColIntegrality(i, highspy.HighsVarType.kInteger)
        for terms, least, most in reader.sums:
            self._row(terms, least, most)

    def _row(self, terms: Terms, least: float, most: float) -> None:
        total: dict[int, int] = {}
        for name, n in terms:
            total[self.numbers[name]] = total.get(self.numbers[name], 0) + n
        self.highs.addRow(least, most, len(total), list(total), [float(n) for n in total.values()])

    def _aim(self, weights: Mapping[Name, int]) -> None:
        for name, i in self.numbers.items():
            self.highs.changeColCost(i, float(weights.get(name, 0)))

    def _solve(self) -> dict[Name, int] | None:
        self.highs.run()
        if self.highs.getInfo().primal_solution_status != 2:  # no whole-number table was found
            return None
        values = list(self.highs.getSolution().col_value)
        return {name: round(values[i]) for name, i in self.numbers.items()}

    def possible(self, terms: Terms, least: float, most: float) -> bool:
        """Return True where some table prints the same and has this sum between the two numbers."""
        self._aim({})
        row = self.highs.getNumRow()
        self._row(terms, least, most)
        found = self._solve() is not None
        self.highs.deleteRows(1, [row])
        return found

    def extremes(self, terms: Terms) -> tuple[int, int]:
        """Return the least and the largest value of a sum."""
        ends = []
        for sign in (1, -1):
            self._aim({name: sign * n for name, n in terms})
            found = self._solve()
            assert found is not None, "the true table is one"
            ends.append(value_of(terms, found))
        return ends[0], ends[1]

    def some_table(self, dice: random.Random, targets: Sequence[Terms]) -> dict[Name, int] | None:
        """Return a table in which many of these sums are as large or as small as can be; None where none prints so."""
        weights: dict[Name, int] = {}
        for terms in targets:
            sign = dice.choice((-1, 1))
            for name, n in terms:
                weights[name] = weights.get(name, 0) + sign * n
        self._aim(weights)
        self.highs.setOptionValue("mip_rel_gap", 0.2)
        found = self._solve()
        self.highs.setOptionValue("mip_rel_gap", 0.0)
        return found


def value_of(terms: Terms, table: Mapping[Name, int]) -> int:
    return sum(n * table[name] for name, n in terms)


def recovered(reader: Reader, targets: Sequence[Terms], truth: Mapping[Name, int], seed: int = 1) -> list[Terms]:
    """Return the targets that can only have their true value; none where what the reader believes is of no table.

    A reader who takes every count for the nearest multiple is wrong about those that went the other way.
    """
    solver, dice, left = Solver(reader), random.Random(seed), list(targets)
    for _ in range(6):
        if left:
            table = solver.some_table(dice, left)
            if table is None:
                return []
            left = [t for t in left if value_of(t, table) == value_of(t, truth)]
    return [
        t
        for t in left
        for v in [value_of(t, truth)]
        if not solver.possible(t, v + 1, MOST) and not solver.possible(t, -MOST, v - 1)
    ]


# -- the meaning of the words --


@dataclass(frozen=True)
class Meaning:
    """The areas, the bands by number of episodes, and the parts of each longer period."""

    areas: Sequence[str]
    bands: Sequence[tuple[str, int, int | None]]
    parts: Mapping[str, Sequence[str]]


def read(
    printed: Printed,
    meaning: Meaning,
    truth: Mapping[Name, int],
    exact: Collection[str] = (),
    most_hidden: int = MOST,
    near: int = 4,
) -> Reader:
    """Return a reader of printed figures who knows some areas exactly, and how often areas count a child twice.

    They take a printed count to be so `near` to the exact one.
    """
    reader = _of_counts(printed, truth, exact, most_hidden, near)
    _of_percents(reader, printed)
    for period in dict.fromkeys(n[0] for n in printed):
        for scope in (*meaning.areas, COUNTY):
            _of_one_scope(reader, period, scope, meaning)
    _of_areas(reader, meaning, truth)
    for whole, shorter in meaning.parts.items():
        for scope in (*meaning.areas, COUNTY):
            _over_time(reader, whole, shorter, scope)
            for part in shorter:
                _bands_over_time(reader, (whole, scope), (part, scope), meaning)
    return reader


def _of_counts(
    printed: Printed, truth: Mapping[Name, int], exact: Collection[str], most_hidden: int, near: int
) -> Reader:
    zero_hidden = any(n is None and truth.get(name) == 0 for name, n in printed.items())
    reader = Reader(near=near, least_hidden=0 if zero_hidden else 1)
    for name, count in printed.items():
        if PERCENT in name[2]:
            continue
        if name[1] in exact:
            reader.is_exactly(name, truth[name])
        else:
            reader.sees(name, count, most_hidden)
    return reader


def _of_percents(reader: Reader, printed: Printed) -> None:
    for (period, scope, measure), percent in printed.items():
        part, of, whole = measure.partition(PERCENT)
        if of and percent is not None:
            reader.percent((period, scope, part), (period, scope, whole), percent)


def _of_areas(r: Reader, meaning: Meaning, truth: Mapping[Name, int]) -> None:
    """Note that areas add up to the county; of children how many are counted in two is known."""
    for county in [n for n in r.bounds if n[1] == COUNTY and n[2] != "top"]:
        if parts := [p for a in meaning.areas if (p := (county[0], a, county[2])) in r.bounds]:
            terms = less(county, *parts)
            twice = value_of(terms, truth)
            if twice == 0 or county[2].endswith("children"):
                r.knows(terms, twice, twice)


def _of_one_scope(r: Reader, period: str, scope: str, meaning: Meaning) -> None:
    def n(measure: str) -> Name:
        return period, scope, measure

    here = [name[2] for name in r.bounds if name[:2] == (period, scope)]
    in_band = {label: "once" if (low, high) == (1, 1) else f"band {label}" for label, low, high in meaning.bands}
    r.adds_up(n("children"), [n("once"), n("repeat")])
    r.adds_up(n("episodes"), [n("children"), n("repeat episodes")])
    r.adds_up(n("episodes"), [n("once"), n("episodes by repeat")])
    r.adds_up(n("children"), [n(m) for m in in_band.values()])
    r.adds_up(n("children"), [n(m) for m in here if m.startswith("age ")])
    r.adds_up(n("episodes"), [n(m) for m in here if m.startswith("reporter ")])
    r.adds_up(n("episodes"), [n(m) for m in here if m.startswith("setting ")])
    r.adds_up(n("episodes"), [n("lac: episodes"), n("not-lac: episodes")])
    r.adds_up(n("interviews: required"), [n("interviews: due"), n("interviews: not_due")])
    r.at_most(n("repeat"), n("episodes by repeat"), 2)
    r.at_most(n("top"), n("episodes"))
    r.knows([(n("episodes"), 1), *((n(in_band[label]), -low) for label, low, _ in meaning.bands)], 0, MOST)
    if r.bounds.get(n(in_band[meaning.bands[-1][0]])) == (0, 0):
        most = [(n(in_band[label]), high) for label, _, high in meaning.bands if high is not None]
        r.knows([*most, (n("episodes"), -1)], 0, MOST)
    r.rest(less(n("episodes"), n("children")))
    r.rest(less(n("children"), n("first_ever")))
    r.rest(less(n("episodes"), n("interviews: episodes")))
    for cohort in COHORTS:
        r.at_most(n(f"{cohort}: children"), n(f"{cohort}: episodes"))
        r.rest(less(n("children"), n(f"{cohort}: children")))
        r.rest(less(n("episodes"), n(f"{cohort}: episodes")))
        further = [(n("repeat episodes"), 1), (n(f"{cohort}: children"), 1), (n(f"{cohort}: episodes"), -1)]
        r.knows(further, 0, MOST)
    for measure in ("children", "episodes"):
        r.at_most(n(f"uasc: {measure}"), n(f"lac: {measure}"))
    r.rest(((n("lac: children"), 1), (n("not-lac: children"), 1), (n("children"), -1)))
    for whole, *parts in WITHIN:
        r.rest(less(n(f"interviews: {whole}"), *(n(f"interviews: {p}") for p in parts)))
    r.rest(less(n("interviews: episodes"), n("interviews: required"), n("hosted: episodes")))
    r.adds_up(n("late: all"), [n(m) for m in here if m.startswith("late: ") and m != "late: all"])
    r.adds_up(n("interviews: due"), [n("interviews: held_in_time"), n("late: all")])
    r.rest(less(n("working days: over"), n("working days: held")))
    r.rest(less(n("interviews: due"), n("working days: over")))
    r.rest(less(n("interviews: held"), n("working days: held")))
    # Whose working days are over was held in them or is late; who is both, was held between the two limits.
    r.rest(((n("late: all"), 1), (n("working days: held"), 1), (n("working days: over"), -1)))
    r.adds_up(n("census: all"), [n("census: others"), n("census: uasc")])
    kinds = [m for m in here if m.startswith("census: ") and m[8:] not in ("all", "others", "uasc") and "," not in m]
    r.adds_up(n("census: others"), [n(m) for m in kinds])
    r.rest(less(n("census: residential"), n("census: residential, own"), n("census: residential, private")))


def _over_time(r: Reader, whole: str, parts: Sequence[str], scope: str) -> None:
    for measure in [name[2] for name in r.bounds if name[:2] == (whole, scope)]:
        total, those = (whole, scope, measure), [(p, scope, measure) for p in parts]
        if measure == "episodes" or measure.endswith(": episodes") or measure.startswith(("interviews: ", "reporter ")):
            r.adds_up(total, those)
        elif measure.endswith("children"):
            r.rest((*((p, 1) for p in those), (total, -1)))
            for part in those:
                r.rest(less(total, part))
        _over_parts(r, total, those)
        of_age = measure.startswith("age ")
        each = measure in ("first_ever", "repeat", "episodes by repeat", "top")
        for part in those if each else those[:1] if of_age else ():
            r.at_most(part, total)
        if of_age or measure in ("once", "top"):
            r.knows((*((p, 1) for p in those), (total, -1)), 0, MOST)


def _over_parts(r: Reader, total: Name, parts: Sequence[Name]) -> None:
    """Note who is in several parts had several episodes, and that a first one ever is in one part alone."""
    whole, scope, measure = total
    if measure == "children":
        repeat = (whole, scope, "repeat")
        r.knows((*((p, -1) for p in parts), (total, 1), (repeat, len(parts) - 1)), 0, MOST)
    if measure == "first_ever":
        r.knows((*((p, -1) for p in parts), (total, 1)), 0, 0 if scope == COUNTY else MOST)


def _bands_over_time(r: Reader, whole: tuple[str, str], part: tuple[str, str], meaning: Meaning) -> None:
    """Note that of the children with so many episodes in a part each has as many in the whole."""
    labels = [f"band {label}" for label, _, _ in meaning.bands[1:]]
    for at in range(len(labels)):
        r.knows([*(((*whole, m), 1) for m in labels[at:]), *(((*part, m), -1) for m in labels[at:])], 0, MOST)


def small_counts(
    reader: Reader, meaning: Meaning, truth: Mapping[Name, int], exact: Collection[str] = ()
) -> Iterator[Terms]:
    """Yield every small count, printed or a remainder, of what is not known already.

    Of the county a count is known where no area has any of it but those that are known.
    """
    sums: list[Terms] = [((name, 1),) for name in reader.bounds]
    for terms in (*sums, *reader.rests):
        scope = terms[0][0][1]
        if scope in exact or value_of(terms, truth) not in SMALL:
            continue
        if scope == COUNTY and exact:
            theirs = [tuple(((p, a, m), n) for (p, _, m), n in terms) for a in meaning.areas if a not in exact]
            inside = [t for t in theirs if all(n in reader.bounds for n, _ in t)]
            if inside and not any(value_of(t, truth) for t in inside):
                continue
        yield terms
