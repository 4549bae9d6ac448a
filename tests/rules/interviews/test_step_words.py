"""Words of steps: how each is written for people, how it is typed, and the other words that mean the same."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.rules.interviews.steps import (
    DETAILS,
    FAR,
    LONG_AGO,
    OPENED_AGAIN,
    QUESTIONS,
    VERBS,
    InterviewStep,
    Kind,
    NotUnderstood,
    ParsedStep,
    begins_a_step,
    example,
    kind_words,
    listen,
    plain,
    step_label,
    typed,
    typed_words,
    who_was_first,
    worded,
)
from bot.rules.interviews.transitions import AFTER, KINDS, OUTCOMES, PRESSES, WAITS
from tests.support.factories import NOW, at, partnership

CALENDAR = partnership().calendar("north")
FIVE = at("Wed 5 Jul 2017 17:00")


@pytest.mark.parametrize(
    ("kind", "detail", "words"),
    [
        ("offered", "", "offered"),
        ("offered", "phone", "offered by phone"),
        ("offered", "in_person", "offered in person"),
        ("offered", "through_carer", "offered through the carer"),
        ("attempt", "no_answer", "attempt: no answer"),
        ("accepted", "changed_mind", "accepted: the child has changed their mind"),
        ("declined", "child", "declined by the child"),
        ("declined", "parent", "declined by a parent for the child"),
        ("not_possible", "in_custody", "not possible because in custody"),
        ("not_possible", "out_of_area", "not possible because out of the area"),
        ("not_possible", "other", "not possible because another reason"),
        ("reopened", "recorded_in_error", "reopened because it was recorded in error"),
        ("snoozed", "waiting_for_carer", "snoozed because waiting for carer"),
        ("carer_contacted", "", "carer contacted"),
        ("merged", "", "put together with another interview of the child"),
        ("unmerged", "", "a talk of its own again"),
        ("on_it", "", "on it"),
        ("took_over", "", "taken over"),
        ("refused_hand_over", "", "hand-over refused"),
        ("undone", "", "the last step taken back"),
        ("threshold_met", "", "threshold met"),
        ("threshold_not_met", "", "threshold not met"),
        ("considered", "", "strategy discussion considered"),
        ("discussion_held", "", "strategy discussion held"),
    ],
)
def test_a_step_as_people_read_it(kind: Kind, detail: str, words: str) -> None:
    assert worded(kind, detail) == words
    assert step_label(InterviewStep(1, 1, kind, NOW, NOW, "w-1", detail=detail)) == words


def test_a_hand_over_names_its_person_and_who_was_first_is_told() -> None:
    handed = InterviewStep(1, 1, "handed_over", NOW, NOW, "w-1", to="w-2")
    assert step_label(handed) == "handed over to w-2"
    assert who_was_first(handed, NOW) == "w-1 was first: handed over to w-2, said Wed 5 Jul 08:00."
    assert who_was_first(handed, NOW, "w-1").startswith("You were first: ")
    assert plain("waiting_for_child") == "waiting for child"
    assert kind_words("not_possible") == "not possible"


@pytest.mark.parametrize(
    ("verb", "detail", "words"),
    [
        ("offered", "phone", "offered by phone"),
        ("offered", "in_person", "offered in person"),
        ("offered", "through_carer", "offered through carer"),
        ("attempt", "no_answer", "attempt no answer"),
        ("declined", "child", "declined by child"),
        ("not_possible", "in_custody", "not possible in custody"),
        ("reopened", "wrong_child", "reopen because wrong child"),
        ("accepted", "changed_mind", "accepted"),
        ("held", "", "held"),
        ("on_it", "", "on it"),
    ],
)
def test_a_step_as_it_is_typed(verb: str, detail: str, words: str) -> None:
    assert typed(verb, detail) == words
    if detail != "changed_mind":
        assert (listen(words, NOW, CALENDAR).verb, listen(words, NOW, CALENDAR).detail) == (verb, detail)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (ParsedStep("held", number=12, version=3, at=NOW), "#12 v3 held at 2017-07-05 08:00"),
        (ParsedStep("booked", until_at=NOW), "booked 2017-07-05 08:00"),
        (
            ParsedStep("snoozed", "waiting_for_carer", until_at=NOW),
            "snooze until 2017-07-05 08:00 because waiting for carer",
        ),
        (ParsedStep("merged", to="4", number=3), "#3 merge into #4"),
        (ParsedStep("handed_over", to="w-2"), "hand to w-2"),
        (ParsedStep("held", due=(date(2017, 7, 8),)), "due 2017-07-08 held"),
        (ParsedStep("held", due=(date(2016, 7, 8), date(2017, 7, 8))), "due 8 jul held"),
    ],
)
def test_a_parsed_step_is_written_as_it_is_typed(step: ParsedStep, words: str) -> None:
    assert typed_words(step) == words


#: Words that people use -> the word of the list.
SAME = {
    "offered": {
        "telephone": "phone",
        "call": "phone",
        "visit": "in_person",
        "face to face": "in_person",
        "video": "video",
        "text": "text",
        "letter": "letter",
        "through carer": "through_carer",
    },
    "attempt": {
        "no reply": "no_answer",
        "no response": "no_answer",
        "voicemail": "no_answer",
        "left voicemail": "no_answer",
        "left a voicemail": "no_answer",
        "voice mail": "no_answer",
        "didn't answer": "no_answer",
        "did not answer": "no_answer",
        "unanswered": "no_answer",
        "refused": "refused_now",
        "missing": "missing_again",
        "later": "asked_later",
        "moved": "moved",
    },
    "declined": {
        "carer": "parent",
        "mother": "parent",
        "father": "parent",
        "parents": "parent",
        "young person": "child",
        "child": "child",
        "parent": "parent",
    },
    "not possible": {
        "custody": "in_custody",
        "unwell": "child_unwell",
        "ill": "child_unwell",
        "no reply": "no_contact",
    },
    "reopen": {
        "changed mind": "child_changed_mind",
        "in error": "recorded_in_error",
        "new information": "new_information",
        "wrong child": "wrong_child",
        "wrong time": "wrong_time",
        "other": "other",
    },
    "snooze until tomorrow": {
        "carer": "waiting_for_carer",
        "child": "waiting_for_child",
        "unwell": "child_unwell",
        "booked": "booked",
        "waiting for school": "waiting_for_school",
    },
}


@pytest.mark.parametrize(("verb", "word", "detail"), [(v, w, d) for v, words in SAME.items() for w, d in words.items()])
def test_other_words_for_a_word_of_the_list(verb: str, word: str, detail: str) -> None:
    assert listen(f"{verb} {word}", NOW, CALENDAR).detail == detail


@pytest.mark.parametrize(
    ("words", "verb"),
    [
        *((w, "attempt") for w in ("attempted no answer", "tried no answer", "log attempt no answer")),
        *(
            (w, "booked")
            for w in (
                "book fri 3pm",
                "arranged fri 3pm",
                "scheduled fri 3pm",
                "rebooked fri 3pm",
                "re-booked fri 3pm",
                "rearranged fri 3pm",
                "rescheduled fri 3pm",
            )
        ),
        *((w, "recorded") for w in ("recorded on the system", "written up", "recorded in the case system")),
        *((w, "carer_contacted") for w in ("carer offered", "contacted carer", "contacted the carer")),
        *((w, "not_possible") for w in ("impossible in custody",)),
        *((w, "on_it") for w in ("i'm on it", "im on it", "i am on it")),
        *((w, "took_over") for w in ("claim", "take it", "take this", "take over", "i'll take it", "i'll take this")),
        *(
            (w, "handed_over")
            for w in (
                "hand over to w-2",
                "hand it to w-2",
                "hand it over to w-2",
                "give to w-2",
                "pass to w-2",
                "reassign to w-2",
            )
        ),
        *((w, "undo") for w in ("undo that", "take it back", "take that back")),
        *((w, "why") for w in ("why", "why am i getting this")),
        *((w, "snoozed") for w in ("snoozed until tomorrow other", "remind me tomorrow other")),
        *((w, "unmerged") for w in ("unmerge", "unmerged")),
        *((w, "accept") for w in ("accept",)),
        *((w, "refuse") for w in ("refuse",)),
    ],
)
def test_other_words_for_a_step(words: str, verb: str) -> None:
    assert listen(words, NOW, CALENDAR).verb == verb
    assert begins_a_step(words)


def test_ways_of_trying_have_no_meaning_of_their_own() -> None:
    for way in (
        "again",
        "but",
        "call",
        "calling",
        "from",
        "phone",
        "phoning",
        "ringing",
        "text",
        "texting",
        "twice",
        "visit",
        "visiting",
    ):
        assert listen(f"attempt {way} no answer", NOW, CALENDAR).detail == "no_answer", way


@pytest.mark.parametrize("word", ["a", "an", "the", "was", "we", "with", "via", "for", "it", "please", "thanks", "rhi"])
def test_small_words_change_nothing(word: str) -> None:
    assert listen(f"held {word} at 7.15", NOW, CALENDAR).verb == "held"


def test_each_word_that_needs_another_asks_for_it_with_its_list() -> None:
    assert set(QUESTIONS) < set(DETAILS)
    for verb in ("attempt", "declined", "not_possible", "reopened"):
        with pytest.raises(NotUnderstood) as fault:
            listen(VERBS[verb][0], NOW, CALENDAR)
        assert str(fault.value).startswith(QUESTIONS[verb].rstrip("?"))


def test_words_left_over_are_told_with_the_words_that_are_known() -> None:
    with pytest.raises(NotUnderstood) as fault:
        listen("attempt no answer zzz", NOW, CALENDAR)
    assert str(fault.value) == (
        "I did not understand all of that, so nothing was recorded. Words I know here: no answer, refused now, "
        "asked later, moved, missing again. For example: attempt no answer"
    )
    with pytest.raises(NotUnderstood) as fault:
        listen("held zzz", NOW, CALENDAR)
    assert str(fault.value) == ("I did not understand all of that, so nothing was recorded. For example: held at 16:15")


def test_of_two_readings_the_one_that_can_be_is_offered() -> None:
    """A talk is held in the past, a booking is still to come."""
    with pytest.raises(NotUnderstood) as asked:
        listen("appointment postponed to friday 3pm", FIVE, CALENDAR)
    assert [s.verb for s in asked.value.steps] == ["booked"]
    with pytest.raises(NotUnderstood) as asked:
        listen("held at 3pm?", FIVE, CALENDAR)
    assert [typed_words(s) for s in asked.value.steps] == ["held at 2017-07-05 15:00"]


@pytest.mark.parametrize(
    ("words", "begun"),
    [
        ("attempt", "attempt"),
        ("attempt yesterday 14:30", "attempt at 2017-07-04 14:30"),
        ("booked", "booked"),
        ("booked friday", "booked 2017-07-07"),
        ("held yesterday", "held 2017-07-04"),
        ("declined", "declined"),
        ("not possible", "not possible"),
        ("hand to", "hand to"),
        ("snooze", "snooze"),
        ("snooze until mon 9am", "snooze until 2017-07-10 09:00"),
        ("snooze because waiting for carer", "snooze because waiting for carer"),
        ("#3 reopen", "#3 reopen"),
    ],
)
def test_a_step_that_lacks_something_is_kept_as_far_as_it_was_said(words: str, begun: str) -> None:
    with pytest.raises(NotUnderstood) as fault:
        listen(words, NOW, CALENDAR)
    assert fault.value.begun is not None
    assert fault.value.begun.lacks == str(fault.value)
    assert typed_words(fault.value.begun).strip() == begun
    with pytest.raises(NotUnderstood) as again:
        listen(begun, NOW, CALENDAR)
    assert again.value.begun == fault.value.begun


@pytest.mark.parametrize(
    "words", ["hand to Jane Smith", "attempt zzz", "held zzz yesterday", "booked friday at 3", "refused", "cancelled"]
)
def test_words_that_are_unknown_or_ambiguous_are_asked_in_words(words: str) -> None:
    with pytest.raises(NotUnderstood) as fault:
        listen(words, NOW, CALENDAR)
    assert fault.value.begun is None


@pytest.mark.parametrize(
    ("words", "fine"),
    [
        ("held 7 jun 08:00", True),  # 28 days ago to the minute
        ("held 7 jun 07:59", False),
        ("held 7 jun 2017 07:59", True),
        ("booked 4 jan 07:00", True),  # 183 days ahead, in winter time
        ("booked 4 jan 07:01", False),
        ("booked 4 jan 2018 07:01", True),
    ],
)
def test_a_time_far_away_is_written_with_its_year(words: str, fine: bool) -> None:
    if fine:
        assert listen(words, NOW, CALENDAR)
        return
    with pytest.raises(NotUnderstood, match="Write the date with its year"):
        listen(words, NOW, CALENDAR)


def test_what_was_done_has_no_end_and_what_is_to_come_no_beginning() -> None:
    held, booked = listen("held at 7.15", NOW, CALENDAR), listen("booked fri 3pm", NOW, CALENDAR)
    assert (held.at is None, held.until_at) == (False, None)
    assert (booked.at, booked.until_at is None) == (None, False)


def test_times_of_steps() -> None:
    assert (timedelta(days=183), timedelta(days=28), timedelta(days=28)) == (FAR, LONG_AGO, OPENED_AGAIN)


def test_examples_are_whole_steps() -> None:
    assert example("snoozed") == "snooze until mon 9am because waiting for carer"
    assert example("recorded") == "recorded"


# -- outcomes as they are offered --


def test_outcomes_are_offered_with_each_word_of_their_list() -> None:
    assert {kind: [c.detail for c in OUTCOMES.values() if c.kind == kind] for kind in KINDS} == {
        "offered": ["", *DETAILS["offered"]],
        "attempt": list(DETAILS["attempt"]),
        "accepted": [""],
        "booked": [""],
        "held": [""],
        "recorded": [""],
        "told": [""],
        "acknowledged": [""],
        "declined": list(DETAILS["declined"]),
        "carer_contacted": [""],
        "not_possible": list(DETAILS["not_possible"]),
        "reopened": list(DETAILS["reopened"]),
    }
    labels = {c.typed: c.label for c in OUTCOMES.values()}
    assert labels["offered by phone"] == "Offered by phone"
    assert labels["attempt no answer"] == "Attempt: no answer"
    assert labels["not possible in custody"] == "Not possible: in custody"
    assert labels["reopen because wrong child"] == "Reopened: wrong child"
    assert labels["carer contacted"] == "Carer contacted"


def test_steps_of_one_press_and_reasons_of_a_snooze() -> None:
    assert dict(PRESSES) == {
        "offered": "offered",
        "accepted": "accepted",
        "held": "held",
        "recorded": "recorded",
        "carer contacted": "carer_contacted",
        "told": "told",
        "acknowledged": "acknowledged",
    }
    assert WAITS["waiting for carer"] == "Waiting for carer"
    assert WAITS["other"] == "Another reason"


def test_what_may_follow_an_interview_that_is_over() -> None:
    assert AFTER["recorded"] == {"late", "reopened", "unmerged"}
    assert AFTER["not possible"] == {"reopened", "unmerged"}
    assert AFTER["declined"] == {
        *("accepted", "offered", "attempt", "declined", "carer_contacted", "reopened", "unmerged"),
    }


def test_the_words_of_each_list() -> None:
    assert DETAILS["offered"] == ("phone", "in_person", "video", "text", "letter", "through_carer")
    assert DETAILS["attempt"] == ("no_answer", "refused_now", "asked_later", "moved", "missing_again")
    assert DETAILS["declined"] == ("child", "parent")
    assert DETAILS["reopened"] == (
        *("child_changed_mind", "new_information", "wrong_child", "wrong_time", "recorded_in_error", "other"),
    )
