"""Labels and spellings of periods: one label for the same days, and every spelling that people use."""

from __future__ import annotations

from datetime import date

import pytest

from bot.rules.time.period import PeriodError, SeveralReadings, parse_period, period_of
from tests.support.factories import NOW


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("first", "last", "label"),
    [
        ("2017-05-01", "2017-05-31", "2017-05"),
        ("2017-12-01", "2017-12-31", "2017-12"),
        ("2011-12-01", "2011-12-31", "Dec 2011"),  # "2011-12" is a financial year too
        ("2010-11-01", "2010-11-30", "Nov 2010"),
        ("2010-12-01", "2010-12-31", "2010-12"),
        ("2017-01-01", "2017-03-31", "2017-Q1"),
        ("2017-10-01", "2017-12-31", "2017-Q4"),
        ("2017-02-01", "2017-04-30", "Feb-Apr 2017"),
        ("2017-01-01", "2017-06-30", "2017-H1"),
        ("2017-07-01", "2017-12-31", "2017-H2"),
        ("2017-04-01", "2017-09-30", "Apr-Sep 2017"),
        ("2016-10-01", "2017-03-31", "Oct 2016-Mar 2017"),
        ("2017-01-01", "2017-12-31", "2017"),
        ("2017-04-01", "2018-03-31", "2017/18"),
        ("2016-09-01", "2017-08-31", "Sep 2016-Aug 2017"),
        ("2017-01-01", "2017-02-28", "Jan-Feb 2017"),
        ("2016-01-01", "2017-12-31", "Jan 2016-Dec 2017"),
        ("2017-05-10", "2017-05-10", "2017-05-10"),
        ("2017-05-10", "2017-05-11", "2017-05-10..2017-05-11"),
        ("2017-05-01", "2017-05-30", "2017-05-01..2017-05-30"),
        ("1990-01-01", "1990-12-31", "1990"),
        ("2100-01-01", "2100-12-31", "2100"),
    ],
)
def test_one_label_for_the_same_days(first: str, last: str, label: str) -> None:
    found = period_of(day(first), day(last))
    assert (found.label, found.first, found.last) == (label, day(first), day(last))


@pytest.mark.parametrize(
    ("first", "last", "fault"),
    [
        ("2017-05-02", "2017-05-01", "ends before it begins"),
        ("1989-12-31", "1990-01-01", "between 1990 and 2100"),
        ("2100-12-31", "2101-01-01", "between 1990 and 2100"),
    ],
)
def test_periods_that_are_none(first: str, last: str, fault: str) -> None:
    with pytest.raises(PeriodError, match=fault):
        period_of(day(first), day(last))


#: Spellings of one period each, on 5 July 2017.
SPELLINGS = [
    (
        "2017-H1",
        (
            "first half of 2017",
            "the 1st half 2017",
            "half-year 1 2017",
            "2017 h1",
            "jan to june 2017",
            "January until June 2017",
            "january till june 2017",
            "january through june 2017",
        ),
    ),
    ("2017-06", ("last month", "previous month", "prior month", "june 2017", "month of june 2017")),
    ("2017-07", ("this month", "current month")),
    ("2017-04-01..2017-06-29", ("2017-04-01 to 2017-06-29",)),
    ("Jan-Jun 2017", ()),
    ("Apr-Jun 2017", ()),
]


@pytest.mark.parametrize(("label", "words"), [(label, w) for label, words in SPELLINGS for w in words])
def test_spellings_of_one_period(label: str, words: str) -> None:
    assert parse_period(words, NOW).label == label


