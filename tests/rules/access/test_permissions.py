"""Permissions: every role, action, child and place decided here by hand, and compared with the rules.

A new role, action, reach or place fails until it is decided in these tables.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any, get_args

import pytest

from bot.rules.access.permissions import Grant, Membership, Refusal, Scope, decide
from bot.rules.model import CaseRelation
from bot.rules.partnership.partnership import HeldRole, Partnership, Person
from bot.rules.partnership.roles import EVERY_PART, Action, Agency, Part, Reach, Role
from tests.support.factories import partnership, somebody

TODAY = date(2017, 7, 5)
CODE = "W-1"
OURS = partnership()

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

Reached = frozenset[str] | None
EVERYONE: Reached = frozenset(CHILDREN)
AREA: Reached = frozenset({"own area"})
CASE: Reached = frozenset({"own case"})
REVIEWED: Reached = frozenset({"reviewed"})
HOSTED: Reached = frozenset({"hosted for me"})
MISSING: Reached = frozenset({"missing now"})
NO: Reached = None

#: The columns of DECIDED, in this order; the first three say nothing of a child.
COLUMNS: tuple[Action, ...] = (
    *("help", "sources", "my_access"),
    *("counts", "open_list", "child", "break_glass", "interview_update", "acknowledge"),
    *("who_looked", "review", "access_summary", "admin"),
)
L = EVERYONE  # for everybody who is listed

#: Role -> for each action, the children it reaches in a place that is private enough (NO: not for this role at all).
DECIDED: dict[Role, tuple[Reached, ...]] = {
    # ------------------------------ listed --  counts,   list,     child,    glass,   update,   ack,      looked,
    # ------------------------------            review,   summary,  admin
    "allocated_worker": (L, L, L, AREA, AREA, CASE, MISSING, CASE, NO, NO, NO, NO, NO),
    "team_manager": (L, L, L, AREA, AREA, AREA, MISSING, AREA, AREA, AREA, NO, NO, NO),
    "interview_coordinator": (L, L, L, EVERYONE, EVERYONE, EVERYONE, NO, EVERYONE, NO, NO, NO, NO, NO),
    "missing_person_coordinator": (L, L, L, EVERYONE, EVERYONE, EVERYONE, NO, NO, EVERYONE, NO, NO, NO, NO),
    "duty_inspector": (L, L, L, EVERYONE, EVERYONE, MISSING, NO, NO, EVERYONE, NO, NO, NO, NO),
    "strategic_lead": (
        *(L, L, L, EVERYONE, EVERYONE, EVERYONE, NO, NO, EVERYONE),
        *(EVERYONE, EVERYONE, EVERYONE, NO),
    ),
    "independent_reviewing_officer": (L, L, L, NO, REVIEWED, REVIEWED, MISSING, NO, NO, NO, NO, NO, NO),
    "placing_authority_contact": (L, L, L, NO, HOSTED, HOSTED, NO, HOSTED, NO, NO, NO, NO, NO),
    "panel_member": (L, L, L, AREA, NO, NO, NO, NO, NO, NO, NO, NO, NO),
    "analyst": (L, L, L, EVERYONE, NO, NO, NO, NO, NO, NO, NO, NO, NO),
    "system_admin": (L, L, L, NO, NO, NO, NO, NO, NO, NO, NO, NO, EVERYONE),
}

#: Actions of whole areas, whose reach is a scope; the others are of one child, and cover it or not.
OF_AREAS: frozenset[Action] = frozenset({"counts", "open_list"})

#: Places in which each action is answered; elsewhere the place is the reason.
EVERYWHERE = frozenset({"private", "references", "counts"})
SHARED = frozenset({"private", "references"})
ALONE = frozenset({"private"})
ANSWERED_IN: dict[Action, frozenset[str]] = {
    "help": EVERYWHERE,
    "sources": EVERYWHERE,
    "counts": EVERYWHERE,
    "open_list": SHARED,
    "interview_update": SHARED,
    "acknowledge": SHARED,
    "child": ALONE,
    "break_glass": ALONE,
    "my_access": ALONE,
    "who_looked": ALONE,
    "review": ALONE,
    "access_summary": ALONE,
    "admin": ALONE,
}

#: The parts of a child's status; a role that is not here sees them all.
PARTS_OF: dict[Role, frozenset[Part]] = {
    "interview_coordinator": frozenset({"status", "interview", "history"}),
    "missing_person_coordinator": frozenset({"status", "grades", "flags", "interview", "history"}),
    "duty_inspector": frozenset({"status", "grades", "flags", "history"}),
}

#: Roles that give a reason for each look.
GIVE_REASONS: frozenset[Role] = frozenset({"strategic_lead"})
#: Role -> exact statistics in private, and as a file.
EXACT: dict[Role, tuple[bool, bool]] = {"panel_member": (False, False), "analyst": (True, False)}

ROLES: tuple[Role, ...] = get_args(Role)
ACTIONS: tuple[Action, ...] = get_args(Action)
MEMBERSHIPS: tuple[Membership, ...] = get_args(Membership)


def asking(role: Role, **changes: Any) -> Person:
    return somebody(role, "north", code=CODE, **changes)


def answer(
    who: Person | None,
    action: Action,
    place: str = "private",
    membership: Membership = "member",
    ours: Partnership = OURS,
    today: date = TODAY,
) -> Grant | Refusal:
    return decide(who, membership, action, PLACES[place], ours, today)


def grant(who: Person, action: Action, ours: Partnership = OURS, today: date = TODAY) -> Grant:
    found = answer(who, action, ours=ours, today=today)
    assert isinstance(found, Grant), found
    return found


def decided(role: Role, action: Action, child: str, place: str) -> str:
    """Return 'yes' or the reason against it, from the tables above."""
    reached = DECIDED[role][COLUMNS.index(action)]
    if place == "unlisted":
        return "unlisted_place"
    if reached is None:
        return "role"
    if place not in ANSWERED_IN[action]:
        return "place_level"
    if child in reached:
        return "yes"
    return "area" if reached == AREA and action in OF_AREAS else "not theirs"


def found(role: Role, action: Action, child: str, place: str) -> str:
    """Return the same from the rules: granted for the child's area, and for the child itself."""
    decision = answer(asking(role), action, place)
    if isinstance(decision, Refusal):
        return decision.reason
    area, relation = CHILDREN[child]
    if action not in OF_AREAS:
        return "yes" if decision.covers(relation) else "not theirs"
    scope = decision.scope((area,))
    if isinstance(scope, Refusal):
        return scope.reason
    return "yes" if scope.holds(relation) else "not theirs"


