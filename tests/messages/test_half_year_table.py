"""The sheet of a half-year holds the same counts for every area and the county, whoever is in it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ingest.children import PLACEMENT
from bot.messages.half_year_table import COUNTY, age_groups, sheet_of
from bot.messages.suppression import NotSafe, printed_counts
from bot.rules.disclosure.sheet import Sheet
from bot.rules.model import PLACEMENTS, LookedAfter
from bot.rules.time.period import parse_period
from tests.support.factories import NOW, Recorded, at, episode, hours, interview, partnership, sources
from tests.support.memory_facts import MemoryFacts

H1 = "2017-H1"
MAY = at("Mon 1 May 2017 12:00")
AREAS = tuple(a.id for a in partnership().areas)
ADULT, UNBORN = "18 or over: check the birth date", "not born then: check the birth date"
#: Birth date -> age group.
BORN = {None: "age not known", date(2002, 9, 1): "13-15"}


def sheet(found: Sequence[Recorded]) -> Sheet:
    return sheet_of(MemoryFacts(found), partnership(), parse_period("2017-H1", NOW), NOW)


def in_area(child: int, area: str, birth: date | None) -> Recorded:
    return episode(child, MAY + hours(child), MAY + hours(child + 3), area=area, birth=birth)


#: Beginnings of the names of counts that the county alone has, of a half-year alone.
OF_THE_COUNTY = ("census: ", "hosted: ", "late: ", "working days: ")


def measures(of: Sheet, scope: str, period: str = "2017-H1") -> set[str]:
    return {
        c.key[2]
        for c in of.printed
        if c.kind == "printed" and c.key[:2] == (period, scope) and not c.key[2].startswith(OF_THE_COUNTY)
    }


@pytest.mark.parametrize("birth", BORN)
def test_an_age_group_of_one_area_is_zero_in_every_other(birth: date | None) -> None:
    cells = sheet([in_area(1, "south", birth)]).cells
    group = f"age {BORN[birth]}"
    assert {a: cells[H1, a, group].value for a in (*AREAS, COUNTY)} == {
        **dict.fromkeys(AREAS, 0),
        "south": 1,
        COUNTY: 1,
    }


def test_an_area_may_have_an_age_that_the_county_has_not() -> None:
    """Of one child a birth date is known by the episode in north alone: in the county its age is known."""
    cells = sheet([in_area(1, "north", date(2002, 9, 1)), in_area(1, "south", None)]).cells
    assert (cells[H1, "south", "age age not known"].value, cells[H1, COUNTY, "age age not known"].value) == (1, 0)
    assert cells[H1, COUNTY, "age 13-15"].value == 1


WHO = st.lists(st.tuples(st.integers(1, 12), st.sampled_from(AREAS), st.sampled_from(list(BORN))), max_size=25)


@given(WHO)
@settings(max_examples=30, deadline=None)
def test_whoever_is_missing_the_sheet_has_the_same_cells_and_its_sums_hold(
    who: list[tuple[int, str, date | None]],
) -> None:
    found, empty = sheet([in_area(*one) for one in who]), sheet([])
    for scope in (*AREAS, COUNTY):
        assert measures(found, scope) == measures(empty, scope) == measures(found, COUNTY)
        ages = [found.cells[H1, scope, f"age {g}"].value for g in age_groups(partnership())]
        assert sum(ages) == found.cells[H1, scope, "children"].value
        for quarter in ("2017-Q1", "2017-Q2"):
            assert measures(found, scope, quarter) == {m for m in measures(found, scope) if "setting" not in m}
        assert measures(found, scope, "2017-05") == {"children", "episodes"}
    try:
        printed = printed_counts(found, MemoryFacts().chance)
    except NotSafe:  # rare: as below
        return
    counts = [c for c in found.printed if c.kind == "printed"]
    assert not [c.key for c in counts if 1 <= c.value <= 5 and printed[c.key] is not None]


def test_hardly_any_small_county_is_refused() -> None:
    """The ten children with most episodes have all of them here: 100 %, in every alternative table too."""
    refused = []
    for seed in range(400, 430):
        drawn = random.Random(seed)
        who = [(drawn.randint(1, 12), drawn.choice(AREAS), drawn.choice(list(BORN))) for _ in range(20)]
        try:
            printed_counts(sheet([in_area(*one) for one in who]), MemoryFacts().chance)
        except NotSafe:
            refused.append(seed)
    assert len(refused) <= 1, refused


def test_quarters_and_months_add_up_to_their_half_year() -> None:
    found = sheet([in_area(n, "north", None) for n in range(1, 9)])
    episodes = {label: found.cells[label, COUNTY, "episodes"].value for label in (H1, "2017-Q1", "2017-Q2", "2017-05")}
    assert episodes == {H1: 8, "2017-Q1": 0, "2017-Q2": 8, "2017-05": 8}
    whole, part = (H1, COUNTY, "episodes"), ("2017-Q2", COUNTY, "episodes")
    assert any({whole, part} <= {k for k, _ in r.terms} for r in found.relations)


def test_interviews_that_were_late_by_a_reason_of_no_list_are_among_the_others() -> None:
    back = MAY + hours(3)
    late = [interview(back, held_at=back + hours(90), outcome_reason=r) for r in ("moon", "other", "capacity", None)]
    found = sheet([replace(in_area(n, "north", None), interview=i) for n, i in enumerate(late, 1)])
    counts = {
        c.key[2]: c.value for c in found.printed if c.key[2].startswith("late: ") and c.kind == "printed" and c.value
    }
    assert counts == {"late: other": 2, "late: capacity": 1, "late: none": 1, "late: all": 4}
    whole = {(H1, COUNTY, m) for m in ("interviews: due", "interviews: held_in_time", "late: all")}
    assert any(whole == {k for k, _ in r.terms} and r.left is None for r in found.relations)


def test_with_a_year_its_other_half_is_on_the_sheet() -> None:
    facts = MemoryFacts([in_area(1, "north", None)])
    half, year = parse_period("2017-H2", NOW), parse_period("2017", NOW)
    found = sheet_of(facts, partnership(), half, NOW, year)
    labels = {key[0] for key in found.cells}
    assert {"2017", H1, "2017-H2", "2017-Q1", "2017-Q4", "2017-01", "2017-12"} <= labels
    assert found.cells["2017", COUNTY, "children"].value == 1


def test_the_census_of_the_last_day_is_the_countys() -> None:
    groups = [
        LookedAfter(False, "residential", "R-01", 9),
        LookedAfter(False, "residential", "R-05", 20),
        LookedAfter(False, "residential", "elsewhere", 8),
        LookedAfter(False, "own_foster", None, 100),
        LookedAfter(False, None, None, 2),
        LookedAfter(True, "semi_independent", None, 30),
    ]
    ours = partnership()
    owner = {code: p.ownership for p in ours.providers if p.kind == "residential" for code in p.codes}
    assert {owner["R-01"], owner["R-05"]} == {"own", "private"}
    facts = MemoryFacts([], population={date(2017, 6, 30): groups, date(2017, 6, 29): groups * 2})
    found = sheet_of(facts, ours, parse_period(H1, NOW), NOW)
    census = {k[2].removeprefix("census: "): c.value for k, c in found.cells.items() if k[2].startswith("census: ")}
    assert {name: n for name, n in census.items() if n and "%" not in name} == {
        "all": 169,
        "uasc": 30,
        "others": 139,
        "residential": 37,
        "own_foster": 100,
        "not known": 2,
        f"residential, {owner['R-01']}": 9,
        f"residential, {owner['R-05']}": 20,
    }
    assert {k[:2] for k in found.cells if k[2].startswith("census: ")} == {(H1, COUNTY)}


def test_the_kinds_of_placement_are_those_that_the_children_file_may_have() -> None:
    assert set(PLACEMENTS) <= set(PLACEMENT.meanings)


def test_without_the_children_file_nothing_is_said_of_cohorts_or_of_looked_after_children() -> None:
    facts = MemoryFacts([in_area(1, "north", None)], taken=sources(children=None))
    found = sheet_of(facts, partnership(), parse_period(H1, NOW), NOW)
    assert not [k for k in found.cells if k[2].startswith(("lac", "uasc", "cp", "not-lac", "census"))]
