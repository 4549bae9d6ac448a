"""Who may see what: role x action x area -> a grant, or a reason why not. Denied unless listed (domain.md §6.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from bot.rules.model import CaseRelation
from bot.rules.partnership import Person, Role

Action = Literal["help", "counts", "open_list", "child", "sources"]
Reach = Literal["own_cases", "own_areas", "open_episodes", "all"]
Part = Literal["status", "grades", "flags", "interview", "history"]
Reason = Literal["not_listed", "expired", "role", "area", "unlisted_place", "place_level", "place_area", "not_found"]

EVERY_PART: frozenset[Part] = frozenset({"status", "grades", "flags", "interview", "history"})

#: What each role may do, and how far. An action that is not listed is denied.
RIGHTS: dict[Role, dict[Action, Reach]] = {
    "allocated_worker": {"counts": "own_areas", "open_list": "own_areas", "child": "own_cases"},
    "team_manager": {"counts": "own_areas", "open_list": "own_areas", "child": "own_areas"},
    "interview_coordinator": {"counts": "all", "open_list": "all", "child": "all"},
    "missing_person_coordinator": {"counts": "all", "open_list": "all", "child": "all"},
    "duty_inspector": {"counts": "all", "open_list": "all", "child": "open_episodes"},
    "strategic_lead": {"counts": "all", "open_list": "all", "child": "all"},
    "independent_reviewing_officer": {"open_list": "own_cases", "child": "own_cases"},
    "placing_authority_contact": {"open_list": "own_cases", "child": "own_cases"},
    "panel_member": {"counts": "own_areas"},
    "analyst": {"counts": "all"},
    "system_admin": {},
}

#: Parts of a child's status a role sees; every part where the role is not listed.
PARTS: dict[Role, frozenset[Part]] = {
    "interview_coordinator": frozenset({"status", "interview", "history"}),
}

#: The lowest privacy level of a place in which an action may be answered (2 is one person in private).
#: Counts need more than a place for counts: a true "1" there tells of a child, and small numbers are
#: not suppressed in answers yet. The digest of such a place gives rounded counts of its own.
NEEDS_LEVEL: dict[Action, int] = {"help": 0, "sources": 0, "counts": 1, "open_list": 1, "child": 2}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Denied, with the reason code that is recorded; the words for people are chosen by the desk."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Scope:
    """The areas somebody was granted, and the case code that narrows lists to their own cases."""

    areas: tuple[str, ...]
    cases_of: Person | None = None

    def holds(self, relation: CaseRelation) -> bool:
        return self.cases_of is None or is_own_case(self.cases_of, relation)


@dataclass(frozen=True, slots=True)
class Grant:
    """Allowed: how far, for whom, and which parts of a child's status."""

    person: Person
    reach: Reach
    every_area: tuple[str, ...]
    parts: frozenset[Part] = EVERY_PART

    @property
    def areas(self) -> tuple[str, ...]:
        """The areas this person may ask for."""
        if self.reach == "own_areas":
            return tuple(a for a in self.every_area if a in self.person.areas)
        return self.every_area

    def scope(self, asked: tuple[str, ...]) -> Scope | Refusal:
        """The scope for the areas asked for; refused if one of them is not theirs."""
        if not asked or not set(asked) <= set(self.areas):
            return Refusal("area")
        return Scope(asked, self.person if self.reach == "own_cases" else None)

    def covers(self, relation: CaseRelation) -> bool:
        """Whether one child's details may be shown to this person."""
        if self.reach == "own_cases":
            return is_own_case(self.person, relation)
        if self.reach == "own_areas":
            return not relation.areas.isdisjoint(self.person.areas)
        if self.reach == "open_episodes":
            return relation.missing_now
        return True


def is_own_case(person: Person, relation: CaseRelation) -> bool:
    """Whether the case system names this person for the child, in the way their role is named there."""
    code = person.worker_code
    if not code:
        return False
    if person.role == "independent_reviewing_officer":
        return relation.iro == code
    if person.role == "placing_authority_contact":
        return relation.placing_authority == code
    return code in relation.workers


def decide(
    person: Person | None, action: Action, place_level: int | None, every_area: tuple[str, ...], today: date
) -> Grant | Refusal:
    """Whether this person may do this here today.

    `place_level` is 2 for one person in private, the level of a listed channel, or None for a place
    the partnership has not listed, where nothing is answered.
    """
    if person is None:
        return Refusal("not_listed")
    if person.expires is not None and today > person.expires:
        return Refusal("expired")
    if place_level is None:
        return Refusal("unlisted_place")
    reach = _reach(person.role, action)
    if reach is None:
        return Refusal("role")
    if place_level < NEEDS_LEVEL[action]:
        return Refusal("place_level")
    return Grant(person, reach, every_area, PARTS.get(person.role, EVERY_PART))


def _reach(role: Role, action: Action) -> Reach | None:
    """Help, and how old the data is, are for everybody who is listed: neither says anything of a child."""
    if action in ("help", "sources"):
        return "all"
    return RIGHTS.get(role, {}).get(action)
