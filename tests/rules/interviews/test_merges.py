"""Merged interviews are one (edge case 11): whichever number is named, in whichever direction, until they are apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.effects import RecordStep
from bot.rules.interviews.state import OpenInterview, choice, each_once, every, interviews, seen
from bot.rules.interviews.steps import CHANGED_MIND, InterviewKind, InterviewStep, Kind, merges, standings
from bot.rules.interviews.transitions import StepAttempt, why_not
from tests.support.factories import NOW, Recorded, hours
from tests.support.steps import OWNERS, back, step

FIRST, SECOND, THIRD = back(1, NOW - hours(80)), back(1, NOW - hours(30)), back(1, NOW - hours(20), worker=None)
CHILD = (FIRST, SECOND, THIRD)
DETAIL = {"attempt": "no_answer", "declined": "child", "not_possible": "other", "reopened": "other"}
RECORDS: tuple[dict[str, Any], ...] = (
    {},
    {"offered_at": NOW - hours(18)},
    {"offered_at": NOW - hours(18), "response": "accepted", "held_at": NOW - hours(10)},
    {"held_at": NOW - hours(10), "response": "accepted", "recorded_at": NOW - hours(8)},
    {"offered_at": NOW - hours(18), "response": "declined", "recorded_at": NOW - hours(17)},
)


def now(steps: Sequence[InterviewStep], child: Sequence[Recorded] = CHILD) -> list[OpenInterview]:
    """Return the child's interviews as they are after these steps."""
    by = {x.id: [s for s in steps if s.episode_id == x.id] for x in child}
    return every([x.seen(NOW) for x in child], set(), NOW, standings(by, NOW), owners=OWNERS)


def merge(number: int, one: Recorded, other: Recorded) -> InterviewStep:
    return step(number, "merged", NOW, one, to=str(other.id))


def outcome(i: OpenInterview) -> tuple[object, ...]:
    """What became of the interview; its own deadline apart."""
    r = i.episode.interview
    facts = (r.offered_at, r.response, r.held_at, r.recorded_at, r.outcome_reason, r.worker)
    return (*facts, i.standing, i.closed, i.undone, i.state.needs_offer, i.owner)


@pytest.mark.parametrize("merged", [merge(1, FIRST, SECOND), merge(1, SECOND, FIRST)], ids=["first", "second"])
@pytest.mark.parametrize("named", [FIRST, SECOND], ids=["#1", "#2"])
def test_a_step_counts_for_both_whichever_is_named(merged: InterviewStep, named: Recorded) -> None:
    steps = [merged, step(2, "held", NOW - hours(2), named)]
    one, two, other = now(steps)
    assert [i.state.name for i in (one, two, other)] == ["held", "held", "due"]
    assert (one.merged, two.merged, other.merged) == ((SECOND.id,), (FIRST.id,), ())
    assert one.standing.version == two.standing.version == 2, "of two people at once, one is second"
    limits = [i.episode.interview.counts_until for i in (one, two)]
    assert [limit is not None and NOW - hours(2) <= limit for limit in limits] == [False, True], "each for itself"
    steps.append(step(3, "recorded", NOW, SECOND if named is FIRST else FIRST))
    assert [i.state.name for i in now(steps)] == ["recorded", "recorded", "due"]


def test_there_is_nothing_to_choose_between_merged_ones() -> None:
    known = now([merge(1, SECOND, FIRST)])
    assert each_once(choice("held", known, "w-1"), "held") == [known[0], known[2]]
    every_one = now([merge(1, SECOND, FIRST), merge(2, THIRD, SECOND)])
    assert each_once(choice("held", every_one, "w-1"), "held") == [every_one[0]]
    assert len(each_once(choice("unmerged", every_one, "w-1"), "unmerged")) == 3, "of three, which is to leave?"


def test_unmerged_each_has_what_was_said_by_its_own_number() -> None:
    steps = [merge(1, FIRST, SECOND), step(2, "held", NOW - hours(2), SECOND), step(3, "offered", NOW, FIRST)]
    for left in (FIRST, SECOND):
        one, two, _ = now([*steps, step(4, "unmerged", NOW, left)])
        assert (one.state.name, two.state.name) == ("overdue", "held")
        assert (one.state.needs_offer, one.merged, two.merged) == (False, (), ())
    undone = step(5, "undone", NOW, SECOND, undoes=4)
    assert {i.state.name for i in now([*steps, step(4, "unmerged", NOW, SECOND), undone])[:2]} == {"held"}


