"""The sheet of one half-year: every count that any command prints of it, for each area and the county."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from datetime import datetime

from bot.rules.access.permissions import Scope
from bot.rules.disclosure.suppression import Key, Sheet, SheetMaker
from bot.rules.episodes.risk_flags import ADULT, age_band
from bot.rules.figures import BandCount, Frequency, InterviewTally, bands, top_share
from bot.rules.model import REPORTER_NOT_KNOWN, REPORTERS, Period
from bot.rules.partnership.partnership import Band, Partnership
from bot.rules.queries.facts import Facts

COUNTY = "county"
COHORTS = ("lac", "not-lac", "uasc", "cp")
TOP = 10  # the one concentration that is counted beyond one authorised person
TALLY = tuple(f.name for f in fields(InterviewTally))
ONCE = "once"
UNPRINTED = "held_required"
NOT_DUE = "not_due"
REPORTED_BY = (*REPORTERS, REPORTER_NOT_KNOWN)
EVERY_REPORTER = "all"

#: What is hidden first, so that the figures people ask for most stay longest.
_WORTH = ("top", "age", "first", "reporter", "cohort", "interview", "band", "repeat", "once", "episodes", "children")
_BLOCK = {"top": "band", **{worth: worth for worth in ("age", "first", "reporter", "cohort", "interview", "band")}}


def sheet_of(facts: Facts, partnership: Partnership, period: Period, now: datetime) -> Sheet:
    """Counted once for every scope, whoever asked and whatever for: what is hidden depends on nothing else."""
    maker = SheetMaker()
    areas = tuple(a.id for a in partnership.areas)
    loaded = any(f.source == "interviews" and f.taken_at for f in facts.freshness(now))
    tallies = facts.tallies(Scope(areas), period, now) if loaded else {}
    reporters = facts.reporters(Scope(areas), period)
    for rank, area in enumerate(reversed(areas)):
        of = _Scope(maker, partnership, area, rank)
        tally = tallies.get(area, InterviewTally()) if loaded else None
        of.fill(facts, Scope((area,)), period, tally, reporters.get(area, Counter()))
    county = _Scope(maker, partnership, COUNTY, len(areas))
    total = sum(tallies.values(), InterviewTally())
    county.fill(facts, Scope(areas), period, total if loaded else None, sum(reporters.values(), Counter()))
    _areas_and_county(maker, areas)
    return maker.sheet()


def _areas_and_county(maker: SheetMaker, areas: tuple[str, ...]) -> None:
    """Areas add up to the county but for children who are counted in two; who knows those few, knows the sum."""
    measures = [k[1] for k in maker.cells if k[0] == COUNTY and maker.cells[k].worth]
    for measure in measures:
        if measure != "top":
            maker.shared((COUNTY, measure), [(a, measure) for a in areas], measure.endswith("children"))


def in_band(band: Band) -> str:
    """The measure of a band's children; the band of those with one episode is a measure of its own already."""
    return ONCE if (band.low, band.high) == (1, 1) else f"band {band.label}"


def ages(facts: Facts, partnership: Partnership, scope: Scope, period: Period) -> dict[str, tuple[int, int]]:
    """Every age group -> children and episodes, by age in completed years at the child's first episode (R17)."""
    found = dict.fromkeys(age_groups(partnership), (0, 0))
    for age, (children, episodes) in facts.by_age(scope, period).items():
        label = age_band(age, partnership.age_bands)
        before = found[label]
        found[label] = (before[0] + children, before[1] + episodes)
    return found


def age_groups(partnership: Partnership) -> tuple[str, ...]:
    """The bands, then "not known": the same on every sheet, whoever is on it."""
    ours = partnership.age_bands
    return tuple(dict.fromkeys((*(b.label for b in ours), *(age_band(a, ours) for a in (*range(ADULT), None)))))


def reported_by(reporter: str) -> str:
    """The measure of a reporter's episodes."""
    return "episodes" if reporter == EVERY_REPORTER else f"reporter {reporter}"


