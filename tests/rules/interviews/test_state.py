"""Return interviews: the edge cases of domain.md 10.2, the state of each, and tallies that add up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.rules.figures import InterviewTally, kpis, people_interviewed, tally
from bot.rules.interviews.state import closed_at, ended, interview_required, open_state
from bot.rules.model import FOREVER, NOT_POSSIBLE, NOT_REQUIRED, Episode, Interview
from bot.rules.time.clock import day_start, local_day, to_london
from tests.support.episodes import BACK, after, clock_running, episode, still_missing

SECOND = timedelta(seconds=1)
LATER = after(1000)


def one(interview: Interview, now: datetime = LATER, **changes: Any) -> InterviewTally:
    return tally([episode(interview, **changes)], now)


def named(interview: Interview, now: datetime, missing_again: bool = False, **changes: Any) -> str:
    return open_state(episode(interview, **changes), now, missing_again).name


# In time (R18, R19) ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("late", "in_time"), [(-SECOND, 1), (0 * SECOND, 1), (SECOND, 0)])
def test_exactly_72_hours_is_in_time(late: timedelta, in_time: int) -> None:
    at = after(72) + late
    counted = one(clock_running(offered_at=at, response="accepted", held_at=at, recorded_at=at))
    assert (counted.offered, counted.held, counted.held_required) == (1, 1, 1)
    assert (counted.offered_in_time, counted.held_in_time) == (in_time, in_time)
    assert (counted.recorded_in_time, counted.recorded_in_time_required) == (in_time, in_time)


@pytest.mark.parametrize(("late", "in_time"), [(-SECOND, 1), (0 * SECOND, 0)])
def test_a_date_alone_is_in_time_until_the_end_of_day_3(late: timedelta, in_time: int) -> None:
    day_4 = day_start(local_day(BACK) + timedelta(days=4))
    counted = one(clock_running(date_only=True, held_at=day_4 + late))
    assert counted.held_in_time == in_time


def test_without_a_clock_start_nothing_is_in_time() -> None:
    counted = one(Interview(offered_at=after(1), held_at=after(2), recorded_at=after(3)))
    assert (counted.required, counted.offered, counted.held) == (1, 1, 1)
    assert (counted.offered_in_time, counted.held_in_time, counted.recorded_in_time) == (0, 0, 0)


# Required (R20) --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "counted", "needed"),
    [
        ({}, 1, 1),
        ({"kind": "away"}, 0, 0),
        ({"hosted": True}, 1, 0),
        ({"end_reason": None}, 1, 1),
        ({"end_reason": "arrested"}, 1, 1),
        ({"end_reason": "turned_18"}, 1, 0),
        ({"end_reason": "died"}, 1, 0),
        ({"end_reason": "error_duplicate"}, 1, 0),
        ({"end_at": None, "until_at": FOREVER}, 0, 0),
        ({"end_at": None}, 1, 1),  # 18 with the police log open, but the council had recorded a return
        ({"end_at": BACK + SECOND}, 1, 0),  # found after it
        ({"until_at": LATER + SECOND, "end_at": LATER + SECOND}, 0, 0),
        ({"until_at": LATER, "end_at": LATER}, 1, 1),
    ],
)
def test_who_needs_one(changes: dict[str, Any], counted: int, needed: int) -> None:
    result = one(clock_running(), **changes)
    assert (result.episodes, result.required) == (counted, needed)


@pytest.mark.parametrize("reason", [*sorted(NOT_REQUIRED), "capacity", None])
def test_reasons_with_which_none_is_required(reason: str | None) -> None:
    assert one(clock_running(outcome_reason=reason)).required == (reason not in NOT_REQUIRED)


def test_the_report_counts_as_completed_what_was_not_required() -> None:
    """K5 has no exclusions: a hosted child's interview that was held counts there, not in K6."""
    counted = one(clock_running(held_at=after(5), recorded_at=after(6)), hosted=True)
    assert (counted.episodes, counted.held, counted.recorded_in_time) == (1, 1, 1)
    assert (counted.required, counted.held_required, counted.recorded_in_time_required) == (0, 0, 0)


