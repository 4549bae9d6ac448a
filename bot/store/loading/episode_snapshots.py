"""Pair, freeze and write the episodes of the children that a load touched; no other children are read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeVar, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from bot.rules.episodes.placing import Placing
from bot.rules.episodes.record_matching import KnownRecord, OneAbsence, absences, keep_numbers, with_said
from bot.rules.episodes.repeat_away import away_starts
from bot.rules.episodes.risk_flags import Said
from bot.rules.episodes.snapshot import Freezer, FrozenEpisode, StoredEpisode
from bot.rules.episodes.source_records import (
    ChildRecord,
    ConfirmedEnd,
    CouncilRecord,
    DatedFact,
    PoliceRecord,
    RecordKey,
    SaidMissing,
    SaidOfAbsence,
    Settled,
)
from bot.rules.model import UNREAD_AUTHORITY
from bot.rules.partnership.partnership import Partnership
from bot.store.bulk import add_rows, change_rows, chunks
from bot.store.delivery import escalations, reminders_sent
from bot.store.encryption import OWNERS, birth_dates, seal_of
from bot.store.loading.staging import touched
from bot.store.queries.children import HOLDS, NOTHING, SAID, OfChild, marks
from bot.store.schema.delivery import step
from bot.store.schema.records import child, child_period, episode, grade, interview, occurrence, ruling

#: Children at a time: memory stays flat however many a file touches.
CHUNK = 2000


class Changes(NamedTuple):
    """Changes to write: numbers to delete, episodes with other values than stored, and new episodes."""

    gone: dict[int, int]  # and the number that has its record now, 0 for none
    handed_on: list[int]  # episodes whose council record is no longer theirs
    moved: list[tuple[int, FrozenEpisode]]
    new: list[FrozenEpisode]
    reports: list[tuple[RecordKey, str | None]]  # records that became reports of another's absence, or of their own


def freeze_touched(connection: Connection, freezer: Freezer) -> dict[int, int]:
    """Freeze the episodes of the touched children; return the numbers of removed ones, each with the number that has
    its record now (0 for none), for `hand_on`.
    """
    _follow_the_records(connection)
    later = select(touched.c.child_id).where(touched.c.child_id > bindparam("last"))
    some = later.order_by(touched.c.child_id).limit(CHUNK)
    gone, last = dict[int, int](), 0
    while children := connection.execute(some, {"last": last}).scalars().all():
        last = children[-1]
        changes = _changes(freezer, KnownChildren(connection, children[0], last))
        # Numbers that go first, then references that change hands are let go, then everything is written.
        if changes.gone:
            connection.execute(delete(episode).where(episode.c.id.in_(changes.gone)))
            gone |= changes.gone
        if changes.handed_on:
            connection.execute(update(episode).where(episode.c.id.in_(changes.handed_on)).values(episode_ref=None))
        if changes.moved:
            change_rows(connection, episode, FrozenEpisode._fields, ((*frozen, n) for n, frozen in changes.moved))
        if changes.new:
            add_rows(connection, episode, FrozenEpisode._fields, changes.new)
        for (whose, ref), first in changes.reports:
            table, key = (occurrence, "occurrence_ref") if whose == "police" else (interview, "episode_ref")
            connection.execute(update(table).where(table.c[key] == ref).values(one_with=first))
    return gone


def hand_on(connection: Connection, gone: Mapping[int, int]) -> None:
    """Forget the reminders of removed episodes, and give their steps and calls to those that have their records now."""
    if not gone:
        return
    for some in chunks(list(gone)):
        reminders_sent.forget(connection, some)
    for lost, new in gone.items():
        if new:
            connection.execute(update(step).where(step.c.episode_id == lost).values(episode_id=new))
    # After episodes were merged or split: the council's record first, for the interview is its own; then the police's.
    for key in ("episode_ref", "occurrence_ref"):
        heir = select(episode.c.id).where(episode.c[key] == step.c[key]).scalar_subquery()
        orphan = step.c.episode_id.not_in(select(episode.c.id)) & step.c[key].in_(
            select(episode.c[key]).where(episode.c[key].is_not(None))
        )
        connection.execute(update(step).where(orphan).values(episode_id=heir))
    # A merge with a removed episode is one with the episode that has its record now.
    heirs = {str(number): str(heir) for number, heir in gone.items() if heir}
    merges = select(step.c.id, step.c.to).where(step.c.kind == "merged")
    for row in connection.execute(merges).all() if heirs else ():
        if row.to in heirs:
            connection.execute(update(step).where(step.c.id == row.id).values(to=heirs[row.to]))
    escalations.follow_the_records(connection, gone)


def freeze_again(connection: Connection, partnership: Partnership, children: Sequence[int], now: datetime) -> None:
    """Freeze children's episodes outside a load, in the transaction of the change, like a load that touched these
    children.
    """
    touched.create(connection, checkfirst=False)
    connection.execute(insert(touched), [{"child_id": number} for number in children])
    hand_on(connection, freeze_touched(connection, Freezer(partnership, now)))
    touched.drop(connection, checkfirst=False)


def _follow_the_records(connection: Connection) -> None:
    """Move episodes, and ends confirmed in chat, to the child that their record now names."""
    # An episode goes with its police record, else with its council record.
    to_child = select(occurrence.c.child_id).where(_SAME_OCCURRENCE).scalar_subquery()
    connection.execute(update(episode).where(_elsewhere(_SAME_OCCURRENCE)).values(child_id=to_child, **_ANOTHER_CHILD))
    both = episode.c.occurrence_ref.is_not(None)
    connection.execute(update(episode).where(_elsewhere(_SAME_INTERVIEW), both).values(episode_ref=None))
    to_child = select(interview.c.child_id).where(_SAME_INTERVIEW).scalar_subquery()
    connection.execute(update(episode).where(_elsewhere(_SAME_INTERVIEW)).values(child_id=to_child, **_ANOTHER_CHILD))
    for table, name in ((occurrence, "occurrence_ref"), (interview, "episode_ref")):
        same = table.c[name] == ruling.c[name]
        to_child = select(table.c.child_id).where(same).scalar_subquery()
        of_touched = table.c.child_id.in_(select(touched.c.child_id))
        moved = exists().where(same, table.c.child_id != ruling.c.child_id, of_touched)
        alone = () if table is occurrence else (ruling.c.occurrence_ref.is_(None),)
        connection.execute(
            update(ruling).where(ruling.c.kind.in_(("end", "back", "grade")), moved, *alone).values(child_id=to_child)
        )


#: Of another child, whose placing authority is no change of the one before.
_ANOTHER_CHILD = {"authority": UNREAD_AUTHORITY, "moved_from": None, "moved_at": None}
_SAME_OCCURRENCE = occurrence.c.occurrence_ref == episode.c.occurrence_ref
_SAME_INTERVIEW = interview.c.episode_ref == episode.c.episode_ref


def _elsewhere(same_record: ColumnElement[bool]) -> ColumnElement[bool]:
    """Match episodes of another child than their record, where the record belongs to a touched child."""
    record = occurrence if same_record is _SAME_OCCURRENCE else interview
    return episode.c.id.in_(
        select(episode.c.id)
        .join(record, same_record)
        .where(record.c.child_id.in_(select(touched.c.child_id)), record.c.child_id != episode.c.child_id)
    )


def _changes(freezer: Freezer, known: KnownChildren) -> Changes:
    changes = Changes({}, [], [], [], [])
    for child_id, record in known.children.items():
        stored = known.episodes.get(child_id, [])
        police, council = known.police.get(child_id, []), known.council.get(child_id, [])
        found = with_said(absences(police, council, record.settled), record.missing, record.said, record.ends)
        numbers, gone = keep_numbers(
            found,
            [KnownRecord(s.id, s.frozen.occurrence_ref, s.frozen.episode_ref, s.frozen.saying) for s in stored],
        )
        by_number, parted = {s.id: s for s in stored}, _parted(found)
        away = away_starts(found) if freezer.partnership.away_interviews else ()
        heirs = _heirs(found, numbers) if gone else {}
        said_heirs = {said: n for one, n in zip(found, numbers, strict=True) if n for said in one.sayings}
        for lost in gone:
            was = by_number[lost].frozen
            # As `hand_on` gives their steps: the council's record first, then the police's.
            council_heir = heirs.get(("council", was.episode_ref or ""), 0)
            police_heir = heirs.get(("police", was.occurrence_ref or ""), 0)
            changes.gone[lost] = council_heir or police_heir or said_heirs.get(was.saying or 0, 0)
        for one, number in zip(found, numbers, strict=True):
            old = by_number[number] if number else None
            if old is None and one.said and not one.said.holds:
                continue  # taken back before it was frozen, or its record has the episode
            frozen = freezer.freeze(one, record, old.before(parted) if old else None, away)
            if old is None:
                changes.new.append(frozen)
            elif old.frozen != frozen:
                changes.moved.append((old.id, frozen))
                if old.frozen.episode_ref not in {None, frozen.episode_ref}:
                    changes.handed_on.append(old.id)
        changes.reports.extend(_reports(found))
    return changes


def _parted(found: Sequence[OneAbsence]) -> set[str]:
    """Return the council's episodes of which a missing episode was stored as a further form, and is one no more."""
    parted = set[str]()
    for one in found:
        first = one.council and one.council.episode_ref
        forms = (r for r in (one.council, *one.further) if isinstance(r, CouncilRecord) and r.kind == "missing")
        parted |= {r.one_with for r in forms if r.one_with and r.one_with != first}
    return parted


