"""Read the stored records of some children as the rules need them to freeze episodes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Protocol, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, Table, case, func, select

from bot.rules.episodes.record_matching import KnownRecord
from bot.rules.episodes.snapshot import FrozenEpisode, StoredEpisode
from bot.rules.episodes.source_records import ChildRecord, CouncilRecord, DatedFact, PoliceRecord
from bot.store.encryption import OWNERS, birth_dates, seal_of
from bot.store.loading.confirmation_moves import of_touched
from bot.store.loading.staging import touched
from bot.store.queries.children import NOTHING, OfChild
from bot.store.schema.records import child, child_period, episode, grade, interview, occurrence

_GRADE = {"grade", "graded_at"}
#: When a record was first had is asked for only where nothing says when the absence began: it is a date to be parsed.
_FIRST = {
    occurrence: case(
        (func.coalesce(occurrence.c.last_seen_at, occurrence.c.reported_at).is_(None), occurrence.c.first_taken_at)
    ),
    interview: case((interview.c.started_at.is_(None), interview.c.first_taken_at)),
}


def _columns(table: Table, names: Iterable[str]) -> list[ColumnElement[Any]]:
    return [_FIRST[table].label(name) if name == "first_taken_at" else table.c[name] for name in names]


_POLICE = _columns(occurrence, (name for name in PoliceRecord._fields if name not in _GRADE))
_COUNCIL = _columns(interview, CouncilRecord._fields)
_EPISODE = [episode.c[name] for name in FrozenEpisode._fields]


class Stored(NamedTuple):
    """A stored episode: its number and every frozen column."""

    id: int
    frozen: FrozenEpisode

    @property
    def child_id(self) -> int:
        return self.frozen.child_id

    @property
    def known(self) -> KnownRecord:
        return KnownRecord(self.id, self.frozen.occurrence_ref, self.frozen.episode_ref)

    @property
    def before(self) -> StoredEpisode:
        f = self.frozen
        return StoredEpisode(
            f.area_basis,
            f.team,
            f.child_known,
            police=f.occurrence_ref is not None,
            council=f.episode_ref is not None,
            end_at=f.end_at,
            end_known_at=f.end_known_at,
            held_at=f.held_at,
            held_known_at=f.held_known_at,
        )


class _OfAChild(Protocol):
    @property
    def child_id(self) -> int: ...


R = TypeVar("R", bound=_OfAChild)


class KnownChildren:
    """Every record of the touched children whose numbers lie between `first` and `last`."""

    def __init__(self, connection: Connection, first: int, last: int) -> None:
        self._connection = connection
        self._range = (first, last)
        self._rulings = of_touched(connection, first, last)
        self.children = self._children()
        self.police = _by_child(self._police())
        self.council = _by_child(CouncilRecord._make(row) for row in self._rows(interview.c.child_id, *_COUNCIL))
        self.episodes = _by_child(
            Stored(row[0], FrozenEpisode._make(row[1:]))
            for row in self._rows(episode.c.child_id, episode.c.id, *_EPISODE)
        )

    def _of(self, child_id: ColumnElement[int], *columns: Any) -> Select[Any]:
        query = select(*columns).join_from(child_id.table, touched, touched.c.child_id == child_id)
        return query.where(touched.c.child_id.between(*self._range))

    def _rows(self, child_id: ColumnElement[int], *columns: Any) -> Iterable[Any]:
        return self._connection.execute(self._of(child_id, *columns))

    def _police(self) -> Iterable[PoliceRecord]:
        query = self._of(occurrence.c.child_id, grade.c.occurrence_ref, grade.c.grade, grade.c.graded_at)
        query = query.join(grade, grade.c.occurrence_ref == occurrence.c.occurrence_ref)
        rows = self._connection.execute(query.order_by(grade.c.graded_at))
        grades: dict[str, Iterable[Any]] = {row[0]: (row[1], row[2]) for row in rows}  # the latest comes last
        for row in self._rows(occurrence.c.child_id, *_POLICE):
            yield PoliceRecord(*row, *grades.get(row[0], (None, None)))

    def _children(self) -> dict[int, ChildRecord]:
        dated: dict[int, list[DatedFact]] = defaultdict(list)
        period = (child_period.c.child_id, child_period.c.kind, child_period.c.from_date, child_period.c.to_date)
        for child_id, *fact in self._rows(child_period.c.child_id, *period):
            dated[child_id].append(DatedFact(*fact))
        seal = seal_of(self._connection)
        known = child.c.payload.is_not(None).label("known")
        names = ("id", "team", "placing_authority", "birth_unread", "police_birth_unread", *OWNERS, *OWNERS.values())
        return {
            row.id: ChildRecord(
                birth_dates(seal, row),
                row.team,
                row.placing_authority,
                row.known,
                tuple(dated.get(row.id, ())),
                birth_unread=bool(row.birth_unread or row.police_birth_unread),
                births_older=not any(_sure(row)),
                named=row.police_ref is not None or row.council_ref is not None,
                age_said=self._said(row.id).age,
                ends=self._said(row.id).ends,
            )
            for row in self._rows(child.c.id, known, *(child.c[name] for name in names))
        }

    def _said(self, child_id: int) -> OfChild:
        return self._rulings.get(child_id, NOTHING)


def _sure(row: Any) -> Iterator[bool]:
    """Tell for each agency if it gave a birth date and the newest one could be read."""
    for column, unread in (("birth_date", "birth_unread"), ("police_birth_date", "police_birth_unread")):
        yield getattr(row, column) is not None and not getattr(row, unread)


def _by_child(records: Iterable[R]) -> dict[int, list[R]]:
    found: dict[int, list[R]] = defaultdict(list)
    for record in records:
        found[record.child_id].append(record)
    return found
