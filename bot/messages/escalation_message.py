"""What somebody reads who is called: the rule, the recorded facts, what is asked by when, and who else is (level 2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.conversation.reply import Button, Reply
from bot.messages.episode_lines import contradicted, so_far
from bot.messages.escalation_lines import evidence, moment, newest, next_role, role_words, rule_name, stands
from bot.rules.access.permissions import Grant, Scope, decide
from bot.rules.episodes.risk_flags import doubt_words
from bot.rules.escalations.calls import Call, Raised
from bot.rules.escalations.decisions import Situation
from bot.rules.model import Episode
from bot.rules.partnership.partnership import Partnership, Person
from bot.rules.time import clock

NO_JUDGEMENT = "A rule of your partnership on recorded facts. The bot grades nothing and decides nothing."


def message(row: Raised, call: Call, s: Situation, person: Person, p: Partnership, age: tuple[str, ...]) -> Reply:
    """`age` says how old the police's data are."""
    records, now = s.records(row.episode_id), s.now
    x = next((r for r in records if r.id == row.episode_id), records[0])
    facts = evidence(row.rule, records, s.starts.get(x.child_id, ()), p, now)
    return Reply(
        title=f"You are called: {rule_name(p, row.rule)}",
        level=2,
        text=(
            f"{x.child_ref}, {p.area(x.area).name}: {facts}.",
            *_how_it_stands(x, now),
            _asked(row, now),
            *_decision(call, x, now),
            *(f"{line}." for line in _others(row, s, x.area, p)),
            _then(call, p),
        ),
        footer=(NO_JUDGEMENT, *age),
        buttons=tuple(_buttons(row, x, person, p, now)),
    )


def settled(call: Call, x: Episode, p: Partnership, now: datetime) -> Reply:
    """The same message when nobody is asked any more: who acknowledged it and when, or that it is over."""
    area = p.area(x.area).name
    done = stands(call, x.area, p, now) if call.acknowledged else f"{call.first.agency}: over, nothing more is asked"
    return Reply(f"Settled: {rule_name(p, call.first.rule)}", 2, (f"{x.child_ref}, {area}.", f"{done}."))


def _how_it_stands(x: Episode, now: datetime) -> Iterator[str]:
    if not x.open_at(now):
        yield f"The child is {so_far(x)}."
    if x.hosted:
        yield (
            "Hosted: the placing authority leads for the child and has to be told; police and risk here are ours, "
            "so you are called all the same."
        )
    if unsure := doubt_words(x, now):
        yield f"In doubt: {', '.join(unsure)}."
    yield from (f"The {line}: find out which is right." for line in contradicted(x, now))


def _asked(row: Raised, now: datetime) -> str:
    role = f"You are called as {role_words(row.role)} of {row.agency}."
    when = moment(row.acknowledge_by, now)
    if row.acknowledge_by <= now:
        return f"{role} Acknowledge now: it was due by {when}."
    return f"{role} Acknowledge by {when}."


def _decision(call: Call, x: Episode, now: datetime) -> Iterator[str]:
    due = call.first.decide_by
    if due is not None:
        until = clock.say_day_near(due - timedelta(seconds=1), now)
        yield f"A strategy decision is asked for by the end of {until}: strategy {x.child_ref} considered."


def _others(row: Raised, s: Situation, area: str, p: Partnership) -> Iterator[str]:
    """The other agency first: who is called there for the same, and whether they have acknowledged."""
    about = {x.id for x in s.records(row.episode_id)} | {row.episode_id}
    same = [c for c in newest(r for r in s.raised if r.episode_id in about) if c.first.rule == row.rule]
    for c in same:
        if c.first.agency != row.agency:
            yield f"Also called: {stands(c, area, p, s.now)}"


def _then(call: Call, p: Partnership) -> str:
    role = next_role(call, p)
    then = f"{role_words(role)} is called next" if role else "administrators are told"
    return f"If nobody of {call.first.agency} acknowledges in time, {then}."


def _buttons(row: Raised, x: Episode, person: Person, p: Partnership, now: datetime) -> Iterator[Button]:
    yield Button("Acknowledge", f"escalations {row.id} acknowledge")
    if _may_look_up(person, x.area, p, now):
        yield Button(f"Look up {x.child_ref}", f"child {x.child_ref}")


def _may_look_up(person: Person, area: str, p: Partnership, now: datetime) -> bool:
    """A look outside somebody's area would be refused, and counted as a miss."""
    grant = decide(person, "member", "child", 2, p, clock.local_day(now))
    scope = grant.scope((area,)) if isinstance(grant, Grant) else None
    return isinstance(scope, Scope) and scope.cases_of is None
