"""The frozen values of an episode, each rule by itself."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.episodes import doubts
from bot.rules.episodes.record_matching import OneAbsence
from bot.rules.episodes.snapshot import Freezer, FrozenEpisode, StoredEpisode
from bot.rules.episodes.source_records import ChildRecord, CouncilRecord, DatedFact, PoliceRecord
from bot.rules.interviews.hosted import TRACKED
from bot.rules.model import FOREVER
from bot.rules.time.clock import age_on, local_day, turns_18_at
from tests.support.factories import at, partnership

START, RETURNED = at("Wed 01 Mar 2017 22:00"), at("Thu 02 Mar 2017 03:00")
FOUND = at("Thu 02 Mar 2017 02:00")
LOADED = at("Fri 03 Mar 2017 07:00")
CHILD = ChildRecord((date(2003, 2, 1),), "Northern", None, True, (DatedFact("lac", date(2016, 1, 1), None),))


def police(**facts: Any) -> PoliceRecord:
    record = PoliceRecord("OCC-1", 1, at("Thu 02 Mar 2017 08:00"), last_seen_at=START, reported_at=START)
    return record._replace(found_at=FOUND, returned_at=RETURNED)._replace(**facts)


def council(**facts: Any) -> CouncilRecord:
    record = CouncilRecord("EP-1", 1, at("Thu 02 Mar 2017 09:00"), START, occurrence_ref="OCC-1")
    return record._replace(ended_at=RETURNED, team="Southern")._replace(**facts)


def freeze(
    p: PoliceRecord | None,
    c: CouncilRecord | None = None,
    child: ChildRecord = CHILD,
    before: StoredEpisode | None = None,
) -> FrozenEpisode:
    return Freezer(partnership(), LOADED).freeze(OneAbsence(p, c), child, before)


def test_the_start_is_when_the_child_was_last_seen_else_reported() -> None:
    reported = at("Wed 01 Mar 2017 23:00")
    assert freeze(police(reported_at=reported)).start_at == START
    assert freeze(police(last_seen_at=None, reported_at=reported)).start_at == reported
    assert freeze(None, council()).start_at == START


@pytest.mark.parametrize(
    ("facts", "end"),
    [
        ({}, FOUND),
        ({"found_at": None}, RETURNED),
        ({"found_at": RETURNED, "returned_at": FOUND}, FOUND),
        ({"found_at": None, "returned_at": None}, None),
    ],
)
def test_a_police_record_ends_with_the_earlier_of_found_and_returned(facts: dict[str, Any], end: Any) -> None:
    assert freeze(police(**facts), council()).end_at == end


def test_a_council_record_alone_ends_as_the_council_says() -> None:
    assert freeze(None, council()).end_at == RETURNED
    assert freeze(None, council(ended_at=None, returned_at=FOUND)).end_at == FOUND
    assert freeze(None, council(ended_at=None)).end_at is None


def test_an_end_known_by_its_day_alone_is_not_before_the_start() -> None:
    same_day = at("Wed 01 Mar 2017 00:00")
    found = freeze(police(found_at=None, returned_at=same_day, returned_date_only=True))
    assert (found.end_at, found.clock_start_at, found.date_only) == (START, same_day, True)
    assert found.counts_until == at("Sun 05 Mar 2017 00:00") - timedelta(seconds=1)  # the end of day + 3


def test_ever_missing_is_missing() -> None:
    assert freeze(police(), council(kind="away")).kind == "missing"
    assert freeze(None, council(kind="away")).kind == "away"


def test_away_needs_no_interview() -> None:
    found = freeze(None, council(kind="away"))
    assert (found.required, found.interview_until_at) == (False, START)


@pytest.mark.parametrize(
    ("p", "c", "start", "date_only"),
    [
        ({}, {}, RETURNED, False),
        ({"returned_at": None}, {"returned_at": START, "returned_date_only": True}, START, True),
        ({"returned_at": None}, {}, FOUND, False),
        ({"returned_at": None, "found_date_only": True}, {}, FOUND, True),
    ],
)
def test_the_clock_starts_at_the_return_else_when_found(p: Any, c: Any, start: datetime, date_only: bool) -> None:
    found = freeze(police(**p), council(**c))
    assert (found.clock_start_at, found.date_only) == (start, date_only)


def test_a_partnership_may_start_the_clock_when_the_child_is_found() -> None:
    freezer = Freezer(replace(partnership(), clock_start="found_else_returned"), LOADED)
    assert freezer.freeze(OneAbsence(police(), None), CHILD, None).clock_start_at == FOUND


def test_72_hours_across_the_clock_change() -> None:
    back = at("Sat 25 Mar 2017 20:00")
    found = freeze(police(last_seen_at=at("Sat 25 Mar 2017 10:00"), found_at=None, returned_at=back))
    assert found.due_at == at("Tue 28 Mar 2017 21:00")


def test_the_18th_birthday_ends_an_open_episode() -> None:
    child = CHILD._replace(births=(date(1999, 3, 3),))
    found = freeze(police(found_at=None, returned_at=None), child=child)
    assert (found.until_at, found.age) == (at("Fri 03 Mar 2017 00:00"), 17)
    assert (found.required, found.interview_until_at) == (False, found.until_at)


def test_a_child_found_after_the_18th_birthday_needs_no_interview() -> None:
    child = CHILD._replace(births=(date(1999, 3, 2),))
    found = freeze(police(), child=child)
    assert (found.until_at, found.required) == (at("Thu 02 Mar 2017 00:00"), False)


@pytest.mark.parametrize(
    ("back", "turns"),
    [
        ("Tue 28 Feb 2017 00:00", True),
        ("Mon 27 Feb 2017 23:59", False),
        ("Thu 2 Mar 2017 23:59", True),
        ("Fri 3 Mar 2017 00:00", False),
        ("Sat 4 Mar 2017 09:00", False),
    ],
)
def test_turning_18_inside_the_72_hours_is_noted_and_changes_no_deadline(back: str, turns: bool) -> None:
    """Edge case 5; on the birthday itself the absence ends as an adult's, and no interview is due."""
    child = CHILD._replace(births=(date(1999, 3, 3),))
    record = police(last_seen_at=at("Mon 27 Feb 2017 10:00"), found_at=None, returned_at=at(back))
    found = freeze(record, child=child)
    assert found.turns_18 is turns
    assert found.due_at == at(back) + timedelta(hours=72)
    two = child._replace(births=(date(1999, 3, 3), date(1999, 6, 3)))
    assert not freeze(record, child=two).turns_18 or turns, "where they differ, by the younger"


