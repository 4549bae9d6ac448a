"""Attack three ways of hiding small counts: `python -m tests.bench.disclosure [--counties N] [--simulated N]`.

Printed for the practice half-years and N invented counties (default 0: each takes minutes): cells and hidden ones,
small counts that a solver works out for a channel member and for one who knows every area but one exactly, also with
`c` read strictly as 1 to 7, and by one who takes every count for the nearest multiple, those narrowed to two values,
and the mean error of a count and of a percentage ("none": no count that a percentage needs is printed).

"simulated": small invented counties of which somebody who lacks the key runs the program on every table that is
possible, and narrows small counts; the same with the key, and with the nearest multiple always; how sure of a small
count who lacks the key may be, the mean and the most, where each table was as likely before.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import mean

from bot import practice
from bot.app import App
from bot.messages.half_year_table import sheet_of
from bot.messages.suppression import printed_counts
from bot.practice import TAKEN_AT
from bot.rules.disclosure.sheet import Sheet
from bot.rules.time.period import parse_period
from bot.settings import read_settings
from bot.store.encryption import Seal
from tests.attacks.test_suppression import H1, HALVES, half_year, known_areas, meaning, truth_of
from tests.support.factories import NOW, partnership
from tests.support.simulation import a_county, best_guess, hides_more, narrowed, possible, prints
from tests.support.solver import PERCENT, Meaning, Name, Reader, Solver, Terms, read, recovered, small_counts

OLD, EXACT, ROUNDED = "suppression", "suppression, areas known", "rounding"
METHODS = (OLD, EXACT, ROUNDED)
SHARES = (("interviews: held", "interviews: episodes"), ("lac: episodes", "episodes"), ("top", "episodes"))
ROUNDS = 40
CHANCE = Seal(lambda: b"\x11" * 32).chance
SURE = 12  # counties of which every key is tried


@dataclass
class Found:
    """What was counted of one method over all sheets."""

    cells: int = 0
    hidden: int = 0
    member: int = 0
    three: int = 0
    strict: int = 0
    nearest: int = 0
    narrowed: int = 0
    errors: list[float] = field(default_factory=list)
    points: list[float] = field(default_factory=list)


def reader_of(
    shown: Mapping[Name, int | None],
    truth: Mapping[Name, int],
    words: Meaning,
    exact: Collection[str],
    rounds: bool,
    near: int = 4,
) -> Reader:
    """Return a reader of figures that are rounded, or printed as they are."""
    reader = read(shown, words, truth, exact, near=near)
    for name, count in () if rounds else shown.items():
        if count is not None:
            reader.is_exactly(name, count)
    return reader


def suppressed(sheet: Sheet, words: Meaning, known: bool) -> dict[Name, int | None]:
    """Hide small counts, then one more by place near each that is worked out, until none is."""
    truth = truth_of(sheet)
    shown: dict[Name, int | None] = {n: None if 1 <= v <= 5 else v for n, v in truth.items()}
    some = [a for a in words.areas if any(v for (_, s, _m), v in truth.items() if s == a)]
    for _ in range(ROUNDS):
        found: list[Terms] = []
        for exact in [tuple(a for a in words.areas if a != one) for one in some] if known else [()]:
            reader = reader_of(shown, truth, words, exact, rounds=False)
            found += recovered(reader, list(small_counts(reader, words, truth, exact)), truth)
        if not found:
            return shown
        for terms in found:
            ours = {name for name, _ in terms}
            near = {n for more, _, _ in reader.sums if ours & {m for m, _ in more} for n, _ in more}
            may = [n for n in near if shown[n]]
            if may:
                shown[min(may, key=lambda n: (sheet.cells[n].worth, n))] = None
    return shown


def look(found: Found, sheet: Sheet, words: Meaning, shown: Mapping[Name, int | None], rounds: bool) -> None:
    truth = truth_of(sheet)
    counts = {name: n for name, n in shown.items() if PERCENT not in name[2]}
    found.cells += len(counts)
    found.hidden += sum(n is None for n in counts.values())
    for exact in known_areas(truth):
        reader = reader_of(shown, truth, words, exact, rounds)
        targets = list(small_counts(reader, words, truth, exact))
        known = len(recovered(reader, targets, truth))
        if exact:
            found.three += known
            continue
        found.member += known
        if rounds:
            found.nearest += len(recovered(reader_of(shown, truth, words, exact, rounds, near=2), targets, truth))
        solver = Solver(reader)
        found.narrowed += sum(most - least == 1 for least, most in map(solver.extremes, targets))
        for name, count in counts.items():
            if count is None and rounds and truth[name] <= 7:
                reader.bounds[name] = 1, 7
        found.strict += len(recovered(reader, targets, truth))
    _errors(found, truth, counts, shown, rounds)


def _errors(
    found: Found,
    truth: Mapping[Name, int],
    counts: Mapping[Name, int | None],
    shown: Mapping[Name, int | None],
    rounds: bool,
) -> None:
    """Note how far each printed count and percentage is from the exact one."""
    found.errors += [abs(n - truth[name]) for name, n in counts.items() if n is not None]
    for period, scope in {n[:2] for n in counts}:
        for part, whole in SHARES:
            top, base = shown.get((period, scope, part)), shown.get((period, scope, whole))
            percent = shown.get((period, scope, f"{part}{PERCENT}{whole}"))
            if percent is None and not rounds and top is not None and base is not None and base >= 20:
                percent = round(100 * top / base)
            if percent is not None:
                true = truth[period, scope, part] / truth[period, scope, whole]
                found.points.append(abs(percent - 100 * true))


def sheets(counties: int) -> list[tuple[Sheet, Meaning]]:
    with tempfile.TemporaryDirectory() as name:
        app = App(read_settings({"BOT_DATABASE_URL": f"sqlite:///{Path(name) / 'practice.sqlite'}"}))
        files = practice.write_exports(Path(name))
        for source in ("children", "police", "interviews"):
            app.load(source, files[source], TAKEN_AT[source])
        halves = [parse_period(half, NOW) for half in HALVES]
        with app.facts() as facts:
            made = [(sheet_of(facts, app.partnership, half, NOW), meaning(half)) for half in halves]
        app.close()
    invented = (sheet_of(half_year(random.Random(seed)), partnership(), H1, NOW) for seed in range(counties))
    return [*made, *((sheet, meaning(H1)) for sheet in invented)]


def nearest(*_place: str | int) -> float:
    """Always round to the nearest multiple, and hide no percentage."""
    return 0.999


def simulate(counties: int) -> None:
    """Print what is narrowed of small counties by one who has the program."""
    without, known, plain, more = 0, 0, 0, 0
    sure: list[float] = []
    for seed in range(counties):
        counts, chance = a_county(random.Random(seed)), Seal(partial(bytes, [seed % 256] * 32)).chance
        printed, as_nearest = prints(counts, chance), prints(counts, nearest)
        if printed is None or as_nearest is None:
            continue
        without += bool(narrowed(counts, possible(counts, printed)))
        known += bool(narrowed(counts, possible(counts, printed, chance)))
        plain += bool(narrowed(counts, possible(counts, as_nearest, nearest)))
        more += hides_more(counts, printed)
        if len(sure) < SURE:
            sure.append(best_guess(counts, printed))
    print(f"simulated: {counties} small counties, {without} narrowed without the key, {known} with it, ", end="")
    print(f"{plain} with the nearest multiple always; {more} hide a count above 7; ", end="")
    print(f"of {len(sure)} sure by {mean(sure):.0%} on average, {max(sure):.0%} at most", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counties", type=int, default=0)
    found = {method: Found() for method in METHODS}
    parser.add_argument("--simulated", type=int, default=40)
    given = parser.parse_args()
    simulate(given.simulated)
    for n, (sheet, words) in enumerate(sheets(given.counties)):
        for method in METHODS:
            rounds = method == ROUNDED
            shown = printed_counts(sheet, CHANCE) if rounds else suppressed(sheet, words, method == EXACT)
            look(found[method], sheet, words, shown, rounds)
        print(f"after {n + 1} sheets:")
        report(found)


def report(found: Mapping[str, Found]) -> None:
    head = (
        "method",
        "cells",
        "hidden",
        "member",
        "but one",
        "c is 1-7",
        "all nearest",
        "two values",
        "error",
        "points",
    )
    print("{:26} {:>7} {:>7} {:>7} {:>8} {:>9} {:>11} {:>11} {:>6} {:>7}".format(*head))
    for method, f in found.items():
        counts = f"{f.cells:7} {f.hidden:7} {f.member:7} {f.three:8} {f.strict:9} {f.nearest:11} {f.narrowed:11}"
        errors, points = (f"{mean(each):.2f}" if each else "none" for each in (f.errors, f.points))
        print(f"{method:26} {counts} {errors:>6} {points:>7}", flush=True)


if __name__ == "__main__":
    main()
