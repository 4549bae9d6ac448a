"""One child (level 2): episodes, grades and case relation; references, rulings, and digests of erased children.

`OneChild` comes first, then the references of a child, its rulings and grades, and the erasures.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Row,
    Select,
    and_,
    exists,
    func,
    or_,
    select,
    union,
    union_all,
)

from bot.rules.audit.erasure import Kind, digest, erasure_key
from bot.rules.episodes import doubts
from bot.rules.episodes.confirmations import Ruling
from bot.rules.episodes.regrades import in_force
from bot.rules.episodes.risk_flags import Said
from bot.rules.episodes.source_records import ConfirmedEnd, SaidMissing, SaidOfAbsence, Settled
from bot.rules.model import OURS, UNREAD_AUTHORITY, CaseRelation, Episode, GradeRecord
from bot.rules.partnership.partnership import Partnership
from bot.rules.queries.facts import ChildFacts
from bot.rules.text.area_names import ALPHABET, LONGEST, SHORTEST, new_reference
from bot.store.bulk import chunks
from bot.store.database import upsert
from bot.store.encryption import seal_of
from bot.store.queries.episodes import as_episode, episode_query
from bot.store.schema.access import erased, legal_hold
from bot.store.schema.records import child, child_alias, episode, grade, interview, occurrence, ruling

#: An interview that closed this long ago no longer makes its worker a worker of the case.
RECENT = timedelta(days=90)
#: Begins the key of a child who was said in chat to be missing, before any export has it; a mark of the police's
#: number follows (Seal.mark_of_number).
SAID = "said:"
#: Condition of a ruling: neither taken back nor overtaken.
HOLDS = and_(ruling.c.undone_at.is_(None), ruling.c.overtaken_at.is_(None))


class OneChild:
    """All facts of one child (level 2)."""

    connection: Connection
    partnership: Partnership

    def child(self, ref: str, now: datetime) -> ChildFacts | None:
        """Return the child behind a reference (or behind one it was merged from); None if there is none.

        Facts from after `now` are left out. Episodes of a confirmed adult, which are void, are read too: the case
        relation may rest on them alone; and so are those that became void after they had been listed.
        """
        row = self.connection.execute(select(child).where(child.c.id.in_(ids_behind(ref)))).first()
        if row is None:
            return None
        theirs = or_(episode.c.kind != "void", doubted(doubts.ADULT), episode.c.voided_at.is_not(None))
        query = episode_query().where(episode.c.child_id == row.id, episode.c.start_at <= now, theirs)
        rows = self.connection.execute(query.order_by(episode.c.start_at, episode.c.id)).all()
        read = [as_episode(found, now, self.partnership.age_bands) for found in rows]
        seen = [x for x in read if x.kind != "void" or doubts.ADULT in x.doubts]
        episodes = tuple(x for x in seen if x.kind != "void")
        return ChildFacts(
            ref=row.ref,
            relation=self._relation(row, seen, now),
            birth_known=row.birth_date is not None or row.police_birth_date is not None,
            episodes=episodes,
            grades=_grades(self.connection, now, episode.c.child_id == row.id, episode.c.kind != "void"),
            ages={found.id: found.age for found in rows if found.kind != "void" and found.age is not None},
            rulings=rulings_of_child(self.connection, row.id),
            holders=holders(self.connection, [x.id for x in episodes if x.open_at(now)]),
            adults=tuple(x for x in seen if x.kind == "void"),
            voided=tuple(x for x in read if x not in seen),
            moved_from={found.id: found.moved_from for found in rows if found.moved_from not in (None, OURS)},
            id=row.id,
        )

    def child_of_number(self, number: str, now: datetime) -> ChildFacts | None:
        """Return the child whose occurrence has this number of the police, by a record or by what was said in chat."""
        ref = ref_of_number(self.connection, number)
        return None if ref is None else self.child(ref, now)

    def new_reference(self) -> str:
        """Return a reference that no child has or had; erased ones are looked for when it is stored."""
        count = self.connection.execute(select(func.count()).select_from(child)).scalar_one()
        while True:
            made = new_reference(self.partnership.reference_prefix, reference_length(count + 1), secrets.choice)
            if find_child(self.connection, made) is None:
                return made

    def placed_by(self, children: Sequence[int]) -> Mapping[int, str]:
        """Return the placing authority of each of these children that has one, as the children file names it."""
        named = child.c.placing_authority
        query = select(child.c.id, named).where(child.c.id.in_(children), named.is_not(None), named != UNREAD_AUTHORITY)
        return {number: authority for number, authority in self.connection.execute(query)}

    def _relation(self, row: Row[Any], episodes: Sequence[Episode], now: datetime) -> CaseRelation:
        """Return the case relation now: the current team, the latest episode and every interview that is open."""
        current = list(episodes[-1:])
        for x in episodes:
            closed = x.interview.recorded_at or x.interview.held_at or x.interview.offered_at
            recent = x.start_at > now - RECENT and (closed is None or closed > now - RECENT)
            if x.open_at(now) or recent:
                current.append(x)
        team_areas = {team.casefold(): area.id for area in self.partnership.areas for team in area.teams}
        areas = {team_areas.get((row.team or "").casefold()), *(x.area for x in current)}
        if not (current or row.police_ref or row.council_ref):
            # Of a child whom no export has, and whose absence was taken back: the area that was said.
            said = select(ruling.c.area).where(ruling.c.child_id == row.id, ruling.c.area.is_not(None))
            areas |= set(self.connection.execute(said).scalars())
        workers = {row.lead_worker, *(x.interview.worker for x in current)}
        return CaseRelation(
            areas=frozenset(area for area in areas if area),
            workers=frozenset(worker for worker in workers if worker),
            iro=row.iro,
            placing_authority=row.placing_authority,
            missing_now=any(x.open_at(now) for x in episodes),
        )


class KnownAs(NamedTuple):
    """A child and its references: `ref` is the current one, `refs` are all it ever had."""

    id: int
    ref: str
    refs: tuple[str, ...]
    police_ref: str | None
    council_ref: str | None


def find_child(connection: Connection, ref: str) -> KnownAs | None:
    """Return the child behind a reference, or behind one it was merged from."""
    columns = (child.c.id, child.c.ref, child.c.police_ref, child.c.council_ref)
    row = connection.execute(select(*columns).where(child.c.id.in_(ids_behind(ref)))).first()
    if row is None:
        return None
    earlier = select(child_alias.c.ref).where(child_alias.c.child_id == row.id).order_by(child_alias.c.ref)
    refs = (row.ref, *connection.execute(earlier).scalars())
    return KnownAs(row.id, row.ref, refs, row.police_ref, row.council_ref)


def said_key(connection: Connection, number: str) -> str:
    """Return the key of a child of whom only the police's number of the occurrence was said."""
    return SAID + seal_of(connection).mark_of_number(number)


