"""Trusted time: no jump is followed without a second source, and a clock that is right again is believed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.time.trusted import (
    ANSWER_LASTS,
    MOVED,
    NOT_CONFIRMED,
    SET,
    TOLERANCE,
    WRONG,
    ClockVerdict,
    Heard,
    LastTick,
    Readings,
    by_now,
    judge,
    near,
)
from tests.support.factories import NOW, hours

DAY = timedelta(days=1)
HALF = timedelta(seconds=30)
LAST = LastTick(NOW - HALF, NOW - HALF, NOW - HALF)
#: Half a minute after a tick, on SQLite: one clock.
WELL = Readings(NOW, NOW, LAST, carried=NOW, confirmed=True)
#: The same in the first tick of a process.
STARTED = replace(WELL, carried=None, confirmed=False)

minutes = st.sampled_from([0, 4, 6, 60, 1440, 14400]) | st.integers(0, 20000)
moved = st.builds(lambda n, sign: NOW + sign * timedelta(minutes=n), minutes, st.sampled_from([1, -1]))


@st.composite
def readings(draw: st.DrawFn) -> Readings:
    at, shown = draw(moved), draw(moved)
    last = draw(st.none() | st.builds(LastTick, st.just(at), moved, st.none() | st.just(at)))
    machine = draw(st.just(shown) | moved)
    platforms = draw(st.dictionaries(st.sampled_from(["Slack", "Teams"]), moved, max_size=2))
    carried = draw(st.none() | moved)
    return Readings(shown, machine, last, carried, carried is not None and draw(st.booleans()), platforms)


def jumped(r: Readings, shown: datetime, **more: object) -> Readings:
    """The one clock of this machine, moved."""
    return replace(r, shown=shown, machine=shown, **more)  # type: ignore[arg-type]


@given(readings())
def test_two_sources_agree_on_a_time_that_is_sure(r: Readings) -> None:
    verdict = judge(r)
    if not verdict.sure or r.carried is None:
        return
    witnesses = [*r.platforms.values(), r.carried]
    if near(verdict.now, r.shown):
        witnesses += [r.last.at] if r.last else []
        assert any(near(verdict.now, each) for each in witnesses)
    else:
        assert verdict.now == r.carried
        assert r.confirmed
        assert any(near(r.carried, each) for each in (*r.platforms.values(), r.machine))


@given(readings())
def test_in_doubt_the_time_is_carried_on_and_calls_are_due_by_the_clock_that_is_ahead(r: Readings) -> None:
    verdict = judge(r)
    if verdict.sure:
        assert verdict.ahead == timedelta()
        return
    assert r.carried in (None, verdict.now)
    assert verdict.reason.startswith(NOT_CONFIRMED)
    assert verdict.now + verdict.ahead >= max(verdict.now, r.shown, r.machine)
    old = verdict.since or verdict.now
    assert verdict.due_by(old, verdict.now) == verdict.now + verdict.ahead >= verdict.now


@given(moved)
def test_one_clock_alone_is_followed_by_minutes_at_most(shown: datetime) -> None:
    verdict = judge(jumped(WELL, shown))
    assert abs(verdict.now - NOW) <= TOLERANCE + HALF
    assert verdict.sure == (near(shown, NOW) or near(shown, LAST.at))
    assert judge(replace(WELL, last=replace_last(verdict))).sure  # the clock is right again


offs = st.sampled_from([timedelta(), DAY, -DAY, timedelta(minutes=6), -hours(5)])


@given(st.lists(st.tuples(offs, st.booleans()), max_size=30))
def test_a_process_stays_with_the_real_time_whatever_its_clock_does(ticks: list[tuple[timedelta, bool]]) -> None:
    """One clock, moved at will between the ticks of a minute, and a platform that sometimes answers."""
    real, last, gone = NOW, LAST, judge(WELL)
    for off, answers in ticks:
        real, carried = real + timedelta(minutes=1), gone.now + timedelta(minutes=1)
        said = {"Slack": real} if answers else {}
        gone = judge(Readings(real + off, real + off, last, carried, gone.confirmed, said))
        assert gone.now == real
        assert gone.sure == (answers or off == timedelta())
        last = LastTick(gone.now, gone.shown, gone.now if gone.sure else last.sure_at)


def replace_last(verdict: ClockVerdict) -> LastTick:
    return LastTick(verdict.now, verdict.shown, verdict.now if verdict.sure else LAST.sure_at)


@pytest.mark.parametrize("by", [DAY, -DAY, timedelta(minutes=6), -hours(1)])
def test_a_platform_confirms_a_jump_or_contradicts_it(by: timedelta) -> None:
    there = NOW + by
    confirmed = judge(jumped(WELL, there, platforms={"Slack": there}))
    assert (confirmed.now, confirmed.sure) == (there, True)
    assert confirmed.told.startswith(MOVED)
    assert "Slack confirms" in confirmed.told
    false = judge(jumped(WELL, there, platforms={"Teams": NOW + HALF}))
    assert (false.now, false.sure, false.off) == (NOW, True, by)
    assert false.told.startswith(WRONG)
    assert "Teams confirms" in false.told


def test_platforms_that_contradict_each_other_confirm_nothing() -> None:
    verdict = judge(jumped(WELL, NOW + DAY, platforms={"Slack": NOW, "Teams": NOW + DAY}))
    assert (verdict.now, verdict.sure, verdict.ahead) == (NOW, False, DAY)


def test_a_clock_that_a_platform_contradicts_is_in_doubt_even_where_it_went_on_as_it_should() -> None:
    verdict = judge(replace(WELL, platforms={"Slack": NOW + DAY}))
    assert (verdict.now, verdict.sure, verdict.ahead) == (NOW, False, DAY)
    assert "Slack says" in verdict.reason


def test_the_last_tick_confirms_a_jump_as_of_another_replica_or_a_person() -> None:
    there = NOW + DAY
    verdict = judge(jumped(WELL, there, last=LastTick(there - HALF, there - HALF, LAST.at)))
    assert (verdict.now, verdict.sure) == (there, True)
    assert verdict.told.startswith(MOVED)


def test_a_database_that_jumps_alone_is_known_to_be_wrong() -> None:
    verdict = judge(replace(WELL, shown=NOW + DAY))
    assert (verdict.now, verdict.sure) == (NOW, True)
    assert "this machine's clock" in verdict.told
    assert judge(replace(WELL, machine=NOW + DAY)).now == NOW  # and so is the machine, whose clock is not gone by


def test_a_jump_of_machine_and_database_is_not_confirmed_by_themselves() -> None:
    assert not judge(jumped(WELL, NOW + DAY)).sure
    assert judge(jumped(WELL, NOW + DAY)).asks


def test_a_stop_of_days_is_no_jump_unless_a_platform_says_so() -> None:
    back = jumped(STARTED, NOW + 3 * DAY)
    assert judge(back) == ClockVerdict(NOW + 3 * DAY, NOW + 3 * DAY, asks=True, since=LAST.at)
    assert judge(replace(back, platforms={"Slack": NOW + 3 * DAY})).sure
    later = NOW + hours(1)
    verdict = judge(replace(back, platforms={"Slack": later}))
    assert (verdict.now, verdict.sure, verdict.ahead) == (later, False, 3 * DAY - hours(1))
    again = jumped(WELL, NOW + 3 * DAY, carried=later, confirmed=verdict.confirmed, platforms={"Slack": later})
    assert not judge(again).sure  # one source, asked twice
    soon = judge(replace(back, platforms={"Slack": NOW + HALF}))
    assert (soon.now, soon.sure) == (NOW + HALF, True)  # the last tick was just before
    assert soon.told.startswith(WRONG)
    assert not judge(STARTED).asks  # a quick restart


def test_a_start_before_the_last_tick_is_in_doubt() -> None:
    verdict = judge(jumped(STARTED, NOW - DAY))
    assert (verdict.now, verdict.sure) == (LAST.at, False)
    confirmed = judge(jumped(STARTED, NOW - DAY, platforms={"Slack": NOW - DAY}))
    assert (confirmed.now, confirmed.sure) == (NOW - DAY, True)


@pytest.mark.parametrize("by", [DAY, -DAY])
def test_a_restart_ends_no_doubt(by: timedelta) -> None:
    doubted = LastTick(NOW - HALF, NOW - HALF + by, NOW - hours(1))
    verdict = judge(jumped(STARTED, NOW + by, last=doubted))
    assert (verdict.now, verdict.sure, verdict.since) == (NOW, False, NOW - hours(1))
    right = judge(replace(STARTED, last=doubted))
    assert (right.now, right.sure) == (NOW, True)


def test_a_first_start_goes_by_the_clock_and_by_the_earlier_of_two() -> None:
    first = Readings(NOW, NOW)
    assert judge(first) == ClockVerdict(NOW, NOW, asks=True)
    verdict = judge(replace(first, machine=NOW - DAY))
    assert (verdict.now, verdict.sure, verdict.ahead) == (NOW - DAY, False, DAY)
    again = judge(Readings(NOW, NOW - DAY, carried=NOW - DAY, confirmed=False))
    assert not again.sure  # what was never confirmed confirms nothing


def test_calls_written_in_doubt_are_due_by_the_time_that_is_carried_on() -> None:
    verdict = judge(jumped(WELL, NOW + DAY))
    assert verdict.due_by(NOW - hours(1), NOW) == NOW + DAY
    assert verdict.due_by(NOW, NOW) == NOW


def test_an_answer_tells_the_time_until_it_is_old_or_the_machine_was_set_or_stood_still() -> None:
    heard = Heard(NOW, NOW - DAY, 100.0)  # this machine is a day behind
    assert by_now(heard, NOW - DAY + hours(0.5), 1900.0) == NOW + hours(0.5)
    lasts = ANSWER_LASTS.total_seconds()
    assert by_now(heard, heard.machine + ANSWER_LASTS, 100 + lasts) is not None
    assert by_now(heard, heard.machine + ANSWER_LASTS + HALF, 130 + lasts) is None
    assert by_now(heard, heard.machine + SET + HALF, 100.0) is None
    assert by_now(heard, heard.machine, 100.0 + 90) is None
