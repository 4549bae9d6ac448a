"""The partnership file: its sections, in the order in which the file has them, as frozen facts.

`bot.settings` checks the file (TOML) against these dataclasses; another partnership is another file, never a code
change. Below the sections come the whole `Partnership`, the `Calendar` of its working days, the checks across
sections (`contradictions`), and the spelling of ids, codes and addresses.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as wall_time
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar, Literal, get_args

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
from bot.rules.partnership.rota import Shift, read_begin, read_end
from bot.rules.time.clock import at, local_day

#: Keys and numbers of list items (from 0) that lead to a value of the file.
Place = tuple[str | int, ...]


class Contradictory(ValueError):
    """Contradictions between sections: the place of each, and its sentence."""

    def __init__(self, faults: Sequence[tuple[Place, str]]) -> None:
        super().__init__("; ".join(says for _, says in faults))
        self.faults = tuple(faults)


class Strict:
    """Base of every section: an unknown key in the file is an error, and so is a number that is none (nan, inf)."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid", "allow_inf_nan": False}


def within(section: object, **limits: tuple[float, float]) -> None:
    """Refuse numbers outside their limits: with a slip of the unit nothing would ever come, or be kept."""
    for name, (low, high) in limits.items():
        if not low <= (given := getattr(section, name)) <= high:
            raise ValueError(f"{name} is from {low} to {high}, not {given}")


@dataclass(frozen=True)
class Band(Strict):
    """A closed range of whole numbers, `low`..`high`; `high` None means and more.

    low: Lowest number of the band. Such as `5`.
    high: Highest number of the band. Left out, the band is open: this many or more. Such as `9`.
    """

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
    """A practice partnership's pretended moment and default person.

    now: Moment that the practice partnership pretends it is, with its zone. Such as `2017-07-05T08:00:00+01:00`.
    person: Id of the person who asks where no `--as` is given. Such as `"lead"`.
    """

    now: datetime
    person: str

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError("now needs its zone, such as 2017-07-05T08:00:00+01:00")


@dataclass(frozen=True)
class Area(Strict):
    """One bucket of the area split; episodes belong to exactly one (domain.md R15).

    `quiet_hours` and `reminders` are its own, where they differ from the partnership's.

    id: Short name by which the rest of the file calls the area. Such as `"north"`.
    name: Name that people read. Such as `"North (Cherwell and West Oxfordshire)"`.
    kind: Kind of area. Exactly one is for children placed out of county, exactly one for what is not known. Such as
        `"team"`.
    aliases: Further names that people may type. Such as `["northern", "west oxon"]`.
    districts: Words in the police export's `area` that mean this area. Such as `["Cherwell"]`.
    teams: Words in the council exports' `team` that mean this area. Such as `["Northern"]`.
    quiet_hours: Quiet hours of this area in place of the partnership's. Such as `{ start = 17:00:00, end = 09:00:00
        }`.
    reminders: Reminder steps of this area in place of the partnership's, all of them. Such as `[{ id = "half",
        hours = 36, to = ["team_manager"] }]`.
    """

    id: str
    name: str
    kind: Literal["area", "team", "out_of_county", "unknown"] = "area"
    aliases: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    quiet_hours: QuietHours | None = None
    reminders: tuple[ReminderStep, ...] | None = None

    @property
    def short(self) -> str:
        """The name up to its bracket, 'North', for titles, rows and buttons: the whole name takes two lines of a phone.

        `help areas` and documents have the whole name, with the districts.
        """
        return self.name.partition(" (")[0]


@dataclass(frozen=True)
class RepeatRule(Strict):
    """Fires at the start of an episode when `episodes` starts lie in the last `days` (R12).

    id: Short name of the rule. Such as `"3-in-90"`.
    episodes: Number of episodes that must begin within the days, from 2. Such as `3`.
    days: Days looked back over, from 1 to 3660. `records_months` must reach a month further. Such as `90`.
    name: Name that people read; without one, its id. Such as `"3 in 90 days"`.
    """

    id: str
    episodes: int
    days: int
    name: str = ""

    def __post_init__(self) -> None:
        if self.episodes < 2 or self.days < 1:
            raise ValueError(f"repeat rule {self.id}: needs at least 2 episodes in at least 1 day")
        within(self, days=(1, 3660))


@dataclass(frozen=True)
class AwayRule(Strict):
    """Repeated away from placement needs a return interview: from the episode with which so many began in the days.

    Away episodes alone are counted, the child's own and hosted ones together. It holds for each child from the next
    load on that changes a record of theirs; no figure counts these interviews.

    episodes: Number of away episodes that must begin within the days, from 1, which is every one. Such as `3`.
    days: Days looked back over, from 1 to 3660. `records_months` must reach a month further. Such as `90`.
    since: First day of the rule: an away episode that began before needs no interview. Such as `2026-12-01`.
    """

    episodes: int = 3
    days: int = 90
    since: date | None = None

    def __post_init__(self) -> None:
        within(self, episodes=(1, 1000), days=(1, 3660))


Days = Literal["every", "working"]
#: Sections of a digest's thread by area.
Sections = Literal["interviews", "missing", "changes", "rules", "gaps"]