@pytest.mark.parametrize("ends", [None, date(2017, 3, 20)])
@pytest.mark.parametrize("days", range(-3, 12))
def test_entering_care_after_the_start_is_no_looked_after_child_at_the_start(days: int, ends: date | None) -> None:
    """Edge case 24: from the day after the start, 1 March, to seven days after the end, 2 March."""
    since = local_day(START) + timedelta(days=days)
    child = CHILD._replace(dated=(DatedFact("lac", since, ends), DatedFact("uasc", since, None)))
    found = freeze(police(), child=child)
    assert (found.lac, found.entered_care) == (days <= 0, 0 < days <= 8)
    still = freeze(police(found_at=None, returned_at=None), child=child._replace(births=()))
    assert (still.lac, still.entered_care) == (days <= 0, days > 0)


def test_a_birth_date_that_makes_an_adult_keeps_the_child_in_every_list_and_out_of_the_figures() -> None:
    """A typing error must not take a missing child off the lists; only a police correction or a named person does."""
    still = police(found_at=None, returned_at=None)
    for births in ((date(1990, 1, 1),), (date(2003, 2, 1), date(1993, 2, 1))):
        found = freeze(still, child=CHILD._replace(births=births))
        assert (found.age, found.until_at, found.counted, found.doubts) == (None, FOREVER, False, "age")
        assert freeze(police(), child=CHILD._replace(births=births)).required
    assert found.youngest == 14
    confirmed = freeze(still, child=CHILD._replace(births=births, age_said="adult"))
    assert (confirmed.kind, confirmed.until_at, confirmed.counted, confirmed.doubts) == ("void", START, False, "adult")
    child = freeze(still, child=CHILD._replace(births=births, age_said="child"))
    assert (child.kind, child.until_at, child.counted, child.doubts) == ("missing", FOREVER, True, "")


