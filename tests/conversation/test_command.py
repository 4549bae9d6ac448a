"""Finding a command, the people and places it is permitted to, and replies that never repeat typed words."""

from __future__ import annotations

import re
from datetime import date

import pytest

from bot.conversation.command import PRIVATE, Place
from bot.conversation.refusals import ASK_ADMINISTRATOR
from bot.rules.figures import FigureError
from bot.rules.partnership.partnership import Person
from bot.rules.partnership.roles import NEEDS_LEVEL
from tests.support.asking import (
    BY_AREA,
    COMMANDS,
    COUNTS,
    PLACES,
    REFERENCES,
    UNLISTED,
    ask,
    everything,
    offered,
)
from tests.support.factories import NOW, at, episode, partnership, person, reference, somebody, sources
from tests.support.memory_facts import MemoryFacts

SECRET = "Wilhelmina"
MISSING = [episode(1, worker="W-N01")]

#: Command -> the least private place in which the lead is answered: that of its least action, but for these.
ANSWERED_IN = {name: min(NEEDS_LEVEL[action] for action in c.actions) for name, c in COMMANDS.items()}
ANSWERED_IN |= dict.fromkeys(("age", "drill", "ended", "said", "same"), 2)
ANSWERED_IN["interview"] = 2  # of a child of whom none is open; else in a channel too (commands/test_interview.py)
#: Commands whose first word may be an area; of these two it is another.
AREA_FIRST = tuple(name for name in BY_AREA if name not in ("cohort", "sources"))
EXPIRED = somebody("strategic_lead", expires=date(2017, 7, 4))


def asker(name: str) -> str:
    """The lead, but where a lead needs a reason or may not."""
    return {
        "child": "police",
        "age": "police",
        "ended": "police",
        "same": "police",
        "said": "police",
        "interview": "coordinator",
    }.get(name, "lead")


def test_no_two_commands_share_a_name() -> None:
    names = [name for c in COMMANDS.values() for name in (c.name, *c.aliases)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("who", [None, EXPIRED], ids=["outsider", "expired"])
def test_outsiders_are_told_to_ask_their_administrator_and_nothing_else(name: str, who: Person | None) -> None:
    replies = {everything(ask(text, who, of=MISSING)) for text in (name, *COMMANDS[name].examples, SECRET, "")}
    assert len(replies) == 1
    assert ask(name, who).text == (ASK_ADMINISTRATOR,)


@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_is_answered_in_a_place_nobody_listed(name: str) -> None:
    reply = ask(COMMANDS[name].examples[0], of=MISSING, place=UNLISTED)
    assert reply.status == "refused"
    assert reply.text == ("This place is not on the partnership's list, so I answer nothing here. Ask me in private.",)


@pytest.mark.parametrize("place", PLACES, ids=lambda p: str(p.name))
@pytest.mark.parametrize("name", COMMANDS)
def test_a_reply_is_never_more_private_than_its_place(name: str, place: Place) -> None:
    level = -1 if place.level is None else place.level
    example = COMMANDS[name].examples[0].replace("OX-7QK4", reference(1))
    reply = ask(example, asker(name), of=MISSING, place=place)
    if level >= ANSWERED_IN[name]:
        # Without a period, interviews is a list in a private enough place, and figures elsewhere.
        assert reply.status == "ok", reply.text
        assert reply.level <= level
    else:
        assert reply.status == "refused"
        assert reference(1) not in everything(reply)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_example_runs(name: str) -> None:
    for example in COMMANDS[name].examples:
        assert ask(example.replace("OX-7QK4", reference(1)), asker(name), of=MISSING).status == "ok"


@pytest.mark.parametrize("name", [n for n in COMMANDS if COMMANDS[n].of_children])
def test_nothing_loaded_is_not_zero(name: str) -> None:
    never = MemoryFacts(taken=sources(None))
    reply = ask(COMMANDS[name].examples[0], asker(name), of=never)
    assert (reply.status, reply.level) == ("failed", 0)
    assert "this is not zero, it is not known" in reply.text[0]
    assert "0" not in " ".join((reply.title, *reply.text))


# -- finding --


@pytest.mark.parametrize(
    "text",
    ["stats north", "STATS NORTH", "  stats   north ", "/missing stats north", "missing stats north", "stats: North."],
)
def test_a_command_is_found_however_it_is_written(text: str) -> None:
    assert ask(text, of=MISSING) == ask("stats north", of=MISSING)


HELP = ("", "  ", "help", "?", "-h", "--help", "cymorth", "/missing", "missing", "HELP!", "??")


@pytest.mark.parametrize("text", HELP)
def test_help_has_many_names(text: str) -> None:
    assert ask(text) == ask("help")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("sats nroth", "stats north"),
        ("stat", "stats"),
        ("opne", "open"),
        ("todya", "today"),
        ("intervews", "interviews"),
        ("bnads south", "bands south"),
        ("childd", "child"),
        ("/missing statz all", "stats all"),
    ],
)
def test_a_slip_is_answered_with_the_nearest_command(typed: str, meant: str) -> None:
    reply = ask(typed)
    assert reply.status == "unclear"
    assert reply.text == ("I don't know that command.", f"Did you mean: {meant}")
    assert offered(reply) == [meant]