def _reports(found: Sequence[OneAbsence]) -> Iterator[tuple[RecordKey, str | None]]:
    """Iterate over the records that are reports of another record's absence than they are stored as."""
    for one in found:
        police = one.police and one.police.occurrence_ref
        council = one.council and one.council.episode_ref
        for record in (one.police, one.council):
            if record and record.one_with:
                yield record.key, None
        for report in one.further:
            first = police if isinstance(report, PoliceRecord) else council
            if report.one_with != first:
                yield report.key, first


def _heirs(found: Sequence[OneAbsence], numbers: Sequence[int | None]) -> dict[RecordKey, int]:
    """Return by record the number of the stored episode that it is of now."""
    return {
        record.key: number
        for one, number in zip(found, numbers, strict=True)
        if number
        for record in (one.police, one.council, *one.further)
        if record
    }


_GRADE = {"grade", "graded_at"}
#: The first export of a record is read only where no other time tells when the absence began: it is a date to parse.
_FIRST = {
    occurrence: case(
        (func.coalesce(occurrence.c.last_seen_at, occurrence.c.reported_at).is_(None), occurrence.c.first_taken_at)
    ),
    interview: case((interview.c.started_at.is_(None), interview.c.first_taken_at)),
}


def _columns(table: Table, names: Iterable[str]) -> list[ColumnElement[Any]]:
    return [_FIRST[table].label(name) if name == "first_taken_at" else table.c[name] for name in names]


