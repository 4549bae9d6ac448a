"""One round of calling: a call is a row and a message, made together, and goes down the tiers until it is heard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.jobs import alarms
from bot.jobs.job import Run
from bot.rules.access.role_holders import DUTY, address
from bot.rules.delivery.delivery import Planned
from bot.rules.escalations import strategy, tiers
from bot.rules.escalations.calls import Call, Raised
from bot.rules.escalations.decisions import DueCall, Situation
from bot.rules.escalations.tiers import Tier
from bot.rules.model import Episode
from bot.rules.partnership.partnership import Person
from bot.store.delivery import escalations, ledger

KIND = "escalation"


@dataclass(frozen=True, slots=True)
class Round:
    """One round of calling, in one transaction. `away` is who is away today, with their cover."""

    run: Run
    situation: Situation
    away: Mapping[str, str]

    @property
    def now(self) -> datetime:
        return self.situation.now

    def call(self, connection: Any, due: DueCall) -> None:
        """The first tier; where nobody can be called there, the next one at once."""
        self._down(connection, due.met.episode, due.met.rule.id, due.met.crossing, due.agency, tier=1)

    def next_tier(self, connection: Any, c: Call) -> None:
        waits = c.waits
        if waits is None or not escalations.go_on(connection, waits.id):
            return  # acknowledged, or gone on with by another replica, in this very moment
        r, tier = c.first, c.tiers[-1].tier + 1
        episode = self.situation.episode(r.episode_id)
        if episode and self._down(connection, episode, r.rule, r.crossing, r.agency, tier):
            return
        self._alarm(
            connection,
            f"Nobody of {r.agency} acknowledged an escalation in time (number {waits.id}), and there is no further "
            "tier. Ring their duty desk.",
        )

    def _down(self, connection: Any, x: Episode, rule: str, crossing: int, agency: str, tier: int) -> bool:
        """From a tier downwards until somebody is called; whether there was a tier at all."""
        rungs = self._rungs(rule, agency)
        new = Raised(0, rule, x.id, agency, tier, "", "", self.now, self.now, crossing=crossing)
        for number, rung in enumerate(rungs[tier - 1 :], tier):
            if self._raise(connection, replace(new, tier=number, role=rung.role), rung, x):
                return True
        if tier == 1 and rungs and self._whom(DUTY, agency, x.area):  # nobody at any tier
            duty = Tier(DUTY, rungs[0].rule)
            return self._raise(connection, replace(new, tier=len(rungs) + 1, role=DUTY), duty, x)
        return False

    def _raise(self, connection: Any, new: Raised, rung: Tier, x: Episode) -> bool:
        """Whether the ladder stops here: somebody is called, or another replica was first."""
        person = self._whom(rung.role, new.agency, x.area)
        number = escalations.add(connection, self._timed(new, rung, person, x))
        if number is None:
            return True
        who = person.id if person else "nobody"
        said = f"rule {new.rule}, tier {new.tier}: {rung.role} of {new.agency}, {who}"
        self.run.record(connection, KIND, self.now, subject=x.child_ref, outcome="raised", reason=said)
        if person is None:
            why = tiers.why_nobody(self.run.partnership, rung.role, new.agency, x.area, self.now)
            self._alarm(connection, why)
            return False
        self._post(connection, person, str(number))
        return True

    def _timed(self, new: Raised, rung: Tier, person: Person | None, x: Episode) -> Raised:
        p = self.run.partnership
        asking = p.escalation(new.rule) if new.tier == 1 else None
        return replace(
            new,
            person=person.id if person else "",
            acknowledge_by=tiers.acknowledge_by(rung.rule, self.now, p.calendar(x.area)),
            next_raised=person is None,
            decide_by=strategy.decide_by(asking, self.now, p.calendar()) if asking else None,
        )

    def reopen(self, connection: Any, r: Raised) -> None:
        """A return that was put right: whoever was called is called again."""
        x, rung = self.situation.episode(r.episode_id), self._rung(r)
        person = self.run.partnership.person(r.person) if r.person else None
        if x is None or rung is None:
            return
        until = tiers.acknowledge_by(rung.rule, self.now, self.run.partnership.calendar(x.area))
        if escalations.reopen(connection, r.id, until) and person is not None:
            self._post(connection, person, f"{r.id}|{self.now:%Y%m%dT%H%M%S}")

    def can_fill(self, c: Call) -> bool:
        return self._holder(c) is not None

    def fill(self, connection: Any, c: Call) -> None:
        """Somebody holds a role by now that nobody held when it was called."""
        found = self._holder(c)
        if found is None:
            return
        r, rung, person, x = found
        until = tiers.acknowledge_by(rung.rule, self.now, self.run.partnership.calendar(x.area))
        if escalations.fill(connection, r.id, person.id, until):
            self._post(connection, person, str(r.id))

    def _holder(self, c: Call) -> tuple[Raised, Tier, Person, Episode] | None:
        for r in c.tiers:
            x, rung = self.situation.episode(r.episode_id), self._rung(r)
            person = self._whom(r.role, r.agency, x.area) if x and rung else None
            if x and rung and person:
                return r, rung, person, x
        return None

    def _post(self, connection: Any, person: Person, slot: str) -> None:
        """Quiet hours do not hold it back."""
        to = address(person, self.run.platforms)
        if to is not None:
            ledger.plan(connection, [Planned(KIND, person.id, *to, slot, self.now)], self.now)

    def _whom(self, role: str, agency: str, area: str) -> Person | None:
        p, reached = self.run.partnership, self.run.platforms
        return tiers.whom(
            p, role, agency, area, self.now, self.away, lambda person: address(person, reached) is not None
        )

    def _rungs(self, rule: str, agency: str) -> tuple[Tier, ...]:
        found = self.run.partnership.escalation(rule)
        return tiers.rungs(self.run.partnership, found, agency) if found else ()

    def _rung(self, r: Raised) -> Tier | None:
        """As the file says now; a tier that it no longer has keeps the time of the rule."""
        rungs, rule = self._rungs(r.rule, r.agency), self.run.partnership.escalation(r.rule)
        same = next((rung for rung in rungs if rung.role == r.role), None)
        return same or (Tier(r.role, rule) if rule else None)

    def _alarm(self, connection: Any, text: str) -> None:
        alarms.sound(self.run, connection, text, self.now)
