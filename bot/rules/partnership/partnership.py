"""The partnership file: its sections, in the order in which the file has them, as frozen facts.

`bot.settings` checks the file (TOML) against these dataclasses; another partnership is another file, never a code
change. Below the sections come the whole `Partnership`, the `Calendar` of its working days, the checks across
sections (`contradictions`), and the spelling of ids, codes and addresses.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as wall_time
from itertools import pairwise
from typing import ClassVar, Literal, get_args

from bot.rules.partnership.roles import (
    FOR_ALL_LISTED,
    OF_CHILDREN,
    REACHES,
    RIGHTS,
    Action,
    Agency,
    Part,
    Reach,
    Rights,
    Role,
)
from bot.rules.time.clock import at, local_day


class Strict:
    """Base of every section: an unknown key in the file is an error."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}


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
class Practice(Strict):
    """A practice partnership's pretended moment and default person."""

    now: datetime
    person: str

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError("now needs its zone, such as 2017-07-05T08:00:00+01:00")


@dataclass(frozen=True)
class Area(Strict):
    """One bucket of the area split; episodes belong to exactly one (domain.md R15).

    `quiet_hours` and `reminders` are its own, where they differ from the partnership's.
    """

    id: str
    name: str
    kind: Literal["area", "team", "out_of_county", "unknown"] = "area"
    aliases: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    quiet_hours: QuietHours | None = None
    reminders: tuple[ReminderStep, ...] | None = None


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


Days = Literal["every", "working"]
#: Sections of a digest's thread by area.
Sections = Literal["interviews", "missing", "changes", "rules", "gaps"]


@dataclass(frozen=True)
class Digest(Strict):
    """The digest of a channel: `time` is its London wall time, `cutoff` the latest useful moment.

    `sections` are those that its thread has of each area; empty means all of them.
    """

    time: wall_time
    cutoff: wall_time
    days: Days = "every"
    rows: int = 8
    sections: tuple[Sections, ...] = ()

    def __post_init__(self) -> None:
        for clock in (self.time, self.cutoff):
            if clock.hour == 1:
                raise ValueError(
                    f"{clock:%H:%M} does not exist or comes twice when the clocks change: "
                    "choose a time outside 01:00-01:59"
                )
        if self.cutoff <= self.time:
            raise ValueError(f"the cut-off {self.cutoff:%H:%M} must be later than the slot {self.time:%H:%M}")
        if self.rows < 1:
            raise ValueError(f"rows is how many lines a section may have, so not {self.rows}")


@dataclass(frozen=True)
class Channel(Strict):
    """A channel the bot may post to; `level` 0 counts, 1 references (2 is one person in private)."""

    id: str
    name: str
    level: Literal[0, 1]
    areas: tuple[str, ...]
    digest: Digest
    platform: Literal["offline", "slack", "teams"] = "offline"
    destination: str = ""


@dataclass(frozen=True)
class ReminderStep(Strict):
    """One step of the reminder ladder, `hours` after the child's return (72 = the deadline).

    An `urgent` step is sent in a message of its own; the others wait for the one message a day. The step is needed
    `until` the interview was offered, or was held.
    """

    id: str
    hours: float
    to: tuple[Role, ...]
    repeat_daily: bool = False
    urgent: bool = False
    until: Literal["offered", "held"] = "held"

    def __post_init__(self) -> None:
        if not 1 <= len(self.id) <= 40:
            raise ValueError(f"a reminder's id has 1 to 40 characters, so not {self.id!r}")
        if self.hours < 0:
            raise ValueError(f"reminder {self.id!r}: hours are counted from the return, so not {self.hours:g}")
        if not self.to:
            raise ValueError(f"reminder {self.id!r} needs somebody to go to")


Division = Literal["england-and-wales", "scotland", "northern-ireland"]


