"""What is hidden beside rounding: no reader who knows every other area exactly works out a small count."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.rules.disclosure.rounding import ENDLESS, THRESHOLD, interval, is_small, most_hidden, round_away, round_count
from bot.rules.disclosure.suppression import AreaTable, Key, NotSafe, Sheet, SheetMaker, find, printed_counts

PERIOD, COUNTY = "2017-H1", "county"
AREAS = ("north", "south")


def key(scope: str, measure: str) -> Key:
    return PERIOD, scope, measure


def sheet_of(counts: Mapping[str, Mapping[str, int]], whole: str = "", rest: tuple[str, str] | None = None) -> Sheet:
    """Make a sheet of areas with the county as their sum. `whole` has the other measures as its parts."""
    maker = SheetMaker()
    measures = list(next(iter(counts.values())))
    everything = {**counts, COUNTY: {m: sum(c[m] for c in counts.values()) for m in measures}}
    for scope, here in everything.items():
        for n, (measure, value) in enumerate(here.items()):
            maker.count(key(scope, measure), value, (int(scope == COUNTY), n))
        if whole:
            maker.parts(key(scope, whole), *(key(scope, m) for m in measures if m != whole))
        if rest:
            maker.rest(key(scope, rest[0]), key(scope, rest[1]))
    maker.share(COUNTY, tuple(counts))
    return maker.sheet()


def table_of(sheet: Sheet, area: str) -> AreaTable:
    return AreaTable(sheet, area, THRESHOLD, {c.key: round_count(c.value) for c in sheet.printed})


def by_place(sheet: Sheet, printed: Mapping[Key, int | None]) -> set[tuple[str, str]]:
    """Return the counts that rounding alone would print."""
    return {k[1:] for k, n in printed.items() if n is None and round_count(sheet.cells[k].value) is not None}


def test_counts_are_rounded_and_small_ones_hidden() -> None:
    sheet = sheet_of({"north": {"all": 21, "a": 21}, "south": {"all": 33, "a": 33}})
    assert {k[1:]: n for k, n in printed_counts(sheet).items()} == {
        ("north", "all"): 20,
        ("north", "a"): 20,
        ("south", "all"): 35,
        ("south", "a"): 35,
        ("county", "all"): 55,
        ("county", "a"): 55,
    }


def test_rounding_alone_protects_where_the_county_may_be_one_more_or_less() -> None:
    sheet = sheet_of({"north": {"a": 3}, "south": {"a": 27}})
    assert by_place(sheet, printed_counts(sheet)) == set()


def test_a_count_of_the_county_is_rounded_the_other_way_where_it_would_tell_the_last_area() -> None:
    """One child of north, and a county of 32 at most as 30 is printed: who knows that south has 31 knows the one."""
    sheet = sheet_of({"north": {"a": 1}, "south": {"a": 31}})
    assert interval(round_count(32)) == (28, 32)
    printed = printed_counts(sheet)
    assert printed[key(COUNTY, "a")] == 35 == round_away(32)
    assert by_place(sheet, printed) == set()


@pytest.mark.parametrize("rest", range(30, 35))
def test_who_has_the_program_cannot_tell_one_area_from_what_is_printed_of_the_county(rest: int) -> None:
    """Of 1 to 5 children in north, printed as `c` as 6 and 7 are, each printed county leaves several readings."""
    readings: dict[int | None, set[int]] = {}
    for n in range(1, most_hidden() + 1):
        printed = printed_counts(sheet_of({"north": {"a": n}, "south": {"a": rest}}))
        readings.setdefault(printed[key(COUNTY, "a")], set()).add(n)
    assert all(len(each) > 1 for each in readings.values() if any(map(is_small, each))), readings


def test_the_other_side_of_a_count_is_a_multiple_that_may_be_printed() -> None:
    assert round_away(35) is None
    assert round_away(8) is None, "5 is never printed"
    assert [round_away(n) for n in (32, 33, 34, 36)] == [35, 30, 30, 40]


def test_a_printed_zero_stays() -> None:
    sheet = sheet_of({"north": {"all": 2, "a": 2, "b": 0}, "south": {"all": 30, "a": 30, "b": 0}}, "all")
    printed = printed_counts(sheet)
    assert all(printed[key(scope, "b")] == 0 for scope in (*AREAS, COUNTY))


def test_a_remainder_that_nobody_prints_is_a_count_too() -> None:
    """20 children and 18 of them looked after: the rounded 20 and 20 leave open how many are not."""
    sheet = sheet_of({"north": {"all": 20, "a": 18}, "south": {"all": 60, "a": 30}}, rest=("all", "a"))
    table = table_of(sheet, "north")
    assert [table.keys[i][0][1] for i in table.small()] == ["north"]
    assert find(table, table.small()[0])[0]


def test_what_was_printed_before_stays_as_it_was() -> None:
    sheet = sheet_of({"north": {"a": 3}, "south": {"a": 27}})
    given_before = {key("south", "a"): None, key("county", "a"): 30}
    printed = printed_counts(sheet, given=given_before)
    assert {k: printed[k] for k in given_before} == given_before


def test_a_sheet_that_would_have_to_hide_what_was_printed_is_not_safe() -> None:
    sheet = sheet_of({"north": {"a": 1}, "south": {"a": 31}})
    with pytest.raises(NotSafe):
        printed_counts(sheet, kept=[key("county", "a")])
    with pytest.raises(NotSafe):
        printed_counts(sheet, given={key("county", "a"): 30})


def test_a_figure_printed_before_later_records_says_nothing_of_them() -> None:
    """The county was 20 when it was printed and is 33 now: it bounds nothing."""
    sheet = sheet_of({"north": {"a": 1}, "south": {"a": 32}})
    assert printed_counts(sheet, given={key("county", "a"): 20})[key("county", "a")] == 20


def test_other_sums_and_bounds() -> None:
    maker = SheetMaker()
    for measure, value in (("a", 3), ("b", 10), ("c", 16)):
        maker.count(key("county", measure), value)
    maker.sums([(key("county", "a"), 2), (key("county", "b"), 1)], [(key("county", "c"), 1)])
    maker.sums([(key("county", "a"), 1)], [(key("county", "c"), 1)])
    maker.at_most([(key("county", "b"), 1)], [(key("county", "c"), 1)])
    maker.at_most([(key("county", "c"), 1)], [(key("county", "b"), 1)])
    maker.twice(key("county", "c"), key("county", "a"), key("county", "b"))
    maker.twice(key("county", "b"), key("county", "a"), key("county", "c"))
    sheet = maker.sheet()
    assert len(sheet.relations) == 3, "of what does not hold there is no relation"
    assert [c.value for c in sheet.cells.values() if c.kind == "gap"] == [6]
    assert [c.value for c in sheet.cells.values() if c.kind == "rest"] == [9]


PARTS = st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))


def readings(sheet: Sheet, printed: Mapping[Key, int | None], area: str) -> list[dict[Key, int]]:
    """Return every table that prints the same, the other areas as they are. Hidden counts are tried up to 30."""
    ours = [k for k in sheet.cells if k[1] == area and sheet.cells[k].kind == "printed"]
    county = {k: (k[0], COUNTY, k[2]) for k in ours}

    def may_be(k: Key) -> range:
        least, most = (1, 30) if printed[k] is None else interval(printed[k])
        if printed[k] == round_away(sheet.cells[k].value) is not None:
            least, most = min(least, sheet.cells[k].value), max(most, sheet.cells[k].value)
        return range(least, most + 1)

    found = []
    for values in product(*(may_be(k) for k in ours)):
        table = dict(zip(ours, values, strict=True))
        if table[key(area, "all")] != sum(v for k, v in table.items() if k[2] != "all"):
            continue
        if all(sheet.cells[county[k]].value + v - sheet.cells[k].value in may_be(county[k]) for k, v in table.items()):
            found.append(table)
    return found


@given(PARTS, PARTS)
@settings(max_examples=40, deadline=None)
def test_a_reader_who_knows_the_other_area_works_out_no_small_count(
    one: tuple[int, int, int], two: tuple[int, int, int]
) -> None:
    assume(any(one) and any(two))
    counts = {a: {"all": sum(c), **dict(zip("abc", c, strict=True))} for a, c in zip(AREAS, (one, two), strict=True)}
    sheet = sheet_of(counts, "all")
    printed = printed_counts(sheet)
    for area in AREAS:
        tables = readings(sheet, printed, area)
        for k in tables[0]:
            if is_small(sheet.cells[k].value):
                assert len({t[k] for t in tables}) > 1, (k, printed)


@given(PARTS, PARTS)
def test_the_same_every_time(one: tuple[int, int, int], two: tuple[int, int, int]) -> None:
    counts = {a: {"all": sum(c), **dict(zip("abc", c, strict=True))} for a, c in zip(AREAS, (one, two), strict=True)}
    printed = printed_counts(sheet_of(counts, "all"))
    assert printed_counts(sheet_of(counts, "all")) == printed
    assert printed_counts(sheet_of(counts, "all"), given=printed) == printed


@given(PARTS, PARTS, st.integers(3, 40))
def test_no_small_count_is_printed_and_every_other_is_rounded_or_hidden(
    one: tuple[int, int, int], two: tuple[int, int, int], times: int
) -> None:
    counts = {
        a: {"all": sum(c) * times, **{m: v * times for m, v in zip("abc", c, strict=True)}}
        for a, c in zip(AREAS, (one, two), strict=True)
    }
    sheet = sheet_of(counts, "all")
    for k, n in printed_counts(sheet).items():
        assert n in (None, round_count(sheet.cells[k].value), round_away(sheet.cells[k].value))
        assert n is not None or sheet.cells[k].value


def test_a_cell_in_a_table_moves_within_what_is_printed_of_the_area_and_the_county() -> None:
    table = table_of(sheet_of({"north": {"a": 3}, "south": {"a": 29}}), "north")
    (i,) = {table.at[key("north", "a")], table.at[key("county", "a")]}
    assert [by for by in range(-4, 6) if table.may_move(i, by)] == [-2, -1, 0]
    assert table.in_the_way(i, 1) == [key("county", "a")]
    table.hide(key("county", "a"))
    assert table.bounds[key("county", "a")] == (-31, ENDLESS)
    assert [by for by in range(-4, 6) if table.may_move(i, by)] == [-2, -1, 0, 1, 2, 3, 4]
    assert table.in_the_way(i, 5) == [key("north", "a")]
    assert table.in_the_way(i, -3) == [], "a hidden count is not zero"