def test_of_three_one_leaves_and_the_others_stay_together() -> None:
    steps = [merge(1, FIRST, SECOND), merge(2, THIRD, SECOND), step(3, "unmerged", NOW, SECOND)]
    one, two, three = now(steps)
    assert (one.merged, two.merged, three.merged) == ((THIRD.id,), (), (FIRST.id,))


def test_the_record_of_one_is_that_of_all() -> None:
    talk: dict[str, Any] = {"offered_at": NOW - hours(5), "held_at": NOW - hours(4), "response": "accepted"}
    second = replace(SECOND, interview=replace(SECOND.interview, **talk))
    one, two, _ = now([merge(1, FIRST, SECOND)], (FIRST, second, THIRD))
    assert outcome(one) == outcome(two)
    assert (one.state.name, one.recorded_state, one.joint_state) == ("held", "overdue", "held")


def test_what_was_said_before_the_merge_counts_too_and_a_talk_is_not_lost_by_an_older_reopening() -> None:
    """The first was opened again after the second was held: that was another talk."""
    talk: dict[str, Any] = {"held_at": NOW - hours(60), "response": "accepted", "recorded_at": NOW - hours(50)}
    first = replace(FIRST, interview=replace(FIRST.interview, **talk))
    steps = [
        step(1, "held", NOW - hours(4), SECOND),
        step(2, "reopened", NOW - hours(3), FIRST, detail="wrong_child"),
        merge(3, FIRST, SECOND),
    ]
    one, two, _ = now(steps, (first, SECOND, THIRD))
    assert (one.state.name, two.state.name) == ("held", "held")
    assert "end" in [d.field for d in one.differences(NOW)], "the record of the first is over, and was opened again"
    again = step(4, "reopened", NOW - hours(1), SECOND, detail="wrong_child")
    assert {i.state.name for i in now([*steps, again], (first, SECOND, THIRD))[:2]} <= {"due", "overdue"}


def test_what_was_opened_again_before_the_merge_stays_so_and_after_it_for_all() -> None:
    over = [step(1, "held", NOW - hours(6), FIRST), step(2, "recorded", NOW - hours(5), FIRST)]
    opened = step(3, "reopened", NOW - hours(4), FIRST, detail="wrong_child")
    assert [i.state.name for i in now([*over, opened, merge(4, FIRST, SECOND)])] == ["overdue", "due", "due"]
    talk: dict[str, Any] = {"held_at": NOW - hours(10), "response": "accepted", "recorded_at": NOW - hours(9)}
    first = replace(FIRST, interview=replace(FIRST.interview, **talk))
    steps = [merge(1, FIRST, SECOND), step(2, "reopened", NOW, SECOND, detail="wrong_child")]
    assert [i.state.name for i in now(steps, (first, SECOND, THIRD))] == ["overdue", "due", "due"]


def test_a_yes_after_a_no_from_before_the_merge_takes_nothing_from_the_other() -> None:
    steps = [
        step(1, "held", NOW - hours(6), SECOND),
        step(2, "declined", NOW - hours(5), FIRST, detail="child"),
        step(3, "accepted", NOW - hours(4), FIRST, detail=CHANGED_MIND),
        merge(4, FIRST, SECOND),
        merge(5, THIRD, SECOND),
    ]
    assert [i.state.name for i in now(steps)] == ["held"] * 3


def test_two_who_merge_at_once_merge_once_and_two_that_are_apart_are_none() -> None:
    both = [merge(1, FIRST, SECOND), merge(2, SECOND, FIRST)]
    found = merges({i.episode.id: i.own for i in now(both)})
    assert {m.merged_at for m in found.values()} == {1}
    apart = now([*both, step(3, "unmerged", NOW, SECOND)])
    assert merges({i.episode.id: i.own for i in apart}) == {}


def test_the_owner_of_one_is_that_of_all_and_a_talk_at_the_return_is_about_it() -> None:
    free = back(1, NOW - hours(80), worker=None)
    one, two = now([merge(1, free, SECOND), step(2, "held", NOW - hours(30), free)], (free, SECOND))
    assert (one.episode.interview.worker, one.unowned) == ("W-N01", False)
    assert (one.state.name, two.state.name) == ("held", "held")


def test_a_return_that_was_corrected_to_after_the_talk_has_a_talk_of_its_own_to_come() -> None:
    late = back(1, NOW - hours(3))
    steps = [merge(1, FIRST, SECOND), merge(2, FIRST, late), step(3, "held", NOW - hours(5), SECOND)]
    assert [i.state.name for i in now(steps, (FIRST, SECOND, late))] == ["held", "held", "due"]


