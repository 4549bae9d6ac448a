"""What is recorded of people's asking, as a protocol: who looked, what is locked, opened, or waiting to be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.rules.audit.chain import Entry
from bot.rules.effects import Verdict
from bot.rules.partnership.partnership import Person


@dataclass(frozen=True, slots=True)
class Glass:
    """One break-glass look: whose, at which child, why, until when, and what a lead said of it."""

    id: int
    person: str
    ref: str
    area: str
    reason: str
    since: datetime
    until: datetime
    reviewed_by: str | None = None
    reviewed_at: datetime | None = None
    verdict: Verdict | None = None
    alarmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something somebody has to be told."""

    id: int
    kind: str
    text: str
    at: datetime
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows of the audit trail say the same."""

    action: str
    outcome: str
    role: str
    agency: str
    count: int


class Trail(Protocol):
    """Every method reads the audit trail or what stands beside it; nothing is changed."""

    def about(self, ref: str, since: datetime) -> Sequence[Entry]:
        """Every look at the child behind a reference, under whichever of its references, newest first."""

    def own(self, who: str, since: datetime) -> Sequence[Entry]:
        """What somebody asked about children, newest first."""

    def misses(self, who: str, since: datetime) -> int:
        """How often this person was told 'no such child, or not yours' after then, and after their last lock ended."""

    def refused(self, who: str, reason: str, since: datetime) -> int:
        """How often this person was refused for one reason since then."""

    def locked_until(self, who: str, now: datetime) -> datetime | None:
        """Until when this person's look-ups are locked; None where they are not."""

    def opened(self, who: str, ref: str, now: datetime) -> Glass | None:
        """The break-glass look that is still open to this person for this child."""

    def all_opened(self, who: str, now: datetime) -> Sequence[Glass]:
        """Every break-glass look that is still open to this person."""

    def opened_since(self, who: str, since: datetime) -> int:
        """How often this person broke the glass since then."""

    def opened_between(self, since: datetime, until: datetime) -> Sequence[Glass]:
        """Everybody's break-glass looks of a time, oldest first."""

    def waiting(self) -> Sequence[Glass]:
        """Break-glass looks that no lead has reviewed, oldest first."""

    def glass(self, number: int) -> Glass | None:
        """One break-glass look by its number."""

    def notices(self, who: str) -> Sequence[Notice]:
        """What this person has not been told yet, oldest first."""

    def tallies(self, since: datetime, until: datetime) -> Sequence[Tally]:
        """How often each thing was done in a time, by action, outcome, role and agency."""

    def listed(self) -> Sequence[Person]:
        """Everybody who is listed now, by id."""

    def stand_in(self, ref: str) -> str | None:
        """Some child's reference, the same for the same words, to be read where there is no child (no oracle)."""
