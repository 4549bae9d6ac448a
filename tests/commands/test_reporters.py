"""reporters: who reported the children missing, and how long after they were last seen."""

from __future__ import annotations

import pytest

from bot.conversation.command import Place
from tests.support.asking import COUNTS, REFERENCES, ask, column, offered, row, value
from tests.support.factories import Recorded, at, episode, hours, sources
from tests.support.memory_facts import MemoryFacts

MAY = at("Mon 1 May 2017 12:00")
TABLE = ""
ROWS = (
    *("Parent", "Foster carer", "Residential carer", "School", "Social worker"),
    *("Police", "Health", "Other", "Not known"),
)


def reported(child: int, reporter: str | None, delay: float | None, area: str = "north") -> Recorded:
    """An episode that was reported so many hours after the child was last seen, or nobody knows how many."""
    start = MAY + hours(child)
    seen, told = None if delay is None else start, start + hours(delay or 0)
    return episode(child, start, start + hours(5), area=area, reporter=reporter, last_seen_at=seen, reported_at=told)


FACTS = [
    *(reported(n, "parent", n) for n in range(1, 4)),
    reported(10, "carer_residential", 8),
    reported(11, "school", None),
    reported(12, None, 1),
    reported(20, "parent", 30, area="south"),
]
#: In north 30 reports of parents, 12 of schools, 3 of the police.
MANY = [reported(n, "parent" if n < 30 else "school" if n < 42 else "police", 1 + n % 3) for n in range(45)]


def test_by_reporter_with_the_median_delay() -> None:
    reply = ask("reporters north 2017-H1", of=FACTS)
    assert reply.title == "North, January to June 2017: who reported"
    assert reply.text == (
        "6 missing episodes, by who reported them.",
        "Median from last seen to reported: 2.0 hours.",
    )
    assert column(reply, TABLE, "Reported by") == list(ROWS)
    assert row(reply, TABLE, "Parent") == (3, 2.0)
    assert row(reply, TABLE, "Residential carer") == (1, 8.0)
    assert row(reply, TABLE, "Foster carer") == (0, None)
    assert row(reply, TABLE, "Not known") == (1, 1.0)
    assert value(reply, "Reported by: Parent") == 3
    assert value(reply, "Last seen to reported, median: Parent") == 2.0


def test_of_several_areas_together() -> None:
    file = ask("reporters all", of=FACTS, export=True)
    assert row(file, "By reporter, 2017-H1", "All") == (7, 2.5)
    assert ask("reporters all", of=FACTS).text == (
        "7 missing episodes, by who reported them.",
        "Median from last seen to reported: 2.5 hours.",
    )
    assert row(ask("reporters south", of=FACTS), TABLE, "Parent") == (1, 30.0)


def test_a_report_without_the_time_last_seen_has_no_delay() -> None:
    reply = ask("reporters north", of=FACTS)
    assert row(reply, TABLE, "School") == (1, None)
    assert "Not in the median: 1 episode, time last seen or reported not known." in reply.footer


def test_a_report_before_the_child_was_last_seen_has_no_delay() -> None:
    reply = ask(
        "reporters north", of=[reported(1, "parent", -0.5), reported(2, "parent", -2), reported(3, "parent", 4)]
    )
    assert row(reply, TABLE, "Parent") == (3, 4.0)
    assert "Not in the median: 2 episodes, reported before last seen." in reply.footer
    both = ask("reporters all", of=[*FACTS, reported(30, "other", -1)])
    reasons = "1 episode, time last seen or reported not known; 1 episode, reported before last seen"
    assert f"Not in the median: {reasons}." in both.footer


def test_a_report_at_once_is_a_delay_of_nothing() -> None:
    assert row(ask("reporters north", of=[reported(1, "parent", 0)]), TABLE, "Parent") == (1, 0.0)


def test_a_period_and_area_without_an_episode() -> None:
    reply = ask("reporters disability 2016-H2", of=FACTS)
    assert reply.text[0] == "0 missing episodes, by who reported them."
    assert reply.text[1] == "Median from last seen to reported: not known."
    assert set(column(reply, TABLE, "Episodes")) == {0}
    assert "No episode in this period and area." in ask("reporters disability 2016-H2 counted", of=FACTS).text
    assert not any(line.startswith("Not in the median") for line in reply.footer)


def test_without_the_police_export_nobody_is_known() -> None:
    reply = ask("reporters north", of=MemoryFacts(FACTS, taken=sources(police=None)))
    assert (reply.status, reply.title) == ("failed", "Reporters: not known")
    assert "NEVER LOADED, do not read as zero" in reply.text[0]


def test_an_unfinished_period_says_so() -> None:
    assert ask("reporters 2017-H2", of=FACTS).text[0].startswith("⚠ 2017-H2: not over: 4 of 184 days")


@pytest.mark.parametrize("place", [REFERENCES, COUNTS], ids=lambda p: str(p.name))
def test_in_a_channel_no_small_count_and_no_median_of_few(place: Place) -> None:
    reply = ask("reporters north 2017-H1", of=MANY, place=place)
    assert (reply.status, reply.level) == ("ok", 0)
    assert row(reply, TABLE, "Police") == ("c", None)
    assert row(reply, TABLE, "Not known") == (0, None)
    assert row(reply, TABLE, "Parent") == (30, 2.0)
    assert row(reply, TABLE, "School") == (10, None), "12 are too few for a median"
    assert reply.text[-2:] == (
        "45 missing episodes, by who reported them.",
        "Median from last seen to reported: 2.0 hours.",
    )
    assert "No median of fewer than 20." in reply.footer
    assert reply.footer[-1].startswith("c: a count from 1 to 7, or one that would give such a count away.")


def test_in_a_channel_of_few_episodes_there_is_no_median_at_all() -> None:
    reply = ask("reporters north 2017-H1", of=FACTS, place=REFERENCES)
    assert reply.text[1] == "Median from last seen to reported: not shown."
    assert set(column(reply, TABLE, "Median hours")) == {None}
    assert "Not in the median: some episodes, time last seen or reported not known." in reply.footer
    assert {f.value for f in reply.facts} <= {0, 6, "c", None}


@pytest.mark.parametrize("known", [19, 20])
def test_a_median_rests_on_those_with_both_times(known: int) -> None:
    found = [reported(n, "parent", 2 if n < known else None) for n in range(30)]
    reply = ask("reporters north 2017-H1", of=found, place=REFERENCES)
    assert row(reply, TABLE, "Parent") == (30, 2.0 if known == 20 else None)


def test_one_area_and_whole_half_years_in_a_channel() -> None:
    assert offered(ask("reporters north 2017-05", of=MANY, place=REFERENCES)) == ["reporters 2017-H1 north"]


def test_who_may() -> None:
    assert ask("reporters", "analyst", of=FACTS).title == "Whole county, January to June 2017: who reported"
    assert ask("reporters", "north-worker", of=FACTS).title.startswith("North")
    assert ask("reporters south", "north-worker", of=FACTS).status == "refused"
    assert ask("reporters", "admin").status == "refused"
    assert offered(ask("reporters noth")) == ["reporters north"]
