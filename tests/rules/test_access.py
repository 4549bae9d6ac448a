"""Who may see what: every role, action, child and place decided here by hand, and compared with the rules.

A new role, action or place fails until it is decided in these tables.
"""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import get_args

import pytest

from bot.rules.access import EVERY_PART, Action, Grant, Part, Refusal, decide, is_own_case
from bot.rules.model import CaseRelation
from bot.rules.partnership import Person, Role
from tests.factories import somebody

TODAY = date(2017, 7, 5)
AREAS = ("north", "south", "unknown")
CODE = "W-1"

#: Place -> its level: one person in private, two listed channels, and a place nobody listed.
PLACES: dict[str, int | None] = {"private": 2, "references": 1, "counts": 0, "unlisted": None}

#: Nine children by whose they are, and the area their episode is in. The person asking has north, and the code W-1.
CHILDREN: dict[str, tuple[str, CaseRelation]] = {
    "own area": ("north", CaseRelation(areas=frozenset({"north"}))),
    "other area": ("south", CaseRelation(areas=frozenset({"south"}))),
    "own case": ("south", CaseRelation(areas=frozenset({"south"}), workers=frozenset({CODE, "W-2"}))),
    "another's case": ("south", CaseRelation(areas=frozenset({"south"}), workers=frozenset({"W-2"}))),
    "reviewed": ("south", CaseRelation(areas=frozenset({"south"}), iro=CODE)),
    "hosted for me": ("south", CaseRelation(areas=frozenset({"south"}), placing_authority=CODE)),
    "hosted": ("south", CaseRelation(areas=frozenset({"south"}), placing_authority="LA-9")),
    "missing now": ("south", CaseRelation(areas=frozenset({"south"}), missing_now=True)),
    "no relation": ("unknown", CaseRelation()),
}
EVERYONE = frozenset(CHILDREN)
NOBODY: frozenset[str] = frozenset()
OWN_AREA = frozenset({"own area"})

#: Role -> action -> the children it reaches in a place that is private enough. None: not for this role at all.
DECIDED: dict[Role, dict[Action, frozenset[str] | None]] = {
    "allocated_worker": {"counts": OWN_AREA, "open_list": OWN_AREA, "child": frozenset({"own case"})},
    "team_manager": {"counts": OWN_AREA, "open_list": OWN_AREA, "child": OWN_AREA},
    "interview_coordinator": {"counts": EVERYONE, "open_list": EVERYONE, "child": EVERYONE},
    "missing_person_coordinator": {"counts": EVERYONE, "open_list": EVERYONE, "child": EVERYONE},
    "duty_inspector": {"counts": EVERYONE, "open_list": EVERYONE, "child": frozenset({"missing now"})},
    "strategic_lead": {"counts": EVERYONE, "open_list": EVERYONE, "child": EVERYONE},
    "independent_reviewing_officer": {
        "counts": None,
        "open_list": frozenset({"reviewed"}),
        "child": frozenset({"reviewed"}),
    },
    "placing_authority_contact": {
        "counts": None,
        "open_list": frozenset({"hosted for me"}),
        "child": frozenset({"hosted for me"}),
    },
    "panel_member": {"counts": OWN_AREA, "open_list": None, "child": None},
    "analyst": {"counts": EVERYONE, "open_list": None, "child": None},
    "system_admin": {"counts": None, "open_list": None, "child": None},
}

#: Help and the age of the data say nothing of a child: for everybody who is listed.
FOR_ALL_LISTED: frozenset[Action] = frozenset({"help", "sources"})

#: Places in which each action is answered; elsewhere the place is the reason.
ANSWERED_IN: dict[Action, frozenset[str]] = {
    "help": frozenset({"private", "references", "counts"}),
    "sources": frozenset({"private", "references", "counts"}),
    "counts": frozenset({"private", "references"}),  # small numbers are not suppressed yet
    "open_list": frozenset({"private", "references"}),
    "child": frozenset({"private"}),
}

