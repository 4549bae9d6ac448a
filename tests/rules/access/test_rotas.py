"""Who holds a role by its rota, and who stands where it has a gap; the gaps and overlaps of the next 30 days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.access.permissions import holders
from bot.rules.access.rotas import Rota, gaps, gaps_in_words, rotas, together, together_in_words
from bot.rules.access.rotas import held as rota_held
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
    vacant = [(ROLE, "council", "north")]
    assert why_nobody(p, vacant, NOW).startswith("Nobody holds")
    assert why_nobody(p.with_rota([shift("coordinator", NOW, NOW + hours(1))]), vacant, NOW).startswith("The holder of")


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


# -- any rota, over both changes of the clocks --

#: The last two may not be called, and are not of the agency.
PEOPLE = ("coordinator", "lead", "north-manager", "analyst", "police")
WEEKS = st.sampled_from([day_start(date(2017, 10, 26)), day_start(date(2018, 3, 22))])
SLOTS = 4 * 24 * 7


@st.composite
def rotas_said(draw: st.DrawFn) -> tuple[datetime, list[Shift]]:
    """Draw a week with a change of the clocks: shifts of a file, then covers and swaps in the order of saying."""
    week = draw(WEEKS)

    def moment() -> tuple[datetime, datetime]:
        first, second = sorted((draw(st.integers(0, SLOTS - 1)), draw(st.integers(0, SLOTS - 1))))
        return week + hours(first / 4), week + hours((second + 1) / 4)

    who = st.sampled_from(PEOPLE)
    said = [shift(draw(who), *moment()) for _ in range(draw(st.integers(0, 6)))]
    for _ in range(draw(st.integers(0, 5))):
        one, other = draw(who), draw(who)
        said.append(shift(one, *moment(), instead_of=other))
        if draw(st.booleans()):  # a swap: the other holds a shift of the one
            said.append(shift(other, *moment(), instead_of=one))
    return week, said


def slot_by_slot(week: datetime, said: list[Shift]) -> list[list[str]]:
    """Read a rota naively: a list of people for each quarter of an hour, changed by one saying after another."""
    slots = [list[str]() for _ in range(SLOTS)]
    for n, people in enumerate(slots):
        moment = week + hours(n / 4)
        for s in said:
            if not s.begins <= moment < s.ends:
                continue
            if not s.instead_of:
                people.append(s.person)
            elif s.instead_of in people:
                people[:] = [s.person if x == s.instead_of else x for x in people]
    return slots


def test_a_cover_for_somebody_of_the_other_agency_is_shown_and_called() -> None:
    """A shift of the other agency has no holder here, and its cover has: also once their own shift is over."""
    ends = NOW + hours(2)
    own, theirs = shift("coordinator", NOW, NOW + hours(1)), shift("police", NOW, ends)
    p = with_rota(theirs, own, shift("coordinator", NOW, ends, instead_of="police"))
    assert called(p, NOW + hours(1.5)) == "coordinator"
    assert [h.people for h in rota_held(p, DUTY, NOW, ends)] == [("coordinator",)]


@given(rotas_said(), st.integers(0, SLOTS - 1))
def test_holders_are_those_of_a_naive_reading(drawn: tuple[datetime, list[Shift]], slot: int) -> None:
    week, said = drawn
    p = with_rota(*said)
    naive = slot_by_slot(week, said)[slot]
    council = [x for x in dict.fromkeys(naive) if x != "police"]
    for moment in (week + hours(slot / 4), week + hours((slot + 1) / 4) - timedelta(microseconds=1)):
        assert held(p, moment) == (council or ["north-manager"])
        assert held(p, moment, "police") == (["police"] if "police" in naive else [])
        callable_ones = [x for x in council if x != "analyst"]
        assert called(p, moment) == (callable_ones or ["north-manager"])[0]
        spans = [h for h in rota_held(p, DUTY, week, week + timedelta(days=7)) if h.begins <= moment < h.ends]
        assert [list(h.people) for h in spans] == [callable_ones], "what is shown is who is called"
