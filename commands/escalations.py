"""escalations: calls made because a rule was met, and acknowledging them: each agency its own calls."""

import re
from collections.abc import Sequence, Set
from datetime import timedelta

from bot.conversation import arguments, child_lookup
from bot.conversation.command import Ask, Command, Unclear
from bot.conversation.reply import Button, Cell, Level, Reply, Row, Table
from bot.messages.escalation_message import (
    agency_words,
    by_words,
    moment,
    newest,
    not_called,
    role_words,
    rule_words,
)
from bot.rules.access.break_glass import BOTH
from bot.rules.access.permissions import Scope
from bot.rules.catalogue import _, code_words, n_
from bot.rules.effects import Acknowledge
from bot.rules.episodes.risk_flags import GRADE_ORDER, grade_at
from bot.rules.escalations.calls import Call, Raised, absences, calls
from bot.rules.model import Episode
from bot.rules.partnership.roles import Action
from bot.rules.text.area_names import spoken
from bot.rules.time import clock, freshness
from bot.rules.time.clock import local_day

MOST = 20
#: Calls with a button of their own.
MOST_MINE = 8
TITLE = _("Not acknowledged first")
_HOW = _(
    "To acknowledge for somebody else of your agency: escalations NUMBER acknowledge, with the number in brackets."
)
COLUMNS = (_("Child"), _("Police"), _("Council"))
#: The calls of one child, each with its episode.
Found = list[tuple[Call, Episode]]


def run(ask: Ask) -> Reply:
    """List the calls, or acknowledge one by its number."""
    text = " ".join(ask.words)
    if re.match(r"#?\d", text, re.ASCII):
        numbered = re.fullmatch(r"#?(\d{1,9})[\s:]+(?:acknowledged?|ack)[.!]?", text, re.ASCII | re.IGNORECASE)
        if numbered is None:
            raise Unclear(_("Give the number of the escalation, then acknowledge."))
        return _acknowledge(ask, int(numbered[1]))
    wanted = arguments.read(ask, most_periods=0)
    scope = ask.scope(_action(ask), wanted.area)
    found = _current(ask, scope, own=wanted.area is None)
    waiting = [(c, x) for c, x in found if c.open]
    elsewhere = any(x.area not in scope.areas for _, x in found)
    mine = _mine(ask, waiting)
    children = _by_child(ask, found)
    vacant = dict.fromkeys(x.child_ref for c, x in waiting if c.called is None)
    called = _(" and calls to you elsewhere") if elsewhere else ""
    open_now = len({x.child_id for _, x in waiting})
    many = n_("{n} child", "{n} children", len(children))
    counts = (
        _("{open_now} of {many} not acknowledged", open_now=open_now, many=many) if children else _("nobody is called")
    )
    rows = tuple(_row(ask, each, mine) for each in children[:MOST])
    return Reply(
        title=_(
            "Escalations, {scope_name}{called}: {counts}",
            scope_name=arguments.scope_name(ask, scope),
            called=called,
            counts=counts,
        ),
        level=_level(ask),
        text=(
            *_not_called(ask, scope),
            *([_("⚠ Nobody could be called for: {vacant}.", vacant=", ".join(vacant))] if vacant else []),
            *([_("Waiting for you: {n}", n=len(mine))] if mine else []),
            *(_own_row(ask, each, first=each is mine[0]) for each in mine[:MOST_MINE]),
            *(
                [_("… and {n} more, when these are acknowledged", n=len(mine) - MOST_MINE)]
                if len(mine) > MOST_MINE
                else []
            ),
            *([_("Nobody is called for anything that is still open.")] if not found else []),
        ),
        tables=(Table(TITLE, COLUMNS, rows),) if rows else (),
        footer=(
            *([_("The first {most} of {n} are shown.", most=MOST, n=len(children))] if len(children) > MOST else []),
            *([_HOW] if any("(" in str(cell) for row in rows for cell in row[1:]) else []),
            _("Rules of the partnership on recorded facts: the bot grades nothing."),
            freshness.say(arguments.source(ask, "police"), ask.now),
        ),
    )


def _by_child(ask: Ask, found: Found) -> list[Found]:
    """Group calls by child: those with one that waits first, of these ungraded and HIGH before others."""
    children: dict[int, Found] = {}
    for c, x in found:
        children.setdefault(x.child_id, []).append((c, x))
    return sorted(
        children.values(),
        key=lambda of: (
            not any(c.open for c, _ in of),
            min(GRADE_ORDER[grade_at(x, ask.now)] for _, x in of),
            of[0][0].first.id,
        ),
    )


