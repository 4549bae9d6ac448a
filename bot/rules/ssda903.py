"""Codes of a child's placement (PLACE) in the yearly return on children looked after, SSDA903, each with its years.

Source: Department for Education, "Children looked after by local authorities in England: guide to the SSDA903
collection", code lists of PLACE, 2016-17 to 2025-26. A year of the return runs from 1 April to 31 March, and is named
by the calendar year it begins in. No code has had two meanings.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple


class PlaceCode(NamedTuple):
    """Our word for a code, and the first and the last year of the return that has it; None is without limit.

    The word is empty where the code alone does not say it: the provider (PR1, PR4, PR5) decides.
    """

    word: str
    first: int | None = None
    last: int | None = None


#: R1 to R5, S1, T0 to T4 and P3 are no word of ours.
PLACES: Mapping[str, PlaceCode] = {
    **dict.fromkeys(("A3", "A4", "A5", "A6"), PlaceCode("adoptive")),
    "H5": PlaceCode("semi_independent", last=2024),
    **dict.fromkeys(("K1", "K2"), PlaceCode("residential")),
    "K3": PlaceCode("semi_independent", first=2024),
    "P1": PlaceCode("with_parents"),
    "P2": PlaceCode("independent_living", last=2024),
    **dict.fromkeys(("U1", "U2", "U3"), PlaceCode("kinship")),
    **dict.fromkeys(("U4", "U5", "U6"), PlaceCode("")),
    "Z1": PlaceCode("other", last=2024),
    **dict.fromkeys(("Z11", "Z12", "Z13", "Z14"), PlaceCode("other", first=2025)),
}


def codes_of(word: str) -> tuple[str, ...]:
    """Return the codes that say one of our words by themselves, as synonyms are written."""
    return tuple(code.lower() for code, place in PLACES.items() if place.word == word)


def year_of(day: date) -> int:
    """Return the year of the return that a day lies in."""
    return day.year if day.month >= 4 else day.year - 1


def years(code: str) -> str:
    """Write the years of a code: 'from 2024-25', 'to 2024-25', or nothing where it has no limit."""
    place = PLACES[code]
    limits = (("from", place.first), ("to", place.last))
    return ", ".join(f"{which} {year}-{(year + 1) % 100:02}" for which, year in limits if year is not None)


def has_year(code: str, day: date) -> bool:
    """Return True where the return of a day's year has the code."""
    place, year = PLACES[code], year_of(day)
    return (place.first is None or place.first <= year) and (place.last is None or year <= place.last)
