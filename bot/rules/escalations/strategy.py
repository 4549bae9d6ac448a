"""Strategy decisions that a rule asks for, and people's answers. The bot never decides (R24)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from bot.rules.catalogue import _
from bot.rules.escalations.calls import Raised
from bot.rules.interviews.steps import OF_STRATEGY, InterviewStep, StrategyKind, holding, last
from bot.rules.model import FOREVER
from bot.rules.partnership.partnership import Calendar, Escalation, NeverOpen
from bot.rules.time.clock import day_start, local_day

#: A decision due longer ago stands last in every list: it would hide those that can still be made. None vanishes.
OLD = timedelta(days=90)
#: A decision overdue for longer is reminded of once a week: people stop reading a daily message without an end.
FORGOTTEN = timedelta(days=28)

#: Reasons for the threshold, met or not, to choose from: free text might identify the child.
WHY: dict[StrategyKind, tuple[str, ...]] = {
    "threshold_met": (
        "significant-harm",
        "exploitation",
        "trafficking",
        "repeated-episodes",
        "long-episode",
        "harm-at-home",
        "self-harm",
        "other-concern",
    ),
    "threshold_not_met": (
        "risk-managed",
        "safety-plan",
        "enquiry-open",
        "whereabouts-known",
        "back-and-safe",
        "no-new-concern",
        "placing-authority-leads",
    ),
}

Stage = Literal["decision", "discussion", "done"]
STAGE_WORDS: dict[Stage, str] = {
    "decision": _("strategy decision outstanding"),
    "discussion": _("threshold met, strategy discussion not held yet"),
    "done": _("nothing outstanding"),
}


@dataclass(frozen=True, slots=True)
class Question:
    """A strategy decision that rules ask for on one episode, with its times and its stage."""

    episode_id: int
    rules: tuple[str, ...]
    asked_at: datetime
    decide_by: datetime
    stage: Stage
    considered: InterviewStep | None = None
    decided: InterviewStep | None = None
    held: InterviewStep | None = None

    def is_old(self, now: datetime) -> bool:
        return self.decide_by < now - OLD

    def is_overdue(self, now: datetime) -> bool:
        return self.stage == "decision" and self.decide_by <= now


def decide_by(rule: Escalation, raised_at: datetime, calendar: Calendar) -> datetime | None:
    """Return the end of the last working day on which the decision is in time; None where the rule asks for none.

    The day on which it was asked for does not count, nor does a bank holiday. In a file without any working day
    every day counts, so that no call is lost.
    """
    if rule.decision_working_days is None:
        return None
    last = local_day(raised_at)
    for _unused in range(rule.decision_working_days):
        try:
            last = calendar.next_day(last)
        except NeverOpen:
            last += timedelta(days=1)
    return day_start(last + timedelta(days=1))


def is_reminded(q: Question, calendar: Calendar, today: date) -> bool:
    """Return True on the days on which whoever owes a decision is reminded of it.

    These are the working day after it was asked for, each working day from the last one in time on, and the first
    working day of each week once it is FORGOTTEN.
    """
    if q.stage == "done" or q.decide_by == FOREVER or not calendar.works(today):
        return False
    last = local_day(q.decide_by - timedelta(seconds=1))
    if today > last + FORGOTTEN:
        return calendar.last_day(today).isocalendar()[:2] != today.isocalendar()[:2]
    begins = last if calendar.works(last) else calendar.last_day(last)  # an area may be closed on that day
    return today >= begins or today == calendar.next_day(local_day(q.asked_at))


def questions(raised: Iterable[Raised], steps: Mapping[int, Sequence[InterviewStep]]) -> list[Question]:
    """Return a question for each episode of which a rule asked for a decision, the first due first."""
    asked: dict[int, list[Raised]] = {}
    for r in raised:
        if r.decide_by is not None:
            asked.setdefault(r.episode_id, []).append(r)
    found = [question(number, rows, steps.get(number, ())) for number, rows in asked.items()]
    return sorted((q for q in found if q is not None), key=lambda q: (q.decide_by, q.episode_id))


def question(number: int, asked: Sequence[Raised], steps: Sequence[InterviewStep]) -> Question | None:
    """Return the question on one episode; None where no rule asked and no step was recorded.

    Rules that were answered are not named while others wait.
    """
    recorded = [s for s in holding(steps) if s.kind in OF_STRATEGY]
    if not asked and not recorded:
        return None
    decided, held = last(recorded, "threshold_met", "threshold_not_met"), last(recorded, "discussion_held")
    met = decided is not None and decided.kind == "threshold_met"
    # Met, or a discussion held, answers for the whole episode; not met answers only rules that had asked by then.
    answered = met or held is not None
    waiting = [] if answered else [r for r in asked if decided is None or decided.said_at < r.at]
    named = waiting or asked
    return Question(
        number,
        tuple(dict.fromkeys(r.rule for r in named)),
        min([r.at for r in named] or [s.said_at for s in recorded]),
        min([r.decide_by for r in named if r.decide_by is not None], default=FOREVER),
        "decision" if waiting else "discussion" if met and held is None else "done",
        last(recorded, "considered"),
        decided,
        held,
    )