def ref_of_number(connection: Connection, number: str) -> str | None:
    """Return the reference of the child of whose occurrence this is the police's number."""
    spelt = {number, number.upper(), number.lower()}
    police = select(child.c.ref).join(occurrence, occurrence.c.child_id == child.c.id)
    council = select(child.c.ref).join(interview, interview.c.child_id == child.c.id)
    for query in (
        police.where(occurrence.c.occurrence_ref.in_(spelt)),
        select(child.c.ref).where(child.c.nameless == said_key(connection, number)),
        council.where(interview.c.occurrence_ref.in_(spelt)),
    ):
        found = connection.execute(query.order_by(child.c.id).limit(1)).scalar()
        if found is not None:
            return str(found)
    return None


#: A guess at a reference must miss 99 times of 100, also when every child has one.
SPARE = 100


def reference_length(children: int) -> int:
    """Return the shortest length that the number of children allows, so that people can remember references."""
    enough = (n for n in range(SHORTEST, LONGEST) if len(ALPHABET) ** n >= SPARE * children)
    return next(enough, LONGEST)


def ids_behind(ref: str) -> CompoundSelect[int]:
    """Select the number of the child behind a reference, its own or one it was merged from."""
    own = select(child.c.id).where(child.c.ref == ref)
    return union_all(own, select(child_alias.c.child_id).where(child_alias.c.ref == ref))


def references_of(connection: Connection, children: Iterable[int]) -> list[str]:
    """Return our own references of these children, earlier ones too."""
    ids = list(children)
    own = select(child.c.ref).where(child.c.id.in_(ids))
    alias = select(child_alias.c.ref).where(child_alias.c.child_id.in_(ids))
    return list(connection.execute(union(own, alias)).scalars())


