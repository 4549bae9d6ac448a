"""The clock of a practice stays, moves forward only, and ticks on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.server.practice_clock import BackInTime, PracticeClock, steps

MORNING = datetime(2017, 7, 5, 7, 0, tzinfo=UTC)


def test_half_an_hour_ticks_each_minute_and_the_clock_shows_the_minute_of_each_tick() -> None:
    clock, seen = PracticeClock(MORNING), []
    clock.move_to(MORNING + timedelta(minutes=30), lambda: seen.append(clock.now))
    assert seen == [MORNING + timedelta(minutes=n) for n in range(1, 31)]


def test_a_night_ticks_every_ten_minutes() -> None:
    assert len(list(steps(MORNING, MORNING + timedelta(days=1)))) == 144


def test_steps_of_ten_minutes_are_at_whole_tens() -> None:
    moments = list(steps(MORNING + timedelta(minutes=7, seconds=5), MORNING + timedelta(hours=2)))
    assert moments[0] == MORNING + timedelta(minutes=10)
    assert all(moment.minute % 10 == 0 and moment.second == 0 for moment in moments)


def test_the_clock_never_goes_back() -> None:
    clock = PracticeClock(MORNING)
    with pytest.raises(BackInTime):
        clock.move_to(MORNING - timedelta(seconds=1), lambda: None)
    assert clock.now == MORNING


@given(st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=3)))
def test_every_move_ends_at_its_moment_in_steps_of_ten_minutes_at_most(move: timedelta) -> None:
    passed = [MORNING, *steps(MORNING, MORNING + move)]
    assert passed[-1] == MORNING + move
    assert all(timedelta(0) < b - a <= timedelta(minutes=10) for a, b in pairwise(passed))
