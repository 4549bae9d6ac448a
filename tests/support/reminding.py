"""Reminders in memory: the rules applied tick by tick, without a database or a platform."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from math import ceil

from bot.ingest.bank_holidays import by_division
from bot.rules.access.permissions import Away
from bot.rules.interviews.state import Owners, interviews
from bot.rules.interviews.steps import InterviewStep, Kind, standings
from bot.rules.model import Interview
from bot.rules.partnership.partnership import Partnership, QuietHours
from bot.rules.partnership.partnership import ReminderStep as Rung
from bot.rules.reminders.due import DueMessage, Nudge, OpenCase, SentReminder, Staff, due, messages
from bot.rules.time.clock import local_day
from tests.support.factories import Recorded, partnership

QUARTER = timedelta(minutes=15)
WORKERS = {"north": "W-N01", "south": "W-S01", "disability": "W-D01"}


def changed(ours: Partnership | None = None, **changes: object) -> Partnership:
    """Return the practice partnership with changes; it knows the bank holidays."""
    return replace(ours or partnership(), **changes).with_holidays(by_division())  # type: ignore[arg-type]


def with_hours(area: str, hours: QuietHours, ours: Partnership | None = None) -> Partnership:
    """Return a partnership in which an area has these working hours."""
    chosen = ours or partnership()
    areas = tuple(replace(a, quiet_hours=hours) if a.id == area else a for a in chosen.areas)
    return changed(chosen, areas=areas)


def with_ladder(*steps: Rung, ours: Partnership | None = None) -> Partnership:
    return changed(ours, reminders=steps)


@dataclass(frozen=True, slots=True)
class Said:
    """One interview in one message to one person."""

    at: datetime
    kind: str
    person: str
    slot: str  # of the message
    nudge: Nudge

    @property
    def step(self) -> str:
        return self.nudge.due_step.slot


@dataclass
class Reminding:
    """Episodes and their reminders: `missing` are children missing again, `held` the times of interviews by episode."""

    ours: Partnership = field(default_factory=partnership)
    episodes: list[Recorded] = field(default_factory=list)
    steps: list[InterviewStep] = field(default_factory=list)
    absences: Sequence[Away] = ()
    missing: Callable[[datetime], set[int]] = lambda now: set()
    platforms: Sequence[str] = ("offline",)
    record_times: bool = True
    told: list[SentReminder] = field(default_factory=list)
    planned: set[tuple[str, str]] = field(default_factory=set)
    log: list[Said] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def say(self, x: Recorded, kind: Kind, by: str, at: datetime, **more: object) -> None:
        """Record a step of an interview from chat."""
        self.steps.append(InterviewStep(len(self.steps) + 1, x.id, kind, at, at, by, **more))  # type: ignore[arg-type]

    def staff(self, now: datetime) -> Staff:
        today = local_day(now)
        away = {a.person: a for a in self.absences if a.first <= today <= a.last}
        return Staff(self.ours, away, self.platforms, now)

    def cases(self, now: datetime) -> list[OpenCase]:
        known = [x for x in self.episodes if _open(x.interview, now)]
        said = {x.id: [s for s in self.steps if s.episode_id == x.id] for x in known}
        owners = Owners.among(self.ours.people)
        found = interviews(known, self.missing(now), now, standings(said, now), owners=owners)
        return [
            OpenCase(i, i.standing, [t for t in self.told if t.episode == i.episode.id], record_times=self.record_times)
            for i in found
        ]

    def tick(self, now: datetime) -> list[DueMessage]:
        """Plan the reminders of this moment and send them at once."""
        found = [due(case, self.staff(now), now) for case in self.cases(now)]
        self.faults += [f for each in found for f in each.faults]
        nudges = [n for each in found for n in each.nudges]
        wanted = messages(nudges, self.planned, self.ours.delivery, now)
        for message in wanted:
            self._send(message, now)
        return wanted

    def _send(self, message: DueMessage, now: datetime) -> None:
        self.planned.add((message.person.id, message.slot))
        for n in message.nudges:
            told = SentReminder(n.interview.episode.id, n.due_step.slot, n.deadline, n.person.id, now)
            if told.slot in {t.slot for t in self.told if (t.episode, t.person) == (told.episode, told.person)}:
                same = [t for t in self.told if (t.episode, t.person, t.slot) == (told.episode, told.person, told.slot)]
                assert told.deadline not in {t.deadline for t in same}, f"said twice: {told}"
            self.told.append(told)
            self.log.append(Said(now, message.kind, message.person.id, message.slot, n))

    def run(self, since: datetime, until: datetime, every: timedelta = QUARTER, down: Iterable[int] = ()) -> Reminding:
        """Run every tick of [since, until) but the numbers in `down`, when the bot does not run."""
        missed = set(down)
        for n in range(ceil((until - since) / every)):
            if n not in missed:
                self.tick(since + n * every)
        return self

    def to(self, person: str) -> list[Said]:
        return [s for s in self.log if s.person == person]

    def days(self, person: str) -> Mapping[date, list[Said]]:
        found: dict[date, list[Said]] = {}
        for s in self.to(person):
            found.setdefault(local_day(s.at), []).append(s)
        return found


def _open(interview: Interview, now: datetime) -> bool:
    """Return the open interviews as the store lists them: child back, interview not recorded."""
    back, closed = interview.clock_start_at, interview.recorded_at
    return back is not None and back <= now and (closed is None or closed > now)
