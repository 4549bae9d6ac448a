"""Spans of rotas: every covered moment has its holder, half-open, over both changes of the clocks."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.partnership.rota import Shift, on_duty, read_begin, read_end, replaced, spans
from bot.rules.time.clock import day_start, local_day
from tests.support.factories import at, hours

PEOPLE = ("a-1", "b-2", "c-3")
#: Either change of the clocks lies within a week of these days.
BEGINS = st.sampled_from([day_start(date(2026, 3, 25)), day_start(date(2026, 10, 21))])
QUARTERS = st.integers(0, 4 * 24 * 8)


@st.composite
def shifts(draw: st.DrawFn) -> tuple[datetime, list[Shift]]:
    """Draw a week with a change of the clocks, with shifts and covers that begin and end on quarters of an hour."""
    begin = draw(BEGINS)

    def shift(instead_of: str = "") -> Shift:
        first, second = sorted((draw(QUARTERS), draw(QUARTERS)))
        ends = begin + hours(max(second, first + 1) / 4)
        return Shift("duty", draw(st.sampled_from(PEOPLE)), begin + hours(first / 4), ends, instead_of)

    plain = [shift() for _ in range(draw(st.integers(0, 6)))]
    covers = [shift(draw(st.sampled_from(PEOPLE))) for _ in range(draw(st.integers(0, 4)))]
    return begin, plain + covers


@given(shifts(), QUARTERS)
def test_no_moment_of_a_covered_span_is_without_a_holder(week: tuple[datetime, list[Shift]], quarter: int) -> None:
    begin, found = week
    for moment in (begin + hours(quarter / 4), begin + hours(quarter / 4) - timedelta(microseconds=1)):
        covered = any(s.begins <= moment < s.ends for s in found if not s.instead_of)
        assert bool(on_duty(found, "duty", moment)) == covered, "a cover makes no gap, and fills none"


@given(shifts(), QUARTERS)
def test_spans_say_what_each_moment_says(week: tuple[datetime, list[Shift]], quarter: int) -> None:
    begin, found = week
    until = begin + timedelta(days=8)
    held = spans(found, "duty", begin, until)
    assert (held[0].begins, held[-1].ends) == (begin, until)
    assert all(a.ends == b.begins and a.people != b.people for a, b in pairwise(held))
    moment = begin + hours(quarter / 4)
    if moment < until:
        there = next(h for h in held if h.begins <= moment < h.ends)
        assert there.people == on_duty(found, "duty", moment)


@given(st.dates(date(2026, 3, 20), date(2026, 11, 5)), st.integers(1, 10))
def test_a_rota_of_days_has_neither_gap_nor_overlap(first: date, days: int) -> None:
    """Day after day, also where a day has 23 or 25 hours."""
    found = []
    for n in range(days):
        day = str(first + timedelta(days=n))
        found.append(Shift("duty", PEOPLE[n % 3], read_begin(day), read_end(day)))
    assert all(a.ends == b.begins for a, b in pairwise(found))
    begins, ends = day_start(first), day_start(first + timedelta(days=days))
    for h in spans(found, "duty", begins, ends):
        assert len(h.people) == 1
    assert on_duty(found, "duty", ends) == ()
    moment = begins
    while moment < ends:
        assert on_duty(found, "duty", moment) == (PEOPLE[(local_day(moment) - first).days % 3],)
        moment += hours(0.5)


@pytest.mark.parametrize(
    ("night", "length"), [("2026-03-28 17:00", 14), ("2026-10-24 17:00", 16), ("2026-12-04 17:00", 15)]
)
def test_a_night_over_a_change_of_the_clocks_has_one_hour_less_or_more(night: str, length: int) -> None:
    begins = read_begin(night)
    assert read_end(f"{local_day(begins) + timedelta(days=1)} 08:00") - begins == hours(length)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2026-03-29 01:30", "does not exist"),
        ("2026-10-25 01:30", "came twice"),
        ("4/12/2026", "write a day or a London time"),
        ("2026-13-04", "write a day or a London time"),
    ],
)
def test_a_time_that_cannot_be_meant_is_refused(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_begin(text)


def test_a_time_that_comes_twice_can_be_said_with_its_offset() -> None:
    assert read_begin("2026-10-25 01:30+01:00") + hours(1) == read_begin("2026-10-25 01:30+00:00")


def test_a_swap_is_two_covers_and_a_cover_is_given_back_by_another() -> None:
    mon, tue, wed = (at(f"{day} Dec 2026 09:00") for day in ("Mon 7", "Tue 8", "Wed 9"))
    found = [Shift("duty", "a-1", mon, tue), Shift("duty", "b-2", tue, wed)]
    swap = [Shift("duty", "b-2", mon, tue, "a-1"), Shift("duty", "a-1", tue, wed, "b-2")]
    assert [h.people for h in spans(found + swap, "duty", mon, wed)] == [("b-2",), ("a-1",)]
    given_back = [*found, *swap, Shift("duty", "a-1", mon, tue, "b-2")]
    assert [h.people for h in spans(given_back, "duty", mon, wed)] == [("a-1",)]


@given(shifts(), shifts())
def test_a_file_taken_over_twice_changes_nothing(
    before: tuple[datetime, list[Shift]], after: tuple[datetime, list[Shift]]
) -> None:
    old, new = ([s for s in each[1] if not s.instead_of] for each in (before, after))
    once = replaced(old, new)
    assert set(replaced(once, new)) == set(once)
    for s in new:
        assert s in once
    first, last = min((s.begins for s in new), default=None), max((s.ends for s in new), default=None)
    for s in old:
        for moment in (s.begins, s.ends - timedelta(minutes=15)):
            outside = first is None or last is None or not first <= moment < last
            if outside:
                assert s.person in on_duty(once, "duty", moment), "outside the file's time the rota stays"
