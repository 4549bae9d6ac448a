"""Reminders due for open interviews, and the messages they go out in.

`due` finds the most advanced step of each person, `messages` puts the reminders into one message a day and urgent
ones beside it. Below come the steps of the ladder with their times, the word on an interview that was held and is not
recorded, snoozes, and the recipients (`Staff`).

The 72 hours never stop; reminders keep to the working hours of the interview's area (chat.md §0, finding 1).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Literal

from bot.rules.access.permissions import DUTY, Away, Grant, address, decide, holders, listed_holders
from bot.rules.catalogue import _, code_words
from bot.rules.interviews.state import UNDONE, OpenInterview
from bot.rules.interviews.steps import InterviewStep, WorkState
from bot.rules.model import CaseRelation, Episode
from bot.rules.partnership.partnership import Calendar, Delivering, Partnership, Person, ReminderStep
from bot.rules.partnership.roles import Action, Role
from bot.rules.time.clock import INTERVIEW_HOURS, local_day, to_london

#: The duty role is reminded of an interview without an owner with the first message after the return.
NO_OWNER = ReminderStep("no owner", 0, ("allocated_worker",))
#: Step of a reminder that comes again at the end of a snooze or of an "I'm on it".
AGAIN = "again"
#: Step of an interview that was held and is not recorded.
RECORD = "held, not recorded"
OWNER: Role = "allocated_worker"
#: Who reminds the placing authority's contact of a hosted child's interview; without one the duty role.
HOSTED_TO: Role = "interview_coordinator"
#: Steps of an interview that another authority owes: tell them, ask them in time, ask what became of it.
TELL = ReminderStep("hosted, tell", 0, (HOSTED_TO,), repeat_daily=True)
HOSTED_LADDER = (
    ReminderStep("hosted, 24 h left", 48, (HOSTED_TO,)),
    ReminderStep("hosted, overdue", 72, (HOSTED_TO,), repeat_daily=True),
)
#: What runs out before anybody works goes to the duty role, in its own hours.
UNATTENDED = ReminderStep("nobody at work", 0, (OWNER,))
#: Begins what stands for a person where an e-mail without content said that something waits.
SECOND_PATH = "e-mail"
#: The owner's word in the morning of the day on which the time ends, and at the moment after it.
TODAY, BREACH = "day it is due", "time is over"
NOON = time(12)
#: An urgent reminder waits for the message of the day if that comes within this time.
SOON = timedelta(hours=1)
_PERIOD = re.compile(r" (\d{4}-\d\d-\d\d|\d{4}-W\d\d)$")
Kind = Literal["reminder", "urgent"]
Part = Literal["owner", "role", "cover", "duty"]


@dataclass(frozen=True, slots=True)
class DatedStep:
    """One step at one moment: the time at which it is `wanted`, and the working time at which it is `spoken`.

    `forward` says that it was brought forward, `paused` that its person put it off, `asked` that its person asked to
    be reminded just then.
    """

    step: ReminderStep
    slot: str
    wanted: datetime
    spoken: datetime
    forward: bool = False
    paused: bool = False
    asked: bool = False

    def early(self, deadline: datetime) -> bool:
        """Return True where the morning's message may hold it before its time.

        Never a breach or a snoozed step, nor the word to record what was held a moment ago.
        """
        waits = self.step.urgent or self.paused or self.asked or self.step.id == RECORD
        return self.wanted < deadline and not waits


@dataclass(frozen=True, slots=True)
class SentReminder:
    """A person was reminded of a step, before the deadline that the interview had then."""

    episode: int
    slot: str
    deadline: datetime
    person: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Requirement:
    """Ends of the need for a reminder: the interview is offered, or is held or closed."""

    offered: bool
    over: bool

    def ends(self, step: ReminderStep) -> bool:
        return self.over or (self.offered and step.until == "offered")


@dataclass(frozen=True, slots=True)
class OpenCase:
    """One open interview, the work on it in chat, and the reminders that were sent of it.

    `record_times` says that the council's export has times of recording.
    """

    interview: OpenInterview
    standing: WorkState
    sent: Sequence[SentReminder] = ()
    record_times: bool = True

    @property
    def to_record(self) -> bool:
        """Held, and somebody is to write it up; of one talk for two absences only one is asked of."""
        i = self.interview
        return not i.theirs and i.to_record(self.record_times) and i.episode.id == min((i.episode.id, *i.merged))


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person to remind, and the part in which; `instead_of` is the absence of the person they stand in for."""

    person: Person
    part: Part
    instead_of: Away | None = None


