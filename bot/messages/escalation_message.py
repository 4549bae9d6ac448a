"""The call to one person: the rule, the recorded facts, the time to acknowledge, and the other agency (level 2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.conversation.reply import Button, Reply, Row, first_primary
from bot.messages.episode_lines import contradicted, so_far
from bot.rules.access.permissions import Grant, Scope, decide, holders, roles_today
from bot.rules.episodes.doubts import START
from bot.rules.episodes.risk_flags import GRADE_WORDS, doubt_words, grade_at
from bot.rules.escalations.calls import TURNED_18, Absence, Call, Raised, Situation, calls, triggers_met
from bot.rules.escalations.ladder import next_role
from bot.rules.escalations.strategy import STAGE_WORDS, Question
from bot.rules.figures import repeat_triggers
from bot.rules.interviews.steps import InterviewStep
from bot.rules.model import Episode
from bot.rules.partnership.partnership import Partnership, Person
from bot.rules.text.area_names import spoken
from bot.rules.time import clock

#: Decisions in one reminder; the rest is one command away.
MOST = 8
NOBODY_YET = "nobody called yet"
NO_JUDGEMENT = "A rule of your partnership on recorded facts. The bot grades nothing and decides nothing."
WORDS = {
    "considered": "considered",
    "threshold_met": "threshold met",
    "threshold_not_met": "threshold not met",
    "discussion_held": "strategy discussion held",
}


def role_words(role: str) -> str:
    return role.replace("_", " ")


def moment(when: datetime, now: datetime) -> str:
    """'09:12' today, with the day where it is another one."""
    return clock.say_close(when, now)


def rule_name(p: Partnership, rule: str) -> str:
    """The rule in the partnership's words; one that its file no longer has is called by its id."""
    found = p.escalation(rule)
    return found.name if found else rule


def stands(call: Call, area: str, p: Partnership, now: datetime) -> str:
    """'police: duty inspector, acknowledged 09:12', 'council: head of service NOT acknowledged, next tier 10:10'."""
    who = call.acknowledged or call.called
    role = f"{role_words(who.role)}{',' if call.acknowledged else ''} " if who else ""
    return f"{call.first.agency}: {role}{standing(call, area, p, now)}"


def standing(call: Call, area: str, p: Partnership, now: datetime) -> str:
    """'acknowledged 09:12', 'NOT acknowledged, next tier 10:10', 'nobody holds detective lead of police'."""
    done, last = call.acknowledged, call.called
    if done is not None and done.acknowledged_at is not None:
        return f"acknowledged {moment(done.acknowledged_at, now)}"
    words = []
    if last:
        then = "administrators were told"
        if not last.next_raised:
            when = "now" if last.acknowledge_by <= now else moment(last.acknowledge_by, now)
            then = f"{'next tier' if next_tier([call], p) else 'called again'} {when}"
        words.append(f"NOT acknowledged, {then}")
    for r in call.tiers:
        if not r.person:
            those = holders(p, r.role, now, agency=r.agency, area=area)
            vacant = "nobody could be called as" if those else "nobody holds"
            words.append(f"{vacant} {role_words(r.role)} of {r.agency}")
    return ", ".join(words)


def next_tier(named: Sequence[Call], p: Partnership) -> str:
    """The role that is called next for these rules; empty where the last one is called again."""
    last = named[0].called or named[0].tiers[-1]
    return next_role(p, last.agency, [c.first.rule for c in named], last.role)


def newest(raised: Iterable[Raised]) -> list[Call]:
    """Of each rule and agency the call that counts: the newest crossing, and none that was put right."""
    found: dict[tuple[str, str], Call] = {}
    for call in calls(r for r in raised if r.crossing > 0):
        found[call.first.rule, call.first.agency] = call
    return [c for c in found.values() if not c.put_right]


class RuleCalled(NamedTuple):
    """A rule, its calls in words, whether any was made, and whether each called agency has acknowledged."""

    words: str
    called: bool
    answered: bool


