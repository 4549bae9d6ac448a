"""MemoryFacts: the Facts protocol over a list of episodes, computed with the pure rules alone. No SQL.

A new figure gets its plain loop here; `tests/store/queries/test_facts.py` compares it with the query.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeVar

from bot.ingest.bank_holidays import by_division
from bot.rules.access.permissions import Scope
from bot.rules.audit.retention import grown_up
from bot.rules.delivery.delivery import Delivery
from bot.rules.disclosure.released import ReleasedSheet
from bot.rules.episodes import doubts
from bot.rules.episodes.confirmations import Ruling
from bot.rules.episodes.found_with import Find, FoundWith, Other, Unreported, find, newest_first
from bot.rules.episodes.regrades import Regrade, regrades
from bot.rules.episodes.risk_flags import AS_ADULT, age_band
from bot.rules.figures import (
    Active,
    Followed,
    Frequency,
    Headline,
    InterviewTally,
    Month,
    OwedInterview,
    PeopleInterviewed,
    people_interviewed,
    private_kpis,
    tally,
)
from bot.rules.interviews.hosted import as_ours, tracked_until
from bot.rules.interviews.state import (
    FORGOTTEN,
    InterviewPage,
    OpenInterview,
    View,
    closed_at,
    interview_required,
    page_of,
    required,
)
from bot.rules.model import (
    FOREVER,
    NO_EPISODE,
    REPORTER_NOT_KNOWN,
    SETTING_NOT_KNOWN,
    UNREAD_AUTHORITY,
    CaseRelation,
    Episode,
    Freshness,
    GradeRecord,
    LookedAfter,
    Period,
)
from bot.rules.partnership.partnership import Person
from bot.rules.queries import digest_content
from bot.rules.queries.digest_content import gather, headline
from bot.rules.queries.facts import ChildFacts, Gap, SourceReport
from bot.rules.reports.signing import Report
from bot.rules.spikes import MonthNote
from bot.rules.time.clock import by_month, is_news, local_day, window
from tests.support.factories import Recorded, partnership, reference, sources
from tests.support.memory_chat_records import MemoryWork
from tests.support.memory_trail import MemoryTrail

COHORTS: dict[str | None, Callable[[Episode], bool]] = {
    None: lambda x: True,
    "lac": lambda x: x.lac,
    "not-lac": lambda x: not x.lac,
    "uasc": lambda x: x.uasc,
    "cp": lambda x: x.cp,
    "entered-care": lambda x: x.entered_care,
}


ANY_POPULATION = (LookedAfter(False, "residential", "R-01", 40), LookedAfter(True, "semi_independent", None, 20))


@dataclass(frozen=True)
class Case:
    """The facts of the children's file on a child now."""

    id: int
    aliases: tuple[str, ...] = ()
    area: str | None = None
    worker: str | None = None
    iro: str | None = None
    placing_authority: str | None = None
    birth_known: bool = True


