"""What is known when it is decided who is called: read from what is open or two days old, never from history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.rules.access.permissions import Scope
from bot.rules.episodes.risk_flags import feared_grade
from bot.rules.escalations.calls import Raised
from bot.rules.escalations.decisions import RECENT, Situation
from bot.rules.escalations.triggers import absences, times_high
from bot.rules.model import Episode
from bot.rules.partnership.partnership import Partnership
from bot.store.queries.children import grades_of
from bot.store.queries.facts import StoredFacts


def look(connection: Any, p: Partnership, now: datetime) -> Situation:
    """Every area: a call is the partnership's, whoever may see it afterwards."""
    facts, everywhere = StoredFacts(connection, p), Scope(tuple(a.id for a in p.areas))
    still = facts.open_episodes(everywhere, now)
    recent = facts.reported(everywhere, now - RECENT, now)
    raised = _raised(facts, (*still, *recent))
    read = {x.id: x for x in (*recent, *still)}
    read |= {x.id: x for x in facts.numbered(everywhere, sorted({r.episode_id for r in raised} - set(read)), now)}
    dead = facts.died(sorted({x.child_id for x in read.values()}))
    missing = absences(still, dead)
    records = [x for a in missing for x in a.records]
    shown = {x.id for x in records}
    return Situation(
        now=now,
        absences=missing,
        recent=recent,
        others={number: x for number, x in read.items() if number not in shown},
        dead=dead,
        starts=_starts(facts, p, (*records, *recent), now),
        highs=_highs(connection, records, now),
        raised=raised,
    )


def _raised(facts: StoredFacts, episodes: Iterable[Episode]) -> Sequence[Raised]:
    """Of these episodes everything, and of any other what is not closed yet."""
    found = {r.id: r for r in facts.work.escalations(sorted({x.id for x in episodes}))}
    found |= {r.id: r for r in facts.work.unclosed_escalations()}
    return [found[number] for number in sorted(found)]


def _starts(
    facts: StoredFacts, p: Partnership, episodes: Sequence[Episode], now: datetime
) -> dict[int, tuple[datetime, ...]]:
    """As far back as the first repeat rule looks from the earliest of these episodes."""
    if not episodes or not p.repeat_rules:
        return {}
    since = min(x.start_at for x in episodes) - timedelta(days=p.repeat_rules[0].days)
    return dict(facts.starts(sorted({x.child_id for x in episodes}), since, now))


def _highs(connection: Any, records: Sequence[Episode], now: datetime) -> dict[int, int]:
    high = [x.id for x in records if feared_grade(x, now) == "high"]
    return {number: times_high(series, now) for number, series in grades_of(connection, high, now).items()}