def rules_called(
    absence: Absence, raised: Sequence[Raised], starts: Mapping[int, Sequence[datetime]], p: Partnership, now: datetime
) -> list[RuleCalled]:
    """Return one for each rule with a call made, or due by now, for this child, in the order of the file."""
    by_rule: dict[str, list[Call]] = {m.rule.id: [] for m in triggers_met(absence, starts, p, now)}
    for call in newest(raised):
        by_rule.setdefault(call.first.rule, []).append(call)
    order = [e.id for e in p.escalations]
    ranked = sorted(by_rule, key=lambda rule: order.index(rule) if rule in order else len(order))
    found = []
    for rule in ranked:
        made = by_rule[rule]
        words = "; ".join(stands(c, absence.records[0].area, p, now) for c in made) or NOBODY_YET
        answered = bool(made) and all(c.acknowledged for c in made)
        found.append(RuleCalled(f"{rule_name(p, rule)}: {words}", bool(made), answered))
    return found


def evidence(rule: str, records: Sequence[Episode], starts: Sequence[datetime], p: Partnership, now: datetime) -> str:
    """The recorded facts that meet a rule, and since when: never a grade of the bot's own (R24)."""
    found = p.escalation(rule)
    condition, first = found.condition if found else "", records[0]
    if condition == "repeat":
        begun = {x.start_at for x in records}
        fired = [c for rule in p.repeat_rules[:1] for c in repeat_triggers(starts, rule, now) if c.fired_at in begun]
        if not fired:
            return "the starts on record have changed since"
        return f"went missing {', '.join(clock.say_day_near(s, now) for s in fired[0].starts)}"
    if condition == TURNED_18:  # not the day, and no length until then: that would be the date of birth
        return f"18 by now, missing since {clock.say_near(first.start_at, now)} and not back"
    since = f"missing since {clock.say_near(first.start_at, now)} ({clock.say_hours(now - first.start_at)})"
    if all(START in x.doubts for x in records):
        since = "missing, since when not known"
    recorded = {
        "under 13": any(x.under_13 for x in records),
        "child protection plan": any(x.cp for x in records),
        "UASC": any(x.uasc for x in records),
    }
    flags = [name for name, is_so in recorded.items() if is_so] if condition == "special" else []
    return ", ".join((*flags, _graded(records, now), since))


def _graded(records: Sequence[Episode], now: datetime) -> str:
    for x in records:
        grade = grade_at(x, now)
        if grade is not None:
            when = f", recorded {clock.say_near(x.graded_at, now)}" if x.graded_at else ""
            return f"police grade {GRADE_WORDS[grade]}{when}"
    for x in records:
        if x.grade_before and x.graded_before_at:
            before = f"{GRADE_WORDS[x.grade_before]}, recorded {clock.say_near(x.graded_before_at, now)}"
            return f"police grade not readable (before: {before})"
    return "no police grade recorded"


def told(step: InterviewStep, p: Partnership, now: datetime, *, private: bool) -> str:
    """'threshold met, because exploitation: team manager of council, Wed 5 Jul 09:12'."""
    why = f", because {step.detail}" if step.detail else ""
    what = WORDS.get(step.kind, step.kind)
    person = p.person(step.by)
    held = roles_today(person, clock.local_day(now)) if person else ()
    role = role_words(held[0].role) if held else "a role that has ended"
    by = f"{role} of {person.agency}" if person else "somebody no longer listed"
    return f"{what}{why}: {by}{f' ({step.by})' if private else ''}, {clock.say_near(step.said_at, now)}"


def by_when(q: Question, now: datetime) -> str:
    """The last day in time, and whether it is over."""
    late = ", OVERDUE" if q.stage == "decision" and q.decide_by <= now else ""
    return f"{clock.say_day_near(q.decide_by - timedelta(seconds=1), now)}{late}"


def stage(q: Question, p: Partnership, now: datetime, *, private: bool) -> str:
    """Return the stage of the decision, with its newest step."""
    newest = q.held or q.decided or q.considered
    return "; ".join((STAGE_WORDS[q.stage], *([told(newest, p, now, private=private)] if newest else [])))


