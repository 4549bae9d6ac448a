"""Reminders that are due of open interviews, in the message of the day or in one of their own.

The 72 hours never stop; reminders keep to the working hours of the interview's area (chat.md §0, finding 1).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from bot.rules.interviews.open_interviews import OpenInterview
from bot.rules.interviews.steps import WorkState
from bot.rules.partnership.channels import Delivering
from bot.rules.partnership.partnership import Person
from bot.rules.partnership.working_hours import Calendar
from bot.rules.reminders.ladder import NO_OWNER, DatedStep, SentReminder, covered, deadline_of, need, rungs
from bot.rules.reminders.recipients import Recipient, Staff
from bot.rules.reminders.snoozes import again, put_off
from bot.rules.time.clock import local_day, to_london

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