def agency_references(connection: Connection, known: KnownAs) -> list[tuple[Kind, str]]:
    """Return the agencies' keys of the child and of its records."""
    occurrences = select(occurrence.c.occurrence_ref).where(occurrence.c.child_id == known.id)
    episodes = select(interview.c.episode_ref).where(interview.c.child_id == known.id)
    found: list[tuple[Kind, str | None]] = [("police_ref", known.police_ref), ("council_ref", known.council_ref)]
    found += [("occurrence_ref", each) for each in connection.execute(occurrences).scalars()]
    found += [("episode_ref", each) for each in connection.execute(episodes).scalars()]
    return [(kind, reference) for kind, reference in found if reference]


def held_children() -> Select[int]:
    """Select the numbers of children under legal hold, by any of their references."""
    own = select(child.c.id).join(legal_hold, legal_hold.c.ref == child.c.ref)
    alias = select(child_alias.c.child_id).join(legal_hold, legal_hold.c.ref == child_alias.c.ref)
    return select(union(own, alias).subquery().c.id)


class OfChild(NamedTuple):
    """The rulings in force when a child's episodes are frozen: an age, ends of absences, and absences that are one or
    are not; and what was said before an export has it.
    """

    age: Said = ""
    ends: tuple[ConfirmedEnd, ...] = ()
    settled: tuple[Settled, ...] = ()
    missing: tuple[SaidMissing, ...] = ()
    said: tuple[SaidOfAbsence, ...] = ()


NOTHING = OfChild()


def rulings_of_child(connection: Connection, number: int) -> tuple[Ruling, ...]:
    """Return every ruling on one child, taken back or not; oldest first."""
    return read_rulings(connection, ruling.c.child_id == number)


def read_rulings(connection: Connection, *where: ColumnElement[bool]) -> tuple[Ruling, ...]:
    """Return rulings, oldest first: an end has the area of its episode, an age that of the child's newest episode."""
    query = select(ruling, child.c.ref).join(child, child.c.id == ruling.c.child_id).where(*where)
    rows = connection.execute(query.order_by(ruling.c.id)).all()
    names = ("id", "child_id", "area", "occurrence_ref", "episode_ref", "saying")
    columns = [episode.c[name] for name in names]
    of_children: Select[Any] = select(*columns).where(episode.c.child_id.in_({row.child_id for row in rows}))
    episodes: dict[int, list[Row[Any]]] = defaultdict(list)
    for each in connection.execute(of_children.order_by(episode.c.start_at, episode.c.id)):
        episodes[each.child_id].append(each)
    found = []
    for row in rows:
        theirs, refs = episodes[row.child_id], ("occurrence_ref", "episode_ref")
        own = [x for x in theirs if any(getattr(row, name) and getattr(x, name) == getattr(row, name) for name in refs)]
        saying = row.id if row.kind == "missing" else row.saying
        own = own or [x for x in theirs if saying and x.saying == saying]
        last = (own or theirs)[-1:]
        found.append(
            Ruling(
                id=row.id,
                child_id=row.child_id,
                kind=row.kind,
                ref=row.ref,
                area=last[0].area if last else "",
                value=row.value,
                by=row.by,
                agency=row.agency,
                said_at=row.said_at,
                at=row.at,
                episode_id=own[-1].id if own else None,
                source=row.overtaken_by or "",
                undone_at=row.undone_at,
                undone_by=row.undone_by or "",
                overtaken_at=row.overtaken_at,
                file_taken_at=row.file_taken_at,
            )
        )
    return tuple(found)


def marks(row: Any) -> set[str]:
    """Return the marks of the birth dates that the agencies give; an age holds for these dates alone."""
    return {mark for mark in (row.birth_date_mark, row.police_birth_date_mark) if mark}


