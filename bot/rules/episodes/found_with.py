"""Children found together: an association of two children, seen from the absences of both (edge cases 29 and 31).

A police record names the others who were found with its child. The association is of the time of the find, and an
absence of either child that was going on then belongs to it. A child without one was not reported missing: that is a
gap, and no absence is made up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from bot.rules.catalogue import _
from bot.rules.model import FOREVER
from bot.rules.time.clock import day_start, local_day

#: Each child's log is closed by its own officer: an absence that ended so long before the find is of it still.
CLOSED_BEFORE = timedelta(hours=24)
#: A find with a child whom nobody reported stays in digests for so long, as long as no absence is recorded.
UNREPORTED = timedelta(days=7)


#: In place of a reference that a reader may not see.
ANOTHER = _("another child")


class Find(NamedTuple):
    """The time of a find, both ends included. `until` is FOREVER where the record has no end."""

    since: datetime
    until: datetime

    @property
    def at(self) -> datetime | None:
        return None if self.until == FOREVER else self.until

    def touches(self, start: datetime, end: datetime) -> bool:
        """Return True for an absence that was going on: one that is not over ends at FOREVER."""
        return start <= self.until and end >= self.since


def find(start: datetime, found: datetime | None, *, date_only: bool = False) -> Find:
    """Return the time of the find that a police record tells: its start, and when its child was found, or back.

    A day alone lasts to its end. A record without an end tells of its whole time.
    """
    if found is None:
        return Find(start, FOREVER)
    last = max(start, found)
    until = max(last, day_start(local_day(found) + timedelta(days=1)) - timedelta(seconds=1)) if date_only else last
    return Find(max(start, last - CLOSED_BEFORE), until)


#: The other: a child who was missing, or was not reported; another person; one whom no record here knows; or not
#: known, because the cell could not be read.
Other = Literal["missing", "unreported", "person", "unknown", "unread"]


@dataclass(frozen=True, slots=True)
class FoundWith:
    """One other who was found with a child, as far as the reader may know; a reference that the reader may not see is
    None.

    `episodes` are the child's own absences that the find belongs to, none for a child who was not reported. `number`
    is an absence of the other, 0 where there is none.
    """

    child_id: int
    other: Other
    ref: str | None
    at: datetime | None
    episodes: tuple[int, ...] = ()
    number: int = 0


@dataclass(frozen=True, slots=True)
class Unreported:
    """A child who was found with another and had not been reported missing; None is a child of other readers."""

    ref: str | None
    area: str
    with_ref: str | None
    with_area: str
    at: datetime  # of the find; of the record's start, where it has no end
    child_id: int
    number: int = 0  # of the absence of the child who had been reported


def newest_first(found: Iterable[tuple[object, FoundWith]]) -> list[FoundWith]:
    """Return each association once, the newest find first: two records that name each other are one (edge case 31).

    Each comes with a key of the other person.
    """
    ordered = sorted(found, key=lambda each: (each[1].at or FOREVER, each[1].number), reverse=True)
    once: dict[object, FoundWith] = {}
    for other, f in ordered:
        once.setdefault((f.child_id, other, f.episodes or f.at), f)
    return list(once.values())


def of_episode(found: Iterable[FoundWith], number: int) -> tuple[FoundWith, ...]:
    """Return the finds of one absence, each named child once."""
    seen: dict[object, FoundWith] = {}
    for n, f in enumerate(found):
        if number in f.episodes:
            seen.setdefault((f.other, f.ref) if f.ref else n, f)
    return tuple(seen.values())