@dataclass(frozen=True)
class QuietHours(Strict):
    """Quiet hours, in London wall times: no reminder is sent then, and no deadline pauses for them."""

    start: wall_time
    end: wall_time
    working_days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = (
        "mon",
        "tue",
        "wed",
        "thu",
        "fri",
    )
    bank_holidays: Division = "england-and-wales"
    extra_closed: tuple[date, ...] = ()

    def __post_init__(self) -> None:
        if self.start <= self.end:
            raise ValueError(
                f"quiet hours go from an evening to a morning, so not {self.start:%H:%M} to {self.end:%H:%M}"
            )
        if 1 in (self.start.hour, self.end.hour):
            raise ValueError("01:00-01:59 does not exist or comes twice when the clocks change: choose another time")


Condition = Literal["special", "high", "ungraded", "open", "repeat"]
CONDITIONS: tuple[str, ...] = get_args(Condition)


@dataclass(frozen=True)
class Escalation(Strict):
    """A rule that calls a named role in each agency (domain.md §10.4); its condition is `when`, or else its `id`.

    Of `acknowledge_minutes` only those count that lie `between` two London wall times (with `days` = "working", on
    working days alone); `same_day` gives time until the end of the day on which they are over. `next_tier` is
    another rule, whose roles are called next, or a role. `decision_working_days` asks for a strategy decision.
    """

    id: str
    name: str
    when: Condition | None = None
    police: str = ""
    council: str = ""
    acknowledge_minutes: int = 60
    between: tuple[wall_time, wall_time] | None = None
    days: Days = "every"
    same_day: bool = False
    after_hours: float = 0
    next_tier: str = ""
    decision_working_days: int | None = None

    def __post_init__(self) -> None:
        opens, closes = self.between or (wall_time(0), wall_time(23))
        faults = {
            f"needs when = one of {', '.join(CONDITIONS)}": self.condition not in CONDITIONS,
            "an id has 1 to 32 characters": not 1 <= len(self.id) <= 32,
            "calls nobody: name a role of police or council": not (self.police or self.council),
            "acknowledge_minutes is at least 1": self.acknowledge_minutes < 1,
            "after_hours is not less than 0": self.after_hours < 0,
            "decision_working_days is at least 1": self.decision_working_days is not None
            and self.decision_working_days < 1,
            "between goes from an earlier to a later time": opens >= closes,
            "01:00-01:59 does not exist or comes twice when the clocks change": 1 in (opens.hour, closes.hour),
        }
        if found := [fault for fault, is_so in faults.items() if is_so]:
            raise ValueError(f"escalation {self.id}: {'; '.join(found)}")

    @property
    def condition(self) -> str:
        return self.when or self.id

    def role(self, agency: str) -> str:
        """Return the role that is called in an agency; empty where none is."""
        return {"police": self.police, "council": self.council}.get(agency, "")


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
class Disclosure(Strict):
    """Small numbers (domain.md §6.4): counts from 1 to `threshold` are suppressed wherever several people read,
    and so are percentages of fewer than `base`.
    """

    threshold: int = 5
    base: int = 20

    def __post_init__(self) -> None:
        if self.threshold < 2 or self.base < 1:
            raise ValueError("the threshold is at least 2, or it hides no count among others; the base at least 1")


@dataclass(frozen=True)
class BreakGlass(Strict):
    """Looks at a child outside one's area: their length, their number, and the time for a lead's review."""

    minutes: int = 30
    most_in_30_days: int = 3
    review_working_days: int = 2
    shortest_reason: int = 20


@dataclass(frozen=True)
class LookUps(Strict):
    """So many references that do not exist or are not theirs, within so many minutes, lock a person's look-ups."""

    misses: int = 10
    minutes: int = 10
    locked_minutes: int = 60

    def __post_init__(self) -> None:
        if min(self.misses, self.minutes, self.locked_minutes) < 1:
            raise ValueError("misses, minutes and locked_minutes are at least 1")
        if self.minutes > 24 * 60:  # a lock that is over is kept for a day, and with it the misses it forgave
            raise ValueError("minutes is at most a day (1440)")


