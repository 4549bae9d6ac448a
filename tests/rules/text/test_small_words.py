"""Small words, and how the place of a word is said."""

from __future__ import annotations

import pytest

from bot.rules.text.small_words import (
    BEFORE_PERIOD,
    BESIDE_AREA,
    OWN_AREA,
    SMALL,
    STATING,
    bare,
    like_a_name,
    ordinal,
    say_places,
)


@pytest.mark.parametrize(
    ("n", "said"),
    [
        *((1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (9, "9th"), (10, "10th"), (11, "11th"), (12, "12th")),
        *((13, "13th"), (19, "19th"), (20, "20th"), (21, "21st"), (22, "22nd"), (23, "23rd"), (24, "24th")),
        *((101, "101st"), (111, "111th"), (112, "112th"), (113, "113th"), (121, "121st")),
    ],
)
def test_ordinals(n: int, said: str) -> None:
    assert ordinal(n) == said


@pytest.mark.parametrize(
    ("places", "said"),
    [
        ([3], "the 3rd word"),
        ([2, 4], "the 2nd and 4th word"),
        ([1, 2, 5], "the 1st, 2nd and 5th word"),
        ([1, 2, 3, 9], "the 1st, 2nd, 3rd word and others"),
    ],
)
def test_places_of_words_three_of_them_at_most(places: list[int], said: str) -> None:
    assert say_places(places) == said


@pytest.mark.parametrize(
    ("word", "name"),
    [
        *(("jane", True), ("Zoë", True), ("o'neill", True), ("anne-marie", True), ("(jane)", True), ("JANE.", True)),
        *(("j", False), ("w-n01", False), ("12", False), ("", False), ("?!", False), ("ox-g3rq", False)),
    ],
)
def test_a_word_of_letters_alone_may_be_a_name(word: str, name: bool) -> None:
    assert like_a_name(word) is name


def test_a_word_without_what_stands_around_it() -> None:
    assert [bare(w) for w in ("What\u2019s", "(North)", "\u2013", "REF?", "a/b")] == [
        "whats",
        "north",
        "",
        "ref",
        "a/b",
    ]


def test_words_that_turn_a_meaning_round_are_no_small_words() -> None:
    assert SMALL.isdisjoint({"not", "or", "without", "since", "by", "was", "my", "no"})
    assert STATING < SMALL
    assert STATING.isdisjoint({"is", "are", "what", "there", "any"}), "they make a question of it"


def test_words_beside_an_area_or_before_a_period() -> None:
    assert {"area", "areas", "team"} == BESIDE_AREA
    assert {"period", "during", "on"} == BEFORE_PERIOD
    assert ("my", "patch") in OWN_AREA
    assert ("our", "team") in OWN_AREA
