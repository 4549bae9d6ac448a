"""Readers of a channel: with counts everybody who is answered, with references those who may see all of its lists."""

from __future__ import annotations

from datetime import date

import pytest

from bot.rules.access.channel_privacy import may_read
from tests.support.factories import partnership, person, somebody

TODAY = date(2017, 7, 5)
OURS = partnership()
NORTH, COUNTY, COUNTS = (OURS.channel(name) for name in ("north-digest", "county-digest", "county-counts"))


@pytest.mark.parametrize(
    ("who", "north", "county"),
    [
        ("north-worker", True, False),
        ("north-manager", True, False),
        ("south-worker", False, False),
        ("lead", True, True),
        ("coordinator", True, True),
        ("police", True, True),
        ("analyst", False, False),
        ("admin", False, False),
    ],
)
def test_references_are_for_whoever_may_see_every_area_of_the_channel(who: str, north: bool, county: bool) -> None:
    assert may_read(person(who), NORTH, OURS, TODAY) is north
    assert may_read(person(who), COUNTY, OURS, TODAY) is county
    assert may_read(person(who), COUNTS, OURS, TODAY)
    assert may_read(person(who), None, OURS, TODAY)


def test_ones_own_cases_are_not_the_whole_list() -> None:
    reviewer = somebody("independent_reviewing_officer", code="I-1")
    assert not may_read(reviewer, NORTH, OURS, TODAY)


@pytest.mark.parametrize("channel", [NORTH, COUNTS, None])
def test_nobody_without_a_role_today(channel: object) -> None:
    gone = somebody("strategic_lead", expires=date(2017, 7, 4))
    assert not may_read(gone, channel, OURS, TODAY)  # type: ignore[arg-type]
    assert not may_read(somebody("strategic_lead", active=False), channel, OURS, TODAY)  # type: ignore[arg-type]
