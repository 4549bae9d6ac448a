"""What is hidden beside rounding: no reader who knows every other area exactly works out a small count."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.messages.suppression import AreaTable, NotSafe, printed_counts
from bot.rules.disclosure.rounding import Chance, interval, is_small, round_away, round_count
from bot.rules.disclosure.sheet import Key, Sheet, SheetMaker, whole_percent
from bot.store.encryption import Seal

PERIOD, COUNTY = "2017-H1", "county"
AREAS = ("north", "south")


def near(*_place: str | int) -> float:
    """Round every count to the nearest multiple, and hide no percentage."""
    return 0.999


def far(*_place: str | int) -> float:
    """Round every count to the other side, and hide every percentage."""
    return 0.0


def key(scope: str, measure: str) -> Key:
    return PERIOD, scope, measure


def sheet_of(
    counts: Mapping[str, Mapping[str, int]],
    whole: str = "",
    rest: tuple[str, str] | None = None,
    percent: tuple[str, str] | None = None,
) -> Sheet:
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
        if percent:
            maker.percent(key(scope, percent[0]), key(scope, percent[1]))
    maker.share(COUNTY, tuple(counts))
    return maker.sheet()


def by_place(sheet: Sheet, printed: Mapping[Key, int | None]) -> set[tuple[str, str]]:
    """Return the counts that rounding alone would print."""
    return {k[1:] for k, n in printed.items() if n is None and round_count(sheet.cells[k].value) is not None}


def test_counts_are_rounded_and_small_ones_hidden() -> None:
    sheet = sheet_of({"north": {"all": 21, "a": 21}, "south": {"all": 33, "a": 33}})
    assert {k[1:]: n for k, n in printed_counts(sheet, near).items()} == {
        ("north", "all"): 20,
        ("north", "a"): 20,
        ("south", "all"): 35,
        ("south", "a"): 35,
        ("county", "all"): 55,
        ("county", "a"): 55,
    }


def test_rounding_alone_protects_where_the_county_may_be_one_more_or_less() -> None:
    sheet = sheet_of({"north": {"a": 3}, "south": {"a": 27}})
    assert by_place(sheet, printed_counts(sheet, near)) == set()


def test_a_count_of_the_county_is_rounded_the_other_way_where_it_would_tell_the_last_area() -> None:
    """One child of north, and a county of 34 at most as 30 is printed: who knows that south has 33 knows the one."""
    sheet = sheet_of({"north": {"a": 1}, "south": {"a": 33}})
    assert (round_away(34), interval(30)) == (30, (26, 34))
    printed = printed_counts(sheet, far)
    assert printed[key("south", "a")] == 30, "the other side, where that tells nothing"
    assert printed[key(COUNTY, "a")] == 35
    assert by_place(sheet, printed) == set()


def test_the_chance_hides_one_percentage_of_ten() -> None:
    sheet = sheet_of({"north": {"all": 80, "a": 40}, "south": {"all": 60, "a": 30}}, percent=("a", "all"))
    percents = {k for k in sheet.percents if printed_counts(sheet, lambda *_: 0.1)[k] is None}
    assert percents == set()
    assert {k for k in sheet.percents if printed_counts(sheet, lambda *_: 0.099)[k] is None} == set(sheet.percents)


@pytest.mark.parametrize(("whole", "shown"), [(200, 60), (197, 61), (195, None)])
def test_the_chance_hides_no_percentage_of_a_whole_that_is_printed_as_200(whole: int, shown: int | None) -> None:
    """These dice hide each percentage that they may, and print 197 as 200."""
    sheet = sheet_of({"north": {"all": whole, "a": 120}, "south": {"all": 60, "a": 30}}, percent=("a", "all"))
    printed = printed_counts(sheet, far)
    assert printed[key("north", "a % of all")] == shown
    assert printed[key("south", "a % of all")] is None
    assert printed[key(COUNTY, "a % of all")] is not None


def test_the_other_side_of_a_count_is_a_multiple_that_may_be_printed() -> None:
    assert round_away(35) is None
    assert round_away(8) is None, "5 is never printed"
    assert [round_away(n) for n in (32, 33, 34, 36)] == [35, 30, 30, 40]


def test_a_printed_zero_stays() -> None:
    sheet = sheet_of({"north": {"all": 2, "a": 2, "b": 0}, "south": {"all": 30, "a": 30, "b": 0}}, "all")
    printed = printed_counts(sheet, near)
    assert all(printed[key(scope, "b")] == 0 for scope in (*AREAS, COUNTY))


def test_a_remainder_that_nobody_prints_is_a_count_too() -> None:
    """21 children and 18 of them looked after: whoever knows that all others of the county are must not know three."""
    sheet = sheet_of({"north": {"all": 21, "a": 18}, "south": {"all": 60, "a": 60}}, rest=("all", "a"))
    printed = printed_counts(sheet, near)
    spans = {k: (interval(n) if n is not None else (1, 10**6)) for k, n in printed.items()}
    assert spans[key("north", "all")][1] - spans[key("north", "a")][0] > 3


def test_a_percentage_is_of_the_exact_counts() -> None:
    sheet = sheet_of({"north": {"all": 73, "a": 33}, "south": {"all": 60, "a": 30}}, percent=("a", "all"))
    printed = printed_counts(sheet, near)
    assert printed[key("north", "a % of all")] == 45, "the rounded counts, 35 of 75, would be 47%"
    assert printed[key(COUNTY, "a % of all")] == 47


@pytest.mark.parametrize(("part", "whole", "percent"), [(0, 30, 0), (1, 400, 1), (399, 400, 99), (30, 30, 100)])
def test_only_none_is_no_percent_and_only_all_is_all(part: int, whole: int, percent: int) -> None:
    assert whole_percent(part, whole) == percent


def test_no_percentage_of_few_nor_of_a_hidden_count() -> None:
    sheet = sheet_of({"north": {"all": 17, "a": 9}, "south": {"all": 60, "a": 7}}, percent=("a", "all"))
    printed = printed_counts(sheet, near)
    assert [printed[key(area, "a % of all")] for area in AREAS] == [None, None]


def test_a_percentage_that_would_tell_a_small_count_is_hidden() -> None:
    """97% of 28 to 32 leaves exactly one out, whichever of them it is; so does 99% of 88 to 92 in the county."""
    counts = {"north": {"all": 30, "a": 29}, "south": {"all": 60, "a": 60}}
    printed = printed_counts(sheet_of(counts, rest=("all", "a"), percent=("a", "all")), near)
    percents = {scope: printed[key(scope, "a % of all")] for scope in (*AREAS, COUNTY)}
    assert percents == {"north": None, "south": 100, COUNTY: None}


def test_what_was_printed_before_stays_as_it_was() -> None:
    sheet = sheet_of({"north": {"a": 3}, "south": {"a": 27}})
    given_before = {key("south", "a"): None, key("county", "a"): 30}
    printed = printed_counts(sheet, near, given=given_before)
    assert {k: printed[k] for k in given_before} == given_before


def test_a_sheet_that_would_have_to_hide_what_was_printed_is_not_safe() -> None:
    sheet = sheet_of({"north": {"a": 1}, "south": {"a": 33}})
    assert printed_counts(sheet, far, kept=[key("county", "a")])[key("county", "a")] == 35
    with pytest.raises(NotSafe):
        printed_counts(sheet, near, given={key("county", "a"): 30})


def test_a_search_in_vain_is_not_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else each question in a channel of a small county would take seconds."""
    begun: list[AreaTable] = []
    search = AreaTable.protect

    def counted(table: AreaTable) -> bool:
        begun.append(table)
        return search(table)

    monkeypatch.setattr(AreaTable, "protect", counted)
    sheet = sheet_of({"north": {"b": 1}, "south": {"b": 33}})
    for _ in range(2):
        with pytest.raises(NotSafe):
            printed_counts(sheet, near, given={key("county", "b"): 30})
    assert len(begun) == 1


