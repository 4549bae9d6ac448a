"""interviews: return interviews due, overdue or the asker's, one line each; or the figures of a period by team."""

from datetime import timedelta

from bot.conversation import arguments
from bot.conversation.command import Ask, Command, NotKnown, Unclear
from bot.conversation.reply import Fact, Reply
from bot.messages import episode_lines, released_figures
from bot.rules.access.permissions import Scope
from bot.rules.disclosure.released import count_label
from bot.rules.interviews.state import OpenInterview
from bot.rules.queries.digest_content import open_interviews
from bot.rules.time import clock, freshness

VIEWS = ("due", "overdue", "mine")


def run(ask: Ask) -> Reply:
    """Show a list, which needs the right to lists, or figures, which need the right to counts."""
    view = next((w.casefold() for w in ask.words if w.casefold() in VIEWS), None)
    wanted = arguments.read(ask, [w for w in ask.words if w.casefold() not in VIEWS])
    if wanted.periods and view:
        raise Unclear("Ask for a list (due, overdue, mine) or for a period, not both.", "interviews due")
    if wanted.periods or not (view or ask.may("open_list")):
        return _figures(ask, wanted)
    scope = ask.scope("open_list", wanted.area)
    source = arguments.source(ask, "interviews")
    name = arguments.scope_name(ask, scope)
    age = freshness.say(source, ask.now)
    if not freshness.usable(source, ask.now):
        return Reply(f"Return interviews, {name}: not known", 1, (age,), status="failed")
    everything = open_interviews(ask.facts, scope, ask.now)
    chosen = everything
    if view == "mine":
        chosen = [i for i in everything if ask.request.actor is not None and i.is_for(ask.request.actor)]
    elif view == "overdue":
        chosen = [i for i in everything if i.overdue]
    elif view == "due":
        chosen = [i for i in everything if _due_soon(i)]
    facts = _position(everything)
    counts = " · ".join(f"{f.label.removeprefix('Interviews ')} {f.value}" for f in facts)
    lead = f"Of {len(everything)} open: {counts}."
    title = {None: "open", "due": "due in the next 24 hours", "overdue": "overdue", "mine": "yours"}[view]
    table = episode_lines.interview_table("Return interviews", chosen, ask.partnership, ask.now)
    return Reply(
        title=f"Return interviews {title}, {name}: {len(chosen)}",
        level=1,
        text=(
            *freshness.warnings((source,), ask.now, exact=True),
            lead if chosen else f"None {title} in {name} (of {len(everything)} open interviews).",
        ),
        facts=facts,
        tables=(table,) if chosen else (),
        footer=(
            f"At {clock.say(ask.now)}. The 72 hours run through nights, weekends and bank holidays.",
            age,
        ),
        buttons=arguments.look_up(ask, [i.episode.child_ref for i in chosen]),
    )


def _due_soon(i: OpenInterview) -> bool:
    return i.undone and timedelta() <= i.left <= timedelta(hours=24)


def _position(found: list[OpenInterview]) -> tuple[Fact, ...]:
    """Count the interviews in each position, over the whole list."""
    return (
        Fact("Interviews with no owner", sum(i.unowned for i in found)),
        Fact("Interviews overdue", sum(i.overdue for i in found)),
        Fact("Interviews due in the next 24 hours", sum(_due_soon(i) for i in found)),
        Fact("Interviews not offered yet", sum(i.state.needs_offer for i in found)),
        Fact("Interviews held, not recorded", sum(i.state.name == "held" for i in found)),
        Fact("Interviews waiting: child missing again", sum(i.state.name == "due, child missing" for i in found)),
    )


def _figures(ask: Ask, wanted: arguments.Arguments) -> Reply:
    period = wanted.period(ask)
    scope, figures = released_figures.asked_for(ask, wanted, period)
    for sentence in arguments.never_loaded(ask, "interviews", "Return interviews"):
        raise NotKnown(sentence, f"Return interviews, {arguments.scope_name(ask, scope)}: not known")
    tallies = figures.tallies(scope, period)
    named = [(name, tally) for _, name, tally in tallies]
    everything = figures.tally(scope, period)
    scopes = [*(Scope((a,)) for a, _, _ in tallies), scope]
    # K10 for each team and in all: median hours from return to held, and from held to recorded.
    spans = [figures.medians(s, period) for s in scopes]
    team_kpis = ("Interviews: Completed", "Interviews: Recorded within 72 h (of completed)")
    return Reply(
        title=f"Return interviews, {arguments.scope_name(ask, scope)}: {period.label}",
        level=0,
        text=(
            f"{count_label(everything.held)} of {count_label(everything.episodes)} completed, "
            f"{arguments.days(period)}.",
        ),
        facts=(
            *released_figures.kpi_facts(everything),
            *[
                Fact(f"{name}: {f.label.removeprefix('Interviews: ')}", f.value, f.numerator, f.denominator, f.unit)
                for name, tally in named
                for f in released_figures.kpi_facts(tally)
                if f.label in team_kpis
            ],
        ),
        tables=(
            released_figures.kpi_table("Return interviews by team", [*named, ("Total", everything)]),
            released_figures.measures_table(
                "Every measure by team",
                [*named, ("Total", everything)],
                {
                    "Median hours, return to held": [released_figures.number(held) for held, _ in spans],
                    "Median hours, held to recorded": [released_figures.number(recorded) for _, recorded in spans],
                },
            ),
        ),
        footer=(
            "Completed: held, of ended missing episodes. "
            "Recorded in 72 h: of completed, as in the 2017 report, and of required.",
            *released_figures.footer(ask, scope, period),
        ),
    )


COMMAND = Command(
    name="interviews",
    summary="Return interviews: due, overdue, yours; or the figures of a period by team",
    usage="interviews [due|overdue|mine|PERIOD] [AREA]",
    examples=("interviews", "interviews overdue north", "interviews mine", "interviews 2017-H1"),
    actions=("open_list", "counts"),
    run=run,
    aliases=("rhi",),
    example_needs={
        "interviews overdue north": "open_list",
        "interviews mine": "open_list",
        "interviews 2017-H1": "counts",
    },
)
