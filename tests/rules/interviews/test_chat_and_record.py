"""An interview by the record and by chat: what is said of it, who may take or hand it over, and which one is meant."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.rules.interviews.state import (
    Owners,
    Positions,
    View,
    choice,
    difference_lines,
    each_once,
    every,
    in_chat,
    in_view,
    page_of,
    positions,
    waiting,
    why_not_handed,
    why_not_snoozed,
    why_not_taken,
    why_not_to,
)
from bot.rules.interviews.steps import InterviewStep, Kind, standing, standings
from bot.rules.interviews.transitions import (
    OUTCOMES,
    following,
    may_follow,
    why_not_any,
    why_not_chosen,
    why_not_handing,
    why_not_snoozing,
)
from bot.rules.model import FOREVER, CaseRelation
from bot.rules.partnership.partnership import Person
from tests.support.factories import NOW, Recorded, hours, interview, partnership, person
from tests.support.steps import BACK, OWNERS, asked, back, said, stands, step

SECOND = timedelta(seconds=1)
WORKER, OTHER = person("north-worker"), person("south-worker")
DUE_NOW = NOW - hours(72)


def over(view_of: Any) -> list[str]:
    return [f"{d.field}: {d.theirs}" for d in view_of.differences(NOW)]


# -- which time it is --


@pytest.mark.parametrize(
    ("left", "overdue", "soon"),
    [(-SECOND, True, False), (timedelta(), False, True), (hours(24), False, True), (hours(24) + SECOND, False, False)],
)
def test_overdue_and_due_soon_to_the_second(left: timedelta, overdue: bool, soon: bool) -> None:
    i = stands(back(returned=DUE_NOW + left))
    assert (i.overdue, i.due_soon, i.left) == (overdue, soon, left)


@pytest.mark.parametrize(("late", "forgotten"), [(timedelta(days=28), False), (timedelta(days=28, seconds=1), True)])
def test_forgotten_is_more_than_28_days_over_its_time(late: timedelta, forgotten: bool) -> None:
    assert stands(back(returned=DUE_NOW - late)).forgotten is forgotten
    assert stands(back(returned=DUE_NOW - late, held_at=NOW - hours(1))).forgotten is forgotten, "held, not recorded"
    closed = back(returned=DUE_NOW - late, held_at=NOW - hours(1), recorded_at=NOW - hours(1))
    assert not stands(closed).forgotten


def test_without_a_known_return_time_never_runs_out() -> None:
    x = back()
    i = stands(replace(x, interview=replace(x.interview, counts_until=None, due_at=None)))
    assert (i.left, i.overdue, i.due_soon, i.forgotten) == (timedelta.max, False, False, False)


@pytest.mark.parametrize(
    ("record", "steps", "with_times", "without"),
    [
        ({"held_at": BACK + hours(1)}, [], True, False),  # the export has it as held, so it is in the case system
        ({}, said("held"), True, True),
        ({"held_at": BACK + hours(1)}, said("recorded"), False, False),
        ({}, [], False, False),
    ],
)
def test_held_and_to_be_written_up(
    record: dict[str, Any], steps: list[InterviewStep], with_times: bool, without: bool
) -> None:
    i = stands(back(**record), steps)
    assert (i.to_record(True), i.to_record(False)) == (with_times, without)


# -- owners --


def test_the_owner_is_who_took_it_over_else_the_worker_of_the_record() -> None:
    people = (Person("w-1", "council", worker_code="C1"), Person("w-2", "council"))
    owners = Owners.among((*people, Person("w-3", "council", worker_code="C3", active=False)))
    assert owners.of("C1", "") == "w-1"
    assert owners.of("C1", "w-2") == "w-2"
    assert owners.of("C3", "") == owners.of("C9", "") == owners.of(None, "") == ""
    assert owners.of("C1", "w-3") == "", "who took it over and has left owns nothing, and gives it back to nobody"


def test_it_is_for_its_owner_and_for_a_person_who_is_asked() -> None:
    i = stands(back(), [step(1, "handed_over", by="north-worker", to="south-worker")])
    assert [i.is_for(p) for p in (WORKER, OTHER, person("coordinator"))] == [True, True, False]
    assert [i.owned_by(p) for p in (WORKER, OTHER)] == [True, False]


def test_a_refused_hand_over_leaves_it_where_it_was() -> None:
    steps = [
        step(1, "handed_over", by="north-worker", to="south-worker"),
        step(2, "refused_hand_over", by="south-worker"),
    ]
    found = standing(steps, NOW)
    assert (found.owner, found.asked, found.asked_by) == ("", "", "")
    assert not stands(back(), steps).is_for(OTHER)


@pytest.mark.parametrize(
    ("worker", "steps", "by", "leading", "why"),
    [
        (None, [], WORKER, False, None),
        ("W-N01", [], WORKER, False, "It is yours already."),
        ("W-N01", [], OTHER, False, "Somebody owns it: they hand it over, or a manager of the area takes it."),
        ("W-N01", [], OTHER, True, None),
        ("W-N01", [step(1, "handed_over", to="south-worker")], OTHER, False, None),
    ],
)
def test_who_may_take_it(
    worker: str | None, steps: list[InterviewStep], by: Person, leading: bool, why: str | None
) -> None:
    assert why_not_taken(stands(back(worker=worker), steps), by, leading) == why


@pytest.mark.parametrize(
    ("worker", "by", "leading", "may"),
    [
        (None, OTHER, False, True),
        ("W-N01", WORKER, False, True),
        ("W-N01", OTHER, True, True),
        ("W-N01", OTHER, False, False),
    ],
)
def test_who_may_hand_it_over(worker: str | None, by: Person, leading: bool, may: bool) -> None:
    why = why_not_handed(stands(back(worker=worker)), by, leading)
    assert why == (None if may else "It is not yours to hand over: its owner or a manager of the area can.")


def test_to_whom_it_may_be_handed() -> None:
    """To a person who could record its steps: by the area, or as the case's own worker."""
    of = CaseRelation(frozenset({"north"}), frozenset({"W-N01"}))

    def why(to: Person) -> str | None:
        return why_not_to(to, person("north-manager"), of, partnership(), NOW)

    assert why(WORKER) is why(person("coordinator")) is None
    assert why(person("north-manager")) == "You cannot hand it to yourself: say take."
    for nobody in (OTHER, person("analyst"), person("police")):
        assert why(nobody) == f"{nobody.id} could not update this interview, so it cannot be handed to them."


