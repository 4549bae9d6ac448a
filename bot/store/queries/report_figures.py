"""Figures that the half-yearly report alone has, each one grouped query: no row of an episode leaves the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Select, bindparam, case, func, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from bot.rules.access.permissions import Scope
from bot.rules.figures import Followed, held_in_working_days
from bot.rules.model import REPORTER_NOT_KNOWN, SETTING_NOT_KNOWN, Period
from bot.rules.partnership.partnership import Partnership
from bot.rules.time.clock import window
from bot.store.queries.figures import started_in
from bot.store.schema.records import episode as e
from bot.store.schema.records import occurrence


class ReportFigures:
    """Counts of missing episodes by what the other figures do not look at (level 0)."""

    connection: Connection
    partnership: Partnership

    def settings(self, scope: Scope, period: Period) -> Mapping[str, tuple[int, int]]:
        """Setting missing from, by its code -> (children, episodes); a child of two settings counts in both."""
        rows = self._execute(_settings(), scope, period)
        return {setting or SETTING_NOT_KNOWN: (int(children), int(n)) for setting, children, n in rows}

    def hosted(self, scope: Scope, period: Period) -> tuple[int, int]:
        """Children looked after by another authority, and their episodes here."""
        children, episodes = self._execute(_hosted(), scope, period).one()
        return int(children), int(episodes)

    def ever_hosted(self, scope: Scope) -> bool:
        """Return True where any episode is of a hosted child: where none is, exports may not say it of any."""
        return self._any(scope, e.c.hosted.is_(True))

    def ever_in(self, scope: Scope) -> bool:
        """Return True where any episode is in these areas."""
        return self._any(scope)

    def _any(self, scope: Scope, *where: ColumnElement[bool]) -> bool:
        found = select(e.c.id).where(e.c.area.in_(scope.areas), *where).limit(1)
        return self.connection.execute(found).first() is not None

    def late_reasons(self, scope: Scope, period: Period, now: datetime) -> Mapping[str, int]:
        """Count interviews due and not held within 72 h, by the reason in the record; '' is none."""
        return {reason or "": int(n) for reason, n in self._execute(_late_reasons(), scope, period, now=now)}

    def in_working_days(self, scope: Scope, period: Period, now: datetime) -> tuple[int, int]:
        """For K12: interviews held within three working days, and all whose third working day is over.

        Times are grouped by their hour: a day of London begins and ends with one.
        """
        found = self._execute(_by_hours(), scope, period, now=now)
        hours = ((_of_hour(back), _of_hour(held), int(n)) for back, held, n in found)
        return held_in_working_days(hours, self.partnership.calendar().holidays, now)

    def interview_waits(
        self, scope: Scope, period: Period, now: datetime
    ) -> tuple[Counter[timedelta], Counter[timedelta]]:
        """For K10: the waits from return to held, and from held to recorded, each with how many had it."""
        to_held: Counter[timedelta] = Counter()
        to_recorded: Counter[timedelta] = Counter()
        for which, waits in ((_to_held(), to_held), (_to_recorded(), to_recorded)):
            for seconds, n in self._execute(which, scope, period, now=now):
                waits[timedelta(seconds=int(seconds))] += int(n)
        return to_held, to_recorded

    def reporting_delays(self, scope: Scope, period: Period) -> Mapping[str, Counter[timedelta]]:
        """Code of the reporter -> reported less last seen, each with how many had it, where both times are known.

        A report before the child was last seen has a wrong time, and is left out.
        """
        found: dict[str, Counter[timedelta]] = {}
        for reporter, seconds, n in self._execute(_reporting_delays(), scope, period):
            found.setdefault(reporter or REPORTER_NOT_KNOWN, Counter())[timedelta(seconds=int(seconds))] += int(n)
        return found

    def followed(self, scope: Scope, period: Period, k: int, then: Period) -> Followed:
        """Count the episodes of the k children with most, and those that the same children had in `then`."""
        return next((row for _, row in self._followed(_followed(False), scope, period, k, then)), Followed())

    def followed_by_area(self, scope: Scope, period: Period, k: int, then: Period) -> Mapping[str, Followed]:
        """Area -> the same of the k children with most episodes there; areas without an episode are left out."""
        return dict(self._followed(_followed(True), scope, period, k, then))

    def _followed(
        self, statement: Select[Any], scope: Scope, period: Period, k: int, then: Period
    ) -> list[tuple[str, Followed]]:
        since, until = window(then)
        rows = self._execute(statement, scope, period, k=k, then_since=since, then_until=until)
        return [(area, Followed(*(int(n) for n in counts))) for area, *counts in rows if counts[0]]

    def _execute(self, statement: Select[Any], scope: Scope, period: Period, **more: Any) -> Any:
        since, until = window(period)
        return self.connection.execute(statement, {"areas": scope.areas, "since": since, "until": until, **more})


class _Seconds(FunctionElement[int]):
    """The seconds of an instant since 1970: SQLite and PostgreSQL have no word for it in common."""

    type = Integer()
    inherit_cache = True


@compiles(_Seconds, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **given: Any) -> str:
    return f"CAST(strftime('%s', {compiler.process(element.clauses, **given)}) AS INTEGER)"


@compiles(_Seconds, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **given: Any) -> str:
    return f"CAST(floor(extract(epoch FROM {compiler.process(element.clauses, **given)})) AS BIGINT)"


_now = bindparam("now", type_=e.c.start_at.type)


@cache
def _settings() -> Select[Any]:
    counts = (func.count(e.c.child_id.distinct()), func.count())
    return select(e.c.setting, *counts).where(started_in()).group_by(e.c.setting)


@cache
def _hosted() -> Select[Any]:
    counts: list[Any] = [func.count(e.c.child_id.distinct()), func.count()]
    return select(*counts).select_from(e).where(started_in(), e.c.hosted.is_(True))


@cache
def _late_reasons() -> Select[Any]:
    """As K6 counts them: owed, due by now, and not held in time."""
    due = (e.c.required.is_(True), e.c.until_at <= _now, or_(e.c.counts_until.is_(None), e.c.counts_until <= _now))
    held_late = or_(
        e.c.held_at.is_(None), e.c.held_at > _now, e.c.counts_until.is_(None), e.c.held_at > e.c.counts_until
    )
    query = select(e.c.outcome_reason, func.count()).where(started_in(), *due, held_late)
    return query.group_by(e.c.outcome_reason)


@cache
def _by_hours() -> Select[Any]:
    """Count interviews that are owed by the hour of the return, and that in which they were held."""
    back, held = _hour(e.c.clock_start_at).label("back"), _hour(e.c.held_at).label("held")
    owed = (e.c.required.is_(True), e.c.until_at <= _now)
    return select(back, held, func.count()).where(started_in(), *owed).group_by(back, held)


def _hour(instant: Any) -> Any:
    return _Seconds(instant) // _SECONDS


def _of_hour(number: int | None) -> datetime | None:
    return None if number is None else datetime.fromtimestamp(int(number) * _SECONDS, UTC)


_SECONDS = 3600


@cache
def _to_held() -> Select[Any]:
    held = (e.c.required.is_(True), e.c.until_at <= _now, e.c.held_at <= _now, e.c.clock_start_at.is_not(None))
    wait: Any = (_Seconds(e.c.held_at) - _Seconds(e.c.clock_start_at)).label("wait")
    return select(wait, func.count()).where(started_in(), *held).group_by(wait)


@cache
def _to_recorded() -> Select[Any]:
    held = (e.c.required.is_(True), e.c.until_at <= _now, e.c.held_at <= _now, e.c.recorded_at <= _now)
    wait: Any = (_Seconds(e.c.recorded_at) - _Seconds(e.c.held_at)).label("wait")
    return select(wait, func.count()).where(started_in(), *held).group_by(wait)


@cache
def _reporting_delays() -> Select[Any]:
    police = e.join(occurrence, occurrence.c.occurrence_ref == e.c.occurrence_ref)
    delay: Any = (_Seconds(e.c.reported_at) - _Seconds(occurrence.c.last_seen_at)).label("delay")
    known = (occurrence.c.last_seen_at.is_not(None), e.c.reported_at >= occurrence.c.last_seen_at)
    query = select(e.c.reporter, delay, func.count()).select_from(police).where(started_in(), *known)
    return query.group_by(e.c.reporter, delay)


@cache
def _followed(by_area: bool) -> Select[Any]:
    """The k children with most episodes, the earlier start first where two have as many, then their later episodes."""
    area = [e.c.area] if by_area else []
    order = (func.count().desc(), func.min(e.c.start_at), e.c.child_id)
    place = func.row_number().over(partition_by=area or None, order_by=order).label("place")
    each = select(*area, e.c.child_id, func.count().label("n"), place)
    ranked = each.where(started_in()).group_by(*area, e.c.child_id).subquery()
    later = e.alias("later")
    since, until = (bindparam(name, type_=e.c.start_at.type) for name in ("then_since", "then_until"))
    where = (later.c.child_id == ranked.c.child_id, later.c.kind == "missing", later.c.counted.is_(True))
    inside = later.c.area == ranked.c.area if by_area else later.c.area.in_(bindparam("areas", expanding=True))
    then = select(func.count()).select_from(later)
    then = then.where(*where, inside, later.c.start_at >= since, later.c.start_at < until)
    top = select(*([ranked.c.area] if by_area else []), ranked.c.n, then.scalar_subquery().label("later"))
    top_children = top.where(ranked.c.place <= bindparam("k")).subquery()
    t = top_children.c
    name = t.area if by_area else func.min("")
    sums = (func.count(), func.sum(t.n), func.sum(t.later), func.sum(case((t.later < t.n, 1), else_=0)))
    query = select(name, *sums)
    return query.group_by(t.area) if by_area else query