def history(q: Question | None, p: Partnership, now: datetime, *, private: bool) -> Iterator[str]:
    """Everything that is known of the decision on one episode."""
    if q is None:
        yield "No rule has asked for a strategy decision on this episode, and nobody has said one."
        return
    rules = ", ".join(rule_name(p, rule) for rule in q.rules)
    if rules:
        yield f"Asked for by: {rules}, {clock.say_near(q.asked_at, now)}; by the end of {by_when(q, now)}."
    said = [told(s, p, now, private=private) for s in (q.considered, q.decided, q.held) if s is not None]
    yield from (f"{line[0].upper()}{line[1:]}." for line in said)
    yield f"{STAGE_WORDS[q.stage][0].upper()}{STAGE_WORDS[q.stage][1:]}."


def message(
    rows: Sequence[Raised], named: Sequence[Call], s: Situation, person: Person, p: Partnership, age: tuple[str, ...]
) -> Reply:
    """Compose the call, of one row for each rule that it names; `age` is the age of the police's data in words."""
    row, now = rows[0], s.now
    records = s.records(row.episode_id)
    x = next((r for r in records if r.id == row.episode_id), records[0])
    facts = [evidence(r.rule, s.records(r.episode_id), s.starts.get(x.child_id, ()), p, now) for r in rows]
    # Once each: the evidence of one rule is often a part of another's.
    first, *others = dict.fromkeys(f for f in facts if not any(f in other and f != other for other in facts))
    told = [f"{x.child_ref}, {spoken(x.area)}: {first}.", *(f"{other[0].upper()}{other[1:]}." for other in others)]
    end = min(r.acknowledge_by for r in rows)
    by = f"now (it was due by {moment(end, now)})" if end <= now else f"by {moment(end, now)}"
    decision = []
    asked = [c.first.decide_by for c in named if c.first.decide_by is not None]
    if asked:
        until = clock.say_day_near(min(asked) - timedelta(seconds=1), now)
        decision = [f"A strategy decision is asked for by the end of {until}: strategy {x.child_ref} considered."]
    then = next_tier(named, p)
    after = f"{role_words(then)} is called next" if then else "you are called again, and both duty desks are told"
    names = "; ".join(rule_name(p, r.rule) for r in rows)
    rules = f"Rules met, answered together: {names}." if len(rows) > 1 else f"Rule met: {names}."
    buttons = [Button("Acknowledge", f"escalations {row.message} acknowledge")]
    # No button where the look-up would be refused as outside their area, and counted as a miss.
    grant = decide(person, "member", "child", 2, p, clock.local_day(now))
    scope = grant.scope((x.area,)) if isinstance(grant, Grant) else None
    if isinstance(scope, Scope) and scope.cases_of is None:
        buttons.append(Button(f"Look up {x.child_ref}", f"child {x.child_ref}"))
    return Reply(
        title=f"You are called: {x.child_ref}, acknowledge {by}",
        level=2,
        text=(
            *told,
            *_how_it_stands(x, now),
            *_not_confirmed(rows, records, s, p),
            *_why_you(rows, named, s),
            rules,
            *decision,
            *_also_called(rows, s, p, x.area),
            f"If nobody of {row.agency} acknowledges in time, {after}.",
        ),
        footer=(NO_JUDGEMENT, *age),
        buttons=tuple(buttons),
    )


def _not_confirmed(rows: Sequence[Raised], records: Sequence[Episode], s: Situation, p: Partnership) -> Iterator[str]:
    """Say of a rule on a confirmed grade that it is named before the confirmation."""
    if not records or s.absence(records[0].id) is None:
        return
    met = triggers_met(Absence(tuple(records)), s.starts, p, s.now, s.highs)
    names = {m.rule.id for m in met}
    for r in rows:
        rule = p.escalation(r.rule)
        if rule is not None and rule.condition == "high" and rule.id not in names:
            yield "The high grade is not confirmed yet: you are called for it now, and not again when it is."


