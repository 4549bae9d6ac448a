"""How old a child is for figures, and how old for lists and calls: the two differ where birth dates are in doubt.

A typing error in a birth date must not take a missing child out of a list (edge case 22 as amended): lists, calls and
reminders go by the younger age, and a person who would be an adult stays until the agencies agree or somebody confirms.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import Literal, NamedTuple

from bot.rules.model import FOREVER
from bot.rules.time.clock import age_on, turns_18_at

ADULT = 18
Said = Literal["", "adult", "child"]


class Age(NamedTuple):
    """Ages in completed years at the start of an episode.

    `known` is what figures and age bands go by, None where it is not known; `youngest` is what calls go by.
    `doubt`: a birth date makes the person an adult then, and nobody has confirmed it. `adult`: somebody has.
    """

    known: int | None = None
    youngest: int | None = None
    turns_18: datetime = FOREVER
    doubt: bool = False
    adult: bool = False


#: Of a person of whom no birth date is known.
NOT_KNOWN = Age()


def age(births: tuple[date, ...], day: date, *, unread: bool = False, older: bool = False, said: Said = "") -> Age:
    """From the birth dates that the agencies gave, on the local day on which the episode began.

    `unread`: an agency's newest birth date could not be read, so that an older one holds for calls alone. `older`: so
    it is with each of them, and the 18th birthday of an older date ends no absence.
    `said`: what a named person confirmed of the person's age.
    """
    born = births if len(births) == 1 and births[0] <= day else [birth for birth in births if birth <= day]
    if not born:
        return Age(adult=True) if said == "adult" else NOT_KNOWN
    ages = [age_on(birth, day) for birth in born]
    youngest = min(ages)
    if max(ages) < ADULT:
        sure = len(ages) == 1 and not unread
        return Age(youngest if sure else None, youngest, FOREVER if older else _turns_18(max(born)))
    child = youngest if youngest < ADULT else None
    if said == "adult":
        return Age(youngest=child, adult=True)
    return Age(youngest=child, doubt=said != "child")


@lru_cache(maxsize=20_000)
def _turns_18(born: date) -> datetime:
    return turns_18_at(born)