def test_only_what_may_be_run_is_suggested() -> None:
    assert "Did you mean" not in everything(ask("opne", "analyst"))
    assert "Did you mean" not in everything(ask("childd", place=REFERENCES))
    assert (
        "Commands you can run here: help, away, deliveries, drill, home, my-access, sources."
        in ask("stats-typo", "admin").text
    )


@pytest.mark.parametrize("typed", [SECRET, f"find {SECRET}", f"sats {SECRET}", f"stats {SECRET}", f"child {SECRET}"])
@pytest.mark.parametrize("place", PLACES, ids=lambda p: str(p.name))
def test_what_was_typed_is_never_said_back(typed: str, place: Place) -> None:
    assert SECRET.casefold() not in everything(ask(typed, place=place)).casefold()


REFERENCES_TYPED = ["childd OX-2223", "stats OX-2223", "opne OX-2222", "cohort OX-2223", "status OX-2220", "OX-222O"]


@pytest.mark.parametrize("typed", REFERENCES_TYPED)
def test_only_the_reference_that_was_typed_is_said_back(typed: str) -> None:
    """A near miss would be another child: here one stands right beside the one typed."""
    reply = ask(typed, "north-worker", of=[episode(0), episode(1), episode(2)])
    assert reply.status == "unclear"
    said = set(re.findall("OX-222.", everything(reply).upper()))
    assert said <= ({"OX-2223"} if typed.startswith("childd") else set())


@pytest.mark.parametrize("name", AREA_FIRST)
def test_an_unknown_word_lists_the_areas(name: str) -> None:
    reply = ask(f"{name} atlantis")
    assert reply.status == "unclear"
    assert "Areas: north, south, central, disability, out_of_county, unknown, all." in everything(reply).replace(
        "\n", " "
    )
    assert any(line.startswith(f"Usage: {COMMANDS[name].usage}") for line in reply.text)


@pytest.mark.parametrize("name", AREA_FIRST)
def test_a_misspelt_area_is_put_right(name: str) -> None:
    reply = ask(f"{name} nroth")
    assert offered(reply) == [f"{name} north"]
    assert ask(offered(reply)[0]).status in ("ok", "unclear")


def test_an_area_that_is_not_theirs_names_those_that_are() -> None:
    reply = ask("stats south", "north-manager", of=MISSING)
    assert (reply.status, reply.text) == ("refused", ("That is outside your areas. You can ask for: north.",))
    assert ask("stats all", "north-manager").text == reply.text
    assert ask("stats", somebody("team_manager")).text == ("That is outside your areas. You can ask for: no area yet.",)


def test_somebody_whose_role_ends_today_is_still_answered() -> None:
    last_day = somebody("strategic_lead", expires=date(2017, 7, 5))
    assert ask("help", last_day, now=at("Wed 5 Jul 2017 23:59")).status == "ok"
    assert ask("help", last_day, now=at("Thu 6 Jul 2017 00:00")).status == "refused"


def test_places_are_as_the_partnership_lists_them() -> None:
    for place in (REFERENCES, COUNTS):
        channel = partnership().channel(place.name)
        assert channel is not None
        assert channel.level == place.level
    assert max(NEEDS_LEVEL.values()) == PRIVATE.level


def test_lists_hold_only_the_areas_of_who_asks() -> None:
    facts = [episode(1, NOW, area="south")]
    assert reference(1) in everything(ask("open", of=facts))
    assert reference(1) not in everything(ask("open", person("north-manager"), of=facts))


def test_figures_that_do_not_add_up_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: object) -> None:
        raise FigureError("3 children are in no area")

    monkeypatch.setattr(MemoryFacts, "frequency", lost)
    reply = ask("stats", "lead")
    assert (reply.title, reply.status) == ("The figures do not add up", "failed")
    assert reply.text == (
        "The figures do not add up, so I show none: 3 children are in no area.",
        "Tell your administrator.",
    )
