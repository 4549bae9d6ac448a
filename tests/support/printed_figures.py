"""Read every figure off the sentences and tables of replies, as a person would: a count, or hidden, under its name."""

from __future__ import annotations

import re
import statistics
from dataclasses import dataclass, field

from bot.conversation.reply import Cell, Fact, Reply, Table
from bot.rules.figures import half_up
from bot.rules.spikes import limit as highest_usual

Name = tuple[str, str]  # period and scope, measure
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
BRIEF_COUNTS = {
    "Children with 1 episode": "once",
    "Children with 2 or more": "repeat",
    "Repeat episodes": "repeat episodes",
}
BRIEF_SHARES = {"Interviews completed": ("held", "episodes"), "Interviews held within 72 h": ("held in time", "due")}
FACTS = {
    **COUNTS,
    "Children with two or more episodes": "repeat",
    "Repeat episodes (episodes less children)": "repeat episodes",
    "Episodes by children with two or more": "episodes by repeat",
    "Children missing for the first time ever": "first ever",
}
#: Measures of the census by the words of `lac` and `placements`.
CENSUS = {
    "Without UASC": "others",
    "UASC": "uasc",
    "All": "all",
    "In residential placements, without UASC": "residential",
    "Residential": "residential",
    "Own foster carers": "own_foster",
    "Kinship care": "kinship",
    "Foster agency (IFA)": "ifa",
    "Adoptive": "adoptive",
    "With parents": "with_parents",
    "Independent living": "independent_living",
    "Semi-independent": "semi_independent",
    "Other": "other",
    "Not known": "not known",
}
SHARES = {"Share of episodes of the top 10 children": ("top", "episodes")}
N = r"(\d+|c)"
#: An earlier count in brackets, with the change on it.
BESIDE = rf"(?: \(.*? on {N} on [^)]*\))?"
TEAM_COLUMNS = {
    "Episodes": "interviews: episodes",
    "Completed": "interviews: held",
    "Recorded in 72 h": "interviews: recorded in time",
}


def _count(said: str) -> Cell:
    return "c" if said == "c" else int(said)


