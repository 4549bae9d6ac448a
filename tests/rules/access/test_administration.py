"""Changes of people that an administrator may make, and those that none may: rule by rule, and in any order."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from bot.rules.access.administration import administered_until, changed, changes
from bot.rules.access.permissions import (
    Change,
    Enter,
    GiveRole,
    Link,
    NotChanged,
    Switch,
    TakeRole,
    Unlock,
    with_roles,
)
from bot.rules.partnership.partnership import HeldRole, Person
from bot.rules.partnership.roles import Role
from tests.support.factories import partnership

OURS = replace(partnership(), people=(), roles={}, practice=None)
TODAY = date(2017, 7, 5)
ADMIN = HeldRole("system_admin")


def someone(person_id: str, *roles: HeldRole, code: str = "", active: bool = True) -> Person:
    return with_roles(Person(person_id, "council", worker_code=code, active=active), roles)


ONE, TWO = someone("adm-1", ADMIN), someone("adm-2", ADMIN)
WORKER = someone("w-1", HeldRole("allocated_worker", ("north",), date(2017, 9, 1)), code="W-1")


def made(change: Change, by: Person | None = ONE, people: tuple[Person, ...] = (ONE, TWO, WORKER)) -> Person:
    return changed(change, by, {p.id: p for p in people}, OURS, TODAY)


def refused(change: Change, by: Person | None = ONE, people: tuple[Person, ...] = (ONE, TWO, WORKER)) -> NotChanged:
    with pytest.raises(NotChanged) as fault:
        made(change, by, people)
    assert str(fault.value).endswith(".")
    return fault.value


# -- what an administrator does --


def test_somebody_is_listed_with_a_role_that_ends() -> None:
    new = made(Enter("w-2", "police", "duty_inspector", worker_code="W-2", slack_id="U1"))
    assert new.roles == (HeldRole("duty_inspector", (), TODAY + timedelta(days=90)),)
    assert (new.agency, new.worker_code, new.slack_id, new.active) == ("police", "W-2", "U1", True)
    assert made(Enter("w-2", "police")).roles == ()


def test_only_administrators_stay_without_a_last_day() -> None:
    assert made(Enter("adm-3", "police", "system_admin")).roles == (ADMIN,)
    assert made(GiveRole("w-1", "analyst")).roles[1].expires == date(2017, 10, 3)


def test_a_role_is_replaced_in_its_place_and_kept_beside_others() -> None:
    both = made(GiveRole("w-1", "team_manager", ("south",), date(2018, 7, 6)))
    assert both.roles == (*WORKER.roles, HeldRole("team_manager", ("south",), date(2018, 7, 6)))
    moved = made(GiveRole("w-1", "allocated_worker", ("south", "central"), TODAY))
    assert moved.roles == (HeldRole("allocated_worker", ("south", "central"), TODAY),)


def test_roles_are_taken_away_one_or_all() -> None:
    both = someone("w-1", *WORKER.roles, HeldRole("analyst"))
    people = (ONE, TWO, both)
    assert made(TakeRole("w-1", "analyst"), people=people).roles == WORKER.roles
    assert made(TakeRole("w-1"), people=people).roles == ()
    assert refused(TakeRole("w-1", "team_manager"), people=people).why == "invalid"


def test_somebody_is_switched_off_and_on_and_linked() -> None:
    off = made(Switch("w-1", False))
    assert (off.active, off.roles) == (False, WORKER.roles)
    assert made(Switch("w-1", True), people=(ONE, off)).active
    linked = made(Link("w-1", slack_id="U1"))
    assert (linked.slack_id, linked.teams_id) == ("U1", "")
    assert made(Link("w-1", teams_id="29:x"), people=(ONE, linked)).slack_id == "U1"
    assert made(Link("w-1", slack_id=""), people=(ONE, linked)).slack_id == ""
    assert made(Unlock("w-1")) == WORKER


# -- who may --


@pytest.mark.parametrize(
    "by", [None, WORKER, replace(TWO, active=False), someone("adm-2", replace(ADMIN, expires=date(2017, 7, 4)))]
)
@pytest.mark.parametrize(
    "change",
    [
        *(Enter("w-2", "council"), Enter("adm-3", "council", "system_admin"), GiveRole("w-1", "analyst")),
        *(TakeRole("w-1"), Switch("w-1", False), Link("w-1", "U1"), Unlock("w-1")),
    ],
)
def test_only_an_administrator_changes_people(by: Person | None, change: Change) -> None:
    assert refused(change, by).why == "not_administrator"


def test_the_first_administrator_is_listed_at_the_terminal() -> None:
    first = Enter("adm-1", "council", "system_admin")
    for nobody in ((), (WORKER,), (replace(ONE, active=False), WORKER)):
        assert made(replace(first, id="adm-9"), None, nobody).role == "system_admin"
        assert refused(replace(first, role="strategic_lead"), None, nobody).why == "not_administrator"
        assert refused(GiveRole("w-1", "system_admin"), None, nobody).why == "not_administrator"
    assert "list one with people add" in str(refused(first, WORKER, (WORKER,)))


def test_nobody_changes_their_own_roles() -> None:
    changes: tuple[Change, ...] = (
        *(GiveRole("adm-1", "analyst"), GiveRole("adm-1", "system_admin", (), date(2017, 8, 1)), TakeRole("adm-1")),
        *(Switch("adm-1", False), Enter("adm-1", "council", "analyst", known=True), Unlock("adm-1")),
        Enter("adm-1", "council", worker_code="W-9", known=True),
    )
    assert [refused(change).why for change in changes] == ["own_roles"] * len(changes)
    assert made(Link("adm-1", slack_id="U1")).slack_id == "U1"
    assert made(Enter("adm-1", "council", slack_id="U1", known=True)).slack_id == "U1"


def test_administrators_hold_no_role_with_children() -> None:
    assert refused(GiveRole("adm-2", "team_manager", ("north",))).why == "child_data"
    assert refused(GiveRole("w-1", "system_admin")).why == "child_data"
    lapsed = someone("w-1", HeldRole("analyst", (), date(2017, 7, 4)))
    assert made(GiveRole("w-1", "system_admin"), people=(ONE, lapsed)).roles[1] == ADMIN


def test_a_role_without_children_may_stand_beside() -> None:
    """A role from which a partnership takes everything is no role with children."""
    ours = replace(OURS, rights={"panel_member": {}})
    after = changed(GiveRole("adm-2", "panel_member"), ONE, {p.id: p for p in (ONE, TWO)}, ours, TODAY)
    assert [h.role for h in after.roles] == ["system_admin", "panel_member"]


# -- the last administrator --

SOON = replace(ADMIN, expires=date(2017, 8, 1))


@pytest.mark.parametrize(
    "change",
    [
        TakeRole("adm-2"),
        TakeRole("adm-2", "system_admin"),
        Switch("adm-2", False),
        GiveRole("adm-2", "system_admin", (), TODAY),
    ],
)
def test_the_last_lasting_administrator_stays(change: Change) -> None:
    """The other administrator's last day is coming: after it there would be none."""
    ends = someone("adm-1", SOON)
    fault = refused(change, ends, (ends, TWO))
    assert (fault.why, "after 2017-0" in fault.fault) == ("last_administrator", True)
    assert made(change, ONE, (ONE, TWO)) != TWO