@dataclass(frozen=True)
class Digest(Strict):
    """The digest of a channel: `time` is its London wall time, `cutoff` the latest useful moment.

    `sections` are those that its thread has of each area; empty means all of them.

    time: Time of day at which the digest is posted, not between 01:00 and 01:59. Such as `08:00:00`.
    cutoff: Latest time of day at which a late digest is still posted; after it the digest counts as missed. Such as
        `12:00:00`.
    days: Days on which the digest is posted. Such as `"working"`.
    rows: Most lines of a section in a part of the digest, from 1 to 200. Such as `12`.
    sections: Sections that the thread has of each area; none given means all. Such as `["missing", "interviews"]`.
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
            raise ValueError(f"the cut-off {self.cutoff:%H:%M} must be later than the time {self.time:%H:%M}")
        if self.rows < 1:
            raise ValueError(f"rows is how many lines a section may have, so not {self.rows}")
        within(self, rows=(1, 200))


@dataclass(frozen=True)
class Channel(Strict):
    """A channel the bot may post to; `level` 0 counts, 1 references (2 is one person in private).

    id: Short name of the channel in commands and logs. Such as `"north-digest"`.
    name: Name that people read. Such as `"North safeguarding"`.
    level: What may be posted: 0 counts only, 1 references too. Such as `1`.
    areas: Ids of the areas that the channel is for. Such as `["north"]`.
    digest: The channel's digest. Such as `{ time = 08:00:00, cutoff = 12:00:00 }`.
    platform: Where the channel is; "offline" writes its messages to the outbox folder. Such as `"slack"`.
    destination: Id of the channel on its platform, not its name: C... in Slack, 19:... in Teams. Such as
        `"C012AB3CD"`.
    tenants: Tenant ids of Entra that a channel in Teams may have members of, beside those of BOT_TEAMS_TENANTS: a
        shared channel with a member of any other tenant shows counts only. Such as
        `["0f8fad5b-d9cb-469f-a165-70867728950e"]`.
    """

    id: str
    name: str
    level: Literal[0, 1]
    areas: tuple[str, ...]
    digest: Digest
    platform: Literal["offline", "slack", "teams"] = "offline"
    destination: str = ""
    tenants: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.tenants and self.platform != "teams":
            raise ValueError("tenants are of a channel in Teams: leave them out on another platform")
        if wrong := [t for t in self.tenants if not TENANT.fullmatch(t)]:
            raise ValueError(
                f"{wrong[0]!r} is no tenant id: 32 digits and letters a to f with four hyphens, as Entra shows it "
                "(Overview)"
            )
        if self.platform == "slack" and not SLACK_CHANNEL.fullmatch(self.destination):
            raise ValueError(
                "destination is the id of the channel in Slack, not its name: it begins with C, such as C012AB3CD "
                "(channel details, at the very bottom)"
            )
        if self.platform == "teams" and not re.match(r"19:\S+@thread\.", self.destination):
            raise ValueError(
                "destination is the id of the channel in Teams, not its name: it begins with 19: and has @thread. in "
                "it (in the channel's link, between /channel/ and the next /)"
            )

    @property
    def address(self) -> str:
        """The id by which its platform knows the channel; offline it is the channel's own."""
        return self.destination or self.id


@dataclass(frozen=True)
class ReminderStep(Strict):
    """One step of the reminder ladder, `hours` after the child's return (72 = the deadline).

    An `urgent` step is sent in a message of its own; the others wait for the one message a day. The step is needed
    `until` the interview was offered, or was held.

    id: Name of the step, 1 to 40 characters; people read it. Such as `"6 h left"`.
    hours: Hours after the child's return, from 0 to 8760; 72 is the deadline. Such as `66`.
    to: Roles that are reminded; those of `[roles]` too. Such as `["allocated_worker", "team_manager"]`.
    repeat_daily: Whether the step comes again each working day until the interview is held. Such as `true`.
    urgent: Whether the step gets a message of its own; others wait for the one message a day. Such as `true`.
    until: What ends the need for the step. Such as `"offered"`.
    """

    id: str
    hours: float
    to: tuple[str, ...]
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
        within(self, hours=(0, 8760))


Division = Literal["england-and-wales", "scotland", "northern-ireland"]


@dataclass(frozen=True)
class QuietHours(Strict):
    """Quiet hours, in London wall times: no reminder is sent then, and no deadline pauses for them.

    start: Time of day from which nobody is reminded, not between 01:00 and 01:59. Such as `18:00:00`.
    end: Time of day from which people are reminded again, earlier than `start`. Such as `08:00:00`.
    working_days: Weekdays that are worked; an empty list means every day, bank holidays too. Such as `["mon",
        "tue", "wed", "thu", "fri"]`.
    bank_holidays: Nation whose bank holidays are not worked. Such as `"scotland"`.
    extra_closed: Further days that are not worked. Such as `[2026-12-24, 2026-12-31]`.
    duty_hours: Times of day between which the role `duty` can be told every day, weekends and holidays too, of what
        runs out before anybody works; without it nobody is told then, but the day's digest and the e-mail. Such as
        `[08:00:00, 22:00:00]`.
    """

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
    duty_hours: tuple[wall_time, wall_time] | None = None

    def __post_init__(self) -> None:
        if self.start <= self.end:
            raise ValueError(
                f"quiet hours go from an evening to a morning, so not {self.start:%H:%M} to {self.end:%H:%M}"
            )
        if self.duty_hours and self.duty_hours[0] >= self.duty_hours[1]:
            begins, ends = self.duty_hours
            raise ValueError(f"duty hours go from a morning to an evening, so not {begins:%H:%M} to {ends:%H:%M}")
        if 1 in {t.hour for t in (self.start, self.end, *(self.duty_hours or ()))}:
            raise ValueError("01:00-01:59 does not exist or comes twice when the clocks change: choose another time")


Condition = Literal["special", "high", "ungraded", "open", "repeat", "turned_18"]
CONDITIONS: tuple[str, ...] = get_args(Condition)


