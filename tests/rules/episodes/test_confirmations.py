"""Confirmations by named persons: the end that counts, the persons who may confirm, and the reasons against it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from bot.rules.access.permissions import Grant, Refusal, decide
from bot.rules.episodes.confirmations import (
    END_WORDS,
    ENDS,
    Kind,
    Ruling,
    confirmed_end,
    in_doubt,
    may_say,
    may_say_of,
    newest,
    who_said,
    why_not_ended,
    words,
)
from bot.rules.episodes.doubts import ABSENT, AGE
from bot.rules.episodes.record_matching import OneAbsence
from bot.rules.episodes.snapshot import Freezer, FrozenEpisode
from bot.rules.episodes.source_records import ChildRecord, ConfirmedEnd, CouncilRecord, PoliceRecord
from bot.rules.model import FOREVER, CaseRelation
from bot.rules.partnership.partnership import Partnership, Person, Source
from bot.rules.partnership.roles import Action
from bot.rules.time.clock import local_day
from tests.support.factories import NOW, episode, hours, partnership, person, somebody, sources

START = NOW - hours(40)
BACK = NOW - hours(10)
SAID = NOW - hours(9)
END = ConfirmedEnd("P-1", None, BACK, SAID, "hospital")
BOTH = END._replace(episode_ref="E-1")
#: Lacking in the newest files.
POLICE = PoliceRecord("P-1", 1, START, last_seen_at=START, absent_at=NOW - hours(20))
COUNCIL = CouncilRecord("E-1", 1, START, started_at=START, absent_at=NOW - hours(20))


@pytest.mark.parametrize(
    ("pair", "end", "counts"),
    [
        (OneAbsence(POLICE, None), END, True),
        (OneAbsence(POLICE._replace(absent_at=None), None), END, False),
        (OneAbsence(POLICE, COUNCIL), BOTH, True),
        (OneAbsence(POLICE, COUNCIL), END, False),  # the council's record came later
        (OneAbsence(POLICE, COUNCIL._replace(absent_at=None)), BOTH, False),
        (OneAbsence(POLICE._replace(absent_at=None), COUNCIL), BOTH, False),
        (OneAbsence(POLICE, None), BOTH, True),
        (OneAbsence(None, COUNCIL), BOTH, True),
        (OneAbsence(POLICE._replace(occurrence_ref="P-2"), COUNCIL), BOTH, False),  # paired with another record since
    ],
)
def test_it_counts_while_no_file_holds_any_record_and_each_was_spoken_of(
    pair: OneAbsence, end: ConfirmedEnd, counts: bool
) -> None:
    assert confirmed_end(pair, (end,)) == (end if counts else None)


def test_the_newest_counts() -> None:
    later = END._replace(at=BACK + hours(1), said_at=SAID + hours(1))
    assert confirmed_end(OneAbsence(POLICE, None), (later, END)) == later
    assert confirmed_end(OneAbsence(POLICE, None), ()) is None


def frozen(police: PoliceRecord, *ends: ConfirmedEnd) -> FrozenEpisode:
    child = ChildRecord((), None, None, True, ends=ends)
    return Freezer(partnership(), NOW).freeze(OneAbsence(police, None), child, None)


def test_the_clock_starts_and_it_is_known_since_it_was_said() -> None:
    x = frozen(POLICE, END)
    assert (x.end_at, x.until_at, x.end_known_at, x.end_reason) == (BACK, BACK, SAID, "hospital")
    assert (x.clock_start_at, x.due_at, x.required, x.doubts) == (BACK, BACK + hours(72), True, "ended")


def test_without_it_the_child_is_missing_and_a_recorded_end_comes_first() -> None:
    x = frozen(POLICE)
    assert (x.end_at, x.until_at, x.clock_start_at, x.doubts) == (None, FOREVER, None, ABSENT)
    recorded = frozen(POLICE._replace(returned_at=START + hours(2)), END)
    assert (recorded.end_at, recorded.clock_start_at, recorded.doubts) == (START + hours(2), START + hours(2), "")


def grants(who: Person) -> tuple[Grant | Refusal, Grant | Refusal, Grant | Refusal]:
    def granted(action: Action) -> Grant | Refusal:
        return decide(who, "member", action, 2, partnership(), local_day(NOW))

    return granted("child"), granted("interview_update"), granted("acknowledge")


@pytest.mark.parametrize(
    ("who", "ever", "here"),
    [
        (person("police"), True, True),
        (person("police-lead"), True, True),
        (person("coordinator"), True, True),
        (person("north-manager"), True, True),
        (person("north-worker"), True, True),  # by the worker's code
        (person("south-worker"), True, False),
        (person("lead"), False, False),  # of the council, and of no team
        (replace(somebody("duty_inspector"), agency="police"), False, False),
        (replace(somebody("team_manager", "north"), agency="health"), False, False),
        (replace(somebody("placing_authority_contact", code="LA-9"), agency="placing_authority"), False, False),
        (somebody("independent_reviewing_officer", code="IRO-1"), False, False),
        (person("analyst"), False, False),
        (person("admin"), False, False),
    ],
    ids=lambda v: v.id if isinstance(v, Person) else "",
)
def test_who_may_say_it(who: Person, ever: bool, here: bool) -> None:
    of = CaseRelation(frozenset({"north"}), frozenset({"W-N01"}), "IRO-1", "LA-9", missing_now=True)
    assert may_say(who, *grants(who)) == ever
    assert may_say_of(who, *grants(who), of) == here


def test_what_is_refused_grants_nothing() -> None:
    no = Refusal("place_level")
    assert not may_say(person("police"), no, no, no)


def covering(covers: str) -> Partnership:
    ours = partnership()
    return replace(ours, sources=replace(ours.sources, police=Source("Police", covers=covers)))


@pytest.mark.parametrize(
    ("covers", "why"),
    [
        ("open", "The Police file of Wed 5 Jul 08:00 still has it open: only the agency's record ends it."),
        (
            "1 days",
            "The Police export covers 1 days, and the absence began before, so nobody knows whether it still has it: "
            "only the agency's record ends it.",
        ),
        (
            "",
            "The partnership file does not say what the Police export covers, so its newest file may still have it: "
            "only the agency's record ends it.",
        ),
    ],
)
def test_what_the_newest_file_holds_or_may_hold_is_not_ended_here(covers: str, why: str) -> None:
    held = [s for s in sources() if s.source == "police"]
    assert why_not_ended(episode(1, START), BACK, NOW, covering(covers), held) == why


@pytest.mark.parametrize(
    ("at", "why"),
    [
        (BACK, None),
        (NOW, None),
        (START, None),
        (NOW + hours(1), "That is still to come: say when it ended."),
        (START - hours(1), "The absence began Mon 3 Jul 16:00: it cannot have ended before."),
        (None, None),
    ],
)
def test_when_it_can_have_ended(at: datetime | None, why: str | None) -> None:
    assert why_not_ended(episode(1, START), at, NOW, partnership(), ()) == why


def test_what_is_over_is_not_ended_again() -> None:
    assert why_not_ended(episode(1, START, BACK), BACK, NOW, partnership(), ()) == (
        "It is over already, since Tue 4 Jul 22:00."
    )


def test_an_export_that_covers_the_day_of_the_start_may_still_have_it() -> None:
    """It covers the 40 hours to the second: what began then is in it, a second before is not."""
    held = [s for s in sources() if s.source == "police"]
    day = episode(1, NOW - hours(24))
    assert why_not_ended(day, BACK, NOW, covering("1 days"), held) == (
        "The Police file of Wed 5 Jul 08:00 still has it open: only the agency's record ends it."
    )
    before = why_not_ended(replace(day, start_at=NOW - hours(24.01)), BACK, NOW, covering("1 days"), held)
    assert before is not None
    assert before.startswith("The Police export covers 1 days, and the absence began before")


def test_a_file_of_an_unknown_time_is_said_without_one() -> None:
    held = [s for s in sources(taken_at=None) if s.source == "police"]
    for covers in ("open", "1 days"):
        assert why_not_ended(episode(1, START), BACK, NOW, covering(covers), held) == (
            "The Police file still has it open: only the agency's record ends it."
        )


# -- what was confirmed --


def ruling(number: int, kind: Kind = "end", value: str = "hospital", **changes: object) -> Ruling:
    made = Ruling(number, 1, kind, "OX-2222", "north", value, "police", "police", SAID)
    return replace(made, **changes)  # type: ignore[arg-type]


def test_the_newest_of_a_kind_that_was_not_taken_back() -> None:
    age, end, later = ruling(1, "age", "adult"), ruling(2), ruling(3)
    assert newest([later, age, end], "end") is later
    assert newest([later, age, end], "age") is age
    assert newest([end, replace(later, undone_at=NOW)], "end") is end
    assert newest([end, replace(later, overtaken_at=NOW)], "end") == replace(later, overtaken_at=NOW)
    assert newest([age], "end") is None


def test_a_confirmation_holds_until_it_is_taken_back_or_overtaken_by_an_export() -> None:
    assert ruling(1).holds
    assert not ruling(1, undone_at=NOW).holds
    assert not ruling(1, overtaken_at=NOW).holds


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (ruling(1, "age", "adult"), "an adult"),
        (ruling(1, "age", "child"), "a child"),
        (ruling(1, at=BACK), "back Tue 4 Jul 22:00, in hospital"),
        (ruling(1, value="", at=BACK), "back Tue 4 Jul 22:00"),
        (ruling(1), "back, in hospital"),
        (ruling(1, value=""), "back"),
    ],
)
def test_words_of_a_confirmation(said: Ruling, text: str) -> None:
    assert words(said, NOW) == text


def test_the_second_person_is_told_of_the_first() -> None:
    one = ruling(1, at=BACK)
    said = "said on Tue 4 Jul 23:00: back Tue 4 Jul 22:00, in hospital. Ask again to see what is known now."
    assert who_said(one, "police", NOW) == f"You {said}"
    assert who_said(one, "coordinator", NOW) == f"police {said}"


def test_each_end_that_may_be_confirmed_has_its_words_and_a_death_and_a_birthday_have_none() -> None:
    assert set(ENDS) == set(END_WORDS)
    assert {"died", "turned_18", "duplicate"}.isdisjoint(ENDS)


def test_only_an_age_in_doubt_is_confirmed() -> None:
    assert in_doubt(episode(1, doubts=frozenset({AGE, ABSENT})))
    assert not in_doubt(episode(1, doubts=frozenset({ABSENT})))
