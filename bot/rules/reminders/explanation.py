"""Explain a reminder to its reader: the step, the clock, the calendar, the snoozes and the next step."""

from __future__ import annotations

from datetime import datetime

from bot.rules.catalogue import _, code_words
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
        return (_("The child is missing again: reminders wait until they are back."), *_clock(i, now))
    if not steps or deadline is None:
        return (_("Nobody is reminded of this interview any more."),)
    # What is said again each day is the reason for today's word, whatever was said once beside it to others.
    last = max((d for d in steps if d.spoken <= now), key=lambda d: (d.step.repeat_daily, d.step.hours), default=None)
    lines = [*_clock(i, now)]
    if last:
        lines = [_rule(last.step, area.short), *lines, _spoken(last, calendar, now)]
    # The person's own pauses that still run.
    for words, pause in ((_("Snoozed by you"), snooze_of(work, person)), (_("You are on it"), on_it_of(work, person))):
        if pause and pause.until_at and pause.until_at > now:
            lines.append(_("{words} until {until_at}.", words=words, until_at=say_near(pause.until_at, now)))
    theirs = [s for s in case.sent if s.person == person and s.deadline == deadline]
    if theirs:
        lines.append(_("You were last told {theirs_at}.", theirs_at=say_near(theirs[-1].at, now)))
    return (*lines, _next([d for d in steps if d.spoken > now], last, now))


def _rule(step: ReminderStep, area: str) -> str:
    """Write the step that the reader was told by."""
    if step.id == UNATTENDED.id:
        return _("Nobody works in time to act before the 72 hours end: told to the role duty.")
    if step.id == RECORD:
        return _("It was held and is not recorded in the case system yet: told to {roles}.", roles=_roles(step))
    if step.id in (TODAY, BREACH):
        return _(
            "Said beside the reminders of {area}, on the last day: “{step}”, to {roles}.",
            area=area,
            step=step.id,
            roles=_roles(step),
        )
    return _(
        "Step “{step}” of {area}: {hours} hours after the return, to {roles}.",
        step=step.id,
        area=area,
        hours=f"{step.hours:g}",
        roles=_roles(step),
    )


def _roles(step: ReminderStep) -> str:
    if step.id == UNATTENDED.id:
        return "duty"
    return ", ".join(code_words(role) for role in step.to)


def _clock(i: OpenInterview, now: datetime) -> tuple[str, ...]:
    """Write the return and the end of the 72 hours; nothing while no return is recorded."""
    interview = i.episode.interview
    if interview.clock_start_at is None or interview.due_at is None:
        return ()
    if interview.date_only and interview.counts_until:
        day, until = (say_day_near(at, now) for at in (interview.clock_start_at, interview.counts_until))
        return (_("Back on {day}, time not recorded: it counts to the end of {until}.", day=day, until=until),)
    back, due = say_near(interview.clock_start_at, now), say_near(interview.due_at, now)
    if rests_on_found(i.episode):
        return (
            _(
                "Found {back}, not returned, so the 72 hours end {due}; a return that is recorded begins them anew.",
                back=back,
                due=due,
            ),
        )
    return (_("Back {back}, so the 72 hours end {due}: nights, weekends and bank holidays count.", back=back, due=due),)


def _spoken(dated: DatedStep, calendar: Calendar, now: datetime) -> str:
    """Write the time of a step, and the reason why it was moved."""
    hours = _("{end}-{start} on working days", end=f"{calendar.hours.end:%H:%M}", start=f"{calendar.hours.start:%H:%M}")
    wanted, spoken = say_near(dated.wanted, now), say_near(dated.spoken, now)
    if dated.step.id == UNATTENDED.id:
        return _("Said in the hours of the role duty, {spoken}.", spoken=spoken)
    if dated.forward:
        return _(
            "It was wanted {wanted}, when nobody works ({hours}): brought forward, as later would be too late.",
            wanted=wanted,
            hours=hours,
        )
    if dated.step.repeat_daily:
        return _(
            "Said again {once} until it is dealt with.",
            once=_("once a week") if "-W" in dated.slot else _("each working day"),
        )
    if dated.wanted != dated.spoken:
        return _(
            "It was wanted {wanted} and waited for working hours ({hours}) until {spoken}.",
            wanted=wanted,
            hours=hours,
            spoken=spoken,
        )
    return _("It was wanted {wanted}, in working hours ({hours}).", wanted=wanted, hours=hours)


def _next(coming: list[DatedStep], last: DatedStep | None, now: datetime) -> str:
    if coming:
        first = min(coming, key=lambda d: d.spoken)
        when = say_near(first.spoken, now)
        return _(
            "Next, if it is still open: “{step}”, {when}, to {roles}.",
            step=first.step.id,
            when=when,
            roles=_roles(first.step),
        )
    if last is not None and last.step.repeat_daily:
        return _("Next, if it is still open: the same again, to {roles}.", roles=_roles(last.step))
    return _("This was the last step of the ladder.")
