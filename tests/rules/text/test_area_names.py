"""Words: areas under all their names, near misses that are safe to suggest, and children's references."""

from __future__ import annotations

import itertools
import re
from datetime import time

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bot.rules.partnership.partnership import Area, Band, Channel, Digest, Partnership, QuietHours
from bot.rules.text.area_names import (
    ALL,
    ALPHABET,
    find_area,
    find_areas,
    looks_like_reference,
    new_reference,
    normalise_reference,
    plain,
    suggest,
)

PARTNERSHIP = Partnership(
    name="Oxfordshire",
    reference_prefix="OX",
    areas=(
        Area(
            "north",
            "North (Cherwell & West Oxfordshire)",
            aliases=("cherwell and west",),
            districts=("Cherwell", "West Oxfordshire"),
            teams=("Northern",),
        ),
        Area("south", "South", districts=("South Oxfordshire", "Vale of White Horse"), teams=("Southern",)),
        Area("central", "Oxford", aliases=("city",), districts=("Oxford City",), teams=("Central",)),
        Area("disability", "Disability team", kind="team", teams=("Disability",)),
        Area("away", "Out of county", kind="out_of_county"),
        Area("none", "Not known", kind="unknown"),
    ),
    channels=(Channel("desk", "Desk", 1, ("north",), Digest(time(8), time(12))),),
    people=(),
    frequency_bands=(Band(1),),
    age_bands=(Band(0),),
    repeat_rules=(),
    reminders=(),
    quiet_hours=QuietHours(time(19), time(7)),
)


@pytest.mark.parametrize(
    ("words", "area", "rest"),
    [
        ("north 2017-H1", "north", "2017-H1"),
        ("NORTHERN", "north", ""),
        ("2017-H1 West-Oxfordshire", "north", "2017-H1"),
        ("west oxfordshire", "north", ""),
        ("Cherwell & West", "north", ""),
        ("cherwell and west", "north", ""),
        ("Vale of White Horse, k=5", "south", "k=5"),
        ("south oxfordshire", "south", ""),
        ("oxford", "central", ""),
        ("oxford city", "central", ""),
        ("the city", "central", "the"),
        ("disability team", "disability", ""),
        ("out", "away", ""),
        ("out-of-county", "away", ""),
        ("unknown", "none", ""),
        ("north south", "north", "south"),
        ("norht", None, "norht"),
        ("", None, ""),
        ("- , &", None, "- , &"),
        ("north -", "north", "-"),
        ("by and north", "north", "by and"),
    ],
)
def test_finding_an_area(words: str, area: str | None, rest: str) -> None:
    found, left = find_area(words.split(), PARTNERSHIP)
    assert left == rest.split()
    assert isinstance(found, Area) == (area is not None)
    assert area is None or (isinstance(found, Area) and found.id == area)


@pytest.mark.parametrize("words", ["all", "County", "county-wide", "countywide", "whole county", "all areas"])
def test_the_whole_county(words: str) -> None:
    assert find_area([*words.split(), "2017"], PARTNERSHIP) == (ALL, ["2017"])


def test_each_area_answers_to_all_its_names() -> None:
    for area in PARTNERSHIP.areas:
        for name in (area.id, area.name, area.short, *area.aliases, *area.districts, *area.teams):
            for written in (name, name.upper(), name.replace(" ", "-"), name.replace("&", "and")):
                assert find_area(written.split(), PARTNERSHIP) == (area, []), written


@given(st.lists(st.one_of(st.text(max_size=8), st.sampled_from(["north", "oxford", "city", "out", "of"]))))
def test_no_word_is_lost(tokens: list[str]) -> None:
    found, rest = find_area(tokens, PARTNERSHIP)
    gone = len(tokens) - len(rest)
    assert (gone > 0) == (found is not None)
    assert any([*tokens[:at], *tokens[at + gone :]] == rest for at in range(len(rest) + 1))


@given(st.text())
def test_plain_twice_is_plain(text: str) -> None:
    # Folding may itself bring forth punctuation from compatibility letters, never the other way about.
    once = plain(text)
    assert plain(once) == once
    assert not re.search(r"[-_,.&]|  |^ | $", once)


# Suggestions -----------------------------------------------------------------------------------------

CANDIDATES = (
    "stats",
    "bands",
    "compare",
    "interviews",
    "north",
    "northern",
    "last-month",
    "west-oxfordshire",
    "OX-7QK4",
)


@pytest.mark.parametrize(
    ("word", "candidate"),
    [
        ("stast", "stats"),
        ("Norht", "north"),
        ("interveiws", "interviews"),
        ("west_oxfordshir", "west-oxfordshire"),
        ("lats-month", "last-month"),
        ("NORTHREN", "northern"),
        ("zzzz", None),
        ("", None),
    ],
)
def test_suggesting_the_near_miss(word: str, candidate: str | None) -> None:
    assert suggest(word, CANDIDATES) == candidate


