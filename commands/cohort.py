"""cohort: looked-after, not looked-after, UASC or child protection plan at the episode's start, against all."""

from bot.conversation import arguments
from bot.conversation.command import Ask, Command, NotKnown, Unclear
from bot.conversation.reply import Cell, Reply, Table
from bot.messages import figures_in_brief as brief
from bot.messages import released_figures
from bot.messages.released_figures import children, compared, count_fact, counted, frequency_facts, per_child, rate_fact
from bot.rules.catalogue import _
from bot.rules.disclosure.released import AnyFrequency, cell, count_label
from bot.rules.episodes.risk_flags import SOON_AFTER
from bot.rules.figures import period_warnings
from bot.rules.model import Period
from bot.rules.text.area_names import plain, suggest
from bot.rules.time.period import one_before

NAMES = {
    "lac": _("Looked-after children"),
    "not-lac": _("Children not looked after"),
    "uasc": _("Unaccompanied asylum-seeking children"),
    "cp": _("Children on a child protection plan"),
}
ALIASES = {
    "looked after": "lac",
    "not lac": "not-lac",
    "non lac": "not-lac",
    "not looked after": "not-lac",
    "child protection": "cp",
}
#: The counts of a cohort that several people may see.
RELEASED = (_("Children"), _("Episodes"), _("Episodes per child"))


def run(ask: Ask) -> Reply:
    """Count by membership at each episode's start (R16): a child may be inside for one and outside for another."""
    view, words = brief.view_of(ask.words, "measures", "counted")
    cohort, rest = _cohort(ask, words)
    wanted = arguments.read(ask, rest)
    period = wanted.period(ask)
    beside = arguments.beside(ask, wanted, period)
    scope, figures = released_figures.asked_for(ask, wanted, period)
    if not figures.known(period, "children"):
        later = _("{names}: not known (not loaded when these figures were released).", names=NAMES[cohort])
        (sentence,) = arguments.never_loaded(ask, "children", NAMES[cohort]) or (later,)
        raise NotKnown(sentence, _("{names}: not known", names=NAMES[cohort]))
    title = brief.title(ask, scope, period, f"{NAMES[cohort][0].lower()}{NAMES[cohort][1:]}")
    if view == "counted":
        return brief.how_counted(ask, scope, period, *beside.shown, of=title)
    now = figures.frequency(scope, period, cohort)
    then = figures.frequency(scope, beside.earlier, cohort) if beside.earlier else None
    everybody = figures.frequency(scope, period)
    private = released_figures.is_private(ask, scope)
    both = figures.both(scope, period, cohort)
    entered = figures.entered_care(scope, period) if cohort in ("lac", "not-lac") else None
    change_on = then if beside.comparable else None
    counts = frequency_facts(now, change_on, beside.earlier.label if beside.earlier else "")
    facts = (
        *map(rate_fact, (_("Share of children"), _("Share of episodes")), figures.shares(scope, period, cohort)),
        # Beyond one person a cohort has children and episodes only: cohorts are small.
        *(counts if private else [f for f in counts if f.label in RELEASED or ", change on " in f.label]),
        *([count_fact(_("Children both in and not in the cohort"), both)] if private else []),
        *([count_fact(_("Children who entered care after"), entered.children)] if entered else []),
    )
    again = f"cohort {cohort} {period.label} {arguments.area_word(wanted)}".strip() + " partial" * wanted.partial
    if view == "measures" or ask.request.export:
        rows = tuple((r.name, cell(r.children), cell(r.episodes)) for r in figures.areas(scope, period, cohort))
        overlap = _("No child was in the cohort for one episode and not for another.")
        if both:
            overlap = _("{both} of these children also had an episode outside the cohort in this period.", both=both)
        return Reply(
            title=title,
            level=0,
            text=(
                _(
                    "{children} of {children2}, {episodes} of {episodes2}{limits}.",
                    children=count_label(now.children),
                    children2=children(everybody.children),
                    episodes=count_label(now.episodes),
                    episodes2=counted(everybody.episodes, "{n} episode", "{n} episodes"),
                    limits=arguments.limits(ask, period),
                ),
                *beside.notes,
                *_entered_care(entered),
            ),
            facts=facts,
            tables=(
                _table(now, then, period, beside, private),
                Table(_("By area, {period}", period=period.label), (_("Area"), _("Children"), _("Episodes")), rows),
            ),
            footer=(
                *period_warnings(period, beside.earlier or period, ask.now, arguments.data_until(ask)),
                *([overlap] if private else []),
                *released_figures.footer(ask, scope, period, *beside.shown),
            ),
            buttons=brief.more(again, measures=False),
        )
    pairs = [(period, now, everybody)]
    if beside.base and change_on:
        pairs.append((beside.base, change_on, figures.frequency(scope, beside.base)))
    said = [
        _(
            "{children} of {children2} and {episodes} of {episodes2}.",
            children=count_label(of.children),
            children2=children(every.children),
            episodes=count_label(of.episodes),
            episodes2=counted(every.episodes, "{n} episode", "{n} episodes"),
        )
        for _unused, of, every in pairs
    ]
    shares = [[*map(brief.share, figures.shares(scope, p, cohort)), per_child(of)] for p, of, _ in pairs]
    measures = zip((_("Share of children"), _("Share of episodes"), _("Episodes per child")), *shares, strict=True)
    return Reply(
        title=title,
        level=0,
        text=(
            *brief.doubts(ask, scope, *(p for p, _, _ in pairs), notes=beside.notes),
            said[0],
            *(f"{one_before(period).capitalize()}: {earlier}" for earlier in said[1:]),
            *_entered_care(entered),
        ),
        facts=facts,
        tables=(Table("", (_("Measure"), *(p.label for p, _, _ in pairs)), tuple(measures)),),
        footer=brief.footer(ask, scope, period),
        buttons=brief.more(again),
    )


