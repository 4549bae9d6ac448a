"""Escalations to call, to pass to the next tier, to reopen and to close: the same on every replica.

Calls are made for children who are missing now: an absence that ended before it became known here calls nobody.
The rule on repeats counts starts, so a report of the last two days crosses it even if the child is back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from bot.rules.access.break_glass import BOTH
from bot.rules.episodes.risk_flags import feared_grade, grade_at
from bot.rules.escalations.calls import Call, Raised, calls
from bot.rules.escalations.triggers import Absence, Starts, TriggerMet, crossed, met, special
from bot.rules.model import Episode
from bot.rules.partnership.partnership import Partnership
from bot.rules.partnership.roles import Agency

#: An episode reported longer ago, and over, crosses no rule any more.
RECENT = timedelta(hours=48)
#: A call about a child who is back, never acknowledged at any tier, is closed so long after it was raised.
LAPSED = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class DueCall:
    """An agency to be called for a rule that was met."""

    met: TriggerMet
    agency: Agency


@dataclass(frozen=True)
class Situation:
    """The facts for a decision; of children who died, their ids alone (`dead`).

    `recent` are episodes reported in the last RECENT, over or not. `others` are the episodes of `raised` that are
    no record of an absence (any more). `highs` counts the times that the grade of an episode became high.
    """

    now: datetime
    absences: Sequence[Absence]
    recent: Sequence[Episode] = ()
    others: Mapping[int, Episode] = field(default_factory=dict)
    dead: Set[int] = frozenset()
    starts: Starts = field(default_factory=dict)
    highs: Mapping[int, int] = field(default_factory=dict)
    raised: Sequence[Raised] = ()

    @cached_property
    def _by_child(self) -> dict[int, Absence]:
        return {a.child_id: a for a in self.absences}

    @cached_property
    def _by_record(self) -> dict[int, Absence]:
        return {x.id: a for a in self.absences for x in a.records}

    def absence(self, episode_id: int) -> Absence | None:
        """Return the absence of an episode while the child is missing; one record of it may be over."""
        own = self.others.get(episode_id)
        other = self._by_child.get(own.child_id) if own else None
        if own and other and own.kind == "missing" and own.until_at > other.start_at:
            return other
        return self._by_record.get(episode_id)

    def episode(self, number: int) -> Episode | None:
        found = self._by_record.get(number)
        records = found.records if found else ()
        return self.others.get(number) or next((x for x in records if x.id == number), None)

    def records(self, number: int) -> tuple[Episode, ...]:
        """Return every open record of the absence, or the episode that is over: the subject of a call."""
        found, own = self.absence(number), self.episode(number)
        return found.records if found else (own,) if own else ()


@dataclass(frozen=True, slots=True)
class Decisions:
    """The changes to be made now. Of several replicas only one can make each."""

    close: tuple[tuple[Raised, str], ...] = ()
    reopen: tuple[Raised, ...] = ()
    next_tier: tuple[Call, ...] = ()
    vacant: tuple[Call, ...] = ()  # no person could be called at any tier: the role may have a holder by now
    call: tuple[DueCall, ...] = ()

    @property
    def nothing(self) -> bool:
        return self == Decisions()


def decisions(s: Situation, p: Partnership) -> Decisions:
    """List the changes, in an order that is the same on every replica."""
    judged = [(c, why_closed(c, s, p)) for c in calls(s.raised)]
    running = [c for c, why in judged if c.open and not why]
    known: dict[int, set[tuple[str, int, str]]] = {}
    for r in s.raised:
        absence = s.absence(r.episode_id)
        number = absence.records[0].id if absence else r.episode_id
        known.setdefault(number, set()).add((r.rule, r.crossing, r.agency))
    call: list[DueCall] = []
    for a in s.absences:
        call += _not_called(met(a, s.starts, p, s.now, s.highs), known.get(a.records[0].id, set()), p)
    for x in s.recent:
        if x.kind == "missing" and x.child_id not in s.dead and s.absence(x.id) is None:
            again = [m for rule in p.escalations if (m := crossed(rule, x, s.starts, p, s.now)) is not None]
            call += _not_called(again, known.get(x.id, set()), p)
    return Decisions(
        close=tuple((r, why) for c, why in judged if why for r in c.tiers if r.closed_at is None),
        reopen=tuple(c.called or c.first for c, why in judged if not why and _wrongly_closed(c, s)),
        next_tier=tuple(c for c in running if c.waits is not None and c.waits.acknowledge_by <= s.now),
        vacant=tuple(c for c in running if c.called is None),
        call=tuple(call),
    )


def why_closed(c: Call, s: Situation, p: Partnership) -> str:
    """Return the reason to close a call, as a code; empty while it stays open."""
    number = c.first.episode_id
    episode, absence, rule = s.episode(number), s.absence(number), p.escalation(c.first.rule)
    if episode is None:
        return "gone"
    if episode.child_id in s.dead:
        return "died"
    condition = rule.condition if rule else ""
    if absence is None and condition == "repeat" and not c.acknowledged:
        # The child's return does not answer why the child goes missing again and again.
        return "lapsed" if c.waits is None and c.first.at + LAPSED <= s.now else ""
    if absence is None:
        return "over"
    records = (*absence.records, episode)  # the call's own may be over, while the child is missing by another one
    graded = any(grade_at(x, s.now) for x in records)
    fallen = {
        "ungraded": "graded" if graded else "",
        "high": "" if any(feared_grade(x, s.now) == "high" for x in records) else "lowered",
        "special": "" if any(special(x, s.now) for x in records) else "lowered",
    }
    return fallen.get(condition, "")


def _wrongly_closed(c: Call, s: Situation) -> bool:
    """Return True where a return or a death was put right: the child is missing, and the call is unacknowledged."""
    ended = c.acknowledged is None and not c.open and {r.closed_because for r in c.tiers} & {"over", "died"}
    return bool(ended) and s.absence(c.first.episode_id) is not None


def _not_called(found: Iterable[TriggerMet], known: Set[tuple[str, int, str]], p: Partnership) -> Iterator[DueCall]:
    for m in found:
        for agency in BOTH:
            wanted = m.rule.role(agency) and agency in p.agencies
            if wanted and (m.rule.id, m.crossing, agency) not in known:
                yield DueCall(m, agency)
