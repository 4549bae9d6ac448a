"""Permissions: person, roles, action and place -> a grant, or a refusal. Denied unless listed (domain.md §6.3)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from bot.rules.model import UNREAD_AUTHORITY, CaseRelation
from bot.rules.partnership.partnership import HeldRole, Partnership, Person
from bot.rules.partnership.roles import (
    EVERY_PART,
    FOR_ALL_LISTED,
    GIVES_REASON,
    NEEDS_LEVEL,
    PARTS,
    SUPPRESSED,
    SUPPRESSED_ON_EXPORT,
    Action,
    Agency,
    Part,
    Reach,
    Role,
)
from bot.rules.partnership.rota import on_duty
from bot.rules.time.clock import local_day

#: A role ends after so many days unless another day is given, which may not be later than a year and a day.
USUAL_DAYS, MOST_DAYS = 90, 366

Why = Literal["not_administrator", "own_roles", "last_administrator", "child_data", "not_listed", "taken", "invalid"]


class NotChanged(Exception):
    """Nothing was changed: the reason that is recorded, the fault, the advice, and the column of the fault."""

    def __init__(self, why: Why, fault: str, advice: str, column: str = "id") -> None:
        super().__init__(f"{fault}. {advice}." if advice else f"{fault}.")
        self.why = why
        self.fault = fault
        self.advice = advice
        self.column = column


@dataclass(frozen=True, slots=True)
class Enter:
    """A person is listed or, where `known` allows it, brought up to date; an empty value leaves one as it was."""

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
    """A person holds a role, in these areas, until the end of that day; it replaces the same role held before."""

    id: str
    role: Role
    areas: tuple[str, ...] = ()
    expires: date | None = None

    def change(self, now: Person | None, today: date) -> Person:
        held = HeldRole(self.role, self.areas, self.expires or usual_end(self.role, today))
        return with_role(listed(now), held)


@dataclass(frozen=True, slots=True)
class TakeRole:
    """A person holds a role no more, or (None) no role at all."""

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
    """A person is answered no more, with any roles; or is answered again."""

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
    """A person's look-ups are open again after too many misses. Nothing of the person changes."""

    id: str

    def change(self, now: Person | None, today: date) -> Person:
        return listed(now)


Change = Enter | GiveRole | TakeRole | Switch | Link | Unlock


def with_roles(person: Person, roles: tuple[HeldRole, ...]) -> Person:
    """Return the person with these roles in place of the others."""
    first = roles[0] if roles else None
    return replace(
        person,
        role=first.role if first else None,
        areas=first.areas if first else (),
        expires=first.expires if first else None,
        also=roles[1:],
    )


def with_role(person: Person, held: HeldRole) -> Person:
    """Return the person with one role more, or with that role as it is held now, in its place."""
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


#: The role of `[roles]` whose holders look after interviews without an owner.
DUTY = "duty"


@dataclass(frozen=True, slots=True)
class Away:
    """A person is away from the first day to the last; `cover` takes their reminders, empty for nobody."""

    person: str
    first: date
    last: date
    cover: str = ""


def holders(partnership: Partnership, role: str, now: datetime, *, agency: str = "", area: str = "") -> list[Person]:
    """Return the holders of a role at a moment, agency by agency: those of its rota, else its listed ones.

    A gap of a rota leaves the role with those who held it before there was one: being called although it was another
    person's night is the safer mistake than nobody being called.
    """
    on = [p for x in on_duty(partnership.shifts, role, now) if (p := partnership.person(x)) is not None and p.active]
    covered = {p.agency for p in on}
    listed = listed_holders(partnership, role, local_day(now), agency=agency, area=area)
    return [p for p in on if agency in ("", p.agency)] + [p for p in listed if p.agency not in covered]


def listed_holders(
    partnership: Partnership, role: str, today: date, *, agency: str = "", area: str = ""
) -> list[Person]:
    """Return the listed holders of a role today: the people `[roles]` names for it, else those with it as their own.

    With an agency, of that one alone; with an area, of own roles those that cover it. Each is named once.
    """
    named = {who for of, who in partnership.roles.get(role, {}).items() if agency in ("", of)}
    found = [p for p in partnership.people if p.active and p.id in named]
    return found or [p for p in partnership.people if agency in ("", p.agency) and holds(p, role, area or None, today)]


#: A call tells of a child by reference, so the person called must be allowed one of these anyway.
NEEDED: tuple[Action, ...] = ("acknowledge", "open_list")


def may_be_called(partnership: Partnership, person: Person, today: date) -> bool:
    """Return True for an active person who may learn of a child by a call, today."""
    return person.active and any(
        isinstance(decide(person, "member", action, 2, partnership, today), Grant) for action in NEEDED
    )


def holds(person: Person, role: str, area: str | None, today: date) -> bool:
    """Return True for an active person who holds the role today, for this area (None: any) or for every area."""
    return person.active and any(
        held.role == role
        and (held.expires is None or today <= held.expires)
        and (not held.areas or area is None or area in held.areas)
        for held in person.roles
    )


