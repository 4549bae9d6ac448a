"""Records that people make in chat and that the bot makes by itself, beside the agencies' records, as a protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from bot.rules.access.permissions import Away as Away
from bot.rules.escalations.calls import Raised as Raised
from bot.rules.interviews.steps import InterviewStep
from bot.rules.reminders.due import SentReminder


class ChatRecords(Protocol):
    """Every method reads; nothing is changed. Episodes are named by their number here, never by a reference."""

    def steps(self, episodes: Sequence[int]) -> Mapping[int, tuple[InterviewStep, ...]]:
        """Interview steps taken in chat by episode, oldest first; episodes without a step are left out."""

    def away(self, day: date) -> Mapping[str, Away]:
        """The absences of a day, by person."""

    def absences(self, since: date) -> Sequence[Away]:
        """Every absence that is not over on a day, those to come too, by its first day."""

    def escalations(self, episodes: Sequence[int]) -> Sequence[Raised]:
        """Every escalation raised for these episodes, oldest first."""

    def open_escalations(self) -> Sequence[Raised]:
        """Escalations neither acknowledged nor closed, oldest first."""

    def unclosed_escalations(self) -> Sequence[Raised]:
        """Escalations not closed, acknowledged or not, oldest first."""

    def escalation(self, number: int) -> Raised | None:
        """One escalation by its number."""

    def decisions(self, since: datetime) -> Sequence[Raised]:
        """Escalations that ask for a strategy decision by `since` or later, oldest first."""

    def notified(self, episodes: Sequence[int], now: datetime, but: int | None = None) -> Sequence[SentReminder]:
        """Steps of the ladder that are in a message that was sent or is on its way, other than in delivery `but`."""

    def nudged(self, episode: int) -> Sequence[tuple[str, str, datetime]]:
        """Step of the ladder, person told and time of each message that was sent, oldest first."""