def test_turning_18_after_the_return_changes_nothing() -> None:
    """Edge case 5: still offered, still due at the same time."""
    assert interview_required(
        kind="missing",
        end_at=BACK,
        until_at=BACK,
        hosted=False,
        end_reason="returned_self",
        outcome_reason=None,
    )


# Outcomes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "resolved"),
    [
        ({"held_at": 5}, 1),
        ({"offered_at": 2, "response": "declined"}, 0),
        ({"offered_at": 2, "response": "declined", "outcome_reason": "carer_contacted"}, 1),
        ({"offered_at": 2, "response": "declined", "outcome_reason": "capacity"}, 0),
        ({"response": "declined", "outcome_reason": "carer_contacted"}, 0),  # never offered
        ({"offered_at": 2, "response": "no_response"}, 0),
        ({"offered_at": 2, "response": "no_response", "outcome_reason": "no_contact"}, 1),
        ({"response": "no_response", "outcome_reason": "in_custody"}, 1),
        ({"offered_at": 2, "response": "no_response", "outcome_reason": "capacity"}, 0),
        ({"offered_at": 2, "response": "accepted", "outcome_reason": "no_contact"}, 0),
        ({}, 0),
    ],
)
def test_resolved(facts: dict[str, Any], resolved: int) -> None:
    assert one(clock_running(**_instants(facts))).resolved == resolved


def _instants(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: after(v) if isinstance(v, int) else v for name, v in facts.items()}


def test_not_possible_counts_from_the_offer_on() -> None:
    told = clock_running(offered_at=after(10), response="no_response", outcome_reason="no_contact")
    assert [one(told, now=after(hour)).resolved for hour in (9, 10, 11)] == [0, 1, 1]


def test_a_refusal_is_an_offer_and_no_interview() -> None:
    """Edge case 13: the interview is completed when the child changes its mind."""
    refused = clock_running(offered_at=after(2), response="declined")
    counted = one(refused)
    assert (counted.offered, counted.declined, counted.held, counted.accepted) == (1, 1, 0, 0)
    held_later = one(replace(refused, response="accepted", held_at=after(90)))
    assert (held_later.held, held_later.held_in_time, held_later.declined) == (1, 0, 0)


def test_a_response_without_an_offer_is_not_counted() -> None:
    """Edge case 14: offer needed first; the import lists it, the figures leave it out."""
    counted = one(clock_running(response="declined"))
    assert (counted.offered, counted.declined) == (0, 0)


def test_recorded_without_having_been_held_is_not_recorded_in_time() -> None:
    counted = one(clock_running(offered_at=after(1), response="declined", recorded_at=after(2)))
    assert (counted.recorded_in_time, counted.recorded_in_time_required) == (0, 0)


def test_what_happens_after_now_has_not_happened() -> None:
    told = clock_running(offered_at=after(10), response="accepted", held_at=after(20), recorded_at=after(30))
    seen = [one(told, now=after(hour)) for hour in (9, 10, 19, 20, 29, 30)]
    assert [t.offered for t in seen] == [0, 1, 1, 1, 1, 1]
    assert [t.accepted for t in seen] == [0, 1, 1, 1, 1, 1]
    assert [t.held for t in seen] == [0, 0, 0, 1, 1, 1]
    assert [t.recorded_in_time for t in seen] == [0, 0, 0, 0, 0, 1]
    assert one(told, now=BACK - SECOND) == InterviewTally()


# States ----------------------------------------------------------------------------------------------


def test_the_way_of_an_interview() -> None:
    told = clock_running(offered_at=after(10), response="accepted", held_at=after(20), recorded_at=after(30))
    ways = [(h, named(told, after(h))) for h in (-1, 0, 9, 10, 20, 30, 500)]
    assert ways == [
        (-1, "pending"),
        (0, "due"),
        (9, "due"),
        (10, "accepted"),
        (20, "held"),
        (30, "recorded"),
        (500, "recorded"),
    ]