def _mine(ask: Ask, waiting: Sequence[tuple[Call, Episode]]) -> list[Found]:
    """Return the calls to this person, and those of their role that nobody could be called for, by message.

    In private alone: in a channel others read "you" too. Calls of other people are acknowledged by typing only, so
    that no press ends one by chance.
    """
    found: dict[int, Found] = {}
    for c, x in waiting if ask.request.place.level == 2 else ():
        called = _is_called(ask, c.tiers, _stands_for(ask))
        if called or (c.called is None and _may_acknowledge(ask, c, x)):
            found.setdefault((c.called or c.first).message, []).append((c, x))
    return list(found.values())


def _newest(of: Sequence[tuple[Call, Episode]]) -> Raised:
    call, _ = of[0]
    return call.called or call.first


def _own_row(ask: Ask, of: Found, *, first: bool) -> Row:
    """'🔔 OX-7QK4 · north · Missing for 24 hours · by 09:00'."""
    call, x = of[0]
    rules = dict.fromkeys(rule_words(c.first.rule, [of_it], ask.partnership, ask.now) for c, of_it in of)
    last = call.called
    then = _("nobody could be called")
    if last is not None and not _is_called(ask, [last], _stands_for(ask)):
        then = _(
            "passed on to {role_words} at {moment}", role_words=role_words(last.role), moment=moment(last.at, ask.now)
        )
    elif last is not None:
        then = by_words(last.acknowledge_by, ask.now)
    acknowledge = Button(_("Acknowledge"), f"escalations {_newest(of).message} acknowledge", primary=first)
    return Row(x.child_ref, (spoken(x.area), *rules, then), "🔔", (acknowledge,))


def _action(ask: Ask) -> Action:
    return "open_list" if ask.may("open_list") else "acknowledge"


def _level(ask: Ask) -> Level:
    return 2 if ask.request.place.level == 2 else 1


def _current(ask: Ask, scope: Scope, own: bool) -> Found:
    """Return calls that are not closed, unacknowledged first: of the areas and, with `own`, those to this person."""
    work = ask.facts.work
    numbers = sorted({r.episode_id for r in work.unclosed_escalations()})
    made = [c for c in calls(work.escalations(numbers)) if any(r.closed_at is None for r in c.tiers)]
    episodes = {x.id: x for x in ask.facts.numbered(scope, numbers, ask.now)}
    if own:
        people = _stands_for(ask)
        elsewhere = sorted({c.first.episode_id for c in made if _is_called(ask, c.tiers, people)} - set(episodes))
        episodes |= {x.id: x for x in ask.facts.numbered(_here(ask), elsewhere, ask.now)}
    died = ask.facts.died([x.child_id for x in episodes.values()])  # nothing is said of them (edge case 35)
    found = [(c, x) for c in made if (x := episodes.get(c.first.episode_id)) and x.child_id not in died]
    return sorted(found, key=lambda row: (not row[0].open, row[0].first.id))


def _here(ask: Ask) -> Scope:
    """Return every area of this place. People called for a child were told of it, whatever its area."""
    return Scope(tuple(a.id for a in ask.partnership.areas if ask.request.place.holds(a.id)))


def _stands_for(ask: Ask) -> frozenset[str]:
    """Return the people whose calls are this person's: their own, and those they cover today."""
    who = child_lookup.who(ask).id
    away = ask.facts.work.away(local_day(ask.now))
    return frozenset({who, *(a.person for a in away.values() if a.cover == who)})


def _is_called(ask: Ask, tiers: Sequence[Raised], people: frozenset[str]) -> bool:
    return any(r.person in people and r.agency == child_lookup.who(ask).agency for r in tiers)


def _may_acknowledge(ask: Ask, c: Call, x: Episode) -> bool:
    """Return true for the call's agency: the person called, their cover, or a role for the area."""
    if child_lookup.who(ask).agency != c.first.agency:
        return False
    by_role = ask.may("acknowledge") and x.area in ask.areas("acknowledge")
    return by_role or _is_called(ask, c.tiers, _stands_for(ask))


def _not_called(ask: Ask, scope: Scope) -> tuple[str, ...]:
    """Warn of rules that are met without a call. It is a fault, or half a minute old, and never silent."""
    open_now = ask.facts.open_episodes(scope, ask.now)
    missing = absences(open_now, ask.facts.died([x.child_id for x in open_now]))
    raised = ask.facts.work.escalations([x.id for a in missing for x in a.records])
    # As far back as the first repeat rule looks from the earliest absence.
    days = max((r.days for r in ask.partnership.repeat_rules[:1]), default=0)
    since = min((a.start_at for a in missing), default=ask.now) - timedelta(days=days)
    starts = ask.facts.starts([a.child_id for a in missing], since, ask.now)
    of = {a.child_id: [r for r in raised if r.episode_id in {x.id for x in a.records}] for a in missing}
    fault = (a for a in missing if not_called(a, newest(of[a.child_id]), starts, ask.partnership, ask.now))
    refs = [a.records[0].child_ref for a in fault]
    return (_("⚠ Rules are met for which nobody has been called yet: {refs}.", refs=", ".join(refs)),) if refs else ()