@dataclass(frozen=True)
class Escalation(Strict):
    """A rule that calls a named role in each agency (domain.md §10.4); its condition is `when`, or else its `id`.

    Of `acknowledge_minutes` only those count that lie `between` two London wall times (with `days` = "working", on
    working days alone); `same_day` gives time until the end of the day on which they are over. `next_tier` is
    another rule, whose roles are called next (within its minutes, in the hours of this rule), or a role. The last one
    is called again each time its minutes are over, until somebody acknowledges. Rules that are met together are one
    call, to the highest of their roles and with the shortest of their times. `decision_working_days` asks for a
    strategy decision.
    The condition `turned_18` calls `between` those times alone.

    id: Short name of the rule, 1 to 32 characters. Such as `"open"`.
    name: Name that people read in the call. Such as `"Missing for 24 hours"`.
    when: Condition of the rule; without it the `id` is the condition. Such as `"open"`.
    police: Role that is called in the police; empty calls nobody there. Such as `"duty_inspector"`.
    council: Role that is called in the council; empty calls nobody there. Such as `"head_of_service"`.
    acknowledge_minutes: Minutes in which the call is to be acknowledged, from 1 to 44640. Such as `30`.
    between: Two times of day; only minutes between them count. Without it all do. Such as `[07:00:00, 22:00:00]`.
    days: Days whose minutes count. Such as `"working"`.
    same_day: Whether there is time until the end of the day on which the minutes are over. Such as `true`.
    confirmed_by: Confirmation that a rule on a high grade waits for: the police record the grade again (`"grade"`),
        or they acknowledge a call for the child (`"acknowledgement"`). Left out, it waits for nothing. Such as
        `"grade"`.
    confirm_within: Minutes after which a high grade counts as confirmed, from 1 to 1440. Such as `30`.
    after_hours: Hours that an absence (or the lack of a grade) lasts before the rule calls, from 0 to 8760. Such as
        `24`.
    next_tier: Rule whose roles are called next, or a role, where a call is not acknowledged; empty ends there. Such
        as `"high"`.
    decision_working_days: Working days in which a strategy decision is asked for, from 1 to 260; left out, none is.
        Such as `5`.
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
    confirmed_by: Literal["nothing", "grade", "acknowledgement"] = "nothing"
    confirm_within: int = 30
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
            "confirmed_by is for a rule on a high grade": self.confirmed_by != "nothing" and self.condition != "high",
            "between goes from an earlier to a later time": opens >= closes,
            "01:00-01:59 does not exist or comes twice when the clocks change": 1 in (opens.hour, closes.hour),
        }
        if found := [fault for fault, is_so in faults.items() if is_so]:
            raise ValueError(f"escalation {self.id}: {'; '.join(found)}")
        within(self, acknowledge_minutes=(1, 44640), after_hours=(0, 8760), confirm_within=(1, 1440))
        if self.decision_working_days is not None:
            within(self, decision_working_days=(1, 260))

    @property
    def condition(self) -> str:
        return self.when or self.id

    def role(self, agency: str) -> str:
        """Return the role that is called in an agency; empty where none is."""
        return {"police": self.police, "council": self.council}.get(agency, "")


@dataclass(frozen=True)
class Wake(Strict):
    """Calls that go by SMS too, to the numbers of the people called (BOT_NUMBERS_FILE); acknowledged in chat alone.

    A call that was not acknowledged `after_minutes` after it was made in chat is sent, whatever the hour.

    rules: Ids of the escalations whose calls are sent. Such as `["special", "high"]`.
    after_minutes: Minutes after the call in chat, from 0 to 60, after which the SMS is sent. Such as `5`.
    """

    rules: tuple[str, ...]
    after_minutes: float = 5

    def __post_init__(self) -> None:
        within(self, after_minutes=(0, 60))


@dataclass(frozen=True)
class Drill(Strict):
    """The monthly drill: a test call to a role of each agency, said to be a drill; it is about no child.

    On a day that is not worked it moves to the next one that is.

    police: Role that gets the test call in the police; empty calls nobody there. Such as `"duty_inspector"`.
    council: Role that gets the test call in the council; empty calls nobody there. Such as `"duty_team_manager"`.
    day: Day of the month, from 1 to 28. Such as `1`.
    time: Time of day, within the working hours outside `quiet_hours`. Such as `10:00:00`.
    acknowledge_minutes: Minutes in which it is to be acknowledged, from 1 to 480. Such as `30`.
    """

    police: str = ""
    council: str = ""
    day: int = 1
    time: wall_time = wall_time(10)
    acknowledge_minutes: int = 30

    def __post_init__(self) -> None:
        if not (self.police or self.council):
            raise ValueError("the drill calls nobody: name a role of police or council")
        within(self, day=(1, 28), acknowledge_minutes=(1, 480))

    def role(self, agency: str) -> str:
        """Return the role that is called in an agency; empty where none is."""
        return {"police": self.police, "council": self.council}.get(agency, "")


@dataclass(frozen=True)
class HeldRole(Strict):
    """A role of a person, in its areas, until the end of the day `expires`.

    role: A further role of the person. Such as `"analyst"`.
    areas: Ids of the areas for which it is held. Such as `["north"]`.
    expires: Last day on which it is held; left out, it does not end. Such as `2026-12-31`.
    """

    role: Role
    areas: tuple[str, ...] = ()
    expires: date | None = None


@dataclass(frozen=True)
class Person(Strict):
    """A listed person. `worker_code` is the case system's code for them.

    The people of the partnership file are taken over when the database is new; from then on the verb
    `people` changes them. `role` with `areas` and `expires` is the first role, `also` are further ones.

    id: Id of the person, a code and not a name: up to 64 letters, digits, - . _ without spaces. Such as `"cs-104"`.
    agency: Agency of the person. Such as `"police"`.
    role: Role of the person; without any role nothing is answered. Such as `"team_manager"`.
    areas: Ids of the areas for which the role is held. Such as `["north"]`.
    worker_code: The case system's code for the person, by which interviews are theirs. Such as `"W-N01"`.
    slack_id: Member id in Slack, not a name: it begins with U or W. Such as `"U012AB3CD"`.
    teams_id: Account id in Teams, not an address. Such as `"0f8fad5b-d9cb-469f-a165-70867728950e"`.
    expires: Last day on which the role is held; left out, it does not end. Such as `2026-12-31`.
    also: Further roles of the person. Such as `[{ role = "analyst", expires = 2026-12-31 }]`.
    active: Whether the person is answered at all. Such as `false`.
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
class RotaShift(Strict):
    """A dated holder of a role. Where a rota covers a role, its holder is called and reminded, and nobody else.

    Outside it those hold the role who are in `[roles]`, or who were given it. `people rota FILE` takes over more.
    A shift of the file and one taken over both hold.

    role: Role that is held, one of `[roles]` or one that people are given. Such as `"duty"`.
    person: Id of the person who holds it. Such as `"cs-104"`.
    begins: Day or London time from which it is held. Such as `"2026-12-04 17:00"`.
    ends: London time until which it is held, or the last whole day. Such as `"2026-12-07 08:00"`.
    """

    role: str
    person: str
    begins: str
    ends: str

    def __post_init__(self) -> None:
        if not self.shift.begins < self.shift.ends:
            raise ValueError(f"the rota's shift ends before it begins: {self.begins} to {self.ends}")

    @property
    def shift(self) -> Shift:
        return Shift(self.role, self.person, read_begin(self.begins), read_end(self.ends))


