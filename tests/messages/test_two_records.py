"""Two open records of one child: both are shown, the child is counted once, and somebody is told to look."""

from __future__ import annotations

from dataclasses import replace

from tests.messages.test_digest import digest, references
from tests.support.asking import BECAUSE, ask, column, section
from tests.support.factories import NOW, at, away, episode, hours, reference
from tests.support.memory_facts import MemoryFacts

FIRST, SECOND = at("Mon 3 Jul 2017 22:00"), at("Tue 4 Jul 2017 20:00")
TWICE = [
    episode(1, FIRST, grade="low"),
    episode(1, SECOND, grade="high", council=False),
    episode(2, SECOND, grade="medium"),
]
MARK = "second open record of the same child"


def test_the_digest_counts_children() -> None:
    reply = digest(TWICE)
    assert reply.text[0] == "2 missing now: 1 HIGH"
    assert "Missing now: 2" in [s.title for s in reply.sections]
    assert references(section(reply, "Missing now")) == [reference(n) for n in (1, 2, 1)]


def test_the_later_record_is_marked_wherever_it_stands_in_the_list() -> None:
    lines = section(digest(TWICE), "Missing now")
    assert [line.endswith(MARK) for line in lines] == [True, False, False]
    assert f"Two open episodes of one child: {reference(1)}" in section(digest(TWICE), "Gaps")


def test_one_line_a_child_where_rules_are_met() -> None:
    lines = section(digest(TWICE), "Escalations")
    assert len([line for line in lines if reference(1) in line]) == 1


def test_a_place_for_counts_counts_children_too() -> None:
    six = [replace(x, id=1000 + n) for n, x in enumerate([*TWICE[:2]] * 3)]
    assert digest(six, channel="county-counts").text[0] == "Missing now: 1 to 5."


def test_open_counts_children() -> None:
    reply = ask("open", of=TWICE, export=True)
    assert reply.title.endswith(": 2")
    assert [str(words).endswith(MARK) for words in column(reply, "Missing now", "Look at")] == [True, False, False]


def test_child_says_the_earliest_start() -> None:
    reply = ask(f"child {reference(1)} {BECAUSE}", of=MemoryFacts(TWICE))
    assert reply.text[0].startswith("Missing since Mon 3 Jul 22:00: 34 h · ")
    assert reply.text[1] == "2 open records of this child: the time counts from the earliest."


def test_missing_goes_before_away() -> None:
    both = [away(1, FIRST), episode(1, SECOND)]
    reply = ask(f"child {reference(1)} {BECAUSE}", of=MemoryFacts(both))
    assert reply.text[0].startswith("Missing since Tue 4 Jul 20:00")
    assert digest(both).text[0] == "1 missing now · 1 away from placement"
    assert section(digest(both), "Missing now")[0].endswith(MARK)
    assert not any(MARK in str(s.lines) for s in digest([away(1, FIRST), episode(2, NOW - hours(3))]).sections)


# -- the council has recorded a return, the police log is open --

RETURNED = at("Sat 1 Jul 2017 12:00")
BACK_OR_NOT = replace(episode(1, RETURNED - hours(50)), returned_at=RETURNED)
SAID = "council records a return Sat 1 Jul 12:00, police log open"


def test_a_missing_child_who_may_be_back_is_listed_and_says_so() -> None:
    assert SAID in section(digest([BACK_OR_NOT]), "Missing now")[0]
    assert SAID in str(column(ask("open", of=[BACK_OR_NOT], export=True), "Missing now", "Look at")[0])
    assert f"The {SAID}." in ask(f"child {reference(1)} {BECAUSE}", of=MemoryFacts([BACK_OR_NOT])).text
    assert f"Council records a return, police log open: {reference(1)}" in section(digest([BACK_OR_NOT]), "Gaps")


def test_a_day_alone_has_no_made_up_time() -> None:
    day = replace(BACK_OR_NOT, returned_at=at("Sat 1 Jul 2017 00:00"))
    assert "council records a return Sat 1 Jul, police log open" in section(digest([day]), "Missing now")[0]


def test_a_return_still_to_come_or_an_end_is_no_contradiction() -> None:
    for x in (replace(BACK_OR_NOT, returned_at=NOW + hours(1)), episode(1, NOW - hours(9), NOW - hours(1))):
        assert "council records a return" not in str(digest([x]))
