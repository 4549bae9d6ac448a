"""Absences: the people who may record one, and covers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from bot.rules.access.permissions import Away, Grant, decide, roles_today
from bot.rules.catalogue import _
from bot.rules.partnership.partnership import Partnership, Person
from bot.rules.time.clock import day_start, say_day_near


def answers_for(by: Person, other: Person, partnership: Partnership, today: date) -> bool:
    """Return True for oneself, for a manager of the other's areas, and for a coordinator of the other's agency."""
    if by.id == other.id:
        return True
    grant = decide(by, "member", "interview_update", 2, partnership, today)
    if not isinstance(grant, Grant) or by.agency != other.agency:
        return False
    areas = {area for held in roles_today(other, today) for area in held.areas}
    return any(
        r.reach == "all" or (r.reach == "own_areas" and not areas.isdisjoint(r.areas)) for r in grant.role_grants
    )


def absence_sentence(a: Away, now: datetime) -> str:
    """Write 'You are away Mon 10 Jul to Wed 12 Jul. coordinator takes the reminders.'"""
    first, last = (say_day_near(day_start(day), now) for day in (a.first, a.last))
    return _("You are away {first} to {last}. {covered}", first=first, last=last, covered=covered(a.cover))


def covered(cover: str) -> str:
    return (
        _("{cover} takes the reminders.", cover=cover) if cover else _("Nobody covers: reminders go to the duty role.")
    )


def listed(people: Iterable[Person], name: str) -> Person | None:
    """Return the active person with this id, in any capitals."""
    return next((p for p in people if p.active and p.id.casefold() == name.casefold()), None)
