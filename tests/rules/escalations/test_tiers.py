"""The person that each tier calls, and the time they have to acknowledge."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.escalations.calls import acknowledge_by, rungs, whom, why_nobody
from bot.rules.partnership.partnership import Escalation, Person
from bot.rules.time.clock import local_day, to_london
from tests.support.factories import NOW, at, partnership, somebody

OURS = partnership()


def rule(**keys: Any) -> Escalation:
    return Escalation(id="open", name="Long", police="duty_inspector", **keys)


DAYTIME = {"acknowledge_minutes": 120, "between": (time(7), time(22))}
SAME_DAY = {"acknowledge_minutes": 60, "between": (time(7), time(22)), "same_day": True}
WORKING = {"acknowledge_minutes": 1440, "days": "working"}


@pytest.mark.parametrize(
    ("keys", "since", "until"),
    [
        ({"acknowledge_minutes": 30}, "Sun 2 Jul 2017 03:10", "Sun 2 Jul 2017 03:40"),
        (DAYTIME, "Wed 5 Jul 2017 09:00", "Wed 5 Jul 2017 11:00"),
        (DAYTIME, "Wed 5 Jul 2017 20:00", "Wed 5 Jul 2017 22:00"),
        (DAYTIME, "Wed 5 Jul 2017 21:30", "Thu 6 Jul 2017 08:30"),
        (DAYTIME, "Wed 5 Jul 2017 03:00", "Wed 5 Jul 2017 09:00"),
        (SAME_DAY, "Wed 5 Jul 2017 03:00", "Wed 5 Jul 2017 22:00"),
        (SAME_DAY, "Wed 5 Jul 2017 21:00", "Wed 5 Jul 2017 22:00"),
        (SAME_DAY, "Wed 5 Jul 2017 21:01", "Thu 6 Jul 2017 22:00"),
        (WORKING, "Wed 5 Jul 2017 17:00", "Thu 6 Jul 2017 17:00"),
        (WORKING, "Fri 7 Jul 2017 17:00", "Mon 10 Jul 2017 17:00"),
        (WORKING, "Sat 8 Jul 2017 12:00", "Tue 11 Jul 2017 00:00"),
        (WORKING, "Fri 26 May 2017 17:00", "Tue 30 May 2017 17:00"),  # the spring bank holiday
        # Elapsed minutes, over both clock changes.
        ({"acknowledge_minutes": 1440}, "Sat 24 Mar 2018 12:00", "Sun 25 Mar 2018 13:00"),
        (DAYTIME, "Sat 27 Oct 2018 21:00", "Sun 28 Oct 2018 08:00"),
    ],
)
def test_until_when(keys: dict[str, Any], since: str, until: str) -> None:
    assert acknowledge_by(rule(**keys), at(since), OURS.calendar()) == at(until)


@given(
    minutes=st.integers(1, 900),
    days=st.sampled_from(["every", "working"]),
    between=st.sampled_from([None, (time(7), time(22)), (time(9), time(9, 30))]),
    same_day=st.booleans(),
    since=st.integers(0, 60 * 24 * 365),
)
def test_the_time_given_is_never_less_than_the_minutes_nor_outside_the_hours(
    minutes: int, days: Any, between: Any, same_day: bool, since: int
) -> None:
    asked = rule(acknowledge_minutes=minutes, days=days, between=between, same_day=same_day)
    begins = NOW + timedelta(minutes=since)
    until = acknowledge_by(asked, begins, OURS.calendar())
    assert until - begins >= timedelta(minutes=minutes)
    if between:
        assert between[0] < to_london(until).time() <= between[1]
    if days == "working" and to_london(until).time() != time(0):
        assert OURS.calendar().works(local_day(until))


def test_a_partnership_that_never_works_gets_the_minutes_at_once() -> None:
    closed = tuple(date(2017, 7, 1) + timedelta(days=n) for n in range(90))
    never = replace(OURS, quiet_hours=replace(OURS.quiet_hours, extra_closed=closed))
    assert acknowledge_by(rule(**WORKING), NOW, never.calendar()) == NOW + timedelta(days=1)


# -- tiers --


def roles(rule_id: str, agency: str) -> list[str]:
    found = OURS.escalation(rule_id)
    assert found
    return [tier.role for tier in rungs(OURS, found, agency)]


@pytest.mark.parametrize(
    ("rule_id", "police", "council"),
    [
        ("special", ["duty_inspector", "superintendent_on_call", "detective_lead"], None),
        ("special", None, ["duty_team_manager", "assistant_director", "director"]),
        ("ungraded", ["duty_inspector", "superintendent_on_call", "detective_lead"], []),
        ("open", ["missing_person_coordinator", "detective_lead"], ["head_of_service", "director"]),
        ("long", ["detective_lead"], ["director"]),
        ("repeat", ["missing_person_coordinator", "strategic_lead"], ["team_manager", "strategic_lead"]),
    ],
)
def test_the_tiers_of_each_agency(rule_id: str, police: list[str] | None, council: list[str] | None) -> None:
    for agency, wanted in (("police", police), ("council", council)):
        if wanted is not None:
            assert roles(rule_id, agency) == wanted


def test_each_tier_has_the_minutes_of_its_own_rule_in_the_hours_of_the_rule_that_calls() -> None:
    found = OURS.escalation("special")
    assert found
    assert [r.rule.acknowledge_minutes for r in rungs(OURS, found, "council")] == [30, 60, 60]
    assert {(r.rule.same_day, r.rule.between) for r in rungs(OURS, found, "council")} == {(False, None)}
    daytime = OURS.escalation("open")
    assert daytime
    hours = (time(7), time(22))
    assert [(r.rule.acknowledge_minutes, r.rule.between, r.rule.same_day) for r in rungs(OURS, daytime, "police")] == [
        (120, hours, False),
        (60, hours, False),
    ]


def test_a_role_is_called_once() -> None:
    same = (rule(next_tier="b"), replace(rule(), id="b", when="open", next_tier="team_manager"))
    assert [r.role for r in rungs(replace(OURS, escalations=same), same[0], "police")] == [
        "duty_inspector",
        "team_manager",
    ]


# -- who --


def called(role: str, agency: str, area: str = "north", away: dict[str, str] | None = None, **changes: Any) -> str:
    p = replace(OURS, **changes) if changes else OURS
    found = whom(p, role, agency, area, NOW, away or {}, lambda person: True)
    return found.id if found else ""


def test_whoever_the_file_names_else_whoever_has_the_role_for_the_area() -> None:
    assert called("duty_inspector", "police") == "police"
    assert called("team_manager", "council", "north") == "north-manager"
    assert called("team_manager", "council", "south") == ""
    assert called("team_manager", "police", "north") == ""


def test_cover_for_who_is_away() -> None:
    assert called("duty_team_manager", "council", away={"north-manager": "lead"}) == "lead"
    assert called("duty_team_manager", "council", away={"north-manager": ""}) == ""
    assert called("duty_team_manager", "council", away={"north-manager": "lead", "lead": "north-manager"}) == ""
    assert called("duty_team_manager", "council", away={"north-manager": "police-lead"}) == "", "of the other agency"
    assert called("duty_team_manager", "council", away={"north-manager": "nobody-listed"}) == ""


def test_one_who_is_there_goes_before_the_cover_of_another() -> None:
    second = Person("north-two", "council", "team_manager", ("north",))
    people = (*OURS.people, second)
    assert called("team_manager", "council", people=people) == "north-manager"
    assert called("team_manager", "council", away={"north-manager": "lead"}, people=people) == "north-two"


def test_who_has_no_right_to_lists_learns_of_no_child() -> None:
    for role in ("analyst", "panel_member"):
        blind = replace(somebody(role), id="blind")
        named = {**OURS.roles, "duty_inspector": {"council": "blind"}}
        assert called("duty_inspector", "council", people=(*OURS.people, blind), roles=named) == ""


def test_who_has_left_or_expired_is_not_called() -> None:
    for changes in ({"active": False}, {"expires": date(2017, 7, 4)}):
        people = tuple(replace(p, **changes) if p.id == "police" else p for p in OURS.people)
        assert called("duty_inspector", "police", people=people) == ""


def test_why_nobody_is_one_sentence_for_all_roles_and_says_nothing_of_a_child() -> None:
    vacant = [("team_manager", "council", "south"), ("director", "council", "nowhere"), ("x", "police", "north")]
    said = why_nobody(OURS, [*vacant, ("team_manager", "council", "north"), ("x", "police", "south")], NOW)
    assert said == (
        "Nobody holds team manager of council (south) or x of police (north, south), so nobody there could be called "
        "by an escalation. Name people under [roles] in the partnership file, or with the verb people. The holder of "
        "director of council (nowhere) or team manager of council (north) could not be called by an escalation: away "
        "without cover, without an account the bot can reach, or without the right to lists."
    )
