"""Explain a reminder to its reader: the step, the clock, the calendar, the snoozes and the next step."""

from __future__ import annotations

from datetime import datetime

from bot.rules.interviews.state import OpenInterview
from bot.rules.partnership.partnership import Calendar, Partnership, ReminderStep
from bot.rules.reminders.due import DatedStep, OpenCase, deadline_of, on_it_of, rungs, snooze_of
from bot.rules.time.clock import say, say_day, say_near


def explain(case: OpenCase, person: str, partnership: Partnership, now: datetime) -> tuple[str, ...]:
    """In whole sentences, for one person; where nothing more is said of the interview, that. NeverOpen as in `due`."""
    i = case.interview
    area = partnership.area(i.episode.area)
    calendar = partnership.calendar(area.id)
    steps = rungs(i, case.standing, partnership.ladder(area.id), calendar, now)
    if i.state.name == "due, child missing":
        return ("The child is missing again: reminders wait until they are back.", *_clock(i))
    if not steps or deadline_of(i.episode.interview) is None:
        return ("Nobody is reminded of this interview any more.",)
    reached = [r for r in steps if r.spoken <= now]
    last = max(reached, key=lambda r: r.step.hours, default=None)
    return (
        *([_rule(last.step, area.name), *_clock(i), _spoken(last, calendar, now)] if last else _clock(i)),
        *_put_off(case, person, now),
        *_told(case, person, now),
        _next([r for r in steps if r.spoken > now], last, now),
    )


def _rule(step: ReminderStep, area: str) -> str:
    return f"Step \u201c{step.id}\u201d of {area}: {step.hours:g} hours after the return, to {_roles(step)}."


def _roles(step: ReminderStep) -> str:
    return ", ".join(role.replace("_", " ") for role in step.to)


def _clock(i: OpenInterview) -> tuple[str, ...]:
    interview = i.episode.interview
    if interview.clock_start_at is None or interview.due_at is None:
        return ()
    if interview.date_only and interview.counts_until:
        until = say_day(interview.counts_until)
        return (f"Back on {say_day(interview.clock_start_at)}, time not recorded: it counts to the end of {until}.",)
    back, due = say(interview.clock_start_at), say(interview.due_at)
    return (f"Back {back}, so the 72 hours end {due}: nights, weekends and bank holidays count.",)


def _spoken(rung: DatedStep, calendar: Calendar, now: datetime) -> str:
    hours = f"{calendar.hours.end:%H:%M}-{calendar.hours.start:%H:%M} on working days"
    wanted, spoken = say_near(rung.wanted, now), say_near(rung.spoken, now)
    if rung.forward:
        return f"It was wanted {wanted}, when nobody works ({hours}): brought forward, as later would be too late."
    if rung.step.repeat_daily:
        return f"Said again {'once a week' if '-W' in rung.slot else 'each working day'} until it is dealt with."
    if rung.wanted != rung.spoken:
        return f"It was wanted {wanted} and waited for working hours ({hours}) until {spoken}."
    return f"It was wanted {wanted}, in working hours ({hours})."


def _put_off(case: OpenCase, person: str, now: datetime) -> list[str]:
    """Their own pauses that still run."""
    found = (("Snoozed by you", snooze_of(case.standing, person)), ("You are on it", on_it_of(case.standing, person)))
    return [f"{what} until {say_near(s.until_at, now)}." for what, s in found if s and s.until_at and s.until_at > now]


def _told(case: OpenCase, person: str, now: datetime) -> list[str]:
    deadline = deadline_of(case.interview.episode.interview)
    theirs = [t for t in case.told if t.person == person and t.deadline == deadline]
    return [f"You were last told {say_near(theirs[-1].at, now)}."] if theirs else []


def _next(coming: list[DatedStep], last: DatedStep | None, now: datetime) -> str:
    if coming:
        first = min(coming, key=lambda r: r.spoken)
        when = say_near(first.spoken, now)
        return f"Next, if it is still open: \u201c{first.step.id}\u201d, {when}, to {_roles(first.step)}."
    if last is not None and last.step.repeat_daily:
        return f"Next, if it is still open: the same again, to {_roles(last.step)}."
    return "This was the last step of the ladder."
