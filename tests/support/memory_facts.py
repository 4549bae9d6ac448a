"""MemoryFacts: the Facts protocol over a list of episodes, computed with the pure rules alone. No SQL.

A new figure gets its plain loop here; `tests/store/queries/test_facts.py` compares it with the query.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeVar

from bot.rules.access.permissions import Scope
from bot.rules.delivery.delivery import Delivery
from bot.rules.episodes import doubts
from bot.rules.episodes.confirmations import Ruling
from bot.rules.episodes.regrades import Regrade, regrades
from bot.rules.figures import (
    Frequency,
    Headline,
    InterviewTally,
    OwedInterview,
    PeopleInterviewed,
    people_interviewed,
    tally,
)
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
    REPORTER_NOT_KNOWN,
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
from bot.rules.time.clock import by_month, is_news, local_day, window
from tests.support.factories import Recorded, partnership, sources
from tests.support.memory_chat_records import MemoryWork
from tests.support.memory_trail import MemoryTrail

COHORTS: dict[str | None, Callable[[Episode], bool]] = {
    None: lambda x: True,
    "lac": lambda x: x.lac,
    "not-lac": lambda x: not x.lac,
    "uasc": lambda x: x.uasc,
    "cp": lambda x: x.cp,
}


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
    population: Mapping[date, Sequence[LookedAfter]] = field(default_factory=dict)
    said: Sequence[Ruling] = ()  # of doubts
    trail: MemoryTrail = field(default_factory=MemoryTrail)

    def deliveries(self, since: datetime, until: datetime) -> Sequence[Delivery]:
        found = [d for d in self.trail.work.ledger if since <= d.due_at < until]
        return sorted(found, key=lambda d: (d.due_at, d.id))

    def delivery(self, number: int) -> Delivery | None:
        return next((d for d in self.trail.work.ledger if d.id == number), None)

    def released_periods(self) -> Sequence[Period]:
        return tuple(self.trail.released)

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

    def people_interviewed(self, scope: Scope, period: Period, now: datetime) -> PeopleInterviewed:
        return people_interviewed(self.started(scope, period), now)

    def records_by_month(self, scope: Scope, period: Period) -> Sequence[int]:
        here = [x for x in self.episodes if x.area in scope.areas and x.kind in ("missing", "void")]
        days = [local_day(x.start_at) for x in here]
        return [sum(m.first <= day <= m.last for day in days) for m in by_month(period.first, period.last)]

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

    def reporters(self, scope: Scope, period: Period) -> Mapping[str, Counter[str]]:
        found = _by(lambda x: x.area, self.started(scope, period))
        return {area: Counter(x.reporter or REPORTER_NOT_KNOWN for x in here) for area, here in found.items()}

    def report_delays(self, scope: Scope, period: Period) -> Mapping[str, Sequence[timedelta]]:
        found: dict[str, list[timedelta]] = defaultdict(list)
        for x in self.started(scope, period):
            if x.last_seen_at and x.reported_at:
                found[x.reporter or REPORTER_NOT_KNOWN].append(x.reported_at - x.last_seen_at)
        return found

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
        return self._list(scope, now, lambda x: x.open_at(now))

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
        return self._list(scope, until, lambda x: x.grew_up and is_news(x.until_at, x.end_known_at, since, until))

    def held(self, scope: Scope, since: datetime, until: datetime) -> Sequence[Episode]:
        def news(x: Recorded) -> bool:
            return _required(x) and is_news(x.interview.held_at, x.interview.held_known_at, since, until)

        return self._list(scope, until, news)

    def interviews_open(self, scope: Scope, now: datetime, since: datetime | None = None) -> Sequence[Episode]:
        again = self.work.opened_again(now)

        def wanted(x: Recorded) -> bool:
            begun = x.interview.clock_start_at
            opened = x.id in again and _required(x) and begun is not None and begun <= now
            return opened or _interview_open(x, now, since or now)

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
        return {x.child_id for x in self.episodes if x.child_id in children and x.kind != "void" and x.open_at(now)}

    def died(self, children: Sequence[int]) -> set[int]:
        return {x.child_id for x in self.episodes if x.child_id in children and x.died}

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
        adults = tuple(x.seen(now) for x in sorted(whose, key=lambda x: (x.start_at, x.id)) if x.kind == "void")
        return ChildFacts(ref, relation, case.birth_known, episodes, mine, ages, said, held, adults)

    # -- sources --

    def looked_after(self, day: date) -> Sequence[LookedAfter]:
        return self.population.get(day, ())

    def freshness(self, now: datetime) -> tuple[Freshness, ...]:
        return self.taken

    def source_report(self, now: datetime) -> SourceReport:
        said = self._as_said(now)
        found = [
            Gap(kind, what, sum(digest_content.differs(i, kind) for i in said), advice)
            for kind, (what, advice) in digest_content.DIFFERENCES.items()
        ]
        return SourceReport(self.taken, (*self.gaps, *found))

    def _as_said(self, now: datetime) -> list[OpenInterview]:
        begun = sorted(self.episodes, key=lambda x: (x.start_at, x.id), reverse=True)
        died = self.died([x.child_id for x in begun])
        return digest_content.as_said(self, [x.seen(now) for x in begun if x.child_id not in died], (), now)

    def differences(
        self, scope: Scope, kind: str, now: datetime, *, posted: bool = False
    ) -> Sequence[tuple[str, str, datetime]]:
        if kind in digest_content.DIFFERENCES:
            said = [i.episode for i in self._as_said(now) if digest_content.differs(i, kind)]
            return [(x.child_ref, x.area, x.start_at) for x in said if x.area in scope.areas]
        dead = {x.child_ref for x in self.episodes if x.died} if posted else set()
        return [found for found in self.differing.get(kind, ()) if found[1] in scope.areas and found[0] not in dead]


K = TypeVar("K")


def _by(key: Callable[[Recorded], K], episodes: Sequence[Recorded]) -> dict[K, list[Recorded]]:
    found: dict[K, list[Recorded]] = defaultdict(list)
    for x in episodes:
        found[key(x)].append(x)
    return found


def _holders(x: Episode) -> tuple[str, ...]:
    """The sources whose newest export has a record of the episode: all that know it, unless it is absent."""
    there = {"police": x.police, "interviews": x.council}
    return () if x.absent_at else tuple(source for source, known in there.items() if known)


def _required(x: Episode) -> bool:
    """Return whether this council owes an interview, from the return that either agency recorded."""
    return interview_required(
        kind=x.kind,
        end_at=x.end_at or x.interview.clock_start_at,
        until_at=x.until_at,
        hosted=x.hosted,
        end_reason=x.end_reason,
        outcome_reason=x.interview.outcome_reason,
    )


def _interview_open(x: Episode, now: datetime, since: datetime) -> bool:
    """Return whether the child is back at `now` and a required interview was not closed by `since`."""
    i = x.interview
    if not _required(x) or i.clock_start_at is None or i.clock_start_at > now:
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
