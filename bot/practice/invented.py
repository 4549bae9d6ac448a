"""The records that the practice story is told with, its dice, and the references of children and records.

References say nothing about the child and are never reused.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from random import Random
from typing import TypeVar

from bot.practice.calendar import wall

T = TypeVar("T")


def dice(purpose: str) -> Random:
    """Return dice of their own for one purpose.

    Text seeds go through SHA-512 inside Random: the numbers do not depend on PYTHONHASHSEED.
    """
    return Random(f"practice 2017, {purpose}")  # noqa: S311  invented data, not a secret


def pick(rng: Random, weights: Mapping[T, float]) -> T:
    """Draw one key, as often as its weight says."""
    return rng.choices(list(weights), weights=list(weights.values()))[0]


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
    moved_from: str = ""  # the placement before, until `moved_on`
    moved_on: date | None = None
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

    def placements(self) -> list[tuple[Spell | None, str, str]]:
        """Return each placement with its days and provider, the earlier first; empty of a child never in care."""
        if self.care is None or self.moved_on is None:
            return [(self.care, self.placement, self.provider)]
        before = Spell(self.care.since, self.moved_on)
        return [(before, self.moved_from, ""), (Spell(self.moved_on, self.care.until), self.placement, self.provider)]


@dataclass(slots=True, eq=False)
class InventedInterview:
    offered: datetime | None = None
    response: str = ""
    held: datetime | None = None
    recorded: datetime | None = None
    role: str = ""
    independent: str = ""
    worker: str = ""
    reason: str = ""


@dataclass(slots=True, eq=False)
class InventedAbsence:
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
    interview: InventedInterview = field(default_factory=InventedInterview)
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


def number_records(absences: list[InventedAbsence]) -> None:
    """Give police records and council records their references.

    The police's are one series a year, with gaps: most occurrences are no business of the partnership's.
    """
    rng = dice("occurrences")
    last: Counter[int] = Counter()
    police = [a for a in absences if a.listed != Listed.COUNCIL_ONLY]
    for absence in sorted(police, key=lambda a: (a.reported, a.child.police_ref)):
        year = wall(absence.reported).year
        last[year] += rng.randint(1, 60)
        absence.occurrence_ref = f"OCC-{year % 100:02}-{last[year]:05}"
    council = [a for a in absences if a.listed != Listed.POLICE_ONLY]
    for n, absence in enumerate(sorted(council, key=lambda a: (a.start, a.child.child_id)), start=1):
        absence.episode_id = f"EP-{n:05}"


Codes = Iterator[tuple[str, str]]  # (child id of the council, person reference of the police)


def issue(codes: Codes, children: Iterable[Child]) -> None:
    for child in children:
        child.child_id, child.police_ref = next(codes)
