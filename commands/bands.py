"""bands: children by number of episodes in a period, with both sums checked, and by age."""

from collections.abc import Sequence

from bot.conversation import arguments
from bot.conversation.command import Ask, Command
from bot.conversation.reply import Cell, Fact, Reply, Table
from bot.messages import released_figures
from bot.messages.released_figures import ReleasedRow, change_fact, compared
from bot.rules.access.permissions import Scope
from bot.rules.disclosure.released import cell
from bot.rules.figures.rates import period_warnings
from bot.rules.model import Period


def run(ask: Ask) -> Reply:
    """Apply the scope before banding: a child with episodes in two areas is banded in each by itself (R9)."""
    wanted = arguments.read(ask)
    period = wanted.period(ask)
    beside = arguments.beside(ask, wanted, period)
    scope, figures = released_figures.asked_for(ask, wanted, period)
    rows, all_now = _counted(figures, scope, period)
    before, all_then = _counted(figures, scope, beside.earlier) if beside.earlier else (rows, all_now)
    private = released_figures.is_private(ask, scope)
    pairs = list(zip([*rows, all_now], [*before, all_then], strict=True))
    cells = tuple(_cells(a, b, beside.comparable, private) for a, b in pairs)
    return Reply(
        title=f"{arguments.scope_name(ask, scope)}: children by number of episodes, {period.label}",
        level=0,
        text=(
            f"{released_figures.children(all_now.children)}, {released_figures.counted(all_now.episodes, 'episode')}, "
            f"{arguments.days(period)}.",
            *beside.notes,
        ),
        facts=tuple(f for a, b in pairs[:-1] for f in _facts(a, b, beside.base, private)),
        tables=(
            _table(cells, period, beside.earlier, private),
            _ages(figures.ages(scope, period), period, private),
        ),
        footer=(
            *period_warnings(period, beside.earlier or period, ask.now, arguments.data_until(ask)),
            *released_figures.footer(ask, scope, period, *beside.shown),
        ),
    )


def _counted(
    figures: released_figures.StatisticsFacts, scope: Scope, period: Period
) -> tuple[Sequence[ReleasedRow], ReleasedRow]:
    """Return the bands, and the total."""
    everybody = figures.frequency(scope, period)
    return figures.bands(scope, period), ReleasedRow("All", everybody.children, everybody.episodes)


def _facts(now: ReleasedRow, then: ReleasedRow, earlier: Period | None, private: bool) -> list[Fact]:
    """Return a band's count and its change; no change without `earlier`."""
    label = f"Children with {now.name} episodes"
    found = [released_figures.count_fact(label, now.children)]
    if earlier is not None:
        change = change_fact(f"{label}, change on {earlier.label}", then.children, now.children, not private)
        found.append(change)
    return found


def _cells(now: ReleasedRow, then: ReleasedRow, comparable: bool, private: bool) -> tuple[Cell, ...]:
    """Return a band's row. Its episodes are for one person alone: they tell how many each of a few children had."""
    row = compared(now.name, now.children, then.children, comparable, released=not private)
    return (*row, cell(now.episodes)) if private else row


def _table(cells: tuple[tuple[Cell, ...], ...], period: Period, earlier: Period | None, private: bool) -> Table:
    """Build the table. Without `earlier`, which is then not known, it has no columns for it."""
    title, of = "Children by number of episodes", f"Children {period.label}"
    episodes = (f"Episodes {period.label}",) if private else ()
    if earlier is None:
        return Table(title, ("Episodes each", of, *episodes), tuple((*row[:2], *row[4:]) for row in cells))
    return Table(title, ("Episodes each", of, f"Children {earlier.label}", "Change", *episodes), cells)


def _ages(rows: Sequence[ReleasedRow], period: Period, private: bool) -> Table:
    """Group by age in completed years at the child's first episode in the period (R17)."""
    title, columns = f"By age, {period.label}", ("Age at first episode", "Children")
    if private:
        return Table(title, (*columns, "Episodes"), tuple((r.name, cell(r.children), cell(r.episodes)) for r in rows))
    return Table(title, columns, tuple((r.name, cell(r.children)) for r in rows))


COMMAND = Command(
    name="bands",
    summary="Children by how many episodes they had, and by age",
    usage="bands [PERIOD] [AREA] [partial]",
    examples=("bands 2017-H1", "bands last half north"),
    actions=("counts",),
    run=run,
)
