"""Figures for more than one person: never a small count, never a changed one, the same every time."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.disclosure.released import (
    KPI_PARTS,
    LOW_BASE,
    ReleasedChange,
    ReleasedFrequency,
    ReleasedRate,
    ReleasedTally,
    cell,
    count_label,
    kpi_rates,
    note,
    released_rate_change,
)
from bot.rules.disclosure.rounding import either_way, round_by_chance
from bot.rules.disclosure.sheet import whole_percent
from bot.rules.figures import InterviewTally, kpis


@pytest.mark.parametrize(
    ("part", "whole", "exact", "text", "percent"),
    [
        (170, 190, 90, "170/190 90%", Decimal(90)),
        (8, 16, None, "8/16", None),
        (160, 160, 99, "160/160 99%", Decimal(99)),
        (None, 190, 2, "c/190", None),
        (40, None, 2, "40/c", None),
        (0, 20, 0, "0/20 0%", Decimal(0)),
        (0, 0, None, "0/0", None),
    ],
)
def test_a_rate_is_of_printed_counts_and_the_exact_percentage(
    part: int | None, whole: int | None, exact: int | None, text: str, percent: Decimal | None
) -> None:
    rate = ReleasedRate(part, whole, exact)
    assert (rate.text, rate.percent) == (text, percent)


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (720, 605, "-16%"),
        (None, 20, "c"),
        (20, None, "c"),
        (95, 20, "low base"),
        (0, 20, "low base"),
        (100, 100, "0%"),
    ],
)
def test_a_change_of_printed_counts(old: int | None, new: int | None, text: str) -> None:
    assert ReleasedChange(old, new).text == text
    assert released_rate_change(old, 181, new, 181) == text


@pytest.mark.parametrize(("children", "per_child"), [(255, Decimal("2.4")), (None, None), (0, None)])
def test_a_ratio_of_printed_counts(children: int | None, per_child: Decimal | None) -> None:
    assert ReleasedFrequency(children, 605, None, None, None, None).per_child == per_child


@given(st.lists(st.integers(0, 500), min_size=12, max_size=12))
def test_the_same_interview_figures_as_the_true_ones(values: list[int]) -> None:
    """With nothing hidden a released rate is the rate in whole percent."""
    true = InterviewTally(*values)
    counts = {n: getattr(true, n) for n in ReleasedTally.__dataclass_fields__ if n != "percents"}
    percents = {(a, b): whole_percent(counts[a], counts[b]) for a, b in KPI_PARTS.values() if counts[b] >= counts[a]}
    released = ReleasedTally(percents, **counts)
    assert set(KPI_PARTS) == {k.id for k in kpis(true)}
    for (k, a), (_, b) in zip(kpi_rates(true), kpi_rates(released), strict=True):
        assert (a.numerator, a.denominator) == (b.numerator, b.denominator), k.id
        if a.percent is not None and b.percent is not None:
            assert abs(a.percent - b.percent) <= Decimal(1)


def test_a_hidden_count_is_written_c_and_a_zero_as_zero() -> None:
    assert [count_label(n) for n in (None, 0, 12)] == ["c", "0", "12"]
    assert [cell(n) for n in (None, 0, 12)] == ["c", 0, 12]


@pytest.mark.parametrize(
    ("old", "new", "difference"), [(721, 603, -118), (603, 721, 118), (None, 20, None), (20, None, None), (0, 0, 0)]
)
def test_a_difference_of_printed_counts_alone(old: int | None, new: int | None, difference: int | None) -> None:
    assert ReleasedChange(old, new).difference == difference


@pytest.mark.parametrize(("old", "low"), [(0, True), (95, True), (100, False), (None, False)])
def test_below_a_hundred_the_base_is_low(old: int | None, low: bool) -> None:
    assert ReleasedChange(old, 30).low_base is low


@given(st.integers(LOW_BASE, 5000), st.floats(0, 1, exclude_max=True), st.floats(0, 1, exclude_max=True))
def test_where_a_change_is_given_nothing_changed_is_at_most_eight_in_a_hundred(n: int, one: float, two: float) -> None:
    """As many of both periods, printed each by its own throw."""
    change = ReleasedChange(round_by_chance(n, one), round_by_chance(n, two))
    assert change.percent is None or abs(change.percent) <= 8


@pytest.mark.parametrize(
    ("threshold", "said"),
    [
        (5, "A 6 or 7 is printed as c or as 10. Other counts"),
        (6, "A 7 is printed as c or as 10. Other counts"),
        (8, "Other counts"),
    ],
)
def test_the_note_says_which_hidden_counts_may_be_printed_too(threshold: int, said: str) -> None:
    begin = "c: a count from 1 to 7, or one that would give such a count away. "
    assert note(threshold, 20).startswith(begin + said)
    for n in range(1, 30):
        sides = {round_by_chance(n, 0.0, threshold), round_by_chance(n, 0.999, threshold)}
        assert (None in sides and len(sides) == 2) == (n in either_way(threshold))


def test_the_note_says_that_a_part_may_be_printed_as_more_than_its_whole() -> None:
    assert "each by itself: rows need not add up, and a part may be printed as more than its whole." in note(5, 20)
    assert "each count may be up to 4 off; none is given on fewer than 100." in note(5, 20)
