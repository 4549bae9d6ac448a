"""Ownership of an interview: taking over, handing over, snoozing and being on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.rules.access.permissions import Grant, Refusal, decide
from bot.rules.interviews.open_interviews import OpenInterview
from bot.rules.model import CaseRelation
from bot.rules.partnership.partnership import Partnership, Person
from bot.rules.partnership.working_hours import Calendar
from bot.rules.time.clock import local_day


def leads(grant: Grant, relation: CaseRelation) -> bool:
    """Return True for managers and coordinators: a role reaches the child by area or everywhere, not by the case."""
    return any(r.reach in ("own_areas", "all") and r.covers(relation) for r in grant.role_grants)


def on_it_until(calendar: Calendar, now: datetime) -> datetime:
    """Return the end of the next working day: reminders come back then, unless a step was recorded meanwhile."""
    return calendar.closes(calendar.next_day(local_day(now)))


def snoozed_until(wanted: datetime, i: OpenInterview, leading: bool) -> datetime:
    """Return the end of a snooze: not beyond the deadline, except for managers and coordinators (`leading`)."""
    limit = i.episode.interview.counts_until
    return wanted if leading or limit is None else min(wanted, limit)


def why_not_snoozed(wanted: datetime, i: OpenInterview, now: datetime, leading: bool) -> str | None:
    limit = i.episode.interview.counts_until
    if wanted <= now:
        return "That moment is over: say until when your reminders are to wait."
    if not leading and limit is not None and limit <= now:
        return "Its time is over: only a manager of the area or a coordinator can let it wait."
    return None


def why_not_taken(i: OpenInterview, by: Person, leading: bool) -> str | None:
    """Refuse all but interviews handed to this person, interviews without an owner, and any for managers."""
    if i.standing.asked == by.id or not i.owned or leading:
        return None
    if i.owner((by,)) is not None:
        return "It is yours already."
    return "Somebody owns it: they hand it over, or a manager of the area takes it."


def why_not_handed(i: OpenInterview, by: Person, leading: bool) -> str | None:
    if leading or not i.owned or i.owner((by,)) is not None:
        return None
    return "It is not yours to hand over: its owner or a manager of the area can."


def why_not_to(to: Person, by: Person, relation: CaseRelation, partnership: Partnership, now: datetime) -> str | None:
    """Refuse a person who could not record steps of this interview themselves."""
    if to.id == by.id:
        return "You cannot hand it to yourself: say take."
    may = decide(to, "member", "interview_update", 2, partnership, local_day(now))
    if isinstance(may, Refusal) or not may.covers(relation):
        return f"{to.id} could not update this interview, so it cannot be handed to them."
    return None


def choice(verb: str, known: Sequence[OpenInterview], by: str) -> list[OpenInterview]:
    """Return those of a child's interviews that a step without a number may mean; of several the person chooses."""
    if verb == "reopened":
        return [i for i in known if i.closed or i.episode.interview.held_at]
    if verb in ("accept", "refuse"):
        return [i for i in known if i.standing.asked == by]
    if verb == "undo":
        newest = [(i, i.standing.newest) for i in known]
        return [i for i, step in newest if step and step.by == by and step.kind != "undone"]
    after_no = verb in ("accepted", "carer_contacted")
    return [i for i in known if not i.closed or (after_no and i.state.name == "declined")]