@dataclass(frozen=True, slots=True)
class Recipients:
    """The people to remind, each once, and the faults for administrators (without a reference)."""

    people: tuple[Recipient, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Nudge:
    """One interview of which one person is to be reminded: the most advanced step, and the part of the person."""

    case: OpenCase
    to: Recipient
    due_step: DatedStep
    deadline: datetime
    calendar: Calendar
    asked: bool = False

    @property
    def person(self) -> Person:
        return self.to.person

    @property
    def interview(self) -> OpenInterview:
        return self.case.interview

    def waits_for(self, next_message: datetime, now: datetime) -> bool:
        """Return True where the person's next message of the day comes in time for it."""
        if self.due_step.spoken > now:
            return True
        late = now >= self.deadline
        if next_message - now <= SOON and (late or next_message < self.calendar.last_moment(self.deadline)):
            return True
        if self.due_step.step.urgent or self.asked:
            return False
        return late or next_message <= self.calendar.latest(self.deadline)


@dataclass(frozen=True, slots=True)
class DueReminders:
    """The reminders of one interview now or later today, and the faults for administrators."""

    nudges: tuple[Nudge, ...] = ()
    faults: tuple[str, ...] = ()


NOTHING = DueReminders()


@dataclass(frozen=True, slots=True)
class DueMessage:
    """A message that one person is to get now; it is planned once, under its `slot`."""

    kind: Kind
    person: Person
    slot: str
    due_at: datetime
    late_until: datetime
    nudges: tuple[Nudge, ...]


def due(case: OpenCase, staff: Staff, now: datetime) -> DueReminders:
    """Return for each person the most advanced step that they were not reminded of yet.

    Outside working hours there is one alone, for the duty role (edge case 20). There are none while the child is
    missing again (edge cases 11, 12): steps that were reached meanwhile come on return. What was held can be written
    up meanwhile. NeverOpen for a calendar without any working time.
    """
    i, work = case.interview, case.standing
    calendar = staff.partnership.calendar(i.episode.area)
    deadline = i.episode.interview.due_at
    waits = i.tracked or case.to_record or not need(i, work).over
    if deadline is None or not waits:
        return NOTHING
    if calendar.duty_speaks(now) and is_unsaid(case, staff, now):
        return _of_duty(case, staff, deadline, now)
    if not calendar.speaks(now):
        return NOTHING
    unowned = (NO_OWNER,) if not i.owner else ()
    ladder = (*unowned, *staff.partnership.ladder(i.episode.area))
    faults: list[str] = []
    found: dict[str, tuple[Recipient, list[DatedStep]]] = {}
    for dated in steps_of(case, ladder, calendar, now):
        recipients = staff.recipients(i, dated.step.to)
        if _reached(dated, deadline, now):
            faults += recipients.faults
        for each in recipients.people:
            found.setdefault(each.person.id, (each, []))[1].append(dated)
    nudges = (_nudge(case, staff, calendar, deadline, now, to, theirs) for to, theirs in found.values())
    return DueReminders(tuple(n for n in nudges if n is not None), tuple(dict.fromkeys(faults)))


def is_unsaid(case: OpenCase, staff: Staff, now: datetime) -> bool:
    """Return True where nobody was told of an interview that runs out before anybody works in time to act."""
    i = case.interview
    calendar, deadline = staff.partnership.calendar(i.episode.area), i.episode.interview.due_at
    last = i.episode.interview.counts_until or deadline
    if deadline is None or last is None or not staff.partnership.ladder(i.episode.area):
        return False
    waits = (i.tracked and i.told is None) if i.theirs else (i.undone and not need(i, case.standing).over)
    people = [s for s in case.sent if s.deadline == deadline and not s.person.startswith(SECOND_PATH)]
    return waits and not people and calendar.unattended(last, now)


def is_unheard(case: OpenCase, staff: Staff, now: datetime) -> bool:
    """Return True where nobody was told of it, and the duty role cannot be before the time ends."""
    if not is_unsaid(case, staff, now):
        return False
    interview = case.interview.episode.interview
    duty, last = staff.partnership.calendar(case.interview.episode.area).duty(), interview.counts_until
    if duty is None or last is None or duty.next_moment(now) >= last:
        return True
    return not staff.duty(case.interview).people


def _of_duty(case: OpenCase, staff: Staff, deadline: datetime, now: datetime) -> DueReminders:
    """Return the reminder of the duty role, who works when nobody else does."""
    calendar = staff.partnership.calendar(case.interview.episode.area)
    duty, step = calendar.duty(), unattended_step(case.interview, calendar)
    if duty is None or step is None:
        return NOTHING
    found = staff.duty(case.interview)
    return DueReminders(tuple(Nudge(case, to, step, deadline, duty) for to in found.people), found.faults)


def unattended_step(i: OpenInterview, calendar: Calendar) -> DatedStep | None:
    """Return the word to the duty role; None where there is no duty role or no return."""
    duty, back = calendar.duty(), i.episode.interview.clock_start_at
    if duty is None or back is None:
        return None
    return DatedStep(UNATTENDED, UNATTENDED.id, back, duty.next_moment(back))


def explained_steps(
    case: OpenCase, ladder: Sequence[ReminderStep], calendar: Calendar, now: datetime
) -> tuple[DatedStep, ...]:
    """Return the steps of an interview with the word to the duty role, where no working time was left at the return."""
    steps, interview = steps_of(case, ladder, calendar, now), case.interview.episode.interview
    back, last = interview.clock_start_at, interview.counts_until or interview.due_at
    told = any(s.slot == UNATTENDED.id for s in case.sent)
    if back is None or last is None or not (told or calendar.unattended(last, back)):
        return steps
    word = unattended_step(case.interview, calendar)
    return steps if word is None or not ladder or not steps else (word, *steps)


def _reached(dated: DatedStep, deadline: datetime, now: datetime) -> bool:
    """Return True for a step of now, and for one of later today that the message of the morning may hold."""
    return dated.spoken <= now or (dated.early(deadline) and local_day(dated.spoken) <= local_day(now))


def _nudge(
    case: OpenCase,
    staff: Staff,
    calendar: Calendar,
    deadline: datetime,
    now: datetime,
    to: Recipient,
    theirs: Sequence[DatedStep],
) -> Nudge | None:
    """Return the reminder of one person, of the most advanced of their steps; None where none is left.

    A step is left out if the person was reminded of it, or of the interview since it was reached, or of a later step:
    after an outage only the most advanced step is sent, and those before it do not follow.
    """
    person, x = to.person, case.interview.episode
    grant = staff.grant(person, "interview_update")
    # Managers and the coordinator may change interviews that are not their own cases.
    manages = grant is not None and any(g.reach != "own_cases" and g.covers(_relation(x)) for g in grant.role_grants)
    sent = [s for s in case.sent if (s.person, s.deadline) == (person.id, deadline)]
    last_day = (d.step for d in theirs if d.step.id == TODAY)
    hours = {TODAY: 0.0, BREACH: 72.0} | {
        s.id: s.hours for s in (NO_OWNER, UNATTENDED, *last_day, *staff.partnership.ladder(x.area))
    }
    mine = [put_off(d, case.standing, person.id, calendar, deadline, manages) for d in theirs]
    anew = again(case.standing, person.id, calendar, deadline, manages, now)
    left = []
    for d in (*anew, *mine):
        # A word on holding it is none on recording it.
        told = [s for s in sent if d.step.id != RECORD or step_of(s.slot) not in hours]
        known = any(s.slot == d.slot or s.at >= d.spoken for s in told)
        passed = d.step.id not in (AGAIN, RECORD) and any(hours.get(step_of(s.slot), -1) > d.step.hours for s in sent)
        if _reached(d, deadline, now) and not known and not passed:
            left.append(d)
    if not left:
        return None
    last = max(left, key=lambda d: (d.slot not in {a.slot for a in anew}, d.step.hours))
    return Nudge(case, to, last, deadline, calendar, any(d.asked for d in left))


def messages(
    nudges: Iterable[Nudge], planned: Collection[tuple[str, str]], delivering: Delivering, now: datetime
) -> list[DueMessage]:
    """Return one message a day to each person, and one of its own for a reminder that cannot wait for the next.

    `planned` are today's messages so far, by person and slot. A reminder that comes up just when the day's message is
    sent is in that one, however urgent.
    """
    found: dict[tuple[str, str], DueMessage] = {}
    others: list[Nudge] = []
    for n in nudges:
        moment, slot = day_of(n, delivering, now)
        todays = n.due_step.spoken <= moment or n.due_step.early(n.deadline)
        if now >= moment and todays and (n.person.id, slot) not in planned:
            _add(found, DueMessage("reminder", n.person, slot, _since(n, moment), _closes(n, now), (n,)))
        else:
            others.append(n)
    having = {m.person.id: key for key, m in found.items()}
    for n in others:
        if n.person.id in having and n.due_step.spoken <= now:
            _add(found, replace(found[having[n.person.id]], late_until=_closes(n, now), nudges=(n,)))
            continue
        # Today's message of the day if it is still to come, else the next working day's.
        moment, slot = day_of(n, delivering, now)
        comes = now < moment and (n.person.id, slot) not in planned
        if not n.waits_for(moment if comes else next_message(n.calendar, delivering, now), now):
            opens = n.calendar.opens(local_day(now))
            _add(found, DueMessage("urgent", n.person, slot_of(n, now), _since(n, opens), _closes(n, now), (n,)))
    return [m for key, m in found.items() if key not in planned]


def _add(found: dict[tuple[str, str], DueMessage], message: DueMessage) -> None:
    """Add a message, or its reminders to the one that this person has in this slot."""
    key = (message.person.id, message.slot)
    if key in found:
        one = found[key]
        message = replace(
            one,
            due_at=min(one.due_at, message.due_at),
            late_until=max(one.late_until, message.late_until),
            nudges=(*one.nudges, *message.nudges),
        )
    found[key] = message


def of_message(
    nudges: Iterable[Nudge], kind: str, person: str, slot: str, delivering: Delivering, now: datetime
) -> list[Nudge]:
    """Return the reminders of a planned message at the moment it is sent; none where its day is over."""
    theirs = [n for n in nudges if n.person.id == person]
    if kind == "urgent":
        return [n for n in theirs if slot_of(n, now) == slot]
    return [n for n in theirs if day_of(n, delivering, now)[1] == slot]


def day_of(n: Nudge, delivering: Delivering, now: datetime) -> tuple[datetime, str]:
    """Return the time of the person's message of today for this reminder, and its slot: the local date.

    An area that begins later than the others has a message at its own time, so that none comes before it opens.
    """
    today = local_day(now)
    moment = n.calendar.moment_of(today, delivering.reminder_time)
    wall = to_london(moment).time()
    return moment, f"{today}" if wall == delivering.reminder_time else f"{today} {wall:%H:%M}"


def next_message(calendar: Calendar, delivering: Delivering, now: datetime) -> datetime:
    """Return the time of the message of the next working day."""
    return calendar.moment_of(calendar.next_day(local_day(now)), delivering.reminder_time)


def slot_of(n: Nudge, now: datetime) -> str:
    """Return the slot of step, interview, deadline and day: a reminder missed today may come tomorrow."""
    return f"{n.interview.episode.id}|{n.due_step.slot}|{n.deadline:%Y%m%dT%H%M}|{local_day(now)}"


def _since(n: Nudge, earliest: datetime) -> datetime:
    """Return the earliest time today; a reminder ahead of its time is due from the usual time on."""
    return earliest if n.due_step.early(n.deadline) else max(n.due_step.spoken, earliest)


def _closes(n: Nudge, now: datetime) -> datetime:
    """Return the end of today's working hours: no reminder is sent after it."""
    return n.calendar.closes(local_day(now))


def need(i: OpenInterview, work: WorkState) -> Requirement:
    """Read the record, and over it the steps in chat since: the latest of each holds.

    A "declined" in chat alone ends nothing but the offer: the carer has still to be offered a talk. A merge ends
    nothing: reminders lead to each deadline until the one talk is held.
    """
    offered, declined, over = not i.state.needs_offer, False, i.joint_state not in UNDONE
    for s in (s for s in work.steps if s.id not in work.spent):
        if s.kind in ("offered", "accepted", "booked", "declined"):
            offered = True
        if s.kind in ("declined", "accepted"):
            declined = s.kind == "declined"
        if s.kind in ("held", "recorded", "not_possible"):
            over = True
        elif s.kind == "carer_contacted":
            over = over or declined
        elif s.kind in ("accepted", "reopened"):
            over = not i.undone  # a record that was closed is open again too
    return Requirement(offered, over)


def steps_of(
    case: OpenCase, ladder: Sequence[ReminderStep], calendar: Calendar, now: datetime
) -> tuple[DatedStep, ...]:
    """Return the steps of an interview: of the ladder until it is held, of recording it from then on.

    Another authority's has its own, in every area with reminders.
    """
    if case.interview.theirs:
        return hosted_steps(case.interview, calendar, now) if ladder else ()
    if not case.to_record:
        return dated_steps(case.interview, case.standing, ladder, calendar, now)
    record = record_step(case.interview, ladder, calendar, now)
    return (record,) if record else ()


def hosted_steps(i: OpenInterview, calendar: Calendar, now: datetime) -> tuple[DatedStep, ...]:
    """Return the steps of an interview that another authority owes: telling them, then asking them what became of it.

    They are told of a child who is missing again too; the asking waits for the return.
    """
    asking = HOSTED_LADDER if i.undone else ()
    steps = () if not i.tracked else asking if i.told else (TELL,)
    found = (dated_step(i, step, calendar, now) for step in steps)
    return tuple(d for d in found if d is not None)


def record_step(
    i: OpenInterview, ladder: Sequence[ReminderStep], calendar: Calendar, now: datetime
) -> DatedStep | None:
    """Return the step of an interview that was held, until it is recorded; None in an area without reminders.

    Its worker is told each working day from the day after it, and before the 72 hours end where a working moment is
    left. From the morning after they end, those whom the ladder first names beside the worker are told too.
    """
    interview = i.episode.interview
    held, deadline, last = interview.held_at, interview.due_at, interview.counts_until or interview.due_at
    if held is None or deadline is None or last is None or not ladder:
        return None
    wanted = calendar.opens(calendar.next_day(local_day(held)))
    latest = max(calendar.next_moment(held), calendar.latest(deadline))
    first = min(wanted, latest) if latest < deadline else wanted
    beside = (tuple(role for role in step.to if role != OWNER) for step in ladder)
    managers: tuple[str, ...] = next((roles for roles in beside if roles), ("team_manager",))
    to = (OWNER, *managers) if last < calendar.opens(local_day(now)) else (OWNER,)
    return _repeated(i, ReminderStep(RECORD, 72, to, repeat_daily=True), first, calendar, now)


def dated_steps(
    i: OpenInterview, work: WorkState, ladder: Iterable[ReminderStep], calendar: Calendar, now: datetime
) -> tuple[DatedStep, ...]:
    """Return every step whose need has not ended, reached or not, in the order of its hours.

    Of a forgotten interview only the step that repeats is left.
    """
    ended = need(i, work)
    steps = (s for s in ladder if not ended.ends(s) and (s.repeat_daily or not i.forgotten))
    found = [d for step in steps if (d := dated_step(i, step, calendar, now)) is not None]
    own = () if ended.over or i.forgotten or not found else _of_the_day(i, found, calendar, now)
    return (*own, *found)


def _of_the_day(i: OpenInterview, found: Sequence[DatedStep], calendar: Calendar, now: datetime) -> Iterator[DatedStep]:
    """Yield the owner's words of the last day: in its morning, where the ladder has none then, and at the breach.

    From the day after, a step that the ladder repeats stands for the word at the breach.
    """
    deadline = i.episode.interview.due_at
    last = i.episode.interview.counts_until or deadline
    if deadline is None or last is None:
        return
    day = local_day(last)
    opens = calendar.opens(day)
    mornings = (d.spoken for d in found if OWNER in d.step.to and d.step.hours < 72 and local_day(d.spoken) == day)
    if calendar.works(day) and opens < last and not any(to_london(m).time() < NOON for m in mornings):
        spoken = max(opens, i.episode.interview.clock_start_at or opens)
        hours = (INTERVIEW_HOURS - (last - opens)) / timedelta(hours=1)
        yield DatedStep(ReminderStep(TODAY, max(0.0, hours), (OWNER,)), TODAY, opens, spoken)
    over = last + timedelta(seconds=1)
    repeats = any(d.step.repeat_daily for d in found)
    if calendar.speaks(over) and not (repeats and local_day(now) > local_day(over)):
        yield DatedStep(ReminderStep(BREACH, 72, (OWNER,), urgent=True), BREACH, over, over)


def dated_step(i: OpenInterview, step: ReminderStep, calendar: Calendar, now: datetime) -> DatedStep | None:
    """Return a step with its time, still needed or not; None while no return is recorded.

    Reminders lead to `due_at`. Where only the day of the return is known, that is 72 hours from the day's beginning,
    and the interview is never late before that day + 3 is over (R19).
    """
    interview = i.episode.interview
    deadline, last = interview.due_at, interview.counts_until or interview.due_at
    if deadline is None or last is None:
        return None
    after = timedelta(hours=step.hours) - INTERVIEW_HOURS
    wanted = (deadline if after < timedelta() else last) + after
    if not step.repeat_daily:
        spoken, forward = calendar.speak_at(wanted, deadline)
        back = interview.clock_start_at
        if forward and back is not None and spoken < back:
            # Never before the return: as soon as anybody works, where that is in time, else only after the deadline.
            spoken, forward = calendar.next_moment(back), True
            if spoken >= deadline:
                spoken, forward = calendar.next_moment(wanted), False
        return DatedStep(step, step.id, wanted, spoken, forward)
    return _repeated(i, step, wanted, calendar, now)


def _repeated(i: OpenInterview, step: ReminderStep, wanted: datetime, calendar: Calendar, now: datetime) -> DatedStep:
    """Return a step that comes once each working day; of a forgotten interview once a week, to its last role alone.

    People stop reading a daily message without an end, and with it the others from the same sender.
    """
    first = calendar.next_moment(wanted)
    today = local_day(max(first, now))
    slot, begins = f"{step.id} {today}", calendar.opens(today)
    if i.forgotten:
        year, week, weekday = today.isocalendar()
        slot, begins = f"{step.id} {year}-W{week:02}", calendar.opens(today - timedelta(days=weekday - 1))
        step = replace(step, to=step.to[-1:])
    return DatedStep(step, slot, wanted, max(first, begins))


def step_of(slot: str) -> str:
    """Return the id of the step, without the day or the week."""
    return _PERIOD.sub("", slot)


def snooze_of(work: WorkState, person: str) -> InterviewStep | None:
    """Return the newest snooze of one person, over or not."""
    return next((s for s in reversed(work.steps) if s.kind == "snoozed" and s.by == person and s.until_at), None)


def on_it_of(work: WorkState, person: str) -> InterviewStep | None:
    """Return the newest "I'm on it" of one person, over or not; None where an attempt, an offer or a talk followed."""
    for s in reversed(work.steps):
        if s.kind in ("attempt", "offered", "held"):
            return None
        if s.kind == "on_it" and s.by == person and s.until_at:
            return s
    return None


def put_off(
    dated: DatedStep, work: WorkState, person: str, calendar: Calendar, deadline: datetime, manages: bool
) -> DatedStep:
    """Return the step as it is spoken to this person, who may have put it off."""
    untils = []
    if (snooze := snooze_of(work, person)) is not None:
        ends = _ends(snooze, calendar)
        untils.append(ends if manages else min(ends, calendar.latest(deadline)))
    if (on_it := on_it_of(work, person)) is not None and not dated.step.urgent:
        untils.append(_capped(on_it, calendar, deadline))
    until = max(untils, default=dated.spoken)
    return replace(dated, spoken=until, paused=True) if until > dated.spoken else dated


def again(
    work: WorkState, person: str, calendar: Calendar, deadline: datetime, manages: bool, now: datetime
) -> tuple[DatedStep, ...]:
    """Return the reminders that come again by now: of a snooze at its end, of "I'm on it" the next day."""
    found = []
    if (snooze := snooze_of(work, person)) is not None:
        ends = _ends(snooze, calendar) if manages else _capped(snooze, calendar, deadline)
        found.append(_again(snooze, ends, asked=True))
    if (on_it := on_it_of(work, person)) is not None:
        found.append(_again(on_it, _capped(on_it, calendar, deadline), asked=False))
    return tuple(d for d in found if d.spoken <= now)


def _again(pause: InterviewStep, at: datetime, *, asked: bool) -> DatedStep:
    step = ReminderStep(AGAIN, 0, ("allocated_worker",))
    return DatedStep(step, f"{AGAIN} {pause.id}", at, at, paused=True, asked=asked)


def _ends(pause: InterviewStep, calendar: Calendar) -> datetime:
    return calendar.next_moment(pause.until_at or pause.said_at)


def _capped(pause: InterviewStep, calendar: Calendar, deadline: datetime) -> datetime:
    """Return the end of a pause: one from before the deadline does not outlast it; a later one ends as it says."""
    ends, latest = _ends(pause, calendar), calendar.latest(deadline)
    return min(ends, latest) if pause.said_at < latest else ends


@dataclass(frozen=True, slots=True)
class Staff:
    """The people as they are today, with their absences and the platforms that reach them."""

    partnership: Partnership
    away: Mapping[str, Away]
    platforms: Collection[str]
    now: datetime

    @property
    def today(self) -> date:
        return local_day(self.now)

    def recipients(self, i: OpenInterview, roles: Iterable[str]) -> Recipients:
        """Return the people whom a step names, and stand-ins for those who are away; else the duty role's holders."""
        x = i.episode
        people: dict[str, Recipient] = {}
        faults: dict[str, None] = {}  # each once, in their order
        for role in roles:
            found = self._owner(i) if role == OWNER else self._holders(x, role)
            for each in found.people:
                people.setdefault(each.person.id, each)
            faults |= dict.fromkeys(found.faults)
        return Recipients(tuple(people.values()), tuple(faults)) if people else _added(faults, self._duty(x, None))

    def _owner(self, i: OpenInterview) -> Recipients:
        """Return the owner, or a stand-in. A case that was handed over is their own as much as one of the record."""
        x, owner = i.episode, self.partnership.person(i.owner)
        if owner is None:
            return self._duty(x, None)
        grant = self.grant(owner, "interview_update")
        role_grants = grant.role_grants if grant else ()
        handed = i.standing.owner == owner.id and any(g.reach == "own_cases" for g in role_grants)
        if fault := self._out_of_reach(owner, handed or any(g.covers(_relation(x)) for g in role_grants)):
            return _added((fault,), self._duty(x, None))
        gone = self.away.get(owner.id)
        if gone is None:
            return Recipients((Recipient(owner, "owner"),))
        return self._cover(x, gone) or self._duty(x, gone)

    def _cover(self, x: Episode, gone: Away) -> Recipients | None:
        """Return the cover, who is here, may see the case and can be reached; a cover who is away has none in turn."""
        cover = self.partnership.person(gone.cover)
        if cover is None or not cover.active or cover.id in self.away or self._not_a_reader(cover, x):
            return None
        return Recipients((Recipient(cover, "cover", gone),))

    def _holders(self, x: Episode, role: str) -> Recipients:
        """Return the holders of a role who are here, and the covers of those who are away."""
        everybody = holders(self.partnership, role, self.now, area=x.area)
        if not everybody:
            role_words, area = code_words(role), self._area(x)
            vacant = _(
                "Nobody holds the role {role_words} in {area}, so nobody is reminded there as "
                "such. Name somebody under [roles], or with the verb people.",
                role_words=role_words,
                area=area,
            )
            return Recipients(faults=(vacant,))
        found = self._told(x, everybody)
        if found.people:
            return found
        # Behind a rota's holder who cannot be told stand the listed ones.
        listed = listed_holders(self.partnership, role, self.today, area=x.area)
        return _added(found.faults, self._told(x, [each for each in listed if each not in everybody]))

    def _told(self, x: Episode, holding: Iterable[Person]) -> Recipients:
        people, faults = [], []
        for each in holding:
            gone = self.away.get(each.id)
            if gone is not None:
                people += list((self._cover(x, gone) or Recipients()).people)
            elif fault := self._not_a_reader(each, x):
                faults.append(fault)
            else:
                people.append(Recipient(each, "role"))
        return Recipients(tuple(people), tuple(faults))

    def of_role(self, x: Episode, role: str) -> Recipients:
        """Return the people to tell of an absence as holders of a role; else the duty role's holders."""
        found = self._holders(x, role)
        return found if found.people else _added(found.faults, self._duty(x, None))

    def duty(self, i: OpenInterview) -> Recipients:
        """Return the holders of the duty role, for an interview of theirs or nobody's."""
        return self._duty(i.episode, None)

    def _duty(self, x: Episode, gone: Away | None) -> Recipients:
        """Return the duty role's holders; where there are none, a fault for administrators."""
        found = self._holders(x, DUTY)
        people = tuple(Recipient(r.person, "duty", gone or r.instead_of) for r in found.people)
        if people:
            return Recipients(people, found.faults)
        nobody = _(
            "Nobody on duty can be told of return interviews in {area}: see the role duty and absences.",
            area=self._area(x),
        )
        return Recipients(faults=(*found.faults, nobody))

    def _not_a_reader(self, person: Person, x: Episode) -> str | None:
        """Return the reason against telling a person of a list's line; None where they may see it and are reached."""
        grant = self.grant(person, "open_list")
        return self._out_of_reach(person, grant is not None and grant.covers(_relation(x)), self._area(x))

    def _out_of_reach(self, person: Person, may: bool, where: str = "") -> str | None:
        """Return the reason against telling a person, as a sentence for administrators."""
        if not may:
            what = _("see lists in {where}", where=where) if where else _("update interviews that are theirs")
            return _(
                "{person} may not {what}, so others are reminded in their place: check their roles.",
                person=person.id,
                what=what,
            )
        if address(person, self.platforms) is None:
            return _(
                "{person} cannot be reached on any platform, so others are reminded in their place.", person=person.id
            )
        return None

    def grant(self, person: Person, action: Action) -> Grant | None:
        """Return the grant of an action to a person in private; None where it is refused."""
        decision = decide(person, "member", action, 2, self.partnership, self.today)
        return decision if isinstance(decision, Grant) else None

    def _area(self, x: Episode) -> str:
        return self.partnership.area(x.area).short


def _added(faults: Iterable[str], found: Recipients) -> Recipients:
    return Recipients(found.people, (*faults, *found.faults))


def _relation(x: Episode) -> CaseRelation:
    """Return the case relation as a list knows it: the episode's area and the worker of the interview."""
    return CaseRelation(frozenset({x.area}), frozenset({x.interview.worker} if x.interview.worker else ()))
