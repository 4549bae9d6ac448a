"""Children found together, as a reader may know them (level 1): a reference outside the reader's scope never leaves.

The cost is that of the children asked about: their police records, and the records that name them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, func, or_, select, tuple_

from bot.rules.access.permissions import Scope
from bot.rules.audit.retention import grown_up
from bot.rules.episodes import doubts
from bot.rules.episodes.found_with import Find, FoundWith, Other, Unreported, find, newest_first
from bot.rules.model import FOREVER, CaseRelation
from bot.rules.partnership.partnership import Partnership
from bot.rules.text.area_names import Places
from bot.rules.time.clock import local_day
from bot.store.bulk import chunks
from bot.store.queries.episodes import EpisodeLists, episode_query, line_relation
from bot.store.schema.records import child, episode, found_with, occurrence


class _Named(NamedTuple):
    """One person whom the police record of a child names; `other` is None where no record here has the reference."""

    child_id: int
    other: int | None
    when: Find
    police_ref: str  # "" where the cell could not be read whole


class _Known:
    """The absences at the time of some finds, and the case relations of their children, read once."""

    def __init__(
        self, connection: Connection, partnership: Partnership, ids: Sequence[int], first: datetime, now: datetime
    ) -> None:
        self._now = now
        self._partnership = partnership
        self._places = Places(partnership)
        self._absences: dict[int, list[Row[Any]]] = defaultdict(list)
        self._newest: dict[int, Row[Any]] = {}
        self._children: dict[int, Row[Any]] = {}
        for some in chunks(ids):
            begun = (episode.c.child_id.in_(some), episode.c.start_at <= now)
            going_on = or_(episode.c.end_at.is_(None), episode.c.end_at >= first)
            query = episode_query().where(*begun, going_on, episode.c.kind != "void")
            for row in connection.execute(query.order_by(episode.c.start_at, episode.c.id)):
                self._absences[row.child_id].append(row)
            last = select(episode.c.child_id, func.max(episode.c.start_at)).where(*begun).group_by(episode.c.child_id)
            newest = select(episode).where(tuple_(episode.c.child_id, episode.c.start_at).in_(last))
            self._newest |= {row.child_id: row for row in connection.execute(newest.order_by(episode.c.id))}
            self._children |= {row.id: row for row in connection.execute(select(child).where(child.c.id.in_(some)))}

    def during(self, child_id: int, when: Find) -> list[Row[Any]]:
        """Return the child's absences at the time of a find; the 18th birthday of a child still missing ends none."""
        return [x for x in self._absences[child_id] if when.touches(x.start_at, x.end_at or FOREVER)]

    def other(self, named: _Named) -> Other:
        """Return what is known of the other person of a find."""
        if not named.police_ref:
            return "unread"
        if named.other is None:
            return "unknown"
        if self.during(named.other, named.when):
            return "missing"
        x, day = self._newest.get(named.other), local_day(min(named.when.until, self._now))
        adult = x is not None and (doubts.ADULT in doubts.read(x.doubts) or grown_up(x.start_at, x.age, day))
        return "person" if adult else "unreported"

    def area(self, child_id: int, when: Find) -> str:
        """Return the area of the child's absence then; without one, that of the team, else of the newest absence."""
        if during := self.during(child_id, when):
            return str(during[-1].area)
        team = self._places.team(self._children[child_id].team)
        newest = self._newest.get(child_id)
        return team.area if team else str(newest.area) if newest else self._partnership.unknown_area

    def ref(self, child_id: int, when: Find, scope: Scope) -> str | None:
        """Return the child's reference where the scope holds its absence then, or its case where it has none."""
        row = self._children[child_id]
        during = [line_relation(x, self._now) for x in self.during(child_id, when)]
        alone = CaseRelation(
            areas=frozenset({self.area(child_id, when)}),
            workers=frozenset({row.lead_worker} - {None}),
            iro=row.iro,
            placing_authority=row.placing_authority,
        )
        seen = [r for r in during or [alone] if not r.areas.isdisjoint(scope.areas) and scope.holds(r)]
        return str(row.ref) if seen else None

    def seen(self, child_id: int, how: Other, other: int | None, when: Find, scope: Scope) -> FoundWith:
        """Return a find as it is seen from one of its two children."""
        mine = tuple(x.id for x in self.during(child_id, when))
        if other is None:
            return FoundWith(child_id, how, None, when.at, mine)
        theirs = self.during(other, when)
        return FoundWith(child_id, how, self.ref(other, when, scope), when.at, mine, theirs[-1].id if theirs else 0)


