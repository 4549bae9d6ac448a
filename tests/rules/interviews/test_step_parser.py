"""Steps as people type them after a reference: lenient in words, never in meaning, and never repeated back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.interviews.steps import DETAILS, VERBS, NotUnderstood, example, listen, typed_words
from bot.rules.time.clock import say
from tests.support.factories import NOW, at, partnership

CALENDAR = partnership().calendar("north")


@pytest.mark.parametrize(
    ("typed", "verb", "detail", "when"),
    [
        ("offered by phone at 7:30", "offered", "phone", "Wed 5 Jul 2017 07:30 BST"),
        ("Offered.", "offered", "", ""),
        ("offer face to face yesterday 16:00", "offered", "in_person", "Tue 4 Jul 2017 16:00 BST"),
        ("attempt no answer", "attempt", "no_answer", ""),
        ("attempt: refused now at 7:14", "attempt", "refused_now", "Wed 5 Jul 2017 07:14 BST"),
        ("accepted", "accepted", "", ""),
        ("booked tomorrow 10:00", "booked", "", "Thu 6 Jul 2017 10:00 BST"),
        ("booked for 2017-07-06 10:00", "booked", "", "Thu 6 Jul 2017 10:00 BST"),
        ("held at 7.15", "held", "", "Wed 5 Jul 2017 07:15 BST"),
        ("RECORDED", "recorded", "", ""),
        ("declined by child", "declined", "child", ""),
        ("declined by the parent", "declined", "parent", ""),
        ("carer contacted", "carer_contacted", "", ""),
        ("not possible in custody", "not_possible", "in_custody", ""),
        ("not possible because the child is unwell", "not_possible", "child_unwell", ""),
        ("reopen because child changed mind", "reopened", "child_changed_mind", ""),
        ("rescheduled for friday 3pm", "booked", "", "Fri 7 Jul 2017 15:00 BST"),
        ("i\u2019m on it", "on_it", "", ""),
        ("take", "took_over", "", ""),
        ("yesterday 4pm: held", "held", "", "Tue 4 Jul 2017 16:00 BST"),
        ("this morning at 7 offered by phone", "offered", "phone", "Wed 5 Jul 2017 07:00 BST"),
        ("appointment made for friday 3pm", "booked", "", "Fri 7 Jul 2017 15:00 BST"),
        ("written up", "recorded", "", ""),
        ("interview took place at 07:15", "held", "", "Wed 5 Jul 2017 07:15 BST"),
        ("remind me tomorrow, other", "snoozed", "other", "Thu 6 Jul 2017 08:00 BST"),
        ("snooze for 2 hours because other", "snoozed", "other", "Wed 5 Jul 2017 10:00 BST"),
        ("take it back", "undo", "", ""),
        ("how does it stand?", "", "", ""),
        ("snooze until mon 9am because waiting for carer", "snoozed", "waiting_for_carer", "Mon 10 Jul 2017 09:00 BST"),
        ("snooze this afternoon because booked", "snoozed", "booked", "Wed 5 Jul 2017 14:00 BST"),
        ("snooze until tomorrow, other", "snoozed", "other", "Thu 6 Jul 2017 08:00 BST"),
        ("undo", "undo", "", ""),
        ("why?", "why", "", ""),
        ("", "", "", ""),
    ],
)
def test_what_is_understood(typed: str, verb: str, detail: str, when: str) -> None:
    found = listen(typed, NOW, CALENDAR)
    at = found.at or found.until_at
    assert (found.verb, found.detail, say(at) if at else "") == (verb, detail, when)


def test_which_interview_is_meant() -> None:
    found = listen("#3 held v12 at 7:00", NOW, CALENDAR)
    assert (found.number, found.version, found.verb) == (3, 12, "held")
    assert listen("due 8 jul held", NOW, CALENDAR).due == (date(2016, 7, 8), date(2017, 7, 8))
    for due in ("due Sat 8 Jul", "due 8/7/17", "due on 2017-07-08"):
        assert listen(f"held {due}", NOW, CALENDAR).due == (date(2017, 7, 8),)
    assert listen("#3 merge into #4", NOW, CALENDAR).to == "4"
    assert listen("hand over to w-17", NOW, CALENDAR).to == "w-17"


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("not seen", "don't know that step"),
        ("child not seen", "don't know that step"),
        ("interview has not been held", "don't know that step"),
        ("child accept", "don't know that step"),
        ("declined", "Who declined: the child, or a parent for the child"),
        ("attempt", "What came of it"),
        ("not possible", "For which reason"),
        ("snooze because booked", "When"),
        ("snooze until mon 9am", "For which reason"),
        ("booked", "When"),
        ("booked tomorrow", "At what time"),
        ("held yesterday", "At what time"),
        ("held this morning", "At what time"),
        ("offered last night", "At what time"),
        ("booked for tomorrow", "At what time"),
        ("booked tomorrow morning", "At what time"),
        ("held on 5/6 in person 11am", "Mon 5 Jun 11:00. Write the date with its year"),
        ("booked 4/7 15:30", "Wed 4 Jul 2018 15:30. Write the date with its year"),
        ("held until 7:00", "a limit"),
        ("agreed for thursday 10am", "say booked"),
        ("offered for tomorrow", "say booked"),
        ("held for an hour", "not for how long"),
        ("not in custody", "don't know that step"),
        ("mystake", "don't know that step"),
        ("offered Tuesday 3 July 10:00", "is a Monday, not a Tuesday"),
        ("held 26 mar 2017 01:30", "does not exist"),
        ("not held", "don't know that step"),
        ("held not", "nothing was recorded"),
        ("due Mon 8 Jul held", "8 Jul 2017 is a Saturday, not a Monday"),
        ("due 8 held", "don't know that step"),
        ("held with #4", "Only a merge names a second interview"),
        ("hand to", "To whom"),
        ("hand to a b", "To whom"),
        ("Wilhelmina", "don't know that step"),
        ("held with Wilhelmina", "nothing was recorded"),
        ("attempt no answer Wilhelmina", "nothing was recorded"),
    ],
)
def test_what_is_not(typed: str, why: str) -> None:
    with pytest.raises(NotUnderstood, match=why) as fault:
        listen(typed, NOW, CALENDAR)
    assert "wilhelmina" not in str(fault.value).casefold()


@pytest.mark.parametrize(
    ("typed", "verb", "detail", "when", "note"),
    [
        ("called, no answer, left voicemail", "attempt", "no_answer", "", "I read this as: attempt no answer."),
        ("no answer", "attempt", "no_answer", "", "I read this as: attempt no answer."),
        ("called, no answer", "attempt", "no_answer", "", "I read this as: attempt no answer."),
        ("rang, no reply", "attempt", "no_answer", "", "I read this as: attempt no answer."),
        ("left a voicemail", "attempt", "no_answer", "", "I read this as: attempt no answer."),
        ("tried calling twice, no answer", "attempt", "no_answer", "", ""),
        ("child declined", "declined", "child", "", "I read this as: declined by child."),
        ("the parent has declined", "declined", "parent", "", "I read this as: declined by parent."),
        ("held at 7.15", "held", "", "Wed 5 Jul 2017 07:15 BST", "I read the time as 07:15, not 19:15."),
    ],
)
def test_other_words_for_a_step_are_read_and_said(typed: str, verb: str, detail: str, when: str, note: str) -> None:
    found = listen(typed, NOW, CALENDAR)
    assert (found.verb, found.detail, say(found.at) if found.at else "", found.note) == (verb, detail, when, note)


FIVE = at("Wed 5 Jul 2017 17:00")
ATTEMPTS = ("no answer", "refused now", "asked later", "moved", "missing again")


@pytest.mark.parametrize(
    ("typed", "question", "steps"),
    [
        ("held 3.30", "03:30 or 15:30 on Wed 5 Jul", ["held at 2017-07-05 03:30", "held at 2017-07-05 15:30"]),
        (
            "#12 v3 offered by phone half past three",
            "03:30 or 15:30",
            ["#12 v3 offered by phone at 2017-07-05 03:30", "#12 v3 offered by phone at 2017-07-05 15:30"],
        ),
        (
            "due 8 jul held 30 oct 2016 01:30",
            "comes twice",
            ["due 8 jul held at 2016-10-30 01:30 BST", "due 8 jul held at 2016-10-30 01:30 GMT"],
        ),
        ("booked fri at 3", "03:00 or 15:00 on Fri", ["booked 2017-07-07 03:00", "booked 2017-07-07 15:00"]),
        ("done at 3pm", "written up", ["held at 2017-07-05 15:00", "recorded at 2017-07-05 15:00"]),
        ("seen", "Was the return interview held", ["held"]),
        ("child seen at 3pm", "Was the return interview held", ["held at 2017-07-05 15:00"]),
        ("completed", "Was it held, or is it written up", ["held", "recorded"]),
        ("refused", "Who declined", ["declined by child", "declined by parent", "attempt refused now"]),
        ("child refused #3", "for good", ["#3 declined by child", "#3 attempt refused now"]),
        ("mum refused", "for good", ["declined by parent", "attempt refused now"]),
        ("declined", "Who declined", ["declined by child", "declined by parent"]),
        ("cancelled", "What became of it", ["attempt asked later", "declined by child", "declined by parent"]),
        ("appointment postponed to friday 3pm", "What became of it", ["booked 2017-07-07 15:00"]),
        (
            "called at 3pm",
            "What came",
            ["attempt no answer at 2017-07-05 15:00", "offered by phone at 2017-07-05 15:00"],
        ),
        ("mistake", "taken back", ["undo", "reopen because recorded in error"]),
        ("called mum, no answer", "to reach the child", ["attempt no answer"]),
        ("nobody home", "What came of it", [f"attempt {w}" for w in ATTEMPTS]),
        ("no contact", "one attempt", ["attempt no answer", "not possible no contact"]),
        ("held at 3pm?", "Is that a question", ["held at 2017-07-05 15:00"]),
        ("in custody", "Which step", ["not possible in custody"]),
        ("hedl at 3pm", "don't know that step", ["held at 2017-07-05 15:00"]),
        ("delcined by child", "don't know that step", ["declined by child"]),
        ("offered by phnoe at 3pm", "not understand all", ["offered by phone at 2017-07-05 15:00"]),
        (
            "dna",
            "What came of it",
            [f"attempt {w}" for w in ATTEMPTS],
        ),
        ("done with Wilhelmina", "nothing was recorded", []),
    ],
)
def test_what_may_be_two_steps_is_asked_with_all_that_was_said(typed: str, question: str, steps: list[str]) -> None:
    with pytest.raises(NotUnderstood, match=question) as asked:
        listen(typed, FIVE, CALENDAR)
    assert [typed_words(each) for each in asked.value.steps] == steps
    for each in asked.value.steps:
        assert listen(typed_words(each), FIVE, CALENDAR) == each, "as a suggestion it is understood"
    assert "wilhelmina" not in str(asked.value).casefold()


@pytest.mark.parametrize("verb", VERBS)
def test_every_example_is_understood(verb: str) -> None:
    assert listen(example(verb), NOW, CALENDAR).verb == verb


STEP_WORDS = (
    *(phrase for phrases in VERBS.values() for phrase in phrases),
    *(word.replace("_", " ") for words in DETAILS.values() for word in words),
    *("no answer", "voicemail", "rang", "called", "done", "seen", "cancelled", "refused", "child", "mum", "not", "by"),
    *("3.30", "at 3", "4pm", "yesterday", "this morning", "4/7", "mon 3 july"),
    *("#3", "v2", "due 8 jul", "into #4", "zzz"),
)
PHRASES = st.sampled_from(STEP_WORDS)


@given(st.one_of(st.text(max_size=60), st.lists(PHRASES, max_size=5).map(" ".join)))
def test_whatever_is_typed_is_a_step_or_not(typed: str) -> None:
    """A step that is understood, or offered, is written as it is typed and read back as the same."""
    try:
        found = [listen(typed, NOW, CALENDAR)]
    except NotUnderstood as fault:
        found = list(fault.steps)
    for each in found:
        assert each.verb in ("", *VERBS)
        if each.verb:
            assert replace(listen(typed_words(each), NOW, CALENDAR), note="") == replace(each, note="")


def test_how_and_where_a_talk_was_held_is_understood_and_said_not_to_be_kept() -> None:
    for typed in (
        "held at 07:15 by phone",
        "held in person at 07:15",
        "held 07:15 at school",
        "held face to face 07:15",
    ):
        found = listen(typed, NOW, CALENDAR)
        assert (found.verb, say(found.at) if found.at else "") == ("held", "Wed 5 Jul 2017 07:15 BST"), typed
        assert found.note == "Where and how is not kept here: write it in the case system."
    assert listen("recorded on the case system", NOW, CALENDAR).note == ""
    with pytest.raises(NotUnderstood):
        listen("held by Wilhelmina at 07:15", NOW, CALENDAR)
