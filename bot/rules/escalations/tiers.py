"""Whom an escalation calls, tier after tier, and until when they are given to acknowledge it (domain.md §10.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.rules.access.permissions import Grant, decide
from bot.rules.access.role_holders import holders
from bot.rules.partnership.channels import Escalation
from bot.rules.partnership.partnership import Partnership, Person
from bot.rules.partnership.roles import Action
from bot.rules.partnership.working_hours import LONGEST_CLOSURE, Calendar, at
from bot.rules.time.clock import day_start, local_day

#: Who is called learns of a child by reference, so one of these has to be theirs anyway.
NEEDED: tuple[Action, ...] = ("acknowledge", "open_list")


@dataclass(frozen=True, slots=True)
class Tier:
    """One tier: the role that is called, and the rule whose time to acknowledge holds for it."""

    role: str
    rule: Escalation


def rungs(p: Partnership, rule: Escalation, agency: str) -> tuple[Tier, ...]:
    """The tiers of one agency: the rule's own role, then those that `next_tier` leads to. A role is called once."""
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
    """The end of the minutes that somebody is given who is called at `since`.

    A partnership that never works gets them at once: a call is not put off for ever by a mistake in a file.
    """
    left = timedelta(minutes=rule.acknowledge_minutes)
    day, last = local_day(since), local_day(since) + LONGEST_CLOSURE
    while day < last:
        opens, closes = _window(rule, day)
        begins = max(since, opens)
        if begins < closes and (rule.days == "every" or calendar.works(day)):
            if begins + left <= closes:
                return closes if rule.same_day else begins + left
            left -= closes - begins
        day += timedelta(days=1)
    return since + timedelta(minutes=rule.acknowledge_minutes)


def _window(rule: Escalation, day: date) -> tuple[datetime, datetime]:
    """The part of a day whose minutes count."""
    if rule.between is None:
        return day_start(day), day_start(day + timedelta(days=1))
    opens, closes = rule.between
    return at(day, opens), at(day, closes)


def whom(
    p: Partnership,
    role: str,
    agency: str,
    area: str,
    now: datetime,
    away: Mapping[str, str],
    reached: Callable[[Person], bool],
) -> Person | None:
    """Who is called: a holder of the role who is there, else the cover of one who is away; None where nobody can be.

    `away` is who is away today, with their cover (empty: none).
    """
    today = local_day(now)
    those = holders(p, role, today, agency=agency, area=area)
    there = [x for x in those if x.id not in away]
    covers = [c for x in those if (c := p.person(away.get(x.id, ""))) is not None and c.agency == agency]
    fit = (x for x in (*there, *covers) if x.active and x.id not in away and _may_know(x, p, today) and reached(x))
    return next(fit, None)


def _may_know(person: Person, p: Partnership, today: date) -> bool:
    return any(isinstance(decide(person, "member", action, 2, p, today), Grant) for action in NEEDED)


def why_nobody(p: Partnership, role: str, agency: str, area: str, now: datetime) -> str:
    """What administrators are told of a role at which nobody could be called: nothing of a child, nor of the rule."""
    said = role.replace("_", " ")
    if not holders(p, role, local_day(now), agency=agency, area=area):
        return (
            f"Nobody of {agency} holds the role {said} for {area}, so nobody there could be called by an escalation. "
            "Name somebody under [roles] in the partnership file, or with the verb people."
        )
    return (
        f"Whoever holds the role {said} of {agency} for {area} could not be called by an escalation: away without "
        "cover, without an account the bot can reach, or without the right to lists."
    )
