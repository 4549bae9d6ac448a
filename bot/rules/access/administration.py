"""Changes of people and their roles that an administrator may make, checked before anything changes.

People never change their own roles, administrators hold no role with children, and there is always an administrator.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from difflib import get_close_matches

from bot.rules.access.permissions import (
    MOST_DAYS,
    Change,
    Enter,
    Grant,
    NotChanged,
    Unlock,
    decide,
    roles_today,
)
from bot.rules.partnership.partnership import (
    SLACK_SHOWS,
    Partnership,
    Person,
    fault_of_account,
    fault_of_code,
    fault_of_id,
    fault_of_slack_id,
)

Roster = Mapping[str, Person]


def changed(change: Change, by: Person | None, roster: Roster, partnership: Partnership, today: date) -> Person:
    """Return the person after the change; NotChanged where it may not be made.

    `by` is None for a person at the terminal who has not given their id: they may list the first administrator,
    and nothing else.
    """
    if by is None or not _administers(by, partnership, today):
        without = administered_until(roster.values(), partnership, today) == date.min
        lists_the_first = by is None and isinstance(change, Enter) and change.role == "system_admin"
        if not (without and lists_the_first):
            advice = (
                "There is none now: list one with people add ID --agency AGENCY --role system_admin, without --as"
                if without
                else "Say which one you are: --as ADMIN"
            )
            raise NotChanged("not_administrator", "Only an administrator changes people", advice)
    before = roster.get(change.id)
    after = change.change(before, today)
    if by is not None and by.id == after.id and _access(after) != (before and _access(before)):
        raise NotChanged("own_roles", "Nobody changes their own roles", "Ask another administrator", "role")
    if by is not None and by.id == after.id and isinstance(change, Unlock):
        raise NotChanged("own_roles", "Nobody unlocks their own look-ups", "Ask another administrator")
    _check_codes(before, after, roster, partnership)
    _check_new_roles(before, after, partnership, today)
    _check_administrators(before, after, roster, partnership, today)
    return after


def administered_until(people: Iterable[Person], partnership: Partnership, today: date) -> date:
    """Return the last day with an administrator, by the roles held now; date.min where there is none today."""
    days = [
        held.expires or date.max
        for person in people
        if _administers(person, partnership, today)
        for held in roles_today(person, today)
        if held.role == "system_admin"
    ]
    return max(days, default=date.min)


def changes(before: Person | None, after: Person) -> str:
    """Write the changes in codes, for the audit trail: roles with areas and last day, and platform ids."""
    old, new = (before.roles if before else ()), after.roles
    found = [f"no {h.role}" for h in old if h.role not in {x.role for x in new}]
    for held in new:
        if held not in old:
            areas = f" for {','.join(held.areas)}" if held.areas else ""
            found.append(f"{held.role}{areas} until {held.expires or 'taken away'}")
    for name in ("worker_code", "slack_id", "teams_id"):
        if getattr(after, name) != (getattr(before, name) if before else ""):
            found.append(name)
    if before is not None and before.active != after.active:
        found.append("active" if after.active else "not active")
    return "; ".join(found)


def _administers(person: Person, partnership: Partnership, today: date) -> bool:
    return isinstance(decide(person, "member", "admin", 2, partnership, today), Grant)


def _access(person: Person) -> tuple[object, ...]:
    """Return everything that decides what the person may see; a platform's id for them does not."""
    return (set(person.roles), person.worker_code, person.active, person.agency)


def _check_codes(before: Person | None, after: Person, roster: Roster, ours: Partnership) -> None:
    """Refuse ids and codes that are misspelled or another person's. What was typed may be a name: not said back."""
    for column, fault_of, advice in (
        ("id", fault_of_id, "Choose a code such as w-17"),
        ("worker_code", fault_of_code, "Use the case system's own code for them"),
        ("slack_id", _fault_of_slack_id, f"Write it as Slack shows it, such as U012AB3CD ({SLACK_SHOWS})"),
        ("teams_id", fault_of_account, "Use the object id that Entra shows for the account"),
    ):
        text = getattr(after, column)
        if before is not None and text == getattr(before, column):  # the partnership file's own ids stay
            continue
        if fault := fault_of(text):
            raise NotChanged("invalid", fault[:1].upper() + fault[1:], advice, column)
        if column != "id" and text and any(getattr(p, column) == text for p in roster.values() if p.id != after.id):
            named = column.replace("_", " ")
            raise NotChanged("taken", f"Somebody else has this {named}", "Take it from them first, or check it", column)
    if after.agency not in ours.agencies:
        known = f"The agencies are: {', '.join(ours.agencies)}"
        raise NotChanged("invalid", "This agency is not of the partnership", known, "agency")


def _fault_of_slack_id(text: str) -> str | None:
    fault = fault_of_slack_id(text)
    return fault and f"a Slack id {fault}"


def _check_new_roles(before: Person | None, after: Person, ours: Partnership, today: date) -> None:
    """Refuse a role for unknown areas, or for none where it reaches no further; and one that ends wrongly."""
    old = before.roles if before else ()
    new = [held for held in after.roles if held not in old]
    known = [a.id for a in ours.areas]
    for held in new:
        for area in held.areas:
            if area not in known:
                near = get_close_matches(area, known, 1, 0.6)
                advice = f"Did you mean {near[0]}? " if near else ""
                raise NotChanged("invalid", "There is no such area", f"{advice}Areas: {', '.join(known)}", "areas")
        if not held.areas and "own_areas" in ours.rights_of(held.role).values():
            advice = f"Say which, such as {known[0]}"
            raise NotChanged("invalid", f"The role {held.role} is held for areas", advice, "areas")
    latest = today + timedelta(days=MOST_DAYS)
    for day in (held.expires for held in new if held.expires is not None):
        if day < today:
            raise NotChanged("invalid", "The role would have ended already", "Give a later day", "expires")
        if day > latest:
            raise NotChanged("invalid", f"A role ends after {MOST_DAYS} days", f"Give {latest} or earlier", "expires")


def _check_administrators(before: Person | None, after: Person, roster: Roster, ours: Partnership, today: date) -> None:
    """Refuse an administrator who sees child data, and a change that brings the last administrator's end nearer.

    Administrators give rights, so they must not need them.
    """
    held = {h.role for h in roles_today(after, today)}
    seen = sorted(role for role in held if ours.sees_children(role))
    if "system_admin" in held and seen and (before is None or before.roles != after.roles):
        fault = f"An administrator sees no child data, so nobody is both system_admin and {seen[0]}"
        raise NotChanged("child_data", fault, "Revoke one of the two first, or give it to somebody else", "role")
    if before is None or all(h.role != "system_admin" for h in before.roles):
        return  # only an administrator's own change brings that day nearer; a list has thousands of others
    now = administered_until(roster.values(), ours, today)
    then = administered_until({**roster, after.id: after}.values(), ours, today)
    if then < now:
        when = "" if then == date.min else f" after {then}"
        advice = "Make somebody else administrator first: people add, or people grant ID system_admin"
        raise NotChanged("last_administrator", f"Nobody would administer{when}", advice, "role")
