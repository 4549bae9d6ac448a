"""Draw mutants of `bot/rules` and count those that a test catches: `python -m tests.bench.mutants [PATHS]`.

`--seed` and `--count` say which are drawn; `--results FILE` keeps each fate, and another run goes on from there;
`--survivors` runs those again that survived; `--piece 1/3` takes a third. With PATHS the draw is of those files alone.
Each mutant meets the tests that execute its line, those of `tests/rules` first, the fastest first, until one fails.
Mutants that change nothing that may be seen are named with the reason in `equivalent_mutants.toml`.

mutmut leaves module constants alone and brings libcst and textual; cosmic-ray runs every test for each and brings a
dozen libraries; neither draws by a seed or picks tests by line. Syntax trees and coverage are enough for all of it.
"""

from __future__ import annotations

import argparse
import json
import random
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.support.mutant_runs import CAUGHT, Fate, Runs
from tests.support.mutation import Mutant, mutants

ROOT = Path(__file__).parents[2]
EQUIVALENT = Path(__file__).with_name("equivalent_mutants.toml")
Key = tuple[str, str, str]


class Result(NamedTuple):
    fate: Fate
    #: The test that caught it, or the number that passed.
    by: str


def draw(root: Path, paths: Sequence[str], count: int, seed: int) -> tuple[list[Mutant], list[str], int]:
    """Return the drawn mutants in the order of their files, the files, and the number drawn from."""
    files = sorted({str(f.relative_to(root)) for p in paths for f in _python(root / p)})
    every = [mutant for file in files for mutant in mutants(root, file)]
    chosen = random.Random(seed).sample(range(len(every)), min(count or len(every), len(every)))
    return [every[n] for n in sorted(chosen)], files, len(every)


def _python(path: Path) -> Iterator[Path]:
    return iter([path]) if path.is_file() else path.rglob("*.py")


def equivalent(listed: Path) -> dict[Key, str]:
    """Read the mutants that change nothing, with the reason."""
    if not listed.exists():
        return {}
    found = tomllib.loads(listed.read_text(encoding="utf-8")).get("equivalent", [])
    return {(e["file"], e["line"], e["change"]): e["why"] for e in found}


def report(drawn: Sequence[Mutant], results: dict[Mutant, Result], excused: dict[Key, str]) -> str:
    """Print every survivor by file, and the share that was caught."""
    lines, by_file = [], defaultdict(list)
    for mutant in drawn:
        if mutant in results:
            by_file[mutant.file].append(mutant)
    for file, of_file in by_file.items():
        lines.append(f"{file}: {sum(results[m].fate in CAUGHT for m in of_file)} of {len(of_file)} caught")
        for mutant in of_file:
            fate, by = results[mutant]
            if fate not in CAUGHT:
                why = f"equivalent: {excused[mutant.key]}" if mutant.key in excused else f"{fate} ({by})"
                lines.append(f"  {mutant.line}: {mutant.text}\n      {mutant.change}\n      {why}")
    fates = Counter(results[m].fate for m in drawn if m in results)
    caught = sum(fates[f] for f in CAUGHT)
    named = sum(m.key in excused for m in drawn if m in results and results[m].fate not in CAUGHT)
    rest = sum(fates.values()) - named
    lines.append(
        f"Caught {caught} of {rest} mutants, {100 * caught / max(rest, 1):.1f} %, and {named} equivalent ones named: "
        + ", ".join(f"{fates[f]} {f}" for f in ("caught", "unloaded", "endless", "survived", "untested"))
    )
    return "\n".join(lines)


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.mutants")
    parser.add_argument("paths", nargs="*", default=["bot/rules"])
    parser.add_argument("--seed", type=int, default=16)
    parser.add_argument("--count", type=int, default=1000, help="0 for all")
    parser.add_argument("--tests", nargs="+", default=["tests/rules"])
    parser.add_argument("--longest", type=float, default=8, help="seconds of tests a mutant may take")
    parser.add_argument("--piece", default="1/1")
    parser.add_argument("--results", type=Path)
    parser.add_argument("--survivors", action="store_true")
    parser.add_argument("--root", type=Path, default=ROOT)
    parser.add_argument("--equivalent", type=Path, default=EQUIVALENT)
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> None:
    chosen = arguments(given)
    drawn, files, of = draw(chosen.root, chosen.paths, chosen.count, chosen.seed)
    piece, pieces = map(int, chosen.piece.split("/"))
    mine = drawn[piece - 1 :: pieces]
    results = _kept(chosen.results, mine)
    began = time.monotonic()
    left = [m for m in mine if m not in results or (chosen.survivors and results[m].fate not in CAUGHT)]
    runs = Runs(chosen.root, chosen.tests, files)
    for mutant, fate, by in runs.fates(left, chosen.longest):
        results[mutant] = Result(fate, by)
        _keep(chosen.results, mutant, results[mutant])
    for test in runs.reach.failed if left else ():
        print(f"left out, for it fails unchanged: {test}")
    print(f"{len(mine)} of {of} mutants, seed {chosen.seed}, {time.monotonic() - began:.0f} s")
    print(report(mine, results, equivalent(chosen.equivalent)))


def _kept(file: Path | None, drawn: Sequence[Mutant]) -> dict[Mutant, Result]:
    """Read the fates of an earlier run; a mutant whose line has changed since is run again."""
    if file is None or not file.exists():
        return {}
    fates = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        *key, fate, by = json.loads(line)
        fates[tuple(key)] = Result(fate, by)
    return {m: fates[_named(m)] for m in drawn if _named(m) in fates}


def _keep(file: Path | None, mutant: Mutant, result: Result) -> None:
    if file is not None:
        with file.open("a", encoding="utf-8") as kept:
            kept.write(json.dumps([*_named(mutant), *result]) + "\n")


def _named(mutant: Mutant) -> tuple[str | int, ...]:
    return (*mutant.key, mutant.line, mutant.place, mutant.choice)


if __name__ == "__main__":
    main()
