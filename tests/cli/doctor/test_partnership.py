"""The doctor on what the partnership file says and nobody would notice: roles, the duty, areas."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.cli.doctor import checks
from bot.cli.doctor.checks import Subject
from bot.rules.delivery.findings import Finding
from bot.rules.partnership.partnership import Escalation, Partnership
from bot.rules.partnership.rota import Shift
from tests.support.doctor import Make, faults, found
from tests.support.factories import NOW, partnership


def with_holders(**roles: dict[str, str]) -> Partnership:
    whole = partnership()
    changed: Any = {**whole.roles, **roles}
    return replace(whole, roles={role: held for role, held in changed.items() if held})


def called(make: Make, ours: Partnership) -> Finding:
    return checks.escalations(Subject(make(ready=False), ours, NOW))


def test_the_practice_partnership_answers_every_call(make: Make) -> None:
    findings = found(make())
    assert findings["areas"].state == "ok"
    assert findings["duty"].state == "ok"
    assert findings["escalations"].state == "look"  # only the north has a team manager: a lead is called elsewhere
    assert findings["escalations"].details == (
        "repeat, council: no team_manager for south, central, disability, out_of_county, unknown",
    )


def test_a_rule_that_nobody_can_answer_is_a_fault(make: Make) -> None:
    rule = Escalation("long", "Missing for 72 hours", when="open", council="director")
    said = called(make, replace(with_holders(director={"police": "police-lead"}), escalations=(rule,)))
    assert said.state == "fault"
    assert said.says == "calls that nobody could answer: 1"
    assert said.details == ("long, council: no director for any area",)
    assert "[roles]" in said.do


def test_a_role_held_in_one_area_is_missing_in_the_others(make: Make) -> None:
    rule = Escalation("repeat", "3 in 90 days", council="team_manager")
    said = called(make, replace(partnership(), escalations=(rule,)))
    assert (said.state, said.says) == ("fault", "calls that nobody could answer: 1")
    assert said.details == ("repeat, council: no team_manager for south, central, disability, out_of_county, unknown",)


def test_a_role_that_has_ended_is_held_by_nobody(make: Make) -> None:
    rule = Escalation("repeat", "3 in 90 days", council="team_manager")
    yesterday = NOW.date() - timedelta(days=1)
    ended = tuple(replace(p, expires=yesterday) if p.id == "north-manager" else p for p in partnership().people)
    said = called(make, replace(partnership(), escalations=(rule,)).with_people(ended))
    assert said.details == ("repeat, council: no team_manager for any area",)


def test_somebody_who_may_not_see_lists_cannot_be_called(make: Make) -> None:
    ours = with_holders(duty_inspector={"police": "police"})
    rule = Escalation("turned_18", "Turned 18", police="duty_inspector")
    assert called(make, replace(ours, escalations=(rule,))).state == "ok"
    without = tuple(replace(p, role="panel_member") if p.id == "police" else p for p in ours.people)
    assert called(make, replace(ours, escalations=(rule,)).with_people(without)).state == "fault"


def test_an_agency_that_is_not_answered_is_not_called(make: Make) -> None:
    rule = Escalation("turned_18", "Turned 18", police="duty_inspector", council="head_of_service")
    ours = replace(with_holders(duty_inspector={"police": "police"}), agencies=("council",), escalations=(rule,))
    assert called(make, ours).state == "ok"


def test_a_file_that_does_not_tell_of_18th_birthdays_is_to_be_looked_at(make: Make) -> None:
    rule = Escalation("special", "Under 13", police="duty_inspector")
    ours = replace(with_holders(duty_inspector={"police": "police"}), escalations=(rule,))
    said = called(make, ours)
    assert (said.state, said.says) == ("look", "no rule tells anybody that a child turned 18 while missing")
    assert 'when = "turned_18"' in said.do


def test_no_rules_at_all_is_said(make: Make) -> None:
    said = called(make, replace(partnership(), escalations=()))
    assert (said.state, said.says) == ("look", "there are no rules: the bot calls nobody")


def test_nobody_on_duty_is_a_fault(make: Make) -> None:
    assert faults(make(with_holders(duty={})))["duty"] == ("nobody is told of interviews without an owner in any area")


def test_somebody_on_duty_has_to_see_the_area(make: Make) -> None:
    ours = with_holders(duty={"council": "north-manager"})
    said = checks.duty(Subject(make(ready=False), ours, NOW))
    assert said.state == "fault"
    assert said.says.endswith("in south, central, disability, out_of_county, unknown")


@pytest.mark.parametrize("gone", [("south",), ("south", "unknown")])
def test_an_area_in_no_channel(make: Make, gone: tuple[str, ...]) -> None:
    whole = partnership()
    channels = tuple(replace(c, areas=tuple(a for a in c.areas if a not in gone)) for c in whole.channels)
    said = checks.areas(Subject(make(ready=False), replace(whole, channels=channels), NOW))
    assert said.state == "look"
    assert said.says.endswith(f"in no channel, so no digest has their children: {', '.join(gone)}")


def test_a_gap_of_a_rota_is_a_fault_and_several_holders_are_said(make: Make) -> None:
    def said(*shifts: Shift) -> list[Finding]:
        ours = partnership().with_rota(shifts)
        return list(checks.rotas_of_roles(Subject(make(ready=False), ours, NOW)))

    month = timedelta(days=31)
    whole = Shift("duty", "coordinator", NOW, NOW + month)
    assert said() == []
    assert [f.state for f in said(whole)] == ["ok"]
    (gap,) = said(replace(whole, ends=NOW + timedelta(days=29)))
    assert (gap.state, gap.says) == ("fault", "with a gap in the next 30 days: 1 of 1")
    assert gap.details == ("duty of council: nobody from Thu 3 Aug 08:00 on",)
    (both,) = said(whole, replace(whole, person="lead", ends=NOW + timedelta(days=1)))
    assert both.state == "look"
    assert both.details == ("duty of council: coordinator and lead from Wed 5 Jul 08:00 to Thu 6 Jul 08:00",)
