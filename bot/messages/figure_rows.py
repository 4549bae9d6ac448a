"""Figures as facts and table rows: the one place that turns rules' results into what is printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from bot.conversation.reply import Cell, Fact, Table
from bot.rules.disclosure import released as disclosure
from bot.rules.disclosure.released import (
    HIDDEN,
    AnyChange,
    AnyFrequency,
    AnyRate,
    AnyTally,
    Count,
    ReleasedChange,
    ReleasedFrequency,
    released_rate_change,
)
from bot.rules.figures.rates import Change, per_day, rate_change, signed
from bot.rules.model import Period


def counted(n: Count, one: str, many: str = "") -> str:
    """'1 child', '2 children', '0 episodes', 'c episodes': a number with its word."""
    return f"{disclosure.count_label(n)} {one if n == 1 else many or f'{one}s'}"


def children(n: Count) -> str:
    return counted(n, "child", "children")


def number(value: Decimal | None) -> float | None:
    """A rounded decimal as a plain number; it prints as it was rounded."""
    return None if value is None else float(value)


def percent(rate: AnyRate) -> Cell:
    """The percentage alone, for a column of them."""
    return HIDDEN if rate.numerator is None or rate.denominator is None else number(rate.percent)


def per_child(f: AnyFrequency) -> Cell:
    return HIDDEN if f.children is None or f.episodes is None else number(f.per_child)


def count_fact(label: str, value: Count) -> Fact:
    return Fact(label, disclosure.cell(value))


def rate_fact(label: str, rate: AnyRate, note: str = "") -> Fact:
    value = percent(rate)
    return Fact(label, value, rate.numerator, rate.denominator, "" if value == HIDDEN else "%", note)


def change_between(old: Count, new: Count, released: bool) -> AnyChange:
    """Return the change; a released one, which several people read, has conditions of its own."""
    if released or old is None or new is None:
        return ReleasedChange(old, new)
    return Change(old, new)


def change_fact(label: str, old: Count, new: Count, released: bool = False) -> Fact:
    """The change in percent of the old count; numerator is the difference, denominator the old count (R13)."""
    change = change_between(old, new, released)
    if change.difference is None:
        return Fact(label, HIDDEN)
    note = "low base" if change.low_base else "from 0" if change.percent is None else ""
    return Fact(label, number(change.percent), change.difference, old, "%", note)


def frequency_facts(now: AnyFrequency, then: AnyFrequency | None, earlier: str) -> list[Fact]:
    """Children, episodes and the measures of repeating, each named so that no two can be confused (R10)."""
    released = isinstance(now, ReleasedFrequency)
    found = [count_fact("Children", now.children), count_fact("Episodes", now.episodes)]
    if then is not None:
        found.insert(1, change_fact(f"Children, change on {earlier}", then.children, now.children, released))
        found.append(change_fact(f"Episodes, change on {earlier}", then.episodes, now.episodes, released))
    return [
        *found,
        Fact("Episodes per child", per_child(now), now.episodes, now.children),
        count_fact("Children with one episode", now.once_only),
        count_fact("Children with two or more episodes", now.repeat_children),
        count_fact("Repeat episodes (episodes less children)", now.repeat_episodes),
        count_fact("Episodes by children with two or more", now.episodes_by_repeat_children),
    ]


def compared(
    label: str, new: Count, old: Count, comparable: bool = True, *, released: bool = False
) -> tuple[Cell, ...]:
    """A table row: measure, count, earlier count, change (left empty where it must not be read)."""
    change = change_between(old, new, released).text if comparable else ""
    return (label, disclosure.cell(new), disclosure.cell(old), change)


def per_day_row(new: Count, period: Period, old: Count, earlier: Period, *, released: bool = False) -> tuple[Cell, ...]:
    """Episodes per day of each period: what can be compared when the days differ (R14)."""
    if released or new is None or old is None:
        change = released_rate_change(old, earlier.days, new, period.days)
    else:
        change = signed(rate_change(old, earlier.days, new, period.days))
    return ("Episodes per day", _per_day(new, period), _per_day(old, earlier), change)


def _per_day(count: Count, period: Period) -> Cell:
    return HIDDEN if count is None else number(per_day(count, period.days))


def kpi_facts(tally: AnyTally) -> list[Fact]:
    """The interview figures, each with numerator and denominator and what they count."""
    rates = disclosure.kpi_rates(tally)
    return [rate_fact(f"Interviews: {k.label}", rate, f"{k.id}: {k.formula}") for k, rate in rates]


def kpi_table(title: str, tallies: Sequence[tuple[str, AnyTally]]) -> Table:
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
    rows: list[tuple[Cell, ...]] = []
    for name, t in tallies:
        share = {k.id: percent(rate) for k, rate in disclosure.kpi_rates(t)}
        episodes, held, recorded = (disclosure.cell(n) for n in (t.episodes, t.held, t.recorded_in_time))
        rows.append((name, episodes, held, share["K5"], recorded, share["K7"], share["K8"]))
    return Table(title, columns, tuple(rows))


def measures_table(title: str, tallies: Sequence[tuple[str, AnyTally]], more: Mapping[str, Sequence[Cell]]) -> Table:
    """K1-K9 for each team with both counts, then further rows such as medians (K10)."""
    by_team = [disclosure.kpi_rates(t) for _, t in tallies]
    rows = [(team[0].label, *(t[i][1].text for t in by_team)) for i, team in enumerate(by_team[0])] if by_team else []
    columns = ("Measure", *(name for name, _ in tallies))
    return Table(title, columns, (*rows, *((label, *cells) for label, cells in more.items())))
