"""Changes of the police's grade since a moment: each told once, the first grade never (edge case 27)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.episodes.regrades import Regrade, in_force, in_words, regrades
from bot.rules.model import Grade, GradeRecord
from tests.support.factories import NOW, YESTERDAY, at, hours

EVENING, THREE = at("Tue 4 Jul 2017 22:00"), at("Wed 5 Jul 2017 03:00")
LOW, HIGH = GradeRecord(EVENING, "low", entered_at=EVENING), GradeRecord(THREE, "high", entered_at=THREE)


def test_low_to_high_at_three() -> None:
    (change,) = regrades((LOW, HIGH), YESTERDAY, NOW)
    assert change == Regrade("low", "high", THREE)
    assert change.is_higher
    assert in_words((change,), NOW) == "low to HIGH at 03:00"


def test_several_are_told_in_order_with_the_day_where_it_is_another() -> None:
    medium = GradeRecord(EVENING + hours(1), "medium")
    words = in_words(regrades((HIGH, medium, LOW), YESTERDAY, NOW), NOW)
    assert words == "low to medium on Tue 4 Jul 23:00, medium to HIGH at 03:00"


def test_a_first_grade_and_a_grade_confirmed_are_no_change() -> None:
    assert regrades((HIGH,), YESTERDAY, NOW) == ()
    assert regrades((replace(LOW, grade="high"), HIGH), YESTERDAY, NOW) == ()


def test_downwards_too() -> None:
    (change,) = regrades((LOW, replace(HIGH, grade="very_low")), YESTERDAY, NOW)
    assert not change.is_higher
    assert in_words((change,), NOW) == "low to very low at 03:00"


def test_a_re_grade_that_no_export_had_in_time_is_in_the_next_digest() -> None:
    tomorrow = NOW + hours(24)
    late = replace(HIGH, entered_at=NOW + hours(1))
    assert regrades((LOW, late), NOW, tomorrow) == (Regrade("low", "high", THREE),)


def test_a_grade_without_a_time_of_its_own_that_the_export_changed() -> None:
    changed = GradeRecord(EVENING, "high", entered_at=THREE, before="low")
    (change,) = regrades((changed,), YESTERDAY, NOW)
    assert in_words((change,), NOW) == "low to HIGH known at 03:00"
    assert regrades((changed,), NOW, NOW + hours(24)) == ()
    assert regrades((replace(changed, before="high"),), YESTERDAY, NOW) == ()


def test_each_window_begins_with_its_first_instant_and_ends_before_the_next() -> None:
    changed = GradeRecord(EVENING, "high", entered_at=NOW, before="low")
    timed = (LOW, GradeRecord(NOW, "high", entered_at=NOW))
    for series in ((changed,), timed):
        assert regrades(series, YESTERDAY, NOW) == ()
        assert len(regrades(series, NOW, NOW + hours(24))) == 1
        assert regrades(series, NOW + hours(24), NOW + hours(48)) == ()


MINUTES = st.integers(0, 6 * 24 * 60)
GRADES = st.sampled_from(["very_low", "low", "medium", "high"])
SERIES = st.lists(st.tuples(MINUTES, GRADES, st.integers(0, 48 * 60)), unique_by=lambda each: each[0], max_size=8)


@given(SERIES)
def test_over_days_each_change_is_told_and_none_is_told_twice(found: list[tuple[int, Grade, int]]) -> None:
    """As far as nothing earlier became known afterwards: then the change in between is told as well."""
    known_at = EVENING
    series = []
    for minutes, grade, delay in sorted(found):
        graded_at = EVENING + timedelta(minutes=minutes)
        known_at = max(known_at, graded_at + timedelta(minutes=delay))
        series.append(GradeRecord(graded_at, grade, entered_at=known_at))
    mornings = [YESTERDAY + hours(24 * n) for n in range(12)]
    told = [
        r
        for since, until in pairwise(mornings)
        for r in regrades([g for g in series if g.entered_at is not None and g.entered_at < until], since, until)
    ]
    changes = [(a.grade, b.grade, b.graded_at) for a, b in pairwise(series) if a.grade != b.grade]
    assert sorted((r.before, r.grade, r.at) for r in told) == sorted(changes)


def series(*grades: tuple[int, Grade]) -> tuple[GradeRecord, ...]:
    return tuple(GradeRecord(NOW + timedelta(minutes=minute), grade) for minute, grade in grades)


@pytest.mark.parametrize(
    ("recorded", "said", "held"),
    [
        ([], [(1, "medium"), (2, "high")], [(1, "medium"), (2, "high")]),
        ([(0, "low")], [(1, "high")], [(0, "low"), (1, "high")]),
        ([(0, "high")], [(1, "low")], [(0, "high")]),
        ([(0, "high")], [(1, "low"), (2, "high")], [(0, "high")]),
        ([(0, "low")], [(1, "high"), (2, "low")], [(0, "low"), (1, "high"), (2, "low")]),
        ([(2, "medium"), (4, "high")], [(1, "high")], [(1, "high"), (2, "medium"), (4, "high")]),
    ],
)
def test_a_grade_that_was_said_holds_until_a_later_record_and_never_in_place_of_a_higher_one(
    recorded: list[tuple[int, Grade]], said: list[tuple[int, Grade]], held: list[tuple[int, Grade]]
) -> None:
    assert in_force(series(*recorded), series(*said)) == series(*held)