@pytest.mark.parametrize(
    ("left", "wanted", "leading", "why"),
    [
        (hours(5), SECOND, False, None),
        (hours(5), timedelta(), False, "That moment is over"),
        (hours(5), hours(9), False, None),  # past the deadline; the limit itself has not come
        (SECOND, hours(1), False, None),
        (timedelta(), hours(1), False, "Its time is over"),
        (timedelta(), hours(1), True, None),
        (-hours(1), timedelta(), True, "That moment is over"),
    ],
)
def test_a_snooze_is_to_come_and_after_the_deadline_a_manager_s(
    left: timedelta, wanted: timedelta, leading: bool, why: str | None
) -> None:
    found = why_not_snoozed(NOW + wanted, stands(back(returned=DUE_NOW + left)), NOW, leading)
    assert (found or "").startswith(why or "")
    assert (found is None) == (why is None)


# -- differences --


@pytest.mark.parametrize(
    ("record", "steps", "found"),
    [
        ({"response": "accepted"}, said("accepted"), []),
        ({"response": "accepted"}, said("booked"), []),  # a booking was agreed to
        ({"response": "declined"}, said("accepted"), ["answer: declined"]),
        ({"response": "accepted"}, said(("declined", "child")), ["answer: accepted"]),
        ({"response": "accepted"}, said("held"), []),
        ({"response": "declined"}, said("held"), ["answer: declined"]),
        ({"response": "no_response"}, said("accepted"), []),  # it still waits for the answer
        ({"response": "no_response"}, said(("not_possible", "in_custody")), []),
        (
            {"response": "no_response", "outcome_reason": "in_custody"},
            said("accepted"),
            ["answer: not possible because in custody"],
        ),
        ({"response": "no_response", "outcome_reason": "in_custody"}, said(("not_possible", "in_custody")), []),
        (
            {"response": "no_response", "outcome_reason": "no_contact"},
            said(("not_possible", "in_custody")),
            ["answer: not possible because no contact"],
        ),
        ({"response": "accepted"}, said(("not_possible", "in_custody")), ["answer: accepted"]),
        ({}, said(("declined", "child")), []),
    ],
)
def test_answers_differ_where_the_record_has_another_one(
    record: dict[str, Any], steps: list[InterviewStep], found: list[str]
) -> None:
    assert over(stands(back(offered_at=BACK + hours(1), **record), steps)) == found


