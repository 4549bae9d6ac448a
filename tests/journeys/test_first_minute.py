"""The first minute of a start and of a catch-up is one message a person, whatever waits for them."""

from __future__ import annotations

from datetime import timedelta

from tests.bench.first_minute import STARTS, minutes


def test_one_message_a_person_and_moment() -> None:
    start, again = minutes(STARTS + timedelta(minutes=3))
    assert start.calls.total() > 10
    assert again.calls.total() > 4
    assert set(start.messages.values()) == {1}
    assert max(again.calling.values()) == 1, "beside it only what is no call: a reminder, decisions"
