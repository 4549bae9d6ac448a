"""Doubts of an episode: an unread grade, the stored form, and the doubt for which no figure counts it."""

from __future__ import annotations

from datetime import datetime
from itertools import chain, permutations, product

import pytest

from bot.rules.episodes import doubts
from bot.rules.episodes.doubts import grade_is_known, why_not_counted
from tests.support.factories import NOW, hours

Row = tuple[str, datetime | None]
EARLY, LATE = NOW - hours(2), NOW - hours(1)
READ, READ_LATE = ("read", EARLY), ("read", LATE)
UNREAD, UNREAD_LATE, UNREAD_AT_NO_TIME = ("unread", EARLY), ("unread", LATE), ("unread", None)
UNTIMED, NONE = ("untimed", EARLY), ("none", None)


@pytest.mark.parametrize(
    ("rows", "known"),
    [
        ([], True),
        ([NONE], True),  # no grade was given: nothing of it could not be read
        ([NONE, NONE], True),
        ([READ], True),
        ([READ, NONE], True),
        ([READ, READ_LATE], True),
        ([UNREAD], False),
        ([UNREAD_AT_NO_TIME], False),
        ([UNREAD, NONE], False),
        ([READ_LATE, UNREAD], True),  # a later one could be read
        ([READ, UNREAD_LATE], False),
        ([READ, UNREAD], False),  # at the same time: either may be the newest
        ([READ, UNREAD_AT_NO_TIME], False),
        ([READ_LATE, UNREAD, UNREAD_AT_NO_TIME], False),
        ([READ, READ_LATE, UNREAD], True),
        ([UNTIMED], True),  # the only one: it is the newest
        ([UNTIMED, NONE], True),
        ([UNTIMED, UNTIMED], False),
        ([UNTIMED, READ], False),
        ([UNTIMED, READ_LATE], False),
        ([UNTIMED, UNREAD], False),
    ],
)
def test_whether_the_grade_is_known_whatever_the_order_of_rows(rows: list[Row], known: bool) -> None:
    assert {grade_is_known(order) for order in permutations(rows)} == {known}


ALL = (READ, READ_LATE, UNREAD, UNREAD_LATE, UNREAD_AT_NO_TIME, UNTIMED, NONE)


def test_a_row_that_could_not_be_read_never_makes_a_grade_known() -> None:
    """For every three rows: one more row that could not be read, and a row without a grade, in every place."""
    for rows in chain(product(ALL, repeat=2), product(ALL, repeat=3)):
        known = grade_is_known(rows)
        for place in range(len(rows) + 1):
            assert grade_is_known([*rows[:place], NONE, *rows[place:]]) is known, rows
            for more in (UNREAD, UNREAD_LATE, UNREAD_AT_NO_TIME, UNTIMED):
                if not known:
                    assert not grade_is_known([*rows[:place], more, *rows[place:]]), rows


def test_a_known_grade_is_later_than_all_that_could_not_be_read() -> None:
    for rows in product(ALL, repeat=3):
        if grade_is_known(rows) and any(how == "unread" for how, _ in rows):
            newest = max(at for how, at in rows if how == "read" and at is not None)
            assert all(at is not None and at < newest for how, at in rows if how == "unread"), rows


def test_doubts_are_stored_in_one_order_and_read_as_they_were() -> None:
    for code in doubts.WORDS:
        assert doubts.read(doubts.stored({code})) == {code}
    assert doubts.stored(set(doubts.WORDS)) == " ".join(doubts.WORDS)
    assert (doubts.stored(set()), doubts.read("")) == ("", frozenset())


@pytest.mark.parametrize(
    ("kind", "found", "why"),
    [
        ("missing", set(), ""),
        ("missing", {doubts.GRADE, doubts.ABSENT, doubts.RETURN, doubts.IDENTITY, doubts.REFERENCE}, ""),
        ("missing", {doubts.AGE}, doubts.AGE),
        ("missing", {doubts.START, doubts.AGE}, doubts.START),  # one reason for each
        ("void", {doubts.ADULT}, doubts.ADULT),
        ("void", {doubts.START}, ""),  # never counted anyway
        ("away", {doubts.AGE}, ""),
    ],
)
def test_why_figures_leave_an_episode_out(kind: str, found: set[str], why: str) -> None:
    assert why_not_counted(kind, found) == why
