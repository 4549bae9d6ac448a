"""Holders of a role today, absences, and the accounts that people are reached by."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from bot.rules.partnership.partnership import Partnership, Person

#: The role of `[roles]` whose holders look after what nobody owns.
DUTY = "duty"


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody is away from the first day to the last; `cover` is who takes their reminders, empty for nobody."""

    person: str
    first: date
    last: date
    cover: str = ""


def holders(partnership: Partnership, role: str, today: date, *, agency: str = "", area: str = "") -> list[Person]:
    """Return the holders of a role today: the people `[roles]` names for it, else those with it as their own role.

    With an agency, of that one alone; with an area, of own roles those that cover it. Nobody is named twice.
    """
    named = {who for of, who in partnership.roles.get(role, {}).items() if agency in ("", of)}
    found = [p for p in partnership.people if p.active and p.id in named]
    return found or [
        p for p in partnership.people if p.active and agency in ("", p.agency) and _has(p, role, area, today)
    ]


def _has(person: Person, role: str, area: str, today: date) -> bool:
    return any(
        held.role == role
        and (held.expires is None or today <= held.expires)
        and (not held.areas or not area or area in held.areas)
        for held in person.roles
    )


def by_worker_code(people: Iterable[Person], code: str | None) -> Person | None:
    """The active person whom the case system knows by this code."""
    return next((p for p in people if code and p.active and p.worker_code == code), None)


def address(person: Person, platforms: Collection[str]) -> tuple[str, str] | None:
    """The platform and the account under which somebody is written to; None where nobody can reach them.

    Offline (the practice and test platform), everybody is reached by their own id.
    """
    known = {"slack": person.slack_id, "teams": person.teams_id, "offline": person.id}
    return next(((name, account) for name, account in known.items() if name in platforms and account), None)