def test_who_is_switched_off_does_not_administer() -> None:
    off = replace(ONE, active=False)
    other = someone("adm-3", SOON)
    assert refused(TakeRole("adm-2"), other, (off, TWO, other)).why == "last_administrator"


def test_a_longer_day_may_be_given_and_a_shorter_one_not() -> None:
    one, two = someone("adm-1", SOON), someone("adm-2", replace(ADMIN, expires=date(2017, 9, 1)))
    assert made(GiveRole("adm-2", "system_admin"), one, (one, two)).roles == (ADMIN,)
    assert made(GiveRole("adm-2", "system_admin", (), date(2018, 1, 1)), one, (one, two)).expires == date(2018, 1, 1)
    assert (
        refused(GiveRole("adm-2", "system_admin", (), date(2017, 8, 31)), one, (one, two)).why == "last_administrator"
    )
    assert made(TakeRole("adm-1"), two, (one, two)).roles == ()


def test_until_when_somebody_administers() -> None:
    elsewhere = Person("adm-5", "police", "system_admin")
    council = replace(OURS, agencies=("council",))
    assert administered_until([], OURS, TODAY) == date.min
    assert administered_until([elsewhere], council, TODAY) == date.min
    assert administered_until([someone("adm-1", SOON)], OURS, TODAY) == date(2017, 8, 1)
    assert administered_until([someone("adm-1", SOON)], OURS, date(2017, 8, 2)) == date.min
    assert administered_until([someone("adm-1", SOON), TWO], OURS, TODAY) == date.max


def test_another_role_of_an_administrator_does_not_make_them_one_for_longer() -> None:
    ours = replace(OURS, rights={"panel_member": {}})
    both = someone("adm-1", SOON, HeldRole("panel_member"))
    assert administered_until([both], ours, TODAY) == date(2017, 8, 1)


# -- words --


@pytest.mark.parametrize(
    ("change", "column"),
    [
        *(
            (Enter(wrong, "council"), "id")
            for wrong in ("Jane Smith", "Jane.Smith", "jane", "j@x.uk", "", "-1", "a-" + "x" * 63, "é-1")
        ),
        *(
            (Enter("w-2", "council", worker_code=wrong), "worker_code")
            for wrong in ("Jane", "J 1", "x" * 32 + "1", "W-é1")
        ),
        *((Link("w-1", slack_id=wrong), "slack_id") for wrong in ("U 1", "jane@example.org", "x" * 65)),
        *((Link("w-1", teams_id=wrong), "teams_id") for wrong in ("Jane Smith", "<@U1>")),
        (Enter("w-2", "health", "analyst", ("nort",)), "areas"),
        (Enter("w-2", "council", "team_manager"), "areas"),
        (GiveRole("w-1", "analyst", (), date(2017, 7, 4)), "expires"),
        (GiveRole("w-1", "analyst", (), date(2018, 7, 7)), "expires"),
        (Enter("w-1", "police", known=True), "agency"),
        (Enter("w-2", "health"), "agency"),
    ],
)
def test_what_is_wrong_is_said_with_its_column(change: Change, column: str) -> None:
    ours = replace(OURS, agencies=("council", "police"))
    health = isinstance(change, Enter) and change.agency == "health" and change.role is not None
    with pytest.raises(NotChanged) as fault:
        changed(change, ONE, {p.id: p for p in (ONE, TWO, WORKER)}, OURS if health else ours, TODAY)
    assert (fault.value.why, fault.value.column) == ("invalid", column)
    assert fault.value.advice
    assert "Jane" not in str(fault.value), "what was typed may be a name"
    assert "nort " not in str(fault.value)


