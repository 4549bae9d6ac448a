"""stats: children, episodes and interviews of an area and a period, beside the period before."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot.conversation.command import PRIVATE, Place, Request
from tests.support.asking import COUNTS, REFERENCES, ask, column, counts, desk, fact, offered, row, value, whole
from tests.support.factories import NOW, at, episode, hours, interview, partnership, person, sources
from tests.support.memory_facts import MemoryFacts

MARCH = at("Wed 1 Mar 2017 22:00")
BACK = at("Thu 2 Mar 2017 07:00")
DONE = interview(
    BACK,
    offered_at=BACK + hours(5),
    response="accepted",
    held_at=BACK + hours(30),
    recorded_at=BACK + hours(80),
    worker="W-N01",
)
#: North in 2017-H1: child 1 twice, child 2 once; in 2016-H2 child 1 once. South in 2017-H1: child 2 once.
FACTS = [
    episode(1, at("Fri 2 Dec 2016 20:00"), at("Sat 3 Dec 2016 08:00")),
    episode(1, MARCH, BACK, interview=DONE),
    episode(1, at("Sat 1 Apr 2017 22:00"), at("Sun 2 Apr 2017 09:00")),
    episode(2, at("Mon 1 May 2017 12:00"), at("Mon 1 May 2017 18:00"), area_basis="district"),
    episode(2, at("Tue 2 May 2017 12:00"), at("Tue 2 May 2017 18:00"), area="south"),
    episode(3, at("Wed 3 May 2017 12:00"), area="south", kind="away", lac=True),
]


#: 30 children of north with one episode each and 12 more episodes of one of them.
JANUARY = at("Wed 4 Jan 2017 12:00")
MANY = [
    *(episode(n, JANUARY + hours(50 * n), JANUARY + hours(50 * n + 6)) for n in range(30)),
    *(episode(99, JANUARY + hours(60 * n), JANUARY + hours(60 * n + 6)) for n in range(12)),
]


def test_what_north_gets() -> None:
    reply = ask("stats north", of=FACTS)
    assert reply.title == "North, January to June 2017"
    assert reply.text == (
        "3 missing episodes of 2 children (1 of 1 the half-year before).",
        "Return interviews: 1 of 3 completed (0 of 1 before), 1 of 3 due held within 72 hours (0 of 1 before).",
    )
    (shown,) = reply.tables
    assert shown.columns == ("Measure", "2017-H1", "2016-H2")
    assert shown.rows == (
        ("Episodes per child", 1.5, 1.0),
        ("Episodes per day", 0.02, 0.01),
        ("Children with 1 episode", 1, 1),
        ("Children with 2 or more", 1, 0),
        ("Repeat episodes", 1, 0),
        ("Interviews completed", "33.3%", "0.0%"),
        ("Interviews held within 72 h", "33.3%", "0.0%"),
        ("Offered within 72 h", "1/3 33.3%", "0/1 0.0%"),
        ("Recorded within 72 h (of completed)", "0/1 0.0%", "0/0 n/a"),
    )
    again = "2017-H1 north"
    assert offered(reply) == [
        *(f"bands {again}", f"interviews {again}"),
        *(f"stats {again} measures", f"stats {again} counted"),
    ]


def test_all_measures() -> None:
    reply = whole("stats north", of=FACTS)
    assert reply.title == ask("stats north", of=FACTS).title
    assert reply.text == (
        "2 children, 3 missing episodes, 1 Jan 2017 to 30 Jun 2017 (181 days).",
        "Missing for the first time ever (history from 1 Jul 2016): 1.",
        "2 children were missing at any time in it (3 episodes), those from before it too: not to be added up over "
        "periods.",
        "1 talk held with 1 child; an interview was offered to 1 child, declined by 0 children.",
    )
    assert (value(reply, "Children"), value(reply, "Episodes")) == (2, 3)
    assert value(reply, "Episodes per child") == 1.5
    assert value(reply, "Children with one episode") == 1
    assert value(reply, "Children with two or more episodes") == 1
    assert value(reply, "Repeat episodes (episodes less children)") == 1
    assert value(reply, "Episodes by children with two or more") == 2
    assert offered(reply) == ["bands 2017-H1 north", "interviews 2017-H1 north", "stats 2017-H1 north counted"]
    assert reply.facts == ask("stats north", of=FACTS).facts


def test_a_file_has_every_measure() -> None:
    file = ask("stats north", of=FACTS, export=True)
    every = whole("stats north", of=FACTS)
    assert (file.text, file.tables, file.footer) == (every.text, every.tables, every.footer)


def test_no_figure_stands_twice() -> None:
    """Of 82 children each measure has its own number; the sentences and the table share none."""
    reply = ask("stats north 2017-H1", of=MANY)
    said = set(re.findall(r"\d[\d.,]*(?:/\d+)?%?", " ".join(reply.text[:1])))
    assert said & {str(c) for row in reply.tables[0].rows[:5] for c in row[1:]} == set()


def test_every_rate_has_both_its_counts() -> None:
    reply = whole("stats north", of=FACTS)
    assert counts(reply, "Interviews: Completed") == (1, 3)
    assert counts(reply, "Interviews: Held within 72 h") == (1, 3)
    assert counts(reply, "Interviews: Recorded within 72 h (of completed)") == (0, 1)
    assert all(f.denominator is not None for f in reply.facts if f.unit == "%")
    assert row(reply, "Figures", "Interviews: Completed") == ("1/3 33.3%", "0/1 0.0%", "")


def test_the_change_is_on_the_period_before() -> None:
    reply = whole("stats north", of=FACTS)
    change = fact(reply, "Children, change on 2016-H2")
    assert (change.value, change.numerator, change.denominator, change.note) == (100.0, 1, 1, "low base")
    assert row(reply, "Figures", "Children") == (2, 1, "+100.0% (low base)")
    assert row(reply, "Figures", "Episodes per day") == (0.02, 0.01, "+205.0%")


def test_the_county_is_split_by_area_and_a_child_in_two_areas_is_said() -> None:
    reply = whole("stats all", of=FACTS)
    assert row(reply, "By area, 2017-H1", "South") == (1, 1)
    assert row(reply, "By area, 2017-H1", "Whole county, each child once") == (2, 4)
    assert reply.tables[1].note == "1 child is counted in more than one area."
    assert sum(n for n in column(reply, "By area, 2017-H1", "Episodes")[:-1] if isinstance(n, int)) == 4


def test_how_it_was_counted_is_behind_a_button_and_in_every_file() -> None:
    counted = ask("stats north counted", of=FACTS)
    assert counted.title == "North, January to June 2017: how it is counted"
    assert "Completed: held / ended missing episodes." in counted.text
    for lines in (
        counted.text,
        ask("stats north", of=FACTS, export=True).footer,
        whole("stats north", of=FACTS).footer,
    ):
        assert "away from placement not counted" in lines[0]
        assert lines[1] == "Area of an episode: 2 by the team on the interview record, 1 by the district missing from."
        assert "True counts for authorised people: not for publication." in lines
    assert ask("stats north", of=FACTS).footer == (
        "By episode start, 1 Jan 2017 to 30 Jun 2017 (181 days).",
        "True counts, for you alone: not for publication · Police 08:00, Council children 08:00, Council interviews "
        "08:00",
    )


@pytest.mark.parametrize(
    "text",
    [
        "stats north 2017-H1",
        "stats 2017-H1 north",
        "stats northern h1 2017",
        "stats n jan-jun 2017",
        "stats last half n",
    ],
)
def test_area_and_period_in_any_words_and_order(text: str) -> None:
    assert ask(text, of=FACTS) == ask("stats north", of=FACTS)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("stats", "Whole county, January to June 2017"),
        ("stats all 2017-05", "Whole county, May 2017"),
        ("stats last month", "Whole county, June 2017"),
        ("stats disability 2017-Q2", "Disability team, April to June 2017"),
        ("stats out 2017-01-01..2017-01-10", "Out of county, 1 to 10 January 2017"),
    ],
)
def test_titles_name_area_and_period(text: str, title: str) -> None:
    assert ask(text, of=FACTS).title == title


@pytest.mark.parametrize(
    ("period", "before"),
    [
        ("2017-H1", "(1 of 1 the half-year before)"),
        ("2017-Q2", "(1 of 1 the quarter before)"),
        ("2017-05", "(1 of 1 the month before)"),
        ("2017-05-02..2017-05-11", "(1 of 1 the 10 days before)"),
    ],
)
def test_it_is_compared_with_what(period: str, before: str) -> None:
    reply = ask(f"stats north {period}", of=FACTS)
    assert before in " ".join(reply.text)


def test_one_child_is_not_1_children() -> None:
    assert ask("stats south", of=FACTS).text[0].startswith("1 missing episode of 1 child (0 of 0 ")
    assert ask("stats disability", of=FACTS).text[0].startswith("0 missing episodes of 0 children (")


def test_a_period_that_is_not_over_is_not_compared() -> None:
    reply = ask("stats north 2017-H2", of=[episode(1, NOW - hours(20))])
    assert "2017-H2 is not complete, so no change is shown. Add the word partial to see it all the same." in reply.text
    assert [f.label for f in reply.facts if "change" in f.label] == []
    assert reply.tables[0].columns == ("Measure", "2017-H2")
    assert reply.text[0] == "⚠ 2017-H2: not over: 4 of 184 days; its counts will still rise."
    every = whole("stats north 2017-H2", of=[episode(1, NOW - hours(20))])
    assert set(column(every, "Figures", "Change")) == {""}
    assert any(line.startswith("2017-H2 is not complete: it runs to 31 Dec 2017") for line in every.footer)


def test_partial_compares_all_the_same_and_still_warns() -> None:
    reply = ask("stats north 2017-H2 partial", of=FACTS)
    assert value(reply, "Children, change on 2017-H1") == -100.0
    assert reply.tables[0].columns == ("Measure", "2017-H2", "2017-H1")
    assert reply.text[0] == "⚠ 2017-H2: not over: 4 of 184 days; its counts will still rise."


def test_a_period_after_the_last_export_is_not_complete_either() -> None:
    old = MemoryFacts(FACTS, taken=sources(police=at("Thu 29 Jun 2017 08:00")))
    reply = ask("stats north", of=old)
    assert reply.text[0] == ("⚠ Police: last received Thu 29 Jun 08:00 (6 d old, limit 24 h): do not read as zero"), (
        "doubt comes first"
    )
    assert reply.text[1] == "⚠ 2017-H1: known only to 28 Jun 2017; its counts will still rise."
    assert reply.text[2].startswith("2017-H1 is not complete, so no change is shown.")
    assert "Police" not in " ".join(reply.footer)


def test_months_of_unequal_length_warn() -> None:
    warning = "The periods differ in length by 9.7% (2017-02: 28 days, 2017-01: 31 days)"
    assert ask("stats 2017-02", of=FACTS).text[0].startswith(warning)
    assert whole("stats 2017-02").footer[0].startswith(warning)
    assert not ask("stats 2016-H2").text[0].startswith("The periods differ")


def test_a_source_that_was_never_loaded_is_not_zero() -> None:
    for name in ("Police", "Council interviews"):
        taken = sources(police=None) if name == "Police" else sources(interviews=None)
        reply = ask("stats north", of=MemoryFacts(FACTS, taken=taken))
        assert len([line for line in reply.text if f"{name}: NEVER LOADED, do not read as zero" in line]) == 1


def test_before_the_calendar_begins_is_unclear() -> None:
    ours = replace(partnership(), history_start=None)
    reply = desk(MemoryFacts(FACTS), ours).answer(Request(person("lead"), PRIVATE, "stats 1990", NOW))
    assert (reply.status, reply.title) == ("unclear", "Not understood")
    assert "Periods lie between 1990 and 2100." in reply.text


def test_two_periods_are_for_compare() -> None:
    assert ask("stats 2016-H2 2017-H1").text[0] == "You named 2 periods; this command takes 1."


@pytest.mark.parametrize("who", ["analyst", "coordinator", "police", "north-manager", "north-worker"])
def test_counts_are_for_many_roles_and_hold_no_reference(who: str) -> None:
    reply = ask("stats north", who, of=FACTS)
    assert (reply.status, reply.level) == ("ok", 0)
    assert "OX-" not in str(reply)


def test_without_an_area_it_is_every_area_one_may_ask_for() -> None:
    assert ask("stats", "north-manager", of=FACTS).title.startswith("North, ")
    assert value(ask("stats", "north-manager", of=FACTS), "Episodes") == 3
    assert value(ask("stats", of=FACTS), "Episodes") == 4


# -- areas beside one another --


@pytest.mark.parametrize(
    "typed", ["stats north south", "stats north vs south 2017-H1", "stats north and cherwell and south"]
)
def test_areas_stand_beside_one_another(typed: str) -> None:
    brief = ask(typed, of=FACTS)
    assert brief.text[:2] == tuple(
        f"{partnership().area(a).short}: {said}"
        for a, said in (("north", "3 missing episodes of 2 children."), ("south", "1 missing episode of 1 child."))
    )
    assert row(brief, "", "Interviews completed") == ("1/3 33.3%", "0/1 0.0%")
    assert offered(brief)[2:] == ["stats north south 2017-H1 measures", "stats north south 2017-H1 counted"]
    reply = whole(typed, of=FACTS)
    assert reply.tables[0].columns == brief.tables[0].columns
    assert reply.tables[0].columns == ("Measure", *(partnership().area(a).short for a in ("north", "south")))
    assert row(reply, "Figures", "Children") == (2, 1)
    assert row(reply, "Figures", "Episodes") == (3, 1)
    assert "A child with episodes in two of the areas is counted in each." in reply.text[0]
    assert offered(reply) == ["stats north 2017-H1", "stats south 2017-H1"]


@pytest.mark.parametrize("place", [PRIVATE, REFERENCES, COUNTS], ids=lambda p: str(p.name))
def test_each_area_is_what_its_own_question_gives(place: Place) -> None:
    both = whole("stats north south 2017-H1", of=FACTS, place=place)
    brief = ask("stats north south 2017-H1", of=FACTS, place=place)
    for n, area in enumerate(("north", "south"), 1):
        alone = whole(f"stats {area} 2017-H1", of=FACTS, place=place).tables[0]
        assert {r[0]: r[n] for r in both.tables[0].rows} == {r[0]: r[1] for r in alone.rows}
        sentence = ask(f"stats {area} 2017-H1", of=FACTS, place=place).text[0].split(" (")[0]
        assert brief.text[n - 1].removesuffix(".").endswith(f": {sentence}")


def test_in_a_channel_areas_beside_one_another_are_its_own_and_of_half_years_that_are_over() -> None:
    north = Place("north-digest", 1, ("north",))
    assert ask("stats north south", of=FACTS, place=north).status == "refused"
    assert ask("stats north south 2017-05", of=FACTS, place=REFERENCES).title == "Not shown here"
    assert ask("stats north south", "north-manager", of=FACTS).status == "refused"


def test_areas_beside_one_another_say_what_is_not_over_and_not_due() -> None:
    back = NOW - hours(20)
    facts = [*FACTS, episode(4, NOW - hours(30), back, interview=interview(back))]
    first, *others = ask("stats north south 2017-H2", of=facts).text
    assert "not over" in first
    running = [o for o in others if "not due yet" in o]
    assert [o.split(":")[0] for o in running] == ["North"]
    assert "1 return interview not due yet" in running[0].lower()


def test_the_whole_county_stands_beside_nothing() -> None:
    reply = ask("stats all north", of=FACTS)
    assert (reply.status, reply.text[0]) == ("unclear", "You named more than one area. Name one, or all.")
