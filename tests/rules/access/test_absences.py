"""Absences: only those who answer for a person record one for them, and the words about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.rules.access.absences import absence_sentence, answers_for, listed
from bot.rules.access.permissions import Away
from bot.rules.partnership.partnership import Person
from bot.rules.partnership.roles import Agency, Role
from tests.support.factories import NOW, partnership

OURS, TODAY = partnership(), date(2017, 7, 5)
WORKER = Person("w-1", "council", "allocated_worker", ("north", "central"))


def manager(role: Role, *areas: str, agency: Agency = "council") -> Person:
    return Person("m-1", agency, role, areas)


def test_everybody_answers_for_themselves() -> None:
    """Even a role that records no interviews, and one that has ended."""
    for role in ("analyst", "allocated_worker"):
        own = Person("p-1", "police", role, expires=date(2017, 7, 4))
        assert answers_for(own, own, OURS, TODAY)


@pytest.mark.parametrize(
    ("by", "may"),
    [
        (manager("team_manager", "north"), True),
        (manager("team_manager", "south", "central"), True),
        (manager("team_manager", "south"), False),
        (manager("team_manager"), False),
        (manager("interview_coordinator"), True),
        (manager("interview_coordinator", agency="police"), False),
        (manager("team_manager", "north", agency="police"), False),
        (manager("allocated_worker", "north"), False),
        (manager("analyst"), False),
        (manager("duty_inspector"), False),
        (manager("placing_authority_contact"), False),
        (replace(manager("team_manager", "north"), expires=date(2017, 7, 4)), False),
        (replace(manager("team_manager", "north"), active=False), False),
    ],
    ids=lambda value: f"{value.role} {value.agency} {value.areas}" if isinstance(value, Person) else "",
)
def test_a_manager_of_their_areas_and_the_coordinator_of_their_agency_answer_for_a_worker(
    by: Person, may: bool
) -> None:
    assert answers_for(by, WORKER, OURS, TODAY) is may


def test_areas_of_a_role_that_has_ended_bring_no_manager() -> None:
    former = replace(WORKER, expires=date(2017, 7, 4))
    assert not answers_for(manager("team_manager", "north"), former, OURS, TODAY)
    assert answers_for(manager("team_manager", "north"), replace(WORKER, expires=TODAY), OURS, TODAY)


def test_both_days_and_the_cover_are_said() -> None:
    away = Away("w-1", date(2017, 7, 10), date(2017, 7, 12), "coordinator")
    assert absence_sentence(away, NOW) == ("You are away Mon 10 Jul to Wed 12 Jul. coordinator takes the reminders.")
    assert absence_sentence(replace(away, cover=""), NOW).endswith("Nobody covers: reminders go to the duty role.")


def test_people_are_named_in_any_capitals_while_they_are_active() -> None:
    people = [replace(WORKER, id="W-9", active=False), WORKER]
    assert listed(people, "w-1") is listed(people, "W-1") is WORKER
    assert listed(people, "w-9") is None
    assert listed(people, "w-2") is None
