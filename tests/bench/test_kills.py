"""A short run of the harness that kills at every step; `python -m tests.bench.kills` is the long one."""

from __future__ import annotations

import pytest

from tests.bench.kills import EVERY_POST, MOST_STEPS, end_of, harness

#: Teams on SQLite is in tests/chat/teams/test_killed.py.
KILLED = [("sqlite", "chat"), ("postgresql", "chat"), ("postgresql", "teams")]


@pytest.mark.parametrize(("database_url", "on"), KILLED, indirect=["database_url"])
@pytest.mark.parametrize("can_tell", [True, False])
def test_whatever_is_killed_nothing_is_lost_or_doubled(database_url: str, can_tell: bool, on: str) -> None:
    found = harness(database_url, slots=12, kills=12, can_tell=can_tell, on=on)
    assert set(found.at_steps) >= set(EVERY_POST)
    assert found.unknown == found.unknown_and_told
    assert found.decided == {1: 12}
    if can_tell:
        assert found.after == {1: 12}
        assert found.unknown == 0


def test_whatever_is_killed_no_call_is_lost_and_a_second_copy_says_so(postgresql_url: str) -> None:
    found = harness(postgresql_url, slots=12, kills=12, can_tell=False, on="teams calls")
    assert set(found.at_steps) >= set(EVERY_POST)
    assert found.after[0] == 0
    assert sum(found.after.values()) == 12
    assert (found.unknown, found.unmarked) == (0, 0)


def test_lives_end_at_each_step_in_turn_and_every_time_later() -> None:
    steps = len(EVERY_POST) + 2
    ends = [end_of(life, can_tell=True) for life in range(steps * MOST_STEPS)]
    assert len({end.step for end in ends[:steps]}) == steps
    assert len(set(ends)) == len(ends)
