"""Bands that add up, concentration, and repeat rules against a count at every single hour."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.rules.figures import (
    Change,
    FigureError,
    Frequency,
    Rate,
    bands,
    currently_met,
    repeat_triggers,
    top_share,
)
from bot.rules.partnership.partnership import Band, RepeatRule

REPORT_BANDS = tuple(Band(*b) for b in ((1, 1), (2, 4), (5, 9), (10, 14), (15, 19), (20, None)))

per_child = st.lists(st.integers(1, 40), max_size=60)


@st.composite
def complete_bands(draw: Callable[..., list[int]]) -> tuple[Band, ...]:
    """Draw bands that begin at 1, leave no gap and end open, as the partnership file must have them."""
    lows = sorted({1, *draw(st.lists(st.integers(2, 45), max_size=8))})
    return tuple(Band(low, nxt - 1 if nxt else None) for low, nxt in zip(lows, [*lows[1:], 0], strict=True))


# Frequency (R8-R10) ----------------------------------------------------------------------------------


@given(per_child)
def test_measures_against_the_plain_list(episodes: list[int]) -> None:
    f = Frequency.per_child_counts(episodes)
    assert f.children == len(episodes)
    assert f.episodes == sum(episodes)
    assert f.once_only == episodes.count(1)
    assert f.repeat_children == sum(n >= 2 for n in episodes)
    assert f.repeat_episodes == sum(n - 1 for n in episodes)
    assert f.episodes_by_repeat_children == sum(n for n in episodes if n >= 2)
    if episodes:
        assert f.per_child is not None
        assert abs(f.per_child * len(episodes) - sum(episodes)) <= Decimal("0.005") * len(episodes)
    else:
        assert f.per_child is None


@given(per_child)
def test_the_same_from_children_by_number_of_episodes(episodes: list[int]) -> None:
    by_number = {n: episodes.count(n) for n in range(60)}
    assert Frequency.of(by_number) == Frequency.per_child_counts(reversed(episodes))


@pytest.mark.parametrize("counts", [((2, 1), (1, 1)), ((1, 1), (1, 2)), ((0, 1),), ((1, 0),), ((-1, 3),), ((2, -3),)])
def test_impossible_frequencies_are_refused(counts: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(FigureError, match="frequency"):
        Frequency(counts)


@given(per_child, complete_bands())
def test_both_columns_of_the_bands_add_up(episodes: list[int], chosen: tuple[Band, ...]) -> None:
    f = Frequency.per_child_counts(episodes)
    rows = bands(f, chosen)
    assert [row.band for row in rows] == list(chosen)
    assert sum(row.children for row in rows) == f.children
    assert sum(row.episodes for row in rows) == f.episodes
    for band, children, in_band in rows:
        held = [n for n in episodes if band.holds(n)]
        assert (children, in_band) == (len(held), sum(held))


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ((Band(1, 1), Band(3, None)), "the bands hold 1 children, but there are 2"),
        ((Band(1, 2), Band(2, None)), "the bands hold 3 children, but there are 2"),
        ((), "the bands hold 0 children, but there are 2"),
    ],
)
def test_bands_that_do_not_add_up_are_refused(chosen: tuple[Band, ...], sentence: str) -> None:
    with pytest.raises(FigureError, match=sentence):
        bands(Frequency.of({1: 1, 2: 1}), chosen)


def test_a_gap_and_an_overlap_that_cancel_out_are_still_refused() -> None:
    """The children's column adds up by chance; the episodes' does not."""
    chosen = (Band(2, 2), Band(2, 2))
    with pytest.raises(FigureError, match="the bands hold 4 episodes, but there are 3"):
        bands(Frequency.of({1: 1, 2: 1}), chosen)


@given(per_child, st.integers(1, 70))
def test_top_share_against_the_plain_list(episodes: list[int], k: int) -> None:
    share = top_share(Frequency.per_child_counts(episodes), k)
    top = sorted(episodes, reverse=True)[:k]
    assert share.rate == Rate(sum(top), sum(episodes))
    assert share.children == len(top)


@pytest.mark.parametrize("k", [0, -1])
def test_no_top_children(k: int) -> None:
    with pytest.raises(FigureError, match="at least one child"):
        top_share(Frequency.of({1: 1}), k)


# The 2017 report -------------------------------------------------------------------------------------

#: One way the children of each half-year can have had their episodes: the report gives only the bands.
JUL_DEC_2016 = Frequency.of({1: 135, 2: 30, 3: 28, 4: 10, 5: 14, 7: 10, 11: 4, 16: 2, 24: 1, 27: 6})
JAN_JUN_2017 = Frequency.of({1: 157, 2: 40, 3: 19, 4: 9, 5: 15, 9: 8, 10: 4, 15: 2, 20: 1, 36: 1})


@pytest.mark.parametrize(
    ("frequency", "children", "in_bands"),
    [(JUL_DEC_2016, 240, (135, 68, 24, 4, 2, 7)), (JAN_JUN_2017, 256, (157, 68, 23, 4, 2, 2))],
)
def test_the_report_by_bands(frequency: Frequency, children: int, in_bands: tuple[int, ...]) -> None:
    assert frequency.children == children
    assert tuple(row.children for row in bands(frequency, REPORT_BANDS)) == in_bands
    assert [row.band.label for row in bands(frequency, REPORT_BANDS)] == [
        *("1", "2-4", "5-9", "10-14", "15-19", "20+"),
    ]


def test_the_report_by_repeats() -> None:
    """The report's "repeat reports" are all episodes of those children; these are the repeats."""
    old, new = JUL_DEC_2016, JAN_JUN_2017
    assert (old.episodes, new.episodes) == (721, 603)
    assert (old.per_child, new.per_child) == (Decimal("3.00"), Decimal("2.36"))
    assert str(Change(old.repeat_children, new.repeat_children).percent) == "-5.7"
    assert (old.repeat_children, new.repeat_children) == (105, 99)
    by_repeaters = Change(old.episodes_by_repeat_children, new.episodes_by_repeat_children)
    assert (by_repeaters.old, by_repeaters.new, str(by_repeaters.percent)) == (586, 446, "-23.9")


