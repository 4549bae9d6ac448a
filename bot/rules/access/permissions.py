"""Permissions: person, roles, action and place -> a grant, or a refusal. Denied unless listed (domain.md §6.3)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

from bot.rules.model import UNREAD_AUTHORITY, CaseRelation
from bot.rules.partnership.partnership import HeldRole, Partnership, Person
from bot.rules.partnership.roles import (
    EVERY_PART,
    FOR_ALL_LISTED,
    GIVES_REASON,
    NEEDS_LEVEL,
    OF_CHILDREN,
    PARTS,
    RIGHTS,
    SUPPRESSED,
    SUPPRESSED_ON_EXPORT,
    Action,
    Agency,
    Part,
    Reach,
    Rights,
    Role,
)

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


#: What the platform says of the account that asks; only a member of our own organisation is answered.
Membership = Literal["member", "guest", "deactivated", "elsewhere", "bot", "unknown"]
Reason = Literal[
    "not_listed",
    "guest",
    "deactivated",
    "elsewhere",
    "bot",
    "unknown",
    "agency",
    "expired",
    "no_role",
    "role",
    "area",
    "unlisted_place",
    "place_level",
    "place_area",
    "not_found",
    "reason_needed",
    "reason_unfit",
    "not_open",
    "quota",
    "locked",
    "handle",
    "not_recorded",
]
Relation = Literal["worker", "reviewer", "placing_authority"]

#: In which of the case system's columns a role's code stands.
NAMED_AS: dict[Role, Relation] = {
    "independent_reviewing_officer": "reviewer",
    "placing_authority_contact": "placing_authority",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Denied, with the reason code that is recorded; the words for people are chosen by the desk."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Cases:
    """A person's own cases: the worker's code, and the case system's column that has it."""

    code: str
    named_as: Relation

    def holds(self, relation: CaseRelation) -> bool:
        if not self.code:
            return False
        if self.named_as == "reviewer":
            return relation.iro == self.code
        if self.named_as == "placing_authority":
            return relation.placing_authority == self.code != UNREAD_AUTHORITY
        return self.code in relation.workers


@dataclass(frozen=True, slots=True)
class Scope:
    """The areas somebody was granted, and the cases that narrow lists to their own."""

    areas: tuple[str, ...]
    cases_of: tuple[Cases, ...] | None = None

    def holds(self, relation: CaseRelation) -> bool:
        return self.cases_of is None or any(cases.holds(relation) for cases in self.cases_of)


@dataclass(frozen=True, slots=True)
class RoleGrant:
    """One role that grants the action, with how far it reaches."""

    role: Role
    reach: Reach
    areas: tuple[str, ...]
    cases: Cases
    parts: frozenset[Part]

    def covers(self, relation: CaseRelation) -> bool:
        if self.reach == "own_cases":
            return self.cases.holds(relation)
        if self.reach == "own_areas":
            return not relation.areas.isdisjoint(self.areas)
        if self.reach == "open_episodes":
            return relation.missing_now
        return True


