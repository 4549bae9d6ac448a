"""Escalations: the role that a rule names in each agency is called, tier after tier, until it acknowledges.

A call is a message and a row for each rule named in it, made together. Running twice, or in two places, calls no
person twice. Quiet hours do
not hold a call back. The message of a call that is over is changed, so that its buttons are not pressed for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from itertools import chain
from typing import Any

from bot.conversation.outbound import PREVIEW, CannotTell, Message, PostRefused, Sent
from bot.conversation.shortened import in_some_form
from bot.jobs.job import Composed, Drop, Hold, Job, Ready, Run, level_now
from bot.messages import escalation_message
from bot.messages.escalation_message import Told
from bot.rules.access.break_glass import BOTH
from bot.rules.access.permissions import DUTY, Scope, address
from bot.rules.delivery.delivery import Delivery, Planned
from bot.rules.delivery.refused import whole
from bot.rules.episodes.risk_flags import feared_grade
from bot.rules.escalations import calls, strategy
from bot.rules.escalations.calls import (
    RECENT,
    TURNED_18,
    Call,
    Decisions,
    Raised,
    Situation,
    absences,
    decisions,
    high_of,
    named_in,
    why_closed,
)
from bot.rules.escalations.ladder import Move, moves, order, roles_to_call, together, until
from bot.rules.escalations.repeats import may_repeat
from bot.rules.model import Episode
from bot.rules.partnership.partnership import Escalation, Partnership, Person
from bot.rules.queries.digest_content import GROWN_UP
from bot.rules.time import freshness
from bot.rules.time.clock import local_day
from bot.rules.time.trusted import ClockVerdict
from bot.store import audit_chain
from bot.store.database import reading
from bot.store.delivery import escalations, ledger, replicas
from bot.store.queries.chat_records import StoredChatRecords
from bot.store.queries.children import grades_in_force
from bot.store.queries.facts import StoredFacts

KIND = "escalation"
#: Older messages are not settled: they have scrolled away.
SETTLED_WITHIN = timedelta(hours=36)
#: Children in one message; those after them are the next one.
MOST = 20


def plan(run: Run, now: datetime) -> None:
    """Read without keeping writers waiting, and write only where calls change."""
    with reading(run.database) as connection:
        situation = look(connection, run.partnership, now)
        away = {person: a.cover for person, a in StoredChatRecords(connection).away(local_day(now)).items()}
    carry_out(run, situation, away)
    if run.verdict is not None and run.verdict.ahead and run.in_doubt:
        _call_early(run, run.verdict, now, away)


def _call_early(run: Run, verdict: ClockVerdict, now: datetime, away: Mapping[str, str]) -> None:
    """Call what is due by a doubted clock that is ahead: a call too many is safer than one that comes late or never.

    That clock makes new calls and passes waiting ones on; it closes none. What is written is of the time that is
    carried on, so that the next tier waits its whole time, whichever clock is right.
    """
    with reading(run.database) as connection:
        s = look(connection, run.partnership, now + verdict.ahead)
    # A time to acknowledge that is due later by the doubted clock is moved with it.
    raised = [replace(r, acknowledge_by=r.acknowledge_by + (s.now - verdict.due_by(r.at, now))) for r in s.raised]
    early = decisions(replace(s, raised=raised), run.partnership)
    _write(run, replace(s, raised=raised), away, Decisions(next_tier=early.next_tier, call=early.call), now)


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
    # What was said in chat may have had a record that became void: its calls were about the same absence.
    begun = {x.child_id: x.start_at for x in still if x.saying is not None and not (x.police or x.council)}
    of_said = escalations.of_children(connection, sorted(begun)) if begun else ()
    by_number |= {r.id: r for child, until, r in of_said if until > begun[child]}
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
    series = grades_in_force(connection, high, now)
    numbers = {x.id: {y.id for y in a.records} for a in missing for x in a.records}
    return Situation(
        now=now,
        absences=missing,
        recent=recent,
        others={number: x for number, x in read.items() if number not in shown},
        dead=dead,
        starts=starts,
        highs={
            number: high_of(grades, [r for r in raised if r.episode_id in numbers[number]], now)
            for number, grades in series.items()
        },
        raised=raised,
        grown_up=grown_up,
    )


def carry_out(run: Run, situation: Situation, away: Mapping[str, str]) -> None:
    """Write in one transaction; changes of another replica since the situation was read are left as they are."""
    _write(run, situation, away, decisions(situation, run.partnership), situation.now)


def _write(run: Run, situation: Situation, away: Mapping[str, str], found: Decisions, now: datetime) -> None:
    calling = Round(run, situation, away, now)
    found = replace(found, vacant=tuple(c for c in found.vacant if calling.holder(c) is not None))
    if found.nothing:
        return
    with run.writing() as connection:
        audit_chain.take_turn(connection)  # before any row of ours is locked: an acknowledgement waits there too
        for r, because in found.close:
            escalations.close(connection, r.id, because, now)
        joining = calling.joining(found)
        alone = {c.first.key for c in joining}
        calling.reopen(connection, [r for r in found.reopen if r.key not in alone])
        calling.fill(connection, [c for c in found.vacant if c.first.key not in alone])
        for move in moves(found, situation, run.partnership, joining):
            calling.move(connection, move)
        calling.alarm(connection)


def compose(run: Run, d: Delivery, now: datetime) -> Composed:
    """Compose the calls that wait for this person, of the facts of this moment; dropped where nothing is asked.

    Whatever else was planned for the person and is not sent yet is told in this message, and waits no more itself:
    the calls of one tick, of a catch-up after an outage, and those of a time when chat was down.
    """
    p, person = run.partnership, run.partnership.person(d.audience)
    with reading(run.database) as connection:
        if ledger.is_told(connection, d):
            return Drop(ledger.TOLD)
        s = look(connection, p, now)
        sources = StoredFacts(connection, p).freshness(now)
        joined = ledger.told_with(connection, [d])
        replaced = replicas.replaced(connection, now)
    numbers = [_number(each) for each in (d, *joined)]
    if not _asked(numbers, s, p):
        why = next((_why_over(c, s, p) for c in named_in(s.raised, numbers[0])), "")
        return Drop("over" if why == "died" else why or "closed")  # of a child who died the ledger says no more
    if person is None or not person.active:
        return Drop("not listed")
    if level_now(run, d) != 2:
        return Hold("privacy")
    with run.writing() as connection:
        waiting = ledger.beside(connection, d, now)
        theirs = {w.id: [_number(w)] for w in waiting}
        for each in ledger.told_with(connection, waiting):
            theirs[each.parent_id or 0].append(_number(each))
        others = escalation_message.worst_first(_asked(chain(*theirs.values()), s, p), now)
        room = MOST - len(_asked(numbers, s, p))
        later = {t.number for t in others[max(0, room) :]}
        now_too = [w for w in waiting if _asked(theirs[w.id], s, p) and later.isdisjoint(theirs[w.id])]
        ledger.tell_with(connection, d, now_too)
        numbers += [number for w in now_too for number in theirs[w.id]]
    told = _asked(numbers, s, p)
    age = tuple(freshness.say(source, now) for source in sources if source.source == "police")
    reply = escalation_message.message(told, s, person, p, age)
    # One of the copy is not there by its own marker, but another message may have told it with its own.
    repeats = d.look_since is not None or any(
        may_repeat(c, r, d.planned_at, s, p, replaced) for t in told for c in t.named for r in t.rows if r in c.tiers
    )
    subject = told[0].x.child_ref if len(told) == 1 else ""
    return Ready(Message(reply, PREVIEW, d.marker), subject=subject, may_repeat=repeats)


def _number(d: Delivery) -> int:
    """Return the number of the call that a message was planned for; one that is open again has its time beside it."""
    return int(d.slot.partition("|")[0])


def _why_over(c: Call, s: Situation, p: Partnership) -> str:
    return "acknowledged" if c.acknowledged else why_closed(c, s, p)


def _asked(numbers: Iterable[int], s: Situation, p: Partnership) -> list[Told]:
    """Return what these calls ask still."""
    found = []
    for told in _told(numbers, s.raised):
        named = [c for c in told.named if c.open and not _why_over(c, s, p)]
        rows = [r for c in named for r in c.tiers if r.message == told.number]
        if rows and (records := s.records(rows[0].episode_id)):
            found.append(replace(told, named=named, rows=rows, records=records))
    return found


def _told(numbers: Iterable[int], raised: Sequence[Raised]) -> list[Told]:
    """Return the calls of these numbers; one whose rules a newer one of them names as well is told by that alone."""
    found = []
    for number in dict.fromkeys(numbers):
        named = named_in(raised, number)
        if rows := [r for c in named for r in c.tiers if r.message == number]:
            found.append(Told(number, rows, named))
    rules = {t.number: {c.first.key for c in t.named} for t in found}
    return [t for t in found if not any(n > t.number and rules[t.number] <= rules[n] for n in rules)]


def tend(run: Run, now: datetime) -> None:
    """Change each message whose calls were passed on, or are over. Messages that only wait cost four queries in all."""
    with run.facts() as facts:
        posted = ledger.to_tend(facts.connection, KIND, now - SETTLED_WITHIN)
        numbers = {d.id: [_number(d)] for d in posted}
        for each in ledger.told_with(facts.connection, posted):
            numbers[each.parent_id or 0].append(_number(each))
        rows = escalations.of_messages(facts.connection, sorted({n for those in numbers.values() for n in those}))
        raised = facts.work.escalations(sorted({r.episode_id for r in rows})) if rows else ()
        told = {d.id: _told(numbers[d.id], raised) for d in posted}
        changed = [d for d in posted if told[d.id] and _stage(told[d.id]) != (d.digest_of_body or "")]
        if not changed:
            return
        s = look(facts.connection, run.partnership, now)
        episodes = {t.rows[0].episode_id for d in changed for t in told[d.id]}
        known = {x.id: x for x in facts.episodes_of(sorted(episodes), now)}
        dead = facts.died(sorted({x.child_id for x in known.values()}))
    for d in changed:
        number_of = {t.number: t.rows[0].episode_id for t in told[d.id]}
        alive = [t for t in told[d.id] if (x := known.get(number_of[t.number])) and x.child_id not in dead]
        those = [replace(t, records=s.records(n) or (known[n],)) for t in alive for n in [number_of[t.number]]]
        reply = escalation_message.message(those, s, run.partnership.person(d.audience), run.partnership)
        platform = run.platforms.get(d.platform)
        try:
            if platform is None or d.message_id is None or level_now(run, d) != 2:
                continue
        except CannotTell:
            continue  # the next tick asks again
        outcome = in_some_form(
            Message(reply, PREVIEW, d.marker), whole(KIND), partial(platform.update, d.destination, d.message_id)
        )
        if isinstance(outcome, Sent | PostRefused):  # refused: it is gone, or too old, and is not tried again
            over = now if all(t.settled for t in told[d.id]) else None
            with run.writing() as connection:
                ledger.shown(connection, d, digest_of_body=_stage(told[d.id]), closed_at=over, changed_at=now)
                run.record(connection, f"changed {d.kind}", now, place=d.audience, level=2)


def _stage(told: Sequence[Told]) -> str:
    """Return a mark of what has become of the calls of a message; empty while all of them wait."""
    stages = [t.stage for t in told if t.stage]
    return sha256("|".join(stages).encode()).hexdigest() if stages else ""


@dataclass(frozen=True, slots=True)
class Round:
    """One round of calling, in one transaction, written as of `now`.

    `away` maps each person who is away today to their cover.
    """

    run: Run
    situation: Situation
    away: Mapping[str, str]
    now: datetime
    #: Agency and area of each call that no tier answered, and the role that is called again; empty: none can be.
    ran_out: list[tuple[str, str, str]] = field(default_factory=list)
    #: Role, agency and area of each call that no person could be called for.
    vacant: set[tuple[str, str, str]] = field(default_factory=set)

    def move(self, connection: Any, move: Move) -> None:
        """Call the next person for all rules that wait, in one message; where nobody can be called, the one after."""
        going = [c for c in move.waiting if self._goes_on(connection, c)]
        if move.waiting and not going and not move.new:
            return
        rows = [replace(c.first, tier=c.tiers[-1].tier, decide_by=None) for c in going]
        for d in move.new:
            blank = Raised(0, d.met.rule.id, d.met.episode.id, move.agency, 0, "", "", self.now, self.now)
            rows.append(replace(blank, crossing=d.met.crossing))
        file_order = [e.id for e in self.run.partnership.escalations]
        rows.sort(key=lambda r: file_order.index(r.rule) if r.rule in file_order else len(file_order))
        last = [c.waits.role for c in going if c.waits is not None]
        for role in roles_to_call(move, self.run.partnership, self.now):
            if role == DUTY and role not in last and self._whom(role, move.agency, self._area(rows[0])) is None:
                break
            rows = [replace(r, tier=r.tier + 1, role=role) for r in rows]
            if self._raise(connection, move, rows):
                if move.due and role in last:
                    self.ran_out.append((move.agency, self._area(rows[0]), role))
                return
        if going:
            self.ran_out.append((move.agency, self._area(rows[0]), ""))

    def joining(self, found: Decisions) -> list[Call]:
        """Return the calls that get a person, or are open again, beside another call of the agency for the child."""
        wanted = [(c, holder[1].id) for c in found.vacant if (holder := self.holder(c)) is not None]
        again = ((calls.call_of(self.situation.raised, r.id), r) for r in found.reopen)
        known = self.run.partnership.escalation
        wanted += [(c, r.person) for c, r in again if c is not None and known(r.rule) is not None]
        return together(wanted, found, self.situation, self.run.partnership)

    def _goes_on(self, connection: Any, c: Call) -> bool:
        """Return True unless it was acknowledged, or gone on with by another replica, in this moment."""
        if c.waits is not None:
            return escalations.go_on(connection, c.waits.id)
        if not c.open:
            last = (c.called or c.first).id
            return escalations.reopen(connection, last, self.now) and escalations.go_on(connection, last)
        return escalations.is_unanswered(connection, c.first)

    def _raise(self, connection: Any, move: Move, new: list[Raised]) -> bool:
        """Add a row for each rule; True where the ladder stops: a person is called, or another replica was first."""
        p, role = self.run.partnership, new[0].role
        area = self._area(new[0])
        person = self._whom(role, move.agency, area)
        end = until(move, role, p, self.now, p.calendar(area))
        message: int | None = None
        for r in new:
            asking = p.escalation(r.rule) if r.tier == 1 else None
            timed = replace(
                r,
                at=self.now,
                person=person.id if person else "",
                acknowledge_by=end,
                acknowledged_at=None,
                next_raised=person is None,
                decide_by=strategy.decide_by(asking, self.now, p.calendar()) if asking else None,
                named_in=message,
            )
            number = escalations.add(connection, timed)
            if number is None:
                continue
            message = message or number
            self._record(connection, timed, person, self.situation.episode(r.episode_id))
        if message is None:
            return True
        if person is None:
            self.vacant.add((role, move.agency, area))
            return False
        self._post(connection, person, str(message))
        return True

    def alarm(self, connection: Any) -> None:
        """Tell administrators of all calls that ran out of tiers, and of all roles without a person, once each.

        Both duty desks, which are the lowest roles called, learn of the calls too.
        """
        p = self.run.partnership
        if self.vacant:
            self.run.alarm(connection, calls.why_nobody(p, sorted(self.vacant), self.now), self.now)
        if not self.ran_out:
            return
        areas = dict.fromkeys(area for _, area, _ in self.ran_out)
        desks = [
            self._whom(role, desk, area)
            for area in areas
            for desk in BOTH
            if desk in p.agencies
            for role in order(p, desk)[:1]
        ]
        also = dict.fromkeys(x.id for x in desks if x is not None)
        text = escalation_message.ran_out(self.ran_out)
        self.run.alarm(connection, text, self.now, also=also, again=True)

    def reopen(self, connection: Any, found: Sequence[Raised]) -> None:
        """Call the same people again after a return that was put right, each once for all rules."""
        posted: dict[tuple[str, int], int] = {}
        for r in found:
            x, rule = self.situation.episode(r.episode_id), self.run.partnership.escalation(r.rule)
            person = self.run.partnership.person(r.person) if r.person else None
            if x is None or rule is None:
                continue
            end = self._until(rule, r, x)
            message = posted.get((r.person, x.child_id))
            if escalations.reopen(connection, r.id, end, message) and person is not None and message is None:
                posted[r.person, x.child_id] = r.id
                self._record(connection, r, person, x)
                self._post(connection, person, f"{r.id}|{self.now:%Y%m%dT%H%M%S}")

    def fill(self, connection: Any, found: Sequence[Call]) -> None:
        """Call the new holder of a role that nobody held when it was called, once for all rules."""
        posted: dict[tuple[str, int], int] = {}
        for c in found:
            holder = self.holder(c)
            rule = self.run.partnership.escalation(c.first.rule)
            if holder is None or rule is None:
                continue
            r, person, x = holder
            message = posted.get((person.id, x.child_id))
            if escalations.fill(connection, r.id, person.id, self._until(rule, r, x), message) and message is None:
                posted[person.id, x.child_id] = r.id
                self._record(connection, r, person, x)
                self._post(connection, person, str(r.id))

    def holder(self, c: Call) -> tuple[Raised, Person, Episode] | None:
        """Return the first vacant tier of a call that has a holder now, with the holder; None where none has."""
        for r in c.tiers:
            x = self.situation.episode(r.episode_id)
            person = self._whom(r.role, r.agency, x.area) if x and not r.person else None
            if x and person:
                return r, person, x
        return None

    def _until(self, rule: Escalation, r: Raised, x: Episode) -> datetime:
        """Return the end of the time of a tier as the file has it now; one that it no longer has keeps the rule's."""
        tiers = calls.rungs(self.run.partnership, rule, r.agency)
        of = next((tier.rule for tier in tiers if tier.role == r.role), rule)
        return calls.acknowledge_by(of, self.now, self.run.partnership.calendar(x.area))

    def _record(self, connection: Any, r: Raised, person: Person | None, x: Episode | None) -> None:
        """Write the trail's row of each call before it leaves: an older copy of the database lacks it, and shows so."""
        reason = f"rule {r.rule}, tier {r.tier}: {r.role} of {r.agency}, {person.id if person else 'nobody'}"
        subject = x.child_ref if x else ""
        self.run.record(connection, KIND, self.now, subject=subject, outcome="raised", reason=reason)

    def _area(self, r: Raised) -> str:
        x = self.situation.episode(r.episode_id)
        return x.area if x else ""

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


JOB = Job((KIND,), compose, plan, tend, go_on=(KIND,))
