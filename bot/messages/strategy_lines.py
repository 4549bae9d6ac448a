"""A strategy decision in words, with its steps and its stage: by role, and with ids to one person alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.messages.escalation_lines import rule_name
from bot.rules.access.permissions import roles_today
from bot.rules.escalations.strategy import STAGE_WORDS, Question
from bot.rules.interviews.steps import InterviewStep
from bot.rules.partnership.partnership import Partnership
from bot.rules.time import clock

WORDS: dict[str, str] = {
    "considered": "considered",
    "threshold_met": "threshold met",
    "threshold_not_met": "threshold not met",
    "discussion_held": "strategy discussion held",
}


def told(step: InterviewStep, p: Partnership, now: datetime, *, private: bool) -> str:
    """'threshold met, because exploitation: team manager of council, Wed 5 Jul 09:12'."""
    why = f", because {step.detail}" if step.detail else ""
    what = WORDS.get(step.kind, step.kind)
    return f"{what}{why}: {_who(step.by, p, now, private=private)}, {clock.say_near(step.said_at, now)}"


def _who(person_id: str, p: Partnership, now: datetime, *, private: bool) -> str:
    found = p.person(person_id)
    held = roles_today(found, clock.local_day(now)) if found else ()
    role = held[0].role.replace("_", " ") if held else "a role that has ended"
    said = f"{role} of {found.agency}" if found else "somebody no longer listed"
    return f"{said} ({person_id})" if private else said


def by_when(q: Question, now: datetime) -> str:
    """The last day in time, and whether it is over."""
    late = ", OVERDUE" if q.stage == "decision" and q.decide_by <= now else ""
    return f"{clock.say_day_near(q.decide_by - timedelta(seconds=1), now)}{late}"


def stage(q: Question, p: Partnership, now: datetime, *, private: bool) -> str:
    """Return the stage of the decision, with its newest step."""
    newest = q.held or q.decided or q.considered
    return "; ".join((STAGE_WORDS[q.stage], *([told(newest, p, now, private=private)] if newest else [])))


def history(q: Question | None, p: Partnership, now: datetime, *, private: bool) -> Iterator[str]:
    """Everything that is known of the decision on one episode."""
    if q is None:
        yield "No rule has asked for a strategy decision on this episode, and nobody has said one."
        return
    rules = ", ".join(rule_name(p, rule) for rule in q.rules)
    if rules:
        yield f"Asked for by: {rules}, {clock.say_near(q.asked_at, now)}; by the end of {by_when(q, now)}."
    said = [told(s, p, now, private=private) for s in (q.considered, q.decided, q.held) if s is not None]
    yield from (f"{line[0].upper()}{line[1:]}." for line in said)
    yield f"{STAGE_WORDS[q.stage][0].upper()}{STAGE_WORDS[q.stage][1:]}."
