"""MemoryWork: what stands beside the records, as plain lists; steps are taken as the store takes them. No SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from bot.rules.delivery.delivery import Delivery
from bot.rules.effects import Acknowledge, BeAway, Decide, Overtaken, TakeStep
from bot.rules.interviews.step_labels import who_was_first
from bot.rules.interviews.steps import OPENED_AGAIN, InterviewStep
from bot.rules.queries.chat_records import Away, Raised
from bot.rules.reminders.ladder import Told
from bot.rules.time.clock import say


@dataclass
class MemoryWork:
    """What `bot.store.queries.chat_records` must equal."""

    said: list[InterviewStep] = field(default_factory=list)
    gone: list[Away] = field(default_factory=list)  # in the order in which they were said
    raised: list[Raised] = field(default_factory=list)
    ledger: list[Delivery] = field(default_factory=list)
    nudges: list[tuple[int, str, str, datetime]] = field(default_factory=list)
    reminded: list[Told] = field(default_factory=list)
    decided: list[Decide] = field(default_factory=list)

    def steps(self, episodes: Sequence[int]) -> Mapping[int, tuple[InterviewStep, ...]]:
        found = {e: tuple(s for s in self.said if s.episode_id == e) for e in episodes}
        return {e: steps for e, steps in found.items() if steps}

    def opened_again(self, now: datetime) -> set[int]:
        """Episodes of which somebody lately said that their interview is to be held after all."""
        since = now - OPENED_AGAIN
        return {s.episode_id for s in self.said if s.kind in ("reopened", "accepted") and s.said_at > since}

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
        return [r for r in self.raised if r.decide_by is not None and r.decide_by >= since]

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
            self._be_away(deed)
        elif isinstance(deed, Acknowledge):
            self._acknowledge(deed)
        elif isinstance(deed, Decide):
            self.decided.append(deed)

    def _be_away(self, deed: BeAway) -> None:
        """As the store: one absence a person and first day; taking back takes all that is not over."""
        back = deed.last < deed.first
        mine = [a for a in self.gone if a.person == deed.person]
        ends = [a for a in mine if (a.last >= deed.first if back else a.first == deed.first)]
        new = [] if back else [Away(deed.person, deed.first, deed.last, deed.cover)]
        self.gone = [*(a for a in self.gone if a not in ends), *new]

    def _acknowledge(self, deed: Acknowledge) -> None:
        this = next(r for r in self.raised if r.id == deed.escalation)
        same = [r for r in self.raised if r.key == this.key]
        if first := next((r for r in same if r.acknowledged_at), None):
            raise Overtaken(f"{first.acknowledged_by} acknowledged this on {say(first.acknowledged_at or deed.at)}.")
        if this.closed_at:
            raise Overtaken("This was closed: nothing is asked any more.")
        done = replace(this, acknowledged_at=deed.at, acknowledged_by=deed.by)
        others = {
            r.id: replace(r, closed_at=deed.at, closed_because="acknowledged")
            for r in same
            if r.closed_at is None and r is not this
        }
        self.raised = [done if r is this else others.get(r.id, r) for r in self.raised]

    def _take(self, deed: TakeStep) -> None:
        newest = max((s for s in self.said if s.episode_id == deed.episode_id), key=lambda s: s.id, default=None)
        if (newest.id if newest else 0) != deed.version:
            raise Overtaken(who_was_first(newest, deed.by) if newest else "asked again")
        said = {name: getattr(deed, name) for name in ("kind", "at", "said_at", "by", "to", "until_at", "detail")}
        self.said.append(InterviewStep(len(self.said) + 1, deed.episode_id, undoes=deed.undoes, **said))
