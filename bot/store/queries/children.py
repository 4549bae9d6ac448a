"""One child by reference: episodes, grades, and whose case it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, or_, select, union_all

from bot.rules.episodes import doubts
from bot.rules.model import CaseRelation, Episode, GradeRecord
from bot.rules.partnership.partnership import Band
from bot.rules.queries.facts import ChildFacts
from bot.store.queries import confirmations
from bot.store.queries.episodes import as_episode, episode_query
from bot.store.schema.records import child, child_alias, episode, grade

#: An interview that closed this long ago no longer makes its worker a worker of the case.
RECENT = timedelta(days=90)


def find_child(
    connection: Connection, ref: str, now: datetime, team_areas: dict[str, str], bands: tuple[Band, ...]
) -> ChildFacts | None:
    """The child behind a reference (or behind one it was merged from), None if there is none.

    Facts from after `now` are left out. `team_areas` maps a team's word (casefolded) to its area.
    """
    row = connection.execute(_by_reference(ref)).first()
    if row is None:
        return None
    everything = _episodes(connection, row.id, now)
    seen = [as_episode(found, now, bands) for found in everything]
    rows = [found for found in everything if found.kind != "void"]
    episodes = tuple(x for x in seen if x.kind != "void")
    ages = {found.id: found.age for found in rows if found.age is not None}
    relation = _relation(row, seen, now, team_areas)
    known = row.birth_date is not None or row.police_birth_date is not None
    said, open_now = confirmations.of_child(connection, row.id), [x.id for x in episodes if x.open_at(now)]
    held = confirmations.holders(connection, open_now)
    adults = tuple(x for x in seen if x.kind == "void")
    return ChildFacts(row.ref, relation, known, episodes, _grades(connection, row.id, now), ages, said, held, adults)


def _by_reference(ref: str) -> Any:
    own = select(child.c.id).where(child.c.ref == ref)
    alias = select(child_alias.c.child_id).where(child_alias.c.ref == ref)
    return select(child).where(child.c.id.in_(union_all(own, alias)))


def _episodes(connection: Connection, child_id: int, now: datetime) -> Sequence[Row[Any]]:
    """With those of a confirmed adult, which are void: whose case it is may hang on them alone."""
    theirs = or_(episode.c.kind != "void", confirmations.doubted(doubts.ADULT))
    query = episode_query().where(episode.c.child_id == child_id, episode.c.start_at <= now, theirs)
    return connection.execute(query.order_by(episode.c.start_at, episode.c.id)).all()


def _grades(connection: Connection, child_id: int, now: datetime) -> dict[int, tuple[GradeRecord, ...]]:
    return _series(connection, now, episode.c.child_id == child_id, episode.c.kind != "void")


def grades_of(connection: Connection, numbers: Sequence[int], now: datetime) -> dict[int, tuple[GradeRecord, ...]]:
    """The police grades of these episodes, oldest first."""
    return _series(connection, now, episode.c.id.in_(numbers))


def _series(connection: Connection, now: datetime, *where: ColumnElement[bool]) -> dict[int, tuple[GradeRecord, ...]]:
    query = (
        select(episode.c.id, grade.c.graded_at, grade.c.grade, grade.c.legacy_absent)
        .join(grade, grade.c.occurrence_ref == episode.c.occurrence_ref)
        .where(*where, grade.c.graded_at <= now)
        .order_by(grade.c.graded_at)
    )
    found: dict[int, list[GradeRecord]] = {}
    for episode_id, graded_at, value, legacy in connection.execute(query):
        found.setdefault(episode_id, []).append(GradeRecord(graded_at, value, legacy))
    return {episode_id: tuple(series) for episode_id, series in found.items()}


def _relation(row: Row[Any], episodes: Sequence[Episode], now: datetime, team_areas: dict[str, str]) -> CaseRelation:
    """Whose case it is now: the present team, the latest episode, and whatever interview is still open."""
    current = [x for x in episodes if _is_current(x, now)] + list(episodes[-1:])
    team = team_areas.get((row.team or "").casefold())
    return CaseRelation(
        areas=frozenset(_known([team, *(x.area for x in current)])),
        workers=frozenset(_known([row.lead_worker, *(x.interview.worker for x in current)])),
        iro=row.iro,
        placing_authority=row.placing_authority,
        missing_now=any(x.open_at(now) for x in episodes),
    )


def _is_current(x: Episode, now: datetime) -> bool:
    closed = x.interview.recorded_at or x.interview.held_at or x.interview.offered_at
    return x.open_at(now) or (x.start_at > now - RECENT and (closed is None or closed > now - RECENT))


def _known(values: Iterable[str | None]) -> set[str]:
    return {value for value in values if value}
