"""bands: children by number of episodes in a period, with both sums checked, and by age."""

from collections.abc import Sequence
from dataclasses import replace

from bot.conversation import arguments
from bot.conversation.command import Ask, Command
from bot.conversation.reply import Button, Reply, Table
from bot.messages import figures_in_brief as brief
from bot.messages import released_figures
from bot.messages.released_figures import ReleasedRow, change_fact, compared
from bot.rules.access.permissions import Scope
from bot.rules.catalogue import _
from bot.rules.disclosure.released import cell
from bot.rules.figures import period_warnings
from bot.rules.model import Period
from bot.rules.time.period import one_before


def run(ask: Ask) -> Reply:
    """Apply the scope before banding: a child with episodes in two areas is banded in each by itself (R9)."""
    view, words = brief.view_of(ask.words, "ages", "measures", "counted")
    wanted = arguments.read(ask, words)
    period = wanted.period(ask)
    beside = arguments.beside(ask, wanted, period)
    scope, figures = released_figures.asked_for(ask, wanted, period)
    title = brief.title(ask, scope, period, _("children by number of episodes"))
    if view == "counted":
        return brief.how_counted(ask, scope, period, *beside.shown, of=title)
    private = released_figures.is_private(ask, scope)
    bands, all_now = _counted(figures, scope, period)
    before, all_then = _counted(figures, scope, beside.earlier) if beside.earlier else (bands, all_now)
    pairs = list(zip([*bands, all_now], [*before, all_then], strict=True))
    counts = []
    for now, then in pairs[:-1]:
        label = _(
            "Children with {now} {episode}", now=now.name, episode=_("episode") if now.name == "1" else _("episodes")
        )
        counts.append(released_figures.count_fact(label, now.children))
        if beside.base is not None:
            on = _("{label}, change on {base}", label=label, base=beside.base.label)
            counts.append(change_fact(on, then.children, now.children, not private))
    # Numbers of episodes are for one person alone: they tell how many each of a few children had.
    episodes = (_("Episodes"),) if private else ()
    # In completed years at the child's first episode in the period (R17).
    ages = tuple(
        (r.name, cell(r.children), *([cell(r.episodes)] if private else [])) for r in figures.ages(scope, period)
    )
    by_age = Table(
        _("By age, {period}", period=period.label), (_("Age at first episode"), _("Children"), *episodes), ages
    )
    again = f"bands {period.label} {arguments.area_word(wanted)}".strip() + " partial" * wanted.partial
    had = _(
        "{children} had {episodes}",
        children=released_figures.children(all_now.children),
        episodes=released_figures.counted(all_now.episodes, "{n} episode", "{n} episodes"),
    )
    if view == "measures" or ask.request.export:
        return Reply(
            title=title,
            level=0,
            text=(f"{had}, {arguments.days_known(ask, period)}.", *beside.notes),
            facts=tuple(counts),
            tables=(_table(pairs, period, beside, private), by_age),
            footer=(
                *period_warnings(period, beside.earlier or period, ask.now, arguments.data_until(ask)),
                *released_figures.footer(ask, scope, period, *beside.shown),
            ),
            buttons=brief.more(again, measures=False),
        )
    of_ages = view == "ages"
    base = None if of_ages else beside.base
    then_had = ""
    if base:
        earlier = released_figures.counted(all_then.episodes, "{n} episode", "{n} episodes")
        then_had = _(
            "In {one_before}, {children} had {earlier}.",
            one_before=one_before(period),
            children=released_figures.children(all_then.children),
            earlier=earlier,
        )
    return Reply(
        title=brief.title(ask, scope, period, _("children by age")) if of_ages else title,
        level=0,
        text=(
            *brief.doubts(ask, scope, period, *([base] if base else []), notes=() if of_ages else beside.notes),
            f"{had}.",
            *([then_had] if then_had else []),
        ),
        facts=tuple(counts),
        tables=(replace(by_age, title="") if of_ages else _in_brief(pairs[:-1], period, base),),
        footer=brief.footer(ask, scope, period),
        buttons=(
            Button(_("By number of episodes"), again) if of_ages else Button(_("By age"), f"{again} ages"),
            *brief.more(again),
        ),
    )


def _counted(
    figures: released_figures.StatisticsFacts, scope: Scope, period: Period
) -> tuple[Sequence[ReleasedRow], ReleasedRow]:
    """Return the bands, and the total."""
    everybody = figures.frequency(scope, period)
    return figures.bands(scope, period), ReleasedRow(_("All"), everybody.children, everybody.episodes)


def _in_brief(pairs: Sequence[tuple[ReleasedRow, ReleasedRow]], period: Period, base: Period | None) -> Table:
    """Build the table of the bands, beside those of the period that it may be compared with."""
    columns = (_("Children with"), period.label, *([base.label] if base else []))
    rows = tuple(
        (
            _("{now} {episode}", now=now.name, episode=_("episode") if now.name == "1" else _("episodes")),
            cell(now.children),
            *([cell(then.children)] if base else []),
        )
        for now, then in pairs
    )
    return Table("", columns, rows)


def _table(
    pairs: Sequence[tuple[ReleasedRow, ReleasedRow]], period: Period, beside: arguments.Beside, private: bool
) -> Table:
    """Build the table of bands. Where the earlier period is not known, it has no columns for it."""
    columns: tuple[str, ...] = (_("Episodes each"), _("Children {period}", period=period.label))
    if beside.earlier is not None:
        columns += (_("Children {earlier}", earlier=beside.earlier.label), _("Change"))
    rows = []
    for now, then in pairs:
        row = compared(now.name, now.children, then.children, beside.comparable, released=not private)
        rows.append((*row[: len(columns)], *([cell(now.episodes)] if private else [])))
    episodes = (_("Episodes {period}", period=period.label),) if private else ()
    return Table(_("Children by number of episodes"), (*columns, *episodes), tuple(rows))


COMMAND = Command(
    name="bands",
    summary=_("Children by how many episodes they had, and by age"),
    usage="bands [ages] [PERIOD] [AREA] [partial] [measures|counted]",
    examples=("bands 2017-H1", "bands last half north"),
    actions=("counts",),
    run=run,
    words={
        **brief.WORDS,
        "by band": "",
        **dict.fromkeys(
            ("age bands", "ages", "age breakdown", "by age", "how old", "breakdown by age", "age groups"), "ages"
        ),
    },
)