@pytest.mark.parametrize(
    ("facts", "hour", "name"),
    [
        ({}, 72, "due"),
        ({}, 73, "overdue"),
        ({"offered_at": 10}, 72, "offered"),
        ({"offered_at": 10}, 73, "overdue"),
        ({"offered_at": 10, "response": "no_response"}, 12, "offered"),
        ({"offered_at": 10, "response": "accepted"}, 73, "overdue"),
        ({"offered_at": 10, "response": "declined"}, 9, "due"),
        ({"offered_at": 10, "response": "declined"}, 10, "declined"),
        ({"offered_at": 10, "response": "declined", "recorded_at": 20}, 15, "offered"),
        ({"offered_at": 10, "response": "declined", "recorded_at": 20}, 20, "declined"),
        ({"offered_at": 10, "response": "declined", "held_at": 30}, 31, "held"),
        ({"offered_at": 10, "response": "declined", "held_at": 30, "recorded_at": 40}, 40, "recorded"),
        ({"offered_at": 10, "response": "no_response", "outcome_reason": "no_contact"}, 10, "not possible"),
        ({"response": "no_response", "outcome_reason": "in_custody"}, 1, "not possible"),
        ({"held_at": 80}, 100, "held"),
        ({"outcome_reason": "placing_la_responsible"}, 5, "not required"),
    ],
)
def test_how_it_stands(facts: dict[str, Any], hour: int, name: str) -> None:
    assert named(clock_running(**_instants(facts)), after(hour)) == name


def test_overdue_begins_a_second_after_72_hours() -> None:
    assert named(clock_running(), after(72)) == "due"
    assert named(clock_running(), after(72) + SECOND) == "overdue"


def test_a_date_alone_is_overdue_only_when_it_no_longer_counts() -> None:
    """R19: in time until the end of day 3, so the interview is not late before that."""
    known_by_date = clock_running(date_only=True)
    assert known_by_date.counts_until is not None
    assert named(known_by_date, known_by_date.counts_until) == "due"
    assert named(known_by_date, known_by_date.counts_until + SECOND) == "overdue"


def test_time_left_and_what_is_to_be_done() -> None:
    early = open_state(episode(), after(48), missing_again=False)
    assert (early.hours_left, early.needs_offer) == (timedelta(hours=24), True)
    late = open_state(episode(), after(91), missing_again=False)
    assert (late.name, late.hours_left, late.needs_offer) == ("overdue", -timedelta(hours=19), True)
    offered = open_state(episode(clock_running(offered_at=after(1))), after(91), missing_again=False)
    assert (offered.name, offered.needs_offer) == ("overdue", False)
    held = open_state(episode(clock_running(held_at=after(70))), after(71), missing_again=False)
    assert (held.hours_left, held.needs_offer) == (timedelta(hours=1), False)
    closed = open_state(episode(clock_running(held_at=after(1), recorded_at=after(1))), after(2), missing_again=False)
    assert (closed.name, closed.hours_left, closed.needs_offer) == ("recorded", None, False)


def test_an_unknown_return_has_no_time_left() -> None:
    state = open_state(episode(Interview()), after(500), missing_again=False)
    assert (state.name, state.hours_left, state.needs_offer) == ("due", None, True)


@pytest.mark.parametrize("facts", [{}, {"offered_at": 1}, {"offered_at": 1, "response": "accepted"}])
@pytest.mark.parametrize("hour", [10, 100])
def test_missing_again_is_due_never_overdue(facts: dict[str, Any], hour: int) -> None:
    """Edge case 12: the worker cannot hold the interview; the figures still count it as not in time."""
    interview = clock_running(**_instants(facts))
    state = open_state(episode(interview), after(hour), missing_again=True)
    assert (state.name, state.needs_offer) == ("due, child missing", False)
    assert state.hours_left == after(72) - after(hour), "the clock of the first return keeps running"
    assert one(interview, now=after(hour)).held_in_time == 0