@dataclass(frozen=True)
class Disclosure(Strict):
    """Small numbers (domain.md §6.4): counts from 1 to `threshold` are suppressed wherever several people read,
    and so are percentages of fewer than `base`.

    threshold: Counts from 1 to this are suppressed where several people read, from 2 to 1000. Such as `5`.
    base: Percentages of fewer than this are suppressed, from 1 to 1000. Such as `20`.
    """

    threshold: int = 5
    base: int = 20

    def __post_init__(self) -> None:
        if self.threshold < 2 or self.base < 1:
            raise ValueError("the threshold is at least 2, or it hides no count among others; the base at least 1")
        within(self, threshold=(2, 1000), base=(1, 1000))


@dataclass(frozen=True)
class BreakGlass(Strict):
    """Looks at a child outside one's area: their length, their number, and the time for a lead's review.

    minutes: Minutes for which a look at a child outside one's areas lasts, from 1 to 1440. Such as `30`.
    most_in_30_days: Most such looks of a person in 30 days, from 0 to 1000. Such as `3`.
    review_working_days: Working days in which a lead reviews a look, from 1 to 60. Such as `2`.
    shortest_reason: Fewest characters of the reason for a look, from 0 to 500. Such as `20`.
    """

    minutes: int = 30
    most_in_30_days: int = 3
    review_working_days: int = 2
    shortest_reason: int = 20

    def __post_init__(self) -> None:
        within(
            self, minutes=(1, 1440), most_in_30_days=(0, 1000), review_working_days=(1, 60), shortest_reason=(0, 500)
        )


@dataclass(frozen=True)
class LookUps(Strict):
    """So many references that do not exist or are not theirs, within so many minutes, lock a person's look-ups.

    misses: References that do not exist or are not theirs, after which a person's look-ups are locked, from 1. Such
        as `10`.
    minutes: Minutes in which so many misses count together, from 1 to 1440. Such as `10`.
    locked_minutes: Minutes for which look-ups are then locked, from 1 to 44640. Such as `60`.
    """

    misses: int = 10
    minutes: int = 10
    locked_minutes: int = 60

    def __post_init__(self) -> None:
        if min(self.misses, self.minutes, self.locked_minutes) < 1:
            raise ValueError("misses, minutes and locked_minutes are at least 1")
        if self.minutes > 24 * 60:  # a lock that is over is kept for a day, and with it the misses it forgave
            raise ValueError("minutes is at most a day (1440)")
        within(self, misses=(1, 10_000), locked_minutes=(1, 44640))


@dataclass(frozen=True)
class Retention(Strict):
    """Retention of each kind; the records themselves belong to the case systems (reliability.md §3.3).

    records_months: Months for which records of a child are kept after the last one, from 1 to 1200. Such as `24`.
    posts_days: Days after which the bot removes its messages from chat, from 1 to 36500. Such as `30`.
    rejects_days: Days for which lists of rejected rows are kept, from 1 to 36500. Such as `7`.
    audit_years: Years for which the audit trail is kept, from 1 to 100. Such as `7`.
    keep_exports_days: Days for which a file taken from a folder is kept, 0 to delete it once it is loaded. Such as `3`.
    """

    records_months: int = 24
    posts_days: int = 30
    rejects_days: int = 7
    audit_years: int = 7
    keep_exports_days: int = 0

    def __post_init__(self) -> None:
        if min(self.records_months, self.posts_days, self.rejects_days, self.audit_years) < 1:
            raise ValueError("each retention is at least 1")
        within(self, records_months=(1, 1200), posts_days=(1, 36500), rejects_days=(1, 36500), audit_years=(1, 100))
        within(self, keep_exports_days=(0, 36500))