def test_an_end_opened_again_in_chat_differs_while_the_record_has_it() -> None:
    reopened = said(("reopened", "new_information"))
    held = stands(back(held_at=BACK + hours(1), recorded_at=BACK + hours(2)), reopened)
    assert over(held) == ["end: held Tue 4 Jul 09:00"]
    gone = stands(back(response="no_response", outcome_reason="in_custody"), reopened)
    assert over(gone) == ["end: not possible because in custody"]
    assert over(stands(back(), reopened)) == [], "the record has no end"
    assert over(stands(back(held_at=NOW - hours(1)), reopened)) == [], "it was held since"


def test_recorded_without_having_been_held_is_no_time_to_compare() -> None:
    steps = said("held", "recorded")
    assert over(stands(back(recorded_at=BACK + hours(1)), steps)) == []
    late = stands(back(held_at=steps[0].at, recorded_at=NOW), steps)
    assert over(late) == ["recorded: Wed 5 Jul 08:00"]


def test_a_difference_is_told_with_who_said_it() -> None:
    i = stands(back(held_at=BACK + hours(2)), said("held"))
    assert difference_lines(i, NOW) == (
        "held: Wed 5 Jul 03:01 (said by w-1, Wed 5 Jul 03:01); the record: Tue 4 Jul 10:00",
    )


# -- words of the work in chat --


def phrases(x: Recorded, steps: list[InterviewStep], owner: str = "") -> tuple[str, ...]:
    i = stands(x, steps)
    return in_chat(replace(i, owner=owner) if owner else i, partnership(), NOW)


def test_nothing_was_said() -> None:
    assert phrases(back(), []) == ()


def test_the_newest_step_that_the_record_lacks_comes_first() -> None:
    assert phrases(back(), said("offered", "held")) == (
        "held (Wed 5 Jul 03:02), said in chat by w-1, not in the record yet",
    )
    assert phrases(back(offered_at=NOW - hours(5)), said("offered")) == ()


def test_a_booking_is_told_until_the_talk_was_held() -> None:
    booked = [step(1, "booked", NOW - hours(5), until_at=NOW + hours(2))]
    record: dict[str, Any] = {"response": "accepted", "offered_at": BACK}
    assert phrases(back(**record), booked) == ("booked for Wed 5 Jul 10:00",)
    assert phrases(back(**record), [replace(booked[0], until_at=NOW)]) == ("was booked for Wed 5 Jul 08:00",)
    assert phrases(back(**record, held_at=NOW - hours(1)), booked) == ()
    assert phrases(back(**record), said("accepted")) == ()


def test_who_is_on_it_who_is_asked_who_took_it_and_who_snoozed() -> None:
    until = NOW + hours(2)
    assert phrases(back(), [step(1, "on_it", until_at=until)]) == ("w-1 is on it until Wed 5 Jul 10:00",)
    assert phrases(back(), [step(1, "handed_over", to="w-2")]) == ("handed over to w-2 by w-1, not accepted yet",)
    assert phrases(back(), [step(1, "took_over")]) == ("taken over in chat by w-1",)
    snoozed = [step(1, "snoozed", until_at=until, detail="other")]
    assert phrases(back(), snoozed) == ("snoozed by w-1 until Wed 5 Jul 10:00",)
    assert phrases(back(), snoozed, owner="w-1") == ("snoozed by owner until Wed 5 Jul 10:00",)


