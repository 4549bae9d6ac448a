"""interviews: return interviews due, overdue or the asker's, one line each; or the figures of a period by team."""

from dataclasses import replace

from bot.conversation import arguments
from bot.conversation.command import Ask, Command, NotKnown, Unclear
from bot.conversation.reply import Button, Fact, Reply
from bot.messages import episode_lines, released_figures
from bot.messages.released_figures import PEOPLE
from bot.rules.access.permissions import Scope
from bot.rules.disclosure.released import cell, count_label
from bot.rules.interviews.state import Positions, View, page_of
from bot.rules.queries.digest_content import open_interviews
from bot.rules.time import clock, freshness

VIEWS: tuple[View, ...] = ("due", "overdue", "mine")
#: Rows of a list in one answer, about a page or two in a chat; a file has all of them.
AT_ONCE = 100


def run(ask: Ask) -> Reply:
    """Show a list, which needs the right to lists, or figures, which need the right to counts."""
    words, first = _from_row(ask.words)
    view = next((v for w in words for v in VIEWS if w.casefold() == v), None)
    wanted = arguments.read(ask, [w for w in words if w.casefold() not in VIEWS])
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
    listed: View = "open" if view is None else view
    actor = ask.request.actor
    if ask.request.export:
        page = page_of(open_interviews(ask.facts, scope, ask.now), listed, actor)
    else:
        page = ask.facts.interview_page(scope, ask.now, listed, actor, first - 1, AT_ONCE)
    facts = _position(page.counts)
    counts = " · ".join(f"{f.label.removeprefix('Interviews ')} {f.value}" for f in facts)
    lead = f"Of {page.counts.open} open: {counts}."
    title = {"open": "open", "due": "due in the next 24 hours", "overdue": "overdue", "mine": "yours"}[listed]
    table = episode_lines.interview_table("Return interviews", page.rows, ask.partnership, ask.now)
    last = first - 1 + len(page.rows)
    more = []
    if len(page.rows) < page.total:
        table = replace(table, note=f"Rows {first} to {last} of {page.total}.")
        asked = " ".join(("interviews", *words))
        if last < page.total:
            more.append(Button(f"Next: from row {last + 1}", f"{asked} from {last + 1}"))
    return Reply(
        title=f"Return interviews {title}, {name}: {page.total}",
        level=1,
        text=(
            *freshness.warnings((source,), ask.now, exact=True),
            lead if page.total else f"None {title} in {name} (of {page.counts.open} open interviews).",
        ),
        facts=facts,
        tables=(table,) if page.rows else (),
        footer=(
            f"At {clock.say(ask.now)}. The 72 hours run through nights, weekends and bank holidays.",
            age,
        ),
        buttons=(*more, *arguments.look_up(ask, [i.episode.child_ref for i in page.rows])),
    )


def _from_row(words: tuple[str, ...]) -> tuple[tuple[str, ...], int]:
    """Take "from 101" off the end of the words: the row with which the list begins."""
    *before, last = ("", *words)
    if len(before) > 1 and before[-1].casefold() == "from" and last.isascii() and last.isdecimal():
        return words[:-2], max(1, int(last[:9]))
    return words, 1


def _position(counts: Positions) -> tuple[Fact, ...]:
    """Show the interviews in each position, over the whole list."""
    return (
        Fact("Interviews with no owner", counts.unowned),
        Fact("Interviews overdue", counts.overdue),
        Fact("Interviews due in the next 24 hours", counts.due_soon),
        Fact("Interviews not offered yet", counts.not_offered),
        Fact("Interviews held, not recorded", counts.held),
        Fact("Interviews waiting: child missing again", counts.waiting),
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
    not_due = [cell(t.not_due) for _, t in [*named, ("Total", everything)]]
    # Every one of them is None in a channel, or none is.
    people = [found for found in (figures.people(s, period) for s in scopes) if found]
    # K10 for each team and in all: median hours from return to held, and from held to recorded.
    spans = [figures.medians(s, period) for s in scopes]
    team_kpis = ("Interviews: Completed", "Interviews: Recorded within 72 h (of completed)")
    return Reply(
        title=f"Return interviews, {arguments.scope_name(ask, scope)}: {period.label}",
        level=0,
        text=(
            f"{count_label(everything.held)} of {count_label(everything.episodes)} completed, "
            f"{arguments.days_known(ask, period)}.",
            *released_figures.not_due((period, everything)),
            *released_figures.people_line(people[-1] if people else None),
        ),
        facts=(
            *released_figures.kpi_facts(everything),
            *released_figures.people_facts(people[-1] if people else None),
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
                    **({"Not due yet": not_due} if any(n != 0 for n in not_due) else {}),
                    **{label: [p[i] for p in people] for i, label in enumerate(PEOPLE) if people},
                    "Median hours, return to held": [released_figures.number(held) for held, _ in spans],
                    "Median hours, held to recorded": [released_figures.number(recorded) for _, recorded in spans],
                },
            ),
        ),
        footer=(
            "Completed: held, of ended missing episodes. "
            "Recorded in 72 h: of completed, as in the 2017 report, and of those due by now.",
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