@given(
    st.lists(st.dates(date(1996, 1, 1), date(2010, 1, 1)), max_size=2, unique=True),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["", "child"]),
)
def test_no_birth_date_takes_a_child_by_any_date_out_of_a_list(
    births: list[date], unread: bool, older: bool, said: Any
) -> None:
    """This holds for any readings of the agencies' records, until a person confirms an adult."""
    child = CHILD._replace(births=tuple(births), birth_unread=unread or older, births_older=older, age_said=said)
    found = freeze(police(found_at=None, returned_at=None), child=child)
    assert found.kind == "missing"
    by_any = [birth for birth in births if age_on(birth, local_day(START)) < 18]
    if len(by_any) < len(births) or older:
        assert found.until_at == FOREVER
    assert found.until_at >= max(map(turns_18_at, by_any), default=FOREVER)


def test_an_older_birth_date_ends_no_absence_when_no_agency_s_newest_could_be_read() -> None:
    child = CHILD._replace(births=(date(1999, 3, 3),), birth_unread=True, births_older=True)
    found = freeze(police(found_at=None, returned_at=None), child=child)
    assert (found.until_at, found.age, found.youngest) == (FOREVER, None, 17)


def test_a_return_that_could_not_be_read_leaves_the_child_missing_and_says_so() -> None:
    for unread in ("returned_at", "found_at"):
        found = freeze(police(found_at=None, returned_at=None, unread=unread))
        assert (found.end_at, found.doubts) == (None, "return")
    assert freeze(police(returned_at=None, unread="returned_at")).doubts == ""  # found: the absence is over


def test_a_start_that_could_not_be_read_is_no_later_than_the_record_was_known_and_no_figure_counts_it() -> None:
    unread = police(last_seen_at=None, reported_at=None, found_at=None, returned_at=None, first_taken_at=START)
    found = freeze(unread)
    assert (found.start_at, found.counted, found.doubts) == (START, False, "start")
    early = freeze(unread._replace(returned_at=START - timedelta(hours=2)))
    assert (early.start_at, early.end_at) == (START - timedelta(hours=2), START - timedelta(hours=2))


def test_a_grade_that_the_newest_export_does_not_say_is_none_with_the_one_before_beside_it() -> None:
    graded = {"grade": "high", "graded_at": START}
    found = freeze(police(**graded, grade_known=False))
    assert (found.grade, found.graded_at, found.grade_before, found.graded_before_at) == (None, None, "high", START)
    assert found.doubts == "grade"
    assert freeze(police(**graded)).grade_before is None


def test_an_open_record_that_the_newest_file_lacks_is_said_and_an_ended_one_is_not() -> None:
    still = police(found_at=None, returned_at=None, absent_at=START)
    assert (freeze(still).doubts, freeze(still).absent_at, freeze(still).end_at) == ("absent", START, None)
    assert freeze(police(absent_at=START)).doubts == ""


def test_the_newest_of_two_files_that_lack_it_is_said() -> None:
    gone = {"found_at": None, "returned_at": None}
    found = freeze(police(**gone, absent_at=START), council(ended_at=None, absent_at=FOUND))
    assert (found.absent_at, found.doubts, found.end_at) == (FOUND, "absent", None)
    held = freeze(police(**gone), council(ended_at=None, absent_at=FOUND))
    assert (held.absent_at, held.doubts) == (FOUND, "absent"), "one file that lacks it is a gap, whatever the other has"


def test_a_start_that_one_agency_could_not_read_is_the_other_s() -> None:
    unread = {"last_seen_at": None, "reported_at": None}
    found = freeze(police(**unread), council())
    assert (found.start_at, found.counted, found.doubts) == (START, True, "")
    neither = freeze(police(**unread, first_taken_at=LOADED), council(started_at=None))
    assert (neither.start_at, neither.counted, neither.doubts) == (FOUND, False, "start"), (
        "no later than anything of it"
    )


def test_a_return_of_which_the_council_alone_could_read_nothing_ends_no_record_of_the_council() -> None:
    unread = council(ended_at=None, unread="ended_at returned_at")
    assert (freeze(None, unread).doubts, freeze(None, unread).end_at) == ("return", None)
    assert freeze(police(found_at=None, returned_at=None), unread).doubts == "", "the police log alone ends it"


