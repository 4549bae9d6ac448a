"""The facts of a digest: what it lists, what it leaves out, and the counts of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.rules.access.permissions import Scope
from bot.rules.model import Episode
from bot.rules.queries.digest_content import (
    DECLINED,
    GROWN_UP,
    Morning,
    differs,
    gather,
    headline,
    record_times,
)
from tests.support.factories import NOW, YESTERDAY, Recorded, away, episode, hours, interview, partnership, sources
from tests.support.memory_facts import MemoryFacts
from tests.support.steps import BACK, back, said, stands

OURS = partnership()
COUNTY = Scope(tuple(a.id for a in OURS.areas))
WINDOW = (YESTERDAY, NOW)
DUE_NOW = NOW - hours(72)
SECOND = timedelta(seconds=1)


def morning(*known: Recorded, **facts: Any) -> Morning:
    return gather(MemoryFacts(known, **facts), OURS, COUNTY, WINDOW, NOW)


def children(found: Sequence[Episode]) -> list[int]:
    return [x.child_id for x in found]


# -- missing and away --


def test_who_is_missing_now_and_who_is_away() -> None:
    m = morning(episode(1, NOW - hours(5)), away(2, NOW - hours(5)), episode(3, NOW - hours(9), NOW - hours(1)))
    assert (children(m.missing), children(m.away)) == ([1], [2])
    assert headline(m).missing == 1


def test_two_records_of_one_child_are_one_child_missing() -> None:
    first, second = episode(1, NOW - hours(9)), episode(1, NOW - hours(5))
    m = morning(first, second)
    assert (len(m.missing), m.children_missing) == (2, 1)
    assert m.second_records == {second.id}


# -- the window --


@pytest.mark.parametrize(
    ("reported", "listed"), [(-SECOND, False), (timedelta(), True), (hours(24) - SECOND, True), (hours(24), False)]
)
def test_a_report_is_in_the_digest_of_its_window(reported: timedelta, listed: bool) -> None:
    """R21: [previous cut-off, this cut-off)."""
    at = YESTERDAY + reported
    x = episode(1, at - hours(2), reported_at=at, entered_at=at)
    m = morning(x)
    assert children(m.reported) == ([1] if listed else [])
    assert headline(m).reported == int(listed)


def test_who_came_back_and_who_grew_up() -> None:
    m = morning(episode(1, NOW - hours(40), NOW - hours(9)), episode(2, NOW - hours(40), NOW - hours(30)))
    assert (children(m.returned), headline(m).returned) == ([1], 1)


# -- interviews --


def test_each_interview_is_listed_by_what_is_to_be_done() -> None:
    late = back(1, DUE_NOW - hours(1))
    soon = back(2, DUE_NOW + hours(5), worker=None)
    held = back(3, DUE_NOW + hours(5), held_at=NOW - hours(1))
    later = back(4, NOW - hours(1))
    m = morning(late, soon, held, later)
    assert children([i.episode for i in m.overdue]) == [1]
    assert children([i.episode for i in m.due_soon]) == [2]
    assert children([i.episode for i in m.unowned]) == [2]
    assert children([i.episode for i in m.newly_overdue]) == [1]
    assert children(m.held) == [3]
    assert (headline(m).overdue, headline(m).due_soon) == (1, 1)


@pytest.mark.parametrize(("ended", "new"), [(hours(24) + SECOND, False), (hours(24), True), (SECOND, True)])
def test_newly_overdue_is_what_ended_in_the_window(ended: timedelta, new: bool) -> None:
    m = morning(back(1, DUE_NOW - ended))
    assert bool(m.newly_overdue) is new
    assert len(m.overdue) == 1


@pytest.mark.parametrize(("times", "listed"), [(True, [1]), (False, [])])
def test_what_is_held_is_to_be_recorded_where_the_export_has_such_times(times: bool, listed: list[int]) -> None:
    m = replace(morning(back(1, DUE_NOW + hours(5), held_at=NOW - hours(1))), record_times=times)
    assert children([i.episode for i in m.unrecorded]) == listed


@pytest.mark.parametrize(
    ("said_ago", "facts", "listed"),
    [
        (hours(1), {}, True),
        (DECLINED - SECOND, {}, True),
        (DECLINED, {}, False),
        (hours(1), {"outcome_reason": "carer_contacted"}, False),
        (hours(1), {"outcome_reason": "capacity"}, True),
        (hours(1), {"response": "accepted"}, False),
    ],
)
def test_a_carer_who_was_not_offered_a_talk_is_listed_for_a_fortnight(
    said_ago: timedelta, facts: dict[str, Any], listed: bool
) -> None:
    at = NOW - said_ago
    known: dict[str, Any] = {"offered_at": at - hours(1), "response": "declined", "recorded_at": at}
    x = back(1, at - hours(5), **known | facts)
    assert children(morning(x).declined) == ([1] if listed else [])


def test_times_of_a_digest() -> None:
    assert timedelta(days=14) == DECLINED
    assert timedelta(days=28) == GROWN_UP


# -- children who died --


def test_a_child_who_died_is_left_out_and_the_digest_is_not_all_clear() -> None:
    dead = episode(1, NOW - hours(9), NOW - hours(2), end_reason="died")
    m = morning(dead, episode(2, NOW - hours(5)))
    assert (children(m.missing), children(m.reported), m.withheld) == ([2], [2], True)
    assert not morning(episode(2, NOW - hours(5))).withheld


# -- sources --


def test_a_source_is_fresh_or_at_least_usable() -> None:
    stale = NOW - hours(OURS.sources.police.stale_after_hours + 1)
    refused = NOW - hours(OURS.sources.police.refuse_after_hours + 1)
    for taken, fresh, usable in (
        (NOW, True, True),
        (stale, False, True),
        (refused, False, False),
        (None, False, False),
    ):
        m = morning(taken=sources(police=taken))
        assert (m.fresh("police"), m.usable("police"), headline(m).usable("police")) == (fresh, usable, usable)
        assert m.fresh("children")
        assert headline(m).usable("children")


# -- repeat rules --


def test_a_rule_that_a_report_of_the_window_crosses_is_named_once() -> None:
    starts = [NOW - hours(n) for n in (24 * 20, 24 * 10, 5)]
    known = [episode(1, s, s + hours(1), reported_at=s, entered_at=s) for s in starts]
    m = morning(*known)
    assert [(x.id, fired.rule.id) for x, fired in m.crossings if fired.rule == OURS.repeat_rules[0]] == [
        (known[-1].id, OURS.repeat_rules[0].id)
    ]
    assert set(m.starts[1]) == set(starts)
    assert morning(*known[:2]).crossings == []


# -- chat beside the record --


def test_a_step_that_the_record_lacks_and_one_that_it_has_otherwise() -> None:
    lacking, other = stands(back(), said("held")), stands(back(held_at=BACK + hours(1)), said("held"))
    assert (differs(lacking, "chat-only", NOW), differs(lacking, "chat-differs", NOW)) == (True, False)
    assert (differs(other, "chat-only", NOW), differs(other, "chat-differs", NOW)) == (False, True)
    hosted = stands(replace(back(), hosted=True), said("held"))
    assert not differs(hosted, "chat-only", NOW), "no interview of this council is required"
    still = stands(replace(episode(1, NOW - hours(9)), interview=interview(None)), said("offered"))
    assert not differs(still, "chat-only", NOW), "the child is not back"


class Times(MemoryFacts):
    """Facts whose export has times of recording, or has never had one."""

    given = True

    def record_times_given(self, now: Any) -> bool:
        return self.given


@pytest.mark.parametrize(
    ("columns", "given", "held", "known"),
    [
        ({}, True, True, True),
        ({}, False, True, False),
        ({"recorded_at": "Noted"}, True, True, True),
        ({"recorded_at": ""}, True, True, False),  # the file says that the export has none
        ({}, False, False, True),  # nothing was held: it is not asked
    ],
)
def test_whether_an_export_has_times_of_recording(
    columns: dict[str, str], given: bool, held: bool, known: bool
) -> None:
    facts = Times()
    facts.given = given
    ours = OURS.with_sources(
        replace(OURS.sources, interviews=replace(OURS.sources.interviews, columns=columns, mappings=()))
    )
    found = [stands(back(held_at=BACK + hours(1) if held else None))]
    assert record_times(facts, ours, found, NOW) is known
