"""Periods as people type them: one name for the same days, and for any text a period or a PeriodError."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bot.rules.model import Period
from bot.rules.time.clock import local_day
from bot.rules.time.period import (
    EXAMPLES,
    PeriodError,
    SeveralReadings,
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

#: Seen from Wednesday 5 July 2017, in a year that begins in January and in one that begins in April alike.
COUNCIL_WORDS = [
    ("2016-04-01", "2017-03-31", ["2016/17", "2016-17", "2016/2017", "16/17", "FY17", "fy 17", "FY16/17", "FY2016/17"]),
    (
        "2016-04-01",
        "2017-03-31",
        ["financial year 2016-17", "2016/17 financial year", "last financial year", "last FY"],
    ),
    (
        "2016-04-01",
        "2017-03-31",
        ["year ending march 2017", "year ending 31 March 2017", "year to march", "f/y 2016/17"],
    ),
    (
        "2016-04-01",
        "2017-03-31",
        ["12 months to mar 2017", "1st April 2016 to the 31st of March 2017", "apr 16-mar 17"],
    ),
    ("2017-04-01", "2018-03-31", ["this financial year", "current FY", "2017/18", "17/18", "fy18"]),
    (
        "2017-01-01",
        "2017-03-31",
        ["Q4 2016/17", "2016/17 Q4", "q4 fy17", "fourth quarter of 2016-17", "Q4 last financial year"],
    ),
    ("2016-10-01", "2017-03-31", ["H2 2016/17", "second half of 2016/17", "2016-17 h2", "half 2 FY17"]),
    (
        "2017-04-01",
        "2017-07-05",
        ["fytd", "financial year to date", "this financial year so far", "since April", "since 1/4/17"],
    ),
    (
        "2017-04-01",
        "2017-07-05",
        ["since 1 april 2017", "from 1 April 2017 onwards", "from april 2017 on", "1 april to date"],
    ),
    (
        "2017-04-01",
        "2017-07-05",
        ["1 april 2017 to today", "since 2017/18", "since Q1 2017/18", "between 1 april and today"],
    ),
    ("2017-01-01", "2017-07-05", ["calendar year to date", "since 2017"]),
    ("2017-06-01", "2017-07-05", ["since last month", "since june", "from june onwards"]),
    (
        "2016-09-01",
        "2017-08-31",
        ["academic year 2016/17", "academic year 2016-17", "school year 16/17", "this academic year"],
    ),
    ("2015-09-01", "2016-08-31", ["last academic year", "2015/16 academic year"]),
    ("2017-06-01", "2017-06-30", ["june", "jun", "jun 17", "Jun-17", "june '17", "06/17", "6/2017"]),
    ("2016-07-01", "2016-07-31", ["july"]),
    ("2016-06-01", "2016-06-30", ["june last year", "the month of june 2016"]),
    ("2016-04-01", "2016-06-30", ["april to june last year", "between april and june last year"]),
    ("2017-07-03", "2017-07-05", ["since monday", "since Monday 3 July", "this week so far", "3 july to date"]),
    ("2017-07-05", "2017-07-05", ["wednesday", "2017/07/05"]),
    ("2017-06-29", "2017-06-29", ["thursday"]),
    ("2017-04-01", "2017-07-05", ["so far this financial year", "april onwards"]),
    ("2016-01-01", "2016-12-31", ["year 2016", "calendar year 2016"]),
    (
        "2017-04-01",
        "2017-06-30",
        ["apr-jun", "april to june", "between april and june", "1/4/17-30/6/17", "apr-jun 17"],
    ),
    (
        "2017-04-01",
        "2017-06-30",
        ["1st april 2017 to 30th june 2017", "1 april to 30 june", "1.4.17 to 30.6.17", "quarter to june"],
    ),
    (
        "2017-04-01",
        "2017-06-30",
        ["between 1 april 2017 and 30 june 2017", "between the 1st of april 2017 and the 30th of june 2017"],
    ),
    ("2016-11-01", "2017-02-28", ["nov-feb", "november to february", "nov 2016 to feb"]),
    (
        "2017-07-03",
        "2017-07-03",
        [
            "3 july",
            "3rd july",
            "July 3rd",
            "july 3",
            "3/7",
            "3/7/17",
            "Mon 3 July",
            "3 july 17",
            "monday 3rd july 2017",
        ],
    ),
    ("2017-07-05", "2017-07-05", ["5 july", "today"]),
    ("2016-07-06", "2016-07-06", ["6 july", "july 6th"]),
    ("2016-07-13", "2016-07-13", ["13 july", "july 13th"]),
    ("2016-02-29", "2016-02-29", ["29 feb", "29th of February"]),
    ("2017-06-01", "2017-06-17", ["1-17 june", "1 to 17 june 2017", "1st to 17th june", "june to 17 june"]),
    (
        "2017-06-26",
        "2017-07-02",
        ["w/c 26 june 2017", "w/c 26/6/17", "wc 26 june", "week commencing 26 June", "the last week"],
    ),
    (
        "2017-06-26",
        "2017-07-02",
        ["w/e 2 july", "week ending 2nd July 2017", "2017-W26", "week 26 2017", "wk 26 of 2017", "W26 2017"],
    ),
    ("2017-07-03", "2017-07-09", ["w/c 3 july", "w/e 9 july", "2017W27"]),
    ("2017-06-19", "2017-07-02", ["last two weeks"]),
    ("2017-06-21", "2017-07-04", ["past fortnight", "past 14 days"]),
    ("2017-06-05", "2017-07-04", ["past month", "past 30 days", "last 30 days"]),
    ("2016-07-05", "2017-07-04", ["past year", "past 12 months"]),
    ("2016-07-01", "2017-06-30", ["rolling 12 months", "last 12 months", "last twelve months", "rolling year"]),
    ("2017-07-01", "2017-07-05", ["month to date", "this month so far"]),
    ("2011-04-01", "2012-03-31", ["2011/12", "fy12", "financial year 2011-12"]),
]
OF_COUNCILS = [(words, first, last) for first, last, ways in COUNCIL_WORDS for words in ways]
JULY = datetime(2017, 7, 5, 7, tzinfo=UTC)


@pytest.mark.parametrize("year_begins", [1, 4])
@pytest.mark.parametrize(("words", "first", "last"), OF_COUNCILS, ids=[c[0] for c in OF_COUNCILS])
def test_what_councils_type(words: str, first: str, last: str, year_begins: int) -> None:
    period = parse_period(words, JULY, year_begins)
    assert (period.first.isoformat(), period.last.isoformat()) == (first, last)


@pytest.mark.parametrize(
    ("words", "january", "april", "september"),
    [
        ("H1", "2017-H1", "Apr-Sep 2016", "Sep 2016-Feb 2017"),
        ("h2", "2016-H2", "Oct 2016-Mar 2017", "Mar-Aug 2016"),
        ("Q2", "2017-Q2", "2016-Q3", "Dec 2016-Feb 2017"),
        ("q4", "2016-Q4", "2017-Q1", "Jun-Aug 2016"),
        ("this half", "2017-H2", "Apr-Sep 2017", "Mar-Aug 2017"),
        ("last half", "2017-H1", "Oct 2016-Mar 2017", "Sep 2016-Feb 2017"),
        ("last quarter", "2017-Q2", "2017-Q2", "Mar-May 2017"),
        ("q2 this year", "2017-Q2", "2017-Q3", "Dec 2016-Feb 2017"),
        ("2017-Q2", *["2017-Q2"] * 3),
        ("Q2 2017", *["2017-Q2"] * 3),
        ("2017-H1", *["2017-H1"] * 3),
        ("this calendar year", *["2017"] * 3),
    ],
)
def test_the_own_year_decides_what_a_part_without_a_year_means(
    words: str, january: str, april: str, september: str
) -> None:
    found = [parse_period(words, JULY, begins).label for begins in (1, 4, 9)]
    assert found == [january, april, september]


@pytest.mark.parametrize(
    ("words", "readings"),
    [
        ("2011-12", ["Dec 2011", "2011/12"]),
        ("03/07", ["2017-07-03", "2007-03"]),
        ("11/12", ["2016-12-11", "2012-11", "2011/12"]),
        ("may 31", ["2017-05-31", "2031-05"]),
        ("2016-2017", ["2016/17", "Jan 2016-Dec 2017"]),
        ("financial year 2017", ["2016/17", "2017/18"]),
        ("FY2017", ["2016/17", "2017/18"]),
        ("academic year 2016", ["Sep 2015-Aug 2016", "Sep 2016-Aug 2017"]),
        ("from monday", ["2017-07-03", "2017-07-03..2017-07-05"]),
        ("from june", ["2017-06", "2017-06-01..2017-07-05"]),
        ("from 1 april 2017", ["2017-04-01", "2017-04-01..2017-07-05"]),
        ("ytd", ["2017-01-01..2017-07-05", "2017-04-01..2017-07-05"]),
        ("last fortnight", ["2017-06-19..2017-07-02", "2017-06-21..2017-07-04"]),
        ("03/07 to 05/07", ["2017-07-03..2017-07-05", "Mar-May 2007"]),
    ],
)
def test_what_can_be_read_in_two_ways_is_asked(words: str, readings: list[str]) -> None:
    with pytest.raises(SeveralReadings, match=r"That period can be read in (two|three) ways: ") as raised:
        parse_period(words, JULY)
    assert [r.label for r in raised.value.readings] == readings
    assert [parse_period(label, JULY) for label in readings] == list(raised.value.readings)


@pytest.mark.parametrize(
    ("words", "own", "calendar"),
    [
        ("this year", "2017/18", "2017"),
        ("last year", "2016/17", "2016"),
        ("ytd", "2017-04-01..2017-07-05", "2017-01-01..2017-07-05"),
    ],
)
def test_a_year_is_asked_where_the_own_one_is_not_the_calendars(words: str, own: str, calendar: str) -> None:
    with pytest.raises(SeveralReadings) as raised:
        parse_period(words, JULY, 4)
    assert [r.label for r in raised.value.readings] == [own, calendar]
    if words != "ytd":
        assert parse_period(words, JULY).label == calendar


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
            "the",
            "16-17",
            "week 26",
            "2016/18",
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
    [
        "monday 27 june 2017",
        "fri 3 july",
        "2017-W54",
        "2017-13",
        "2017-00",
        "2017-02-29",
        "31/11/2017",
        "30 feb 2017",
        "2017-01-01..2017-02-30",
        "0000-01",
    ],
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
        *("since", "between", "and", "w/c ", "w/e ", "W26", "fy", "2016/17", "16/17", "11/12", "1st ", "the ", "past "),
        *("academic year ", "year ending ", "rolling ", "ytd", " to date", "fortnight", "monday ", "29 ", "feb"),
    ]
)
nearly_periods = st.lists(pieces, max_size=9).map("".join)


begins = st.integers(1, 12)


@given(st.one_of(st.text(max_size=600), nearly_periods), nows, begins)
@example("last 9999y", NOW, 1)
@example("last 9999 weeks", NOW, 1)
@example("9999-12-31", NOW, 1)
@example("9999-12..9999-12", NOW, 1)
@example("0001-01", NOW, 1)
@example("9999/00", NOW, 1)
@example("since 9999-12-31", NOW, 4)
@example("year ending 31 dec 9999", NOW, 4)
@example("9999-W53", NOW, 4)
@example("0000-W01", NOW, 4)
@example("1 to ²june", NOW, 4)
def test_any_text_is_a_period_or_a_plain_error(words: str, now: datetime, year_begins: int) -> None:
    try:
        period = parse_period(words, now, year_begins)
    except SeveralReadings as several:
        found = [parse_period(r.label, now, year_begins) for r in several.readings]
        assert found == list(several.readings)  # noqa: PT017 - both outcomes are right
        return
    except PeriodError as error:
        assert str(error).endswith(".")  # noqa: PT017 - both outcomes are right
        return
    assert 1990 <= period.first.year <= period.last.year <= 2100
    assert parse_period(period.label, now, year_begins) == period


@given(st.lists(st.one_of(st.text(max_size=20), pieces), max_size=12), nows, begins)
@example(["1", "june", "10", "²"], NOW, 1)
def test_any_words_are_periods_and_other_words_or_asked(words: list[str], now: datetime, year_begins: int) -> None:
    try:
        periods, left = find_periods(words, now, year_begins)
    except SeveralReadings as several:
        assert 0 <= several.at < several.at + several.used <= len(words)  # noqa: PT017 - both outcomes are right
        return
    assert len(periods) + len(left) <= len(words)


@pytest.mark.parametrize("piece", ["1", "-", " ", "a", ".. ", "last ", "jan-", "2017-", "the ", "1 may ", "to "])
def test_long_nonsense_costs_little(piece: str) -> None:
    began, words = time.process_time(), (piece * 500)[:500]
    for _ in range(20):
        with pytest.raises(PeriodError):
            parse_period(words, NOW)
    with suppress(SeveralReadings):
        find_periods(words.split(), NOW)
    assert time.process_time() - began < 1


def test_more_than_500_characters_is_too_long() -> None:
    with pytest.raises(PeriodError, match="too long"):
        parse_period("2017" + " " * 497, NOW)
    assert parse_period("2017" + " " * 496, NOW).label == "2017"


@given(days, days, nows, begins)
@example(date(2017, 1, 1), date(2017, 6, 30), NOW, 1)
@example(date(2016, 1, 1), date(2017, 12, 31), NOW, 1)
@example(date(1990, 1, 1), date(2100, 12, 31), NOW, 1)
def test_a_label_reads_back_as_the_same_days(one: date, other: date, now: datetime, year_begins: int) -> None:
    period = period_of(min(one, other), max(one, other))
    assert parse_period(period.label, now, year_begins) == period
    assert find_periods(period.label.split(), now, year_begins) == ([period], [])


def test_every_label_of_whole_months_reads_back_and_is_of_one_period_alone() -> None:
    """All of up to 24 months: a label such as 2011-12 would be a month and a financial year."""
    labels: dict[str, Period] = {}
    for year, month, count in product(range(1990, 2099), range(12), (*range(1, 13), 24)):
        period = period_of(date(year, month + 1, 1), _month_later(year, month, count) - timedelta(days=1))
        assert parse_period(period.label, NOW) == labels.setdefault(period.label, period) == period


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


@given(st.dates(date(1991, 1, 1), date(2099, 12, 31)), begins)
def test_a_half_year_is_one_of_the_own_year(day: date, year_begins: int) -> None:
    half = half_year_of(day, year_begins)
    assert half.first <= day <= half.last
    assert ((half.first.month - year_begins) % 6, _month_count(half)) == (0, 6)


@given(nows, begins, st.sampled_from(["h1", "h2", "q1", "q2", "q3", "q4"]))
def test_a_part_without_a_year_is_the_last_one_that_is_over(now: datetime, year_begins: int, part: str) -> None:
    period, today = parse_period(part, now, year_begins), local_day(now)
    size = 6 if part[0] == "h" else 3
    assert _month_count(period) == size
    assert (period.first.month - year_begins) % 12 == (int(part[1]) - 1) * size
    assert period.last < today <= _month_later(period.last.year + 1, period.last.month, 0) - timedelta(days=1)


@given(nows, st.integers(1, 12))
def test_a_month_without_a_year_is_the_last_one_that_is_over(now: datetime, month: int) -> None:
    period = parse_period(f"{date(2000, month, 1):%B}", now)
    assert (period.first.month, _month_count(period)) == (month, 1)
    assert period.last < local_day(now) <= period.last.replace(year=period.last.year + 1, day=28) + timedelta(days=3)


@given(nows, st.dates(date(2000, 1, 1), date(2000, 12, 31)))
def test_a_day_without_a_year_is_the_last_one_that_is_over_or_today(now: datetime, day: date) -> None:
    period, today = parse_period(f"{day.day} {day:%b}", now), local_day(now)
    assert (period.first.month, period.first.day, period.days) == (day.month, day.day, 1)
    years = 8 if (day.month, day.day) == (2, 29) else 1
    assert today - timedelta(days=366 * years) <= period.first <= today


@given(nows, begins)
def test_this_holds_today_and_last_ends_before_it(now: datetime, year_begins: int) -> None:
    today = local_day(now)
    for unit in ("week", "month", "quarter", "half", "calendar year", "financial year", "academic year"):
        this, last = (parse_period(f"{which} {unit}", now, year_begins) for which in ("this", "last"))
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
        ("2016 to the 2017", ["2016", "2017"], ""),
        ("2016 to a 2017", ["2016", "2017"], "to a"),
        ("the last week of the north", ["2017-05-01..2017-05-07"], "of the north"),
        ("north between april and the end", ["2017-04"], "north between and the end"),
        ("north between jan and apr", ["Jan-Apr 2017"], "north"),
        ("june 2016 july 2016", ["2016-06", "2016-07"], ""),
        ("1 april 10 april", ["2017-04-01", "2017-04-10"], ""),
        ("2015/16 and 2016/17", ["2015/16", "2016/17"], ""),
        ("q1 q2", ["2017-Q1", "2016-Q2"], ""),
        ("april and last month", ["2017-04", "2017-04"], ""),
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


@pytest.mark.parametrize(
    ("words", "readings", "at", "used"),
    [
        ("north june and july 2016", ["2016-06", "2017-06"], 1, 1),
        ("q1 to q2 2016/17", ["2016-Q2", "2017-Q1"], 0, 1),
        ("1 june vs 10 june 2016", ["2016-06-01", "2017-06-01"], 0, 2),
        ("north 2011-12 by age", ["Dec 2011", "2011/12"], 1, 1),
    ],
)
def test_a_period_among_other_words_is_asked_too(words: str, readings: list[str], at: int, used: int) -> None:
    with pytest.raises(SeveralReadings) as raised:
        find_periods(words.split(), JULY)
    found = raised.value
    assert ([r.label for r in found.readings], found.at, found.used) == (readings, at, used)


@given(st.lists(pieces.map(str.strip), max_size=12))
def test_no_word_is_lost(tokens: list[str]) -> None:
    try:
        periods, left = find_periods(tokens, NOW)
    except SeveralReadings as found:
        assert found.used  # noqa: PT017 - both outcomes are right
        return
    words = iter(tokens)
    assert all(word in words for word in left)  # in the order they were written
    assert (len(left) < len(tokens)) == bool(periods)
    assert len(left) + len(periods) <= len(tokens)
