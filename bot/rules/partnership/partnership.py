"""The partnership file: areas, bands, rules, channels, people and sources, as frozen facts.

The partnership file (TOML) is checked against these dataclasses by `bot.settings`; another
partnership is another file, never a code change.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar, Literal, get_args

from bot.rules.partnership.channels import Channel, Delivering, Escalation, QuietHours, ReminderStep
from bot.rules.partnership.limits import BreakGlass, Disclosure, LookUps, Retention, Strict
from bot.rules.partnership.roles import Action, Agency, Part, Reach, Role
from bot.rules.partnership.validation import contradictions
from bot.rules.partnership.working_hours import Calendar

AreaKind = Literal["area", "team", "out_of_county", "unknown"]
ClockStart = Literal["returned_else_found", "found_else_returned"]
Attribution = Literal["team", "district"]
#: Coverage of an export: every record, the open ones, those of so many days, or None where it is not given.
Covers = Literal["all", "open"] | int | None


@dataclass(frozen=True)
class Area(Strict):
    """One bucket of the area split; episodes belong to exactly one (domain.md R15).

    `quiet_hours` and `reminders` are its own, where they differ from the partnership's.
    """

    id: str
    name: str
    kind: AreaKind = "area"
    aliases: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    quiet_hours: QuietHours | None = None
    reminders: tuple[ReminderStep, ...] | None = None


@dataclass(frozen=True)
class Band(Strict):
    """A closed range of whole numbers, `low`..`high`; `high` None means and more."""

    low: int
    high: int | None = None

    def __post_init__(self) -> None:
        if self.low < 0 or (self.high is not None and self.high < self.low):
            raise ValueError(f"a band runs from a number to the same or a larger one, not {self.label}")

    @property
    def label(self) -> str:
        if self.high is None:
            return f"{self.low}+"
        return str(self.low) if self.low == self.high else f"{self.low}-{self.high}"

    def holds(self, number: int) -> bool:
        return self.low <= number and (self.high is None or number <= self.high)


@dataclass(frozen=True)
class RepeatRule(Strict):
    """Fires at the start of an episode when `episodes` starts lie in the last `days` (R12)."""

    id: str
    episodes: int
    days: int
    name: str = ""

    def __post_init__(self) -> None:
        if self.episodes < 2 or self.days < 1:
            raise ValueError(f"repeat rule {self.id}: needs at least 2 episodes in at least 1 day")


@dataclass(frozen=True)
class HeldRole(Strict):
    """A role of a person, in its areas, until the end of the day `expires`."""

    role: Role
    areas: tuple[str, ...] = ()
    expires: date | None = None


@dataclass(frozen=True)
class Person(Strict):
    """A listed person. `worker_code` is the case system's code for them.

    The people of the partnership file are taken over when the database is new; from then on the verb
    `people` changes them. `role` with `areas` and `expires` is the first role, `also` are further ones.
    """

    id: str
    agency: Agency
    role: Role | None = None
    areas: tuple[str, ...] = ()
    worker_code: str = ""
    slack_id: str = ""
    teams_id: str = ""
    expires: date | None = None
    also: tuple[HeldRole, ...] = ()
    active: bool = True

    @property
    def roles(self) -> tuple[HeldRole, ...]:
        """Every role, expired ones too."""
        first = (HeldRole(self.role, self.areas, self.expires),) if self.role else ()
        return (*first, *self.also)


@dataclass(frozen=True)
class Provider(Strict):
    """Providers of placements by area, as codes only."""

    area: str
    kind: Literal["residential", "fostering_agency", "supported"]
    ownership: Literal["own", "private"]
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Source(Strict):
    """One export: its name for people, its age limits in hours, and its column names where they differ.

    It `covers` "all" records, the "open" ones, those begun in the last "N days", or (empty) none that can be relied
    on. The time at which it was taken is in a column, or in the file's name as strptime reads it.
    """

    name: str
    stale_after_hours: float = 24
    refuse_after_hours: float = 48
    columns: dict[str, str] = field(default_factory=dict)
    day_order: Literal["day-first", "month-first"] = "day-first"
    covers: str = ""
    taken_at_column: str = ""
    taken_at_in_name: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.stale_after_hours <= self.refuse_after_hours:
            raise ValueError("refuse_after_hours must not be less than stale_after_hours")
        if not re.fullmatch(r"|all|open|[1-9][0-9]{0,3} days", self.covers):
            raise ValueError(f"covers is 'all', 'open' or a number of days such as '90 days', not {self.covers!r}")
        if self.taken_at_in_name and not all(part in self.taken_at_in_name for part in ("%Y", "%m", "%d")):
            raise ValueError("taken_at_in_name needs %Y, %m and %d, such as police-%Y%m%d-%H%M.csv")
        if self.taken_at_in_name and self.taken_at_column:
            raise ValueError("taken_at_in_name and taken_at_column are both set: leave one")

    @property
    def covered(self) -> Covers:
        """Coverage of the export; None where it is not given."""
        found: dict[str, Covers] = {"": None, "all": "all", "open": "open"}
        return found[self.covers] if self.covers in found else int(self.covers.split()[0])


@dataclass(frozen=True)
class Sources(Strict):
    police: Source = Source("Police")
    children: Source = Source("Children")
    interviews: Source = Source("Interviews")


@dataclass(frozen=True)
class Practice(Strict):
    """A practice partnership's pretended moment and default person."""

    now: datetime
    person: str

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError("now needs its zone, such as 2017-07-05T08:00:00+01:00")


