"""Sections of the partnership file: small numbers, break-glass, look-ups and retention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


class Strict:
    """Base of every section: an unknown key in the file is an error."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}


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