def holders(connection: Connection, episodes: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Return by episode the sources whose newest export has a record of it, or may have one.

    Of several reports by the police, only those without an end count: the others do not say that the child is missing.
    """
    other = occurrence.alias("other")
    is_open = func.coalesce(occurrence.c.found_at, occurrence.c.returned_at).is_(None)
    counts = or_(is_open, ~exists().where(other.c.one_with == episode.c.occurrence_ref))
    first = episode.c.occurrence_ref == occurrence.c.occurrence_ref
    reports = or_(first, occurrence.c.one_with == episode.c.occurrence_ref)
    forms = or_(episode.c.episode_ref == interview.c.episode_ref, interview.c.one_with == episode.c.episode_ref)
    query = select(
        episode.c.id,
        exists().where(reports, occurrence.c.absent_at.is_(None), counts).label("police"),
        exists().where(forms, interview.c.absent_at.is_(None)).label("interviews"),
    ).where(episode.c.id.in_(episodes))
    sources = ("police", "interviews")
    return {row.id: tuple(s for s in sources if getattr(row, s)) for row in connection.execute(query)}


def doubted(code: str) -> ColumnElement[bool]:
    """Return the condition that an episode has a doubt, one of the words of its column."""
    return (" " + episode.c.doubts + " ").contains(f" {code} ")


def grades_of(connection: Connection, numbers: Sequence[int], now: datetime) -> dict[int, tuple[GradeRecord, ...]]:
    """Return the police grades of these episodes, oldest first."""
    return _grades(connection, now, episode.c.id.in_(numbers))


def grades_in_force(
    connection: Connection, numbers: Sequence[int], now: datetime
) -> dict[int, tuple[GradeRecord, ...]]:
    """Return the grades of these episodes as they held, oldest first: by the police's record, and as they said in chat
    before it.
    """
    recorded, said = grades_of(connection, numbers, now), dict[int, list[GradeRecord]]()
    same = or_(
        ruling.c.occurrence_ref == episode.c.occurrence_ref,
        ruling.c.episode_ref == episode.c.episode_ref,
        ruling.c.saying == episode.c.saying,
    )
    query = select(episode.c.id, ruling.c.at, ruling.c.value).join(ruling, ruling.c.child_id == episode.c.child_id)
    query = query.where(episode.c.id.in_(numbers), ruling.c.kind == "grade", HOLDS, ruling.c.at <= now, same)
    for number, at, value in connection.execute(query):
        said.setdefault(number, []).append(GradeRecord(at, value))
    return {n: in_force(recorded.get(n, ()), said.get(n, ())) for n in sorted({*recorded, *said})}


def _grades(connection: Connection, now: datetime, *where: ColumnElement[bool]) -> dict[int, tuple[GradeRecord, ...]]:
    first = occurrence.c.occurrence_ref == episode.c.occurrence_ref
    reports = or_(first, occurrence.c.one_with == episode.c.occurrence_ref)
    query = (
        select(episode.c.id, *(grade.c[f.name] for f in fields(GradeRecord)))
        .join(occurrence, reports)
        .join(grade, grade.c.occurrence_ref == occurrence.c.occurrence_ref)
        .where(*where, grade.c.graded_at <= now)
        .order_by(grade.c.graded_at)
    )
    found: dict[int, list[GradeRecord]] = {}
    for episode_id, *known in connection.execute(query):
        found.setdefault(episode_id, []).append(GradeRecord(*known))
    return {episode_id: tuple(series) for episode_id, series in found.items()}


def is_stored(connection: Connection, police_ref: str | None, council_ref: str | None) -> bool:
    """Return whether a child with one of these keys is stored now."""
    given = ((child.c.police_ref, police_ref), (child.c.council_ref, council_ref))
    either = or_(*(column == reference for column, reference in given if reference))
    return connection.execute(select(child.c.id).where(either).limit(1)).first() is not None


class Erasures:
    """The table of digests, with the key that makes them."""

    def __init__(self, audit_key: bytes) -> None:
        self._key = erasure_key(audit_key)

    def digest(self, kind: Kind, reference: str) -> str:
        return digest(self._key, kind, reference)

    def remember(self, connection: Connection, references: Iterable[tuple[Kind, str]], at: datetime) -> None:
        rows = [{"digest": self.digest(kind, reference), "erased_at": at} for kind, reference in references]
        for some in chunks(rows):
            statement = upsert(connection, erased).on_conflict_do_nothing(index_elements=["digest"])
            connection.execute(statement, some)

    def which(self, connection: Connection, kind: Kind, references: Iterable[str]) -> set[str]:
        """Return the references that were erased."""
        by_digest = {self.digest(kind, reference): reference for reference in references}
        known = select(erased.c.digest).where(erased.c.digest.in_(list(by_digest)))
        return {by_digest[each] for each in connection.execute(known).scalars()}


def all_erased(connection: Connection) -> dict[str, datetime]:
    """Return digest -> time of its erasure."""
    return {row.digest: row.erased_at for row in connection.execute(select(erased))}


def count_erased(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(erased)).scalar_one()
