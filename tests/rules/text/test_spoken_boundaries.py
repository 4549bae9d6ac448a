"""Limits of spoken times: the parts of a day, hours that are none, and days far away."""

from __future__ import annotations

from datetime import date

import pytest

from bot.rules.text.spoken_time import NotATime, SeveralMoments, hear, hear_days
from bot.rules.time.clock import say
from tests.support.factories import NOW, partnership

CALENDAR = partnership().calendar("north")


def said(words: str, *, ahead: bool = True, opening: bool = False) -> str:
    """Hear on a Wednesday, 08:00."""
    found = hear(words.split(), NOW, CALENDAR, ahead=ahead, opening=opening)
    return say(found.at) if found.at else f"{found.day:%a %d %b %Y}"


def fault(words: str, *, ahead: bool = True) -> str:
    with pytest.raises(NotATime) as raised:
        hear(words.split(), NOW, CALENDAR, ahead=ahead)
    return str(raised.value)


@pytest.mark.parametrize(
    ("words", "clock"),
    [
        ("00:00 in the morning", "00:00"),
        ("11:59 in the morning", "11:59"),
        ("at 12 in the afternoon", "12:00"),
        ("at 6 in the afternoon", "18:00"),
        ("18:59 in the afternoon", "18:59"),
        ("at 11 at lunchtime", "11:00"),
        ("14:59 at lunchtime", "14:59"),
        ("at 4 in the evening", "16:00"),
        ("23:59 in the evening", "23:59"),
        ("tonight at 6", "18:00"),
        ("tonight 23:30", "23:30"),
        ("tonight 05:59", "05:59"),
    ],
)
def test_a_part_of_the_day_holds_its_hours(words: str, clock: str) -> None:
    assert said(f"tomorrow {words}" if "tonight" not in words else words).split()[4] == clock


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("12:00 in the morning", "morning"),
        ("11:59 in the afternoon", "afternoon"),
        ("at 7 in the afternoon", "afternoon"),
        ("19:00 in the afternoon", "afternoon"),
        ("10:59 at lunchtime", "lunchtime"),
        ("15:00 at lunchtime", "lunchtime"),
        ("at 3 at lunchtime", "lunchtime"),
        ("15:59 in the evening", "evening"),
        ("at 3 in the evening", "evening"),
        ("00:00 in the evening", "evening"),
        ("17:59 at night", "night"),
        ("06:00 at night", "night"),
    ],
)
def test_an_hour_outside_its_part_of_the_day_is_refused(words: str, part: str) -> None:
    assert f"is not in the {part}: leave one of the two out." in fault(f"tomorrow {words}")


def test_a_night_ends_on_the_next_day() -> None:
    assert said("tonight at 5") == "Thu 6 Jul 2017 05:00 BST"
    assert said("tonight at 6") == "Wed 5 Jul 2017 18:00 BST"
    assert fault("last night at 2", ahead=False) == "Tue 4 Jul 02:00 or Wed 5 Jul 02:00?"


def test_an_hour_of_the_night_said_alone_may_be_the_afternoon_before() -> None:
    """Little is done before six in the morning, so it is asked; from six on the morning is meant."""
    with pytest.raises(SeveralMoments) as asked:
        hear(["5.59"], NOW, CALENDAR, ahead=False)
    assert [say(m) for m in asked.value.moments] == ["Tue 4 Jul 2017 17:59 BST", "Wed 5 Jul 2017 05:59 BST"]
    assert said("6.00", ahead=False) == "Wed 5 Jul 2017 06:00 BST"
    assert said("ten past 0", ahead=False) == "Wed 5 Jul 2017 00:10 BST", "nought is no hour of the afternoon"


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("tomorrow ten to one pm", "Thu 6 Jul 2017 12:50 BST"),
        ("tomorrow five to 14", "Thu 6 Jul 2017 13:55 BST"),
        ("tomorrow quarter to 13", "Thu 6 Jul 2017 12:45 BST"),
        ("tomorrow quarter to two pm", "Thu 6 Jul 2017 13:45 BST"),
        ("tomorrow one minute to nine am", "Thu 6 Jul 2017 08:59 BST"),
        ("tomorrow twenty five past 3pm", "Thu 6 Jul 2017 15:25 BST"),
        ("tomorrow half past 12 pm", "Thu 6 Jul 2017 12:30 BST"),
    ],
)
def test_minutes_to_and_past_an_hour(words: str, moment: str) -> None:
    assert said(words.replace("one minute", "1 minute")) == moment


