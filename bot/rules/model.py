"""The facts the rules speak about, as frozen objects. All instants are aware and in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

Kind = Literal["missing", "away", "void"]
Grade = Literal["very_low", "low", "medium", "high"]
Response = Literal["accepted", "declined", "no_response"]

#: Stands for "not ended as far as anybody has recorded", so that one comparison answers "open at t?".
FOREVER = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Interview:
    """One return interview (RHI) for one episode; None means not recorded as having happened.

    `due_at` is clock start + 72 h (R18); `counts_until` is the last instant that is in time, which
    is later than `due_at` only where the return is known by date alone (R19).
    """

    clock_start_at: datetime | None = None
    due_at: datetime | None = None
    counts_until: datetime | None = None
    date_only: bool = False
    offered_at: datetime | None = None
    response: Response | None = None
    held_at: datetime | None = None
    recorded_at: datetime | None = None
    outcome_reason: str | None = None
    worker: str | None = None
    held_known_at: datetime | None = None  # when it became known here that it was held (R23)


@dataclass(frozen=True, slots=True)
class CaseRelation:
    """Who a child's case belongs to now, as the exports name them: codes and areas only."""

    areas: frozenset[str] = frozenset()
    workers: frozenset[str] = frozenset()
    iro: str | None = None
    placing_authority: str | None = None
    missing_now: bool = False


@dataclass(frozen=True, slots=True)
class Episode:
    """One continuous time missing (R2) as every list may know it, with the values frozen at its start (R15-R17).

    No date of birth and no exact age follow from it: `age_band` is a range in words, and an 18th birthday
    to come or gone by is in no instant (see `eighteenth_birthday`). No code of another system but the
    worker's, by which an interview is somebody's.
    `until_at` is when it stopped being open: the end, or FOREVER.
    """

    id: int
    child_id: int
    child_ref: str
    kind: Kind
    start_at: datetime
    reported_at: datetime | None
    end_at: datetime | None
    until_at: datetime
    found_at: datetime | None
    returned_at: datetime | None
    end_reason: str | None
    area: str
    age_band: str
    under_13: bool
    lac: bool
    uasc: bool
    cp: bool
    hosted: bool
    grade: Grade | None
    graded_at: datetime | None
    prevention_at: datetime | None
    police: bool
    council: bool
    interview: Interview = Interview()
    left_as_adult: bool = False  # 18 before being found: no child's episode any more, and nobody is back
    doubts: frozenset[str] = frozenset()  # what could not be read of its records: see bot.rules.episodes.doubts
    counted: bool = True  # whether figures count it
    grade_before: Grade | None = None  # what stood before a grade that could not be read
    graded_before_at: datetime | None = None
    absent_at: datetime | None = None  # of the export that should have its open record and lacks it

    @property
    def found_not_returned(self) -> bool:
        """Whereabouts known, but no return to home or placement recorded: in hospital, custody ... (edge case 19)."""
        return self.found_at is not None and self.returned_at is None

    def open_at(self, instant: datetime) -> bool:
        """R6: begun, and not ended as far as anybody has recorded."""
        return self.start_at <= instant < self.until_at

    @property
    def died(self) -> bool:
        """Either agency's record says that the child has died: never a return, and never posted (edge case 35)."""
        return "died" in (self.end_reason, self.interview.outcome_reason)

    @property
    def end_is_a_day(self) -> bool:
        """Only the day of the return was recorded, so the end stands at 00:00, or at a later start (R19)."""
        return self.interview.date_only and self.until_at in (self.start_at, self.interview.clock_start_at)


@dataclass(frozen=True, slots=True)
class GradeRecord:
    """One police grade, as recorded and when (risk is a dated series, never one field)."""

    graded_at: datetime
    grade: Grade
    legacy_absent: bool = False


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Who said, and when, that an export with far fewer rows than the one before is right."""

    by: str
    at: datetime
    rows_before: int


@dataclass(frozen=True, slots=True)
class Freshness:
    """When a source was last exported, and the limits the partnership set for its age in hours."""

    source: str
    name: str
    taken_at: datetime | None
    stale_after_hours: float
    refuse_after_hours: float
    rows: int = 0
    rejected: int = 0  # rows left out
    unread: int = 0  # rows kept, with cells that could not be read
    unread_open: int = 0  # of both, those that may be a child missing now or an interview due
    rows_before: int | None = None  # of the export before, where this one has less than half, and nobody said why
    confirmed: Confirmed | None = None
    refused_at: datetime | None = None  # when a newer file was refused whole
    how: str = "given"  # how it is known when it was taken; "modified": only by the file's own time


@dataclass(frozen=True, slots=True)
class Period:
    """Whole local days, `first`..`last` inclusive, with the label people know it by (R5)."""

    label: str
    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"{self.label}: ends before it begins")

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class LookedAfter:
    """How many children were looked after on a day in one kind of placement with one provider."""

    uasc: bool
    placement: str | None
    provider: str | None
    children: int
