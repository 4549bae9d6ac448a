"""stats: children, episodes, repeats and interviews of an area in a period, beside the period before."""

from bot import asked, shown
from bot.command import Ask, Command
from bot.reply import Button, Fact, Reply, Table
from bot.report.comparison import Counted, comparison, count
from bot.rules.access import Scope
from bot.rules.areas import split
from bot.rules.figures import period_warnings
from bot.rules.model import Period


def run(ask: Ask) -> Reply:
    """Counts by episode start (R5); no change is shown that would mislead (R14), and nothing unknown as zero."""
    wanted = asked.read(ask)
    period = wanted.period(ask)
    scope = ask.scope("counts", wanted.area)
    until = asked.data_until(ask)
    beside = asked.beside(ask, wanted, period)
    now = count(ask.facts, scope, period, ask.now)
    then = count(ask.facts, scope, beside.earlier, ask.now) if beside.earlier else None
    unknown = asked.never_loaded(ask, "interviews", "Return interviews")
    first_ever = _first_ever(ask, scope, period)
    return Reply(
        title=f"{asked.scope_name(ask, scope)}: {period.label}{beside.title}",
        level=0,
        text=(*_lead(now, first_ever), *beside.notes, *unknown),
        facts=tuple(_facts(now, then if beside.comparable else None, first_ever)),
        tables=(comparison(now, then, beside.comparable), *_areas(ask, scope, now)),
        footer=(*period_warnings(period, beside.earlier or period, ask.now, until), *asked.footer(ask, scope, period)),
        buttons=_buttons(asked.area_word(wanted), period),
    )


def _lead(now: Counted, first_ever: Fact) -> tuple[str, ...]:
    children, episodes = now.frequency.children, now.frequency.episodes
    lead = f"{shown.children(children)}, {shown.counted(episodes, 'missing episode')}, {asked.days(now.period)}."
    first = f"Missing for the first time ever ({first_ever.note}): {first_ever.value}."
    return lead, first


def _first_ever(ask: Ask, scope: Scope, period: Period) -> Fact:
    """R11: only as true as the history is long, so that is said with it."""
    history = ask.partnership.history_start
    since = f"history from {history:%-d %b %Y}" if history else "history as far as loaded"
    return Fact("Children missing for the first time ever", ask.facts.first_ever(scope, period), note=since)


def _facts(now: Counted, then: Counted | None, first_ever: Fact) -> list[Fact]:
    counts = shown.frequency_facts(now.frequency, then.frequency if then else None, then.period.label if then else "")
    return [*counts, first_ever, *(shown.kpi_facts(now.interviews) if now.interviews else [])]


def _areas(ask: Ask, scope: Scope, now: Counted) -> tuple[Table, ...]:
    """The split by area, where more than one was asked for, with the children counted twice said (R15)."""
    if set(scope.areas) != {a.id for a in ask.partnership.areas}:
        return ()
    several = ask.facts.in_several_areas(scope, now.period)
    counts = ask.facts.by_area(scope, now.period)
    rows = split(ask.partnership, counts, now.frequency.children, now.frequency.episodes, several)
    note = f"{several} {'child is' if several == 1 else 'children are'} counted in more than one area."
    total = ("Whole county, each child once", now.frequency.children, now.frequency.episodes)
    cells = (*((r.name, r.children, r.episodes) for r in rows), total)
    return (Table(f"By area, {now.period.label}", ("Area", "Children", "Episodes"), cells, note),)


def _buttons(area: str, period: Period) -> tuple[Button, ...]:
    return (
        Button("By number of episodes", f"bands {period.label} {area}".strip()),
        Button("Interviews", f"interviews {period.label} {area}".strip()),
    )


COMMAND = Command(
    name="stats",
    summary="Children, episodes, repeats and interviews of an area, beside the period before",
    usage="stats [AREA] [PERIOD] [partial]",
    examples=("stats north", "stats north 2017-H1", "stats all last month"),
    actions=("counts",),
    run=run,
)
