"""A page of a list of open interviews, and the counts of all of them, at the cost of the page.

The database counts and sorts by the record. Few interviews need more than their record (exceptions): those are read and
weighed one by one as every list does, and take the place of what the record says.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, exists, false, func, or_, select

from bot.rules.access.permissions import Cases, Scope
from bot.rules.episodes.risk_flags import AS_ADULT
from bot.rules.interviews.state import (
    FORGOTTEN,
    SOON,
    InterviewPage,
    Owners,
    Positions,
    View,
    every,
    in_view,
    list_order,
    positions,
)
from bot.rules.model import UNREAD_AUTHORITY
from bot.rules.partnership.partnership import Person
from bot.rules.queries.digest_content import weighed
from bot.store.queries.episodes import MOVED_OUT, OWED, EpisodeLists
from bot.store.schema.delivery import step
from bot.store.schema.records import child, episode

_LIMIT = func.coalesce(episode.c.counts_until, episode.c.due_at)


class _Record(NamedTuple):
    """The position of an interview by its record alone, as conditions on its row."""

    unowned: ColumnElement[bool]
    overdue: ColumnElement[bool]
    due_soon: ColumnElement[bool]
    not_offered: ColumnElement[bool]
    held: ColumnElement[bool]


class InterviewPages(EpisodeLists):
    """Pages of the lists of open interviews (level 1)."""

    def interview_page(
        self, scope: Scope, now: datetime, view: View, person: Person | None, first: int, count: int
    ) -> InterviewPage:
        """Return `count` rows of a list after the first `first`; see `bot.rules.interviews.state.page_of`."""
        owners = Owners.among(self.people())
        e, record = episode.c, _record(now, owners)
        code = person.worker_code if person else ""
        chosen: dict[View, ColumnElement[bool]] = {
            "open": e.id.is_not(None),
            "due": record.due_soon,
            "overdue": record.overdue,
            "unrecorded": record.held,
            "mine": e.worker == code if code else false(),
        }
        here = _open(scope, now)
        flags = [case((flag, 1), else_=0) for flag in (*record[:5], chosen[view])]
        query = select(func.count(), *(func.coalesce(func.sum(flag), 0) for flag in flags)).where(*here)
        *all_open, total = self.connection.execute(query).one()

        # The exceptions, counted out by their record and in as they are.
        odd = {row[0]: row[1:] for row in self.connection.execute(select(e.id, *flags).where(*here, _exceptional(now)))}
        *odd_open, odd_total = (sum(each) for each in zip(*odd.values(), strict=True)) if odd else (0,) * len(flags)
        episodes = [*self.numbered(scope, sorted(odd), now), *self._opened_again(scope, now, odd.keys())]
        begun = [x for x in episodes if x.interview.clock_start_at and x.interview.clock_start_at <= now]
        exceptions = weighed(self, begun, now)  # type: ignore[arg-type]
        counts = Positions(*all_open).plus(Positions(len(odd), *odd_open), -1).plus(positions(exceptions))
        theirs = [i for i in exceptions if in_view(i, view, person)]

        # The page: by the record as many as may be needed, with the exceptions among them.
        late = _before(_LIMIT, now - FORGOTTEN)
        forgotten = case((late, 1), else_=0)
        order = (forgotten, _LIMIT.is_(None), _LIMIT, e.id)
        keys = select(e.id, _LIMIT, forgotten).where(*here, chosen[view]).order_by(*order)
        rows = self.connection.execute(keys.limit(first + count + len(odd)))
        by_record = [
            (bool(late), False, timedelta.max if limit is None else limit - now, number)
            for number, limit, late in rows
            if number not in odd
        ]
        page = sorted([*by_record, *map(list_order, theirs)])[first : first + count]
        known = {i.episode.id: i for i in theirs}
        plain = self.numbered(scope, [key[-1] for key in page if key[-1] not in known], now)
        known |= {i.episode.id: i for i in every(plain, set(), now, owners=owners)}
        return InterviewPage(counts, total - odd_total + len(theirs), tuple(known[key[-1]] for key in page))


def _open(scope: Scope, now: datetime) -> Sequence[ColumnElement[bool]]:
    """Return the conditions of an interview that is open by its record, of a child who is back."""
    e = episode.c
    where = [
        e.area.in_(scope.areas),
        e.interview_until_at > now,
        OWED,
        e.clock_start_at <= now,
    ]
    if scope.cases_of is not None:
        of_child = select(child.c.id).where(or_(false(), *map(_case, scope.cases_of)))
        workers = [c.code for c in scope.cases_of if c.named_as == "worker" and c.code]
        where.append(or_(e.worker.in_(workers), e.child_id.in_(of_child)))
    return where


def _case(of: Cases) -> ColumnElement[bool]:
    """Return the condition of a child whose case is one of these (`Cases.holds`)."""
    if not of.code or (of.named_as == "placing_authority" and of.code == UNREAD_AUTHORITY):
        return false()
    columns = {"worker": child.c.lead_worker, "reviewer": child.c.iro, "placing_authority": child.c.placing_authority}
    return columns[of.named_as] == of.code


def _record(now: datetime, owners: Owners) -> _Record:
    e = episode.c
    held = and_(e.held_at.is_not(None), e.held_at <= now)
    undone = or_(e.held_at.is_(None), e.held_at > now)
    late = _before(_LIMIT, now)
    return _Record(
        unowned=and_(undone, or_(e.worker.is_(None), e.worker.not_in(owners.by_code))),
        overdue=and_(undone, late),
        due_soon=and_(undone, ~late, now + SOON >= _LIMIT),
        not_offered=and_(undone, or_(e.offered_at.is_(None), e.offered_at > now)),
        held=held,
    )


def _before(limit: Any, at: datetime) -> ColumnElement[bool]:
    """Compare a stored instant of whole seconds, as SQLite has it, with any instant."""
    found: ColumnElement[bool] = limit < (at.replace(microsecond=0) + timedelta(seconds=bool(at.microsecond)))
    return found


def _exceptional(now: datetime) -> ColumnElement[bool]:
    """Return the condition of an interview of which the record alone does not say everything.

    A step in chat, or a merge; a child who is missing again, or died; an end that is to come, or is a birthday; a
    hand-over to another authority.
    """
    e, other = episode.c, episode.alias().c
    missing = and_(other.kind != "void", other.until_at > now, other.start_at <= now)
    of_child = exists().where(
        other.child_id == e.child_id, or_(other.end_reason == "died", other.outcome_reason == "died", missing)
    )
    said = exists().where(step.c.episode_id == e.id)
    # A merge is a step of one of the child's interviews, and names another.
    merged = exists().where(other.child_id == e.child_id, step.c.episode_id == other.id, step.c.kind == "merged")
    ends = or_(e.until_at > now, e.end_at.is_(None), e.end_at > e.until_at, e.end_reason == AS_ADULT)
    return or_(ends, said, merged, of_child, MOVED_OUT)