@pytest.mark.parametrize(
    ("one", "others"),
    [
        ("last 6 months", ("last six months", "last 6 mths", "last-6m", "previous 6 months")),
        ("last 2 months", ("last two mths", "last 2m")),
        ("last 3 weeks", ("last three wks", "prior 3 weeks")),
        ("last 2 years", ("last 2 yrs", "last two years", "last 2y")),
        ("last 2 quarters", ("last two qtrs", "last 2q")),
        ("last 2 halves", ("last two half-years", "last 2 half years")),
        ("last week", ("previous wk", "prior week")),
        ("last year", ("previous yr", "last calendar year", "last cy", "2016")),
        ("last quarter", ("last qtr",)),
        ("this year to date", ("this year so far", "this year to now", "this year to today")),
        ("quarter to date", ("qtd",)),
        ("month to date", ("mtd",)),
        ("fy to date", ("fytd", "financial year to date", "fiscal year to date")),
        ("last fy", ("last financial year", "last f/y", "last fin year", "last financial-year", "2016/17")),
        ("last ay", ("last academic year", "last school year")),
        (
            "w/c 26 june 2017",
            (
                "wc 26 june 2017",
                "w/b 26 june 2017",
                "week commencing 26 june 2017",
                "week beginning 26 june 2017",
                "week starting 26 june 2017",
            ),
        ),
        ("w/e 2 july 2017", ("week ending 2 july 2017", "week ended 2 july 2017")),
        ("year ending march 2017", ("year ended march 2017", "year end march 2017", "2016/17")),
        ("since january 2017", ("january 2017 onward", "january 2017 onwards")),
    ],
)
def test_other_spellings_are_read_the_same(one: str, others: tuple[str, ...]) -> None:
    wanted = parse_period(one, NOW)
    assert {words: parse_period(words, NOW) for words in others} == dict.fromkeys(others, wanted)


@pytest.mark.parametrize(
    ("words", "label"),
    [
        ("q1", "2017-Q1"),
        ("q4", "2016-Q4"),
        ("h2", "2016-H2"),
        ("june", "2017-06"),
        ("july", "2016-07"),
        ("2017", "2017"),
        ("monday", "2017-07-03"),
        ("wednesday", "2017-07-05"),
        ("thursday", "2017-06-29"),
        ("yesterday", "2017-07-04"),
        ("29 february", "2016-02-29"),
    ],
)
def test_without_a_year_the_last_one_that_is_over(words: str, label: str) -> None:
    assert parse_period(words, NOW).label == label


@pytest.mark.parametrize(("count", "ways"), [(2, "two"), (3, "three"), (4, "several")])
def test_several_readings_are_all_named(count: int, ways: str) -> None:
    readings = [period_of(date(2010 + n, 1, 1), date(2010 + n, 12, 31)) for n in range(count)]
    several = SeveralReadings(readings)
    assert str(several).startswith(f"That period can be read in {ways} ways: 2010 (1 Jan 2010 to 31 Dec 2010)")
    assert str(several).endswith(f" or {2009 + count} (1 Jan {2009 + count} to 31 Dec {2009 + count}).")
    assert (several.readings, several.at, several.used) == (tuple(readings), 0, 0)


def test_a_year_to_date_is_of_the_calendar_or_of_the_financial_year() -> None:
    for words in ("ytd", "year to date"):
        with pytest.raises(SeveralReadings) as several:
            parse_period(words, NOW)
        assert [r.first for r in several.value.readings] == [day("2017-01-01"), day("2017-04-01")]


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("november 2016 to february", "2016-11-01", "2017-02-28"),  # the end after the begin
        ("november 2016 to december", "2016-11-01", "2016-12-31"),
        ("1 november 2016 to 1 november", "2016-11-01", "2016-11-01"),
        ("2 november 2016 to 1 november", "2016-11-02", "2017-11-01"),
        ("november to february 2017", None, None),  # the year is lent to the begin, so it ends before it begins
        ("6 months to march 2017", "2016-10-01", "2017-03-31"),
        ("2 quarters to march 2017", "2016-10-01", "2017-03-31"),
        ("quarter to june", "2017-04-01", "2017-06-30"),
        ("half ending june 2017", "2017-01-01", "2017-06-30"),
        ("year to march 2017", "2016-04-01", "2017-03-31"),
        ("fy ending march 2017", "2016-04-01", "2017-03-31"),
        ("ay to august 2016", "2015-09-01", "2016-08-31"),
        ("financial year 2016/17", "2016-04-01", "2017-03-31"),
        ("calendar year 2016", "2016-01-01", "2016-12-31"),
    ],
)
def test_from_one_to_another_and_lengths_that_end(words: str, first: str | None, last: str | None) -> None:
    try:
        found = parse_period(words, NOW)
    except PeriodError:
        assert first is None
        return
    assert (found.first.isoformat(), found.last.isoformat()) == (first, last)


def test_a_financial_year_by_one_number_begins_or_ends_in_it() -> None:
    with pytest.raises(SeveralReadings) as several:
        parse_period("financial year 2016", NOW)
    assert [r.label for r in several.value.readings] == ["2015/16", "2016/17"]
