"""Working moments of reminders: hours, bank holidays, postponed or brought forward, on both clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.bank_holidays import by_division
from bot.rules.partnership.partnership import BEFORE_CLOSE, ENOUGH, NeverOpen, QuietHours
from bot.rules.time.clock import interview_due, local_day, say
from tests.support.factories import at, partnership

CALENDAR = partnership().calendar("north")
MOMENTS = st.datetimes(datetime(2016, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


@pytest.mark.parametrize(
    ("wanted", "due", "spoken", "forward"),
    [
        ("Fri 20 Nov 2026 10:00", "Sun 22 Nov 2026 10:00", "Fri 20 Nov 2026 10:00", False),  # people work
        ("Sat 21 Nov 2026 10:00", "Sun 22 Nov 2026 10:00", "Fri 20 Nov 2026 14:00", True),  # the issue's own
        ("Mon 23 Nov 2026 04:00", "Mon 23 Nov 2026 12:00", "Mon 23 Nov 2026 08:00", False),
        ("Mon 23 Nov 2026 03:00", "Mon 23 Nov 2026 09:00", "Fri 20 Nov 2026 14:00", True),  # one hour is too little
        ("Mon 23 Nov 2026 02:05", "Mon 23 Nov 2026 08:05", "Fri 20 Nov 2026 14:00", True),
        ("Mon 23 Nov 2026 01:59", "Mon 23 Nov 2026 07:59", "Fri 20 Nov 2026 14:00", True),
        ("Sun 22 Nov 2026 10:00", "Sun 22 Nov 2026 10:00", "Mon 23 Nov 2026 08:00", False),  # a breach waits
        ("Fri 26 Mar 2027 10:00", "Sun 28 Mar 2027 11:00", "Thu 25 Mar 2027 14:00", True),  # Good Friday, clocks
        ("Thu 24 Dec 2026 19:00", "Sun 27 Dec 2026 17:05", "Thu 24 Dec 2026 14:00", True),
    ],
)
def test_quiet_hours_postpone_and_what_would_come_too_late_is_brought_forward(
    wanted: str, due: str, spoken: str, forward: bool
) -> None:
    found, pulled = CALENDAR.speak_at(at(wanted), at(due))
    assert (say(found), pulled) == (say(at(spoken)), forward)


@given(MOMENTS, st.integers(0, 72))
def test_nobody_is_ever_nudged_outside_working_hours_or_after_the_last_working_moment(
    back: datetime, hours: int
) -> None:
    due = interview_due(back)
    wanted = back + timedelta(hours=hours)
    spoken, forward = CALENDAR.speak_at(wanted, due)
    assert CALENDAR.speaks(spoken)
    if wanted < due:
        latest = CALENDAR.latest(due)
        assert latest < CALENDAR.last_moment(due)
        assert spoken < CALENDAR.last_moment(due)
        assert spoken <= latest or spoken == wanted
        if forward:
            opens, closes = CALENDAR.opens(local_day(spoken)), CALENDAR.closes(local_day(spoken))
            assert spoken == max(opens, min(closes, due) - BEFORE_CLOSE)
            assert min(closes, due) - spoken >= ENOUGH


@given(MOMENTS)
def test_the_next_moment_is_now_or_the_first_that_speaks(now: datetime) -> None:
    later = CALENDAR.next_moment(now)
    assert CALENDAR.speaks(later)
    assert later == now or not any(
        CALENDAR.speaks(now + timedelta(minutes=30 * i)) for i in range(int((later - now) / timedelta(minutes=30)))
    )


@pytest.mark.parametrize(
    ("division", "day", "closed"),
    [
        ("england-and-wales", date(2027, 3, 29), True),  # Easter Monday
        ("scotland", date(2027, 3, 29), False),
        ("scotland", date(2026, 11, 30), True),  # St Andrew's Day
        ("northern-ireland", date(2026, 3, 17), True),
        ("england-and-wales", date(2026, 12, 28), True),  # Boxing Day is a Saturday: the Monday after
        ("england-and-wales", date(2022, 9, 19), True),  # the state funeral
        ("england-and-wales", date(2023, 5, 8), True),  # the coronation
        ("england-and-wales", date(2026, 11, 24), False),
    ],
)
def test_bank_holidays_are_those_of_the_division(division: str, day: date, closed: bool) -> None:
    assert (day in by_division()[division]) is closed


def test_an_area_may_have_its_own_hours() -> None:
    ours = partnership()
    own = QuietHours(start=ours.quiet_hours.start, end=ours.quiet_hours.end, bank_holidays="scotland")
    areas = tuple(a if a.id != "north" else type(a)(a.id, a.name, quiet_hours=own) for a in ours.areas)
    changed = ours.with_people(ours.people)
    object.__setattr__(changed, "areas", areas)
    assert changed.calendar("north").works(date(2027, 3, 29))
    assert not changed.calendar("south").works(date(2027, 3, 29))


def test_a_partnership_that_never_works_is_told_and_not_searched_for_ever() -> None:
    every = tuple(date(2026, 1, 1) + timedelta(days=n) for n in range(800))
    closed = type(CALENDAR)(QuietHours(CALENDAR.hours.start, CALENDAR.hours.end, extra_closed=every))
    with pytest.raises(NeverOpen):
        closed.next_moment(datetime(2026, 6, 1, 12, tzinfo=UTC))


def test_who_lists_no_weekdays_works_every_day_but_those_they_close() -> None:
    closed = date(2026, 12, 25)
    hours = QuietHours(CALENDAR.hours.start, CALENDAR.hours.end, working_days=(), extra_closed=(closed,))
    every = type(CALENDAR)(hours, CALENDAR.holidays)
    assert every.works(date(2026, 11, 22))  # a Sunday
    assert every.works(date(2026, 12, 28))  # a bank holiday
    assert not every.works(closed)
    assert every.speak_at(at("Sat 21 Nov 2026 10:00"), at("Sun 22 Nov 2026 10:00"))[0] == at("Sat 21 Nov 2026 10:00")


@pytest.mark.parametrize(("wall", "moment"), [("08:30", "08:30"), ("07:00", "08:00"), ("18:00", "08:00")])
def test_a_time_at_which_nobody_works_becomes_the_opening(wall: str, moment: str) -> None:
    found = CALENDAR.moment_of(date(2026, 11, 23), time.fromisoformat(wall))
    assert found == at(f"Mon 23 Nov 2026 {moment}")