# -- one role --


def test_every_role_and_action_has_been_decided() -> None:
    assert set(DECIDED) == set(ROLES)
    assert sorted(COLUMNS) == sorted(ACTIONS)
    assert all(len(row) == len(ACTIONS) for row in DECIDED.values())
    assert set(ANSWERED_IN) == set(ACTIONS)


def test_how_many_decisions_these_tables_hold(record_property: Callable[[str, object], None]) -> None:
    """The number of decisions goes with the tables."""
    decisions = [decided(*case) for case in product(ROLES, ACTIONS, CHILDREN, PLACES)]
    record_property("decisions", len(decisions))
    assert len(decisions) == 11 * 13 * 9 * 4 == 5148
    assert set(decisions) == {"yes", "role", "area", "not theirs", "place_level", "unlisted_place"}


@pytest.mark.parametrize("role", ROLES)
def test_the_rules_decide_as_the_tables_say(role: Role) -> None:
    everything = list(product(ACTIONS, CHILDREN, PLACES))
    differ = [(case, found(role, *case)) for case in everything if found(role, *case) != decided(role, *case)]
    assert differ == []


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_its_parts_of_a_child(role: Role) -> None:
    decision = answer(asking(role), "child")
    if isinstance(decision, Grant):
        here = [relation for _, relation in CHILDREN.values() if decision.covers(relation)]
        assert here
        assert {decision.parts(relation) for relation in here} == {PARTS_OF.get(role, EVERY_PART)}
        assert {decision.gives_reason(relation) for relation in here} == {role in GIVE_REASONS}
        assert decision.parts(CaseRelation(areas=frozenset({"elsewhere"}))) in (
            frozenset(),
            decision.role_grants[0].parts,
        )


@pytest.mark.parametrize("role", ROLES)
def test_whose_statistics_are_exact(role: Role) -> None:
    decision = answer(asking(role), "counts")
    if isinstance(decision, Grant):
        assert (decision.exact(False), decision.exact(True)) == EXACT.get(role, (True, True))


