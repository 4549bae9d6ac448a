"""Absences: the people who may record one, its longest length, and covers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from bot.rules.access.permissions import Away, Grant, RoleGrant, decide, roles_today
from bot.rules.partnership.partnership import Partnership, Person
from bot.rules.time.clock import day_start, say_day

LONGEST = timedelta(days=366)


def answers_for(by: Person, other: Person, partnership: Partnership, today: date) -> bool:
    """Oneself; and a manager for the people of their areas, a coordinator for everybody of their agency."""
    if by.id == other.id:
        return True
    grant = decide(by, "member", "interview_update", 2, partnership, today)
    if not isinstance(grant, Grant) or by.agency != other.agency:
        return False
    areas = {area for held in roles_today(other, today) for area in held.areas}
    return any(_reaches(r, areas) for r in grant.role_grants)


def _reaches(r: RoleGrant, areas: set[str]) -> bool:
    return r.reach == "all" or (r.reach == "own_areas" and not areas.isdisjoint(r.areas))


def why_not_then(first: date, last: date, today: date) -> str | None:
    if last < first:
        return "The last day is before the first."
    if last < today:
        return "That is over already."
    return "That is more than a year: say a shorter time." if last - first >= LONGEST else None


def absence_sentence(a: Away) -> str:
    """'You are away Mon 10 Jul 2017 to Wed 12 Jul 2017. coordinator takes the reminders.'"""
    return f"You are away {say_day(day_start(a.first))} to {say_day(day_start(a.last))}. {covered(a.cover)}"


def covered(cover: str) -> str:
    return f"{cover} takes the reminders." if cover else "Nobody covers: reminders go to the duty role."


def listed(people: Iterable[Person], name: str) -> Person | None:
    """The active person who is called so, whatever the capitals."""
    return next((p for p in people if p.active and p.id.casefold() == name.casefold()), None)