def _cohort(ask: Ask, words: list[str]) -> tuple[str, list[str]]:
    """Parse the cohort from the first one to three words; return it with the words after it."""
    for length in (3, 2, 1):
        spoken = plain(" ".join(words[:length]))
        name = ALIASES.get(spoken) or next((n for n in NAMES if plain(n) == spoken), None)
        if name and len(words) >= length:
            return name, words[length:]
    near = suggest(words[0], NAMES) if words else None
    offers = [f"cohort {near}"] if near else []
    raise Unclear(_("Name a cohort: {names}.", names=", ".join(NAMES)), *offers)


def _entered_care(entered: AnyFrequency | None) -> tuple[str, ...]:
    """Name those who were looked after only later: of R16 they are not looked after, and nobody may miss them."""
    if entered is None or not entered.children:
        return ()
    who = _(
        "{children}, {episodes}",
        children=children(entered.children),
        episodes=counted(entered.episodes, "{n} episode", "{n} episodes"),
    )
    when = _("looked after later, at most {days} days after the end", days=SOON_AFTER.days)
    return (_("Entered care after: {who}. Not looked after at the start, and counted so; {when}.", who=who, when=when),)


def _table(
    now: AnyFrequency, then: AnyFrequency | None, period: Period, beside: arguments.Beside, private: bool
) -> Table:
    """Build the table of the cohort's figures, beside the earlier period where it is known."""
    if then is None or beside.earlier is None:
        alone: tuple[tuple[Cell, ...], ...] = (
            (_("Children"), cell(now.children)),
            (_("Episodes"), cell(now.episodes)),
            (_("Episodes per child"), per_child(now)),
        )
        return Table(_("Figures"), (_("Measure"), period.label), alone)
    rows = (
        compared(_("Children"), now.children, then.children, beside.comparable, released=not private),
        compared(_("Episodes"), now.episodes, then.episodes, beside.comparable, released=not private),
        (_("Episodes per child"), per_child(now), per_child(then), ""),
    )
    return Table(_("Figures"), (_("Measure"), period.label, beside.earlier.label, _("Change")), rows)


COMMAND = Command(
    name="cohort",
    summary=_("Looked-after, not looked-after, UASC or child protection plan, against everybody"),
    usage="cohort lac|not-lac|uasc|cp [PERIOD] [AREA] [partial] [measures|counted]",
    examples=("cohort uasc 2017-H1", "cohort lac last half north"),
    actions=("counts",),
    run=run,
    words={
        **brief.WORDS,
        **{spelt: name for spelt, name in ALIASES.items()},
        **{name: name for name in NAMES},
        **dict.fromkeys(("looked after children", "children looked after", "children in care", "in care"), "lac"),
        **dict.fromkeys(("unaccompanied children", "asylum seeking children", "unaccompanied"), "uasc"),
        **dict.fromkeys(("child protection plan", "on a child protection plan", "protection plan"), "cp"),
    },
)