def test_interviews_that_are_one_name_one_another() -> None:
    first, second = back(1, NOW - hours(50)), back(1, NOW - hours(30))
    steps = {first.id: [step(1, "merged", of=first, to=str(second.id))]}
    one, two = every([first.seen(NOW), second.seen(NOW)], set(), NOW, standings(steps, NOW), owners=OWNERS)
    assert in_chat(one, partnership(), NOW) == (f"one interview with #{second.id}",)
    assert in_chat(two, partnership(), NOW) == (f"one interview with #{first.id}",)


# -- which interview a step without a number means --


def numbers(verb: str, *known: Any, by: str = "w-1") -> list[int]:
    return [known.index(i) for i in choice(verb, known, by)]


def test_which_interviews_a_step_may_mean() -> None:
    still, held = stands(back()), stands(back(held_at=BACK + hours(1)))
    closed = stands(back(held_at=BACK + hours(1), recorded_at=BACK + hours(2)))
    declined = stands(back(offered_at=BACK, response="declined"))
    known = (still, held, closed, declined)
    assert numbers("held", *known) == numbers("offered", *known) == [0, 1]
    assert numbers("accepted", *known) == numbers("carer_contacted", *known) == [0, 1, 3]
    assert numbers("reopened", *known) == [1, 2, 3]
    assert numbers("unmerged", *known) == []


def test_which_hand_over_is_accepted_or_refused_and_which_step_taken_back() -> None:
    plain, mine = stands(back()), stands(back(), [step(1, "handed_over", by="w-2", to="w-1")])
    for verb in ("accept", "refuse"):
        assert numbers(verb, plain, mine) == [1]
        assert numbers(verb, plain, mine, by="w-2") == []
    assert numbers("undo", plain, mine, by="w-2") == [1]
    assert numbers("undo", plain, mine) == []
    undone = stands(back(), [step(1, "offered"), step(2, "undone", undoes=1)])
    assert numbers("undo", undone) == []


def test_of_two_that_are_one_the_first_is_chosen_and_of_three_the_person_says_which_leaves() -> None:
    three = [back(1, NOW - hours(n)) for n in (50, 40, 30)]
    merged = [step(1, "merged", of=three[0], to=str(three[1].id))]

    def found(steps: list[InterviewStep]) -> list[Any]:
        by = {x.id: [s for s in steps if s.episode_id == x.id] for x in three}
        return every([x.seen(NOW) for x in three], set(), NOW, standings(by, NOW), owners=OWNERS)

    two = found(merged)
    assert choice("unmerged", two, "w-1") == two[:2]
    assert each_once(two[:2], "unmerged") == each_once(two[:2], "held") == two[:1]
    assert each_once(two, "held") == [two[0], two[2]]
    all_three = found([*merged, step(2, "merged", of=three[1], to=str(three[2].id))])
    assert each_once(all_three, "unmerged") == all_three
    assert each_once(all_three, "held") == all_three[:1]


# -- lists --


def test_positions_and_views() -> None:
    late, soon = stands(back(1, DUE_NOW - hours(1), worker=None)), stands(back(2, DUE_NOW + hours(5), offered_at=NOW))
    held, gone = stands(back(3, held_at=NOW)), stands(back(4), missing=True)
    found = [late, soon, held, gone]
    assert positions(found) == Positions(4, unowned=1, overdue=1, due_soon=1, not_offered=1, held=1, waiting=1)
    assert positions(found).plus(positions([late]), -1) == positions([soon, held, gone])
    expected: dict[View, list[Any]] = {
        "open": found,
        "due": [soon],
        "overdue": [late],
        "unrecorded": [held],
        "mine": [soon, held, gone],
    }
    for view, rows in expected.items():
        assert [i for i in found if in_view(i, view, WORKER)] == rows, view
        assert page_of(found, view, WORKER).total == len(rows)
    assert not any(in_view(i, "mine", None) for i in found)


