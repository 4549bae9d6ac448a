"""stats: children, episodes, repeats and interviews of an area in a period, beside the period before."""

from dataclasses import replace

from bot.conversation import arguments
from bot.conversation.command import Ask, Command
from bot.conversation.reply import Button, Fact, Reply, Table
from bot.messages import released_figures
from bot.messages.released_figures import Counted, comparison, count
from bot.rules.access.permissions import Scope
from bot.rules.disclosure import released
from bot.rules.figures import period_warnings
from bot.rules.model import Period
from bot.rules.partnership.partnership import Area


def run(ask: Ask) -> Reply:
    """Count by episode start (R5). Misleading changes are left out (R14), and nothing unknown is shown as zero."""
    wanted = arguments.read(ask, several_areas=True)
    period = wanted.period(ask)
    if len(wanted.areas) > 1:
        return _side_by_side(ask, wanted, period)
    scope, figures = released_figures.asked_for(ask, wanted, period)
    until = arguments.data_until(ask)
    beside = arguments.beside(ask, wanted, period)
    now = count(ask, figures, scope, period)
    then = count(ask, figures, scope, beside.earlier) if beside.earlier else None
    unknown = arguments.never_loaded(ask, "interviews", "Return interviews")
    area = arguments.area_word(wanted)
    # R11: the figure is only as true as the history is long, so the note says from when.
    history = ask.partnership.history_start
    since = f"history from {history:%-d %b %Y}" if history else "history as far as loaded"
    first_ever = Fact(
        "Children missing for the first time ever", released.cell(figures.first_ever(scope, period)), note=since
    )
    children = released_figures.children(now.frequency.children)
    episodes = released_figures.counted(now.frequency.episodes, "missing episode")
    lead = f"{children}, {episodes}, {arguments.days_known(ask, period)}."
    first = f"Missing for the first time ever ({first_ever.note}): {first_ever.value}."
    return Reply(
        title=f"{arguments.scope_name(ask, scope)}: {period.label}{beside.title}",
        level=0,
        text=(
            lead,
            first,
            *released_figures.active_line(now.active),
            *released_figures.no_episode_line(now.no_episode),
            *released_figures.people_line(now.people),
            *released_figures.not_due(*((c.period, c.interviews) for c in (now, then) if c)),
            *released_figures.dates_only(ask, scope, *((c.period, c.interviews) for c in (now, then) if c)),
            *beside.notes,
            *unknown,
        ),
        facts=(
            *released_figures.frequency_facts(
                now.frequency,
                then.frequency if then and beside.comparable else None,
                then.period.label if then and beside.comparable else "",
            ),
            first_ever,
            *released_figures.private_facts(now),
            *(released_figures.kpi_facts(now.interviews) if now.interviews else []),
            *released_figures.people_facts(now.people),
        ),
        tables=(comparison(now, then, beside.comparable), *_areas(ask, figures, scope, now)),
        footer=(
            *period_warnings(period, beside.earlier or period, ask.now, until),
            *released_figures.footer(ask, scope, period, *beside.shown),
        ),
        buttons=(
            Button("By number of episodes", f"bands {period.label} {area}".strip()),
            Button("Interviews", f"interviews {period.label} {area}".strip()),
        ),
    )


def _side_by_side(ask: Ask, wanted: arguments.Arguments, period: Period) -> Reply:
    """Put areas beside one another. In a channel each column is what its own question would give, and no more.

    Nothing is added up or compared: a child may be counted in two of the areas.
    """
    columns = []
    for area in wanted.areas:
        scope, figures = released_figures.asked_for(ask, replace(wanted, area=area), period)
        columns.append((scope, count(ask, figures, scope, period)))
    names = [arguments.scope_name(ask, scope) for scope, _ in columns]
    tables = [comparison(now, None, False) for _, now in columns]
    rows = tuple(
        (measure, *(next((row[1] for row in t.rows if row[0] == measure), "") for t in tables))
        for measure in dict.fromkeys(str(row[0]) for t in tables for row in t.rows)
    )
    running = (
        (
            name,
            (
                *released_figures.not_due((period, now.interviews)),
                *released_figures.dates_only(ask, scope, (period, now.interviews)),
            ),
        )
        for name, (scope, now) in zip(names, columns, strict=True)
    )
    every = Scope(tuple(area for scope, _ in columns for area in scope.areas))
    return Reply(
        title=f"{' beside '.join(names)}: {period.label}",
        level=0,
        text=(
            f"{arguments.days_known(ask, period)}. A child with episodes in two of the areas is counted in each.",
            *(f"{name}: {line}" for name, lines in running for line in lines),
            *arguments.never_loaded(ask, "interviews", "Return interviews"),
        ),
        tables=(Table("Figures", ("Measure", *names), rows),),
        footer=(
            *period_warnings(period, period, ask.now, arguments.data_until(ask)),
            *released_figures.footer(ask, every, period),
        ),
        buttons=tuple(
            Button(f"{area.short}"[:75], f"stats {area.id} {period.label}")
            for area in wanted.areas
            if isinstance(area, Area)
        ),
    )


def _areas(ask: Ask, figures: released_figures.StatisticsFacts, scope: Scope, now: Counted) -> tuple[Table, ...]:
    """Split the whole county by area, with a note of children counted twice (R15)."""
    if set(scope.areas) != {a.id for a in ask.partnership.areas}:
        return ()
    total = released_figures.ReleasedRow(
        "Whole county, each child once", now.frequency.children, now.frequency.episodes
    )
    rows = [*figures.areas(scope, now.period), total]
    cells = tuple((r.name, released.cell(r.children), released.cell(r.episodes)) for r in rows)
    note = "A child with episodes in two areas is counted in each."
    if released_figures.is_private(ask, scope):
        # The number of such children is for one person alone, for they are few.
        several = ask.facts.in_several_areas(scope, now.period)
        note = f"{several} {'child is' if several == 1 else 'children are'} counted in more than one area."
    return (Table(f"By area, {now.period.label}", ("Area", "Children", "Episodes"), cells, note),)


COMMAND = Command(
    name="stats",
    summary="Children, episodes, repeats and interviews of an area, beside the period before",
    usage="stats [AREA ...] [PERIOD] [partial]",
    examples=("stats north", "stats north 2017-H1", "stats all last half"),
    actions=("counts",),
    run=run,
    words={
        "": "",
        **dict.fromkeys(
            (
                *("statistics", "figures", "numbers", "stats for", "figures for", "numbers for", "totals", "total"),
                *(
                    "how many",
                    "how many missing",
                    "how many missing episodes",
                    "how many episodes",
                    "how many children",
                ),
                *("how many went missing", "how many children went missing", "how many children missing"),
                *("how many missing children", "how many missing reports", "how many reports", "number of episodes"),
                *("number of children", "missing episodes", "episodes", "went missing", "mispers", "reports"),
                *("children missing at any time", "missing at any time", "how many children missing at any time"),
                *("how many missing at any time", "how many children were missing at any time"),
                *("side by side", "beside one another", "how was", "what happened", "children", "kids"),
            ),
            "",
        ),
        "by area": "all",
    },
)
