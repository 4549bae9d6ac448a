"""The next person that an agency calls for one child: rules climb one ladder together, one person at a time.

A move takes along every rule that waits for an acknowledgement, and every one that nobody could be called for, so that
no second person of the agency is called beside the first. A rule that was acknowledged is not among them any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from bot.rules.access.permissions import DUTY
from bot.rules.escalations.calls import (
    Call,
    Decisions,
    DueCall,
    Situation,
    Tier,
    acknowledge_by,
    calls,
    rungs,
    triggers_met,
    why_closed,
)
from bot.rules.partnership.partnership import Calendar, Escalation, Partnership
from bot.rules.time.clock import local_day, to_london

#: The time to acknowledge a call by rules that the partnership file no longer has.
A_CALL = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Move:
    """One agency is called for one child: calls that are open, or open again, go along with rules newly met.

    `due`: the time of one of the calls is over, so that the next role is called.
    """

    agency: str
    waiting: tuple[Call, ...]
    new: tuple[DueCall, ...]
    due: bool


#: A child and an agency: one person is called for both at a time.
About = tuple[int, str]


def about(c: Call, s: Situation) -> About | None:
    """Return the child and the agency of a call; None where its episode is gone."""
    x = s.episode(c.first.episode_id)
    return (x.child_id, c.first.agency) if x is not None else None


def together(wanted: Iterable[tuple[Call, str]], found: Decisions, s: Situation, p: Partnership) -> list[Call]:
    """Return those of these calls that cannot go to their own person: the agency has another to call for the child.

    `wanted` are calls to be made to a person now without a move: of a role that has a holder again, or open again.
    """
    persons: dict[About, set[str]] = {}
    for c, person in wanted:
        if (key := about(c, s)) is not None:
            persons.setdefault(key, set()).add(person)
    busy: set[About] = {(d.met.episode.child_id, d.agency) for d in found.call}
    busy |= {key for c in calls(s.raised) if c.waits is not None and not why_closed(c, s, p) and (key := about(c, s))}
    return [c for c, _ in wanted if (key := about(c, s)) is not None and (key in busy or len(persons[key]) > 1)]


def moves(found: Decisions, s: Situation, p: Partnership, joining: Sequence[Call] = ()) -> list[Move]:
    """Group the calls that go on, those that join them, and the rules newly met by child and agency."""
    due: dict[About, list[DueCall]] = {}
    late: set[About] = set()
    for c in (*found.next_tier, *joining):
        if (key := about(c, s)) is not None:
            due.setdefault(key, [])
            if c not in joining:
                late.add(key)
    for d in found.call:
        due.setdefault((d.met.episode.child_id, d.agency), []).append(d)
    waiting: dict[About, list[Call]] = {}
    for c in calls(s.raised) if due else ():
        key = about(c, s)
        if key is not None and (c.open or c in joining) and not why_closed(c, s, p):
            waiting.setdefault(key, []).append(c)
    made = []
    for key, new in due.items():
        move = Move(key[1], tuple(waiting.get(key, ())), tuple(new), key in late)
        made.append(replace(move, new=(*new, *_unconfirmed(key[0], move, s, p))) if move.due else move)
    return made


def _unconfirmed(child: int, move: Move, s: Situation, p: Partnership) -> list[DueCall]:
    """Return rules on a grade not confirmed yet whose first role this move calls anyway: that is not done twice."""
    absence = next((a for a in s.absences if a.child_id == child), None)
    if absence is None:
        return []
    numbers = {x.id for x in absence.records}
    known = {(r.rule, r.crossing) for r in s.raised if r.episode_id in numbers and r.agency == move.agency}
    known |= {(d.met.rule.id, d.met.crossing) for d in move.new}
    reached = rank(p, move.agency, roles_to_call(move, p, s.now)[0])
    return [
        DueCall(m, agency)
        for m in triggers_met(absence, s.starts, p, s.now, s.highs, unconfirmed=True)
        if m.rule.condition == "high" and (m.rule.id, m.crossing) not in known
        for agency in p.agencies
        if agency == move.agency and m.rule.role(agency) and rank(p, agency, m.rule.role(agency)) <= reached
    ]


def order(p: Partnership, agency: str) -> list[str]:
    """Return every role that the partnership's rules call in an agency, the lowest first.

    A role is as high as it is near the end of the longest ladder it stands in; of two that are equally near, the one
    with less time to acknowledge is higher.
    """
    ladders = [rungs(p, rule, agency) for rule in p.escalations]
    steps: dict[str, int] = {tier.role: 0 for tiers in ladders for tier in tiers}
    for _ in steps:  # as often as the longest ladder could have roles: ladders may contradict one another
        for tiers in ladders:
            for below, above in pairwise(tiers):
                steps[below.role] = max(steps[below.role], min(steps[above.role] + 1, len(steps)))
    minutes: dict[str, int] = {}
    for tier in (tier for tiers in ladders for tier in tiers):
        minutes[tier.role] = min(minutes.get(tier.role, tier.rule.acknowledge_minutes), tier.rule.acknowledge_minutes)
    return sorted(steps, key=lambda role: (-steps[role], -minutes[role]))


def rank(p: Partnership, agency: str, role: str) -> int:
    """Return the place of a role in the agency's order; below all others for one that no rule calls, such as duty."""
    known = order(p, agency)
    return known.index(role) if role in known else -1