def test_positions_of_nothing_are_none() -> None:
    assert Positions() == positions([]) == Positions(0, 0, 0, 0, 0, 0, 0)


def test_a_page_is_a_part_of_a_list_and_its_counts_are_of_all() -> None:
    found = [stands(back(n)) for n in range(1, 6)]
    page = page_of(found, "open", None, 1, 2)
    assert (page.rows, page.total, page.counts.open) == (tuple(found[1:3]), 5, 5)
    assert page_of(found, "open", None, 3).rows == tuple(found[3:])


# -- without an open interview --


def test_why_there_is_no_open_interview_yet() -> None:
    missing = replace(back(), end_at=None, until_at=FOREVER, returned_at=None, interview=interview(None))

    def elsewhere(x: Recorded) -> bool | None:
        found = waiting(x.seen(NOW), NOW)
        return None if found is None else found.elsewhere

    assert elsewhere(missing) is False
    assert elsewhere(replace(missing, hosted=True)) is True
    assert elsewhere(back()) is None, "it is this council's, and open"
    assert elsewhere(replace(back(), hosted=True)) is None, "it is tracked"


# -- what may be recorded now --


def test_outcomes_that_may_follow_and_the_reason_where_one_may_not() -> None:
    i = stands(back(offered_at=BACK))
    kinds: tuple[Kind, ...] = ("accepted", "booked", "held", "recorded")
    assert {c.kind for c in following(i, "w-1", NOW, kinds)} == {"accepted", "booked", "held"}
    assert why_not_any(i, "w-1", NOW, ("held", "accepted")) == ""
    assert why_not_any(i, "w-1", NOW, ("recorded",)) == "Nobody has said that it was held: held comes first."
    assert why_not_chosen(i, OUTCOMES["booked"], "w-1", NOW) == "", "its time is still to be given"
    assert may_follow(i, "w-1", NOW, False) == ("offered", "accepted", "held")
    assert may_follow(i, "w-1", NOW, True) == ("offered", "accepted")
    assert may_follow(stands(back(held_at=BACK)), "w-1", NOW, False) == ("recorded",)


def test_a_hand_over_and_a_snooze_of_what_is_over() -> None:
    still, closed = stands(back()), stands(back(held_at=BACK, recorded_at=NOW))
    assert why_not_handing(still, WORKER, NOW, False) == ""
    assert why_not_handing(still, OTHER, NOW, False).startswith("It is not yours to hand over")
    assert why_not_handing(closed, WORKER, NOW, True).startswith("It is recorded: say reopen")
    assert why_not_snoozing(still, "w-1", NOW, False) == ""
    assert why_not_snoozing(closed, "w-1", NOW, False).startswith("It is recorded: say reopen")
    late = stands(back(returned=DUE_NOW - hours(1)))
    assert why_not_snoozing(late, "w-1", NOW, False).startswith("Its time is over")
    assert why_not_snoozing(late, "w-1", NOW, True) == ""


def test_a_booking_without_a_time_is_asked_for_one_and_one_that_is_over_is_told_so() -> None:
    i = stands(back(offered_at=BACK))
    assert asked(i, "booked") == "A booking is for a time that is still to come."
    assert asked(i, "booked", until_at=NOW) == (
        "A booking is for a time that is still to come. Wed 5 Jul 08:00 is over."
    )
    assert asked(i, "booked", until_at=NOW + SECOND) == ""


def test_an_accepted_interview_that_was_not_possible_may_be_accepted_anew() -> None:
    i = stands(back(offered_at=BACK, response="accepted"), said(("not_possible", "in_custody")))
    assert i.state.name == "accepted"
    assert asked(i, "accepted") == ""
