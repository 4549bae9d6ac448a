"""The facts of the rules, as frozen objects: episodes, interviews, sources, periods. Instants are aware, in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

Kind = Literal["missing", "away", "void"]
Grade = Literal["very_low", "low", "medium", "high"]
Response = Literal["accepted", "declined", "no_response"]

#: The end of an episode without a recorded end, so that one comparison answers "open at t?".
FOREVER = datetime(9999, 12, 31, tzinfo=UTC)

#: Stored as a child's placing authority where its cell could not be read; no code is spelled so, for it has no digit.
UNREAD_AUTHORITY = "another"
#: Stands for this council where an authority is named.
OURS = "ours"

#: Codes of who reported an episode to the police, and the word where the record does not say.
REPORTERS = ("parent", "carer_foster", "carer_residential", "school", "social_worker", "police", "health", "other")
REPORTER_NOT_KNOWN = "not_known"
#: Codes of the setting that a child is missing from, and the word where the record does not say.
SETTINGS = ("home", "care", "school", "hospital", "other")
SETTING_NOT_KNOWN = "not_known"

#: Codes of the kinds of placement of the children that the authority looks after.
PLACEMENTS = (
    *("residential", "adoptive", "with_parents", "independent_living", "own_foster", "kinship", "ifa"),
    *("semi_independent", "other"),
)

#: Outcome reasons with which no return interview is expected of this council.
NOT_REQUIRED = frozenset({"turned_18", "died", "error", "placing_la_responsible"})
#: Reasons that made the interview impossible: with no answer from the child, they close it. Any other
#: reason (reported late, no capacity, missing again, ...) explains a delay of the council, and leaves it open.
NOT_POSSIBLE = frozenset({"no_contact", "in_custody", "out_of_area", "child_unwell", "other"})
#: Causes of an interview that was not in time.
BREACH_REASONS = (
    *("late_notification", "child_missing_again", "child_unwell", "in_custody", "out_of_area", "no_contact"),
    *("capacity", "child_choice_later", "system_late", "other"),
)
#: With a child's no to the interview, the reason that closes it: the carer was offered to speak instead.
CARER_CONTACTED = "carer_contacted"
#: Ends of an episode after which there is no child to interview.
NOT_REQUIRED_ENDS = frozenset({"turned_18", "died", "error_duplicate"})
#: End of a report whose child was never recorded as missing: walked in during the call (edge case 30).
NO_EPISODE = "report_no_episode"
#: Ends of a record of the police alone that is no episode: kept, in no list, and without an interview or a call. Where
#: the council has an episode of it, that stands.
VOID_ENDS = frozenset({"error_duplicate", NO_EPISODE})


@dataclass(frozen=True, slots=True)
class Interview:
    """One return interview (RHI) for one episode; None means that no such event is recorded.

    `due_at` is clock start + 72 h (R18); `counts_until` is the last instant that is in time. It is later than
    `due_at` only for a return known by date alone (R19).
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
    held_known_at: datetime | None = None  # the time at which it became known here that it was held (R23)


@dataclass(frozen=True, slots=True)
class CaseRelation:
    """The areas, workers and authorities of a child's case now, as the exports name them: codes and areas only."""

    areas: frozenset[str] = frozenset()
    workers: frozenset[str] = frozenset()
    iro: str | None = None
    placing_authority: str | None = None
    missing_now: bool = False


@dataclass(frozen=True, slots=True)
class Episode:
    """One continuous time missing (R2) as every list may know it, with the values frozen at its start (R15-R17).

    No date of birth and no exact age follow from it: `age_band` is a range in words, and no instant tells of an 18th
    birthday to come or gone by (see `eighteenth_birthday`). The only code of another system is the worker's, by which
    an interview has an owner. `until_at` is the end of being open, or FOREVER.
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
    left_as_adult: bool = False  # 18 before being found: no child's episode any more, and no return
    doubts: frozenset[str] = frozenset()  # codes for its unread records: see bot.rules.episodes.doubts
    counted: bool = True  # figures leave it out where False
    grade_before: Grade | None = None  # the grade before one that could not be read
    graded_before_at: datetime | None = None
    absent_at: datetime | None = None  # time of the export that should have its open record and lacks it
    entered_care: bool = False  # not looked after at the start, and looked after later (edge case 24)
    turns_18: bool = False  # within the 72 hours of the return, before or after now; shown in private alone
    moved_from: Literal["ours", "theirs"] | None = None  # the authority before, changed at `moved_at`, after the return
    moved_at: datetime | None = None
    repeat_away: bool = False  # away, and so often that the partnership wants an interview (away_interviews)
    # Said in chat before an export has it: that it began (the number of the ruling), a return, a grade of the police.
    saying: int | None = None
    said_back_at: datetime | None = None
    said_back: str | None = None  # returned | found
    said_grade: Grade | None = None
    said_graded_at: datetime | None = None

    @property
    def found_not_returned(self) -> bool:
        """Whereabouts known, but no return to home or placement recorded: in hospital, custody ... (edge case 19)."""
        return self.found_at is not None and self.returned_at is None

    def open_at(self, instant: datetime) -> bool:
        """Return True for an episode that has begun and has no recorded end by then (R6)."""
        return self.start_at <= instant < self.until_at

    @property
    def died(self) -> bool:
        """Either agency's record says that the child has died: never a return, and never posted (edge case 35)."""
        return "died" in (self.end_reason, self.interview.outcome_reason)

    @property
    def end_is_a_day(self) -> bool:
        """Only the day of the return was recorded, so the end is at 00:00, or at a later start (R19)."""
        return self.interview.date_only and self.until_at in (self.start_at, self.interview.clock_start_at)


@dataclass(frozen=True, slots=True)
class GradeRecord:
    """One police grade with its time (risk is a dated series, never one field).

    `entered_at` is when it became known here. `before` is the grade that the export had at this time until then.
    """

    graded_at: datetime
    grade: Grade
    legacy_absent: bool = False
    entered_at: datetime | None = None
    before: Grade | None = None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A person's confirmation that an export with far fewer rows than the one before is right."""

    by: str
    at: datetime
    rows_before: int


@dataclass(frozen=True, slots=True)
class Freshness:
    """The newest export of a source, and the partnership's limits for its age in hours."""

    source: str
    name: str
    taken_at: datetime | None
    stale_after_hours: float
    refuse_after_hours: float
    rows: int = 0
    rejected: int = 0  # rows left out
    unread: int = 0  # rows kept, with cells that could not be read
    unread_open: int = 0  # of both, those that may be a child missing now or an interview due
    rows_before: int | None = None  # of the export before, where this one has less than half and is not confirmed
    confirmed: Confirmed | None = None
    refused_at: datetime | None = None  # the time at which a newer file was refused whole
    how: str = "given"  # origin of the time it was taken; "modified": the file's own time


@dataclass(frozen=True, slots=True)
class Period:
    """Whole local days, `first`..`last` inclusive, with their label (R5)."""

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
    """The number of children looked after on a day in one kind of placement with one provider."""

    uasc: bool
    placement: str | None
    provider: str | None
    children: int
