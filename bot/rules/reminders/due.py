"""Reminders that are due of open interviews, in the message of the day or in one of their own.

The 72 hours never stop; reminders keep to the working hours of the interview's area (chat.md §0, finding 1).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from bot.rules.access.permissions import DUTY, Away, Grant, address, by_worker_code, decide, holders
from bot.rules.interviews.state import UNDONE, OpenInterview
from bot.rules.interviews.steps import InterviewStep as Said
from bot.rules.interviews.steps import WorkState
from bot.rules.model import CaseRelation, Episode, Interview
from bot.rules.partnership.partnership import Calendar, Delivering, Partnership, Person, ReminderStep
from bot.rules.partnership.roles import Action, Role
from bot.rules.time.clock import INTERVIEW_HOURS, local_day, to_london

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


OWNER: Role = "allocated_worker"
Part = Literal["owner", "role", "cover", "duty"]


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who is told, as what; `instead_of` is whom they stand in for, who is away."""

    person: Person
    part: Part
    instead_of: Away | None = None


@dataclass(frozen=True, slots=True)
class Recipients:
    """The recipients, each once, and the faults for administrators (without a reference)."""

    told: tuple[Recipient, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Staff:
    """The people as they are today: who is away, and which platforms there are to reach them."""

    partnership: Partnership
    away: Mapping[str, Away]
    platforms: Collection[str]
    today: date

    def owner(self, x: Episode, took_over: str) -> Person | None:
        """Return the person who accepted a hand-over, else the record's worker; None where neither is active."""
        if took_over:
            found = self.partnership.person(took_over)
            return found if found and found.active else None
        return by_worker_code(self.partnership.people, x.interview.worker)

    def manages(self, person: Person, x: Episode) -> bool:
        """Return True for a manager or the coordinator, who may change interviews that are not their own cases."""
        grant = self._grant(person, "interview_update")
        return grant is not None and any(h.reach != "own_cases" and h.covers(_relation(x)) for h in grant.role_grants)

    def recipients(self, x: Episode, took_over: str, roles: Iterable[Role]) -> Recipients:
        """Everybody whom a step names; whoever stands in where one of them is not there."""
        found = [self._owner(x, took_over) if role == OWNER else self._holders(x, role) for role in roles]
        told: dict[str, Recipient] = {}
        for each in (r for f in found for r in f.told):
            told.setdefault(each.person.id, each)
        faults = tuple(dict.fromkeys(fault for f in found for fault in f.faults))
        return Recipients(tuple(told.values()), faults) if told else _added(faults, self._duty(x, None))

    def _owner(self, x: Episode, took_over: str) -> Recipients:
        owner = self.owner(x, took_over)
        if owner is None:
            return self._duty(x, None)
        if fault := self._out_of_reach(owner, self._owns(owner, x, took_over)):
            return _added((fault,), self._duty(x, None))
        gone = self.away.get(owner.id)
        if gone is None:
            return Recipients((Recipient(owner, "owner"),))
        return self._cover(x, gone) or self._duty(x, gone)

    def _owns(self, person: Person, x: Episode, took_over: str) -> bool:
        """A case that was handed over is somebody's own as much as one of the record."""
        grant = self._grant(person, "interview_update")
        handed = took_over == person.id and grant is not None and any(h.reach == "own_cases" for h in grant.role_grants)
        return handed or (grant is not None and grant.covers(_relation(x)))

    def _cover(self, x: Episode, gone: Away) -> Recipients | None:
        """Only somebody who is here, may see the case and can be reached; a cover who is away has none in turn."""
        cover = self.partnership.person(gone.cover)
        if cover is None or not cover.active or cover.id in self.away or self._cannot_hear(cover, x):
            return None
        return Recipients((Recipient(cover, "cover", gone),))

    def _holders(self, x: Episode, role: str) -> Recipients:
        """Of several who hold a role, those who are here; the cover of one who is away."""
        everybody = holders(self.partnership, role, self.today, area=x.area)
        if not everybody:
            return Recipients(faults=(self._vacant(x, role),))
        told, faults = [], []
        for each in everybody:
            gone = self.away.get(each.id)
            if gone is not None:
                told += list((self._cover(x, gone) or Recipients()).told)
            elif fault := self._cannot_hear(each, x):
                faults.append(fault)
            else:
                told.append(Recipient(each, "role"))
        return Recipients(tuple(told), tuple(faults))

    def _duty(self, x: Episode, gone: Away | None) -> Recipients:
        """Return the duty role's holders; where there are none, a fault for administrators."""
        found = self._holders(x, DUTY)
        told = tuple(Recipient(r.person, "duty", gone or r.instead_of) for r in found.told)
        if told:
            return Recipients(told, found.faults)
        nobody = f"Nobody on duty can be told of return interviews in {self._area(x)}: see the role duty and absences."
        return Recipients(faults=(*found.faults, nobody))

    def _vacant(self, x: Episode, role: str) -> str:
        return (
            f"Nobody holds the role {role.replace('_', ' ')} in {self._area(x)}, so nobody is reminded there as such."
        )

    def _cannot_hear(self, person: Person, x: Episode) -> str | None:
        grant = self._grant(person, "open_list")
        return self._out_of_reach(person, grant is not None and grant.covers(_relation(x)), self._area(x))

    def _out_of_reach(self, person: Person, may: bool, where: str = "") -> str | None:
        """Return the reason against telling a person, as a sentence for administrators."""
        if not may:
            what = f"see lists in {where}" if where else "update interviews that are theirs"
            return f"{person.id} may not {what}, so others are reminded in their place: check their roles."
        if address(person, self.platforms) is None:
            return f"{person.id} cannot be reached on any platform, so others are reminded in their place."
        return None

    def _grant(self, person: Person, action: Action) -> Grant | None:
        decision = decide(person, "member", action, 2, self.partnership, self.today)
        return decision if isinstance(decision, Grant) else None

    def _area(self, x: Episode) -> str:
        return self.partnership.area(x.area).name


def _added(faults: tuple[str, ...], found: Recipients) -> Recipients:
    return Recipients(found.told, (*faults, *found.faults))


def _relation(x: Episode) -> CaseRelation:
    """Return the case relation as a list knows it: the episode's area and the worker of the interview."""
    return CaseRelation(frozenset({x.area}), frozenset({x.interview.worker} if x.interview.worker else ()))


#: What is urgent waits for the message of the day that comes so soon: two within the hour are one too many.
SOON = timedelta(hours=1)

Kind = Literal["reminder", "urgent"]


@dataclass(frozen=True, slots=True)
class OpenCase:
    """One open interview, what was said of it in chat, and who was told of it before which deadline."""

    interview: OpenInterview
    standing: WorkState
    told: Sequence[SentReminder] = ()


@dataclass(frozen=True, slots=True)
class Nudge:
    """One interview of which one person is to be told: of the most advanced step, as somebody."""

    case: OpenCase
    to: Recipient
    rung: DatedStep
    deadline: datetime
    calendar: Calendar
    asked: bool = False

    @property
    def person(self) -> Person:
        return self.to.person

    @property
    def interview(self) -> OpenInterview:
        return self.case.interview

    def of_the_day(self, moment: datetime) -> bool:
        """Return True for a reminder of today's message, which comes at `moment`."""
        return self.rung.spoken <= moment or self.rung.early(self.deadline)

    def waits_for(self, next_message: datetime, now: datetime) -> bool:
        """Return True where the person's next message of the day comes in time for it."""
        if self.rung.spoken > now:
            return True
        late = now >= self.deadline
        if next_message - now <= SOON and (late or next_message < self.calendar.last_moment(self.deadline)):
            return True
        if self.rung.step.urgent or self.asked:
            return False
        return late or next_message <= self.calendar.latest(self.deadline)


@dataclass(frozen=True, slots=True)
class DueReminders:
    """The reminders of one interview now or later today, and the faults for administrators."""

    nudges: tuple[Nudge, ...] = ()
    faults: tuple[str, ...] = ()


NOTHING = DueReminders()


def due(case: OpenCase, staff: Staff, now: datetime) -> DueReminders:
    """Of each person the most advanced step that they were not told of yet. NeverOpen where nobody ever works.

    Nothing outside working hours; nothing while the child is missing again (edge cases 11, 12): what was
    passed meanwhile is said on return.
    """
    i = case.interview
    calendar = staff.partnership.calendar(i.episode.area)
    deadline = deadline_of(i.episode.interview)
    if deadline is None or need(i, case.standing).over or not calendar.speaks(now):
        return NOTHING
    faults: list[str] = []
    found: dict[str, tuple[Recipient, list[DatedStep]]] = {}
    for rung in _ladder(case, staff, calendar, now):
        those = staff.recipients(i.episode, case.standing.owner, rung.step.to)
        if _reached(rung, deadline, now):
            faults += those.faults
        for each in those.told:
            found.setdefault(each.person.id, (each, []))[1].append(rung)
    nudges = (_nudge(case, staff, calendar, deadline, now, to, theirs) for to, theirs in found.values())
    return DueReminders(tuple(n for n in nudges if n is not None), tuple(dict.fromkeys(faults)))


def _ladder(case: OpenCase, staff: Staff, calendar: Calendar, now: datetime) -> tuple[DatedStep, ...]:
    """The steps of the area; where nobody owns the interview, that first of all."""
    x = case.interview.episode
    ladder = staff.partnership.ladder(x.area)
    unowned = (NO_OWNER,) if staff.owner(x, case.standing.owner) is None else ()
    return rungs(case.interview, case.standing, (*unowned, *ladder), calendar, now)


def _reached(rung: DatedStep, deadline: datetime, now: datetime) -> bool:
    """By now, or later today where the message of the morning may hold it."""
    return rung.spoken <= now or (rung.early(deadline) and local_day(rung.spoken) <= local_day(now))


def _nudge(
    case: OpenCase,
    staff: Staff,
    calendar: Calendar,
    deadline: datetime,
    now: datetime,
    to: Recipient,
    theirs: Sequence[DatedStep],
) -> Nudge | None:
    person, x = to.person, case.interview.episode
    manages = staff.manages(person, x)
    told = [t for t in case.told if (t.person, t.deadline) == (person.id, deadline)]
    ladder = (NO_OWNER, *staff.partnership.ladder(x.area))
    mine = [put_off(r, case.standing, person.id, calendar, deadline, manages) for r in theirs]
    asked = again(case.standing, person.id, calendar, deadline, manages, now)
    open_still = [r for r in (*asked, *mine) if _reached(r, deadline, now) and not covered(r, told, ladder)]
    if not open_still:
        return None
    last = max(open_still, key=lambda r: (r.slot not in {a.slot for a in asked}, r.step.hours))
    return Nudge(case, to, last, deadline, calendar, any(r.asked for r in open_still))


@dataclass(frozen=True, slots=True)
class DueMessage:
    """A message that one person is to get now; `slot` is what it is planned under, once."""

    kind: Kind
    person: Person
    slot: str
    due_at: datetime
    late_until: datetime
    nudges: tuple[Nudge, ...]


def messages(
    nudges: Iterable[Nudge], planned: Collection[tuple[str, str]], delivering: Delivering, now: datetime
) -> list[DueMessage]:
    """One message a day to each person, and one of its own for what cannot wait for the next of these.

    `planned` are the messages of today that there are already, by person and slot. What comes up just when the
    day's message is sent is in that one, however urgent.
    """
    found: dict[tuple[str, str], DueMessage] = {}
    others: list[Nudge] = []
    for n in nudges:
        moment, slot = day_of(n, delivering, now)
        if now >= moment and n.of_the_day(moment) and (n.person.id, slot) not in planned:
            _add(found, DueMessage("reminder", n.person, slot, _since(n, moment), _closes(n, now), (n,)))
        else:
            others.append(n)
    having = {w.person.id: key for key, w in found.items()}
    for n in others:
        if n.person.id in having and n.rung.spoken <= now:
            _add(found, replace(found[having[n.person.id]], late_until=_closes(n, now), nudges=(n,)))
        elif not n.waits_for(_next_of(n, planned, delivering, now), now):
            opens = n.calendar.opens(local_day(now))
            _add(found, DueMessage("urgent", n.person, slot_of(n, now), _since(n, opens), _closes(n, now), (n,)))
    return [w for key, w in found.items() if key not in planned]


def _add(found: dict[tuple[str, str], DueMessage], wanted: DueMessage) -> None:
    key = (wanted.person.id, wanted.slot)
    one = found.get(key)
    found[key] = wanted if one is None else _together(one, wanted)


def _next_of(n: Nudge, planned: Collection[tuple[str, str]], delivering: Delivering, now: datetime) -> datetime:
    """The next message of the day that could hold it: today's if it is still to come, else the next working day's."""
    moment, slot = day_of(n, delivering, now)
    if now < moment and (n.person.id, slot) not in planned:
        return moment
    return next_message(n.calendar, delivering, now)


def _together(one: DueMessage, other: DueMessage) -> DueMessage:
    return replace(
        one,
        due_at=min(one.due_at, other.due_at),
        late_until=max(one.late_until, other.late_until),
        nudges=(*one.nudges, *other.nudges),
    )


def day_of(n: Nudge, delivering: Delivering, now: datetime) -> tuple[datetime, str]:
    """Return the time of the person's message of today for this reminder, and its slot: the local date.

    An area that begins later than the others has a message at its own time, or its people would hear before it opens.
    """
    today = local_day(now)
    moment = n.calendar.moment_of(today, delivering.reminder_time)
    wall = to_london(moment).time()
    return moment, f"{today}" if wall == delivering.reminder_time else f"{today} {wall:%H:%M}"


def next_message(calendar: Calendar, delivering: Delivering, now: datetime) -> datetime:
    """The message of the next working day."""
    return calendar.moment_of(calendar.next_day(local_day(now)), delivering.reminder_time)


def slot_of(n: Nudge, now: datetime) -> str:
    """Return the slot of step, interview, deadline and day: a reminder missed today may come tomorrow."""
    return f"{n.interview.episode.id}|{n.rung.slot}|{n.deadline:%Y%m%dT%H%M}|{local_day(now)}"


def _since(n: Nudge, earliest: datetime) -> datetime:
    """From when on it could have been said today: what may be said ahead of its time, from the usual time on."""
    return earliest if n.rung.early(n.deadline) else max(n.rung.spoken, earliest)


def _closes(n: Nudge, now: datetime) -> datetime:
    """After this nobody is nudged any more today."""
    return n.calendar.closes(local_day(now))


def of_message(
    nudges: Iterable[Nudge], kind: str, person: str, slot: str, delivering: Delivering, now: datetime
) -> list[Nudge]:
    """Return the reminders of a planned message at the moment it is sent; none where its day is over."""
    theirs = [n for n in nudges if n.person.id == person]
    if kind == "urgent":
        return [n for n in theirs if slot_of(n, now) == slot]
    return [n for n in theirs if day_of(n, delivering, now)[1] == slot]
