"""The sheet of one half-year and its family: every count that any command prints, for each area and the county.

The half-year, its quarters and the year have a whole sheet each, its months children and episodes alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime

from bot.rules.access.permissions import Scope
from bot.rules.disclosure.released import INTERVIEW_SHARES
from bot.rules.disclosure.released_periods import HALF, MONTH, QUARTER, YEAR, parts_of
from bot.rules.disclosure.sheet import Key, Sheet, SheetMaker, percent_of
from bot.rules.episodes.risk_flags import ADULT, age_band
from bot.rules.figures import BandCount, Frequency, InterviewTally, bands, top_share
from bot.rules.model import (
    BREACH_REASONS,
    CARER_CONTACTED,
    PLACEMENTS,
    REPORTER_NOT_KNOWN,
    REPORTERS,
    SETTING_NOT_KNOWN,
    SETTINGS,
    LookedAfter,
    Period,
)
from bot.rules.partnership.partnership import Band, Partnership
from bot.rules.queries.facts import Facts
from bot.rules.time.clock import local_day, whole_months

COUNTY = "county"
COHORTS = ("lac", "not-lac", "uasc", "cp")
CENSUS = "census: "
RESIDENTIAL, NOT_KNOWN = "residential", "not known"
OWNERSHIP = ("own", "private")
TOP = 10  # the one concentration that is counted beyond one authorised person
TALLY = tuple(f.name for f in fields(InterviewTally))
ONCE = "once"
UNPRINTED = "held_required"
NOT_DUE = "not_due"
REPORTED_BY = (*REPORTERS, REPORTER_NOT_KNOWN)
EVERY_REPORTER = "all"
MISSING_FROM = (*SETTINGS, SETTING_NOT_KNOWN)
HOSTED = "hosted"
ALL_LATE = "all"
#: Reasons of an interview that was not in time; "" where the record has none, and any other code is of "other".
LATE_REASONS = (*BREACH_REASONS, CARER_CONTACTED, "")
IN_WORKING_DAYS, WORKING_DAYS_OVER = "working days: held", "working days: over"

#: What is hidden first, so that the figures people ask for most stay longest.
_WORTH = (
    *(
        "percent",
        "report",
        "census",
        "top",
        "age",
        "first",
        "reporter",
        "cohort",
        "interview",
        "band",
        "repeat",
        "once",
    ),
    *("episodes", "children"),
)
_OF_PERIODS = (MONTH, QUARTER, YEAR, HALF)


def sheet_of(facts: Facts, partnership: Partnership, half: Period, now: datetime, year: Period | None = None) -> Sheet:
    """Counted once for every scope, whoever asked and whatever for: what is hidden depends on nothing else.

    With a year its other half-year is on the sheet too.
    """
    maker = SheetMaker()
    halves = (half,) if year is None else parts_of(year, HALF)
    quarters = [q for h in halves for q in parts_of(h, QUARTER)]
    loaded = {f.source: f.taken_at for f in facts.freshness(now) if f.taken_at}
    years = () if year is None else (year,)
    for period in (*years, *halves, *quarters):
        _whole(maker, facts, partnership, period, now, loaded)
    for scope, of in (each for q in quarters for m in parts_of(q, MONTH) for each in _scopes(maker, partnership, m)):
        of.course(facts.frequency(scope, of.period))
    for one in halves:
        _of_the_report(maker, facts, partnership, one, now, loaded)
        _census(maker, partnership, one, facts, loaded.get("children"))
    areas = [a.id for a in partnership.areas]
    for scope_name in (*areas, COUNTY):
        for length, periods in ((HALF, years), (QUARTER, halves), (MONTH, quarters)):
            for whole in periods:
                _over_time(maker, scope_name, whole, parts_of(whole, length))
                if length != MONTH:
                    _bands_over_time(maker, partnership, scope_name, whole, parts_of(whole, length))
    maker.alone = {k for k in maker.cells if k[1:] == (COUNTY, "top")}
    maker.share(COUNTY, areas, {"top", *(k[2] for k in maker.cells if k[2].startswith(CENSUS))})
    return maker.sheet()


def _scopes(maker: SheetMaker, partnership: Partnership, period: Period) -> list[tuple[Scope, _Scope]]:
    """Return each area, then the county."""
    areas = tuple(a.id for a in partnership.areas)
    each = [((area,), area, rank) for rank, area in enumerate(reversed(areas))]
    return [
        (Scope(those), _Scope(maker, partnership, period, name, rank))
        for those, name, rank in (*each, (areas, COUNTY, len(areas)))
    ]


def _whole(
    maker: SheetMaker,
    facts: Facts,
    partnership: Partnership,
    period: Period,
    now: datetime,
    loaded: Collection[str],
) -> None:
    """Count one period whole."""
    county = Scope(tuple(a.id for a in partnership.areas))
    tallies = facts.tallies(county, period, now) if "interviews" in loaded else {}
    reporters = facts.reporters(county, period)
    for scope, of in _scopes(maker, partnership, period):
        tally = sum((tallies[a] for a in scope.areas if a in tallies), InterviewTally())
        who = sum((reporters.get(a, Counter()) for a in scope.areas), Counter[str]())
        of.fill(facts, scope, period, tally if "interviews" in loaded else None, who)
        if "children" in loaded:
            of.cohorts(facts, scope, period)


def _of_the_report(
    maker: SheetMaker, facts: Facts, partnership: Partnership, half: Period, now: datetime, loaded: Collection[str]
) -> None:
    """Count what the half-yearly report alone prints: by setting of every scope, the others of the county."""
    for scope, of in _scopes(maker, partnership, half):
        of.settings(facts.settings(scope, half))
        if of.name == COUNTY and "children" in loaded:
            of.hosted(*facts.hosted(scope, half))
        if of.name == COUNTY and "interviews" in loaded:
            of.late(facts.late_reasons(scope, half, now))
            of.working_days(*facts.in_working_days(scope, half, now))


#: Measures of which a whole has at least as many as each of its parts, and at most as many as all of them.
_AT_LEAST_EACH = ("first_ever", "repeat", "episodes by repeat", "top")
_AT_MOST_ALL = ("top", ONCE)


def _over_time(maker: SheetMaker, scope: str, whole: Period, parts: Sequence[Period]) -> None:
    """Relate the counts of a period to those of its parts, where both are counted."""
    of_part = [k[2] for k, c in maker.cells.items() if k[:2] == (parts[0].label, scope) and c.kind == "printed"]
    for measure in [m for m in of_part if (whole.label, scope, m) in maker.cells]:
        total, those = (whole.label, scope, measure), [(p.label, scope, measure) for p in parts]
        if measure == "episodes" or measure.endswith(": episodes") or measure.startswith(("interviews: ", "reporter ")):
            maker.parts(total, *those)
        elif measure.endswith("children"):
            _children_over_time(maker, total, those)
        else:
            _others_over_time(maker, total, those)


def _children_over_time(maker: SheetMaker, total: Key, those: Sequence[Key]) -> None:
    maker.twice(total, *those)
    for part in those:
        maker.rest(total, part)
    repeat = (*total[:2], "repeat")
    if total[2] == "children" and repeat in maker.cells:
        # A child who is in several parts had several episodes in the whole.
        maker.at_most([*((part, 1) for part in those), (total, -1)], [(repeat, len(those) - 1)])


def _others_over_time(maker: SheetMaker, total: Key, those: Sequence[Key]) -> None:
    measure = total[2]
    if measure == "first_ever":  # of an area more in the whole: the first one may have been in another area
        maker.parts(total, *those)
        maker.at_most([(part, 1) for part in those], [(total, 1)])
    # By the age at the first episode, which is in the first part if there is any there.
    of_age = measure.startswith("age ")
    for part in those if measure in _AT_LEAST_EACH else those[:1] if of_age else ():
        maker.at_most([(part, 1)], [(total, 1)])
    if of_age or measure in _AT_MOST_ALL:
        maker.at_most([(total, 1)], [(part, 1) for part in those])


def _bands_over_time(
    maker: SheetMaker, partnership: Partnership, scope: str, whole: Period, parts: Sequence[Period]
) -> None:
    """Relate the children from each band upwards: a child has at least as many episodes in the whole as in a part."""
    measures = [in_band(band) for band in partnership.frequency_bands]
    for at in range(1, len(measures)):
        for part in parts:
            in_part, in_whole = ([((p.label, scope, m), 1) for m in measures[at:]] for p in (part, whole))
            maker.at_most(in_part, in_whole)


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


def share_of_others(kind: str) -> str:
    """The measure of a placement's share, without the word for the census."""
    return percent_of(CENSUS + kind, CENSUS + "others").removeprefix(CENSUS)