def roles_to_call(move: Move, p: Partnership, now: datetime) -> list[str]:
    """Return the roles to try, one after the other, until one has a person who can be called.

    Those at and above the place of the move come first, then the ones below, and last the duty role. At the end of
    the ladder its last role is called again.
    """
    tiers = _tiers(move, p)
    roles = sorted(tiers, key=order(p, move.agency).index)
    place = {role: rank(p, move.agency, role) for role in roles}
    called = [c.called for c in move.waiting if c.called is not None]
    now_at = max((rank(p, move.agency, r.role) for r in called), default=-1)
    unheard = [rule for c in move.waiting if c.called is None and (rule := p.escalation(c.first.rule)) is not None]
    begun = [ladder[0] for rule in unheard if (ladder := rungs(p, rule, move.agency))]
    firsts = [*begun, *(rungs(p, d.met.rule, move.agency)[0] for d in move.new)]
    # At night a role of the daytime is no first one beside a role of every hour.
    begins = [t for t in firsts if runs(t.rule, now, p.calendar())] or firsts
    floor = max([now_at + 1 if move.due else now_at, *(place[t.role] for t in begins)])
    above = [role for role in roles if place[role] >= floor]
    awake = [role for role in above if any(runs(t.rule, now, p.calendar()) for t in tiers[role])]
    # Roles of the daytime come after, at night too: where no role of every hour has a person, nobody may be left out.
    asleep = [role for role in above if role not in awake]
    tried = [*awake, *asleep] or [r.role for r in called if rank(p, move.agency, r.role) == now_at][:1]
    below = [role for role in reversed(roles) if role not in tried and place[role] < floor]
    return [*tried, *below, *([] if DUTY in tried else [DUTY])]


def runs(rule: Escalation, now: datetime, calendar: Calendar) -> bool:
    """Return True where the minutes of a rule count at this moment."""
    hours = rule.between is None or rule.between[0] <= to_london(now).time() < rule.between[1]
    return hours and (rule.days == "every" or calendar.works(local_day(now)))


def until(move: Move, role: str, p: Partnership, now: datetime, calendar: Calendar) -> datetime:
    """Return the end of the time to acknowledge: the shortest that any of the rules asks at this role.

    A rule that is met now asks for the time of its own first tier, whoever is called; one that waits for the same
    person keeps its time.
    """
    ends = [acknowledge_by(d.met.rule, now, calendar) for d in move.new]
    for c in move.waiting:
        rule, waits = p.escalation(c.first.rule), c.waits
        if waits is not None and waits.role == role and not move.due:
            ends.append(waits.acknowledge_by)
        elif rule is not None:
            tiers = rungs(p, rule, move.agency)
            tier = next((t for t in tiers if t.role == role), tiers[-1] if tiers else Tier(role, rule))
            again = waits is not None and waits.role == role
            ends.append(acknowledge_by(replace(tier.rule, same_day=False) if again else tier.rule, now, calendar))
    return min(ends, default=now + A_CALL)


def next_role(p: Partnership, agency: str, rules: Iterable[str], role: str) -> str:
    """Return the role that is called after this one for these rules; empty where this is the last."""
    known = [rule for name in rules if (rule := p.escalation(name)) is not None]
    after = {t.role for rule in known for t in rungs(p, rule, agency)}
    at = rank(p, agency, role)
    return next((r for r in order(p, agency) if r in after and rank(p, agency, r) > at), "") if at >= 0 else ""


def _tiers(move: Move, p: Partnership) -> dict[str, Sequence[Tier]]:
    """Return the roles that the rules of a move call, each with the tiers it is called at."""
    rules = [rule for c in move.waiting if (rule := p.escalation(c.first.rule)) is not None]
    found: dict[str, list[Tier]] = {}
    for rule in (*rules, *(d.met.rule for d in move.new)):
        for tier in rungs(p, rule, move.agency):
            found.setdefault(tier.role, []).append(tier)
    return dict(found)
