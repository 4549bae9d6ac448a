"""Words of a question without a meaning of their own, and the places of words in it ("the 3rd word")."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SMALL = (
    "a an the in of for at please pls plz thanks thank you me us i we hi hello hey ok okay show list give provide tell "
    "get see find display need want can could what whats which is are there any yet them"
)
_STATING = "a an the of for please pls plz thanks thank you hi hello hey ok okay"
#: Left out of a question. None of them turns a meaning round or narrows it: "not", "or", "without", "since", "by",
#: "was" and "my" are no small words.
SMALL = frozenset(_SMALL.split())
#: Those of them that make no question: "is REF held" is none of the steps that "REF held" is.
STATING = SMALL & {*_STATING.split()}
#: Words that may stand beside an area's name.
BESIDE_AREA = frozenset({"area", "areas", "team"})
#: An area that is not named: it is asked.
OWN_AREA = frozenset((whose, what) for whose in ("my", "our") for what in ("area", "areas", "team", "patch"))
#: Words that may stand before a period.
BEFORE_PERIOD = frozenset({"period", "during", "on"})
_APOSTROPHES = re.compile("['\u2018\u2019`]")
_AROUND = '/.,:;!?"@()[]*_~<>-\u2013\u2014'


def bare(word: str) -> str:
    """Return the word in lower case without apostrophes and the punctuation around it; empty where nothing is left."""
    return _APOSTROPHES.sub("", word.casefold()).strip(_AROUND)


def like_a_name(word: str) -> bool:
    """Return True for a word of letters alone, which may be somebody's name."""
    return len(word) > 1 and _APOSTROPHES.sub("", word).replace("-", "").strip(_AROUND).isalpha()


def ordinal(n: int) -> str:
    """Return '1st', '2nd', '3rd', '4th', '11th'."""
    return f"{n}{'th' if 10 <= n % 100 <= 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th')}"


def say_places(places: Sequence[int]) -> str:
    """Return 'the 3rd word', 'the 2nd and 4th word', 'the 1st, 2nd, 3rd word and others'; places count from 1."""
    shown = [ordinal(n) for n in places[:3]]
    if len(places) > 3:
        return f"the {', '.join(shown)} word and others"
    return f"the {' and '.join((', '.join(shown[:-1]), shown[-1]) if len(shown) > 1 else shown)} word"
