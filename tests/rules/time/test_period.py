"""Periods as people type them: one name for the same days, and for any text a period or a PeriodError."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bot.rules.model import Period
from bot.rules.time.clock import local_day
from bot.rules.time.period import (
    EXAMPLES,
    PeriodError,
    find_periods,
    following,
    half_year_of,
    parse_period,
    period_of,
    previous,
)

NOW = datetime(2017, 5, 10, 7, tzinfo=UTC)  # a Wednesday

WORDS = [
    # label, first, last, every way of saying it
    ("2017-H1", "2017-01-01", "2017-06-30", ["2017-H1", "H1-2017", "2017H1", "2017 h1", "h1 2017", "H12017"]),
    ("2017-H1", "2017-01-01", "2017-06-30", ["jan-jun 2017", "jan to jun 2017", "January – June 2017"]),
    ("2017-H1", "2017-01-01", "2017-06-30", ["2017-01-01..2017-06-30", "01/01/2017..30/06/2017"]),
    ("2017-H1", "2017-01-01", "2017-06-30", ["2017-01-01 to 2017-06-30", "1/1/2017 - 30/6/2017"]),
    ("2017-H1", "2017-01-01", "2017-06-30", ["this half", "This Half-Year", "2017-01..2017-06"]),
    ("2017-H1", "2017-01-01", "2017-06-30", ["from jan to jun 2017", "2017–H1", "2017 - H1", "2017-H1,"]),
    ("2016-H2", "2016-07-01", "2016-12-31", ["last half", "last half-year", "last half year", "2016-h2"]),
    ("2016-H2", "2016-07-01", "2016-12-31", ["july-december 2016", "jul 2016 - dec 2016", "last 1 half"]),
    ("2017-Q2", "2017-04-01", "2017-06-30", ["2017-Q2", "q2 2017", "this quarter", "apr-jun 2017"]),
    ("2017-Q1", "2017-01-01", "2017-03-31", ["last quarter", "last-1q", "2017Q1", "jan-mar 2017"]),
    ("2017-05", "2017-05-01", "2017-05-31", ["2017-05", "may 2017", "May-2017", "2017 may", "this month"]),
    ("2017-05", "2017-05-01", "2017-05-31", ["may2017", "2017-5", "1 may to 31 may 2017", "THIS  MONTH"]),
    ("2017-04", "2017-04-01", "2017-04-30", ["last month", "last-1m", "april 2017", "last 1 month"]),
    ("2016-09", "2016-09-01", "2016-09-30", ["sep 2016", "sept 2016", "September 2016", "2016-09"]),
    ("2017", "2017-01-01", "2017-12-31", ["2017", "this year", "jan-dec 2017", "2017-01..2017-12"]),
    (
        "2016",
        "2016-01-01",
        "2016-12-31",
        ["last year", "2016", "last 2 halves", "last 4 quarters", "last 1y"][:3],
    ),
    ("Nov 2016-Apr 2017", "2016-11-01", "2017-04-30", ["last-6m", "last 6 months", "last 6m", "Last–6M"]),
    ("Nov 2016-Feb 2017", "2016-11-01", "2017-02-28", ["nov 2016 - feb 2017", "nov 2016 to feb 2017"]),
    ("Feb-Apr 2017", "2017-02-01", "2017-04-30", ["last 3 months", "feb-apr 2017", "feb..apr 2017"]),
    ("2017-05-10", "2017-05-10", "2017-05-10", ["today", "2017-05-10", "10/05/2017", "10 May 2017"]),
    ("2017-05-09", "2017-05-09", "2017-05-09", ["yesterday", "last 1 day", "9/5/2017"]),
    (
        "2017-05-01..2017-05-07",
        "2017-05-01",
        "2017-05-07",
        ["last week", "last 1w", "2017-05-01 .. 2017-05-07"],
    ),
    ("2017-05-08..2017-05-14", "2017-05-08", "2017-05-14", ["this week", "8 may to 14 may 2017"]),
    ("2017-02-09..2017-05-09", "2017-02-09", "2017-05-09", ["last 90 days", "last 90d", "last-90d"]),
]
CASES = [(words, label, first, last) for label, first, last, ways in WORDS for words in ways]


@pytest.mark.parametrize(("words", "label", "first", "last"), CASES, ids=[c[0] for c in CASES])
def test_what_people_type(words: str, label: str, first: str, last: str) -> None:
    expected = Period(label, date.fromisoformat(first), date.fromisoformat(last))
    assert parse_period(words, NOW) == expected


def test_every_example_we_give_is_a_period() -> None:
    for words in EXAMPLES.split(", "):
        parse_period(words, NOW)


@pytest.mark.parametrize(
    "words",
    [
        *(
            "",
            " ",
            "north",
            "may",
            "jan-jun",
            "h1",
            "2017-H3",
            "2017-Q5",
            "q0 2017",
            "last",
            "this",
            "this 2 months",
        ),
        *("6m", "last-6", "last 6 x", "2017-H1-2", "2017-01-01..", "..2017-01-01", "2017-01-01...2017-02-01"),
        *("2016-H2 to 2017-H1", "foo 2017", "ja 2017", "20170", "٢٠١٧", "²017", "2017-\uff11", "OX-7QK4"),
    ],
)
def test_what_is_not_a_period(words: str) -> None:
    with pytest.raises(PeriodError, match=r"I do not know that period\. Write for example 2017-H1"):
        parse_period(words, NOW)


@pytest.mark.parametrize(
    "words",
    ["2017-13", "2017-00", "2017-02-29", "31/11/2017", "30 feb 2017", "2017-01-01..2017-02-30", "0000-01"],
)
def test_what_the_calendar_does_not_have(words: str) -> None:
    with pytest.raises(PeriodError, match="The calendar has no such date"):
        parse_period(words, NOW)


@pytest.mark.parametrize("words", ["1989", "2101-H1", "0001", "1989-12-31..1990-01-02", "last 30 years"])
def test_years_out_of_range(words: str) -> None:
    with pytest.raises(PeriodError, match="between 1990 and 2100"):
        parse_period(words, NOW)


@pytest.mark.parametrize("words", ["2017-06..2017-01", "dec-jan 2017", "10/05/2017 to 09/05/2017", "last 0 days"])
def test_periods_that_end_before_they_begin(words: str) -> None:
    with pytest.raises(PeriodError, match="ends before it begins"):
        parse_period(words, NOW)


def test_an_error_never_repeats_the_words() -> None:
    for words in ("jane smith", "jane 2017", "x" * 501):
        with pytest.raises(PeriodError) as raised:
            parse_period(words, NOW)
        assert words not in str(raised.value)


def test_today_is_the_day_in_london() -> None:
    late = datetime(2017, 6, 30, 23, 30, tzinfo=UTC)  # 00:30 BST on 1 July
    assert parse_period("today", late).label == "2017-07-01"
    assert parse_period("last half", late).label == "2017-H1"


# For any text, any day -------------------------------------------------------------------------------

days = st.dates(date(1990, 1, 1), date(2100, 12, 31))
nows = st.dates(date(2000, 1, 1), date(2090, 12, 31)).map(lambda d: datetime(d.year, d.month, d.day, 12, tzinfo=UTC))
pieces = st.sampled_from(
    [
        *(
            "2017",
            "1990",
            "9999",
            "0000",
            "H1",
            "q4",
            "05",
            "13",
            "31",
            "may",
            "jun",
            "last",
            "this",
            "6",
            "0",
        ),
        *(
            "m",
            "d",
            "days",
            "half",
            "year",
            "week",
            "today",
            "to",
            "..",
            "-",
            "–",
            "/",
            " ",
            "  ",
            ",",
            "from",
        ),
    ]
)
nearly_periods = st.lists(pieces, max_size=9).map("".join)


@given(st.one_of(st.text(max_size=600), nearly_periods), nows)
@example("last 9999y", NOW)
@example("last 9999 weeks", NOW)
@example("9999-12-31", NOW)
@example("9999-12..9999-12", NOW)
@example("0001-01", NOW)
def test_any_text_is_a_period_or_a_plain_error(words: str, now: datetime) -> None:
    try:
        period = parse_period(words, now)
    except PeriodError as error:
        assert str(error).endswith(".")  # noqa: PT017 - both outcomes are right
        return
    assert 1990 <= period.first.year <= period.last.year <= 2100
    assert parse_period(period.label, now) == period


@pytest.mark.parametrize("piece", ["1", "-", " ", "a", ".. ", "last ", "jan-", "2017-"])
def test_long_nonsense_costs_little(piece: str) -> None:
    began = time.perf_counter()
    for _ in range(20):
        with pytest.raises(PeriodError):
            parse_period((piece * 500)[:500], NOW)
    assert time.perf_counter() - began < 1


def test_more_than_500_characters_is_too_long() -> None:
    with pytest.raises(PeriodError, match="too long"):
        parse_period("2017" + " " * 497, NOW)
    assert parse_period("2017" + " " * 496, NOW).label == "2017"


@given(days, days, nows)
@example(date(2017, 1, 1), date(2017, 6, 30), NOW)
@example(date(2016, 1, 1), date(2017, 12, 31), NOW)
@example(date(1990, 1, 1), date(2100, 12, 31), NOW)
def test_a_label_reads_back_as_the_same_days(one: date, other: date, now: datetime) -> None:
    period = period_of(min(one, other), max(one, other))
    assert parse_period(period.label, now) == period


whole_months = st.tuples(st.integers(1995, 2090), st.integers(0, 11), st.integers(1, 30)).map(
    lambda t: period_of(date(t[0], t[1] + 1, 1), _month_later(t[0], t[1], t[2]) - timedelta(days=1))
)


def _month_later(year: int, month: int, count: int) -> date:
    return date(year + (month + count) // 12, (month + count) % 12 + 1, 1)


@given(whole_months)
def test_before_and_after_whole_months_are_as_many_months(period: Period) -> None:
    for other in (previous(period), following(period)):
        assert (other.first.day, (other.last + timedelta(days=1)).day) == (1, 1)
        assert _month_count(other) == _month_count(period)
    assert previous(following(period)) == following(previous(period)) == period


def _month_count(period: Period) -> int:
    after = period.last + timedelta(days=1)
    return (after.year - period.first.year) * 12 + after.month - period.first.month


@given(st.dates(date(2010, 1, 1), date(2050, 1, 1)), st.integers(1, 2000))
def test_before_and_after_follow_without_a_gap(first: date, length: int) -> None:
    period = period_of(first, first + timedelta(days=length - 1))
    before, after = previous(period), following(period)
    assert before.last + timedelta(days=1) == period.first
    assert after.first - timedelta(days=1) == period.last
    assume(_month_count(period) == 0 or first.day != 1)
    assert (before.days, after.days) == (period.days, period.days)


@pytest.mark.parametrize(
    ("label", "before"),
    [
        ("2017-H1", "2016-H2"),
        ("2017-Q1", "2016-Q4"),
        ("2017-03", "2017-02"),
        ("2017", "2016"),
        ("Nov 2016-Apr 2017", "May-Oct 2016"),
        ("2017-05-10", "2017-05-09"),
        ("2017-05-01..2017-05-07", "2017-04-24..2017-04-30"),
    ],
)
def test_the_one_before_is_of_the_same_kind(label: str, before: str) -> None:
    assert previous(parse_period(label, NOW)).label == before
    assert following(parse_period(before, NOW)).label == label


def test_there_is_nothing_before_1990_or_after_2100() -> None:
    with pytest.raises(PeriodError, match="between 1990 and 2100"):
        previous(parse_period("1990-H1", NOW))
    with pytest.raises(PeriodError, match="between 1990 and 2100"):
        following(parse_period("2100-H2", NOW))


@given(days)
def test_a_day_is_in_its_half_year(day: date) -> None:
    half = half_year_of(day)
    assert half.first <= day <= half.last
    assert half.label == f"{day.year}-H{1 if day.month <= 6 else 2}"


@given(nows)
def test_this_holds_today_and_last_ends_before_it(now: datetime) -> None:
    today = local_day(now)
    for unit in ("week", "month", "quarter", "half", "year"):
        this, last = parse_period(f"this {unit}", now), parse_period(f"last {unit}", now)
        assert this.first <= today <= this.last
        assert last.last + timedelta(days=1) == this.first
        if unit != "week":
            assert previous(this) == last


@given(st.integers(1, 900), nows)
def test_last_days_are_complete(count: int, now: datetime) -> None:
    period = parse_period(f"last {count} days", now)
    assert (period.days, period.last) == (count, local_day(now) - timedelta(days=1))


# Among other words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "labels", "rest"),
    [
        ("north 2017-H1", ["2017-H1"], "north"),
        ("north last 90 days k=5", ["2017-02-09..2017-05-09"], "north k=5"),
        ("north nov 2016 - feb 2017 by age", ["Nov 2016-Feb 2017"], "north by age"),
        ("1 jan 2017 to 30 jun 2017", ["2017-H1"], ""),
        ("", [], ""),
        ("2016-H2 2017-H1", ["2016-H2", "2017-H1"], ""),
        ("2017-H1 2016-H2", ["2017-H1", "2016-H2"], ""),
        ("2016-H2 to 2017-H1 north", ["2016-H2", "2017-H1"], "north"),
        ("north may 2016 v. may 2017", ["2016-05", "2017-05"], "north"),
        ("may 2016 with may 2017", ["2016-05", "2017-05"], ""),
        ("last month and this month", ["2017-04", "2017-05"], ""),
        ("jan 2017 to jun 2017", ["2017-H1"], ""),
        ("2016 with care 2017", ["2016", "2017"], "with care"),
        ("2016 to the 2017", ["2016", "2017"], "to the"),
        ("a to 2017", ["2017"], "a to"),
        ("2016 v v 2017", ["2016", "2017"], "v v"),
        ("with 2017", ["2017"], "with"),
        ("2017 with", ["2017"], "with"),
        ("north", [], "north"),
    ],
)
def test_finding_periods(words: str, labels: list[str], rest: str) -> None:
    periods, left = find_periods(words.split(), NOW)
    assert ([p.label for p in periods], left) == (labels, rest.split())


@given(st.lists(pieces.map(str.strip), max_size=12))
def test_no_word_is_lost(tokens: list[str]) -> None:
    periods, left = find_periods(tokens, NOW)
    words = iter(tokens)
    assert all(word in words for word in left)  # in the order they were written
    assert (len(left) < len(tokens)) == bool(periods)
    assert len(left) + len(periods) <= len(tokens)
