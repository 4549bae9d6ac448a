"""Sections of the partnership file: where and when the bot posts, who is reminded, and who is called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from datetime import time as wall_time
from typing import Literal

from bot.rules.roles import Role
from bot.rules.section import Strict

Days = Literal["every", "working"]


@dataclass(frozen=True)
class Digest(Strict):
    """When a channel gets its digest; `time` is London wall time, `cutoff` the latest useful moment."""

    time: wall_time
    cutoff: wall_time
    days: Days = "every"
    rows: int = 8

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
    """A place the bot may post to; `level` 0 counts, 1 references (2 is one person in private)."""

    id: str
    name: str
    level: Literal[0, 1]
    areas: tuple[str, ...]
    digest: Digest
    platform: Literal["offline", "slack", "teams"] = "offline"
    destination: str = ""


@dataclass(frozen=True)
class Step(Strict):
    """One rung of the reminder ladder, `hours` after the child's return (72 = the deadline)."""

    id: str
    hours: float
    to: tuple[Role, ...]
    repeat_daily: bool = False


@dataclass(frozen=True)
class QuietHours(Strict):
    """When nobody is nudged; a deadline never pauses for them. London wall times."""

    start: wall_time
    end: wall_time
    working_days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = (
        "mon",
        "tue",
        "wed",
        "thu",
        "fri",
    )
    bank_holidays: Literal["england-and-wales", "scotland", "northern-ireland"] = "england-and-wales"
    extra_closed: tuple[date, ...] = ()


@dataclass(frozen=True)
class Escalation(Strict):
    """A rule that calls a named role in each agency (domain.md §10.4); `id` names the condition."""

    id: Literal["special", "high", "ungraded", "open", "repeat", "interview"]
    name: str
    police: str = ""
    council: str = ""
    acknowledge_minutes: int = 60
    after_hours: float = 0
    next_tier: str = ""
