"""The call to one person: the rule, the recorded facts, the time to acknowledge, and the other agency (level 2)."""

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
    """Compose the call; `age` is the age of the police's data in words."""
    records, now = s.records(row.episode_id), s.now
    x = next((r for r in records if r.id == row.episode_id), records[0])
    facts = evidence(row.rule, records, s.starts.get(x.child_id, ()), p, now)
    when = moment(row.acknowledge_by, now)
    by = f"now: it was due by {when}" if row.acknowledge_by <= now else f"by {when}"
    asked = f"You are called as {role_words(row.role)} of {row.agency}. Acknowledge {by}."
    decision = []
    if call.first.decide_by is not None:
        until = clock.say_day_near(call.first.decide_by - timedelta(seconds=1), now)
        decision = [f"A strategy decision is asked for by the end of {until}: strategy {x.child_ref} considered."]
    # The other agency's call for the same rule, and its acknowledgement.
    about = {r.id for r in records} | {row.episode_id}
    same = [c for c in newest(r for r in s.raised if r.episode_id in about) if c.first.rule == row.rule]
    others = [c for c in same if c.first.agency != row.agency]
    role = next_role(call, p)
    then = f"{role_words(role)} is called next" if role else "administrators are told"
    buttons = [Button("Acknowledge", f"escalations {row.id} acknowledge")]
    if _may_look_up(person, x.area, p, now):
        buttons.append(Button(f"Look up {x.child_ref}", f"child {x.child_ref}"))
    return Reply(
        title=f"You are called: {rule_name(p, row.rule)}",
        level=2,
        text=(
            f"{x.child_ref}, {p.area(x.area).name}: {facts}.",
            *_how_it_stands(x, now),
            asked,
            *decision,
            *(f"Also called: {stands(c, x.area, p, now)}." for c in others),
            f"If nobody of {call.first.agency} acknowledges in time, {then}.",
        ),
        footer=(NO_JUDGEMENT, *age),
        buttons=tuple(buttons),
    )


def settled(call: Call, x: Episode, p: Partnership, now: datetime) -> Reply:
    """Compose the message of a call that is over: the acknowledgement and its time, or that it is over."""
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


def _may_look_up(person: Person, area: str, p: Partnership, now: datetime) -> bool:
    """Return False where the look-up would be refused as outside their area, and counted as a miss."""
    grant = decide(person, "member", "child", 2, p, clock.local_day(now))
    scope = grant.scope((area,)) if isinstance(grant, Grant) else None
    return isinstance(scope, Scope) and scope.cases_of is None
