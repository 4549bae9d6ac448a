"""Decisions of the escalation job: calls, next tiers and closes; deciding twice changes nothing more."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules.episodes import doubts
from bot.rules.escalations.calls import RECENT, Call, Decisions, Raised, Situation, absences, calls, decisions, rungs
from bot.rules.model import Grade
from tests.support.factories import NOW, Recorded, episode, hours, partnership

OURS = partnership()


def situation(known: list[Recorded], raised: list[Raised], now: datetime) -> Situation:
    """Make a situation as the job reads it, from plain lists."""
    seen = [x.seen(now) for x in known if x.start_at <= now]
    dead = {x.child_id for x in known if x.died}
    missing = absences([x for x in seen if x.open_at(now)], dead)
    records = {x.id for a in missing for x in a.records}
    recent = [x for x in seen if x.reported_at and now - RECENT <= x.reported_at < now]
    numbers = {r.episode_id for r in raised} | {x.id for x in recent}
    others = {x.id: x for x in seen if x.id not in records and x.id in numbers}
    starts: dict[int, list[datetime]] = {}
    for x in seen:
        starts.setdefault(x.child_id, []).append(x.start_at)
    return Situation(now, missing, recent, others, dead, starts, {}, raised)


def carry_out(found: Decisions, raised: list[Raised], now: datetime) -> list[Raised]:
    """Do the job's work without a person to call: each tier becomes a row."""
    rows = {r.id: r for r in raised}
    for r, why in found.close:
        rows[r.id] = replace(rows[r.id], closed_at=now, closed_because=why)
    for r in found.reopen:
        rows[r.id] = replace(rows[r.id], closed_at=None, closed_because="", acknowledge_by=now + hours(1))
    for c in found.next_tier:
        assert c.waits
        rows[c.waits.id] = replace(rows[c.waits.id], next_raised=True)
        _add(rows, c.first, c.tiers[-1].tier + 1, now)
    for due in found.call:
        new = Raised(0, due.met.rule.id, due.met.episode.id, due.agency, 1, "", "", now, now, crossing=due.met.crossing)
        _add(rows, new, 1, now)
    return list(rows.values())


def _add(rows: dict[int, Raised], like: Raised, tier: int, now: datetime) -> None:
    rule = OURS.escalation(like.rule)
    ladder = rungs(OURS, rule, like.agency) if rule else ()
    if tier <= len(ladder):
        number = len(rows) + 1
        blank = Raised(number, like.rule, like.episode_id, like.agency, tier, ladder[tier - 1].role, "x", now, now)
        rows[number] = replace(blank, crossing=like.crossing, acknowledge_by=now + hours(1))


def days(seed: int) -> tuple[list[Raised], list[Recorded]]:
    """Some days with several children, decided at moments in and out of order."""
    dice = random.Random(seed)
    known = [_child(dice, n) for n in range(1, 9)]
    raised: list[Raised] = []
    now = NOW
    for _ in range(25):
        now += hours(dice.choice([0.1, 1, 7, 20]))
        known = [_later(dice, x, now) for x in known]
        for moment in (now, now - hours(dice.choice([0, 0.2])), now):
            found = decisions(situation(known, raised, moment), OURS)
            raised = carry_out(found, raised, moment)
            assert not decisions(situation(known, raised, moment), OURS).call, "decided twice"
        if raised and dice.randrange(2):
            raised = _acknowledge(dice.choice(raised), raised, now)
    return raised, known


def _child(dice: random.Random, n: int) -> Recorded:
    start = NOW - hours(dice.choice([0, 3, 25, 80]))
    return episode(n, start, grade=dice.choice([None, "low", "high"]), graded_at=start, cp=not dice.randrange(3))


def _later(dice: random.Random, x: Recorded, now: datetime) -> Recorded:
    if dice.randrange(8) or x.end_at:
        return x
    return replace(x, end_at=now, until_at=now, end_reason=dice.choice(["died", "returned_self"]))


def _acknowledge(r: Raised, raised: list[Raised], now: datetime) -> list[Raised]:
    same = next(c for c in calls(raised) if c.first.key == r.key)
    if same.acknowledged or r.closed_at:
        return raised
    done = replace(r, acknowledged_at=now, acknowledged_by="x")
    others = {t.id: replace(t, closed_at=now, closed_because="acknowledged") for t in same.tiers if t.id != r.id}
    return [done if t.id == r.id else others.get(t.id, t) if t.closed_at is None else t for t in raised]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_a_crossing_calls_once_each_agency_and_an_acknowledgement_stops_it(seed: int) -> None:
    raised, known = days(seed)
    keys = [(*r.key, r.tier) for r in raised]
    assert len(keys) == len(set(keys))
    for r in raised:
        rule = OURS.escalation(r.rule)
        assert rule
        agencies = {
            o.agency for o in raised if (o.rule, o.episode_id, o.crossing) == (r.rule, r.episode_id, r.crossing)
        }
        assert agencies == {a for a in ("police", "council") if rule.role(a)}
    for c in calls(raised):
        if c.acknowledged and c.acknowledged.acknowledged_at:
            assert all(t.at <= c.acknowledged.acknowledged_at for t in c.tiers)
    for x in known:
        assert not (x.died and any(r.episode_id == x.id and r.at > x.until_at for r in raised)), "called for the dead"