def test_minutes_to_one_may_be_of_noon_or_of_midnight() -> None:
    assert fault("tomorrow ten to one") == "00:50 or 12:50 on Thu 6 Jul?"
    assert fault("tomorrow ten to twelve") == "11:50 or 23:50 on Thu 6 Jul?"


@pytest.mark.parametrize("words", ["14:60", "24:00", "25:10", "2460"])
def test_hours_and_minutes_that_are_none(words: str) -> None:
    assert fault(words) == "There is no such time of day. Write it like 16:15."


def test_the_last_minute_of_a_day_is_one() -> None:
    assert said("23:59") == "Wed 5 Jul 2017 23:59 BST"


@pytest.mark.parametrize("words", ["13 pm", "0 am", "13:30pm"])
def test_with_am_or_pm_the_hour_is_from_1_to_12(words: str) -> None:
    assert fault(words) == "With am or pm the hour is from 1 to 12; without, write 16:15."


def test_the_afternoon_of_a_reminder_is_two_o_clock_and_the_morning_the_opening() -> None:
    assert said("in the afternoon", opening=True) == "Wed 5 Jul 2017 14:00 BST"
    assert said("tomorrow afternoon", opening=True) == "Thu 6 Jul 2017 14:00 BST"
    assert said("tomorrow morning", opening=True) == "Thu 6 Jul 2017 08:00 BST"


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("a week ago", "Wed 28 Jun 2017"),
        ("2 weeks ago", "Wed 21 Jun 2017"),
        ("3 days ago", "Sun 02 Jul 2017"),
        ("a day ago", "Tue 04 Jul 2017"),
        ("the 6th", "Tue 06 Jun 2017"),
        ("the 31st", "Wed 31 May 2017"),
        ("the 5th", "Wed 05 Jul 2017"),
    ],
)
def test_days_gone_by(words: str, day: str) -> None:
    assert said(words, ahead=False) == day


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("the 3rd", "Thu 03 Aug 2017"),
        ("the 5th", "Wed 05 Jul 2017"),
        ("the 31st", "Mon 31 Jul 2017"),
        ("1/8/17", "Tue 01 Aug 2017"),
        ("1 aug 2017", "Tue 01 Aug 2017"),
        ("4 jul", "Wed 04 Jul 2018"),
    ],
)
def test_days_to_come(words: str, day: str) -> None:
    assert said(words) == day


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("2000-01-01", [date(2000, 1, 1)]),
        ("2199-12-31", [date(2199, 12, 31)]),
        ("1999-12-31", None),
        ("2200-01-01", None),
        ("6 jul 2200-01-01", None),
    ],
)
def test_days_of_two_centuries_are_near_enough(words: str, found: list[date] | None) -> None:
    if found is None:
        with pytest.raises(NotATime, match="too far away"):
            hear_days(words.split(), NOW, CALENDAR)
    else:
        assert hear_days(words.split(), NOW, CALENDAR)[0] == found


def test_a_weekday_or_a_near_day_agrees_with_its_date() -> None:
    assert said("tomorrow 6 jul") == "Thu 06 Jul 2017"
    assert fault("tomorrow 7 jul") == "Tomorrow is 6 Jul 2017, not 7 Jul 2017. Name one day."
    assert fault("friday 6 jul") == "6 Jul 2017 is a Thursday, not a Friday. Say which is right."
    assert fault("sunday 6 jul") == "6 Jul 2017 is a Thursday, not a Sunday. Say which is right."
