"""Calls of an escalation: their state by their tiers, the absence they are about, and when they close or open again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.rules.episodes import doubts
from bot.rules.episodes.risk_flags import feared_grade
from bot.rules.escalations.calls import (
    LAPSED,
    PUT_RIGHT,
    RECENT,
    Absence,
    Call,
    High,
    Raised,
    Situation,
    absences,
    call_of,
    calls,
    decisions,
    special_trigger,
    times_high,
    triggers_met,
    why_closed,
)
from bot.rules.model import FOREVER, Episode, GradeRecord
from tests.support.factories import NOW, episode, hours, partnership

OURS = partnership()


def raised(number: int = 1, rule: str = "high", of: int = 1, tier: int = 1, **changes: Any) -> Raised:
    plain = Raised(number, rule, of, "police", tier, "duty_inspector", "police", NOW - hours(1), NOW + hours(1))
    return replace(plain, **changes)


def missing(child: int = 1, ago: float = 5, **changes: Any) -> Episode:
    known: dict[str, Any] = {"grade": "high", "graded_at": NOW - hours(ago)}
    return episode(child, NOW - hours(ago), **known | changes).seen(NOW)


def situation(*known: Episode, rows: tuple[Raised, ...] = (), **more: Any) -> Situation:
    return Situation(NOW, absences(known, more.get("dead", frozenset())), raised=rows, **more)


# -- one call by its tiers --


def test_a_call_is_open_until_one_tier_is_acknowledged_or_all_are_closed() -> None:
    first, second = raised(1), raised(2, tier=2, person="")
    assert Call((first, second)).open
    assert not Call((first, replace(second, acknowledged_at=NOW))).open
    assert Call((replace(first, closed_at=NOW), second)).open
    assert not Call((replace(first, closed_at=NOW), replace(second, closed_at=NOW))).open
    assert Call((first, replace(second, acknowledged_at=NOW))).acknowledged is not None
    assert Call((first, second)).acknowledged is None


def test_the_tier_that_waits_is_the_last_one_with_a_person() -> None:
    first, second = raised(1), raised(2, tier=2, person="")
    assert Call((first, second)).called is first
    assert Call((first, second)).waits is first
    assert Call((replace(first, next_raised=True), second)).waits is None
    assert Call((first, replace(second, person="lead"))).waits == replace(second, person="lead")
    assert Call((replace(first, person=""),)).called is None
    assert Call((replace(first, acknowledged_at=NOW),)).waits is None
    assert Call((first,)).first is first


def test_what_was_put_right_is_listed_no_more() -> None:
    assert {"graded", "lowered", "merged"} == PUT_RIGHT
    for reason in ("graded", "lowered", "merged"):
        assert Call((raised(1), raised(2, closed_because=reason))).put_right
    for reason in ("", "over", "died", "gone", "lapsed"):
        assert not Call((raised(1, closed_because=reason),)).put_right


def test_tiers_of_one_rule_episode_crossing_and_agency_are_one_call() -> None:
    rows = [raised(3, tier=2), raised(1), raised(2, crossing=2), raised(4, agency="council"), raised(5, "special")]
    found = calls(rows)
    assert [[r.id for r in c.tiers] for c in found] == [[1, 3], [2], [4], [5]]
    assert call_of(rows, 3) == found[0]
    assert call_of(rows, 9) is None
    assert raised().crossing == 1


def test_times_of_calls() -> None:
    assert timedelta(hours=48) == RECENT
    assert timedelta(days=7) == LAPSED


# -- the absence of a call --


def test_open_records_of_one_child_are_one_absence_the_oldest_first() -> None:
    first, second, other = missing(1, 9), missing(1, 3), missing(2, 5)
    away = replace(missing(3), kind="away")
    assert [a.records for a in absences([second, away, other, first], frozenset())] == [(first, second), (other,)]
    assert [a.child_id for a in absences([second, other], frozenset({1}))] == [2]
    assert Absence((first, second)).start_at == first.start_at


def test_a_record_that_is_over_is_of_the_absence_it_overlapped() -> None:
    running = missing(1, 5)
    overlapped = episode(1, NOW - hours(9), NOW - hours(4)).seen(NOW)
    before = episode(1, NOW - hours(9), NOW - hours(5)).seen(NOW)  # it ended as the other began
    away = replace(overlapped, kind="away")
    other = missing(2)
    for own, found in ((overlapped, True), (before, False), (away, False)):
        s = situation(running, other, others={own.id: own})
        assert (s.absence(own.id) is not None) is found
        assert s.episode(own.id) is own
        assert s.records(own.id) == ((running,) if found else (own,))
    s = situation(running, other)
    assert s.absence(running.id) == s.absences[0]
    assert s.episode(running.id) is running
    assert (s.absence(99_999), s.episode(99_999), s.records(99_999)) == (None, None, ())


def test_a_call_for_one_record_is_not_made_again_for_another_of_the_same_absence() -> None:
    """Police and council may each have an open record of one child."""
    first, second = missing(1, 5, grade=None, graded_at=None), missing(1, 3)
    rule = OURS.escalation("high")
    assert rule is not None
    wanted = {a for a in ("police", "council") if rule.role(a)}
    fresh = decisions(situation(first, second), OURS).call
    assert {d.agency for d in fresh if d.met.rule.id == "high"} == wanted
    rows = tuple(raised(n, of=second.id, agency=a) for n, a in enumerate(sorted(wanted), 1))
    again = decisions(situation(first, second, rows=rows), OURS).call
    assert not [d for d in again if d.met.rule.id == "high"]


# -- closing and opening again --


@pytest.mark.parametrize(
    ("rule", "changes", "why"),
    [
        ("high", {}, ""),
        ("high", {"grade": "medium"}, "lowered"),
        ("high", {"grade": None, "graded_at": None, "grade_before": "high"}, ""),  # what cannot be read lowers nothing
        ("special", {}, ""),
        ("special", {"grade": "low"}, "lowered"),
        ("special", {"grade": "low", "cp": True}, ""),
        ("special", {"grade": "low", "uasc": True}, ""),
        ("special", {"grade": "low", "doubts": frozenset({doubts.START})}, ""),
        ("ungraded", {"grade": None, "graded_at": None}, ""),
        ("ungraded", {"grade": "low"}, "graded"),
        ("open", {"grade": "low"}, ""),
    ],
)
def test_a_call_closes_when_its_need_has_ended(rule: str, changes: dict[str, Any], why: str) -> None:
    x = missing(1, **changes)
    row = raised(rule=rule, of=x.id)
    assert why_closed(Call((row,)), situation(x, rows=(row,)), OURS) == why


def test_a_call_closes_with_the_absence_the_death_and_the_record() -> None:
    over = episode(1, NOW - hours(9), NOW - hours(1)).seen(NOW)
    row = raised(of=over.id)
    assert why_closed(Call((row,)), situation(others={over.id: over}), OURS) == "over"
    assert why_closed(Call((row,)), situation(others={over.id: over}, dead=frozenset({1})), OURS) == "died"
    assert why_closed(Call((row,)), situation(), OURS) == "gone"


@pytest.mark.parametrize(("ago", "why"), [(24 * 7, "lapsed"), (24 * 7 - 0.01, "")])
def test_a_repeat_call_outlasts_the_return_for_a_week(ago: float, why: str) -> None:
    """The return does not answer why the child goes missing again and again."""
    over = episode(1, NOW - hours(ago + 1), NOW - hours(1)).seen(NOW)
    row = raised(rule="repeat", of=over.id, at=NOW - hours(ago), next_raised=True)
    s = situation(others={over.id: over})
    assert why_closed(Call((row,)), s, OURS) == why
    assert why_closed(Call((replace(row, next_raised=False),)), s, OURS) == "", "a person still has time"
    acknowledged = replace(row, acknowledged_at=NOW, acknowledged_by="police")
    assert why_closed(Call((acknowledged,)), s, OURS) == "over"


@pytest.mark.parametrize(
    ("because", "more", "opens"),
    [
        ("over", {}, True),
        ("died", {}, True),
        ("lowered", {}, False),
        ("lapsed", {}, False),
        ("over", {"acknowledged_at": NOW}, False),
    ],
)
def test_a_return_or_a_death_put_right_opens_an_unanswered_call_again(
    because: str, more: dict[str, Any], opens: bool
) -> None:
    x = missing(1)
    row = raised(of=x.id, closed_at=NOW - hours(1), closed_because=because, **more)
    found = decisions(situation(x, rows=(row,)), OURS)
    assert found.reopen == ((row,) if opens else ())
    back = replace(x, end_at=NOW, until_at=NOW)
    assert decisions(situation(rows=(row,), others={x.id: back}), OURS).reopen == ()


def test_of_several_tiers_the_last_with_a_person_opens_again() -> None:
    x = missing(1)
    closed: dict[str, Any] = {"closed_at": NOW, "closed_because": "over"}
    rows = (raised(1, of=x.id, **closed), raised(2, of=x.id, tier=2, person="", **closed))
    assert decisions(situation(x, rows=rows), OURS).reopen == rows[:1]


@pytest.mark.parametrize(("by", "called"), [(timedelta(seconds=1), False), (timedelta(), True), (-hours(1), True)])
def test_the_next_tier_is_called_when_the_time_is_over(by: timedelta, called: bool) -> None:
    x = missing(1)
    row = raised(of=x.id, acknowledge_by=NOW + by)
    assert bool(decisions(situation(x, rows=(row,)), OURS).next_tier) is called


def test_a_call_without_any_person_is_tried_again() -> None:
    x = missing(1)
    row = raised(of=x.id, person="")
    found = decisions(situation(x, rows=(row,)), OURS)
    assert [c.first for c in found.vacant] == [row]
    assert found.next_tier == ()
    assert not found.nothing


# -- rules that are met --


def rules_met(*records: Episode) -> set[str]:
    return {m.rule.id for a in absences(records, frozenset()) for m in triggers_met(a, {}, OURS, NOW)}


@pytest.mark.parametrize(
    ("ago", "found"), [(23.99, set()), (24, {"open"}), (71.99, {"open"}), (72, {"long"}), (500, {"long"})]
)
def test_of_the_rules_on_length_the_longest_is_met_from_its_hour_on(ago: float, found: set[str]) -> None:
    assert rules_met(missing(1, ago, grade="low")) == found


@pytest.mark.parametrize(("ago", "found"), [(0.99, set()), (1, {"ungraded"}), (5, {"ungraded"})])
def test_without_a_grade_an_hour_after_the_report(ago: float, found: set[str]) -> None:
    x = missing(1, 6, grade=None, graded_at=None)
    assert rules_met(replace(x, reported_at=NOW - hours(ago))) == found
    assert rules_met(replace(x, reported_at=None)) == {"ungraded"}, "by the start, where no report is recorded"


def test_a_grade_on_either_record_of_a_child_is_a_grade() -> None:
    ungraded = missing(1, 6, grade=None, graded_at=None)
    assert rules_met(ungraded, missing(1, 5, grade="low")) == set()
    assert rules_met(ungraded, missing(1, 5, grade="high")) == {"special", "high"}


@pytest.mark.parametrize("fact", ["under_13", "cp", "uasc"])
def test_each_special_fact_calls_by_itself(fact: str) -> None:
    plain, changes = missing(1, grade="low"), dict[str, Any]({fact: True})
    assert not special_trigger(plain, NOW)
    special = replace(plain, **changes)
    assert special_trigger(special, NOW)
    assert rules_met(special) == {"special"}


def test_a_grade_became_high_as_often_as_it_rose_to_it() -> None:
    def grades(*found: str) -> list[GradeRecord]:
        return [GradeRecord(NOW - hours(len(found) - n), g) for n, g in enumerate(found)]  # type: ignore[arg-type]

    assert times_high(grades(), NOW) == 0
    assert times_high(grades("low", "medium"), NOW) == 0
    assert times_high(grades("high"), NOW) == times_high(grades("high", "high"), NOW) == 1
    assert times_high(grades("low", "high", "high", "medium", "high"), NOW) == 2
    assert times_high(list(reversed(grades("low", "high", "medium", "high"))), NOW) == 2, "whatever order they come in"
    assert times_high([GradeRecord(NOW, "high")], NOW) == 1
    assert times_high([GradeRecord(NOW + hours(1), "high")], NOW) == 0
    assert feared_grade(missing(1), NOW) == "high"


def test_a_second_crossing_to_high_is_another_call() -> None:
    x = missing(1)
    (a,) = absences([x], frozenset())
    for highs, crossing in (({}, 1), ({x.id: High(1)}, 1), ({x.id: High(2)}, 2), ({x.id: High(0)}, 1)):
        found = {m.rule.id: m.crossing for m in triggers_met(a, {}, OURS, NOW, highs)}
        assert found == {"special": 1, "high": crossing}
    assert x.until_at == FOREVER