@dataclass(frozen=True, slots=True)
class Grant:
    """Allowed, by one role or several: how far, and which parts of a child's status."""

    role_grants: tuple[RoleGrant, ...]
    every_area: tuple[str, ...]

    @property
    def areas(self) -> tuple[str, ...]:
        """The areas this person may ask for."""
        named = {a for r in self.role_grants if r.reach == "own_areas" for a in r.areas}
        everywhere = all(r.reach == "own_cases" for r in self.role_grants) or self._reaches_all
        return tuple(a for a in self.every_area if everywhere or a in named)

    @property
    def _reaches_all(self) -> bool:
        return any(r.reach in ("all", "open_episodes") for r in self.role_grants)

    def scope(self, asked: tuple[str, ...]) -> Scope | Refusal:
        """The scope for the areas asked for, narrowed to own cases where no area role reaches; or refused."""
        if not asked or not set(asked) <= set(self.every_area):
            return Refusal("area")
        by_area = {a for r in self.role_grants if r.reach == "own_areas" for a in r.areas}
        if self._reaches_all or set(asked) <= by_area:
            return Scope(asked)
        own = tuple(r.cases for r in self.role_grants if r.reach == "own_cases")
        return Scope(asked, own) if own else Refusal("area")

    def covers(self, relation: CaseRelation) -> bool:
        """True if one child's details may be shown to the person."""
        return any(r.covers(relation) for r in self.role_grants)

    def parts(self, relation: CaseRelation) -> frozenset[Part]:
        """The parts of a child's status that the roles which cover the child may see, together."""
        return frozenset(part for r in self.role_grants if r.covers(relation) for part in r.parts)

    def gives_reason(self, relation: CaseRelation) -> bool:
        """True if each look needs a reason: only roles that see every child cover this one."""
        return all(r.role in GIVES_REASON for r in self.role_grants if r.covers(relation))

    def exact(self, export: bool, areas: Sequence[str] = ()) -> bool:
        """True if statistics of these areas may be shown unsuppressed to the person in private.

        A role in one area does not make another area exact that only a panel's role reaches.
        """
        coarse = SUPPRESSED_ON_EXPORT if export else SUPPRESSED
        exact = [r for r in self.role_grants if r.role not in coarse]
        reached = {a for r in exact if r.reach == "own_areas" for a in r.areas}
        return any(r.reach == "all" for r in exact) or (bool(exact) and set(areas) <= reached)

    @property
    def roles(self) -> tuple[Role, ...]:
        return tuple(r.role for r in self.role_grants)


def decide(
    person: Person | None,
    standing: Membership,
    action: Action,
    place_level: int | None,
    partnership: Partnership,
    today: date,
) -> Grant | Refusal:
    """Return the grant of an action to a person at a place today, or the refusal.

    `place_level` is 2 for one person in private, the level of a listed channel, or None for a place
    the partnership has not listed, where nothing is answered.
    """
    if person is None:
        return Refusal("not_listed")
    held = roles_today(person, today)
    if (reason := _unfit(person, standing, held, partnership)) is not None:
        return Refusal(reason)
    if place_level is None:
        return Refusal("unlisted_place")
    role_grants = tuple(r for h in held if (r := _hat(person, h, action, partnership)) is not None)
    if not role_grants:
        return Refusal("role")
    if place_level < NEEDS_LEVEL[action]:
        return Refusal("place_level")
    return Grant(role_grants, tuple(a.id for a in partnership.areas))


def roles_today(person: Person, today: date) -> tuple[HeldRole, ...]:
    """The roles somebody holds today; one counts to the end of the day it expires on."""
    return tuple(h for h in person.roles if h.expires is None or today <= h.expires)


def _unfit(person: Person, standing: Membership, held: tuple[HeldRole, ...], partnership: Partnership) -> Reason | None:
    """Return the reason against any answer to this person, checked before the action."""
    if standing != "member":
        return standing
    if not person.active:
        return "deactivated"
    if person.agency not in partnership.agencies:
        return "agency"
    if not held:
        return "expired" if person.roles else "no_role"
    return None


def _hat(person: Person, held: HeldRole, action: Action, partnership: Partnership) -> RoleGrant | None:
    reach = _reach(held.role, action, partnership)
    if reach is None:
        return None
    cases = Cases(person.worker_code, NAMED_AS.get(held.role, "worker"))
    parts = partnership.parts.get(held.role)  # an empty list means no part at all
    return RoleGrant(
        held.role,
        reach,
        held.areas,
        cases,
        PARTS.get(held.role, EVERY_PART) if parts is None else frozenset(parts),
    )


def _reach(role: Role, action: Action, partnership: Partnership) -> Reach | None:
    """Help, and how old the data is, are for everybody who is listed: neither says anything of a child."""
    return "all" if action in FOR_ALL_LISTED else rights_of(role, partnership).get(action)


def rights_of(role: Role, partnership: Partnership) -> Rights:
    """Return the rights of a role: the partnership file's row in place of ours, whole."""
    return partnership.rights.get(role, RIGHTS.get(role, {}))


def sees_children(role: Role, partnership: Partnership) -> bool:
    """True if the role may read or change records of children; no administrator may hold such a role."""
    return any(action in OF_CHILDREN for action in rights_of(role, partnership))
