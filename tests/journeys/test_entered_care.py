"""Looked after only once the absence had begun (domain.md 10.2, case 24; R16): shown and counted by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store.database import migrate, rebuilding
from bot.store.migrations import run
from tests.support import exports
from tests.support.asking import value
from tests.support.doubts import WEDNESDAY, Bot, bot_on, missing
from tests.support.factories import at

LATER = at("Sun 6 Aug 2017 10:00")
#: Missing from Sunday evening to Tuesday morning.
BACK = {"returned_at": "04/07/2017 10:00", "end_reason": "found_by_police"}
SAID = "Entered care after: not looked after at the episode's start, and looked after since"


@pytest.fixture
def bot(database_url: str, tmp_path: Path) -> Iterator[Bot]:
    with bot_on(database_url, tmp_path) as found:
        found.load("police", WEDNESDAY, missing(1, **BACK))
        found.load("interviews", WEDNESDAY, exports.interview(occurrence_ref="OCC-9", child_id="C-9"))
        yield found


def cared_for(bot: Bot, since: str, until: str = "") -> None:
    row = exports.child(looked_after_from=since, looked_after_to=until, case_status="lac" if since else "cin")
    bot.load("children", at("Sat 5 Aug 2017 07:41"), row)


def said(bot: Bot, words: str) -> str:
    who = "north-manager" if words.startswith("child") else "lead"
    return " ".join(bot.said(words, who, LATER).split())


def test_a_child_who_enters_care_after_is_named_and_not_counted_as_looked_after(bot: Bot) -> None:
    cared_for(bot, "2017-07-04")
    assert SAID in said(bot, f"child {bot.ref()}")
    assert "Looked after at the episode's start" not in said(bot, f"child {bot.ref()}")
    for cohort, children in (("lac", 0), ("not-lac", 1)):
        reply = bot.ask(f"cohort {cohort} 2017-07", "lead", LATER)
        assert value(reply, "Children") == children
        assert value(reply, "Children who entered care after") == 1
        assert any(line.startswith("Entered care after: 1 child, 1 episode.") for line in reply.text)
    assert "Entered care" not in said(bot, "cohort cp 2017-07")


@pytest.mark.parametrize(
    ("since", "until", "entered"),
    [
        ("2017-07-02", "", False),  # from the day on which the absence began: looked after at the start
        ("2017-07-03", "", True),
        ("2017-07-11", "", True),  # seven days after the end
        ("2017-07-12", "", False),
        ("2017-07-03", "2017-07-03", False),  # withdrawn
        ("2016-01-01", "2017-07-01", False),
        ("", "", False),
    ],
)
def test_from_the_day_after_the_start_to_seven_days_after_the_end(
    bot: Bot, since: str, until: str, entered: bool
) -> None:
    if since:
        cared_for(bot, since, until)
    assert (SAID in said(bot, f"child {bot.ref()}")) is entered
    assert [x["entered_care"] for x in bot.rows("episode") if x["occurrence_ref"] == "OCC-1"] == [entered]


def test_while_the_child_is_missing_there_is_no_last_day(bot: Bot) -> None:
    bot.load("police", at("Thu 6 Jul 2017 07:41"), missing(1))
    cared_for(bot, "2017-08-01")
    assert SAID in said(bot, f"child {bot.ref()}")


def test_stored_episodes_are_looked_at_when_the_tables_are_migrated(bot: Bot) -> None:
    cared_for(bot, "2017-07-04")
    with rebuilding(bot.app.database) as connection:
        run.downgrade(connection, "0018")
    migrate(bot.app.database)
    assert {x["occurrence_ref"]: x["entered_care"] for x in bot.rows("episode")} == {"OCC-1": True, None: False}


def test_beyond_one_person_nothing_is_said_of_so_few(bot: Bot) -> None:
    cared_for(bot, "2017-07-04")
    reply = bot.in_channel("cohort lac 2017-H1", "lead", LATER)
    assert "Entered care" not in str(reply)
    assert "entered care" not in str(reply)
