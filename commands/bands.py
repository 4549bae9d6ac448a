"""bands: children by number of episodes in a period, with both sums checked, and by age."""

from collections.abc import Sequence

from bot.conversation import arguments
from bot.conversation.command import Ask, Command
from bot.conversation.reply import Reply, Table
from bot.messages import released_figures
from bot.messages.released_figures import ReleasedRow, change_fact, compared
from bot.rules.access.permissions import Scope
from bot.rules.disclosure.released import cell
from bot.rules.figures import period_warnings
from bot.rules.model import Period


def run(ask: Ask) -> Reply:
    """Apply the scope before banding: a child with episodes in two areas is banded in each by itself (R9)."""
    wanted = arguments.read(ask)
    period = wanted.period(ask)
    beside = arguments.beside(ask, wanted, period)
    scope, figures = released_figures.asked_for(ask, wanted, period)
    private = released_figures.is_private(ask, scope)
    bands, all_now = _counted(figures, scope, period)
    before, all_then = _counted(figures, scope, beside.earlier) if beside.earlier else (bands, all_now)
    pairs = list(zip([*bands, all_now], [*before, all_then], strict=True))
    counts = []
    for now, then in pairs[:-1]:
        label = f"Children with {now.name} {'episode' if now.name == '1' else 'episodes'}"
        counts.append(released_figures.count_fact(label, now.children))
        if beside.base is not None:
            on = f"{label}, change on {beside.base.label}"
            counts.append(change_fact(on, then.children, now.children, not private))
    # Numbers of episodes are for one person alone: they tell how many each of a few children had.
    episodes = ("Episodes",) if private else ()
    ages = tuple(
        (r.name, cell(r.children), *([cell(r.episodes)] if private else [])) for r in figures.ages(scope, period)
    )
    return Reply(
        title=f"{arguments.scope_name(ask, scope)}: children by number of episodes, {period.label}",
        level=0,
        text=(
            f"{released_figures.children(all_now.children)}, {released_figures.counted(all_now.episodes, 'episode')}, "
            f"{arguments.days_known(ask, period)}.",
            *beside.notes,
        ),
        facts=tuple(counts),
        tables=(
            _table(pairs, period, beside, private),
            # In completed years at the child's first episode in the period (R17).
            Table(f"By age, {period.label}", ("Age at first episode", "Children", *episodes), ages),
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


def _table(
    pairs: Sequence[tuple[ReleasedRow, ReleasedRow]], period: Period, beside: arguments.Beside, private: bool
) -> Table:
    """Build the table of bands. Where the earlier period is not known, it has no columns for it."""
    columns: tuple[str, ...] = ("Episodes each", f"Children {period.label}")
    if beside.earlier is not None:
        columns += (f"Children {beside.earlier.label}", "Change")
    rows = []
    for now, then in pairs:
        row = compared(now.name, now.children, then.children, beside.comparable, released=not private)
        rows.append((*row[: len(columns)], *([cell(now.episodes)] if private else [])))
    episodes = (f"Episodes {period.label}",) if private else ()
    return Table("Children by number of episodes", (*columns, *episodes), tuple(rows))


COMMAND = Command(
    name="bands",
    summary="Children by how many episodes they had, and by age",
    usage="bands [PERIOD] [AREA] [partial]",
    examples=("bands 2017-H1", "bands last half north"),
    actions=("counts",),
    run=run,
    words={
        **dict.fromkeys(
            ("age bands", "ages", "age breakdown", "by age", "how old", "breakdown by age", "age groups", "by band"), ""
        ),
    },
)
