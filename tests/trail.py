"""MemoryTrail: what is recorded of people's asking, as a plain list of entries and deeds. No SQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.rules.audit import Entry
from bot.rules.deeds import Deed, LockLookUps, OpenGlass
from bot.trail import Glass, Notice, Tally


@dataclass
class MemoryTrail:
    """What `bot.store.trail` must equal, on what `record` was told."""

    entries: list[Entry] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)
    told: dict[str, list[Notice]] = field(default_factory=dict)

    def record(self, entry: Entry, deeds: Sequence[Deed]) -> None:
        self.entries.append(entry)
        self.deeds.extend(deeds)

    def about(self, ref: str, since: datetime) -> Sequence[Entry]:
        return [e for e in reversed(self.entries) if e.subject == ref and e.at >= since]

    def own(self, who: str, since: datetime) -> Sequence[Entry]:
        return [e for e in reversed(self.entries) if e.who == who and e.subject and e.at >= since]

    def misses(self, who: str, since: datetime) -> int:
        return sum(e.who == who and e.outcome == "not_found" and e.at >= since for e in self.entries)

    def locked_until(self, who: str, now: datetime) -> datetime | None:
        locks = [d.until for d in self.deeds if isinstance(d, LockLookUps) and d.person == who]
        return locks[-1] if locks and locks[-1] > now else None

    def opened(self, who: str, ref: str, now: datetime) -> Glass | None:
        mine = [g for g in self._glasses() if g.person == who and g.ref == ref and g.since <= now < g.until]
        return max(mine, key=lambda g: g.until, default=None)

    def opened_since(self, who: str, since: datetime) -> int:
        return sum(g.person == who and g.since >= since for g in self._glasses())

    def waiting(self) -> Sequence[Glass]:
        return self._glasses()

    def glass(self, number: int) -> Glass | None:
        return next((g for g in self._glasses() if g.id == number), None)

    def notices(self, who: str) -> Sequence[Notice]:
        return self.told.get(who, [])

    def tallies(self, since: datetime, until: datetime) -> Sequence[Tally]:
        inside = [e for e in self.entries if since <= e.at < until]
        found = Counter((e.action, e.outcome, e.role, e.agency) for e in inside)
        return [Tally(*same, count) for same, count in sorted(found.items())]

    def _glasses(self) -> list[Glass]:
        opened = [d for d in self.deeds if isinstance(d, OpenGlass)]
        return [Glass(i, d.person, d.ref, d.area, d.reason, d.since, d.until) for i, d in enumerate(opened, 1)]
