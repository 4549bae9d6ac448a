"""Who is called because a rule was crossed, what goes to the next tier, and what is closed: once, on every replica.

Only who is missing now is called for: what ended before anybody here knew of it calls nobody, however it crossed a
rule. The rule on repeats counts starts, so a report of the last two days crosses it even if the child is back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from bot.rules.access.break_glass import BOTH
from bot.rules.episodes.risk_flags import feared_grade, grade_at
from bot.rules.escalations.calls import Call, Raised, calls
from bot.rules.escalations.triggers import Absence, Met, Starts, crossed, met, special
from bot.rules.model import Episode
from bot.rules.partnership.partnership import Partnership
from bot.rules.partnership.roles import Agency

#: An episode reported longer ago, and over, crosses no rule any more.
RECENT = timedelta(hours=48)
#: A call about a child who is back, at whose end nobody acknowledged, is given up so long after it was raised.
LAPSED = timedelta(days=7)

Known = Set[tuple[str, int, str]]


@dataclass(frozen=True, slots=True)
class DueCall:
    """An agency to be called for what was met."""

    met: Met
    agency: Agency


@dataclass(frozen=True)
class Situation:
    """All that is known when it is decided who is called; of children who died nothing but that they did (`dead`).

    `recent` are episodes reported in the last RECENT, over or not. `others` are the episodes of `raised` that are
    no record of an absence (any more). `highs` says how often the grade of an episode became high.
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
        """The absence an episode is of, while the child is missing; one record of it may be over."""
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
        """What a call for an episode is about: every open record of the absence, or the episode that is over."""
        found, own = self.absence(number), self.episode(number)
        return found.records if found else (own,) if own else ()


@dataclass(frozen=True, slots=True)
class Decisions:
    """What is to be done now. Each is one change that only one of several replicas can make."""

    close: tuple[tuple[Raised, str], ...] = ()
    reopen: tuple[Raised, ...] = ()
    next_tier: tuple[Call, ...] = ()
    vacant: tuple[Call, ...] = ()  # nobody could be called at any tier: somebody may hold the role by now
    call: tuple[DueCall, ...] = ()

    @property
    def nothing(self) -> bool:
        return self == Decisions()


def decisions(s: Situation, p: Partnership) -> Decisions:
    """What is to be done, in an order that is the same on every replica."""
    standing = [(c, why_closed(c, s, p)) for c in calls(s.raised)]
    running = [c for c, why in standing if c.open and not why]
    return Decisions(
        close=tuple((r, why) for c, why in standing if why for r in c.tiers if r.closed_at is None),
        reopen=tuple(c.called or c.first for c, why in standing if not why and _wrongly_closed(c, s)),
        next_tier=tuple(c for c in running if c.waits is not None and c.waits.acknowledge_by <= s.now),
        vacant=tuple(c for c in running if c.called is None),
        call=tuple(_due(s, p)),
    )


def why_closed(c: Call, s: Situation, p: Partnership) -> str:
    """Why nothing is asked any more of whoever was called; empty while something is."""
    number = c.first.episode_id
    episode, absence, rule = s.episode(number), s.absence(number), p.escalation(c.first.rule)
    if episode is None:
        return "gone"
    if episode.child_id in s.dead:
        return "died"
    condition = rule.condition if rule else ""
    if absence is None:
        return _repeat_closed(c, s.now) if condition == "repeat" else "over"
    records = (*absence.records, episode)  # its own may be over, while the child is missing by another one
    graded = any(grade_at(x, s.now) for x in records)
    fallen = {
        "ungraded": "graded" if graded else "",
        "high": "" if any(feared_grade(x, s.now) == "high" for x in records) else "lowered",
        "special": "" if any(special(x, s.now) for x in records) else "lowered",
    }
    return fallen.get(condition, "")


def _repeat_closed(c: Call, now: datetime) -> str:
    """The child's return does not answer why the child goes missing again and again."""
    if c.acknowledged:
        return "over"
    return "lapsed" if c.waits is None and c.first.at + LAPSED <= now else ""


def _wrongly_closed(c: Call, s: Situation) -> bool:
    """A return or a death was put right: the child is missing, and nobody had acknowledged the call."""
    ended = c.acknowledged is None and not c.open and {r.closed_because for r in c.tiers} & {"over", "died"}
    return bool(ended) and s.absence(c.first.episode_id) is not None


def _due(s: Situation, p: Partnership) -> Iterator[DueCall]:
    known: dict[int, set[tuple[str, int, str]]] = {}
    for r in s.raised:
        home = s.absence(r.episode_id)
        number = home.records[0].id if home else r.episode_id
        known.setdefault(number, set()).add((r.rule, r.crossing, r.agency))
    for a in s.absences:
        found = met(a, s.starts, p, s.now, s.highs)
        yield from _not_called(found, known.get(a.records[0].id, set()), p)
    for x in s.recent:
        if x.kind == "missing" and x.child_id not in s.dead and s.absence(x.id) is None:
            again = [m for rule in p.escalations if (m := crossed(rule, x, s.starts, p, s.now)) is not None]
            yield from _not_called(again, known.get(x.id, set()), p)


def _not_called(found: Iterable[Met], known: Known, p: Partnership) -> Iterator[DueCall]:
    for m in found:
        for agency in BOTH:
            wanted = m.rule.role(agency) and agency in p.agencies
            if wanted and (m.rule.id, m.crossing, agency) not in known:
                yield DueCall(m, agency)