def test_missing_again_after_the_interview_changes_nothing() -> None:
    told = clock_running(held_at=after(5))
    assert named(told, after(6), missing_again=True) == "held"
    assert named(replace(told, recorded_at=after(7)), after(8), missing_again=True) == "recorded"


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "pending"),
        ({"kind": "away"}, "not required"),
        ({"hosted": True}, "not required"),
        ({"until_at": after(-1)}, "not required"),  # turned 18 while missing (edge case 4)
        ({"until_at": after(1)}, "pending"),
    ],
)
def test_while_the_child_is_missing(changes: dict[str, Any], name: str) -> None:
    assert open_state(still_missing(**changes), BACK, missing_again=True).name == name


# Closing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "closed"),
    [
        ({}, None),
        ({"offered_at": 1}, None),
        ({"offered_at": 1, "response": "accepted"}, None),
        ({"offered_at": 1, "response": "accepted", "held_at": 2}, None),
        ({"offered_at": 1, "response": "accepted", "held_at": 2, "recorded_at": 3}, 3),
        ({"recorded_at": 3}, None),  # of what? Nobody held it, nobody declined: it stays on the lists
        ({"offered_at": 1, "response": "accepted", "recorded_at": 3}, None),
        ({"offered_at": 1, "response": "no_response", "recorded_at": 3}, None),
        ({"offered_at": 1, "response": "no_response", "outcome_reason": "other", "recorded_at": 3}, 3),
        ({"offered_at": 1, "response": "declined"}, 1),
        ({"offered_at": 1, "response": "declined", "recorded_at": 3}, 3),
        ({"response": "declined"}, 0),
        ({"offered_at": 1, "response": "declined", "held_at": 2}, None),
        ({"offered_at": 1, "response": "no_response"}, None),
        ({"offered_at": 1, "response": "no_response", "outcome_reason": "no_contact"}, 1),
        ({"response": "no_response", "outcome_reason": "no_contact"}, 0),
        ({"offered_at": 1, "outcome_reason": "capacity"}, None),
        ({"offered_at": 1, "outcome_reason": "died"}, 0),
        ({"held_at": 1, "outcome_reason": "error"}, 0),
    ],
)
def test_when_nothing_more_is_expected(facts: dict[str, Any], closed: int | None) -> None:
    expected = None if closed is None else after(closed)
    assert closed_at(clock_running(**_instants(facts)), required=True) == expected


@pytest.mark.parametrize("reason", sorted(NOT_POSSIBLE))
def test_no_answer_closes_where_nobody_could_hold_it(reason: str) -> None:
    told = clock_running(offered_at=after(1), response="no_response", outcome_reason=reason)
    assert closed_at(told, required=True) == after(1)
    assert (one(told).resolved, named(told, after(100))) == (1, "not possible")


BREACHES = ("late_notification", "child_missing_again", "capacity", "child_choice_later", "system_late")


@pytest.mark.parametrize("reason", [*BREACHES, "carer_contacted"])
def test_why_it_was_late_does_not_close_it(reason: str) -> None:
    told = clock_running(offered_at=after(1), response="no_response", outcome_reason=reason)
    assert closed_at(told, required=True) is None
    assert (one(told).resolved, named(told, after(100))) == (0, "overdue")


def test_nothing_is_expected_where_none_is_required() -> None:
    assert closed_at(clock_running(offered_at=after(1)), required=False) == BACK
    assert closed_at(Interview(), required=False) is None


# Figures ---------------------------------------------------------------------------------------------

INSTANT_FIELDS = ("offered_at", "held_at", "recorded_at")
maybe_instants = st.none() | st.integers(-5, 120).map(after)
interviews = st.builds(
    clock_running,
    date_only=st.booleans(),
    offered_at=maybe_instants,
    response=st.sampled_from([None, "accepted", "declined", "no_response"]),
    held_at=maybe_instants,
    recorded_at=maybe_instants,
    outcome_reason=st.sampled_from([None, "carer_contacted", "no_contact", "capacity", "died", "error"]),
)


