"""The practice morning, Wednesday 5 July 2017 08:00 BST, holds every kind of case worth practising."""

from collections import defaultdict
from datetime import date, datetime, timedelta

import pytest

from bot.practice import CHILDREN_TAKEN_AT, INTERVIEWS_TAKEN_AT, POLICE_TAKEN_AT, PRACTICE_NOW
from tests.support.practice_reading import Episode, Exports, holds, police_time

NOW = datetime.fromisoformat("2017-07-05T08:00+01:00")
YESTERDAY = datetime.fromisoformat("2017-07-04T08:00+01:00")
TODAY = date(2017, 7, 5)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def july(exports: Exports) -> list[Episode]:
    return exports.of("later")


@pytest.fixture(scope="module")
def still_open(exports: Exports) -> list[Episode]:
    return [e for e in exports.missing if not e.end]


@pytest.fixture(scope="module")
def pending(july: list[Episode]) -> list[Episode]:
    """Back in July, interview neither held nor closed."""
    return [e for e in july if e.end and not e.completed and not e.closed]


def reported(e: Episode) -> datetime:
    at = police_time(e.police.get("reported_at", ""))
    assert at
    return at


def grade(exports: Exports, e: Episode) -> str:
    rows = [r for r in exports.police if r["occurrence_ref"] == e.police["occurrence_ref"]]
    return [r["risk"] for r in sorted(rows, key=lambda r: police_time(r["risk_at"]) or NOW)][-1]


def only(episodes: list[Episode]) -> Episode:
    assert len(episodes) == 1
    return episodes[0]


def test_times_of_the_exports() -> None:
    assert PRACTICE_NOW == NOW
    assert PRACTICE_NOW.utcoffset() == timedelta(0)
    assert datetime.fromisoformat("2017-07-05T07:41+01:00") == POLICE_TAKEN_AT
    five = datetime.fromisoformat("2017-07-05T05:00+01:00")
    assert (five, five) == (CHILDREN_TAKEN_AT, INTERVIEWS_TAKEN_AT)


def test_about_twenty_episodes(july: list[Episode], still_open: list[Episode]) -> None:
    assert 16 <= len(july) <= 22
    assert all(date(2017, 7, 1) <= e.day <= TODAY for e in july)
    assert len(still_open) == 6
    assert set(map(id, still_open)) <= set(map(id, july))


def test_open_over_72_hours(exports: Exports, still_open: list[Episode]) -> None:
    e = only([e for e in still_open if NOW - e.start > 72 * HOUR])
    assert (e.day, e.area, grade(exports, e), e.lac) == (date(2017, 7, 1), "north", "high", True)
    assert e.council["worker"] == e.person["lead_worker"] == "W-N01"


def test_open_unaccompanied(exports: Exports, still_open: list[Episode]) -> None:
    e = only([e for e in still_open if e.uasc])
    assert (e.area, grade(exports, e)) == ("central", "medium")
    assert 28 * HOUR <= NOW - e.start <= 32 * HOUR


def test_open_and_not_graded(exports: Exports, still_open: list[Episode]) -> None:
    e = only([e for e in still_open if not grade(exports, e)])
    assert (e.area, NOW - reported(e)) == ("north", 3 * HOUR)


def test_open_with_a_protection_plan(exports: Exports, still_open: list[Episode]) -> None:
    e = only([e for e in still_open if e.cp])
    assert (e.area, grade(exports, e), e.person["lead_worker"]) == ("south", "medium", "W-S01")
    assert e.person["case_status"] == "cp"


def test_open_hosted(exports: Exports, still_open: list[Episode], july: list[Episode]) -> None:
    e = only([e for e in still_open if e.person.get("placing_authority")])
    assert (e.person["placing_authority"], e.area, grade(exports, e)) == ("LA-901", "north", "medium")
    assert not any(holds(e.person, "looked_after", day) for day in (date(2016, 11, 30), date(2017, 5, 31)))
    assert e in july


def test_open_aged_eleven_and_raised_in_the_night(exports: Exports, still_open: list[Episode]) -> None:
    e = only([e for e in still_open if e.age < 13])
    assert (e.age, e.area, grade(exports, e), e.police["risk"]) == (11, "central", "high", "medium")


def test_the_window_of_the_digest(july: list[Episode]) -> None:
    back = [e for e in july if e.end and YESTERDAY <= e.end < NOW]
    assert len([e for e in july if e.police and YESTERDAY <= reported(e) < NOW]) >= 4
    assert len(back) >= 4
    night = only([e for e in back if e.end and e.end - e.start == 2 * HOUR + timedelta(minutes=35)])
    assert reported(night) >= YESTERDAY


def test_overdue(pending: list[Episode]) -> None:
    assert len([e for e in pending if e.due < NOW]) >= 3


def test_due_within_a_day(pending: list[Episode]) -> None:
    assert len([e for e in pending if NOW <= e.due < NOW + 24 * HOUR]) >= 4


def test_unowned(pending: list[Episode]) -> None:
    known = [e for e in pending if e.council]
    assert len([e for e in known if not e.council["worker"] and not e.person["lead_worker"]]) == 2


def test_offered_and_waiting(pending: list[Episode]) -> None:
    assert len([e for e in pending if e.time("offered_at") and not e.council["response"]]) >= 2


def test_held_but_not_recorded(july: list[Episode]) -> None:
    assert len([e for e in july if e.completed and not e.time("recorded_at")]) == 3


def test_missing_again_while_the_clock_runs(pending: list[Episode], still_open: list[Episode]) -> None:
    away = {e.child: e for e in still_open}
    again = only([e for e in pending if e.child in away])
    assert away[again.child].start < NOW < again.due


def test_declined_and_the_carer_not_yet_asked(july: list[Episode]) -> None:
    e = only([e for e in july if e.council.get("response") == "declined"])
    assert e.council["outcome_reason"] == ""
    assert e.time("offered_at")


def test_known_to_one_agency_only(pending: list[Episode]) -> None:
    only([e for e in pending if not e.council])
    assert only([e for e in pending if not e.police]).area == "south"


def test_still_missing_for_the_council_but_back_for_the_police(july: list[Episode]) -> None:
    e = only([e for e in july if e.end and e.council and not e.council["ended_at"]])
    assert e.back
    assert e.back > INTERVIEWS_TAKEN_AT


def test_disability(pending: list[Episode]) -> None:
    assert only([e for e in pending if e.area == "disability"]).council["worker"] == "W-D01"


def test_the_people_of_the_practice_have_work(pending: list[Episode], still_open: list[Episode]) -> None:
    workers = {e.council["worker"] for e in pending if e.council}
    assert {"W-N01", "W-S01", "W-D01"} <= workers
    assert {"W-N01", "W-S01"} <= {e.council["worker"] for e in still_open if e.council}


def test_third_start_in_ninety_days(exports: Exports, july: list[Episode]) -> None:
    starts = defaultdict(list)
    for e in exports.missing:
        starts[e.child].append(e.start)

    def count(e: Episode) -> int:
        return sum(e.start - 90 * 24 * HOUR < start <= e.start for start in starts[e.child])

    assert len({e.child for e in july if count(e) == 3}) >= 2
