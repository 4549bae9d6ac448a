"""Found, and not returned yet (domain.md 10.2, case 19): where the 72 hours rest, and when they move on."""

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
EMPTY = dict.fromkeys(("offered_at", "response", "held_at", "recorded_at", "interviewer_role", "independent"), "")
OWED = exports.interview(**{**EMPTY, "started_at": "2017-07-02 20:00", "ended_at": "", "returned_at": ""})
LOADED, NOW = at("Tue 4 Jul 2017 12:00"), at("Thu 6 Jul 2017 10:00")


def found_in(place: str) -> exports.Row:
    return missing(found_at="04/07/2017 10:00", end_reason=place)


@pytest.fixture(params=["hospital", "arrested"])
def day(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[Day]:
    with bot_on(database_url, tmp_path) as bot:
        bot.load("police", LOADED, found_in(request.param))
        bot.load("children", LOADED, exports.child())
        bot.load("interviews", LOADED, OWED)
        yield Day(bot)


def said(day: Day, text: str) -> str:
    return " ".join(day.bot.said(text, WORKER, NOW).split())


def test_the_clock_counts_from_being_found_and_every_list_says_so(day: Day) -> None:
    (x,) = day.bot.rows("episode")
    place = {"hospital": "in hospital", "arrested": "in custody"}[x["end_reason"]]
    ref = day.bot.ref()
    told = said(day, f"interview {ref}")
    assert f"found Tue 4 Jul 10:00, {place}, not returned · due Fri 7 Jul 10:00, 24 h left" in told
    assert "Not returned yet: the 72 hours count from being found, and from the return once one is recorded." in told
    assert "Found Tue 4 Jul 10:00" in said(day, f"interview {ref} why")
    assert f"Found Tue 4 Jul 10:00, {place}, not returned, after 38 h" in said(day, f"child {ref}")
    reply = day.bot.ask("interviews", WORKER, NOW, export=True)
    assert column(reply, "Return interviews", "Returned") == ["found Tue 4 Jul 10:00, not returned"]
    for source, row in (("police", found_in(x["end_reason"])), ("interviews", OWED)):
        day.bot.load(source, at("Fri 7 Jul 2017 07:30"), row)
    day.tick(at("Fri 7 Jul 2017 07:59"), at("Fri 7 Jul 2017 08:00"), at("Fri 7 Jul 2017 08:31"))
    assert "found, not returned: 72 h from being found" in day.posted(WORKER)
    assert "found, not returned: 72 h from being found" in day.posted("north-digest")
    for channel in ("north-digest", "county-digest"):
        assert place not in day.posted(channel)


def test_from_the_return_on_both_times_are_shown_and_the_clock_begins_anew(day: Day) -> None:
    later = at("Wed 5 Jul 2017 12:00")
    both = {"found_at": "04/07/2017 10:00", "returned_at": "05/07/2017 09:00", "end_reason": "found_by_police"}
    day.bot.load("police", later, missing(1, **both))
    ref = day.bot.ref()
    told = said(day, f"interview {ref}")
    assert "found Tue 4 Jul 10:00, back Wed 5 Jul 09:00 · due Sat 8 Jul 09:00" in told
    assert "Not returned yet" not in told
    reply = day.bot.ask("interviews", WORKER, NOW, export=True)
    assert column(reply, "Return interviews", "Returned") == ["found Tue 4 Jul 10:00, back Wed 5 Jul 09:00"]
    assert "Found Tue 4 Jul 10:00, back Wed 5 Jul 09:00, after 38 h" in said(day, f"child {ref}")