@dataclass
class MemoryFacts:
    """Every figure is a loop over `episodes`: slow, plain, and the reference for the store's SQL."""

    episodes: Sequence[Recorded] = ()
    cases: Mapping[str, Case] = field(default_factory=dict)
    grades: Mapping[int, tuple[GradeRecord, ...]] = field(default_factory=dict)
    taken: tuple[Freshness, ...] = field(default_factory=sources)
    gaps: tuple[Gap, ...] = (Gap("police-only", "Police record without a council record", 0, "Open the episode."),)
    differing: Mapping[str, Sequence[tuple[str, str, datetime]]] = field(default_factory=dict)
    population: Mapping[date, Sequence[LookedAfter]] | None = None  # by day; None where a test is about another thing
    said: Sequence[Ruling] = ()  # of doubts
    company: Mapping[int, Sequence[int]] = field(default_factory=dict)  # by episode: the children its record names
    lost_until: date | None = None  # a restore lost the sheets of half-years that ended by then
    trail: MemoryTrail = field(default_factory=MemoryTrail)

    def deliveries(self, since: datetime, until: datetime) -> Sequence[Delivery]:
        found = [d for d in self.trail.work.ledger if since <= d.due_at < until]
        return sorted(found, key=lambda d: (d.due_at, d.id))

    def delivery(self, number: int) -> Delivery | None:
        return next((d for d in self.trail.work.ledger if d.id == number), None)

    def released_periods(self) -> Sequence[Period]:
        return tuple(self.trail.released)

    def reports(self) -> Sequence[Report]:
        return tuple(self.trail.reports)

    def month_notes(self) -> Sequence[MonthNote]:
        return sorted(self.trail.noted, key=lambda n: (n.first_day, n.said_at, n.event))

    def released_sheet(self, period: Period) -> ReleasedSheet | None:
        for release in reversed(self.trail.releases):
            here = [f for f in release.figures if (f.first, f.last) == (period.first, period.last)]
            if here:
                return ReleasedSheet({(f.scope, f.measure): f.printed for f in here}, release.issue, release.at)
        return None

    def shown_until(self) -> date | None:
        return self.lost_until

    def chance(self, *place: str | int) -> float:
        return random.Random(repr(place)).random()

    @property
    def work(self) -> MemoryWork:
        self.trail.work.children = {x.id: x.child_id for x in self.episodes}
        return self.trail.work

    # -- figures of a period --

    def started(self, scope: Scope, period: Period, cohort: str | None = None) -> list[Recorded]:
        """Missing episodes of the scope that start in the period (R4, R5)."""
        since, until = window(period)
        here = [x for x in self.episodes if x.area in scope.areas and x.kind == "missing" and x.counted]
        return [x for x in here if since <= x.start_at < until and COHORTS[cohort](x)]

    def frequency(self, scope: Scope, period: Period, cohort: str | None = None) -> Frequency:
        return Frequency.per_child_counts(Counter(x.child_id for x in self.started(scope, period, cohort)).values())

    def active(self, scope: Scope, period: Period) -> Active:
        since, until = window(period)
        here = [x for x in self.episodes if x.area in scope.areas and x.kind == "missing" and x.counted]
        found = [x for x in here if x.start_at < until and (x.until_at > since or x.start_at >= since)]
        return Active(len({x.child_id for x in found}), len(found))

    def first_ever(self, scope: Scope, period: Period) -> int:
        since, _ = window(period)
        earlier = {x.child_id for x in self.episodes if x.kind == "missing" and x.counted and x.start_at < since}
        return len({x.child_id for x in self.started(scope, period)} - earlier)

    def left_out(self, scope: Scope, period: Period) -> Mapping[str, int]:
        since, until = window(period)
        here = [x for x in self.episodes if x.area in scope.areas and since <= x.start_at < until and not x.counted]
        return Counter(code for x in here if (code := doubts.why_not_counted(x.kind, x.doubts)))

    def by_area(self, scope: Scope, period: Period, cohort: str | None = None) -> Mapping[str, tuple[int, int]]:
        found = _by(lambda x: x.area, self.started(scope, period, cohort))
        return {area: (len({x.child_id for x in here}), len(here)) for area, here in found.items()}

    def in_several_areas(self, scope: Scope, period: Period) -> int:
        areas = _by(lambda x: x.child_id, self.started(scope, period))
        return sum(len({x.area for x in each}) > 1 for each in areas.values())

    def by_age(self, scope: Scope, period: Period, cohort: str | None = None) -> Mapping[int | None, tuple[int, int]]:
        found: dict[int | None, tuple[int, int]] = {}
        for each in _by(lambda x: x.child_id, self.started(scope, period, cohort)).values():
            age = min((x.age for x in each if x.age is not None), default=None)
            children, episodes = found.get(age, (0, 0))
            found[age] = (children + 1, episodes + len(each))
        return found

    def area_bases(self, scope: Scope, period: Period) -> Mapping[str, int]:
        return Counter(x.area_basis for x in self.started(scope, period))

    def in_cohort_and_not(self, scope: Scope, period: Period, cohort: str) -> int:
        each = _by(lambda x: x.child_id, self.started(scope, period)).values()
        return sum(len({COHORTS[cohort](x) for x in episodes}) > 1 for episodes in each)

    def tallies(self, scope: Scope, period: Period, now: datetime) -> Mapping[str, InterviewTally]:
        found = {area: tally(here, now) for area, here in _by(lambda x: x.area, self.started(scope, period)).items()}
        return {area: t for area, t in found.items() if t.episodes}

    def due_tallies(self, scope: Scope, period: Period, now: datetime) -> Mapping[str, InterviewTally]:
        ours = [x for x in self.episodes if x.area in scope.areas and x.kind == "missing" and x.counted]
        since, until = window(period)
        limits = [(x, x.interview.counts_until) for x in ours if required(x, now)]
        due = [x for x, limit in limits if limit is not None and since <= limit < until]
        return {area: tally(here, now) for area, here in _by(lambda x: x.area, due).items()}

    def people_interviewed(self, scope: Scope, period: Period, now: datetime) -> PeopleInterviewed:
        return people_interviewed(self.started(scope, period), now)

    def reports_without_episode(self, scope: Scope, period: Period) -> int:
        since, until = window(period)
        here = [x for x in self.episodes if x.area in scope.areas and x.kind == "void" and x.counted]
        return sum(x.end_reason == NO_EPISODE and since <= (x.reported_at or x.start_at) < until for x in here)

    def records_by_month(self, scope: Scope, period: Period) -> Sequence[int]:
        here = [x for x in self.episodes if x.area in scope.areas and x.kind in ("missing", "void")]
        days = [local_day(x.start_at) for x in here]
        return [sum(m.first <= day <= m.last for day in days) for m in by_month(period.first, period.last)]

    def months(self, scope: Scope, first: date, last: date) -> Sequence[Month]:
        found = []
        for month in by_month(first, last):
            here = self.started(scope, Period("", *month))
            ages = [
                min((x.age for x in each if x.age is not None), default=None)
                for each in _by(lambda x: x.child_id, here).values()
            ]
            bands = Counter(age_band(age, partnership().age_bands) for age in ages)
            found.append(Month(month.first, len(here), len(ages), bands))
        return found

    def top_children(self, scope: Scope, period: Period, k: int, then: Period) -> Sequence[tuple[int, int]]:
        """Of equal children, first the earlier start, then the smaller reference (as in `tests.support.world`)."""
        later = Counter(x.child_id for x in self.started(scope, then))
        now = _by(lambda x: x.child_id, self.started(scope, period))

        def rank(found: list[Recorded]) -> tuple[int, datetime, str]:
            references = [f"{'P' if x.police else 'E'}-{x.id}" for x in found]
            return -len(found), min(x.start_at for x in found), min(references)

        ranked = sorted(now.items(), key=lambda each: rank(each[1]))
        return [(len(found), later[child]) for child, found in ranked[:k]]

    def interview_spans(
        self, scope: Scope, period: Period, now: datetime
    ) -> tuple[Sequence[timedelta], Sequence[timedelta]]:
        ended = [x.interview for x in self.started(scope, period) if required(x, now)]
        held = [(i, i.held_at) for i in ended if i.held_at is not None and i.held_at <= now]
        return (
            [done - i.clock_start_at for i, done in held if i.clock_start_at is not None],
            [i.recorded_at - done for i, done in held if i.recorded_at is not None and i.recorded_at <= now],
        )

    def owed_interviews(self, scope: Scope, period: Period, now: datetime) -> Sequence[OwedInterview]:
        owed = [x.interview for x in self.started(scope, period) if required(x, now)]
        return [OwedInterview(i.clock_start_at, i.counts_until, i.held_at, i.outcome_reason) for i in owed]

    def dates_only(self, scope: Scope, period: Period, now: datetime) -> int:
        return sum(x.interview.date_only for x in self.started(scope, period) if required(x, now))

    def reporters(self, scope: Scope, period: Period) -> Mapping[str, Counter[str]]:
        found = _by(lambda x: x.area, self.started(scope, period))
        return {area: Counter(x.reporter or REPORTER_NOT_KNOWN for x in here) for area, here in found.items()}

    def report_delays(self, scope: Scope, period: Period) -> Mapping[str, Sequence[timedelta]]:
        found: dict[str, list[timedelta]] = defaultdict(list)
        for x in self.started(scope, period):
            if x.last_seen_at and x.reported_at:
                found[x.reporter or REPORTER_NOT_KNOWN].append(x.reported_at - x.last_seen_at)
        return found

    # -- of the half-yearly report --

    def settings(self, scope: Scope, period: Period) -> Mapping[str, tuple[int, int]]:
        found = _by(lambda x: x.setting or SETTING_NOT_KNOWN, self.started(scope, period))
        return {setting: (len({x.child_id for x in here}), len(here)) for setting, here in found.items()}

    def hosted(self, scope: Scope, period: Period) -> tuple[int, int]:
        here = [x for x in self.started(scope, period) if x.hosted]
        return len({x.child_id for x in here}), len(here)

    def ever_hosted(self, scope: Scope) -> bool:
        return any(x.hosted for x in self.episodes if x.area in scope.areas)

    def ever_in(self, scope: Scope) -> bool:
        return any(x.area in scope.areas for x in self.episodes)

    def late_reasons(self, scope: Scope, period: Period, now: datetime) -> Mapping[str, int]:
        late: Counter[str] = Counter()
        for i in self.owed_interviews(scope, period, now):
            held = i.held if i.held is not None and i.held <= now else None
            due = i.counts_until is None or i.counts_until <= now
            if due and (held is None or i.counts_until is None or held > i.counts_until):
                late[i.reason or ""] += 1
        return late

    def in_working_days(self, scope: Scope, period: Period, now: datetime) -> tuple[int, int]:
        holidays = by_division()["england-and-wales"]
        _, k12 = private_kpis(self.owed_interviews(scope, period, now), holidays, now)
        return k12.rate.numerator, k12.rate.denominator

    def interview_waits(
        self, scope: Scope, period: Period, now: datetime
    ) -> tuple[Counter[timedelta], Counter[timedelta]]:
        to_held, to_recorded = self.interview_spans(scope, period, now)
        return Counter(to_held), Counter(to_recorded)

    def reporting_delays(self, scope: Scope, period: Period) -> Mapping[str, Counter[timedelta]]:
        found = {
            r: Counter(d for d in each if d >= timedelta()) for r, each in self.report_delays(scope, period).items()
        }
        return {reporter: delays for reporter, delays in found.items() if delays}

    def followed(self, scope: Scope, period: Period, k: int, then: Period) -> Followed:
        later = Counter(x.child_id for x in self.started(scope, then))
        now = _by(lambda x: x.child_id, self.started(scope, period))
        ranked = sorted(now.items(), key=lambda each: (-len(each[1]), min(x.start_at for x in each[1]), each[0]))[:k]
        had = [(len(found), later[child]) for child, found in ranked]
        return Followed(len(had), sum(n for n, _ in had), sum(n for _, n in had), sum(b < a for a, b in had))

    def followed_by_area(self, scope: Scope, period: Period, k: int, then: Period) -> Mapping[str, Followed]:
        found = {area: self.followed(Scope((area,)), period, k, then) for area in scope.areas}
        return {area: f for area, f in found.items() if f.children}

    def headline(self, scope: Scope, window: tuple[datetime, datetime], now: datetime) -> Headline:
        return headline(gather(self, partnership(), scope, window, now))

    # -- lists --

    def _case(self, child_id: int) -> Case:
        return next((case for case in self.cases.values() if case.id == child_id), Case(child_id))

    def _case_relation(self, x: Recorded, now: datetime) -> CaseRelation:
        """The case relation of one list line: that episode's own area and worker."""
        case = self._case(x.child_id)
        workers = frozenset(w for w in (case.worker, x.interview.worker) if w)
        return CaseRelation(frozenset({x.area}), workers, case.iro, case.placing_authority, x.open_at(now))

    def _list(self, scope: Scope, seen_from: datetime, wanted: Callable[[Recorded], bool]) -> list[Episode]:
        here = [x for x in self.episodes if x.area in scope.areas and wanted(x)]
        mine = [x for x in here if scope.holds(self._case_relation(x, seen_from))]
        return [x.seen(seen_from) for x in sorted(mine, key=lambda x: (x.start_at, x.id))]

    def open_episodes(self, scope: Scope, now: datetime) -> Sequence[Episode]:
        return self._list(scope, now, lambda x: x.open_at(now) and x.kind != "void")

    def reported(self, scope: Scope, since: datetime, until: datetime) -> Sequence[Episode]:
        return self._list(scope, until, lambda x: x.reported_at is not None and since <= x.reported_at < until)

    def late_entries(self, scope: Scope, since: datetime, until: datetime) -> Sequence[Episode]:
        def late(x: Recorded) -> bool:
            known = x.reported_at or x.start_at
            return x.entered_at is not None and since <= x.entered_at < until and known < since

        return self._list(scope, until, late)

    def ended(self, scope: Scope, since: datetime, until: datetime) -> Sequence[Episode]:
        return self._list(scope, until, lambda x: is_news(x.until_at, x.end_known_at, since, until))

    def grown_up(self, scope: Scope, since: datetime, until: datetime) -> Sequence[Episode]:
        def wanted(x: Recorded) -> bool:
            back = x.end_at is not None and x.end_at <= until and x.end_reason != AS_ADULT
            return x.grew_up and not back and is_news(x.until_at, x.end_known_at, since, until)

        return self._list(scope, until, wanted)

    def voided(self, scope: Scope, since: datetime, until: datetime) -> Sequence[Episode]:
        return self._list(scope, until, lambda x: x.voided_at is not None and since <= x.voided_at < until)

    def held(self, scope: Scope, since: datetime, until: datetime) -> Sequence[Episode]:
        def news(x: Recorded) -> bool:
            return is_required(x) and is_news(x.interview.held_at, x.interview.held_known_at, since, until)

        return self._list(scope, until, news)

    def interviews_open(self, scope: Scope, now: datetime, since: datetime | None = None) -> Sequence[Episode]:
        again = self.work.opened_again(now)

        def wanted(x: Recorded) -> bool:
            begun = x.interview.clock_start_at
            opened = x.id in again and _owed(x) and begun is not None and begun <= now
            return opened or _interview_open(x, now, since or now)

        return self._list(scope, now, wanted)

    def interviews_elsewhere(self, scope: Scope, now: datetime) -> Sequence[Episode]:
        def wanted(x: Recorded) -> bool:
            i, back = x.interview, x.interview.clock_start_at
            theirs = x.hosted or i.outcome_reason == "placing_la_responsible"
            return theirs and back is not None and back <= now < _tracked_until(x)

        return self._list(scope, now, wanted)

    def record_times_given(self, now: datetime) -> bool:
        found = [x.interview for x in self.episodes if x.interview.held_at and x.interview.held_at < now - FORGOTTEN]
        return not found or any(x.interview.recorded_at is not None for x in self.episodes)

    def interview_page(
        self, scope: Scope, now: datetime, view: View, person: Person | None, first: int, count: int
    ) -> InterviewPage:
        return page_of(digest_content.open_interviews(self, scope, now), view, person, first, count)

    def episodes_of(self, numbers: Sequence[int], now: datetime) -> Sequence[Episode]:
        return [x.seen(now) for x in sorted(self.episodes, key=lambda x: (x.start_at, x.id)) if x.id in numbers]

    def numbered(self, scope: Scope, numbers: Sequence[int], now: datetime) -> Sequence[Episode]:
        return self._list(scope, now, lambda x: x.id in numbers)

    def missing_now(self, children: Sequence[int], now: datetime) -> set[int]:
        theirs = [x for x in self.episodes if x.child_id in children and x.kind != "void" and x.open_at(now)]
        return {x.child_id for x in theirs if x.said_back_at is None or x.said_back_at > now}

    def died(self, children: Sequence[int]) -> set[int]:
        return {x.child_id for x in self.episodes if x.child_id in children and x.died}

    def told_late(self, episodes: Sequence[int], now: datetime) -> Mapping[int, datetime]:
        """No load stands behind these facts, so no export can have lacked a return."""
        return {}

    def starts(self, children: Sequence[int], since: datetime, now: datetime) -> Mapping[int, tuple[datetime, ...]]:
        wanted = [x for x in self.episodes if x.kind == "missing" and x.child_id in children]
        each = _by(lambda x: x.child_id, [x for x in wanted if since < x.start_at <= now])
        return {child: tuple(sorted(x.start_at for x in found)) for child, found in each.items()}

    def regrades(self, numbers: Sequence[int], since: datetime, until: datetime) -> Mapping[int, tuple[Regrade, ...]]:
        found = {n: regrades(self.grades.get(n, ()), since, until) for n in numbers}
        return {n: changes for n, changes in found.items() if changes}

    def rulings(self, scope: Scope, since: datetime, until: datetime) -> Sequence[Ruling]:
        def news(r: Ruling) -> bool:
            return any(at is not None and since <= at < until for at in (r.said_at, r.undone_at, r.overtaken_at))

        return [r for r in self.said if not scope.cases_of and r.area in scope.areas and news(r)]

    def people(self) -> Sequence[Person]:
        return self.trail.listed()

    # -- found together --

    def found_with(
        self, scope: Scope, children: Sequence[int], now: datetime, since: datetime | None = None
    ) -> Sequence[FoundWith]:
        found: list[tuple[object, FoundWith]] = []
        for x, other, when in self._finds(now):
            how, mine, theirs = self._other(other, when, now), self._during(x.child_id, when, now), 0
            if not mine or self.died([other]) or (since is not None and when.until < since):
                continue
            if x.child_id in children:
                ref = None
                if how in ("missing", "unreported"):
                    ref, theirs = self._named(other, when, scope, now)
                found.append((other, FoundWith(x.child_id, how, ref, when.at, _ids(mine), theirs)))
            if other in children and how != "unknown" and not self.died([x.child_id]):
                ref, theirs = self._named(x.child_id, when, scope, now)
                own = _ids(self._during(other, when, now))
                found.append((x.child_id, FoundWith(other, "missing", ref, when.at, own, theirs)))
        return newest_first(found)

    def found_unreported(self, scope: Scope, now: datetime, since: datetime | None = None) -> Sequence[Unreported]:
        found: dict[object, Unreported] = {}
        for x, other, when in sorted(self._finds(now), key=lambda each: each[2].until):
            mine = self._during(x.child_id, when, now)
            if self._other(other, when, now) != "unreported" or not mine or self.died([other, x.child_id]):
                continue
            refs = [self._named(each, when, scope, now)[0] for each in (other, x.child_id)]
            recent = since is None or any(
                y.child_id == x.child_id and y.end_known_at is not None and y.end_known_at >= since
                for y in self.episodes
            )
            if any(refs) and recent and (since is None or when.until >= since):
                areas = [self._area_then(each, when, now) for each in (other, x.child_id)]
                one = Unreported(refs[0], areas[0], refs[1], areas[1], when.at or when.since, other, mine[-1].id)
                found[other, mine[-1].id] = one
        return sorted(found.values(), key=lambda u: (u.at, u.number, u.ref or ""), reverse=True)

    def _finds(self, now: datetime) -> Iterator[tuple[Recorded, int, Find]]:
        for x in self.episodes:
            start = x.last_seen_at or x.reported_at or x.start_at
            back = min((end for end in (x.found_at, x.returned_at) if end), default=None)
            if x.police and (back or start) <= now:
                yield from (
                    (x, other, find(start, back)) for other in self.company.get(x.id, ()) if other != x.child_id
                )

    def _during(self, child: int, when: Find, now: datetime) -> list[Recorded]:
        theirs = [x for x in self.episodes if x.child_id == child and x.kind != "void" and x.start_at <= now]
        going_on = [x for x in theirs if x.start_at <= when.until and (x.end_at or FOREVER) >= when.since]
        return sorted(going_on, key=lambda x: (x.start_at, x.id))

    def _newest(self, child: int, now: datetime) -> list[Recorded]:
        begun = [x for x in self.episodes if x.child_id == child and x.start_at <= now]
        return sorted(begun, key=lambda x: (x.start_at, x.id))[-1:]

    def _other(self, child: int, when: Find, now: datetime) -> Other:
        if child not in {case.id for case in self.cases.values()} | {x.child_id for x in self.episodes}:
            return "unknown"
        if self._during(child, when, now):
            return "missing"
        day = local_day(min(when.until, now))
        adult = [doubts.ADULT in x.doubts or grown_up(x.start_at, x.age, day) for x in self._newest(child, now)]
        return "person" if any(adult) else "unreported"

    def _area_then(self, child: int, when: Find, now: datetime) -> str:
        absences = [x.area for x in self._during(child, when, now)[-1:]]
        newest = [x.area for x in self._newest(child, now)]
        return next((a for a in (*absences, self._case(child).area, *newest) if a), partnership().unknown_area)

    def _named(self, child: int, when: Find, scope: Scope, now: datetime) -> tuple[str | None, int]:
        """Return the child's reference if the scope holds it, and the last absence at the time of a find."""
        theirs, case = self._during(child, when, now), self._case(child)
        ref = next((r for r, each in self.cases.items() if each.id == child), reference(child))
        workers = frozenset([case.worker] if case.worker else [])
        area = frozenset({self._area_then(child, when, now)})
        alone = CaseRelation(area, workers, case.iro, case.placing_authority)
        relations = [self._case_relation(x, now) for x in theirs] or [alone]
        held = any(r.areas & set(scope.areas) and scope.holds(r) for r in relations)
        return ref if held else None, theirs[-1].id if theirs else 0

    # -- one child --

    def child(self, ref: str, now: datetime) -> ChildFacts | None:
        known = {x.child_ref: Case(x.child_id) for x in self.episodes} | dict(self.cases)
        own = next((r for r, case in known.items() if ref in (r, *case.aliases)), None)
        return None if own is None else self._child(own, known[own], now)

    def _child(self, ref: str, case: Case, now: datetime) -> ChildFacts:
        every = [x for x in self.episodes if x.child_id == case.id and x.start_at <= now]
        whose = [x for x in every if x.kind != "void" or doubts.ADULT in x.doubts]
        begun = [x for x in every if x.kind != "void"]
        episodes = tuple(x.seen(now) for x in sorted(begun, key=lambda x: (x.start_at, x.id)))
        series = {i: tuple(g for g in found if g.graded_at <= now) for i, found in self.grades.items()}
        mine = {x.id: series[x.id] for x in episodes if series.get(x.id)}
        ages = {x.id: x.age for x in begun if x.age is not None}
        said = tuple(r for r in self.said if r.ref == ref)
        relation = _relation(case, [x.seen(now) for x in sorted(whose, key=lambda x: (x.start_at, x.id))], now)
        held = {x.id: _holders(x) for x in episodes if x.open_at(now)}
        gone = tuple(x.seen(now) for x in sorted(every, key=lambda x: (x.start_at, x.id)) if x.voided_at is not None)
        adults = tuple(x.seen(now) for x in sorted(whose, key=lambda x: (x.start_at, x.id)) if x.kind == "void")
        before = {x.id: x.moved_from for x in whose if x.moved_from == "theirs"}
        return ChildFacts(
            ref, relation, case.birth_known, episodes, mine, ages, said, held, adults, gone, dict(before), case.id
        )

    def child_of_number(self, number: str, now: datetime) -> ChildFacts | None:
        return None  # no episode of this double has a number of the police

    def new_reference(self) -> str:
        taken = {x.child_ref for x in self.episodes}
        return next(r for n in "23456789" if (r := f"OX-NEW{n}") not in taken)

    def placed_by(self, children: Sequence[int]) -> Mapping[int, str]:
        named = {c: self._case(c).placing_authority for c in children}
        return {c: authority for c, authority in named.items() if authority and authority != UNREAD_AUTHORITY}

    # -- sources --

    def looked_after(self, day: date) -> Sequence[LookedAfter]:
        return self.population.get(day, ()) if self.population is not None else ANY_POPULATION

    def freshness(self, now: datetime) -> tuple[Freshness, ...]:
        return self.taken

    def source_report(self, now: datetime) -> SourceReport:
        said = self._as_said(now)
        found = [
            Gap(kind, what, sum(digest_content.differs(i, kind, now) for i in said), advice)
            for kind, (what, advice) in digest_content.DIFFERENCES.items()
        ]
        unreported = self.found_unreported(Scope(tuple(a.id for a in partnership().areas)), now)
        found.append(Gap(*digest_content.UNREPORTED_GAP[:2], len(unreported), digest_content.UNREPORTED_GAP[2]))
        return SourceReport(self.taken, (*self.gaps, *found))

    def _as_said(self, now: datetime) -> list[OpenInterview]:
        begun = sorted(self.episodes, key=lambda x: (x.start_at, x.id), reverse=True)
        died = self.died([x.child_id for x in begun])
        return digest_content.as_said(self, [x.seen(now) for x in begun if x.child_id not in died], (), now)

    def differences(
        self, scope: Scope, kind: str, now: datetime, *, posted: bool = False
    ) -> Sequence[tuple[str, str, datetime]]:
        if kind in digest_content.DIFFERENCES:
            said = [i.episode for i in self._as_said(now) if digest_content.differs(i, kind, now)]
            return [(x.child_ref, x.area, x.start_at) for x in said if x.area in scope.areas]
        if kind == digest_content.UNREPORTED_GAP[0]:
            return digest_content.unreported_rows(self.found_unreported(scope, now))
        dead = {x.child_ref for x in self.episodes if x.died} if posted else set()
        return [found for found in self.differing.get(kind, ()) if found[1] in scope.areas and found[0] not in dead]