@dataclass(frozen=True)
class Retention(Strict):
    """Retention of each kind; the records themselves belong to the case systems (reliability.md §3.3)."""

    records_months: int = 24
    posts_days: int = 30
    rejects_days: int = 7
    audit_years: int = 7

    def __post_init__(self) -> None:
        if min(self.records_months, self.posts_days, self.rejects_days, self.audit_years) < 1:
            raise ValueError("each retention is at least 1")


@dataclass(frozen=True)
class Delivering(Strict):
    """Limits and times of delivery. Times of day are London wall times; the names of the others give their unit.

    After `settle_seconds` the platform is asked for a message with an unknown outcome. A claim (`lease_seconds`)
    outlasts the call (`timeout_seconds`). A message that is more than `late_seconds` late says so. After
    `alarm_minutes` without a platform, a tick or an answer people are told. `email` are the addresses of the second
    path: a mail says that something waits, and nothing else.
    """

    settle_seconds: float = 30
    timeout_seconds: float = 10
    lease_seconds: float = 60
    sweep_minutes: tuple[float, ...] = (5, 15, 60)
    late_seconds: float = 300
    reminder_time: wall_time = wall_time(8, 30)
    update_seconds: float = 120
    close_time: wall_time = wall_time(18, 0)
    undo_minutes: float = 5
    alarm_minutes: float = 30
    email: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.lease_seconds < 2 * self.timeout_seconds or self.lease_seconds < self.settle_seconds:
            raise ValueError(
                "lease_seconds must be twice timeout_seconds or more, and no less than settle_seconds: "
                "two replicas could post at once"
            )
        if list(self.sweep_minutes) != sorted(set(self.sweep_minutes)) or not self.sweep_minutes:
            raise ValueError("sweep_minutes must rise, such as [5, 15, 60]")
        if 1 in (self.reminder_time.hour, self.close_time.hour):
            raise ValueError("01:00-01:59 does not exist or comes twice when the clocks change: choose another time")
        if min(self.settle_seconds, self.timeout_seconds, self.update_seconds, self.undo_minutes) < 0:
            raise ValueError("nothing here can be less than 0")
        if wrong := [address for address in self.email if not is_address(address)]:
            raise ValueError(f"email: {len(wrong)} of the addresses cannot be one, such as duty-team@example.org")


@dataclass(frozen=True)
class Provider(Strict):
    """Providers of placements by area, as codes only."""

    area: str
    kind: Literal["residential", "fostering_agency", "supported"]
    ownership: Literal["own", "private"]
    codes: tuple[str, ...]


#: Coverage of an export: every record, the open ones, those of so many days, or None where it is not given.
Covers = Literal["all", "open"] | int | None


