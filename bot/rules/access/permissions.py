"""Permissions: person, roles, action and place -> a grant, or a refusal. Denied unless listed (domain.md §6.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

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
    Part,
    Reach,
    Rights,
    Role,
)

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
