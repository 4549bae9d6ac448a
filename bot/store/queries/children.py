"""One child by reference: episodes, police grades, and the case relation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, or_, select

from bot.rules.episodes import doubts
from bot.rules.model import CaseRelation, Episode, GradeRecord
from bot.rules.queries.facts import ChildFacts
from bot.store.queries import confirmations
from bot.store.queries.child_aliases import ids_behind
from bot.store.queries.episodes import as_episode, episode_query
from bot.store.queries.view import View
from bot.store.schema.records import child, episode, grade

#: An interview that closed this long ago no longer makes its worker a worker of the case.
RECENT = timedelta(days=90)


class OneChild(View):
    """Everything known of one child (level 2)."""

    def child(self, ref: str, now: datetime) -> ChildFacts | None:
        """The child behind a reference (or behind one it was merged from); None if there is none.

        Facts from after `now` are left out. Episodes of a confirmed adult, which are void, are read too: the case
        relation may rest on them alone.
        """
        row = self.connection.execute(select(child).where(child.c.id.in_(ids_behind(ref)))).first()
        if row is None:
            return None
        theirs = or_(episode.c.kind != "void", confirmations.doubted(doubts.ADULT))
        query = episode_query().where(episode.c.child_id == row.id, episode.c.start_at <= now, theirs)
        rows = self.connection.execute(query.order_by(episode.c.start_at, episode.c.id)).all()
        seen = [as_episode(found, now, self.partnership.age_bands) for found in rows]
        episodes = tuple(x for x in seen if x.kind != "void")
        return ChildFacts(
            ref=row.ref,
            relation=self._relation(row, seen, now),
            birth_known=row.birth_date is not None or row.police_birth_date is not None,
            episodes=episodes,
            grades=_grades(self.connection, now, episode.c.child_id == row.id, episode.c.kind != "void"),
            ages={found.id: found.age for found in rows if found.kind != "void" and found.age is not None},
            rulings=confirmations.of_child(self.connection, row.id),
            holders=confirmations.holders(self.connection, [x.id for x in episodes if x.open_at(now)]),
            adults=tuple(x for x in seen if x.kind == "void"),
        )

    def _relation(self, row: Row[Any], episodes: Sequence[Episode], now: datetime) -> CaseRelation:
        """The case relation now: the present team, the latest episode, and every interview that is still open."""
        current = list(episodes[-1:])
        for x in episodes:
            closed = x.interview.recorded_at or x.interview.held_at or x.interview.offered_at
            recent = x.start_at > now - RECENT and (closed is None or closed > now - RECENT)
            if x.open_at(now) or recent:
                current.append(x)
        team_areas = {team.casefold(): area.id for area in self.partnership.areas for team in area.teams}
        areas = {team_areas.get((row.team or "").casefold()), *(x.area for x in current)}
        workers = {row.lead_worker, *(x.interview.worker for x in current)}
        return CaseRelation(
            areas=frozenset(area for area in areas if area),
            workers=frozenset(worker for worker in workers if worker),
            iro=row.iro,
            placing_authority=row.placing_authority,
            missing_now=any(x.open_at(now) for x in episodes),
        )


def grades_of(connection: Connection, numbers: Sequence[int], now: datetime) -> dict[int, tuple[GradeRecord, ...]]:
    """The police grades of these episodes, oldest first."""
    return _grades(connection, now, episode.c.id.in_(numbers))


def _grades(connection: Connection, now: datetime, *where: ColumnElement[bool]) -> dict[int, tuple[GradeRecord, ...]]:
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
