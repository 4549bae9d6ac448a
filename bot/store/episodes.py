"""Lists of episodes for the morning and the counter: each reads an index whose range is what is open or recent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, or_, select

from bot.rules.access import Scope
from bot.rules.clock import is_news
from bot.rules.model import CaseRelation, Episode, Interview
from bot.store.tables import child, episode

_INTERVIEW = tuple(f.name for f in fields(Interview))
_PLAIN = tuple(
    f.name for f in fields(Episode) if f.name not in {"child_ref", "relation", "police", "council", "interview"}
)


def episode_query() -> Select[Any]:
    """Every column of an Episode, the child's reference and whose case it is."""
    return select(episode, child.c.ref, child.c.lead_worker, child.c.iro, child.c.placing_authority).join(
        child, child.c.id == episode.c.child_id
    )


def as_episode(row: Row[Any], now: datetime) -> Episode:
    """A row of `episode_query` as the rules know it."""
    values = row._mapping
    relation = CaseRelation(
        areas=frozenset({values["area"]}),
        workers=frozenset(w for w in (values["lead_worker"], values["worker"]) if w),
        iro=values["iro"],
        placing_authority=values["placing_authority"],
        missing_now=values["start_at"] <= now < values["until_at"],
    )
    return Episode(
        **{name: values[name] for name in _PLAIN},
        child_ref=values["ref"],
        relation=relation,
        police=values["occurrence_ref"] is not None,
        council=values["episode_ref"] is not None,
        interview=Interview(**{name: values[name] for name in _INTERVIEW}),
    )


def open_episodes(connection: Connection, scope: Scope, now: datetime) -> list[Episode]:
    """Everybody missing (or away) at `now` (R6).

    Only the end is given to the database: with the start as well, a planner may walk the whole
    history of the area instead of the few rows that are open.
    """
    where = (episode.c.area.in_(scope.areas), episode.c.until_at > now)
    return [x for x in _list(connection, scope, now, *where) if x.start_at <= now]


def ended(connection: Connection, scope: Scope, since: datetime, until: datetime) -> list[Episode]:
    """Episodes whose end became news in [since, until): it ended then, or had before and is known only now (R23)."""
    where = (episode.c.area.in_(scope.areas), episode.c.end_known_at >= since, episode.c.until_at < until)
    found = _list(connection, scope, until, *where)
    return [x for x in found if is_news(x.until_at, x.end_known_at, since, until)]


def held(connection: Connection, scope: Scope, since: datetime, until: datetime) -> list[Episode]:
    """Episodes whose return interview was held in [since, until), or had been before and is known only now."""
    where = (
        episode.c.area.in_(scope.areas),
        episode.c.held_known_at >= since,
        episode.c.held_at < until,
        episode.c.required.is_(True),
    )
    found = _list(connection, scope, until, *where)
    return [x for x in found if is_news(x.interview.held_at, x.interview.held_known_at, since, until)]


def reported(connection: Connection, scope: Scope, since: datetime, until: datetime) -> list[Episode]:
    """Episodes reported to the police in [since, until), those already over included."""
    where = (
        episode.c.area.in_(scope.areas),
        episode.c.reported_at >= since,
        episode.c.reported_at < until,
    )
    return _list(connection, scope, until, *where)


def late_entries(connection: Connection, scope: Scope, since: datetime, until: datetime) -> list[Episode]:
    """Episodes that became known in [since, until) although they had been reported, or had begun, before (R23)."""
    known = func.coalesce(episode.c.reported_at, episode.c.start_at)
    where = (
        episode.c.area.in_(scope.areas),
        episode.c.entered_at >= since,
        episode.c.entered_at < until,
        known < since,
    )
    return _list(connection, scope, until, *where)


def interviews_open(
    connection: Connection, scope: Scope, now: datetime, since: datetime | None = None
) -> list[Episode]:
    """Return interviews of children who are back at `now`: those open then, or at any time from `since` on."""
    where = (
        episode.c.area.in_(scope.areas),
        episode.c.interview_until_at > (since or now),
        episode.c.required.is_(True),
    )
    found = _list(connection, scope, now, *where)
    return [x for x in found if x.interview.clock_start_at is not None and x.interview.clock_start_at <= now]


def missing_now(connection: Connection, children: Sequence[int], now: datetime) -> set[int]:
    """Which of these children are missing (or away) at `now`, wherever from: their interviews have to wait."""
    where = (
        episode.c.child_id.in_(children),
        episode.c.kind != "void",
        episode.c.until_at > now,
        episode.c.start_at <= now,
    )
    return set(connection.execute(select(episode.c.child_id).where(*where)).scalars())


def died(connection: Connection, children: Sequence[int]) -> set[int]:
    """Which of these children have died, by whichever record says so: nothing of them is posted (edge case 35)."""
    recorded = or_(episode.c.end_reason == "died", episode.c.outcome_reason == "died")
    return set(
        connection.execute(select(episode.c.child_id).where(episode.c.child_id.in_(children), recorded)).scalars()
    )


def starts(
    connection: Connection, children: Sequence[int], since: datetime, now: datetime
) -> Mapping[int, tuple[datetime, ...]]:
    """Starts of missing episodes in (since, now] by child, oldest first: evidence for the repeat rules."""
    query = (
        select(episode.c.child_id, episode.c.start_at)
        .where(
            episode.c.child_id.in_(children),
            episode.c.start_at > since,
            episode.c.start_at <= now,
            episode.c.kind == "missing",
        )
        .order_by(episode.c.child_id, episode.c.start_at)
    )
    found: dict[int, list[datetime]] = {}
    for child_id, start_at in connection.execute(query):
        found.setdefault(child_id, []).append(start_at)
    return {child_id: tuple(times) for child_id, times in found.items()}


def _list(connection: Connection, scope: Scope, now: datetime, *where: Any) -> list[Episode]:
    query = episode_query().where(*where).order_by(episode.c.start_at, episode.c.id)
    found = (as_episode(row, now) for row in connection.execute(query))
    return [x for x in found if scope.holds(x.relation)]