def test_every_doubt_of_an_open_episode_leaves_it_open() -> None:
    record = police(
        found_at=None,
        returned_at=None,
        last_seen_at=None,
        reported_at=None,
        first_taken_at=START,
        absent_at=LOADED,
        grade="high",
        graded_at=START,
        grade_known=False,
        unread="police_ref returned_at",
    )
    for named, births in product((True, False), ((), (date(1990, 1, 1),))):
        found = freeze(record, child=CHILD._replace(named=named, births=births))
        assert (found.kind, found.start_at, found.until_at, found.counted) == ("missing", START, FOREVER, False)
        assert {"start", "return", "grade", "absent"} < doubts.read(found.doubts)
        assert ("age" in found.doubts, "identity" in found.doubts) == (bool(births), not named)


def test_who_is_named_by_no_record_is_not_identified() -> None:
    assert freeze(police(), child=CHILD._replace(named=False)).doubts == "identity"
    assert freeze(police(unread="police_ref")).doubts == "reference"


def test_without_a_birth_date_nothing_is_guessed() -> None:
    found = freeze(police(found_at=None, returned_at=None), child=CHILD._replace(births=()))
    assert (found.age, found.until_at) == (None, FOREVER)


def test_facts_hold_on_the_local_day_of_the_start() -> None:
    """23:30 in summer is the day before in UTC, but not in London."""
    start = at("Thu 01 Jun 2017 00:30")
    dated = tuple(DatedFact(kind, date(2017, 6, 1), None) for kind in ("lac", "uasc", "cp"))
    found = freeze(police(last_seen_at=start, found_at=None, returned_at=None), child=CHILD._replace(dated=dated))
    assert start.astimezone(UTC).day == 31
    assert (found.lac, found.uasc, found.cp) == (True, True, True)


@pytest.mark.parametrize(
    ("p", "c", "child", "area"),
    [
        ({"district": "Oxford City"}, {}, {}, ("south", "team")),
        ({"district": "Oxford City"}, {"team": None}, {}, ("north", "child_team")),
        ({"district": "Oxford City"}, {"team": None}, {"team": None}, ("central", "district")),
        ({}, {"team": None}, {"team": None}, ("unknown", "none")),
        ({}, {"team": "a team of yesterday"}, {"team": None}, ("unknown", "none")),
    ],
)
def test_the_area_and_what_it_rests_on(p: Any, c: Any, child: Any, area: Any) -> None:
    found = freeze(police(**p), council(**c), CHILD._replace(**child))
    assert (found.area, found.area_basis) == area


def test_a_team_that_was_frozen_stays() -> None:
    before = StoredEpisode("child_team", "Central", child_known=True)
    assert freeze(police(), None, CHILD, before).area == "central"
    assert freeze(police(), council(), CHILD, before).area == "south"  # the council's own word goes first


def test_what_was_frozen_before_the_child_was_known_is_frozen_anew() -> None:
    before = StoredEpisode("none", None, child_known=False)
    found = freeze(police(), None, CHILD._replace(placing_authority="LA-1"), before)
    assert (found.area, found.hosted, found.child_known) == ("north", True, True)


def test_hosted_is_as_the_council_says_now() -> None:
    """The export gives it no dates, and a mistake put right must bring the return interview back."""
    before = StoredEpisode("child_team", "Northern", child_known=True)
    hosted = CHILD._replace(placing_authority="LA-1")
    assert [freeze(police(), council(), c, before).required for c in (hosted, CHILD)] == [False, True]


@pytest.mark.parametrize(
    ("before", "known"),
    [
        (None, at("Thu 02 Mar 2017 08:00")),  # with its record
        (StoredEpisode("none", None, child_known=False, police=True), LOADED),  # the record was there without an end
        (StoredEpisode("none", None, child_known=False, police=False, council=True), at("Thu 02 Mar 2017 08:00")),
        (StoredEpisode("none", None, child_known=False, police=True, end_at=FOUND, end_known_at=RETURNED), RETURNED),
    ],
)
def test_when_the_end_became_known(before: StoredEpisode | None, known: datetime) -> None:
    assert freeze(police(), None, CHILD, before).end_known_at == known


def test_an_open_episode_has_no_known_end() -> None:
    still = freeze(police(found_at=None, returned_at=None), None, ChildRecord((), None, None, known=False))
    assert still.end_known_at == FOREVER


@pytest.mark.parametrize(
    ("before", "known"),
    [
        (None, at("Thu 02 Mar 2017 09:00")),
        (StoredEpisode("none", None, child_known=False, council=True), LOADED),
        (StoredEpisode("none", None, child_known=False, council=True, held_at=FOUND, held_known_at=RETURNED), RETURNED),
    ],
)
def test_when_it_became_known_that_the_interview_was_held(before: StoredEpisode | None, known: datetime) -> None:
    assert freeze(police(), council(held_at=START), CHILD, before).held_known_at == known
    assert freeze(police(), council(), CHILD, before).held_known_at is None


