"""placements: the children looked after on a day by kind of placement, beside an earlier day."""

from bot.conversation.command import Ask, Command
from bot.conversation.reply import Cell, Reply, Table
from bot.messages import census
from bot.messages.census import TwoDays
from bot.messages.released_figures import change_fact, rate_fact
from bot.rules.catalogue import _
from bot.rules.census import PLACEMENTS, Population
from bot.rules.figures import Change, Rate
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
    kinds = [k for k in PLACEMENTS if k is not None or now.placed(k) or (then and then.placed(k))]
    labels = {kind: NAMES[kind] for kind in kinds}
    return Reply(
        title=census.title(day, _("placements")),
        level=0,
        text=(
            *census.warnings(ask),
            *(f"⚠ {note}" for note in notes),
            _(
                "{total} children looked after{change}, {uasc} of them UASC.",
                total=now.total,
                change=census.change(now.total, then.total if then else None, before),
                uasc=now.uasc,
            ),
            _residential(ask, now),
        ),
        facts=(
            *(rate_fact(labels[k], Rate(now.placed(k), now.total)) for k in kinds),
            *(
                change_fact(
                    _("{label}, change on {before}", label=labels[k], before=say_date(before)),
                    then.placed(k),
                    now.placed(k),
                )
                for k in kinds
                if then
            ),
        ),
        tables=(_table(ask, found, labels),),
        footer=census.footer(ask),
    )


def _table(ask: Ask, found: TwoDays, labels: dict[str | None, str]) -> Table:
    """Return three columns for chat; a file has each count in a column of its own."""
    day, now, before, then, _unused = found
    if ask.request.export:
        columns = (_("Placement"), say_date(day), _("Share in %"), say_date(before), _("Change"))
        rows: list[tuple[Cell, ...]] = [
            (
                labels[k],
                now.placed(k),
                census.share(now.placed(k), now.total),
                *census.beside(now.placed(k), then.placed(k) if then else None),
            )
            for k in labels
        ]
        return Table(_("Placements on {day}", day=say_date(day)), columns, tuple(rows))
    shares = [(labels[k], Rate(now.placed(k), now.total).text, _change(now, then, k)) for k in labels]
    return Table("", (_("Placement"), say_date(day), _("On {before}", before=say_date(before))), tuple(shares))


def _change(now: Population, then: Population | None, kind: str | None) -> str:
    """Write '92, +3.3%'."""
    if then is None:
        return _("not known")
    old = then.placed(kind)
    return _("{old}, {change}", old=old, change=Change(old, now.placed(kind)).text)


def _residential(ask: Ask, now: Population) -> str:
    """Say who owns the residential homes, by the providers of the partnership file."""
    homes = [p for p in ask.partnership.providers if p.kind == "residential"]
    own, private = (
        now.placed("residential", {code for home in homes if home.ownership == owner for code in home.codes})
        for owner in ("own", "private")
    )
    every = now.placed("residential")
    unknown = every - own - private
    return _(
        "Residential: {every}, {own} with the council, {private} with private providers{unknown}.",
        every=every,
        own=own,
        private=private,
        unknown=_(", {unknown} with a provider not listed", unknown=unknown) if unknown else "",
    )


COMMAND = Command(
    name="placements",
    summary=_("Children looked after on a day by kind of placement, and the change on an earlier day"),
    usage="placements [DAY] [DAY]",
    examples=("placements 2017-05-31", "placements 2017-05-31 2016-11-30"),
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