def test_a_figure_printed_before_later_records_says_nothing_of_them() -> None:
    """The county was 20 when it was printed and is 33 now: it bounds nothing."""
    sheet = sheet_of({"north": {"a": 1}, "south": {"a": 32}})
    assert printed_counts(sheet, near, given={key("county", "a"): 20})[key("county", "a")] == 20


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


CHANCES = st.integers(0, 255).map(lambda n: Seal(lambda: bytes([n]) * 32).chance)
PARTS = st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))


def readings(sheet: Sheet, printed: Mapping[Key, int | None], area: str) -> list[dict[Key, int]]:
    """Return every table that prints the same, the other areas as they are. Hidden counts are tried up to 30."""
    ours = [k for k in sheet.cells if k[1] == area and sheet.cells[k].kind == "printed"]
    county = {k: (k[0], COUNTY, k[2]) for k in ours}

    def may_be(k: Key) -> range:
        value, n = sheet.cells[k].value, printed[k]
        least, most = (min(1, value), 30) if n is None else interval(n)
        return range(least, most + 1)

    found = []
    for values in product(*(may_be(k) for k in ours)):
        table = dict(zip(ours, values, strict=True))
        if table[key(area, "all")] != sum(v for k, v in table.items() if k[2] != "all"):
            continue
        if all(sheet.cells[county[k]].value + v - sheet.cells[k].value in may_be(county[k]) for k, v in table.items()):
            found.append(table)
    return found


@given(PARTS, PARTS, CHANCES)
@settings(max_examples=40, deadline=None)
def test_a_reader_who_knows_the_other_area_works_out_no_small_count(
    one: tuple[int, int, int], two: tuple[int, int, int], chance: Chance
) -> None:
    assume(any(one) and any(two))
    counts = {a: {"all": sum(c), **dict(zip("abc", c, strict=True))} for a, c in zip(AREAS, (one, two), strict=True)}
    sheet = sheet_of(counts, "all")
    printed = printed_counts(sheet, chance)
    for area in AREAS:
        tables = readings(sheet, printed, area)
        for k in tables[0]:
            if is_small(sheet.cells[k].value):
                assert len({t[k] for t in tables}) > 1, (k, printed)


@given(PARTS, PARTS, CHANCES)
def test_the_same_every_time(one: tuple[int, int, int], two: tuple[int, int, int], chance: Chance) -> None:
    counts = {a: {"all": sum(c), **dict(zip("abc", c, strict=True))} for a, c in zip(AREAS, (one, two), strict=True)}
    printed = printed_counts(sheet_of(counts, "all"), chance)
    assert printed_counts(sheet_of(counts, "all"), chance) == printed
    assert printed_counts(sheet_of(counts, "all"), far, given=printed) == printed


@given(PARTS, PARTS, st.integers(3, 40), CHANCES)
def test_no_small_count_is_printed_and_every_other_is_rounded_or_hidden(
    one: tuple[int, int, int], two: tuple[int, int, int], times: int, chance: Chance
) -> None:
    counts = {
        a: {"all": sum(c) * times, **{m: v * times for m, v in zip("abc", c, strict=True)}}
        for a, c in zip(AREAS, (one, two), strict=True)
    }
    sheet = sheet_of(counts, "all")
    for k, n in printed_counts(sheet, chance).items():
        assert n in (None, round_count(sheet.cells[k].value), round_away(sheet.cells[k].value))
