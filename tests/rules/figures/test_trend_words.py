"""The course of a number in words."""

from __future__ import annotations

import pytest

from bot.rules.figures import course

LABELS = ("2016-H1", "2016-H2", "2017-H1")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((4, 9, 7), "first 4 (2016-H1), last 7 (2017-H1), highest 9 (2016-H2), lowest 4 (2016-H1)."),
        ((9, 9, 2), "first 9 (2016-H1), last 2 (2017-H1), highest 9 (2016-H1), lowest 2 (2017-H1)."),
        ((3, 3, 3), "first 3 (2016-H1), last 3 (2017-H1), never another number."),
        (
            (None, 9, 7),
            "first not shown (2016-H1), last 7 (2017-H1), highest shown 9 (2016-H2), lowest shown 7 (2017-H1).",
        ),
        ((None, 9, None), "first not shown (2016-H1), last not shown (2017-H1), never another number shown."),
        ((None, None, None), "not shown."),
    ],
)
def test_first_last_highest_and_lowest(values: tuple[float | None, ...], said: str) -> None:
    assert course("Episodes", LABELS, values) == f"Episodes: {said}"


def test_of_one_period_or_none() -> None:
    assert course("Children", ("2017-H1",), (12,)) == "Children: 12 (2017-H1)."
    assert course("Children", ("2017-H1",), (None,)) == "Children: not shown."
    assert course("Children", (), ()) == "Children: not shown."


def test_two_have_no_highest_and_no_lowest() -> None:
    assert course("Rate", LABELS[:2], (None, 7.5)) == "Rate: first not shown (2016-H1), last 7.5 (2016-H2)."


def test_what_is_not_known_is_said_apart_from_what_is_not_shown() -> None:
    said = course("Episodes", LABELS, (None, 9, None), LABELS[:1])
    assert said == "Episodes: first not known (2016-H1), last not shown (2017-H1), never another number shown."
    assert course("Episodes", LABELS, (None, None, None), LABELS) == "Episodes: not known."
    assert course("Episodes", LABELS, (None, None, None), LABELS[:1]) == "Episodes: not shown."
