"""MemoryWork: chat records as plain lists; effects are carried out as the store does. No SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from bot.rules.access.permissions import Away
from bot.rules.delivery.delivery import Delivery
from bot.rules.effects import Acknowledge, Decide, Overtaken, RecordAbsence, RecordStep
from bot.rules.escalations.calls import Raised
from bot.rules.escalations.drill import DrillCall
from bot.rules.interviews.steps import OPENED_AGAIN, InterviewStep, holding, who_was_first
from bot.rules.reminders.due import SentReminder
from bot.rules.time.clock import say_near


@dataclass
class MemoryWork:
    """The reference for `bot.store.queries.chat_records`."""

    said: list[InterviewStep] = field(default_factory=list)
    gone: list[Away] = field(default_factory=list)  # in the order of recording
    raised: list[Raised] = field(default_factory=list)
    ledger: list[Delivery] = field(default_factory=list)
    drilled: list[DrillCall] = field(default_factory=list)
    nudges: list[tuple[int, str, str, datetime]] = field(default_factory=list)
    reminded: list[SentReminder] = field(default_factory=list)
    decided: list[Decide] = field(default_factory=list)
    children: Mapping[int, int] = field(default_factory=dict)  # of each episode

    def steps(self, episodes: Sequence[int]) -> Mapping[int, tuple[InterviewStep, ...]]:
        found = {e: tuple(s for s in self.said if s.episode_id == e) for e in episodes}
        return {e: steps for e, steps in found.items() if steps}

    def merged_with(self, episodes: Sequence[int]) -> Sequence[int]:
        theirs = {self.children[e] for e in episodes if e in self.children}
        links = [s for s in self.said if s.kind == "merged" and self.children.get(s.episode_id) in theirs]
        return sorted({s.episode_id for s in links} | {int(s.to) for s in links if s.to.isdecimal()})

    def opened_again(self, now: datetime) -> set[int]:
        """Return the episodes whose interview was lately opened again in chat."""
        since = now - OPENED_AGAIN
        opened = {s.episode_id for s in self.said if s.kind in ("reopened", "accepted") and s.said_at > since}
        return {*opened, *self.merged_with(sorted(opened))}

    def away(self, day: date) -> Mapping[str, Away]:
        return {a.person: a for a in self.gone if a.first <= day <= a.last}

    def absences(self, since: date) -> Sequence[Away]:
        return sorted((a for a in self.gone if a.last >= since), key=lambda a: (a.first, a.person))

    def escalations(self, episodes: Sequence[int]) -> Sequence[Raised]:
        return [r for r in self.raised if r.episode_id in episodes]

    def open_escalations(self) -> Sequence[Raised]:
        return [r for r in self.raised if r.closed_at is None and r.acknowledged_at is None]

    def unclosed_escalations(self) -> Sequence[Raised]:
        return [r for r in self.raised if r.closed_at is None]

    def decisions(self, since: datetime) -> Sequence[Raised]:
        asked = [r for r in self.raised if r.decide_by is not None]
        return [r for r in asked if (r.decide_by and r.decide_by >= since) or not self._answered(r)]

    def _answered(self, r: Raised) -> bool:
        said = holding([s for s in self.said if s.episode_id == r.episode_id])
        decided = [s for s in said if s.kind in ("threshold_met", "threshold_not_met")][-1:]
        not_met = any(s.kind == "threshold_not_met" and s.said_at >= r.at for s in decided)
        return not_met or any(s.kind == "discussion_held" for s in said)

    def escalation(self, number: int) -> Raised | None:
        return next((r for r in self.raised if r.id == number), None)

    def drills(self) -> Sequence[DrillCall]:
        return sorted(self.drilled, key=lambda c: (c.month, c.agency), reverse=True)

    def notified(self, episodes: Sequence[int], now: datetime, but: int | None = None) -> Sequence[SentReminder]:
        return [t for t in self.reminded if t.episode in episodes]

    def nudged(self, episode: int) -> Sequence[tuple[str, str, datetime]]:
        return [(step, person, at) for number, step, person, at in self.nudges if number == episode]

    def carry_out(self, effect: object) -> None:
        """Carry out an effect on chat records; other effects are ignored."""
        if isinstance(effect, RecordStep):
            self._take(effect)
        elif isinstance(effect, RecordAbsence):
            self._be_away(effect)
        elif isinstance(effect, Acknowledge):
            self._acknowledge(effect)
        elif isinstance(effect, Decide):
            self.decided.append(effect)

    def _be_away(self, effect: RecordAbsence) -> None:
        """Note an absence as the store does: one a person and first day; taking back removes all that are not over."""
        back = effect.last < effect.first
        mine = [a for a in self.gone if a.person == effect.person]
        ends = [a for a in mine if (a.last >= effect.first if back else a.first == effect.first)]
        new = [] if back else [Away(effect.person, effect.first, effect.last, effect.cover)]
        self.gone = [*(a for a in self.gone if a not in ends), *new]

    def _acknowledge(self, effect: Acknowledge) -> None:
        this = next(r for r in self.raised if r.id == effect.escalation)
        same = [r for r in self.raised if r.key == this.key]
        if first := next((r for r in same if r.acknowledged_at), None):
            when = say_near(first.acknowledged_at or effect.at, effect.at)
            raise Overtaken(f"{first.acknowledged_by} acknowledged this on {when}.")
        if this.closed_at:
            raise Overtaken("This was closed: nothing is asked any more.")
        done = replace(this, acknowledged_at=effect.at, acknowledged_by=effect.by)
        others = {
            r.id: replace(r, closed_at=effect.at, closed_because="acknowledged")
            for r in same
            if r.closed_at is None and r is not this
        }
        self.raised = [done if r is this else others.get(r.id, r) for r in self.raised]

    def _take(self, effect: RecordStep) -> None:
        of = {effect.episode_id, *effect.merged}
        newest = max((s for s in self.said if s.episode_id in of), key=lambda s: s.id, default=None)
        if (newest.id if newest else 0) != effect.version:
            raise Overtaken(who_was_first(newest, effect.said_at, effect.by) if newest else "asked again")
        said = {name: getattr(effect, name) for name in ("kind", "at", "said_at", "by", "to", "until_at", "detail")}
        self.said.append(InterviewStep(len(self.said) + 1, effect.episode_id, undoes=effect.undoes, **said))
