"""Questions in people's own words: read by rule, said how, asked where they can be read in two ways, never guessed."""

from __future__ import annotations

import random
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.command import Command
from bot.conversation.plain_questions import QuestionReader
from bot.rules.text.small_words import SMALL
from tests.support.asking import COMMANDS, COUNTS, PLACES, REFERENCES, ask, everything, offered
from tests.support.factories import NOW, episode, hours, interview, partnership, reference
from tests.support.memory_facts import MemoryFacts

SECRET = "Wilhelmina"
BACK = NOW - hours(30)
FACTS = [
    episode(1, NOW - hours(20), worker="W-N01"),
    episode(2, NOW - hours(60), BACK, interview=interview(BACK, worker="W-N01")),
    episode(3, NOW - hours(20), area="south", grade="high"),
]

READ = [
    ("who is missing", "open"),
    ("Who's missing in the north?", "open north"),
    ("open northern area", "open north"),
    ("missing now", "open"),
    ("high risk in the south please", "open high south"),
    ("overdue", "interviews overdue"),
    ("what is overdue in the north", "interviews overdue north"),
    ("interview overdue", "interviews overdue"),
    ("rhis north", "interviews north"),
    ("my overdue interviews", "interviews mine overdue"),
    ("interviews due tomorrow in the north", "interviews due tomorrow north"),
    ("stats the north please", "stats north"),
    ("stats northern area", "stats north"),
    ("statistics for the north in 2017-H1", "stats north 2017-H1"),
    ("how many missing in the north this month?", "stats north 2017-07"),
    ("which are the figures of north and south", "stats north south"),
    ("age bands 2017-H1", "bands ages 2017-H1"),
    ("looked after children 2017-H1", "cohort lac 2017-H1"),
    ("concentration for the top 5 children", "concentration k=5"),
    ("who reported them in 2017-05", "reporters 2017-05"),
    ("how old is the data?", "sources"),
    ("what can I see", "my-access"),
    ("what is due on friday", "interviews due friday"),
    ("what was sent yesterday", "deliveries 2017-07-04"),
]


@pytest.mark.parametrize(("typed", "meant"), READ)
def test_a_question_is_answered_as_its_command_and_says_so(typed: str, meant: str) -> None:
    reply, plain = ask(typed, "coordinator", of=FACTS), ask(meant, "coordinator", of=FACTS)
    assert reply.text[0] == f"I read this as: {meant}."
    assert (reply.title, reply.text[1:], reply.tables) == (plain.title, plain.text, plain.tables)


@pytest.mark.parametrize("typed", ["stats north", "STATS: North.", "rhi overdue", "stats n", "digest", "open all"])
def test_a_question_as_its_command_takes_it_is_answered_without_a_word(typed: str) -> None:
    assert "I read this as" not in everything(ask(typed, "coordinator", of=FACTS))


def test_a_child_is_found_by_reference_in_a_sentence() -> None:
    ref = reference(1)
    for typed in (f"risk {ref}", f"what is the risk of {ref}?", f"is {ref} back yet", f"{ref.lower()} where are we"):
        reply = ask(typed, "police", of=FACTS)
        assert (reply.title.split(" · ")[0], reply.text[0]) == (ref, f"I read this as: child {ref}."), typed


@pytest.mark.parametrize("typed", ["status {}", "{}", "status of {}?"])
def test_two_ways_are_asked_of_those_who_may_go_both(typed: str) -> None:
    ref = reference(1)
    reply = ask(typed.format(ref), "north-worker", of=FACTS)
    assert (reply.status, offered(reply)) == ("unclear", [f"child {ref}", f"interview {ref}"])
    assert ask(typed.format(ref), "police", of=FACTS).title.startswith(ref)  # the police update no interview


def test_two_ways_are_the_same_for_no_such_child() -> None:
    real, none = (everything(ask(f"status {ref}", "north-worker", of=FACTS)) for ref in (reference(1), reference(999)))
    assert real.replace(reference(1), reference(999)) == none


