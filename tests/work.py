"""MemoryWork: what stands beside the records, as plain lists; steps are taken as the store takes them. No SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from bot.rules.deeds import Acknowledge, BeAway, Decide, Overtaken, TakeStep
from bot.rules.delivery import Delivery
from bot.rules.rungs import Told
from bot.rules.steps import Step
from bot.work import Away, Raised


@dataclass
class MemoryWork:
    """What `bot.store.work` must equal."""

    said: list[Step] = field(default_factory=list)
    absences: list[Away] = field(default_factory=list)
    raised: list[Raised] = field(default_factory=list)
    ledger: list[Delivery] = field(default_factory=list)
    nudges: list[tuple[int, str, str, datetime]] = field(default_factory=list)
    reminded: list[Told] = field(default_factory=list)
    decided: list[Decide] = field(default_factory=list)

    def steps(self, episodes: Sequence[int]) -> Mapping[int, tuple[Step, ...]]:
        found = {e: tuple(s for s in self.said if s.episode_id == e) for e in episodes}
        return {e: steps for e, steps in found.items() if steps}

    def away(self, day: date) -> Mapping[str, Away]:
        return {a.person: a for a in self.absences if a.first <= day <= a.last}

    def escalations(self, episodes: Sequence[int]) -> Sequence[Raised]:
        return [r for r in self.raised if r.episode_id in episodes]

    def open_escalations(self) -> Sequence[Raised]:
        return [r for r in self.raised if r.closed_at is None and r.acknowledged_at is None]

    def escalation(self, number: int) -> Raised | None:
        return next((r for r in self.raised if r.id == number), None)

    def told(self, episodes: Sequence[int], now: datetime, but: int | None = None) -> Sequence[Told]:
        return [t for t in self.reminded if t.episode in episodes]

    def nudged(self, episode: int) -> Sequence[tuple[str, str, datetime]]:
        return [(step, person, at) for number, step, person, at in self.nudges if number == episode]

    def carry_out(self, deed: object) -> None:
        """The deeds of this part; any other is somebody else's."""
        if isinstance(deed, TakeStep):
            self._take(deed)
        elif isinstance(deed, BeAway):
            kept = [a for a in self.absences if a.person != deed.person or a.last < deed.first]
            new = [Away(deed.person, deed.first, deed.last, deed.cover)] if deed.last >= deed.first else []
            self.absences = [*kept, *new]
        elif isinstance(deed, Acknowledge):
            at = next(i for i, r in enumerate(self.raised) if r.id == deed.escalation)
            if self.raised[at].acknowledged_at:
                raise Overtaken(f"{self.raised[at].acknowledged_by} acknowledged this.")
            self.raised[at] = replace(self.raised[at], acknowledged_at=deed.at, acknowledged_by=deed.by)
        elif isinstance(deed, Decide):
            self.decided.append(deed)

    def _take(self, deed: TakeStep) -> None:
        seen = max((s.id for s in self.said if s.episode_id == deed.episode_id), default=0)
        if seen != deed.version:
            raise Overtaken("somebody was first")
        said = {name: getattr(deed, name) for name in ("kind", "at", "said_at", "by", "to", "until_at", "detail")}
        self.said.append(Step(len(self.said) + 1, deed.episode_id, undoes=deed.undoes, **said))
