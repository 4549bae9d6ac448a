"""The sheet of one half-year: every count that any command prints of it, for each area and the county."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime

from bot.facts import Facts
from bot.rules.access import Scope
from bot.rules.frequency import BandCount, Frequency, bands, top_share
from bot.rules.interviews import InterviewTally
from bot.rules.model import Period
from bot.rules.partnership import Partnership
from bot.rules.sheet import Key, Sheet, SheetMaker
from bot.rules.status import age_band

COUNTY = "county"
COHORTS = ("lac", "not-lac", "uasc", "cp")
TOP = 10  # the one concentration that is counted beyond one authorised person
TALLY = tuple(f.name for f in fields(InterviewTally))
UNPRINTED = "held_required"

#: What is hidden first, so that the figures people ask for most stay longest.
_WORTH = ("top", "age", "first", "cohort", "interview", "band", "repeat", "once", "episodes", "children")


def sheet_of(facts: Facts, partnership: Partnership, period: Period, now: datetime) -> Sheet:
    """Counted once for every scope, whoever asked and whatever for: what is hidden depends on nothing else."""
    maker = SheetMaker()
    areas = tuple(a.id for a in partnership.areas)
    loaded = any(f.source == "interviews" and f.taken_at for f in facts.freshness(now))
    tallies = facts.tallies(Scope(areas), period, now) if loaded else {}
    for rank, area in enumerate(reversed(areas)):
        of = _Scope(maker, partnership, area, rank)
        of.fill(facts, Scope((area,)), period, tallies.get(area, InterviewTally()) if loaded else None)
    county = _Scope(maker, partnership, COUNTY, len(areas))
    total = sum(tallies.values(), InterviewTally())
    county.fill(facts, Scope(areas), period, total if loaded else None)
    _areas_and_county(maker, areas)
    return maker.sheet()


def _areas_and_county(maker: SheetMaker, areas: tuple[str, ...]) -> None:
    """Areas add up to the county but for children who are counted in two; who knows those few, knows the sum."""
    measures = [k[1] for k in maker.cells if k[0] == COUNTY and maker.cells[k].worth]
    for measure in measures:
        if measure != "top":
            maker.shared((COUNTY, measure), [(a, measure) for a in areas], measure.endswith("children"))


class _Scope:
    """One area, or the county, on the sheet."""

    def __init__(self, maker: SheetMaker, partnership: Partnership, name: str, rank: int) -> None:
        self.maker, self.partnership, self.name, self.rank = maker, partnership, name, rank

    def key(self, measure: str) -> Key:
        return self.name, measure

    def fill(self, facts: Facts, scope: Scope, period: Period, tally: InterviewTally | None) -> None:
        frequency = facts.frequency(scope, period)
        self._frequency("", frequency)
        self._bands(bands(frequency, self.partnership.frequency_bands))
        self._ages(dict(facts.by_age(scope, period)))
        self._count("first_ever", facts.first_ever(scope, period), "first")
        self.maker.rest(self.key("children"), self.key("first_ever"))
        for cohort in COHORTS:
            both = facts.in_cohort_and_not(scope, period, cohort)
            self._cohort(cohort, facts.frequency(scope, period, cohort), both)
        self._inside_and_outside()
        if tally is not None:
            self._interviews(tally)
        self._top(frequency)

    def _count(self, measure: str, value: int, worth: str) -> None:
        """The county's figure is kept before an area's, and the area listed first before the others."""
        order = (int(self.name == COUNTY), _WORTH.index(worth), self.rank, len(self.maker.cells))
        self.maker.count(self.key(measure), value, order)

    def _frequency(self, of: str, f: Frequency) -> None:
        worth = "cohort" if of else ""
        self._count(f"{of}children", f.children, worth or "children")
        self._count(f"{of}episodes", f.episodes, worth or "episodes")
        self._count(f"{of}once", f.once_only, worth or "once")
        self._count(f"{of}repeat", f.repeat_children, worth or "repeat")
        self._count(f"{of}repeat episodes", f.repeat_episodes, worth or "repeat")
        self._count(f"{of}episodes by repeat", f.episodes_by_repeat_children, worth or "repeat")
        children, episodes, once, again, further, theirs = (
            self.key(f"{of}{m}")
            for m in ("children", "episodes", "once", "repeat", "repeat episodes", "episodes by repeat")
        )
        self.maker.parts(children, once, again)
        self.maker.parts(episodes, children, further)
        self.maker.parts(episodes, once, theirs)
        self.maker.at_most([(again, 2)], [(theirs, 1)])

    def _bands(self, rows: tuple[BandCount, ...]) -> None:
        for band, children, episodes in reversed(rows):
            c, e = self.key(f"band {band.label}: children"), self.key(f"band {band.label}: episodes")
            self._count(c[1], children, "band")
            self._count(e[1], episodes, "band")
            self.maker.at_most([(c, band.low)], [(e, 1)])
            if band.high is not None:
                self.maker.at_most([(e, 1)], [(c, band.high)])
            if band.label == "1":
                self.maker.parts(self.key("once"), c)
        self._column("children", [f"band {r.band.label}: children" for r in rows])
        self._column("episodes", [f"band {r.band.label}: episodes" for r in rows])

    def _ages(self, found: dict[int | None, tuple[int, int]]) -> None:
        labels = [b.label for b in self.partnership.age_bands]
        counts = {label: (0, 0) for label in (*labels, age_band(None, self.partnership.age_bands))}
        for age, (children, episodes) in found.items():
            label = age_band(age, self.partnership.age_bands)
            before = counts.get(label, (0, 0))
            counts[label] = (before[0] + children, before[1] + episodes)
        for label, (children, episodes) in counts.items():
            c, e = self.key(f"age {label}: children"), self.key(f"age {label}: episodes")
            self._count(c[1], children, "age")
            self._count(e[1], episodes, "age")
            self.maker.at_most([(c, 1)], [(e, 1)])
        self._column("children", [f"age {label}: children" for label in counts])
        self._column("episodes", [f"age {label}: episodes" for label in counts])

    def _column(self, whole: str, parts: list[str]) -> None:
        self.maker.parts(self.key(whole), *map(self.key, parts))

    def _cohort(self, cohort: str, f: Frequency, both: int) -> None:
        self._frequency(f"{cohort}: ", f)
        self._count(f"{cohort}: both", both, "cohort")
        inside, everybody = self.key(f"{cohort}: children"), self.key("children")
        self.maker.rest(everybody, inside)
        self.maker.rest(self.key("episodes"), self.key(f"{cohort}: episodes"))
        self.maker.rest(inside, self.key(f"{cohort}: both"))
        for measure in ("repeat", "repeat episodes", "episodes by repeat"):
            self.maker.at_most([(self.key(f"{cohort}: {measure}"), 1)], [(self.key(measure), 1)])

    def _inside_and_outside(self) -> None:
        """Looked after or not: every episode is one of the two; unaccompanied children are as good as always the one."""
        key, maker = self.key, self.maker
        maker.parts(key("episodes"), key("lac: episodes"), key("not-lac: episodes"))
        maker.parts(key("lac: both"), key("not-lac: both"))
        for side, other in (("lac", "not-lac"), ("not-lac", "lac")):
            self._without(f"{side}: children", f"{side}: both", f"{other}: children")
        maker.at_most([(key("once"), 1)], [(key("lac: once"), 1), (key("not-lac: once"), 1)])
        for measure in ("children", "episodes"):
            maker.at_most([(key(f"uasc: {measure}"), 1)], [(key(f"lac: {measure}"), 1)])

    def _without(self, inside: str, both: str, outside: str) -> None:
        """Everybody is outside, or inside and never outside."""
        alone = self.key(f"{inside} alone")
        value = self.maker.cells[self.key(inside)].value - self.maker.cells[self.key(both)].value
        self.maker.count(alone, value, kind="rest")
        self.maker.parts(self.key(inside), alone, self.key(both))
        self.maker.parts(self.key("children"), alone, self.key(outside))

    def _interviews(self, tally: InterviewTally) -> None:
        """What K1-K9 are made of, and how each part lies within another."""
        for name in TALLY:
            if name == UNPRINTED:
                self.maker.count(self.key(f"interviews: {name}"), tally.held_required, (0,), kind="rest")
            else:
                self._count(f"interviews: {name}", getattr(tally, name), "interview")
        self.maker.rest(self.key("episodes"), self.key("interviews: episodes"))
        for whole, *parts in _WITHIN:
            self.maker.rest(self.key(f"interviews: {whole}"), *(self.key(f"interviews: {p}") for p in parts))

    def _top(self, frequency: Frequency) -> None:
        """The episodes of the ten children with most, between what the bands leave them at least and at most."""
        if frequency.children < TOP:
            return
        key, maker, top = self.key, self.maker, self.key("top")
        self._count("top", top_share(frequency, TOP).rate.numerator, "top")
        maker.rest(key("episodes"), top)
        maker.count(key("one"), 1, kind="assumed")
        one, labels = key("one"), list(reversed(self.partnership.frequency_bands))
        for i, band in enumerate(labels):
            cut = [b.label for b in labels[: i + 1]]
            children = [(key(f"band {b}: children"), 1) for b in cut]
            episodes = [(key(f"band {b}: episodes"), 1) for b in cut]
            several = sum(maker.cells[k].value for k, _ in children)
            each = band.low if several >= TOP else band.low - 1
            at_most = [*episodes, (one, TOP * each), *((k, -each) for k, _ in children)]
            maker.at_most([(top, 1)], at_most)
            if several < TOP:
                maker.at_most([*episodes, (one, TOP), *((k, -1) for k, _ in children)], [(top, 1)])
            else:
                maker.at_most([(one, TOP * band.low)], [(top, 1)])


#: whole, then the parts that leave a rest which is a count of its own.
_WITHIN = (
    ("episodes", "required"),
    ("required", "offered"),
    ("offered", "offered_in_time"),
    ("required", "offered_in_time"),
    ("offered", "accepted"),
    ("offered", "declined"),
    ("offered", "accepted", "declined"),
    ("episodes", "held"),
    ("required", "held_required"),
    ("held", "held_required"),
    ("required", "held_in_time"),
    ("held_required", "held_in_time"),
    ("held", "recorded_in_time"),
    ("recorded_in_time", "recorded_in_time_required"),
    ("required", "recorded_in_time_required"),
    ("held_required", "recorded_in_time_required"),
    ("required", "resolved"),
    ("resolved", "held_required"),
)