def _row(ask: Ask, of: Found, mine: Sequence[Found]) -> tuple[Cell, ...]:
    """Return a child and how each agency's calls stand: 'director, not yet, next 09:29', 'acknowledged 09:12'."""
    own = {c.first.key for each in mine for c, _ in each}
    x = of[0][1]
    return (f"{x.child_ref}, {spoken(x.area)}", *(_cell(ask, of, agency, own) for agency in BOTH))


def _cell(ask: Ask, of: Found, agency: str, own: Set[tuple[str, int, int, str]]) -> str | None:
    theirs = [(c, x) for c, x in of if c.first.agency == agency]
    waiting = [(c, x) for c, x in theirs if c.open]
    if not theirs:
        return None
    typed = {
        (c.called or c.first).message for c, x in waiting if c.first.key not in own and _may_acknowledge(ask, c, x)
    }
    numbers = f" ({', '.join(map(str, sorted(typed)))})" if typed and _level(ask) == 2 else ""
    return f"{agency_words([c for c, _ in theirs], theirs[0][1].area, ask.partnership, ask.now)}{numbers}"


def _acknowledge(ask: Ask, number: int) -> Reply:
    """Acknowledge a call. An unknown number and another's call are refused in the same words."""
    work = ask.facts.work
    row = work.escalation(number)
    alive: list[Episode] = []
    if row is not None:
        called = _is_called(ask, [row], _stands_for(ask))
        scope = _here(ask) if called else ask.scope(_action(ask), None)
        found = ask.facts.numbered(scope, [row.episode_id], ask.now)
        died = ask.facts.died([x.child_id for x in found])
        alive = [x for x in found if x.child_id not in died]
    if row is None or not alive:
        raise Unclear(_("There is no escalation with that number that you can see. Ask for escalations for the list."))
    x = alive[0]
    ask.log.subject, ask.log.action = x.child_ref, "acknowledge"
    call = next(c for c in calls(work.escalations([row.episode_id])) if c.first.key == row.key)
    if (why := _why_not(ask, call, row, x)) is not None:
        return Reply(_("Not done"), 0, (why,), status="refused")
    ask.log.effects.append(Acknowledge(number, child_lookup.who(ask).id, ask.now))
    # The rules named in the same message that wait still: they are answered by it, and no others.
    others = {r.key: r for r in work.unclosed_escalations() if r.message == row.message and r.acknowledged_at is None}
    named = [row, *(r for key, r in others.items() if key != row.key)]
    rules = " · ".join(dict.fromkeys(rule_words(r.rule, [x], ask.partnership, ask.now) for r in named))
    when = moment(ask.now, ask.now)
    done = _(
        "Acknowledged for {agency} at {when}: {rules}. Nobody else of {agency} is called for it.",
        agency=code_words(row.agency),
        when=when,
        rules=rules,
    )
    asked = call.first.decide_by or any(r.decide_by for r in named)
    asks = (_("A strategy decision is asked for: strategy {ref} considered.", ref=x.child_ref),) if asked else ()
    return Reply(
        _("{ref}: acknowledged", ref=x.child_ref),
        _level(ask),
        (done, *asks),
        buttons=arguments.look_up(ask, [x.child_ref]),
    )


def _why_not(ask: Ask, call: Call, row: Raised, x: Episode) -> str | None:
    """Return the reason against an acknowledgement, or None."""
    done = call.acknowledged
    if done is not None and done.acknowledged_at is not None:
        return _(
            "{acknowledged_by} acknowledged this on {acknowledged_at}.",
            acknowledged_by=done.acknowledged_by,
            acknowledged_at=clock.say_near(done.acknowledged_at, ask.now),
        )
    if row.closed_at is not None:
        return _(
            "This was closed on {closed_at}: nothing is asked any more.",
            closed_at=clock.say_near(row.closed_at, ask.now),
        )
    if child_lookup.who(ask).agency != row.agency:
        return _("This call is one of {agency}, and theirs to acknowledge.", agency=code_words(row.agency))
    if not _may_acknowledge(ask, call, x):
        return _("You were not called, and your role does not acknowledge for this area.")
    return None


COMMAND = Command(
    name="escalations",
    summary=_("Who was called because a rule was met, and acknowledging it"),
    usage="escalations [AREA | NUMBER acknowledge]",
    examples=("escalations", "escalations north"),  # a number would be of one call
    actions=("open_list", "acknowledge"),
    run=run,
    words=dict.fromkeys(
        ("who was called", "who has been called", "who is called", "calls", "the calls", "alerts"),
        "",
    ),
    aliases=("escalation",),
)