@dataclass(frozen=True)
class Delivering(Strict):
    """Limits and times of delivery. Times of day are London wall times; the names of the others give their unit.

    After `settle_seconds` the platform is asked for a message with an unknown outcome. A claim (`lease_seconds`)
    outlasts the call (`timeout_seconds`). A message that is more than `late_seconds` late says so. After
    `alarm_minutes` without a platform, a tick or an answer people are told. `email` are the addresses of the second
    path: a mail says that something waits, and nothing else.

    settle_seconds: Seconds to wait before the platform is asked whether a message is there that it did not confirm.
        Such as `30`.
    timeout_seconds: Seconds for which one call to the platform may last. Such as `10`.
    lease_seconds: Seconds for which one process alone may send a message; then another takes it over. It is twice
        `timeout_seconds` or more. Such as `60`.
    sweep_minutes: Minutes after a message was sent at which it is looked for, rising: a second copy is removed, and one
        that is gone is alarmed. Such as `[5, 15, 60]`.
    late_seconds: Seconds after which a message says that it is late. Such as `300`.
    reminder_time: Time of day of the one message to each worker. Such as `08:30:00`.
    update_seconds: Seconds between two updates of a digest already posted. Such as `120`.
    close_time: Time of day at which a digest shows its closing count. Such as `18:00:00`.
    undo_minutes: Minutes for which a step recorded by mistake can be undone. Such as `5`.
    alarm_minutes: Minutes without a platform, a tick or an answer after which people are told. Such as `30`.
    email: Addresses that are told that something waits, and nothing else. Such as `["duty-team@example.org"]`.
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
        within(self, settle_seconds=(0, 3600), timeout_seconds=(0, 600), lease_seconds=(0, 86400))
        within(
            self, late_seconds=(0, 86400), update_seconds=(0, 86400), undo_minutes=(0, 1440), alarm_minutes=(0, 1440)
        )
        if not 0 <= self.sweep_minutes[0] <= self.sweep_minutes[-1] <= 1440:
            raise ValueError("sweep_minutes are from 0 to 1440")
        if wrong := [address for address in self.email if not is_address(address)]:
            raise ValueError(f"email: {len(wrong)} of the addresses cannot be one, such as duty-team@example.org")


@dataclass(frozen=True)
class Provider(Strict):
    """Providers of placements by area, as codes only.

    area: Id of the area in which the placements are. Such as `"north"`.
    kind: Kind of placement. Such as `"residential"`.
    ownership: Whether the authority owns it. Such as `"private"`.
    codes: Codes of the providers, as the export's `provider` has them. Such as `["R-04", "R-05"]`.
    """

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

    name: Name of the export that people read. Such as `"Police"`.
    stale_after_hours: Hours after which its age is said beside each figure. Such as `12`.
    refuse_after_hours: Hours after which it is no longer used, up to 87600. Such as `24`.
    columns: Our name of a column = the export's; empty text where the export does not have it. Such as `{
        recorded_at = "Date recorded on ICS", independent = "" }`.
    words: Our name of a column = its words, each with ours; empty text is an empty cell. Such as `{ risk = {
        "Grade B" = "medium" } }`.
    mappings: Systems that came later, each in place of columns, words, day_order and day_columns. Such as `[{ name =
        "Niche 2024", since = 2024-04-01, columns = { risk = "Grade" } }]`.
    day_order: Order of days such as 05/06/2017. Such as `"month-first"`.
    day_columns: Our names of columns that hold days and are exported with 00:00. Such as `["returned_at"]`.
    covers: What the export has: "all" records, "open" ones, those of so many days, or empty where that is not sure.
        Such as `"90 days"`.
    taken_at_column: Column whose newest time is when the export was taken. Such as `"Extracted At"`.
    taken_at_in_name: The file's name with the time it was taken: `%Y` is the year, `%m` the month, `%d` the day, `%H`
        the hour, `%M` the minute. Such as `"police-%Y%m%d-%H%M.csv"`.
    folder: Folder whose files `serve` takes and loads, absolute or relative to the partnership file. Such as
        `"/srv/exports/police"`.
    expected_by: London wall time by which an export comes every day, weekends included. Such as `07:30:00`.
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
    folder: str = ""
    expected_by: wall_time | None = None

    def __post_init__(self) -> None:
        if not 0 < self.stale_after_hours <= self.refuse_after_hours:
            raise ValueError("refuse_after_hours must not be less than stale_after_hours")
        within(self, refuse_after_hours=(0, 87600))
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


#: Our names of the columns of each export, in its order (`bot.ingest`).
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "police": (
        *("occurrence_ref", "police_ref", "birth_date", "sex", "last_seen_at", "reported_at", "found_at"),
        *("returned_at", "risk", "risk_at", "missing_from", "area", "reporter", "found_with"),
        *("prevention_interview_at", "end_reason"),
    ),
    "children": (
        *("child_id", "police_ref", "birth_date", "sex", "team", "case_status", "looked_after_from"),
        *("looked_after_to", "uasc_from", "uasc_to", "placement", "provider", "placement_from", "placement_to"),
        *("placing_authority", "lead_worker", "iro", "cp_from", "cp_to"),
    ),
    "interviews": (
        *("episode_id", "occurrence_ref", "child_id", "kind", "started_at", "ended_at", "team", "returned_at"),
        *("offered_at", "response", "held_at", "recorded_at", "interviewer_role", "independent", "worker"),
        "outcome_reason",
    ),
}
#: Columns without which an export is not read: on them a row stands.
NEEDED: Mapping[str, frozenset[str]] = {
    "police": frozenset({"occurrence_ref", "police_ref"}),
    "children": frozenset({"child_id"}),
    "interviews": frozenset({"episode_id", "child_id", "kind", "started_at"}),
}


@dataclass(frozen=True)
class Sources(Strict):
    """The exports, one a system.

    police: Missing-person occurrences of the police. Such as `{ name = "Police", stale_after_hours = 12 }`.
    children: Children of the council's case system. Such as `{ name = "Council children", refuse_after_hours = 168
        }`.
    interviews: Return interviews of the council's case system. Such as `{ name = "Council interviews" }`.
    """

    police: Source = Source("Police")
    children: Source = Source("Children")
    interviews: Source = Source("Interviews")

    def each(self) -> tuple[Source, ...]:
        return self.police, self.children, self.interviews


@dataclass(frozen=True)
class Partnership(Strict):
    """Everything a partnership may choose. Field order is the order of the documentation.

    name: Name of the partnership. Such as `"Practice Oxfordshire"`.
    reference_prefix: Two to four capital letters with which references of children begin. Such as `"OX"`.
    areas: Areas by which everything is split. Such as `[{ id = "unknown", name = "Area not known", kind = "unknown"
        }]`.
    channels: Channels to which digests go, at least one. Such as `[{ id = "county", name = "County", level = 0,
        areas = ["north"], digest = { time = 08:00:00, cutoff = 12:00:00 } }]`.
    frequency_bands: Bands of episodes a child, from 1, without gaps; the last one is open. Such as `[{ low = 1,
        high = 1 }, { low = 2 }]`.
    age_bands: Bands of age, from 0, without gaps. Such as `[{ low = 0, high = 12 }, { low = 13, high = 17 }]`.
    repeat_rules: Rules that label a child who is missing again and again; the first is shown in lists. Such as `[{
        id = "3-in-90", episodes = 3, days = 90 }]`.
    reminders: Steps of the reminder schedule of each return interview. Such as `[{ id = "24 h left", hours = 48, to
        = ["allocated_worker"] }]`.
    quiet_hours: When nobody is reminded. Deadlines do not pause for it. Such as `{ start = 18:00:00, end = 08:00:00
        }`.
    people: People who may ask when the database is new; from then on the verb `people` decides. Such as `[{ id =
        "cs-104", agency = "council", role = "analyst" }]`.
    escalations: Rules that call a named role in each agency. Such as `[{ id = "high", name = "Graded high", police
        = "duty_inspector" }]`.
    roles: Who holds a role today: agency = the person's id. `duty` looks after interviews that nobody owns. Such as
        `{ duty = { council = "cs-104" } }`.
    wake: Calls that go by SMS too; left out, none do. Such as `{ rules = ["special", "high"] }`.
    drill: Monthly test call to both agencies; left out, there is none. Such as `{ police = "duty_inspector", council =
        "duty_team_manager" }`.
    rota: Dated holders of roles: where a rota covers a role, its holder is called and reminded for it. Such as `[{
        role = "duty", person = "cs-104", begins = "2026-12-04 17:00", ends = "2026-12-07 08:00" }]`.
    providers: Children's homes and other providers by area. Such as `[{ area = "north", kind = "residential",
        ownership = "own", codes = ["R-01"] }]`.
    report_to: Body that the half-yearly report is addressed to; left out, the partnership. Such as `"Missing Children
        Sub-Group"`.
    sources: The three exports. Such as `{ police = { name = "Police", covers = "90 days" } }`.
    clock_start: When the 72 hours begin, where both a return and a find are recorded. Such as
        `"found_else_returned"`.
    attribution: Record that decides an episode's area: the council's team or the police's district. Such as
        `"district"`.
    away_interviews: When a child who is away from placement again and again needs a return interview, too; left out,
        never. Such as `{ episodes = 3, days = 90, since = 2026-12-01 }`.
    history_start: First day of known records: "first ever" means since this day. Such as `2016-07-01`.
    year_begins: Month in which your own year begins, 1 to 12; 4 is April. It decides what "Q2", "H1" and "last half"
        mean, and which half-years channels show. Such as `4`.
    own_authorities: What `placing_authority` calls this authority: its children are ours. Such as
        `["Oxfordshire"]`.
    other_authorities: What `placing_authority` calls other authorities, with a code for each. Such as `{ "Borough
        of Nowhere" = "LA-9" }`.
    agencies: Agencies whose people are answered, and called. Such as `["council", "police"]`.
    rights: Rights of a role in place of ours: each action and how far it reaches. Such as `{ team_manager = {
        counts = "own_areas", open_list = "own_areas" } }`.
    parts: Parts of a child's status that a role sees in place of ours; an empty list is none. Such as `{ analyst =
        ["status"] }`.
    disclosure: Suppression of small numbers. Such as `{ threshold = 5, base = 20 }`.
    break_glass: Looks at a child outside one's areas. Such as `{ minutes = 30 }`.
    look_ups: When a person's look-ups are locked. Such as `{ misses = 10 }`.
    retention: How long things are kept. Such as `{ records_months = 24 }`.
    delivery: Times and limits of sending. Such as `{ reminder_time = 08:30:00 }`.
    practice: Only in a practice partnership, in which everything is invented. Such as `{ now =
        2017-07-05T08:00:00+01:00, person = "lead" }`.
    """

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
    wake: Wake | None = None
    drill: Drill | None = None
    rota: tuple[RotaShift, ...] = ()
    providers: tuple[Provider, ...] = ()
    report_to: str = ""
    sources: Sources = Sources()
    clock_start: Literal["returned_else_found", "found_else_returned"] = "returned_else_found"
    attribution: Literal["team", "district"] = "team"
    away_interviews: AwayRule | None = None
    history_start: date | None = None
    year_begins: int = 1
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
    #: The shifts taken over with `people rota`, and covers in the order of saying: handed in (see with_rota).
    _taken_over: ClassVar[tuple[Shift, ...]] = ()

    def __post_init__(self) -> None:
        if faults := contradictions(self):
            raise Contradictory(faults)

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

    def with_rota(self, shifts: Iterable[Shift]) -> Partnership:
        """Return the same with the shifts and covers of the database beside those of the file."""
        changed = copy(self)
        object.__setattr__(changed, "_taken_over", tuple(shifts))
        changed.__dict__.pop("shifts", None)
        return changed

    @cached_property
    def shifts(self) -> tuple[Shift, ...]:
        """Every shift and cover: of the file, then of the database."""
        return (*(each.shift for each in self.rota), *self._taken_over)

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


#: The bot's own steps: of interviews without an owner, of snoozed reminders, of the duty role and of the last day.
OWN_REMINDERS = ("no owner", "again", "nobody at work", "day it is due", "time is over")
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

    def duty(self) -> Calendar | None:
        """Return the hours of the duty role, who works every day; None where the partnership names none."""
        if self.hours.duty_hours is None:
            return None
        begins, ends = self.hours.duty_hours
        return Calendar(QuietHours(start=ends, end=begins, working_days=()))

    def duty_speaks(self, now: datetime) -> bool:
        """Return True while nobody works but the duty role can be told."""
        duty = self.duty()
        return duty is not None and not self.speaks(now) and duty.speaks(now)

    def unattended(self, deadline: datetime, now: datetime) -> bool:
        """Return True while nobody works, and nobody will in time to act before the deadline."""
        if self.speaks(now) or deadline < now:
            return False
        try:
            return self.latest(deadline) < now
        except NeverOpen:
            return True

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


Faults = Iterable[tuple[Place, str]]


def contradictions(p: Partnership) -> list[tuple[Place, str]]:
    """List the contradictions between sections: each with its place, in one plain sentence."""
    areas, people = [*enumerate(p.areas)], [*enumerate(p.people)]
    names = [
        (("areas", n), word) for n, a in areas for word in {x.casefold() for x in (a.id, a.name, a.short, *a.aliases)}
    ]
    faults = [
        *_duplicates("area", [(("areas", n, "id"), a.id) for n, a in areas]),
        *_duplicates("area alias", names),
        *_duplicates("district", [(("areas", n, "districts"), d.casefold()) for n, a in areas for d in a.districts]),
        *_duplicates("team", [(("areas", n, "teams"), t.casefold()) for n, a in areas for t in a.teams]),
        *_duplicates("channel", [(("channels", n, "id"), c.id) for n, c in enumerate(p.channels)]),
        *_duplicates("person", [(("people", n, "id"), x.id) for n, x in people]),
        *_duplicates("worker code", [(("people", n, "worker_code"), x.worker_code) for n, x in people]),
        *_duplicates("Slack id", [(("people", n, "slack_id"), x.slack_id) for n, x in people]),
        *_duplicates("Teams id", [(("people", n, "teams_id"), x.teams_id) for n, x in people]),
        *_duplicates("repeat rule", [(("repeat_rules", n, "id"), r.id) for n, r in enumerate(p.repeat_rules)]),
        *_duplicates("escalation", [(("escalations", n, "id"), e.id) for n, e in enumerate(p.escalations)]),
        *_escalation_faults(p),
        *_wake_faults(p),
        *_drill_faults(p),
    ]
    ladders: list[tuple[Place, Sequence[ReminderStep]]] = [(("reminders",), p.reminders)]
    for place, ladder in ladders + [(("areas", n, "reminders"), a.reminders or ()) for n, a in areas]:
        ids: list[tuple[Place, str]] = [((*place, n, "id"), s.id) for n, s in enumerate(ladder)]
        faults += [(at, f"a reminder cannot be called {x!r}") for at, x in ids if x in OWN_REMINDERS]
        faults += _duplicates("reminder", ids)
        known = {*p.roles, *get_args(Role)}
        unknown = [(n, role) for n, s in enumerate(ladder) for role in s.to if p.roles and role not in known]
        faults += [
            (
                (*place, n, "to"),
                f"a reminder goes to the role {role!r}, which is neither in [roles] nor one that "
                f"people are given{near(role, known)}",
            )
            for n, role in unknown
        ]
    faults += _area_faults(p)
    faults += _rota_faults(p)
    faults += _people_faults(p)
    faults += _spelling_faults(p.people)
    faults += _column_faults(p.sources)
    faults += _folder_faults(p.sources)
    if not p.channels:
        faults.append((("channels",), "at least one channel is needed: its digest time begins the day"))
    away = (p.away_interviews,) if p.away_interviews else ()
    look_back = max((r.days for r in (*p.repeat_rules, *away)), default=1)
    faults += [(("retention", "records_months"), x) for x in too_short(p.retention.records_months, look_back)]
    faults += [(("frequency_bands",), x) for x in _band_faults("frequency_bands", p.frequency_bands, 1)]
    faults += [(("age_bands",), x) for x in _band_faults("age_bands", p.age_bands, 0)]
    if not 1 <= p.year_begins <= 12:
        faults.append((("year_begins",), f"is a month from 1 to 12, not {p.year_begins}"))
    prefix = p.reference_prefix
    if not (prefix.isascii() and prefix.isalpha() and prefix.isupper() and 2 <= len(prefix) <= 4):
        faults.append((("reference_prefix",), f"reference_prefix {prefix!r} must be two to four capital letters"))
    faults += [
        (
            ("other_authorities", name),
            f"other_authorities gives {name!r} no code: up to 32 letters, digits, . _ / -, with a digit among them",
        )
        for name, code in p.other_authorities.items()
        if not code or fault_of_code(code)
    ]
    own_authorities = {own.casefold() for own in p.own_authorities}
    return faults + [
        (("other_authorities", name), f"{name!r} is in own_authorities and in other_authorities")
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


def _area_faults(p: Partnership) -> Faults:
    kinds = [a.kind for a in p.areas]
    for kind in ("unknown", "out_of_county"):
        if kinds.count(kind) != 1:
            yield ("areas",), f"exactly one area must have kind = {kind!r}, there are {kinds.count(kind)}"
    known = {a.id: a.id for a in p.areas}
    users: list[tuple[Place, str, tuple[str, ...]]] = []
    for n, x in enumerate(p.people):
        users.append((("people", n, "areas"), f"person {x.id}", x.areas))
        users += [(("people", n, "also", m, "areas"), f"person {x.id}", held.areas) for m, held in enumerate(x.also)]
    users += [(("channels", n, "areas"), f"channel {c.id}", c.areas) for n, c in enumerate(p.channels)]
    users += [(("providers", n, "area"), "providers", (x.area,)) for n, x in enumerate(p.providers)]
    for place, who, areas in users:
        for a in areas:
            if a not in known:
                yield place, f"{who} names the area {a!r}; the areas are {', '.join(sorted(known))}{near(a, known)}"


def _escalation_faults(p: Partnership) -> Faults:
    """Find roles that no person could hold, and tiers that go round in a circle: else they come to light at night."""
    rules = {e.id: e for e in p.escalations}
    known = {*p.roles, *RIGHTS}
    for n, e in enumerate(p.escalations):
        called = {"police": e.police, "council": e.council, "next_tier": "" if e.next_tier in rules else e.next_tier}
        for key, role in called.items():
            if p.roles and role and role not in known:
                says = "which is neither in [roles] nor one that people are given"
                hint = near(role, {*known, *(rules if key == "next_tier" else ())})
                yield ("escalations", n, key), f"escalation {e.id} calls the role {role!r}, {says}{hint}"
    for n, e in enumerate(p.escalations):
        at, steps = e.next_tier, 0
        while at in rules and at != e.id and steps < len(rules):
            at, steps = rules[at].next_tier, steps + 1
        if at == e.id:
            yield ("escalations", n, "next_tier"), f"escalation {e.id}: its tiers come back to itself"


def _wake_faults(p: Partnership) -> Faults:
    """Find escalations that are to wake people and are not there: else nobody is woken for them."""
    rules = {e.id for e in p.escalations}
    for rule in p.wake.rules if p.wake else ():
        if rule not in rules:
            yield ("wake", "rules"), f"wake names the escalation {rule!r}, which is not there{near(rule, rules)}"


def _drill_faults(p: Partnership) -> Faults:
    """Find roles of the drill that no person could hold, and a time at which nobody works."""
    if p.drill is None:
        return
    known = {*p.roles, *RIGHTS}
    for agency in ("police", "council"):
        role = p.drill.role(agency)
        if p.roles and role and role not in known:
            says = "which is neither in [roles] nor one that people are given"
            yield ("drill", agency), f"the drill calls the role {role!r}, {says}{near(role, known)}"
    if not p.quiet_hours.end <= p.drill.time < p.quiet_hours.start:
        hours = f"{p.quiet_hours.end:%H:%M} and {p.quiet_hours.start:%H:%M}"
        yield ("drill", "time"), f"the time of the drill is within working hours, between {hours}"


def _rota_faults(p: Partnership) -> Faults:
    """Find roles of the rota that nobody is ever called or reminded for."""
    known = {"duty", *p.roles, *RIGHTS}
    for n, x in enumerate(p.rota):
        if x.role not in known:
            says = f"the rota names the role {x.role!r}, which is neither in [roles] nor one that people are given"
            yield ("rota", n, "role"), f"{says}{near(x.role, known)}"


def _people_faults(p: Partnership) -> Faults:
    """Find people who are named and not listed, rights that no role may have, and administrators who see children."""
    if p.people:  # without a list the people are known to the verb `people` alone
        known = {x.id for x in p.people}
        users: list[tuple[Place, str, str]] = [
            (("roles", role, agency), f"role {role}", person)
            for role, agencies in p.roles.items()
            for agency, person in agencies.items()
        ]
        users += [(("rota", n, "person"), f"the rota of {x.role}", x.person) for n, x in enumerate(p.rota)]
        users += [(("practice", "person"), "practice", p.practice.person)] if p.practice else []
        for place, who, person in users:
            if person not in known:
                yield place, f"{who} names the person {person!r}, who is not listed{near(person, known)}"
    for right, row in p.rights.items():
        yield from ((("rights", right), says) for says in _rights_faults(right, row))
    for n, x in enumerate(p.people):
        other_roles = [h.role for h in x.roles if h.role != "system_admin"]
        if len(other_roles) < len(x.roles):
            for r in filter(p.sees_children, other_roles):
                yield ("people", n), f"person {x.id} is system_admin and {r}: an administrator sees no child data"


def _spelling_faults(people: Sequence[Person]) -> Faults:
    """Find misspelled ids and codes. Those of the file are checked by eye for names; accounts are not quoted."""
    for n, x in enumerate(people):
        if fault := fault_of_id(x.id, coded=False):
            yield ("people", n, "id"), f"people: {x.id!r}: {fault}"
        if fault := fault_of_code(x.worker_code, coded=False):
            yield ("people", n, "worker_code"), f"people: {x.id!r}: {fault}"
        if fault := fault_of_slack_id(x.slack_id):
            yield ("people", n, "slack_id"), f"{fault}, such as U012AB3CD ({SLACK_SHOWS})"
        if fault := fault_of_account(x.teams_id):
            yield ("people", n, "teams_id"), fault


def _column_faults(sources: Sources) -> Faults:
    """Find fields that an export does not have, needed ones that are left out, and columns read as two fields."""
    for source in COLUMNS:
        chosen: Source = getattr(sources, source)
        place: Place = ("sources", source)
        yield from _mapped_faults(source, chosen.columns, (*place, "columns"))
        for n, later in enumerate(chosen.mappings):
            yield from _mapped_faults(source, later.columns, (*place, "mappings", n, "columns"))


def _mapped_faults(source: str, mapping: Mapping[str, str], place: Place) -> Faults:
    fields = COLUMNS[source]
    for ours, theirs in mapping.items():
        if ours not in fields:
            hint = near(ours, fields) or f"; they are {', '.join(fields)}"
            yield (*place, ours), f"{ours!r} is no column of this export{hint}"
        elif ours in NEEDED[source] and not theirs.strip():
            says = f"{ours} is needed, and cannot be left out: write the name that the column has in the export"
            yield (*place, ours), f'{says}, such as {ours} = "{ours.replace("_", " ").capitalize()}"'
    read = [(ours, mapping.get(ours, ours).strip().casefold()) for ours in fields]
    for n, (ours, theirs) in enumerate(read):
        if first := next((other for other, column in read[:n] if theirs and column == theirs), None):
            says = f'the same column of the export is read as {first} and as {ours}: write {ours} = "" where '
            named = ours if ours in mapping else first
            yield (*place, named), f"{says}the export does not have it, or the column in which it is"


def near(word: str, known: Iterable[str]) -> str:
    """Suggest the nearest word, or nothing."""
    found = difflib.get_close_matches(word.casefold(), [*known], 1, 0.6)
    return f". Did you mean {found[0]!r}?" if found else ""


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


def _folder_faults(sources: Sources) -> Faults:
    """Find folders of two exports, and times by which none can be expected because the clocks change then."""
    found: list[tuple[Place, str]] = []
    for name in ("police", "children", "interviews"):
        source: Source = getattr(sources, name)
        found.append((("sources", name, "folder"), source.folder))
        if source.expected_by and source.expected_by.hour == 1:
            says = "01:00-01:59 does not exist or comes twice when the clocks change: choose another time"
            yield ("sources", name, "expected_by"), says
    yield from _duplicates("folder of exports", found)


def _duplicates(what: str, names: Sequence[tuple[Place, str]]) -> Faults:
    """Find names that are there twice, at the place of the second; an empty one is no name."""
    seen: set[str] = set()
    told: set[str] = set()
    for place, name in names:
        if name in seen - told - {""}:
            told.add(name)
            yield place, f"{what} {name!r} stands twice"
        seen.add(name)


_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9._/-]{1,32}", re.ASCII)  # as in the exports (ingest/cells.py)
_ACCOUNT = re.compile(r"[A-Za-z0-9:._-]{1,64}", re.ASCII)
#: Slack's ids of people and of channels.
SLACK_ACCOUNT = re.compile(r"[UW][A-Z0-9]{1,30}", re.ASCII)
SLACK_CHANNEL = re.compile(r"[CG][A-Z0-9]{1,30}", re.ASCII)
#: An id of Entra: of a tenant, or of an account.
TENANT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
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


#: Where a person finds the id of an account.
SLACK_SHOWS = 'in Slack: the profile, three dots, "Copy member ID"'


def fault_of_slack_id(text: str) -> str | None:
    """Return the fault of an account's id in Slack; None for a good one. Empty means that there is none."""
    if not text or SLACK_ACCOUNT.fullmatch(text):
        return None
    given = "a channel" if text[0] in "#CG" else "a name" if "@" not in text[1:] else "an e-mail address"
    return f"is the member id, not {given}: it begins with U or W"


def fault_of_account(text: str) -> str | None:
    """Return the fault of a platform's account id; None for a good one. Empty means that there is none."""
    if text and not (_ACCOUNT.fullmatch(text) and re.search("[0-9]", text)):
        return "a platform id has up to 64 letters, digits, : . _ - and a digit (no e-mail address, channel or name)"
    return None


#: No space, quote or line break: an address becomes part of a mail's head.
_ADDRESS = re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+", re.ASCII)


def is_address(text: str) -> bool:
    """Return True for a text that mail can be sent to, or from."""
    return _ADDRESS.fullmatch(text) is not None
