"""Two periods counted in the same way and laid side by side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.facts import Facts
from bot.reply import Cell, Table
from bot.rules.access import Scope
from bot.rules.frequency import Frequency
from bot.rules.interviews import InterviewTally, kpis
from bot.rules.model import Period
from bot.shown import compared, number, per_day_row, total


@dataclass(frozen=True, slots=True)
class Counted:
    """One period with what was counted in it; `interviews` None where that export was never loaded."""

    period: Period
    frequency: Frequency
    interviews: InterviewTally | None


def count(facts: Facts, scope: Scope, period: Period, now: datetime) -> Counted:
    """Children, episodes and interviews of the episodes that started in the period."""
    loaded = any(f.source == "interviews" and f.taken_at for f in facts.freshness(now))
    tallies = facts.tallies(scope, period, now) if loaded else {}
    return Counted(period, facts.frequency(scope, period), total(tallies.values()) if loaded else None)


def comparison(now: Counted, then: Counted | None, comparable: bool = True) -> Table:
    """Every measure of two periods beside each other, the change only where it may be read; or of one alone."""
    if then is None:
        alone = comparison(now, now)
        return Table(alone.title, alone.columns[:2], tuple(row[:2] for row in alone.rows))
    a, b = now.frequency, then.frequency
    rows = [
        compared("Children", a.children, b.children),
        compared("Episodes", a.episodes, b.episodes),
        ("Episodes per child", number(a.per_child), number(b.per_child), ""),
        per_day_row(a.episodes, now.period, b.episodes, then.period),
        compared("Children with one episode", a.once_only, b.once_only),
        compared("Children with two or more", a.repeat_children, b.repeat_children),
        compared("Repeat episodes", a.repeat_episodes, b.repeat_episodes),
        *_rates(now.interviews, then.interviews),
    ]
    columns = ("Measure", now.period.label, then.period.label, "Change")
    return Table("Figures", columns, tuple(row if comparable else (*row[:3], "") for row in rows))


def _rates(now: InterviewTally | None, then: InterviewTally | None) -> list[tuple[Cell, ...]]:
    if now is None or then is None:
        return []
    pairs = zip(kpis(now), kpis(then), strict=True)
    return [(f"Interviews: {a.label}", a.rate.text, b.rate.text, "") for a, b in pairs]
