"""bands: children by how many episodes they had in a period, with both sums checked, and by age."""

from bot import asked, shown
from bot.command import Ask, Command
from bot.reply import Cell, Fact, Reply, Table
from bot.rules.access import Scope
from bot.rules.figures import period_warnings
from bot.rules.frequency import BandCount, Frequency, bands
from bot.rules.model import Period
from bot.rules.status import age_band
from bot.shown import change_fact, compared


def run(ask: Ask) -> Reply:
    """Scope is applied before banding: a child with episodes in two areas is banded in each by itself (R9)."""
    wanted = asked.read(ask)
    period = wanted.period(ask)
    beside = asked.beside(ask, wanted, period)
    scope = ask.scope("counts", wanted.area)
    now = ask.facts.frequency(scope, period)
    then = ask.facts.frequency(scope, beside.earlier) if beside.earlier else now
    rows, before = (bands(f, ask.partnership.frequency_bands) for f in (now, then))
    cells = _cells(rows, before, now, then, beside.comparable)
    return Reply(
        title=f"{asked.scope_name(ask, scope)}: children by number of episodes, {period.label}",
        level=0,
        text=(
            f"{shown.children(now.children)}, {shown.counted(now.episodes, 'episode')}, {asked.days(period)}.",
            *beside.notes,
        ),
        facts=tuple(_facts(rows, before, beside.base)),
        tables=(_table(cells, period, beside.earlier), _ages(ask, scope, period)),
        footer=(
            *period_warnings(period, beside.earlier or period, ask.now, asked.data_until(ask)),
            *asked.footer(ask, scope, period),
        ),
    )


def _facts(rows: tuple[BandCount, ...], before: tuple[BandCount, ...], earlier: Period | None) -> list[Fact]:
    """`earlier` None: no change may be read."""
    found = []
    for a, b in zip(rows, before, strict=True):
        label = f"Children with {a.band.label} episodes"
        found.append(Fact(label, a.children))
        if earlier is not None:
            found.append(change_fact(f"{label}, change on {earlier.label}", b.children, a.children))
    return found


def _cells(
    rows: tuple[BandCount, ...], before: tuple[BandCount, ...], now: Frequency, then: Frequency, comparable: bool
) -> tuple[tuple[Cell, ...], ...]:
    pairs = zip(rows, before, strict=True)
    each = ((*compared(a.band.label, a.children, b.children, comparable), a.episodes) for a, b in pairs)
    return (*each, (*compared("All", now.children, then.children, comparable), now.episodes))


def _table(cells: tuple[tuple[Cell, ...], ...], period: Period, earlier: Period | None) -> Table:
    """`earlier` None: not known, so it has no columns."""
    title, of, episodes = "Children by number of episodes", f"Children {period.label}", f"Episodes {period.label}"
    if earlier is None:
        return Table(title, ("Episodes each", of, episodes), tuple((*row[:2], row[-1]) for row in cells))
    return Table(title, ("Episodes each", of, f"Children {earlier.label}", "Change", episodes), cells)


def _ages(ask: Ask, scope: Scope, period: Period) -> Table:
    """Age in completed years at the child's first episode in the period (R17)."""
    found: dict[str, tuple[int, int]] = {b.label: (0, 0) for b in ask.partnership.age_bands}
    for age, (children, episodes) in ask.facts.by_age(scope, period).items():
        label = age_band(age, ask.partnership.age_bands)
        so_far = found.get(label, (0, 0))
        found[label] = (so_far[0] + children, so_far[1] + episodes)
    rows = tuple((label, *counts) for label, counts in found.items())
    return Table(f"By age, {period.label}", ("Age at first episode", "Children", "Episodes"), rows)


COMMAND = Command(
    name="bands",
    summary="Children by how many episodes they had, and by age",
    usage="bands [PERIOD] [AREA] [partial]",
    examples=("bands 2017-H1", "bands last half north"),
    actions=("counts",),
    run=run,
)
