"""Rules that a missing child meets, and the number of times that a grade became high."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.episodes.doubts import GRADE, START, WORDS
from bot.rules.escalations.calls import absences, crossed, times_high, triggers_met
from bot.rules.model import Episode, Grade, GradeRecord
from tests.support.factories import NOW, Recorded, away, episode, hours, partnership

OURS = partnership()
#: As an episode stands whose newest grade could not be read.
UNREAD = {"grade": None, "graded_at": None, "graded_before_at": NOW - hours(3), "doubts": frozenset({GRADE})}


def seen(*found: Recorded) -> list[Episode]:
    return [x.seen(NOW) for x in found]


def rules(*found: Recorded, starts: Sequence[datetime] = ()) -> list[str]:
    """Return the rules that one child meets by these open records."""
    (absence,) = absences(seen(*found), frozenset())
    return [m.rule.id for m in triggers_met(absence, {found[0].child_id: starts}, OURS, NOW)]


def test_children_not_records_and_nobody_who_died_or_is_away() -> None:
    open_now = seen(episode(1), episode(2), replace(episode(1), start_at=NOW - hours(90)), away(3), episode(4))
    found = absences(open_now, {4})
    assert [(a.child_id, len(a.records)) for a in found] == [(1, 2), (2, 1)]
    assert found[0].start_at == NOW - hours(90)


@pytest.mark.parametrize(
    ("changes", "met_by"),
    [
        ({}, []),
        ({"birth": date(2004, 9, 1)}, ["special"]),
        ({"cp": True}, ["special"]),
        ({"uasc": True}, ["special"]),
        ({"lac": True, "hosted": True}, []),
        ({"grade": "high", "graded_at": NOW}, ["special"]),  # not confirmed yet
        ({"grade": "high", "graded_at": NOW - timedelta(minutes=29)}, ["special"]),
        ({"grade": "high", "graded_at": NOW - timedelta(minutes=30)}, ["special", "high"]),
        ({"grade": "high", "graded_at": NOW + hours(1)}, ["ungraded"]),
        ({"grade": None, "reported_at": NOW - hours(1)}, ["ungraded"]),
        ({"grade": None, "reported_at": NOW - hours(0.99)}, []),
        ({"grade": None, "reported_at": None}, ["ungraded"]),
        ({"doubts": frozenset({START})}, ["special"]),  # nobody can read since when: it may be long
        ({"doubts": frozenset({START}), "reported_at": NOW, "grade": None}, ["special"]),
        ({**UNREAD, "grade_before": "high"}, ["special", "high", "ungraded"]),
        ({**UNREAD, "grade_before": "medium"}, ["ungraded"]),
        ({**UNREAD, "grade_before": "high", "reported_at": NOW}, ["special", "high"]),
        *(({"doubts": frozenset({code})}, []) for code in WORDS if code != START),
    ],
)
def test_conditions(changes: dict[str, object], met_by: list[str]) -> None:
    assert rules(episode(1, NOW - hours(5), **changes)) == met_by  # type: ignore[arg-type]


@pytest.mark.parametrize(("long", "met_by"), [(23.9, []), (24, ["open"]), (71.9, ["open"]), (72, ["long"])])
def test_of_several_lengths_the_longest_speaks(long: float, met_by: list[str]) -> None:
    assert rules(episode(1, NOW - hours(long))) == met_by


def test_a_grade_on_either_record_is_a_grade_and_the_earlier_start_counts() -> None:
    assert rules(episode(1, NOW - hours(30), grade=None), episode(1, NOW - hours(3), grade="high")) == [
        "special",
        "high",
        "open",
    ]


@given(st.sets(st.sampled_from(tuple(WORDS))), st.sampled_from([None, "low", "high"]), st.booleans())
def test_no_doubt_takes_a_rule_away(found: set[str], grade: Grade | None, cp: bool) -> None:
    """A doubt may add a call, and never takes one away."""
    plain = episode(1, NOW - hours(30), grade=grade, graded_at=NOW - hours(29), cp=cp)
    assert set(rules(replace(plain, doubts=frozenset(found)))) >= set(rules(plain))


def test_three_in_90_days_is_crossed_by_the_third_start_and_not_by_the_fourth() -> None:
    nights = [NOW - hours(24 * n) for n in (40, 30, 20, 10)]
    (rule,) = [r for r in OURS.escalations if r.condition == "repeat"]
    found = [episode(1, night).seen(NOW) for night in nights]
    assert [crossed(rule, x, {1: nights}, OURS, NOW) is not None for x in found] == [False, False, True, False]
    assert rules(episode(1, NOW - hours(2)), starts=[*nights[2:], NOW - hours(2)]) == ["repeat"]


# -- edge case 27: how often a grade became high --

KNOWN: Sequence[Grade] = ("low", "medium", "high")


def series(*grades: Grade) -> list[GradeRecord]:
    return [GradeRecord(NOW - hours(50 - n), g) for n, g in enumerate(grades)]


@pytest.mark.parametrize(
    ("grades", "times"),
    [
        ((), 0),
        (("low",), 0),
        (("high",), 1),
        (("high", "high"), 1),
        (("low", "high"), 1),
        (("high", "medium", "high"), 2),
        (("high", "low", "low", "high", "high", "medium"), 2),
    ],
)
def test_times_high(grades: tuple[Grade, ...], times: int) -> None:
    assert times_high(series(*grades), NOW) == times


@given(st.lists(st.sampled_from(KNOWN), max_size=12), st.randoms())
def test_a_new_grade_never_takes_a_crossing_back_and_the_order_of_rows_does_not_count(
    grades: list[Grade], dice: object
) -> None:
    found = series(*grades)
    counts = [times_high(found[:n], NOW) for n in range(len(found) + 1)]
    assert counts == sorted(counts)
    assert all(b - a <= 1 for a, b in pairwise(counts))
    mixed = list(found)
    dice.shuffle(mixed)  # type: ignore[attr-defined]
    assert times_high(mixed, NOW) == counts[-1]
    assert times_high([GradeRecord(NOW + hours(1), "high")], NOW) == 0
