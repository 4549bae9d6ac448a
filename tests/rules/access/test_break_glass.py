"""Break-glass: its answers, the agencies that are told, and the time for its review."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given

from bot.rules.access.break_glass import QUOTA_DAYS, agencies_that_hear, answer, review_due
from bot.rules.access.permissions import holds
from bot.rules.partnership.partnership import BreakGlass
from bot.rules.time.clock import local_day
from tests.support.factories import NOW, at, partnership, somebody

RULES = BreakGlass()
QUIET = partnership().quiet_hours


@given(st.booleans(), st.booleans(), st.booleans(), st.integers(0, 6))
def test_a_child_who_is_not_missing_is_told_from_no_child_by_nothing(
    reason: bool, opened: bool, missing: bool, used: int
) -> None:
    """An earlier look that is still open makes no difference once the child is back."""
    said = answer(missing=False, reason=reason, opened=opened, used=used, rules=RULES)
    assert said == answer(missing=False, reason=reason, opened=False, used=used, rules=RULES)
    assert said in ("not_found", "quota")
    if used >= RULES.most_in_30_days and not opened:
        assert said == answer(missing=missing, reason=reason, opened=False, used=used, rules=RULES)


@given(st.booleans(), st.integers(0, 6))
def test_nothing_opens_without_a_reason(missing: bool, used: int) -> None:
    assert answer(missing=missing, reason=False, opened=False, used=used, rules=RULES) == "not_found"


@pytest.mark.parametrize(
    ("missing", "reason", "opened", "used", "said"),
    [
        (True, True, False, 0, "open"),
        (True, True, False, RULES.most_in_30_days - 1, "open"),
        (True, True, False, RULES.most_in_30_days, "quota"),
        (True, True, False, RULES.most_in_30_days + 1, "quota"),
        (True, False, False, 0, "not_found"),
        (True, False, True, RULES.most_in_30_days, "still_open"),
        (False, True, True, 0, "not_found"),
        (False, True, False, RULES.most_in_30_days, "quota"),
    ],
)
def test_a_missing_child_is_opened_for_a_reason_up_to_the_limit(
    missing: bool, reason: bool, opened: bool, used: int, said: str
) -> None:
    assert answer(missing=missing, reason=reason, opened=opened, used=used, rules=RULES) == said


ASKED = st.lists(st.tuples(st.integers(1, 60 * 24 * 12), st.booleans(), st.booleans()), max_size=40)


@given(ASKED, st.integers(1, 4), st.integers(5, 90))
def test_never_more_in_thirty_days_than_may_be_and_never_longer(
    asked: list[tuple[int, bool, bool]], most: int, minutes: int
) -> None:
    """One person asks for one child again and again, minutes apart, with a reason or not, missing or not."""
    rules, now = BreakGlass(minutes=minutes, most_in_30_days=most), NOW
    looks: list[datetime] = []
    for later, missing, reason in asked:
        now += timedelta(minutes=later)
        still = any(since <= now < since + timedelta(minutes=minutes) for since in looks)
        used = sum(since >= now - QUOTA_DAYS for since in looks)
        said = answer(missing=missing, reason=reason, opened=still, used=used, rules=rules)
        assert said not in ("open", "still_open") or missing
        assert said != "still_open" or still
        if said == "open":
            assert reason
            looks.append(now)
    assert all(sum(later <= each < later + QUOTA_DAYS for each in looks) <= most for later in looks)


@pytest.mark.parametrize(
    ("opened", "due"),
    [
        ("Wed 5 Jul 2017 08:00", "Sat 8 Jul 2017 00:00"),
        ("Fri 7 Jul 2017 16:00", "Wed 12 Jul 2017 00:00"),
        ("Sat 8 Jul 2017 03:00", "Wed 12 Jul 2017 00:00"),
        ("Sun 9 Jul 2017 23:59", "Wed 12 Jul 2017 00:00"),
        ("Thu 6 Jul 2017 00:30", "Tue 11 Jul 2017 00:00"),  # still Wednesday in UTC
        ("Fri 27 Oct 2017 12:00", "Wed 1 Nov 2017 00:00"),  # the clocks change
    ],
)
def test_to_the_end_of_the_second_working_day(opened: str, due: str) -> None:
    assert review_due(at(opened), partnership()) == at(due)


def test_closed_days_and_bank_holidays_do_not_count() -> None:
    monday = date(2017, 7, 10)
    closed = replace(partnership(), quiet_hours=replace(QUIET, extra_closed=(monday,)))
    holiday = partnership().with_holidays({"england-and-wales": [monday]})
    for ours in (closed, holiday):
        assert review_due(at("Fri 7 Jul 2017 12:00"), ours) == at("Thu 13 Jul 2017 00:00")


def test_each_agency_with_a_lead_of_the_area_is_told() -> None:
    police = replace(somebody("strategic_lead"), agency="police")
    council = somebody("strategic_lead")
    assert agencies_that_hear((council, somebody("team_manager", "north")), "north", NOW) == ("council",)
    assert agencies_that_hear((council, police), "north", NOW) == ("police", "council")
    assert agencies_that_hear((replace(police, active=False),), "north", NOW) == ()
    assert agencies_that_hear((replace(police, expires=date(2017, 7, 4)),), "north", NOW) == ()


def test_a_lead_of_one_area_hears_of_that_area() -> None:
    south = somebody("strategic_lead", "south")
    assert holds(south, "strategic_lead", "south", local_day(NOW))
    assert holds(south, "strategic_lead", None, local_day(NOW))
    assert not holds(south, "strategic_lead", "north", local_day(NOW))


def test_looks_are_counted_over_thirty_days() -> None:
    assert timedelta(days=30) == QUOTA_DAYS
