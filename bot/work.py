"""What stands beside the records because somebody said it in chat or the bot did it unasked, as a protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from bot.rules.holders import Away as Away
from bot.rules.rungs import Told
from bot.rules.steps import Step


@dataclass(frozen=True, slots=True)
class Raised:
    """A role of one agency that was called because a rule was met for an episode (domain.md §10.4)."""

    id: int
    rule: str
    episode_id: int
    agency: str
    tier: int
    role: str
    person: str  # empty: nobody holds the role
    at: datetime
    acknowledge_by: datetime
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    next_raised: bool = False
    closed_at: datetime | None = None


class Work(Protocol):
    """Every method reads; nothing is changed. Episodes are named by their number here, never by a reference."""

    def steps(self, episodes: Sequence[int]) -> Mapping[int, tuple[Step, ...]]:
        """What was said of these episodes, oldest first; episodes of which nothing was said are left out."""

    def away(self, day: date) -> Mapping[str, Away]:
        """Who is away on a day, by person."""

    def escalations(self, episodes: Sequence[int]) -> Sequence[Raised]:
        """Everything raised for these episodes, oldest first."""

    def open_escalations(self) -> Sequence[Raised]:
        """What nobody has acknowledged or closed yet, oldest first."""

    def escalation(self, number: int) -> Raised | None:
        """One by its number."""

    def told(self, episodes: Sequence[int], now: datetime, but: int | None = None) -> Sequence[Told]:
        """Steps of the ladder that are in a message that was sent or is on its way, other than in delivery `but`."""

    def nudged(self, episode: int) -> Sequence[tuple[str, str, datetime]]:
        """Step of the ladder, person told and when, oldest first; of messages that were sent."""