def test_a_return_that_only_the_council_recorded_starts_the_clock() -> None:
    """The child stays listed as missing, the safer mistake; but the 72 hours do not wait for the police log."""
    found = freeze(police(found_at=None, returned_at=None), council(returned_at=RETURNED))
    assert (found.end_at, found.clock_start_at, found.required) == (None, RETURNED, True)
    assert found.interview_until_at == FOREVER


def test_a_hosted_child_is_interviewed_by_the_placing_authority() -> None:
    found = freeze(police(), council(), CHILD._replace(placing_authority="LA-1"))
    assert found.counts_until is not None
    assert (found.required, found.interview_until_at) == (False, found.counts_until + TRACKED)
    assert (found.authority, found.moved_from, found.moved_at) == ("LA-1", None, None)


@pytest.mark.parametrize(
    ("facts", "until"),
    [
        ({}, FOREVER),
        ({"held_at": RETURNED}, FOREVER),
        ({"held_at": FOUND, "recorded_at": RETURNED}, RETURNED),
        ({"offered_at": FOUND, "response": "declined"}, FOUND),
        ({"recorded_at": RETURNED}, FOREVER),
        ({"response": "no_response", "outcome_reason": "capacity"}, FOREVER),
        ({"response": "no_response", "outcome_reason": "no_contact"}, RETURNED),
        ({"outcome_reason": "died"}, RETURNED),
    ],
)
def test_until_when_an_interview_is_to_be_thought_of(facts: dict[str, Any], until: datetime) -> None:
    assert freeze(police(), council(**facts)).interview_until_at == until


def test_an_episode_is_entered_with_its_first_record() -> None:
    assert freeze(police(), council()).entered_at == at("Thu 02 Mar 2017 08:00")
    assert freeze(None, council()).entered_at == at("Thu 02 Mar 2017 09:00")


def test_a_time_is_one_until_the_record_says_that_only_the_day_is_known() -> None:
    for found in (freeze(police()), freeze(None, council(ended_at=None, returned_at=FOUND)), freeze(None, council())):
        assert not found.date_only
    assert freeze(None, council(ended_date_only=True)).date_only


def test_each_agency_s_reference_is_kept() -> None:
    both = freeze(police(), council())
    assert (both.occurrence_ref, both.episode_ref) == ("OCC-1", "EP-1")
    assert (freeze(police()).occurrence_ref, freeze(police()).episode_ref) == ("OCC-1", None)
    assert (freeze(None, council()).occurrence_ref, freeze(None, council()).episode_ref) == (None, "EP-1")


@pytest.mark.parametrize(
    ("attribution", "facts", "area", "basis"),
    [
        ("team", {"district": "Cherwell"}, "south", "team"),
        ("district", {"district": "Cherwell"}, "north", "district"),
        ("district", {"district": "Nowhere"}, "south", "team"),  # a word that is no district: by the team all the same
        ("district", {}, "south", "team"),
    ],
)
def test_a_partnership_may_attribute_by_the_police_district(
    attribution: Any, facts: dict[str, Any], area: str, basis: str
) -> None:
    """R15: the council's team by default; the district from which the child is missing where the file says so."""
    freezer = Freezer(replace(partnership(), attribution=attribution), LOADED)
    found = freezer.freeze(OneAbsence(police(**facts), council()), CHILD, None)
    assert (found.area, found.area_basis) == (area, basis)


@pytest.mark.parametrize(("hours", "grows_up"), [(0, False), (1, True), (72, True), (73, False)])
def test_the_18th_birthday_inside_the_72_hours_is_noted(hours: int, grows_up: bool) -> None:
    """After the return, and up to the end of the 72 hours (edge case 5)."""
    born = date(1999, 3, 2)  # 18 at 00:00 on Thu 2 Mar 2017
    back = at("Thu 02 Mar 2017 00:00") - timedelta(hours=hours)
    start = back - timedelta(hours=5)
    found = freeze(
        police(last_seen_at=start, reported_at=start, found_at=None, returned_at=back),
        None,
        CHILD._replace(births=(born,)),
    )
    assert found.turns_18 is grows_up
