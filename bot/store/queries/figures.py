"""Figures of an area and a period, counted in the database from frozen columns of one covering index.

The rules (`bot.rules.figures`) stay the reference: tests count the same rows in Python and must agree. The
statements follow the class, each built once: building them costs more than running them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
)

from bot.rules.access.permissions import Scope
from bot.rules.episodes import doubts
from bot.rules.episodes.risk_flags import age_band
from bot.rules.figures import Active, Frequency, InterviewTally, Month, OwedInterview, PeopleInterviewed
from bot.rules.model import NO_EPISODE, NOT_POSSIBLE, REPORTER_NOT_KNOWN, UNREAD_AUTHORITY, LookedAfter, Period
from bot.rules.partnership.partnership import Partnership
from bot.rules.time.clock import by_month, day_start, window
from bot.store.schema.records import child, child_period, child_placement, occurrence
from bot.store.schema.records import episode as e


class Figures:
    """Counts of missing episodes and of their return interviews, and the population looked after (level 0)."""

    connection: Connection
    partnership: Partnership

    def frequency(self, scope: Scope, period: Period, cohort: str | None = None) -> Frequency:
        """Count the children who had 1, 2, 3 ... episodes: bands and repeats follow from this one result."""
        rows = self._execute(_frequency(cohort), scope, period)
        return Frequency.of({int(n): int(children) for n, children in rows})

    def left_out(self, scope: Scope, period: Period) -> Mapping[str, int]:
        """Count the episodes of the period that no figure counts, by the code of the reason."""
        found: dict[str, int] = {}
        for kind, codes, n in self._execute(_left_out(), scope, period):
            code = doubts.why_not_counted(kind, doubts.read(codes))
            if code:
                found[code] = found.get(code, 0) + int(n)
        return found

    def active(self, scope: Scope, period: Period) -> Active:
        """Count the children missing at any time in the period, and their episodes, whenever they began (R7)."""
        return Active(*(int(n) for n in self._execute(_active(), scope, period).one()))

    def first_ever(self, scope: Scope, period: Period) -> int:
        """Count the children whose earliest missing episode in the whole history lies in the period (R11)."""
        return int(self._execute(_first_ever(), scope, period).scalar_one())

    def by_area(self, scope: Scope, period: Period, cohort: str | None = None) -> Mapping[str, tuple[int, int]]:
        """Area -> (children, episodes); a child is counted once in every area it had an episode in."""
        rows = self._execute(_by_area(cohort), scope, period)
        return {area: (int(children), int(episodes)) for area, children, episodes in rows}

    def in_several_areas(self, scope: Scope, period: Period) -> int:
        """Count the children of more than one area: because of them, areas need not add up to the county."""
        return int(self._execute(_in_several_areas(), scope, period).scalar_one())

    def area_bases(self, scope: Scope, period: Period) -> Mapping[str, int]:
        """Count episodes by the basis of their area: team, child_team, district or none."""
        return {basis: int(episodes) for basis, episodes in self._execute(_area_bases(), scope, period)}

    def by_age(self, scope: Scope, period: Period, cohort: str | None = None) -> Mapping[int | None, tuple[int, int]]:
        """Age at the child's first episode in the period -> (children, episodes); None without a birth date."""
        rows = self._execute(_by_age(cohort), scope, period)
        return {age: (int(children), int(episodes)) for age, children, episodes in rows}

    def in_cohort_and_not(self, scope: Scope, period: Period, cohort: str) -> int:
        """Count the children with episodes both inside and outside the cohort (in care for one, not for another)."""
        return int(self._execute(_in_cohort_and_not(cohort), scope, period).scalar_one())

    def top_children(self, scope: Scope, period: Period, k: int, then: Period) -> Sequence[tuple[int, int]]:
        """The k children with most episodes: (episodes in the period, the same child's episodes in `then`)."""
        top = self._execute(_top_children(), scope, period, k=k).all()
        children = [child_id for child_id, _ in top]
        later = self._execute(_of_children(), scope, then, children=children)
        afterwards = {child_id: int(n) for child_id, n in later}
        return [(int(n), afterwards.get(child_id, 0)) for child_id, n in top]

    def tallies(self, scope: Scope, period: Period, now: datetime) -> Mapping[str, InterviewTally]:
        """Area -> the counts behind K1-K9, over ended missing episodes that started in the period."""
        rows = self._execute(_tallies(started_in()), scope, period, now=now)
        return {row[0]: InterviewTally(*(int(n or 0) for n in row[1:])) for row in rows}

    def due_tallies(self, scope: Scope, period: Period, now: datetime) -> Mapping[str, InterviewTally]:
        """Area -> the same counts over the interviews due in the period, whenever the absence began (edge case 2)."""
        rows = self._execute(_tallies(_due_in()), scope, period, now=now)
        return {row[0]: InterviewTally(*(int(n or 0) for n in row[1:])) for row in rows}

    def people_interviewed(self, scope: Scope, period: Period, now: datetime) -> PeopleInterviewed:
        """Count talks and children behind the tallies: one talk may cover several episodes of a child."""
        row = self._execute(_people_interviewed(), scope, period, now=now).one()
        return PeopleInterviewed(*(int(n or 0) for n in row))

    def reports_without_episode(self, scope: Scope, period: Period) -> int:
        """Count the reports to the police in the period that became no episode (edge case 30)."""
        return int(self._execute(_reports_without_episode(), scope, period).scalar_one())

    def records_by_month(self, scope: Scope, period: Period) -> Sequence[int]:
        """Count the records of absences that began in each month of the period, those too that no figure counts."""
        months = by_month(period.first, period.last)
        begins = {f"begins{n}": day_start(month.first) for n, month in enumerate(months)}
        row = self._execute(_records_by_month(len(months)), scope, period, **begins).one()
        return [int(n or 0) for n in row]

    def months(self, scope: Scope, first: date, last: date) -> Sequence[Month]:
        """Count episodes and children of each month from the first day to the last, by start in London time.

        A month without an episode is there, with 0: whether it is known, `known_part` says.
        """
        found = by_month(first, last)
        begins = {f"begins{n}": day_start(month.first) for n, month in enumerate(found)}
        rows = self._execute(_months(len(found)), scope, Period("", first, last), **begins)
        months = [Month(month.first, 0, 0, {}) for month in found]
        for n, age, children, episodes in rows:
            before, band = months[n], age_band(age, self.partnership.age_bands)
            ages = {**before.ages, band: before.ages.get(band, 0) + int(children)}
            counted = before.episodes + int(episodes), before.children + int(children)
            months[n] = Month(before.first_day, *counted, ages)
        return months

    def interview_spans(
        self, scope: Scope, period: Period, now: datetime
    ) -> tuple[Sequence[timedelta], Sequence[timedelta]]:
        """For K10: return to held, and held to recorded, of the interviews held of those that this council owes."""
        rows = self._execute(_interview_spans(), scope, period, now=now).all()
        to_held = [held - back for back, held, _ in rows if back is not None]
        to_recorded = [recorded - held for _, held, recorded in rows if recorded is not None and recorded <= now]
        return to_held, to_recorded

    def owed_interviews(self, scope: Scope, period: Period, now: datetime) -> Sequence[OwedInterview]:
        """Return the times of each interview that this council owes for these episodes: for K11 and K12."""
        return [OwedInterview(*row) for row in self._execute(_owed_interviews(), scope, period, now=now)]

    def dates_only(self, scope: Scope, period: Period, now: datetime) -> int:
        """Count the interviews that this council owes for these episodes whose return is known by its day alone."""
        return int(self._execute(_dates_only(), scope, period, now=now).scalar_one())

    def reporters(self, scope: Scope, period: Period) -> Mapping[str, Counter[str]]:
        """Area -> the number of episodes by the code of the reporter."""
        found: dict[str, Counter[str]] = {}
        for area, reporter, n in self._execute(_reporters(), scope, period):
            found.setdefault(area, Counter())[reporter or REPORTER_NOT_KNOWN] += int(n)
        return found

    def report_delays(self, scope: Scope, period: Period) -> Mapping[str, Sequence[timedelta]]:
        """Code of the reporter -> reported less last seen, of the episodes that have both times."""
        found: dict[str, list[timedelta]] = {}
        for reporter, seen, reported in self._execute(_report_delays(), scope, period):
            found.setdefault(reporter or REPORTER_NOT_KNOWN, []).append(reported - seen)
        return found

    def looked_after(self, day: date) -> Sequence[LookedAfter]:
        """Count the children this authority looked after on a day, by UASC, placement and provider.

        These are population figures of the half-yearly report, not missing episodes. Hosted children are left out. A
        child whose placing authority could not be read counts as this authority's. The placement is that of the day,
        None where it is not known.
        """
        uasc = _holds_on(day, "uasc").label("uasc")
        ours = or_(child.c.placing_authority.is_(None), child.c.placing_authority == UNREAD_AUTHORITY)
        span = child_placement.c
        placed = and_(
            span.child_id == child.c.id, span.from_date <= day, or_(span.to_date.is_(None), span.to_date > day)
        )
        query = (
            select(uasc, span.placement, span.provider, func.count())
            .select_from(child.outerjoin(child_placement, placed))
            .where(_holds_on(day, "lac"), ours)
            .group_by(uasc, span.placement, span.provider)
        )
        rows = self.connection.execute(query)
        return [LookedAfter(bool(u), placement, provider, int(n)) for u, placement, provider, n in rows]

    def _execute(self, statement: Select[Any], scope: Scope, period: Period, **more: Any) -> Any:
        """Execute a statement with the areas of the scope and the instants of the period (R5) bound to it."""
        since, until = window(period)
        return self.connection.execute(statement, {"areas": scope.areas, "since": since, "until": until, **more})


