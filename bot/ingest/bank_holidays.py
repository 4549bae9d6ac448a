"""Bank holidays of each part of the United Kingdom, for any year, computed offline."""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import date
from functools import cache
from typing import get_args

from bot.rules.partnership.partnership import Division

_SUBDIVISIONS = {"england-and-wales": "ENG", "scotland": "SCT", "northern-ireland": "NIR"}


class _Days:
    """Answers `day in days`. The library is loaded with the first question; a year is computed with its first."""

    def __init__(self, division: str) -> None:
        self._subdivision = _SUBDIVISIONS[division]

    def __contains__(self, day: object) -> bool:
        return day in _known(self._subdivision)


@cache
def _known(subdivision: str) -> Container[object]:
    import holidays  # 60 ms, and asking for a figure needs none of it

    found: Container[object] = holidays.country_holidays("GB", subdiv=subdivision)
    return found


def by_division() -> Mapping[str, Container[date]]:
    """Return the bank holidays of every division a partnership may name."""
    return {division: _Days(division) for division in get_args(Division)}