#: The parts of a child's status; a role that is not here sees them all.
PARTS_OF: dict[Role, frozenset[Part]] = {"interview_coordinator": frozenset({"status", "interview", "history"})}

ROLES: tuple[Role, ...] = get_args(Role)
ACTIONS: tuple[Action, ...] = get_args(Action)


def asking(role: Role) -> Person:
    return somebody(role, "north", code=CODE)


def decided(role: Role, action: Action, child: str, place: str) -> str:
    """'yes', or the reason why not, from the tables above."""
    reached = EVERYONE if action in FOR_ALL_LISTED else DECIDED[role][action]
    if place == "unlisted":
        return "unlisted_place"
    if reached is None:
        return "role"
    if place not in ANSWERED_IN[action]:
        return "place_level"
    if child in reached:
        return "yes"
    return "area" if reached == OWN_AREA and action != "child" else "not theirs"


def found(role: Role, action: Action, child: str, place: str) -> str:
    """The same from the rules: granted for the child's area, and for the child itself."""
    decision = decide(asking(role), action, PLACES[place], AREAS, TODAY)
    if isinstance(decision, Refusal):
        return decision.reason
    area, relation = CHILDREN[child]
    if action in FOR_ALL_LISTED:
        return "yes"
    if action == "child":
        return "yes" if decision.covers(relation) else "not theirs"
    scope = decision.scope((area,))
    if isinstance(scope, Refusal):
        return scope.reason
    return "yes" if scope.holds(relation) else "not theirs"


def test_every_role_and_action_has_been_decided() -> None:
    assert set(DECIDED) == set(ROLES)
    assert all(set(rights) | FOR_ALL_LISTED == set(ACTIONS) for rights in DECIDED.values())
    assert set(ANSWERED_IN) == set(ACTIONS)


@pytest.mark.parametrize("role", ROLES)
def test_the_rules_decide_as_the_tables_say(role: Role) -> None:
    everything = list(product(ACTIONS, CHILDREN, PLACES))
    differ = [(case, found(role, *case)) for case in everything if found(role, *case) != decided(role, *case)]
    assert differ == []
    assert len(everything) == len(ACTIONS) * 9 * 4


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("action", ACTIONS)
def test_nobody_is_answered_who_is_not_listed_or_no_longer(role: Role, action: Action) -> None:
    last_day = somebody(role, "north", code=CODE, expires=TODAY)
    gone = somebody(role, "north", code=CODE, expires=date(2017, 7, 4))
    for level in PLACES.values():
        assert decide(None, action, level, AREAS, TODAY) == Refusal("not_listed")
        assert decide(gone, action, level, AREAS, TODAY) == Refusal("expired")
        unlimited = decide(asking(role), action, level, AREAS, TODAY)
        assert type(decide(last_day, action, level, AREAS, TODAY)) is type(unlimited)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_its_parts_of_a_child(role: Role) -> None:
    decision = decide(asking(role), "child", 2, AREAS, TODAY)
    if isinstance(decision, Grant):
        assert decision.parts == PARTS_OF.get(role, EVERY_PART)


def test_an_area_that_is_not_theirs_is_refused_even_beside_one_that_is() -> None:
    grant = decide(asking("team_manager"), "counts", 2, AREAS, TODAY)
    assert isinstance(grant, Grant)
    assert grant.scope(("south",)) == grant.scope(("north", "south")) == grant.scope(()) == Refusal("area")
    assert grant.areas == ("north",)


def test_somebody_without_areas_or_code_reaches_nothing() -> None:
    by_area: tuple[Role, ...] = ("team_manager", "allocated_worker", "panel_member")
    for role in by_area:
        grant = decide(somebody(role), "counts", 2, AREAS, TODAY)
        assert isinstance(grant, Grant)
        assert grant.scope(grant.areas) == Refusal("area")
    by_case: tuple[Role, ...] = ("allocated_worker", "independent_reviewing_officer", "placing_authority_contact")
    nameless = CaseRelation(workers=frozenset({""}), iro="", placing_authority="")
    for role in by_case:
        assert not is_own_case(somebody(role), nameless)