Where = ColumnElement[bool]

#: A cohort is a frozen flag of the episode (R16).
COHORTS: dict[str, Where] = {
    "lac": e.c.lac.is_(True),
    "not-lac": e.c.lac.is_(False),
    "uasc": e.c.uasc.is_(True),
    "cp": e.c.cp.is_(True),
    "entered-care": e.c.entered_care.is_(True),
}

_areas: BindParameter[Any] = bindparam("areas", expanding=True)
_since = bindparam("since", type_=e.c.start_at.type)
_until = bindparam("until", type_=e.c.start_at.type)
_now = bindparam("now", type_=e.c.start_at.type)


def started_in(cohort: str | None = None) -> Where:
    """Missing episodes of the areas whose start lies in the period (R5); `away` is never counted (R4).

    Episodes without a known start, or of a child whose age is in doubt, are not counted either.
    """
    inside = () if cohort is None else (COHORTS[cohort],)
    counted = (e.c.kind == "missing", e.c.counted.is_(True))
    return and_(e.c.area.in_(_areas), *counted, e.c.start_at >= _since, e.c.start_at < _until, *inside)


def _due_in() -> Where:
    """Missing episodes of the areas whose interview, owed by this council, is due in the period."""
    ours = (e.c.area.in_(_areas), e.c.kind == "missing", e.c.counted.is_(True), e.c.required.is_(True))
    return and_(*ours, e.c.counts_until >= _since, e.c.counts_until < _until)