def test_no_two_people_have_one_code_or_account() -> None:
    linked = replace(WORKER, slack_id="U1", teams_id="29:x")
    people = (ONE, TWO, linked)
    assert refused(Enter("w-2", "council", worker_code="W-1"), people=people).why == "taken"
    assert refused(Link("adm-2", slack_id="U1"), people=people).why == "taken"
    assert refused(Link("adm-2", teams_id="29:x"), people=people).why == "taken"
    assert refused(Enter("w-1", "council"), people=people).why == "taken"
    assert refused(Link("w-9", slack_id="U2"), people=people).why == "not_listed"


def test_what_stays_as_it_was_is_not_checked_again() -> None:
    """A role held since before its area went out of the file does not hinder another change."""
    old = someone("old", HeldRole("team_manager", ("gone",), date(2016, 1, 1)), code="Jane")
    assert made(Link("old", slack_id="U9"), people=(ONE, old)).slack_id == "U9"


def test_a_row_that_says_nothing_new_changes_nothing() -> None:
    row = Enter("w-1", "council", "allocated_worker", ("north",), worker_code="W-1", known=True)
    assert made(row) == WORKER


def test_a_row_of_a_list_leaves_what_it_does_not_give() -> None:
    """A people list without Slack ids takes no id away; one with a new code replaces the old one."""
    linked = replace(WORKER, slack_id="U1", teams_id="29:x")
    row = Enter("w-1", "council", "allocated_worker", ("north",), worker_code="W-2", known=True)
    after = made(row, people=(ONE, TWO, linked))
    assert (after.worker_code, after.slack_id, after.teams_id) == ("W-2", "U1", "29:x")


def test_what_is_recorded_of_a_change() -> None:
    after = made(GiveRole("w-1", "team_manager", ("south", "north")))
    assert changes(WORKER, after) == "team_manager for south,north until 2017-10-03"
    assert changes(WORKER, made(TakeRole("w-1"))) == "no allocated_worker"
    assert changes(WORKER, made(Switch("w-1", False))) == "not active"
    off = replace(WORKER, active=False)
    assert changes(off, made(Switch("w-1", True), people=(ONE, off))) == "active"
    assert changes(None, replace(WORKER, slack_id="U1")) == (
        "allocated_worker for north until 2017-09-01; worker_code; slack_id"
    ), "which ids, not what they are"


# -- any changes in any order --

IDS = st.sampled_from(("adm-1", "adm-2", "w-1", "w-2"))
SOME_ROLES: st.SearchStrategy[Role] = st.sampled_from(("system_admin", "team_manager", "analyst"))
DAYS = st.none() | st.integers(-1, 40).map(lambda n: TODAY + timedelta(days=n))
AREAS = st.sampled_from(((), ("north",), ("nowhere",)))
CHANGES: st.SearchStrategy[Change] = st.one_of(
    st.builds(Enter, IDS, st.just("council"), st.none() | SOME_ROLES, AREAS, DAYS, known=st.booleans()),
    st.builds(GiveRole, IDS, SOME_ROLES, AREAS, DAYS),
    st.builds(TakeRole, IDS, st.none() | SOME_ROLES),
    st.builds(Switch, IDS, st.booleans()),
)
STEPS = st.lists(st.tuples(st.none() | IDS, CHANGES, st.integers(0, 2)), max_size=40)


@settings(max_examples=int(os.environ.get("BOT_FUZZ", "100")), deadline=None)
@given(STEPS)
def test_somebody_administers_and_nobody_raises_themselves(steps: list[tuple[str | None, Change, int]]) -> None:
    people, today = {ONE.id: ONE, WORKER.id: WORKER}, TODAY
    for by, change, later in steps:
        before, until = dict(people), administered_until(people.values(), OURS, today)
        try:
            after = changed(change, people.get(by or ""), people, OURS, today)
        except NotChanged:
            assert people == before
        else:
            people[after.id] = after
            assert after == before.get(after.id) or by != after.id
        assert administered_until(people.values(), OURS, today) >= until
        for person in people.values():
            held = {h.role for h in person.roles if h.expires is None or today <= h.expires}
            assert "system_admin" not in held or not any(OURS.sees_children(r) for r in held)
        today += timedelta(days=later)
    assert administered_until(people.values(), OURS, today) == date.max
