"""trend: the last periods, oldest first, in a table and a chart of the same numbers."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from bot.conversation.command import Place
from bot.rules.partnership.partnership import HeldRole
from tests.support.asking import COUNTS, REFERENCES, ask, ask_since, column, offered, row, table, whole
from tests.support.factories import (
    Recorded,
    at,
    episode,
    every_month,
    hours,
    interview,
    somebody,
    sources,
)
from tests.support.memory_facts import MemoryFacts

STARTS = {
    "2016-Q3": ("Fri 5 Aug 2016", "Fri 2 Sep 2016", "Fri 1 Jul 2016"),
    "2016-Q4": ("Fri 4 Nov 2016", "Fri 2 Dec 2016", "Fri 7 Oct 2016"),
    "2017-Q1": ("Fri 3 Feb 2017", "Fri 3 Mar 2017", "Fri 6 Jan 2017"),
    "2017-Q2": ("Fri 5 May 2017", "Fri 2 Jun 2017", "Fri 7 Apr 2017"),
}
MANY = {"2016-Q3": 20, "2016-Q4": 30, "2017-Q1": 25, "2017-Q2": 3}
TABLE = "Period by period"


def missing(child: int, start: datetime, *, held_after: float | None, area: str = "north") -> Recorded:
    """Return an absence of five hours; the interview held so many hours after the return, or not yet."""
    back = start + hours(5)
    held = None if held_after is None else back + hours(held_after)
    done = interview(back, offered_at=back + hours(1), response="accepted", held_at=held, recorded_at=held)
    return episode(child, start, back, area=area, interview=done)


def quarter(label: str, area: str = "north") -> list[Recorded]:
    """Every month of the quarter has some, and every second interview is in time."""
    starts = [at(f"{day} 12:00") for day in STARTS[label]]
    return [
        missing(n, starts[n % 3] + hours(n), held_after=90 if n % 2 else 30, area=area)
        for n in range(1, MANY[label] + 1)
    ]


MONTHS = every_month(date(2016, 7, 1), date(2017, 6, 30))
FACTS = [*MONTHS, *(found for label in STARTS for found in quarter(label))]


def test_quarters_in_private() -> None:
    brief = ask("trend north", of=FACTS)
    assert brief.title == "North, July 2016 to June 2017"
    assert brief.text == (
        "Episodes and return interviews of the last 4 quarters, oldest first.",
        "Most episodes in 2016-Q4, fewest in 2017-Q2.",
        "The records begin on 1 Jul 2016: earlier quarters are left out.",
    )
    (shown,) = brief.tables
    assert shown.columns == ("Period", "Episodes", "Held in 72 h, of due")
    assert shown.rows[-1] == ("2017-Q2", "3 of 3 children", "1/3 33.3%")
    assert offered(brief) == [
        *("stats 2017-H1 north", "interviews 2017-H1 north"),
        *("trend quarters north measures", "trend quarters north counted"),
    ]
    reply = whole("trend north", of=FACTS)
    assert reply.title == brief.title
    assert table(reply, TABLE).columns == (
        *("Period", "Episodes", "Children", "Interviews due"),
        *("Held in 72 h", "% held in 72 h"),
    )
    assert table(reply, TABLE).rows == (
        ("2016-Q3", 20, 20, 20, 10, 50.0),
        ("2016-Q4", 30, 30, 30, 15, 50.0),
        ("2017-Q1", 25, 25, 25, 12, 48.0),
        ("2017-Q2", 3, 3, 3, 1, 33.3),
    )
    assert reply.text == (
        "2017-Q2: 3 missing episodes of 3 children; 1 of 3 interviews due held in 72 h.",
        "The records begin on 1 Jul 2016: earlier quarters are left out.",
    )
    assert reply.footer[-1] == "True counts for authorised people: not for publication."
    assert ask("trend north quarters", of=FACTS) == brief


def test_halves_count_a_child_once() -> None:
    reply = whole("trend halves", of=FACTS)
    assert table(reply, TABLE).rows == (("2016-H2", 50, 30, 50, 25, 50.0), ("2017-H1", 28, 25, 28, 13, 46.4))
    assert reply.title == "Whole county, July 2016 to June 2017"
    assert whole("trend half-years all", of=FACTS).tables == reply.tables


def test_the_chart_is_of_the_same_numbers_and_says_their_course() -> None:
    reply = whole("trend north", of=FACTS)
    (chart,) = reply.charts
    brief = ask("trend north", of=FACTS)
    assert brief.charts == reply.charts
    for row_, *drawn in zip(brief.tables[0].rows, *(s.values for s in chart.series), strict=True):
        episodes, children, due, held = drawn
        assert row_[1] == f"{episodes} of {children} children"
        assert str(row_[2]).startswith(f"{held}/{due} ")
    assert (chart.kind, chart.title) == ("line", reply.title)
    assert chart.categories == tuple(column(reply, TABLE, "Period"))
    for series in chart.series:
        assert list(series.values) == column(reply, TABLE, series.name)
    assert "Episodes: first 20 (2016-Q3), last 3 (2017-Q2), highest 30 (2016-Q4), lowest 3 (2017-Q2)." in chart.alt
    assert chart.alt.startswith("Line chart, North, July 2016 to June 2017, 4 periods.")


@pytest.mark.parametrize("place", [REFERENCES, COUNTS], ids=["references", "counts"])
def test_where_several_read_there_are_half_years_after_suppression(place: Place) -> None:
    found = [*FACTS, *(missing(60 + n, at("Fri 5 May 2017 12:00"), held_after=9, area="central") for n in range(3))]
    brief = ask("trend central", of=found, place=place)
    assert brief.tables[0].rows[-1] == ("2017-H1", "c of c children", "c/c")
    assert not [line for line in brief.text if line.startswith("Most")], "one of two is shown: nothing to compare"
    reply = whole("trend central", of=found, place=place)
    assert column(reply, TABLE, "Period") == ["2016-H2", "2017-H1"]
    assert row(reply, TABLE, "2017-H1")[:2] == ("c", "c")
    assert [s.values[1] for s in reply.charts[0].series[:2]] == [None, None]
    assert "Episodes: first 0 (2016-H2), last not shown (2017-H1)" in reply.charts[0].alt
    assert "c: a count from 1 to 7" in reply.footer[-1]


@pytest.mark.parametrize("area", ["north", "central", "all"])
@pytest.mark.parametrize("half", ["2016-H2", "2017-H1"])
def test_it_prints_what_stats_prints_of_each_half_year(area: str, half: str) -> None:
    found = [*FACTS, *(missing(60 + n, at("Fri 5 May 2017 12:00"), held_after=9, area="central") for n in range(3))]
    trend = row(whole(f"trend {area}", of=found, place=REFERENCES), TABLE, half)
    stats = whole(f"stats {area} {half}", of=found, place=REFERENCES)
    figures = {str(r[0]): r[1] for r in stats.tables[0].rows}
    assert trend[:2] == (figures["Episodes"], figures["Children"])
    assert str(figures["Interviews: Held within 72 h"]).split()[0] == f"{trend[3]}/{trend[2]}"


def test_quarters_are_released_with_their_half_year() -> None:
    """Where several read, a quarter of a half-year that is over is shown; what is small is hidden there too."""
    reply = ask("trend north quarters", of=FACTS, place=REFERENCES)
    assert (reply.status, reply.level) == ("ok", 0)
    quarters = whole("trend north quarters", of=FACTS, place=REFERENCES)
    assert column(quarters, TABLE, "Period") == ["2016-Q3", "2016-Q4", "2017-Q1", "2017-Q2"]
    assert not [n for n in column(quarters, TABLE, "Children") if isinstance(n, int) and 1 <= n <= 5]
    assert any(line.startswith("Released on 5 Jul 2017") for line in quarters.footer)


def test_whose_figures_are_suppressed_gets_half_years_in_private_too_and_an_analyst_in_a_file() -> None:
    panel, analyst = somebody("panel_member", "north"), somebody("analyst")
    few = [missing(n, at("Fri 5 May 2017 12:00"), held_after=9) for n in (1, 2, 3)]
    assert row(whole("trend north", panel, of=few), TABLE, "2017-H1")[0] == "c"
    assert row(whole("trend north quarters", panel, of=few), TABLE, "2017-Q2")[0] == "c"
    assert row(whole("trend north", analyst, of=few), TABLE, "2017-Q2")[0] == 3
    assert row(ask("trend north", analyst, of=few, export=True), TABLE, "2017-H1")[0] == "c"
    both = somebody("team_manager", "north", also=(HeldRole("panel_member", ("central",)),))
    assert column(whole("trend central", both, of=few), TABLE, "Period") == ["2016-H2", "2017-H1"]
    assert row(whole("trend north", both, of=few), TABLE, "2017-Q2")[0] == 3


def test_an_unfinished_period_is_left_out_and_that_is_said() -> None:
    reply = whole("trend north", of=MemoryFacts(FACTS, taken=sources(at("Thu 29 Jun 2017 06:00"))))
    assert column(reply, TABLE, "Period") == ["2016-Q3", "2016-Q4", "2017-Q1"]
    assert "The police records do not reach the end of 2017-Q2: the trend ends before it." in reply.text


def test_eight_at_most() -> None:
    reply = whole(
        "trend north", of=MemoryFacts(FACTS, taken=sources(at("Tue 8 Jan 2019 06:00"))), now=at("Tue 8 Jan 2019 08:00")
    )
    assert column(reply, TABLE, "Period") == [f"{y}-Q{q}" for y in (2017, 2018) for q in (1, 2, 3, 4)]
    assert not [line for line in reply.text if "left out" in line]


def test_a_period_that_is_known_in_part_is_left_out() -> None:
    reply = ask_since("trend all measures", date(2016, 11, 1), FACTS)
    assert column(reply, TABLE, "Period") == ["2017-Q1", "2017-Q2"]


def test_where_nobody_said_when_records_begin_it_is_the_first_episode() -> None:
    reply = ask_since("trend all measures", None, quarter("2016-Q4"))
    assert column(reply, TABLE, "Period") == ["2016-Q4", "2017-Q1", "2017-Q2"]
    assert "There are no earlier records: earlier quarters are left out." in reply.text
    assert ask_since("trend all measures", None, []).status == "failed"


def test_without_complete_periods_nothing_is_known() -> None:
    reply = ask_since("trend all measures", date(2017, 6, 1), FACTS)
    assert (reply.status, reply.tables, reply.charts) == ("failed", (), ())
    assert reply.text[0].startswith("The records begin on 1 Jun 2017")


def test_interviews_that_were_never_loaded_are_no_zero() -> None:
    never = MemoryFacts(FACTS, taken=sources(interviews=None))
    brief = ask("trend north", of=never)
    assert brief.tables[0].columns == ("Period", "Episodes")
    assert brief.text[0] == "Episodes of the last 4 quarters, oldest first."
    assert [line for line in brief.text if line.startswith("Return interviews: not known")]
    reply = whole("trend north", of=never)
    assert table(reply, TABLE).columns == ("Period", "Episodes", "Children")
    assert [s.name for s in reply.charts[0].series] == ["Episodes", "Children"]
    assert [line for line in reply.text if line.startswith("Return interviews: not known")]


@pytest.mark.parametrize("text", ["trend north 2017-H1", "trend north partial", "trend 2016-H2 2017-H1"])
def test_it_takes_no_period(text: str) -> None:
    assert ask(text, of=FACTS).status == "unclear"


def test_quarters_or_halves() -> None:
    reply = ask("trend quarters halves", of=FACTS)
    assert (reply.text[0], offered(reply)) == (
        "Ask for quarters or for halves, not both.",
        ["trend quarters", "trend halves"],
    )


def test_a_period_with_a_month_without_a_record_is_a_gap_and_no_fall() -> None:
    """Of three months a quarter has two: drawn, they would be a fall."""
    found = [x for x in FACTS if f"{x.start_at:%Y-%m}" != "2016-11"]
    brief = ask("trend north", of=found)
    assert brief.tables[0].rows[1] == ("2016-Q4", "not known", "not known")
    assert "Most episodes in 2017-Q1, fewest in 2017-Q2, of those shown." in brief.text
    reply = whole("trend north", of=found)
    assert row(reply, TABLE, "2016-Q4") == ("not known",) * 5
    assert row(reply, TABLE, "2017-Q1") == (25, 25, 25, 12, 48.0)
    (chart,) = reply.charts
    assert [s.values[1] for s in chart.series] == [None] * 4
    assert chart.not_known == ("2016-Q4",)
    assert "2016-Q4: no record in Nov 2016 (not known whether none); the lines have a gap." in reply.text
    assert "highest shown 25 (2017-Q1)" in chart.alt
    assert ask("trend halves", of=found, place=REFERENCES).charts[0].not_known == ("2016-H2",)


def test_the_last_period_may_be_the_gap() -> None:
    reply = whole("trend north", of=[x for x in FACTS if x.start_at < at("Sun 1 Jan 2017 00:00")])
    assert reply.text[0] == "2017-Q2: not known."
    assert "last not known (2017-Q2)" in reply.charts[0].alt
