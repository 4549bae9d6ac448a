"""Strategy decisions that are owed outlive the return: said each time until they are said (L8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest

from bot.conversation.reply import Button
from bot.jobs import decisions
from bot.jobs.delivery import tick
from bot.rules.effects import RecordStep
from bot.rules.interviews.steps import StrategyKind
from bot.store.database import reading, writing
from bot.store.queries.chat_records import StoredChatRecords
from bot.store.retention.delete import Gone, remove_episodes
from tests.support.escalation_calls import Calls, calls
from tests.support.factories import NOW, at, episode, hours
from tests.support.memory_platform import Kept
from tests.support.reminding import changed

LEAD = "lead"  # holds head of service in the practice partnership
ABSENT = episode(1, NOW, birth=None, grade="medium")
HOME = episode(1, NOW, NOW + hours(30), birth=None, grade="medium", id=ABSENT.id)


@pytest.fixture
def bot(database_url: str) -> Iterator[Calls]:
    """A child missing for 24 hours, who came back six hours later: a decision is asked for by Thu 13 Jul."""
    with calls(database_url) as found:
        found.partnership = changed()
        found.put(ABSENT)
        found.tick(NOW + hours(24))
        assert {r.rule for r in found.raised()} == {"open"}
        found.put(HOME)
        yield found


def ticked(bot: Calls, *moments: str) -> list[Kept]:
    """Return the messages of these moments."""
    before = len(bot.chat.messages)
    for words in moments:
        now = at(words)
        tick(replace(bot.run(), clock=lambda _, now=now: now), (decisions.JOB,), now)  # type: ignore[misc]
    return bot.chat.messages[before:]


def say(bot: Calls, kind: StrategyKind, when: datetime, detail: str = "", after: int = 0) -> None:
    bot.says(RecordStep(ABSENT.id, after, kind, when, when, LEAD, detail=detail))


def test_whoever_owes_it_is_reminded_after_the_return_on_its_last_day_and_when_it_is_overdue(bot: Calls) -> None:
    assert ticked(bot, "Thu 6 Jul 2017 15:00") == []
    (first,) = ticked(bot, "Fri 7 Jul 2017 08:29", "Fri 7 Jul 2017 08:30", "Fri 7 Jul 2017 12:00")
    assert first.destination == LEAD
    (line,) = first.message.reply.text
    assert line.startswith(f"⏳ {ABSENT.child_ref} · decide by Thu 13 Jul · asked for by Missing for 24 hours · back ")
    assert line.endswith(" · North")
    assert first.message.reply.pressable == (Button("Decide", f"strategy {ABSENT.child_ref}", primary=True),)
    assert ticked(bot, "Sat 8 Jul 2017 09:00", "Mon 10 Jul 2017 09:00", "Wed 12 Jul 2017 09:00") == []
    assert len(ticked(bot, "Thu 13 Jul 2017 09:00")) == 1
    (late,) = ticked(bot, "Fri 14 Jul 2017 09:00")
    assert "decide by Thu 13 Jul, OVERDUE" in late.message.reply.text[0]
    assert late.message.reply.text[0].startswith("⏰")


def test_what_is_said_ends_it_and_a_discussion_is_still_owed(bot: Calls) -> None:
    say(bot, "threshold_met", at("Thu 13 Jul 2017 10:00"), "exploitation")
    (discussion,) = ticked(bot, "Fri 14 Jul 2017 09:00")
    assert discussion.message.reply.text[0].endswith("threshold met, strategy discussion not held yet")
    say(bot, "discussion_held", at("Fri 14 Jul 2017 10:00"), after=1)
    assert ticked(bot, "Mon 17 Jul 2017 09:00") == []


def test_who_is_away_is_covered(bot: Calls) -> None:
    bot.away(LEAD, at("Fri 7 Jul 2017 12:00").date(), "north-manager", at("Fri 7 Jul 2017 07:00"))
    (kept,) = ticked(bot, "Fri 7 Jul 2017 09:00")
    assert kept.destination == "north-manager"


def test_what_is_long_overdue_is_said_once_a_week(bot: Calls) -> None:
    days = [f"{day} Aug 2017 09:00" for day in ("Mon 14", "Tue 15", "Fri 18", "Mon 21", "Tue 22")]
    assert len(ticked(bot, *days)) == 2


def test_one_that_was_never_said_is_still_reminded_of_after_a_year(bot: Calls) -> None:
    (kept,) = ticked(bot, *(f"{day} Jul 2018 09:00" for day in ("Mon 9", "Tue 10", "Fri 13")))
    assert "OVERDUE" in kept.message.reply.text[0]
    say(bot, "threshold_not_met", at("Fri 13 Jul 2018 10:00"), "safety-plan")
    assert ticked(bot, "Mon 16 Jul 2018 09:00") == []


def test_met_after_not_met_waits_for_the_discussion_for_as_long_as_it_takes(bot: Calls) -> None:
    say(bot, "threshold_not_met", at("Mon 10 Jul 2017 10:00"), "safety-plan")
    say(bot, "threshold_met", at("Mon 10 Jul 2017 12:00"), "exploitation", after=1)
    (kept,) = ticked(bot, "Mon 9 Jul 2018 09:00")
    assert "strategy discussion not held yet" in kept.message.reply.text[0]
    say(bot, "discussion_held", at("Mon 9 Jul 2018 10:00"), after=2)
    assert ticked(bot, "Mon 16 Jul 2018 09:00") == []


def test_an_answer_that_was_taken_back_is_none(bot: Calls) -> None:
    said = at("Mon 10 Jul 2017 10:00")
    say(bot, "threshold_not_met", said, "safety-plan")
    with reading(bot.engine) as connection:
        (step,) = StoredChatRecords(connection).steps([ABSENT.id])[ABSENT.id]
    undone = RecordStep(ABSENT.id, step.id, "undone", said + hours(0.05), said + hours(0.05), LEAD, undoes=step.id)
    bot.says(undone)
    assert len(ticked(bot, "Mon 9 Jul 2018 09:00")) == 1


def test_the_police_may_say_it_too_and_nobody_owes_it_then(bot: Calls) -> None:
    """Either agency that was asked may answer: there is one decision on one absence."""
    when = at("Mon 10 Jul 2017 10:00")
    bot.says(RecordStep(ABSENT.id, 0, "threshold_not_met", when, when, "police-lead", detail="safety-plan"))
    assert ticked(bot, "Thu 13 Jul 2017 09:00", "Fri 14 Jul 2017 09:00") == []


def test_of_an_absence_that_was_erased_nothing_is_owed(bot: Calls) -> None:
    with writing(bot.engine) as connection:
        remove_episodes(connection, [Gone(ABSENT.id, 1, f"P-{ABSENT.id}", f"E-{ABSENT.id}")])
        assert StoredChatRecords(connection).decisions(NOW - hours(24 * 90)) == []
    assert ticked(bot, "Thu 13 Jul 2017 09:00", "Fri 14 Jul 2017 09:00") == []
