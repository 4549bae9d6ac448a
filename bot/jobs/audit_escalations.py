"""Escalation rules that are met without a call, and calls that went no further, found by the auditor for itself.

It looks for a row, and does not work out which row was to be made: making, closing and handing on calls is the job's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.jobs.job import Run
from bot.rules.access.break_glass import BOTH
from bot.rules.access.permissions import Scope
from bot.rules.delivery.missed_work import MissedWork, overlooked
from bot.rules.escalations.calls import (
    RECENT,
    Raised,
    Starts,
    TriggerMet,
    absences,
    calls,
    crossed,
    high_of,
    triggers_met,
    turned_18,
)
from bot.rules.model import Episode
from bot.rules.partnership.partnership import Partnership
from bot.rules.queries.digest_content import GROWN_UP
from bot.store.delivery import escalations
from bot.store.queries.children import grades_in_force
from bot.store.queries.facts import StoredFacts


@dataclass(frozen=True, slots=True)
class MetRules:
    """The rules that one child's absence, or one episode that is over, has met."""

    records: tuple[Episode, ...]
    found: tuple[TriggerMet, ...]

    def called(self, raised: Sequence[tuple[int, datetime, Raised]]) -> set[tuple[str, int, str]]:
        """Return rule, crossing and agency of each call for its records, or for another record of the same time."""
        first, numbers = self.records[0], {x.id for x in self.records}
        return {
            (r.rule, r.crossing, r.agency)
            for child, until, r in raised
            if child == first.child_id and (r.episode_id in numbers or max(r.at, until) >= first.start_at)
        }


def find(run: Run, connection: Any, now: datetime) -> Iterator[MissedWork]:
    """Find missed calls and tiers, at any hour. A working job leaves none: it acts in the tick that finds them."""
    facts = StoredFacts(connection, run.partnership)
    crossings = _crossings(facts, run.partnership, now)
    raised = escalations.of_children(facts.connection, sorted({c.records[0].child_id for c in crossings}))
    for c in crossings:
        called = c.called(raised)
        for m in c.found:
            for agency in BOTH:
                wanted = m.rule.role(agency) and agency in run.partnership.agencies
                if wanted and (m.rule.id, m.crossing, agency) not in called:
                    yield overlooked("call", m.episode.id, m.rule.id, m.crossing, agency)
    for call in calls(facts.work.unclosed_escalations()):
        if call.waits is not None and call.waits.acknowledge_by <= now:
            yield overlooked("tier", call.waits.id, call.waits.acknowledge_by)


def _crossings(facts: StoredFacts, p: Partnership, now: datetime) -> list[MetRules]:
    """Find the rules met by children who are missing, back from a recent report, or of age by now; by none who died."""
    everywhere = Scope(tuple(a.id for a in p.areas))
    still, lately = facts.open_episodes(everywhere, now), facts.reported(everywhere, now - RECENT, now)
    dead = facts.died(sorted({x.child_id for x in (*still, *lately)}))
    missing = absences(still, dead)
    gone = {a.child_id for a in missing} | dead
    back = [x for x in lately if x.kind == "missing" and x.child_id not in gone]
    episodes = [*(x for a in missing for x in a.records), *back]
    starts: Starts = {}
    if episodes and p.repeat_rules:
        since = min(x.start_at for x in episodes) - timedelta(days=p.repeat_rules[0].days)
        starts = facts.starts(sorted({x.child_id for x in episodes}), since, now)
    rows = {a: facts.work.escalations([x.id for x in a.records]) for a in missing}
    of_child = {x.id: found for a, found in rows.items() for x in a.records}
    series = grades_in_force(facts.connection, sorted(of_child), now)
    highs = {n: high_of(grades, of_child[n], now) for n, grades in series.items()}
    found = [MetRules(a.records, triggers_met(a, starts, p, now, highs)) for a in missing]
    grown_up = [x for x in facts.grown_up(everywhere, now - GROWN_UP, now) if x.child_id not in gone]
    dead_since = facts.died(sorted({x.child_id for x in grown_up}))
    found += [MetRules((m.episode,), (m,)) for m in turned_18(grown_up, p, now) if m.episode.child_id not in dead_since]
    for x in back:
        repeats = (crossed(rule, x, starts, p, now) for rule in p.escalations)
        found.append(MetRules((x,), tuple(m for m in repeats if m is not None)))
    return [c for c in found if c.found]
