"""Records made in chat and by the bot, read from the database (`bot.rules.queries.facts.ChatRecords`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select

from bot.rules.access.permissions import Away
from bot.rules.escalations.calls import Raised
from bot.rules.escalations.drill import DrillCall
from bot.rules.interviews.steps import InterviewStep
from bot.rules.reminders.due import SentReminder
from bot.store.delivery import drills, escalations, reminders_sent
from bot.store.schema.delivery import away, escalation, step
from bot.store.schema.records import episode

_FIELDS = ("id", "episode_id", "kind", "at", "said_at", "by", "to", "until_at", "detail", "undoes")
#: Columns of a record by the steps that contradict them: times, and answers to the offer.
_TIMES = {"offered": episode.c.offered_at, "held": episode.c.held_at, "recorded": episode.c.recorded_at}
_ANSWERS = {"accepted": ("accepted", "booked", "held"), "declined": ("declined",), "no_response": ("not_possible",)}


@dataclass(frozen=True, slots=True)
class StoredChatRecords:
    """Chat records on one connection; the protocol says what each method returns."""

    connection: Connection

    def steps(self, episodes: Sequence[int]) -> Mapping[int, tuple[InterviewStep, ...]]:
        found: dict[int, list[InterviewStep]] = {}
        for row in self.connection.execute(select(step).where(step.c.episode_id.in_(episodes)).order_by(step.c.id)):
            found.setdefault(row.episode_id, []).append(step_of(row))
        return {number: tuple(steps) for number, steps in found.items()}

    def merged_with(self, episodes: Sequence[int]) -> Sequence[int]:
        # By the child: a merge is a step of one of its interviews, and names the other.
        children = select(episode.c.child_id).where(episode.c.id.in_(episodes))
        query = (
            select(step.c.episode_id, step.c.to)
            .join(episode, episode.c.id == step.c.episode_id)
            .where(step.c.kind == "merged", episode.c.child_id.in_(children))
        )
        rows = self.connection.execute(query).all()
        return sorted({row.episode_id for row in rows} | {int(row.to) for row in rows if row.to.isdecimal()})

    def away(self, day: date) -> Mapping[str, Away]:
        # Of absences that overlap, the one recorded last.
        query = select(away).where(away.c.from_day <= day, away.c.until_day >= day).order_by(away.c.said_at)
        found = self.connection.execute(query)
        return {r.person_id: Away(r.person_id, r.from_day, r.until_day, r.cover) for r in found}

    def absences(self, since: date) -> Sequence[Away]:
        query = select(away).where(away.c.until_day >= since).order_by(away.c.from_day, away.c.person_id)
        return [Away(r.person_id, r.from_day, r.until_day, r.cover) for r in self.connection.execute(query)]

    def escalations(self, episodes: Sequence[int]) -> Sequence[Raised]:
        return escalations.find(self.connection, escalation.c.episode_id.in_(episodes))

    def open_escalations(self) -> Sequence[Raised]:
        waiting = escalation.c.acknowledged_at.is_(None)
        return escalations.find(self.connection, escalation.c.closed_at.is_(None), waiting)

    def unclosed_escalations(self) -> Sequence[Raised]:
        return escalations.find(self.connection, escalation.c.closed_at.is_(None))

    def decisions(self, since: datetime) -> Sequence[Raised]:
        taken_back = select(step.c.undoes).where(step.c.undoes.is_not(None))
        held = step.c.kind == "discussion_held"
        later = step.alias()
        met = select(later.c.id).where(
            later.c.episode_id == step.c.episode_id,
            later.c.kind == "threshold_met",
            later.c.id > step.c.id,
            later.c.id.not_in(taken_back),
        )
        not_met = and_(
            step.c.kind == "threshold_not_met", step.c.said_at >= escalation.c.raised_at, ~met.correlate(step).exists()
        )
        said = select(step.c.id).where(step.c.episode_id == escalation.c.episode_id, or_(held, not_met))
        answered = said.where(step.c.id.not_in(taken_back)).exists()
        asked = escalation.c.decide_by.is_not(None)
        return escalations.find(self.connection, asked, or_(escalation.c.decide_by >= since, ~answered))

    def escalation(self, number: int) -> Raised | None:
        return next(iter(escalations.find(self.connection, escalation.c.id == number)), None)

    def drills(self) -> Sequence[DrillCall]:
        return drills.find(self.connection)

    def notified(self, episodes: Sequence[int], now: datetime, but: int | None = None) -> Sequence[SentReminder]:
        return reminders_sent.notified(self.connection, episodes, now, but)

    def nudged(self, episode: int) -> Sequence[tuple[str, str, datetime]]:
        return reminders_sent.sent_steps(self.connection, episode)


def step_of(row: Row[Any]) -> InterviewStep:
    return InterviewStep(**{name: row._mapping[name] for name in _FIELDS})


def not_as_recorded(connection: Connection) -> list[int]:
    """Return the episodes with a step that their record lacks or contradicts, to be weighed by the rules."""
    kind, e = step.c.kind, episode.c
    times = [(kind == name) & (at.is_(None) | (at != step.c.at)) for name, at in _TIMES.items()]
    answers = [kind.in_(kinds) & (e.response.is_(None) | (e.response != word)) for word, kinds in _ANSWERS.items()]
    reasons = (kind == "not_possible") & (e.outcome_reason.is_(None) | (e.outcome_reason != step.c.detail))
    carer = (kind == "carer_contacted") & e.outcome_reason.is_(None)
    cause = (kind == "late") & (e.outcome_reason.is_(None) | (e.outcome_reason != step.c.detail))
    opened = (kind == "reopened") | ((kind == "accepted") & (step.c.detail != ""))
    differs = or_(*times, *answers, reasons, carer, cause, opened, kind == "merged")
    query = select(step.c.episode_id).join(episode, e.id == step.c.episode_id).where(differs).distinct()
    found = connection.execute(query).scalars().all()
    # A step that names one of several merged interviews is of all of them.
    return sorted({*found, *StoredChatRecords(connection).merged_with(found)})
