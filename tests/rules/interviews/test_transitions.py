"""Steps that may follow: the state machine of a return interview, by the record and the steps in chat."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.interviews.state import every
from bot.rules.interviews.steps import CHANGED_MIND, InterviewKind, InterviewStep, Kind, standing
from bot.rules.interviews.transitions import may_follow, why_not_undone
from tests.support.factories import NOW, episode, hours, interview
from tests.support.steps import BACK, OWNERS, asked, back, said, stands, step

OFFERED: dict[str, Any] = {"offered_at": NOW - hours(20)}
HELD: dict[str, Any] = {**OFFERED, "response": "accepted", "held_at": NOW - hours(10)}
LATER: dict[str, Any] = {"until_at": NOW + hours(3)}

#: The record, the steps in chat, the step to judge, and the beginning of the reason against it (empty: none).
CASES: list[tuple[dict[str, Any], list[InterviewStep], Kind, dict[str, Any], str]] = [
    ({}, [], "offered", {}, ""),
    ({}, [], "attempt", {"detail": "no_answer"}, ""),
    ({}, [], "accepted", {}, "Nobody has said that it was offered"),
    ({}, [], "booked", LATER, "Nobody has said that it was offered"),
    ({}, [], "declined", {"detail": "child"}, "Nobody has said that it was offered"),  # edge case 14
    ({}, [], "recorded", {}, "Nobody has said that it was held"),
    ({}, [], "held", {}, ""),
    ({}, [], "not_possible", {"detail": "in_custody"}, ""),
    ({}, [], "carer_contacted", {}, "The carer is offered a talk when"),
    ({}, [], "reopened", {"detail": "other"}, "It is open already"),
    (OFFERED, [], "accepted", {}, ""),
    (OFFERED, [], "booked", LATER, ""),
    (OFFERED, [], "declined", {"detail": "parent"}, ""),
    ({}, said("offered"), "declined", {"detail": "child"}, ""),
    ({}, said("offered", "accepted"), "accepted", {}, "It is accepted already"),
    ({**OFFERED, "response": "accepted"}, [], "accepted", {}, "It is accepted already"),
    ({**OFFERED, "response": "accepted"}, said(("declined", "child")), "accepted", {}, ""),
    (HELD, [], "recorded", {}, ""),
    (HELD, [], "held", {}, "It was held already"),
    (HELD, [], "offered", {}, "It was held already"),
    (HELD, [], "attempt", {"detail": "no_answer"}, "It was held already"),
    (HELD, [], "accepted", {}, "It was held already"),
    (HELD, [], "booked", LATER, "It was held already"),
    (HELD, [], "declined", {"detail": "child"}, "It was held already"),
    (HELD, [], "not_possible", {"detail": "other"}, "It was held already"),
    (HELD, [], "reopened", {"detail": "wrong_time"}, ""),
    ({}, said("held"), "held", {}, "It was held already"),
    ({}, said("held"), "recorded", {}, ""),
    ({}, said("held", "recorded"), "recorded", {}, "It is recorded: say reopen"),
    ({}, said("held", "recorded"), "on_it", LATER, "It is recorded"),
    ({}, said("held", "recorded"), "reopened", {"detail": "wrong_child"}, ""),
    ({}, said("held", "recorded", ("reopened", "wrong_child")), "held", {}, ""),
    ({**HELD, "recorded_at": NOW - hours(9)}, [], "held", {}, "It is recorded: say reopen"),
    ({}, said("offered", ("declined", "child")), "held", {}, "It was declined. Say accepted first"),
    ({}, said("offered", ("declined", "child")), "booked", LATER, "It was declined. Say accepted first"),
    ({}, said("offered", ("declined", "child")), "snoozed", {"detail": "other", **LATER}, "It was declined: nothing"),
    ({}, said("offered", ("declined", "child")), "accepted", {"detail": CHANGED_MIND}, ""),
    ({}, said("offered", ("declined", "child")), "offered", {}, ""),  # another attempt is allowed (edge case 13)
    ({}, said("offered", ("declined", "child")), "declined", {"detail": "child"}, "It is declined already"),
    ({}, said("offered", ("declined", "parent")), "declined", {"detail": "child"}, ""),  # edge case 15
    ({}, said("offered", ("declined", "parent")), "declined", {"detail": "parent"}, "It is declined already"),
    ({}, said("offered", ("declined", "child")), "carer_contacted", {}, ""),
    ({}, said("offered", ("declined", "child"), "carer_contacted"), "carer_contacted", {}, "The carer has been"),
    ({**OFFERED, "response": "declined"}, [], "carer_contacted", {}, ""),
    ({**OFFERED, "response": "declined"}, [], "accepted", {"detail": CHANGED_MIND}, ""),
    ({}, said(("not_possible", "in_custody")), "held", {}, "It was not possible: say reopen"),
    ({}, said(("not_possible", "in_custody")), "reopened", {"detail": "new_information"}, ""),
    ({}, [], "on_it", LATER, ""),
    ({}, [], "snoozed", {"detail": "waiting_for_carer", **LATER}, ""),
    ({}, [], "snoozed", LATER, "That needs a word of the list"),
    ({}, [], "attempt", {}, "That needs a word of the list"),
    ({}, [], "attempt", {"detail": "Wilhelmina"}, "That needs a word of the list"),
    ({}, [], "held", {"detail": "no_answer"}, "That needs a word of the list"),
]


@pytest.mark.parametrize(("record", "steps", "kind", "more", "why"), CASES)
def test_what_may_follow(
    record: dict[str, Any], steps: list[InterviewStep], kind: Kind, more: dict[str, Any], why: str
) -> None:
    found = asked(stands(back(**record), steps), kind, **more)
    assert found.startswith(why) if why else found == ""


def test_not_while_the_child_is_missing() -> None:
    """Edge case 11; an attempt and an offer by phone may be."""
    i = stands(back(), missing=True)
    assert asked(i, "held", missing=True).startswith("The child was missing then")
    assert asked(i, "held", NOW - hours(12)) == ""
    assert asked(i, "attempt", missing=True, detail="missing_again") == ""


def test_what_happened_lies_between_the_return_and_now() -> None:
    i = stands(back(**OFFERED))
    assert "is before the child's return (Tue 4 Jul 08:00)" in asked(i, "held", BACK - hours(1))
    assert asked(i, "held", BACK) == ""
    assert "is still to come" in asked(i, "held", NOW + timedelta(minutes=1))
    assert asked(i, "booked", until_at=NOW).startswith("A booking is for a time that is still to come")
    assert asked(stands(back(held_at=NOW - hours(2))), "recorded", NOW - hours(3)).startswith("It was held only")


def test_none_is_due() -> None:
    missing = replace(episode(1, NOW - hours(9)), interview=interview(None))
    assert asked(stands(missing), "offered").startswith("The child is not back")
    assert asked(stands(replace(back(), kind="away")), "offered").startswith("No return interview by this council")


def test_one_talk_for_two_absences() -> None:
    first, second, other = back(1, NOW - hours(50)), back(1, NOW - hours(4)), back(2)
    here = [stands(first), stands(second), stands(other)]
    to = str(second.id)
    assert asked(here[0], "merged", to=to, among=here) == ""
    for nobody in (str(other.id), str(first.id), "99999", ""):
        assert "no other open" in asked(here[0], "merged", to=nobody, among=here)
    held = [here[0], stands(second, [step(1, "held", NOW - hours(1), second)])]
    assert asked(held[0], "merged", to=to, among=held) == "", "one talk was held for both, and is said afterwards"
    over = [here[0], stands(second, [*held[1].standing.steps, step(2, "recorded", of=second)])]
    assert "not open any more" in asked(over[0], "merged", to=to, among=over)
    early = [stands(second), stands(first, [step(1, "held", NOW - hours(9), first)])]
    assert "before this return" in asked(early[0], "merged", to=str(first.id), among=early)
    assert "before the other return" in asked(early[1], "merged", to=str(second.id), among=early)
    twice = [stands(first, [step(1, "held", NOW - hours(2), first)]), held[1]]
    assert "two talks" in asked(twice[0], "merged", to=to, among=twice)
    gone = [here[0], stands(second, [step(1, "merged", of=second, to=str(first.id))])]
    gone = every(
        [first.seen(NOW), second.seen(NOW)], set(), NOW, {o.episode.id: o.standing for o in gone}, owners=OWNERS
    )
    for one, its in ((0, second), (1, first)):
        assert "put together already" in asked(gone[one], "merged", to=str(its.id), among=gone)
        assert asked(gone[one], "unmerged", among=gone) == ""
        assert asked(gone[one], "held", NOW - hours(9), among=gone).startswith(
            "Tue 4 Jul 23:00 is before the child's return (Wed 5 Jul"
        )
    assert asked(here[0], "unmerged").startswith("It is not put together")


def test_only_the_newest_step_is_taken_back_by_who_said_it_for_some_minutes() -> None:
    one = [step(1, "offered", NOW - hours(1), by="w-1"), step(2, "held", NOW - timedelta(minutes=5), by="w-1")]
    assert why_not_undone(standing(one, NOW), "w-1", NOW, 5) is None
    assert "that is over" in str(why_not_undone(standing(one, NOW), "w-1", NOW + timedelta(seconds=1), 5))
    assert "was w-1's: only they" in str(why_not_undone(standing(one, NOW), "w-2", NOW, 5))
    undone = standing([*one, step(3, "undone", undoes=2)], NOW)
    assert "taken back already" in str(why_not_undone(undone, "w-1", NOW, 5))
    assert why_not_undone(standing([], NOW), "w-1", NOW, 5) == "Nothing was said that could be taken back."
    decided = standing([step(1, "considered")], NOW)
    assert "strategy discussion" in str(why_not_undone(decided, "w-1", NOW, 5))


KINDS = [k for k in get_args(InterviewKind) if k not in ("merged", "unmerged")]
DETAIL = {"attempt": "no_answer", "declined": "child", "not_possible": "other", "reopened": "other"}


@given(st.lists(st.sampled_from(KINDS), max_size=12), st.sampled_from([{}, OFFERED, HELD]))
def test_whatever_is_said_in_whatever_order(kinds: list[Kind], record: dict[str, Any]) -> None:
    """Steps that may follow never hold it twice, answer before an offer, or record it before it was held."""
    x, steps = back(**record), list[InterviewStep]()
    for n, kind in enumerate(kinds, 1):
        i = stands(x, steps)
        until = NOW + hours(1) if kind == "booked" else None
        detail = CHANGED_MIND if kind == "accepted" and i.state.name == "declined" else DETAIL.get(kind, "")
        if asked(i, kind, until_at=until, detail=detail) == "":
            steps.append(step(n, kind, NOW, x, until_at=until, detail=detail))
    seen = {"offered": "offered_at" in record, "held": "held_at" in record}
    for s in steps:
        if s.kind in ("declined", "accepted", "booked"):
            assert seen["offered"]
        if s.kind == "held":
            assert not seen["held"]
        if s.kind == "recorded":
            assert seen["held"]
        seen["offered"] |= s.kind == "offered"
        seen["held"] = (seen["held"] or s.kind == "held") and s.kind != "reopened"
    final = stands(x, steps)
    assert final.recorded == x.interview, "the record is as it was"
    assert not (final.closed and may_follow(final, "w-1", NOW, False) and final.state.name == "recorded")