@st.composite
def any_episode(draw: Callable[..., Any]) -> Episode:
    back = draw(st.sampled_from([BACK, BACK, BACK, None, after(60)]))
    return episode(
        draw(interviews),
        kind=draw(st.sampled_from(["missing", "missing", "missing", "away"])),
        hosted=draw(st.sampled_from([False, False, True])),
        end_at=back,
        until_at=draw(st.sampled_from([back or FOREVER, back or FOREVER, BACK])),
        end_reason=draw(st.sampled_from([None, "returned_self", "turned_18"])),
    )


episodes = st.lists(any_episode(), max_size=12)
hours = st.integers(-10, 130).map(after)


@given(episodes, episodes, hours)
def test_tallies_of_areas_add_up(north: list[Episode], south: list[Episode], now: datetime) -> None:
    both = tally([*north, *south], now)
    assert tally(north, now) + tally(south, now) == both
    assert sum([tally([x], now) for x in (*south, *north)], InterviewTally()) == both
    assert both + InterviewTally() == both


@given(episodes, hours)
def test_a_part_is_never_more_than_its_whole(found: list[Episode], now: datetime) -> None:
    t = tally(found, now)
    for kpi in kpis(t):
        assert kpi.rate.numerator <= kpi.rate.denominator, kpi.id
    assert t.required <= t.episodes <= len(found)
    assert t.accepted + t.declined <= t.offered
    assert t.offered_in_time <= min(t.offered, t.due)
    assert t.held_in_time <= min(t.held_required, t.due)
    assert t.held_required <= t.held
    assert t.recorded_in_time_required <= min(t.recorded_in_time, t.held_required, t.due)
    assert 0 <= t.not_due == t.required - t.due
    assert t.held_required <= t.resolved


@given(any_episode(), hours)
def test_an_interview_is_due_once_its_last_second_has_come(found: Episode, now: datetime) -> None:
    t, limit = tally([found], now), found.interview.counts_until
    assert t.due == (t.required if limit is None or limit <= now else 0)
    in_time = t.offered_in_time + t.held_in_time + t.recorded_in_time_required
    assert t.due or not in_time, "no share within 72 hours counts it before"


@given(episodes, hours)
def test_talks_and_children_are_never_more_than_the_episodes(found: list[Episode], now: datetime) -> None:
    t, p = tally(found, now), people_interviewed(found, now)
    assert p.interviewed <= p.talks <= t.held
    assert bool(p.interviewed) == bool(t.held)
    assert p.declined <= p.offered <= t.offered
    assert bool(p.offered) == bool(t.offered)
    assert bool(p.declined) == bool(t.declined)


@given(any_episode(), hours)
def test_the_future_changes_nothing_now(one_episode: Episode, now: datetime) -> None:
    """Facts after now, once erased, give the same tally."""
    known = one_episode.interview
    erased = {name: None for name in INSTANT_FIELDS if (getattr(known, name) or now) > now}
    if "offered_at" in erased:
        erased["response"] = None  # the answer came with the offer
    before = replace(one_episode, interview=replace(known, **erased))  # type: ignore[arg-type]
    assert tally([before], now) == tally([one_episode], now)


@given(any_episode(), hours, st.booleans())
@example(episode(clock_running(held_at=after(5), response="no_response", outcome_reason="other")), after(9), False)
def test_a_state_is_closed_just_when_nothing_more_is_expected(
    found: Episode, now: datetime, missing_again: bool
) -> None:
    state = open_state(found, now, missing_again)
    t = tally([found], now)
    if state.name in ("pending", "not required"):
        assert t.required == 0
        return
    assert t.required == int(ended(found, now))  # a return by the council alone starts the clock, not the count
    closed = closed_at(found.interview, required=True)
    is_closed = state.name in ("recorded", "declined", "not possible")
    assert is_closed == (closed is not None and closed <= now)
    assert state.name not in ("declined", "not possible") or found.interview.held_at is None
    assert not state.needs_offer or (t.offered == 0 and not missing_again)
    assert (state.name == "overdue") <= (state.hours_left is not None and state.hours_left < timedelta())


def test_now_may_be_in_any_zone() -> None:
    told = clock_running(offered_at=after(10))
    assert named(told, to_london(after(10))) == "offered"