def missing_from(setting: str) -> str:
    """The measure of the episodes from a setting."""
    return f"setting {setting}"


def late_by(reason: str) -> str:
    """The measure of the interviews that were late by a reason."""
    return f"late: {reason or 'none'}"


def _census(maker: SheetMaker, partnership: Partnership, half: Period, facts: Facts, taken_at: datetime | None) -> None:
    """Count the children looked after on the last day, of the county; by placement those who are not UASC.

    An export that was taken before that day does not know them.
    """
    if taken_at is None or local_day(taken_at) < half.last:
        return
    groups = facts.looked_after(half.last)
    of = _Scope(maker, partnership, half, COUNTY, 0)
    others = [g for g in groups if not g.uasc]
    kinds = Counter[str]()
    for g in others:
        kinds[g.placement if g.placement in PLACEMENTS else NOT_KNOWN] += g.children
    homes = _in_homes(partnership, others)
    for owned in OWNERSHIP:
        of.count(f"{CENSUS}{RESIDENTIAL}, {owned}", homes[owned], "census")
    for kind in (*PLACEMENTS, NOT_KNOWN):
        of.count(CENSUS + kind, kinds[kind], "census")
    for name, n in (("others", kinds.total()), ("uasc", sum(g.children for g in groups) - kinds.total())):
        of.count(CENSUS + name, n, "census")
    of.count(CENSUS + "all", sum(g.children for g in groups), "census")
    for kind in (*(f"{RESIDENTIAL}, {owned}" for owned in OWNERSHIP), NOT_KNOWN, *PLACEMENTS):
        of.percent(CENSUS + kind, CENSUS + "others")
    key = of.key
    maker.parts(key(CENSUS + "all"), key(CENSUS + "others"), key(CENSUS + "uasc"))
    maker.parts(key(CENSUS + "others"), *(key(CENSUS + kind) for kind in (*PLACEMENTS, NOT_KNOWN)))
    maker.rest(key(CENSUS + RESIDENTIAL), *(key(f"{CENSUS}{RESIDENTIAL}, {owned}") for owned in OWNERSHIP))


