"""A return known by its day alone (domain.md R19 and 10.2, case 21): exports, reminders, digests, lists and figures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import exports
from tests.support.asking import column
from tests.support.day import Day
from tests.support.doubts import bot_on, missing
from tests.support.factories import at

WORKER = "north-worker"
LOADED = at("Tue 4 Jul 2017 12:00")
EMPTY = dict.fromkeys(("offered_at", "response", "held_at", "recorded_at", "interviewer_role", "independent"), "")
POLICE = missing(returned_at="04/07/2017", end_reason="returned_self")
COUNCIL = exports.interview(
    **{**EMPTY, "started_at": "2017-07-02", "ended_at": "2017-07-04", "returned_at": "2017-07-04"}
)
#: The last second in time, by the end of day + 3.
LATE, OVER = at("Fri 7 Jul 2017 23:59"), at("Sat 8 Jul 2017 00:00")


COMMANDS = (
    *("stats 2017-07", "stats north south 2017-07", "interviews 2017-07"),
    *("compare 2017-07 2017-06 partial", "trend"),
)


@pytest.fixture
def day(database_url: str, tmp_path: Path) -> Iterator[Day]:
    with bot_on(database_url, tmp_path) as bot:
        load(bot_day := Day(bot), "04", COUNCIL)
        yield bot_day


def load(day: Day, on: str, council: exports.Row) -> None:
    moment = at(f"{on} Jul 2017 07:00" if " " in on else f"Tue {on} Jul 2017 12:00")
    day.bot.load("police", moment, POLICE)
    day.bot.load("children", moment, exports.child())
    day.bot.load("interviews", moment, council)


def said(day: Day, text: str, now: str, who: str = WORKER) -> str:
    return " ".join(day.bot.said(text, who, at(now)).split())


def test_reminders_count_from_the_beginning_of_the_day(day: Day) -> None:
    """24 hours after Tuesday 00:00 is the night to Wednesday, 66 hours Thursday evening; Friday is never late."""
    day.tick(LOADED)
    assert day.bot.ref() not in day.posted(WORKER)
    day.tick(at("Wed 5 Jul 2017 08:31"))
    assert day.bot.ref() in day.posted(WORKER)
    assert day.bot.ref() not in day.posted("north-manager")
    day.tick(at("Thu 6 Jul 2017 17:59"))
    assert day.bot.ref() in day.posted("north-manager"), "72 hours from 00:00 end tonight, when nobody works"
    day.tick(at("Fri 7 Jul 2017 08:31"), at("Fri 7 Jul 2017 17:59"))
    assert "overdue" not in day.posted(WORKER)
    assert "count to the end of Fri 7 Jul (time of return not recorded)" in day.posted(WORKER)


def test_it_is_late_after_the_third_day_and_marked_everywhere(day: Day) -> None:
    load(day, "Fri 7", COUNCIL)
    day.tick(at("Fri 7 Jul 2017 08:00"))
    digest = day.posted("north-digest")
    assert "count to the end of Fri 7 Jul (time of return not recorded)" in digest
    assert "0 overdue" in digest
    reply = day.bot.ask("interviews", WORKER, LATE, export=True)
    assert column(reply, "Return interviews", "Returned") == ["Tue 4 Jul, time not recorded"]
    assert column(reply, "Return interviews", "Due") == ["end of Fri 7 Jul"]
    assert column(reply, "Return interviews", "State") == ["due"]
    assert column(day.bot.ask("interviews overdue", WORKER, OVER, export=True), "Return interviews", "State") == [
        "overdue"
    ]
    for text in (f"interview {day.bot.ref()}", f"interview {day.bot.ref()} why"):
        assert "not recorded" in said(day, text, "Thu 6 Jul 2017 10:00")
    assert "Back Tue 4 Jul, time not recorded" in said(day, f"child {day.bot.ref()}", "Thu 6 Jul 2017 10:00")
    load(
        day, "Sat 8", exports.interview(**{**COUNCIL, "held_at": "2017-07-07 20:00", "offered_at": "2017-07-05 10:00"})
    )
    day.tick(at("Sat 8 Jul 2017 07:59"), at("Sat 8 Jul 2017 08:00"))
    held = said(day, "today everything", "Sat 8 Jul 2017 08:00", "coordinator")
    assert "over the 72 h for recording · time of return not recorded" in held


@pytest.mark.parametrize("command", COMMANDS)
def test_figures_say_how_many_have_dates_only(day: Day, command: str) -> None:
    load(
        day, "Sat 8", exports.interview(**{**COUNCIL, "held_at": "2017-07-07 20:00", "offered_at": "2017-07-05 10:00"})
    )
    day.bot.load("police", at("Sun 8 Oct 2017 07:00"), POLICE)
    text = said(day, f"{command} measures", "Sun 8 Oct 2017 10:00", "lead")
    assert "Dates only, time of return not recorded: 1 of 1 required return interview" in text
    assert "In time until the end of day + 3." in text
    if command == "interviews 2017-07":
        answer = " ".join(said(day, command, "Sun 8 Oct 2017 10:00", "lead").split())
        assert "1 of 1 due held within 72 hours" in answer
