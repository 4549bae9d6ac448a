"""When a message of unknown outcome is sent again where nobody can say whether it arrived."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import get_args

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
def test_a_call_goes_again_five_minutes_after_its_last_attempt_and_nothing_else_does(
    kind: str, state: State, minutes: int
) -> None:
    attempted = NOW + timedelta(minutes=minutes)
    at = sent_again_at(row(kind, state, attempted))
    if kind not in ("escalation", "urgent", "drill"):
        assert at is None
    elif state == "planned":  # the last attempt was refused for the moment: it is not there
        assert at == attempted
    else:
        assert at == attempted + timedelta(minutes=5) == attempted + AGAIN_AFTER


def test_what_was_never_tried_is_not_sent_again() -> None:
    assert all(sent_again_at(row(kind, state, None)) is None for kind in KINDS for state in STATES)


def test_a_call_that_a_database_before_this_one_may_have_sent_is_sent_again_at_once() -> None:
    found = {kind: sent_again_at(replace(row(kind, "planned", None), look_since=NOW - AGAIN_AFTER)) for kind in KINDS}
    assert {kind for kind, at in found.items() if at == NOW} == SENT_AGAIN
    assert set(found.values()) == {None, NOW}


def test_every_kind_that_calls_a_person_in_chat_is_among_them() -> None:
    assert SENT_AGAIN <= KINDS
    assert {"wake"} == CALLS - SENT_AGAIN, "an SMS says so little that it is sent again at once"
