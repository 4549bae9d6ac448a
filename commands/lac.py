"""lac: the children looked after on a day, UASC apart, beside the day half a year before."""

from bot.conversation.command import Ask, Command
from bot.conversation.reply import Reply, Table
from bot.messages import census
from bot.messages.released_figures import change_fact, count_fact
from bot.rules.catalogue import _, n_
from bot.rules.census import Population
from bot.rules.figures import Rate
from bot.rules.time.clock import say_date


def run(ask: Ask) -> Reply:
    """Count the population of a day: children without UASC, UASC, all, and the share in residential placements."""
    day, now, before, then, notes = census.asked_for(ask)
    earlier = dict(_counts(then)) if then else {}
    residential = Rate(now.placed("residential"), now.total)
    return Reply(
        title=census.title(day, _("children looked after")),
        level=0,
        text=(
            *census.warnings(ask),
            *(f"⚠ {note}" for note in notes),
            _(
                "{children}{change}, without the unaccompanied (UASC).",
                children=n_("{n} child looked after", "{n} children looked after", now.without_uasc),
                change=census.change(now.without_uasc, then.without_uasc if then else None, before),
            ),
            _(
                "Residential placements: {residential} of {all} ({percent}%).",
                residential=residential.numerator,
                all=residential.denominator,
                percent=residential.percent,
            ),
        ),
        facts=(
            *(count_fact(label, count) for label, count in _counts(now)),
            *(
                change_fact(
                    _("{label}, change on {before}", label=label, before=say_date(before)), earlier[label], count
                )
                for label, count in _counts(now)
                if label in earlier
            ),
        ),
        tables=(
            Table(
                "",
                (_("Looked after"), say_date(day), say_date(before), _("Change")),
                tuple((label, n, *census.beside(n, earlier.get(label))) for label, n in _counts(now)),
            ),
        ),
        footer=census.footer(ask),
    )


def _counts(population: Population) -> tuple[tuple[str, int], ...]:
    return (
        (_("Without UASC"), population.without_uasc),
        (_("UASC"), population.uasc),
        (_("All"), population.total),
        (_("In residential placements"), population.placed("residential")),
    )


COMMAND = Command(
    name="lac",
    summary=_("Children looked after on a day, UASC apart, and the change in half a year"),
    usage="lac [DAY]",
    examples=("lac 2017-05-31", "lac"),
    actions=("counts",),
    run=run,
    fits=census.fits,
    words=dict.fromkeys(
        (
            *("census", "looked after population", "population looked after", "number looked after"),
            *("how many are looked after", "how many looked after children", "how many children looked after"),
        ),
        "",
    ),
)
