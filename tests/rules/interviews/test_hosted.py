"""Interviews that another authority holds: in no list of ours, tracked by their own clock, taken over by a word."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.effects import RecordStep
from bot.rules.interviews.hosted import TRACKED, as_ours, tracked_until
from bot.rules.interviews.state import (
    NONE,
    OpenInterview,
    Owners,
    choice,
    closed_at,
    interviews,
    open_state,
    positions,
    seen,
    tracked,
)
from bot.rules.interviews.steps import InterviewKind, InterviewStep, Kind, WorkKind, standing
from bot.rules.interviews.transitions import StepAttempt, why_not
from bot.rules.model import FOREVER, Episode
from tests.support.episodes import BACK, after, clock_running, episode, still_missing
from tests.support.factories import partnership

OWNERS = Owners.among(partnership().people)
THEIRS: dict[str, Any] = {"hosted": True}
OUT: dict[str, Any] = {"hosted": True, "moved_from": "ours", "moved_at": after(10)}
IN: dict[str, Any] = {"moved_from": "theirs", "moved_at": after(10)}
BETWEEN: dict[str, Any] = {"hosted": True, "moved_from": "theirs", "moved_at": after(10)}
BY_RECORD: dict[str, Any] = {"interview": clock_running(outcome_reason="placing_la_responsible")}
KINDS: tuple[Kind, ...] = (*get_args(InterviewKind), *get_args(WorkKind))


def step(number: int, kind: Kind, hour: float, **facts: Any) -> InterviewStep:
    return InterviewStep(number, 1, kind, after(hour), after(hour), "coordinator", **facts)


def at_hour(x: Episode, hour: float, *steps: InterviewStep, again: bool = False) -> OpenInterview:
    now = after(hour)
    return seen(x, again, now, standing(steps, now), owners=OWNERS)


@pytest.mark.parametrize("facts", [THEIRS, BETWEEN, BY_RECORD])
def test_another_authoritys_is_in_no_list_of_ours(facts: dict[str, Any]) -> None:
    x = episode(**facts)
    i = at_hour(x, 80)
    assert (i.theirs, i.state.name, i.overdue, i.unowned, i.told) == (True, "overdue", True, False, None)
    assert interviews([x], set(), after(80), owners=OWNERS) == []
    assert tracked([i]) == [i]


@given(hour=st.floats(0, 1500), again=st.booleans())
def test_it_is_due_as_one_of_ours_and_tracked_for_four_weeks(hour: float, again: bool) -> None:
    i, ours = at_hour(episode(**THEIRS), hour, again=again), at_hour(episode(), hour, again=again)
    assert (i.state, i.left) == (ours.state, ours.left)
    limit = i.episode.interview.counts_until
    assert limit is not None
    assert i.tracked == (after(hour) <= limit + TRACKED)


@pytest.mark.parametrize("last", ["held", "declined", "not_possible"])
def test_its_outcome_ends_it(last: Kind) -> None:
    detail = {"declined": "child", "not_possible": "no_contact"}.get(last, "")
    i = at_hour(episode(**THEIRS), 30, step(1, "told", 2), step(2, last, 20, detail=detail))
    assert (i.tracked, i.state.name) == (False, last.replace("_", " "))
    told = at_hour(episode(clock_running(held_at=after(5)), **THEIRS), 30)
    assert not told.tracked, "the record may say it too"


@pytest.mark.parametrize(
    ("facts", "theirs", "told"),
    [(THEIRS, True, True), (OUT, False, False), (BETWEEN, True, False), (IN, False, False)],
)
def test_who_was_told_before_the_change_was_another(facts: dict[str, Any], theirs: bool, told: bool) -> None:
    i = at_hour(episode(**facts), 20, step(1, "told", 2))
    assert (i.theirs, i.told is not None) == (theirs, told)


def test_one_of_ours_stays_ours_until_it_is_taken_over() -> None:
    x = episode(**OUT)
    i = at_hour(x, 20, step(1, "told", 12))
    assert (i.theirs, i.handed_over, i.told is not None) == (False, True, True)
    assert [o.episode.id for o in interviews([x], set(), after(20), owners=OWNERS)] == [x.id]
    taken = at_hour(x, 20, step(1, "told", 12), step(2, "acknowledged", 15))
    assert (taken.theirs, taken.handed_over, taken.tracked) == (True, False, True)
    undone = (step(1, "acknowledged", 15), step(2, "undone", 16, undoes=1))
    assert not at_hour(x, 20, *undone).theirs


@pytest.mark.parametrize("word", ["acknowledged", "took_over"])
def test_one_that_comes_to_us_is_ours_at_once(word: Kind) -> None:
    i = at_hour(episode(**IN), 20)
    assert (i.theirs, i.handed_over, i.state.name) == (False, True, "due")
    assert not at_hour(episode(**IN), 20, step(1, word, 15)).handed_over
    assert at_hour(episode(**IN), 20, step(1, word, 5)).handed_over, "said of the authority before"


@pytest.mark.parametrize("facts", [OUT, IN, BETWEEN])
def test_what_is_over_waits_for_nobody(facts: dict[str, Any]) -> None:
    done = clock_running(held_at=after(11), recorded_at=after(12))
    assert not at_hour(episode(done, **facts), 20).handed_over


def test_a_word_of_the_placing_authority_means_the_interview_that_waits_for_it() -> None:
    ours, told, waits, moved = (
        replace(at_hour(episode(**facts), 20, *steps), others=())
        for facts, steps in (
            ({}, ()),
            (THEIRS, (step(1, "told", 2),)),
            (THEIRS, ()),
            (OUT, (step(2, "told", 12),)),
        )
    )
    known = [ours, told, waits, moved]
    assert choice("told", known, "coordinator") == [waits]
    assert choice("acknowledged", known, "coordinator") == [moved]
    assert choice("acknowledged", known[:3], "coordinator") == [told, waits]
    assert choice("told", [ours], "coordinator") == [ours], "the rules say why not"
    over = at_hour(episode(**THEIRS), 20, step(1, "held", 12))
    assert choice("told", [over], "coordinator") == []


def test_a_word_at_the_moment_of_the_change_is_of_the_authority_of_now() -> None:
    assert at_hour(episode(**BETWEEN), 20, step(1, "told", 10)).told is not None
    assert at_hour(episode(**BETWEEN), 20, step(1, "told", 9.99)).told is None


def test_until_when_the_record_alone_has_it_listed() -> None:
    open_still, held = clock_running(), clock_running(held_at=after(5))
    limit = open_still.counts_until
    assert limit is not None
    assert tracked_until(open_still, None, out=False) == limit + timedelta(days=28)
    assert tracked_until(held, None, out=False) == after(5)
    assert tracked_until(held, after(3), out=False) == after(3)
    assert tracked_until(held, None, out=True) == FOREVER, "ours until it is taken over, and so to be written up"
    assert tracked_until(held, after(6), out=True) == after(6)


#: Interviews of every kind of placing, at any hour, with any steps.
cases = st.tuples(
    st.sampled_from([{}, THEIRS, OUT, IN, BETWEEN, BY_RECORD, {"kind": "away"}, {"end_reason": "error_duplicate"}]),
    st.floats(0, 1000),
    st.lists(st.tuples(st.sampled_from(KINDS), st.floats(0, 100)), max_size=5),
)


def interview_of(case: tuple[dict[str, Any], float, list[tuple[Kind, float]]]) -> tuple[OpenInterview, datetime]:
    facts, hour, said = case
    steps = [step(n, kind, when) for n, (kind, when) in enumerate(said, 1)]
    return at_hour(episode(**facts), hour, *steps), after(hour)


@given(cases)
def test_every_interview_is_in_one_list_and_only_one(case: Any) -> None:
    """An interview that is expected and open is ours, or another authority's: none falls between the two."""
    i, now = interview_of(case)
    ours = interviews([replace(i.episode, interview=i.recorded)], set(), now, {1: i.own}, owners=OWNERS)
    assert len(ours) + len(tracked([i])) <= 1
    limit = i.episode.interview.counts_until
    waits = i.undone and limit is not None and now <= limit + TRACKED
    assert len(ours) + len(tracked([i])) == 1 or not waits
    assert positions(ours).unowned == sum(o.unowned for o in ours)


