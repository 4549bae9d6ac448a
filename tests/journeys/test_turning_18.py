"""Turning 18 while missing (domain.md 10.2, case 4): exports, ticks, digests, and what both agencies are told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.rules.escalations.calls import Raised
from tests.support import exports
from tests.support.day import Day
from tests.support.doubts import TUESDAY, bot_on, missing
from tests.support.factories import at, hours

BIRTHDAY = {"birth_date": "05/07/1999"}
MIDNIGHT, MORNING, DIGEST = (at(f"Wed 5 Jul 2017 {wall}") for wall in ("00:00", "07:00", "08:00"))
SENTENCE = "The child leaves the list of missing children; the police's process for a missing adult goes on."
DUTIES = "Looked after: look at the council's duties to a care leaver."
#: The child's own record beside one of another child, so that no file is empty.
OTHER = missing(2, returned_at="03/07/2017 10:00", end_reason="returned_self")


@pytest.fixture
def day(database_url: str, tmp_path: Path) -> Iterator[Day]:
    with bot_on(database_url, tmp_path) as bot:
        bot.load("police", TUESDAY, missing(1, **BIRTHDAY), OTHER)
        bot.load("children", TUESDAY, exports.child(birth_date="1999-07-05"))
        bot.load("interviews", TUESDAY, exports.interview(occurrence_ref="OCC-2", child_id="C-2"))
        found = Day(bot)
        found.tick(TUESDAY, TUESDAY + timedelta(minutes=1))
        yield found


def birthday_calls(day: Day) -> list[Raised]:
    return [r for r in day.calls() if r.rule == "turned_18"]


def told(day: Day, person: str) -> list[str]:
    return [kept.text for kept in day.chat.to(person) if "Turned 18 while missing" in kept.text]


def reload(day: Day, hour: float, **cells: str) -> None:
    day.bot.load("police", MORNING + hours(hour), missing(1, **{**BIRTHDAY, **cells}), OTHER)


def test_both_agencies_are_told_once_in_the_morning_and_not_when(day: Day) -> None:
    day.tick(MIDNIGHT, MIDNIGHT + timedelta(minutes=1), MORNING - timedelta(minutes=1))
    assert birthday_calls(day) == []
    assert day.ref("OCC-1") not in day.bot.said("open", now=MIDNIGHT)
    reload(day, -1)
    day.tick(MORNING, MORNING, MORNING + timedelta(minutes=1), replicas=("one", "two", "three"))
    reload(day, 1)
    day.tick(MORNING + hours(1.5), MORNING + hours(1.6), replicas=("one", "two"))
    assert [(r.agency, r.tier, r.role) for r in birthday_calls(day)] == [
        ("police", 1, "duty_inspector"),
        ("council", 1, "duty_team_manager"),
    ]
    assert all(r.acknowledge_by == MORNING + hours(2) for r in birthday_calls(day))
    for person in ("police", "north-manager"):
        (text,) = told(day, person)
        assert day.ref("OCC-1") in text
        assert SENTENCE in text
        assert DUTIES in text
        assert "5 Jul 00:00" not in text
        assert "1999" not in text


def test_nobody_who_was_not_looked_after_has_duties_of_a_care_leaver_looked_at(day: Day) -> None:
    day.bot.load("children", TUESDAY + hours(1), exports.child(birth_date="1999-07-05", looked_after_to="2017-06-01"))
    day.tick(MORNING)
    (text,) = told(day, "police")
    assert SENTENCE in text
    assert "care leaver" not in text


def test_a_hosted_child_s_duties_are_the_placing_authority_s(day: Day) -> None:
    day.bot.load("children", TUESDAY + hours(1), exports.child(birth_date="1999-07-05", placing_authority="LA-330"))
    day.tick(MORNING)
    (text,) = told(day, "north-manager")
    assert "look at the placing authority's duties to a care leaver" in text


def test_it_is_acknowledged_by_each_agency_and_then_nobody_is_called(day: Day) -> None:
    day.tick(MORNING)
    for r in birthday_calls(day):
        assert f"escalations {r.id} acknowledge" in day.bot.said("escalations", r.person, MORNING)
        assert day.bot.ask(f"escalations {r.id} acknowledge", r.person, MORNING).status == "ok"
    day.tick(MORNING + hours(3), MORNING + hours(30))
    assert len(birthday_calls(day)) == 2


def test_not_acknowledged_the_next_tier_is_called(day: Day) -> None:
    day.tick(MORNING, MORNING + hours(2), MORNING + hours(2.1))
    assert [(r.agency, r.tier, r.role) for r in birthday_calls(day)][2:] == [
        ("police", 2, "missing_person_coordinator"),
        ("council", 2, "head_of_service"),
    ]


@pytest.mark.parametrize("acknowledged", [False, True])
def test_a_birth_date_corrected_afterwards_settles_the_call_and_makes_no_second(day: Day, acknowledged: bool) -> None:
    day.tick(MORNING)
    if acknowledged:
        for r in birthday_calls(day):
            day.bot.ask(f"escalations {r.id} acknowledge", r.person, MORNING)
    later = MORNING + hours(1)
    day.bot.load("children", later, exports.child(birth_date="2000-02-07"))
    day.bot.load("police", later, missing(birth_date="07/02/2000"), OTHER)
    day.tick(later, later + timedelta(minutes=1))
    assert day.ref("OCC-1") in day.bot.said("open", now=later)
    assert len(birthday_calls(day)) == 2
    assert all(r.closed_at for r in birthday_calls(day))
    day.bot.load("children", later + hours(1), exports.child(birth_date="1999-07-05"))
    reload(day, 2)
    day.tick(later + hours(2), later + hours(2.1))
    waiting = [r for r in birthday_calls(day) if r.closed_at is None]
    assert len(birthday_calls(day)) == 2
    assert len(waiting) == (0 if acknowledged else 2), "what nobody acknowledged is asked again, by the same call"


def test_a_birth_date_that_comes_later_tells_as_much(day: Day) -> None:
    """The list loses somebody on the day of the load, months after the birthday."""
    born = {"birth_date": "05/04/1999", "last_seen_at": "01/03/2017 20:00", "reported_at": "01/03/2017 21:00"}
    unknown = missing(3, **{**born, "birth_date": "", "risk_at": ""})
    day.bot.load("police", TUESDAY + hours(1), missing(1, **BIRTHDAY), OTHER, unknown)
    assert day.bot.ref(3) in day.bot.said("open", now=TUESDAY + hours(2))
    day.tick(TUESDAY + hours(2))
    day.bot.load("police", TUESDAY + hours(3), missing(1, **BIRTHDAY), OTHER, missing(3, **born, risk_at=""))
    assert day.bot.ref(3) not in day.bot.said("open", now=TUESDAY + hours(4))
    day.tick(TUESDAY + hours(4))
    assert any(day.bot.ref(3) in text for text in told(day, "police"))
    assert "2 children turned 18 while missing" in " ".join(day.bot.said("today", now=DIGEST).split())


def test_that_day_no_digest_is_all_clear_and_the_counts_say_it_too(day: Day) -> None:
    reload(day, 0.7)
    day.bot.load("interviews", MORNING, exports.interview(occurrence_ref="OCC-2", child_id="C-2"))
    day.tick(MORNING, MORNING + timedelta(minutes=50), DIGEST, DIGEST + timedelta(minutes=1))
    for channel in ("county-digest", "north-digest"):
        assert "1 child turned 18 while missing and is not back" in day.posted(channel)
        assert "All clear" not in day.posted(channel)
        assert day.ref("OCC-1") not in day.posted(channel)
    counts = day.posted("county-counts")
    assert "Missing now: none." in counts
    assert (
        "Turned 18 while missing in the last 28 days, and not back: 1 to 5. The police go on as for an adult." in counts
    )


def test_a_birthday_within_the_72_hours_changes_nothing_but_is_noted(database_url: str, tmp_path: Path) -> None:
    """Case 5: back on Tuesday at 10:00, 18 on Wednesday: offered, reminded of and held all the same, due on Friday."""
    back = {"returned_at": "04/07/2017 10:00", "end_reason": "returned_self"}
    owed = dict.fromkeys(("offered_at", "response", "held_at", "recorded_at", "interviewer_role", "independent"), "")
    times = {"started_at": "2017-07-02 20:00", "ended_at": "2017-07-04 10:00", "returned_at": "2017-07-04 10:00"}
    loaded, thursday = at("Tue 4 Jul 2017 12:00"), at("Thu 6 Jul 2017 10:30")
    with bot_on(database_url, tmp_path) as bot:
        for moment in (loaded, at("Thu 6 Jul 2017 07:00")):
            bot.load("police", moment, missing(1, **BIRTHDAY, **back))
            bot.load("children", moment, exports.child(birth_date="1999-07-05"))
            bot.load("interviews", moment, exports.interview(**{**owed, **times}))
        day, ref = Day(bot), bot.ref()
        day.tick(loaded, MORNING, DIGEST, at("Thu 6 Jul 2017 08:00"), at("Thu 6 Jul 2017 08:31"), thursday)
        (reminder,) = [kept.text for kept in day.chat.to("north-worker") if ref in kept.text][-1:]
        assert "turns 18 within the 72 h" in reminder
        assert "due Fri 7 Jul 10:00" in reminder
        assert ref in day.posted("north-digest"), "due in the next 24 hours"
        for channel in ("north-digest", "county-digest"):
            assert "18 while missing" not in day.posted(channel)
            assert "turns 18" not in day.posted(channel)
        assert birthday_calls(day) == []
        said = " ".join(bot.said(f"interview {ref}", "north-worker", thursday).split())
        assert "Turns 18 within the 72 hours: it is offered and held all the same, and its deadline stays." in said
        assert bot.ask(f"interview {ref} held at 10:00", "north-worker", thursday).status == "ok"


def test_found_as_an_adult_ends_it_everywhere(day: Day) -> None:
    day.tick(MORNING)
    reload(day, 4, found_at="05/07/2017 10:00", returned_at="05/07/2017 10:30", end_reason="found_by_police")
    later = MORNING + hours(5)
    day.tick(later, later + timedelta(minutes=1))
    assert all(r.closed_because == "over" for r in birthday_calls(day))
    assert "turned 18 while missing" not in day.bot.said("today", now=MORNING + hours(26))
