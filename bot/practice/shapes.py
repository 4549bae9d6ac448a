"""What is invented: children, the times they were absent, and the interviews after them."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

CLOCK = timedelta(hours=72)


class Half(StrEnum):
    H2_2016 = "H2-2016"
    H1_2017 = "H1-2017"
    JULY = "July 2017"


class Team(StrEnum):
    NORTHERN = "Northern"
    SOUTHERN = "Southern"
    CENTRAL = "Central"
    DISABILITY = "Disability"


class InCare(StrEnum):
    NO = "no"
    THROUGHOUT = "throughout"
    ENTERS = "enters"  # taken into care between two of the child's episodes


class Listed(StrEnum):
    BOTH = "both"
    POLICE_ONLY = "police only"
    COUNCIL_ONLY = "council only"


@dataclass(frozen=True, slots=True)
class Spell:
    """A period of days, half-open: `until` is the first day it no longer holds."""

    since: date
    until: date | None = None

    def covers(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(slots=True, eq=False)
class Child:
    team: Team
    plan: list[tuple[Half, Team]] = field(default_factory=list)  # the half-year episodes, in order of time
    uasc: bool = False
    in_care: InCare = InCare.NO
    birth: date = date(2002, 1, 1)
    sex: str = "U"
    district: str = ""
    care: Spell | None = None
    placement: str = ""
    provider: str = ""
    hosted_by: str = ""
    protection: Spell | None = None
    case_status: str = ""
    lead_worker: str = ""
    iro: str = ""
    known_to_council: bool = True
    child_id: str = ""
    police_ref: str = ""

    def count(self, half: Half) -> int:
        return sum(planned == half for planned, _ in self.plan)


@dataclass(slots=True, eq=False)
class Interview:
    offered: datetime | None = None
    response: str = ""
    held: datetime | None = None
    recorded: datetime | None = None
    role: str = ""
    independent: str = ""
    worker: str = ""
    reason: str = ""


@dataclass(slots=True, eq=False)
class Absence:
    child: Child
    half: Half
    team: Team
    start: datetime
    limit: datetime  # the child must be back by then: the next absence, or the end of the story
    reported: datetime
    found: datetime | None = None
    returned: datetime | None = None
    from_school: bool = False
    district: str = ""
    kind: str = "missing"
    listed: Listed = Listed.BOTH
    last_seen_known: bool = True
    return_told_to_police: bool = True
    grades: list[tuple[str, datetime | None]] = field(default_factory=list)
    missing_from: str = ""
    reporter: str = ""
    end_reason: str = ""
    prevention: datetime | None = None
    found_with: list[Child] = field(default_factory=list)
    interview: Interview = field(default_factory=Interview)
    occurrence_ref: str = ""
    episode_id: str = ""

    @property
    def end(self) -> datetime | None:
        return min((t for t in (self.found, self.returned) if t), default=None)

    @property
    def clock_start(self) -> datetime:
        start = self.returned or self.found
        if start is None:
            raise ValueError("the child is still missing: no interview clock runs")
        return start

    @property
    def due(self) -> datetime:
        return self.clock_start + CLOCK  # instants are UTC, so these are 72 elapsed hours

    def over(self, moment: datetime) -> bool:
        back = self.returned or self.found
        return back is not None and back <= moment

    def away_at(self, moment: datetime) -> bool:
        return self.start <= moment and not self.over(moment)
