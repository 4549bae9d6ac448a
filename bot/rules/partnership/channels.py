"""Sections of the partnership file: channels, digests, reminders, quiet hours, escalations and delivery."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from datetime import time as wall_time
from typing import Literal, get_args

from bot.rules.partnership.limits import Strict
from bot.rules.partnership.roles import Role

#: No space, quote or line break: an address becomes part of a mail's head.
_ADDRESS = re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+", re.ASCII)


def is_address(text: str) -> bool:
    """Return True for a text that mail can be sent to, or from."""
    return _ADDRESS.fullmatch(text) is not None


Days = Literal["every", "working"]
#: Sections of a digest's thread by area.
Sections = Literal["interviews", "missing", "changes", "rules", "gaps"]
Division = Literal["england-and-wales", "scotland", "northern-ireland"]
Condition = Literal["special", "high", "ungraded", "open", "repeat"]
CONDITIONS: tuple[str, ...] = get_args(Condition)


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
