"""Teams and districts with their area, as the partnership file spells them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.rules.partnership.partnership import Partnership
from bot.rules.text.area_names import plain


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
