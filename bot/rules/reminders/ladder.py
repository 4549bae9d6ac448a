"""Steps of the reminder ladder that an open interview has still to come, each with its time.

A rung is one step at one moment. It is told once to each person for each deadline, under its `slot`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.rules.interviews.open_interviews import UNDONE, OpenInterview
from bot.rules.interviews.steps import WorkState
from bot.rules.model import Interview
from bot.rules.partnership.channels import ReminderStep
from bot.rules.partnership.working_hours import Calendar
from bot.rules.time.clock import INTERVIEW_HOURS, local_day

#: The duty list hears of an interview that nobody owns with the first message after the return, not after 24 hours.
NO_OWNER = ReminderStep("no owner", 0, ("allocated_worker",))
#: What somebody put off comes again when they said.
AGAIN = "again"
_PERIOD = re.compile(r" (\d{4}-\d\d-\d\d|\d{4}-W\d\d)$")


@dataclass(frozen=True, slots=True)
class DatedStep:
    """One step at one moment: when it is wanted, and when it is spoken for the calendar's sake.

    `forward` says that it was brought forward; `paused` that somebody put it off; `asked` that somebody
    asked to be reminded just then.
    """

    step: ReminderStep
    slot: str
    wanted: datetime
    spoken: datetime
    forward: bool = False
    paused: bool = False
    asked: bool = False

    def early(self, deadline: datetime) -> bool:
        """Return True where the morning's message may hold it before its time: never a breach or a snoozed step."""
        return self.wanted < deadline and not (self.step.urgent or self.paused or self.asked)


@dataclass(frozen=True, slots=True)
class SentReminder:
    """Somebody was told of a rung, before the deadline that the interview had then."""

    episode: int
    slot: str
    deadline: datetime
    person: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Requirement:
    """The needs for a reminder that have ended: the interview is offered, or is held or closed."""

    offered: bool
    over: bool

    def ends(self, step: ReminderStep) -> bool:
        return self.over or (self.offered and step.until == "offered")


def need(i: OpenInterview, standing: WorkState) -> Requirement:
    """Read the record, and over it the steps in chat since: the latest of each holds.

    A "declined" in chat alone ends nothing but the offer: the carer has still to be offered a talk.
    """
    offered, declined, over = not i.state.needs_offer, False, i.recorded_state not in UNDONE
    for s in standing.steps:
        if s.kind in ("offered", "accepted", "booked", "declined"):
            offered = True
        if s.kind in ("declined", "accepted"):
            declined = s.kind == "declined"
        if s.kind in ("held", "recorded", "not_possible", "merged"):
            over = True
        elif s.kind == "carer_contacted":
            over = over or declined
        elif s.kind in ("accepted", "reopened"):
            over = not i.undone  # a record that was closed is open again too
    return Requirement(offered, over)


def deadline_of(interview: Interview) -> datetime | None:
    """To when reminders lead. Where only the day of the return is known, 72 hours from its beginning (R19)."""
    return interview.due_at


def rungs(
    i: OpenInterview, standing: WorkState, ladder: Iterable[ReminderStep], calendar: Calendar, now: datetime
) -> tuple[DatedStep, ...]:
    """Every step whose need has not ended, reached or not, in the order of its hours.

    Of what is forgotten only the step that repeats is left.
    """
    ended = need(i, standing)
    steps = (s for s in ladder if not ended.ends(s) and (s.repeat_daily or not i.forgotten))
    found = (rung_of(i, step, calendar, now) for step in steps)
    return tuple(r for r in found if r is not None)


def rung_of(i: OpenInterview, step: ReminderStep, calendar: Calendar, now: datetime) -> DatedStep | None:
    """Return a step with its time, still needed or not; None while no return is recorded."""
    interview = i.episode.interview
    deadline, last = deadline_of(interview), interview.counts_until or interview.due_at
    if deadline is None or last is None:
        return None
    after = timedelta(hours=step.hours) - INTERVIEW_HOURS
    # A return of which only the day is known is never late before that day + 3 is over (R19).
    wanted = (deadline if after < timedelta() else last) + after
    if step.repeat_daily:
        return _repeated(i, step, wanted, calendar, now)
    spoken, forward = calendar.speak_at(wanted, deadline)
    return DatedStep(step, step.id, wanted, spoken, forward)


def _repeated(i: OpenInterview, step: ReminderStep, wanted: datetime, calendar: Calendar, now: datetime) -> DatedStep:
    """Once each working day. What is forgotten, once a week, and to the last of the ladder alone: a daily message
    for ever is not read, and whoever it comes from is not read either.
    """
    first = calendar.next_moment(wanted)
    today = local_day(max(first, now))
    slot, begins = f"{step.id} {today}", calendar.opens(today)
    if i.forgotten:
        year, week, weekday = today.isocalendar()
        slot, begins = f"{step.id} {year}-W{week:02}", calendar.opens(today - timedelta(days=weekday - 1))
        step = replace(step, to=step.to[-1:])
    return DatedStep(step, slot, wanted, max(first, begins))


def covered(rung: DatedStep, told: Sequence[SentReminder], ladder: Iterable[ReminderStep]) -> bool:
    """Return True where a person with these reminders of the deadline need not be told of the step any more.

    They were told of it, or of the interview since it was reached, or of a later step: after an outage only the most
    advanced step is said, and those before it do not follow.
    """
    if any(t.slot == rung.slot or t.at >= rung.spoken for t in told):
        return True
    hours = {s.id: s.hours for s in ladder}
    later = (hours.get(step_of(t.slot), -1) > rung.step.hours for t in told)
    return rung.step.id != AGAIN and any(later)


def step_of(slot: str) -> str:
    """The id of the step, without the day or the week."""
    return _PERIOD.sub("", slot)
