"""lac: the children looked after on a day, UASC apart, beside the day half a year before."""

from bot.conversation.command import Ask, Command
from bot.conversation.reply import Reply, Table
from bot.messages import census
from bot.messages.census import Census
from bot.messages.released_figures import change_fact, children, count_fact
from bot.rules.catalogue import _
from bot.rules.disclosure.released import cell, count_label
from bot.rules.disclosure.rounding import Count
from bot.rules.time.clock import say_date


def run(ask: Ask) -> Reply:
    """Count the population of a day: children without UASC, UASC, all, and the share in residential placements."""
    found = census.asked_for(ask)
    day, now, before, then, notes = found
    counts, earlier = _counts(now), dict(_counts(then) if then else ())
    residential = now.share("residential")
    return Reply(
        title=census.title(day, _("children looked after")),
        level=0,
        text=(
            *census.warnings(ask),
            *(f"⚠ {note}" for note in notes),
            _(
                "{children} looked after{change}, without the unaccompanied (UASC).",
                children=children(now.without_uasc),
                change=census.change(found, now.without_uasc, then.without_uasc if then else None),
            ),
            _(
                "{residential}: {part} of {all}{percent}.",
                residential=_residential(now),
                part=count_label(residential.numerator),
                all=count_label(residential.denominator),
                percent="" if residential.percent is None else f" ({residential.percent}%)",
            ),
        ),
        facts=(
            *(count_fact(label, count) for label, count in counts),
            *(
                change_fact(
                    _("{label}, change on {before}", label=label, before=say_date(before)),
                    earlier[label],
                    count,
                    now.released,
                )
                for label, count in counts
                if then
            ),
        ),
        tables=(
            Table(
                "",
                (_("Looked after"), say_date(day), say_date(before), _("Change")),
                tuple((label, cell(n), *census.beside(found, n, earlier.get(label))) for label, n in counts),
            ),
        ),
        footer=census.footer(ask, found),
    )


def _counts(of: Census) -> tuple[tuple[str, Count], ...]:
    return (
        (_("Without UASC"), of.without_uasc),
        (_("UASC"), of.uasc),
        (_("All"), of.total),
        (_residential(of), of.placed["residential"]),
    )


def _residential(of: Census) -> str:
    return _("In residential placements, without UASC") if of.released else _("In residential placements")


COMMAND = Command(
    name="lac",
    summary=_("Children looked after on a day, UASC apart, and the change in half a year"),
    usage="lac [DAY]",
    examples=("lac 2017-06-30", "lac"),
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