class _Scope:
    """One area, or the county, on the sheet."""

    def __init__(self, maker: SheetMaker, partnership: Partnership, name: str, rank: int) -> None:
        self.maker, self.partnership, self.name, self.rank = maker, partnership, name, rank

    def key(self, measure: str) -> Key:
        return self.name, measure

    def fill(
        self, facts: Facts, scope: Scope, period: Period, tally: InterviewTally | None, reporters: Counter[str]
    ) -> None:
        frequency = facts.frequency(scope, period)
        self._frequency(frequency)
        self._bands(bands(frequency, self.partnership.frequency_bands))
        self._ages(ages(facts, self.partnership, scope, period))
        self._count("first_ever", facts.first_ever(scope, period), "first")
        self.maker.rest(self.key("children"), self.key("first_ever"))
        for cohort in COHORTS:
            self._cohort(cohort, facts.frequency(scope, period, cohort))
        self._inside_and_outside()
        self._reporters(reporters)
        if tally is not None:
            self._interviews(tally)
        self._top(frequency)

    def _count(self, measure: str, value: int, worth: str) -> None:
        """The county's figure is kept before an area's, and the area listed first before the others."""
        order = (int(self.name == COUNTY), _WORTH.index(worth), self.rank, len(self.maker.cells))
        self.maker.count(self.key(measure), value, order, _BLOCK.get(worth, ""))

    def _frequency(self, f: Frequency) -> None:
        self._count("children", f.children, "children")
        self._count("episodes", f.episodes, "episodes")
        self._count(ONCE, f.once_only, "once")
        self._count("repeat", f.repeat_children, "repeat")
        self._count("repeat episodes", f.repeat_episodes, "repeat")
        self._count("episodes by repeat", f.episodes_by_repeat_children, "repeat")
        key, maker = self.key, self.maker
        maker.parts(key("children"), key(ONCE), key("repeat"))
        maker.parts(key("episodes"), key("children"), key("repeat episodes"))
        maker.parts(key("episodes"), key(ONCE), key("episodes by repeat"))
        maker.at_most([(key("repeat"), 2)], [(key("episodes by repeat"), 1)])

    def _bands(self, rows: tuple[BandCount, ...]) -> None:
        """Children only: how many episodes a band holds would tell how many each of its few children had."""
        for band, children, _ in reversed(rows):
            if in_band(band) != ONCE:
                self._count(in_band(band), children, "band")
        self._column("children", [in_band(r.band) for r in rows])
        least = [(self.key(in_band(r.band)), r.band.low) for r in rows]
        self.maker.at_most(least, [(self.key("episodes"), 1)])
        if not any(r.children for r in rows if r.band.high is None):
            most = [(self.key(in_band(r.band)), r.band.high) for r in rows if r.band.high is not None]
            self.maker.at_most([(self.key("episodes"), 1)], most)

    def _ages(self, counts: dict[str, tuple[int, int]]) -> None:
        for label, (children, _) in counts.items():
            self._count(f"age {label}", children, "age")
        self._column("children", [f"age {label}" for label in counts])

    def _column(self, whole: str, parts: list[str]) -> None:
        self.maker.parts(self.key(whole), *map(self.key, parts))

    def _cohort(self, cohort: str, f: Frequency) -> None:
        children, episodes = self.key(f"{cohort}: children"), self.key(f"{cohort}: episodes")
        self._count(children[1], f.children, "cohort")
        self._count(episodes[1], f.episodes, "cohort")
        self.maker.at_most([(children, 1)], [(episodes, 1)])
        self.maker.rest(self.key("children"), children)
        self.maker.rest(self.key("episodes"), episodes)
        # Who had further episodes inside the cohort had them altogether.
        self.maker.at_most([(episodes, 1)], [(self.key("repeat episodes"), 1), (children, 1)])

    def _inside_and_outside(self) -> None:
        """Looked after or not: every episode is one of the two; UASC are as good as always looked after."""
        key, maker = self.key, self.maker
        maker.parts(key("episodes"), key("lac: episodes"), key("not-lac: episodes"))
        both = maker.cells[key("lac: children")].value + maker.cells[key("not-lac: children")].value
        maker.count(key("both"), both - maker.cells[key("children")].value, kind="rest")
        maker.sums([(key("lac: children"), 1), (key("not-lac: children"), 1)], [(key("both"), 1), (key("children"), 1)])
        maker.at_most([(key("both"), 1)], [(key("repeat"), 1)])
        for measure in ("children", "episodes"):
            maker.at_most([(key(f"uasc: {measure}"), 1)], [(key(f"lac: {measure}"), 1)])

    def _reporters(self, counts: Counter[str]) -> None:
        for reporter in reversed(REPORTED_BY):  # parents and carers stay longest
            self._count(reported_by(reporter), counts[reporter], "reporter")
        self._column("episodes", [reported_by(r) for r in REPORTED_BY])

    def _interviews(self, tally: InterviewTally) -> None:
        """Count the parts of K1-K9, and the parts that each holds.

        Interviews not due yet are printed as a number, or as "some": none is seen by that too.
        """
        self._count(f"interviews: {NOT_DUE}", tally.not_due, "interview")
        for name in reversed(TALLY):  # how many episodes stays longest; of few not due, "due" goes first
            if name == UNPRINTED:
                self.maker.count(self.key(f"interviews: {name}"), tally.held_required, (0,), kind="rest")
            else:
                self._count(f"interviews: {name}", getattr(tally, name), "interview")
        self._column("interviews: required", ["interviews: due", f"interviews: {NOT_DUE}"])
        self.maker.rest(self.key("episodes"), self.key("interviews: episodes"))
        for whole, *parts in _WITHIN:
            self.maker.rest(self.key(f"interviews: {whole}"), *(self.key(f"interviews: {p}") for p in parts))

    def _top(self, frequency: Frequency) -> None:
        """The episodes of the ten children with most, between what the bands let them have."""
        key, maker, top = self.key, self.maker, self.key("top")
        self._count("top", top_share(frequency, TOP).rate.numerator if frequency.episodes else 0, "top")
        if frequency.children < TOP:  # all of them
            maker.parts(key("episodes"), top)
            return
        maker.rest(key("episodes"), top)
        maker.count(key("one"), 1, kind="known")
        above: list[tuple[Key, int]] = []
        left, one = TOP, key("one")
        for band in reversed(self.partnership.frequency_bands):
            # Those in higher bands are all among the ten; the rest of the ten are in this band or lower.
            children = key(in_band(band))
            if maker.cells[children].value >= left:
                maker.at_most([*above_low(above, band.low), (one, TOP * band.low)], [(top, 1)])
                break
            above.append((children, band.low))
            left -= maker.cells[children].value


def above_low(above: list[tuple[Key, int]], low: int) -> list[tuple[Key, int]]:
    """Return the least episodes of children in higher bands, less the least of a child in this one."""
    return [(k, n - low) for k, n in above]


#: whole, then the parts that leave a rest which is a count of its own.
_WITHIN = (
    ("episodes", "required"),
    ("required", "offered"),
    ("offered", "offered_in_time"),
    ("due", "offered_in_time"),
    ("offered", "accepted"),
    ("offered", "declined"),
    ("offered", "accepted", "declined"),
    ("episodes", "held"),
    ("required", "held_required"),
    ("held", "held_required"),
    ("due", "held_in_time"),
    ("held_required", "held_in_time"),
    ("held", "recorded_in_time"),
    ("recorded_in_time", "recorded_in_time_required"),
    ("due", "recorded_in_time_required"),
    ("held_required", "recorded_in_time_required"),
    ("required", "resolved"),
    ("resolved", "held_required"),
)
