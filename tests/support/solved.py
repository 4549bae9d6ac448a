"""Figures of a half-year worked out once a process: many tests release the same records, and each search takes seconds.

A released sheet depends on nothing but what `printed_counts` is given, so the second test prints what the first did.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from bot.messages.suppression import NotSafe, printed_counts
from bot.rules.disclosure.released import BASE
from bot.rules.disclosure.rounding import THRESHOLD, Chance, Count
from bot.rules.disclosure.sheet import Key, Sheet

#: What was asked -> what is printed, None where nothing is safe.
_solved: dict[int, dict[Key, Count] | None] = {}


def printed_counts_once(
    sheet: Sheet,
    chance: Chance,
    threshold: int = THRESHOLD,
    base: int = BASE,
    given: Mapping[Key, Count] | None = None,
    kept: Collection[Key] = (),
) -> dict[Key, Count]:
    """Do what `printed_counts` does, or say again what it said of the same."""
    asked = hash(
        (
            *(frozenset(sheet.cells.values()), sheet.relations, _pairs(sheet.shared), _pairs(sheet.percents)),
            *(frozenset(sheet.alone), frozenset((c.key, chance(*c.key, c.value)) for c in sheet.printed)),
            *(threshold, base, _pairs(given or {}), frozenset(kept)),
        )
    )
    if asked not in _solved:
        try:
            _solved[asked] = printed_counts(sheet, chance, threshold, base, given, kept)
        except NotSafe:
            _solved[asked] = None
    found = _solved[asked]
    if found is None:
        raise NotSafe
    return dict(found)


def _pairs(mapping: Mapping[Any, Any]) -> frozenset[tuple[Any, Any]]:
    return frozenset(mapping.items())
