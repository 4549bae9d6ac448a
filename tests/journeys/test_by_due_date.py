"""An absence across the end of June (domain.md 10.2, case 2): children active (R7), and interviews by due date."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.chat.terminal import as_csv, as_text
from bot.conversation.command import PRIVATE, Place, Request
from bot.rules.access.permissions import Scope
from bot.rules.model import Period
from bot.rules.time.period import parse_period
from tests.journeys.test_one_interview import absence, owed
from tests.support import exports
from tests.support.asking import counts, row, value
from tests.support.doubts import Bot, bot_on
from tests.support.factories import NOW, at, episode, hours
from tests.support.memory_facts import MemoryFacts

#: Gone on 30 June at 23:30, back on 2 July at 09:00: the interview is due on 5 July at 09:00.
LOADED = at("Tue 4 Jul 2017 20:00")
AFTER = at("Wed 5 Jul 2017 10:00")


@pytest.fixture
def bot(database_url: str, tmp_path: Path) -> Iterator[Bot]:
    with bot_on(database_url, tmp_path) as found:
        found.load("police", LOADED, absence(1, "30/06/2017 23:30", "02/07/2017 09:00"))
        found.load("children", LOADED, exports.child())
        held = {"offered_at": "2017-07-02 12:00", "response": "accepted", "held_at": "2017-07-04 10:00"}
        found.load("interviews", LOADED, owed(1, "2017-06-30 23:30", "2017-07-02 09:00", **held))
        yield found


def test_it_began_in_june_was_active_in_july_and_its_interview_is_due_in_july(bot: Bot) -> None:
    june, july = (bot.ask(f"stats north {month} measures", "lead", AFTER) for month in ("2017-06", "2017-07"))
    assert [value(reply, "Children") for reply in (june, july)] == [1, 0]
    assert [value(reply, "Children missing at any time") for reply in (june, july)] == [1, 1]
    assert [value(reply, "Episodes running at any time") for reply in (june, july)] == [1, 1]
    assert row(july, "Figures", "Children missing at any time")[:2] == (1, 1)
    for reply in (june, july):
        assert "not to be added up over periods" in as_text(reply)
    june, july = (bot.ask(f"interviews {month} north measures", "lead", AFTER) for month in ("2017-06", "2017-07"))
    assert counts(june, "Interviews: Held within 72 h") == (1, 1), "of the month in which the absence began"
    assert "by due date" not in as_text(june)
    assert counts(july, "Interviews: Held within 72 h") == (0, 0)
    assert value(july, "Interviews due in the period, by due date") == 1
    assert counts(july, "By due date: Held within 72 h") == (1, 1)
    assert counts(july, "By due date: Recorded within 72 h (of due)") == (0, 1)
    assert row(july, "Interviews due in 2017-07, by due date", "Total")[0] == 1
    assert "whenever the absence began: 1 of 1 due by now held within 72 h" in as_text(july)


def test_the_last_second_of_the_month_is_in_it(bot: Bot) -> None:
    bot.load(
        "interviews",
        at("Wed 5 Jul 2017 07:00"),
        owed(1, "2017-06-26 12:00", "2017-06-27 23:59:59"),
        owed(2, "2017-06-26 12:00", "2017-06-28 00:00:01"),
    )
    bot.load(
        "police",
        at("Wed 5 Jul 2017 07:00"),
        absence(1, "26/06/2017 12:00", "27/06/2017 23:59:59"),
        absence(2, "28/06/2017 00:00", "28/06/2017 00:00:01"),
    )
    for month in ("2017-06", "2017-07"):
        reply = bot.ask(f"interviews {month} north", "lead", AFTER)
        assert value(reply, "Interviews due in the period, by due date") == 1, month


@pytest.mark.parametrize(
    ("who", "place", "export"),
    [
        ("lead", Place("county-digest", 1), False),
        ("lead", Place("county-counts", 0), False),
        ("analyst", PRIVATE, True),
    ],
)
def test_both_are_for_one_person_alone(bot: Bot, who: str, place: Place, export: bool) -> None:
    for text in (
        "stats all 2017-H1",
        "interviews 2017-H1",
        "stats all 2017-H1 measures",
        "interviews 2017-H1 measures",
    ):
        request = Request(bot.app.person(who), place, text, NOW, export=export)
        reply = bot.app.dispatcher.dispatch(request).reply
        assert reply.status == "ok", reply.text
        for said in (as_text(reply), as_csv(reply)):
            assert "any time" not in said
            assert "due date" not in said


def test_it_is_asked_for_by_its_name(bot: Bot) -> None:
    for words in ("children missing at any time in june", "how many children were missing at any time in june north?"):
        reply = bot.ask(words, "lead", AFTER)
        assert value(reply, "Children missing at any time") == 1, words
        assert row(reply, "Figures", "Children missing at any time")[0] == 1, "not behind another button"


def test_what_was_due_in_a_month_that_is_over_is_in_the_figures(bot: Bot) -> None:
    reply = bot.ask("interviews due 2017-06 north", "lead", AFTER)
    assert [b.command for b in reply.buttons] == ["interviews overdue north", "interviews 2017-06 north"]


@pytest.mark.parametrize("seed", range(20))
def test_who_began_in_a_period_was_active_in_it_and_days_never_add_up_to_less(seed: int) -> None:
    dice = random.Random(seed)
    began = [at("Thu 1 Jun 2017 00:00") + hours(dice.randrange(0, 800)) for _ in range(30)]
    lasts = (0, 1, 24, 100, None)
    spans = [(start, dice.choice(lasts)) for start in began]
    ends = [None if n is None else start + hours(n) for start, n in spans]
    found = [episode(n % 9, start, end) for n, (start, end) in enumerate(zip(began, ends, strict=True), 1)]
    facts, scope = MemoryFacts(found), Scope(("north",))
    june = parse_period("2017-06", NOW)
    active, flow = facts.active(scope, june), facts.frequency(scope, june)
    assert flow.children <= active.children <= 9
    assert flow.episodes <= active.episodes
    days = [Period("day", day, day) for day in (june.first + timedelta(days=n) for n in range(june.days))]
    assert sum(facts.active(scope, day).children for day in days) >= active.children
