"""Figures as facts and table rows: the one place that turns rules' results into what is printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from bot.reply import Cell, Fact, Table
from bot.rules.figures import Change, Rate, per_day, rate_change, signed
from bot.rules.frequency import Frequency
from bot.rules.interviews import InterviewTally, kpis
from bot.rules.model import Period


def counted(n: int, one: str, many: str = "") -> str:
    """'1 child', '2 children', '0 episodes': a number with its word."""
    return f"{n} {one if n == 1 else many or f'{one}s'}"


def children(n: int) -> str:
    return counted(n, "child", "children")


def number(value: Decimal | None) -> float | None:
    """A rounded decimal as a plain number; it prints as it was rounded."""
    return None if value is None else float(value)


def rate_fact(label: str, rate: Rate, note: str = "") -> Fact:
    return Fact(label, number(rate.percent), rate.numerator, rate.denominator, "%", note)


def change_fact(label: str, old: int, new: int) -> Fact:
    """The change in percent of the old count; numerator is the difference, denominator the old count (R13)."""
    change = Change(old, new)
    note = "from 0" if change.percent is None else "low base" if change.low_base else ""
    return Fact(label, number(change.percent), change.difference, old, "%", note)


def frequency_facts(now: Frequency, then: Frequency | None, earlier: str) -> list[Fact]:
    """Children, episodes and the measures of repeating, each named so that no two can be confused (R10)."""
    found = [Fact("Children", now.children), Fact("Episodes", now.episodes)]
    if then is not None:
        found.insert(1, change_fact(f"Children, change on {earlier}", then.children, now.children))
        found.append(change_fact(f"Episodes, change on {earlier}", then.episodes, now.episodes))
    return [
        *found,
        Fact("Episodes per child", number(now.per_child), now.episodes, now.children),
        Fact("Children with one episode", now.once_only),
        Fact("Children with two or more episodes", now.repeat_children),
        Fact("Repeat episodes (episodes less children)", now.repeat_episodes),
        Fact("Episodes by children with two or more", now.episodes_by_repeat_children),
    ]


def compared(label: str, new: int, old: int, comparable: bool = True) -> tuple[Cell, ...]:
    """A table row: measure, count, earlier count, change (left empty where it must not be read)."""
    return (label, new, old, Change(old, new).text if comparable else "")


def per_day_row(new: int, period: Period, old: int, earlier: Period) -> tuple[Cell, ...]:
    """Episodes per day of each period: what can be compared when the days differ (R14)."""
    change = signed(rate_change(old, earlier.days, new, period.days))
    return ("Episodes per day", number(per_day(new, period.days)), number(per_day(old, earlier.days)), change)


def kpi_facts(tally: InterviewTally) -> list[Fact]:
    """The interview figures, each with numerator and denominator and what they count."""
    return [rate_fact(f"Interviews: {k.label}", k.rate, f"{k.id}: {k.formula}") for k in kpis(tally)]


def kpi_table(title: str, tallies: Sequence[tuple[str, InterviewTally]]) -> Table:
    """One row a team, the report's two figures first, then how many were in time of all required."""
    columns = (
        "Team",
        "Episodes",
        "Completed",
        "% completed",
        "Recorded in 72 h",
        "% of completed",
        "% of required",
    )
    return Table(title, columns, tuple(_kpi_row(name, t) for name, t in tallies))


def _kpi_row(name: str, t: InterviewTally) -> tuple[Cell, ...]:
    rates = {k.id: k.rate for k in kpis(t)}
    percent = {i: number(rates[i].percent) for i in ("K5", "K7", "K8")}
    return (name, t.episodes, t.held, percent["K5"], t.recorded_in_time, percent["K7"], percent["K8"])


def measures_table(
    title: str, tallies: Sequence[tuple[str, InterviewTally]], more: Mapping[str, Sequence[Cell]]
) -> Table:
    """K1-K9 for each team with both counts, then further rows such as medians (K10)."""
    by_team = [kpis(t) for _, t in tallies]
    rows = [(k.label, *(team[i].rate.text for team in by_team)) for i, k in enumerate(kpis(InterviewTally()))]
    columns = ("Measure", *(name for name, _ in tallies))
    return Table(title, columns, (*rows, *((label, *cells) for label, cells in more.items())))


def total(tallies: Iterable[InterviewTally]) -> InterviewTally:
    return sum(tallies, InterviewTally())
