"""stats: children, episodes, repeats and interviews of an area in a period, beside the period before."""

from dataclasses import replace

from bot.conversation import arguments
from bot.conversation.command import Ask, Command
from bot.conversation.reply import Button, Fact, Reply, Table
from bot.messages import figures_in_brief as brief
from bot.messages import released_figures
from bot.messages.released_figures import Counted, comparison, count
from bot.rules.access.permissions import Scope
from bot.rules.catalogue import _, date_words, n_
from bot.rules.disclosure import released
from bot.rules.figures import period_warnings
from bot.rules.model import Period
from bot.rules.partnership.partnership import Area
from bot.rules.time.period import in_words, one_before


def run(ask: Ask) -> Reply:
    """Count by episode start (R5). Misleading changes are left out (R14), and nothing unknown is shown as zero."""
    view, words = brief.view_of(ask.words, "measures", "counted")
    wanted = arguments.read(ask, words, several_areas=True)
    period = wanted.period(ask)
    if len(wanted.areas) > 1:
        return _side_by_side(ask, wanted, period, view)
    scope, figures = released_figures.asked_for(ask, wanted, period)
    beside, title = arguments.beside(ask, wanted, period), brief.title(ask, scope, period)
    if view == "counted":
        return brief.how_counted(ask, scope, period, *beside.shown, of=title, rates=True)
    now = count(ask, figures, scope, period)
    then = count(ask, figures, scope, beside.earlier) if beside.earlier else None
    whole = _whole(ask, figures, scope, now, then, beside)
    again = f"{period.label} {arguments.area_word(wanted)}".strip()
    partial = " partial" if wanted.partial else ""
    buttons = (
        Button(_("By number of episodes"), f"bands {again}{partial}"),
        Button(_("Interviews"), f"interviews {again}"),
        *brief.more(f"stats {again}{partial}"),
    )
    if view == "measures" or ask.request.export:
        return replace(whole, title=title, buttons=tuple(b for b in buttons if b.label != brief.EVERY))
    # A period that is not complete is not read against one that is.
    then = then if beside.comparable else None
    compared_with = (then.period,) if then else ()
    periods = tuple((c.period, c.interviews) for c in (now, then) if c)
    return replace(
        whole,
        title=title,
        text=(
            *brief.doubts(ask, scope, period, *compared_with, notes=beside.notes),
            brief.absences(now, then, one_before(period)),
            *brief.interviews_told(ask, now, then),
            *released_figures.not_due(*periods),
            *released_figures.dates_only(ask, scope, *periods),
        ),
        tables=(brief.measures([(c.period.label, c) for c in (now, then) if c]),),
        footer=brief.footer(ask, scope, period),
        buttons=buttons,
    )


def _whole(
    ask: Ask,
    figures: released_figures.StatisticsFacts,
    scope: Scope,
    now: Counted,
    then: Counted | None,
    beside: arguments.Beside,
) -> Reply:
    """Return every measure, with the changes and the areas."""
    period = now.period
    # R11: the figure is only as true as the history is long, so the note says from when.
    history = ask.partnership.history_start
    since = (
        _("history from {history}", history=date_words(history, "%-d %b %Y"))
        if history
        else _("history as far as loaded")
    )
    first_ever = Fact(
        _("Children missing for the first time ever"), released.cell(figures.first_ever(scope, period)), note=since
    )
    children = released_figures.children(now.frequency.children)
    episodes = released_figures.counted(now.frequency.episodes, "{n} missing episode", "{n} missing episodes")
    base = then if beside.comparable else None
    return Reply(
        title="",
        level=0,
        text=(
            f"{children}, {episodes}, {arguments.days_known(ask, period)}.",
            _(
                "Missing for the first time ever ({note}): {first_ever}.",
                note=first_ever.note,
                first_ever=first_ever.value,
            ),
            *released_figures.active_line(now.active),
            *released_figures.no_episode_line(now.no_episode),
            *released_figures.people_line(now.people),
            *released_figures.not_due(*((c.period, c.interviews) for c in (now, then) if c)),
            *released_figures.dates_only(ask, scope, *((c.period, c.interviews) for c in (now, then) if c)),
            *beside.notes,
            *arguments.never_loaded(ask, "interviews", _("Return interviews")),
        ),
        facts=(
            *released_figures.frequency_facts(
                now.frequency, base.frequency if base else None, base.period.label if base else ""
            ),
            first_ever,
            *released_figures.private_facts(now),
            *(released_figures.kpi_facts(now.interviews) if now.interviews else []),
            *released_figures.people_facts(now.people),
        ),
        tables=(comparison(now, then, beside.comparable), *_areas(ask, figures, scope, now)),
        footer=(
            *period_warnings(period, beside.earlier or period, ask.now, arguments.data_until(ask)),
            *released_figures.footer(ask, scope, period, *beside.shown),
        ),
    )


