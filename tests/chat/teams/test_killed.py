"""A few processes killed at their steps while they post to Teams; `python -m tests.bench.kills` is the long run."""

from __future__ import annotations

from tests.bench.kills import faults, harness


def test_a_digest_is_there_once_where_the_team_lets_it_be_read_back(sqlite_url: str) -> None:
    found = harness(sqlite_url, slots=4, kills=4, on="teams")
    assert found.kills >= 4
    assert (found.after, found.unknown) == ({1: 4}, 0)


def test_a_digest_is_held_and_told_where_it_cannot_be(sqlite_url: str) -> None:
    found = harness(sqlite_url, slots=4, kills=4, can_tell=False, on="teams")
    assert found.unknown == found.unknown_and_told
    assert found.decided == {1: 4}
    assert faults(found, False, calls=False) == 0


def test_a_call_is_there_and_a_second_copy_says_so(sqlite_url: str) -> None:
    found = harness(sqlite_url, slots=4, kills=4, can_tell=False, on="teams calls")
    assert found.kills >= 4
    assert (found.after[0], found.unknown, found.unmarked) == (0, 0, 0)
