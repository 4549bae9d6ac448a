"""Strategy decisions: what a rule asks people to decide, and what they have said of it. The bot never decides (R24)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from bot.rules.escalations.calls import Raised
from bot.rules.interviews.steps import OF_STRATEGY, InterviewStep, StrategyKind, holding
from bot.rules.model import FOREVER
from bot.rules.partnership.channels import Escalation
from bot.rules.partnership.working_hours import Calendar, NeverOpen
from bot.rules.time.clock import day_start, local_day

#: What was asked for longer ago is listed no more: it would hide what can still be done.
ASKED_FOR = timedelta(days=90)

#: Why the threshold was met, or not, as people choose it from a list: free text might say who the child is.
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
    "decision": "strategy decision outstanding",
    "discussion": "threshold met, strategy discussion not held yet",
    "done": "nothing outstanding",
}


@dataclass(frozen=True, slots=True)
class Question:
    """A decision that rules ask for on one episode, since when and by when, and how far it has got."""

    episode_id: int
    rules: tuple[str, ...]
    asked_at: datetime
    decide_by: datetime
    stage: Stage
    considered: InterviewStep | None = None
    decided: InterviewStep | None = None
    held: InterviewStep | None = None


def decide_by(rule: Escalation, raised_at: datetime, calendar: Calendar) -> datetime | None:
    """The end of the last working day on which the decision is in time; None where the rule asks for none.

    The day on which it was asked for does not count, nor does a bank holiday.
    """
    if rule.decision_working_days is None:
        return None
    last = local_day(raised_at)
    for _ in range(rule.decision_working_days):
        last = _next(last, calendar)
    return day_start(last + timedelta(days=1))


def _next(day: date, calendar: Calendar) -> date:
    """A call is not lost by a file that leaves no working day."""
    try:
        return calendar.next_day(day)
    except NeverOpen:
        return day + timedelta(days=1)


def questions(raised: Iterable[Raised], steps: Mapping[int, Sequence[InterviewStep]]) -> list[Question]:
    """One for each episode of which a rule asked for a decision, the first due first."""
    asked: dict[int, list[Raised]] = {}
    for r in raised:
        if r.decide_by is not None:
            asked.setdefault(r.episode_id, []).append(r)
    found = [question(number, rows, steps.get(number, ())) for number, rows in asked.items()]
    return sorted((q for q in found if q is not None), key=lambda q: (q.decide_by, q.episode_id))


def question(number: int, asked: Sequence[Raised], steps: Sequence[InterviewStep]) -> Question | None:
    """Rules that were answered are not named while others wait. None where nobody asked, and nobody said anything."""
    said = [s for s in holding(steps) if s.kind in OF_STRATEGY]
    if not asked and not said:
        return None
    decided, held = _last(said, "threshold_met", "threshold_not_met"), _last(said, "discussion_held")
    waiting = [r for r in asked if not _answers(decided, held, r)]
    named = waiting or asked
    return Question(
        number,
        tuple(dict.fromkeys(r.rule for r in named)),
        min([r.at for r in named] or [s.said_at for s in said]),
        min([r.decide_by for r in named if r.decide_by is not None], default=FOREVER),
        _stage(waiting, decided, held),
        _last(said, "considered"),
        decided,
        held,
    )


def _stage(waiting: Sequence[Raised], decided: InterviewStep | None, held: InterviewStep | None) -> Stage:
    if waiting:
        return "decision"
    met = decided is not None and decided.kind == "threshold_met"
    return "discussion" if met and held is None else "done"


def _answers(decided: InterviewStep | None, held: InterviewStep | None, asked: Raised) -> bool:
    """Met, or a discussion held, answers for the whole episode; not met answers only what had been asked by then."""
    if held is not None or (decided is not None and decided.kind == "threshold_met"):
        return True
    return decided is not None and decided.said_at >= asked.at


def _last(said: Sequence[InterviewStep], *kinds: str) -> InterviewStep | None:
    return next((s for s in reversed(said) if s.kind in kinds), None)
