"""The children looked after on a day, and the day half a year before."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.census import PLACEMENTS, Population, half_a_year_before
from bot.rules.model import LookedAfter

D = date.fromisoformat


@pytest.mark.parametrize(
    ("day", "before"),
    [
        ("2017-05-31", "2016-11-30"),
        ("2017-06-30", "2016-12-31"),
        ("2017-08-31", "2017-02-28"),
        ("2016-08-30", "2016-02-29"),
        ("2017-05-15", "2016-11-15"),
        ("2017-02-28", "2016-08-31"),
        ("2016-02-28", "2015-08-28"),
    ],
)
def test_half_a_year_before(day: str, before: str) -> None:
    assert half_a_year_before(D(day)) == D(before)


@given(st.dates(D("2001-01-01"), D("2090-12-31")))
def test_half_a_year_before_is_six_months_away_and_keeps_the_end_of_a_month(day: date) -> None:
    before, one = half_a_year_before(day), timedelta(days=1)
    assert (day.year * 12 + day.month) - (before.year * 12 + before.month) == 6
    assert before.day == day.day or (before + one).day == 1
    if (day + one).day == 1:
        assert (before + one).day == 1


GROUPS = st.builds(
    LookedAfter,
    uasc=st.booleans(),
    placement=st.sampled_from(PLACEMENTS),
    provider=st.sampled_from(["R-01", "R-02", None]),
    children=st.integers(1, 40),
)


@given(st.lists(GROUPS))
def test_every_child_is_in_one_placement_and_with_or_without_uasc(groups: list[LookedAfter]) -> None:
    population = Population(tuple(groups))
    assert sum(map(population.placed, PLACEMENTS)) == population.total
    assert population.uasc + population.without_uasc == population.total == sum(g.children for g in groups)
    named = population.placed("residential", {"R-01", "R-02"})
    unnamed = sum(g.children for g in groups if g.placement == "residential" and g.provider is None)
    assert named + unnamed == population.placed("residential")
