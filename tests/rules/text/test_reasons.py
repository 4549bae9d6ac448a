"""Reasons: found however typed, refused with personal details, shown without words that may be a name."""

from __future__ import annotations

import string

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

from bot.rules.text import reasons
from bot.rules.text.reasons import MASK, masked, split, unfit
from tests.support.factories import partnership

GOOD = "seen at the station, police ask who the worker is"


@pytest.mark.parametrize(
    "typed",
    [
        f'OX-7QK4 because "{GOOD}"',
        f"OX-7QK4 because {GOOD}",
        f"OX-7QK4 because: {GOOD}",
        f"OX-7QK4, because “{GOOD}”",
        f"OX-7QK4 BECAUSE '{GOOD}'",
        f"OX-7QK4 because \u2018{GOOD}\u2019",
        f"OX-7QK4 because=«{GOOD}»",
        f'OX-7QK4 because"{GOOD}"',
        f'OX-7QK4 – because "{GOOD}',
        f'"OX-7QK4" because „{GOOD}“',
        f'OX-7QK4 "because {GOOD}"',
        f"OX-7QK4 because \u202e{GOOD}\u200b",
        f"OX-7QK4   because\t{GOOD}",
    ],
)
def test_however_it_is_typed(typed: str) -> None:
    assert split(typed) == ("OX-7QK4", GOOD)


def test_a_reason_may_say_because_too() -> None:
    assert split("OX-7QK4 because she ran because of it") == ("OX-7QK4", "she ran because of it")


def test_without_a_reason() -> None:
    assert split("OX-7QK4") == ("OX-7QK4", None)
    assert split("OX-7QK4 because") == ("OX-7QK4", "")
    assert split("because of the weather") == ("", "of the weather")
    assert split("OX-7QK4 becauseofthis") == ("OX-7QK4 becauseofthis", None)


@given(st.text(max_size=500))
@example("\ud800 because \0 \ud800")
def test_whatever_is_typed_a_reason_can_be_stored(typed: str) -> None:
    """No NUL, which PostgreSQL refuses, and no half of a character, which no file can hold."""
    _, reason = split(typed)
    assert reason is None or (reason.isprintable() and reason.encode("utf-8").isascii() is reason.isascii())


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        (GOOD, None),
        ("found at 10.30 in the park, 2 officers with her, 15 min away", None),
        ("x" * 40, "short"),
        ("help help help help help help", "short"),
        ("too short a one", "short"),
        ("", "short"),
        ("OX-7QK4 OX-7QK4 OX-7QK4 OX-7QK4", "short"),
        ("ox 7qk4 is the child I ask", "short"),
        ("a b c d e f g h i j k l m n o p", "short"),
        ("a long story " * 20, "long"),
    ],
)
def test_long_enough_and_in_words(reason: str, why: str | None) -> None:
    assert unfit(reason, 20, "OX") == why


PERSONAL = (
    *("13/03/2003", "13.3.03", "13-03-2003", "2003-03-13", "13 March 2003", "13th of march, 2003", "March 13, 2003"),
    *("13 mar 03", "dob unknown", "D.O.B is known", "born on a Monday", "OX1 1AA", "ox11aa", "OX42AB", "SW1A 1AA"),
    *("someone@example.org", "a @handle", "01865 000000", "+44 1865 000 000", "07000-000000", "(01865) 000000"),
    *(
        "943 476 5919",
        "9434765919",
        "000000",
        "12 High Street",
        "4a Old Mill Lane",
        "\uff11\uff13/\uff10\uff13/\uff12\uff10\uff10\uff13",
    ),
)


@pytest.mark.parametrize("detail", PERSONAL)
def test_personal_details_are_refused(detail: str) -> None:
    assert unfit(f"{GOOD}, {detail}", 20, "OX") == "personal"


@given(st.dates().filter(lambda d: d.year >= 1000), st.sampled_from(["%d/%m/%Y", "%Y-%m-%d", "%d.%m.%y", "%d %B %Y"]))
def test_every_date_is_refused(day: object, written: str) -> None:
    assert unfit(f"{GOOD}, {day:{written}}", 20, "OX") == "personal"


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        (GOOD, GOOD),
        ("Wilhelmina was seen", f"{MASK} was seen"),
        ("seen with Zebedee O'Canary at home", f"seen with {MASK} at home"),
        ("seen with Mrs White in Oxford", f"seen with {MASK} in Oxford"),
        ("Police and MASH ask about North, on Monday", "Police and MASH ask about North, on Monday"),
        ("I am at A&E with her (Banbury).", f"I am at A&E with her {MASK}"),
        ("her brother Will is in May Street", f"her brother {MASK} is in {MASK}"),
        ("with OX-7QK4 and ox 7qk5", f"with {MASK} and {MASK}"),
        ("with ox_7qk4 and ox.7qk5 and ox/7qk6, OX_7QK7_", f"with {MASK} and {MASK} and {MASK}, {MASK}_"),
        ("wILHELMINA, WILHELMINA; Wilhelmina’s", MASK),
        ("north/Wilhelmina", MASK),
        ("found with 王小明 and محمد", f"found with {MASK} and {MASK}"),
        ("Ünïque is Ünïque", f"{MASK} is {MASK}"),
        ("", ""),
    ],
)
def test_what_may_be_a_name_is_not_shown(reason: str, shown: str) -> None:
    assert masked(reason, partnership()) == shown


CAPITALISED = st.text(string.ascii_lowercase, min_size=3, max_size=12).map(str.capitalize)


@given(CAPITALISED.filter(lambda w: w.casefold() not in reasons._ORDINARY), st.sampled_from(["{} is here", "with {}."]))
def test_no_capital_gets_through(word: str, said: str) -> None:
    areas = {w.casefold() for a in partnership().areas for w in (a.id, *a.aliases, *a.districts, *a.teams)}
    if word.casefold() not in areas | set(partnership().agencies):
        assert word not in masked(said.format(word), partnership())


@pytest.mark.parametrize(
    ("reason", "shortest", "why"),
    [
        ("seen at station now", 19, None),
        ("seen at station now", 20, "short"),
        ("seen at station", 0, None),  # three words
        ("seen station", 0, "short"),
        ("seen seen station", 0, "short"),  # the same word twice
        ("seen a station", 0, "short"),  # a letter alone is no word
        ("seen at station OX-7QK4", 16, "short"),  # a reference makes it no longer
        ("a b " + "seen at station ".ljust(196, "x"), 0, None),
        ("a b " + "seen at station ".ljust(197, "x"), 0, "long"),
    ],
)
def test_how_long_a_reason_is(reason: str, shortest: int, why: str | None) -> None:
    assert unfit(reason, shortest, "OX") == why
