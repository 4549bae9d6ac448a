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
from bot.rules.disclosure.released import ReleasedRate
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
    title = brief.title(ask, scope, period, "the children with most episodes")
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
    came_after = why_not or f"In {after.label}, {fewer} of these {len(top)} had fewer."
    return Reply(
        title=title,
        level=0,
        text=(
            *brief.doubts(ask, scope, period),
            *(
                (f"{children(share.children)} had {brief.of_whole(share.rate, 'episode')}.", came_after)
                if top
                else ("No episode.",)
            ),
        ),
        facts=(
            rate_fact(f"Share of episodes of the top {children(share.children)}", share.rate),
            *(
                [Fact(f"Of these, children with fewer episodes in {after.label}", fewer, fewer, len(top))]
                if not why_not
                else []
            ),
        ),
        tables=(
            Table(
                "Children with most episodes" if ask.request.export else "", ("Rank", period.label, after.label), rows
            ),
        ),
        footer=arguments.footer(ask, scope, period) if ask.request.export else brief.footer(ask, scope, period),
        buttons=brief.more(f"{again} k={k}", measures=False),
    )


def _why_not_compared(ask: Ask, wanted: arguments.Arguments, period: Period, after: Period) -> str:
    """Return the reason against comparing a period with the one after it; empty where it may be compared."""
    later = arguments.known(ask, after)
    if after.first > local_day(ask.now):
        return f"{after.label}, the period after, has not begun."
    if later.unreached:
        return f"The police export does not reach into {after.label}, the period after."
    if later.gaps:
        return f"{after.label}, the period after: {later.without_record}."
    if arguments.known(ask, period).gaps:
        return f"Because of the months without a record nothing is compared with {after.label}."
    if not arguments.complete(ask, wanted, after):
        return f"{after.label}, the period after, is not complete: their episodes in it will still rise."
    return ""


def _released(
    ask: Ask, figures: released_figures.StatisticsFacts, scope: Scope, period: Period, k: int, title: str, again: str
) -> Reply:
    """Return the share of the ten children with most, in one period: other k and rows tell of single children."""
    if k != TOP:
        words = [w for w in ask.words if not w.casefold().startswith("k=")]
        offer = " ".join(("concentration", *words))
        raise Unclear(f"Here I give the share of the {TOP} children with most only. Ask me in private.", offer)
    top = figures.top(scope, period, k)
    share = ReleasedRate(top.episodes, top.of, ask.partnership.disclosure.base)
    lead = f"The {TOP} children with most had {brief.of_whole(share, 'episode')}."
    return Reply(
        title=title,
        level=0,
        text=(*brief.doubts(ask, scope, period), "No episode." if top.of == 0 else lead),
        facts=(rate_fact(f"Share of episodes of the top {children(TOP)}", share),),
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
        named, _ = find_area(rest, ask.partnership)
        mine = ask.areas("counts")
        area = named.id if isinstance(named, Area) and named.id in mine else next(iter(mine), None)
        raise Unclear(f"k is a number of children from 1 to {MOST}.", *([f"concentration {area} k=10"] if area else []))
    return k, rest


COMMAND = Command(
    name="concentration",
    summary="The share of episodes of the children with most, and what came after",
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