def _side_by_side(ask: Ask, wanted: arguments.Arguments, period: Period, view: brief.View) -> Reply:
    """Put areas beside one another. In a channel each column is what its own question would give, and no more.

    Nothing is added up or compared: a child may be counted in two of the areas.
    """
    columns = []
    for area in wanted.areas:
        scope, figures = released_figures.asked_for(ask, replace(wanted, area=area), period)
        columns.append((arguments.scope_name(ask, scope), scope, count(ask, figures, scope, period)))
    every = Scope(tuple(area for _, scope, _ in columns for area in scope.areas))
    title = _(
        "{columns}, {period}", columns=_(" beside ").join((name for name, _, _ in columns)), period=in_words(period)
    )
    if view == "counted":
        return brief.how_counted(ask, every, period, of=title, rates=True)
    twice = _("A child with episodes in two of the areas is counted in each.")
    running = tuple(
        f"{name}: {line}"
        for name, scope, now in columns
        for line in (
            *released_figures.not_due((period, now.interviews)),
            *released_figures.dates_only(ask, scope, (period, now.interviews)),
        )
    )
    areas = [area for area in wanted.areas if isinstance(area, Area)]
    again = f"stats {' '.join(area.id for area in areas)} {period.label}"
    buttons = tuple(Button(f"{area.short}"[:75], f"stats {area.id} {period.label}") for area in areas)
    if view == "measures" or ask.request.export:
        tables = [comparison(now, None, False) for _, _, now in columns]
        rows = tuple(
            (measure, *(next((row[1] for row in t.rows if row[0] == measure), "") for t in tables))
            for measure in dict.fromkeys(str(row[0]) for t in tables for row in t.rows)
        )
        return Reply(
            title=title,
            level=0,
            text=(
                f"{arguments.days_known(ask, period)}. {twice}",
                *running,
                *arguments.never_loaded(ask, "interviews", _("Return interviews")),
            ),
            tables=(Table(_("Figures"), (_("Measure"), *(name for name, _, _ in columns)), rows),),
            footer=(
                *period_warnings(period, period, ask.now, arguments.data_until(ask)),
                *released_figures.footer(ask, every, period),
            ),
            buttons=buttons,
        )
    return Reply(
        title=title,
        level=0,
        text=(
            *brief.doubts(ask, every, period),
            *(f"{name}: {brief.absences(now, None)}" for name, _, now in columns),
            twice,
            *running,
            *arguments.never_loaded(ask, "interviews", _("Return interviews")),
        ),
        tables=(brief.measures([(name, now) for name, _, now in columns], told=False),),
        footer=brief.footer(ask, every, period),
        buttons=(*buttons, *brief.more(again)),
    )


def _areas(ask: Ask, figures: released_figures.StatisticsFacts, scope: Scope, now: Counted) -> tuple[Table, ...]:
    """Split the whole county by area, with a note of children counted twice (R15)."""
    if set(scope.areas) != {a.id for a in ask.partnership.areas}:
        return ()
    total = released_figures.ReleasedRow(
        _("Whole county, each child once"), now.frequency.children, now.frequency.episodes
    )
    rows = [*figures.areas(scope, now.period), total]
    cells = tuple((r.name, released.cell(r.children), released.cell(r.episodes)) for r in rows)
    note = _("A child with episodes in two areas is counted in each.")
    if released_figures.is_private(ask, scope):
        # The number of such children is for one person alone, for they are few.
        several = ask.facts.in_several_areas(scope, now.period)
        note = n_(
            "{n} child is counted in more than one area.", "{n} children are counted in more than one area.", several
        )
    return (
        Table(_("By area, {period}", period=now.period.label), (_("Area"), _("Children"), _("Episodes")), cells, note),
    )


COMMAND = Command(
    name="stats",
    summary=_("Children, episodes, repeats and interviews of an area, beside the period before"),
    usage="stats [AREA ...] [PERIOD] [partial] [measures|counted]",
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
                *("side by side", "beside one another", "how was", "what happened", "children", "kids"),
            ),
            "",
        ),
        **brief.WORDS,
        **dict.fromkeys(
            (
                *("children missing at any time", "missing at any time", "how many children missing at any time"),
                *("how many missing at any time", "how many children were missing at any time"),
            ),
            "measures",
        ),
        "by area": "all",
    },
)
