"""placements: the children looked after on a day by kind of placement, beside an earlier day."""

from bot.conversation.command import Ask, Command
from bot.conversation.reply import Cell, Reply, Table
from bot.messages import census
from bot.messages.census import Census, TwoDays
from bot.messages.released_figures import change_between, change_fact, children, percent, rate_fact
from bot.rules.catalogue import _
from bot.rules.census import PLACEMENTS
from bot.rules.disclosure.released import cell, count_label
from bot.rules.time.clock import say_date

NAMES = {
    "residential": _("Residential"),
    "own_foster": _("Own foster carers"),
    "kinship": _("Kinship care"),
    "ifa": _("Foster agency (IFA)"),
    "adoptive": _("Adoptive"),
    "with_parents": _("With parents"),
    "independent_living": _("Independent living"),
    "semi_independent": _("Semi-independent"),
    "other": _("Other"),
    None: _("Not known"),
}


def run(ask: Ask) -> Reply:
    """Count by kind of placement in a fixed order; a placement that is not known has a row where there is one."""
    found = census.asked_for(ask, most_days=2)
    day, now, before, then, notes = found
    kinds = [k for k in PLACEMENTS if k is not None or now.placed[k] != 0 or (then and then.placed[k] != 0)]
    labels = {kind: NAMES[kind] for kind in kinds}
    return Reply(
        title=census.title(day, _("placements, without UASC") if now.released else _("placements")),
        level=0,
        text=(
            *census.warnings(ask),
            *(f"⚠ {note}" for note in notes),
            _(
                "{children} looked after{change}, {uasc} of them UASC.",
                children=children(now.total),
                change=census.change(found, now.total, then.total if then else None),
                uasc=count_label(now.uasc),
            ),
            _residential(now),
        ),
        facts=(
            *(rate_fact(labels[k], now.share(k)) for k in kinds),
            *(
                change_fact(
                    _("{label}, change on {before}", label=labels[k], before=say_date(before)),
                    then.placed[k],
                    now.placed[k],
                    now.released,
                )
                for k in kinds
                if then
            ),
        ),
        tables=(_table(ask, found, labels),),
        footer=census.footer(ask, found),
    )


def _table(ask: Ask, found: TwoDays, labels: dict[str | None, str]) -> Table:
    """Return three columns for chat; a file has each count in a column of its own."""
    day, now, before, then, _unused = found
    if ask.request.export:
        columns = (_("Placement"), say_date(day), _("Share in %"), say_date(before), _("Change"))
        rows: list[tuple[Cell, ...]] = [
            (
                labels[k],
                cell(now.placed[k]),
                percent(now.share(k)),
                *census.beside(found, now.placed[k], then.placed[k] if then else None),
            )
            for k in labels
        ]
        return Table(_("Placements on {day}", day=say_date(day)), columns, tuple(rows))
    shares = [(labels[k], now.share(k).text, _change(now, then, k)) for k in labels]
    return Table("", (_("Placement"), say_date(day), _("On {before}", before=say_date(before))), tuple(shares))


def _change(now: Census, then: Census | None, kind: str | None) -> str:
    """Write '92, +3.3%'."""
    if then is None:
        return _("not known")
    old = then.placed[kind]
    changed = change_between(old, now.placed[kind], now.released).text
    return _("{old}, {change}", old=count_label(old), change=changed)


def _residential(now: Census) -> str:
    """Say who owns the residential homes, by the providers of the partnership file.

    Of released counts nothing is left over: rounded ones need not add up.
    """
    every, own, private = now.placed["residential"], now.homes["own"], now.homes["private"]
    unknown = 0 if now.released else (every or 0) - (own or 0) - (private or 0)
    return _(
        "Residential: {every}, {own} with the council, {private} with private providers{unknown}.",
        every=count_label(every),
        own=count_label(own),
        private=count_label(private),
        unknown=_(", {unknown} with a provider not listed", unknown=unknown) if unknown else "",
    )


COMMAND = Command(
    name="placements",
    summary=_("Children looked after on a day by kind of placement, and the change on an earlier day"),
    usage="placements [DAY] [DAY]",
    examples=("placements 2017-06-30", "placements 2017-06-30 2016-12-31"),
    actions=("counts",),
    run=run,
    fits=census.fits,
    words=dict.fromkeys(
        (
            *("placement mix", "placement types", "types of placement", "kinds of placement"),
            *("where are children placed", "where children are placed"),
        ),
        "",
    ),
)