K = TypeVar("K")


def _by(key: Callable[[Recorded], K], episodes: Sequence[Recorded]) -> dict[K, list[Recorded]]:
    found: dict[K, list[Recorded]] = defaultdict(list)
    for x in episodes:
        found[key(x)].append(x)
    return found


def _ids(episodes: Sequence[Episode]) -> tuple[int, ...]:
    return tuple(x.id for x in episodes)


def _holders(x: Episode) -> tuple[str, ...]:
    """The sources whose newest export has a record of the episode: all that know it, unless it is absent."""
    there = {"police": x.police, "interviews": x.council}
    return () if x.absent_at else tuple(source for source, known in there.items() if known)


def is_required(x: Episode) -> bool:
    """Return whether this council owes an interview, from the return that either agency recorded."""
    return interview_required(
        kind=x.kind,
        end_at=x.end_at or x.interview.clock_start_at,
        until_at=x.until_at,
        hosted=x.hosted,
        end_reason=x.end_reason,
        outcome_reason=x.interview.outcome_reason,
        repeat_away=x.repeat_away,
    )


def _tracked_until(x: Episode) -> datetime:
    """Return until when another authority's interview is listed, by the record."""
    ours = as_ours(x)
    if not is_required(ours):
        return x.start_at
    closed = closed_at(ours.interview, required=True)
    return tracked_until(ours.interview, closed, out=x.hosted and x.moved_from == "ours")


