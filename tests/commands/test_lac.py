"""lac: children looked after on a day, UASC apart, beside half a year before."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bot.conversation.command import Place
from bot.rules.model import LookedAfter
from tests.support.asking import COUNTS, REFERENCES, ask, fact, offered, row, value
from tests.support.factories import NOW, at, sources
from tests.support.memory_facts import MemoryFacts

MAY, NOVEMBER, JUNE, DECEMBER = date(2017, 5, 31), date(2016, 11, 30), date(2017, 6, 30), date(2016, 12, 31)


def looked_after(without: int, uasc: int, residential: int) -> tuple[LookedAfter, ...]:
    return (
        LookedAfter(False, "residential", "R-01", residential),
        LookedAfter(False, "ifa", None, without - residential),
        LookedAfter(True, "semi_independent", None, uasc),
    )


PUBLISHED = {MAY: looked_after(625, 66, 95), NOVEMBER: looked_after(590, 61, 92)}


def lac(text: str, who: str = "lead", population: Any = None, **given: Any) -> Any:
    facts = MemoryFacts([], population=PUBLISHED if population is None else population, **given.pop("facts", {}))
    return ask(text, who, of=facts, **given)


def test_the_published_figures_of_a_day_and_their_change() -> None:
    reply = lac("lac 2017-05-31")
    assert reply.title == "Whole county, 31 May 2017: children looked after"
    assert reply.text == (
        "625 children looked after (+5.9% on 590 on 30 Nov 2016), without the unaccompanied (UASC).",
        "In residential placements: 95 of 691 (13.7%).",
    )
    assert row(reply, "", "Without UASC") == (625, 590, "+5.9%")
    assert row(reply, "", "UASC") == (66, 61, "+8.2%")
    assert row(reply, "", "All") == (691, 651, "+6.1%")
    assert row(reply, "", "In residential placements") == (95, 92, "+3.3%")
    assert value(reply, "All") == 691
    change = fact(reply, "All, change on 30 Nov 2016")
    assert (change.value, change.numerator, change.denominator) == (6.1, 40, 651)


def test_without_a_day_it_is_the_last_of_the_half_year_that_is_over() -> None:
    reply = lac("lac", population={JUNE: looked_after(3, 1, 2), DECEMBER: looked_after(2, 1, 1)})
    assert reply.title.startswith("Whole county, 30 June 2017") or "30 Jun 2017" in reply.title
    assert row(reply, "", "All") == (4, 3, "+33.3% (low base)")
    assert reply.title == lac("lac 2017-H1", population={JUNE: looked_after(3, 1, 2)}).title


def test_one_child_is_singular() -> None:
    assert lac("lac 2017-05-31", population={MAY: looked_after(1, 1, 1)}).text[1].startswith("1 child looked after, ")


def test_a_day_before_the_records_or_after_the_export_is_not_known_and_never_zero() -> None:
    before = lac("lac 2015-05-31")
    assert (before.status, before.text) == ("failed", ("The records begin on 1 Jul 2016: 31 May 2015 is not known.",))
    after = lac("lac 2017-05-31", facts={"taken": sources(children=at("Tue 30 May 2017 05:00"))})
    assert after.text == ("The children export reaches to 30 May 2017: 31 May 2017 is not known.",)
    empty = lac("lac 2017-05-30")
    assert empty.text == ("No record has a child looked after on 30 May 2017: it is not known.",)
    never = lac("lac 2017-05-31", facts={"taken": sources(children=None)})
    assert (never.status, never.title) == ("failed", "Children looked after: not known")
    assert all(not r.tables and not r.facts for r in (before, after, empty, never))


def test_where_the_earlier_day_is_not_known_no_change_is_shown() -> None:
    reply = lac("lac 2016-11-30")
    assert reply.text[0] == "⚠ The records begin on 1 Jul 2016: 31 May 2016 is not known. So no change is shown."
    assert reply.text[1].startswith("590 children looked after, without")
    assert row(reply, "", "All") == (651, "", "")
    assert not any("change" in f.label for f in reply.facts)


def test_an_old_export_is_said_first() -> None:
    reply = lac("lac 2017-05-31", facts={"taken": sources(children=at("Sat 3 Jun 2017 05:00"))}, now=NOW)
    assert reply.text[0].startswith("⚠ ")
    assert row(reply, "", "All")[0] == 691


ENDS = {JUNE: looked_after(626, 67, 96), DECEMBER: looked_after(593, 3, 92)}


@pytest.mark.parametrize("place", [REFERENCES, COUNTS], ids=lambda p: str(p.name))
def test_in_a_channel_it_is_of_the_last_day_of_a_half_year_as_released(place: Place) -> None:
    reply = lac("lac", place=place, population=ENDS)
    assert reply.text == (
        "630 children looked after (+6% on 595 on 31 Dec 2016), without the unaccompanied (UASC).",
        "In residential placements, without UASC: 95 of 630 (15%).",
    )
    assert row(reply, "", "Without UASC") == (630, 595, "+6%")
    # All children of December, printed, would be the hidden UASC once those without them are taken off.
    assert row(reply, "", "UASC") == (70, "c", "c")
    assert reply.tables == lac("lac 2017-06-30", place=place, population=ENDS).tables
    assert "rounded to 5" in reply.footer[-1]
    assert "Released on " in reply.footer[-2]
    assert not {1, 2, 3, 4, 626, 67, 96, 593} & {f.value for f in reply.facts}


@pytest.mark.parametrize("place", [REFERENCES, COUNTS], ids=lambda p: str(p.name))
def test_in_a_channel_there_is_no_figure_of_another_day(place: Place) -> None:
    for day in ("2017-05-31", "2017-06-29", "2017-03-31"):
        reply = lac(f"lac {day}", place=place, population=ENDS)
        assert (reply.title, reply.tables, reply.facts) == ("Not shown here", (), ()), day
        assert reply.text[0] == (
            "Here I give children looked after on the last day of a half-year that is over, such as 30 Jun 2017, or "
            "ask me in private."
        )
        assert offered(reply) == ["lac 2017-06-30"]


def test_an_export_taken_before_the_last_day_releases_no_census() -> None:
    early = {"taken": sources(children=at("Thu 29 Jun 2017 05:00"))}
    reply = lac("lac", place=COUNTS, population=ENDS, facts=early)
    assert (reply.status, reply.text) == (
        "failed",
        ("The children export reaches to 29 Jun 2017: 30 Jun 2017 is not known.",),
    )


def test_in_a_channel_the_half_before_the_records_is_not_compared_with() -> None:
    reply = lac("lac 2016-12-31", place=COUNTS, population=ENDS)
    assert reply.text[0] == "⚠ The records begin on 1 Jul 2016: 30 Jun 2016 is not known. So no change is shown."
    assert row(reply, "", "Without UASC") == (595, "", "")


def test_it_is_of_the_whole_county_alone() -> None:
    reply = lac("lac 2017-05-31 north")
    assert reply.text[0].startswith("Children looked after are counted of the whole county alone.")
    assert offered(reply) == ["lac 2017-05-31"]
    assert lac("lac 2017-05-31 all").title == lac("lac 2017-05-31").title


def test_who_may() -> None:
    assert lac("lac 2017-05-31", "analyst").status == "ok"
    for who in ("north-manager", "north-worker", "admin"):
        assert lac("lac 2017-05-31", who).status == "refused", who