@given(cases)
def test_no_step_is_of_both_authorities(case: Any) -> None:
    """Another authority's interview takes no owner and no snooze; one of ours is told of to nobody."""
    i, now = interview_of(case)
    for kind in ("took_over", "snoozed", "handed_over", "on_it", "recorded", "merged", "told"):
        made = RecordStep(1, i.standing.version, kind, now, now, "coordinator", until_at=None, detail="")
        ours = kind != "told"
        refused = why_not(StepAttempt(made, i)) is not None
        assert refused or (not i.theirs if ours else i.episode.hosted or i.theirs)


def test_a_child_still_missing_is_nobodys_yet() -> None:
    for facts in (THEIRS, OUT):
        i = at_hour(still_missing(**facts), 5)
        assert (i.state.name, i.tracked, i.handed_over) == ("pending", False, False)
        made = RecordStep(1, 0, "told", after(5), after(5), "coordinator")
        assert str(why_not(StepAttempt(made, i))).startswith("The child is not back")


@given(st.booleans(), st.sampled_from([None, "placing_la_responsible", "capacity"]))
def test_as_ours_only_the_authority_is_another(hosted: bool, reason: str | None) -> None:
    x = episode(clock_running(outcome_reason=reason), hosted=hosted)
    ours = as_ours(x)
    assert open_state(ours, BACK, missing_again=False).name not in NONE
    assert closed_at(ours.interview, required=True) is None
    assert (ours.id, ours.interview.due_at) == (x.id, x.interview.due_at)