def _in_homes(partnership: Partnership, groups: Iterable[LookedAfter]) -> Counter[str]:
    """Count the children of residential homes by who owns these."""
    owner = {code: p.ownership for p in partnership.providers if p.kind == RESIDENTIAL for code in p.codes}
    found = Counter[str]()
    for g in groups:
        if g.placement == RESIDENTIAL and g.provider in owner:
            found[owner[g.provider]] += g.children
    return found


class _Scope:
    """One area, or the county, in one period on the sheet."""

    def __init__(self, maker: SheetMaker, partnership: Partnership, period: Period, name: str, rank: int) -> None:
        self.maker, self.partnership, self.name, self.rank = maker, partnership, name, rank
        self.period, self.months = period, whole_months(period.first, period.last)

    def key(self, measure: str) -> Key:
        return self.period.label, self.name, measure

    def course(self, f: Frequency) -> None:
        """Count children and episodes alone."""
        self.count("children", f.children, "children")
        self.count("episodes", f.episodes, "episodes")
        self.maker.rest(self.key("episodes"), self.key("children"))

    def fill(
        self, facts: Facts, scope: Scope, period: Period, tally: InterviewTally | None, reporters: Counter[str]
    ) -> None:
        frequency = facts.frequency(scope, period)
        self._frequency(frequency)
        self._bands(bands(frequency, self.partnership.frequency_bands))
        self._ages(ages(facts, self.partnership, scope, period))
        self.count("first_ever", facts.first_ever(scope, period), "first")
        self.maker.rest(self.key("children"), self.key("first_ever"))
        self._reporters(reporters)
        if tally is not None:
            self._interviews(tally)
        self._top(frequency)

    def count(self, measure: str, value: int, worth: str) -> None:
        """The county's figure is kept before an area's, a half-year's before those of other periods.

        The area listed first is kept before the others.
        """
        self.maker.count(self.key(measure), value, self._order(worth))

    def percent(self, part: str, whole: str) -> None:
        self.maker.percent(self.key(part), self.key(whole), self._order("percent"))

    def _order(self, worth: str) -> tuple[int, ...]:
        kept = int(self.name == COUNTY), _OF_PERIODS.index(self.months), _WORTH.index(worth), self.rank
        return *kept, len(self.maker.cells)

    def _frequency(self, f: Frequency) -> None:
        self.count("children", f.children, "children")
        self.count("episodes", f.episodes, "episodes")
        self.count(ONCE, f.once_only, "once")
        self.count("repeat", f.repeat_children, "repeat")
        self.count("repeat episodes", f.repeat_episodes, "repeat")
        self.count("episodes by repeat", f.episodes_by_repeat_children, "repeat")
        key, maker = self.key, self.maker
        maker.parts(key("children"), key(ONCE), key("repeat"))
        maker.parts(key("episodes"), key("children"), key("repeat episodes"))
        maker.parts(key("episodes"), key(ONCE), key("episodes by repeat"))
        maker.at_most([(key("repeat"), 2)], [(key("episodes by repeat"), 1)])

    def _bands(self, rows: tuple[BandCount, ...]) -> None:
        """Children only: how many episodes a band holds would tell how many each of its few children had."""
        for band, children, _ in reversed(rows):
            if in_band(band) != ONCE:
                self.count(in_band(band), children, "band")
        self._column("children", [in_band(r.band) for r in rows])
        least = [(self.key(in_band(r.band)), r.band.low) for r in rows]
        self.maker.at_most(least, [(self.key("episodes"), 1)])
        if not any(r.children for r in rows if r.band.high is None):
            most = [(self.key(in_band(r.band)), r.band.high) for r in rows if r.band.high is not None]
            self.maker.at_most([(self.key("episodes"), 1)], most)

    def _ages(self, counts: dict[str, tuple[int, int]]) -> None:
        for label, (children, _) in counts.items():
            self.count(f"age {label}", children, "age")
        self._column("children", [f"age {label}" for label in counts])

    def _shares(self, parts: Iterable[str], whole: str) -> None:
        for part in parts:
            self.percent(part, whole)

    def _column(self, whole: str, parts: list[str]) -> None:
        self.maker.parts(self.key(whole), *map(self.key, parts))

    def cohorts(self, facts: Facts, scope: Scope, period: Period) -> None:
        for cohort in COHORTS:
            found = facts.frequency(scope, period, cohort)
            self._cohort(cohort, found.children, found.episodes, "cohort")
            for measure in ("children", "episodes"):
                self.percent(f"{cohort}: {measure}", measure)
        self._inside_and_outside()

    def _cohort(self, cohort: str, n_children: int, n_episodes: int, worth: str) -> None:
        children, episodes = self.key(f"{cohort}: children"), self.key(f"{cohort}: episodes")
        self.count(children[2], n_children, worth)
        self.count(episodes[2], n_episodes, worth)
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
            self.count(reported_by(reporter), counts[reporter], "reporter")
        self._column("episodes", [reported_by(r) for r in REPORTED_BY])
        if self.name == COUNTY and self.months == HALF:  # of the report
            self._shares([reported_by(r) for r in REPORTED_BY], "episodes")

    def settings(self, counts: Mapping[str, tuple[int, int]]) -> None:
        """Count episodes only: a child of two settings is in both, so children of settings do not add up."""
        for setting in MISSING_FROM:
            self.count(missing_from(setting), counts.get(setting, (0, 0))[1], "report")
        self._column("episodes", [missing_from(s) for s in MISSING_FROM])
        if self.name == COUNTY:
            self._shares([missing_from(s) for s in MISSING_FROM], "episodes")

    def hosted(self, children: int, episodes: int) -> None:
        """Count hosted children and their episodes, whose interviews this council does not owe."""
        self._cohort(HOSTED, children, episodes, "report")
        if (ended := self.key("interviews: episodes")) in self.maker.cells:
            self.maker.rest(ended, self.key("interviews: required"), self.key(f"{HOSTED}: episodes"))

    def late(self, reasons: Mapping[str, int]) -> None:
        """Count interviews that are due and were not held in time, by the reason in the record."""
        other = sum(n for reason, n in reasons.items() if reason not in LATE_REASONS)
        for reason in LATE_REASONS:
            self.count(late_by(reason), reasons.get(reason, 0) + (other if reason == "other" else 0), "report")
        self.count(late_by(ALL_LATE), sum(reasons.values()), "report")
        self._column(late_by(ALL_LATE), [late_by(reason) for reason in LATE_REASONS])
        self._column("interviews: due", ["interviews: held_in_time", late_by(ALL_LATE)])
        self._shares([late_by(reason) for reason in LATE_REASONS], late_by(ALL_LATE))

    def working_days(self, held: int, over: int) -> None:
        """Count the interviews whose three working days are over, and those held in them (K12)."""
        self.count(IN_WORKING_DAYS, held, "report")
        self.count(WORKING_DAYS_OVER, over, "report")
        key, maker = self.key, self.maker
        self.percent(IN_WORKING_DAYS, WORKING_DAYS_OVER)
        maker.rest(key(WORKING_DAYS_OVER), key(IN_WORKING_DAYS))
        maker.rest(key("interviews: due"), key(WORKING_DAYS_OVER))  # the third working day ends after the 72 hours
        maker.rest(key("interviews: held"), key(IN_WORKING_DAYS))
        # Who was not held in the working days was not held in 72 hours: the others who were late are counted twice.
        maker.twice(key(WORKING_DAYS_OVER), key(late_by(ALL_LATE)), key(IN_WORKING_DAYS))

    def _interviews(self, tally: InterviewTally) -> None:
        """Count the parts of K1-K9, and the parts that each holds.

        Interviews not due yet are printed as a number, or as "some": none is seen by that too.
        """
        self.count(f"interviews: {NOT_DUE}", tally.not_due, "interview")
        for name in reversed(TALLY):  # how many episodes stays longest; of few not due, "due" goes first
            if name == UNPRINTED:
                self.maker.count(self.key(f"interviews: {name}"), tally.held_required, kind="rest")
            else:
                self.count(f"interviews: {name}", getattr(tally, name), "interview")
        self._column("interviews: required", ["interviews: due", f"interviews: {NOT_DUE}"])
        self.maker.rest(self.key("episodes"), self.key("interviews: episodes"))
        for whole, *parts in _WITHIN:
            self.maker.rest(self.key(f"interviews: {whole}"), *(self.key(f"interviews: {p}") for p in parts))
        for part, of in reversed(INTERVIEW_SHARES):
            self.percent(f"interviews: {part}", f"interviews: {of}")

    def _top(self, frequency: Frequency) -> None:
        """The episodes of the ten children with most, between what the bands let them have."""
        key, maker, top = self.key, self.maker, self.key("top")
        self.count("top", top_share(frequency, TOP).rate.numerator if frequency.episodes else 0, "top")
        self.percent("top", "episodes")
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
    ("held", "held_in_time"),
    ("due", "held_in_time"),
    ("held_required", "held_in_time"),
    ("held", "recorded_in_time"),
    ("recorded_in_time", "recorded_in_time_required"),
    ("due", "recorded_in_time_required"),
    ("held_required", "recorded_in_time_required"),
    ("required", "resolved"),
    ("resolved", "held_required"),
)
