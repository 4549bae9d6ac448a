"""strategy: strategy decisions that rules ask for, and recording people's answers. The bot never decides (R24)."""

import re
from collections.abc import Collection

from bot.conversation import arguments, child_lookup
from bot.conversation.command import Ask, Command, Unclear
from bot.conversation.refusals import no_names
from bot.conversation.reply import Button, Cell, Fact, Level, Reply, Row, Table
from bot.messages import escalation_message, forms
from bot.messages.escalation_message import rule_name
from bot.rules.access.permissions import Scope
from bot.rules.catalogue import _
from bot.rules.effects import RecordStep
from bot.rules.escalations.strategy import OLD, WHY, Question, question, questions
from bot.rules.interviews.steps import StrategyKind, standing
from bot.rules.model import Episode
from bot.rules.partnership.roles import Action
from bot.rules.text import area_names, reasons
from bot.rules.text.area_names import normalise_reference, plain
from bot.rules.time import clock

MOST = 20
#: Rows with a button.
WITH_BUTTON = 5
COLUMNS = (_("Child"), _("Area"), _("Asked by"), _("Since"), _("Decide by"), _("Where it stands"))
#: The answers in the words people type, the longer ones first.
ANSWERS: dict[str, StrategyKind] = {
    "threshold not met": "threshold_not_met",
    "threshold met": "threshold_met",
    "considered": "considered",
    "held": "discussion_held",
}
_ANSWER = re.compile(rf"^(.*?)[\s:,]+({'|'.join(ANSWERS)})[.!]?$", re.IGNORECASE)
_HOW = _("To say something: strategy REFERENCE considered, threshold met, threshold not met, or held.")


def run(ask: Ask) -> Reply:
    """Show the list or one child's history, or record an answer with a reason from a list."""
    spoken, because = reasons.split(" ".join(ask.words))
    if answer := _ANSWER.match(spoken):
        return _record(ask, answer[1], ANSWERS[answer[2].casefold()], because)
    ref = normalise_reference(spoken, ask.partnership.reference_prefix)
    if ref is None:
        return _list(ask)
    x, q = _find(ask, ask.scope(_to_see(ask), None), ref)
    ask.log.subject = ref
    lines = escalation_message.history(q, ask.partnership, ask.now, private=_private(ask))
    return Reply(
        title=_("Strategy decision: {ref}", ref=ref),
        level=_level(ask),
        text=(f"{ref}, {x.area}.", *lines),
        footer=(_HOW,),
        buttons=_answers(ask, ref) if _private(ask) and x.area in _acknowledged(ask) else (),
    )


def _acknowledged(ask: Ask) -> tuple[str, ...]:
    return ask.areas("acknowledge") if ask.may("acknowledge") else ()


def _answers(ask: Ask, ref: str) -> tuple[Button, ...]:
    """Return a button for each answer, in the order of the work; a threshold has a form for its reason."""
    order = ("considered", "threshold met", "threshold not met", "held")
    return tuple(Button(w.capitalize(), f"strategy {ref} {w}", form=ANSWERS[w] in WHY) for w in order)


def _private(ask: Ask) -> bool:
    return ask.request.place.level == 2


def _level(ask: Ask) -> Level:
    return 2 if _private(ask) else 1


def _to_see(ask: Ask) -> Action:
    return "open_list" if ask.may("open_list") else "acknowledge"


def _list(ask: Ask) -> Reply:
    wanted = arguments.read(ask, most_periods=0)
    scope = ask.scope(_to_see(ask), wanted.area)
    waiting = [(x, q) for x, q in _asked_for(ask, scope) if q.stage != "done"]
    waiting.sort(key=lambda each: each[1].is_old(ask.now))
    overdue = sum(q.stage == "decision" and q.decide_by <= ask.now for _, q in waiting)
    rows: list[tuple[Cell, ...]] = []
    shown: list[Row] = []
    for n, (x, q) in enumerate(waiting[:MOST]):
        rules = ", ".join(rule_name(ask.partnership, rule) for rule in q.rules)
        by_when = escalation_message.by_when(q, ask.now)
        stage = escalation_message.stage(q, ask.partnership, ask.now, private=_private(ask))
        late = q.stage == "decision" and q.decide_by <= ask.now
        words = (area_names.spoken(x.area), stage, by_when if late else _("by {by_when}", by_when=by_when), rules)
        said = (Button(_("What was said"), f"strategy {x.child_ref}"),) if n < WITH_BUTTON else ()
        shown.append(Row(x.child_ref, words, "⚠" if late else "⏳", said))
        rows.append((x.child_ref, x.area, rules, clock.say_near(q.asked_at, ask.now), by_when, stage))
    return Reply(
        title=_(
            "Strategy decisions outstanding, {scope_name}: {n}",
            scope_name=arguments.scope_name(ask, scope),
            n=len(waiting),
        ),
        level=_level(ask),
        text=(
            _("{overdue} overdue.", overdue=overdue)
            if overdue
            else _("None is overdue.")
            if waiting
            else _("None is outstanding."),
            *(() if ask.request.export else shown),
        ),
        facts=(Fact(_("Outstanding"), len(waiting)), Fact(_("Overdue"), overdue)) if ask.request.export else (),
        tables=(Table(_("First due first"), COLUMNS, tuple(rows)),) if rows and ask.request.export else (),
        footer=(
            *([_("The first {most} of {n} are shown.", most=MOST, n=len(waiting))] if len(waiting) > MOST else []),
            _(
                "Listed until said, those due over {days} days ago last. People decide; the bot never does.",
                days=OLD.days,
            ),
        ),
    )