# -- nobody --


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("action", ACTIONS)
def test_nobody_is_answered_who_is_not_listed_or_no_longer(role: Role, action: Action) -> None:
    only: tuple[Agency, ...] = ("police",)
    elsewhere = replace(OURS, agencies=only)
    for place in PLACES:
        assert answer(None, action, place) == Refusal("not_listed")
        for membership in MEMBERSHIPS:
            assert answer(None, action, place, membership) == Refusal("not_listed")
            unfit = answer(asking(role), action, place, membership)
            assert membership == "member" or unfit == Refusal(membership)
        assert answer(asking(role, active=False), action, place) == Refusal("deactivated")
        assert answer(asking(role), action, place, ours=elsewhere) == Refusal("agency")
        assert answer(asking(role, expires=date(2017, 7, 4)), action, place) == Refusal("expired")
        assert answer(Person("p-1", "council"), action, place) == Refusal("no_role")
        last_day = answer(asking(role, expires=TODAY), action, place)
        assert last_day == answer(asking(role), action, place)


def test_the_account_counts_before_the_person() -> None:
    """Of several reasons the first is recorded: the platform's word, a person not active, their agency."""
    gone = asking("analyst", active=False, expires=date(2017, 7, 4))
    assert answer(gone, "help", membership="guest") == Refusal("guest")
    assert answer(gone, "help", ours=replace(OURS, agencies=("police",))) == Refusal("deactivated")
    assert answer(replace(gone, active=True), "help", ours=replace(OURS, agencies=("police",))) == Refusal("agency")


# -- several roles --

WORKER_NORTH = HeldRole("allocated_worker", ("north",))
MANAGER_SOUTH = HeldRole("team_manager", ("south",))
REVIEWER = HeldRole("independent_reviewing_officer")
PANEL_SOUTH = HeldRole("panel_member", ("south",))


def wearing(first: HeldRole, *also: HeldRole) -> Person:
    return Person("p-1", "council", first.role, first.areas, CODE, expires=first.expires, also=also)


def test_areas_of_several_roles_are_added() -> None:
    both = grant(wearing(WORKER_NORTH, MANAGER_SOUTH), "counts")
    assert both.areas == ("north", "south")
    assert both.scope(("north", "south")) == Scope(("north", "south"))
    assert both.scope(("north", "central")) == Refusal("area")


def test_each_role_reaches_as_far_as_it_does_alone() -> None:
    child = grant(wearing(WORKER_NORTH, MANAGER_SOUTH), "child")
    covered = {name for name, (_, relation) in CHILDREN.items() if child.covers(relation)}
    assert covered == {name for name, (area, _) in CHILDREN.items() if area == "south"}
    assert not child.covers(CHILDREN["own area"][1]), "a worker's own area is no case of theirs"


def test_own_cases_stand_beside_an_area_role() -> None:
    lists = grant(wearing(WORKER_NORTH, REVIEWER), "open_list")
    assert lists.scope(("north",)) == Scope(("north",))
    wider = lists.scope(("north", "south"))
    assert isinstance(wider, Scope)
    assert [name for name, (_, relation) in CHILDREN.items() if wider.holds(relation)] == ["reviewed"]


def test_parts_of_the_roles_that_cover_a_child_are_added() -> None:
    coordinator = HeldRole("interview_coordinator")
    child = grant(wearing(coordinator, MANAGER_SOUTH), "child")
    assert child.parts(CHILDREN["own area"][1]) == PARTS_OF["interview_coordinator"]
    assert child.parts(CHILDREN["other area"][1]) == EVERY_PART


def test_a_lead_who_manages_the_area_gives_no_reason_there() -> None:
    child = grant(wearing(HeldRole("strategic_lead"), MANAGER_SOUTH), "child")
    assert child.gives_reason(CHILDREN["own area"][1])
    assert not child.gives_reason(CHILDREN["other area"][1])


def test_statistics_are_exact_only_where_an_exact_role_reaches() -> None:
    counts = grant(wearing(HeldRole("team_manager", ("north",)), PANEL_SOUTH), "counts")
    assert counts.areas == ("north", "south")
    assert counts.exact(False, ("north",))
    assert not counts.exact(False, ("south",))
    assert not counts.exact(True, ("north", "south"))
    assert grant(wearing(HeldRole("analyst"), PANEL_SOUTH), "counts").exact(False, ("south",))


def test_a_role_that_has_expired_counts_no_more_beside_another() -> None:
    who = wearing(replace(WORKER_NORTH, expires=date(2017, 7, 4)), MANAGER_SOUTH)
    assert grant(who, "counts").areas == ("south",)
    assert grant(who, "counts", today=date(2017, 7, 4)).areas == ("north", "south")
    assert grant(who, "child").roles == ("team_manager",)
    later = replace(who, also=(replace(MANAGER_SOUTH, expires=TODAY),))
    assert answer(later, "help") != Refusal("expired")
    assert answer(later, "help", today=date(2017, 7, 6)) == Refusal("expired")


