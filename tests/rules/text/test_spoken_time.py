"""Days and times as people write them: resolved in London, never guessed, on both clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.rules.text.spoken_time import NotATime, hear, hear_days
from bot.rules.time.clock import LocalTimeError, from_london, local_day, say, to_london
from tests.support.factories import NOW, at, partnership

CALENDAR = partnership().calendar("north")
#: A Wednesday, 08:00.
WEDNESDAY = NOW
MOMENTS = st.datetimes(datetime(2016, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


def said(words: str, now: datetime = WEDNESDAY, *, ahead: bool = True) -> str:
    found = hear(words.split(), now, CALENDAR, ahead=ahead)
    assert found.rest == (), found.rest
    return say(found.at) if found.at else f"{found.day:%a %d %b %Y}" if found.day else ""


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("14:30", "Wed 5 Jul 2017 14:30 BST"),
        ("14.30", "Wed 5 Jul 2017 14:30 BST"),
        ("7.05", "Wed 5 Jul 2017 07:05 BST"),
        ("9am", "Wed 5 Jul 2017 09:00 BST"),
        ("12 am", "Wed 5 Jul 2017 00:00 BST"),
        ("12pm", "Wed 5 Jul 2017 12:00 BST"),
        ("noon", "Wed 5 Jul 2017 12:00 BST"),
        ("4.15pm", "Wed 5 Jul 2017 16:15 BST"),
        ("tomorrow 10:00", "Thu 6 Jul 2017 10:00 BST"),
        ("Tomorrow morning", "Thu 6 Jul 2017 08:00 BST"),
        ("10:00 tomorrow", "Thu 6 Jul 2017 10:00 BST"),
        ("mon 9am", "Mon 10 Jul 2017 09:00 BST"),
        ("Monday 9AM", "Mon 10 Jul 2017 09:00 BST"),
        ("on thursday 17:45", "Thu 6 Jul 2017 17:45 BST"),
        ("wed 7:59", "Wed 12 Jul 2017 07:59 BST"),
        ("wed 8:01", "Wed 5 Jul 2017 08:01 BST"),
        ("this afternoon", "Wed 5 Jul 2017 14:00 BST"),
        ("next working morning", "Thu 6 Jul 2017 08:00 BST"),
        ("2017-07-06 10:00", "Thu 6 Jul 2017 10:00 BST"),
        ("2017-07-06T10:00", "Thu 6 Jul 2017 10:00 BST"),
        ("06/07/2017 10:00", "Thu 6 Jul 2017 10:00 BST"),
        ("6 jul 10:00", "Thu 6 Jul 2017 10:00 BST"),
        ("6th July 2018 10:00", "Fri 6 Jul 2018 10:00 BST"),
        ("4 jul 10:00", "Wed 4 Jul 2018 10:00 BST"),
        ("in 2 hours", "Wed 5 Jul 2017 10:00 BST"),
        ("in 45 min", "Wed 5 Jul 2017 08:45 BST"),
        ("24 dec", "Sun 24 Dec 2017"),
        ("29 feb", "Sat 29 Feb 2020"),
        ("tomorrow", "Thu 06 Jul 2017"),
        ("", ""),
    ],
)
def test_what_people_say_of_what_is_to_come(words: str, moment: str) -> None:
    assert said(words) == moment


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("yesterday 16:15", "Tue 4 Jul 2017 16:15 BST"),
        ("mon 9am", "Mon 3 Jul 2017 09:00 BST"),
        ("wed 7:59", "Wed 5 Jul 2017 07:59 BST"),
        ("wed 8:01", "Wed 28 Jun 2017 08:01 BST"),
        ("last thursday 9:00", "Thu 29 Jun 2017 09:00 BST"),
        ("4 jul 10:00", "Tue 4 Jul 2017 10:00 BST"),
        ("24 dec 10:00", "Sat 24 Dec 2016 10:00 GMT"),
        ("9:30", "Wed 5 Jul 2017 09:30 BST"),  # still to come: whoever asks says so, and never takes yesterday's
    ],
)
def test_what_people_say_of_what_has_been(words: str, moment: str) -> None:
    assert said(words, ahead=False) == moment


@pytest.mark.parametrize(
    ("now", "morning"),
    [
        ("Fri 7 Jul 2017 15:00", "Mon 10 Jul 2017 08:00 BST"),
        ("Fri 7 Jul 2017 07:00", "Fri 7 Jul 2017 08:00 BST"),
        ("Sat 8 Jul 2017 09:00", "Mon 10 Jul 2017 08:00 BST"),
        ("Thu 13 Apr 2017 15:00", "Tue 18 Apr 2017 08:00 BST"),  # Easter
    ],
)
def test_the_next_working_morning_is_the_calendars(now: str, morning: str) -> None:
    assert said("next working morning", at(now)) == morning


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("26 mar 2017 01:30", "does not exist"),
        ("29 oct 2017 01:30", "came twice"),
        ("29 oct 2017 03:30 bst", "do not say BST"),
        ("30 feb 10:00", "no such day"),
        ("2017-13-01 10:00", "no such day"),
        ("25:00", "no such time"),
        ("10:75", "no such time"),
        ("13pm", "from 1 to 12"),
        ("mon 9am tue", "more than one day"),
        ("9am 10am", "more than one time"),
        ("in 2 hours 10:00", "not both"),
    ],
)
def test_what_is_no_time_is_refused(words: str, why: str) -> None:
    with pytest.raises(NotATime, match=why):
        hear(words.split(), WEDNESDAY, CALENDAR, ahead=True)


def test_bst_or_gmt_says_which_of_two() -> None:
    first, second = (hear(f"29 oct 2017 01:30 {z}".split(), NOW, CALENDAR, ahead=True).at for z in ("BST", "GMT"))
    assert first == at("Sun 29 Oct 2017 01:30 BST")
    assert second == at("Sun 29 Oct 2017 01:30 GMT")


def test_other_words_are_left_over() -> None:
    found = hear(["offered", "by", "phone", "at", "14:30", "please"], NOW, CALENDAR, ahead=False)
    assert found.rest == ("offered", "by", "phone", "at", "please")
    assert hear(["monitor", "12345", "v12", "OX-7QK4", "sunny"], NOW, CALENDAR, ahead=True).at is None


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("24 dec to 2 jan", [date(2017, 12, 24), date(2018, 1, 2)]),
        ("mon to wed", [date(2017, 7, 10), date(2017, 7, 12)]),
        ("fri to mon", [date(2017, 7, 7), date(2017, 7, 10)]),
        ("today", [date(2017, 7, 5)]),
        ("2017-07-10 until 2017-07-20", [date(2017, 7, 10), date(2017, 7, 20)]),
        ("nothing", []),
    ],
)
def test_days_follow_one_another(words: str, days: list[date]) -> None:
    assert hear_days(words.split(), NOW, CALENDAR)[0] == days


@given(MOMENTS, st.dates(date(2016, 1, 1), date(2034, 12, 31)), st.times())
def test_a_written_moment_is_that_wall_time_or_refused(now: datetime, day: date, wall: time) -> None:
    wall = wall.replace(second=0, microsecond=0)
    words = [f"{day:%Y-%m-%d}", f"{wall:%H:%M}"]
    try:
        expected = from_london(datetime.combine(day, wall))
    except LocalTimeError:
        with pytest.raises(NotATime):
            hear(words, now, CALENDAR, ahead=True)
    else:
        assert hear(words, now, CALENDAR, ahead=True) == (expected, None, ())
        assert to_london(expected).replace(tzinfo=None) == datetime.combine(day, wall)


@given(MOMENTS, st.sampled_from(("mon", "tuesday", "wed", "thurs", "friday", "sat", "sun")), st.times(), st.booleans())
def test_a_weekday_is_within_a_week_on_the_right_side_of_now(now: datetime, name: str, wall: time, ahead: bool) -> None:
    wall = wall.replace(second=0, microsecond=0)
    assume(wall.hour != 1)
    found = hear([name, f"{wall:%H:%M}"], now, CALENDAR, ahead=ahead).at
    assert found is not None
    assert f"{to_london(found):%a}".casefold() == name[:3]
    assert to_london(found).time() == wall
    days = abs((local_day(found) - local_day(now)).days)
    assert days <= 7
    assert found > now if ahead else found <= now


@given(MOMENTS, st.integers(0, 8), st.integers(1, 12), st.booleans())
def test_a_day_without_its_year_is_the_nearest_on_that_side(now: datetime, day: int, month: int, ahead: bool) -> None:
    day += 1
    found = hear([str(day), f"{date(2000, month, 1):%b}"], now, CALENDAR, ahead=ahead).day
    assert found is not None
    today = local_day(now)
    assert (found.day, found.month) == (day, month)
    assert timedelta() <= (found - today if ahead else today - found) < timedelta(days=366)


@given(MOMENTS, st.text(max_size=40))
def test_whatever_is_said_is_a_time_or_not(now: datetime, text: str) -> None:
    try:
        found = hear(text.split(), now, CALENDAR, ahead=True)
    except NotATime:
        return
    assert found.at is None or found.at.tzinfo is not None
