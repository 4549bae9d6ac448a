"""The cause of an interview that was not in time: when it is asked for, and what the facts suggest."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.interviews.causes import is_late, suggested, wants_cause
from bot.rules.interviews.steps import DETAILS
from tests.support.factories import NOW, Recorded, episode, hours, interview
from tests.support.steps import asked, back, said, stands

SECOND = timedelta(seconds=1)
#: Back so long ago that the 72 hours ended an hour ago.
LONG = NOW - hours(73)
LIMIT = NOW - hours(1)
IN_TIME: dict[str, Any] = {"offered_at": LONG, "held_at": LIMIT, "recorded_at": LIMIT}


@given(st.integers(-3, 3))
def test_the_last_second_of_the_72_hours_is_in_time(seconds: int) -> None:
    x = back(returned=NOW - hours(72) - seconds * SECOND)
    i = stands(x)
    assert is_late(i, NOW) == wants_cause(i, NOW) == (seconds > 0)
    limit = x.interview.counts_until
    assert limit is not None
    done = interview(x.interview.clock_start_at, held_at=limit + seconds * SECOND, recorded_at=limit)
    later = stands(back(returned=x.start_at + hours(6), **_of(done)), now=NOW + hours(9))
    assert wants_cause(later, NOW + hours(9)) == (seconds > 0)


def _of(done: Any) -> dict[str, Any]:
    return {"held_at": done.held_at, "recorded_at": done.recorded_at}


@pytest.mark.parametrize(
    ("record", "late", "wanted"),
    [
        ({}, True, True),
        (IN_TIME, False, False),
        ({**IN_TIME, "recorded_at": None}, True, False),  # held in time, recorded late: no cause is asked for
        ({**IN_TIME, "recorded_at": LIMIT + SECOND}, True, False),
        ({**IN_TIME, "held_at": LIMIT + SECOND, "recorded_at": None}, True, True),
        ({"outcome_reason": "capacity"}, True, False),
        ({"offered_at": LONG, "response": "declined"}, True, False),
        ({"response": "no_response", "outcome_reason": "no_contact"}, True, False),
    ],
)
def test_when_a_cause_is_asked_for(record: dict[str, Any], late: bool, wanted: bool) -> None:
    i = stands(back(returned=LONG, **record))
    assert (is_late(i, NOW), wants_cause(i, NOW)) == (late, wanted)


def test_a_cause_that_was_said_is_not_asked_for_again() -> None:
    x = back(returned=LONG)
    assert not wants_cause(stands(x, said(("late", "capacity"), ago=0.5)), NOW)
    assert wants_cause(stands(x, said("attempt", ago=0.5)), NOW)


@pytest.mark.parametrize(
    ("missing", "known", "word"),
    [
        (True, None, "child_missing_again"),
        (True, NOW, "child_missing_again"),
        (False, NOW, "late_notification"),
        (False, None, ""),
    ],
)
def test_what_the_facts_suggest(missing: bool, known: datetime | None, word: str) -> None:
    cause = suggested(stands(back(returned=LONG)), missing, known, NOW)
    assert (cause.word if cause else "") == word
    assert cause is None or cause.word in DETAILS["late"]
    assert suggested(stands(back(returned=NOW - hours(70))), missing, known, NOW) is None


def test_a_police_log_that_was_never_closed_is_no_second_absence() -> None:
    """The council had the child back: the same record is still open as the 72 hours end."""
    x: Recorded = episode(1, LONG - hours(6), interview=interview(LONG, worker="W-N01"))
    assert suggested(stands(x), True, None, NOW) is None


def test_the_cause_is_said_of_what_was_late_alone_and_opens_and_closes_nothing() -> None:
    late, early = stands(back(returned=LONG)), stands(back(returned=NOW - hours(70)))
    assert asked(late, "late", detail="capacity") == ""
    assert asked(late, "late") == "That needs a word of the list."
    assert asked(early, "late", detail="capacity").startswith("It is still in time, until ")
    assert asked(stands(back(returned=LONG, **IN_TIME)), "late", detail="other") == "It was held and recorded in time."
    recorded: dict[str, Any] = {"held_at": NOW - SECOND, "recorded_at": NOW - SECOND, "offered_at": LONG}
    assert asked(stands(back(returned=LONG, **recorded)), "late", detail="other") == ""
    for detail in DETAILS["late"]:
        after = stands(back(returned=LONG), said(("late", detail), ago=0.5))
        assert (after.state, after.owner, after.closed) == (late.state, late.owner, False)
        assert [s.kind for s in after.lacking] == ["late"]