def test_own_cases_of_several_roles_are_added() -> None:
    """A reviewing officer of one county who is another child's worker sees both in a list wider than their area."""
    lists = grant(wearing(REVIEWER, HeldRole("placing_authority_contact")), "open_list")
    both = lists.scope(("north", "south"))
    assert isinstance(both, Scope)
    assert both.holds(CaseRelation(iro=CODE))
    assert both.holds(CaseRelation(placing_authority=CODE))
    assert not both.holds(CaseRelation(iro="another", placing_authority="another"))
    assert not both.holds(CaseRelation(workers=frozenset({CODE})))


# -- areas --


def test_an_area_that_is_not_theirs_is_refused_even_beside_one_that_is() -> None:
    counts = grant(asking("team_manager"), "counts")
    assert counts.scope(("south",)) == counts.scope(("north", "south")) == counts.scope(()) == Refusal("area")
    assert counts.areas == ("north",)
    assert grant(asking("analyst"), "counts").scope(("nowhere",)) == Refusal("area")


def test_somebody_without_areas_or_code_reaches_nothing() -> None:
    by_area: tuple[Role, ...] = ("team_manager", "allocated_worker", "panel_member")
    for role in by_area:
        counts = grant(somebody(role), "counts")
        assert counts.areas == ()
        assert counts.scope(counts.areas) == Refusal("area")
    by_case: tuple[Role, ...] = ("allocated_worker", "independent_reviewing_officer", "placing_authority_contact")
    nameless = CaseRelation(workers=frozenset({""}), iro="", placing_authority="")
    for role in by_case:
        assert not grant(somebody(role), "child").covers(nameless)


# -- what a partnership file may change --


def rights(role: Role, row: dict[Action, Reach]) -> Partnership:
    return replace(OURS, rights={role: row})


def test_a_role_row_is_replaced_whole() -> None:
    ours = rights("team_manager", {"counts": "all"})
    assert grant(asking("team_manager"), "counts", ours).areas == tuple(a.id for a in OURS.areas)
    assert answer(asking("team_manager"), "child", ours=ours) == Refusal("role")
    assert answer(asking("team_manager"), "help", ours=ours) != Refusal("role")
    assert answer(asking("analyst"), "counts", ours=ours) == answer(asking("analyst"), "counts")
    nothing = rights("team_manager", {})
    assert {answer(asking("team_manager"), a, ours=nothing) for a in COLUMNS[3:]} == {Refusal("role")}


@pytest.mark.parametrize("action", [a for a in ACTIONS if a not in COLUMNS[:3] and a != "admin"])
def test_no_file_lets_administrators_near_a_child(action: Action) -> None:
    with pytest.raises(ValueError, match=f"an administrator can never have '{action}'"):
        rights("system_admin", {"admin": "all", action: "all"})


def test_administration_stays_with_administrators() -> None:
    with pytest.raises(ValueError, match="only system_admin can have 'admin'"):
        rights("analyst", {"counts": "all", "admin": "all"})
    with pytest.raises(ValueError, match="nobody could change people"):
        rights("system_admin", {})


@pytest.mark.parametrize(
    ("action", "reach"),
    [
        *(("counts", "own_cases"), ("counts", "open_episodes"), ("open_list", "open_episodes")),
        *(("break_glass", "all"), ("break_glass", "own_areas"), ("review", "own_cases")),
    ],
)
def test_a_reach_that_an_action_cannot_have_is_a_contradiction(action: Action, reach: Reach) -> None:
    with pytest.raises(ValueError, match=f"{action} cannot reach '{reach}'"):
        rights("team_manager", {action: reach})


def test_what_everybody_has_cannot_be_granted_or_taken() -> None:
    with pytest.raises(ValueError, match="'help' is for everybody who is listed"):
        rights("analyst", {"help": "own_areas"})


def test_parts_are_replaced_whole_and_an_empty_list_means_none() -> None:
    child = CHILDREN["own area"][1]
    few: tuple[Part, ...] = ("status", "grades")
    ours = replace(OURS, parts={"team_manager": few})
    assert grant(asking("team_manager"), "child", ours).parts(child) == frozenset(few)
    none = replace(OURS, parts={"team_manager": ()})
    assert grant(asking("team_manager"), "child", none).parts(child) == frozenset()
    assert grant(asking("strategic_lead"), "child", ours).parts(child) == EVERY_PART


def test_an_administrator_of_the_file_holds_no_role_with_children() -> None:
    with pytest.raises(ValueError, match="person p-1 is system_admin and team_manager"):
        replace(OURS, people=(*OURS.people, wearing(HeldRole("system_admin"), MANAGER_SOUTH)))
