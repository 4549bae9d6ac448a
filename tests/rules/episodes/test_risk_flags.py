"""Facts to show of an episode: age bands, grades, the order of lists, and doubts."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from bot.rules.episodes import doubts
from bot.rules.episodes.risk_flags import (
    age_band,
    doubt_words,
    feared_grade,
    flags,
    grade_at,
    in_list_order,
    person_doubts,
    rests_on_found,
)
from bot.rules.model import Episode
from tests.support.factories import NOW, episode, hours, interview, partnership


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (None, "age not known"),
        (0, "0-9"),
        (9, "0-9"),
        (10, "10-12"),
        (17, "16-17"),
    ],
)
def test_an_age_is_a_band_or_not_known(age: int | None, said: str) -> None:
    assert age_band(age, partnership().age_bands) == said


def missing(child: int, *found: str, ago: float = 20, **changes: Any) -> Episode:
    """Make an episode open for so many hours, graded medium, with these doubts."""
    return episode(child, NOW - hours(ago), doubts=frozenset(found), **changes).seen(NOW)


def test_the_order_of_a_list_whatever_it_was_read_in() -> None:
    wanted = [
        missing(1, doubts.IDENTITY, grade="low"),
        missing(2, doubts.START, ago=3, grade="low"),  # since when is not known, so it may be long
        missing(3, grade=None),
        missing(4, doubts.GRADE, ago=19, grade=None, graded_at=None, grade_before="low", graded_before_at=NOW),
        missing(5, grade="high"),
        missing(6, grade="high", ago=2),
        missing(7, doubts.AGE),
        missing(8, doubts.RETURN, ago=3),
        missing(9, doubts.REFERENCE, ago=3, grade="low"),
        missing(10, doubts.ABSENT, ago=70, grade=None),
        missing(11, doubts.ABSENT, ago=80, grade="high"),
    ]
    for some in (wanted, wanted[::-1], *(list(p) for p in permutations(wanted[:3] + wanted[9:]))):
        numbers = [x.child_id for x in wanted if x in some]
        assert [x.child_id for x in in_list_order(some, NOW)] == numbers


def test_what_no_file_has_any_more_comes_after_all_that_is_in_one() -> None:
    gone = [missing(n, code, doubts.ABSENT, grade=None) for n, code in enumerate(doubts.WORDS, 1)]
    here = missing(99, grade="very_low", ago=0.1)
    assert in_list_order([*gone, here], NOW)[0] == here


def test_a_grade_that_cannot_be_read_is_none_for_lists_and_the_one_before_for_calls() -> None:
    unread = missing(1, doubts.GRADE, grade=None, graded_at=None, grade_before="high", graded_before_at=NOW - hours(9))
    assert (grade_at(unread, NOW), feared_grade(unread, NOW)) == (None, "high")
    graded = missing(1, grade="low", graded_at=NOW - hours(1))
    assert (grade_at(graded, NOW), feared_grade(graded, NOW)) == ("low", "low")
    assert feared_grade(missing(1, grade=None, graded_at=None), NOW) is None


def test_what_is_said_of_each_doubt() -> None:
    x = missing(1, *doubts.WORDS, absent_at=NOW - hours(0.25), grade_before="high", graded_before_at=NOW - hours(80))
    assert doubt_words(x, NOW) == (
        "not identified",
        "police reference not readable",
        "since when not known",
        "return not readable",
        "before: HIGH, Sun 2 Jul 00:00",
        "age in doubt",
        "placing authority not readable",
        "not in the file of Wed 5 Jul 07:45",
        "may be one absence with another",
        "an adult, as was confirmed",
        "ended as was said in chat",
    )
    assert person_doubts(x) == ("not identified", "age in doubt", "placing authority not readable")
    assert (doubt_words(missing(1), NOW), person_doubts(missing(1))) == ((), ())


def test_a_doubt_without_its_time_is_said_all_the_same() -> None:
    x = missing(1, doubts.GRADE, doubts.ABSENT, grade=None)
    assert doubt_words(x, NOW) == ("grade not readable", "not in the newest file")


def test_nothing_is_said_of_how_long_where_since_when_is_not_known() -> None:
    long = missing(1, ago=80)
    assert "over 72 h" in flags(long, NOW)
    assert flags(replace(long, doubts=frozenset({doubts.START})), NOW) == ()


@pytest.mark.parametrize(
    ("facts", "rests"),
    [
        ({"found_at": NOW, "returned_at": None, "end_reason": "found_by_police"}, True),
        ({"found_at": NOW, "returned_at": NOW}, False),
        ({"found_at": NOW - hours(1), "returned_at": None}, False),  # the clock is of a return that the council has
        ({"found_at": None, "returned_at": None, "end_reason": "hospital"}, True),  # said in chat
        ({"found_at": None, "returned_at": None, "end_reason": "returned_self"}, False),
        ({"found_at": NOW, "returned_at": None, "interview": interview(None)}, False),
    ],
)
def test_the_clock_rests_on_being_found_until_a_return_is_recorded(facts: dict[str, Any], rests: bool) -> None:
    assert rests_on_found(episode(1, NOW - hours(9), NOW, **facts)) is rests
