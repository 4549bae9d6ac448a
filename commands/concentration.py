"""concentration: the share of an area's episodes of the k children with most, and their next period."""

import re

from bot.conversation import arguments
from bot.conversation.command import Ask, Command, Unclear
from bot.conversation.reply import Fact, Reply, Table
from bot.messages import figures_in_brief as brief
from bot.messages import released_figures
from bot.messages.half_year_table import TOP
from bot.messages.released_figures import children, rate_fact
from bot.rules.access.permissions import Scope
from bot.rules.catalogue import _
from bot.rules.figures import top_share
from bot.rules.model import Period
from bot.rules.partnership.partnership import Area
from bot.rules.text.area_names import find_area
from bot.rules.time.clock import local_day
from bot.rules.time.period import PeriodError, following

MOST = 100


def run(ask: Ask) -> Reply:
    """Follow the same children into the next period: a count of their episodes, not a forecast."""
    view, words = brief.view_of(ask.words, "counted")
    k, rest = _k(ask, words)
    wanted = arguments.read(ask, rest)
    period = wanted.period(ask)
    scope, figures = released_figures.asked_for(ask, wanted, period)
    title = brief.title(ask, scope, period, _("the children with most episodes"))
    if view == "counted":
        return brief.how_counted(ask, scope, period, of=title)
    again = f"concentration {period.label} {arguments.area_word(wanted)}".strip()
    if not released_figures.is_private(ask, scope):
        return _released(ask, figures, scope, period, k, title, again)
    try:
        after = following(period)
    except PeriodError as fault:
        raise Unclear(str(fault)) from None
    share = top_share(ask.facts.frequency(scope, period), k)
    top = ask.facts.top_children(scope, period, k, after)
    fewer = sum(1 for now, then in top if then < now)
    why_not = _why_not_compared(ask, wanted, period, after)
    later = arguments.known(ask, after)
    known = after.first <= local_day(ask.now) and not later.all_gap and not later.unreached
    rows = tuple((i, now, then if known else None) for i, (now, then) in enumerate(top, 1))
    came_after = why_not or _("In {after}, {fewer} of these {n} had fewer.", after=after.label, fewer=fewer, n=len(top))
    return Reply(
        title=title,
        level=0,
        text=(
            *brief.doubts(ask, scope, period),
            *(
                (
                    _(
                        "{children} had {episodes}.",
                        children=children(share.children),
                        episodes=brief.of_whole(share.rate, "{n} episode", "{n} episodes"),
                    ),
                    came_after,
                )
                if top
                else (_("No episode."),)
            ),
        ),
        facts=(
            rate_fact(_("Share of episodes of the top {children}", children=children(share.children)), share.rate),
            *(
                [
                    Fact(
                        _("Of these, children with fewer episodes in {after}", after=after.label),
                        fewer,
                        fewer,
                        len(top),
                    )
                ]
                if not why_not
                else []
            ),
        ),
        tables=(
            Table(
                _("Children with most episodes") if ask.request.export else "",
                (_("Rank"), period.label, after.label),
                rows,
            ),
        ),
        footer=arguments.footer(ask, scope, period) if ask.request.export else brief.footer(ask, scope, period),
        buttons=brief.more(_("{again} k={k}", again=again, k=k), measures=False),
    )


def _why_not_compared(ask: Ask, wanted: arguments.Arguments, period: Period, after: Period) -> str:
    """Return the reason against comparing a period with the one after it; empty where it may be compared."""
    later = arguments.known(ask, after)
    if after.first > local_day(ask.now):
        return _("{after}, the period after, has not begun.", after=after.label)
    if later.unreached:
        return _("The police export does not reach into {after}, the period after.", after=after.label)
    if later.gaps:
        return _("{after}, the period after: {without_record}.", after=after.label, without_record=later.without_record)
    if arguments.known(ask, period).gaps:
        return _("Because of the months without a record nothing is compared with {after}.", after=after.label)
    if not arguments.complete(ask, wanted, after):
        return _("{after}, the period after, is not complete: their episodes in it will still rise.", after=after.label)
    return ""


def _released(
    ask: Ask, figures: released_figures.StatisticsFacts, scope: Scope, period: Period, k: int, title: str, again: str
) -> Reply:
    """Return the share of the ten children with most, in one period: other k and rows tell of single children."""
    if k != TOP:
        words = [w for w in ask.words if not w.casefold().startswith("k=")]
        offer = " ".join(("concentration", *words))
        raise Unclear(
            _("Here I give the share of the {top} children with most only. Ask me in private.", top=TOP), offer
        )
    top = figures.top(scope, period, k)
    share = top.share
    lead = _(
        "The {top} children with most had {episodes}.",
        top=TOP,
        episodes=brief.of_whole(share, "{n} episode", "{n} episodes"),
    )
    return Reply(
        title=title,
        level=0,
        text=(*brief.doubts(ask, scope, period), _("No episode.") if share.denominator == 0 else lead),
        facts=(rate_fact(_("Share of episodes of the top {children}", children=children(TOP)), share),),
        footer=released_figures.footer(ask, scope, period) if ask.request.export else brief.footer(ask, scope, period),
        buttons=brief.more(again, measures=False),
    )


def _k(ask: Ask, words: list[str]) -> tuple[int, list[str]]:
    """Parse k=N anywhere in the words, 10 by default; return it with the other words."""
    given = [w for w in words if re.fullmatch(r"k=\d{1,6}", w.casefold(), re.ASCII)]
    rest = [w for w in words if w not in given]
    k = int(given[0][2:]) if given else 10
    if not 1 <= k <= MOST:
        # Offer a k that works: for the area that was named, or else one this person may ask for.
        named, _unused = find_area(rest, ask.partnership)
        mine = ask.areas("counts")
        area = named.id if isinstance(named, Area) and named.id in mine else next(iter(mine), None)
        raise Unclear(
            _("k is a number of children from 1 to {most}.", most=MOST),
            *([f"concentration {area} k=10"] if area else []),
        )
    return k, rest


COMMAND = Command(
    name="concentration",
    summary=_("The share of episodes of the children with most, and what came after"),
    usage="concentration [AREA] [k=N] [PERIOD] [partial] [counted]",
    examples=("concentration north 2016-H2", "concentration all"),
    actions=("counts",),
    run=run,
    words={
        **brief.COUNTED_WORDS,
        "k=N": "k=N",
        **dict.fromkeys(("top N", "top N children", "the N most frequent", "N most frequent children"), "k=N"),
        **dict.fromkeys(("how concentrated", "how concentrated is it", "most frequent", "share of episodes"), ""),
    },
)
