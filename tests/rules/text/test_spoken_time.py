"""Days and times as people write them: resolved in London, never guessed, on both clock changes."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.rules.text.spoken_time import NotATime, SeveralMoments, hear, hear_days, written
from bot.rules.time.clock import (
    instants,
    local_day,
    say,
    say_day,
    say_day_near,
    say_near,
    say_short,
    to_london,
)
from tests.support.factories import NOW, at, partnership

CALENDAR = partnership().calendar("north")
#: A Wednesday, 08:00.
WEDNESDAY = NOW
MOMENTS = st.datetimes(datetime(2016, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


def said(words: str, now: datetime = WEDNESDAY, *, ahead: bool = True, opening: bool = False) -> str:
    found = hear(words.split(), now, CALENDAR, ahead=ahead, opening=opening)
    assert set(found.rest) <= {"at"}, found.rest
    return say(found.at) if found.at else f"{found.day:%a %d %b %Y}" if found.day else ""


def readings(words: str, now: datetime, *, ahead: bool) -> list[datetime]:
    """Return the moments that the words may mean; none where they name none."""
    try:
        found = hear(words.split(), now, CALENDAR, ahead=ahead)
    except SeveralMoments as several:
        return list(several.moments)
    except NotATime:
        return []
    return [found.at] if found.at else []


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("14:30", "Wed 5 Jul 2017 14:30 BST"),
        ("14.30", "Wed 5 Jul 2017 14:30 BST"),
        ("1530", "Wed 5 Jul 2017 15:30 BST"),
        ("15h30", "Wed 5 Jul 2017 15:30 BST"),
        ("today 7.05", "Wed 5 Jul 2017 19:05 BST"),
        ("9am", "Wed 5 Jul 2017 09:00 BST"),
        ("12 am", "Wed 5 Jul 2017 00:00 BST"),
        ("12pm", "Wed 5 Jul 2017 12:00 BST"),
        ("noon", "Wed 5 Jul 2017 12:00 BST"),
        ("4.15pm", "Wed 5 Jul 2017 16:15 BST"),
        ("tomorrow 10:00", "Thu 6 Jul 2017 10:00 BST"),
        ("tomorrow at 3 in the afternoon", "Thu 6 Jul 2017 15:00 BST"),
        ("tonight at 8", "Wed 5 Jul 2017 20:00 BST"),
        ("Tomorrow morning", "Thu 06 Jul 2017"),
        ("this afternoon", "Wed 05 Jul 2017"),
        ("next monday 4pm", "Mon 10 Jul 2017 16:00 BST"),
        ("10:00 tomorrow", "Thu 6 Jul 2017 10:00 BST"),
        ("mon 9am", "Mon 10 Jul 2017 09:00 BST"),
        ("Monday 9AM", "Mon 10 Jul 2017 09:00 BST"),
        ("on thursday 17:45", "Thu 6 Jul 2017 17:45 BST"),
        ("wed 07:59", "Wed 12 Jul 2017 07:59 BST"),
        ("wed 08:01", "Wed 5 Jul 2017 08:01 BST"),
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
        ("wed 07:59", "Wed 5 Jul 2017 07:59 BST"),
        ("wed 08:01", "Wed 28 Jun 2017 08:01 BST"),
        ("last thursday 9am", "Thu 29 Jun 2017 09:00 BST"),
        ("last wednesday 9am", "Wed 28 Jun 2017 09:00 BST"),
        ("this monday 9am", "Mon 3 Jul 2017 09:00 BST"),
        ("4/7 15:30", "Tue 4 Jul 2017 15:30 BST"),
        ("04/07/17 15:30", "Tue 4 Jul 2017 15:30 BST"),
        ("4.7.2017 15:30", "Tue 4 Jul 2017 15:30 BST"),
        ("3 july 15:30", "Mon 3 Jul 2017 15:30 BST"),
        ("3 july 1530", "Mon 3 Jul 2017 15:30 BST"),
        ("July 3rd, 2017 10am", "Mon 3 Jul 2017 10:00 BST"),
        ("3rd of july 10 a.m.", "Mon 3 Jul 2017 10:00 BST"),
        ("on Monday 3 July 10am", "Mon 3 Jul 2017 10:00 BST"),
        ("Mon 3rd July 10:00", "Mon 3 Jul 2017 10:00 BST"),
        ("Monday the 3rd 10:00", "Mon 3 Jul 2017 10:00 BST"),
        ("the 3rd 10:00", "Mon 3 Jul 2017 10:00 BST"),
        ("yesterday Tuesday 4 July 10:00", "Tue 4 Jul 2017 10:00 BST"),
        ("yesterday 15h30", "Tue 4 Jul 2017 15:30 BST"),
        ("yesterday half past 3 in the afternoon", "Tue 4 Jul 2017 15:30 BST"),
        ("yesterday quarter to four pm", "Tue 4 Jul 2017 15:45 BST"),
        ("yesterday ten past one pm", "Tue 4 Jul 2017 13:10 BST"),
        ("yesterday 12 noon", "Tue 4 Jul 2017 12:00 BST"),
        ("midnight", "Wed 5 Jul 2017 00:00 BST"),
        ("7 this morning", "Wed 5 Jul 2017 07:00 BST"),
        ("11 last night", "Tue 4 Jul 2017 23:00 BST"),
        ("2 hours ago", "Wed 5 Jul 2017 06:00 BST"),
        ("half an hour ago", "Wed 5 Jul 2017 07:30 BST"),
        ("just now", "Wed 5 Jul 2017 08:00 BST"),
        ("2 days ago 15:30", "Mon 3 Jul 2017 15:30 BST"),
        ("this morning", "Wed 05 Jul 2017"),
        ("last night", "Tue 04 Jul 2017"),
        ("yesterday pm", "Tue 04 Jul 2017"),
        ("next friday 9am", "Fri 7 Jul 2017 09:00 BST"),  # still to come, never last week's
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
    assert said("next working morning", at(now), opening=True) == morning


def test_only_a_reminder_knows_an_hour_for_a_part_of_a_day() -> None:
    assert said("tomorrow morning", opening=True) == "Thu 6 Jul 2017 08:00 BST"
    assert said("this afternoon", opening=True) == "Wed 5 Jul 2017 14:00 BST"
    with pytest.raises(NotATime, match="At what time"):
        hear(["tonight"], NOW, CALENDAR, ahead=True, opening=True)


FIVE = at("Wed 5 Jul 2017 17:00")


@pytest.mark.parametrize(
    ("words", "now", "question", "readings"),
    [
        ("3.30", FIVE, "03:30 or 15:30 on Wed 5 Jul?", ("03:30", "15:30")),
        ("half past three", FIVE, "03:30 or 15:30 on Wed 5 Jul?", ("03:30", "15:30")),
        ("at 3", FIVE, "03:00 or 15:00 on Wed 5 Jul?", ("03:00", "15:00")),
        ("yesterday 9:15", FIVE, "09:15 or 21:15 on Tue 4 Jul?", ("09:15", "21:15")),
        ("12.30", FIVE, "00:30 or 12:30 on Wed 5 Jul?", ("00:30", "12:30")),
        ("wed 9:15", FIVE, "Wed 28 Jun 21:15 or Wed 5 Jul 09:15?", ("21:15", "09:15")),
        ("last monday 4pm", FIVE, "Mon 26 Jun 16:00 or Mon 3 Jul 16:00?", ("16:00", "16:00")),
        ("at 2 last night", FIVE, "Tue 4 Jul 02:00 or Wed 5 Jul 02:00?", ("02:00", "02:00")),
        ("yesterday midnight", FIVE, "Tue 4 Jul 00:00 or Wed 5 Jul 00:00?", ("00:00", "00:00")),
        ("30 oct 2016 01:30", FIVE, "comes twice: the first .BST. or the second .GMT.", ("01:30", "01:30")),
        ("30 oct 2016 1.30", FIVE, "01:30 BST or .* 01:30 GMT or .* 13:30?", ("01:30", "01:30", "13:30")),
    ],
)
def test_what_may_be_two_moments_is_asked(words: str, now: datetime, question: str, readings: tuple[str, ...]) -> None:
    with pytest.raises(SeveralMoments, match=question.replace("?", r"\?")) as asked:
        hear(words.split(), now, CALENDAR, ahead=False)
    assert tuple(f"{to_london(m):%H:%M}" for m in asked.value.moments) == readings


@pytest.mark.parametrize(
    ("words", "now", "moment", "note"),
    [
        ("8.30", "Wed 5 Jul 2017 09:00", "Wed 5 Jul 2017 08:30 BST", "I read the time as 08:30, not 20:30."),
        ("10", "Wed 5 Jul 2017 17:00", "", ""),
        ("at 10", "Wed 5 Jul 2017 17:00", "Wed 5 Jul 2017 10:00 BST", "I read the time as 10:00, not 22:00."),
        ("03:30", "Wed 5 Jul 2017 17:00", "Wed 5 Jul 2017 03:30 BST", ""),
        ("0330", "Wed 5 Jul 2017 17:00", "Wed 5 Jul 2017 03:30 BST", ""),
        ("9.30", "Wed 5 Jul 2017 09:00", "Wed 5 Jul 2017 09:30 BST", ""),  # the caller says: still to come
        ("today 01:30", "Sun 29 Oct 2017 01:45 BST", "Sun 29 Oct 2017 01:30 BST", ""),
        ("today 1.30", "Sun 26 Mar 2017 15:00", "Sun 26 Mar 2017 13:30 BST", ""),
    ],
)
def test_where_one_reading_can_be_meant_it_is_taken_and_said(words: str, now: str, moment: str, note: str) -> None:
    found = hear(words.split(), at(now), CALENDAR, ahead=False)
    assert (say(found.at) if found.at else "", found.note) == (moment, note)


def test_of_a_coming_hour_tomorrows_is_a_reading_too() -> None:
    assert [say(m) for m in readings("at 10", FIVE, ahead=True)] == [
        "Wed 5 Jul 2017 22:00 BST",
        "Thu 6 Jul 2017 10:00 BST",
    ]
    assert [say(m) for m in readings("at 10pm", FIVE, ahead=True)] == ["Wed 5 Jul 2017 22:00 BST"]
    with pytest.raises(SeveralMoments, match=r"Fri 7 Jul 16:00 or Fri 14 Jul 16:00"):
        hear(["next", "friday", "4pm"], FIVE, CALENDAR, ahead=True)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("26 mar 2017 01:30", "does not exist"),
        ("29 oct 2017 01:30", "comes twice"),
        ("Tuesday 3 July 2017 10:00", "3 Jul 2017 is a Monday, not a Tuesday"),
        ("Monday 4th 10:00", "is a Tuesday, not a Monday|is a Friday, not a Monday"),
        ("tomorrow 5 jul 2017 10:00", "Tomorrow is 6 Jul 2017, not 5 Jul 2017"),
        ("7/14 10am", "no such day"),
        ("15:30 in the morning", "15:30 is not in the morning"),
        ("before 3pm", "a limit"),
        ("until 16:00", "a limit"),
        ("at 24", "no such time"),
        ("next friday", "Write the date"),
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
        ("mon 10 july to wed 12 july", [date(2017, 7, 10), date(2017, 7, 12)]),
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
    every = instants(datetime.combine(day, wall))
    expected = [m for m in every if m > now] or list(every[-1:])
    assert readings(f"{day:%Y-%m-%d} {wall:%H:%M}", now, ahead=True) == expected


@given(MOMENTS, MOMENTS)
def test_a_moment_that_the_bot_writes_is_read_back(now: datetime, moment: datetime) -> None:
    """Without a zone the clocks may repeat it; without its year it is of the twelve months before or after."""
    moment = moment.replace(second=0, microsecond=0)
    ahead, near = moment > now, abs((local_day(moment) - local_day(now)).days) < 365
    assert readings(say(moment), now, ahead=ahead) == [moment]
    assert readings(written(moment), now, ahead=ahead) == [moment]
    other_year = to_london(moment).year != to_london(now).year
    shorter = [say_near(moment, now)] * (near or other_year) + [say_short(moment)] * near
    once = len(instants(to_london(moment).replace(tzinfo=None))) == 1
    for text in shorter:
        found = readings(text, now, ahead=ahead)
        assert found == [moment] if once else moment in found
    for text in [say_day(moment), *[say_day_near(moment, now)] * (near or other_year)]:
        assert hear(text.split(), now, CALENDAR, ahead=ahead).day == local_day(moment)


HOURS = st.sampled_from(("{h}.{m:02}", "{h}:{m:02}", "{h}.{m:02}pm", "{h}.{m:02} am"))


@given(MOMENTS, st.times(), st.booleans(), HOURS)
def test_an_hour_is_asked_or_the_only_one_on_its_side(now: datetime, wall: time, ahead: bool, form: str) -> None:
    found = readings(form.format(h=wall.hour % 12 or 12, m=wall.minute), now, ahead=ahead)
    assert len(found) == len(set(found))
    assert len(found) < 2 or all((m > now) == ahead for m in found)
    for local in map(to_london, found):
        assert ((local.hour - wall.hour) % 12, local.minute) == (0, wall.minute)


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


#: Words that times are made of, in any order: more hostile than any letters.
WORDS = st.sampled_from(
    (
        *(
            "at",
            "on",
            "the",
            "of",
            "in",
            "to",
            "past",
            "half",
            "quarter",
            "ten",
            "one",
            "an",
            "now",
            "until",
            "by",
            "ago",
        ),
        *(
            "1",
            "3",
            "12",
            "31",
            "0",
            "00:30",
            "3.30",
            "15:30",
            "1530",
            "2017",
            "24:00",
            "99999",
            "am",
            "pm",
            "bst",
            "gmt",
        ),
        *(
            "noon",
            "midnight",
            "morning",
            "night",
            "afternoon",
            "today",
            "tomorrow",
            "yesterday",
            "hours",
            "days",
            ",",
            "-",
        ),
        *("mon", "tuesday", "next", "last", "this", "jan", "feb", "30", "3rd", "july", "29", "4/7", "31/12/99"),
        *("2017-02-30", "2017-10-29", "0000-00-00", "0001-01-01", "9999-12-31"),
    )
)


@given(MOMENTS, st.lists(WORDS, max_size=9), st.booleans(), st.booleans())
def test_words_of_time_in_any_order_are_a_time_or_not(
    now: datetime, words: list[str], ahead: bool, opening: bool
) -> None:
    with suppress(NotATime):
        found = hear(words, now, CALENDAR, ahead=ahead, opening=opening)
        assert found.at is None or found.at.tzinfo is not None
    with suppress(NotATime):
        hear_days(words, now, CALENDAR)


@given(MOMENTS, st.text(max_size=40))
def test_whatever_is_said_is_a_time_or_not(now: datetime, text: str) -> None:
    try:
        found = hear(text.split(), now, CALENDAR, ahead=True)
    except NotATime:
        return
    assert found.at is None or found.at.tzinfo is not None


def test_an_hour_of_the_night_said_alone_may_be_the_afternoon_before() -> None:
    morning = at("Wed 5 Jul 2017 09:00")
    with pytest.raises(SeveralMoments, match="Tue 4 Jul 15:30 or Wed 5 Jul 03:30") as asked:
        hear(["3.30"], morning, CALENDAR, ahead=False)
    assert [say(m) for m in asked.value.moments] == ["Tue 4 Jul 2017 15:30 BST", "Wed 5 Jul 2017 03:30 BST"]
    for plain in ("today 3.30", "03:30", "3.30 am", "7.30"):
        assert hear(plain.split(), morning, CALENDAR, ahead=False).at