@cache
def _active() -> Select[Any]:
    """Overlap of [start, end) with the period (R7); one that ended as it began counts where it began."""
    ours = (e.c.area.in_(_areas), e.c.kind == "missing", e.c.counted.is_(True), e.c.start_at < _until)
    overlaps = or_(e.c.until_at > _since, e.c.start_at >= _since)
    counts: list[Any] = [func.count(e.c.child_id.distinct()), func.count()]
    return select(*counts).where(*ours, overlaps)


def _per_child(where: Where, *more: Any) -> Any:
    return select(e.c.child_id, func.count().label("n"), *more).where(where).group_by(e.c.child_id).subquery()


@cache
def _frequency(cohort: str | None) -> Select[Any]:
    per_child = _per_child(started_in(cohort))
    return select(per_child.c.n, func.count()).group_by(per_child.c.n)


@cache
def _left_out() -> Select[Any]:
    """By kind and doubts: few rows, whatever the history."""
    kinds = e.c.kind.in_(("missing", "void"))  # a confirmed adult's is void
    where = (e.c.area.in_(_areas), kinds, e.c.counted.is_(False), e.c.start_at >= _since, e.c.start_at < _until)
    return select(e.c.kind, e.c.doubts, func.count()).where(*where).group_by(e.c.kind, e.c.doubts)


