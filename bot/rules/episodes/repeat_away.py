"""Away from placement again and again: the away episodes for which a partnership wants a return interview too (R20)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from bot.rules.episodes.record_matching import OneAbsence
from bot.rules.partnership.partnership import AwayRule
from bot.rules.time.clock import local_day


def away_starts(absences: Iterable[OneAbsence]) -> tuple[datetime, ...]:
    """Return the starts of a child's away episodes, oldest first.

    A record that begins within another one is a form of the same absence (edge case 10). One without a readable start
    counts for nothing.
    """
    away = [a.council for a in absences if a.police is None and a.council and a.council.kind == "away"]
    found: list[datetime] = []
    over: datetime | None = None
    for record in sorted((c for c in away if c.start_known), key=lambda c: c.start_at):
        if over is None or record.start_at >= over:
            found.append(record.start_at)
        ends = record.ended_at or record.returned_at
        over = max(filter(None, (over, ends)), default=None)
    return tuple(found)


def asks_for_interview(rule: AwayRule | None, starts: Sequence[datetime], start: datetime) -> bool:
    """Return True where enough of these starts lie in the rule's days up to this one (R12), itself among them.

    A further form of an absence is none of them, and needs no interview of its own. Those from before the rule's first
    day are counted, and need none themselves.
    """
    if rule is None or start not in starts or (rule.since and local_day(start) < rule.since):
        return False
    return sum(start - timedelta(days=rule.days) < each <= start for each in starts) >= rule.episodes
