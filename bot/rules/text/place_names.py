"""Which area a team or a district belongs to, and how it is spelled: words of the partnership file only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.rules.partnership.partnership import Area, Partnership
from bot.rules.text.area_names import plain


@dataclass(frozen=True, slots=True)
class PlaceName:
    """A word of the partnership file, as it is spelled there, and the area it stands for."""

    word: str
    area: str


class Places:
    """Looks words up; a word that is not in the partnership file is nothing, never a guess."""

    def __init__(self, partnership: Partnership) -> None:
        named = [a for a in partnership.areas if a.kind != "unknown"]
        teams, districts, names = (_words(named, read) for read in (_teams, _districts, _names))
        # One word may be a team of one area and a district of another: each column asks its own kind first.
        self._teams = districts | names | teams
        self._districts = teams | names | districts
        self._unknown = {plain(w) for a in partnership.areas if a.kind == "unknown" for w in _names(a)}

    def team(self, word: str | None) -> PlaceName | None:
        return _find(self._teams, word) if word else None

    def district(self, word: str | None) -> PlaceName | None:
        return _find(self._districts, word) if word else None

    def says_unknown(self, word: str) -> bool:
        """Whether the word is one of the partnership's own for "not known"."""
        return plain(word) in self._unknown


def _find(known: dict[str, PlaceName], word: str) -> PlaceName | None:
    found = known.get(word) or known.get(plain(word))
    if found:
        known[word] = found  # only words that are known are remembered: there are few spellings of them
    return found


def _words(areas: Iterable[Area], read: Callable[[Area], tuple[str, ...]]) -> dict[str, PlaceName]:
    return {plain(word): PlaceName(word, area.id) for area in areas for word in read(area)}


def _teams(area: Area) -> tuple[str, ...]:
    return area.teams


def _districts(area: Area) -> tuple[str, ...]:
    return area.districts


def _names(area: Area) -> tuple[str, ...]:
    return (*area.aliases, area.name, area.id)
