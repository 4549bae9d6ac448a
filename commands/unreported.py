"""unreported: children found with another and not reported missing, by reference, with their number before."""

from collections.abc import Sequence

from bot.conversation import arguments
from bot.conversation.command import Ask, Command, NotKnown
from bot.conversation.reply import Button, Cell, Fact, Reply, Table
from bot.messages import figures_in_brief as brief
from bot.messages.released_figures import children
from bot.rules.catalogue import _
from bot.rules.episodes.found_with import ANOTHER, Unreported
from bot.rules.model import Period
from bot.rules.queries.digest_content import UNREPORTED_GAP
from bot.rules.time import freshness
from bot.rules.time.clock import by_month, local_day, say_near
from bot.rules.time.period import PeriodError, one_before, period_of, previous

MOST = 50


def run(ask: Ask) -> Reply:
    """List the finds of a period (domain.md section 7, 25). A find is counted for readers of either child."""
    view, words = brief.view_of(ask.words, "measures")
    wanted = arguments.read(ask, words)
    period = wanted.period(ask)
    scope = ask.scope("open_list", wanted.area)
    for sentence in arguments.never_loaded(ask, "police", _("Found with others")):
        raise NotKnown(sentence, _("Found with others: not known"))
    every = ask.facts.found_unreported(scope, ask.now)
    found, before = _within(every, period), _before(ask, period)
    earlier = None if before is None else _number(_within(every, before))
    then = f" ({earlier} {one_before(period)})" if before else ""
    rows: list[tuple[Cell, ...]] = [
        (u.ref or ANOTHER, f"{f'{u.area}, ' if u.ref else ''}{say_near(u.at, ask.now)}", u.with_ref or ANOTHER)
        for u in found[:MOST]
    ]
    months = [period_of(m.first, m.last) for m in by_month(period.first, period.last)]
    trend: list[tuple[Cell, ...]] = [(m.label, _number(_within(found, m)), len(_within(found, m))) for m in months]
    newest = Table(_("Newest first"), (_("Child"), _("Found"), _("With")), tuple(rows))
    monthly = Table(
        _("Month by month"), (_("Month"), _("Children"), _("Finds")), tuple(trend) if len(trend) > 1 else ()
    )
    tables = (newest, monthly) if ask.request.export else (monthly,) if view == "measures" else (newest,)
    again = f"unreported {period.label} {arguments.area_word(wanted)}".strip()
    limits = arguments.limits(ask, period)
    return Reply(
        title=brief.title(ask, scope, period, _("found with others and not reported missing")),
        level=1,
        text=(
            *freshness.warnings((arguments.source(ask, "police"),), ask.now, exact=True),
            *([f"⚠ {period.label}{limits}."] if limits else []),
            _(
                "{children} found with another and not reported missing{then}, by the day of the find.",
                children=children(_number(found)),
                then=then,
            ),
            *([UNREPORTED_GAP[2]] if found else []),
        ),
        facts=(
            Fact(_("Children found and not reported"), _number(found)),
            Fact(_("Finds"), len(found)),
            *([Fact(_("Children found and not reported, {before}", before=before.label), earlier)] if before else []),
        ),
        tables=tuple(table for table in tables if table.rows),
        footer=(
            *([_("The newest {most} of {n} finds are listed.", most=MOST, n=len(found))] if len(found) > MOST else []),
            _(
                "By the police record: who was found with whom. A child counts once in a period. "
                "Whoever is surely 18 by then, and whom no record here knows, is not counted."
            ),
            freshness.times((arguments.source(ask, "police"),), ask.now),
        ),
        buttons=(Button(_("Month by month"), f"{again} measures"),) if len(trend) > 1 and view != "measures" else (),
    )


def _number(found: Sequence[Unreported]) -> int:
    """Count the children: one may have been found more than once."""
    return len({u.child_id for u in found})


def _within(found: Sequence[Unreported], period: Period) -> list[Unreported]:
    return [u for u in found if period.first <= local_day(u.at) <= period.last]


def _before(ask: Ask, period: Period) -> Period | None:
    """Return the period before; None where the records do not reach back to its first day."""
    try:
        before = previous(period)
    except PeriodError:
        return None
    begins = ask.partnership.history_start
    return before if begins is None or before.first >= begins else None


COMMAND = Command(
    name="unreported",
    summary=_("Children found with another and not reported missing, and how many there were before"),
    usage="unreported [PERIOD] [AREA] [measures]",
    examples=("unreported", "unreported 2017-H1 north"),
    actions=("open_list",),
    run=run,
    words={"measures": "measures", "month by month": "measures"}
    | dict.fromkeys(
        (
            *("found with", "found with others", "found together", "found with another child", "co missing"),
            *("not reported", "never reported", "not reported missing", "found but not reported"),
            *("who was found with whom", "found and not reported", "unreported children"),
        ),
        "",
    ),
)
