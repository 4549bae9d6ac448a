"""The reasons for a reminder of an interview: the rule, the clock, the calendar, and the steps of the ladder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.conversation.reply import Reply, Section
from bot.messages.interview_status import Reader, lead
from bot.rules.interviews.state import OpenInterview
from bot.rules.partnership.channels import ReminderStep
from bot.rules.partnership.working_hours import Calendar
from bot.rules.reminders.due import DatedStep, rung_of, step_of
from bot.rules.time.clock import say, say_day, say_near

#: Step of the ladder, person told and when.
Nudged = Sequence[tuple[str, str, datetime]]


def why(i: OpenInterview, nudged: Nudged, to: Reader) -> Reply:
    area, interview = i.episode.area, i.episode.interview
    back, limit = interview.clock_start_at, interview.counts_until
    calendar = to.partnership.calendar(area)
    hours = [hours_line(calendar), f"Next working moment: {say(calendar.next_moment(to.now))}."]
    if limit:
        hours.append(f"Last working moment before the deadline: {say(calendar.last_moment(limit))}.")
    over = ("Nothing more is sent of it: nothing more is expected.",) if i.closed else ()
    sections = [Section("Calendar: when anybody is reminded", tuple(hours))]
    if back and limit:
        returned = (f"Returned {say(back)}.", f"72 hours end {say(limit)}.")
        if interview.date_only:
            returned = (f"Returned {say_day(back)}, time not recorded.", f"In time until {say(limit)}.")
        lines = ladder(i, to.partnership.ladder(area), calendar, nudged, to.now)
        sections.insert(0, Section("Clock: the 72 hours, which never stop", returned))
        sections.append(Section(f"Rule: the reminders of {area}", lines or ("No reminder is set for this area.",)))
    return Reply(
        title=f"Why am I reminded of {i.episode.child_ref}?",
        level=to.level,
        text=(lead(i, to), *over),
        sections=tuple(sections),
        footer=("Chat, snooze and quiet hours move reminders. Nothing moves the deadline.",),
    )


def hours_line(calendar: Calendar) -> str:
    """Return the hours and days of reminders."""
    hours = calendar.hours
    days = ", ".join(hours.working_days) or "every day"
    return f"Reminders come from {hours.end:%H:%M} to {hours.start:%H:%M} ({days}; not on bank holidays)."


def ladder(
    i: OpenInterview, steps: Sequence[ReminderStep], calendar: Calendar, nudged: Nudged, now: datetime
) -> tuple[str, ...]:
    """Each step of the ladder: when it is due, whom it goes to, and what was sent of it."""
    found = ((step, rung_of(i, step, calendar, now)) for step in steps)
    return tuple(_rung(step, rung, nudged, now) for step, rung in found if rung is not None)


def _rung(step: ReminderStep, rung: DatedStep, nudged: Nudged, now: datetime) -> str:
    sent = [f"sent to {person} {say_near(when, now)}" for slot, person, when in nudged if step_of(slot) == step.id]
    said = (
        step.id,
        f"{say_near(rung.spoken, now)}{' (brought forward: nobody works then)' if rung.forward else ''}",
        f"to {', '.join(role.replace('_', ' ') for role in step.to)}",
        *(["then daily"] if step.repeat_daily else []),
        *([f"not needed once it is {step.until}"] if step.until != "held" else []),
        *(sent or ["not sent yet"]),
    )
    return " · ".join(said)
