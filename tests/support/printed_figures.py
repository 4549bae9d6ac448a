"""Read every figure off the tables of replies, as a person would: a count, or hidden, under its name."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.conversation.reply import Cell, Reply, Table
from tests.support.attacker import Attacker, Name

COUNTS = {
    "Children": "children",
    "Episodes": "episodes",
    "Children with one episode": "once",
    "Children with two or more": "repeat",
    "Repeat episodes": "repeat episodes",
}
RATES = {
    "Offered": ("offered", "required"),
    "Offered within 72 h": ("offered in time", "due"),
    "Accepted (of offered)": ("accepted", "offered"),
    "Declined (of offered)": ("declined", "offered"),
    "Completed": ("held", "episodes"),
    "Held within 72 h": ("held in time", "due"),
    "Recorded within 72 h (of completed)": ("recorded in time", "held"),
    "Recorded within 72 h (of due)": ("recorded in time, required", "due"),
    "Resolved": ("resolved", "required"),
}
TEAM_COLUMNS = {
    "Episodes": "interviews: episodes",
    "Completed": "interviews: held",
    "Recorded in 72 h": "interviews: recorded in time",
}


@dataclass
class Printed:
    """The figures read so far; two answers that disagree about a count are a fault of their own."""

    counts: dict[Name, int | None] = field(default_factory=dict)
    shares: list[tuple[Name, Name, float]] = field(default_factory=list)
    ratios: list[tuple[Name, Name, float]] = field(default_factory=list)
    days: list[tuple[Name, int, float]] = field(default_factory=list)
    changes: list[tuple[Name, Name, float]] = field(default_factory=list)

    def sees(self, name: Name, cell: Cell) -> None:
        assert isinstance(cell, int) or cell == "c", (name, cell)
        count = cell if isinstance(cell, int) else None
        assert self.counts.setdefault(name, count) == count, f"{name}: hidden in one answer, printed in another"

    def tell(self, attacker: Attacker) -> None:
        for share in self.shares:
            attacker.share(*share)
        for ratio in self.ratios:
            attacker.ratio(*ratio)
        for day in self.days:
            attacker.per_day(*day)
        for change in self.changes:
            attacker.change(*change)

    # -- one answer after another --

    def compared(self, table: Table, scope: str, days: dict[str, int], prefix: str = "") -> None:
        """Read a table of measures with one or two periods beside each other."""
        periods = [c for c in table.columns[1:] if c != "Change"]
        for label, *cells in table.rows:
            names = [(f"{p} {scope}", prefix + COUNTS.get(str(label), "")) for p in periods]
            if label in COUNTS:
                self._row(names, cells)
            elif label == "Episodes per child":
                self._per_child(periods, scope, prefix, cells)
            elif label == "Episodes per day":
                for period, cell in zip(periods, cells, strict=False):
                    if isinstance(cell, float):
                        self.days.append(((f"{period} {scope}", "episodes"), days[period], cell))
            else:
                for period, cell in zip(periods, cells, strict=False):
                    self.rate(f"{period} {scope}", str(label).removeprefix("Interviews: "), str(cell))

    def _row(self, names: list[Name], cells: list[Cell]) -> None:
        for name, cell in zip(names, cells, strict=False):
            self.sees(name, cell)
        if len(names) == 2 and (found := re.fullmatch(r"([+-]?[\d.]+)%", str(cells[2]))):
            self.changes.append((names[1], names[0], float(found[1])))

    def _per_child(self, periods: list[str], scope: str, prefix: str, cells: list[Cell]) -> None:
        for period, cell in zip(periods, cells, strict=False):
            if isinstance(cell, float):
                here = f"{period} {scope}"
                self.ratios.append(((here, f"{prefix}episodes"), (here, f"{prefix}children"), cell))

    def rate(self, scope: str, label: str, text: str) -> None:
        """Read a rate: '171/188 91.0%', 'c/188', '3/c'."""
        found = re.fullmatch(r"(\d+|c)/(\d+|c)(?: ([\d.]+)%)?", text)
        assert found, text
        part, whole = ((scope, f"interviews: {m}") for m in RATES[label])
        for name, said in ((part, found[1]), (whole, found[2])):
            self.sees(name, "c" if said == "c" else int(said))
        if found[3]:
            self.shares.append((part, whole, float(found[3])))

    def bands(self, reply: Reply, scope: str) -> None:
        table, ages = reply.tables
        for label, *cells in table.rows:
            measure = "children" if label == "All" else "once" if label == "1" else f"band {label}"
            periods = [c.split()[1] for c in table.columns[1:] if c.startswith("Children")]
            self._row([(f"{p} {scope}", measure) for p in periods], cells)
        for label, cell in ages.rows:
            self.sees((f"{ages.title.split()[-1]} {scope}", f"age {label}"), cell)

    def by_area(self, table: Table, areas: dict[str, str], prefix: str = "") -> None:
        period = table.title.split()[-1]
        for name, children, episodes in table.rows:
            scope = areas.get(str(name), "county")
            self.sees((f"{period} {scope}", f"{prefix}children"), children)
            self.sees((f"{period} {scope}", f"{prefix}episodes"), episodes)

    def teams(self, reply: Reply, period: str, areas: dict[str, str], total: str) -> None:
        table, every = reply.tables
        for row in table.rows:
            scope = f"{period} {areas.get(str(row[0]), total)}"
            for column, measure in TEAM_COLUMNS.items():
                self.sees((scope, measure), row[table.columns.index(column)])
        for label, *cells in every.rows:
            for team, cell in zip(every.columns[1:], cells, strict=True):
                scope = f"{period} {areas.get(team, total)}"
                if label in RATES:
                    self.rate(scope, str(label), str(cell))
                elif label == "Not due yet":
                    self.sees((scope, "interviews: not due"), cell)

    def periods(self, reply: Reply, scope: str) -> None:
        """Read counts and a share of two of them, a row for each period, from the table, the chart and its words."""
        table, chart = reply.tables[0], reply.charts[0]
        measures = ("episodes", "children", "interviews: due", "interviews: held in time")
        for row in table.rows:
            names = [(f"{row[0]} {scope}", m) for m in measures]
            for name, cell in zip(names, row[1:5], strict=True):
                self.sees(name, cell)
            if isinstance(row[5], float):
                self.shares.append((names[3], names[2], row[5]))
        drawn = list(zip(*(s.values for s in chart.series), strict=True))
        assert drawn == [tuple(None if c == "c" else c for c in row[1:5]) for row in table.rows]
        told = {float(n) for n in re.findall(r"(?:first|last|highest|lowest)(?: shown)? (\d+)", chart.alt)}
        assert told <= {n for values in drawn for n in values if n is not None}

    def reporters(self, reply: Reply, scope: str) -> None:
        *rows, (_, episodes, _) = reply.tables[0].rows
        self.sees((scope, "episodes"), episodes)
        for name, count, median in rows:
            self.sees((scope, f"reporter {name}"), count)
            assert median is None or (isinstance(count, int) and count >= 10), (scope, name)

    def not_due(self, reply: Reply, scopes: dict[str, str]) -> None:
        """Read the line of interviews not due yet: a number, "some", or no word of a period where there are none."""
        (line,) = [line for line in reply.text if "not due yet" in line] or [""]
        for period, scope in scopes.items():
            found = re.search(rf"(some|\d+) return interviews?(?: of {period}| not due yet)", line, re.IGNORECASE)
            said = 0 if found is None else "c" if found[1].casefold() == "some" else int(found[1])
            self.sees((scope, "interviews: not due"), said)

    def facts(self, reply: Reply, scope: str) -> None:
        """Read the measures that only facts show."""
        for fact in reply.facts:
            measure = {
                "Children missing for the first time ever": "first ever",
                "Episodes by children with two or more": "episodes by repeat",
            }.get(fact.label)
            if measure:
                self.sees((scope, measure), fact.value)
            if fact.label == "Share of episodes of the top 10 children":
                self.sees((scope, "top"), "c" if fact.numerator is None else fact.numerator)