@dataclass(frozen=True)
class ExportMapping(Strict):
    """The columns and words of one system, for exports taken from the day `since` on: see `Source` for the keys.

    It stands by itself: the export's own keys, and those of other systems, do not count beside it.

    name: Name of the system, which a load says. Such as `"Niche 2024"`.
    since: First day of the exports that the system wrote. Such as `2024-04-01`.
    columns: Our name of a column = the system's; empty text where it has none. Such as `{ risk = "Grade" }`.
    words: Our name of a column = its words, each with ours; empty text is an empty cell. Such as `{ risk = {
        "Grade B" = "medium" } }`.
    day_order: Order of days such as 05/06/2017. Such as `"month-first"`.
    day_columns: Our names of columns that hold days and are exported with 00:00. Such as `["returned_at"]`.
    """

    name: str
    since: date
    columns: dict[str, str] = field(default_factory=dict)
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    day_order: Literal["day-first", "month-first"] = "day-first"
    day_columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source(Strict):
    """One export: its name for people, its age limits in hours, and its column names and words where they differ.

    It `covers` "all" records, the "open" ones, those begun in the last "N days", or (empty) none that can be relied
    on. The time at which it was taken is in a column, or in the file's name as strptime reads it.

    words: Our name of a column = its words, each with ours; empty text is an empty cell. Such as `{ risk = {
        "Grade B" = "medium" } }`.
    mappings: Systems that came later, each in place of columns, words, day_order and day_columns. Such as `[{ name =
        "Niche 2024", since = 2024-04-01, columns = { risk = "Grade" } }]`.
    day_columns: Our names of columns that hold days and are exported with 00:00. Such as `["returned_at"]`.
    """

    name: str
    stale_after_hours: float = 24
    refuse_after_hours: float = 48
    columns: dict[str, str] = field(default_factory=dict)
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    mappings: tuple[ExportMapping, ...] = ()
    day_order: Literal["day-first", "month-first"] = "day-first"
    day_columns: tuple[str, ...] = ()
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
        for what, kept in (("name", [m.name for m in self.mappings]), ("since", [m.since for m in self.mappings])):
            if len(set(kept)) < len(kept) or "" in kept:
                raise ValueError(f"each of the mappings needs a {what} of its own")
        if self.taken_at_column and any(m.day_order != self.day_order for m in self.mappings):
            raise ValueError(
                "the mappings differ in day_order, so the time in taken_at_column cannot be read before the mapping is "
                "known: use taken_at_in_name"
            )

    def mapping_at(self, taken_at: datetime) -> ExportMapping:
        """Return the mapping of an export taken at this time: the last that holds, or (without a name) the first."""
        day = local_day(taken_at)
        return max((self.first_mapping, *(m for m in self.mappings if m.since <= day)), key=lambda m: m.since)

    @property
    def first_mapping(self) -> ExportMapping:
        return ExportMapping("", date.min, self.columns, self.words, self.day_order, self.day_columns)

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
    clock_start: Literal["returned_else_found", "found_else_returned"] = "returned_else_found"
    attribution: Literal["team", "district"] = "team"
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
        if faults := contradictions(self):
            raise ValueError("; ".join(faults))

    def area(self, area_id: str) -> Area:
        """Return the area with this id; StopIteration if there is none."""
        return next(a for a in self.areas if a.id == area_id)

    def person(self, person_id: str) -> Person | None:
        return next((p for p in self.people if p.id == person_id), None)

    def rights_of(self, role: Role) -> Rights:
        """Return the rights of a role: the file's row in place of ours, whole."""
        return self.rights.get(role, RIGHTS.get(role, {}))

    def sees_children(self, role: Role) -> bool:
        """Return True if the role may read or change records of children; no administrator may hold such a role."""
        return any(action in OF_CHILDREN for action in self.rights_of(role))

    def with_people(self, people: tuple[Person, ...]) -> Partnership:
        """Return the same with other people; nothing else is checked again."""
        changed = copy(self)
        object.__setattr__(changed, "people", people)
        return changed

    def with_sources(self, sources: Sources) -> Partnership:
        """Return the same with other exports; nothing else is checked again."""
        changed = copy(self)
        object.__setattr__(changed, "sources", sources)
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


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: With less working time left before the deadline a reminder comes too late to be of use.
ENOUGH = timedelta(hours=2)
#: A reminder that is brought forward comes this long before the end of the working day: time is left to act on it.
BEFORE_CLOSE = timedelta(hours=4)
#: No closure lasts longer; the search for a working day ends here.
LONGEST_CLOSURE = timedelta(days=60)


