"""Steps in chat beside the record: they fill it in, replace nothing, and both are shown where they differ."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.interviews.state import effective, every, interviews
from bot.rules.interviews.steps import CHANGED_MIND, InterviewStep, Kind, standing, standings
from bot.rules.model import Interview
from tests.support.factories import NOW, hours, interview
from tests.support.steps import BACK, OWNERS, back, said, stands, step

AT = NOW - hours(5)


def laid_over(record: Interview, *steps: tuple[Kind, str] | Kind) -> Interview:
    return effective(record, standing(said(*steps), NOW))


def fields(steps: list[InterviewStep], **record: Any) -> list[tuple[str, str, str]]:
    return [(d.field, d.ours, d.theirs) for d in stands(back(**record), steps).differences(NOW)]


def test_ours_fills_what_the_record_lacks() -> None:
    found = laid_over(interview(BACK), "offered", "accepted", "held", "recorded")
    minutes = [AT + timedelta(minutes=n) for n in (1, 2, 3, 4)]
    assert (found.offered_at, found.held_at, found.recorded_at) == (minutes[0], minutes[2], minutes[3])
    assert found.response == "accepted"
    assert laid_over(interview(BACK), "offered", ("not_possible", "in_custody")).outcome_reason == "in_custody"
    carer = laid_over(interview(BACK), "offered", ("declined", "child"), "carer_contacted")
    assert (carer.response, carer.outcome_reason) == ("declined", "carer_contacted")


def test_an_undone_step_fills_nothing() -> None:
    steps = [*said("offered", "held"), step(3, "undone", undoes=2)]
    found = effective(interview(BACK), standing(steps, NOW))
    assert found.held_at is None
    assert found.offered_at is not None


INSTANTS = st.one_of(st.none(), st.integers(0, 23).map(lambda h: BACK + hours(h)))
KINDS = st.sampled_from(
    [
        *("offered", "attempt", "accepted", "booked", "held", "recorded", "carer_contacted"),
        *("on_it", "snoozed", ("declined", "child"), ("not_possible", "other")),
    ]
)


@given(
    st.lists(KINDS, max_size=8),
    INSTANTS,
    INSTANTS,
    INSTANTS,
    st.sampled_from([None, "accepted", "declined"]),
    st.sampled_from([None, "carer_contacted", "capacity"]),
)
def test_what_the_record_has_is_never_replaced(
    steps: list[Any], offered: Any, held: Any, recorded: Any, response: Any, reason: Any
) -> None:
    """A reopening would replace it; none is among these steps."""
    times = {"offered_at": offered, "held_at": held, "recorded_at": recorded}
    record = interview(BACK, **times, response=response, outcome_reason=reason, worker="W-1")
    found = laid_over(record, *steps)
    for name in ("clock_start_at", "due_at", "counts_until", "offered_at", "held_at", "response", "worker"):
        if getattr(record, name) is not None:
            assert getattr(found, name) == getattr(record, name), name
    if held is not None and recorded is not None:
        assert found.recorded_at == recorded


def test_what_was_recorded_before_is_not_the_talk_that_was_held_since() -> None:
    found = laid_over(interview(BACK, recorded_at=BACK + hours(1)), "held")
    assert found.held_at is not None
    assert found.recorded_at is None


def test_where_they_disagree_something_is_still_expected() -> None:
    """A no in chat does not close an interview that is accepted in the record; both are shown."""
    i = stands(back(offered_at=BACK + hours(1), response="accepted"), said(("declined", "child")))
    assert i.state.name == "accepted"
    assert i.undone
    assert [(d.field, d.ours, d.theirs) for d in i.differences(NOW)] == [
        ("answer", "declined by the child", "accepted")
    ]


def test_a_changed_mind_opens_what_the_record_has_closed() -> None:
    i = stands(
        back(offered_at=BACK, response="declined", recorded_at=BACK + hours(1)), said(("accepted", CHANGED_MIND))
    )
    assert (i.state.name, i.recorded_state, i.undone) == ("accepted", "declined", True)
    assert [d.theirs for d in i.differences(NOW)] == ["declined"]


def test_opened_again_by_a_reason_and_held_anew() -> None:
    record: dict[str, Any] = {"offered_at": BACK, "held_at": BACK + hours(2), "recorded_at": BACK + hours(3)}
    again = said(("reopened", "wrong_child"))
    i = stands(back(**record), again)
    assert i.undone
    assert [d.field for d in i.differences(NOW)] == ["end"]
    assert "Tue 4 Jul 10:00" in i.differences(NOW)[0].theirs
    anew = stands(back(**record), [*again, step(9, "held", NOW - hours(1))])
    assert (anew.state.name, anew.episode.interview.held_at) == ("held", NOW - hours(1))
    newer = stands(back(**{**record, "recorded_at": NOW - hours(1)}), again)
    assert newer.state.name == "recorded", "the record was written since: it counts again"


@pytest.mark.parametrize(
    ("theirs", "differs"),
    [
        (AT, False),
        (AT + timedelta(minutes=59), False),
        (AT + timedelta(minutes=62), True),
        (NOW - hours(8), True),  # 00:00, a day without a time: the same day
    ],
)
def test_an_hour_is_rounding_a_day_is_not(theirs: Any, differs: bool) -> None:
    assert bool(fields(said("held"), held_at=theirs)) is (differs and theirs != NOW - hours(8))


def test_in_time_and_late_are_not_the_same_however_near() -> None:
    due = NOW - hours(1)
    x = back(returned=due - hours(72), held_at=due + timedelta(minutes=5))
    ours = [step(1, "held", due - timedelta(minutes=5))]
    assert [d.field for d in stands(x, ours).differences(NOW)] == ["held"]


def test_what_the_record_lacks_in_the_order_in_which_it_comes() -> None:
    steps = said("offered", "accepted", "held")
    assert [s.kind for s in stands(back(), steps).lacking] == ["offered", "accepted", "held"]
    answered: dict[str, Any] = {"offered_at": BACK, "response": "accepted"}
    assert [s.kind for s in stands(back(**answered), steps).lacking] == ["held"]
    assert stands(back(**answered, held_at=AT), steps).lacking == ()
    waits = back(response="no_response", outcome_reason="capacity")
    assert [s.kind for s in stands(waits, said("accepted")).lacking] == ["accepted"]


# -- lists --


def test_over_in_chat_alone_stays_in_the_list_and_is_nobodys_debt() -> None:
    x = back()
    known = standings({x.id: said("offered", ("declined", "child"), of=x.id)}, NOW)
    (i,) = interviews([x.seen(NOW)], set(), NOW, known, owners=OWNERS)
    assert (i.state.name, i.undone, i.overdue, i.unowned) == ("declined", False, False, False)
    both = back(offered_at=BACK, response="declined")
    assert (
        interviews([both.seen(NOW)], set(), NOW, standings({both.id: said(("declined", "child"))}, NOW), owners=OWNERS)
        == []
    )


def test_who_took_it_over_owns_it() -> None:
    x = back(worker=None)
    asked = [step(1, "handed_over", by="w-1", to="w-2", of=x)]
    assert stands(x, asked).unowned, "nothing changes until it is accepted"
    i = stands(x, [*asked, step(2, "took_over", by="w-2", of=x)])
    assert (i.unowned, i.standing.owner) == (False, "w-2")


def test_one_time_of_being_held_is_tested_against_each_due_time() -> None:
    """Edge case 11: the first may be late by it, the second in time; both are held."""
    first, second = back(1, NOW - hours(80)), back(1, NOW - hours(30))
    steps = {
        first.id: [step(1, "merged", NOW - hours(20), first, to=str(second.id))],
        second.id: [step(2, "held", NOW - hours(2), second)],
    }
    early, late = every([first.seen(NOW), second.seen(NOW)], set(), NOW, standings(steps, NOW), owners=OWNERS)
    for i in (early, late):
        assert i.state.name == "held"
        assert i.episode.interview.held_at == NOW - hours(2)
    limits = [i.episode.interview.counts_until for i in (early, late)]
    assert [limit is not None and NOW - hours(2) <= limit for limit in limits] == [False, True]


def test_a_talk_before_the_return_is_not_about_it() -> None:
    first, second = back(1, NOW - hours(80)), back(1, NOW - hours(30))
    steps = {
        second.id: [step(1, "merged", NOW - hours(20), second, to=str(first.id))],
        first.id: [step(2, "held", NOW - hours(60), first)],
    }
    held, still = every([first.seen(NOW), second.seen(NOW)], set(), NOW, standings(steps, NOW), owners=OWNERS)
    assert (held.state.name, still.state.name) == ("held", "due")


def test_a_link_to_a_record_that_is_gone_is_none() -> None:
    x = back()
    (i,) = every(
        [x.seen(NOW)], set(), NOW, standings({x.id: [step(1, "merged", of=x, to="424242")]}, NOW), owners=OWNERS
    )
    assert i.state.name == "due"


def test_each_snoozes_their_own_and_on_it_ends_with_a_step() -> None:
    until = NOW + hours(9)
    steps = [
        step(1, "snoozed", NOW - hours(3), by="w-1", until_at=until, detail="other"),
        step(2, "snoozed", NOW - hours(2), by="w-2", until_at=until + hours(1), detail="other"),
        step(3, "on_it", NOW - hours(1), by="w-1", until_at=until),
    ]
    found = standing(steps, NOW)
    assert (found.snoozed("w-1"), found.snoozed("w-2"), found.snoozed("w-3")) == (until, until + hours(1), None)
    assert (found.on_it, standing(steps, until).on_it) == ("w-1", "")
    assert standing(steps, until).snoozed("w-1") is None
    ends: tuple[Kind, ...] = ("attempt", "held", "not_possible")
    assert [standing([*steps, step(4, kind)], NOW).on_it for kind in ends] == [""] * 3
