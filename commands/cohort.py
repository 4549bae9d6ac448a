"""cohort: looked-after, not looked-after, UASC or child protection plan at the episode's start, against everybody."""

from bot import asked
from bot.command import Ask, Command, NotKnown, Unclear
from bot.reply import Fact, Reply, Table
from bot.rules.access import Scope
from bot.rules.figures import Rate, period_warnings
from bot.rules.frequency import Frequency
from bot.rules.model import Period
from bot.rules.words import plain, suggest
from bot.shown import children, compared, counted, frequency_facts, number, rate_fact

NAMES = {
    "lac": "Looked-after children",
    "not-lac": "Children not looked after",
    "uasc": "Unaccompanied asylum-seeking children",
    "cp": "Children on a child protection plan",
}
ALIASES = {
    "looked after": "lac",
    "not lac": "not-lac",
    "non lac": "not-lac",
    "not looked after": "not-lac",
    "child protection": "cp",
}


def run(ask: Ask) -> Reply:
    """Membership is frozen at each episode's start (R16): one child may be inside for one and outside for another."""
    cohort, rest = _cohort(ask)
    wanted = asked.read(ask, rest)
    period = wanted.period(ask)
    beside = asked.beside(ask, wanted, period)
    scope = ask.scope("counts", wanted.area)
    for sentence in asked.never_loaded(ask, "children", NAMES[cohort]):
        raise NotKnown(sentence, f"{NAMES[cohort]}: not known")
    now = ask.facts.frequency(scope, period, cohort)
    then = ask.facts.frequency(scope, beside.earlier, cohort) if beside.earlier else None
    everybody = ask.facts.frequency(scope, period)
    both = ask.facts.in_cohort_and_not(scope, period, cohort)
    return Reply(
        title=f"{NAMES[cohort]}, {asked.scope_name(ask, scope)}: {period.label}{beside.title}",
        level=0,
        text=(
            f"{now.children} of {children(everybody.children)}, "
            f"{now.episodes} of {counted(everybody.episodes, 'episode')}.",
            *beside.notes,
        ),
        facts=(
            *_shares(now, everybody),
            *frequency_facts(now, then if beside.comparable else None, beside.earlier.label if beside.earlier else ""),
            Fact("Children both in and not in the cohort", both),
        ),
        tables=(_table(now, then, period, beside), _by_area(ask, scope, cohort, period)),
        footer=(
            *period_warnings(period, beside.earlier or period, ask.now, asked.data_until(ask)),
            _overlap(both),
            *asked.footer(ask, scope, period),
        ),
    )


def _cohort(ask: Ask) -> tuple[str, list[str]]:
    """The cohort named first, in one to three words, and the words after it."""
    for length in (3, 2, 1):
        spoken = plain(" ".join(ask.words[:length]))
        name = ALIASES.get(spoken) or next((n for n in NAMES if plain(n) == spoken), None)
        if name and len(ask.words) >= length:
            return name, list(ask.words[length:])
    near = suggest(ask.words[0], NAMES) if ask.words else None
    offers = [f"cohort {near}"] if near else []
    raise Unclear(f"Name a cohort: {', '.join(NAMES)}.", *offers)


def _shares(now: Frequency, everybody: Frequency) -> tuple[Fact, Fact]:
    return (
        rate_fact("Share of children", Rate(now.children, everybody.children)),
        rate_fact("Share of episodes", Rate(now.episodes, everybody.episodes)),
    )


def _table(now: Frequency, then: Frequency | None, period: Period, beside: asked.Beside) -> Table:
    if then is None or beside.earlier is None:
        alone = (("Children", now.children), ("Episodes", now.episodes), ("Episodes per child", number(now.per_child)))
        return Table("Figures", ("Measure", period.label), alone)
    rows = (
        compared("Children", now.children, then.children, beside.comparable),
        compared("Episodes", now.episodes, then.episodes, beside.comparable),
        ("Episodes per child", number(now.per_child), number(then.per_child), ""),
    )
    return Table("Figures", ("Measure", period.label, beside.earlier.label, "Change"), rows)


def _by_area(ask: Ask, scope: Scope, cohort: str, period: Period) -> Table:
    counts = ask.facts.by_area(scope, period, cohort)
    rows = tuple((ask.partnership.area(a).name, *counts.get(a, (0, 0))) for a in scope.areas)
    return Table(f"By area, {period.label}", ("Area", "Children", "Episodes"), rows)


def _overlap(both: int) -> str:
    if not both:
        return "No child was in the cohort for one episode and not for another."
    return f"{both} of these children also had an episode outside the cohort in this period."


COMMAND = Command(
    name="cohort",
    summary="Looked-after, not looked-after, UASC or child protection plan, against everybody",
    usage="cohort lac|not-lac|uasc|cp [PERIOD] [AREA] [partial]",
    examples=("cohort uasc 2017-H1", "cohort lac last half north"),
    actions=("counts",),
    run=run,
)
