"""Escalations: the role that a rule names in each agency is called, tier after tier, until it acknowledges.

A call is a row and a message, made together. Running twice, or in two places, calls no person twice. Quiet hours do
not hold a call back. The message of a call that is over is changed, so that its buttons are not pressed for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.conversation.outbound import PREVIEW, CannotTell, Message, PostRefused, Sent
from bot.conversation.reply import Reply
from bot.jobs.job import Composed, Drop, Hold, Job, Ready, Run, level_now
from bot.messages import escalation_message
from bot.rules.access.permissions import DUTY, Scope, address
from bot.rules.delivery.delivery import Delivery, Planned
from bot.rules.episodes.risk_flags import feared_grade
from bot.rules.escalations import calls, strategy
from bot.rules.escalations.calls import (
    RECENT,
    TURNED_18,
    Call,
    DueCall,
    Raised,
    Situation,
    Tier,
    absences,
    call_of,
    decisions,
    times_high,
    why_closed,
)
from bot.rules.model import Episode
from bot.rules.partnership.partnership import Partnership, Person
from bot.rules.queries.digest_content import GROWN_UP
from bot.rules.time import freshness
from bot.rules.time.clock import local_day
from bot.store import audit_chain
from bot.store.database import reading
from bot.store.delivery import escalations, ledger
from bot.store.queries.chat_records import StoredChatRecords
from bot.store.queries.children import grades_of
from bot.store.queries.facts import StoredFacts

KIND = "escalation"
#: Older messages are not settled: they have scrolled away.
SETTLED_WITHIN = timedelta(hours=36)


def plan(run: Run, now: datetime) -> None:
    """Read without keeping writers waiting, and write only where calls change."""
    with reading(run.database) as connection:
        situation = look(connection, run.partnership, now)
        away = StoredChatRecords(connection).away(local_day(now))
    carry_out(run, situation, {person: a.cover for person, a in away.items()})


def look(connection: Any, p: Partnership, now: datetime) -> Situation:
    """Read the facts that decide who is called, of every area: from open or two days old episodes, never from history.

    Of these episodes all calls are read, and of any other episode those that are not closed yet; of children who turned
    18 while missing and are not back, the calls of each of their episodes. The starts go back as
    far as the first repeat rule looks from the earliest of these episodes.
    """
    facts, everywhere = StoredFacts(connection, p), Scope(tuple(a.id for a in p.areas))
    still = facts.open_episodes(everywhere, now)
    recent = facts.reported(everywhere, now - RECENT, now)
    by_number = {r.id: r for r in facts.work.escalations(sorted({x.id for x in (*still, *recent)}))}
    by_number |= {r.id: r for r in facts.work.unclosed_escalations()}
    told = any(rule.condition == TURNED_18 for rule in p.escalations)
    grown_up = facts.grown_up(everywhere, now - GROWN_UP, now) if told else ()
    of_grown_up = escalations.of_children(connection, sorted({x.child_id for x in grown_up})) if grown_up else ()
    by_number |= {r.id: r for _, _, r in of_grown_up}
    raised = [by_number[number] for number in sorted(by_number)]
    read = {x.id: x for x in (*grown_up, *recent, *still)}
    read |= {x.id: x for x in facts.numbered(everywhere, sorted({r.episode_id for r in raised} - set(read)), now)}
    dead = facts.died(sorted({x.child_id for x in read.values()}))
    missing = absences(still, dead)
    records = [x for a in missing for x in a.records]
    shown = {x.id for x in records}
    starts: dict[int, tuple[datetime, ...]] = {}
    if (records or recent) and p.repeat_rules:
        since = min(x.start_at for x in (*records, *recent)) - timedelta(days=p.repeat_rules[0].days)
        starts = dict(facts.starts(sorted({x.child_id for x in (*records, *recent)}), since, now))
    high = [x.id for x in records if feared_grade(x, now) == "high"]
    return Situation(
        now=now,
        absences=missing,
        recent=recent,
        others={number: x for number, x in read.items() if number not in shown},
        dead=dead,
        starts=starts,
        highs={number: max(1, times_high(series, now)) for number, series in grades_of(connection, high, now).items()},
        raised=raised,
        grown_up=grown_up,
    )


def carry_out(run: Run, situation: Situation, away: Mapping[str, str]) -> None:
    """Write in one transaction; changes of another replica since the situation was read are left as they are."""
    calling, found = Round(run, situation, away), decisions(situation, run.partnership)
    found = replace(found, vacant=tuple(c for c in found.vacant if calling.holder(c) is not None))
    if found.nothing:
        return
    with run.writing() as connection:
        audit_chain.take_turn(connection)  # before any row of ours is locked: an acknowledgement waits there too
        for r, because in found.close:
            escalations.close(connection, r.id, because, situation.now)
        for r in found.reopen:
            calling.reopen(connection, r)
        for c in found.next_tier:
            calling.next_tier(connection, c)
        for c in found.vacant:
            calling.fill(connection, c)
        for due in found.call:
            calling.call(connection, due)


def compose(run: Run, d: Delivery, now: datetime) -> Composed:
    """Compose the call from the facts of this moment; dropped where nothing is asked any more."""
    number = int(d.slot.partition("|")[0])
    with reading(run.database) as connection:
        s = look(connection, run.partnership, now)
        sources = StoredFacts(connection, run.partnership).freshness(now)
    call, person = call_of(s.raised, number), run.partnership.person(d.audience)
    if call is None:
        return Drop("closed")
    if call.acknowledged:
        return Drop("acknowledged")
    why = why_closed(call, s, run.partnership)
    if why or not call.open:  # of a child who died the ledger says only that the call is over
        return Drop("over" if why == "died" else why or "closed")
    if person is None or not person.active:
        return Drop("not listed")
    if level_now(run, d) != 2:
        return Hold("privacy")
    row = next(r for r in call.tiers if r.id == number)
    age = tuple(freshness.say(source, now) for source in sources if source.source == "police")
    reply = escalation_message.message(row, call, s, person, run.partnership, age)
    return Ready(Message(reply, PREVIEW, d.marker), subject=s.records(row.episode_id)[0].child_ref)


def tend(run: Run, now: datetime) -> None:
    """Settle each message of a call that is over, once; a call that still waits costs one row."""
    with run.facts() as facts:
        waiting = ledger.to_tend(facts.connection, KIND, now - SETTLED_WITHIN)
    for d in waiting:
        number = int(d.slot.partition("|")[0])
        with run.facts() as facts:
            row = facts.work.escalation(number)
            call = call_of(facts.work.escalations([row.episode_id]), number) if row else None
            if row is None or call is None or call.open:
                continue
            found = facts.episodes_of([row.episode_id], now)
        if not found or found[0].died:  # a child who died is not mentioned any more
            reply = Reply("Nothing more is asked", 2, ("This call is over.",))
        else:
            reply = escalation_message.settled(call, found[0], run.partnership, now)
        platform = run.platforms.get(d.platform)
        try:
            if platform is None or d.message_id is None or level_now(run, d) != 2:
                continue
        except CannotTell:
            continue  # the next tick asks again
        outcome = platform.update(d.destination, d.message_id, Message(reply, PREVIEW, d.marker))
        if isinstance(outcome, Sent | PostRefused):  # refused: it is gone, or too old, and is not tried again
            with run.writing() as connection:
                ledger.shown(connection, d, closed_at=now, changed_at=now)
                run.record(connection, f"changed {d.kind}", now, place=d.audience, level=2)


@dataclass(frozen=True, slots=True)
class Round:
    """One round of calling, in one transaction. `away` maps each person who is away today to their cover."""

    run: Run
    situation: Situation
    away: Mapping[str, str]

    @property
    def now(self) -> datetime:
        return self.situation.now

    def call(self, connection: Any, due: DueCall) -> None:
        """Call the first tier; where nobody can be called there, the next one at once."""
        self._down(connection, due.met.episode, due.met.rule.id, due.met.crossing, due.agency, first=1)

    def next_tier(self, connection: Any, c: Call) -> None:
        waits = c.waits
        if waits is None or not escalations.go_on(connection, waits.id):
            return  # acknowledged, or gone on with by another replica, in this moment
        r, tier = c.first, c.tiers[-1].tier + 1
        episode = self.situation.episode(r.episode_id)
        if episode and self._down(connection, episode, r.rule, r.crossing, r.agency, tier):
            return
        text = (
            f"Nobody of {r.agency} acknowledged an escalation in time (number {waits.id}), and there is no further "
            "tier. Ring their duty desk."
        )
        self.run.alarm(connection, text, self.now)

    def _down(self, connection: Any, x: Episode, rule: str, crossing: int, agency: str, first: int) -> bool:
        """Call from a tier downwards until a person is called; False where no tier has one."""
        tiers = self._tiers(rule, agency)
        new = Raised(0, rule, x.id, agency, first, "", "", self.now, self.now, crossing=crossing)
        for number, tier in enumerate(tiers[first - 1 :], first):
            if self._raise(connection, replace(new, tier=number, role=tier.role), tier, x):
                return True
        if first == 1 and tiers and self._whom(DUTY, agency, x.area):  # nobody at any tier
            duty = Tier(DUTY, tiers[0].rule)
            return self._raise(connection, replace(new, tier=len(tiers) + 1, role=DUTY), duty, x)
        return False

    def _raise(self, connection: Any, new: Raised, tier: Tier, x: Episode) -> bool:
        """Add the call; True where the ladder stops here: a person is called, or another replica was first."""
        p, person = self.run.partnership, self._whom(tier.role, new.agency, x.area)
        asking = p.escalation(new.rule) if new.tier == 1 else None
        timed = replace(
            new,
            person=person.id if person else "",
            acknowledge_by=calls.acknowledge_by(tier.rule, self.now, p.calendar(x.area)),
            next_raised=person is None,
            decide_by=strategy.decide_by(asking, self.now, p.calendar()) if asking else None,
        )
        number = escalations.add(connection, timed)
        if number is None:
            return True
        reason = f"rule {new.rule}, tier {new.tier}: {tier.role} of {new.agency}, {person.id if person else 'nobody'}"
        self.run.record(connection, KIND, self.now, subject=x.child_ref, outcome="raised", reason=reason)
        if person is None:
            why = calls.why_nobody(p, tier.role, new.agency, x.area, self.now)
            self.run.alarm(connection, why, self.now)
            return False
        self._post(connection, person, str(number))
        return True

    def reopen(self, connection: Any, r: Raised) -> None:
        """Call the same person again after a return that was put right."""
        x, tier = self.situation.episode(r.episode_id), self._tier_now(r)
        person = self.run.partnership.person(r.person) if r.person else None
        if x is None or tier is None:
            return
        until = calls.acknowledge_by(tier.rule, self.now, self.run.partnership.calendar(x.area))
        if escalations.reopen(connection, r.id, until) and person is not None:
            self._post(connection, person, f"{r.id}|{self.now:%Y%m%dT%H%M%S}")

    def fill(self, connection: Any, c: Call) -> None:
        """Call the new holder of a role that nobody held when it was called."""
        found = self.holder(c)
        if found is None:
            return
        r, tier, person, x = found
        until = calls.acknowledge_by(tier.rule, self.now, self.run.partnership.calendar(x.area))
        if escalations.fill(connection, r.id, person.id, until):
            self._post(connection, person, str(r.id))

    def holder(self, c: Call) -> tuple[Raised, Tier, Person, Episode] | None:
        """Return the first tier of a call that has a holder now, with the holder; None where none has."""
        for r in c.tiers:
            x, tier = self.situation.episode(r.episode_id), self._tier_now(r)
            person = self._whom(r.role, r.agency, x.area) if x and tier else None
            if x and tier and person:
                return r, tier, person, x
        return None

    def _post(self, connection: Any, person: Person, slot: str) -> None:
        """Plan the message, whatever the hour: quiet hours do not hold it back."""
        to = address(person, self.run.platforms)
        if to is not None:
            ledger.plan(connection, [Planned(KIND, person.id, *to, slot, self.now)], self.now)

    def _whom(self, role: str, agency: str, area: str) -> Person | None:
        p, reached = self.run.partnership, self.run.platforms
        return calls.whom(
            p, role, agency, area, self.now, self.away, lambda person: address(person, reached) is not None
        )

    def _tiers(self, rule: str, agency: str) -> tuple[Tier, ...]:
        found = self.run.partnership.escalation(rule)
        return calls.rungs(self.run.partnership, found, agency) if found else ()

    def _tier_now(self, r: Raised) -> Tier | None:
        """Return the tier as the file has it now; one that it no longer has keeps the time of the rule."""
        tiers, rule = self._tiers(r.rule, r.agency), self.run.partnership.escalation(r.rule)
        same = next((tier for tier in tiers if tier.role == r.role), None)
        return same or (Tier(r.role, rule) if rule else None)


JOB = Job((KIND,), compose, plan, tend)
