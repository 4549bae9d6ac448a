"""Known days: since the records began, over, reached by the export, and in no month without a record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.model import Period
from bot.rules.time.clock import Span, add_months, by_month, day_start, months
from bot.rules.time.known import MANY, Known, known_part
from tests.support.factories import NOW, at

BEGINS = date(2016, 7, 1)
H2_2016 = Period("2016-H2", date(2016, 7, 1), date(2016, 12, 31))
H1_2017 = Period("2017-H1", date(2017, 1, 1), date(2017, 6, 30))
H2_2017 = Period("2017-H2", date(2017, 7, 1), date(2017, 12, 31))
YEAR_2016 = Period("2016", date(2016, 1, 1), date(2016, 12, 31))


def known(
    period: Period,
    empty: tuple[str, ...] = (),
    *,
    begins: date | None = BEGINS,
    taken_at: datetime | None = NOW,
    now: datetime = NOW,
    usual: int = 100,
) -> Known:
    """Return what is known of a county with as many records a month as usual, but none in the empty months."""
    return known_part(period, now, begins, taken_at, counting(lambda m: 0 if f"{m.first:%Y-%m}" in empty else usual))


def counting(one: Callable[[Span], int]) -> Callable[[Span], list[int]]:
    """Return the numbers of records in each month of some months."""
    return lambda span: [one(month) for month in by_month(*span)]


@pytest.mark.parametrize(
    ("part", "days", "limits"),
    [
        (known(H1_2017), 181, ()),
        (known(YEAR_2016), 184, ("known only from 1 Jul 2016",)),
        (known(H2_2017), 4, ("not over: 4 of 184 days",)),
        (known(Period("day", date(2017, 7, 5), date(2017, 7, 5))), 0, ("not over: 0 of 1 day",)),
        (known(H1_2017, taken_at=at("Thu 29 Jun 2017 08:00")), 179, ("known only to 28 Jun 2017",)),
        (
            known(H2_2017, taken_at=at("Tue 4 Jul 2017 06:00")),
            3,
            ("not over: 4 of 184 days", "known only to 3 Jul 2017"),
        ),
        (known(H2_2016, ("2016-09",)), 154, ("no record in Sep 2016 (not known whether none)",)),
        (
            known(H1_2017, ("2017-01", "2017-02", "2017-05")),
            181 - 31 - 28 - 31,
            ("no record in Jan 2017 to Feb 2017, May 2017 (not known whether none)",),
        ),
        (known(H1_2017, taken_at=None), 0, ()),
    ],
)
def test_a_period_says_what_is_not_known_of_it(part: Known, days: int, limits: tuple[str, ...]) -> None:
    assert (part.days, part.limits) == (days, limits)


def test_a_month_that_is_all_gap_is_not_known() -> None:
    month = Period("2016-09", date(2016, 9, 1), date(2016, 9, 30))
    assert known(month, ("2016-09",)).all_gap
    assert known(Period("days", date(2016, 9, 10), date(2016, 9, 20)), ("2016-09",)).all_gap
    assert not known(H2_2016, ("2016-09",)).all_gap
    assert not known(month).all_gap


def test_days_after_the_export_are_not_reached() -> None:
    taken = at("Mon 3 Jul 2017 06:00")
    days = {n: known(Period("day", date(2017, 7, n), date(2017, 7, n)), taken_at=taken) for n in (2, 3, 4)}
    assert {n: day.unreached for n, day in days.items()} == {2: False, 3: False, 4: True}
    assert not known(H2_2017, taken_at=None).unreached


def test_one_that_is_not_over_is_no_gap() -> None:
    assert known(H2_2017, ("2017-07",)).gaps == ()
    assert known(H1_2017, ("2017-06",), taken_at=at("Fri 30 Jun 2017 08:00")).gaps == ()
    assert known(H1_2017, ("2017-06",)).gaps == (months(2017, 6, 1),), "the newest month that is over"
    assert known(H2_2016, ("2016-07",)).gaps == (months(2016, 7, 1),), "the first one"


def test_a_month_known_in_part_is_no_gap() -> None:
    assert known(H2_2016, ("2016-07",), begins=date(2016, 7, 12)).gaps == ()


def test_without_any_record_nothing_is_a_gap() -> None:
    assert known(H1_2017, usual=0).gaps == ()
    assert known(H1_2017, usual=0).days == 181


def test_the_days_before_the_first_record_are_a_gap_where_nobody_said_when_records_begin() -> None:
    part = known_part(YEAR_2016, NOW, None, NOW, counting(lambda m: 100 if m.first >= BEGINS else 0))
    assert part.without_record == "no record in Jan 2016 to Jun 2016 (not known whether none)"
    assert part.days == 184


counts = st.lists(st.sampled_from([0, 0, 1, 9, 10, 11, 40, 200]), min_size=1, max_size=30)
FIRST = date(2015, 1, 1)


@given(counts, st.integers(0, 29), st.integers(1, 12))
def test_gaps_against_a_plain_reading(numbers: list[int], skip: int, length: int) -> None:
    """Of the months before and after, the nearest with a record: at least MANY on average."""
    spans = [months(d.year, d.month, 1) for d in (add_months(FIRST, n) for n in range(len(numbers)))]
    after = day_start(spans[-1].last + timedelta(days=1))
    first = add_months(FIRST, min(skip, len(numbers) - 1))
    period = Period("p", first, add_months(first, length) - timedelta(days=1))
    part = known_part(period, after, FIRST, after, counting(dict(zip(spans, numbers, strict=True)).__getitem__))
    expected = []
    for n, span in enumerate(spans):
        before = [c for c in numbers[:n] if c][-1:]
        later = [c for c in numbers[n + 1 :] if c][:1]
        beside = before + later
        inside = span.first <= period.last and span.last >= period.first
        if inside and numbers[n] == 0 and beside and sum(beside) / len(beside) >= MANY:
            expected.append(span)
    assert list(part.gaps) == expected
    assert part.days == sum(
        (s.last - s.first).days + 1 for s in spans if s.first >= period.first and s.last <= period.last
    ) - sum((s.last - s.first).days + 1 for s in expected)


@st.composite
def periods(draw: st.DrawFn) -> Period:
    first = draw(st.dates(date(2016, 1, 1), date(2017, 12, 31)))
    return Period("p", first, first + timedelta(days=draw(st.integers(0, 500))))


@given(
    periods(),
    st.none() | st.dates(date(2016, 1, 1), date(2017, 6, 1)),
    st.none() | st.integers(-100, 100),
    st.integers(0, 40),
)
def test_days_are_those_that_are_known_and_over(
    period: Period, begins: date | None, export: int | None, usual: int
) -> None:
    """Counted day by day; and a period that is not known and over whole always says so."""
    taken = None if export is None else NOW + timedelta(hours=7 * export)
    empty = ("2016-10", "2017-02", "2017-03")
    part = known(period, empty, begins=begins, taken_at=taken, usual=usual)
    days = [period.first + timedelta(days=n) for n in range(period.days)]
    midnights = [
        d
        for d in days
        if (begins is None or d >= begins)
        and taken is not None
        and day_start(d + timedelta(days=1)) <= min(NOW, taken)
        and not any(gap.first <= d <= gap.last for gap in part.gaps)
    ]
    assert part.days == len(midnights) <= period.days
    whole = part.days == period.days
    assert whole or part.limits or taken is None
    assert not (whole and part.limits)
    assert all(one.last < two.first for one, two in pairwise(part.gaps))
    assert usual >= MANY or part.gaps == ()
