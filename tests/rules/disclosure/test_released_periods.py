"""Half-years beyond one person: whatever the year was when each was shown, no two of them overlap."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.disclosure.released_periods import (
    may_be_released,
    newest_released,
    overlapping,
    shown_before_the_copy,
)
from bot.rules.model import Period
from bot.rules.time.clock import add_months
from bot.rules.time.period import half_year_of, period_of, previous


def half(year: int, month: int) -> Period:
    first = date(year, month, 1)
    return period_of(first, add_months(first, 6) - timedelta(days=1))


months = st.integers(1, 12)
halves = st.builds(half, st.integers(2014, 2020), months)
#: What is done one after the other: a new `year_begins`, a question for one period, or for the newest ones.
steps = st.lists(
    st.one_of(months, halves, st.dates(date(2015, 1, 1), date(2020, 12, 31)).map(lambda d: (d,))), max_size=40
)


@given(steps)
def test_no_two_periods_ever_shown_overlap(steps: list[int | Period | tuple[date]]) -> None:
    shown: list[Period] = []
    begins = 1
    for step in steps:
        if isinstance(step, int):
            begins = step
            continue
        asked = [step] if isinstance(step, Period) else []
        if isinstance(step, tuple) and (newest := newest_released(step[0], shown, begins)):
            asked = [newest, *([p] if (p := newest_released(newest.first, shown, begins)) else [])]
        # Several in one answer are each judged by what was shown before it.
        shown += [p for p in asked if p not in shown and may_be_released(p, tuple(shown), begins)]
        assert all(one.last < two.first or two.last < one.first for one, two in combinations(shown, 2))


@given(months, st.lists(halves, max_size=4), halves)
def test_what_was_shown_may_be_shown_again(begins: int, others: list[Period], period: Period) -> None:
    assert may_be_released(period, [*others, period], begins)


@given(months, months)
def test_a_new_year_holds_from_the_end_of_the_last_period_shown(old: int, new: int) -> None:
    last = half_year_of(date(2017, 5, 10), old)
    of_the_old, of_the_new = previous(last), half_year_of(last.last + timedelta(days=1), new)
    if of_the_new.first <= last.last:
        assert not may_be_released(of_the_new, [last], new) or of_the_new == last
        of_the_new = half_year_of(of_the_new.last + timedelta(days=1), new)
    assert may_be_released(of_the_old, [last], new), "until there the old one holds"
    assert may_be_released(of_the_new, [last], new)
    assert newest_released(last.last, [last], new) == last


@pytest.mark.parametrize(
    ("period", "may"),
    [
        (half(2017, 1), True),
        (half(2016, 7), True),  # not shown yet, of the year as it began then
        (half(2016, 10), False),
        (half(2017, 4), False),
        (half(2017, 7), False),
        (half(2017, 10), True),
        (half(2015, 4), False),
        (period_of(date(2018, 4, 1), date(2018, 6, 30)), True),  # a quarter
        (period_of(date(2018, 5, 1), date(2018, 7, 31)), False),
        (period_of(date(2018, 5, 1), date(2018, 5, 31)), True),  # a month
        (period_of(date(2017, 8, 1), date(2017, 8, 31)), False),  # between the years
        (period_of(date(2018, 4, 1), date(2019, 3, 31)), True),  # a year
        (period_of(date(2018, 1, 1), date(2018, 12, 31)), False),
        (period_of(date(2017, 10, 1), date(2018, 9, 30)), False),
        (period_of(date(2018, 4, 1), date(2018, 7, 31)), False),
    ],
    ids=lambda value: value.label if isinstance(value, Period) else "",
)
def test_after_june_2017_the_year_begins_in_april(period: Period, may: bool) -> None:
    assert may_be_released(period, [half(2017, 1)], 4) is may


def test_the_newest_in_the_gap_is_the_last_of_the_old_year() -> None:
    newest = [newest_released(date(2018, month, 28), [half(2017, 1)], 4) for month in (1, 3, 4)]
    assert newest == [half(2017, 1), half(2017, 1), half(2017, 10)]
    assert newest_released(date(1990, 3, 1), [], 1) is None


# -- restored from a backup --


def test_what_may_have_been_shown_since_the_backup_counts_as_shown() -> None:
    """The backup knows the second half of 2016; meanwhile the first of 2017 may have been shown."""
    today, known = date(2017, 7, 5), [half(2016, 7)]
    assert shown_before_the_copy(known, half(2017, 1), today) == half(2017, 1)
    assert shown_before_the_copy([], half(2017, 1), today) == half(2017, 1)
    assert shown_before_the_copy([half(2017, 1)], half(2017, 1), today) is None


@given(st.dates(date(2017, 1, 2), date(2019, 12, 31)), months)
def test_where_the_year_changed_nothing_between_backup_and_restore_is_shown_any_more(today: date, begins: int) -> None:
    known = half(2016, 7)
    last = previous(half_year_of(today, begins))
    kept = shown_before_the_copy([known], last, today)
    shown = [known, *([kept] if kept else [])]
    assert overlapping(known, shown) is None
    if (last.first.month - known.first.month) % 6:
        for month in range(1, 13):
            for period in (half(2017, month), half(2018, month)):
                if known.last < period.first <= today:
                    assert not may_be_released(period, shown, begins)


def test_of_several_later_half_years_the_next_one_says_how_the_year_began() -> None:
    """The year began in January until 2018, then in April: days of 2016 belong to a year from January."""
    shown = [half(2018, 1), half(2018, 10)]
    assert may_be_released(half(2016, 7), shown, 4)
    assert not may_be_released(half(2016, 4), shown, 4)


@pytest.mark.parametrize(
    ("shown", "overlaps"),
    [(half(2016, 9), True), (half(2017, 6), True), (half(2016, 7), False), (half(2017, 7), False)],
)
def test_one_month_in_common_is_an_overlap_and_a_neighbour_is_none(shown: Period, overlaps: bool) -> None:
    assert (overlapping(half(2017, 1), [shown]) == shown) is overlaps


def test_one_day_in_common_is_an_overlap() -> None:
    first_day, last_day = (period_of(day, day) for day in (date(2017, 1, 1), date(2017, 6, 30)))
    for day in (first_day, last_day):
        assert overlapping(half(2017, 1), [day]) == day
    for beside in (date(2016, 12, 31), date(2017, 7, 1)):
        assert overlapping(half(2017, 1), [period_of(beside, beside)]) is None


@pytest.mark.parametrize(
    ("until", "newest"),
    [(date(2017, 6, 29), half(2016, 7)), (date(2017, 6, 30), half(2017, 1)), (date(2017, 7, 1), half(2017, 1))],
)
def test_a_half_year_may_be_shown_from_its_last_day_on(until: date, newest: Period) -> None:
    assert newest_released(until, [], 1) == newest


def test_what_a_restore_leaves_out_is_no_half_year_that_could_be_shown_again() -> None:
    """From July to December the days until today would be a half-year: a day more, so that they are none."""
    known = half(2017, 1)
    for today in (date(2017, 12, 30), date(2017, 12, 31), date(2018, 1, 1)):
        kept = shown_before_the_copy([known], half(2017, 4), today)
        assert kept is not None
        assert (kept.first, kept.last >= today) == (date(2017, 7, 1), True)
        assert kept != half(2017, 7)
    assert shown_before_the_copy([known], half(2017, 4), date(2017, 6, 30)) is None
    first = shown_before_the_copy([known], half(2017, 4), date(2017, 7, 1))
    assert first is not None
    assert (first.first, first.last) == (date(2017, 7, 1), date(2017, 7, 1))
