"""The sheet of a half-year holds the same counts for every area and the county, whoever is in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.messages.half_year_table import COUNTY, age_groups, sheet_of
from bot.rules.disclosure.suppression import Sheet, hidden_cells
from bot.rules.time.period import parse_period
from tests.support.factories import NOW, Recorded, at, episode, hours, partnership
from tests.support.memory_facts import MemoryFacts

MAY = at("Mon 1 May 2017 12:00")
AREAS = tuple(a.id for a in partnership().areas)
ADULT, UNBORN = "18 or over: check the birth date", "not born then: check the birth date"
#: Birth date -> age group.
BORN = {None: "age not known", date(2002, 9, 1): "13-15"}


def sheet(found: Sequence[Recorded]) -> Sheet:
    return sheet_of(MemoryFacts(found), partnership(), parse_period("2017-H1", NOW), NOW)


def in_area(child: int, area: str, birth: date | None) -> Recorded:
    return episode(child, MAY + hours(child), MAY + hours(child + 3), area=area, birth=birth)


def measures(of: Sheet, scope: str) -> set[str]:
    return {c.key[1] for c in of.printed if c.key[0] == scope}


@pytest.mark.parametrize("birth", BORN)
def test_an_age_group_of_one_area_is_zero_in_every_other(birth: date | None) -> None:
    cells = sheet([in_area(1, "south", birth)]).cells
    group = f"age {BORN[birth]}"
    assert {a: cells[a, group].value for a in (*AREAS, COUNTY)} == {
        **dict.fromkeys(AREAS, 0),
        "south": 1,
        COUNTY: 1,
    }


def test_an_area_may_have_an_age_that_the_county_has_not() -> None:
    """Of one child a birth date is known by the episode in north alone: in the county its age is known."""
    cells = sheet([in_area(1, "north", date(2002, 9, 1)), in_area(1, "south", None)]).cells
    assert (cells["south", "age age not known"].value, cells[COUNTY, "age age not known"].value) == (1, 0)
    assert cells[COUNTY, "age 13-15"].value == 1


WHO = st.lists(st.tuples(st.integers(1, 12), st.sampled_from(AREAS), st.sampled_from(list(BORN))), max_size=25)


@given(WHO)
@settings(max_examples=30, deadline=None)
def test_whoever_is_missing_the_sheet_has_the_same_cells_and_its_sums_hold(
    who: list[tuple[int, str, date | None]],
) -> None:
    found, empty = sheet([in_area(*one) for one in who]), sheet([])
    for scope in (*AREAS, COUNTY):
        assert measures(found, scope) == measures(empty, scope) == measures(found, COUNTY)
        ages = [found.cells[scope, f"age {g}"].value for g in age_groups(partnership())]
        assert sum(ages) == found.cells[scope, "children"].value
    small = {c.key for c in found.printed if 1 <= c.value <= 5}
    assert small <= hidden_cells(found)
