"""What each agency recorded, as it is stored and before anything is derived from it."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from bot.rules.model import Kind, Response

# Named tuples, not dataclasses: a load makes one for every stored row, straight from the database.


class PoliceRecord(NamedTuple):
    """One occurrence, with the latest grade anybody gave it."""

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
    grade: str | None = None
    graded_at: datetime | None = None

    @property
    def start_at(self) -> datetime:
        """Last seen, else reported (domain.md 9.3); a row with neither is rejected on loading."""
        start = self.last_seen_at or self.reported_at
        if start is None:
            raise ValueError(f"occurrence {self.occurrence_ref} has no time at all")
        return start


class CouncilRecord(NamedTuple):
    """One episode in the case system, with its return interview."""

    episode_ref: str
    child_id: int
    entered_at: datetime
    started_at: datetime
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


class DatedFact(NamedTuple):
    """A child was looked after (lac), UASC (uasc) or on a plan (cp) on the days [from_date, to_date)."""

    kind: str
    from_date: date
    to_date: date | None

    def holds_on(self, day: date) -> bool:
        return self.from_date <= day and (self.to_date is None or day < self.to_date)


class ChildRecord(NamedTuple):
    """What is known of a child; `known` says that the children file has named it, not only the others."""

    birth_date: date | None
    team: str | None
    placing_authority: str | None
    known: bool
    dated: tuple[DatedFact, ...] = ()
