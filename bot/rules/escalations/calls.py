"""Escalation calls: a role of one agency is called because a rule was met, tier after tier."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

#: Reasons of a close that end the need: it was put right, or is called for on another record of the same absence.
PUT_RIGHT = frozenset({"graded", "lowered", "merged"})


@dataclass(frozen=True, slots=True)
class Raised:
    """One tier: a role of one agency that was called because a rule was met for an episode (domain.md §10.4).

    `crossing` counts the times the rule was crossed in the episode (a grade may become high twice), `tier` the
    roles called after one another. `next_raised` says that the next tier was called. `decide_by` is the time by
    which a strategy decision is due, where the rule asks for one.
    """

    id: int
    rule: str
    episode_id: int
    agency: str
    tier: int
    role: str
    person: str  # empty: the role has no holder, or none that can be reached
    at: datetime
    acknowledge_by: datetime
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    next_raised: bool = False
    closed_at: datetime | None = None
    crossing: int = 1
    closed_because: str = ""
    decide_by: datetime | None = None

    @property
    def key(self) -> tuple[str, int, int, str]:
        """The key that all tiers of one call have in common."""
        return self.rule, self.episode_id, self.crossing, self.agency


@dataclass(frozen=True, slots=True)
class Call:
    """One rule that called one agency for one episode, with its tiers, the first one first."""

    tiers: tuple[Raised, ...]

    @property
    def first(self) -> Raised:
        return self.tiers[0]

    @property
    def acknowledged(self) -> Raised | None:
        return next((r for r in self.tiers if r.acknowledged_at is not None), None)

    @property
    def called(self) -> Raised | None:
        """The last tier at which a person was called."""
        return next((r for r in reversed(self.tiers) if r.person), None)

    @property
    def open(self) -> bool:
        """Neither acknowledged nor closed."""
        return self.acknowledged is None and any(r.closed_at is None for r in self.tiers)

    @property
    def waits(self) -> Raised | None:
        """The tier with time running; None where no person was called, or where there is no tier left."""
        last = self.called
        return last if last is not None and self.open and not last.next_raised else None

    @property
    def put_right(self) -> bool:
        """Closed because the need has ended: no digest lists it."""
        return any(r.closed_because in PUT_RIGHT for r in self.tiers)


def calls(raised: Iterable[Raised]) -> list[Call]:
    """Group the tiers into calls, in the order in which they were first raised."""
    found: dict[tuple[str, int, int, str], list[Raised]] = {}
    for r in sorted(raised, key=lambda r: r.id):
        found.setdefault(r.key, []).append(r)
    return [Call(tuple(sorted(tiers, key=lambda r: r.tier))) for tiers in found.values()]


def call_of(raised: Sequence[Raised], number: int) -> Call | None:
    """Return the call that a row is a tier of."""
    return next((c for c in calls(raised) if any(r.id == number for r in c.tiers)), None)
