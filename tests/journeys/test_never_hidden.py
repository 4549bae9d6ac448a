"""Through the bot's own doors: an export is loaded, the bot ticks, people ask for open, the digest is posted.

The rows are those with which children who were missing vanished and "All clear" was said: a word, a birth date or a
time that nobody can read in one cell of a HIGH child's row, and a council's typing error in a birth date.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.support import exports
from tests.support.day import Day
from tests.support.doubts import Bot, bot_on, bot_with
from tests.support.factories import at, hours
from tests.support.job_scene import CHANNELS

BEFORE, MORNING = at("Tue 4 Jul 2017 20:00"), at("Wed 5 Jul 2017 07:41")
DIGEST = at("Wed 5 Jul 2017 08:00")
#: As B1 and B2 of the findings had it: HIGH, reported last evening, of a child of fourteen.
HIGH = exports.police(
    **dict.fromkeys(("found_at", "returned_at", "prevention_interview_at", "end_reason"), ""),
    occurrence_ref="OCC-77",
    police_ref="NOM-77",
    last_seen_at="04/07/2017 21:00",
    reported_at="04/07/2017 21:30",
    risk="high",
    risk_at="04/07/2017 22:20",
)
OVER = exports.police(
    last_seen_at="01/06/2017 22:00",
    reported_at="01/06/2017 23:00",
    risk_at="",
    found_at="02/06/2017 02:00",
    returned_at="02/06/2017 03:00",
    prevention_interview_at="",
)


@pytest.fixture
def day(database_url: str, tmp_path: Path) -> Iterator[Day]:
    with bot_with(_another_child, database_url, tmp_path) as found:
        yield Day(found)


def _another_child(bot: Bot) -> None:
    bot.load("interviews", BEFORE, exports.interview(occurrence_ref="OCC-9", child_id="C-9"))
    bot.load("children", BEFORE, exports.child(child_id="C-9", police_ref="NOM-9"))


def assert_nobody_is_hidden(day: Day, now: datetime) -> None:
    """The child in every list, and no list with the word that all is well."""
    ref = day.ref()
    listed, digest = day.bot.said("open", now=now), day.posted("county-digest")
    for text in (listed, day.bot.said("today", now=now), digest):
        assert ref in text
    for text in (listed, *(day.posted(channel) for channel in CHANNELS)):
        assert "All clear" not in text
        assert "Nobody is missing" not in text
        assert "Missing now: none" not in text


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"risk": "critical"}, "no grade yet"),
        ({"reporter": "carer"}, "HIGH"),
        ({"missing_from": "street"}, "HIGH"),
        ({"birth_date": "01/02/1993"}, "age in doubt"),
        ({"birth_date": "Unknown, see notes"}, "age not known"),
        ({"returned_at": "back home"}, "return not readable"),
        ({"police_ref": "not given"}, "not identified"),
        ({"last_seen_at": "last night", "reported_at": "teatime", "risk_at": ""}, "since when not known"),
    ],
    ids=lambda x: "-".join(x) if isinstance(x, dict) else "",
)
def test_one_cell_that_nobody_can_read_hides_no_child(day: Day, cells: dict[str, str], said: str) -> None:
    day.bot.load("police", MORNING, OVER, {**HIGH, **cells})
    day.tick(MORNING, DIGEST)
    assert_nobody_is_hidden(day, DIGEST)
    assert said in day.bot.said("open", now=DIGEST)
    assert {r.agency for r in day.calls()} >= {"police"}, "somebody is called"
    if cells.keys() != {"risk"}:
        assert {"special"} <= {r.rule for r in day.calls()}
    if said != "age in doubt":  # that date could be read
        for text in (day.bot.ask("open", now=DIGEST).text[0], day.bot.ask("today", now=DIGEST).text[0]):
            assert text.startswith("⚠ Police: Wed 5 Jul 07:41, IN DOUBT: 1 row could not be read whole")
        assert "IN DOUBT" in day.posted("county-digest")
        assert "IN DOUBT" in day.posted("county-counts")


def test_a_report_in_the_hour_that_comes_twice_hides_no_child(database_url: str, tmp_path: Path) -> None:
    morning, digest = at("Sun 29 Oct 2017 07:41"), at("Sun 29 Oct 2017 08:00")
    night = {"last_seen_at": "28/10/2017 23:00", "reported_at": "29/10/2017 01:30", "risk_at": "29/10/2017 01:45"}
    with bot_on(database_url, tmp_path) as bot:
        day = Day(bot)
        for source, row in (("children", exports.child()), ("interviews", exports.interview())):
            bot.load(source, morning, row)
        bot.load("police", morning, OVER, {**HIGH, **night})
        day.tick(morning, digest)
        assert_nobody_is_hidden(day, digest)
        assert {"special", "high"} <= {r.rule for r in day.calls()}


def test_a_council_s_typing_error_in_a_birth_date_settles_no_call_and_empties_no_list(day: Day) -> None:
    council = exports.child(child_id="C-77", police_ref="NOM-77", looked_after_from="", case_status="")
    day.bot.load("police", MORNING - hours(9), HIGH)
    day.bot.load("children", MORNING - hours(9), {**council, "birth_date": "2003-02-01"})
    day.tick(MORNING - hours(9), MORNING - hours(8.5))  # the high grade counts as confirmed after half an hour
    before = day.calls()
    assert {(r.rule, r.agency) for r in before} >= {(x, y) for x in ("special", "high") for y in ("police", "council")}
    day.bot.load("children", MORNING, {**council, "birth_date": "1993-02-01"})
    day.bot.load("police", MORNING, HIGH)
    day.tick(MORNING, DIGEST, DIGEST + timedelta(minutes=1))
    assert_nobody_is_hidden(day, DIGEST)
    assert "age in doubt" in day.bot.said("open", now=DIGEST)
    assert [r for r in day.calls() if r.closed_at is not None] == []
    assert len(day.calls()) > len(before), "nobody acknowledged, so the calls went on"
    for channel in ("county-digest", "north-digest", "county-counts"):
        assert "turned 18" not in day.posted(channel)
    day.bot.load("children", MORNING + hours(1), {**council, "birth_date": "2003-02-01"})
    right = day.bot.said("open", now=MORNING + hours(2))
    assert day.ref() in right
    assert "age in doubt" not in right


def test_a_high_child_whose_grade_cannot_be_read_any_more_is_called_for_on_and_shown_as_before(day: Day) -> None:
    day.bot.load("police", MORNING - hours(9), HIGH)
    day.tick(MORNING - hours(9))
    before = {r.id for r in day.calls()}
    day.bot.load("police", MORNING, {**HIGH, "risk": "Grade A"})
    day.tick(MORNING, DIGEST)
    assert_nobody_is_hidden(day, DIGEST)
    assert "no grade yet" in day.bot.said("open", now=DIGEST)
    assert "before: HIGH, Tue 4 Jul 22:20" in day.bot.said("open", now=DIGEST)
    assert {r.id for r in day.calls() if r.closed_at is None} >= before
    assert [(r.agency, r.tier) for r in day.calls() if r.rule == "ungraded"][:1] == [("police", 1)]


def test_the_birthday_of_a_date_that_the_newest_file_does_not_say_ends_no_absence(day: Day) -> None:
    """Eighteen tomorrow, by a date that can be read no more; by the council's, which can, the birthday ends it."""
    born, birthday = {"birth_date": "06/07/1999"}, at("Thu 6 Jul 2017 07:00")
    council = exports.child(child_id="C-77", police_ref="NOM-77", birth_date="1999-07-06")
    day.bot.load("police", MORNING, {**HIGH, **born})
    assert day.ref() not in day.bot.said("open", now=birthday)
    day.bot.load("police", MORNING + hours(1), {**HIGH, "birth_date": "6th July"})
    assert day.ref() in day.bot.said("open", now=birthday)
    day.bot.load("children", MORNING + hours(2), council)
    assert day.ref() not in day.bot.said("open", now=birthday)
    day.bot.load("children", MORNING + hours(3), {**council, "birth_date": "6th July"})
    assert day.ref() in day.bot.said("open", now=birthday)