def test_nothing_is_decided_where_nobody_is_missing() -> None:
    over = [episode(n, NOW - hours(90 + n), NOW - hours(80), cp=True, grade="high") for n in range(1, 20)]
    assert decisions(situation(over, [], NOW), OURS).nothing


def test_a_rule_that_the_file_no_longer_has_is_closed_with_the_return_alone() -> None:
    x = episode(1)
    gone = Raised(1, "taken-out", x.id, "police", 1, "duty_inspector", "x", NOW, NOW + hours(1))
    assert decisions(situation([x], [gone], NOW), OURS).close == ()
    back = replace(x, end_at=NOW, until_at=NOW)
    assert decisions(situation([back], [gone], NOW), OURS).close == ((gone, "over"),)


def called(x: Recorded, now: datetime = NOW) -> list[Raised]:
    """Return every role that is called for one child."""
    return carry_out(decisions(situation([x], [], now), OURS), [], now)


def test_a_grade_that_cannot_be_read_closes_no_call_and_starts_the_rule_of_the_ungraded() -> None:
    x = episode(1, NOW - hours(20), grade="high", graded_at=NOW - hours(19))
    raised = called(x)
    assert {r.rule for r in raised} == {"special", "high"}
    unread = replace(
        x,
        grade=None,
        graded_at=None,
        grade_before="high",
        graded_before_at=x.graded_at,
        doubts=frozenset({doubts.GRADE}),
    )
    found = decisions(situation([unread], raised, NOW), OURS)
    assert (found.close, {d.met.rule.id for d in found.call}) == ((), {"ungraded"})
    raised = carry_out(found, raised, NOW)
    answers: tuple[tuple[Grade, dict[str, str]], ...] = (
        ("low", {"ungraded": "graded", "high": "lowered", "special": "lowered"}),
        ("high", {"ungraded": "graded"}),
    )
    for grade, expected in answers:
        again = replace(x, grade=grade, graded_at=NOW)
        standing = decisions(situation([again], raised, NOW), OURS)
        assert {r.rule: why for r, why in standing.close} == expected, "only a grade that can be read answers"


@pytest.mark.parametrize("code", [c for c in doubts.WORDS if c != doubts.ENDED])
def test_no_doubt_closes_a_call(code: str) -> None:
    x = episode(1, NOW - hours(30), grade="high", graded_at=NOW - hours(29), cp=True, birth=date(2006, 1, 1))
    raised = called(x)
    doubted = replace(x, doubts=frozenset({code}), counted=False)
    assert decisions(situation([doubted], raised, NOW), OURS).close == ()


def test_who_is_missing_since_when_nobody_can_read_is_called_for_until_it_can_be_read() -> None:
    x = episode(1, NOW, doubts=frozenset({doubts.START}), counted=False)
    raised = called(x)
    assert {r.rule for r in raised} == {"special"}
    read = replace(x, start_at=NOW - hours(3), doubts=frozenset())
    assert {why for _, why in decisions(situation([read], raised, NOW), OURS).close} == {"lowered"}


def test_a_call_for_an_episode_that_is_there_no_more_is_closed() -> None:
    lost = Raised(1, "open", 4711, "police", 1, "duty_inspector", "x", NOW, NOW)
    assert decisions(situation([], [lost], NOW), OURS) == Decisions(close=((lost, "gone"),))


def test_agencies_that_are_not_listed_are_not_called() -> None:
    alone = replace(OURS, agencies=("council",))
    found = decisions(situation([episode(1, cp=True)], [], NOW), alone).call
    assert {d.agency for d in found} == {"council"}


def test_a_call_knows_where_it_stands() -> None:
    first = Raised(1, "open", 1, "police", 1, "a", "x", NOW, NOW, next_raised=True)
    second = replace(first, id=2, tier=2, person="", next_raised=True)
    third = replace(first, id=3, tier=3, next_raised=False)
    assert Call((first, second, third)).waits == third
    assert Call((first, second)).waits is None, "the ladder has gone on from both"
    assert Call((second,)).called is None
    done = replace(third, acknowledged_at=NOW)
    assert (Call((first, done)).open, Call((first, done)).waits) == (False, None)
