"""Decisions about a child's records: strategic leads make them, and nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.rules.access.record_decisions import CONFIRMED_WITHIN, why_not
from bot.rules.partnership.partnership import HeldRole, Person
from tests.support.factories import partnership

OURS, TODAY = partnership(), date(2017, 7, 5)
LEAD = Person("l-1", "council", "strategic_lead")
ANALYST = HeldRole("analyst")


@pytest.mark.parametrize(
    ("person", "reason"),
    [
        (LEAD, None),
        (replace(LEAD, expires=TODAY), None),
        (replace(LEAD, also=(ANALYST,)), None),
        (Person("l-1", "council", "analyst", also=(HeldRole("strategic_lead"),)), None),
        (None, "not_listed"),
        (replace(LEAD, active=False), "deactivated"),
        (replace(LEAD, expires=date(2017, 7, 4)), "expired"),
        (replace(LEAD, expires=date(2017, 7, 4), also=(ANALYST,)), "role"),
        (Person("a-1", "council", "system_admin"), "role"),
        (Person("m-1", "council", "team_manager", ("north",)), "role"),
    ],
)
def test_a_lead_of_today_decides(person: Person | None, reason: str | None) -> None:
    assert why_not(person, OURS, TODAY) == reason


def test_another_lead_has_a_fortnight_to_confirm() -> None:
    assert timedelta(days=14) == CONFIRMED_WITHIN