class FoundTogether(EpisodeLists):
    """Finds of several children together."""

    def found_with(
        self, scope: Scope, children: Sequence[int], now: datetime, since: datetime | None = None
    ) -> Sequence[FoundWith]:
        """Return the others found with these children, newest find first; a child who died is left out.

        `since` leaves out older finds. A record is of no find where its child has no absence of its own then: it is
        void, or of an adult.
        """
        wanted = set(children)
        named = _named(self.connection, now, wanted, since)
        known, died = self._known(named, now)
        found: list[tuple[object, FoundWith]] = []
        for n in named:
            if not known.during(n.child_id, n.when) or n.other in died:
                continue
            if n.child_id in wanted:
                how = known.other(n)
                other = n.other if how in ("missing", "unreported") else None
                found.append((n.other or n.police_ref, known.seen(n.child_id, how, other, n.when, scope)))
            if n.other is not None and n.other in wanted and n.child_id not in died:
                found.append((n.child_id, known.seen(n.other, "missing", n.child_id, n.when, scope)))
        return newest_first(found)

    def found_unreported(self, scope: Scope, now: datetime, since: datetime | None = None) -> Sequence[Unreported]:
        """Return the children found with another and not reported missing, newest find first.

        `since` leaves out older finds, and reads recent absences alone. A find is for readers of either child.
        """
        wanted: set[int] | None = None
        if since is not None:
            everywhere = [a.id for a in self.partnership.areas]
            recent = select(episode.c.child_id).where(episode.c.area.in_(everywhere), episode.c.end_known_at >= since)
            wanted = set(self.connection.execute(recent).scalars())
        named = _named(self.connection, now, wanted, since, back=False)
        known, died = self._known(named, now)
        found: dict[object, Unreported] = {}  # two reports of one absence that name a child are one find
        for n in sorted(named, key=lambda n: n.when.until):
            if n.other is None or not known.during(n.child_id, n.when) or known.other(n) != "unreported":
                continue
            refs = (known.ref(n.other, n.when, scope), known.ref(n.child_id, n.when, scope))
            if any(refs) and not {n.other, n.child_id} & died:
                areas = (known.area(n.other, n.when), known.area(n.child_id, n.when))
                at, number = n.when.at or n.when.since, known.during(n.child_id, n.when)[-1].id
                found[n.other, number] = Unreported(refs[0], areas[0], refs[1], areas[1], at, n.other, number)
        return sorted(found.values(), key=lambda f: (f.at, f.number, f.ref or ""), reverse=True)

    def _known(self, named: Iterable[_Named], now: datetime) -> tuple[_Known, set[int]]:
        """Return what is known of the children of these finds, and those of them who died."""
        ids = sorted({i for n in named for i in (n.child_id, n.other) if i is not None})
        died = {i for some in chunks(ids) for i in self.died(some)}
        first = min((n.when.since for n in named), default=now)
        return _Known(self.connection, self.partnership, ids, first, now), died


def _named(
    connection: Connection, now: datetime, children: set[int] | None, since: datetime | None, *, back: bool = True
) -> list[_Named]:
    """Return whom the police records of these children (None: of all) name, and (`back`) the records that name them."""
    if children is None:
        return _read(connection, now, since)
    found: dict[_Named, None] = {}  # two records that say the same are one
    for some in chunks(sorted(children)):
        found |= dict.fromkeys(_read(connection, now, since, occurrence.c.child_id.in_(some)))
        if back:
            refs = select(child.c.police_ref).where(child.c.id.in_(some), child.c.police_ref.is_not(None))
            # The records by number first: else SQLite walks through every record.
            naming = select(found_with.c.occurrence_ref).where(found_with.c.police_ref.in_(refs))
            of_them = (occurrence.c.occurrence_ref.in_(naming), found_with.c.police_ref.in_(refs))
            found |= dict.fromkeys(_read(connection, now, since, *of_them))
    return list(found)


def _read(connection: Connection, now: datetime, since: datetime | None, *where: ColumnElement[bool]) -> list[_Named]:
    """Return the finds from `since` on and known by `now`: where the cell could not be read whole, one more."""
    unread = (" " + occurrence.c.unread + " ").contains(" found_with ")
    query = (
        select(occurrence, found_with.c.police_ref, child.c.id.label("other"), unread.label("not_whole"))
        .outerjoin(found_with, found_with.c.occurrence_ref == occurrence.c.occurrence_ref)
        .outerjoin(child, child.c.police_ref == found_with.c.police_ref)
        .where(or_(found_with.c.police_ref.is_not(None), unread), *where, *_not_before(since))
        .order_by(occurrence.c.occurrence_ref, found_with.c.police_ref)
    )
    found, not_whole = [], {}
    for row in connection.execute(query):
        start = row.last_seen_at or row.reported_at or row.first_taken_at or row.entered_at
        ends = ((row.found_at, row.found_date_only), (row.returned_at, row.returned_date_only))
        back, date_only = min((end for end in ends if end[0]), default=(None, False))
        if (back or start) > now:
            continue
        when = find(start, back, date_only=date_only)
        if since is not None and when.until < since:
            continue
        if row.police_ref is not None and row.other != row.child_id:
            found.append(_Named(row.child_id, row.other, when, row.police_ref))
        if row.not_whole:
            not_whole[row.occurrence_ref] = _Named(row.child_id, None, when, "")
    return [*found, *not_whole.values()]


def _not_before(since: datetime | None) -> list[ColumnElement[bool]]:
    """Leave out records that ended a day before, so that a child's history costs no more than its index."""
    if since is None:
        return []
    back = func.coalesce(occurrence.c.found_at, occurrence.c.returned_at)
    return [or_(back.is_(None), back >= since - timedelta(days=1))]
