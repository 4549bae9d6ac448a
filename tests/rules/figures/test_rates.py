"""Rates and changes against exact fractions, and against the figures of the 2017 report."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.rules.figures import (
    Change,
    FigureError,
    Rate,
    half_up,
    is_incomplete,
    per_day,
    period_warnings,
    rate_change,
    signed,
)
from bot.rules.model import Period

counts = st.integers(0, 10**12)


def close_half_up(printed: Decimal, exact: Fraction, places: int) -> bool:
    """Return the nearest at `places` decimals, and of two as near the one further from zero."""
    off, half = abs(Fraction(printed)) - abs(exact), Fraction(1, 2 * 10**places)
    return -half < off <= half and printed.as_tuple().exponent == -places


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**9), st.integers(0, 4))
@example(1, 20, 1)
@example(-1, 20, 1)
@example(-1, 10**6, 1)
def test_half_up_against_fractions(numerator: int, denominator: int, places: int) -> None:
    rounded = half_up(numerator, denominator, places)
    exact = Fraction(numerator, denominator)
    assert close_half_up(rounded, exact, places)
    assert rounded == 0 or (rounded > 0) == (exact > 0)
    assert half_up(-numerator, denominator, places) == -rounded
    assert not str(rounded).startswith("-0.0") or rounded, "never minus zero"


@pytest.mark.parametrize(
    ("numerator", "denominator", "text"),
    [
        (171, 188, "171/188 91.0%"),
        (0, 0, "0/0 n/a"),
        (0, 5, "0/5 0.0%"),
        (5, 5, "5/5 100.0%"),
        (1, 2000, "1/2000 0.1%"),  # 0.05 % is half: up, where binary floats say 0.1 by luck and 0.0 elsewhere
        (1, 2001, "1/2001 0.0%"),
        (41, 603, "41/603 6.8%"),
    ],
)
def test_a_rate_prints_both_counts(numerator: int, denominator: int, text: str) -> None:
    assert Rate(numerator, denominator).text == text


@given(counts, st.integers(1, 10**12))
def test_percent_against_fractions(numerator: int, denominator: int) -> None:
    percent = Rate(numerator, denominator).percent
    assert percent is not None
    assert close_half_up(percent, Fraction(100 * numerator, denominator), 1)


@given(counts)
def test_nothing_to_take_a_share_of(numerator: int) -> None:
    assert Rate(numerator, 0).percent is None


@given(counts, counts)
@example(10_000, 9_999)
def test_change_against_fractions(old: int, new: int) -> None:
    change = Change(old, new)
    assert change.difference == new - old
    assert change.low_base == (old in range(1, 10))
    if old == 0:
        assert change.percent == (None if new else 0)
        return
    assert change.percent is not None
    assert close_half_up(change.percent, Fraction(100 * (new - old), old), 1)


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (81, 82, "+1.2%"),
        (195, 188, "-3.6%"),
        (68, 68, "0.0%"),
        (0, 0, "0.0%"),
        (0, 3, "n/a (from 0)"),
        (1, 3, "+200.0% (low base)"),
        (2, 3, "+50.0% (low base)"),
        (9, 9, "0.0% (low base)"),
        (10, 5, "-50.0%"),
        (10_000, 9_999, "0.0%"),
    ],
)
def test_a_change_as_printed(old: int, new: int, text: str) -> None:
    assert Change(old, new).text == text


@pytest.mark.parametrize("make", [lambda: Rate(-1, 5), lambda: Rate(1, -5), lambda: Change(-1, 5)])
def test_negative_counts_are_refused(make: object) -> None:
    assert callable(make)
    with pytest.raises(FigureError, match="cannot be negative"):
        make()


# The 2017 report, domain.md section 2.1 --------------------------------------------------------------

REPORT = [
    ("children", 240, 256, "6.7"),
    ("episodes", 721, 603, "-16.4"),
    # The report prints 15.6 %, which is 135 -> 156: with 156 its bands add up to 255 children, not 256.
    ("one episode", 135, 157, "16.3"),
    ("2-4 episodes", 68, 68, "0.0"),
    ("5-9 episodes", 24, 23, "-4.2"),
    ("10-14 episodes", 4, 4, "0.0"),
    ("15-19 episodes", 2, 2, "0.0"),
    ("20+ episodes", 7, 2, "-71.4"),
    ("UASC children", 11, 14, "27.3"),
    ("UASC episodes", 29, 41, "41.4"),
    ("North children", 81, 82, "1.2"),
    ("North episodes", 195, 188, "-3.6"),
    ("South children", 55, 70, "27.3"),
    ("South episodes", 148, 159, "7.4"),
    ("Central children", 99, 104, "5.1"),
    ("Central episodes", 373, 254, "-31.9"),
    ("looked-after children without UASC", 590, 625, "5.9"),
    ("UASC looked after", 61, 66, "8.2"),
    ("looked-after children", 651, 691, "6.1"),
]


@pytest.mark.parametrize(("old", "new", "percent"), [r[1:] for r in REPORT], ids=[r[0] for r in REPORT])
def test_changes_of_the_report(old: int, new: int, percent: str) -> None:
    assert str(Change(old, new).percent) == percent


def test_the_two_percentages_the_report_got_wrong() -> None:
    assert str(Change(135, 156).percent) == "15.6", "one child fewer than the table beside it"
    assert str(Rate(41, 603).percent) == "6.8", "UASC episodes of all episodes"
    assert str(Rate(41, 256).percent) == "16.0", "the printed 16 % divides episodes by children"
    assert str(Rate(14, 256).percent) == "5.5", "UASC children of all children"


def test_low_base_of_the_report() -> None:
    assert [name for name, old, new, _ in REPORT if Change(old, new).low_base] == [
        "10-14 episodes",
        "15-19 episodes",
        "20+ episodes",
    ]


# Unequal and incomplete periods (R14) ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "each_day", "change"),
    [(181, "3.33", "-15.0%"), (152, "3.97", "+1.2%"), (212, "2.84", "-27.4%")],
)
def test_the_report_per_day(days: int, each_day: str, change: str) -> None:
    """Read to 1 June, as paragraph 1 says, the second period has more episodes a day, not 16.4 % fewer."""
    assert str(per_day(721, 184)) == "3.92"
    assert str(per_day(603, days)) == each_day
    assert signed(rate_change(721, 184, 603, days)) == change


def test_per_day_change_uses_the_exact_rates() -> None:
    """North: 1.06 to 1.04 as printed would be -1.9 %."""
    assert (str(per_day(195, 184)), str(per_day(188, 181))) == ("1.06", "1.04")
    assert signed(rate_change(195, 184, 188, 181)) == "-2.0%"


@given(counts, st.integers(1, 4000), counts, st.integers(1, 4000))
def test_rate_change_against_fractions(old: int, old_days: int, new: int, new_days: int) -> None:
    change = rate_change(old, old_days, new, new_days)
    if old == 0:
        assert change == (None if new else 0)
        return
    assert change is not None
    exact = 100 * (Fraction(new, new_days) / Fraction(old, old_days) - 1)
    assert close_half_up(change, exact, 1)


@given(counts, st.integers(1, 1000))
def test_over_equal_days_the_rate_changes_as_the_count(old: int, days: int) -> None:
    assert rate_change(old, days, 2 * old + 1, days) == Change(old, 2 * old + 1).percent


@pytest.mark.parametrize("days", [0, -1])
def test_no_days_no_rate(days: int) -> None:
    with pytest.raises(FigureError, match="at least one day"):
        per_day(1, days)
    with pytest.raises(FigureError, match="at least one day"):
        rate_change(1, 30, 1, days)


H2_2016 = Period("2016-H2", date(2016, 7, 1), date(2016, 12, 31))
H1_2017 = Period("2017-H1", date(2017, 1, 1), date(2017, 6, 30))
TO_1_JUNE = Period("2017-01-01..2017-06-01", date(2017, 1, 1), date(2017, 6, 1))
LATER = datetime(2017, 10, 5, 9, tzinfo=UTC)


def test_half_years_may_be_compared_as_they_are() -> None:
    assert (H2_2016.days, H1_2017.days) == (184, 181)
    assert period_warnings(H2_2016, H1_2017, LATER, LATER) == ()


def test_unequal_periods_point_to_the_per_day_rates() -> None:
    for first, second in ((H2_2016, TO_1_JUNE), (TO_1_JUNE, H2_2016)):
        (sentence,) = period_warnings(first, second, LATER, None)
        assert "17.4%" in sentence
        assert "2016-H2: 184 days" in sentence
        assert "per-day rates" in sentence


@given(st.integers(1, 3000), st.integers(1, 3000))
@example(100, 97)
@example(100, 96)
@example(1, 2)
def test_lengths_may_differ_by_three_percent_of_the_longer(one: int, other: int) -> None:
    first, second = (Period("p", date(2000, 1, 1), date(2000, 1, 1) + timedelta(days=n - 1)) for n in (one, other))
    differ = Fraction(abs(one - other), max(one, other)) > Fraction(3, 100)
    assert bool(period_warnings(first, second, LATER, None)) == differ


def test_one_day_is_not_days() -> None:
    day = Period("2017-05-10", date(2017, 5, 10), date(2017, 5, 10))
    (sentence,) = period_warnings(day, H2_2016, LATER, None)
    assert "(2017-05-10: 1 day, 2016-H2: 184 days)" in sentence


def test_incomplete_until_the_london_midnight_after_its_last_day() -> None:
    midnight = datetime(2017, 6, 30, 23, tzinfo=UTC)  # 00:00 BST on 1 July
    second = timedelta(seconds=1)
    assert is_incomplete(H1_2017, midnight - second, None)
    assert not is_incomplete(H1_2017, midnight, None)
    assert is_incomplete(H1_2017, LATER, midnight - second), "the last load came too early"
    assert not is_incomplete(H1_2017, LATER, midnight)


def test_an_incomplete_period_is_said_once() -> None:
    now = datetime(2017, 5, 10, 7, tzinfo=UTC)
    (sentence,) = period_warnings(H2_2016, H1_2017, now, now)
    assert sentence.startswith("2017-H1 is not complete: it runs to 30 Jun 2017")
    assert len(period_warnings(H1_2017, H1_2017, now, now)) == 1


def of_days(days: int, first: date = date(2010, 1, 1)) -> Period:
    return Period(f"{days} days", first, first + timedelta(days=days - 1))


@pytest.mark.parametrize(
    ("first", "second", "percent"),
    [
        (100, 97, None),  # 3 %: not more than that
        (97, 100, None),
        (1033, 1002, "3.0"),  # a little more
        (100, 96, "4.0"),
        (184, 181, None),
        (184, 152, "17.4"),
    ],
)
def test_lengths_that_differ_by_more_than_three_percent_are_compared_per_day(
    first: int, second: int, percent: str | None
) -> None:
    """The report's second half was 184 days, its first may have been 152 (domain.md 2.3, R14)."""
    now = datetime(2020, 1, 1, tzinfo=UTC)
    found = period_warnings(of_days(first), of_days(second), now, None)
    assert found == (
        ()
        if percent is None
        else (
            f"The periods differ in length by {percent}% ({first} days: {first} days, {second} days: {second} days): "
            "compare the per-day rates, not the counts.",
        )
    )
