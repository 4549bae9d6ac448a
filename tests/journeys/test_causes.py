"""Why an interview was not in time (domain.md 10.2, cases 12 and 18): suggested by the facts, said by a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.conversation.reply import Reply
from tests.support import exports
from tests.support.asking import offered
from tests.support.doubts import Bot, bot_on, missing
from tests.support.factories import at

WORKER = "north-worker"
EMPTY = dict.fromkeys(("offered_at", "response", "held_at", "recorded_at", "interviewer_role", "independent"), "")
#: Back on Tuesday at 10:00, so due on Friday at 10:00.
BACK = {"returned_at": "04/07/2017 10:00", "end_reason": "returned_self"}
TIMES = {"started_at": "2017-07-02 20:00", "ended_at": "2017-07-04 10:00", "returned_at": "2017-07-04 10:00"}
OWED = {**EMPTY, **TIMES}
#: Gone again on Thursday evening, and back on Saturday.
AGAIN = {"last_seen_at": "06/07/2017 20:00", "reported_at": "06/07/2017 21:00", "risk_at": "06/07/2017 22:00"}
TUESDAY, FRIDAY, SATURDAY, MONDAY = (at(f"{day} Jul 2017 12:00") for day in ("Tue 4", "Fri 7", "Sat 8", "Mon 10"))
MISSING_AGAIN = (
    "Not in time. Suggested cause: child missing again, for the child was missing again as the 72 hours ended, "
    "Fri 7 Jul 10:00. Confirm it, or choose another."
)


@pytest.fixture
def bot(database_url: str, tmp_path: Path) -> Iterator[Bot]:
    with bot_on(database_url, tmp_path) as found:
        yield found


def load(bot: Bot, moment: datetime, *police: exports.Row, council: exports.Row) -> None:
    bot.load("police", moment, *police)
    bot.load("children", moment, exports.child())
    bot.load("interviews", moment, council)


def missing_again(bot: Bot, **council: str) -> None:
    load(bot, TUESDAY, missing(1, **BACK), council=exports.interview(**OWED))
    second = missing(2, police_ref="NOM-1", **AGAIN)
    load(bot, FRIDAY, missing(1, **BACK), second, council=exports.interview(**OWED))
    ended = missing(2, police_ref="NOM-1", **{**AGAIN, "returned_at": "08/07/2017 09:00"})
    load(bot, SATURDAY, missing(1, **BACK), ended, council=exports.interview(**{**OWED, **council}))


def first(bot: Bot, words: str = "", now: datetime = MONDAY, *, forms: bool = False) -> Reply:
    (number, *_) = [x["id"] for x in bot.rows("episode") if x["occurrence_ref"] == "OCC-1"]
    return bot.ask(f"interview {bot.ref()} #{number} {words}", WORKER, now, forms=forms)


def test_missing_again_at_the_due_time_is_suggested_and_confirmed_by_a_person(bot: Bot) -> None:
    missing_again(bot)
    reply = first(bot)
    assert MISSING_AGAIN in reply.text
    assert any("late because child missing again v0" in words for words in offered(reply))
    said = first(bot, "late because child missing again")
    assert said.status == "ok"
    assert said.text[0] == "Not in time: child missing again."
    after = first(bot)
    assert not any("Suggested cause" in line for line in after.text)
    assert "not in time: child missing again" in str(after)
    assert "said in chat by north-worker, not in the record yet" in str(after)
    assert bot.ref() in bot.said("sources chat-only", "coordinator", MONDAY)


def test_a_person_says_another_cause_and_takes_it_back(bot: Bot) -> None:
    missing_again(bot)
    assert first(bot, "late because capacity").status == "ok"
    assert "Suggested cause" not in str(first(bot).text)
    assert first(bot, "undo").status == "ok"
    assert MISSING_AGAIN in first(bot).text


def test_the_form_has_the_suggestion_chosen(bot: Bot) -> None:
    missing_again(bot)
    form = first(bot, "late", forms=True).form
    assert form is not None
    (field,) = form.fields
    assert field.initial == "late because child missing again"
    assert len(field.options) == 10
    assert MISSING_AGAIN in form.text
    record = first(bot, forms=True).form
    assert record is not None
    assert MISSING_AGAIN in record.text


def test_held_late_says_the_cause_at_once(bot: Bot) -> None:
    missing_again(bot)
    reply = first(bot, "held at 11:00")
    assert reply.status == "ok"
    assert MISSING_AGAIN in reply.text
    assert any("late because child missing again" in words for words in offered(reply))


def test_a_cause_in_the_record_is_not_asked_for_and_another_one_said_differs(bot: Bot) -> None:
    missing_again(bot, outcome_reason="capacity")
    assert "Suggested cause" not in str(first(bot).text)
    assert first(bot, "late because missing again").status == "ok"
    reply = first(bot)
    assert "cause: not in time: child missing again" in str(reply.sections)
    assert "the record: capacity" in str(reply.sections)


def test_a_return_that_no_export_had_for_a_day_was_told_late(bot: Bot) -> None:
    open_still = exports.interview(**{**OWED, "ended_at": "", "returned_at": ""})
    load(bot, TUESDAY, missing(1), council=open_still)
    load(
        bot,
        at("Wed 5 Jul 2017 12:00"),
        missing(1),
        council=exports.interview(**{**OWED, "ended_at": "", "returned_at": ""}),
    )
    load(bot, FRIDAY, missing(1, **BACK), council=exports.interview(**OWED))
    (line,) = [line for line in first(bot).text if "Suggested cause" in line]
    assert "late notification, for no export had the return of Tue 4 Jul 10:00 until Fri 7 Jul 12:00." in line
    assert "late notification, for no export had the return" in line


def test_what_the_bot_could_not_know_suggests_nothing(bot: Bot) -> None:
    """A first load, or an outage: no export lacked the return."""
    load(bot, FRIDAY, missing(1, **BACK), council=exports.interview(**OWED))
    assert "Suggested cause" not in str(first(bot).text)
    assert first(bot, "late because told late").status == "ok"


def test_in_time_there_is_no_cause(bot: Bot) -> None:
    load(bot, TUESDAY, missing(1, **BACK), council=exports.interview(**OWED))
    early = first(bot, "late because capacity", at("Wed 5 Jul 2017 10:00"))
    assert early.text == ("It is still in time, until Fri 7 Jul 10:00.",)
    held = exports.interview(
        **{**OWED, "offered_at": "2017-07-04 12:00", "held_at": "2017-07-05 10:00", "recorded_at": "2017-07-05 12:00"}
    )
    load(bot, FRIDAY, missing(1, **BACK), council=held)
    assert first(bot, "late because capacity").text == ("It was held and recorded in time.",)