@dataclass(frozen=True)
class Partnership(Strict):
    """Everything a partnership may choose. Field order is the order of the documentation."""

    name: str
    reference_prefix: str
    areas: tuple[Area, ...]
    channels: tuple[Channel, ...]
    frequency_bands: tuple[Band, ...]
    age_bands: tuple[Band, ...]
    repeat_rules: tuple[RepeatRule, ...]
    reminders: tuple[ReminderStep, ...]
    quiet_hours: QuietHours
    people: tuple[Person, ...] = ()
    escalations: tuple[Escalation, ...] = ()
    roles: dict[str, dict[Agency, str]] = field(default_factory=dict)
    providers: tuple[Provider, ...] = ()
    sources: Sources = Sources()
    clock_start: ClockStart = "returned_else_found"
    attribution: Attribution = "team"
    history_start: date | None = None
    own_authorities: tuple[str, ...] = ()
    other_authorities: dict[str, str] = field(default_factory=dict)
    agencies: tuple[Agency, ...] = get_args(Agency)
    rights: dict[Role, dict[Action, Reach]] = field(default_factory=dict)
    parts: dict[Role, tuple[Part, ...]] = field(default_factory=dict)
    disclosure: Disclosure = field(default_factory=Disclosure)
    break_glass: BreakGlass = field(default_factory=BreakGlass)
    look_ups: LookUps = field(default_factory=LookUps)
    retention: Retention = field(default_factory=Retention)
    delivery: Delivering = field(default_factory=Delivering)
    practice: Practice | None = None
    #: The bank holidays of each division: not part of the file, so handed in (see with_holidays).
    _holidays: ClassVar[Mapping[str, Container[date]]] = {}

    def __post_init__(self) -> None:
        if problems := contradictions(self):
            raise ValueError("; ".join(problems))

    def area(self, area_id: str) -> Area:
        """Return the area with this id; StopIteration if there is none."""
        return next(a for a in self.areas if a.id == area_id)

    def person(self, person_id: str) -> Person | None:
        return next((p for p in self.people if p.id == person_id), None)

    def with_people(self, people: tuple[Person, ...]) -> Partnership:
        """Return the same with other people; nothing else is checked again."""
        changed = copy(self)
        object.__setattr__(changed, "people", people)
        return changed

    def with_history(self, start: date | None) -> Partnership:
        """Return the same with another first day of known periods."""
        changed = copy(self)
        object.__setattr__(changed, "history_start", start)
        return changed

    def with_holidays(self, holidays: Mapping[str, Container[date]]) -> Partnership:
        """Return the same with the bank holidays of each division."""
        changed = copy(self)
        object.__setattr__(changed, "_holidays", holidays)
        return changed

    def calendar(self, area_id: str | None = None) -> Calendar:
        """Return the working days of an area, or of the partnership."""
        own = next((a.quiet_hours for a in self.areas if a.id == area_id), None)
        hours = own or self.quiet_hours
        return Calendar(hours, self._holidays.get(hours.bank_holidays, frozenset()))

    def ladder(self, area_id: str) -> tuple[ReminderStep, ...]:
        """Return the reminders of an area, in the order of their hours."""
        own = next((a.reminders for a in self.areas if a.id == area_id), None)
        return tuple(sorted(self.reminders if own is None else own, key=lambda s: s.hours))

    def escalation(self, rule: str) -> Escalation | None:
        return next((e for e in self.escalations if e.id == rule), None)

    def channel(self, channel_id: str) -> Channel | None:
        wanted = channel_id.lstrip("#").casefold()
        return next((c for c in self.channels if c.id.casefold() == wanted), None)

    @property
    def unknown_area(self) -> str:
        return next(a.id for a in self.areas if a.kind == "unknown")
