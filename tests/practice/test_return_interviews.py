"""The return interviews of the practice data could be true: in order, at possible times, and some left open."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta

import pytest

from tests.support.practice_reading import Episode, Exports

HOUR = timedelta(hours=1)
FORWARD = datetime.fromisoformat("2017-03-26T01:00+00:00")
BACK = datetime.fromisoformat("2016-10-30T01:00+00:00")


def share(episodes: list[Episode], wanted: list[Episode]) -> float:
    return len(wanted) / len(episodes)


def test_interview_times_are_in_order(exports: Exports) -> None:
    for e in exports.episodes:
        offered, held, recorded = (e.time(c) for c in ("offered_at", "held_at", "recorded_at"))
        if offered:
            assert e.back
            assert e.back < offered
        if held:
            assert offered
            assert offered < held
            assert e.council["response"] == "accepted"
        if recorded:
            assert held
            assert held < recorded


def test_no_interview_while_the_child_is_missing(exports: Exports) -> None:
    by_child = defaultdict(list)
    for e in exports.missing:
        by_child[e.child].append(e)
    for e in exports.episodes:
        held = e.time("held_at")
        assert not held or not any(o.start <= held < (o.back or held + HOUR) for o in by_child[e.child])


def test_in_time_or_clearly_late(year: list[Episode]) -> None:
    exact = 0
    for e in year:
        recorded = e.time("recorded_at")
        if recorded == e.due:
            exact += 1
            assert e.start < FORWARD < e.due  # wall-clock sums would call it an hour late
        elif recorded:
            assert recorded <= e.due - 0.5 * HOUR or recorded >= e.due + HOUR
    assert exact == 1


def test_clocks_run_across_both_changes(year: list[Episode]) -> None:
    for change in (FORWARD, BACK):
        assert sum(e.back < change < e.due for e in year if e.back) >= 2
    edge = [e for e in year if e.back and e.back < BACK < e.due and e.time("recorded_at") == e.due + HOUR]
    assert edge  # wall-clock sums would call it in time


@pytest.mark.parametrize(("column", "low", "high"), [("offered_at", 0.80, 0.90), ("held_at", 0.65, 0.75)])
def test_offered_and_held_in_time(exports: Exports, column: str, low: float, high: float) -> None:
    for half in ("H2-2016", "H1-2017"):
        episodes = exports.of(half)
        done = [(e, e.time(column)) for e in episodes]
        assert low <= share(episodes, [e for e, at in done if at and at <= e.due]) <= high


def test_who_interviews(year: list[Episode]) -> None:
    held = [e for e in year if e.completed]
    assert len({e.council["interviewer_role"] for e in held}) >= 6
    assert 0.65 <= share(held, [e for e in held if e.council["independent"] == "yes"]) <= 0.8


def test_not_completed(year: list[Episode]) -> None:
    left = [e for e in year if not e.completed and e.council]
    outcomes = Counter((e.council["response"], bool(e.council["outcome_reason"])) for e in left)
    assert outcomes["declined", True] > outcomes["declined", False] > 0
    assert sum(n for (response, _), n in outcomes.items() if response == "declined") > len(left) / 2
    assert outcomes["no_response", True] >= 5
    assert outcomes["no_response", False] == 0
    assert all(e.closed for e in left if e.council["response"] == "no_response")  # for a reason that closes it
    still_open = [e for e in left if not e.closed]
    assert 5 <= len(still_open) <= 9
    assert all(e.start >= datetime.fromisoformat("2017-06-24T00:00+01:00") for e in still_open)
