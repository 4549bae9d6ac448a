"""Records made in chat and by the bot, read from the database (`bot.rules.queries.chat_records.ChatRecords`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from bot.rules.interviews.steps import InterviewStep
from bot.rules.queries.chat_records import Away, Raised
from bot.rules.reminders.due import SentReminder
from bot.store.delivery import escalations, reminders_sent
from bot.store.queries import absences, interview_steps
from bot.store.schema.delivery import escalation


@dataclass(frozen=True, slots=True)
class StoredChatRecords:
    """Chat records on one connection; the protocol says what each method returns."""

    connection: Connection

    def steps(self, episodes: Sequence[int]) -> Mapping[int, tuple[InterviewStep, ...]]:
        return interview_steps.of(self.connection, episodes)

    def away(self, day: date) -> Mapping[str, Away]:
        return absences.on(self.connection, day)

    def absences(self, since: date) -> Sequence[Away]:
        return absences.since(self.connection, since)

    def escalations(self, episodes: Sequence[int]) -> Sequence[Raised]:
        return escalations.find(self.connection, escalation.c.episode_id.in_(episodes))

    def open_escalations(self) -> Sequence[Raised]:
        waiting = escalation.c.acknowledged_at.is_(None)
        return escalations.find(self.connection, escalation.c.closed_at.is_(None), waiting)

    def unclosed_escalations(self) -> Sequence[Raised]:
        return escalations.find(self.connection, escalation.c.closed_at.is_(None))

    def decisions(self, since: datetime) -> Sequence[Raised]:
        return escalations.find(self.connection, escalation.c.decide_by >= since)

    def escalation(self, number: int) -> Raised | None:
        return next(iter(escalations.find(self.connection, escalation.c.id == number)), None)

    def told(self, episodes: Sequence[int], now: datetime, but: int | None = None) -> Sequence[SentReminder]:
        return reminders_sent.told(self.connection, episodes, now, but)

    def nudged(self, episode: int) -> Sequence[tuple[str, str, datetime]]:
        return reminders_sent.sent_steps(self.connection, episode)