def address(person: Person, platforms: Collection[str]) -> tuple[str, str] | None:
    """Return the platform and the account that reach a person; None where none does.

    Offline (the practice and test platform), everybody is reached by their own id.
    """
    known = {"slack": person.slack_id, "teams": person.teams_id, "offline": person.id}
    return next(((name, account) for name, account in known.items() if name in platforms and account), None)


#: The platform's word for the account that asks; only a member of our own organisation is answered.
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

#: The case system's column for the code of a role; others are named as workers.
NAMED_AS: dict[Role, Relation] = {
    "independent_reviewing_officer": "reviewer",
    "placing_authority_contact": "placing_authority",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Denied, with the reason code that is recorded; `bot/conversation/refusals.py` has the words for people."""

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
    """The areas a person was granted, and the cases that narrow lists to their own."""

    areas: tuple[str, ...]
    cases_of: tuple[Cases, ...] | None = None

    def holds(self, relation: CaseRelation) -> bool:
        return self.cases_of is None or any(cases.holds(relation) for cases in self.cases_of)


@dataclass(frozen=True, slots=True)
class RoleGrant:
    """One role that grants the action, with its reach."""

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
    """Allowed, by one role or several: the reach of each, and the parts of a child's status."""

    role_grants: tuple[RoleGrant, ...]
    every_area: tuple[str, ...]

    @property
    def areas(self) -> tuple[str, ...]:
        """Areas that this person may ask for."""
        named = {a for r in self.role_grants if r.reach == "own_areas" for a in r.areas}
        everywhere = all(r.reach == "own_cases" for r in self.role_grants) or self._reaches_all
        return tuple(a for a in self.every_area if everywhere or a in named)

    @property
    def _reaches_all(self) -> bool:
        return any(r.reach in ("all", "open_episodes") for r in self.role_grants)

    def scope(self, areas: tuple[str, ...]) -> Scope | Refusal:
        """Return the scope for these areas, narrowed to own cases where no area role reaches; or refuse."""
        if not areas or not set(areas) <= set(self.every_area):
            return Refusal("area")
        by_area = {a for r in self.role_grants if r.reach == "own_areas" for a in r.areas}
        if self._reaches_all or set(areas) <= by_area:
            return Scope(areas)
        own = tuple(r.cases for r in self.role_grants if r.reach == "own_cases")
        return Scope(areas, own) if own else Refusal("area")

    def covers(self, relation: CaseRelation) -> bool:
        """Return True if one child's details may be shown to the person."""
        return any(r.covers(relation) for r in self.role_grants)

    def parts(self, relation: CaseRelation) -> frozenset[Part]:
        """Return the parts of a child's status that the roles which cover the child may see, together."""
        return frozenset(part for r in self.role_grants if r.covers(relation) for part in r.parts)

    def gives_reason(self, relation: CaseRelation) -> bool:
        """Return True if each look needs a reason: only roles that see every child cover this one."""
        return all(r.role in GIVES_REASON for r in self.role_grants if r.covers(relation))

    def exact(self, export: bool, areas: Sequence[str] = ()) -> bool:
        """Return True if statistics of these areas may be shown unsuppressed to the person in private.

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
    membership: Membership,
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
    if (reason := _unfit(person, membership, held, partnership)) is not None:
        return Refusal(reason)
    if place_level is None:
        return Refusal("unlisted_place")
    role_grants = []
    for h in held:
        # Help, and the age of the data, are for every listed person: neither says anything of a child.
        every_role = action in FOR_ALL_LISTED
        reach: Reach | None = "all" if every_role else partnership.rights_of(h.role).get(action)
        if reach is not None:
            cases = Cases(person.worker_code, NAMED_AS.get(h.role, "worker"))
            parts = partnership.parts.get(h.role)  # an empty list means no part at all
            seen = PARTS.get(h.role, EVERY_PART) if parts is None else frozenset(parts)
            role_grants.append(RoleGrant(h.role, reach, h.areas, cases, seen))
    if not role_grants:
        return Refusal("role")
    if place_level < NEEDS_LEVEL[action]:
        return Refusal("place_level")
    return Grant(tuple(role_grants), tuple(a.id for a in partnership.areas))


def roles_today(person: Person, today: date) -> tuple[HeldRole, ...]:
    """Return the roles that a person holds today; one counts to the end of the day it expires on."""
    return tuple(h for h in person.roles if h.expires is None or today <= h.expires)


def _unfit(
    person: Person, membership: Membership, held: tuple[HeldRole, ...], partnership: Partnership
) -> Reason | None:
    """Return the reason against any answer to this person, checked before the action."""
    if membership != "member":
        return membership
    if not person.active:
        return "deactivated"
    if person.agency not in partnership.agencies:
        return "agency"
    if not held:
        return "expired" if person.roles else "no_role"
    return None
