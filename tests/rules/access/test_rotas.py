"""Who holds a role by its rota, and who stands where it has a gap; the gaps and overlaps of the next 30 days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from bot.rules.access.permissions import holders
from bot.rules.access.rotas import Rota, gaps, gaps_in_words, rotas, together, together_in_words
from bot.rules.escalations.calls import whom, why_nobody
from bot.rules.partnership.partnership import HeldRole, Partnership, Person
from bot.rules.partnership.rota import Shift
from bot.rules.time.clock import day_start
from tests.support.factories import NOW, at, hours, partnership

ROLE = "duty_team_manager"
DUTY = Rota(ROLE, "council")


def shift(person: str, begins: datetime, ends: datetime, role: str = ROLE, instead_of: str = "") -> Shift:
    return Shift(role, person, begins, ends, instead_of)


def with_rota(*shifts: Shift, p: Partnership | None = None) -> Partnership:
    return (p or partnership()).with_rota(shifts)


def held(p: Partnership, moment: datetime, agency: str = "council", role: str = ROLE) -> list[str]:
    return [x.id for x in holders(p, role, moment, agency=agency)]


def called(p: Partnership, moment: datetime, away: dict[str, str] | None = None, unreached: str = "") -> str | None:
    found = whom(p, ROLE, "council", "north", moment, away or {}, lambda x: x.id != unreached)
    return found.id if found else None


def test_outside_the_rota_the_listed_holders_stand() -> None:
    p = with_rota(shift("coordinator", NOW, NOW + hours(12)))
    before, last, after = NOW - timedelta(microseconds=1), NOW + hours(12) - timedelta(microseconds=1), NOW + hours(12)
    assert held(p, before) == ["north-manager"]
    assert held(p, NOW) == held(p, last) == ["coordinator"]
    assert held(p, after) == ["north-manager"]
    assert held(partnership(), NOW) == ["north-manager"]


def test_a_rota_of_one_agency_leaves_the_other_as_it_is() -> None:
    p = with_rota(shift("coordinator", NOW, NOW + hours(12), "strategic_lead"))
    assert held(p, NOW, "police", "strategic_lead") == ["police-lead"]
    assert held(p, NOW, "", "strategic_lead") == ["coordinator", "police-lead"]


def test_a_cover_is_called_and_nobody_else() -> None:
    p = with_rota(
        shift("coordinator", NOW, NOW + hours(12)),
        shift("lead", NOW + hours(2), NOW + hours(4), instead_of="coordinator"),
    )
    assert [called(p, NOW + hours(n)) for n in (1, 2, 3, 4)] == ["coordinator", "lead", "lead", "coordinator"]


@pytest.mark.parametrize("why", ["away", "no account", "not active", "no right", "not listed"])
def test_behind_a_holder_who_cannot_be_called_stand_the_listed_ones(why: str) -> None:
    p = with_rota(shift("coordinator", NOW, NOW + hours(12)))
    kept = tuple(x for x in p.people if x.id != "coordinator")
    gone = next(x for x in p.people if x.id == "coordinator")
    match why:
        case "away":
            assert called(p, NOW, {"coordinator": ""}) == "north-manager"
            assert called(p, NOW, {"coordinator": "lead"}) == "lead", "their cover comes first"
        case "no account":
            assert called(p, NOW, unreached="coordinator") == "north-manager"
        case "not active":
            assert called(p.with_people((*kept, replace(gone, active=False))), NOW) == "north-manager"
        case "no right":
            assert called(p.with_people((*kept, replace(gone, role=None, also=()))), NOW) == "north-manager"
        case _:
            assert called(p.with_people(kept), NOW) == "north-manager"


def test_a_vacant_role_is_said_by_the_rota_too() -> None:
    p = replace(partnership(), roles={}, escalations=())
    assert "holds the role" in why_nobody(p, ROLE, "council", "north", NOW)
    assert "could not be called" in why_nobody(
        p.with_rota([shift("coordinator", NOW, NOW + hours(1))]), ROLE, "council", "north", NOW
    )


def test_gaps_of_the_next_thirty_days() -> None:
    day = timedelta(days=1)
    p = with_rota(shift("coordinator", NOW - day, NOW + day), shift("lead", NOW + 2 * day, NOW + 40 * day))
    assert rotas(p, NOW) == [DUTY]
    assert [(g.begins, g.ends) for g in gaps(p, DUTY, NOW)] == [(NOW + day, NOW + 2 * day)]
    assert gaps_in_words(p, DUTY, NOW) == (
        "duty team manager of council: nobody from Thu 6 Jul 08:00 to Fri 7 Jul 08:00"
    )


def test_the_words_of_a_rota_that_ends_stay_the_same() -> None:
    """Or each tick would make another notice of the same gap."""
    p = with_rota(shift("coordinator", NOW, NOW + hours(24)))
    assert gaps_in_words(p, DUTY, NOW) == "duty team manager of council: nobody from Thu 6 Jul 08:00 on"
    assert gaps_in_words(p, DUTY, NOW + hours(1)) == gaps_in_words(p, DUTY, NOW)
    assert gaps_in_words(p, DUTY, NOW + hours(100)) == gaps_in_words(p, DUTY, NOW), "it has begun"


def test_a_rota_that_has_not_begun_or_was_given_up_has_no_gap() -> None:
    day = timedelta(days=1)
    assert gaps(with_rota(shift("coordinator", NOW + 40 * day, NOW + 50 * day)), DUTY, NOW) == []
    assert gaps(with_rota(shift("coordinator", NOW + 2 * day, NOW + 50 * day)), DUTY, NOW) == []
    assert rotas(with_rota(shift("coordinator", NOW - 99 * day, NOW - 91 * day)), NOW) == []
    assert rotas(with_rota(shift("coordinator", NOW - 99 * day, NOW - 89 * day)), NOW) == [DUTY]


def test_a_holder_whose_role_ends_leaves_a_gap_from_then_on() -> None:
    manager = Person("m-1", "council", "team_manager", ("north",), expires=date(2017, 7, 8))
    p = partnership().with_people((*partnership().people, manager))
    p = p.with_rota([shift("m-1", NOW, NOW + timedelta(days=60))])
    assert [g.begins for g in gaps(p, DUTY, NOW)] == [day_start(date(2017, 7, 9))]
    analyst = Person("a-1", "council", "analyst", also=(HeldRole("analyst"),))
    p = p.with_people((*partnership().people, analyst)).with_rota([shift("a-1", NOW, NOW + hours(1))])
    assert gaps(p, DUTY, NOW)[0].begins == NOW, "an analyst is told of no child"


def test_overlapping_holders_are_said_by_id() -> None:
    p = with_rota(shift("coordinator", NOW, NOW + hours(12)), shift("lead", NOW + hours(11), NOW + hours(24)))
    assert [(t.begins, t.ends) for t in together(p, DUTY, NOW)] == [(NOW + hours(11), NOW + hours(12))]
    assert together_in_words(p, DUTY, NOW) == (
        "duty team manager of council: coordinator and lead from Wed 5 Jul 19:00 to 20:00"
    )


def test_over_a_night_of_25_hours_the_holder_is_the_same() -> None:
    begins, ends = at("Sat 28 Oct 2017 17:00"), at("Sun 29 Oct 2017 08:00")
    p = with_rota(shift("coordinator", begins, ends))
    moment = begins
    while moment < ends:
        assert held(p, moment) == ["coordinator"]
        moment += hours(0.25)
    assert held(p, ends) == ["north-manager"]
