"""Two periods counted in the same way and laid side by side."""

from __future__ import annotations

from dataclasses import dataclass

from bot.conversation.command import Ask
from bot.conversation.reply import Cell, Table
from bot.messages.figure_rows import compared, per_child, per_day_row
from bot.messages.released_figures import StatisticsFacts
from bot.rules.access.permissions import Scope
from bot.rules.disclosure.released import AnyFrequency, AnyTally, ReleasedFrequency, kpi_rates
from bot.rules.model import Period


@dataclass(frozen=True, slots=True)
class Counted:
    """One period with what was counted in it; `interviews` None where that export was never loaded."""

    period: Period
    frequency: AnyFrequency
    interviews: AnyTally | None


def count(ask: Ask, figures: StatisticsFacts, scope: Scope, period: Period) -> Counted:
    """Children, episodes and interviews of the episodes that started in the period."""
    loaded = any(f.source == "interviews" and f.taken_at for f in ask.facts.freshness(ask.now))
    return Counted(period, figures.frequency(scope, period), figures.tally(scope, period) if loaded else None)


def comparison(now: Counted, then: Counted | None, comparable: bool = True) -> Table:
    """Every measure of two periods beside each other, the change only where it may be read; or of one alone."""
    if then is None:
        alone = comparison(now, now)
        return Table(alone.title, alone.columns[:2], tuple(row[:2] for row in alone.rows))
    a, b = now.frequency, then.frequency
    released = isinstance(a, ReleasedFrequency)
    rows: list[tuple[Cell, ...]] = [
        compared("Children", a.children, b.children, released=released),
        compared("Episodes", a.episodes, b.episodes, released=released),
        ("Episodes per child", per_child(a), per_child(b), ""),
        per_day_row(a.episodes, now.period, b.episodes, then.period, released=released),
        compared("Children with one episode", a.once_only, b.once_only, released=released),
        compared("Children with two or more", a.repeat_children, b.repeat_children, released=released),
        compared("Repeat episodes", a.repeat_episodes, b.repeat_episodes, released=released),
    ]
    if now.interviews is not None and then.interviews is not None:
        pairs = zip(kpi_rates(now.interviews), kpi_rates(then.interviews), strict=True)
        rows += [(f"Interviews: {k.label}", new.text, old.text, "") for (k, new), (_, old) in pairs]
    columns = ("Measure", now.period.label, then.period.label, "Change")
    return Table("Figures", columns, tuple(row if comparable else (*row[:3], "") for row in rows))