def _owed(x: Episode) -> bool:
    """Return whether this council holds the interview, or hands it over and may hold it still."""
    return is_required(x) or (x.hosted and x.moved_from == "ours")


def _interview_open(x: Episode, now: datetime, since: datetime) -> bool:
    """Return whether the child is back at `now` and a required interview was not closed by `since`."""
    i = as_ours(x).interview if x.moved_from == "ours" else x.interview
    if not _owed(x) or i.clock_start_at is None or i.clock_start_at > now:
        return False
    closed = closed_at(i, required=True)
    return closed is None or closed > since


def _relation(case: Case, episodes: Sequence[Episode], now: datetime) -> CaseRelation:
    """The case relation now: the file's worker and team, and those of open or recent episodes."""
    recent = now - timedelta(days=90)
    current = [x for x in episodes if _is_current(x, recent, now)] + list(episodes[-1:])
    areas = {case.area, *(x.area for x in current)} - {None}
    workers = {case.worker, *(x.interview.worker for x in current)} - {None}
    return CaseRelation(
        areas=frozenset(a for a in areas if a),
        workers=frozenset(w for w in workers if w),
        iro=case.iro,
        placing_authority=case.placing_authority,
        missing_now=any(x.open_at(now) for x in episodes),
    )


def _is_current(x: Episode, recent: datetime, now: datetime) -> bool:
    closed = x.interview.recorded_at or x.interview.held_at or x.interview.offered_at
    return x.open_at(now) or (x.start_at > recent and (closed is None or closed > recent))
