"""Areas under any of their names, near misses, and children's references, as people type them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

from bot.rules.partnership.partnership import Area, Partnership

#: No 0, 1, I, L or O: a reference is read out over the telephone.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
SHORTEST, LONGEST = 4, 6  # characters of a reference after its prefix


class Whole(Enum):
    """The whole partnership, in place of an area."""

    COUNTY = "all"


ALL: Final = Whole.COUNTY
_ALL_WORDS = ("all", "county", "countywide", "county wide", "whole county", "all areas")
_KIND_WORDS = {"out_of_county": ("out", "out of county", "outside the county"), "unknown": ("unknown",)}


@dataclass(frozen=True, slots=True)
class FoundArea:
    """An area, or ALL, and the words from `at` that name it."""

    area: Area | Literal[Whole.COUNTY]
    at: int
    length: int


def area_words(partnership: Partnership) -> dict[str, Area | Literal[Whole.COUNTY]]:
    """Return every name of every area, as `plain` writes it.

    An area answers to its id, name, aliases, districts and teams, whatever the case and punctuation.
    """
    # An area's own names go before districts, those before teams, those before common words.
    areas = partnership.areas
    words = [(word, a) for a in areas for word in (a.id, a.name, a.short, *a.aliases)]
    words += [(word, a) for a in areas for word in a.districts]
    words += [(word, a) for a in areas for word in a.teams]
    words += [(word, a) for a in areas for word in _KIND_WORDS.get(a.kind, ())]
    names: dict[str, Area | Literal[Whole.COUNTY]] = {}
    for word, area in words:
        names.setdefault(plain(word), area)
    for word in _ALL_WORDS:
        names.setdefault(word, ALL)
    return names


def find_areas(tokens: Sequence[str], partnership: Partnership) -> list[FoundArea]:
    """Find the runs of words that name an area or ALL, the longest first, the leftmost of equals.

    An unknown word finds nothing: an area is never guessed (domain.md 12.1).
    """
    names = area_words(partnership)
    longest = max(len(name.split()) for name in names)
    plain_tokens = [plain(t) for t in tokens]
    found: list[FoundArea] = []
    taken: set[int] = set()
    for length in range(min(2 * longest, len(tokens)), 0, -1):
        for at in range(len(tokens) - length + 1):
            run = plain_tokens[at : at + length]
            if not run[0] or not run[-1] or not taken.isdisjoint(range(at, at + length)):
                continue
            if area := names.get(" ".join(w for w in run if w)):
                found.append(FoundArea(area, at, length))
                taken.update(range(at, at + length))
    return found


def find_area(tokens: Sequence[str], partnership: Partnership) -> tuple[Area | Literal[Whole.COUNTY] | None, list[str]]:
    """Return the area of the longest run of words that names one, or ALL, and the words left over."""
    first = next(iter(find_areas(tokens, partnership)), None)
    if first is None:
        return None, list(tokens)
    return first.area, [*tokens[: first.at], *tokens[first.at + first.length :]]


def spoken(area: str) -> str:
    """Write an area as it is typed and read: 'out of county'."""
    return area.replace("_", " ")


def plain(text: str) -> str:
    """Return the text in lower case, '&' as 'and', every run of dashes and punctuation as one space."""
    return " ".join(re.sub(r"[\W_]+", " ", text.casefold().replace("&", " and ")).split())


def suggest(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate that the word was probably meant to be; None where none is near.

    Never for, and never of, a child's reference: a near miss would be another child.
    """
    if _like_any_reference(word):
        return None
    known = {plain(c): c for c in candidates if not _like_any_reference(c)}
    near = difflib.get_close_matches(plain(word), known, n=1, cutoff=0.7)
    return known[near[0]] if near else None


_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-")
_GAP = "[ -]{0,3}"


def _tidy(text: str) -> str:
    """Return the text with one kind of dash and single spaces."""
    return " ".join(text.translate(_DASHES).split())


