"""A channel is for its areas, whoever asks in it: a lead's question there shows nothing of other areas."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.app import App
from bot.cli import terminal
from bot.conversation.command import PRIVATE, Place
from bot.rules.partnership.partnership import Person
from bot.settings import read_settings
from tests.support.asking import BY_AREA, COUNTED, REFERENCES, ask, everything, offered
from tests.support.factories import NOW, at, episode, hours, partnership, reference
from tests.support.memory_facts import Case, MemoryFacts

NORTH = Place("north-digest", 1, ("north",))
BOTH = Place("two-areas", 1, ("north", "south"))
NIGHT = at("Tue 4 Jul 2017 22:00")
MAY = at("Mon 1 May 2017 12:00")
MARK = {"north": 1, "south": 2, "central": 3}
FACTS = MemoryFacts(
    [
        found
        for area, child in MARK.items()
        for found in (
            episode(child, NIGHT, area=area),
            episode(child + 10, NOW - hours(40), NOW - hours(30), area=area),
            *(episode(child + 20, MAY + hours(20 * n), MAY + hours(20 * n + 2), area=area, lac=True) for n in range(3)),
        )
    ],
    differing={"police-only": [(reference(n), area, NIGHT) for area, n in MARK.items()]},
    cases={reference(n + 40): Case(n + 40, area=area) for area, n in MARK.items()},
)
# Every child of May was found with one of each area, whom nobody had reported.
FACTS.company = {x.id: [n + 40 for n in MARK.values()] for x in FACTS.episodes if x.child_id > 20}
#: Every command that lists or counts by area, and further ways to ask some of them.
EVERY_WAY = (
    *(name for name in BY_AREA if name not in ("cohort", "compare", "sources")),  # they need a word more
    *("cohort lac", "compare 2016-H2 2017-H1", "sources police-only", "sources found-unreported", "bands ages"),
    *("stats 2016-H2", "stats 2016-H2 measures", "cohort lac counted", "interviews overdue", "interviews 2017-H1"),
)
#: Of these the sum of two areas is no figure of its own in a channel: it would give an area away.
STATISTICS = (*(t for t in EVERY_WAY if t.split()[0] in COUNTED), "interviews 2017-H1")


def with_area(text: str, area: str) -> str:
    return f"{text} {area}"


def test_every_command_is_tried() -> None:
    assert {text.split()[0] for text in EVERY_WAY} == set(BY_AREA)


@pytest.mark.parametrize("text", EVERY_WAY)
@pytest.mark.parametrize("place", [NORTH, BOTH], ids=lambda p: str(p.name))
def test_without_an_area_it_is_the_channels(text: str, place: Place) -> None:
    """The same words as for somebody who asks for those areas alone, and no child of another."""
    reply = ask(text, of=FACTS, place=place)
    if place is BOTH and text in STATISTICS:
        assert offered(reply) == [with_area(text, "north"), with_area(text, "south")]
        reply = ask(offered(reply)[0], of=FACTS, place=place)
    assert reply.status == "ok", reply.text
    if place is NORTH:
        named = ask(with_area(text, "north"), of=FACTS, place=place)
        assert replace(reply, buttons=()) == replace(named, buttons=())
    for area, child in MARK.items():
        if area not in (place.areas or ()):
            assert not {reference(child), reference(child + 10), reference(child + 20)} & set(everything(reply).split())
            assert reference(child) not in everything(reply)
            assert reference(child + 40) not in everything(reply)
    if place is BOTH and text == "open":
        assert reference(2) in everything(reply)
    if place is BOTH and text == "unreported":
        assert reference(42) in everything(reply)


@pytest.mark.parametrize("text", EVERY_WAY)
@pytest.mark.parametrize("area", ["south", "all", "central"])
def test_another_area_is_refused_with_the_way_out(text: str, area: str) -> None:
    reply = ask(with_area(text, area), of=FACTS, place=NORTH)
    assert (reply.status, reply.text) == ("refused", ("This channel is for: north. Ask me in private.",))
    assert ask(with_area(text, area), of=FACTS).status == "ok", "in private it is answered"


@pytest.mark.parametrize("text", EVERY_WAY)
def test_who_has_no_area_of_the_channel_is_told_what_it_is_for(text: str) -> None:
    reply = ask(text, "south-worker", of=FACTS, place=NORTH)
    assert (reply.status, reply.text) == ("refused", ("This channel is for: north. Ask me in private.",))
    assert ask(with_area(text, "north"), "south-worker", of=FACTS, place=NORTH).text[0].startswith("That is outside")


@pytest.mark.parametrize("text", EVERY_WAY)
def test_a_channel_for_the_whole_county_narrows_nothing(text: str) -> None:
    county = Place("county-digest", 1, ("north", "south", "central", "disability", "out_of_county", "unknown"))
    for asked in (text, with_area(text, "all")):
        assert ask(asked, of=FACTS, place=county) == ask(asked, of=FACTS, place=REFERENCES)


@pytest.mark.parametrize("text", ["open", "interviews", "today", "strategy", "stats 2016-H2"])
def test_who_may_see_one_area_of_a_channel_has_it_said_below_the_answer(text: str) -> None:
    said = "Not all of this channel's areas: north-manager may ask for North alone."
    reply = ask(text, "north-manager", of=FACTS, place=BOTH)
    assert "North" in reply.title
    assert reply.footer[-1] == said
    for all_of_it in (
        ask(text, "north-manager", of=FACTS, place=NORTH),
        ask(text, "lead", of=FACTS, place=BOTH),
        ask(with_area(text, "north"), "north-manager", of=FACTS, place=BOTH),
    ):
        assert said not in all_of_it.footer


@pytest.mark.parametrize("text", ["open", "interviews", "today", "strategy"])
def test_a_list_of_own_cases_is_never_called_by_an_area_alone(text: str) -> None:
    reviewer = Person("iro-1", "council", "independent_reviewing_officer", (), worker_code="IRO-1")
    county = Place("county-digest", 1, tuple(a.id for a in partnership().areas))
    for asked, place, name in (
        (text, PRIVATE, "Your cases"),
        (with_area(text, "north"), PRIVATE, "Your cases in North"),
        (text, county, "Cases of iro-1"),
        (text, BOTH, "Cases of iro-1 in North and South"),
    ):
        title = ask(asked, reviewer, of=FACTS, place=place).title
        assert name in title
        assert "Whole county" not in title


def test_a_list_of_ones_own_names_whose_it_is() -> None:
    titles = [ask("interviews mine", "north-manager", of=FACTS, place=p).title for p in (PRIVATE, NORTH)]
    assert titles == ["Your return interviews: 0", "Return interviews of north-manager: 0"]
    assert ask("interviews mine north", "lead", of=FACTS).title == "Your return interviews, North: 0"


def test_help_promises_nothing_that_this_channel_refuses() -> None:
    for name in BY_AREA:
        for row in (row for table in ask(f"help {name}", of=FACTS, place=NORTH).tables for row in table.rows):
            assert ask(str(row[-1]), of=FACTS, place=NORTH).status == "ok", row


def test_places_of_the_partnership_file_have_their_areas(tmp_path: object) -> None:
    app = App(read_settings({"BOT_DATABASE_URL": f"sqlite:///{tmp_path}/channel.sqlite"}))
    assert terminal.build_request(app, "help", "lead", "north-digest", NOW).place == NORTH
    assert terminal.build_request(app, "help", "lead", None, NOW).place.areas is None
