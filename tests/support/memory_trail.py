"""MemoryTrail: the audit trail as plain lists of entries, break-glass looks and notices. No SQL."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.rules.access.break_glass import BOTH, QUOTA_DAYS
from bot.rules.access.permissions import holds
from bot.rules.audit.chain import Entry
from bot.rules.effects import (
    Alarm,
    Effect,
    LockLookUps,
    NoteMonth,
    NotifyPerson,
    NotifyRole,
    OpenBreakGlass,
    Overtaken,
    ReleasePeriod,
    ReviewBreakGlass,
    SeeNotices,
)
from bot.rules.model import Period
from bot.rules.partnership.partnership import Person
from bot.rules.queries.facts import Glass, Notice, Tally
from bot.rules.reports.signing import Report
from bot.rules.spikes import MonthNote
from bot.rules.time.period import period_of
from tests.support.factories import partnership
from tests.support.memory_chat_records import MemoryWork


@dataclass
class MemoryTrail:
    """The reference for the stored trail, from the entries and effects given to `record`. `people` may get notices."""

    entries: list[Entry] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    told: dict[str, list[Notice]] = field(default_factory=lambda: defaultdict(list))
    people: Sequence[Person] = field(default_factory=lambda: partnership().people)
    glasses: list[Glass] = field(default_factory=list)
    locks: dict[str, datetime] = field(default_factory=dict)
    work: MemoryWork = field(default_factory=MemoryWork)
    released: list[Period] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    noted: list[MonthNote] = field(default_factory=list)

    def record(self, entry: Entry, effects: Sequence[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, ReleasePeriod):
                self._release(period_of(effect.first, effect.last))
            if isinstance(effect, NoteMonth):
                self._note(effect)
            self._carry_out(effect)
            self.work.carry_out(effect)
        self.entries.append(entry)
        self.effects.extend(effects)

    def _carry_out(self, effect: Effect) -> None:
        if isinstance(effect, OpenBreakGlass):
            self._open(effect)
        elif isinstance(effect, ReviewBreakGlass):
            self._change(effect.glass, reviewed_by=effect.by, reviewed_at=effect.at, verdict=effect.verdict)
        elif isinstance(effect, Alarm):
            self._change(effect.glass, alarmed_at=effect.at)
        elif isinstance(effect, NotifyRole | NotifyPerson):
            self._tell(effect)
        elif isinstance(effect, LockLookUps):
            self.locks[effect.person] = effect.until
        elif isinstance(effect, SeeNotices):
            for who, unread in self.told.items():
                self.told[who] = [n for n in unread if n.id not in effect.ids]

    def _release(self, period: Period) -> None:
        if any(p.first <= period.last and period.first <= p.last and p != period for p in self.released):
            raise Overtaken("a period that overlaps was shown")
        self.released = sorted({*self.released, period}, key=lambda p: p.first)

    def _note(self, effect: NoteMonth) -> None:
        key = (effect.first_day, effect.event, effect.area)
        same = [n for n in self.noted if (n.first_day, n.event, n.area) == key]
        if effect.undo:
            self.noted = [n for n in self.noted if n not in same]
        elif not same:
            self.noted.append(MonthNote(*key, effect.role, effect.at))

    def _open(self, d: OpenBreakGlass) -> None:
        if self.opened_since(d.person, d.since - QUOTA_DAYS) >= d.most:
            raise Overtaken("as many as may be")
        self.glasses.append(Glass(len(self.glasses) + 1, d.person, d.ref, d.area, d.reason, d.since, d.until))

    def _change(self, number: int, **values: object) -> None:
        at = next(i for i, g in enumerate(self.glasses) if g.id == number)
        if self.glasses[at].reviewed_at or ("alarmed_at" in values and self.glasses[at].alarmed_at):
            raise Overtaken("somebody was first")
        self.glasses[at] = replace(self.glasses[at], **values)  # type: ignore[arg-type]

    def _tell(self, effect: NotifyRole | NotifyPerson) -> None:
        if isinstance(effect, NotifyPerson):
            self._notice(effect.person, effect.kind, effect.text, effect.at, effect.ref)
            return
        for agency in BOTH if effect.role == "strategic_lead" else (None,):
            those = [p for p in self.people if agency in (None, p.agency)]
            hear = [p for p in those if holds(p, effect.role, effect.area, effect.at)]
            for each in hear:
                self._notice(each.id, effect.kind, effect.text, effect.at, effect.ref)
            if not hear and effect.role != "system_admin":
                for each in self.people:
                    if holds(each, "system_admin", None, effect.at):
                        self._notice(each.id, "vacant", "nobody was told", effect.at, None)

    def _notice(self, who: str, kind: str, text: str, at: datetime, ref: str | None) -> None:
        number = 1 + max((n.id for found in self.told.values() for n in found), default=0)
        self.told[who].append(Notice(number, kind, text, at, ref))

    # -- read back --

    def about(self, ref: str, since: datetime) -> Sequence[Entry]:
        return [e for e in reversed(self.entries) if e.subject == ref and e.at >= since]

    def own(self, who: str, since: datetime) -> Sequence[Entry]:
        return [e for e in reversed(self.entries) if e.who == who and e.subject and e.at >= since]

    def misses(self, who: str, since: datetime) -> int:
        after = max(since, self.locks.get(who, since))
        return sum(e.who == who and e.outcome == "not_found" and e.at > after for e in self.entries)

    def refused(self, who: str, reason: str, since: datetime) -> int:
        return sum(e.who == who and e.outcome == reason and e.at >= since for e in self.entries)

    def locked_until(self, who: str, now: datetime) -> datetime | None:
        until = self.locks.get(who)
        return until if until and until > now else None

    def opened(self, who: str, ref: str, now: datetime) -> Glass | None:
        return max((g for g in self.all_opened(who, now) if g.ref == ref), key=lambda g: g.until, default=None)

    def all_opened(self, who: str, now: datetime) -> Sequence[Glass]:
        return [g for g in self.glasses if g.person == who and g.since <= now < g.until]

    def opened_since(self, who: str, since: datetime) -> int:
        return sum(g.person == who and g.since >= since for g in self.glasses)

    def opened_between(self, since: datetime, until: datetime) -> Sequence[Glass]:
        return [g for g in self.glasses if since <= g.since < until]

    def waiting(self) -> Sequence[Glass]:
        return [g for g in self.glasses if g.reviewed_at is None]

    def glass(self, number: int) -> Glass | None:
        return next((g for g in self.glasses if g.id == number), None)

    def notices(self, who: str) -> Sequence[Notice]:
        return self.told.get(who, [])

    def tallies(self, since: datetime, until: datetime) -> Sequence[Tally]:
        inside = [e for e in self.entries if since <= e.at < until]
        found = Counter((e.action, e.outcome, e.role, e.agency) for e in inside)
        return [Tally(*same, count) for same, count in sorted(found.items())]

    def listed(self) -> Sequence[Person]:
        return sorted(self.people, key=lambda p: p.id)

    def stand_in(self, ref: str) -> str | None:
        """Return None: facts in memory take no measurable time to read, so no other child is read for equal timing."""
        return None