def test_a_number_of_children_now_or_in_a_period_is_asked() -> None:
    assert offered(ask("how many missing in the north", of=FACTS)) == ["open north", "stats north"]
    assert offered(ask("north", of=FACTS)) == ["open north", "stats north", "today north"]


def test_a_step_after_a_reference_is_recorded_and_said() -> None:
    ref = reference(2)
    reply = ask(f"{ref} offered by phone", "north-worker", of=FACTS)
    assert reply.title.startswith(f"Recorded for {ref}")
    assert reply.text[0] == f"I read this as: interview {ref}, with what you said of it."
    assert ask(f"interview for {ref} offered by phone", "north-worker", of=FACTS).title == reply.title
    assert ask(f"why is {ref} going missing", "north-worker", of=FACTS).status == "unclear"


def test_no_absence_is_recorded_of_a_sentence() -> None:
    assert ask("away for friday please", "north-worker", of=FACTS).status == "unclear"


def test_two_children_are_not_asked_of_at_once() -> None:
    reply = ask(f"{reference(1)} and {reference(2)} held", "north-worker", of=FACTS)
    assert (reply.status, reply.text[0]) == ("unclear", "Ask of one child at a time.")
    assert reference(1) not in everything(reply)


def test_an_area_that_is_not_named_is_asked() -> None:
    reply = ask("overdue interviews for my team", "north-manager", of=FACTS)
    assert (reply.title, offered(reply)) == ("Which area?", ["interviews overdue", "interviews overdue north"])
    assert offered(ask("stats our area", of=FACTS)) == ["stats"]


# -- what is not known --


@pytest.mark.parametrize(
    ("typed", "places"),
    [
        (f"is {SECRET} missing", "the 2nd word"),
        ("open the atlantis", "the 3rd word"),
        ("stats north not south", "the 3rd word"),
        ("overdue except north", "the 2nd word"),
        (f"{SECRET} {SECRET} is missing in atlantis", "the 1st, 2nd and 6th word"),
        ("a b c d e f missing", "the 2nd, 3rd, 4th word and others"),
    ],
)
def test_a_word_that_is_not_known_is_named_by_its_place(typed: str, places: str) -> None:
    reply = ask(typed, of=FACTS)
    assert reply.status == "unclear"
    assert places in reply.text[0]


@pytest.mark.parametrize("typed", [f"is {SECRET} back?", f"open {SECRET}", f"status {SECRET} Testcase", f"{SECRET}"])
@pytest.mark.parametrize("place", [p for p in PLACES if p.level is not None], ids=lambda p: str(p.name))
def test_a_name_is_not_taken_and_not_said_back(typed: str, place: object) -> None:
    reply = ask(typed, "police", of=FACTS, place=place)  # type: ignore[arg-type]
    if reply.status != "refused":  # no lists here
        assert "not a name. I have not kept what you typed." in " ".join(reply.text)
    assert SECRET.casefold() not in everything(reply).casefold()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("interviews overdue south last month", "interviews overdue south"),
        ("interviews mine last month", "interviews mine"),
        ("open high north last month", "open high north"),
        ("who is mising in the north", "open north"),
        ("overdeu in the south", "interviews overdue south"),
        ("help interveiws", "help interviews"),
        ("compare north with south 2017-H1", "stats north south 2017-H1"),
    ],
)
def test_a_suggestion_keeps_what_was_asked(typed: str, meant: str) -> None:
    reply = ask(typed, of=FACTS)
    assert (reply.status, offered(reply)) == ("unclear", [meant])


@pytest.mark.parametrize(
    "typed", ["who is mising besides north", f"sats {SECRET}", "opne OX-2222", "interviews overdue due soon"]
)
def test_nothing_is_suggested_that_drops_a_word(typed: str) -> None:
    assert offered(ask(typed, of=FACTS)) == []


@pytest.mark.parametrize(
    "typed", ["interview no answer", "interviewing", "OX-222O held", "child Testchild", "Testchild"]
)
def test_no_other_meaning_is_suggested(typed: str) -> None:
    assert not [o for o in offered(ask(typed, "north-worker", of=FACTS)) if "custody" in o or "OX-" in o]