@cache
def _first_ever() -> Select[Any]:
    """The earliest start of each child, looked up child by child: an anti-join would read the whole history."""
    children = select(e.c.child_id.label("id")).where(started_in()).distinct().subquery()
    ever = e.alias("ever")
    theirs = (ever.c.child_id == children.c.id, ever.c.kind == "missing", ever.c.counted.is_(True))
    earliest = select(func.min(ever.c.start_at)).where(*theirs)
    return select(func.count()).select_from(children).where(earliest.scalar_subquery() >= _since)


@cache
def _by_area(cohort: str | None) -> Select[Any]:
    counts = (func.count(e.c.child_id.distinct()), func.count())
    return select(e.c.area, *counts).where(started_in(cohort)).group_by(e.c.area)


@cache
def _in_several_areas() -> Select[Any]:
    several = select(e.c.child_id).where(started_in()).group_by(e.c.child_id)
    return select(func.count()).select_from(several.having(func.count(e.c.area.distinct()) > 1).subquery())


@cache
def _area_bases() -> Select[Any]:
    return select(e.c.area_basis, func.count()).where(started_in()).group_by(e.c.area_basis)


@cache
def _by_age(cohort: str | None) -> Select[Any]:
    per_child = _per_child(started_in(cohort), func.min(e.c.age).label("age"))
    return select(per_child.c.age, func.count(), func.sum(per_child.c.n)).group_by(per_child.c.age)


@cache
def _in_cohort_and_not(cohort: str) -> Select[Any]:
    per_child = _per_child(started_in(), func.sum(case((COHORTS[cohort], 1), else_=0)).label("inside"))
    return select(func.count()).where(per_child.c.inside > 0, per_child.c.inside < per_child.c.n)


@cache
def _top_children() -> Select[Any]:
    """Most episodes first, then the earlier start: the order in which files were loaded decides nothing."""
    query = select(e.c.child_id, func.count()).where(started_in()).group_by(e.c.child_id)
    reference = func.min(func.coalesce(e.c.occurrence_ref, e.c.episode_ref))
    return query.order_by(func.count().desc(), func.min(e.c.start_at), reference).limit(bindparam("k"))


@cache
def _of_children() -> Select[Any]:
    ours = e.c.child_id.in_(bindparam("children", expanding=True))
    return select(e.c.child_id, func.count()).where(started_in(), ours).group_by(e.c.child_id)


@cache
def _interview_spans() -> Select[Any]:
    columns = (e.c.clock_start_at, e.c.held_at, e.c.recorded_at)
    ours = e.c.required.is_(True)
    return select(*columns).where(started_in(), ours, e.c.until_at <= _now, e.c.held_at <= _now)


@cache
def _owed_interviews() -> Select[Any]:
    columns = (e.c.clock_start_at, e.c.counts_until, e.c.held_at, e.c.outcome_reason)
    return select(*columns).where(started_in(), e.c.required.is_(True), e.c.until_at <= _now)


@cache
def _dates_only() -> Select[Any]:
    owed = (e.c.required.is_(True), e.c.until_at <= _now, e.c.date_only.is_(True))
    return select(func.count()).where(started_in(), *owed)


@cache
def _people_interviewed() -> Select[Any]:
    """By child first: talks are told apart by the moment they were held."""
    offered = and_(e.c.required.is_(True), e.c.offered_at <= _now)
    held = e.c.held_at <= _now
    declined = and_(offered, e.c.response == "declined")
    flags = [func.max(case((condition, 1), else_=0)) for condition in (held, offered, declined)]
    talks = func.count(case((held, e.c.held_at)).distinct())
    columns = [column.label(f"n{i}") for i, column in enumerate((talks, *flags))]
    children = select(*columns).where(started_in(), e.c.until_at <= _now).group_by(e.c.child_id).subquery()
    return select(*(func.sum(c) for c in children.c))


