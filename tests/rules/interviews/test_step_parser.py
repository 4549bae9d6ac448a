"""Steps as people type them after a reference: lenient in words, never in meaning, and never repeated back."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.interviews.steps import VERBS, NotUnderstood, example, listen
from bot.rules.time.clock import say
from tests.support.factories import NOW, partnership

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
        ("i\u2019m on it", "on_it", "", ""),
        ("take", "took_over", "", ""),
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
    assert listen("#3 merge into #4", NOW, CALENDAR).to == "4"
    assert listen("hand over to w-17", NOW, CALENDAR).to == "w-17"


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("hedl", "Did you mean: held at 16:15"),
        ("delcined by child", "Did you mean: declined by child"),
        ("refused", r"declined by child\), or only now"),
        ("declined", "Who declined: the child, or a parent for the child"),
        ("attempt", "What came of it"),
        ("not possible", "For which reason"),
        ("snooze because booked", "When"),
        ("snooze until mon 9am", "For which reason"),
        ("booked", "When"),
        ("booked tomorrow", "At what time"),
        ("held yesterday", "At what time"),
        ("held 26 mar 2017 01:30", "does not exist"),
        ("not held", "don't know that step"),
        ("held not", "nothing was recorded"),
        ("hand to", "To whom"),
        ("hand to a b", "To whom"),
        ("Wilhelmina", "don't know that step"),
        ("held with Wilhelmina", "nothing was recorded"),
        ("offered by phnoe", "Did you mean: phone"),
        ("attempt no answer Wilhelmina", "nothing was recorded"),
    ],
)
def test_what_is_not(typed: str, why: str) -> None:
    with pytest.raises(NotUnderstood, match=why) as fault:
        listen(typed, NOW, CALENDAR)
    assert "wilhelmina" not in str(fault.value).casefold()


@pytest.mark.parametrize("verb", VERBS)
def test_every_example_is_understood(verb: str) -> None:
    assert listen(example(verb), NOW, CALENDAR).verb == verb


@given(st.text(max_size=60))
def test_whatever_is_typed_is_a_step_or_not(typed: str) -> None:
    with suppress(NotUnderstood):
        assert listen(typed, NOW, CALENDAR).verb in ("", *VERBS)