class NeverOpen(ValueError):
    """No working day within LONGEST_CLOSURE: the partnership file closes every day."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of one area: London wall times; every instant given and returned is in UTC."""

    hours: QuietHours
    holidays: Container[date] = field(default=frozenset())

    def works(self, day: date) -> bool:
        """Return True for a weekday of the partnership that is no bank holiday and none of its closed days.

        A partnership without listed weekdays works every day, on bank holidays too: only its closed days count.
        """
        if day in self.hours.extra_closed:
            return False
        if not self.hours.working_days:
            return True
        return WEEKDAYS[day.weekday()] in self.hours.working_days and day not in self.holidays

    def opens(self, day: date) -> datetime:
        return at(day, self.hours.end)

    def closes(self, day: date) -> datetime:
        return at(day, self.hours.start)

    def moment_of(self, day: date, wall: wall_time) -> datetime:
        """Return a wall time of a working day, or the opening of that day where the time is outside its hours."""
        wanted = at(day, wall)
        return wanted if self.opens(day) <= wanted < self.closes(day) else self.opens(day)

    def speaks(self, now: datetime) -> bool:
        """Return True while people may be reminded: from the end of the quiet hours until just before their start."""
        day = local_day(now)
        return self.works(day) and self.opens(day) <= now < self.closes(day)

    def next_moment(self, now: datetime) -> datetime:
        """Return `now` within working hours, else the opening of the next working day."""
        if self.speaks(now):
            return now
        day = local_day(now)
        if not (self.works(day) and now < self.opens(day)):
            day = self.next_day(day)
        return self.opens(day)

    def next_day(self, day: date) -> date:
        """Return the first working day after this one. NeverOpen where there is none."""
        return self._find(day, timedelta(days=1))

    def last_day(self, day: date) -> date:
        """Return the last working day before this one. NeverOpen where there is none."""
        return self._find(day, -timedelta(days=1))

    def _find(self, day: date, step: timedelta) -> date:
        last = day + LONGEST_CLOSURE * (1 if step > timedelta() else -1)
        while day != last:
            day += step
            if self.works(day):
                return day
        raise NeverOpen("the partnership's quiet hours leave no working day in two months")

    def last_moment(self, deadline: datetime) -> datetime:
        """Return the end of the last working time before a deadline: the deadline itself within working hours."""
        day = local_day(deadline)
        if not self.works(day) or deadline <= self.opens(day):
            day = self.last_day(day)
        return min(deadline, self.closes(day))

    def latest(self, deadline: datetime) -> datetime:
        """Return the last moment at which a reminder is still of use: ENOUGH working time before the deadline."""
        day, end = self._last_stretch(deadline)
        return max(self.opens(day), end - ENOUGH)

    def _last_stretch(self, deadline: datetime) -> tuple[date, datetime]:
        """Return the last working day with ENOUGH time before a deadline, and the end of that time.

        For a deadline on Monday at 08:05 it is Friday until closing: five minutes of Monday morning are too little.
        """
        end = self.last_moment(deadline)
        day = local_day(end - timedelta(microseconds=1))
        if end - self.opens(day) >= ENOUGH:
            return day, end
        day = self.last_day(day)
        return day, self.closes(day)

    def speak_at(self, wanted: datetime, deadline: datetime) -> tuple[datetime, bool]:
        """Return the time at which a wanted reminder is sent, and True where it was brought forward.

        Quiet hours postpone it. Where it would then come too late to be of use, it is brought forward to
        BEFORE_CLOSE before the last working time, or to the opening of that working day. A reminder wanted at or
        after the deadline (a breach) is only ever postponed.
        """
        postponed = self.next_moment(wanted)
        if wanted >= deadline or postponed == wanted or postponed <= self.latest(deadline):
            return postponed, False
        day, end = self._last_stretch(deadline)
        return max(self.opens(day), end - BEFORE_CLOSE), True