# -- the words of the commands --


def phrases() -> list[tuple[Command, str]]:
    return [(c, phrase) for c in COMMANDS.values() for phrase in c.words if phrase]


@pytest.mark.parametrize(("command", "phrase"), phrases(), ids=lambda x: x if isinstance(x, str) else x.name)
def test_every_word_that_a_command_declares_leads_to_it(command: Command, phrase: str) -> None:
    """Alone, or beside the command's name where the word belongs to others too, or is a period of its own."""
    reader = QuestionReader(tuple(COMMANDS.values()), partnership())
    ref = "" if "REF" in phrase or not command.needs_reference else "OX-2223"
    typed = phrase.replace("REF", "OX-2223").replace("N", "7")
    periods = "2016-H2 2017-H1" if command.needs_periods else ""
    for text in (f"{typed} {ref} {periods}", f"{command.name} {ref} {typed}", f"{ref} {typed}"):
        found = reader.read(text.split(), NOW, lambda c: True)
        if command in [way.command for way in found.ways]:
            return
    raise AssertionError(phrase)


def test_small_words_turn_no_meaning_round() -> None:
    turning = "not no without except but or since until before after over more less than by was were my all between"
    assert SMALL.isdisjoint(turning.split())
    assert SMALL.isdisjoint(w for c in COMMANDS.values() for w in (c.name, *c.aliases))


@pytest.mark.parametrize(
    "typed",
    ["is {} held", "is {} held?", "{} held?", "what is {} offered", "{} going", "was {} held", "status of {} held"],
)
def test_a_question_about_a_step_records_none(typed: str) -> None:
    reply = ask(typed.format(reference(2)), "north-worker", of=FACTS)
    assert reply.status == "unclear"
    assert not reply.title.startswith("Recorded")


# -- whatever is typed --

WORDS = sorted(
    {w for c in COMMANDS.values() for phrase in (c.name, *c.aliases, *c.words) for w in phrase.split()}
    | {"north", "south", "all", "out", "2017-H1", "last", "month", "and", "v", "OX-2223", "ox", "2223", "7", "partial"}
    | {SECRET, "?", "-", "not", "\u202e", "k=3", "because", "held"}
    | SMALL
)


@given(st.lists(st.sampled_from(WORDS), max_size=12))
def test_no_words_raise_and_no_unknown_word_is_said_back(words: list[str]) -> None:
    reply = ask(" ".join(words), "north-worker", of=FACTS)
    assert reply.status in ("ok", "refused", "unclear", "failed")
    assert SECRET not in everything(reply)
    said = [line for line in reply.text if line.startswith("I read this as: ")]
    for line in said:
        again = re.sub(r", with what you said of it", "", line.removeprefix("I read this as: ").rstrip("."))
        assert again.split()[0] in COMMANDS


@given(st.text(max_size=200))
def test_no_text_raises(text: str) -> None:
    assert ask(text, of=FACTS).title


def test_hostile_texts_are_read_in_no_time() -> None:
    """The small form of `python -m tests.bench.questions --hostile 100000`."""
    dice, reader = random.Random(1), QuestionReader(tuple(COMMANDS.values()), partnership())
    worst = 0.0
    for _ in range(200):
        tokens = " ".join(dice.choices(WORDS, k=dice.randrange(1, 250)))[:500].split()
        began = time.process_time()
        reader.read(tokens, NOW, lambda c: True)
        worst = max(worst, time.process_time() - began)
    assert worst < 0.5


def test_places_without_lists_are_offered_none() -> None:
    assert offered(ask("status OX-2223", "north-worker", of=FACTS, place=COUNTS)) == []
    assert "OX-2223" not in everything(ask("status OX-2223", "north-worker", of=FACTS, place=COUNTS))
    assert offered(ask("status OX-2223", "north-worker", of=FACTS, place=REFERENCES)) == []


def test_facts_are_not_needed_to_refuse() -> None:
    assert ask("who is missing", "admin", of=MemoryFacts()).status == "refused"