def _asked_for(ask: Ask, scope: Scope) -> list[tuple[Episode, Question]]:
    """Return decisions that rules ask for and recent answers, first due first; none of children who died (E35)."""
    work = ask.facts.work
    raised = work.decisions(ask.now - OLD)
    episodes = {x.id: x for x in ask.facts.numbered(scope, sorted({r.episode_id for r in raised}), ask.now)}
    alive = _alive(ask, episodes.values())
    found = questions([r for r in raised if r.episode_id in alive], work.steps(sorted(alive)))
    return [(alive[q.episode_id], q) for q in found]


def _alive(ask: Ask, episodes: Collection[Episode]) -> dict[int, Episode]:
    died = ask.facts.died([x.child_id for x in episodes])
    return {x.id: x for x in episodes if x.child_id not in died}


def _find(ask: Ask, scope: Scope, ref: str) -> tuple[Episode, Question | None]:
    """Return the newest outstanding decision, else the episode of now, else the last decision.

    An unknown child, one outside the grant, and one without a decision are refused in the same words.
    """
    of_child = [(x, q) for x, q in _asked_for(ask, scope) if x.child_ref == ref]
    here = [x for x in ask.facts.open_episodes(scope, ask.now) if x.child_ref == ref and x.kind == "missing"]
    missing = list(_alive(ask, here).values())
    waiting = [(x, q) for x, q in of_child if q.stage != "done"]
    if waiting:
        return waiting[-1]
    if missing:
        # Answers may be given although no rule asked.
        x = missing[-1]
        raised = [r for r in ask.facts.work.escalations([x.id]) if r.decide_by is not None]
        return x, question(x.id, raised, ask.facts.work.steps([x.id]).get(x.id, ()))
    if of_child:
        return of_child[-1]
    raise Unclear(_("There is no strategy decision to speak of for that reference. Ask for strategy for the list."))


def _record(ask: Ask, spoken: str, kind: StrategyKind, because: str | None) -> Reply:
    """Record an answer with a listed reason; other words are refused and not kept."""
    prefix = ask.partnership.reference_prefix
    ref = normalise_reference(spoken, prefix)
    if ref is None:
        raise Unclear(no_names(prefix))
    scope = ask.scope("acknowledge", None)
    listed = WHY.get(kind, ())
    detail = next((word for word in listed if plain(word) == plain(because or "")), "")
    if not listed and because is not None:
        raise Unclear(_("Say it without a reason: strategy REFERENCE {words}.", words=escalation_message.WORDS[kind]))
    why = Unclear(_("Say why, after because, in one of these words: {listed}.", listed=", ".join(listed)))
    if listed and not detail and not ask.request.has_forms:
        raise why
    x, _unused = _find(ask, scope, ref)
    if listed and not detail:
        begun = f"strategy {ref} {escalation_message.WORDS[kind]}"
        raise why.asking(forms.strategy(begun, kind), begun)
    ask.log.subject, ask.log.action = ref, f"strategy {escalation_message.WORDS[kind]}"
    steps = ask.facts.work.steps([x.id]).get(x.id, ())
    version, who = standing(steps, ask.now).version, child_lookup.who(ask)
    ask.log.effects.append(RecordStep(x.id, version, kind, ask.now, ask.now, who.id, detail=detail))
    reason = _(", because {detail}", detail=detail) if detail else ""
    recorded = _(
        "Recorded: {words}{reason}, {now}.",
        words=escalation_message.WORDS[kind],
        reason=reason,
        now=clock.say_near(ask.now, ask.now),
    )
    return Reply(_("Strategy decision: {ref}", ref=ref), _level(ask), (f"{ref}, {x.area}.", recorded), footer=(_HOW,))


COMMAND = Command(
    name="strategy",
    summary=_("Strategy decisions that rules ask for, and what was said of them"),
    usage="strategy [AREA | REFERENCE [considered|threshold met|threshold not met|held] [because REASON]]",
    examples=("strategy", "strategy north"),  # a reference would be of one child
    actions=("open_list", "acknowledge"),
    run=run,
    words=dict.fromkeys(
        ("strategy meetings", "strategy meeting", "strategy discussions", "strategy discussion", "strategy decisions"),
        "",
    ),
)
