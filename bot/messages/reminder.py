"""The reminder to one person: interviews by time left, in neutral words; no person is blamed."""

from __future__ import annotations

from collections.abc import Container, Sequence
from datetime import datetime

from bot.conversation.reply import Button, Reply, Section
from bot.messages import episode_lines
from bot.messages.interview_status import Reader, lead, line_buttons
from bot.rules.episodes.risk_flags import person_doubts
from bot.rules.interviews.state import OpenInterview
from bot.rules.model import Freshness
from bot.rules.partnership.partnership import Calendar, Partnership, ReminderStep
from bot.rules.reminders.due import DatedStep, Nudge, need, next_message, rung_of, step_of
from bot.rules.time import clock, freshness
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


#: Items with buttons; the rest is one command away.
MOST = 8


def compose(
    nudges: Sequence[Nudge],
    partnership: Partnership,
    source: Freshness,
    now: datetime,
    *,
    twice: Container[int] = (),
    late: str = "",
) -> Reply:
    """`twice` are children who came back twice with both interviews open; `late` is said first of all."""
    hour = clock.to_london(now).hour
    part = "morning" if hour < 12 else "afternoon" if hour < 17 else "evening"
    ordered = sorted(nudges, key=lambda n: (n.interview.forgotten, n.interview.left, n.interview.episode.id))
    shown, hidden = ordered[:MOST], ordered[MOST:]
    above = [late] if late else []
    lines = [f"{n}. {_line(each, partnership, now, twice)}" for n, each in enumerate(shown, 1)]
    everything = "interviews mine" if all(n.to.part == "owner" for n in ordered) else "interviews"
    more = [f"… and {len(hidden)} more: {everything}"] if hidden else []
    following = min(next_message(n.calendar, partnership.delivery, now) for n in ordered)
    buttons = [b for line, n in enumerate(shown, len(above)) for b in line_buttons(n.interview, n.person.id, line)]
    return Reply(
        title=f"Good {part}. {len(nudges)} interviews need you."
        if len(nudges) > 1
        else f"Good {part}. 1 interview needs you.",
        level=2,
        text=(*above, *lines, *more),
        footer=(
            f"Next reminders: {clock.say_near(following, now)}.",
            f"Data as at: {freshness.say(source, now)}.",
        ),
        buttons=(*buttons, *([Button("Show all", everything)] if hidden else [])),
    )


def _line(n: Nudge, partnership: Partnership, now: datetime, twice: Container[int]) -> str:
    """'OX-7QK4 · due Sun 22 Nov 10:00, 44 h left · before you are back on Monday: ... · not offered yet · yours'."""
    x = n.interview.episode
    when = (episode_lines.time_left(n.interview, now), _before_back(n, now))
    parts = [x.child_ref, *when, _stands(n), *person_doubts(x), whose(n, partnership)]
    if x.child_id in twice:
        parts.append("came back twice: one interview for both?")
    return " · ".join(p for p in (*parts, x.area) if p)


def _before_back(n: Nudge, now: datetime) -> str:
    """A note on the last day with time to act, though the deadline is later."""
    today = clock.local_day(now)
    if (
        now >= n.deadline
        or clock.local_day(n.deadline) == today
        or n.calendar.latest(n.deadline) >= _opens_next(n, now)
    ):
        return ""
    back = _opens_next(n, now)
    when = "before" if n.deadline <= back else "soon after"
    return f"{when} you are back on {clock.to_london(back):%A}: this is your reminder now"


def _opens_next(n: Nudge, now: datetime) -> datetime:
    return n.calendar.opens(n.calendar.next_day(clock.local_day(now)))


def _stands(n: Nudge) -> str:
    """The newest step, from the record or from chat."""
    last = n.case.standing.last("accepted", "booked", "declined", "offered", "reopened")
    if last is not None and last.kind == "booked" and last.until_at:
        return f"booked for {clock.say_short(last.until_at)}"
    if last is not None and last.kind == "declined":
        return "declined, carer not contacted yet"
    if last is not None and last.kind == "accepted":
        return "accepted"
    return "offered" if need(n.interview, n.case.standing).offered else "not offered yet"


def whose(n: Nudge, partnership: Partnership) -> str:
    """Return the reason for telling this person: their own, their team's, unowned, or of a colleague who is away."""
    if n.to.instead_of is not None:
        away = n.to.instead_of
        return f"for {away.person}, who is away until {clock.say_day_near(clock.day_start(away.last), n.deadline)}"
    if n.to.part == "owner":
        return "yours"
    owner = n.case.standing.owner or episode_lines.owner(partnership, n.interview.episode.interview.worker)
    return _no_owner(owner) if n.to.part == "duty" else owner


def _no_owner(owner: str) -> str:
    """On the duty list; said why, where the record names somebody."""
    known = {episode_lines.NO_OWNER: "", episode_lines.NOT_LISTED: ": its worker is not listed here"}
    return episode_lines.NO_OWNER + known.get(owner, f": {owner} cannot be reminded")