def _why_you(rows: Sequence[Raised], named: Sequence[Call], s: Situation) -> Iterator[str]:
    """Say the role of the reader, and who was called before and has not acknowledged."""
    row = rows[0]
    you = f"{role_words(row.role)} of {row.agency}"
    before = [t for c in named for t in c.tiers if t.person and t.id < min(r.id for r in rows)]
    earlier = dict.fromkeys(f"{role_words(t.role)} (by {moment(t.acknowledge_by, s.now)})" for t in before)
    yield f"You are called as {you}: no answer from {', '.join(earlier)}." if earlier else f"You are called as {you}."


def _also_called(rows: Sequence[Raised], s: Situation, p: Partnership, area: str) -> Iterator[str]:
    """Say whom the other agency called for these rules, and whether they acknowledged."""
    # The other agency's calls for the same rules, and their acknowledgement.
    rules = {r.rule for r in rows}
    about = {x.id for r in rows for x in s.records(r.episode_id)} | {r.episode_id for r in rows}
    others = [c for c in newest(r for r in s.raised if r.episode_id in about) if c.first.rule in rules]
    said = (stands(c, area, p, s.now) for c in others if c.first.agency != rows[0].agency)
    yield from (f"Also called: {each}." for each in dict.fromkeys(said))


def settled(named: Sequence[Call], x: Episode, p: Partnership, now: datetime) -> Reply:
    """Compose the message of a call that is over: each rule's acknowledgement and its time, or that it is over."""
    lines = []
    asks = any(c.first.decide_by is not None for c in named)
    for c in named:
        over = f"{c.first.agency}: over{'' if asks else ', nothing more is asked'}"
        done = stands(c, x.area, p, now) if c.acknowledged else over
        lines.append(f"{rule_name(p, c.first.rule)}: {done}." if len(named) > 1 else f"{done}.")
    if asks:
        lines.append(f"The strategy decision is asked for until it is said: strategy {x.child_ref}.")
    names = "; ".join(rule_name(p, c.first.rule) for c in named)
    return Reply(f"Settled: {names}", 2, (f"{x.child_ref}, {p.area(x.area).name}.", *lines))


def owed(found: Sequence[tuple[Episode, Question]], p: Partnership, now: datetime) -> Reply:
    """Compose the reminder of the strategy decisions that one person owes, first due first."""
    rows = []
    for x, q in found[:MOST]:
        rules = ", ".join(rule_name(p, rule) for rule in q.rules)
        where = "still missing" if x.open_at(now) else so_far(x)
        late = q.stage == "decision" and q.decide_by <= now
        words = (f"decide by {by_when(q, now)}", f"asked for by {rules}", where, p.area(x.area).short)
        said = () if q.stage == "decision" else (STAGE_WORDS[q.stage],)
        button = Button("Decide" if q.stage == "decision" else "Say held", f"strategy {x.child_ref}")
        rows.append(Row(x.child_ref, (*words, *said), "⏰" if late else "⏳", (button,)))
    if len(found) > MOST:
        rows.append(Row(f"{len(found) - MOST} more", (), "", (Button("Show all", "strategy"),)))
    waiting = "1 strategy decision is" if len(found) == 1 else f"{len(found)} strategy decisions are"
    return Reply(
        title=f"{waiting} asked of you.",
        level=2,
        text=tuple(first_primary(rows)),
        footer=("The return of the child ends no question. People decide; the bot never does.",),
    )


def _how_it_stands(x: Episode, now: datetime) -> Iterator[str]:
    if x.left_as_adult:
        yield "The child leaves the list of missing children; the police's process for a missing adult goes on."
        whose = "the placing authority's" if x.hosted else "the council's"
        if x.lac or x.hosted:
            yield f"Looked after: look at {whose} duties to a care leaver."
        if x.interview.clock_start_at is not None and x.interview.clock_start_at <= now:
            yield "The council has recorded a return: find out which is right."
    elif not x.open_at(now):
        yield f"The child is {so_far(x)}."
    if x.hosted:
        yield (
            "Hosted: the placing authority leads for the child and has to be told; police and risk here are ours, "
            "so you are called all the same."
        )
    if unsure := doubt_words(x, now):
        yield f"In doubt: {', '.join(unsure)}."
    yield from (f"The {line}: find out which is right." for line in contradicted(x, now))
