"""Away again and again: which away episodes need a return interview by the partnership's rule (R20)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.rules.episodes.record_matching import OneAbsence
from bot.rules.episodes.repeat_away import asks_for_interview, away_starts
from bot.rules.episodes.source_records import CouncilRecord, PoliceRecord
from bot.rules.partnership.partnership import AwayRule
from tests.support.factories import NOW, at, hours

RULE = AwayRule(episodes=3, days=90)
SECOND = timedelta(seconds=1)


def away(start: datetime, end: datetime | None = None, kind: str = "away") -> OneAbsence:
    record = CouncilRecord(f"E-{start:%s}", 1, kind=kind, started_at=start, ended_at=end, entered_at=NOW)  # type: ignore[arg-type]
    return OneAbsence(None, record)


def asked(rule: AwayRule | None, starts: list[datetime]) -> list[bool]:
    return [asks_for_interview(rule, starts, start) for start in starts]


def test_the_third_in_the_days_and_each_further_one() -> None:
    starts = [NOW - hours(24 * n) for n in (4, 3, 2, 1)]
    assert asked(RULE, starts) == [False, False, True, True]
    assert asked(None, starts) == [False] * 4
    assert asked(AwayRule(episodes=1), starts) == [True] * 4


@pytest.mark.parametrize(("gap", "met"), [(timedelta(days=90), False), (timedelta(days=90) - SECOND, True)])
def test_a_start_exactly_so_many_days_ago_counts_no_more(gap: timedelta, met: bool) -> None:
    last = at("Wed 5 Jul 2017 01:30")
    assert asked(RULE, [last - gap, last - hours(1), last])[-1] is met


def test_from_its_first_day_on_those_before_are_counted_and_need_none() -> None:
    midnight = at("Sat 1 Jul 2017 00:00")
    rule = AwayRule(episodes=2, days=90, since=date(2017, 7, 1))
    starts = [midnight - hours(30), midnight - SECOND, midnight, midnight + hours(5)]
    assert asked(rule, starts) == [False, False, True, True]


def test_missing_episodes_and_records_without_a_start_are_not_counted() -> None:
    unread = CouncilRecord("E-9", 1, kind="away", entered_at=NOW)
    both = OneAbsence(PoliceRecord("O-1", 1, reported_at=NOW, entered_at=NOW), away(NOW).council)
    assert away_starts([away(NOW, kind="missing"), OneAbsence(None, unread), both, away(NOW - hours(1))]) == (
        NOW - hours(1),
    )


def test_a_form_for_each_night_of_one_absence_is_one() -> None:
    first, back = NOW - hours(100), NOW - hours(28)
    nights = [away(first + hours(24), first + hours(30)), away(first, back), away(first + hours(48), back)]
    starts = away_starts([*nights, away(back)])
    assert starts == (first, back)
    twice = AwayRule(episodes=2)
    assert asks_for_interview(twice, starts, back)
    assert not asks_for_interview(AwayRule(episodes=1), starts, first + hours(24)), "one absence, one interview"


MOMENTS = st.lists(st.integers(0, 4000), min_size=1, max_size=12, unique=True).map(
    lambda minutes: [NOW + timedelta(hours=n) for n in sorted(minutes)]
)


@given(MOMENTS, st.integers(1, 5), st.integers(1, 120))
@example([NOW, NOW + timedelta(days=1)], 2, 1)
def test_as_a_count_by_hand(starts: list[datetime], episodes: int, days: int) -> None:
    rule = AwayRule(episodes, days)
    for n, start in enumerate(starts):
        before = [s for s in starts[: n + 1] if (start - s).total_seconds() < days * 86400]
        assert asks_for_interview(rule, starts, start) is (len(before) >= episodes)
        without_later = asks_for_interview(rule, starts[: n + 1], start)
        assert without_later is (len(before) >= episodes), "later ones do not count"
