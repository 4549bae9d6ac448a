"""help: only the commands that this person can run in this place, with examples that run."""

from __future__ import annotations

import pytest

from bot.conversation.command import PRIVATE, Place, Request
from bot.conversation.reply import Reply
from bot.messages import episode_lines
from bot.rules.partnership.partnership import Person
from commands.help import GROUPS
from tests.support.asking import COMMANDS, COUNTS, REFERENCES, ask, column, desk, offered
from tests.support.factories import NOW, episode, person, reference, somebody
from tests.support.memory_facts import MemoryFacts


def needing(*actions: str) -> list[str]:
    """The commands that ask for one of these rights."""
    return [name for name, c in COMMANDS.items() if not set(actions).isdisjoint(c.actions)]


LISTS, FIGURES = needing("open_list"), needing("counts")
#: Of people of some areas, who are not offered what is of the whole county alone.
OF_AREAS = [name for name in FIGURES if name not in ("report", "lac", "placements")]
LEADS = needing("access_summary", "review", "who_looked")
SAID = ["age", "ended", "said", "same"]
SHOWN: list[tuple[str | Person, Place, list[str]]] = [
    ("lead", PRIVATE, [*FIGURES, *LISTS, *LEADS, "child"]),
    ("lead", REFERENCES, [*FIGURES, *LISTS]),
    ("lead", COUNTS, FIGURES),
    ("police", PRIVATE, [*FIGURES, *LISTS, *SAID, "child"]),
    ("north-worker", PRIVATE, [*OF_AREAS, *LISTS, *SAID, "child", "interview"]),
    ("north-worker", REFERENCES, [*OF_AREAS, *LISTS, "interview"]),
    ("north-manager", PRIVATE, [*OF_AREAS, *LISTS, *SAID, "child", "interview", *needing("who_looked")]),
    ("analyst", PRIVATE, [*FIGURES]),
    ("admin", PRIVATE, ["drill"]),
    (somebody("panel_member", "north"), PRIVATE, OF_AREAS),
    (somebody("independent_reviewing_officer", code="I-1"), PRIVATE, [*LISTS, "child"]),
    (somebody("placing_authority_contact", code="LA-9"), REFERENCES, [*LISTS, "interview"]),
]


def examples(reply: Reply) -> list[str]:
    return [line.partition(" · ")[0] for section in reply.sections for line in section.lines]


def test_every_command_is_in_one_group() -> None:
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(COMMANDS)


@pytest.mark.parametrize("topic", ["morning", "periods", "areas", "marks", "privacy"])
def test_a_topic_is_explained_and_one_that_is_not_there_is_said_to_be_unknown(topic: str) -> None:
    found = ask(f"help {topic}")
    assert (found.status, found.title) == ("ok", f"Help: {topic}")
    assert found == ask(f"help {topic.removesuffix('s')}")
    unknown = ask("help weather")
    assert unknown.status == "unclear"
    assert topic in unknown.text[0]
    assert "weather" not in repr(unknown)


def test_every_mark_is_explained_with_its_word() -> None:
    told = " ".join(ask("help marks").text)
    for mark in (*episode_lines.GRADE_MARKS.values(), "⏳", "⏰", "⚠", episode_lines.DONE, "🔔"):
        assert mark in told
    for word in ("no grade yet", "HIGH", "medium", "low", "due", "overdue", "nobody owns it", "done", "call"):
        assert word in told


def test_the_morning_has_the_times_of_the_partnership() -> None:
    told = ask("help morning").text
    assert "in your channel at 08:00." in told[1]
    assert "in private at 08:30." in told[4]
    assert len(told) <= 12


def test_what_most_people_ask_is_a_button() -> None:
    shown = {b.label: b.command for b in ask("help", "north-worker").buttons}
    assert list(shown) == ["Today", "Missing now", "My interviews", "Stats", "One child"]
    assert shown.pop("One child") == "child"
    form = desk(MemoryFacts()).answer(Request(person("north-worker"), PRIVATE, "child", NOW, forms=True)).form
    assert form
    assert (form.kind, [f.id for f in form.fields]) == ("look_up", ["reference"])
    for text in shown.values():
        assert ask(text, "north-worker", of=[episode(1)]).status == "ok"


@pytest.mark.parametrize(("who", "place", "names"), SHOWN)
def test_only_what_can_be_run_here(who: str | Person, place: Place, names: list[str]) -> None:
    reply = ask("help", who, place=place)
    shown = sorted(example.split()[0] for example in examples(reply))
    for_all = {*needing("help", "sources", *(["my_access"] if place == PRIVATE else []))} - {"drill"}
    assert shown == sorted({*names, *for_all})


@pytest.mark.parametrize(("who", "place", "names"), SHOWN)
def test_every_example_shown_can_be_run_here(who: str | Person, place: Place, names: list[str]) -> None:
    """Examples that help proposes are not refused; a child's reference is only an example."""
    facts = [episode(1)]
    for text in examples(ask("help", who, place=place)):
        topic = ask(f"help {str(text).split()[0]}", who, place=place)
        for example in (text, *column(topic, "Examples", "Example"), *offered(topic)):
            if not str(example).startswith(
                ("child", "who-looked", "interview OX", "age OX", "ended OX", "same OX", "said OX")
            ):
                assert ask(str(example), who, of=facts, place=place).status == "ok", example


def test_it_says_who_you_are() -> None:
    assert ask("help", "north-worker").text == ("You are north-worker, allocated worker for north.",)
    assert ask("help", "lead").text == ("You are lead, strategic lead.",)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_on_one_command(name: str) -> None:
    who = "coordinator" if name in ("interview", *SAID) else "admin" if name == "drill" else "lead"
    reply = ask(f"help {name.upper()}", who)
    assert reply.title == f"Help: {name}"
    assert reply.text == (f"{COMMANDS[name].summary}.", f"Usage: {COMMANDS[name].usage}")


def test_help_on_what_one_may_not_run_is_as_on_what_is_not_there() -> None:
    assert ask("help child", "analyst") == ask("help nonsense", "analyst")
    assert ask("help digest").title == "Help: today"


def test_examples_are_of_ones_own_area() -> None:
    assert column(ask("help stats", "south-worker"), "Examples", "Example")[0] == "stats south"
    assert "stats south" in examples(ask("help", "south-worker"))


def test_no_name_is_asked_for() -> None:
    assert "please never type a name" in ask("help").footer[1]
    assert reference(1) not in str(ask("help", of=[episode(1)]))
