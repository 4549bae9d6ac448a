"""Figures for more than one person: never a small count, never a changed one, the same every time."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.disclosure.released import (
    KPI_PARTS,
    ReleasedChange,
    ReleasedFrequency,
    ReleasedRate,
    ReleasedTally,
    cell,
    count_label,
    kpi_rates,
    released_rate_change,
)
from bot.rules.disclosure.suppression import Key, Sheet, SheetMaker, hidden_cells
from bot.rules.figures import InterviewTally, kpis

counts = st.integers(0, 40)
rows = st.lists(st.lists(counts, min_size=3, max_size=3), min_size=1, max_size=4)


def sheet_of(values: list[list[int]]) -> Sheet:
    """Make rows of three parts with their totals, the columns' totals, and a part of every first cell."""
    maker = SheetMaker()
    width = range(len(values[0]))
    for i, row in enumerate(values):
        for j, value in enumerate(row):
            maker.count((f"r{i}", f"c{j}"), value, (0, i, j))
        maker.count((f"r{i}", "of c0"), row[0] // 2, (0, i, 9))
        maker.rest((f"r{i}", "c0"), (f"r{i}", "of c0"))
        maker.count((f"r{i}", "all"), sum(row), (1, i))
        maker.parts((f"r{i}", "all"), *((f"r{i}", f"c{j}") for j in width))
    for j in width:
        maker.count(("all", f"c{j}"), sum(row[j] for row in values), (2, j))
        maker.parts(("all", f"c{j}"), *((f"r{i}", f"c{j}") for i in range(len(values))))
    return maker.sheet()


def shown(sheet: Sheet, hidden: frozenset[Key]) -> dict[Key, int]:
    return {c.key: c.value for c in sheet.printed if c.key not in hidden}


@given(rows, st.integers(1, 9))
def test_no_small_count_is_printed_zero_always_is_and_nothing_is_changed(values: list[list[int]], most: int) -> None:
    sheet = sheet_of(values)
    hidden = hidden_cells(sheet, most)
    assert not [v for v in shown(sheet, hidden).values() if 1 <= v <= most]
    assert not [c for c in sheet.printed if c.value == 0 and c.key in hidden]
    assert all(sheet.cells[key].value == value for key, value in shown(sheet, hidden).items())


@given(rows)
def test_the_same_every_time_and_again_over_what_is_hidden(values: list[list[int]]) -> None:
    sheet = sheet_of(values)
    hidden = hidden_cells(sheet)
    assert hidden_cells(sheet_of(values)) == hidden
    assert hidden_cells(sheet, given=hidden) == hidden


@given(rows)
def test_what_a_part_leaves_of_its_whole_is_a_count_too(values: list[list[int]]) -> None:
    sheet = sheet_of(values)
    printed = shown(sheet, hidden_cells(sheet))
    for i, row in enumerate(values):
        if (f"r{i}", "c0") in printed and (f"r{i}", "of c0") in printed:
            assert not 1 <= row[0] - row[0] // 2 <= 5


def test_one_small_count_takes_another_with_it_and_never_all() -> None:
    hidden = hidden_cells(sheet_of([[3, 20, 30], [25, 30, 35]]))
    assert ("r0", "c0") in hidden
    assert 4 <= len(hidden) < 11
    assert ("r0", "all") not in hidden


def test_which_other_count_does_not_depend_on_its_size() -> None:
    """Otherwise a reader who knows the program would learn that it is the smallest of those left."""
    some, others = ([[3, a, b], [40, 41, 42]] for a, b in ((20, 30), (30, 20)))
    assert hidden_cells(sheet_of(some)) == hidden_cells(sheet_of(others))


def test_two_hidden_ones_of_a_sum_of_two_would_be_one_each() -> None:
    maker = SheetMaker()
    for n, value in enumerate((1, 1, 30)):
        maker.count(("row", f"p{n}"), value, (0, n))
    maker.count(("row", "all"), 32, (1,))
    maker.parts(("row", "all"), *(("row", f"p{n}") for n in range(3)))
    assert hidden_cells(maker.sheet()) == {("row", "p0"), ("row", "p1"), ("row", "p2")}


@pytest.mark.parametrize(
    ("part", "whole", "text", "percent"),
    [
        (171, 188, "171/188 91.0%", Decimal("91.0")),
        (8, 16, "8/16", None),
        (None, 188, "c/188", None),
        (40, None, "40/c", None),
        (0, 20, "0/20 0.0%", Decimal("0.0")),
        (0, 0, "0/0", None),
    ],
)
def test_a_rate_of_printed_counts(part: int | None, whole: int | None, text: str, percent: Decimal | None) -> None:
    rate = ReleasedRate(part, whole)
    assert (rate.text, rate.percent) == (text, percent)


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (721, 603, "-16.4%"),
        (None, 20, "c"),
        (20, None, "c"),
        (9, 20, "low base"),
        (0, 20, "low base"),
        (10, 10, "0.0%"),
    ],
)
def test_a_change_of_printed_counts(old: int | None, new: int | None, text: str) -> None:
    assert ReleasedChange(old, new).text == text
    assert released_rate_change(old, 181, new, 181) == text


@pytest.mark.parametrize(("children", "per_child"), [(256, Decimal("2.36")), (None, None), (0, None)])
def test_a_ratio_of_printed_counts(children: int | None, per_child: Decimal | None) -> None:
    assert ReleasedFrequency(children, 603, None, None, None, None).per_child == per_child


@given(st.lists(st.integers(0, 500), min_size=12, max_size=12))
def test_the_same_interview_figures_as_the_true_ones(values: list[int]) -> None:
    """With nothing hidden and no base, a released rate is the rate."""
    true = InterviewTally(*values)
    released = ReleasedTally(0, *(getattr(true, n) for n in list(ReleasedTally.__dataclass_fields__)[1:]))
    assert set(KPI_PARTS) == {k.id for k in kpis(true)}
    for (k, a), (_, b) in zip(kpi_rates(true), kpi_rates(released), strict=True):
        assert (a.numerator, a.denominator) == (b.numerator, b.denominator), k.id
        assert a.percent == b.percent if a.denominator else b.percent is None


def test_a_hidden_count_is_written_c_and_a_zero_as_zero() -> None:
    assert [count_label(n) for n in (None, 0, 12)] == ["c", "0", "12"]
    assert [cell(n) for n in (None, 0, 12)] == ["c", 0, 12]


@pytest.mark.parametrize(
    ("old", "new", "difference"), [(721, 603, -118), (603, 721, 118), (None, 20, None), (20, None, None), (0, 0, 0)]
)
def test_a_difference_of_printed_counts_alone(old: int | None, new: int | None, difference: int | None) -> None:
    assert ReleasedChange(old, new).difference == difference


@pytest.mark.parametrize(("old", "low"), [(0, True), (9, True), (10, False), (None, False)])
def test_below_ten_the_base_is_low(old: int | None, low: bool) -> None:
    assert ReleasedChange(old, 30).low_base is low


def test_a_share_of_fewer_than_twenty_has_no_percentage() -> None:
    """Domain.md section 6.4: any percentage whose denominator is below 20."""
    assert ReleasedRate(7, 19).text == "7/19"
    assert ReleasedRate(7, 20).text == "7/20 35.0%"
    assert ReleasedRate(7, 19, 10).text == "7/19 36.8%"
