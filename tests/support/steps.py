"""Interviews and their steps from chat, in the order of recording, for the tests of rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.rules.effects import RecordStep
from bot.rules.interviews.state import OpenInterview, Owners, seen
from bot.rules.interviews.steps import InterviewStep, Kind, standing
from bot.rules.interviews.transitions import StepAttempt, why_not
from bot.rules.partnership.partnership import Person
from tests.support.factories import NOW, Recorded, episode, hours, interview, partnership

BACK = NOW - hours(24)
#: The people of the practice partnership, and two who take interviews over.
OWNERS = Owners.among((*partnership().people, *(Person(id=who, agency="council") for who in ("w-1", "w-2"))))


def back(child: int = 1, returned: datetime = BACK, worker: str | None = "W-N01", **facts: Any) -> Recorded:
    """Return the episode of a child who came back then, with the recorded facts of the interview."""
    return episode(child, returned - hours(6), returned, interview=interview(returned, worker=worker, **facts))


def step(
    number: int, kind: Kind, at: datetime = NOW, of: Recorded | int = 1, by: str = "w-1", **more: Any
) -> InterviewStep:
    """Return a step recorded the moment it happened."""
    return InterviewStep(number, of if isinstance(of, int) else of.id, kind, at, more.pop("said_at", at), by, **more)


def said(*steps: tuple[Kind, str] | Kind, of: int = 1, ago: float = 5) -> list[InterviewStep]:
    """Return these steps, a minute apart, the first so many hours ago."""
    each = [s if isinstance(s, tuple) else (s, "") for s in steps]
    begun = NOW - hours(ago)
    return [step(n, kind, begun + hours(n / 60), of, detail=detail) for n, (kind, detail) in enumerate(each, 1)]


def stands(
    x: Recorded, steps: Sequence[InterviewStep] = (), missing: bool = False, now: datetime = NOW
) -> OpenInterview:
    return seen(x.seen(now), missing, now, standing(steps, now), owners=OWNERS)


def asked(i: OpenInterview, kind: Kind, at: datetime = NOW, *, missing: bool = False, **more: Any) -> str:
    """Return the reason against recording this step now; empty where it is allowed."""
    among = more.pop("among", ())
    effect = RecordStep(i.episode.id, i.standing.version, kind, at, NOW, "w-1", **more)
    return why_not(StepAttempt(effect, i, missing, among)) or ""
