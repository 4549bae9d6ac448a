"""An episode is open from its start until, and not at, its end (R2: half-open)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from bot.rules.model import NOT_REQUIRED, NOT_REQUIRED_ENDS, Freshness, Period
from tests.support.factories import NOW, episode, hours

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [(NOW - SECOND, False), (NOW, True), (NOW + hours(2) - SECOND, True), (NOW + hours(2), False)],
)
def test_an_episode_is_open_from_its_start_and_not_at_its_end(at: datetime, is_open: bool) -> None:
    assert episode(1, NOW, NOW + hours(2)).open_at(at) is is_open


def test_found_and_not_returned_is_one_without_the_other() -> None:
    """Edge case 19: in hospital or custody the whereabouts are known, and no return is recorded."""
    found = replace(episode(1, NOW), found_at=NOW + hours(1))
    assert found.found_not_returned
    assert not replace(found, returned_at=NOW + hours(2)).found_not_returned
    assert not episode(1, NOW, NOW + hours(2)).found_not_returned
    assert not episode(1, NOW).found_not_returned


def test_a_death_is_in_either_agency_s_record() -> None:
    x = episode(1, NOW, NOW + hours(2))
    assert not x.died
    assert replace(x, end_reason="died").died
    assert replace(x, interview=replace(x.interview, outcome_reason="died")).died


def test_an_end_of_a_day_is_at_its_beginning_or_at_a_later_start() -> None:
    midnight = NOW - hours(8)
    by_date = replace(
        episode(1, NOW - hours(20), midnight), interview=replace(episode(1, NOW, midnight).interview, date_only=True)
    )
    assert by_date.end_is_a_day
    assert replace(by_date, until_at=by_date.start_at).end_is_a_day
    assert not replace(by_date, until_at=NOW).end_is_a_day
    assert not episode(1, NOW - hours(20), midnight).end_is_a_day


def test_a_period_has_both_its_days() -> None:
    one = Period("x", date(2017, 5, 1), date(2017, 5, 1))
    assert (one.days, replace(one, last=date(2017, 5, 31)).days) == (1, 31)
    with pytest.raises(ValueError, match="x: ends before it begins"):
        replace(one, last=date(2017, 4, 30))


def test_reasons_with_which_no_interview_is_required() -> None:
    assert {"turned_18", "died", "error_duplicate"} == NOT_REQUIRED_ENDS
    assert "died" in NOT_REQUIRED


def test_an_export_counts_nothing_unread_until_it_is_said() -> None:
    plain = Freshness("police", "Police", NOW, 12, 24)
    assert (plain.rows, plain.rejected, plain.unread, plain.unread_open, plain.how) == (0, 0, 0, 0, "given")
    assert episode(1, NOW).seen(NOW).counted
    assert not episode(1, NOW).seen(NOW).left_as_adult
