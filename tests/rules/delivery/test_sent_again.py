"""When a message of unknown outcome is sent again where nobody can say whether it arrived."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.delivery.delivery import AGAIN_AFTER, CALLS, SENT_AGAIN, Delivery, State, sent_again_at
from bot.rules.delivery.health import KINDS
from tests.support.factories import NOW

STATES = get_args(State)


def row(kind: str, state: State = "unknown", attempted_at: datetime | None = NOW) -> Delivery:
    return Delivery(
        id=1,
        kind=kind,
        audience="north-manager",
        platform="teams",
        destination="north-manager",
        slot="1",
        state=state,
        reason="",
        marker="m",
        parent_id=None,
        due_at=NOW,
        late_until=None,
        not_before=NOW,
        attempts=1,
        first_attempt_at=attempted_at,
        attempted_at=attempted_at,
        message_id=None,
        sent_at=None,
        resolved_by=None,
        digest_of_body=None,
        changed_at=None,
        closed_at=None,
        sweeps=0,
        planned_at=NOW,
    )


@given(kind=st.sampled_from(sorted(KINDS)), state=st.sampled_from(STATES), minutes=st.integers(-500, 500))
def test_a_call_goes_again_within_five_minutes_of_its_only_attempt_and_nothing_else_does(
    kind: str, state: State, minutes: int
) -> None:
    attempted = NOW + timedelta(minutes=minutes)
    at = sent_again_at(row(kind, state, attempted))
    if kind not in ("escalation", "urgent", "drill"):
        assert at is None
    elif state == "planned":  # the last attempt was refused for the moment: it is not there
        assert at == attempted
    else:
        soonest = timedelta(minutes=1) if kind == "escalation" and minutes > 0 else AGAIN_AFTER
        assert attempted + soonest <= at <= attempted + timedelta(minutes=5)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("first", "last", "again"),
    [
        (0, 0, 5),
        (0, 2, 5),  # a second attempt, after chat had not got the first, begins no wait anew
        (1, 1, 5),  # refused at first
        (4.5, 4.5, 5.5),
        (30, 30, 31),
        (0, 5, 10),
        (0, 10, 15),
    ],
)
def test_a_call_is_counted_from_its_due_time_and_its_first_attempt(first: float, last: float, again: float) -> None:
    tried = [NOW + timedelta(minutes=each) for each in (first, last)]
    d = replace(row("escalation", "unknown", NOW), first_attempt_at=tried[0], attempted_at=tried[1])
    assert sent_again_at(d) == NOW + timedelta(minutes=again)


def test_what_was_never_tried_is_not_sent_again() -> None:
    assert all(sent_again_at(row(kind, state, None)) is None for kind in KINDS for state in STATES)


def test_a_call_that_a_database_before_this_one_may_have_sent_is_sent_again_at_once() -> None:
    found = {kind: sent_again_at(replace(row(kind, "planned", None), look_since=NOW - AGAIN_AFTER)) for kind in KINDS}
    assert {kind for kind, at in found.items() if at == NOW} == SENT_AGAIN
    assert set(found.values()) == {None, NOW}


def test_every_kind_that_calls_a_person_in_chat_is_among_them() -> None:
    assert SENT_AGAIN <= KINDS
    assert {"wake"} == CALLS - SENT_AGAIN, "an SMS says so little that it is sent again at once"
