"""Explain a reminder to its reader: the step, the clock, the calendar, the snoozes and the next step."""

from __future__ import annotations

from datetime import datetime

from bot.rules.episodes.risk_flags import rests_on_found
from bot.rules.interviews.state import OpenInterview
from bot.rules.partnership.partnership import Calendar, Partnership, ReminderStep
from bot.rules.reminders.due import (
    BREACH,
    RECORD,
    TODAY,
    UNATTENDED,
    DatedStep,
    OpenCase,
    explained_steps,
    on_it_of,
    snooze_of,
)
from bot.rules.time.clock import say_day_near, say_near


def explain(case: OpenCase, person: str, partnership: Partnership, now: datetime) -> tuple[str, ...]:
    """Write whole sentences for one person. NeverOpen for a calendar without any working time."""
    i, work = case.interview, case.standing
    area = partnership.area(i.episode.area)
    calendar = partnership.calendar(area.id)
    steps = explained_steps(case, partnership.ladder(area.id), calendar, now)
    deadline = i.episode.interview.due_at
    if i.state.name == "due, child missing" and not i.theirs:
        return ("The child is missing again: reminders wait until they are back.", *_clock(i, now))
    if not steps or deadline is None:
        return ("Nobody is reminded of this interview any more.",)
    # What is said again each day is the reason for today's word, whatever was said once beside it to others.
    last = max((d for d in steps if d.spoken <= now), key=lambda d: (d.step.repeat_daily, d.step.hours), default=None)
    lines = [*_clock(i, now)]
    if last:
        lines = [_rule(last.step, area.short), *lines, _spoken(last, calendar, now)]
    # The person's own pauses that still run.
    for words, pause in (("Snoozed by you", snooze_of(work, person)), ("You are on it", on_it_of(work, person))):
        if pause and pause.until_at and pause.until_at > now:
            lines.append(f"{words} until {say_near(pause.until_at, now)}.")
    theirs = [s for s in case.sent if s.person == person and s.deadline == deadline]
    if theirs:
        lines.append(f"You were last told {say_near(theirs[-1].at, now)}.")
    return (*lines, _next([d for d in steps if d.spoken > now], last, now))


def _rule(step: ReminderStep, area: str) -> str:
    """Write the step that the reader was told by."""
    if step.id == UNATTENDED.id:
        return "Nobody works in time to act before the 72 hours end: told to the role duty."
    if step.id == RECORD:
        return f"It was held and is not recorded in the case system yet: told to {_roles(step)}."
    if step.id in (TODAY, BREACH):
        return f"Said beside the reminders of {area}, on the last day: \u201c{step.id}\u201d, to {_roles(step)}."
    return f"Step \u201c{step.id}\u201d of {area}: {step.hours:g} hours after the return, to {_roles(step)}."


def _roles(step: ReminderStep) -> str:
    if step.id == UNATTENDED.id:
        return "duty"
    return ", ".join(role.replace("_", " ") for role in step.to)


def _clock(i: OpenInterview, now: datetime) -> tuple[str, ...]:
    """Write the return and the end of the 72 hours; nothing while no return is recorded."""
    interview = i.episode.interview
    if interview.clock_start_at is None or interview.due_at is None:
        return ()
    if interview.date_only and interview.counts_until:
        day, until = (say_day_near(at, now) for at in (interview.clock_start_at, interview.counts_until))
        return (f"Back on {day}, time not recorded: it counts to the end of {until}.",)
    back, due = say_near(interview.clock_start_at, now), say_near(interview.due_at, now)
    if rests_on_found(i.episode):
        return (f"Found {back}, not returned, so the 72 hours end {due}; a return that is recorded begins them anew.",)
    return (f"Back {back}, so the 72 hours end {due}: nights, weekends and bank holidays count.",)


def _spoken(dated: DatedStep, calendar: Calendar, now: datetime) -> str:
    """Write the time of a step, and the reason why it was moved."""
    hours = f"{calendar.hours.end:%H:%M}-{calendar.hours.start:%H:%M} on working days"
    wanted, spoken = say_near(dated.wanted, now), say_near(dated.spoken, now)
    if dated.step.id == UNATTENDED.id:
        return f"Said in the hours of the role duty, {spoken}."
    if dated.forward:
        return f"It was wanted {wanted}, when nobody works ({hours}): brought forward, as later would be too late."
    if dated.step.repeat_daily:
        return f"Said again {'once a week' if '-W' in dated.slot else 'each working day'} until it is dealt with."
    if dated.wanted != dated.spoken:
        return f"It was wanted {wanted} and waited for working hours ({hours}) until {spoken}."
    return f"It was wanted {wanted}, in working hours ({hours})."


def _next(coming: list[DatedStep], last: DatedStep | None, now: datetime) -> str:
    if coming:
        first = min(coming, key=lambda d: d.spoken)
        when = say_near(first.spoken, now)
        return f"Next, if it is still open: \u201c{first.step.id}\u201d, {when}, to {_roles(first.step)}."
    if last is not None and last.step.repeat_daily:
        return f"Next, if it is still open: the same again, to {_roles(last.step)}."
    return "This was the last step of the ladder."