def contradictions(p: Partnership) -> list[str]:
    """List the contradictions between sections, each in one plain sentence."""
    aliases = [w for a in p.areas for w in {a.id.casefold(), a.name.casefold(), *(x.casefold() for x in a.aliases)}]
    faults = [
        *_duplicates("area", [a.id for a in p.areas]),
        *_duplicates("area alias", aliases),
        *_duplicates("district", [d.casefold() for a in p.areas for d in a.districts]),
        *_duplicates("team", [t.casefold() for a in p.areas for t in a.teams]),
        *_duplicates("channel", [c.id for c in p.channels]),
        *_duplicates("person", [x.id for x in p.people]),
        *_duplicates("worker code", [x.worker_code for x in p.people if x.worker_code]),
        *_duplicates("Slack id", [x.slack_id for x in p.people if x.slack_id]),
        *_duplicates("Teams id", [x.teams_id for x in p.people if x.teams_id]),
        *_duplicates("repeat rule", [r.id for r in p.repeat_rules]),
        *_duplicates("escalation", [e.id for e in p.escalations]),
        *_escalation_faults(p),
    ]
    for ladder in (p.reminders, *(a.reminders or () for a in p.areas)):
        # The bot's own steps: of interviews without an owner, and of snoozed reminders.
        faults += [f"a reminder cannot be called {s.id!r}" for s in ladder if s.id in ("no owner", "again")]
        faults += _duplicates("reminder", [s.id for s in ladder])
    faults += _area_faults(p)
    faults += _people_faults(p)
    if not p.channels:
        faults.append("at least one channel is needed: its digest time begins the day")
    faults += too_short(p.retention.records_months, max((r.days for r in p.repeat_rules), default=1))
    faults += _band_faults("frequency_bands", p.frequency_bands, 1)
    faults += _band_faults("age_bands", p.age_bands, 0)
    prefix = p.reference_prefix
    if not (prefix.isascii() and prefix.isalpha() and prefix.isupper() and 2 <= len(prefix) <= 4):
        faults.append(f"reference_prefix {prefix!r} must be two to four capital letters")
    faults += [
        f"other_authorities gives {name!r} no code: up to 32 letters, digits, . _ / -, with a digit among them"
        for name, code in p.other_authorities.items()
        if not code or fault_of_code(code)
    ]
    own_authorities = {own.casefold() for own in p.own_authorities}
    return faults + [
        f"{name!r} is in own_authorities and in other_authorities"
        for name in p.other_authorities
        if name.casefold() in own_authorities
    ]


def too_short(months: int, look_back: int) -> list[str]:
    """Refuse a repeat rule that looks back further than records are kept: it would count too few, silently."""
    needed = -(-look_back // 30) + 1  # a month of slack, because months differ
    if months >= needed:
        return []
    return [
        f"retention.records_months is {months}, but a repeat rule looks back {look_back} days: "
        f"keep at least {needed} months, or shorten the rule"
    ]


def _area_faults(p: Partnership) -> list[str]:
    kinds = [a.kind for a in p.areas]
    faults = [
        f"exactly one area must have kind = {kind!r}, there are {kinds.count(kind)}"
        for kind in ("unknown", "out_of_county")
        if kinds.count(kind) != 1
    ]
    known = {a.id for a in p.areas}
    users = [(f"person {x.id}", held.areas) for x in p.people for held in x.roles]
    users += [(f"channel {c.id}", c.areas) for c in p.channels]
    users += [("providers", (x.area,)) for x in p.providers]
    return faults + [
        f"{who} names the area {a!r}; the areas are {', '.join(sorted(known))}"
        for who, areas in users
        for a in areas
        if a not in known
    ]


def _escalation_faults(p: Partnership) -> list[str]:
    """Find roles that no person could hold, and tiers that go round in a circle: else they come to light at night."""
    rules = {e.id: e for e in p.escalations}
    known = {*p.roles, *RIGHTS}
    faults = [
        f"escalation {e.id} calls the role {role!r}, which is neither in [roles] nor one that people are given"
        for e in p.escalations
        for role in (e.police, e.council, "" if e.next_tier in rules else e.next_tier)
        if p.roles and role and role not in known
    ]
    for e in p.escalations:
        at, steps = e.next_tier, 0
        while at in rules and at != e.id and steps < len(rules):
            at, steps = rules[at].next_tier, steps + 1
        if at == e.id:
            faults.append(f"escalation {e.id}: its tiers come back to itself")
    return faults


def _people_faults(p: Partnership) -> list[str]:
    """Find people who are named and not listed, rights that no role may have, and misspelled ids and codes.

    Ids and codes of the file itself are checked by eye for names; only their spelling is checked here.
    """
    faults = []
    if p.people:  # without a list the people are known to the verb `people` alone
        known = {x.id for x in p.people}
        users = [(f"role {role}", person) for role, agencies in p.roles.items() for person in agencies.values()]
        users += [("practice", p.practice.person)] if p.practice else []
        faults += [f"{who} names the person {x!r}, who is not listed" for who, x in users if x not in known]
    for role, row in p.rights.items():
        faults += _rights_faults(role, row)
    for x in p.people:
        other_roles = [h.role for h in x.roles if h.role != "system_admin"]
        if len(other_roles) < len(x.roles):
            seen = (role for role in other_roles if p.sees_children(role))
            faults += [f"person {x.id} is system_admin and {r}: an administrator sees no child data" for r in seen]
    return faults + [
        f"people: {x.id!r}: {fault}"
        for x in p.people
        if (fault := fault_of_id(x.id, coded=False) or fault_of_code(x.worker_code, coded=False))
    ]


def _rights_faults(role: Role, row: dict[Action, Reach]) -> list[str]:
    """Administrators see no child data, in any partnership file: they give rights, so they must not need them."""
    where = f"rights.{role}"
    if role == "system_admin":
        never = [f"{where}: an administrator can never have {a!r}" for a in row if a in OF_CHILDREN]
        return never if "admin" in row else [*never, f"{where}: needs admin = 'all', or nobody could change people"]
    faults = [f"{where}: only system_admin can have 'admin'"] if "admin" in row else []
    faults += [f"{where}: {a!r} is for everybody who is listed, take it out" for a in row if a in FOR_ALL_LISTED]
    return faults + [
        f"{where}: {a} cannot reach {reach!r}, only {' or '.join(map(repr, REACHES[a]))}"
        for a, reach in row.items()
        if reach not in REACHES.get(a, (reach,))
    ]


def _band_faults(name: str, bands: tuple[Band, ...], first: int) -> list[str]:
    """Bands must leave no gap and no overlap, or the two sums of R9 cannot hold."""
    if not bands or bands[0].low != first:
        return [f"{name} must begin at {first}"]
    gaps = [
        f"{name}: {a.label} and {b.label} leave a gap or overlap"
        for a, b in pairwise(bands)
        if a.high is None or b.low != a.high + 1
    ]
    if name == "frequency_bands" and bands[-1].high is not None:
        gaps.append(f"{name} must end with an open band such as 20+")
    return gaps


def _duplicates(what: str, names: list[str]) -> list[str]:
    return [f"{what} {n!r} stands twice" for n in sorted({n for n in names if names.count(n) > 1})]


_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9._/-]{1,32}", re.ASCII)  # as in the exports (ingest/cells.py)
_ACCOUNT = re.compile(r"[A-Za-z0-9:._-]{1,64}", re.ASCII)
#: The audit trail has these in place of an id, so no person may have them.
RESERVED = ("terminal", "unlisted")


