"""Records that are over, records that must stay, and the day from which periods are known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules.audit.erasure import digest, erasure_key
from bot.rules.audit.retention import (
    CaseStatus,
    EndedEpisode,
    ErasureState,
    case_is_over,
    cut_day,
    grown_up,
    history_start,
    is_over,
    months_before,
    why_not_erased,
    years_before,
)
from bot.rules.model import FOREVER
from bot.rules.partnership.partnership import Retention, too_short
from bot.rules.time.clock import day_start
from tests.support.factories import at, partnership

CUT = date(2015, 7, 5)
NOW = at("Wed 5 Jul 2017 08:00")
BEFORE, AFTER = day_start(CUT) - timedelta(seconds=1), day_start(CUT)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2017, 7, 5), 24, date(2015, 7, 5)),
        (date(2017, 3, 31), 1, date(2017, 2, 28)),
        (date(2016, 2, 29), 12, date(2015, 2, 28)),
        (date(2017, 1, 31), 1, date(2016, 12, 31)),
        (date(2017, 1, 1), 13, date(2015, 12, 1)),
    ],
)
def test_so_many_calendar_months_back(day: date, months: int, expected: date) -> None:
    assert months_before(day, months) == expected


def test_the_cut_is_a_london_day() -> None:
    assert cut_day(datetime(2017, 7, 4, 23, 30, tzinfo=UTC), 24) == CUT
    assert years_before(NOW, 7) == at("Mon 5 Jul 2010 00:00")


@given(st.dates(date(1990, 1, 1), date(2080, 1, 1)), st.integers(1, 200), st.integers(1, 200))
@settings(max_examples=200)
def test_a_longer_retention_never_cuts_later(day: date, months: int, more: int) -> None:
    assert months_before(day, months + more) <= months_before(day, months) < day


def spent(ended: datetime, interview: datetime = BEFORE, age: int | None = 14) -> EndedEpisode:
    return EndedEpisode(ended - timedelta(days=1), ended, interview, age)


def test_what_ended_in_the_last_second_before_the_cut_is_over() -> None:
    assert is_over(spent(BEFORE), CUT, NOW)
    assert not is_over(spent(AFTER), CUT, NOW)
    assert not is_over(spent(FOREVER), CUT, NOW)


def test_an_interview_that_is_still_owed_keeps_its_episode() -> None:
    assert not is_over(spent(BEFORE, FOREVER), CUT, NOW)
    assert not is_over(spent(BEFORE, NOW + timedelta(seconds=1)), CUT, NOW)
    assert is_over(spent(BEFORE, NOW), CUT, NOW)


def test_nobody_owes_an_adult_a_return_interview() -> None:
    start = BEFORE - timedelta(days=400)
    assert is_over(EndedEpisode(start, BEFORE, FOREVER, 17), CUT, NOW)
    assert not is_over(EndedEpisode(start, BEFORE, FOREVER, 16), CUT, NOW)
    assert not is_over(EndedEpisode(start, BEFORE, FOREVER, None), CUT, NOW)


@given(st.dates(date(1995, 1, 1), date(2012, 1, 1)), st.dates(date(2012, 1, 2), date(2017, 1, 1)))
@settings(max_examples=200)
def test_grown_up_is_never_said_of_a_child(birth: date, start: date) -> None:
    age = start.year - birth.year - ((start.month, start.day) < (birth.month, birth.day))
    if grown_up(day_start(start), age, CUT):
        assert (CUT.year - birth.year - ((CUT.month, CUT.day) < (birth.month, birth.day))) >= 18


CASE = CaseStatus(listed=True, current=False, status="cin", birth=date(2003, 1, 1))


@pytest.mark.parametrize(
    ("case", "over"),
    [
        (CASE, False),
        (CASE._replace(status="not_open"), True),
        (CASE._replace(status="not_open", current=True), False),
        (CASE._replace(birth=date(1997, 7, 5)), True),
        (CASE._replace(birth=date(1997, 7, 6)), False),
        (CASE._replace(birth=None), False),
        (CASE._replace(listed=False), True),
        (CASE._replace(listed=False, current=True), False),
    ],
)
def test_a_child_without_episodes_stays_while_the_council_works_with_it(case: CaseStatus, over: bool) -> None:
    assert case_is_over(case, CUT) is over


def test_a_period_is_known_since_the_later_day() -> None:
    assert history_start(None, None) is None
    assert history_start(CUT, None) == history_start(None, CUT) == CUT
    assert history_start(date(2016, 7, 1), CUT) == date(2016, 7, 1)
    assert history_start(date(2014, 7, 1), CUT) == CUT


def test_no_repeat_rule_may_look_back_further_than_records_are_kept() -> None:
    assert too_short(14, 365) == []
    assert "at least 14 months" in too_short(13, 365)[0]
    with pytest.raises(ValueError, match="records_months is 2"):
        replace(partnership(), retention=Retention(records_months=2))


@given(st.integers(1, 2000), st.dates(date(1990, 1, 1), date(2080, 1, 1)))
@settings(max_examples=300)
def test_the_least_that_may_be_kept_holds_every_start_the_rule_looks_at(look_back: int, today: date) -> None:
    least = next(m for m in range(1, 200) if not too_short(m, look_back))
    assert months_before(today, least) < today - timedelta(days=look_back)


def test_every_reason_against_an_erasure_is_said() -> None:
    for flags in product([True, False], repeat=4):
        assert len(why_not_erased(ErasureState(*flags))) == sum(flags)


def test_a_digest_is_of_one_reference_of_one_kind_under_one_key() -> None:
    key = erasure_key(b"k" * 32)
    same = digest(key, "police_ref", "NOM-1")
    others = {
        digest(key, "council_ref", "NOM-1"),
        digest(key, "police_ref", "NOM-2"),
        digest(erasure_key(b"l" * 32), "police_ref", "NOM-1"),
        digest(b"k" * 32, "police_ref", "NOM-1"),
    }
    assert same == digest(key, "police_ref", "NOM-1")
    assert same not in others
    assert len(others) == 4
