"""Snoozes and "I'm on it": they put off a person's own reminders alone, and none is lost.

Nothing that is said makes the last working moment before a deadline pass in silence; a manager's snooze alone may.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.rules.interviews.steps import InterviewStep as Said
from bot.rules.interviews.steps import WorkState
from bot.rules.partnership.channels import ReminderStep
from bot.rules.partnership.working_hours import Calendar
from bot.rules.reminders.ladder import AGAIN, DatedStep

_ENDS_ON_IT = ("attempt", "offered", "held")


def snooze_of(standing: WorkState, person: str) -> Said | None:
    """The newest snooze of one person, over or not."""
    return next((s for s in reversed(standing.steps) if s.kind == "snoozed" and s.by == person and s.until_at), None)


def on_it_of(standing: WorkState, person: str) -> Said | None:
    """The newest "I'm on it" of one person, over or not; none where something was done about it since."""
    for s in reversed(standing.steps):
        if s.kind in _ENDS_ON_IT:
            return None
        if s.kind == "on_it" and s.by == person and s.until_at:
            return s
    return None


def put_off(
    rung: DatedStep, standing: WorkState, person: str, calendar: Calendar, deadline: datetime, manages: bool
) -> DatedStep:
    """The rung as it is spoken to this person, who may have put it off."""
    untils = []
    if (snooze := snooze_of(standing, person)) is not None:
        ends = _ends(snooze, calendar)
        untils.append(ends if manages else min(ends, calendar.latest(deadline)))
    if (on_it := on_it_of(standing, person)) is not None and not rung.step.urgent:
        untils.append(_capped(on_it, calendar, deadline))
    until = max(untils, default=rung.spoken)
    return replace(rung, spoken=until, paused=True) if until > rung.spoken else rung


def again(
    standing: WorkState, person: str, calendar: Calendar, deadline: datetime, manages: bool, now: datetime
) -> tuple[DatedStep, ...]:
    """Return the reminders that come again by now: of a snooze at its end, of "I'm on it" the next day."""
    found = []
    if (snooze := snooze_of(standing, person)) is not None:
        ends = _ends(snooze, calendar) if manages else _capped(snooze, calendar, deadline)
        found.append(_again(snooze, ends, asked=True))
    if (on_it := on_it_of(standing, person)) is not None:
        found.append(_again(on_it, _capped(on_it, calendar, deadline), asked=False))
    return tuple(r for r in found if r.spoken <= now)


def _again(said: Said, at: datetime, *, asked: bool) -> DatedStep:
    return DatedStep(
        ReminderStep(AGAIN, 0, ("allocated_worker",)), f"{AGAIN} {said.id}", at, at, paused=True, asked=asked
    )


def _ends(said: Said, calendar: Calendar) -> datetime:
    return calendar.next_moment(said.until_at or said.said_at)


def _capped(said: Said, calendar: Calendar, deadline: datetime) -> datetime:
    """Return the end of a pause: one from before the deadline does not outlast it; a later one ends as it says."""
    ends, latest = _ends(said, calendar), calendar.latest(deadline)
    return min(ends, latest) if said.said_at < latest else ends
