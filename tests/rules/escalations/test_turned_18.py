"""The call that a child turned 18 while missing: once an absence, between the rule's hours, until it is answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from bot.rules.escalations.calls import (
    LAPSED,
    Raised,
    Situation,
    absences,
    calls,
    decisions,
    triggers_met,
    turned_18,
    why_closed,
)
from bot.rules.model import Episode
from tests.support.factories import NOW, Recorded, at, episode, hours, partnership

OURS = partnership()
START, BORN = at("Sun 2 Jul 2017 20:00"), date(1999, 7, 4)
MISSING = replace(episode(1, START, birth=BORN), id=1)


def grown(x: Recorded = MISSING, now: datetime = NOW) -> Episode:
    seen = x.seen(now)
    assert seen.left_as_adult
    return seen


def told(agency: str = "police", number: int = 1, **changes: object) -> Raised:
    row = Raised(number, "turned_18", 1, agency, 1, "duty_inspector", "police", NOW - hours(1), NOW + hours(1))
    return replace(row, **changes)  # type: ignore[arg-type]


def situation(*raised: Raised, of: tuple[Episode, ...] | None = None, **changes: object) -> Situation:
    found = (grown(),) if of is None else of
    plain = Situation(NOW, (), others={x.id: x for x in found}, raised=raised, grown_up=found)
    return replace(plain, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wall", "calling"),
    [("00:00", False), ("06:59", False), ("07:00", True), ("21:59", True), ("22:00", False)],
)
def test_it_calls_between_the_rule_s_hours_alone(wall: str, calling: bool) -> None:
    now = at(f"Wed 5 Jul 2017 {wall}")
    assert bool(turned_18([grown(now=now)], OURS, now)) is calling
    always = tuple(replace(e, between=None) for e in OURS.escalations)
    assert len(turned_18([grown(now=now)], replace(OURS, escalations=always), now)) == 1


def test_of_two_records_of_a_child_the_first_calls_and_away_is_no_absence() -> None:
    second = replace(MISSING, id=2, start_at=START + hours(3))
    other = replace(episode(2, START, birth=BORN), id=3)
    met = turned_18([grown(second), grown(other), grown()], OURS, NOW)
    assert [(m.rule.id, m.episode.id) for m in met] == [("turned_18", 1), ("turned_18", 3)]
    assert turned_18([replace(grown(), kind="away")], OURS, NOW) == ()


def test_each_agency_once_an_absence_whatever_became_of_the_call() -> None:
    assert [d.agency for d in decisions(situation(), OURS).call] == ["police", "council"]
    for change in ({}, {"acknowledged_at": NOW}, {"closed_at": NOW, "closed_because": "lapsed"}):
        assert [d.agency for d in decisions(situation(told(**change)), OURS).call] == ["council"]
    of_an_earlier_absence = told(at=START - hours(1))
    assert len(decisions(situation(of_an_earlier_absence), OURS).call) == 2
    by_another_record = replace(told(), episode_id=2)
    both = (grown(), grown(replace(MISSING, id=2, start_at=START + hours(3))))
    assert [d.agency for d in decisions(situation(by_another_record, of=both), OURS).call] == ["council"]


def test_nobody_is_called_for_who_died_or_is_missing_again_as_a_child() -> None:
    assert decisions(situation(dead={1}), OURS).nothing
    still = absences([replace(episode(1, START, birth=date(2003, 1, 1)), id=1).seen(NOW)], frozenset())
    assert all(d.met.rule.id != "turned_18" for d in decisions(situation(absences=still), OURS).call)
    assert all(m.rule.id != "turned_18" for m in triggers_met(still[0], {}, OURS, NOW))


def test_the_reasons_to_close_it() -> None:
    (call,) = calls([told()])
    assert why_closed(call, situation(told()), OURS) == ""
    assert why_closed(call, situation(told(), dead={1}), OURS) == "died"
    assert why_closed(call, situation(told(), grown_up=()), OURS) == "over"
    still = absences([replace(episode(1, START, birth=date(2003, 1, 1)), id=1).seen(NOW)], frozenset())
    child = situation(told(), absences=still, others={}, grown_up=())
    assert why_closed(call, child, OURS) == "lowered"
    (last,) = calls([told(at=NOW - LAPSED, next_raised=True)])
    assert why_closed(last, situation(*last.tiers), OURS) == "lapsed"


@pytest.mark.parametrize("because", ["over", "lowered", "died", "lapsed", "acknowledged"])
@pytest.mark.parametrize("acknowledged", [None, NOW])
def test_a_call_that_nobody_acknowledged_is_opened_again_where_it_holds_again(
    because: str, acknowledged: datetime | None
) -> None:
    closed = told(closed_at=NOW - hours(1), closed_because=because, acknowledged_at=acknowledged)
    found = decisions(situation(closed), OURS)
    assert bool(found.reopen) is (because in ("over", "lowered", "died") and acknowledged is None)
    assert not decisions(situation(closed, grown_up=()), OURS).reopen
