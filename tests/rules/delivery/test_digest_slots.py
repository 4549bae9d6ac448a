"""Slots of digests on local days, through clock changes, holidays and outages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.delivery.delivery import FURTHEST, back_at, digest_slots
from bot.rules.partnership.partnership import Channel, Digest
from bot.rules.time.clock import local_day, to_london
from tests.support.factories import at, partnership

CALENDAR = partnership().calendar()
EVERY = Channel("c", "C", 1, ("north",), Digest(wall_time(7, 45), wall_time(11), "every"))
WORKING = replace(EVERY, digest=replace(EVERY.digest, days="working"))


def days(channel: Channel, since: str, now: str) -> list[date]:
    return [s.day for s in digest_slots(channel, CALENDAR, at(since), at(now))]


def test_due_from_its_minute_on_until_its_cut_off() -> None:
    wednesday = date(2017, 7, 5)
    assert days(EVERY, "Wed 5 Jul 2017 07:44", "Wed 5 Jul 2017 07:44") == []
    assert days(EVERY, "Wed 5 Jul 2017 07:44", "Wed 5 Jul 2017 07:45") == [wednesday]
    assert days(EVERY, "Wed 5 Jul 2017 10:59", "Wed 5 Jul 2017 11:00") == [wednesday]


def test_after_its_cut_off_only_if_it_came_due_since_somebody_looked() -> None:
    """A first start in the afternoon misses no digest; a start after an outage does, and reports it."""
    assert days(EVERY, "Wed 5 Jul 2017 15:00", "Wed 5 Jul 2017 15:00") == []
    assert days(EVERY, "Wed 5 Jul 2017 07:30", "Wed 5 Jul 2017 15:00") == [date(2017, 7, 5)]


def test_days_on_which_nothing_ran_are_named_one_by_one() -> None:
    found = days(EVERY, "Sat 1 Jul 2017 12:00", "Wed 5 Jul 2017 15:00")
    assert found == [date(2017, 7, day) for day in (2, 3, 4, 5)]
    assert days(WORKING, "Sat 1 Jul 2017 12:00", "Wed 5 Jul 2017 15:00") == found[1:]
    long = list(digest_slots(EVERY, CALENDAR, at("Sun 1 Jan 2017 12:00"), at("Wed 5 Jul 2017 15:00")))
    assert long[0].due_at >= at("Wed 5 Jul 2017 00:00") - FURTHEST


def test_working_days_are_the_partnership_s() -> None:
    assert days(WORKING, "Mon 29 May 2017 08:00", "Mon 29 May 2017 08:00") == []  # spring bank holiday
    assert days(EVERY, "Mon 29 May 2017 08:00", "Mon 29 May 2017 08:00") == [date(2017, 5, 29)]


@pytest.mark.parametrize(
    ("day", "hour"),
    [(date(2026, 10, 24), 6), (date(2026, 10, 25), 7), (date(2027, 3, 27), 7), (date(2027, 3, 28), 6)],
)
def test_the_wall_clock_decides_on_both_clock_changes(day: date, hour: int) -> None:
    now = datetime.combine(day, wall_time(10), UTC)
    (slot,) = digest_slots(EVERY, CALENDAR, now, now)
    assert (slot.due_at.hour, slot.due_at.minute) == (hour, 45)
    assert to_london(slot.due_at).time() == wall_time(7, 45)


instants = st.integers(0, 14 * 365 * 24 * 60).map(
    lambda minutes: at("Fri 1 Jan 2016 00:00") + timedelta(minutes=minutes)
)


@given(instants, st.lists(st.integers(1, 4000), min_size=1, max_size=40))
def test_looking_at_any_moments_names_each_day_at_least_once_and_none_of_the_future(
    start: datetime, steps: list[int]
) -> None:
    found, since, now = set(), start, start
    for minutes in steps:
        since, now = now, now + timedelta(minutes=minutes)
        for slot in digest_slots(EVERY, CALENDAR, since, now):
            assert slot.due_at <= now
            found.add(slot.day)
    whole = [local_day(start) + timedelta(days=n) for n in range(1, (local_day(now) - local_day(start)).days)]
    assert set(whole) <= found


def test_before_people_go_home_for_longer() -> None:
    assert back_at(CALENDAR, at("Wed 5 Jul 2017 08:00")) is None
    assert back_at(CALENDAR, at("Fri 7 Jul 2017 08:00")) == at("Mon 10 Jul 2017 08:00")
    assert back_at(CALENDAR, at("Sat 8 Jul 2017 08:00")) is None
    assert back_at(CALENDAR, at("Thu 25 Mar 2027 07:45")) == at("Tue 30 Mar 2027 08:00")  # Easter, and the clocks
    assert back_at(CALENDAR, at("Fri 26 May 2017 08:00")) == at("Tue 30 May 2017 08:00")
