"""Attack suppression: read every printed figure and work out the hidden ones, by bounds, then by trial.

Shares no code with the suppression it attacks. The attacker knows arithmetic, the meaning of a
table's words, and that a hidden count is at least 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Name = tuple[str, str]
MOST = 10_000


class Contradiction(Exception):
    """Raised where the values contradict one another."""


@dataclass
class Attacker:
    """Ranges of the counts that are not printed, and sums known to lie between two numbers."""

    low: dict[Name, int] = field(default_factory=dict)
    high: dict[Name, int] = field(default_factory=dict)
    sums: list[tuple[tuple[tuple[Name, int], ...], int, int]] = field(default_factory=list)
    of: dict[Name, list[int]] = field(default_factory=dict)
    tries: int = 8  # values tried one by one at each end of a range

    def sees(self, name: Name, count: int | None) -> None:
        """Note a printed count, or a hidden one."""
        self.low[name], self.high[name] = (1, MOST) if count is None else (count, count)

    def knows(self, terms: Iterable[tuple[Name, int]], least: int, most: int) -> None:
        """Note that a weighted sum of counts lies between two numbers."""
        found = tuple((n, k) for n, k in terms if n in self.low)
        for name, _ in found:
            self.of.setdefault(name, []).append(len(self.sums))
        self.sums.append((found, least, most))

    def adds_up(self, whole: Name, parts: Iterable[Name]) -> None:
        parts = tuple(parts)
        if parts and whole in self.low and all(p in self.low for p in parts):
            self.knows([(whole, 1), *((p, -1) for p in parts)], 0, 0)

    def at_most(self, part: Name, whole: Name, times: int = 1) -> None:
        if part in self.low and whole in self.low:
            self.knows([(whole, 1), (part, -times)], 0, MOST * 50)

    def share(self, part: Name, whole: Name, percent: float) -> None:
        """Note a percentage printed to one decimal."""
        tenths = round(percent * 10)
        self.knows([(part, 2000), (whole, -(2 * tenths - 1))], 0, MOST * 10**4)
        self.knows([(part, 2000), (whole, -(2 * tenths + 1))], -MOST * 10**4, 0)

    def ratio(self, top: Name, bottom: Name, value: float) -> None:
        """Note a ratio printed to two decimals."""
        hundredths = round(value * 100)
        self.knows([(top, 200), (bottom, -(2 * hundredths - 1))], 0, MOST * 10**4)
        self.knows([(top, 200), (bottom, -(2 * hundredths + 1))], -MOST * 10**4, 0)

    def per_day(self, count: Name, days: int, value: float) -> None:
        hundredths = round(value * 100)
        self.knows([(count, 200)], (2 * hundredths - 1) * days, (2 * hundredths + 1) * days)

    def change(self, old: Name, new: Name, percent: float) -> None:
        """Note a change in percent, printed to one decimal."""
        tenths = round(percent * 10)
        self.knows([(new, 2000), (old, -(2000 + 2 * tenths - 1))], -MOST, MOST * 10**4)
        self.knows([(new, 2000), (old, -(2000 + 2 * tenths + 1))], -MOST * 10**4, MOST)

    def recovered(self) -> dict[Name, int]:
        """Return every hidden count that can only be one number."""
        hidden = [n for n in self.low if self.low[n] != self.high[n]]
        low, high = dict(self.low), dict(self.high)
        self._narrow(low, high, range(len(self.sums)))
        for name in hidden:
            self._shave(name, low, high)
        return {n: low[n] for n in hidden if low[n] == high[n]}

    def _shave(self, name: Name, low: dict[Name, int], high: dict[Name, int]) -> None:
        """Cut values off the ends of a range while they lead to a contradiction."""
        for end in (low, high):
            for _ in range(self.tries):
                if low[name] == high[name] or self._possible(name, end[name], low, high):
                    break
                end[name] += 1 if end is low else -1
                self._narrow(low, high, self.of.get(name, []))

    def _possible(self, name: Name, value: int, low: Mapping[Name, int], high: Mapping[Name, int]) -> bool:
        lows, highs = dict(low), dict(high)
        lows[name] = highs[name] = value
        try:
            self._narrow(lows, highs, self.of.get(name, []))
        except Contradiction:
            return False
        return True

    def _narrow(self, low: dict[Name, int], high: dict[Name, int], first: Iterable[int]) -> None:
        """Derive bounds from sums and sums from bounds until nothing changes, in at most 20,000 steps."""
        waiting = list(dict.fromkeys(first))
        queued = set(waiting)
        steps = 0
        while waiting and steps < 20_000:
            steps += 1
            number = waiting.pop(0)
            queued.discard(number)
            for name in self._tighten(number, low, high):
                for other in self.of[name]:
                    if other not in queued:
                        queued.add(other)
                        waiting.append(other)

    def _tighten(self, number: int, low: dict[Name, int], high: dict[Name, int]) -> list[Name]:
        terms, least, most = self.sums[number]
        lowest = sum(k * (low if k > 0 else high)[n] for n, k in terms)
        highest = sum(k * (high if k > 0 else low)[n] for n, k in terms)
        if lowest > most or highest < least:
            raise Contradiction(terms, least, most)
        changed = []
        for name, k in terms:
            own_low, own_high = sorted((k * low[name], k * high[name]))
            top, bottom = most - (lowest - own_low), least - (highest - own_high)
            new_high, new_low = (top // k, -(-bottom // k)) if k > 0 else (bottom // k, -(-top // k))
            if new_high < high[name] or new_low > low[name]:
                high[name], low[name] = min(high[name], new_high), max(low[name], new_low)
                if low[name] > high[name]:
                    raise Contradiction(terms, least, most)
                changed.append(name)
                lowest = sum(j * (low if j > 0 else high)[n] for n, j in terms)
                highest = sum(j * (high if j > 0 else low)[n] for n, j in terms)
        return changed


ADDITIVE = frozenset({"episodes", *(f"{c}: episodes" for c in ("lac", "not-lac", "uasc", "cp"))})


def in_band(label: str) -> str:
    return "once" if label == "1" else f"band {label}"


PARTS_OF = (
    ("required", "episodes"),
    ("offered", "required"),
    ("due", "required"),
    ("offered in time", "offered"),
    ("offered in time", "due"),
    ("accepted", "offered"),
    ("declined", "offered"),
    ("held", "episodes"),
    ("held in time", "held"),
    ("held in time", "due"),
    ("recorded in time", "held"),
    ("recorded in time, required", "recorded in time"),
    ("recorded in time, required", "due"),
    ("resolved", "required"),
)


def of_a_half_year(
    counts: Mapping[Name, int | None],
    areas: Iterable[str],
    bands: Iterable[tuple[str, int, int | None]],
    overlap: int | None,
    county: str = "county",
    attacker: Attacker | None = None,
) -> Attacker:
    """Note the meaning of the tables' words. `overlap`: a guess at the children that areas share."""
    attacker, areas, bands = attacker or Attacker(), tuple(areas), tuple(bands)
    for name, count in counts.items():
        attacker.sees(name, count)
    for scope in (*areas, county):
        _of_one_scope(attacker, scope, bands, [n[1] for n in counts if n[0] == scope])
    for measure in {n[1] for n in counts if n[0] == county}:
        whole, parts = (county, measure), [(a, measure) for a in areas]
        additive = measure.startswith(("interviews", "reporter")) or measure in ADDITIVE
        if additive:
            attacker.adds_up(whole, parts)
        elif measure != "top" and overlap is not None and all(p in attacker.low for p in parts):
            attacker.knows([(whole, 1), *((p, -1) for p in parts)], -overlap, overlap)
    return attacker


