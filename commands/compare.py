"""compare: two periods side by side, with warnings for unequal or unfinished periods."""

from dataclasses import replace

from bot.conversation import arguments
from bot.conversation.command import Ask, Command, Unclear
from bot.conversation.reply import Reply, Table
from bot.messages import figures_in_brief as brief
from bot.messages import released_figures
from bot.messages.released_figures import change_fact, compared, comparison, count, frequency_facts
from bot.rules.catalogue import _
from bot.rules.figures import is_incomplete, period_warnings
from bot.rules.model import Period
from bot.rules.partnership.partnership import Area
from bot.rules.time.period import in_words


def run(ask: Ask) -> Reply:
    """Compare with the earlier period, named first or second. An unfinished period is refused (R14)."""
    view, words = brief.view_of(ask.words, "measures", "counted")
    wanted = arguments.read(ask, words, most_periods=2, several_areas=True)
    earlier, later = _periods(ask, wanted)
    scope, figures = released_figures.asked_for(ask, wanted, earlier, later)
    title = _("{ask} compared with {earlier}", ask=brief.title(ask, scope, later), earlier=in_words(earlier))
    if view == "counted":
        return brief.how_counted(ask, scope, later, earlier, of=title, rates=True)
    _must_be_complete(ask, wanted, earlier, later)
    then, now = (count(ask, figures, scope, p) for p in (earlier, later))
    # A month without a record would be read as a fall.
    comparable = not any(arguments.known(ask, period).gaps for period in (earlier, later))
    no_change = () if comparable else (_("Because of the months without a record no change is shown."),)
    running = (
        *released_figures.not_due(*((c.period, c.interviews) for c in (now, then))),
        *released_figures.dates_only(ask, scope, *((c.period, c.interviews) for c in (now, then))),
    )
    repeat = _("Children with two or more episodes, change on {earlier}", earlier=earlier.label)
    repeating = then.frequency.repeat_children, now.frequency.repeat_children
    released = not released_figures.is_private(ask, scope)
    again = f"compare {earlier.label} {later.label} {arguments.area_word(wanted)}".strip() + " partial" * wanted.partial
    whole = view == "measures" or ask.request.export
    reply = Reply(
        title=title,
        level=0,
        facts=(
            *frequency_facts(now.frequency, then.frequency if comparable else None, earlier.label),
            *([change_fact(repeat, *repeating, released)] if comparable else []),
        ),
        buttons=brief.more(again, measures=not whole),
    )
    if not whole:
        return replace(
            reply,
            text=(
                *brief.doubts(ask, scope, later, earlier, notes=no_change),
                brief.absences(now, then, _("in {earlier}", earlier=earlier.label)),
                *brief.interviews_told(ask, now, then),
                *running,
            ),
            tables=(brief.measures([(c.period.label, c) for c in (now, then)]),),
            footer=brief.footer(ask, scope, later),
        )
    pairs = zip(figures.bands(scope, later), figures.bands(scope, earlier), strict=True)
    rows = tuple(compared(a.name, a.children, b.children, comparable, released=released) for a, b in pairs)
    return replace(
        reply,
        text=(
            _(
                "{days_known}, with {days_known2}.",
                days_known=arguments.days_known(ask, later),
                days_known2=arguments.days_known(ask, earlier),
            ),
            *no_change,
            *running,
            *arguments.never_loaded(ask, "interviews", _("Return interviews")),
        ),
        tables=(
            comparison(now, then, comparable),
            Table(_("Children by number of episodes"), (_("Episodes"), later.label, earlier.label, _("Change")), rows),
        ),
        footer=(
            *period_warnings(earlier, later, ask.now, arguments.data_until(ask)),
            *released_figures.footer(ask, scope, later, earlier),
        ),
    )


def _periods(ask: Ask, wanted: arguments.Arguments) -> tuple[Period, Period]:
    """Return the earlier and the later period."""
    if len(wanted.areas) > 1:
        words = [*(a.id for a in wanted.areas if isinstance(a, Area)), *(p.label for p in wanted.periods[:1])]
        offers = [" ".join(("stats", *words))] if len(wanted.periods) < 2 else []
        raise Unclear(_("This command compares two periods of one area, or of all."), *offers)
    if len(wanted.periods) != 2:
        raise Unclear(_("Name two periods to compare."), "compare 2016-H2 2017-H1")
    earlier, later = sorted(wanted.periods, key=lambda p: (p.first, p.last))
    for period in (earlier, later):
        arguments.must_be_known(ask, period, period.label)
        arguments.must_have_records(ask, period)
    return earlier, later


def _must_be_complete(ask: Ask, wanted: arguments.Arguments, earlier: Period, later: Period) -> None:
    if wanted.partial:
        return
    until = arguments.data_until(ask)
    anyway = f"compare {earlier.label} {later.label} {arguments.area_word(wanted)} partial".replace("  ", " ")
    if any(is_incomplete(p, ask.now, until) for p in (earlier, later)):
        raise _not_compared(_("One of these periods is not complete, so comparing them would mislead."), anyway)
    if arguments.known_in_part(ask, earlier):
        raise _not_compared(
            _("{earlier} is known only in part, so comparing it would mislead.", earlier=earlier.label), anyway
        )


def _not_compared(sentence: str, anyway: str) -> Unclear:
    """Return a refusal that offers the comparison with `partial`."""
    return Unclear(sentence, anyway, title=_("Not compared"))


COMMAND = Command(
    name="compare",
    summary=_("Two periods side by side"),
    usage="compare PERIOD PERIOD [AREA] [partial] [measures|counted]",
    examples=("compare 2016-H2 2017-H1", "compare jul-dec 2016 jan-jun 2017 north"),
    actions=("counts",),
    run=run,
    words={"": "", "comparison": "", "comparison of": "", **brief.WORDS},
)
