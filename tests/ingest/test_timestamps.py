"""Dates and times as exports write them; London's clock changes; nothing guessed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.cells import Timestamp, date_only, fitting, month_first, read_day, read_moment
from bot.ingest.rejects import CellError
from bot.rules.time.clock import LocalTimeError, from_london, to_london

DAYS = [
    *("31/05/2017", "2017-05-31", "2017-05-31 00:00:00", "2017-05-31T00:00:00.000", "31/05/2017 12:00:00 AM"),
    *("31/5/2017", "31/05/17", "31.05.2017", "31-05-2017", "31.5.17", "2017/5/31", "2017.05.31", "20170531"),
    *(
        "31-May-2017",
        "31-May-17",
        "31 May 2017",
        "31st May 2017",
        "31MAY2017",
        "Wed 31 May 2017",
        "wednesday, 31 may 2017",
    ),
    *("May 31, 2017", "May 31 2017", "31 May, 2017", "42886", "42886.0"),
]


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("01/03/2017 22:05", "2017-03-01 22:05:00"),
        ("2017-03-01 22:05", "2017-03-01 22:05:00"),
        ("2017-03-01T22:05:33", "2017-03-01 22:05:33"),
        ("2017-03-01T22:05:33.123456", "2017-03-01 22:05:33"),
        ("1/6/2017 00:30", "2017-05-31 23:30:00"),
        ("2017-06-01 00:30", "2017-05-31 23:30:00"),
        ("2017-06-01T00:30:00Z", "2017-06-01 00:30:00"),
        ("2017-06-01T00:30:00+01:00", "2017-05-31 23:30:00"),
        ("2017-06-01 00:30+0100", "2017-05-31 23:30:00"),
        ("2017-06-01T00:30:00-05:30", "2017-06-01 06:00:00"),
        ("29/02/2016 12:00", "2016-02-29 12:00:00"),
        # The night the clocks change: with its offset a time that comes twice is certain.
        ("25/10/2026 00:59", "2026-10-24 23:59:00"),
        ("25/10/2026 02:00", "2026-10-25 02:00:00"),
        ("25/10/2026 01:30 BST", "2026-10-25 00:30:00"),
        ("25/10/2026 01:30 GMT", "2026-10-25 01:30:00"),
        ("2026-10-25T01:30+01:00", "2026-10-25 00:30:00"),
        ("29/03/2026 00:59", "2026-03-29 00:59:00"),
        ("29/03/2026 02:00", "2026-03-29 01:00:00"),
    ],
)
def test_a_moment_is_london_time_unless_it_says_otherwise(text: str, utc: str) -> None:
    assert read_moment(text) == Timestamp(datetime.fromisoformat(utc).replace(tzinfo=UTC))


def test_a_day_without_a_time_is_known_to_be_one() -> None:
    assert read_moment("01/06/2017") == Timestamp(datetime(2017, 5, 31, 23, tzinfo=UTC), date_only=True)
    assert not read_moment("01/06/2017 00:00").date_only


@pytest.mark.parametrize("day", DAYS[:2] + DAYS[5:-2])
@pytest.mark.parametrize(
    "time",
    [
        " 09:05",
        " 9:05",
        " 9.05",
        "  9:05 AM",
        " 9:05am",
        " 09:05:00 a.m.",
        " at 09:05",
        ", 9:05",
        "T09:05",
        " - 9:05",
        " 0905",
        " 09:05hrs",
        " 0905 hrs",
        " 9:05:00,000",
        " 09:05 BST",
        " 09:05+0100",
        " 08:05 UTC",
        " 08:05:00+00",
    ],
)
def test_a_moment_as_people_and_programs_write_it(day: str, time: str) -> None:
    assert read_moment(day + time) == Timestamp(datetime(2017, 5, 31, 8, 5, tzinfo=UTC))


@pytest.mark.parametrize(
    ("time", "utc"),
    [
        ("12:30 AM", "2017-05-30 23:30"),
        ("12:30 PM", "2017-05-31 11:30"),
        ("6:30 PM", "2017-05-31 17:30"),
        ("18:30 PM", "2017-05-31 17:30"),
        ("00:30 AM", "2017-05-30 23:30"),
        ("9 am", "2017-05-31 08:00"),
    ],
)
def test_halves_of_the_day(time: str, utc: str) -> None:
    assert read_moment(f"31/05/2017 {time}").at == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "utc", "day_alone"),
    [
        ("42917.378472", "2017-07-01 08:05", False),
        ("42917.3784722222", "2017-07-01 08:05", False),
        ("42917.999999", "2017-07-01 23:00", True),
        ("42917", "2017-06-30 23:00", True),
        ("42917.0", "2017-06-30 23:00", True),
        ("42737.5", "2017-01-02 12:00", False),
        ("29221", "1980-01-01 00:00", True),
    ],
)
def test_a_moment_as_a_spreadsheet_counts_it(number: str, utc: str, day_alone: bool) -> None:
    assert read_moment(number) == Timestamp(datetime.fromisoformat(utc).replace(tzinfo=UTC), date_only=day_alone)


def test_a_year_of_two_digits_is_from_1970_to_2069() -> None:
    assert [read_day(f"01/02/{n}").year for n in ("00", "03", "69", "70", "99")] == [2000, 2003, 2069, 1970, 1999]


def test_midnight_of_a_column_with_days_is_no_time_of_day() -> None:
    read = date_only(read_moment)
    assert read("31/05/2017 00:00") == read_moment("31/05/2017")
    assert read("31/05/2017 00:01") == read_moment("31/05/2017 00:01")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("05/31/2017", "31/05/2017"),
        ("5-31-17", "31/05/2017"),
        ("Wed 05/31/2017", "31/05/2017"),
        ("31 May 2017", "31/05/2017"),
        ("2017-05-31", "31/05/2017"),
        ("42886", "31/05/2017"),
    ],
)
def test_month_first_where_the_system_writes_it_so(text: str, day: str) -> None:
    assert month_first(read_day)(text) == read_day(day)
    assert month_first(read_moment)(f"{text} 9:05 AM".replace("42886 9:05 AM", "42886.378472")) == read_moment(
        f"{day} 09:05"
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("30/02/2017 10:00", "not a day of the calendar"),
        ("13/13/2017 10:00", "not a day of the calendar"),
        ("03/25/2017 10:00", "not a day of the calendar"),
        ("01/03/2017 24:00", "not a time of day"),
        ("01/03/2017 10:60", "not a time of day"),
        ("01/03/2017 10:00:60", "not a time of day"),
        ("01/03/2017 10", "not a date and time"),
        ("0001-01-01 10:00", "in the year 0001"),
        ("9999-12-31 10:00", "in the year 9999"),
        ("2017-03-01 10:00+99:00", "impossible offset"),
        ("01/03/2017 13:00 AM", "not a time of day"),
        ("01/03/2017 0:30 PM", "not a time of day"),
        ("01/03-2017 10:00", "not a date and time"),
        ("01/03/201 10:00", "not a date and time"),
        ("03/2017", "not a date and time"),
        ("1 Janvier 2017", "not a date and time"),
        ("32 Jan 2017", "not a day of the calendar"),
        ("73500.5", "in the year 2101, read as a spreadsheet's number of days"),
        ("9999", "not a date and time"),
        ("yesterday", "not a date and time"),
        ("\uff10\uff11/03/2017 10:00", "not a date and time"),  # digits, but of another alphabet
    ],
)
def test_what_is_no_moment_says_why(text: str, reason: str) -> None:
    with pytest.raises(CellError, match=reason) as fault:
        read_moment(text)
    assert fault.value.advice


@pytest.mark.parametrize("text", DAYS)
def test_days(text: str) -> None:
    assert read_day(text) == date(2017, 5, 31)


@pytest.mark.parametrize("text", ["2017-05-31 10:00", "31/5", "May 2017", "2017-02-29", "31.02.2017", "428860"])
def test_what_is_no_day(text: str) -> None:
    with pytest.raises(CellError):
        read_day(text)


wall_times = st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001 - wall times
    lambda wall: wall.replace(second=0, microsecond=0)
)


@given(wall_times)
def test_a_moment_is_what_the_clock_says(wall: datetime) -> None:
    try:
        expected = from_london(wall)
    except LocalTimeError:
        return  # the clock-change nights have a test of their own
    assert read_moment(f"{wall.year:04}-{wall:%m-%d %H:%M}") == Timestamp(expected)
    assert read_moment(f"{wall:%d/%m/}{wall.year:04}{wall: %H:%M:%S}") == Timestamp(expected)


@given(wall_times)
def test_month_first_is_the_same_with_day_and_month_in_the_other_order(wall: datetime) -> None:
    american = month_first(read_moment)
    assert american(f"{wall:%m/%d/}{wall.year:04}{wall: %H:%M}") == read_moment(
        f"{wall:%d/%m/}{wall.year:04}{wall: %H:%M}"
    )
    assert american(f"{wall.year:04}-{wall:%m-%d %H:%M}") == read_moment(f"{wall.year:04}-{wall:%m-%d %H:%M}")


@given(st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_moment_with_its_offset_survives_the_clock_change(at: datetime) -> None:
    at = at.replace(microsecond=0)
    assert read_moment(to_london(at).isoformat()).at == at


@given(st.integers(0, 59))
def test_a_time_that_comes_twice_is_the_earlier_one_unless_only_the_later_fits(minute: int) -> None:
    found = read_moment(f"25/10/2026 01:{minute:02}")
    first = datetime(2026, 10, 25, 0, minute, tzinfo=UTC)
    assert found == Timestamp(first, later=first + timedelta(hours=1))
    assert found.how_read == f"came twice that night: read as the earlier one, 01:{minute:02} BST"
    assert fitting(found, Timestamp(first)) == found
    assert fitting(found, None) == found
    late = fitting(found, Timestamp(first + timedelta(minutes=1)))
    assert late is not None
    assert late.at == found.later
    assert late.how_read == f"came twice that night: read as the later one, 01:{minute:02} GMT"
    assert fitting(found, Timestamp(first + timedelta(hours=2))) == found  # neither fits: a contradiction, told as one


@given(st.integers(0, 59))
def test_a_time_that_does_not_exist_is_the_moment_the_clocks_jumped_to(minute: int) -> None:
    found = read_moment(f"29/03/2026 01:{minute:02}")
    assert found == Timestamp(datetime(2026, 3, 29, 1, tzinfo=UTC), moved=True)
    assert found.how_read == "did not exist, as the clocks went forward: read as 02:00 BST"


@given(st.sampled_from([date(2026, 3, 29), date(2026, 10, 25)]), st.integers(0, 24 * 60 - 1))
def test_every_other_minute_of_those_days_is_in_no_doubt(day: date, minute: int) -> None:
    wall = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute)
    assert bool(read_moment(f"{wall:%d/%m/%Y %H:%M}").how_read) == (wall.hour == 1)


@given(st.text(alphabet="0123456789/-: TZ+.GMBSTx\n", max_size=25))
def test_any_other_text_is_refused_and_nothing_worse(text: str) -> None:
    for read in (read_day, read_moment):
        try:
            read(text)
        except CellError as fault:
            assert fault.reason  # noqa: PT017
