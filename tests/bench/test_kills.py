"""A short run of the harness that kills at every step; `python -m tests.bench.kills` is the long one."""

from __future__ import annotations

import pytest

from tests.bench.kills import harness


@pytest.mark.parametrize("on", ["chat", "teams"])
@pytest.mark.parametrize("can_tell", [True, False])
def test_whatever_is_killed_nothing_is_lost_or_doubled(database_url: str, can_tell: bool, on: str) -> None:
    found = harness(database_url, slots=12, kills=12, can_tell=can_tell, on=on)
    assert found.kills >= (12 if can_tell else 4)  # without anyone to decide, it ends when all of them are held
    assert len(found.at_steps) >= (3 if on == "chat" else 2)  # Teams' adapter reads, and commits, far more often
    assert found.unknown == found.unknown_and_told
    assert found.decided == {1: 12}
    if can_tell:
        assert found.after == {1: 12}
        assert found.unknown == 0


def test_whatever_is_killed_no_call_is_lost_and_a_second_copy_says_so(database_url: str) -> None:
    found = harness(database_url, slots=12, kills=12, can_tell=False, on="teams calls")
    assert found.kills >= 12
    assert found.after[0] == 0
    assert sum(found.after.values()) == 12
    assert (found.unknown, found.unmarked) == (0, 0)
