"""Records of each agency as they are stored, before anything is derived from them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal, NamedTuple

from bot.rules.episodes.risk_flags import Said
from bot.rules.model import Kind, Response

#: An agency's record: whose, and its reference.
RecordKey = tuple[Literal["police", "council"], str]

# Named tuples, not dataclasses: a load makes one for every stored row, straight from the database.


class PoliceRecord(NamedTuple):
    """One police occurrence, with its latest grade.

    `one_with` is the occurrence of whose absence it was a further report at the last freezing.
    """

    occurrence_ref: str
    child_id: int
    entered_at: datetime
    last_seen_at: datetime | None = None
    reported_at: datetime | None = None
    found_at: datetime | None = None
    found_date_only: bool = False
    returned_at: datetime | None = None
    returned_date_only: bool = False
    missing_from: str | None = None
    district: str | None = None
    reporter: str | None = None
    prevention_interview_at: datetime | None = None
    end_reason: str | None = None
    unread: str = ""
    first_taken_at: datetime | None = None
    grade_known: bool = True
    absent_at: datetime | None = None
    one_with: str | None = None
    grade: str | None = None
    graded_at: datetime | None = None

    @property
    def key(self) -> RecordKey:
        return "police", self.occurrence_ref

    @property
    def start_known(self) -> bool:
        return self.last_seen_at is not None or self.reported_at is not None

    @property
    def end_at(self) -> datetime | None:
        """The earlier of found and returned (R2)."""
        found, returned = self.found_at, self.returned_at
        return min(found, returned) if found and returned else found or returned

    @property
    def end_date_only(self) -> bool:
        return self.found_date_only if self.end_at == self.found_at else self.returned_date_only

    @property
    def end_unread(self) -> bool:
        return "found_at" in self.unread or "returned_at" in self.unread

    @property
    def start_at(self) -> datetime:
        """Last seen, else reported (domain.md 9.3); without either, no later than it was first known."""
        later = (self.found_at, self.returned_at, self.prevention_interview_at)
        return self.last_seen_at or self.reported_at or _first_known(later, self.first_taken_at, self.entered_at)


class CouncilRecord(NamedTuple):
    """One episode in the case system, with its return interview.

    `one_with` is the council's episode of which it was a further form at the last freezing. `names_another`: it names
    an occurrence that the police have of another child.
    """

    episode_ref: str
    child_id: int
    entered_at: datetime
    started_at: datetime | None = None
    kind: Kind = "missing"
    occurrence_ref: str | None = None
    ended_at: datetime | None = None
    ended_date_only: bool = False
    team: str | None = None
    returned_at: datetime | None = None
    returned_date_only: bool = False
    offered_at: datetime | None = None
    response: Response | None = None
    held_at: datetime | None = None
    recorded_at: datetime | None = None
    worker: str | None = None
    outcome_reason: str | None = None
    unread: str = ""
    first_taken_at: datetime | None = None
    absent_at: datetime | None = None
    one_with: str | None = None
    names_another: bool = False

    @property
    def key(self) -> RecordKey:
        return "council", self.episode_ref

    @property
    def start_known(self) -> bool:
        return self.started_at is not None

    @property
    def end_at(self) -> datetime | None:
        return self.ended_at or self.returned_at

    @property
    def end_date_only(self) -> bool:
        return self.ended_date_only if self.ended_at else self.returned_date_only

    @property
    def end_unread(self) -> bool:
        return "ended_at" in self.unread or "returned_at" in self.unread

    @property
    def start_at(self) -> datetime:
        """The recorded start; where it could not be read, no later than the episode was first known."""
        later = (self.ended_at, self.returned_at, self.offered_at, self.held_at)
        return self.started_at or _first_known(later, self.first_taken_at, self.entered_at)


Record = PoliceRecord | CouncilRecord


def _first_known(later: tuple[datetime | None, ...], taken: datetime | None, entered: datetime) -> datetime:
    return min(at for at in (*later, taken or entered) if at is not None)


class Settled(NamedTuple):
    """Statement of a named person that two absences of a child are one, or that they are not.

    `first` and `second` are the records of each.
    """

    one: bool
    first: frozenset[RecordKey]
    second: frozenset[RecordKey]

    def between(self, one: Sequence[Record], other: Sequence[Record]) -> bool:
        names, others = {r.key for r in one}, {r.key for r in other}
        return bool((names & self.first and others & self.second) or (names & self.second and others & self.first))

    def names(self, records: Sequence[Record]) -> bool:
        return not {r.key for r in records}.isdisjoint(self.first | self.second)


class DatedFact(NamedTuple):
    """A child was looked after (lac), UASC (uasc) or on a plan (cp) on the days [from_date, to_date)."""

    kind: str
    from_date: date
    to_date: date | None


class ConfirmedEnd(NamedTuple):
    """An end that a named person confirmed in chat, with the references of its records."""

    occurrence_ref: str | None
    episode_ref: str | None
    at: datetime
    said_at: datetime
    reason: str
    saying: int | None = None  # of an absence without a record: the SaidMissing that it rests on


class SaidMissing(NamedTuple):
    """A named person's word that a child is missing, said before any export has it.

    `district` is the one of the child's newest police record. `holds` is False once it was taken back. Of a child whom
    no export had yet, `area` and `under_13` were said too.
    """

    id: int
    child_id: int
    at: datetime
    said_at: datetime
    holds: bool = True
    district: str | None = None
    area: str | None = None
    under_13: bool = False

    @property
    def record(self) -> CouncilRecord:
        """Stand in for the record that no agency's export has yet."""
        return CouncilRecord("", self.child_id, entered_at=self.said_at, started_at=self.at)


class SaidOfAbsence(NamedTuple):
    """A named person's word about an absence: that the child is back (value returned or found), or a police grade.

    It names the records of the absence, or the SaidMissing that the absence rests on.
    """

    kind: Literal["back", "grade"]
    value: str
    at: datetime
    occurrence_ref: str | None = None
    episode_ref: str | None = None
    saying: int | None = None


class ChildRecord(NamedTuple):
    """The stored facts of a child; `known` says that the children file has named it, not only the others.

    `birth_unread` says that an agency's newest birth date could not be read, `births_older` that no agency's could;
    `named`, that some record identifies the child. `age_said`, `ends` and `settled` were confirmed by named persons in
    chat, and not taken back. `missing` and `said` were said in chat before an export had them.
    """

    births: tuple[date, ...]
    team: str | None
    placing_authority: str | None
    known: bool
    dated: tuple[DatedFact, ...] = ()
    birth_unread: bool = False
    births_older: bool = False
    named: bool = True
    age_said: Said = ""
    ends: tuple[ConfirmedEnd, ...] = ()
    settled: tuple[Settled, ...] = ()
    missing: tuple[SaidMissing, ...] = ()
    said: tuple[SaidOfAbsence, ...] = ()
