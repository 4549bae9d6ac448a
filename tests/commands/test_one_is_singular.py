"""'1 child', '1 day': no command says '1 children' or '(1 days)' of whatever small number there is."""

from __future__ import annotations

import re

import pytest

from bot.conversation.command import PRIVATE, Place
from tests.support.asking import BY_PERIOD, COMMANDS, PLACES, REFERENCES, ask, everything
from tests.support.factories import NOW, Recorded, episode, hours, interview
from tests.support.memory_facts import MemoryFacts

WORDS = (
    *("days", "hours", "months", "weeks", "years", "minutes", "periods", "times", "are", "were", "have"),
    *("children", "episodes", "interviews", "talks", "people", "persons", "areas", "records", "reports", "rows"),
    *("calls", "looks", "files", "messages", "quarters", "half-years", "halves", "absences", "cases"),
)
#: One of several: also with an adjective or two between, as in '1 missing episodes'.
PLURAL = re.compile(rf"(?<![\d.,:/-])1 (?:[a-z-]+ ){{0,2}}?(?:{'|'.join(WORDS)})\b", re.IGNORECASE)
STATISTICS = (*BY_PERIOD, "cohort lac", "interviews")
PERIODS = ("yesterday", "2017-07-04", "today", "2017-H1", "last week", "2017-07-01..2017-07-04")


def one(child: int, ago: float) -> Recorded:
    """Return an absence of six hours that ended so long ago, with an interview offered and declined or held."""
    back = NOW - hours(ago)
    held = None if child % 2 else back + hours(1)
    done = interview(back, offered_at=back, response="accepted" if held else "declined", held_at=held, recorded_at=held)
    return episode(child, back - hours(6), back, interview=done, lac=True)


TINY = {
    "none": [],
    "one": [one(1, 20)],
    "one of last half": [one(2, 24 * 40)],
    "one of each": [one(1, 20), one(2, 24 * 40), episode(3, NOW - hours(3))],
    "two of one child": [one(2, 20), one(2, 90)],
}


def test_the_pattern_finds_what_is_meant() -> None:
    assert PLURAL.search("4 Jul 2017 (1 days)")
    assert PLURAL.search("1 children")
    assert PLURAL.search("1 missing episodes")
    assert not PLURAL.search("1 child, 2 episodes; 11 children; 0.1 hours; 2017-01 days; 1 day")


@pytest.mark.parametrize("of", TINY)
@pytest.mark.parametrize("place", PLACES[:2], ids=["private", "channel"])
def test_statistics_of_tiny_scopes(of: str, place: Place) -> None:
    facts = MemoryFacts(TINY[of])
    texts = [f"{name} {period} {area}" for name in STATISTICS for period in PERIODS for area in ("north", "all")]
    views = [f"{text} {view}" for text in texts[::6] for view in ("measures", "counted", "partial")]
    texts += [view for view in views if not view.startswith(("reporters", "concentration"))]
    texts += ["trend", "trend measures", "trend halves", "compare 2017-07-03 2017-07-04", "compare 2016-H2 2017-H1"]
    found = {text: [m.group() for m in PLURAL.finditer(everything(ask(text, of=facts, place=place)))] for text in texts}
    assert {text: said for text, said in found.items() if said} == {}


@pytest.mark.parametrize("of", TINY)
def test_every_other_command_of_tiny_scopes(of: str) -> None:
    facts = MemoryFacts(TINY[of])
    texts = [(example, place) for c in COMMANDS.values() for example in c.examples for place in (PRIVATE, REFERENCES)]
    found = {
        text: [m.group() for m in PLURAL.finditer(everything(ask(text, of=facts, place=place)))]
        for text, place in texts
    }
    assert {text: said for text, said in found.items() if said} == {}
