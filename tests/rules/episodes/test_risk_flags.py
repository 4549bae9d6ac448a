"""Facts to show of an episode: age bands, grades, the order of lists, and doubts."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from bot.rules.episodes import doubts
from bot.rules.episodes.risk_flags import (
    End,
    age_band,
    category,
    children,
    council_return,
    doubt_words,
    feared_grade,
    flags,
    grade_at,
    in_list_order,
    person_doubts,
    rests_on_found,
    second_records,
    seen_end,
    triggers,
    under_13,
)
from bot.rules.model import FOREVER, Episode, Interview
from bot.rules.partnership.partnership import RepeatRule
from tests.support.factories import NOW, YESTERDAY, episode, hours, interview, partnership


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
        "said in chat, in no file yet",
        "said otherwise in chat",
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


@pytest.mark.parametrize(
    ("ago", "said"),
    [(24, ()), (24.001, ("over 24 h",)), (72, ("over 24 h",)), (72.001, ("over 72 h",)), (500, ("over 72 h",))],
)
def test_over_a_limit_is_longer_than_it(ago: float, said: tuple[str, ...]) -> None:
    """Exactly 24 or 72 hours are not over (domain.md 10.4: open 24 h, open 72 h)."""
    assert flags(missing(1, ago=ago), NOW) == said


def having(x: Episode, *facts: str) -> Episode:
    changes: dict[str, Any] = dict.fromkeys(facts, True)
    return replace(x, **changes)


def test_each_flag_comes_from_its_own_recorded_value() -> None:
    facts = {
        "under_13": "under 13",
        "cp": "child protection plan",
        "hosted": "hosted: placing authority leads",
        "uasc": "UASC",
    }
    for fact, said in facts.items():
        assert flags(having(missing(1), fact), NOW) == (said,)
    everything = having(missing(1, ago=100), *facts)
    assert flags(everything, NOW) == (*facts.values(), "over 72 h")


def test_a_time_that_is_over_grows_no_further() -> None:
    assert flags(episode(1, NOW - hours(100), NOW - hours(77)), NOW) == ()
    assert flags(episode(1, NOW - hours(100), NOW - hours(50)), NOW) == ("over 24 h",)


def test_under_13_is_known_to_be_below_13() -> None:
    assert [under_13(age) for age in (None, 0, 12, 13, 17)] == [False, True, True, False, False]


def test_one_category_a_child() -> None:
    x = missing(1)
    assert category(x) == "home"
    assert category(replace(x, lac=True)) == "looked-after"
    assert category(replace(x, lac=True, uasc=True)) == "UASC"
    assert category(replace(x, lac=True, uasc=True, hosted=True)) == "hosted"


def test_two_open_records_of_one_child_are_one_child_and_the_later_is_the_second() -> None:
    first, second = missing(1, ago=9), missing(1, ago=3)
    other = missing(2, ago=5)
    assert second_records([second, other, first]) == {second.id}
    assert children([first, second, other]) == 2
    twins = [missing(3, ago=4), missing(3, ago=4)]
    assert second_records(twins) == {max(x.id for x in twins)}


def test_a_grade_counts_from_the_moment_it_was_recorded() -> None:
    assert grade_at(missing(1, grade="high", graded_at=NOW), NOW) == "high"
    assert grade_at(missing(1, grade="high", graded_at=NOW + hours(0.01)), NOW) is None
    assert grade_at(missing(1, grade="high", graded_at=None), NOW) == "high"


def test_the_council_s_return_beside_an_open_police_log() -> None:
    assert council_return(missing(1, returned_at=NOW - hours(2)), NOW) == NOW - hours(2)
    assert council_return(missing(1, returned_at=NOW), NOW) == NOW
    assert council_return(missing(1, returned_at=NOW + hours(1)), NOW) is None
    assert council_return(missing(1, interview=interview(NOW - hours(3))), NOW) == NOW - hours(3)
    assert council_return(missing(1), NOW) is None
    ended = episode(1, NOW - hours(20), NOW - hours(2))
    assert council_return(ended, NOW) is None


# -- a birthday --

BIRTHDAY = NOW - hours(8)


def ends(end: Any = None, until: Any = FOREVER, back: Any = None) -> End:
    known = interview(back, worker="W-N01", outcome_reason="child_refused", offered_at=NOW)
    return End(end, until, end, back, known)


def test_an_end_without_a_birthday_is_shown_as_it_is() -> None:
    for stored in (ends(), ends(YESTERDAY, YESTERDAY), ends(NOW + hours(1), NOW + hours(1))):
        assert seen_end(YESTERDAY, None, stored, NOW) == stored


def test_a_birthday_to_come_is_left_out() -> None:
    coming = NOW + hours(1)
    assert seen_end(YESTERDAY, None, ends(until=coming), NOW) == ends()
    assert seen_end(YESTERDAY, None, ends(NOW + hours(9), coming), NOW) == ends(NOW + hours(9), NOW + hours(9))
    closed = seen_end(YESTERDAY, "turned_18", ends(coming, coming), NOW)
    assert (closed.end_at, closed.until_at, closed.left_as_adult) == (None, FOREVER, False)


@pytest.mark.parametrize("until", [BIRTHDAY, NOW], ids=["gone by", "this moment"])
def test_a_birthday_gone_by_leaves_only_the_fact_that_it_came(until: Any) -> None:
    """Neither the day nor a return after it is shown: it is an adult's."""
    nothing = Interview(worker="W-N01", outcome_reason="child_refused")
    left = End(None, YESTERDAY, None, None, nothing, True)
    assert seen_end(YESTERDAY, None, ends(until=until), NOW) == left
    assert seen_end(YESTERDAY, None, ends(until + hours(1), until, until + hours(1)), NOW) == left
    assert seen_end(YESTERDAY, "turned_18", ends(until, until, until - hours(1)), NOW) == left
    assert seen_end(YESTERDAY, None, ends(until=until, back=until + hours(0.1)), NOW) == left


def test_a_return_that_the_council_knew_before_the_birthday_keeps_its_interview() -> None:
    for back in (BIRTHDAY - hours(2), BIRTHDAY):
        stored = ends(until=BIRTHDAY, back=back)
        assert seen_end(YESTERDAY, None, stored, NOW) == End(None, back, None, None, stored.interview, True)
    early = ends(until=BIRTHDAY, back=YESTERDAY - hours(3))
    assert seen_end(YESTERDAY, None, early, NOW).until_at == YESTERDAY, "never before the start"


def test_only_the_repeat_rules_that_are_met_are_shown() -> None:
    rules = [RepeatRule("3 in 90 days", 3, 90), RepeatRule("2 in 30 days", 2, 30)]
    starts = [NOW - hours(n) for n in (1, 30)]
    found = triggers(starts, rules, NOW)
    assert [t.rule for t in found] == rules[1:]
    assert set(found[0].starts) == set(starts)
