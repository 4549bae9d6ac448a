"""Rounding: zero stays zero, a small count is c, and every other count goes to a multiple of 5 beside it by chance."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.disclosure.rounding import interval, is_small, most_hidden, round_by_chance, round_count


def sides(count: int, threshold: int) -> set[int | None]:
    """Return what chance may print of a count."""
    return {round_by_chance(count, chance, threshold) for chance in (0.0, 0.999)}


counts, thresholds = st.integers(0, 5000), st.integers(2, 30)


@pytest.mark.parametrize(
    ("count", "printed"), [(0, 0), (1, None), (5, None), (7, None), (8, 10), (12, 10), (13, 15), (603, 605)]
)
def test_a_count_is_rounded_to_the_nearest_multiple_of_five_and_a_small_one_is_hidden(
    count: int, printed: int | None
) -> None:
    assert round_count(count) == printed


@pytest.mark.parametrize(("threshold", "most"), [(2, 2), (4, 2), (5, 7), (9, 7), (10, 12)])
def test_the_threshold_decides_which_counts_are_small(threshold: int, most: int) -> None:
    assert most_hidden(threshold) == most
    assert round_count(most, threshold) is None
    assert round_count(most + 1, threshold) == most + 3


@given(counts, thresholds)
def test_a_printed_count_is_of_every_count_in_its_interval_and_of_no_other(count: int, threshold: int) -> None:
    for printed in sides(count, threshold):
        least, most = interval(printed, threshold)
        assert least <= count <= most
        assert all(printed in sides(n, threshold) for n in range(least, most + 1))
        assert all(printed not in sides(n, threshold) for n in (least - 1, most + 1) if n >= 0)


@given(counts, thresholds)
def test_a_printed_count_is_at_most_four_away(count: int, threshold: int) -> None:
    assert all(n is None or abs(n - count) <= 4 for n in sides(count, threshold))


@pytest.mark.parametrize(
    ("count", "of_ten"),
    [(30, {30: 10}), (31, {30: 8, 35: 2}), (33, {35: 6, 30: 4}), (6, {None: 8, 10: 2}), (8, {10: 10}), (5, {None: 10})],
)
def test_a_count_goes_to_the_nearer_multiple_more_often(count: int, of_ten: dict[int | None, int]) -> None:
    assert Counter(round_by_chance(count, n / 10 + 0.05) for n in range(10)) == of_ten


@given(counts, counts, thresholds)
def test_a_larger_count_is_never_printed_as_a_smaller_one(one: int, two: int, threshold: int) -> None:
    printed = [round_count(n, threshold) for n in sorted((one, two))]
    shown = [n for n in printed if n is not None]
    assert shown == sorted(shown)


@given(counts, thresholds)
def test_no_printed_count_is_small(count: int, threshold: int) -> None:
    assert all(n is None or not is_small(n, threshold) for n in sides(count, threshold))
    assert [n for n in range(12) if is_small(n, 5)] == [1, 2, 3, 4, 5]
