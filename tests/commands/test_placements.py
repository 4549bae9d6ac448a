"""placements: children looked after on a day by kind of placement."""

from __future__ import annotations

from datetime import date
from typing import Any

from bot.rules.model import LookedAfter
from tests.support.asking import REFERENCES, ask, column, row, table, value
from tests.support.memory_facts import MemoryFacts

MAY, NOVEMBER, APRIL = date(2017, 5, 31), date(2016, 11, 30), date(2017, 4, 30)
POPULATION = {
    MAY: (
        LookedAfter(False, "residential", "R-01", 10),
        LookedAfter(False, "residential", "R-04", 84),
        LookedAfter(True, "residential", "R-99", 1),
        LookedAfter(False, "adoptive", None, 40),
        LookedAfter(True, "semi_independent", None, 65),
        LookedAfter(False, "ifa", "A-1", 491),
    ),
    NOVEMBER: (
        LookedAfter(False, "residential", "R-04", 92),
        LookedAfter(False, "adoptive", None, 30),
        LookedAfter(False, "ifa", None, 529),
    ),
    APRIL: (LookedAfter(False, None, None, 2), LookedAfter(False, "ifa", None, 98)),
}


def placements(text: str, who: str = "lead", **given: Any) -> Any:
    return ask(text, who, of=MemoryFacts([], population=given.pop("population", POPULATION)), **given)


def test_kinds_with_their_share_and_the_change_in_half_a_year() -> None:
    reply = placements("placements 2017-05-31")
    assert reply.title == "Whole county, 31 May 2017: placements"
    assert reply.text == (
        "691 children looked after (+6.1% on 651 on 30 Nov 2016), 66 of them UASC.",
        "Residential: 95, 10 with the council, 84 with private providers, 1 with a provider not listed.",
    )
    assert row(reply, "", "Residential") == ("95/691 13.7%", "92, +3.3%")
    assert row(reply, "", "Adoptive") == ("40/691 5.8%", "30, +33.3%")
    assert row(reply, "", "Semi-independent") == ("65/691 9.4%", "0, n/a (from 0)")
    assert row(reply, "", "Kinship care") == ("0/691 0.0%", "0, 0.0%")
    assert "Not known" not in column(reply, "", "Placement")
    assert value(reply, "Adoptive, change on 30 Nov 2016") == 33.3


def test_a_placement_that_is_not_known_has_a_row() -> None:
    reply = placements("placements 2017-04-30")
    assert row(reply, "", "Not known") == ("2/100 2.0%", "not known")
    assert reply.text[0].startswith("⚠ No record has a child looked after on 31 Oct 2016: it is not known.")


def test_another_day_to_compare_with_in_either_order() -> None:
    one = placements("placements 2017-05-31 2017-04-30")
    assert row(one, "", "Foster agency (IFA)") == ("491/691 71.1%", "98, +401.0%")
    assert row(one, "", "Not known") == ("0/691 0.0%", "2, -100.0% (low base)")
    assert placements("placements 2017-04-30 2017-05-31").tables == one.tables


def test_a_file_has_each_count_in_a_column() -> None:
    reply = placements("placements 2017-05-31", export=True)
    assert table(reply, "Placements on 31 May 2017").columns[1:] == (
        *("31 May 2017", "Share in %", "30 Nov 2016", "Change"),
    )
    assert row(reply, "Placements on 31 May 2017", "Residential") == (95, 13.7, 92, "+3.3%")


ENDS = {date(2017, 6, 30): POPULATION[MAY], date(2016, 12, 31): POPULATION[NOVEMBER]}


def test_in_a_channel_it_is_of_the_ends_of_half_years_as_released_and_without_uasc() -> None:
    reply = placements("placements", place=REFERENCES, population=ENDS)
    assert reply.title == "Whole county, 30 Jun 2017: placements, without UASC"
    assert reply.text == (
        "695 children looked after (+7% on 650 on 31 Dec 2016), 65 of them UASC.",
        "Residential: 95, 10 with the council, 85 with private providers.",
    )
    assert row(reply, "", "Residential") == ("95/625 15%", "95, low base")
    assert row(reply, "", "Semi-independent") == ("0/625 0%", "0, low base")
    assert "Not known" not in column(reply, "", "Placement")
    assert reply.tables == placements("placements 2016-12-31 2017-06-30", place=REFERENCES, population=ENDS).tables


def test_in_a_channel_there_is_no_figure_of_another_day() -> None:
    for days in ("2017-05-31", "2017-06-30 2016-11-30"):
        reply = placements(f"placements {days}", place=REFERENCES, population=ENDS)
        assert (reply.title, reply.tables, reply.facts) == ("Not shown here", (), ()), days


def test_who_may() -> None:
    assert placements("placements 2017-05-31", "analyst").status == "ok"
    assert placements("placements 2017-05-31", "north-manager").status == "refused"