def fault_of_id(text: str, *, coded: bool = True) -> str | None:
    """Return the fault of a person's id; None for a good one.

    `coded` asks for a digit or a hyphen as well: "Jane.Smith" is spelled like an id, and is a name.
    """
    if not _ID.fullmatch(text) or text.casefold() in RESERVED:
        return "an id has up to 64 letters, digits, - . _ and no spaces"
    if coded and not re.search(r"[0-9-]", text):
        return "an id has a digit or a hyphen in it: it is shown in chat, so it must be a code and not a name"
    return None


def fault_of_code(text: str, *, coded: bool = True) -> str | None:
    """Return the fault of a case system's worker code; None for a good one. Empty means that there is none."""
    if text and not _CODE.fullmatch(text):
        return "a worker code has up to 32 letters, digits, . _ / - and no spaces"
    if text and coded and not re.search(r"[0-9]", text):
        return "a worker code has a digit in it: it must be the case system's code and not a name"
    return None


def fault_of_account(text: str) -> str | None:
    """Return the fault of a platform's account id; None for a good one. Empty means that there is none."""
    if text and not _ACCOUNT.fullmatch(text):
        return "a platform id has up to 64 letters, digits, : . _ - (not an e-mail address or a name)"
    return None


#: No space, quote or line break: an address becomes part of a mail's head.
_ADDRESS = re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+", re.ASCII)


def is_address(text: str) -> bool:
    """Return True for a text that mail can be sent to, or from."""
    return _ADDRESS.fullmatch(text) is not None
