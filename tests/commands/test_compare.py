"""compare: two periods side by side, never an unfinished one by accident."""

from __future__ import annotations

import pytest

from tests.commands.test_stats import FACTS
from tests.support.asking import ask, offered, row, value, whole
from tests.support.factories import at, sources
from tests.support.memory_facts import MemoryFacts


def test_the_earlier_period_is_the_base_whichever_is_written_first() -> None:
    reply = ask("compare 2017-H1 2016-H2 north", of=FACTS)
    assert reply == ask("compare 2016-H2 2017-H1 north", of=FACTS)
    assert reply.title == ("North, January to June 2017 compared with July to December 2016")
    assert reply.text == (
        "3 missing episodes of 2 children (1 of 1 in 2016-H2).",
        "Return interviews: 1 of 3 completed (0 of 1 before), 1 of 3 due held within 72 hours (0 of 1 before).",
    )
    assert row(reply, "", "Repeat episodes") == (1, 0)
    assert offered(reply) == [f"compare 2016-H2 2017-H1 north {view}" for view in ("measures", "counted")]
    every = whole("compare 2017-H1 2016-H2 north", of=FACTS)
    assert row(every, "Figures", "Episodes") == (3, 1, "+200.0% (low base)")
    assert value(reply, "Children with two or more episodes, change on 2016-H2") is None


def test_bands_stand_beside_each_other() -> None:
    reply = whole("compare 2016-H2 2017-H1 north", of=FACTS)
    assert row(reply, "Children by number of episodes", "1") == (1, 1, "0.0% (low base)")
    assert row(reply, "Children by number of episodes", "2-4") == (1, 0, "n/a (from 0)")


@pytest.mark.parametrize(
    "text",
    [
        "compare 2016-H2 v 2017-H1",
        "compare jul-dec 2016 jan-jun 2017",
        "compare 2016-H2 with 2017-H1 all",
        "compare all 2016-H2 to 2017-H1",
    ],
)
def test_periods_in_many_words(text: str) -> None:
    assert ask(text, of=FACTS).title == ("Whole county, January to June 2017 compared with July to December 2016")


@pytest.mark.parametrize("text", ["compare", "compare 2017-H1", "compare north"])
def test_two_periods_are_needed(text: str) -> None:
    reply = ask(text)
    assert reply.text[0] == "Name two periods to compare."
    assert offered(reply) == ["compare 2016-H2 2017-H1"]


def test_three_periods_are_too_many() -> None:
    assert ask("compare 2016 2017-Q1 2017-Q2").text[0] == "You named 3 periods; this command takes 2."


def test_an_unfinished_period_is_refused_until_partial_is_said() -> None:
    reply = ask("compare 2017-H1 2017-H2 north", of=FACTS)
    assert (reply.status, reply.title) == ("unclear", "Not compared"), "it was understood"
    assert reply.text[0] == "One of these periods is not complete, so comparing them would mislead."
    assert offered(reply) == ["compare 2017-H1 2017-H2 north partial"]
    partial = ask(offered(reply)[0], of=FACTS)
    assert partial.status == "ok"
    assert partial.text[0] == "⚠ 2017-H2: not over: 4 of 184 days; its counts will still rise."
    assert any(line.startswith("2017-H2 is not complete") for line in whole(offered(reply)[0], of=FACTS).footer)


def test_a_period_the_police_export_does_not_reach_is_unfinished() -> None:
    old = MemoryFacts(FACTS, taken=sources(police=at("Thu 29 Jun 2017 08:00")))
    assert ask("compare 2016-H2 2017-H1", of=old).status == "unclear"


def test_unequal_periods_warn_and_are_read_per_day() -> None:
    brief = ask("compare 2016-H2 2017-01-01..2017-06-01", of=FACTS)
    assert brief.text[0].startswith("The periods differ in length by 17.4%")
    reply = whole("compare 2016-H2 2017-01-01..2017-06-01", of=FACTS)
    assert "differ in length by 17.4% (2016-H2: 184 days, 2017-01-01..2017-06-01: 152 days)" in reply.footer[0]
    assert "compare the per-day rates" in reply.footer[0]
    assert whole("compare 2016-H2 2017-H1").footer[0].startswith("Counted by")
    assert ask("compare 2016-H2 2017-H1 counted").text[0].startswith("Counted by")


def test_one_area_only_for_who_has_one() -> None:
    assert ask("compare 2016-H2 2017-H1 south", "north-manager").status == "refused"
    assert ask("compare 2016-H2 2017-H1", "north-manager").title.startswith("North")
    assert ask("compare 2016-H2 2017-H1", "admin").status == "refused"
