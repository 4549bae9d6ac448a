"""Records of a child brought together into absences, and the number that an episode keeps."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.episodes.record_matching import KnownRecord, OneAbsence, absences, keep_numbers
from bot.rules.episodes.source_records import CouncilRecord, PoliceRecord, RecordKey, Settled

START = datetime(2017, 3, 1, 20, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def at(hours: float) -> datetime:
    return START + hours * HOUR


def police(number: int, start: float = 0, end: float | None = None, **facts: Any) -> PoliceRecord:
    """A police occurrence; hours count from `START`."""
    returned = None if end is None else at(end)
    record = PoliceRecord(f"OCC-{number}", 1, START, last_seen_at=at(start), returned_at=returned)
    return record._replace(**facts)


def council(number: int, start: float = 0, end: float | None = None, **facts: Any) -> CouncilRecord:
    ended = None if end is None else at(end)
    return CouncilRecord(f"EP-{number}", 1, START, at(start), ended_at=ended)._replace(**facts)


def told(found: list[OneAbsence]) -> list[str]:
    """The records of each absence, the first of each agency first."""
    return [" ".join(r.key[1] for r in (a.police, a.council, *a.further) if r) for a in found]


def of_police(found: list[OneAbsence]) -> PoliceRecord:
    record = found[0].police
    assert record is not None
    return record


def of_council(found: list[OneAbsence]) -> CouncilRecord:
    record = found[0].council
    assert record is not None
    return record


def unsure(found: list[OneAbsence]) -> list[bool]:
    return [a.unsure for a in found]


def settled(one: str, other: str, *, same: bool) -> Settled:
    def keys(ref: str) -> frozenset[RecordKey]:
        return frozenset({("police" if ref.startswith("OCC") else "council", ref)})

    return Settled(same, keys(one), keys(other))


def test_a_shared_reference_goes_before_the_minute() -> None:
    found = absences(
        [police(1, 0, 1), police(2, 5, 6)],
        [council(1, 0, 1, occurrence_ref="OCC-2"), council(2, 5, 6, occurrence_ref="OCC-1")],
    )
    assert told(found) == ["OCC-1 EP-2", "OCC-2 EP-1"]


def test_the_same_minute_matches_where_one_record_of_each_has_it() -> None:
    found = absences([police(1, 1 / 120, 1)], [council(1, 0, 9)])
    assert told(found) == ["OCC-1 EP-1"]
    assert found[0].further == ()


def test_away_is_never_matched_by_its_time_alone() -> None:
    assert told(absences([police(1, 3, 4)], [council(1, 0, 1, kind="away")])) == ["EP-1", "OCC-1"]


def test_a_form_that_names_another_childs_occurrence_stands_alone() -> None:
    found = absences([police(1)], [council(1, 1, occurrence_ref="OCC-7", names_another=True)])
    assert told(found) == ["OCC-1", "EP-1"]
    assert unsure(found) == [True, True]


def test_several_forms_may_name_one_occurrence() -> None:
    forms = [council(n, 24 * n, 24 * n + 8, occurrence_ref="OCC-1") for n in (0, 1, 2)]
    assert told(absences([police(1, 0, 60)], forms)) == ["OCC-1 EP-0 EP-1 EP-2"]


def test_a_record_without_a_known_start_stands_alone() -> None:
    nowhen = PoliceRecord("OCC-2", 1, START)
    assert len(absences([police(1), nowhen], [council(1, started_at=None)])) == 3


def test_home_school_and_carer_report_one_absence() -> None:
    found = absences([police(1), police(2, 0.5), police(3, 3)], [])
    assert told(found) == ["OCC-1 OCC-2 OCC-3"]
    assert found[0].start_at == START


def test_a_report_at_the_moment_of_the_return_is_a_new_absence() -> None:
    assert told(absences([police(1, 0, 2), police(2, 2)], [])) == ["OCC-1", "OCC-2"]


@given(st.floats(0, 1.99))
def test_a_report_before_the_return_is_of_it(hours: float) -> None:
    found = absences([police(1, 0, 2), police(2, hours, 2)], [])
    assert len(found) == 1
    assert not found[0].unsure


def test_a_report_made_after_the_return_is_new_whatever_it_says_of_last_seen() -> None:
    found = absences([police(1, 0, 2), police(2, -1, reported_at=at(3))], [])
    assert len(found) == 2
    assert unsure(found) == [True, True]


def test_the_child_is_missing_while_one_report_has_no_return() -> None:
    one = of_police(absences([police(1, 0, 2), police(2, 1)], []))
    assert one.end_at is None
    assert told(absences([police(1, 0, 2), police(2, 1), police(3, 30)], [])) == ["OCC-1 OCC-2 OCC-3"]


def test_the_end_is_the_latest() -> None:
    one = absences([police(1, 0, 2), police(2, 1, 5, end_reason="returned_self")], [])
    assert (of_police(one).end_at, of_police(one).end_reason) == (at(5), "returned_self")


def test_the_earliest_report_and_the_latest_grade_hold() -> None:
    reports = [
        police(1, 0, reported_at=at(0.2), grade="low", graded_at=at(1)),
        police(2, 0.5, reported_at=at(0.6), grade="high", graded_at=at(2), district="Cherwell"),
    ]
    one = of_police(absences(reports, []))
    assert (one.reported_at, one.grade, one.graded_at) == (at(0.2), "high", at(2))
    assert one.district == "Cherwell"


def test_a_grade_that_one_report_does_not_say_readably_is_not_known() -> None:
    found = absences([police(1, grade="low", graded_at=at(1)), police(2, 1, grade_known=False)], [])
    assert not of_police(found).grade_known


@pytest.mark.parametrize("lost", [{"absent_at": at(9)}, {"unread": "returned_at"}])
def test_an_absence_open_only_for_want_of_a_return_takes_no_further_report(lost: dict[str, Any]) -> None:
    found = absences([police(1, 0, **lost), police(2, 10)], [])
    assert told(found) == ["OCC-1", "OCC-2"]
    assert unsure(found) == [True, True]


@pytest.mark.parametrize("lost", [{"absent_at": at(9)}, {"unread": "returned_at"}])
def test_a_report_that_it_has_already_stays(lost: dict[str, Any]) -> None:
    """A second report does not become an absence of its own when the police take the first from the file."""
    found = absences([police(1, 0, **lost), police(2, 1, one_with="OCC-1")], [])
    assert told(found) == ["OCC-1 OCC-2"]


def test_only_the_next_absence_may_be_one_with_one_without_a_return() -> None:
    found = absences([police(1, 0, unread="returned_at"), police(2, 10, 12), police(3, 900, 910)], [])
    assert unsure(found) == [True, True, False]


def test_a_return_known_by_its_date_alone_takes_no_report_and_is_a_doubt() -> None:
    day = datetime(2017, 3, 1, tzinfo=UTC)
    first = police(1, 0, returned_at=day, returned_date_only=True)
    found = absences([first, police(2, 2)], [])
    assert unsure(found) == [True, True]
    assert unsure(absences([first, police(2, 5)], [])) == [False, False]


def test_a_void_report_takes_no_part() -> None:
    void = police(2, 1, end_reason="error_duplicate")
    assert told(absences([police(1, 0, 2), void], [])) == ["OCC-1", "OCC-2"]
    found = absences([police(1, 0, 2), void], [council(2, 1, 9, occurrence_ref="OCC-2")])
    assert told(found) == ["OCC-1 EP-2 OCC-2"]
    assert of_police(found).end_at == at(2)


NIGHTS = (council(1, 4, 12), council(2, 28, 36), council(3, 52, 60))


def test_forms_inside_a_police_absence_are_reports_of_it_even_with_ends() -> None:
    one = absences([police(1)], list(NIGHTS))
    assert told(one) == ["OCC-1 EP-1 EP-2 EP-3"]
    assert of_police(one).end_at is None


def test_without_a_police_record_each_end_is_an_end_and_the_pair_a_doubt() -> None:
    found = absences([], list(NIGHTS))
    assert told(found) == ["EP-1", "EP-2", "EP-3"]
    assert unsure(found) == [True, True, True]
    assert unsure(absences([], [council(1, 0, 1), council(2, 25, 26)])) == [False, False]


def test_forms_without_ends_are_of_one_absence() -> None:
    assert told(absences([], [council(1), council(2, 24), council(3, 48)])) == ["EP-1 EP-2 EP-3"]


def test_a_police_report_made_while_the_councils_absence_runs_is_of_it() -> None:
    found = absences([police(1, 0.5, 9)], [council(1, 0)])
    assert told(found) == ["OCC-1 EP-1"]
    assert found[0].start_at == START


def test_there_is_one_interview_and_it_is_that_which_went_furthest() -> None:
    forms = [
        council(1, 0, 8, offered_at=at(9), worker="W-1"),
        council(2, 2, 8, offered_at=at(10), response="accepted", held_at=at(20), worker="W-2"),
        council(3, 3, 8, worker="W-3"),
    ]
    one = of_council(absences([], forms))
    assert (one.offered_at, one.held_at, one.worker) == (at(9), at(20), "W-2")


def test_a_death_on_any_form_holds() -> None:
    found = absences([], [council(1, held_at=at(30)), council(2, 1, outcome_reason="died")])
    assert of_council(found).outcome_reason == "died"


def test_a_row_away_and_a_row_missing_that_meet_are_one() -> None:
    found = absences([], [council(1, 0, 3, kind="away"), council(2, 3, 9)])
    assert told(found) == ["EP-1 EP-2"]
    assert (of_council(found).kind, of_council(found).end_at) == ("missing", at(9))
    assert len(absences([], [council(1, 0, 3), council(2, 3, 9)])) == 2  # R3: two of one kind are two


def test_two_that_are_one() -> None:
    said = [settled("EP-2", "EP-1", same=True)]
    found = absences([], [council(1, 0, 8), council(2, 24, 32)], said)
    assert told(found) == ["EP-1 EP-2"]
    assert of_council(found).end_at == at(32)


def test_two_that_are_not() -> None:
    apart = [settled("OCC-1", "OCC-2", same=False)]
    found = absences([police(1), police(2, 1)], [], apart)
    assert told(found) == ["OCC-1", "OCC-2"]
    assert unsure(found) == [False, False]
    assert told(absences([police(1), police(2, 1), police(3, 2)], [], apart)) == ["OCC-1", "OCC-2 OCC-3"]


def test_a_record_that_is_gone_changes_nothing() -> None:
    assert told(absences([police(1)], [], [settled("OCC-1", "OCC-9", same=True)])) == ["OCC-1"]


times = st.floats(0, 200).map(lambda hours: round(hours, 1))
spans = st.lists(st.tuples(times, st.one_of(st.none(), st.floats(0.1, 60))), max_size=5)


@given(spans, spans)
def test_every_record_is_of_one_absence_and_no_two_that_run_overlap(one: Any, two: Any) -> None:
    theirs = [police(n, start, None if length is None else start + length) for n, (start, length) in enumerate(one)]
    ours = [council(n, start, None if length is None else start + length) for n, (start, length) in enumerate(two)]
    found = absences(theirs, ours)
    records = sorted(r.key for a in found for r in (a.police, a.council, *a.further) if r)
    assert records == sorted([*(r.key for r in theirs), *(r.key for r in ours)])
    of_police = [a for a in found if a.police]
    for a in of_police:
        for b in of_police:
            if a is not b and a.police and b.police and b.police.start_at >= a.police.start_at:
                assert a.police.end_at is not None
                assert a.police.end_at <= b.police.start_at
    # Each absence stays what it is when its records are stored as reports of it.
    stored = {r.key[1]: (a.police if r.key[0] == "police" else a.council) for a in found for r in a.further}
    first = {ref: lead and lead.key[1] for ref, lead in stored.items()}
    again = absences(
        [r._replace(one_with=first.get(r.occurrence_ref)) for r in theirs],
        [r._replace(one_with=first.get(r.episode_ref)) for r in ours],
    )
    assert told(again) == told(found)


def test_a_number_stays_when_the_other_record_arrives() -> None:
    both = absences([police(1)], [council(1, occurrence_ref="OCC-1")])
    assert keep_numbers(both, [KnownRecord(7, "OCC-1", None)]) == ([7], [])
    assert keep_numbers(both, [KnownRecord(7, None, "EP-1")]) == ([7], [])
    assert keep_numbers(both, [KnownRecord(7, None, "EP-1"), KnownRecord(9, "OCC-1", None)]) == ([9], [7])


def test_a_number_stays_when_an_earlier_report_arrives() -> None:
    one = absences([police(1, 1), police(2, 0)], [])
    assert keep_numbers(one, [KnownRecord(7, "OCC-1", None)]) == ([7], [])


def test_two_that_turn_out_to_be_one_keep_the_number_of_the_first() -> None:
    one = absences([police(1), police(2, 1)], [])
    assert keep_numbers(one, [KnownRecord(7, "OCC-2", None), KnownRecord(8, "OCC-1", None)]) == ([8], [7])


def test_records_that_part_leave_the_number_with_the_police() -> None:
    apart = absences([police(1, 0, 1)], [council(1, 40, occurrence_ref="OCC-7")])
    assert keep_numbers(apart, [KnownRecord(7, "OCC-1", "EP-1")]) == ([7, None], [])


def test_a_council_record_that_changes_its_occurrence_takes_no_number() -> None:
    found = absences([police(1, 0, 1), police(2, 30)], [council(1, 30, occurrence_ref="OCC-2")])
    known = [KnownRecord(7, "OCC-1", "EP-1"), KnownRecord(8, "OCC-2", None)]
    assert keep_numbers(found, known) == ([7, 8], [])


@given(spans, spans)
def test_absences_that_follow_one_another_are_found_as_all_others_are(one: Any, two: Any) -> None:
    """A ruling on other records takes the long way."""
    theirs = [police(n, start, None if length is None else start + length) for n, (start, length) in enumerate(one)]
    ours = [council(n, start, None if length is None else start + length) for n, (start, length) in enumerate(two)]
    assert absences(theirs, ours) == absences(theirs, ours, [settled("OCC-98", "OCC-99", same=False)])
