"""Strategy decisions: their due time, the steps that answer them, and that the bot never decides."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.escalations.calls import Raised
from bot.rules.escalations.strategy import OLD, STAGE_WORDS, WHY, decide_by, is_reminded, question, questions
from bot.rules.interviews.steps import InterviewStep, StrategyKind
from bot.rules.partnership.partnership import Escalation
from bot.rules.time.clock import local_day
from tests.support.factories import NOW, at, hours, partnership

OURS = partnership()


def asked(rule: str = "open", when: datetime = NOW, number: int = 1) -> Raised:
    return Raised(number, rule, 7, "council", 1, "r", "x", when, when, decide_by=when + timedelta(days=7))


def said(kind: StrategyKind, when: datetime = NOW, number: int = 1, **changes: Any) -> InterviewStep:
    return InterviewStep(number, 7, kind, when, when, "north-manager", **changes)


@pytest.mark.parametrize(
    ("days", "since", "last"),
    [
        (5, "Wed 5 Jul 2017 08:00", date(2017, 7, 12)),
        (5, "Fri 26 May 2017 10:00", date(2017, 6, 5)),  # the spring bank holiday does not count
        (1, "Sat 8 Jul 2017 10:00", date(2017, 7, 10)),
        (5, "Thu 21 Dec 2017 23:30", date(2018, 1, 2)),  # two weekends, Christmas, Boxing Day and New Year
    ],
)
def test_by_the_end_of_a_working_day(days: int, since: str, last: date) -> None:
    rule = Escalation(id="open", name="x", police="y", decision_working_days=days)
    found = decide_by(rule, at(since), OURS.calendar())
    assert found is not None
    assert found == at(
        f"{last + timedelta(days=1):%a} {(last + timedelta(days=1)).day} {last + timedelta(days=1):%b %Y} 00:00"
    )


def test_rules_that_ask_for_none() -> None:
    assert [r.id for r in OURS.escalations if decide_by(r, NOW, OURS.calendar())] == ["open", "long", "repeat"]


def test_nothing_asked_and_nothing_said() -> None:
    assert question(7, [], []) is None
    assert questions([Raised(1, "high", 7, "council", 1, "r", "x", NOW, NOW)], {}) == []


@pytest.mark.parametrize(
    ("steps", "stage"),
    [
        ([], "decision"),
        ([said("considered")], "decision"),
        ([said("threshold_met")], "discussion"),
        ([said("threshold_not_met")], "done"),
        ([said("threshold_not_met", NOW - hours(1))], "decision"),  # before it was asked for
        ([said("threshold_met", NOW - hours(1))], "discussion"),
        ([said("discussion_held", NOW - hours(1))], "done"),
        ([said("threshold_met"), said("discussion_held", number=2)], "done"),
        ([said("threshold_met"), said("threshold_not_met", number=2)], "done"),
        ([said("threshold_not_met"), said("threshold_met", number=2)], "discussion"),
        ([said("threshold_met"), said("undone", number=2, undoes=1)], "decision"),  # type: ignore[arg-type]
    ],
)
def test_what_answers(steps: list[InterviewStep], stage: str) -> None:
    (found,) = questions([asked()], {7: steps})
    assert found.stage == stage


def test_a_later_rule_asks_again_unless_the_threshold_was_met() -> None:
    raised = [asked("open", NOW), asked("long", NOW + hours(48), 2)]
    (not_met,) = questions(raised, {7: [said("threshold_not_met", NOW + hours(2))]})
    assert (not_met.stage, not_met.rules, not_met.asked_at) == ("decision", ("long",), NOW + hours(48))
    (is_met,) = questions(raised, {7: [said("threshold_met", NOW + hours(2))]})
    assert is_met.stage == "discussion"


def test_both_agencies_ask_one_question() -> None:
    both = [asked(), Raised(2, "open", 7, "police", 1, "r", "x", NOW, NOW, decide_by=NOW + timedelta(days=7))]
    assert len(questions(both, {})) == 1


def test_interview_steps_are_none_of_it() -> None:
    attempt = InterviewStep(1, 7, "attempt", NOW, NOW, "w")
    assert question(7, [], [attempt]) is None


def test_first_due_first() -> None:
    other = Raised(9, "open", 8, "council", 1, "r", "x", NOW, NOW, decide_by=NOW + hours(1))
    assert [q.episode_id for q in questions([asked(), other], {})] == [8, 7]


def test_reasons_fit_their_column_and_are_words() -> None:
    assert all(len(word) <= 64 and word.replace("-", "").isalpha() for words in WHY.values() for word in words)


def test_of_several_rules_the_earliest_time_counts() -> None:
    """Both rules wait for one decision: it is due when the first of them asks for it."""
    early = Raised(1, "open", 7, "council", 1, "r", "x", NOW, NOW, decide_by=NOW + hours(24))
    late = Raised(2, "long", 7, "council", 1, "r", "x", NOW + hours(1), NOW, decide_by=NOW + hours(48))
    for rows in ([early, late], [late, early]):
        (found,) = questions(rows, {})
        assert (found.asked_at, found.decide_by) == (NOW, NOW + hours(24))
        assert set(found.rules) == {"open", "long"}


def test_a_decision_is_old_after_90_days_and_each_stage_has_its_words() -> None:
    assert timedelta(days=90) == OLD
    by = NOW - OLD
    (q,) = questions([Raised(1, "open", 7, "council", 1, "r", "x", NOW, NOW, decide_by=by)], {})
    assert not q.is_old(NOW)
    assert q.is_old(NOW + timedelta(seconds=1))
    assert STAGE_WORDS == {
        "decision": "strategy decision outstanding",
        "discussion": "threshold met, strategy discussion not held yet",
        "done": "nothing outstanding",
    }


@given(
    st.integers(0, 6 * 366 * 24).map(lambda n: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=n)),
    st.integers(1, 20),
    st.integers(0, 60),
)
def test_in_any_year_no_decision_is_silent_on_its_last_working_day_nor_for_nine_days_after(
    asked_at: datetime, days: int, later: int
) -> None:
    """Over bank holidays and clock changes; a long Easter and Christmas leave nine days without a week's first day."""
    calendar = OURS.calendar()
    by = decide_by(Escalation(id="open", name="x", police="y", decision_working_days=days), asked_at, calendar)
    assert by is not None
    row = Raised(1, "open", 7, "council", 1, "r", "x", asked_at, asked_at, decide_by=by)
    (q,) = questions([row], {})
    last = local_day(by - timedelta(seconds=1))
    assert is_reminded(q, calendar, last)
    since = last + timedelta(days=later)
    assert any(is_reminded(q, calendar, since + timedelta(days=n)) for n in range(10))
    assert all(calendar.works(day) for n in range(10) if is_reminded(q, calendar, day := since + timedelta(days=n)))