def _of_one_scope(a: Attacker, scope: str, bands: tuple[tuple[str, int, int | None], ...], measures: list[str]) -> None:
    def n(measure: str) -> Name:
        return scope, measure

    a.adds_up(n("children"), [n("once"), n("repeat")])
    a.adds_up(n("episodes"), [n("children"), n("repeat episodes")])
    a.adds_up(n("episodes"), [n("once"), n("episodes by repeat")])
    a.adds_up(n("children"), [n(in_band(label)) for label, _, _ in bands])
    a.adds_up(n("children"), [n(m) for m in measures if m.startswith("age ")])
    a.adds_up(n("episodes"), [n("lac: episodes"), n("not-lac: episodes")])
    a.adds_up(n("episodes"), [n(m) for m in measures if m.startswith("reporter ")])
    a.adds_up(n("interviews: required"), [n("interviews: due"), n("interviews: not due")])
    a.at_most(n("repeat"), n("episodes by repeat"), 2)
    a.at_most(n("first ever"), n("children"))
    a.at_most(n("top"), n("episodes"))
    a.at_most(n("interviews: episodes"), n("episodes"))
    if all(n(in_band(label)) in a.low for label, _, _ in bands):
        a.knows([(n("episodes"), 1), *((n(in_band(label)), -low) for label, low, _ in bands)], 0, MOST * 50)
    for cohort in ("lac", "not-lac", "uasc", "cp"):
        a.at_most(n(f"{cohort}: children"), n(f"{cohort}: episodes"))
        a.at_most(n(f"{cohort}: children"), n("children"))
        a.at_most(n(f"{cohort}: episodes"), n("episodes"))
    for part, whole in PARTS_OF:
        a.at_most(n(f"interviews: {part}"), n(f"interviews: {whole}"))
    if n("interviews: accepted") in a.low:
        three = [(n("interviews: offered"), 1), (n("interviews: accepted"), -1), (n("interviews: declined"), -1)]
        a.knows(three, 0, MOST)
