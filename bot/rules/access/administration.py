"""Changes of people and their roles that an administrator may make, checked before anything changes.

Nobody changes their own roles, administrators hold no role with children, and somebody always administers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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
    rights_of,
    roles_today,
    sees_children,
)
from bot.rules.partnership.partnership import (
    HeldRole,
    Partnership,
    Person,
    fault_of_account,
    fault_of_code,
    fault_of_id,
)

Roster = Mapping[str, Person]


def changed(change: Change, by: Person | None, roster: Roster, partnership: Partnership, today: date) -> Person:
    """The person after the change; NotChanged where it may not be made.

    `by` is None for whoever sits at the terminal and has not said who they are: they may name the
    first administrator, and nothing else.
    """
    _may_change(change, by, roster, partnership, today)
    before = roster.get(change.id)
    after = change.change(before, today)
    if by is not None and by.id == after.id and _access(after) != (before and _access(before)):
        raise NotChanged("own_roles", "Nobody changes their own roles", "Ask another administrator", "role")
    if by is not None and by.id == after.id and isinstance(change, Unlock):
        raise NotChanged("own_roles", "Nobody unlocks their own look-ups", "Ask another administrator")
    for check in _CHECKS:
        check(before, after, roster, partnership, today)
    return after


def administered_until(people: Iterable[Person], partnership: Partnership, today: date) -> date:
    """The last day on which somebody administers, as things stand; date.min where nobody does now."""
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
    gone = [f"no {h.role}" for h in old if h.role not in {x.role for x in new}]
    came = [_held(h) for h in new if h not in old]
    names = ("worker_code", "slack_id", "teams_id")
    codes = [name for name in names if getattr(after, name) != (getattr(before, name) if before else "")]
    switched = [] if before is None or before.active == after.active else ["active" if after.active else "not active"]
    return "; ".join([*gone, *came, *codes, *switched])


def _held(held: HeldRole) -> str:
    areas = f" for {','.join(held.areas)}" if held.areas else ""
    return f"{held.role}{areas} until {held.expires or 'taken away'}"


# -- what is checked --


def _may_change(change: Change, by: Person | None, roster: Roster, partnership: Partnership, today: date) -> None:
    """Only an administrator; or anybody at the terminal who lists the first one."""
    if by is not None and _administers(by, partnership, today):
        return
    nobody = administered_until(roster.values(), partnership, today) == date.min
    if nobody and by is None and isinstance(change, Enter) and change.role == "system_admin":
        return
    advice = (
        "There is none now: list one with people add ID --agency AGENCY --role system_admin, without --as"
        if nobody
        else "Say which one you are: --as ADMIN"
    )
    raise NotChanged("not_administrator", "Only an administrator changes people", advice)


def _administers(person: Person, partnership: Partnership, today: date) -> bool:
    return isinstance(decide(person, "member", "admin", 2, partnership, today), Grant)


def _access(person: Person) -> tuple[object, ...]:
    """All that decides what somebody may see; not what a platform calls them."""
    return (set(person.roles), person.worker_code, person.active, person.agency)


def _words(before: Person | None, after: Person, roster: Roster, ours: Partnership, today: date) -> None:
    """Ids and codes are spelled as such, and nobody else has them. What was typed may be a name: not said back."""
    checks: dict[str, Callable[[str], str | None]] = {
        "id": (lambda x: None) if before else fault_of_id,  # the partnership file's own ids stay
        "worker_code": fault_of_code,
        "slack_id": fault_of_account,
        "teams_id": fault_of_account,
    }
    for column, fault_of in checks.items():
        text = getattr(after, column)
        if before is not None and text == getattr(before, column):
            continue
        if fault := fault_of(text):
            raise NotChanged("invalid", _capital(fault), _ADVICE[column], column)
        if column != "id" and text and any(getattr(p, column) == text for p in roster.values() if p.id != after.id):
            named = column.replace("_", " ")
            raise NotChanged("taken", f"Somebody else has this {named}", "Take it from them first, or check it", column)
    if after.agency not in ours.agencies:
        known = f"The agencies are: {', '.join(ours.agencies)}"
        raise NotChanged("invalid", "This agency is not of the partnership", known, "agency")


def _places(before: Person | None, after: Person, roster: Roster, ours: Partnership, today: date) -> None:
    """Every new role has areas that exist, and some where it reaches no further than its areas."""
    known = [a.id for a in ours.areas]
    for held in _new_roles(before, after):
        for area in held.areas:
            if area not in known:
                near = get_close_matches(area, known, 1, 0.6)
                advice = f"Did you mean {near[0]}? " if near else ""
                raise NotChanged("invalid", "There is no such area", f"{advice}Areas: {', '.join(known)}", "areas")
        if not held.areas and "own_areas" in rights_of(held.role, ours).values():
            advice = f"Say which, such as {known[0]}"
            raise NotChanged("invalid", f"The role {held.role} is held for areas", advice, "areas")


def _days(before: Person | None, after: Person, roster: Roster, ours: Partnership, today: date) -> None:
    """Every new role ends, within a year, and not before it begins."""
    latest = today + timedelta(days=MOST_DAYS)
    for held in _new_roles(before, after):
        if held.expires is None:
            continue
        if held.expires < today:
            raise NotChanged("invalid", "The role would have ended already", "Give a later day", "expires")
        if held.expires > latest:
            raise NotChanged("invalid", f"A role ends after {MOST_DAYS} days", f"Give {latest} or earlier", "expires")


def _apart(before: Person | None, after: Person, roster: Roster, ours: Partnership, today: date) -> None:
    """Refuse an administrator who sees child data: administrators give rights, so they must not need them."""
    held = {h.role for h in roles_today(after, today)}
    seen = sorted(role for role in held if sees_children(role, ours))
    if "system_admin" in held and seen and (before is None or before.roles != after.roles):
        fault = f"An administrator sees no child data, so nobody is both system_admin and {seen[0]}"
        raise NotChanged("child_data", fault, "Revoke one of the two first, or give it to somebody else", "role")


def _somebody_administers(before: Person | None, after: Person, roster: Roster, ours: Partnership, today: date) -> None:
    """No change brings nearer the day from which nobody administers."""
    if before is None or all(held.role != "system_admin" for held in before.roles):
        return  # it can only be brought nearer by who administers; a list has thousands of others
    now = administered_until(roster.values(), ours, today)
    then = administered_until({**roster, after.id: after}.values(), ours, today)
    if then < now:
        when = "" if then == date.min else f" after {then}"
        advice = "Make somebody else administrator first: people add, or people grant ID system_admin"
        raise NotChanged("last_administrator", f"Nobody would administer{when}", advice, "role")


def _new_roles(before: Person | None, after: Person) -> list[HeldRole]:
    old = before.roles if before else ()
    return [held for held in after.roles if held not in old]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


_ADVICE = {
    "id": "Choose a code such as w-17",
    "worker_code": "Use the case system's own code for them",
    "slack_id": "Use the id that Slack shows for the account, such as U012AB3CD",
    "teams_id": "Use the object id that Entra shows for the account",
}
_CHECKS = (_words, _places, _days, _apart, _somebody_administers)
