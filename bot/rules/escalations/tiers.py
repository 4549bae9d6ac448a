"""Tiers of an escalation: the roles it calls after one another, and their time to acknowledge (domain.md §10.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules.access.permissions import Grant, decide
from bot.rules.access.role_holders import holders
from bot.rules.partnership.channels import Escalation
from bot.rules.partnership.partnership import Partnership, Person
from bot.rules.partnership.roles import Action
from bot.rules.partnership.working_hours import LONGEST_CLOSURE, Calendar
from bot.rules.time.clock import at, day_start, local_day

#: A call tells of a child by reference, so the person called must be allowed one of these anyway.
NEEDED: tuple[Action, ...] = ("acknowledge", "open_list")


@dataclass(frozen=True, slots=True)
class Tier:
    """One tier: the role that is called, and the rule that gives its time to acknowledge."""

    role: str
    rule: Escalation


def rungs(p: Partnership, rule: Escalation, agency: str) -> tuple[Tier, ...]:
    """Return the tiers of one agency: the rule's own role, then those of `next_tier`. A role is called once."""
    if not rule.role(agency):
        return ()
    found = {rule.role(agency): rule}
    for _ in p.escalations:
        following = p.escalation(rule.next_tier)
        role = rule.next_tier if following is None else following.role(agency)
        if role:
            found.setdefault(role, following or rule)
        if following is None:
            break
        rule = following
    return tuple(Tier(role, of) for role, of in found.items())


def acknowledge_by(rule: Escalation, since: datetime, calendar: Calendar) -> datetime:
    """Return the end of the time to acknowledge a call made at `since`.

    In a partnership that never works every minute counts: a mistake in a file does not postpone a call for ever.
    """
    left = timedelta(minutes=rule.acknowledge_minutes)
    day, last = local_day(since), local_day(since) + LONGEST_CLOSURE
    while day < last:
        if rule.between is None:
            opens, closes = day_start(day), day_start(day + timedelta(days=1))
        else:
            opens, closes = at(day, rule.between[0]), at(day, rule.between[1])
        begins = max(since, opens)
        if begins < closes and (rule.days == "every" or calendar.works(day)):
            if begins + left <= closes:
                return closes if rule.same_day else begins + left
            left -= closes - begins
        day += timedelta(days=1)
    return since + timedelta(minutes=rule.acknowledge_minutes)


def whom(
    p: Partnership,
    role: str,
    agency: str,
    area: str,
    now: datetime,
    away: Mapping[str, str],
    reached: Callable[[Person], bool],
) -> Person | None:
    """Return the person to call: a holder of the role who is there, else the cover of one who is away, or None.

    `away` maps the people who are away today to their cover (empty: none).
    """
    today = local_day(now)
    those = holders(p, role, today, agency=agency, area=area)
    there = [x for x in those if x.id not in away]
    covers = [c for x in those if (c := p.person(away.get(x.id, ""))) is not None and c.agency == agency]
    for x in (*there, *covers):
        may_know = any(isinstance(decide(x, "member", action, 2, p, today), Grant) for action in NEEDED)
        if x.active and x.id not in away and may_know and reached(x):
            return x
    return None


def why_nobody(p: Partnership, role: str, agency: str, area: str, now: datetime) -> str:
    """Tell administrators of a role without a person to call: nothing of a child, nor of the rule."""
    words = role.replace("_", " ")
    if not holders(p, role, local_day(now), agency=agency, area=area):
        return (
            f"Nobody of {agency} holds the role {words} for {area}, so nobody there could be called by an escalation. "
            "Name somebody under [roles] in the partnership file, or with the verb people."
        )
    return (
        f"Whoever holds the role {words} of {agency} for {area} could not be called by an escalation: away without "
        "cover, without an account the bot can reach, or without the right to lists."
    )
