"""The clock: every vector of domain.md 10.3, the two clock changes, and properties that hold for any time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bot.rules.model import Period
from bot.rules.time import clock

BST, GMT = timezone(timedelta(hours=1)), UTC

days = st.dates(date(1990, 1, 1), date(2100, 12, 31))
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def wall_time(text: str) -> datetime:
    """Parse a time as written on a form, without a zone."""
    return datetime.fromisoformat(text)


walls = st.datetimes(wall_time("1990-01-01"), wall_time("2100-12-31"))
instants = walls.map(lambda t: t.replace(tzinfo=UTC))


def utc(text: str) -> datetime:
    return wall_time(text).replace(tzinfo=UTC)


# domain.md 10.3: clock start in London, in UTC, due in UTC, due as people read it.
VECTORS = [
    ("2017-05-26 18:30", "2017-05-26 17:30", "2017-05-29 17:30", "Mon 29 May 2017 18:30 BST"),
    ("2017-12-22 23:50", "2017-12-22 23:50", "2017-12-25 23:50", "Mon 25 Dec 2017 23:50 GMT"),
    ("2017-06-29 14:00", "2017-06-29 13:00", "2017-07-02 13:00", "Sun 2 Jul 2017 14:00 BST"),
    ("2026-03-27 20:00", "2026-03-27 20:00", "2026-03-30 20:00", "Mon 30 Mar 2026 21:00 BST"),
    ("2026-03-29 00:30", "2026-03-29 00:30", "2026-04-01 00:30", "Wed 1 Apr 2026 01:30 BST"),
    ("2026-10-24 10:00", "2026-10-24 09:00", "2026-10-27 09:00", "Tue 27 Oct 2026 09:00 GMT"),
    ("2026-12-24 17:05", "2026-12-24 17:05", "2026-12-27 17:05", "Sun 27 Dec 2026 17:05 GMT"),
]


@pytest.mark.parametrize(("local", "start", "due", "read"), VECTORS)
def test_clock_vectors(local: str, start: str, due: str, read: str) -> None:
    began = clock.from_london(wall_time(local))
    assert began == utc(start)
    assert clock.interview_due(began) == utc(due)
    assert clock.say(clock.interview_due(began)) == read


@pytest.mark.parametrize(
    ("wall", "due"),
    [
        (datetime(2026, 10, 25, 1, 30, tzinfo=BST), "2026-10-28 00:30"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=GMT), "2026-10-28 01:30"),
    ],
)
def test_the_time_that_comes_twice_is_due_by_its_own_zone(wall: datetime, due: str) -> None:
    assert clock.interview_due(wall) == utc(due)


def test_due_is_three_elapsed_days_even_from_a_london_time() -> None:
    before_the_change = clock.to_london(utc("2026-03-27 20:00"))
    assert clock.interview_due(before_the_change) == utc("2026-03-30 20:00")
    assert before_the_change + timedelta(hours=72) == utc("2026-03-30 19:00"), "so adding locally is wrong"


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2027, 3, 28), date(2025, 3, 30)])
@pytest.mark.parametrize("minute", [0, 30, 59])
def test_spring_hour_does_not_exist(day: date, minute: int) -> None:
    with pytest.raises(clock.LocalTimeError, match="does not exist"):
        clock.from_london(datetime.combine(day, time(1, minute)))


@pytest.mark.parametrize("day", [date(2026, 10, 25), date(2027, 10, 31)])
@pytest.mark.parametrize("minute", [0, 30, 59])
def test_autumn_hour_comes_twice(day: date, minute: int) -> None:
    with pytest.raises(clock.LocalTimeError, match=r"came twice: write it with BST \(\+01:00\) or GMT"):
        clock.from_london(datetime.combine(day, time(1, minute)))


@pytest.mark.parametrize(
    ("wall", "instant"),
    [
        ("2027-03-28 00:59", "2027-03-28 00:59"),
        ("2027-03-28 02:00", "2027-03-28 01:00"),
        ("2026-10-25 00:59", "2026-10-24 23:59"),
        ("2026-10-25 02:00", "2026-10-25 02:00"),
    ],
)
def test_times_beside_the_changes(wall: str, instant: str) -> None:
    assert clock.from_london(wall_time(wall)) == utc(instant)


def test_a_time_without_a_zone_is_refused() -> None:
    naive = wall_time("2017-05-10 08:00")
    for reads in (clock.to_london, clock.interview_due, clock.local_day, clock.say, clock.say_short):
        with pytest.raises(ValueError, match="without a zone"):
            reads(naive)
    for date_only in (True, False):
        with pytest.raises(ValueError, match="without a zone"):
            clock.counts_until(naive, date_only=date_only)
    with pytest.raises(ValueError, match="no zone of its own"):
        clock.from_london(utc("2017-05-10 08:00"))


@given(instants)
@example(utc("2026-10-25 00:30"))
@example(utc("2026-10-25 01:30"))
@example(utc("2027-03-28 01:00"))
def test_london_and_back(instant: datetime) -> None:
    def read(at: datetime) -> datetime:
        return clock.to_london(at).replace(tzinfo=None, fold=0)

    wall = read(instant)
    if wall in (read(instant - timedelta(hours=1)), read(instant + timedelta(hours=1))):
        with pytest.raises(clock.LocalTimeError, match="came twice"):
            clock.from_london(wall)
    else:
        assert clock.from_london(wall) == instant


@given(walls)
@example(wall_time("2027-03-28 01:30"))
def test_a_wall_time_is_one_instant_or_refused(wall: datetime) -> None:
    try:
        instant = clock.from_london(wall)
    except clock.LocalTimeError:
        assert wall.month in (3, 10)
        assert (wall.weekday(), wall.hour) == (6, 1)
        return
    assert clock.to_london(instant).replace(tzinfo=None) == wall


@given(instants)
def test_due_is_72_elapsed_hours(start: datetime) -> None:
    for same in (start, clock.to_london(start)):
        due = clock.interview_due(same)
        assert due - start == timedelta(hours=72)
        assert due.utcoffset() == timedelta()
        assert clock.counts_until(same, date_only=False) == due


def test_exactly_72_hours_is_in_time_and_a_second_more_is_not() -> None:
    limit = clock.counts_until(utc("2017-05-26 17:30"), date_only=False)
    assert utc("2017-05-29 17:30:00") <= limit < utc("2017-05-29 17:30:01")


# R19: only the date is known -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "last_second"),
    [
        (date(2017, 5, 10), "2017-05-13 22:59:59"),  # 23:59:59 BST
        (date(2017, 12, 22), "2017-12-25 23:59:59"),
        (date(2026, 3, 27), "2026-03-30 22:59:59"),  # the clocks go forward on the way
        (date(2026, 10, 23), "2026-10-26 23:59:59"),  # and back
    ],
)
def test_date_only_counts_until_the_end_of_day_3(day: date, last_second: str) -> None:
    assert clock.counts_until(clock.day_start(day), date_only=True) == utc(last_second)


@given(days)
def test_date_only_is_never_stricter_than_72_hours(day: date) -> None:
    start = clock.day_start(day)
    last = clock.counts_until(start, date_only=True)
    assert last > clock.interview_due(start)
    assert clock.local_day(last) == day + timedelta(days=3)
    assert clock.local_day(last + timedelta(seconds=1)) == day + timedelta(days=4)


# R21: digest windows -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "hours"),
    [
        ("2026-03-29 07:00", 23),  # 08:00 BST on the day the clocks went forward
        ("2026-03-30 06:59", 23),
        ("2026-03-30 07:00", 24),
        ("2027-03-28 07:00", 23),
        ("2026-10-25 08:00", 25),  # 08:00 GMT on the day they went back
        ("2026-10-25 07:59", 24),
        ("2026-10-26 08:00", 24),
    ],
)
def test_digest_window_lengths(at: str, hours: int) -> None:
    since, until = clock.digest_window(utc(at), time(8))
    assert until - since == timedelta(hours=hours)


def test_digest_window_is_the_last_one_that_is_complete() -> None:
    assert clock.digest_window(utc("2017-05-10 07:00"), time(8)) == (
        utc("2017-05-09 07:00"),
        utc("2017-05-10 07:00"),
    )
    late = clock.digest_window(utc("2017-05-10 11:42"), time(8))
    assert late == clock.digest_window(utc("2017-05-10 07:00"), time(8)), "a late run has the same window"
    assert clock.digest_window(utc("2017-05-10 06:59:59"), time(8))[1] == utc("2017-05-09 07:00")


slots = st.times().filter(lambda t: t.hour != 1).map(lambda t: t.replace(second=0, microsecond=0))


@given(instants, slots)
def test_digest_windows_leave_no_gap_and_no_overlap(at: datetime, slot: time) -> None:
    since, until = clock.digest_window(at, slot)
    assert since < until <= at
    assert clock.digest_window(until, slot) == (since, until)
    assert clock.digest_window(until - timedelta(seconds=1), slot)[1] == since
    assert until - since in {timedelta(hours=h) for h in (23, 24, 25)}
    assert clock.to_london(until).time() == slot


@pytest.mark.parametrize("slot", [time(0), time(7, 30), time(8), time(23, 59)])
def test_digest_windows_of_three_years_follow_each_other(slot: time) -> None:
    day, last = date(2025, 1, 1), date(2028, 1, 1)
    expected: datetime | None = None
    hours = timedelta()
    while day < last:
        since, until = clock.digest_window(clock.from_london(datetime.combine(day, slot)), slot)
        assert expected in (None, since)
        expected, day, hours = until, day + timedelta(days=1), hours + (until - since)
    assert hours == timedelta(days=3 * 365), "each year's missing hour comes back"


# Days and periods ----------------------------------------------------------------------------------


@given(days)
@example(SPRING)
@example(AUTUMN)
def test_days_follow_each_other(day: date) -> None:
    since, until = clock.window(Period("", day, day))
    assert clock.local_day(since) == day
    assert clock.local_day(until - timedelta(microseconds=1)) == day
    assert clock.local_day(until) == day + timedelta(days=1)
    assert until == clock.window(Period("", day + timedelta(days=1), day + timedelta(days=1)))[0]


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (date(2017, 5, 10), 24)])
def test_a_day_is_as_long_as_it_is(day: date, hours: int) -> None:
    since, until = clock.window(Period("", day, day))
    assert until - since == timedelta(hours=hours)


def test_a_half_year_begins_and_ends_at_london_midnight() -> None:
    half = Period("2017-H1", date(2017, 1, 1), date(2017, 6, 30))
    assert clock.window(half) == (utc("2017-01-01 00:00"), utc("2017-06-30 23:00"))


# Ages ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("birth", "age", "day"),
    [
        (date(1999, 5, 10), 18, date(2017, 5, 10)),
        (date(2000, 2, 29), 17, date(2017, 3, 1)),
        (date(2000, 2, 29), 18, date(2018, 3, 1)),
        (date(2000, 2, 29), 16, date(2016, 2, 29)),
    ],
)
def test_birthdays(birth: date, age: int, day: date) -> None:
    assert clock.birthday(birth, age) == day
    assert clock.age_on(birth, day) == age
    assert clock.age_on(birth, day - timedelta(days=1)) == age - 1


@pytest.mark.parametrize(
    ("birth", "instant"),
    [
        (date(1999, 5, 10), "2017-05-09 23:00"),
        (date(1999, 12, 10), "2017-12-10 00:00"),
        (date(2000, 2, 29), "2018-03-01 00:00"),
    ],
)
def test_turns_18_at_london_midnight(birth: date, instant: str) -> None:
    assert clock.turns_18_at(birth) == utc(instant)


@given(days, st.integers(0, 120))
@example(date(2000, 2, 29), 18)
@example(date(2000, 2, 29), 20)
def test_an_age_is_reached_on_its_birthday(birth: date, age: int) -> None:
    reached = clock.birthday(birth, age)
    assert clock.age_on(birth, reached) == age
    assert clock.age_on(birth, reached - timedelta(days=1)) == age - 1
    assert (reached.month, reached.day) in {(birth.month, birth.day), (3, 1)}


@given(days, days)
def test_age_counts_the_birthdays_passed(birth: date, day: date) -> None:
    assume(birth <= day)
    assert clock.age_on(birth, day) == sum(clock.birthday(birth, n) <= day for n in range(1, 112))


def test_not_born_yet_is_negative() -> None:
    assert clock.age_on(date(2017, 5, 10), date(2017, 5, 9)) == -1


# Saying it -----------------------------------------------------------------------------------------


def test_times_are_said_in_london() -> None:
    assert clock.say(utc("2017-05-10 07:00")) == "Wed 10 May 2017 08:00 BST"
    assert clock.say(utc("2017-01-04 07:00")) == "Wed 4 Jan 2017 07:00 GMT"
    assert clock.say_short(utc("2017-05-03 07:00")) == "Wed 3 May 08:00"


def test_the_year_is_said_when_it_is_not_this_one() -> None:
    new_year = utc("2017-01-01 00:00")
    assert clock.say_near(utc("2017-05-03 07:00"), new_year) == "Wed 3 May 08:00"
    assert clock.say_near(utc("2016-05-03 07:00"), new_year) == "Tue 3 May 2016 08:00"
    assert clock.say_near(utc("2016-12-31 23:59"), utc("2016-01-01 00:00")) == "Sat 31 Dec 23:59"


#: Instants of the autumn night of a year, from three hours before the first 01:00 to five hours after, and any.
_nights = st.builds(
    lambda year, minutes: clock.day_start(last_sunday_of_october(year)) + timedelta(minutes=minutes),
    st.integers(1996, 2100),
    st.integers(-120, 360),
)
_any_instant = st.one_of(_nights, instants)


def last_sunday_of_october(year: int) -> date:
    last = date(year, 10, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


@example(utc("2017-10-29 00:30"), utc("2017-10-29 01:30"), utc("2017-10-29 07:00"))
@given(_any_instant, _any_instant, _any_instant)
def test_the_zone_is_named_in_the_hour_that_comes_twice_and_only_there(
    one: datetime, other: datetime, now: datetime
) -> None:
    for words in (clock.say_near(one, now), clock.say_close(one, now), clock.say_short(one), clock.say_time(one)):
        twice = len(clock.instants(clock.to_london(one).replace(tzinfo=None))) == 2
        assert words.endswith(f" {clock.to_london(one):%Z}") == twice
        assert twice or not words.endswith(("BST", "GMT"))
    minutes = {at.replace(second=0, microsecond=0) for at in (one, other)}
    for say in (clock.say_near, clock.say_close):
        assert (say(one, now) == say(other, now)) == (len(minutes) == 1)


def test_both_times_of_an_autumn_night_are_told_apart() -> None:
    first, second = utc("2017-10-29 00:30"), utc("2017-10-29 01:30")
    said = [clock.say_near(at, first) for at in (first, second)]
    assert said == ["Sun 29 Oct 01:30 BST", "Sun 29 Oct 01:30 GMT"]
    assert [clock.say_close(at, first) for at in (first, second)] == ["01:30 BST", "01:30 GMT"]
    assert clock.say_close(utc("2017-10-29 02:00"), first) == "02:00"


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(), "0 min"),
        (timedelta(minutes=35, seconds=59), "35 min"),
        (timedelta(minutes=60), "1 h"),
        (timedelta(hours=2, minutes=35), "2 h 35 min"),
        (timedelta(hours=9, minutes=59), "9 h 59 min"),
        (timedelta(hours=10, minutes=1), "10 h"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=31, minutes=20), "31 h"),
        (timedelta(hours=71, minutes=59), "71 h"),
        (timedelta(hours=72), "3 d"),
        (timedelta(hours=98), "4 d 2 h"),
        (-timedelta(hours=19), "19 h"),
    ],
)
def test_lengths_are_said_as_people_say_them(span: timedelta, said: str) -> None:
    assert clock.say_hours(span) == said


@pytest.mark.parametrize(
    ("happened", "known", "told"),
    [
        (None, None, False),
        (None, "2017-05-10 03:00", False),
        ("2017-05-09 07:00", None, True),  # the first moment of the window
        ("2017-05-09 06:59", None, False),
        ("2017-05-10 06:59", None, True),
        ("2017-05-10 07:00", None, False),  # the next one's
        ("2017-05-10 07:00", "2017-05-09 07:00", False),  # still to come
        ("2017-05-01 12:00", "2017-05-09 07:00", True),  # became known late (R23)
        ("2017-05-01 12:00", "2017-05-09 06:59", False),  # told before
        ("2017-05-01 12:00", "2017-05-10 06:59", True),
        ("2017-05-01 12:00", "2017-05-10 07:00", False),
    ],
)
def test_a_digest_tells_what_happened_in_its_window_and_what_became_known_in_it(
    happened: str | None, known: str | None, told: bool
) -> None:
    window = utc("2017-05-09 07:00"), utc("2017-05-10 07:00")
    assert clock.is_news(utc(happened) if happened else None, utc(known) if known else None, *window) is told
