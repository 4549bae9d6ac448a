"""Calls of a rule that is met, and their acknowledgements, in words: roles and references (level 1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from bot.rules.access.role_holders import holders
from bot.rules.episodes.doubts import START
from bot.rules.episodes.risk_flags import GRADE_WORDS, grade_at
from bot.rules.escalations.calls import Call, Raised, calls
from bot.rules.escalations.tiers import rungs
from bot.rules.escalations.triggers import Absence, met
from bot.rules.figures.frequency import repeat_triggers
from bot.rules.model import Episode
from bot.rules.partnership.partnership import Partnership
from bot.rules.time import clock

NOBODY_YET = "nobody called yet"


def role_words(role: str) -> str:
    return role.replace("_", " ")


def moment(when: datetime, now: datetime) -> str:
    """'09:12' today, with the day where it is another one."""
    same_day = clock.local_day(when) == clock.local_day(now)
    return f"{clock.to_london(when):%H:%M}" if same_day else clock.say_near(when, now)


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
    waits = [f"NOT acknowledged, {_next(call, last, p, now)}"] if last else []
    return ", ".join((*waits, *(_vacant(r, area, p, now) for r in call.tiers if not r.person)))


def _vacant(r: Raised, area: str, p: Partnership, now: datetime) -> str:
    those = holders(p, r.role, clock.local_day(now), agency=r.agency, area=area)
    return f"{'nobody could be called as' if those else 'nobody holds'} {role_words(r.role)} of {r.agency}"


def _next(call: Call, last: Raised, p: Partnership, now: datetime) -> str:
    """Until when the tier that was called last is given, and who hears then."""
    if last.next_raised:
        return "administrators were told"
    who = "next tier" if next_role(call, p) else "administrators are told"
    return f"{who} {'now' if last.acknowledge_by <= now else moment(last.acknowledge_by, now)}"


def next_role(call: Call, p: Partnership) -> str:
    """The role that is called after the last tier; empty where there is none."""
    rule = p.escalation(call.first.rule)
    rest = rungs(p, rule, call.first.agency)[call.tiers[-1].tier :] if rule else ()
    return rest[0].role if rest else ""


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
    by_rule: dict[str, list[Call]] = {m.rule.id: [] for m in met(absence, starts, p, now)}
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
        return _starts(records, starts, p, now)
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


def _starts(records: Sequence[Episode], starts: Sequence[datetime], p: Partnership, now: datetime) -> str:
    begun = {x.start_at for x in records}
    for rule in p.repeat_rules[:1]:
        for crossing in repeat_triggers(starts, rule, now):
            if crossing.fired_at in begun:
                return f"went missing {', '.join(clock.say_day_near(s, now) for s in crossing.starts)}"
    return "the starts on record have changed since"