def test_eleven_children_cannot_have_had_47_percent_of_the_county() -> None:
    """Paragraph 22 fits the North alone: within the county's bands the top 11 hold at most 43.0 %."""
    most = Frequency.of({1: 135, 2: 68, 5: 24, 10: 2, 14: 2, 19: 2, 20: 6, 124: 1})
    assert [row.children for row in bands(most, REPORT_BANDS)] == [135, 68, 24, 4, 2, 7]
    assert top_share(most, 11).rate.text == "310/721 43.0%"


# Repeat rules (R12) ----------------------------------------------------------------------------------

THREE_IN_90 = RepeatRule("three-in-90", episodes=3, days=90)
MIDNIGHT = datetime(2017, 1, 1, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")


def on(*day_numbers: float) -> list[datetime]:
    return [MIDNIGHT + timedelta(days=n) for n in day_numbers]


def hours(*numbers: int) -> list[datetime]:
    return [MIDNIGHT + timedelta(hours=n) for n in numbers]


def count(starts: list[int], window: int, hour: int) -> int:
    return sum(hour - window < s <= hour for s in starts)


def fired_hour_by_hour(starts: list[int], rule: RepeatRule, now: int) -> list[int]:
    """Follow the words of R12: look at every hour, fire when enough, re-arm when too few."""
    fired, armed = [], True
    for hour in range(now + 1):
        enough = count(starts, 24 * rule.days, hour) >= rule.episodes
        if enough and armed:
            fired.append(hour)
        armed = not enough
    return fired


rules = st.builds(RepeatRule, st.just("r"), st.integers(2, 4), st.integers(1, 3))
start_hours = st.lists(st.integers(0, 240), max_size=25)


@given(start_hours, rules, st.integers(0, 260))
@example([0, 24, 48], RepeatRule("r", 2, 1), 48)
@example([0, 1, 24, 25], RepeatRule("r", 2, 1), 48)
@example([5, 5, 5], RepeatRule("r", 3, 1), 5)
def test_triggers_against_every_hour(starts: list[int], rule: RepeatRule, now: int) -> None:
    crossings = repeat_triggers(hours(*starts), rule, *hours(now))
    assert [c.fired_at for c in crossings] == hours(*fired_hour_by_hour(starts, rule, now))
    for crossing in crossings:
        opens = crossing.fired_at - timedelta(days=rule.days)
        assert list(crossing.starts) == [s for s in hours(*sorted(starts)) if opens < s <= crossing.fired_at]
        assert len(crossing.starts) >= rule.episodes


@given(start_hours, rules, st.integers(0, 260))
def test_met_now_against_the_count(starts: list[int], rule: RepeatRule, now: int) -> None:
    met = currently_met(hours(*starts), rule, *hours(now))
    inside = count(starts, 24 * rule.days, now)
    assert len(met) == (inside if inside >= rule.episodes else 0)
    assert list(met) == sorted(met)


@given(start_hours, rules, st.integers(0, 200), st.integers(0, 60))
def test_later_starts_change_nothing_said_before(starts: list[int], rule: RepeatRule, now: int, more: int) -> None:
    before = repeat_triggers(hours(*starts), rule, *hours(now))
    after = repeat_triggers(hours(*starts), rule, *hours(now + more))
    assert after[: len(before)] == before


def test_three_in_90_fires_once_a_crossing() -> None:
    starts = on(0, 10, 20, 30, 40)
    (crossing,) = repeat_triggers(starts, THREE_IN_90, *on(50))
    assert (crossing.fired_at, crossing.starts) == (starts[2], tuple(starts[:3]))


def test_three_in_90_fires_again_after_falling_to_two() -> None:
    starts = on(0, 1, 2, 91.5, 91.9)
    crossings = repeat_triggers(starts, THREE_IN_90, *on(100))
    assert [c.fired_at for c in crossings] == [starts[2], starts[4]]
    assert crossings[1].starts == tuple(starts[2:]), "the evidence is what lies in the window, no more"


def test_a_start_exactly_90_days_old_has_left_the_window() -> None:
    assert repeat_triggers(on(0, 45, 90), THREE_IN_90, *on(91)) == ()
    a_second_less = [*on(0, 45), on(90)[0] - timedelta(seconds=1)]
    assert len(repeat_triggers(a_second_less, THREE_IN_90, *on(91))) == 1


def test_one_leaving_as_another_comes_is_no_new_crossing() -> None:
    """The count stays three throughout: the rule is not crossed anew."""
    assert len(repeat_triggers(on(0, 45, 60, 90), THREE_IN_90, *on(91))) == 1


def test_the_window_is_elapsed_hours_over_a_clock_change() -> None:
    """Ninety London days over the spring change are an hour short of 90 x 24 h: still inside."""
    local = [datetime(2026, 1, 10, 12, tzinfo=LONDON), datetime(2026, 2, 10, 12, tzinfo=LONDON)]
    same_clock_time = datetime(2026, 4, 10, 12, tzinfo=LONDON)
    now = datetime(2026, 4, 10, 13, tzinfo=LONDON)
    (crossing,) = repeat_triggers([*local, same_clock_time], THREE_IN_90, now)
    assert crossing.fired_at == same_clock_time
    assert len(currently_met([*local, same_clock_time], THREE_IN_90, same_clock_time)) == 3
    assert currently_met([*local, same_clock_time], THREE_IN_90, now) == (), "an hour later it is 90 x 24 h"


def test_what_starts_after_now_has_not_happened() -> None:
    assert repeat_triggers(on(0, 1, 2), THREE_IN_90, *on(1.5)) == ()
    assert currently_met(on(0, 1, 2), THREE_IN_90, *on(1.5)) == ()
    assert currently_met(on(2, 0, 1), THREE_IN_90, *on(2)) == tuple(on(0, 1, 2))


def test_several_rules_are_judged_each_by_itself() -> None:
    starts = on(0, 10, 29.5)
    three_in_30 = RepeatRule("three-in-30", episodes=3, days=30)
    five_in_90 = RepeatRule("five-in-90", episodes=5, days=90)
    fired = [len(repeat_triggers(starts, rule, *on(30))) for rule in (three_in_30, THREE_IN_90, five_in_90)]
    assert fired == [1, 1, 0]


@pytest.mark.parametrize("counts", [((0, 1),), ((1, 0),), ((1, -1),), ((-1, 1),)])
def test_a_frequency_counts_children_with_an_episode(counts: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(FigureError, match="counts children with at least one episode"):
        Frequency(counts)
    assert Frequency(((1, 1),)).children == 1


@pytest.mark.parametrize("counts", [((2, 1), (1, 1)), ((1, 1), (1, 2))])
def test_a_frequency_lists_each_number_once_in_rising_order(counts: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(FigureError, match="once, in rising order"):
        Frequency(counts)
