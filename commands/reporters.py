"""reporters: who reported the children missing, and the median delay from last seen to reported."""

from dataclasses import replace
from datetime import timedelta

from bot.conversation import arguments
from bot.conversation.command import Ask, Command, NotKnown
from bot.conversation.reply import Fact, Reply, Table
from bot.messages import figures_in_brief as brief
from bot.messages import released_figures
from bot.messages.release import least_for_median
from bot.rules.access.permissions import Scope
from bot.rules.catalogue import _
from bot.rules.disclosure.released import cell
from bot.rules.figures import period_warnings
from bot.rules.model import Period

NAMES = {
    "parent": _("Parent"),
    "carer_foster": _("Foster carer"),
    "carer_residential": _("Residential carer"),
    "school": _("School"),
    "social_worker": _("Social worker"),
    "police": _("Police"),
    "health": _("Health"),
    "other": _("Other"),
    "not_known": _("Not known"),
    "all": _("All"),
}


BY_THE_POLICE = _("Reporter and both times: by the police record.")


def run(ask: Ask) -> Reply:
    """Count episodes by the reporter on the police record. The order is fixed: by size it would rank hidden counts."""
    view, words = brief.view_of(ask.words, "counted")
    wanted = arguments.read(ask, words)
    period = wanted.period(ask)
    scope, figures = released_figures.asked_for(ask, wanted, period)
    title = brief.title(ask, scope, period, _("who reported"))
    if view == "counted":
        how = brief.how_counted(ask, scope, period, of=title)
        return replace(how, text=(BY_THE_POLICE, *_not_measured(ask, scope, period), *how.text))
    for sentence in arguments.never_loaded(ask, "police", _("Reporters")):
        raise NotKnown(sentence, _("Reporters: not known"))
    rows = [
        (NAMES[r.reporter], r.episodes, released_figures.number(r.median)) for r in figures.reporters(scope, period)
    ]
    *each, (_unused, episodes, median) = rows
    unknown = _("not known") if released_figures.is_private(ask, scope) else _("not shown")
    facts = (
        *(released_figures.count_fact(_("Reported by: {name}", name=name), n) for name, n, _unused in rows),
        *(
            Fact(_("Last seen to reported, median: {name}", name=name), hours, unit=_(" h"))
            for name, _unused, hours in rows
        ),
    )
    columns = (_("Reported by"), _("Episodes"), _("Median hours"))
    lead = _(
        "{episodes}, by who reported them.",
        episodes=released_figures.counted(episodes, "{n} missing episode", "{n} missing episodes"),
    )
    middle = _(
        "Median from last seen to reported: {unknown}.",
        unknown=unknown if median is None else _("{median} hours", median=median),
    )
    if ask.request.export:
        cells = tuple((name, cell(n), hours) for name, n, hours in rows)
        return Reply(
            title=title,
            level=0,
            text=(lead, middle),
            facts=facts,
            tables=(Table(_("By reporter, {period}", period=period.label), columns, cells),),
            footer=(
                *period_warnings(period, period, ask.now, arguments.data_until(ask)),
                BY_THE_POLICE,
                *_not_measured(ask, scope, period),
                *released_figures.footer(ask, scope, period),
            ),
        )
    return Reply(
        title=title,
        level=0,
        text=(*brief.doubts(ask, scope, period), lead, middle),
        facts=facts,
        tables=(Table("", columns, tuple((name, cell(n), hours) for name, n, hours in each)),),
        footer=(*_not_measured(ask, scope, period), *brief.footer(ask, scope, period)),
        buttons=brief.more(f"reporters {period.label} {arguments.area_word(wanted)}".strip(), measures=False),
    )


def _not_measured(ask: Ask, scope: Scope, period: Period) -> tuple[str, ...]:
    """Say of how many episodes no delay counts, and why; beyond one person without a number, for they are few."""
    delays = [d for each in ask.facts.report_delays(scope, period).values() for d in each]
    unknown = sum(c.total() for c in ask.facts.reporters(scope, period).values()) - len(delays)
    wrong = sum(d < timedelta() for d in delays)
    private = released_figures.is_private(ask, scope)
    reasons = ((unknown, _("time last seen or reported not known")), (wrong, _("reported before last seen")))
    found = [
        _(
            "{episodes}, {why}",
            episodes=released_figures.counted(n, "{n} episode", "{n} episodes") if private else _("some episodes"),
            why=why,
        )
        for n, why in reasons
        if n
    ]
    return (
        *([_("Not in the median: {found}.", found="; ".join(found))] if found else []),
        *(
            []
            if private
            else [
                _(
                    "No median of fewer than {least_for_median}.",
                    least_for_median=least_for_median(ask.partnership),
                )
            ]
        ),
    )


COMMAND = Command(
    name="reporters",
    summary=_("Who reported the children missing, and how long after they were last seen"),
    usage="reporters [PERIOD] [AREA] [counted]",
    examples=("reporters 2017-H1", "reporters last half north"),
    actions=("counts",),
    run=run,
    words=brief.COUNTED_WORDS
    | dict.fromkeys(
        (
            *("who reports", "who reported", "who reports them", "who reported them", "reported by whom", "reporter"),
            *("by reporter", "by agency", "reporting agency", "who reported the children"),
        ),
        "",
    ),
)