def _like_any_reference(text: str) -> bool:
    """Return True for two to four letters, a dash or not, then four to six characters with a digit among them.

    The prefix is not known here, so a code of letters only is recognised by its capitals: 'OX-ABCD'.
    """
    text = _tidy(text)
    found = re.fullmatch(f"[a-z]{{2,4}}({_GAP})([a-z0-9]{{4,6}})", text, re.ASCII | re.I)
    if found is None:
        return False
    return any(c.isdigit() for c in found[2]) or (bool(found[1]) and text.isupper())


def looks_like_reference(text: str, prefix: str) -> bool:
    """Return True for a text that was probably meant as a child's reference, even one with a slip in it.

    After a dash or space any three to eight letters and digits will do; without either only a code
    with a digit, or 'northern' would be a reference in a partnership with the prefix NO.
    """
    found = re.fullmatch(f"{re.escape(prefix)}({_GAP})([a-z0-9]{{3,8}})", _tidy(text), re.ASCII | re.I)
    return found is not None and (bool(found[1]) or any(c.isdigit() for c in found[2]))


def normalise_reference(text: str, prefix: str) -> str | None:
    """Write 'ox 7qk4' or 'OX7QK4' as 'OX-7QK4'; None for anything that is not exactly a reference.

    Forgives case, spaces and dashes, never a character: 'OX-7QKO' is not 'OX-7QK0'.
    """
    code = f"[{ALPHABET}]{{{SHORTEST},{LONGEST}}}"
    found = re.fullmatch(f"{re.escape(prefix)}{_GAP}({code})", _tidy(text), re.ASCII | re.I)
    return f"{prefix}-{found[1].upper()}" if found else None


def new_reference(prefix: str, length: int, choose: Callable[[str], str]) -> str:
    """Make a reference such as 'OX-7QK4'; `choose` picks one character at random (`secrets.choice`).

    ValueError for a length that `normalise_reference` would not read back.
    """
    if not SHORTEST <= length <= LONGEST:
        raise ValueError(f"a reference has {SHORTEST} to {LONGEST} characters, not {length}")
    return f"{prefix}-{''.join(choose(ALPHABET) for _ in range(length))}"


def references_in(text: str, prefix: str) -> tuple[str, ...]:
    """Find the references in a text, each once, in order: spelt with a dash or a space, without a slip."""
    code = f"[{ALPHABET}]{{{SHORTEST},{LONGEST}}}"
    pattern = rf"(?<![A-Za-z0-9]){re.escape(prefix)}[ -]({code})(?![A-Za-z0-9])"
    found = re.findall(pattern, text.translate(_DASHES), re.ASCII | re.I)
    return tuple(dict.fromkeys(f"{prefix}-{each.upper()}" for each in found))


@dataclass(frozen=True, slots=True)
class PlaceName:
    """A word of the partnership file, as it is spelled there, and its area."""

    word: str
    area: str


class Places:
    """Look teams and districts up; a word that is not in the partnership file is None, never a guess."""

    def __init__(self, partnership: Partnership) -> None:
        areas = [a for a in partnership.areas if a.kind != "unknown"]
        teams = {plain(w): PlaceName(w, a.id) for a in areas for w in a.teams}
        districts = {plain(w): PlaceName(w, a.id) for a in areas for w in a.districts}
        names = {plain(w): PlaceName(w, a.id) for a in areas for w in (*a.aliases, a.name, a.id)}
        # One word may be a team of one area and a district of another: each column prefers its own kind.
        self._teams = districts | names | teams
        self._districts = teams | names | districts
        unknown = [a for a in partnership.areas if a.kind == "unknown"]
        self._unknown = {plain(w) for a in unknown for w in (*a.aliases, a.name, a.id)}

    def team(self, word: str | None) -> PlaceName | None:
        return _find(self._teams, word) if word else None

    def district(self, word: str | None) -> PlaceName | None:
        return _find(self._districts, word) if word else None

    def says_unknown(self, word: str) -> bool:
        """Return True for one of the partnership's own words for "not known"."""
        return plain(word) in self._unknown


def _find(known: dict[str, PlaceName], word: str) -> PlaceName | None:
    found = known.get(word) or known.get(plain(word))
    if found:
        known[word] = found  # only known words are cached: there are few spellings of them
    return found
