"""The audit trail as a protocol: look-ups, locks, break-glass looks, and notices waiting to be told."""

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
    """One break-glass look: the person, the child, the reason, its end, and a lead's review."""

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
    """A message that waits until its person uses the bot again."""

    id: int
    kind: str
    text: str
    at: datetime
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """The number of rows of the audit trail with one action, outcome, role and agency."""

    action: str
    outcome: str
    role: str
    agency: str
    count: int


class Trail(Protocol):
    """Every method reads the audit trail, or the locks, looks and notices beside it; nothing is changed."""

    def about(self, ref: str, since: datetime) -> Sequence[Entry]:
        """Every look at the child behind a reference, under any of its references, newest first."""

    def own(self, who: str, since: datetime) -> Sequence[Entry]:
        """Every question of a person about children, newest first."""

    def misses(self, who: str, since: datetime) -> int:
        """Count this person's answers 'no such child, or not yours' after `since` and after their last lock ended."""

    def refused(self, who: str, reason: str, since: datetime) -> int:
        """Count this person's refusals for one reason since then."""

    def locked_until(self, who: str, now: datetime) -> datetime | None:
        """The end of the lock on this person's look-ups; None where they are not locked."""

    def opened(self, who: str, ref: str, now: datetime) -> Glass | None:
        """The break-glass look that is still open to this person for this child."""

    def all_opened(self, who: str, now: datetime) -> Sequence[Glass]:
        """Every break-glass look that is still open to this person."""

    def opened_since(self, who: str, since: datetime) -> int:
        """Count this person's break-glass looks since then."""

    def opened_between(self, since: datetime, until: datetime) -> Sequence[Glass]:
        """Break-glass looks of every person in [since, until), oldest first."""

    def waiting(self) -> Sequence[Glass]:
        """Break-glass looks that no lead has reviewed, oldest first."""

    def glass(self, number: int) -> Glass | None:
        """One break-glass look by its number."""

    def notices(self, who: str) -> Sequence[Notice]:
        """Notices that this person has not seen yet, oldest first."""

    def tallies(self, since: datetime, until: datetime) -> Sequence[Tally]:
        """Count the rows in [since, until) by action, outcome, role and agency."""

    def listed(self) -> Sequence[Person]:
        """The people who are listed now, by id."""

    def stand_in(self, ref: str) -> str | None:
        """A child's reference, the same for the same `ref`, to be read where there is no child.

        Its reading takes as long as a real one: the time of an answer does not show which references exist.
        """
