"""The changes that can be made to people and their roles, each with what it makes of somebody."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

from bot.rules.partnership.partnership import HeldRole, Person
from bot.rules.partnership.roles import Agency, Role

#: A role ends after so many days unless another day is given, which may not be later than a year and a day.
USUAL_DAYS, MOST_DAYS = 90, 366

Why = Literal["not_administrator", "own_roles", "last_administrator", "child_data", "not_listed", "taken", "invalid"]


class NotChanged(Exception):
    """Nothing was changed: the reason that is recorded, what is wrong, what to do, and in which column."""

    def __init__(self, why: Why, fault: str, advice: str, column: str = "id") -> None:
        super().__init__(f"{fault}. {advice}." if advice else f"{fault}.")
        self.why = why
        self.fault = fault
        self.advice = advice
        self.column = column


@dataclass(frozen=True, slots=True)
class Enter:
    """Somebody is listed, or (`known` allowed) what is said of them is brought up to date; empty means as it was."""

    id: str
    agency: Agency
    role: Role | None = None
    areas: tuple[str, ...] = ()
    expires: date | None = None
    worker_code: str = ""
    slack_id: str = ""
    teams_id: str = ""
    known: bool = False

    def change(self, now: Person | None, today: date) -> Person:
        if now is None:
            new = Person(self.id, self.agency, **self._codes())
            return self._with_role(new, today)
        if not self.known:
            raise NotChanged("taken", "Somebody with this id is listed already", "Choose another id, or use grant")
        if self.agency != now.agency:
            advice = "Deactivate this person and list them under another id"
            raise NotChanged("invalid", f"This person is of {now.agency}", advice, "agency")
        return self._with_role(replace(now, **{name: code for name, code in self._codes().items() if code}), today)

    def _codes(self) -> dict[str, Any]:
        return {"worker_code": self.worker_code, "slack_id": self.slack_id, "teams_id": self.teams_id}

    def _with_role(self, person: Person, today: date) -> Person:
        if self.role is None:
            return person
        before = next((h for h in person.roles if h.role == self.role), None)
        expires = self.expires or (before.expires if before else usual_end(self.role, today))
        return with_role(person, HeldRole(self.role, self.areas, expires))


@dataclass(frozen=True, slots=True)
class GiveRole:
    """Somebody holds a role, in these areas, until the end of that day; what they held of it before is replaced."""

    id: str
    role: Role
    areas: tuple[str, ...] = ()
    expires: date | None = None

    def change(self, now: Person | None, today: date) -> Person:
        held = HeldRole(self.role, self.areas, self.expires or usual_end(self.role, today))
        return with_role(listed(now), held)


@dataclass(frozen=True, slots=True)
class TakeRole:
    """Somebody holds a role no more, or (None) no role at all."""

    id: str
    role: Role | None = None

    def change(self, now: Person | None, today: date) -> Person:
        person = listed(now)
        kept = tuple(h for h in person.roles if self.role is not None and h.role != self.role)
        if kept == person.roles:
            raise NotChanged(
                "invalid", "This person does not hold that role", "See what they hold: people show", "role"
            )
        return with_roles(person, kept)


@dataclass(frozen=True, slots=True)
class Switch:
    """Somebody is answered no more, whatever they hold; or again."""

    id: str
    active: bool

    def change(self, now: Person | None, today: date) -> Person:
        return replace(listed(now), active=self.active)


@dataclass(frozen=True, slots=True)
class Link:
    """A person's platform ids; None leaves one as it is, empty takes it away."""

    id: str
    slack_id: str | None = None
    teams_id: str | None = None

    def change(self, now: Person | None, today: date) -> Person:
        person = listed(now)
        slack = person.slack_id if self.slack_id is None else self.slack_id
        teams = person.teams_id if self.teams_id is None else self.teams_id
        return replace(person, slack_id=slack, teams_id=teams)


@dataclass(frozen=True, slots=True)
class Unlock:
    """Somebody's look-ups are open again after too many misses. Nothing of the person changes."""

    id: str

    def change(self, now: Person | None, today: date) -> Person:
        return listed(now)


Change = Enter | GiveRole | TakeRole | Switch | Link | Unlock


def with_roles(person: Person, roles: tuple[HeldRole, ...]) -> Person:
    """The same with other roles."""
    first = roles[0] if roles else None
    return replace(
        person,
        role=first.role if first else None,
        areas=first.areas if first else (),
        expires=first.expires if first else None,
        also=roles[1:],
    )


def with_role(person: Person, held: HeldRole) -> Person:
    """The same with one role more, or with that role as it is held now; in its place."""
    if any(h.role == held.role for h in person.roles):
        return with_roles(person, tuple(held if h.role == held.role else h for h in person.roles))
    return with_roles(person, (*person.roles, held))


def usual_end(role: Role, today: date) -> date | None:
    """Return the usual last day of a role: none for administrators, USUAL_DAYS for everybody else."""
    return None if role == "system_admin" else today + timedelta(days=USUAL_DAYS)


def listed(person: Person | None) -> Person:
    if person is None:
        raise NotChanged("not_listed", "Nobody with this id is listed", "See who is: people list")
    return person
