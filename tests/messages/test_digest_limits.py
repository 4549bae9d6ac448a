"""Limits of a digest: no figures from sources that are too old, and no more than its channel may see."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from bot.conversation.command import Request
from bot.jobs.digest import preview
from tests.messages.test_digest import NIGHT, back, digest
from tests.support.asking import COUNTS, desk, everything, section
from tests.support.factories import (
    NOW,
    Recorded,
    at,
    episode,
    hours,
    interview,
    partnership,
    person,
    reference,
    sources,
)
from tests.support.memory_facts import MemoryFacts

# -- how old the sources are --

OLD = at("Sat 1 Jul 2017 08:00")
FULL = [episode(1, NIGHT), back(2, 91), back(3, 20)]


def test_no_source_recent_enough_gives_no_figures_at_all() -> None:
    reply = digest(MemoryFacts(FULL, taken=sources(OLD)))
    assert reply.status == "failed"
    assert (reply.facts, reply.sections) == ((), ())
    assert reply.text[0] == (
        "⚠ Who is missing is NOT KNOWN: the Police file is 4 d old. "
        "At the last one (Sat 1 Jul 08:00) 1 child was missing."
    )
    assert reply.text[1].startswith("⚠ Return interviews are NOT KNOWN: the Council interviews file is 4 d old ")
    assert "I have NOT given figures: no source is recent enough." in reply.text
    assert reply.text[-1] == "Use the police and case systems until I say otherwise."
    assert "OX-" not in everything(reply)


@pytest.mark.parametrize("taken", [OLD, None])
def test_without_the_police_only_interviews_are_told(taken: datetime | None) -> None:
    reply = digest(MemoryFacts(FULL, taken=sources(police=taken)))
    last = "the Police file is 4 d old. At the last one (Sat 1 Jul 08:00) 1 child was missing."
    assert reply.text == (
        f"⚠ Who is missing is NOT KNOWN: {last if taken else 'no Police file was ever loaded.'}",
        "Interviews: 1 overdue · 0 no owner · 0 due by tomorrow",
        "Since Tue 08:00: 0 interviews held, 1 newly overdue",
        "Also: 1 due within 3 days",
    )
    assert "do not read as zero" in section(reply, "Missing, reported, returned: not known")[0]
    assert not any(s.title.startswith(("Missing now", "Reported", "Returned")) for s in reply.sections)
    assert section(reply, "Overdue, with an owner")[0].startswith(f"⏰ {reference(2)}")


@pytest.mark.parametrize("taken", [OLD, None])
def test_without_the_interviews_only_the_police_are_told(taken: datetime | None) -> None:
    reply = digest(MemoryFacts(FULL, taken=sources(interviews=taken)))
    told = "the Council interviews file is 4 d old (of Sat 1 Jul 08:00): do not read as zero."
    assert reply.text == (
        f"⚠ Return interviews are NOT KNOWN: {told if taken else 'no Council interviews file was ever loaded.'}",
        "1 missing now",
        "Since Tue 08:00: 1 reported (0 back), 1 returned",
    )
    assert "do not read as zero" in section(reply, "Return interviews: not known")[0]
    assert not any(s.title.startswith(("Overdue", "No owner", "Held")) for s in reply.sections)


@pytest.mark.parametrize("source", ["police", "interviews"])
def test_nothing_is_all_clear_while_a_source_is_old(source: str) -> None:
    for ago in (30, 13 if source == "police" else 30):
        reply = digest(MemoryFacts(taken=sources(**{source: NOW - hours(ago)})))
        assert not any("All clear" in line for line in reply.text)
        assert reply.text[0].startswith("⚠")


@pytest.mark.parametrize("source", ["police", "interviews"])
def test_a_newer_file_that_could_not_be_used_is_said_beside_one_that_is_too_old(source: str) -> None:
    """Whoever reads it knows that a file came, and is not the cause of the silence."""
    refused = [replace(s, refused_at=NOW - hours(1)) if s.source == source else s for s in sources(**{source: OLD})]
    reply = digest(MemoryFacts(FULL, taken=tuple(refused)))
    assert "file is 4 d old (a newer file could not be used (Wed 5 Jul 07:00))" in reply.text[0]


def test_the_age_of_every_source_stands_at_the_end() -> None:
    assert digest().footer[-1].count("Wed 5 Jul 08:00, ok") == 3


# -- privacy --

TELLING = [
    episode(1, NIGHT, birth=date(2005, 3, 9), grade="high"),
    replace(back(2, 91, None), age=12),
    *(back(n, 80 + n) for n in range(10, 20)),
]


def test_a_channel_for_counts_gets_no_reference_and_no_small_number() -> None:
    reply = digest(TELLING, channel="county-counts")
    assert reply.level == 0
    assert "OX-" not in everything(reply)
    assert reply.text == (
        "Missing now: 1 to 5.",
        "Reported since Tue 08:00: 1 to 5.",
        "Returned since Tue 08:00: none.",
        "Interviews overdue: 11 to 15.",
        "Interviews due by tomorrow: none.",
    )
    assert (reply.facts, reply.sections, reply.tables, reply.buttons) == ((), (), (), ())


@pytest.mark.parametrize(("n", "said"), [(0, "none"), (1, "1 to 5"), (5, "1 to 5"), (6, "6 to 10"), (11, "11 to 15")])
def test_small_numbers_are_not_told_apart(n: int, said: str) -> None:
    reply = digest([episode(i, NIGHT) for i in range(n)], channel="county-counts")
    assert reply.text[0] == f"Missing now: {said}."


@pytest.mark.parametrize(("n", "said"), [(0, "none"), (1, "1 to 9"), (9, "1 to 9"), (10, "10 to 18")])
def test_the_partnership_says_which_numbers_are_small(n: int, said: str) -> None:
    ours = replace(partnership(), disclosure=replace(partnership().disclosure, threshold=9))
    found = MemoryFacts([episode(i, NIGHT) for i in range(n)], taken=sources(NOW))
    channel = ours.channel("county-counts")
    assert channel
    assert preview(found, ours, channel, NOW).reply.text[0] == f"Missing now: {said}."
    asked = desk(found, ours).answer(Request(person("lead"), COUNTS, "today", NOW))
    assert asked.text[0] == f"Missing now: {said}."


def test_a_channel_for_counts_says_what_it_does_not_know() -> None:
    reply = digest(MemoryFacts(FULL, taken=sources(police=None)), channel="county-counts")
    assert reply.text[0] == "⚠ Police: NEVER LOADED, do not read as zero"
    assert "Missing now: not known." in reply.text


def test_a_channel_for_references_gets_bands_and_never_an_exact_age() -> None:
    text = everything(digest(TELLING))
    assert "10-12" in text
    assert "years" not in text
    assert "· 12 ·" not in text
    assert "2005" not in text


def test_a_channel_sees_its_own_area_only() -> None:
    facts = [episode(1, NIGHT), episode(2, NIGHT, area="south")]
    text = everything(digest(facts, channel="north-digest"))
    assert reference(1) in text
    assert reference(2) not in text


# -- a child who died (edge case 35) --

MORNING = at("Wed 5 Jul 2017 06:00")
DIED = [
    episode(1, NIGHT, MORNING, end_reason="died"),
    episode(1, NIGHT, MORNING, interview=interview(MORNING, outcome_reason="died")),
    episode(1, NIGHT, interview=interview(None, outcome_reason="died")),
    episode(1, NOW - hours(40), MORNING, end_reason="died", entered_at=MORNING),
    episode(1, NIGHT, MORNING, end_reason="died", birth=date(1999, 7, 5)),
]


@pytest.mark.parametrize("died", DIED)
@pytest.mark.parametrize("channel", ["county-digest", "county-counts"])
def test_nothing_of_a_child_who_died_is_posted(died: Recorded, channel: str) -> None:
    """Nor of an earlier episode, whose interview nobody can hold any more."""
    earlier = [replace(back(1, 90, None), id=901), replace(back(1, 200, held_at=NOW - hours(5)), id=902)]
    reply = digest([died, *earlier], channel=channel)
    same = digest([], channel=channel)
    assert reference(1) not in everything(reply)
    assert (reply.facts, reply.sections) == (same.facts, same.sections)
    assert "All clear" not in str(reply.text), "it is not clear: a child died"
    assert reply.text[-1] == same.text[-1], "nor is an interview counted as held"
    if channel == "county-digest":
        zeroes = ("0 missing now", "Interviews: 0 overdue · 0 no owner · 0 due by tomorrow")
        assert reply.text == (*zeroes, same.text[-1])
    if channel == "county-counts":
        assert reply.text == same.text


def test_all_clear_may_be_said_again_in_the_next_window() -> None:
    died = episode(1, NIGHT - hours(90), NIGHT - hours(60), end_reason="died")
    assert "All clear" in digest([died, back(1, 200, None)]).text[0]