@dataclass
class Printed:
    """The figures read so far; two answers that disagree about a count are a fault of their own."""

    counts: dict[Name, int | None] = field(default_factory=dict)
    shares: list[tuple[Name, Name, float]] = field(default_factory=list)
    ratios: list[tuple[Name, Name, float]] = field(default_factory=list)
    days: list[tuple[Name, int, float]] = field(default_factory=list)
    changes: list[tuple[Name, Name, float]] = field(default_factory=list)
    #: The usual number and the limit of a scope's month, beside all its months.
    ranges: list[tuple[Name, list[Name], float, int]] = field(default_factory=list)

    def sees(self, name: Name, cell: Cell) -> None:
        assert isinstance(cell, int) or cell == "c", (name, cell)
        count = cell if isinstance(cell, int) else None
        assert self.counts.setdefault(name, count) == count, f"{name}: hidden in one answer, printed in another"

    def works_out(self) -> list[object]:
        """Return every ratio and change that is another one than that of the printed counts beside it."""
        found: list[object] = []
        for top, bottom, value in self.ratios:
            found += [(top, value)] * (value != self._ratio(top, bottom, 1, 1))
        for count, days, value in self.days:
            found += [(count, value)] * (value != float(half_up(self.counts[count] or 0, days, 2)))
        for old, new, percent in self.changes:
            was, now = self.counts[old] or 0, self.counts[new] or 0
            found += [(new, percent)] * (percent != float(half_up(100 * (now - was), was, 0)))
        for month, months, usual, limit in self.ranges:
            shown = [n for m in months if (n := self.counts[m]) is not None]
            before = [n for m in months[: months.index(month)] if (n := self.counts[m]) is not None][-12:]
            compared = before if len(before) == 12 else shown[:12]
            found += [(month, usual)] * (usual != statistics.median(compared))
            found += [(month, limit)] * (limit != highest_usual(compared))
        return found

    def _ratio(self, top: Name, bottom: Name, times: int, places: int) -> float:
        return float(half_up(times * (self.counts[top] or 0), self.counts[bottom] or 0, places))

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
            if isinstance(row[5], int):
                self.shares.append((names[3], names[2], row[5]))
        drawn = list(zip(*(s.values for s in chart.series), strict=True))
        assert drawn == [tuple(None if c == "c" else c for c in row[1:5]) for row in table.rows]
        told = {float(n) for n in re.findall(r"(?:first|last|highest|lowest)(?: shown)? (\d+)", chart.alt)}
        assert told <= {n for values in drawn for n in values if n is not None}

    def reporters(self, reply: Reply, scope: str) -> None:
        (episodes,) = self._said(reply, rf"{N} missing episodes?, by who")
        self.sees((scope, "episodes"), episodes)
        for name, count, median in reply.tables[0].rows:
            self.sees((scope, f"reporter {name}"), count)
            assert median is None or (isinstance(count, int) and count >= 10), (scope, name)

    # -- the children looked after on the last days of a half-year and of the one before --

    def looked_after(self, reply: Reply, here: str, earlier: str) -> None:
        """Read `lac`: sentences, table and facts."""
        children = rf"{N} (?:child|children) looked after{BESIDE}, without the unaccompanied"
        self._with_earlier(here, earlier, "others", self._said(reply, children))
        residential = rf"In residential placements, without UASC: {N} of {N}(?: \({N}%\))?\.$"
        self._share_of_others(here, "residential", *self._said(reply, residential))
        for label, *cells in reply.tables[0].rows:
            names = [(period, f"census: {CENSUS[str(label)]}") for period in (here, earlier)]
            self._row(names[: 1 + (cells[1] != "")], cells)
        for fact in reply.facts:
            label, _, changed = fact.label.partition(", change on ")
            if changed:
                self._change_fact(fact, here, earlier, label)
            else:
                self.sees((here, f"census: {CENSUS[label]}"), fact.value)

    def placements(self, reply: Reply, here: str, earlier: str) -> None:
        """Read `placements`: sentences, table and facts; its shares are of the children without UASC."""
        children = rf"{N} (?:child|children) looked after{BESIDE}, {N} of them UASC\.$"
        *every, uasc = self._said(reply, children)
        self._with_earlier(here, earlier, "all", every)
        self.sees((here, "census: uasc"), uasc)
        homes = self._said(reply, rf"Residential: {N}, {N} with the council, {N} with private providers\.$")
        for measure, count in zip(("", ", own", ", private"), homes, strict=True):
            self.sees((here, f"census: residential{measure}"), count)
        for label, share, old in reply.tables[0].rows:
            measure = CENSUS[str(label)]
            found = re.fullmatch(rf"{N}/{N}(?: (\d+)%)?", str(share))
            assert found, share
            self._share_of_others(here, measure, *(None if n is None else _count(n) for n in found.groups()))
            if old != "not known":
                then, _, change = str(old).partition(", ")
                names = [(here, f"census: {measure}"), (earlier, f"census: {measure}")]
                self._row(names, [_count(found[1]), _count(then), change])
        for fact in reply.facts:
            label, _, changed = fact.label.partition(", change on ")
            if changed:
                self._change_fact(fact, here, earlier, label)
            else:
                counts: list[Cell] = ["c" if n is None else n for n in (fact.numerator, fact.denominator)]
                percent = fact.value if isinstance(fact.value, int) else None
                self._share_of_others(here, CENSUS[label], counts[0], counts[1], percent)

    def _with_earlier(self, here: str, earlier: str, measure: str, counts: list[Cell]) -> None:
        for period, count in zip((here, earlier), counts, strict=True):
            if count is not None:
                self.sees((period, f"census: {measure}"), count)

    def _share_of_others(self, here: str, measure: str, part: Cell, whole: Cell, percent: Cell) -> None:
        names = (here, f"census: {measure}"), (here, "census: others")
        for name, count in zip(names, (part, whole), strict=True):
            self.sees(name, count)
        if isinstance(percent, int):
            self.shares.append((*names, float(percent)))

    def _change_fact(self, fact: Fact, here: str, earlier: str, label: str) -> None:
        """Read the old count, and the new one as the old one and the difference."""
        measure = f"census: {CENSUS[label]}"
        if fact.numerator is not None and fact.denominator is not None:
            self.sees((earlier, measure), fact.denominator)
            self.sees((here, measure), fact.denominator + fact.numerator)

    # -- in brief: two sentences, then one table --

    def _said(self, reply: Reply, pattern: str) -> list[Cell]:
        """Return the counts of the only sentence of this form; None for those of a part that was left out."""
        (found,) = [m for line in reply.text if (m := re.match(pattern, line))]
        return [None if n is None else _count(n) for n in found.groups()]

    def brief(self, reply: Reply, scope: str, days: dict[str, int]) -> None:
        """Read `stats` or `compare`: the newer period's counts, the earlier one's in brackets, and the measures."""
        (table,) = reply.tables
        scopes = [f"{period} {scope}" for period in table.columns[1:]]
        said = self._said(reply, rf"{N} missing episodes? of {N} (?:child|children)(?: \({N} of {N} [^)]*\))?\.$")
        for n, here in enumerate(scopes):
            self.sees((here, "episodes"), said[2 * n])
            self.sees((here, "children"), said[2 * n + 1])
        self.interviews_said(reply, scopes)
        for label, *cells in table.rows:
            for here, period, cell in zip(scopes, table.columns[1:], cells, strict=True):
                self._measure(str(label), here, cell, days[period])

    def _measure(self, label: str, here: str, cell: Cell, days: int) -> None:
        if label in BRIEF_COUNTS:
            self.sees((here, BRIEF_COUNTS[label]), cell)
        elif label in BRIEF_SHARES:
            part, whole = BRIEF_SHARES[label]
            self.share(here, f"interviews: {part}", f"interviews: {whole}", str(cell))
        elif label == "Episodes per child":
            self._per_child([here.split()[0]], here.split()[1], "", [cell])
        elif label == "Episodes per day":
            if isinstance(cell, float):
                self.days.append(((here, "episodes"), days, cell))
        else:
            self.rate(here, label, str(cell))

    def interviews_said(self, reply: Reply, scopes: list[str]) -> None:
        """Read the sentence of return interviews, of one period or of two."""
        before = rf"(?: \({N} of {N} before\))?"
        said = self._said(
            reply,
            rf"Return interviews: {N} of {N} completed{before}, {N} of {N} due held within 72 hours{before}\.$",
        )
        for n, here in enumerate(scopes[:2]):
            for measure, count in zip(("held", "episodes"), said[2 * n : 2 * n + 2], strict=True):
                self.sees((here, f"interviews: {measure}"), count)
            for measure, count in zip(("held in time", "due"), said[4 + 2 * n : 6 + 2 * n], strict=True):
                self.sees((here, f"interviews: {measure}"), count)

    def share(self, here: str, part: str, whole: str, text: str) -> None:
        """Read a percentage alone: '91.0%', or none."""
        found = re.fullmatch(r"([\d.]+)%|c|n/a|not shown", text)
        assert found, text
        if found[1]:
            self.shares.append(((here, part), (here, whole), float(found[1])))

    def brief_bands(self, bands: Reply, ages: Reply, scope: str, before: str = "In the half-year before, ") -> None:
        (table,) = bands.tables
        had = rf"{N} (?:child|children) had {N} episodes?\.$"
        for period, begins in zip(table.columns[1:], ("", before), strict=False):
            children, episodes = self._said(bands, begins + had)
            self.sees((f"{period} {scope}", "children"), children)
            self.sees((f"{period} {scope}", "episodes"), episodes)
        for label, *cells in table.rows:
            band = str(label).split()[0]
            measure = "once" if band == "1" else f"band {band}"
            self._row([(f"{p} {scope}", measure) for p in table.columns[1:]], [*cells, ""])
        for age, cell in ages.tables[0].rows:
            self.sees((f"{table.columns[1]} {scope}", f"age {age}"), cell)

    def brief_cohort(self, reply: Reply, scope: str, cohort: str) -> None:
        (table,) = reply.tables
        form = rf"{N} of {N} (?:child|children) and {N} of {N} episodes?\.$"
        for n, (period, begins) in enumerate(zip(table.columns[1:], ("", "The half-year before: "), strict=False)):
            here = f"{period} {scope}"
            measures = (f"{cohort}: children", "children", f"{cohort}: episodes", "episodes")
            for measure, count in zip(measures, self._said(reply, begins + form), strict=True):
                self.sees((here, measure), count)
            children, episodes, each = (row[n + 1] for row in table.rows)
            self.share(here, f"{cohort}: children", "children", str(children))
            self.share(here, f"{cohort}: episodes", "episodes", str(episodes))
            self._per_child([period], scope, f"{cohort}: ", [each])

    def concentration(self, reply: Reply, scope: str) -> None:
        """Read how many of the episodes the ten children with most had."""
        if "No episode." in reply.text:
            self.sees((scope, "episodes"), 0)
            return
        top, episodes = self._said(reply, rf"The 10 children with most had {N} of {N} episodes?(?: \(.*%\))?\.$")
        self.sees((scope, "top"), top)
        self.sees((scope, "episodes"), episodes)
        if found := re.search(r"\(([\d.]+)%\)", " ".join(reply.text)):
            self.shares.append(((scope, "top"), (scope, "episodes"), float(found[1])))

    def brief_interviews(self, reply: Reply, scope: str, period: str, earlier: str, areas: dict[str, str]) -> None:
        compared = "before)" in " ".join(reply.text)
        self.interviews_said(reply, [f"{p} {scope}" for p in (period, earlier)[: 1 + compared]])
        (table,) = reply.tables
        for name, *cells in table.rows:
            if table.columns[0] == "Measure":
                self.rate(f"{period} {scope}", str(name), str(cells[0]))
            else:
                for label, cell in zip(table.columns[1:], cells, strict=True):
                    self.rate(f"{period} {areas[str(name)]}", label, str(cell))

    def brief_periods(self, reply: Reply, scope: str) -> None:
        """Read the trend's table: episodes of children, and interviews held of those due."""
        for period, counts, *held in reply.tables[0].rows:
            here = f"{period} {scope}"
            found = re.fullmatch(rf"{N} of {N} (?:child|children)", str(counts))
            assert found, counts
            self.sees((here, "episodes"), _count(found[1]))
            self.sees((here, "children"), _count(found[2]))
            for cell in held:
                self.rate(here, "Held within 72 h", str(cell))

    def months(self, brief: Reply, full: Reply, scope: str) -> None:
        """Read months beside their usual range in both tables, the chart and its words."""
        episodes = [(f"{row[0]} {scope}", "episodes") for row in full.tables[0].rows]
        for name, (label, *counts, usual, limit, _, _) in zip(episodes, full.tables[0].rows, strict=True):
            for measure, count in zip(("episodes", "children"), counts, strict=True):
                self.sees((f"{label} {scope}", measure), count)
            if isinstance(limit, int):
                assert isinstance(usual, int | float)
                self.ranges.append((name, episodes, usual, limit))
        for (month, _), (_, of, said), row in zip(episodes, brief.tables[0].rows, full.tables[0].rows, strict=True):
            found = re.fullmatch(rf"{N} of {N} (?:child|children)", str(of))
            assert found, of
            self.sees((month, "episodes"), _count(found[1]))
            self.sees((month, "children"), _count(found[2]))
            assert set(re.findall(r"\d[\d.]*", str(said))) <= {str(cell) for cell in row[3:5]}
        drawn = [tuple(None if isinstance(n, str) else n for n in (row[1], row[4])) for row in full.tables[0].rows]
        values = list(zip(*(s.values for s in full.charts[0].series), strict=True))
        assert values == (drawn if len(full.charts[0].series) == 2 else [(n,) for n, _ in drawn])
        assert brief.charts == full.charts
        alt = full.charts[0].alt
        numbers = {float(n) for n in re.findall(r"(?:first|last|highest|lowest)(?: shown)? (\d+)", alt)}
        assert numbers <= {float(n) for each in drawn for n in each if n is not None}

    def not_due(self, reply: Reply, scopes: dict[str, str]) -> None:
        """Read the line of interviews not due yet: a number, "some", or no word of a period where there are none."""
        (line,) = [line for line in reply.text if "not due yet" in line] or [""]
        for period, scope in scopes.items():
            found = re.search(rf"(some|\d+) return interviews?(?: of {period}| not due yet)", line, re.IGNORECASE)
            said = 0 if found is None else "c" if found[1].casefold() == "some" else int(found[1])
            self.sees((scope, "interviews: not due"), said)

    def facts(self, reply: Reply, scope: str) -> None:
        """Read every fact. One of another label is a figure that this reader does not know yet."""
        for fact in reply.facts:
            if fact.label in FACTS:
                self.sees((scope, FACTS[fact.label]), fact.value)
            elif fact.label == "Episodes per child":
                self._per_child([scope.split()[0]], scope.split()[1], "", [fact.value])
            elif fact.label.removeprefix("Interviews: ") in RATES or fact.label in SHARES:
                names = RATES.get(fact.label.removeprefix("Interviews: "))
                part, whole = (f"interviews: {m}" for m in names) if names else SHARES[fact.label]
                self.sees((scope, part), "c" if fact.numerator is None else fact.numerator)
                self.sees((scope, whole), "c" if fact.denominator is None else fact.denominator)
                if isinstance(fact.value, int):
                    self.shares.append(((scope, part), (scope, whole), fact.value))
            else:
                assert ", change on " in fact.label, f"{fact.label}: nobody attacks this figure"