@cache
def _reports_without_episode() -> Select[Any]:
    """Void records alone, which are few: those of adults, by a person's word, are not counted either."""
    reported = func.coalesce(e.c.reported_at, e.c.start_at)
    reports = (e.c.kind == "void", e.c.counted.is_(True), e.c.end_reason == NO_EPISODE)
    where = (e.c.area.in_(_areas), *reports, reported >= _since, reported < _until)
    counts: list[Any] = [func.count()]
    return select(*counts).select_from(e).where(*where)


@cache
def _records_by_month(months: int) -> Select[Any]:
    """One scan of the period: a sum for each month, whose beginnings are bound."""
    kinds = e.c.kind.in_(("missing", "void"))
    begins = [*(bindparam(f"begins{n}", type_=e.c.start_at.type) for n in range(months)), _until]
    inside = [and_(e.c.start_at >= since, e.c.start_at < until) for since, until in pairwise(begins)]
    sums = [func.sum(case((month, 1), else_=0)) for month in inside]
    return select(*sums).where(e.c.area.in_(_areas), kinds, e.c.start_at >= _since, e.c.start_at < _until)


@cache
def _months(months: int) -> Select[Any]:
    """One scan of the days: the number of the month, by child first, then by the age at the child's first episode."""
    ends = [bindparam(f"begins{n}", type_=e.c.start_at.type) for n in range(1, months)]
    month = case(*((e.c.start_at < end, n) for n, end in enumerate(ends)), else_=months - 1) if ends else literal(0)
    each = select(month.label("month"), func.min(e.c.age).label("age"), func.count().label("n"))
    per_child = each.where(started_in()).group_by(e.c.child_id, "month").subquery()
    by_age = (per_child.c.month, per_child.c.age)
    return select(*by_age, func.count(), func.sum(per_child.c.n)).group_by(*by_age)


@cache
def _reporters() -> Select[Any]:
    return select(e.c.area, e.c.reporter, func.count()).where(started_in()).group_by(e.c.area, e.c.reporter)


@cache
def _report_delays() -> Select[Any]:
    """Last seen is read from the police record: the start of an episode falls back to the time of the report."""
    police = e.join(occurrence, occurrence.c.occurrence_ref == e.c.occurrence_ref)
    known = (occurrence.c.last_seen_at.is_not(None), e.c.reported_at.is_not(None))
    columns = (e.c.reporter, occurrence.c.last_seen_at, e.c.reported_at)
    return select(*columns).select_from(police).where(started_in(), *known)


def _tallies(where: Where) -> Select[Any]:
    """The area, then the columns in the order of InterviewTally's fields."""
    needed = e.c.required.is_(True)
    due = and_(needed, or_(e.c.counts_until.is_(None), e.c.counts_until <= _now))
    offered = e.c.offered_at <= _now
    held = e.c.held_at <= _now
    recorded_in_time = and_(held, e.c.recorded_at <= _now, e.c.recorded_at <= e.c.counts_until)
    # K9: declined with the carer contacted, or no answer for a reason that makes an interview impossible.
    carer_contacted = and_(offered, e.c.response == "declined", e.c.outcome_reason == "carer_contacted")
    not_possible = and_(
        or_(e.c.offered_at.is_(None), offered),
        e.c.response == "no_response",
        e.c.outcome_reason.in_(sorted(NOT_POSSIBLE)),
    )
    counted = (
        needed,
        due,
        and_(needed, offered),
        and_(due, offered, e.c.offered_at <= e.c.counts_until),
        and_(needed, offered, e.c.response == "accepted"),
        and_(needed, offered, e.c.response == "declined"),
        held,
        and_(needed, held),
        and_(due, held, e.c.held_at <= e.c.counts_until),
        recorded_in_time,
        and_(due, recorded_in_time),
        and_(needed, or_(held, carer_contacted, not_possible)),
    )
    sums = [func.sum(case((condition, 1), else_=0)) for condition in counted]
    return select(e.c.area, func.count(), *sums).where(where, e.c.until_at <= _now).group_by(e.c.area)


def _holds_on(day: date, kind: str) -> Where:
    """A child's period of a kind covers the day. Periods are half-open: the day one ends is the first without it."""
    p = child_period.alias()
    covers = and_(p.c.from_date <= day, or_(p.c.to_date.is_(None), p.c.to_date > day))
    return exists().where(and_(p.c.child_id == child.c.id, p.c.kind == kind, covers))