_POLICE = _columns(occurrence, (name for name in PoliceRecord._fields if name not in _GRADE))
_COUNCIL = _columns(interview, (name for name in CouncilRecord._fields if name != "names_another"))
_EPISODE = [episode.c[name] for name in FrozenEpisode._fields]


class Stored(NamedTuple):
    """A stored episode: its number and every frozen column."""

    id: int
    frozen: FrozenEpisode

    @property
    def child_id(self) -> int:
        return self.frozen.child_id

    def before(self, parted: Collection[str]) -> StoredEpisode:
        """Return the values that stay. It was not missing by itself where the missing form of it is parted from it."""
        f = self.frozen
        return StoredEpisode(
            f.area_basis,
            f.team,
            f.child_known,
            "" if f.episode_ref in parted else f.kind,
            police=f.occurrence_ref is not None,
            council=f.episode_ref is not None,
            end_at=f.end_at,
            end_known_at=f.end_known_at,
            held_at=f.held_at,
            held_known_at=f.held_known_at,
            voided_at=f.voided_at,
            placing=Placing(f.authority, f.moved_from, f.moved_at),
            returned=f.clock_start_at is not None,
            interview_until_at=f.interview_until_at,
            until_at=f.until_at,
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
        query = self._of(occurrence.c.child_id, grade.c.occurrence_ref, grade.c.grade, grade.c.graded_at)
        query = query.join(grade, grade.c.occurrence_ref == occurrence.c.occurrence_ref)
        rows = connection.execute(query.order_by(grade.c.graded_at))
        grades: dict[str, Iterable[Any]] = {row[0]: (row[1], row[2]) for row in rows}  # the latest comes last
        self.police = _by_child(
            PoliceRecord(*row, *grades.get(row[0], (None, None))) for row in self._rows(occurrence.c.child_id, *_POLICE)
        )
        self.council = _by_child(CouncilRecord(*row) for row in self._rows(interview.c.child_id, *_COUNCIL))
        self._note_other_children()
        self.episodes = _by_child(
            Stored(row[0], FrozenEpisode._make(row[1:]))
            for row in self._rows(episode.c.child_id, episode.c.id, *_EPISODE)
        )
        dated: dict[int, list[DatedFact]] = defaultdict(list)
        period = (child_period.c.child_id, child_period.c.kind, child_period.c.from_date, child_period.c.to_date)
        for child_id, *fact in self._rows(child_period.c.child_id, *period):
            dated[child_id].append(DatedFact(*fact))
        rulings, seal = _rulings(connection, first, last), seal_of(connection)
        known = child.c.payload.is_not(None).label("known")
        names = (
            "id",
            "team",
            "placing_authority",
            "birth_unread",
            "police_birth_unread",
            "nameless",
            *OWNERS,
            *OWNERS.values(),
        )
        self.children: dict[int, ChildRecord] = {}
        for row in self._rows(child.c.id, known, *(child.c[name] for name in names)):
            confirmed = rulings.get(row.id, NOTHING)
            council_sure = row.birth_date is not None and not row.birth_unread
            police_sure = row.police_birth_date is not None and not row.police_birth_unread
            self.children[row.id] = ChildRecord(
                birth_dates(seal, row),
                row.team,
                row.placing_authority,
                row.known,
                tuple(dated.get(row.id, ())),
                birth_unread=bool(row.birth_unread or row.police_birth_unread),
                births_older=not (council_sure or police_sure),
                named=bool(row.police_ref or row.council_ref or (row.nameless or "").startswith(SAID)),
                age_said=confirmed.age,
                ends=confirmed.ends,
                settled=confirmed.settled,
                missing=confirmed.missing,
                said=confirmed.said,
            )

    def _note_other_children(self) -> None:
        """Note the council records that name an occurrence of another child; there are few."""
        strange: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for child_id, forms in self.council.items():
            own = {p.occurrence_ref for p in self.police.get(child_id, ())}
            for place, form in enumerate(forms):
                if form.occurrence_ref and form.occurrence_ref not in own:
                    strange[form.occurrence_ref].append((child_id, place))
        for some in chunks(list(strange)):
            key = occurrence.c.occurrence_ref
            for ref in self._connection.execute(select(key).where(key.in_(some))).scalars():
                for child_id, place in strange[ref]:
                    self.council[child_id][place] = self.council[child_id][place]._replace(names_another=True)

    def _of(self, child_id: ColumnElement[int], *columns: Any) -> Select[Any]:
        query = select(*columns).join_from(child_id.table, touched, touched.c.child_id == child_id)
        return query.where(touched.c.child_id.between(*self._range))

    def _rows(self, child_id: ColumnElement[int], *columns: Any) -> Iterable[Any]:
        return self._connection.execute(self._of(child_id, *columns))


def _rulings(connection: Connection, first: int, last: int) -> Mapping[int, OfChild]:
    """Read the confirmations that hold, by touched child, of children numbered from `first` to `last`; few have any.

    Of what was said to be missing, those taken back are read too: their episodes are kept, as void.

    An age is the newest, and holds only while the birth dates are those it was given for.
    """
    query = (
        select(ruling, child.c.birth_date_mark, child.c.police_birth_date_mark)
        .join(child, child.c.id == ruling.c.child_id)
        .join(touched, touched.c.child_id == ruling.c.child_id)
        .where(ruling.c.child_id.between(first, last), or_(HOLDS, ruling.c.kind == "missing"))
        .order_by(ruling.c.id)
    )
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.child_id].append(row)
    holding: dict[int, OfChild] = {}
    for number, rows in found.items():
        ages = [row for row in rows if row.kind == "age"]
        age = ages[-1].value if ages and marks(ages[-1]) <= set(ages[-1].born.split()) else ""
        ends = [
            ConfirmedEnd(row.occurrence_ref, row.episode_ref, row.at, row.said_at, row.value, row.saying)
            for row in rows
            if row.kind == "end"
        ]
        settled = [
            Settled(
                row.value == "one",
                _keys(row.occurrence_ref, row.episode_ref),
                _keys(row.other_occurrence_ref, row.other_episode_ref),
            )
            for row in rows
            if row.kind == "same"
        ]
        missing = [
            SaidMissing(
                row.id,
                number,
                row.at,
                row.said_at,
                holds=row.undone_at is None,
                area=row.area,
                under_13=row.under_13,
            )
            for row in rows
            if row.kind == "missing"
        ]
        said = [
            SaidOfAbsence(row.kind, row.value, row.at, row.occurrence_ref, row.episode_ref, row.saying)
            for row in rows
            if row.kind in ("back", "grade")
        ]
        holding[number] = OfChild(cast(Said, age), tuple(ends), tuple(settled), tuple(missing), tuple(said))
    return holding


def _keys(occurrence_ref: str | None, episode_ref: str | None) -> frozenset[RecordKey]:
    keys: list[RecordKey] = [("police", occurrence_ref or ""), ("council", episode_ref or "")]
    return frozenset(key for key in keys if key[1])


def _by_child(records: Iterable[R]) -> dict[int, list[R]]:
    found: dict[int, list[R]] = defaultdict(list)
    for record in records:
        found[record.child_id].append(record)
    return found
