"""Matching of records into episodes, and the number that an episode keeps."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.rules.episodes.record_matching import KnownRecord, Pair, keep_numbers, pair
from bot.rules.episodes.source_records import CouncilRecord, PoliceRecord

START = datetime(2017, 3, 1, 22, 0, tzinfo=UTC)


def police(number: int, start: datetime = START) -> PoliceRecord:
    return PoliceRecord(f"OCC-{number}", 1, entered_at=START, last_seen_at=start)


def council(number: int, occurrence: int | None = None, start: datetime = START, **facts: Any) -> CouncilRecord:
    named = f"OCC-{occurrence}" if occurrence else None
    return CouncilRecord(f"EP-{number}", 1, START, start, occurrence_ref=named)._replace(**facts)


def told(found: list[Pair]) -> list[tuple[str | None, str | None]]:
    return [(p and p.occurrence_ref, c and c.episode_ref) for p, c in found]


def test_a_shared_reference_goes_before_the_minute() -> None:
    assert told(pair([police(1), police(2)], [council(1, 2), council(2, 1)])) == [("OCC-1", "EP-2"), ("OCC-2", "EP-1")]


def test_the_same_minute_matches_where_one_record_of_each_has_it() -> None:
    seconds = START + timedelta(seconds=30)
    assert told(pair([police(1, seconds)], [council(1)])) == [("OCC-1", "EP-1")]


def test_two_candidates_are_never_chosen_between() -> None:
    assert len(pair([police(1), police(2)], [council(1)])) == 3
    assert len(pair([police(1)], [council(1), council(2)])) == 3


def test_a_matched_record_is_no_candidate_any_more() -> None:
    assert told(pair([police(1), police(2)], [council(1, 1), council(2)])) == [("OCC-1", "EP-1"), ("OCC-2", "EP-2")]


def test_a_council_record_that_names_an_occurrence_means_that_one() -> None:
    assert len(pair([police(1)], [council(1, 7)])) == 2


def test_away_is_never_matched_by_its_time() -> None:
    assert len(pair([police(1)], [council(1, kind="away")])) == 2


def test_midnight_stands_for_a_day_and_matches_nothing() -> None:
    midnight = datetime(2017, 3, 1, tzinfo=UTC)
    assert len(pair([police(1, midnight)], [council(1, start=midnight)])) == 2


def test_episodes_come_in_order_of_their_start() -> None:
    later = START + timedelta(days=1)
    assert told(pair([police(1, later)], [council(1)])) == [(None, "EP-1"), ("OCC-1", None)]


def test_a_number_stays_when_the_other_record_arrives() -> None:
    both = pair([police(1)], [council(1, 1)])
    assert keep_numbers(both, [KnownRecord(7, "OCC-1", None)]) == ([7], [])
    assert keep_numbers(both, [KnownRecord(7, None, "EP-1")]) == ([7], [])
    assert keep_numbers(both, [KnownRecord(7, None, "EP-1"), KnownRecord(9, "OCC-1", None)]) == ([9], [7])


def test_records_that_part_leave_the_number_with_the_police() -> None:
    apart = pair([police(1)], [council(1, 7)])
    numbers, gone = keep_numbers(apart, [KnownRecord(7, "OCC-1", "EP-1")])
    assert gone == []
    assert {p.police is not None: n for p, n in zip(apart, numbers, strict=True)} == {True: 7, False: None}


def test_a_council_record_that_changes_its_occurrence_takes_no_number() -> None:
    pairs = pair([police(1), police(2)], [council(1, 2)])
    known = [KnownRecord(7, "OCC-1", "EP-1"), KnownRecord(8, "OCC-2", None)]
    assert keep_numbers(pairs, known) == ([7, 8], [])


def test_records_without_a_reference_share_no_number() -> None:
    """Two old episodes of the council alone have no occurrence: a police record takes neither's number by that."""
    pairs = pair([police(1)], [])
    nameless = [Pair(pairs[0].police._replace(occurrence_ref=""), None)] if pairs[0].police else []
    assert keep_numbers(nameless, [KnownRecord(7, "", "EP-1"), KnownRecord(8, "", "EP-2")]) == ([None], [7, 8])