def test_another_childs_interview_is_never_merged_with_it() -> None:
    stranger = back(2, NOW - hours(30))
    steps = [merge(1, FIRST, stranger), step(2, "held", NOW, stranger)]
    one, other = now(steps, (FIRST, stranger))
    assert (one.state.name, one.merged, other.merged) == ("overdue", (), ())


MOVES = (*(k for k in get_args(InterviewKind) if k != "merged"), "took_over", "snoozed", "undo", "merged", "merged")


@given(
    moves=st.lists(st.tuples(st.sampled_from(MOVES), st.integers(0, 2), st.integers(0, 2)), max_size=25),
    records=st.tuples(*[st.sampled_from(RECORDS)] * 3),
)
def test_merged_ones_are_the_same_at_every_moment(
    moves: list[tuple[str, int, int]], records: tuple[dict[str, Any], ...]
) -> None:
    """Over any steps that may follow: merged interviews differ in their deadlines alone, one that is not merged has
    its own steps alone, and nothing that was held is due.
    """
    child = [replace(x, interview=replace(x.interview, **r)) for x, r in zip(CHILD, records, strict=True)]
    steps, sets = list[InterviewStep](), [{x.id} for x in child]
    for move, named, to in moves:
        found = now(steps, child)
        said = _said(move, found[named], child[to], found, len(steps) + 1)
        if said is None:
            continue
        if said.kind in ("merged", "unmerged"):
            sets = _apart(sets, said.episode_id) if said.kind == "unmerged" else _joined(sets, said)
        if said.kind == "undone" and any(s.id == said.undoes and s.kind in ("merged", "unmerged") for s in steps):
            continue  # the sets of before are not kept here
        steps.append(said)
        _all_is_one(now(steps, child), sets, child, steps)


def _said(
    move: str, i: OpenInterview, to: Recorded, among: Sequence[OpenInterview], number: int
) -> InterviewStep | None:
    """Return the step, where it may follow."""
    if move == "undo":
        newest = i.standing.newest
        if newest is None or newest.kind == "undone":
            return None
        return step(number, "undone", NOW, newest.episode_id, undoes=newest.id)
    kind: Kind = move  # type: ignore[assignment]
    detail = CHANGED_MIND if kind == "accepted" and i.state.name == "declined" else DETAIL.get(kind, "")
    detail = "other" if kind == "snoozed" else detail
    until = NOW + hours(1) if kind in ("booked", "snoozed") else None
    whom = str(to.id) if kind == "merged" else ""
    effect = RecordStep(i.episode.id, i.standing.version, kind, NOW, NOW, "w-1", whom, until, detail)
    if why_not(StepAttempt(effect, i, among=among)) is not None:
        return None
    return InterviewStep(number, i.episode.id, kind, NOW, NOW, "w-1", whom, until, detail)


def _joined(sets: list[set[int]], said: InterviewStep) -> list[set[int]]:
    both = {said.episode_id, int(said.to)}
    return [s for s in sets if not s & both] + [set[int]().union(*(s for s in sets if s & both))]


def _apart(sets: list[set[int]], number: int) -> list[set[int]]:
    return [s - {number} for s in sets if s != {number}] + [{number}]


def _all_is_one(
    found: Sequence[OpenInterview], sets: list[set[int]], child: Sequence[Recorded], steps: Sequence[InterviewStep]
) -> None:
    for i in found:
        together = next(s for s in sets if i.episode.id in s)
        assert {i.episode.id, *i.merged} == together
        assert i.standing.version == max((s.id for s in steps if s.episode_id in together), default=0)
        if len(together) == 1:
            alone = seen(replace(i.episode, interview=i.recorded), False, NOW, i.own, owners=OWNERS)
            assert (alone.state, alone.episode.interview) == (i.state, i.episode.interview)
    for one, other in combinations(found, 2):
        if other.episode.id in one.merged:
            assert outcome(one) == outcome(other)
            assert one.state.name == other.state.name or "overdue" in (one.state.name, other.state.name)
    by = {x.id: [s for s in steps if s.episode_id == x.id] for x in child}
    listed = interviews([x.seen(NOW) for x in child], set(), NOW, standings(by, NOW), owners=OWNERS)
    for i in listed:
        assert not (i.episode.interview.held_at and (i.overdue or i.due_soon or i.unowned))