@given(st.text(ALPHABET, min_size=4, max_size=6), st.sampled_from(["OX", "BRK", "NYKS"]), st.sampled_from("-– "))
def test_a_reference_is_never_guessed(code: str, prefix: str, dash: str) -> None:
    reference = f"{prefix}{dash}{code}"
    assert suggest(reference, [reference, reference[:-1] + "2", *CANDIDATES]) is None
    near_miss = reference[:-1] + next(c for c in ALPHABET if c != code[-1])
    assert suggest(near_miss, [reference]) is None


# References ------------------------------------------------------------------------------------------

codes = st.text(ALPHABET, min_size=4, max_size=6)


@pytest.mark.parametrize(
    "written",
    ["OX-7QK4", "ox-7qk4", "OX7QK4", "ox 7qk4", " OX–7QK4 ", "Ox - 7qK4", "OX—7QK4", "OX\u20117QK4"],
)
def test_ways_to_write_a_reference(written: str) -> None:
    assert normalise_reference(written, "OX") == "OX-7QK4"
    assert looks_like_reference(written, "OX")


@pytest.mark.parametrize(
    "written",
    [
        "OX-7QK",
        "OX-7QK4ABC",
        "MC-7QK4",
        "7QK4",
        "OX-7QK0",
        "OX-7QKO",
        "OX-7QKI",
        "OX-7Q K4",
        "OX-7QK\u212a",
        "OX-\uff17QK4",
        "",
    ],
)
def test_what_is_no_reference(written: str) -> None:
    assert normalise_reference(written, "OX") is None


@pytest.mark.parametrize("slip", ["OX-7QK0", "ox 7qko", "OX-7QK", "OX7QK", "OX-7QK4ABC", "OX-ABCD"])
def test_a_slip_still_looks_like_a_reference(slip: str) -> None:
    assert looks_like_reference(slip, "OX")


@pytest.mark.parametrize(
    ("word", "prefix"),
    [
        ("northern", "NO"),
        ("oxford", "OX"),
        ("stats", "ST"),
        ("north", "OX"),
        ("OX", "OX"),
        ("", "OX"),
        ("2017-H1", "OX"),
    ],
)
def test_ordinary_words_do_not(word: str, prefix: str) -> None:
    assert not looks_like_reference(word, prefix)


@given(codes, st.sampled_from(["", "-", " ", "–", " - ", "  "]), st.booleans(), st.sampled_from(["OX", "NYKS"]))
@example("ABCD", "", True, "OX")
def test_normalising_any_reference(code: str, dash: str, lower: bool, prefix: str) -> None:
    written = f" {prefix}{dash}{code} "
    normal = f"{prefix}-{code}"
    assert normalise_reference(written.lower() if lower else written, prefix) == normal
    assert normalise_reference(normal, prefix) == normal
    assert looks_like_reference(normal, prefix)


@given(st.text(max_size=40))
def test_any_text_is_a_normal_reference_or_nothing(text: str) -> None:
    normal = normalise_reference(text, "OX")
    assert normal is None or re.fullmatch(f"OX-[{ALPHABET}]{{4,6}}", normal)
    assert normal is None or re.sub(r"[\W_]", "", text).upper() == normal.replace("-", "")


@given(codes, codes)
def test_two_references_are_never_taken_for_one(one: str, other: str) -> None:
    assume(one != other)
    assert normalise_reference(f"ox{one}", "OX") != normalise_reference(f"ox {other}", "OX")


@given(st.sampled_from([4, 5, 6]), st.randoms(use_true_random=False))
def test_new_references_read_back(length: int, random: object) -> None:
    choose = itertools.cycle(ALPHABET)
    reference = new_reference("OX", length, lambda letters: next(c for c in choose if c in letters))
    assert normalise_reference(reference, "OX") == reference
    assert len(reference) == len("OX-") + length


def test_a_new_reference_chooses_every_character() -> None:
    asked: list[str] = []

    def choose(letters: str) -> str:
        asked.append(letters)
        return letters[len(asked)]

    assert new_reference("OX", 4, choose) == "OX-3456"
    assert asked == [ALPHABET] * 4


def test_the_alphabet_is_read_out_without_mistakes() -> None:
    assert not set("01ILO") & set(ALPHABET)
    assert len(set(ALPHABET)) == len(ALPHABET) == 31


@pytest.mark.parametrize("length", [0, 3, 7])
def test_a_reference_too_short_or_too_long_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="4 to 6 characters"):
        new_reference("OX", length, lambda letters: letters[0])


def test_marks_around_a_name_are_no_part_of_it() -> None:
    for tokens, at in ((["-", "north"], 1), (["north", "-"], 0), (["stats", "-", "north", "-", "2017"], 2)):
        (found,) = find_areas(tokens, PARTNERSHIP)
        assert (found.at, found.length) == (at, 1), tokens
    (found,) = find_areas(["west", "-", "oxfordshire"], PARTNERSHIP)
    assert (found.at, found.length) == (0, 3), "inside it they are"
