"""A carer reports and the child walks in during the call (domain.md 10.2, case 30): counted, and no episode."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.chat.terminal import as_text
from bot.cli import terminal
from bot.conversation.command import Place, Request
from bot.jobs import escalations, reminders
from bot.jobs.delivery import tick
from bot.jobs.job import Run
from tests.journeys.test_one_interview import absence, owed
from tests.support import exports
from tests.support.asking import row, value
from tests.support.doubts import Bot, bot_on
from tests.support.factories import NOW, at
from tests.support.memory_platform import MemoryChat

LOADED = at("Tue 4 Jul 2017 20:00")
EVENING = "2017-07-04 19:40"
WORDS = "Reports that became no episode"


def report(number: int = 1, **cells: str) -> exports.Row:
    """A report of 19:40 about a child under 13, graded high: everything that would call people."""
    times = dict.fromkeys(("last_seen_at", "reported_at", "risk_at"), EVENING)
    ended = {"returned_at": "", "end_reason": "report_no_episode", "birth_date": "01/02/2007", "risk": "high"}
    return {**absence(number, EVENING, ""), **times, **ended, **cells}


@pytest.fixture
def bot(database_url: str, tmp_path: Path) -> Iterator[Bot]:
    with bot_on(database_url, tmp_path) as found:
        found.load("children", LOADED, exports.child(birth_date="2007-02-01"))
        yield found


def sent(bot: Bot) -> list[str]:
    """Return what calls and reminders the ticks of the next morning send."""
    chat = MemoryChat(describes={})
    for now in (at("Tue 4 Jul 2017 20:05"), at("Wed 5 Jul 2017 08:31")):
        run = Run(bot.app.database, bot.app.partnership, {chat.name: chat}, b"k" * 32, "a", lambda _, now=now: now)  # type: ignore[misc]
        tick(run, (reminders.JOB, escalations.JOB), LOADED)
    return [m.text for m in chat.messages]


@pytest.mark.parametrize("returned", ["", "2017-07-04 19:55"])
def test_it_is_counted_by_its_name_and_is_no_episode(bot: Bot, returned: str) -> None:
    bot.load("police", LOADED, report(returned_at=returned), report(2, police_ref="NOM-2"))
    for question in ("open", "today", "interviews", "interviews unrecorded"):
        assert bot.ref() not in bot.said(question, "lead", NOW), question
    assert bot.ref() not in as_text(terminal.digest(bot.app, "north-digest", NOW))
    interview = bot.ask(f"interview {bot.ref()}", "coordinator", NOW)
    assert interview.text == ("No return interview is expected of anybody.",)
    assert bot.ask(f"interview {bot.ref()} held", "coordinator", NOW).title.startswith("Return interview of")
    assert sent(bot) == []
    july = bot.ask("stats all 2017-07 measures", "lead", NOW)
    assert value(july, WORDS) == 2
    assert [value(july, name) for name in ("Children", "Episodes", "Children missing at any time")] == [0, 0, 0]
    assert row(july, "Figures", WORDS)[:2] == (2, 0)
    assert "2 reports became no episode" in as_text(july)
    assert value(bot.ask("stats all 2017-06", "lead", NOW), WORDS) == 0, "none is said too"


def test_beyond_one_person_it_is_not_said(bot: Bot) -> None:
    bot.load("police", LOADED, report(reported_at="2017-06-20 10:00", last_seen_at="2017-06-20 10:00", risk_at=""))
    for who, place, export in (("lead", Place("county-digest", 1), False), ("analyst", Place("private", 2), True)):
        request = Request(bot.app.person(who), place, "stats all 2017-H1 measures", NOW, export=export)
        reply = bot.app.dispatcher.dispatch(request).reply
        assert (reply.status, WORDS in as_text(reply)) == ("ok", False)
    assert value(bot.ask("stats all 2017-H1", "lead", NOW), WORDS) == 1


def test_a_report_that_turns_out_to_be_an_episode_is_one_and_the_other_way_round(bot: Bot) -> None:
    bot.load("police", at("Tue 4 Jul 2017 19:50"), report(end_reason=""))
    assert bot.listed(now=NOW)
    assert sent(bot)
    bot.load("police", at("Tue 4 Jul 2017 20:10"), report())
    assert not bot.listed(now=NOW)
    sent(bot)
    assert all(x["closed_at"] for x in bot.rows("escalation")), "what was called for is over"
    bot.load("police", at("Tue 4 Jul 2017 20:20"), report(end_reason=""))
    assert bot.listed(now=NOW), "a wrong word hides nobody for longer than it stands"


def test_where_the_council_has_an_episode_of_it_the_episode_stands_and_is_asked_about(bot: Bot) -> None:
    bot.load("police", LOADED, report(returned_at="2017-07-04 19:55"))
    bot.load("interviews", LOADED, owed(1, EVENING, "2017-07-04 19:55"))
    assert bot.ask(f"interview {bot.ref()}", "coordinator", NOW).title.endswith(": due")
    assert bot.ref() in bot.said("sources report-no-episode", "lead", NOW)
    assert value(bot.ask("stats all 2017-07", "lead", NOW), WORDS) == 0
    bot.load("interviews", at("Tue 4 Jul 2017 21:00"))
    bot.load("police", at("Tue 4 Jul 2017 21:00"), report(end_reason="returned_self", returned_at="2017-07-04 19:55"))
    assert bot.ref() not in bot.said("sources report-no-episode", "lead", NOW)


def test_a_word_of_the_police_is_read_so_only_where_the_partnership_says_it(bot: Bot) -> None:
    """The safer mistake: an open row with a word that is not known is a missing child."""
    bot.load("police", LOADED, report(end_reason="Not missing"))
    assert bot.listed(now=NOW)
